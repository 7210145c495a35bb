//! What is kept of an article's shingles beside its samples: enough to see that two have too little in common, without reading them.
//!
//! Samples find; there are few of them, so that what they find is often wrong where stock sentences go round. An imprint is four times
//! as many, of one article side by side and not by key. On a million made articles it leaves one proposal in nine
//! (11,761 to 1,280: `benches/runs/2026-11-22-index.md`).

use crate::candidates::Plan;
use crate::shingle::{TopSet, imprint_of, tops};
use crate::sketch::{halvings_leaving, is_sampled};

use super::segment::RATES;

/// An imprint has about so many shingles, or twice as many, but at least one in eight, as samples.
const ENOUGH: usize = 128;

/// So many bits of a shingle, behind the zeros that all sampled ones begin with. With fewer, strangers share more by chance: of 128
/// shingles 3.5 with an article of 450; with 16, most differences take three bytes instead of one.
const BITS: u32 = 14;

/// The imprint of different shingles in rising order: of those that are sampled at the lowest rate that leaves [`ENOUGH`], the first
/// [`BITS`].
pub(super) fn of(shingles: &[u64]) -> Vec<u8> {
    let halvings = halvings_leaving(ENOUGH, shingles.len());
    let sampled = &shingles[..shingles.partition_point(|shingle| shingle.leading_zeros() >= halvings)];
    imprint_of(sampled.iter().map(|shingle| ((shingle << halvings) >> (64 - BITS)) as u16))
}

/// The upper halves of different shingles in rising order: all that a new article is held against imprints by.
pub(super) fn uppers(shingles: &[u64]) -> Vec<u32> {
    shingles.iter().map(|shingle| (shingle >> 32) as u32).collect()
}

/// A new article that is held against stored ones.
pub(super) struct Held<'q> {
    uppers: &'q [u32],
    /// For each rate what shingles of that rate have of [`BITS`]; none until asked for.
    tops: [Option<TopSet>; RATES],
}

impl Held<'_> {
    pub(super) fn new(uppers: &[u32]) -> Held<'_> {
        Held { uppers, tops: [const { None }; RATES] }
    }

    /// Whether an article of so many shingles and this imprint may share as much with the new one as the plan asks for.
    pub(super) fn may_be_similar(&mut self, plan: &Plan, shingles: usize, imprint: &[u8]) -> bool {
        let rate = halvings_leaving(ENOUGH, shingles);
        let own = self.uppers.partition_point(|&upper| is_sampled(upper, rate));
        let held = self.tops[rate as usize].get_or_insert_with(|| {
            let mut tops = TopSet::default();
            self.uppers[..own].iter().for_each(|upper| tops.insert(((upper << rate) >> (32 - BITS)) as u16));
            tops
        });
        let sampled = if shingles <= self.uppers.len() { tops(imprint).count() } else { own };
        held.count_in(imprint) >= plan.samples_needed(sampled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use xxhash_rust::xxh3::xxh3_64;

    fn sorted(shingles: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut shingles: Vec<u64> = shingles.collect();
        shingles.sort_unstable();
        shingles
    }

    #[test]
    fn what_shares_enough_stays_and_what_shares_a_tenth_goes() {
        let plan = Plan::of(&Settings::default());
        let mut random = (0_u64..).map(|number| xxh3_64(&number.to_le_bytes()));
        for (new, stored) in [(60, 60), (60, 500), (500, 60), (400, 500), (500, 4_000), (4_000, 500), (9_000, 9_000)] {
            let (mut kept, mut left) = (0, 0);
            for _ in 0..100 {
                let drawn: Vec<u64> = random.by_ref().take(new).collect();
                let one = sorted(drawn.iter().copied());
                let shorter = new.min(stored);
                let enough = (shorter as f64 * plan.containment).ceil() as usize;
                for (shared, passed) in [(enough, &mut kept), (shorter / 10, &mut left)] {
                    let other = sorted(drawn[..shared].iter().copied().chain(random.by_ref().take(stored - shared)));
                    let passes = Held::new(&uppers(&one)).may_be_similar(&plan, stored, &of(&other));
                    *passed += usize::from(passes);
                }
            }
            // One in a hundred may be missed by the plan; of 100 more than five then happens once in 1,800 times.
            assert!(kept >= 95, "{new} {stored}: {kept} of 100 stay");
            assert!(
                left <= if new < 100 && stored > 400 { 30 } else { 5 },
                "{new} {stored}: {left} of 100 are let through"
            );
        }
    }

    #[test]
    fn nothing_shares_enough_with_nothing_and_all_with_itself() {
        let plan = Plan::of(&Settings::default());
        let one = [1 << 60];
        assert!(Held::new(&uppers(&one)).may_be_similar(&plan, 1, &of(&one)));
        assert!(!Held::new(&[]).may_be_similar(&plan, 1, &of(&one)));
        assert!(!Held::new(&uppers(&one)).may_be_similar(&plan, 0, &of(&[])));
    }
}
