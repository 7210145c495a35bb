//! The one who changes an index: adds, removes, merges; every change whole or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
use crate::read::{ChosenBy, Inputs, Location, Skipped};
use crate::settings::{Boilerplate, ReadSettings, Zone};

use super::entry::{self, Entry, Frozen, id_hash};
use super::error::IndexError;
use super::manifest::{Manifest, NumberSet, SegmentFile, StoredFile, TableFiles, hexadecimal};
use super::merge::{GONE, InOrder, KeysInOrder};
use super::search::Known;
use super::segment::{Card, Edition, Finished, Marks, Segment, SegmentWriter};
use super::storage::{Folder, Storage, refuse_all_but_files};
use super::versions::{may_stand_for, stands_for};
use super::{Index, MANIFEST, replace_manifest};

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

/// A replaced version is compared with at most this many earlier ones.
const EARLIER_COMPARED: usize = 8;

/// A segment is written anew when one in so many of its documents is removed.
const REMOVED_SHARE: u64 = 4;

/// The right to change an index.
#[derive(Debug)]
pub struct Writer {
    index: Index,
    batch_bytes: u64,
    /// The clock that the index is to remember, unless it knows one.
    timezone: Option<String>,
    /// Held for as long as this lives.
    _lock: Option<Lock>,
}

/// What adding did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Articles that were not there.
    pub new: u64,
    /// Articles that took the place of an earlier version of the same id. Its words stay among what new articles are compared with.
    pub revised: u64,
    /// Articles that were there already.
    pub unchanged: u64,
    /// Articles whose id is there in a version published later: not added.
    pub older: u64,
    /// Articles of the input whose id it has more than once, and of which another version was added or was there already.
    pub repeated: u64,
    /// Articles without a word, which are not added.
    pub empty: u64,
    /// How many batches were committed.
    pub batches: u64,
    /// Why segments were not merged afterwards, where that failed: what was added is there all the same. The next writer tries again.
    pub merge_failed: Option<String>,
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
    /// Those published before this, on the clock of the index unless it has one of its own; one without a time is not.
    pub before: Option<Published>,
}

/// What removing did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Articles that were removed, each with all of its versions.
    pub articles: u64,
    /// Earlier versions of articles that stay otherwise: they alone were published before the time that was named.
    pub earlier_versions: u64,
    /// Of the ids that were named, those that no article has.
    pub unknown_ids: Vec<String>,
    /// Of the outlets that were named, those that no article is of.
    pub unknown_outlets: Vec<String>,
    /// Whether a time was named and nothing was published before it.
    pub none_before: bool,
    /// Why space was not given back afterwards, where that failed. The next writer tries again.
    pub merge_failed: Option<String>,
}

/// What compacting did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// Why segments were not merged, where tables were learned anew and that failed.
    pub merge_failed: Option<String>,
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
        let writer = Writer { index, batch_bytes: BATCH_BYTES, timezone: None, _lock: Some(lock) };
        writer.take_away_what_no_manifest_names();
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
        let writer = Writer { index, batch_bytes: BATCH_BYTES, timezone: None, _lock: lock };
        writer.take_away_what_no_manifest_names();
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
        self.or_clean_up(|writer| writer.commit(Change { tables: Some(Frozen { shells, terms }), ..Change::default() }))
    }

    /// Adds the articles of these inputs, in batches, each of which is there for good once it is committed. `progress` is told
    /// how many bytes are done, of twice [`Inputs::total_bytes`].
    ///
    /// Of one id the version holds that comes last, in the order of the input as in that of calls, unless both versions have a time and
    /// the one that comes last was published before the other. Earlier versions stay among what new articles are compared with.
    /// So one record after the other gives what all of them give at once, in whatever batches.
    ///
    /// # Errors
    /// Where the inputs can't be read, or the index not be written. Batches committed before that stay, and
    /// [`IndexError::Partly`] says what is in them.
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
        if let Some(zone) = self.index.known_zone() {
            inputs.assume_zone(zone);
        }
        let scan = inputs.scan(settings, &|bytes| progress(bytes), |article| Seen::of(article, learns))?;
        let mut added = Added { skipped: scan.skipped, ..Added::default() };
        let mut seen: Vec<(Location, Seen)> = scan.articles;
        let zone = inputs.zone().cloned().unwrap_or_else(Zone::utc);
        self.timezone = (added.skipped.times.chosen_by != ChosenBy::None).then(|| zone.to_string());
        seen.iter_mut()
            .for_each(|(_, one)| one.edition.published = one.edition.published.map(|time| time.settled(&zone)));
        seen.retain(|(location, _)| wanted(*location));
        let all = seen.len();
        seen.retain(|(_, one)| one.edition.words_hash != 0);
        added.empty = (all - seen.len()) as u64;
        if seen.is_empty() {
            return Ok(added);
        }
        seen.par_sort_by_key(|(location, one)| (one.id, *location));
        let mut held = Vec::new();
        let mut wanted = Vec::new();
        for versions in seen.chunk_by(|(_, a), (_, b)| a.id == b.id) {
            let known = self.index.find_hash(versions[0].1.id).map(|known| self.index.card(known).edition());
            let chosen = chosen(known, versions, &mut added);
            held.extend(chosen.last().map(|&place| &versions[place]));
            wanted.extend(chosen.into_iter().map(|place| versions[place].0));
        }
        let learned = match self.index.frozen {
            None => {
                let learned = learn(inputs, settings, &held)?;
                Some(if learns { learned } else { Frozen { shells: ShellTable::off(), ..learned } })
            }
            Some(_) => None,
        };
        drop(held);
        drop(seen);
        wanted.sort_unstable();
        match self.add_again(inputs, settings, progress, &wanted, (learned, &mut added)) {
            Err(cause) if added.batches > 0 => {
                Err(IndexError::Partly { added: Box::new(added), cause: Box::new(cause) })
            }
            Err(error) => Err(error),
            Ok(()) => {
                added.merge_failed = self.tidy().err().map(|error| error.to_string());
                Ok(added)
            }
        }
    }

    /// Reads the wanted records again and commits them batch by batch; `added` is told of each. Tables that were learned come into
    /// force with the first batch. What is compressed is decompressed once for all of them.
    fn add_again(
        &mut self,
        inputs: &Inputs,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        wanted: &[Location],
        (mut learned, added): (Option<Frozen>, &mut Added),
    ) -> Result<(), IndexError> {
        let frozen = learned.as_ref().or(self.index.frozen.as_ref()).cloned().unwrap_or_default();
        let window = self.index.settings.window_words;
        let first_pass = inputs.total_bytes().unwrap_or(0);
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
                if let Err(error) = self.commit_batch(std::mem::take(&mut entries), learned.take(), added) {
                    drop(failure.set(error));
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
        if entries.is_empty() { Ok(()) } else { self.commit_batch(entries, learned.take(), added) }
    }

    /// Writes tables that the next manifest names.
    fn put_tables(&mut self, frozen: &Frozen) -> Result<TableFiles, IndexError> {
        let text = frozen.shells.to_json().map_err(|error| IndexError::damaged("shells", error.to_string()))?;
        let shells = self.put_file("shells", text.as_bytes())?;
        let terms = self.put_file("terms", &frozen.terms.to_bytes())?;
        let epoch = self.index.manifest.tables.as_ref().map_or(0, |tables| tables.epoch) + 1;
        Ok(TableFiles { epoch, shells, terms })
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

    /// Commits articles in the order in which they came, under tables that come into force with them, if any do.
    fn commit_batch(
        &mut self,
        entries: Vec<Entry>,
        tables: Option<Frozen>,
        added: &mut Added,
    ) -> Result<(), IndexError> {
        self.or_clean_up(|writer| {
            let mut batch = Batch { tables, ..Batch::default() };
            for entry in entries {
                writer.take_in(entry, &mut batch)?;
            }
            let Batch { entries, tables, marks, new, revised, .. } = batch;
            let segment = writer.put_segment(entries)?;
            let committed = writer.commit(Change { tables, new: vec![segment], marks, ..Change::default() });
            if matches!(committed, Ok(()) | Err(IndexError::Unsynced { .. })) {
                added.new += new;
                added.revised += revised;
                added.batches += 1;
            }
            committed
        })
    }

    /// Takes one more article into a batch. It is the version of its id that holds from now on.
    fn take_in(&self, entry: Entry, batch: &mut Batch) -> Result<(), IndexError> {
        let id = entry.card.id;
        let replaced = match batch.current.get(&id) {
            Some(&place) => Some(Version::InBatch(place)),
            None => self.index.find_hash(id).map(Version::Stored),
        };
        let mut place = batch.entries.len();
        match replaced {
            None => batch.new += 1,
            Some(replaced) => {
                batch.revised += 1;
                let forgotten = self.is_forgotten(replaced, &entry.card, batch)?;
                match replaced {
                    Version::InBatch(before) if forgotten => place = before,
                    Version::InBatch(before) => batch.entries[before].earlier = true,
                    Version::Stored(Known { segment, number }) => {
                        let segment = segment as usize;
                        let marks = || self.index.segments[segment].marks();
                        let marks = batch.marks.entry(segment).or_insert_with(marks);
                        if forgotten { marks.remove(number) } else { marks.replace(number) }
                    }
                }
            }
        }
        batch.current.insert(id, place);
        match batch.entries.get_mut(place) {
            Some(forgotten) => *forgotten = entry,
            None => batch.entries.push(entry),
        }
        Ok(())
    }

    /// Whether a version that is replaced by `new` may be forgotten: `new` has the same words, or an earlier version that stays stands for
    /// it. If not, it is an earlier version from now on.
    fn is_forgotten(&self, replaced: Version, new: &Card, batch: &mut Batch) -> Result<bool, IndexError> {
        let card = self.card_of(replaced, batch);
        if card.words_hash == new.words_hash {
            return Ok(true);
        }
        let earlier = batch.earlier.remove(&card.id).unwrap_or_else(|| self.stored_earlier(card.id));
        let is_covered = self.is_covered(replaced, earlier.values().copied(), batch);
        let earlier = batch.earlier.entry(card.id).or_insert(earlier);
        if !matches!(is_covered, Ok(true)) {
            earlier.insert(card.words_hash, replaced);
            while earlier.len() > EARLIER_COMPARED {
                earlier.pop_last();
            }
        }
        is_covered
    }

    /// The earlier versions of an article in the index, by the hashes of their words: no more than are compared with.
    fn stored_earlier(&self, id: u128) -> BTreeMap<u64, Version> {
        let mut earlier = BTreeMap::new();
        for (segment, place) in self.index.segments.iter().zip(0..) {
            for number in segment.of_id(id).filter(|&number| segment.earlier.contains(number)) {
                let known = Known { segment: place, number };
                earlier.insert(segment.card(number).words_hash, Version::Stored(known));
                if earlier.len() > EARLIER_COMPARED {
                    earlier.pop_last();
                }
            }
        }
        earlier
    }

    /// Whether one of these earlier versions stands for a version that is replaced.
    fn is_covered(
        &self,
        replaced: Version,
        earlier: impl Iterator<Item = Version>,
        batch: &Batch,
    ) -> Result<bool, IndexError> {
        let words = |version: Version| self.card_of(version, batch).words;
        let nothing = ShellTable::default();
        let shells = batch.tables.as_ref().map(|tables| &tables.shells).or(self.index.shells()).unwrap_or(&nothing);
        let window = self.index.settings.window_words;
        for kept in earlier.filter(|&kept| may_stand_for(words(kept), words(replaced))) {
            let [kept, gone] = [kept, replaced].map(|version| self.article_of(version, batch));
            if stands_for(&kept?, &gone?, shells, window) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn card_of(&self, version: Version, batch: &Batch) -> Card {
        match version {
            Version::Stored(known) => self.index.card(known),
            Version::InBatch(place) => batch.entries[place].card,
        }
    }

    fn article_of(&self, version: Version, batch: &Batch) -> Result<Article<'static>, IndexError> {
        match version {
            Version::Stored(known) => self.index.article(known),
            Version::InBatch(place) => article_of(&batch.entries[place].document, "a batch"),
        }
    }

    /// Makes a change. If that fails, what was written for it is taken away: on a full disk that matters.
    fn or_clean_up(&mut self, change: impl FnOnce(&mut Writer) -> Result<(), IndexError>) -> Result<(), IndexError> {
        let made = change(self);
        if made.is_err() {
            self.take_away_what_no_manifest_names();
        }
        made
    }

    fn put_segment(&mut self, mut entries: Vec<Entry>) -> Result<SegmentFile, IndexError> {
        entries.par_sort_unstable_by_key(|entry| entry.card.identity());
        let samples = sorted_keys(&entries, |entry| entry.samples.iter().copied());
        let terms = sorted_keys(&entries, |entry| entry.terms.iter().copied());
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
        let earlier = (0..).zip(&entries).filter(|(_, entry)| entry.earlier).map(|(number, _)| number).collect();
        self.segment_file(&name, finished, &earlier)
    }

    fn segment_file(
        &mut self,
        name: &str,
        finished: Finished,
        earlier: &RoaringBitmap,
    ) -> Result<SegmentFile, IndexError> {
        let Finished { bytes, documents, checksum } = finished;
        let file = StoredFile { name: name.to_owned(), bytes, checksum: hexadecimal(checksum) };
        Ok(SegmentFile { file, documents, removed: None, earlier: self.put_set("earlier", earlier)? })
    }

    /// Writes a set of numbers; `None` where it is empty.
    fn put_set(&mut self, kind: &str, set: &RoaringBitmap) -> Result<Option<NumberSet>, IndexError> {
        if set.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        set.serialize_into(&mut bytes).map_err(IndexError::io(kind))?;
        Ok(Some(NumberSet { file: self.put_file(kind, &bytes)?, documents: set.len() as u32 }))
    }

    /// Makes a change.
    ///
    /// Everything that can fail comes before the manifest is replaced; but whether that survives a crash is known only afterwards.
    /// What is in memory changes after the manifest and with it, so the two say the same whatever fails.
    fn commit(&mut self, change: Change) -> Result<(), IndexError> {
        let Change { tables, new, gone, marks } = change;
        let table_files = match &tables {
            Some(frozen) => Some(self.put_tables(frozen)?),
            None => self.index.manifest.tables.clone(),
        };
        let mut files = self.index.manifest.segments.clone();
        for (&place, marks) in &marks {
            let before = &self.index.segments[place];
            let (removed_more, earlier_others) = (before.removed != marks.removed, before.earlier != marks.earlier);
            if removed_more {
                files[place].removed = self.put_set("removed", &marks.removed)?;
            }
            if earlier_others {
                files[place].earlier = self.put_set("earlier", &marks.earlier)?;
            }
        }
        let mut place = 0..;
        files.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
        files.extend(new.iter().cloned());
        let opened = new.iter().map(|one| super::open_segment(&*self.index.storage, one));
        let opened = opened.collect::<Result<Vec<Segment>, _>>()?;
        let before = &self.index.manifest;
        let generation = before.generation + 1;
        let timezone = before.timezone.clone().or_else(|| self.timezone.clone());
        let manifest = Manifest { generation, tables: table_files, segments: files, timezone, ..before.clone() };
        let (storage, path) = (Arc::clone(&self.index.storage), self.index.path.clone());
        let replaced = replace_manifest(&*storage, &manifest);
        // A file system may say that renaming failed where it was done: what counts is what readers find.
        let is_made = replaced.is_ok() || super::read_manifest(&*storage, &path).is_ok_and(|found| found == manifest);
        if !is_made {
            return replaced.map_err(IndexError::io(MANIFEST));
        }
        self.index.manifest = manifest;
        if tables.is_some() {
            self.index.frozen = tables;
        }
        for (place, marks) in marks {
            let segment = &mut self.index.segments[place];
            (segment.removed, segment.earlier) = (marks.removed, marks.earlier);
        }
        let mut place = 0..;
        self.index.segments.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
        self.index.segments.extend(opened);
        let synced = replaced.and_then(|()| storage.sync_names());
        synced.map_err(|source| IndexError::Unsynced { path, source })?;
        self.take_away(&self.superfluous(&self.index.manifest));
        Ok(())
    }

    /// What a crash or a failure left behind. Only what neither the manifest on disk names nor the one in memory, which the next change
    /// builds on; and only after the manifest on disk is certain to survive a crash: the one before it names other files.
    fn take_away_what_no_manifest_names(&self) {
        let Index { storage, path, .. } = &self.index;
        let Ok(manifest) = super::read_manifest(&**storage, path) else { return };
        let superfluous = self.superfluous(&manifest);
        if !superfluous.is_empty() && storage.sync_names().is_ok() {
            self.take_away(&superfluous);
        }
    }

    /// The files of the folder that neither this manifest names nor the one in memory.
    fn superfluous(&self, manifest: &Manifest) -> Vec<String> {
        let files = manifest.files().chain(self.index.manifest.files());
        let named: BTreeSet<&str> = files.map(|file| file.name.as_str()).collect();
        let kinds = ["segment-", "removed-", "earlier-", "shells-", "terms-", "MANIFEST."];
        let mut names = self.index.storage.names().unwrap_or_default();
        names.retain(|name| kinds.iter().any(|kind| name.starts_with(kind)) && !named.contains(name.as_str()));
        names
    }

    /// Takes files away. Readers that hold such a file go on seeing it; where the system forbids to take away what is held, the next
    /// writer does. Until then it does no harm where it is.
    fn take_away(&self, names: &[String]) {
        for name in names {
            let _ = self.index.storage.remove(name);
        }
    }

    /// Removes articles with all of their versions, and says what that did.
    ///
    /// # Errors
    /// Where the index can't be written.
    pub fn remove(&mut self, removal: &Removal) -> Result<Removed, IndexError> {
        let (mut removed, mut marks) = (Removed::default(), BTreeMap::new());
        let zone = self.index.zone();
        let before = removal.before.map(|before| before.settled(&zone));
        let is_old = |card: &Card| {
            let published = card.published.map(|published| published.on_clock_of(&zone));
            before.zip(published).is_some_and(|(before, published)| published.is_before(before))
        };
        let ids: BTreeSet<u128> = removal.ids.iter().map(|id| id_hash(id)).collect();
        let mut unknown_outlets: Vec<&String> = removal.outlets.iter().collect();
        let mut gone: BTreeSet<u128> = BTreeSet::new();
        let mut old = 0;
        for segment in &self.index.segments {
            let by_id = ids.iter().copied().filter(|&id| segment.find(id).is_some());
            gone.extend(by_id);
            if removal.outlets.is_empty() && removal.before.is_none() {
                continue;
            }
            for card in segment.current().map(|number| segment.card(number)) {
                let is_old = is_old(&card);
                let of_outlet = segment.outlet(&card).filter(|outlet| removal.names_outlet(outlet));
                unknown_outlets.retain(|one| of_outlet.is_none_or(|outlet| !one.eq_ignore_ascii_case(outlet)));
                old += u64::from(is_old);
                if is_old || of_outlet.is_some() {
                    gone.insert(card.id);
                }
            }
        }
        for (place, segment) in self.index.segments.iter().enumerate() {
            let mut now = segment.marks();
            for number in gone.iter().flat_map(|&id| segment.of_id(id)).filter(|&number| segment.is_held(number)) {
                removed.articles += u64::from(segment.is_current(number));
                now.remove(number);
            }
            for number in segment.earlier.iter().filter(|&number| is_old(&segment.card(number))) {
                let is_alone = !now.removed.contains(number);
                removed.earlier_versions += u64::from(is_alone);
                now.remove(number);
            }
            if now.removed != segment.removed {
                marks.insert(place, now);
            }
        }
        removed.unknown_ids = removal.ids.iter().filter(|id| !gone.contains(&id_hash(id))).cloned().collect();
        removed.unknown_outlets = unknown_outlets.into_iter().cloned().collect();
        removed.none_before = removal.before.is_some() && old + removed.earlier_versions == 0;
        if !marks.is_empty() {
            self.or_clean_up(|writer| writer.commit(Change { marks, ..Change::default() }))?;
            removed.merge_failed = self.tidy().err().map(|error| error.to_string());
        }
        Ok(removed)
    }

    /// Makes one segment of all, without what was removed. With `relearn`, shells are learned anew from all articles, and these
    /// stored under them.
    ///
    /// # Errors
    /// Where the index can't be read or written.
    pub fn compact(&mut self, relearn: bool) -> Result<Compacted, IndexError> {
        let before = self.index.info();
        let relearned = relearn && !self.index.segments.is_empty();
        if relearned {
            self.or_clean_up(Writer::relearn)?;
        }
        let all: Vec<usize> = (0..self.index.segments.len()).collect();
        let has_removed = self.index.segments.iter().any(|segment| !segment.removed.is_empty());
        let merged = if all.len() > 1 || has_removed { self.merge(&all) } else { Ok(()) };
        let merge_failed = match merged {
            Err(error) if !relearned => return Err(error),
            merged => merged.err().map(|error| error.to_string()),
        };
        let now = self.index.info();
        Ok(Compacted {
            segments_before: before.segments,
            segments: now.segments,
            bytes_before: before.bytes,
            bytes: now.bytes,
            relearned,
            merge_failed,
        })
    }

    fn relearn(&mut self) -> Result<(), IndexError> {
        let shells = match self.index.settings.boilerplate {
            Boilerplate::Auto => self.shells_of_all()?,
            Boilerplate::Off => ShellTable::off(),
        };
        let terms = self.terms_of_all(&shells)?;
        let frozen = Frozen { shells, terms };
        let window = self.index.settings.window_words;
        let (mut new, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
        for place in 0..self.index.segments.len() {
            for block in 0..self.index.segments[place].blocks() {
                let articles = held_articles(&self.index.segments[place], block)?;
                bytes += articles.iter().map(|(_, article)| article.text.len() as u64).sum::<u64>();
                let earlier = &self.index.segments[place].earlier;
                batch.par_extend(articles.par_iter().filter_map(|(number, article)| {
                    let entry = Entry::of(article, &frozen, window)?;
                    Some(Entry { earlier: earlier.contains(*number), ..entry })
                }));
                if bytes >= self.batch_bytes {
                    new.push(self.put_segment(std::mem::take(&mut batch))?);
                    bytes = 0;
                }
            }
        }
        if !batch.is_empty() {
            new.push(self.put_segment(batch)?);
        }
        let gone = (0..self.index.segments.len()).collect();
        self.commit(Change { tables: Some(frozen), new, gone, marks: BTreeMap::new() })
    }

    /// The shells that all articles make together.
    fn shells_of_all(&self) -> Result<ShellTable, IndexError> {
        let mut outlines: Vec<(u128, Outline)> = Vec::new();
        for segment in &self.index.segments {
            let of_block = |block: usize| {
                let outline = |(id, article): (u128, Article<'_>)| {
                    (id, Outline::of(article.source.as_deref().unwrap_or(""), &Words::of(&article.text)))
                };
                Ok(current_articles(segment, block)?.map(outline).collect())
            };
            let parts: Result<Vec<Vec<_>>, IndexError> = (0..segment.blocks()).into_par_iter().map(of_block).collect();
            outlines.extend(parts?.into_iter().flatten());
        }
        outlines.sort_unstable_by_key(|&(id, _)| id);
        Ok(ShellTable::learn(&outlines.into_iter().map(|(_, outline)| outline).collect::<Vec<_>>()))
    }

    /// How common terms are among all articles, or as many of them as are enough.
    fn terms_of_all(&self, shells: &ShellTable) -> Result<TermTable, IndexError> {
        let cards = self.index.segments.iter().flat_map(|one| one.current().map(|number| one.card(number).id));
        let mut ids: Vec<u128> = cards.collect();
        ids.par_sort_unstable();
        let last = ids.get(TERMS_LEARNED_FROM).copied().unwrap_or(u128::MAX);
        let mut profiles: Vec<(u128, Profile)> = Vec::new();
        for segment in &self.index.segments {
            let of_block = |block: usize| {
                let chosen = current_articles(segment, block)?.filter(|&(id, _)| id < last);
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
                (segment.held_count() / SMALL_SEGMENT).checked_ilog(MERGED_AT_ONCE as u64).map_or(0, |log| log + 1);
            sizes.entry(size).or_default().push(place);
        }
        sizes.into_values().find(|places| places.len() >= MERGED_AT_ONCE)
    }

    /// Makes one segment of those at these places.
    fn merge(&mut self, places: &[usize]) -> Result<(), IndexError> {
        self.or_clean_up(|writer| {
            let merged = writer.put_merged(places)?;
            let (new, gone) = (merged.into_iter().collect(), places.to_vec());
            writer.commit(Change { new, gone, ..Change::default() })
        })
    }

    /// Writes what is held of the segments at these places as one segment; `None` where nothing is.
    fn put_merged(&mut self, places: &[usize]) -> Result<Option<SegmentFile>, IndexError> {
        let name = self.next_name("segment");
        let io = IndexError::io(&name);
        let segments: Vec<&Segment> = places.iter().map(|&place| &self.index.segments[place]).collect();
        let mut numbers: Vec<Vec<u32>> =
            segments.iter().map(|segment| vec![GONE; segment.documents() as usize]).collect();
        if segments.iter().all(|segment| segment.held_count() == 0) {
            return Ok(None);
        }
        let file = self.index.storage.create(&name).map_err(&io)?;
        let mut writer = SegmentWriter::new(&name, file).map_err(&io)?;
        let mut earlier = RoaringBitmap::new();
        for (document, number) in InOrder::held(&segments).zip(0..) {
            let (at, line) = document?;
            numbers[at.place][at.number as usize] = number;
            if !at.segment.is_current(at.number) {
                earlier.insert(number);
            }
            let imprint = at.segment.imprint(at.number)?;
            writer.push(at.card, at.segment.outlet(&at.card), line.as_bytes(), imprint).map_err(&io)?;
        }
        let samples = KeysInOrder::of(&segments, &numbers, Segment::samples);
        let terms = KeysInOrder::of(&segments, &numbers, Segment::terms);
        let finished = writer.finish(samples, terms)?;
        drop(io);
        self.segment_file(&name, finished, &earlier).map(Some)
    }
}

/// The tables that these articles teach, which are in order of their ids' hashes.
fn learn(inputs: &Inputs, settings: &ReadSettings, held: &[&(Location, Seen)]) -> Result<Frozen, IndexError> {
    let outlines: Vec<Outline> = held.iter().filter_map(|(_, one)| one.outline.clone()).collect();
    let shells = ShellTable::learn(&outlines);
    // In order of ids' hashes, so the first are as good as drawn.
    let sample: Vec<Location> = held.iter().take(TERMS_LEARNED_FROM).map(|(location, _)| *location).collect();
    let profile = |_, article: &Article<'_>| Profile::of(article, &Words::of(&article.text), &shells);
    let profiles = inputs.reread(settings, &sample, &|_| (), profile)?;
    let terms = TermTable::learn(&profiles.iter().collect::<Vec<_>>());
    Ok(Frozen { shells, terms })
}

/// The articles of a block that are not removed, each with its number.
fn held_articles(segment: &Segment, block: usize) -> Result<Vec<(u32, Article<'static>)>, IndexError> {
    let documents = segment.read_block(block)?;
    let held = segment.numbers(block).zip(documents.lines()).filter(|(number, _)| segment.is_held(*number));
    held.map(|(number, line)| Ok((number, article_of(line.as_bytes(), &segment.name)?))).collect()
}

/// The current versions of the articles of a block, each with the hash of its id.
fn current_articles(
    segment: &Segment,
    block: usize,
) -> Result<impl Iterator<Item = (u128, Article<'static>)>, IndexError> {
    let held = held_articles(segment, block)?.into_iter();
    let current = held.filter(|(number, _)| segment.is_current(*number));
    Ok(current.map(|(number, article)| (segment.card(number).id, article)))
}

/// The article of a document, which stands in this file.
fn article_of(document: &[u8], file: &str) -> Result<Article<'static>, IndexError> {
    let article = std::str::from_utf8(document).ok().and_then(entry::article);
    article.ok_or_else(|| IndexError::damaged(file, "a document that is no article"))
}

/// What a commit changes.
#[derive(Default)]
struct Change {
    /// The tables that come into force; `None`: those that are in force stay.
    tables: Option<Frozen>,
    /// The segments that come.
    new: Vec<SegmentFile>,
    /// The places of the segments that go.
    gone: Vec<usize>,
    /// How documents of other segments are marked, by the places of these.
    marks: BTreeMap<usize, Marks>,
}

/// Articles that are committed together.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    /// The tables that come into force with them; `None`: those that are in force stay.
    tables: Option<Frozen>,
    /// The place in `entries` of the version of each id that holds.
    current: HashMap<u128, usize>,
    /// Earlier versions of articles that are replaced in this batch, by the hashes of their words: the first [`EARLIER_COMPARED`] of each.
    earlier: HashMap<u128, BTreeMap<u64, Version>>,
    /// What becomes of documents in segments that are there already, by their places.
    marks: BTreeMap<usize, Marks>,
    new: u64,
    revised: u64,
}

/// Where a version of an article is.
#[derive(Clone, Copy)]
enum Version {
    Stored(Known),
    InBatch(usize),
}

impl Removal {
    fn names_outlet(&self, outlet: &str) -> bool {
        self.outlets.iter().any(|one| one.eq_ignore_ascii_case(outlet))
    }
}

/// Which of these versions of one id, in the order of the input, hold in turn, so that each of them takes the place of the one before
/// with other words; `current` is the version in the index. Counts the others in `added`.
fn chosen(current: Option<Edition>, versions: &[(Location, Seen)], added: &mut Added) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (place, (_, Seen { edition, .. })) in versions.iter().enumerate() {
        let last = chosen.last().map(|&place| versions[place].1.edition);
        match (last, current) {
            (Some(last), _) if edition.is_same(&last) || edition.is_older_than(&last) => added.repeated += 1,
            (Some(last), _) if edition.words_hash == last.words_hash => {
                added.repeated += 1;
                chosen.pop();
                chosen.push(place);
            }
            (None, Some(current)) if edition.is_same(&current) => added.unchanged += 1,
            (None, Some(current)) if edition.is_older_than(&current) => added.older += 1,
            _ => chosen.push(place),
        }
    }
    chosen
}

/// The keys of entries with their places, in order: a key in the upper half.
fn sorted_keys<'e, K: Iterator<Item = u32>>(entries: &'e [Entry], keys: impl Fn(&'e Entry) -> K) -> Vec<u64> {
    let of_entry = |(entry, number): (&'e Entry, u64)| keys(entry).map(move |key| u64::from(key) << 32 | number);
    let mut sorted: Vec<u64> = entries.iter().zip(0..).flat_map(of_entry).collect();
    sorted.par_sort_unstable();
    sorted
}

/// What the first pass keeps of an article.
struct Seen {
    id: u128,
    /// Its hash of words is 0 where it has no word.
    edition: Edition,
    outline: Option<Outline>,
}

impl Seen {
    fn of(article: &Article<'_>, learns: bool) -> Seen {
        let words = Words::of(&article.text);
        let outline =
            (learns && !words.is_empty()).then(|| Outline::of(article.source.as_deref().unwrap_or(""), &words));
        Seen {
            id: id_hash(&entry::stored_id(article)),
            edition: Edition {
                words_hash: if words.is_empty() { 0 } else { words.fingerprint() },
                record_hash: entry::record_hash(article),
                published: article.published,
            },
            outline,
        }
    }
}

/// Refuses a lock that is no file, and one that is a link: what it leads to would be emptied, and be another file for whoever comes by another path.
fn refuse_all_but_a_file(lock: &Path) -> std::io::Result<()> {
    match lock.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(std::io::Error::other("is a link, which no writer follows; remove it")),
        Ok(found) => refuse_all_but_files(&found),
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
    refuse_all_but_a_file(&name).map_err(io)?;
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&name).map_err(io)?;
    // Nothing is written before it is certain that what was opened is no link that was put there meanwhile.
    refuse_all_but_a_file(&name).map_err(io)?;
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
