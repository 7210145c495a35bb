//! Decisions for articles in, the fate of every record out: what `dedup` asks for each line that it reads again.
//!
//! Records outnumber articles: some repeat id and words of another, some have no words, some are no articles at all.
//! None of them may vanish, so each has a fate.

use crate::pipeline::Run;
use crate::read::Location;
use crate::verify::Kind;

use super::{Decision, Decisions, Removal, position};

/// What becomes of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Kept: an article that is kept.
    Keep,
    /// Kept: an article without a word, which is a copy of nothing.
    KeepEmpty,
    /// Removed: the article, by position, and why.
    Remove(u32, Removal),
    /// Removed: id and words are those of this article, which is kept with another record.
    Repeated(u32),
    /// Removed: it is no article. A line that can't be read would break whoever reads the kept ones.
    Bad,
}

impl Fate {
    /// Whether the record is among the kept.
    pub fn is_kept(self) -> bool {
        matches!(self, Fate::Keep | Fate::KeepEmpty)
    }
}

/// How many records have which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Kept, those that follow among them.
    pub kept: u64,
    /// Kept without an edge of their own, beside the one kept of their copy cluster.
    pub stayed: u64,
    /// Kept without a word.
    pub empty: u64,
    /// Removed for an edge, by kind in the order of [`Kind`].
    pub removed: [u64; 4],
    /// Removed because id and words were read before.
    pub repeated: u64,
    /// Removed because they are no articles.
    pub bad: u64,
}

impl Tally {
    /// All that are removed.
    pub fn all_removed(&self) -> u64 {
        self.removed.iter().sum::<u64>() + self.repeated + self.bad
    }

    /// Those that are removed for an edge of this kind.
    pub fn removed_as(&self, kind: Kind) -> u64 {
        self.removed[kind as usize]
    }
}

/// The fates of all records of the new inputs, asked for in input order.
pub struct Fates<'r> {
    run: &'r Run,
    decisions: &'r Decisions,
    /// Articles of new inputs and records that repeat one, in order of location.
    articles: Vec<u32>,
    repeated: Vec<(Location, u32)>,
    empty: &'r [Location],
    /// How far each of the three has been asked for.
    next: [usize; 3],
    tally: Tally,
}

impl<'r> Fates<'r> {
    /// The fates that follow from `decisions`.
    pub fn of(run: &'r Run, decisions: &'r Decisions) -> Fates<'r> {
        let is_new = |location: &Location| (location.file as usize) < decisions.policy.new_inputs;
        let at = |article: &u32| run.records[*article as usize].location;
        let mut articles: Vec<u32> = (0..run.records.len() as u32).filter(|article| is_new(&at(article))).collect();
        articles.sort_unstable_by_key(at);
        let repeated = run.intake.repeated.iter().filter(|repeated| is_new(&repeated.location));
        let mut repeated: Vec<(Location, u32)> =
            repeated.filter_map(|repeated| Some((repeated.location, position(run, &repeated.id)?))).collect();
        repeated.sort_unstable();
        let empty = &run.intake.empty_at[..run.intake.empty_at.partition_point(is_new)];
        Fates { run, decisions, articles, repeated, empty, next: [0; 3], tally: Tally::default() }
    }

    /// The fate of the record at `location`, which must lie after those asked for before.
    pub fn next(&mut self, location: Location) -> Fate {
        let fate = self.look(location);
        let tally = &mut self.tally;
        tally.kept += u64::from(fate.is_kept());
        match fate {
            Fate::Keep => {}
            Fate::KeepEmpty => tally.empty += 1,
            Fate::Remove(_, removal) => tally.removed[removal.comparison(self.run).0 as usize] += 1,
            Fate::Repeated(_) => tally.repeated += 1,
            Fate::Bad => tally.bad += 1,
        }
        fate
    }

    fn look(&mut self, location: Location) -> Fate {
        let [article, repeated, empty] = &mut self.next;
        if let Some(&found) = self.articles.get(*article)
            && self.run.records[found as usize].location == location
        {
            *article += 1;
            return match self.decisions.of[found as usize] {
                Decision::Remove(removal) => Fate::Remove(found, removal),
                // One that stands in both inputs and was read first in the new one.
                Decision::Against => Fate::Repeated(found),
                Decision::Stays => {
                    self.tally.stayed += 1;
                    Fate::Keep
                }
                Decision::Lone | Decision::Chosen => Fate::Keep,
            };
        }
        if let Some(&(at, of)) = self.repeated.get(*repeated)
            && at == location
        {
            *repeated += 1;
            return match self.decisions.of[of as usize] {
                Decision::Remove(removal) => Fate::Remove(of, removal),
                _ => Fate::Repeated(of),
            };
        }
        if self.empty.get(*empty) == Some(&location) {
            *empty += 1;
            return Fate::KeepEmpty;
        }
        Fate::Bad
    }

    /// How many records had which fate so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether every record that has a fate was asked for. Where not, the inputs are no longer those of the run.
    pub fn all_met(&self) -> bool {
        self.next == [self.articles.len(), self.repeated.len(), self.empty.len()]
    }
}
