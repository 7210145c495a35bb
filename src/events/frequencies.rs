//! Articles' terms in, how common each term is out: the table of document frequencies that weights come from.
//!
//! A word that every article has says nothing about which event it reports; one that three have says much. How many
//! articles have a word is counted in the input, but five articles give no frequencies. So the count starts from a
//! background table of Vietnamese news, which weighs as much as [`BACKGROUND_ARTICLES`] articles, and the input takes over
//! as it grows. Articles in other languages, told by how few of their words the background knows as common, are counted
//! among themselves.
//!
//! The table in force is a value: it can be saved, fingerprinted and passed in (`--save-terms`, `--terms`), and then the same
//! articles get the same weights whatever stands beside them.
//!
//! # Format
//! `WCTERMS1`, then for each of the two languages (the background's, others): the levels of a word and of a pair that are not
//! listed, a byte each; the number of entries (LEB128); and each entry in rising order of its hash: the difference to the hash before (LEB128) and one byte, its level.

use std::sync::LazyLock;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::profile::{Profile, Term, Traits};

/// A term's rarity in eighths of a halving: a term of level `l` stands in one of `2^(l / 8)` articles. 255 is one in four
/// billion.
pub type Level = u8;

/// How many articles of the input weigh as much as the background table.
const BACKGROUND_ARTICLES: f64 = 2_000.0;

/// The frequencies of Vietnamese syllables and of pairs of them in 143,817 (pairs: 47,939) news articles, those in at least
/// 10 (pairs: 50). Written by `wirecopy fit-events background`; `tests/events.rs` makes it again.
static BACKGROUND: &[u8] = include_bytes!("background.terms");

/// What a word that the background does not list is taken for: one of five in 143,817 articles.
const UNLISTED_WORD: f64 = 5.0 / 143_817.0;

/// The same of a pair of words: in 15 of 47,939.
const UNLISTED_PAIR: f64 = 15.0 / 47_939.0;

fn unlisted_rate(is_pair: bool) -> f64 {
    if is_pair { UNLISTED_PAIR } else { UNLISTED_WORD }
}

/// The language of an article, as far as weights depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// That of the background table: Vietnamese.
    #[default]
    Background,
    /// Any other.
    Other,
}

/// How common terms are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermTable {
    /// What is listed; by [`Language`].
    levels: [Listed; 2],
    /// The levels of a word and of a pair that are not listed; by language.
    unlisted: [[Level; 2]; 2],
}

/// Terms with their levels, in rising order of hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Listed {
    /// Of each the lower 24 bits of its hash, and behind them its level. The upper bits are told by where it stands.
    terms: Vec<u32>,
    /// By the upper bits of hashes, the place of the first term that has these or greater ones; and the number of terms. There
    /// is one for two to four terms, so that these stay in the cache, and few looks go through more than eight neighbors.
    starts: Vec<u32>,
    /// How far a hash is shifted to leave these bits, eight at the least.
    shift: u32,
}

/// The bits of a level, and one that says that there is one.
const LEVEL: u32 = 0xff;
const FOUND: u32 = 0x100;

impl Listed {
    /// Those of `terms`, which are in rising order of hash.
    fn of(terms: &[(u32, Level)]) -> Listed {
        if terms.is_empty() {
            return Listed::default();
        }
        let bits = (terms.len() / 4).next_power_of_two().ilog2().max(u8::BITS);
        let shift = u32::BITS - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        // Counted one bucket further on, a sum of all before is where each bucket begins.
        terms.iter().for_each(|(hash, _)| starts[(hash >> shift) as usize + 1] += 1);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Listed {
            terms: terms.iter().map(|&(hash, level)| hash << u8::BITS | u32::from(level)).collect(),
            starts,
            shift,
        }
    }

    #[inline]
    fn level(&self, hash: u32) -> Option<Level> {
        let bucket = (hash >> self.shift) as usize;
        let (&from, &until) = (self.starts.get(bucket)?, self.starts.get(bucket + 1)?);
        let (rest, count) = (&self.terms[from as usize..], until - from);
        // Where it stands among the others can't be guessed: so all are looked at, and no branch depends on it.
        let or_found = |found: u32, (place, &one): (u32, &u32)| {
            let is_it = (one ^ hash << u8::BITS <= LEVEL) & (place < count);
            found | if is_it { one & LEVEL | FOUND } else { 0 }
        };
        let found = match rest.first_chunk::<8>() {
            Some(first) if count <= 8 => (0..).zip(first).fold(0, or_found),
            _ => (0..).zip(&rest[..count as usize]).fold(0, or_found),
        };
        (found != 0).then_some(found as Level)
    }

    /// All of them, or those of the hashes from `first` on to `last`, of which both are at the border of a bucket.
    fn iter(&self, first: u32, last: u32) -> impl Iterator<Item = (u32, Level)> {
        let buckets = if self.terms.is_empty() { 0..0 } else { (first >> self.shift)..(last >> self.shift) + 1 };
        buckets.flat_map(move |bucket| {
            let terms = &self.terms[self.starts[bucket as usize] as usize..self.starts[bucket as usize + 1] as usize];
            let upper = bucket << self.shift & 0xff00_0000;
            terms.iter().map(move |one| (upper | one >> u8::BITS, *one as Level))
        })
    }
}

/// What the background knows.
pub fn background() -> &'static TermTable {
    static TABLE: LazyLock<TermTable> = LazyLock::new(|| TermTable::from_bytes(BACKGROUND).unwrap_or_default());
    &TABLE
}

/// A term that more than one in 16 articles of the background have is one of its common ones.
const COMMON_LEVEL: Level = 32;

/// The level of a term that is common in the background: of most terms that they are not is all that is asked, and these few stay
/// in the cache.
#[inline]
pub(super) fn background_common(hash: u32) -> Option<Level> {
    static COMMON: LazyLock<Listed> = LazyLock::new(|| {
        let all = background().levels[Language::Background as usize].iter(0, u32::MAX);
        Listed::of(&all.filter(|&(_, level)| level < COMMON_LEVEL).collect::<Vec<_>>())
    });
    COMMON.level(hash)
}

/// The level of a term that stands in this share of all articles.
fn level(rate: f64) -> Level {
    // Casting saturates: a rate of 0 is the rarest.
    (-8.0 * rate.log2()).round() as Level
}

/// The share of articles that has a term of this level.
fn rate(level: Level) -> f64 {
    (-f64::from(level) / 8.0).exp2()
}

/// The weight of a term of this level: the natural logarithm of how many articles there are to one that has it
/// (inverse document frequency, Spärck Jones 1972).
///
/// ```
/// use wirecopy::events::weight;
/// assert_eq!(weight(0), 0.0, "every article has it");
/// assert!((weight(80) - 1024f32.ln()).abs() < 1e-4, "one in 2^(80/8)");
/// ```
pub fn weight(level: Level) -> f32 {
    WEIGHTS[level as usize]
}

static WEIGHTS: [f32; 256] = {
    let mut weights = [0.0; 256];
    let mut level = 0;
    while level < weights.len() {
        weights[level] = level as f32 * std::f32::consts::LN_2 / 8.0;
        level += 1;
    }
    weights
};

impl TermTable {
    /// The level of a term in this language: of one that is not listed, the rarest that the table can tell.
    pub fn level(&self, language: Language, hash: u32, is_pair: bool) -> Level {
        self.listed(language, hash).unwrap_or(self.unlisted(language, is_pair))
    }

    /// The level of a term that is not listed.
    pub fn unlisted(&self, language: Language, is_pair: bool) -> Level {
        self.unlisted[language as usize][usize::from(is_pair)]
    }

    /// The weight of the rarest word that the table can tell: it grows with the articles that it was learned from.
    pub fn rarest(&self, language: Language) -> f32 {
        weight(self.unlisted[language as usize][0])
    }

    /// The level of a term that is listed.
    #[inline]
    pub fn listed(&self, language: Language, hash: u32) -> Option<Level> {
        self.levels[language as usize].level(hash)
    }

    /// The table in force for these articles: what the background says, and what they themselves do.
    pub fn learn(profiles: &[&Profile]) -> TermTable {
        let terms = |language| {
            let of_language = profiles.iter().filter(|one| one.language == language);
            of_language.map(|profile| &profile.terms[..]).collect::<Vec<_>>()
        };
        let [vietnamese, others] = [Language::Background, Language::Other].map(terms);
        let blend = Blend::of([&vietnamese, &others].map(|articles| articles.len() as f64));
        // A range of hashes at a time, so that what is being counted stays small.
        let parts: Vec<[Vec<(u32, Level)>; 2]> = (0..COUNTED_IN_PARTS)
            .into_par_iter()
            .map_init(Counter::default, |counter, part| {
                let levels = blend.levels(counter.count(&vietnamese, part), range(part, COUNTED_IN_PARTS));
                let others = counter.count(&others, part);
                [levels, others.filter(|count| count.articles > 1).map(|count| blend.level_alone(count)).collect()]
            })
            .collect();
        let joined = |language: usize| parts.iter().map(|part| &part[language][..]).collect::<Vec<_>>().concat();
        blend.table([joined(0), joined(1)])
    }

    /// [`TermTable::learn`] of what was counted elsewhere: by [`Language`] how many articles there are, and the terms that
    /// several of them have or that the background lists, in rising order of hash.
    #[cfg(feature = "arrow")]
    pub(crate) fn of_counts(documents: [u64; 2], counts: [Vec<Count>; 2]) -> TermTable {
        let blend = Blend::of(documents.map(|count| count as f64));
        let [vietnamese, others] = counts;
        let levels = blend.levels(vietnamese.into_iter(), (0, u32::MAX));
        blend.table([levels, others.into_iter().map(|count| blend.level_alone(count)).collect()])
    }

    /// Puts the levels of this table into profiles: a part of the hashes at a time in some of them, so that what is looked up and
    /// where it is put stay small.
    pub fn weigh(&self, profiles: &mut [Profile]) {
        profiles.par_chunks_mut(WEIGHED_TOGETHER).for_each(|profiles| {
            let mut weighed = vec![0; profiles.len()];
            for part in 0..WEIGHED_IN_PARTS {
                let (_, last) = range(part, WEIGHED_IN_PARTS);
                for (profile, weighed) in profiles.iter_mut().zip(&mut weighed) {
                    profile.rarest = self.rarest(profile.language);
                    let rest = profile.terms[*weighed..].iter_mut();
                    for term in rest.take_while(|term| term.hash <= last) {
                        term.level = self.level(profile.language, term.hash, term.traits.has(Traits::PAIR));
                        *weighed += 1;
                    }
                }
            }
        });
    }

    /// The table of these counts alone, which is how the background is made: for each term its text, whether it is a pair, and the
    /// share of articles that have it.
    pub fn of_rates(rates: impl Iterator<Item = (u32, f64)>) -> TermTable {
        let mut levels: Vec<(u32, Level)> = rates.map(|(hash, rate)| (hash, level(rate))).collect();
        levels.sort_unstable();
        // Where hashes collide, the more common stays.
        levels.dedup_by_key(|&mut (hash, _)| hash);
        let unlisted = [false, true].map(|is_pair| level(unlisted_rate(is_pair)));
        TermTable { levels: [Listed::of(&levels), Listed::default()], unlisted: [unlisted; 2] }
    }

    /// How many terms are listed.
    pub fn len(&self) -> usize {
        self.levels.iter().map(|listed| listed.terms.len()).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Equal for equal tables.
    pub fn fingerprint(&self) -> u64 {
        xxh3_64(&self.to_bytes())
    }

    /// The table as it is saved: its format stands at the top of `src/events/frequencies.rs`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for (levels, unlisted) in self.levels.iter().zip(&self.unlisted) {
            bytes.extend(unlisted);
            push_number(levels.terms.len() as u64, &mut bytes);
            let mut before = 0;
            for (hash, level) in levels.iter(0, u32::MAX) {
                push_number(u64::from(hash - before), &mut bytes);
                bytes.push(level);
                before = hash;
            }
        }
        bytes
    }

    /// The table that was saved as `bytes`; `None` where they are none, or cut short.
    pub fn from_bytes(bytes: &[u8]) -> Option<TermTable> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let mut table = TermTable::default();
        for (listed, unlisted) in table.levels.iter_mut().zip(&mut table.unlisted) {
            (*unlisted, rest) = rest.split_first_chunk::<2>().map(|(two, after)| (*two, after))?;
            let count = take_number(&mut rest)?;
            let (mut terms, mut hash) = (Vec::new(), 0u32);
            for place in 0..count {
                let difference = u32::try_from(take_number(&mut rest)?).ok()?;
                hash = hash.checked_add(difference).filter(|_| place == 0 || difference > 0)?;
                let (&level, after) = rest.split_first()?;
                rest = after;
                terms.push((hash, level));
            }
            *listed = Listed::of(&terms);
        }
        rest.is_empty().then_some(table)
    }
}

const MAGIC: &[u8] = b"WCTERMS1";

/// How what is counted goes together with the background.
struct Blend {
    /// Articles of the background's language, those that the background weighs as much as among them.
    all: f64,
    /// Articles in others.
    others: f64,
}

impl Blend {
    /// By [`Language`] how many articles there are.
    fn of([vietnamese, others]: [f64; 2]) -> Blend {
        Blend { all: BACKGROUND_ARTICLES + vietnamese, others }
    }

    fn level(&self, prior: f64, count: f64) -> Level {
        level((BACKGROUND_ARTICLES * prior + count) / self.all)
    }

    fn alone(&self, count: f64) -> Level {
        level((count + 0.5) / (self.others + 1.0))
    }

    fn level_alone(&self, count: Count) -> (u32, Level) {
        (count.hash, self.alone(count.articles.into()))
    }

    /// The levels of the terms that the background lists, and of those of `counts` that several articles have, from the hash
    /// `first` to `last`.
    fn levels(&self, counts: impl Iterator<Item = Count>, (first, last): (u32, u32)) -> Vec<(u32, Level)> {
        let mut levels = Vec::new();
        let mut listed = background().levels[0].iter(first, last).peekable();
        for Count { hash, is_pair, articles } in counts {
            while let Some((hash, level)) = listed.next_if(|&(before, _)| before < hash) {
                levels.push((hash, self.level(rate(level), 0.0)));
            }
            let known = listed.next_if(|&(same, _)| same == hash).map(|(_, level)| rate(level));
            if articles > 1 || known.is_some() {
                levels.push((hash, self.level(known.unwrap_or(unlisted_rate(is_pair)), articles.into())));
            }
        }
        levels.extend(listed.map(|(hash, level)| (hash, self.level(rate(level), 0.0))));
        levels
    }

    fn table(&self, levels: [Vec<(u32, Level)>; 2]) -> TermTable {
        let unlisted = [false, true].map(|is_pair| self.level(unlisted_rate(is_pair), 1.0));
        TermTable { levels: levels.map(|levels| Listed::of(&levels)), unlisted: [unlisted, [self.alone(1.0); 2]] }
    }
}

/// So many profiles get their levels together: their terms take 700 KB.
const WEIGHED_TOGETHER: usize = 256;

/// And a range of hashes after another of so many: what is looked up of each stays in the cache.
const WEIGHED_IN_PARTS: u32 = 32;

/// Terms are counted in so many ranges of hashes, one after another on each thread. Of each range every profile is fetched from
/// memory anew, so these are few.
const COUNTED_IN_PARTS: u32 = 8;

/// The first and the last hash of a part of so many.
fn range(part: u32, parts: u32) -> (u32, u32) {
    let size = (u64::from(u32::MAX) + 1) / u64::from(parts);
    let first = size * u64::from(part);
    (first as u32, (first + size - 1) as u32)
}

/// Counts terms, one part of the hashes after another.
#[derive(Default)]
struct Counter {
    /// For each time that a term of the part stands somewhere [`Counter::item`] of it.
    items: Vec<u32>,
    /// A buffer to sort them.
    sorted: Vec<u32>,
}

/// In how many articles a term stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) hash: u32,
    /// Whether it is a pair wherever it stands: a word and a pair may have one hash.
    pub(crate) is_pair: bool,
    pub(crate) articles: u32,
}

/// Of terms that are counted elsewhere those that matter: what one article of this language alone has is as rare as what none has,
/// unless the background lists it.
#[cfg(feature = "arrow")]
pub(crate) fn counted_of(language: Language, counts: impl Iterator<Item = Count>) -> impl Iterator<Item = Count> {
    counts.filter(move |count| count.articles > 1 || background().listed(language, count.hash).is_some())
}

/// What a part is counted by: its hashes differ in so many lower bits.
const PART_BITS: u32 = u32::BITS - COUNTED_IN_PARTS.ilog2();

impl Counter {
    /// The lower bits of a hash, and behind them whether it is one of a word.
    fn item(term: &Term) -> u32 {
        let lower = term.hash & ((1 << PART_BITS) - 1);
        lower << 1 | u32::from(!term.traits.has(Traits::PAIR))
    }

    /// The terms of one part of the hashes, in rising order: in how many of these articles each stands.
    fn count(&mut self, articles: &[&[Term]], part: u32) -> impl Iterator<Item = Count> {
        let (first, last) = range(part, COUNTED_IN_PARTS);
        self.items.clear();
        for terms in articles {
            let terms = &terms[start(terms, part, first)..];
            self.items.extend(terms.iter().take_while(|term| term.hash <= last).map(Counter::item));
        }
        self.sort();
        let count = move |same: &[u32]| {
            let hash = first + (same[0] >> 1);
            // One of a word is the last.
            let is_pair = same[same.len() - 1] & 1 == 0;
            Count { hash, is_pair, articles: same.len() as u32 }
        };
        self.items.chunk_by(|a, b| a >> 1 == b >> 1).map(count)
    }

    /// Puts the items in order: by their lower bits, the middle ones, the upper ones (radix sort).
    fn sort(&mut self) {
        const DIGIT_BITS: u32 = (PART_BITS + 1).div_ceil(3);
        const SHIFTS: [u32; 3] = [0, DIGIT_BITS, 2 * DIGIT_BITS];
        let digit = |item: u32, shift: u32| (item >> shift) as usize % (1 << DIGIT_BITS);
        self.sorted.resize(self.items.len(), 0);
        let mut places = [[0u32; 1 << DIGIT_BITS]; 3];
        for &item in &self.items {
            SHIFTS.iter().zip(&mut places).for_each(|(&shift, places)| places[digit(item, shift)] += 1);
        }
        for (shift, mut places) in SHIFTS.into_iter().zip(places) {
            let mut start = 0;
            places.iter_mut().for_each(|place| start += std::mem::replace(place, start));
            for &item in &self.items {
                let place = &mut places[digit(item, shift)];
                self.sorted[*place as usize] = item;
                *place += 1;
            }
            std::mem::swap(&mut self.items, &mut self.sorted);
        }
    }
}

/// Where the terms of a part begin, whose first hash is `first`. As hashes are spread evenly, that is near where they would begin
/// if all parts had as many.
fn start(terms: &[Term], part: u32, first: u32) -> usize {
    let mut at = terms.len() * part as usize / COUNTED_IN_PARTS as usize;
    while at > 0 && terms[at - 1].hash >= first {
        at -= 1;
    }
    while at < terms.len() && terms[at].hash < first {
        at += 1;
    }
    at
}

fn push_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_saved_table_is_read_back_and_a_broken_one_refused(
            rates in prop::collection::btree_map(any::<u32>(), 1e-6f64..1.0, 0..50),
            cut in 0usize..100,
        ) {
            let table = TermTable::of_rates(rates.iter().map(|(&hash, &rate)| (hash, rate)));
            let bytes = table.to_bytes();
            prop_assert_eq!(TermTable::from_bytes(&bytes), Some(table.clone()));
            if cut < bytes.len() {
                prop_assert_eq!(TermTable::from_bytes(&bytes[..cut]), None);
            }
            for (&hash, &rate) in &rates {
                prop_assert_eq!(table.listed(Language::Background, hash), Some(level(rate)));
                prop_assert_eq!(table.listed(Language::Background, hash ^ 1).is_some(), rates.contains_key(&(hash ^ 1)));
            }
        }
    }

    #[test]
    fn terms_whose_hashes_lie_close_together_are_told_apart() {
        let hashes = || (0..40).map(|at| 0x7fff_ffe0 + at * at);
        let table = TermTable::of_rates(hashes().map(|hash| (hash, 1.0 / f64::from(hash % 97 + 1))));
        assert_eq!(
            table.levels[0].iter(0, u32::MAX).map(|(hash, _)| hash).collect::<Vec<_>>(),
            hashes().collect::<Vec<_>>()
        );
        for hash in hashes() {
            let expected = level(1.0 / f64::from(hash % 97 + 1));
            assert_eq!(table.listed(Language::Background, hash), Some(expected));
            assert_eq!(table.listed(Language::Background, hash + 0x100_0000), None);
        }
    }

    #[test]
    fn the_background_is_there_and_the_input_takes_over_as_it_grows() {
        assert!(background().len() > 50_000);
        let hash = 1;
        assert_eq!(background().listed(Language::Background, hash), None);
        let level_after = |articles: usize| {
            let term = Term { hash, count: 1, count_in_text: 1, level: 0, traits: Traits::default() };
            let profile = Profile { terms: vec![term], ..Profile::default() };
            TermTable::learn(&vec![&profile; articles]).level(Language::Background, hash, false)
        };
        assert!(level_after(1) > level_after(100) && level_after(100) > level_after(10_000));
        assert!(level_after(100_000) < 1, "in an input of 100,000 that all have it, it weighs nothing");
    }
}
