//! Articles of the first pass in, their records out when everything else is over.
//!
//! A million articles are a million ids, titles and outlets. Each as a piece of memory of its own costs more than it holds, so until
//! records are asked for they stand one behind the other: ids, by which articles are put in order, in memory; titles and openings,
//! which only reports show, with [`Stored`].

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::article::Published;
use crate::boilerplate::Outline;
use crate::cluster::title_hash;
use crate::read::Location;
use crate::settings::Zone;
use crate::stored::{Memory, Stored, StoredError};

use super::{Intake, Record, Repeated};

/// One article as the first pass sees it.
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) source: Option<String>,
    pub(super) published: Option<Published>,
    pub(super) title: Option<String>,
    pub(super) opening: Option<String>,
    pub(super) label: Option<String>,
    /// Whether its digest is without the shells that were guessed, instead of whole.
    pub(super) guessed: bool,
    /// Where shells are learned.
    pub(super) outline: Option<Outline>,
}

/// What is held of an article until there are records.
pub(super) struct Scanned {
    pub(super) location: Location,
    pub(super) published: Option<Published>,
    /// Hash of all its words, shells and all: known where another article has its id.
    pub(super) words_hash: u64,
    /// The hash of its title; 0 where it has none.
    pub(super) title_hash: u64,
    /// Which of the digests, outlines and profiles is its own; `None` where it has no word.
    pub(super) digest: Option<u32>,
    /// Whether its digest is without the shells that were guessed, instead of whole.
    pub(super) guessed: bool,
    /// Where its id ends, and how long it is.
    id_end: usize,
    id_bytes: u32,
    /// Its outlet's number.
    outlet: Option<u32>,
    /// Where its title, opening and label begin, and how long they are.
    shown_at: usize,
    shown_bytes: u32,
}

/// All articles of a run, first as they were read, then in order of their ids.
pub(super) struct Articles {
    pub(super) list: Vec<Scanned>,
    ids: String,
    outlets: Vec<Arc<str>>,
    outlet_of: HashMap<Arc<str>, u32>,
    shown: Stored<u8>,
}

/// Titles and all else that only reports show.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    title: Option<Box<str>>,
    label: Option<Box<str>>,
    opening: Option<Box<str>>,
}

/// So many records are made before what was held of their articles is given back.
const RECORDS_AT_ONCE: usize = 1 << 16;

impl Articles {
    pub(super) fn new(memory: &Memory) -> Result<Articles, StoredError> {
        let (list, ids, outlets, outlet_of) = Default::default();
        Ok(Articles { list, ids, outlets, outlet_of, shown: Stored::new(memory)? })
    }

    /// Adds an article; `digest`: its number among those that have words.
    pub(super) fn push(&mut self, location: Location, seen: &Seen, digest: Option<u32>) -> Result<(), StoredError> {
        let outlet = seen.source.as_deref().map(|source| self.number_of(source));
        let shown = Shown::packed([&seen.title, &seen.label, &seen.opening].map(Option::as_deref));
        self.ids.push_str(&seen.id);
        self.list.push(Scanned {
            location,
            published: seen.published,
            words_hash: 0,
            title_hash: title_hash(seen.title.as_deref()),
            digest,
            guessed: seen.guessed,
            id_end: self.ids.len(),
            id_bytes: seen.id.len() as u32,
            outlet,
            shown_at: self.shown.extend(&shown)?,
            shown_bytes: shown.len() as u32,
        });
        Ok(())
    }

    fn number_of(&mut self, outlet: &str) -> u32 {
        if let Some(&number) = self.outlet_of.get(outlet) {
            return number;
        }
        let (outlet, number) = (Arc::<str>::from(outlet), self.outlets.len() as u32);
        self.outlets.push(Arc::clone(&outlet));
        self.outlet_of.insert(outlet, number);
        number
    }

    /// What is held of them in memory, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (size_of_val(&self.list[..]) + self.ids.len()) as u64
    }

    /// What of them is in a file, in bytes.
    pub(super) fn bytes_in_file(&self) -> u64 {
        self.shown.bytes_in_file()
    }

    /// What their records take, in bytes.
    pub(super) fn bytes_of_records(&self) -> u64 {
        (self.list.len() * size_of::<Record>() + self.ids.len()) as u64 + self.shown.bytes()
    }

    /// Sets those aside that have no word.
    pub(super) fn set_empty_aside(&mut self, intake: &mut Intake) {
        let Articles { list, ids, .. } = self;
        let empty = || list.iter().filter(|one| one.digest.is_none());
        intake.empty = empty().map(|one| id(ids, one).to_owned()).collect();
        intake.empty.sort_unstable();
        intake.empty_at = empty().map(|one| one.location).collect();
        list.retain(|one| one.digest.is_some());
    }

    /// Puts them in order of id.
    pub(super) fn sort(&mut self) {
        let Articles { list, ids, .. } = self;
        list.par_sort_unstable_by(|a, b| id(ids, a).cmp(id(ids, b)).then_with(|| a.location.cmp(&b.location)));
    }

    /// Those that have the id of another.
    pub(super) fn tied(&mut self) -> Vec<&mut Scanned> {
        let Articles { list, ids, .. } = self;
        let same_id = |a: &Scanned, b: &Scanned| id(ids, a) == id(ids, b);
        list.chunk_by_mut(same_id).filter(|group| group.len() > 1).flatten().collect()
    }

    /// Puts those in order that have one id, of which the hashes of their words are known: of records that are one article the
    /// first stands for all, one with a time, the earliest.
    pub(super) fn sort_tied(&mut self) -> Result<(), StoredError> {
        let mut shown = HashMap::new();
        let places: Vec<_> = self.tied().iter().map(|one| (one.location, one.shown())).collect();
        for (location, range) in places {
            shown.insert(location, Shown::unpacked(self.shown.reader().get(range)?));
        }
        let Articles { list, ids, outlets, .. } = self;
        let source = |one: &Scanned| one.outlet.map(|outlet| &outlets[outlet as usize]);
        for group in list.chunk_by_mut(|a, b| id(ids, a) == id(ids, b)).filter(|group| group.len() > 1) {
            group.sort_by(|a, b| {
                let key = |one: &Scanned| (one.words_hash, one.published.is_none(), one.published);
                let told = |one: &Scanned| (source(one).cloned(), &shown[&one.location], one.location);
                key(a).cmp(&key(b)).then_with(|| told(a).cmp(&told(b)))
            });
        }
        Ok(())
    }

    /// Makes one article of those that have one id and the same words, and gives the others of one id ids that differ. They are in
    /// order of ids and words.
    pub(super) fn tell_apart(&mut self, intake: &mut Intake) {
        let Articles { list, ids, .. } = self;
        let mut repeated_of = Vec::new();
        let mut last_kept = 0;
        list.dedup_by(|one, last| {
            let is_repeated = one.words_hash == last.words_hash && id(ids, one) == id(ids, last);
            if is_repeated {
                repeated_of.push(last_kept);
                intake.repeated.push(Repeated { id: id(ids, one).to_owned(), location: one.location });
            } else {
                last_kept += 1;
            }
            is_repeated
        });
        let mut renamed: Vec<(usize, String)> = Vec::new();
        let mut from = 0;
        for group in list.chunk_by(|a, b| id(ids, a) == id(ids, b)) {
            if group.len() > 1 {
                let new_id = |one: &Scanned| format!("{}#{:016x}", id(ids, one), one.words_hash);
                renamed.extend((from..).zip(group.iter().map(new_id)));
            }
            from += group.len();
        }
        for (place, new_id) in renamed {
            ids.push_str(&new_id);
            (list[place].id_end, list[place].id_bytes) = (ids.len(), new_id.len() as u32);
            intake.renamed.push(new_id);
        }
        if !intake.renamed.is_empty() {
            for (repeated, of) in intake.repeated.iter_mut().zip(repeated_of) {
                id(ids, &list[of]).clone_into(&mut repeated.id);
            }
            self.sort();
        }
    }

    /// The records of all articles, in order, their times on the clock of `zone`. `words`: how many each has.
    pub(super) fn into_records(
        mut self,
        words: &[u32],
        contents: &[u64],
        zone: &Zone,
    ) -> Result<Vec<Record>, StoredError> {
        let mut records = Vec::with_capacity(self.list.len());
        let mut reader = self.shown.reader();
        while !self.list.is_empty() {
            for one in self.list.drain(..self.list.len().min(RECORDS_AT_ONCE)) {
                let Shown { title, label, opening } = Shown::unpacked(reader.get(one.shown())?);
                records.push(Record {
                    id: id(&self.ids, &one).to_owned(),
                    source: one.outlet.map(|outlet| Arc::clone(&self.outlets[outlet as usize])),
                    published: one.published.map(|time| time.on_clock_of(zone)),
                    title,
                    opening,
                    label,
                    words: words[records.len()],
                    content: contents[records.len()],
                    location: one.location,
                });
            }
            self.list.shrink_to_fit();
        }
        Ok(records)
    }
}

fn id<'i>(ids: &'i str, one: &Scanned) -> &'i str {
    &ids[one.id_end - one.id_bytes as usize..one.id_end]
}

impl Scanned {
    /// Where its title, label and opening stand.
    fn shown(&self) -> Range<usize> {
        self.shown_at..self.shown_at + self.shown_bytes as usize
    }
}

impl Shown {
    /// Each as its length and one more, in four bytes, and itself; as a zero where there is none.
    fn packed(parts: [Option<&str>; 3]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(part.map_or(0, |part| part.len() as u32 + 1).to_le_bytes());
            bytes.extend(part.unwrap_or_default().as_bytes());
        }
        bytes
    }

    fn unpacked(mut bytes: &[u8]) -> Shown {
        let mut next = || {
            let (length, rest) = bytes.split_first_chunk()?;
            let (part, rest) = rest.split_at(u32::from_le_bytes(*length).saturating_sub(1) as usize);
            bytes = rest;
            let is_there = u32::from_le_bytes(*length) > 0;
            is_there.then(|| String::from_utf8_lossy(part).into_owned().into_boxed_str())
        };
        Shown { title: next(), label: next(), opening: next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_and_nothing_is_not_the_empty_text() {
        for parts in [[Some("Giá vàng"), None, Some("")], [None; 3], [Some(""), Some("nhãn"), Some("Sáng nay")]] {
            let Shown { title, label, opening } = Shown::unpacked(&Shown::packed(parts));
            assert_eq!([title.as_deref(), label.as_deref(), opening.as_deref()], parts);
        }
    }
}
