//! The one who changes an index: adds, removes, merges; every change whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use roaring::RoaringBitmap;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::article::{Article, Published};
use crate::boilerplate::{Outline, ShellTable};
use crate::events::{Profile, TermTable};
use crate::normalize::Words;
use crate::read::{Inputs, Location, Skipped};
use crate::settings::{Boilerplate, ReadSettings};

use super::entry::{self, Entry, Frozen, id_hash};
use super::error::IndexError;
use super::manifest::{Manifest, Removed, SegmentFile, StoredFile, TableFiles, hexadecimal};
use super::merge::{GONE, InOrder, KeysInOrder};
use super::segment::{Finished, Segment, SegmentWriter};
use super::storage::{Folder, Storage};
use super::{Index, MANIFEST, put_manifest};

/// The file that a writer locks, and that says who it is.
pub(super) const LOCK: &str = "LOCK";

/// Articles are added in batches of about so many bytes of input: what is held of a batch is twice that.
const BATCH_BYTES: u64 = 128 << 20;

/// ... and of at most so many articles.
const BATCH_ARTICLES: usize = 100_000;

/// When so many segments are of one size, within a factor of as many, they become one: so every article is written again once for
/// each such factor, and there are few segments to look in.
const MERGED_AT_ONCE: usize = 8;

/// How common terms are is learned from so many articles at most: more would take memory and change little.
const TERMS_LEARNED_FROM: usize = 50_000;

/// Segments of fewer documents are of one size.
const SMALL_SEGMENT: u64 = 1 << 10;

/// A segment is written anew when one in so many of its documents is removed.
const REMOVED_SHARE: u64 = 4;

/// The right to change an index.
#[derive(Debug)]
pub struct Writer {
    index: Index,
    batch_bytes: u64,
    /// Held for as long as this lives.
    _lock: Option<Lock>,
}

/// What adding did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Articles that were not there.
    pub new: u64,
    /// Articles that took the place of an earlier one of the same id.
    pub revised: u64,
    /// Articles that were there already.
    pub unchanged: u64,
    /// Articles whose id is there with other words, published later, or by the same time with a greater hash: not added.
    pub older: u64,
    /// Articles of the input that stood behind another of the same id in it.
    pub repeated: u64,
    /// Articles without a word, which are not added.
    pub empty: u64,
    /// How many batches were committed.
    pub batches: u64,
    /// What was left out when reading.
    #[serde(skip)]
    pub skipped: Skipped,
}

/// Which articles to remove.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// Those of these ids.
    pub ids: Vec<String>,
    /// Those of these outlets; ASCII case makes no difference.
    pub outlets: Vec<String>,
    /// Those published before this; one without a time is not.
    pub before: Option<Published>,
}

/// What compacting did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// How many segments there were.
    pub segments_before: usize,
    /// How many there are.
    pub segments: usize,
    /// Bytes before.
    pub bytes_before: u64,
    /// Bytes now.
    pub bytes: u64,
    /// Whether tables were learned anew.
    pub relearned: bool,
}

impl Writer {
    /// Opens the index in this folder for changing it. Where another writer has it, that is an error, or with `wait` waited for.
    ///
    /// # Errors
    /// As [`Index::open`]; where another writer has it; where nothing can be written there.
    pub fn open(path: &Path, wait: bool) -> Result<Writer, IndexError> {
        // Before a lock is made in a folder that is none.
        drop(Index::open(path)?);
        let lock = lock(path, wait)?;
        Writer::with_lock(Arc::new(Folder::new(path)), path, Some(lock))
    }

    /// The right to change an index that is open already. Where another changed it since, it is opened anew, and `true` comes with
    /// it: what was seen of it before may no longer hold.
    ///
    /// # Errors
    /// As [`Writer::open`].
    pub fn resume(index: Index, wait: bool) -> Result<(Writer, bool), IndexError> {
        let lock = lock(&index.path, wait)?;
        let now = super::read_manifest(&*index.storage, &index.path)?;
        let changed = now.to_bytes() != index.manifest.to_bytes();
        let index = if changed { Index::open_in(Arc::clone(&index.storage), &index.path)? } else { index };
        let writer = Writer { index, batch_bytes: BATCH_BYTES, _lock: Some(lock) };
        writer.take_away_what_no_manifest_names()?;
        Ok((writer, changed))
    }

    /// Gives the right back; what is left is the index as it is now.
    pub fn into_index(self) -> Index {
        self.index
    }

    /// [`Writer::open`] in any storage, which nobody else writes to while this lives: no lock is taken.
    ///
    /// # Errors
    /// As [`Index::open`]; where nothing can be written there.
    pub fn open_in(storage: Arc<dyn Storage>, path: &Path) -> Result<Writer, IndexError> {
        Writer::with_lock(storage, path, None)
    }

    fn with_lock(storage: Arc<dyn Storage>, path: &Path, lock: Option<Lock>) -> Result<Writer, IndexError> {
        let index = Index::open_in(storage, path)?;
        let writer = Writer { index, batch_bytes: BATCH_BYTES, _lock: lock };
        writer.take_away_what_no_manifest_names()?;
        Ok(writer)
    }

    /// The index as it is now.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The same with batches of about so many bytes of input, instead of 128 MiB.
    #[must_use]
    pub fn in_batches_of(mut self, bytes: u64) -> Writer {
        self.batch_bytes = bytes;
        self
    }

    /// Puts tables in force instead of learning them from what is added first.
    ///
    /// # Errors
    /// Where tables are in force already, or the index can't be written.
    pub fn set_tables(&mut self, shells: ShellTable, terms: TermTable) -> Result<(), IndexError> {
        if self.index.frozen.is_some() {
            return Err(IndexError::Frozen { path: self.index.path.clone() });
        }
        self.put_tables(Frozen { shells, terms })?;
        self.commit(Vec::new(), &[], BTreeMap::new())
    }

    /// Adds the articles of these inputs, in batches, each of which is there for good once it is committed. `progress` is told
    /// how many bytes are done, of twice [`Inputs::total_bytes`].
    ///
    /// # Errors
    /// Where the inputs can't be read, or the index not be written. Batches committed before that stay.
    pub fn add(
        &mut self,
        inputs: &Inputs,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
    ) -> Result<Added, IndexError> {
        self.add_only(inputs, settings, progress, &|_| true)
    }

    /// [`Writer::add`], of the articles at places that `wanted` accepts.
    ///
    /// # Errors
    /// As [`Writer::add`].
    pub fn add_only(
        &mut self,
        inputs: &Inputs,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        wanted: &(dyn Fn(Location) -> bool + Sync),
    ) -> Result<Added, IndexError> {
        let learns = self.index.frozen.is_none() && self.index.settings.boilerplate == Boilerplate::Auto;
        let scan = inputs.scan(settings, &|bytes| progress(bytes), |article| Seen::of(article, learns))?;
        let mut added = Added { skipped: scan.skipped, ..Added::default() };
        let mut seen: Vec<(Location, Seen)> = scan.articles;
        seen.retain(|(location, _)| wanted(*location));
        let all = seen.len();
        seen.retain(|(_, one)| one.words_hash != 0);
        added.empty = (all - seen.len()) as u64;
        if seen.is_empty() {
            return Ok(added);
        }
        // Of one id the greatest rank comes first; of equal ones the first in the input.
        seen.par_sort_by(|(a_at, a), (b_at, b)| a.id.cmp(&b.id).then(b.rank().cmp(&a.rank())).then(a_at.cmp(b_at)));
        let all = seen.len();
        seen.dedup_by_key(|(_, one)| one.id);
        added.repeated = (all - seen.len()) as u64;
        if self.index.frozen.is_none() {
            self.learn(inputs, settings, &seen)?;
        }
        let (mut wanted, mut revised): (Vec<Location>, BTreeSet<u128>) = (Vec::new(), BTreeSet::new());
        for (location, one) in &seen {
            match self.index.find_hash(one.id).map(|known| self.index.card(known)) {
                None => {
                    added.new += 1;
                    wanted.push(*location);
                }
                Some(card) if card.words_hash == one.words_hash && card.record_hash == one.record_hash => {
                    added.unchanged += 1
                }
                Some(card) if card.rank() >= one.rank() => added.older += 1,
                Some(_) => {
                    added.revised += 1;
                    revised.insert(one.id);
                    wanted.push(*location);
                }
            }
        }
        wanted.sort_unstable();
        drop(seen);
        added.batches = self.add_again(inputs, settings, progress, &wanted, &revised)?;
        self.tidy()?;
        Ok(added)
    }

    /// Reads the wanted records again and commits them batch by batch; says how many batches. What is compressed is decompressed
    /// once for all of them.
    fn add_again(
        &mut self,
        inputs: &Inputs,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        wanted: &[Location],
        revised: &BTreeSet<u128>,
    ) -> Result<u64, IndexError> {
        let (frozen, window) = (self.index.frozen.clone().unwrap_or_default(), self.index.settings.window_words);
        let (first_pass, mut batches) = (inputs.total_bytes().unwrap_or(0), 0);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        // Reading can't be broken off, but what is read behind a failure is not worked on.
        let failure: OnceLock<IndexError> = OnceLock::new();
        let work = |_, article: &Article<'_>| match failure.get() {
            None => Entry::of(article, &frozen, window),
            Some(_) => None,
        };
        let mut take = |place: usize, entry: Option<Entry>| {
            let length = u64::from(wanted[place].length);
            // Of rows no length is known, so their number is bounded as well.
            let is_full = bytes + length > self.batch_bytes || entries.len() == BATCH_ARTICLES;
            if is_full && !entries.is_empty() && failure.get().is_none() {
                match self.commit_batch(std::mem::take(&mut entries), revised) {
                    Ok(()) => batches += 1,
                    Err(error) => drop(failure.set(error)),
                }
                bytes = 0;
            }
            bytes += length;
            entries.extend(entry);
        };
        inputs.reread_into(settings, wanted, &|bytes| progress(first_pass + bytes), work, &mut take)?;
        if let Some(error) = failure.into_inner() {
            return Err(error);
        }
        if !entries.is_empty() {
            self.commit_batch(entries, revised)?;
            batches += 1;
        }
        Ok(batches)
    }

    fn learn(&mut self, inputs: &Inputs, settings: &ReadSettings, seen: &[(Location, Seen)]) -> Result<(), IndexError> {
        let outlines: Vec<Outline> = seen.iter().filter_map(|(_, one)| one.outline.clone()).collect();
        let shells = ShellTable::learn(&outlines);
        // In order of ids' hashes, so the first are as good as drawn.
        let sample: Vec<Location> = seen.iter().take(TERMS_LEARNED_FROM).map(|(location, _)| *location).collect();
        let profiles = inputs.reread(settings, &sample, &|_| (), |_, article| {
            Profile::of(article, &Words::of(&article.text), &shells)
        })?;
        let terms = TermTable::learn(&profiles.iter().collect::<Vec<_>>());
        self.put_tables(Frozen { shells, terms })
    }

    /// Puts tables in force with the next manifest.
    fn put_tables(&mut self, frozen: Frozen) -> Result<(), IndexError> {
        let text = frozen.shells.to_json().map_err(|error| IndexError::damaged("shells", error.to_string()))?;
        let shells = self.put_file("shells", text.as_bytes())?;
        let terms = self.put_file("terms", &frozen.terms.to_bytes())?;
        let epoch = self.index.manifest.tables.as_ref().map_or(0, |tables| tables.epoch) + 1;
        self.index.manifest.tables = Some(TableFiles { epoch, shells, terms });
        self.index.frozen = Some(frozen);
        Ok(())
    }

    fn next_name(&mut self, kind: &str) -> String {
        let name = format!("{kind}-{:06}", self.index.manifest.next);
        self.index.manifest.next += 1;
        name
    }

    fn put_file(&mut self, kind: &str, bytes: &[u8]) -> Result<StoredFile, IndexError> {
        let name = self.next_name(kind);
        let io = IndexError::io(&name);
        let mut file = self.index.storage.create(&name).map_err(&io)?;
        file.write_all(bytes).map_err(&io)?;
        file.sync().map_err(&io)?;
        drop(io);
        Ok(StoredFile { name, bytes: bytes.len() as u64, checksum: hexadecimal(xxh3_64(bytes)) })
    }

    fn commit_batch(&mut self, entries: Vec<Entry>, revised: &BTreeSet<u128>) -> Result<(), IndexError> {
        let mut gone: BTreeMap<usize, RoaringBitmap> = BTreeMap::new();
        for id in entries.iter().map(|entry| entry.card.id).filter(|id| revised.contains(id)) {
            for (place, segment) in self.index.segments.iter().enumerate() {
                if let Some(number) = segment.find(id) {
                    gone.entry(place).or_default().insert(number);
                }
            }
        }
        let segment = self.put_segment(entries)?;
        self.commit(vec![segment], &[], gone)
    }

    fn put_segment(&mut self, mut entries: Vec<Entry>) -> Result<SegmentFile, IndexError> {
        entries.par_sort_unstable_by_key(|entry| entry.card.order());
        let samples = sorted_keys(&entries, |entry| entry.samples.iter().copied());
        let terms = sorted_keys(&entries, |entry| entry.terms.iter().map(|&(term, _)| term));
        let name = self.next_name("segment");
        let io = IndexError::io(&name);
        let file = self.index.storage.create(&name).map_err(&io)?;
        let mut writer = SegmentWriter::new(&name, file).map_err(&io)?;
        for entry in &entries {
            writer.push(entry.card, entry.outlet.as_deref(), &entry.document, &entry.imprint).map_err(&io)?;
        }
        let [samples, terms] =
            [samples, terms].map(|keys| keys.into_iter().map(|one| Ok(((one >> 32) as u32, one as u32))));
        let finished = writer.finish(samples, terms)?;
        Ok(segment_file(&name, finished))
    }

    /// Makes a change: `new` segments come, those at the places `gone` go, and of the others these documents.
    fn commit(
        &mut self,
        new: Vec<SegmentFile>,
        gone: &[usize],
        removed: BTreeMap<usize, RoaringBitmap>,
    ) -> Result<(), IndexError> {
        let mut manifest_segments = self.index.manifest.segments.clone();
        let mut sets: BTreeMap<usize, RoaringBitmap> = BTreeMap::new();
        for (place, numbers) in removed {
            let set = &self.index.segments[place].removed | numbers;
            let mut bytes = Vec::new();
            set.serialize_into(&mut bytes).map_err(IndexError::io("removed"))?;
            let file = self.put_file("removed", &bytes)?;
            manifest_segments[place].removed = Some(Removed { file, documents: set.len() as u32 });
            sets.insert(place, set);
        }
        let mut place = 0..;
        manifest_segments.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
        manifest_segments.extend(new.iter().cloned());
        let manifest = Manifest {
            generation: self.index.manifest.generation + 1,
            segments: manifest_segments,
            ..self.index.manifest.clone()
        };
        put_manifest(&*self.index.storage, &manifest)?;
        self.index.manifest = manifest;
        for (place, set) in sets {
            self.index.segments[place].removed = set;
        }
        let mut place = 0..;
        self.index.segments.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
        for one in &new {
            let segment = super::open_segment(&*self.index.storage, one)?;
            self.index.segments.push(segment);
        }
        self.take_away_what_no_manifest_names()
    }

    /// What a crash left behind, and what the last change made superfluous. Readers that hold such a file go on seeing it; where
    /// the system forbids to take away what is held, the next writer does.
    fn take_away_what_no_manifest_names(&self) -> Result<(), IndexError> {
        let io = IndexError::io(MANIFEST);
        let named: Vec<&str> = self.index.manifest.files().map(|file| file.name.as_str()).collect();
        let superfluous = |name: &String| {
            let ours =
                ["segment-", "removed-", "shells-", "terms-", "MANIFEST."].iter().any(|kind| name.starts_with(kind));
            ours && !named.contains(&name.as_str())
        };
        for name in self.index.storage.names().map_err(&io)?.into_iter().filter(superfluous) {
            // It does no harm where it is.
            let _ = self.index.storage.remove(&name);
        }
        Ok(())
    }

    /// Removes articles, and says how many.
    ///
    /// # Errors
    /// Where the index can't be written.
    pub fn remove(&mut self, removal: &Removal) -> Result<u64, IndexError> {
        let ids: Vec<u128> = removal.ids.iter().map(|id| id_hash(id)).collect();
        let mut removed: BTreeMap<usize, RoaringBitmap> = BTreeMap::new();
        for (place, segment) in self.index.segments.iter().enumerate() {
            let mut numbers: RoaringBitmap = ids.iter().filter_map(|&id| segment.find(id)).collect();
            if !removal.outlets.is_empty() || removal.before.is_some() {
                numbers.extend(segment.live().filter(|&number| {
                    let card = segment.card(number);
                    let outlet = segment.outlet(&card);
                    outlet.is_some_and(|outlet| removal.outlets.iter().any(|one| one.eq_ignore_ascii_case(outlet)))
                        || removal.before.is_some_and(|before| card.published.is_some_and(|time| time < before))
                }));
            }
            if !numbers.is_empty() {
                removed.insert(place, numbers);
            }
        }
        let count = removed.values().map(RoaringBitmap::len).sum();
        if count > 0 {
            self.commit(Vec::new(), &[], removed)?;
            self.tidy()?;
        }
        Ok(count)
    }

    /// Makes one segment of all, without what was removed. With `relearn`, shells are learned anew from all articles, and these
    /// stored under them.
    ///
    /// # Errors
    /// Where the index can't be read or written.
    pub fn compact(&mut self, relearn: bool) -> Result<Compacted, IndexError> {
        let before = self.index.info();
        if relearn && !self.index.segments.is_empty() {
            self.relearn()?;
        }
        let all: Vec<usize> = (0..self.index.segments.len()).collect();
        if all.len() > 1 || self.index.segments.iter().any(|segment| !segment.removed.is_empty()) {
            self.merge(&all)?;
        }
        let now = self.index.info();
        Ok(Compacted {
            segments_before: before.segments,
            segments: now.segments,
            bytes_before: before.bytes,
            bytes: now.bytes,
            relearned: relearn,
        })
    }

    fn relearn(&mut self) -> Result<(), IndexError> {
        let shells = match self.index.settings.boilerplate {
            Boilerplate::Auto => self.shells_of_all()?,
            Boilerplate::Off => ShellTable::default(),
        };
        let terms = self.terms_of_all(&shells)?;
        let frozen = Frozen { shells, terms };
        let window = self.index.settings.window_words;
        let (mut new, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
        for place in 0..self.index.segments.len() {
            for block in 0..self.index.segments[place].blocks() {
                let articles = live_articles(&self.index.segments[place], block)?;
                bytes += articles.iter().map(|(_, article)| article.text.len() as u64).sum::<u64>();
                batch.par_extend(articles.par_iter().filter_map(|(_, article)| Entry::of(article, &frozen, window)));
                if bytes >= self.batch_bytes {
                    new.push(self.put_segment(std::mem::take(&mut batch))?);
                    bytes = 0;
                }
            }
        }
        if !batch.is_empty() {
            new.push(self.put_segment(batch)?);
        }
        self.put_tables(frozen)?;
        let gone: Vec<usize> = (0..self.index.segments.len()).collect();
        self.commit(new, &gone, BTreeMap::new())
    }

    /// The shells that all articles make together.
    fn shells_of_all(&self) -> Result<ShellTable, IndexError> {
        let mut outlines: Vec<(u128, Outline)> = Vec::new();
        for segment in &self.index.segments {
            let of_block = |block: usize| {
                let outline = |(id, article): (u128, Article<'_>)| {
                    (id, Outline::of(article.source.as_deref().unwrap_or(""), &Words::of(&article.text)))
                };
                Ok(live_articles(segment, block)?.into_iter().map(outline).collect())
            };
            let parts: Result<Vec<Vec<_>>, IndexError> = (0..segment.blocks()).into_par_iter().map(of_block).collect();
            outlines.extend(parts?.into_iter().flatten());
        }
        outlines.sort_unstable_by_key(|&(id, _)| id);
        Ok(ShellTable::learn(&outlines.into_iter().map(|(_, outline)| outline).collect::<Vec<_>>()))
    }

    /// How common terms are among all articles, or as many of them as are enough.
    fn terms_of_all(&self, shells: &ShellTable) -> Result<TermTable, IndexError> {
        let cards = self.index.segments.iter().flat_map(|one| one.live().map(|number| one.card(number).id));
        let mut ids: Vec<u128> = cards.collect();
        ids.par_sort_unstable();
        let last = ids.get(TERMS_LEARNED_FROM).copied().unwrap_or(u128::MAX);
        let mut profiles: Vec<(u128, Profile)> = Vec::new();
        for segment in &self.index.segments {
            let of_block = |block: usize| {
                let chosen = live_articles(segment, block)?.into_iter().filter(|&(id, _)| id < last);
                Ok(chosen.map(|(id, article)| (id, Profile::of(&article, &Words::of(&article.text), shells))).collect())
            };
            let parts: Result<Vec<Vec<_>>, IndexError> = (0..segment.blocks()).into_par_iter().map(of_block).collect();
            profiles.extend(parts?.into_iter().flatten());
        }
        profiles.sort_unstable_by_key(|&(id, _)| id);
        Ok(TermTable::learn(&profiles.iter().map(|(_, profile)| profile).collect::<Vec<_>>()))
    }

    /// Merges segments of one size where there are many, and writes those anew of which much is removed.
    fn tidy(&mut self) -> Result<(), IndexError> {
        while let Some(places) = self.to_merge() {
            self.merge(&places)?;
        }
        Ok(())
    }

    fn to_merge(&self) -> Option<Vec<usize>> {
        let mut sizes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, segment) in self.index.segments.iter().enumerate() {
            if segment.removed.len() * REMOVED_SHARE > u64::from(segment.documents()) {
                return Some(vec![place]);
            }
            let size =
                (segment.live_count() / SMALL_SEGMENT).checked_ilog(MERGED_AT_ONCE as u64).map_or(0, |log| log + 1);
            sizes.entry(size).or_default().push(place);
        }
        sizes.into_values().find(|places| places.len() >= MERGED_AT_ONCE)
    }

    /// Makes one segment of those at these places.
    fn merge(&mut self, places: &[usize]) -> Result<(), IndexError> {
        let name = self.next_name("segment");
        let io = IndexError::io(&name);
        let segments: Vec<&Segment> = places.iter().map(|&place| &self.index.segments[place]).collect();
        let mut numbers: Vec<Vec<u32>> =
            segments.iter().map(|segment| vec![GONE; segment.documents() as usize]).collect();
        let live: u64 = segments.iter().map(|segment| segment.live_count()).sum();
        let mut new = Vec::new();
        if live > 0 {
            let file = self.index.storage.create(&name).map_err(&io)?;
            let mut writer = SegmentWriter::new(&name, file).map_err(&io)?;
            for (document, number) in InOrder::of(segments.clone()).zip(0..) {
                let (at, line) = document?;
                numbers[at.place][at.number as usize] = number;
                let imprint = at.segment.imprint(at.number)?;
                writer.push(at.card, at.segment.outlet(&at.card), line.as_bytes(), imprint).map_err(&io)?;
            }
            let samples = KeysInOrder::of(&segments, &numbers, Segment::samples);
            let terms = KeysInOrder::of(&segments, &numbers, Segment::terms);
            new.push(segment_file(&name, writer.finish(samples, terms)?));
        }
        self.commit(new, places, BTreeMap::new())
    }
}

/// The articles of a block that are not removed, each with the hash of its id.
fn live_articles(segment: &Segment, block: usize) -> Result<Vec<(u128, Article<'static>)>, IndexError> {
    let documents = segment.read_block(block)?;
    let live = segment.numbers(block).zip(documents.lines()).filter(|(number, _)| !segment.removed.contains(*number));
    live.map(|(number, line)| {
        let article =
            entry::article(line).ok_or_else(|| IndexError::damaged(&segment.name, "a document that is no article"))?;
        Ok((segment.card(number).id, article))
    })
    .collect()
}

/// The keys of entries with their places, in order: a key in the upper half.
fn sorted_keys<'e, K: Iterator<Item = u32>>(entries: &'e [Entry], keys: impl Fn(&'e Entry) -> K) -> Vec<u64> {
    let of_entry = |(entry, number): (&'e Entry, u64)| keys(entry).map(move |key| u64::from(key) << 32 | number);
    let mut sorted: Vec<u64> = entries.iter().zip(0..).flat_map(of_entry).collect();
    sorted.par_sort_unstable();
    sorted
}

fn segment_file(name: &str, finished: Finished) -> SegmentFile {
    let Finished { bytes, documents, checksum } = finished;
    let file = StoredFile { name: name.to_owned(), bytes, checksum: hexadecimal(checksum) };
    SegmentFile { file, documents, removed: None }
}

/// What the first pass keeps of an article.
struct Seen {
    id: u128,
    /// 0 where it has no word.
    words_hash: u64,
    record_hash: u64,
    published: Option<Published>,
    outline: Option<Outline>,
}

impl Seen {
    fn of(article: &Article<'_>, learns: bool) -> Seen {
        let words = Words::of(&article.text);
        let outline =
            (learns && !words.is_empty()).then(|| Outline::of(article.source.as_deref().unwrap_or(""), &words));
        Seen {
            id: id_hash(&entry::stored_id(article)),
            words_hash: if words.is_empty() { 0 } else { words.fingerprint() },
            record_hash: xxh3_64(&entry::document(article)),
            published: article.published,
            outline,
        }
    }

    fn rank(&self) -> (Option<Published>, u64, u64) {
        (self.published, self.words_hash, self.record_hash)
    }
}

/// Refuses a lock that is a link: what it leads to would be emptied, and be another file for whoever comes by another path.
fn refuse_link(lock: &Path) -> std::io::Result<()> {
    match lock.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(std::io::Error::other("is a link, which no writer follows; remove it")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The lock of an index. It is given back by name: what this process is about to start holds the file as well until it is another
/// program, and would keep the lock for so long.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing gives it back where this does not.
        let _ = self.0.unlock();
    }
}

/// Locks the index in this folder for one writer.
pub(super) fn lock(path: &Path, wait: bool) -> Result<Lock, IndexError> {
    let name = path.join(LOCK);
    let io = |source| IndexError::Io { file: name.display().to_string(), source };
    refuse_link(&name).map_err(io)?;
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&name).map_err(io)?;
    // Nothing is written before it is certain that what was opened is no link that was put there meanwhile.
    refuse_link(&name).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) if wait => file.lock().map_err(io)?,
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Where it can't be read, it is another process all the same.
            let _ = file.read_to_string(&mut holder);
            let holder = Some(holder.trim()).filter(|holder| !holder.is_empty()).unwrap_or("another process");
            return Err(IndexError::Locked { holder: holder.to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    writeln!(file, "process {}", std::process::id()).map_err(io)?;
    Ok(Lock(file))
}
