//! Records that are no articles in, a list of them out: for who has to answer for each, and not only for their number.
//!
//! [`Skipped`] counts all and shows a few. A check judges every record, so it has them listed; and it does not answer for those that
//! were there before, which it has excused.

use std::collections::{BTreeSet, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::Location;
use super::blocks::Frame;
use super::discover::Inputs;
use super::error::Fault;
use super::skipped::{Reason, Skipped};

/// So many are listed; what is held of each is a hundred bytes or two. The others are counted.
pub const MOST_LISTED: usize = 100_000;

/// Which bad records are listed in [`Skipped::bad`].
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Those of the first so many inputs.
    pub files: usize,
    /// Which of them nobody has to answer for: they are counted with all others, never listed, and stop no strict run.
    pub excused: Excused,
}

/// Bad records that are known.
#[derive(Debug, Clone, Default)]
pub struct Excused {
    /// Those whose bytes have one of these hashes: [`BadRecord::content`].
    pub contents: HashSet<u64>,
    /// All in these inputs, and that these are cut off.
    pub files: BTreeSet<u32>,
}

/// One record that is no article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// Where it stands.
    pub location: Location,
    /// The xxh3 hash of its bytes as they stand there, without a line end; `None` where they are not held: of a record that is too
    /// large, or a row of Parquet.
    pub content: Option<u64>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Those that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadRecords {
    /// How many there are.
    pub count: u64,
    /// The first [`MOST_LISTED`], in input order.
    pub listed: Vec<BadRecord>,
}

impl BadRecords {
    fn add(&mut self, record: BadRecord) {
        self.count += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(record);
        }
    }

    pub(super) fn append(&mut self, later: BadRecords) {
        self.count += later.count;
        let room = MOST_LISTED - self.listed.len();
        self.listed.extend(later.listed.into_iter().take(room));
    }
}

impl Inputs {
    /// Has bad records listed by every scan from now on.
    pub fn list_bad_records(&mut self, listing: Listing) {
        self.listing = listing;
    }

    /// Whether nobody has to answer for what is wrong with an input as a whole.
    pub(super) fn is_excused(&self, file: usize) -> bool {
        u32::try_from(file).is_ok_and(|file| self.listing.excused.files.contains(&file))
    }

    /// Whether nobody has to answer for what is wrong with these bytes of an input.
    pub(super) fn excuses(&self, file: usize, bytes: &[u8]) -> bool {
        let contents = &self.listing.excused.contents;
        let is_known = !contents.is_empty() && !bytes.is_empty() && contents.contains(&xxh3_64(bytes));
        is_known || self.is_excused(file)
    }

    /// Counts a record that is no article, and lists it; gives back the fault where a strict run stops at it. `bytes` is empty where
    /// they are not held.
    pub(super) fn set_aside(
        &self,
        (file, frame): (usize, &Frame),
        bytes: &[u8],
        fault: Fault,
        strict: bool,
        skipped: &mut Skipped,
    ) -> Option<Fault> {
        let content = (!bytes.is_empty()).then(|| xxh3_64(bytes));
        let is_excused = self.excuses(file, bytes);
        if strict && !is_excused {
            return Some(fault);
        }
        if file < self.listing.files && !is_excused {
            skipped.bad.add(BadRecord { location: Location::new(file, frame), content, fault: fault.clone() });
        }
        // What makes an answer less than whole is only what was not known to be missing.
        skipped.too_large += u64::from(matches!(fault, Fault::TooLarge { .. }) && !is_excused);
        let name = self.files().get(file).map_or("", |file| file.name());
        skipped.add(name, u64::from(frame.line), Reason::Bad(fault));
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::read::{ReadError, discover_with};
    use crate::settings::ReadSettings;

    fn inputs(text: String) -> Inputs {
        discover_with(&["-".into()], &ReadSettings::default(), Cursor::new(text)).unwrap()
    }

    #[test]
    fn all_are_listed_up_to_a_bound_and_counted_beyond_it() {
        let mut inputs = inputs("x\n".repeat(MOST_LISTED + 7));
        let scan = |inputs: &Inputs| inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap().skipped.bad;
        assert_eq!(scan(&inputs), BadRecords::default(), "none is asked for");
        inputs.list_bad_records(Listing { files: 1, ..Listing::default() });
        let bad = scan(&inputs);
        assert_eq!((bad.count, bad.listed.len()), (MOST_LISTED as u64 + 7, MOST_LISTED));
        assert!(bad.listed.iter().map(|one| one.location.line).eq(1..=MOST_LISTED as u32));
    }

    #[test]
    fn what_is_excused_is_counted_and_stops_nothing() {
        let strict = ReadSettings { strict: true, ..ReadSettings::default() };
        let mut inputs = inputs("old\nnew\n{\"text\":\"một\"}\n".to_owned());
        let contents = HashSet::from([xxh3_64(b"old")]);
        inputs.list_bad_records(Listing { files: 1, excused: Excused { contents, ..Excused::default() } });
        let scan = inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap();
        assert_eq!((scan.skipped.bad_records, scan.skipped.bad.count), (2, 1));
        assert_eq!(scan.skipped.bad.listed[0].location.line, 2);
        let stopped = inputs.scan(&strict, &|_| (), |_| ());
        assert!(matches!(stopped, Err(ReadError::BadRecord { line: 2, .. })), "{stopped:?}");
        inputs.list_bad_records(Listing { files: 1, excused: Excused { files: [0].into(), ..Excused::default() } });
        assert_eq!(inputs.scan(&strict, &|_| (), |_| ()).unwrap().articles.len(), 1);
    }
}
