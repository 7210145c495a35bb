//! What survives a run: articles, and the keys that find those which a new one copies.
//!
//! An index is a folder of *segments*, files that are written once, and a *manifest* that names them. A segment holds articles
//! whole, compressed together in blocks, and in rising order the sampled shingles of each ([`crate::sketch`]), so
//! that whoever asks which articles share much with a new one looks up some fifty keys and reads the few that do. There is no
//! second way of comparing: what was found is read again and goes the way of every run, with the same code.
//!
//! * *One writer, many readers.* A change writes new files and then a new manifest over the old one. Readers map the files that
//!   their manifest names and go on seeing them; a second writer is told who holds the lock.
//! * *Nothing acknowledged is lost.* Files are synced before the manifest that names them, that before it is renamed. A crash
//!   leaves the manifest of before or after, and perhaps files that none names, which the next writer takes away.
//! * *Frozen tables.* Shells, and how common terms are, are learned once, from what is added first, and then hold for all that comes: so an article is the same
//!   whatever stands beside it, and in any number of batches, in any order, an index is told the same answer as one run.
//! * *No text is talked away.* Of several versions of one article the last one holds, unless times say otherwise; new articles are
//!   compared with the earlier ones as well (`versions.rs`).
//!
//! Sorted lists and no key-value store, as in Lucene and Tantivy: sampled shingles come in random order, the worst case of a
//! B-tree (`benches/runs` has the comparison). The bytes are described in `FORMAT.md`.
//!
//! ```
//! use wirecopy::{index::{self, Index, Writer}, read, settings::Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("index");
//! let settings = Settings::default();
//! index::create(&path, &settings)?;
//!
//! let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
//! let inputs = read::discover(&[seeds], &settings.read)?;
//! let added = Writer::open(&path, false)?.add(&inputs, &settings.read, &|_| ())?;
//! assert_eq!(added.new, 5);
//! assert_eq!(Index::open(&path)?.len(), 5);
//! # Ok(())
//! # }
//! ```

mod entry;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod imprint;
mod keys;
mod manifest;
mod merge;
mod same_event;
mod search;
mod segment;
mod storage;
mod versions;
mod writer;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::boilerplate::ShellTable;
use crate::events::TermTable;
use crate::settings::{Boilerplate, OptionSpec, Settings, Zone};

#[cfg(feature = "arrow")]
pub(crate) use entry::article as article_of;
pub use entry::document;
pub(crate) use entry::id_hash;
pub use error::IndexError;
pub use same_event::Report;
pub(crate) use same_event::{Beside, Candidate, Copies, OfStored, Sought, foremost};
pub use search::{Brought, Known, LookedUp, Query, SameId};
pub(crate) use segment::Identity;
pub use storage::{Bytes, Folder, NewFile, Storage};
pub use writer::{Added, Compacted, Removal, Removed, Writer};

use entry::Frozen;
use manifest::{Manifest, NumberSet, SegmentFile, StoredFile, TableFiles, hexadecimal};
use merge::InOrder;
use segment::{Marks, Segment};

/// The format that this build writes and reads.
pub const FORMAT: u64 = 2;

/// The file that says what an index consists of.
const MANIFEST: &str = "MANIFEST";

/// The next one, while it is written.
const MANIFEST_BESIDE: &str = "MANIFEST.new";

/// Options that shape what is stored: an index has one value of each for good.
const STORED: [&str; 2] = ["window-words", "boilerplate"];

/// An index as it was when it was opened: what is changed later does not show.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    storage: Arc<dyn Storage>,
    manifest: Manifest,
    settings: Settings,
    /// `None` before the first articles came.
    frozen: Option<Frozen>,
    segments: Vec<Segment>,
}

/// What an index is, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Info {
    /// The format of its files.
    pub format: u64,
    /// How often it was changed.
    pub generation: u64,
    /// The articles that it holds.
    pub articles: u64,
    /// Earlier versions of these articles, which new articles are compared with as well.
    pub earlier_versions: u64,
    /// Articles whose space is not yet given back.
    pub removed: u64,
    /// How many segments there are.
    pub segments: usize,
    /// All of its files, in bytes.
    pub bytes: u64,
    /// What the parts of its segments take, in bytes.
    pub parts: Vec<(&'static str, u64)>,
    /// What articles were stored with.
    pub settings: Vec<(String, String)>,
    /// How often its tables were learned; 0 before the first articles came.
    pub epoch: u64,
    /// How many shells it leaves out.
    pub shells: usize,
    /// The fingerprint of the shells.
    pub shells_fingerprint: String,
    /// The earliest and the latest time of publication, on the clock of [`Info::timezone`].
    pub published: Option<(String, String)>,
    /// The clock of the first articles that say which one is theirs; UTC before.
    pub timezone: String,
    /// How many outlets there are.
    pub outlets: usize,
}

/// Makes an index without articles in this folder, which is made where it is not there.
///
/// # Errors
/// Where there is an index already, or anything else in the folder.
pub fn create(path: &Path, settings: &Settings) -> Result<(), IndexError> {
    let io = |source| IndexError::Io { file: path.display().to_string(), source };
    std::fs::create_dir_all(path).map_err(io)?;
    let storage = Folder::new(path);
    // What a creation that was cut short left behind does not count.
    let ours = |name: &String| name != writer::LOCK && name != MANIFEST_BESIDE;
    let names: Vec<String> = storage.names().map_err(io)?.into_iter().filter(ours).collect();
    if names.iter().any(|name| name == MANIFEST) {
        return Err(IndexError::Exists { path: path.to_owned() });
    }
    if !names.is_empty() {
        return Err(IndexError::NotEmpty { path: path.to_owned() });
    }
    let _lock = writer::lock(path, false)?;
    // Another may have made it before it let go of the lock.
    if Index::is_at(path) {
        return Err(IndexError::Exists { path: path.to_owned() });
    }
    create_in(&storage, settings)
}

/// [`create`] in any storage, which is empty.
///
/// # Errors
/// Where it can't be written.
pub fn create_in(storage: &dyn Storage, settings: &Settings) -> Result<(), IndexError> {
    let stored = settings.shaping().filter(|(option, _)| STORED.contains(&option.name));
    let manifest = Manifest {
        format: FORMAT,
        generation: 0,
        settings: stored.map(|(option, value)| (option.name.to_owned(), value)).collect(),
        tables: None,
        segments: Vec::new(),
        next: 1,
        timezone: None,
    };
    replace_manifest(storage, &manifest).and_then(|()| storage.sync_names()).map_err(IndexError::io(MANIFEST))
}

/// Puts a manifest in place of the one that is there: the moment at which a change is made. That it survives a crash is not certain
/// before names are synced once more.
fn replace_manifest(storage: &dyn Storage, manifest: &Manifest) -> io::Result<()> {
    let mut file = storage.create(MANIFEST_BESIDE)?;
    file.write_all(&manifest.to_bytes())?;
    file.sync()?;
    drop(file);
    // The names of the files that it lists come first: a manifest must never be there without them.
    storage.sync_names()?;
    storage.replace(MANIFEST_BESIDE, MANIFEST)
}

/// How often a reader looks for a newer manifest where files of the one it read are gone.
const RETRIES: usize = 100;

impl Index {
    /// Opens the index in this folder for reading.
    ///
    /// # Errors
    /// Where there is none, where it is of another format, or damaged.
    pub fn open(path: &Path) -> Result<Index, IndexError> {
        Index::open_in(Arc::new(Folder::new(path)), path)
    }

    /// [`Index::open`] in any storage; `path` is what messages call it.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn open_in(storage: Arc<dyn Storage>, path: &Path) -> Result<Index, IndexError> {
        let mut tries = 0;
        loop {
            let manifest = read_manifest(&*storage, path)?;
            let generation = manifest.generation;
            match Index::of(Arc::clone(&storage), path, manifest) {
                // A writer may have taken away what the manifest names; then there is a newer one by now.
                Err(_) if tries < RETRIES && read_manifest(&*storage, path)?.generation != generation => tries += 1,
                result => return result,
            }
        }
    }

    fn of(storage: Arc<dyn Storage>, path: &Path, manifest: Manifest) -> Result<Index, IndexError> {
        let mut settings = Settings::default();
        for (name, value) in &manifest.settings {
            let problem = |error: crate::settings::SettingError| IndexError::damaged(MANIFEST, error.to_string());
            OptionSpec::named(name).and_then(|option| option.set(&mut settings, value)).map_err(problem)?;
        }
        let mut frozen = match &manifest.tables {
            Some(tables) => Some(read_tables(&*storage, tables)?),
            None => None,
        };
        if let Some(frozen) = frozen.as_mut().filter(|_| settings.boilerplate == Boilerplate::Off) {
            frozen.shells = ShellTable::off();
        }
        let segments =
            manifest.segments.iter().map(|one| open_segment(&*storage, one)).collect::<Result<Vec<_>, _>>()?;
        Ok(Index { path: path.to_owned(), storage, manifest, settings, frozen, segments })
    }

    /// Whether there is an index in this folder, of whatever format, and be it one that can't be read: something other than a folder
    /// has the name of its manifest.
    pub fn is_at(path: &Path) -> bool {
        path.join(MANIFEST).metadata().is_ok_and(|found| !found.is_dir())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many articles it holds, each counted once, whatever versions of it there are.
    pub fn len(&self) -> u64 {
        self.segments.iter().map(Segment::current_count).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What articles were stored with; all other settings as by default.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The shells that it leaves out; `None` before the first articles came.
    pub fn shells(&self) -> Option<&ShellTable> {
        self.frozen.as_ref().map(|frozen| &frozen.shells)
    }

    /// How common terms are to it; `None` before the first articles came.
    pub fn terms(&self) -> Option<&TermTable> {
        self.frozen.as_ref().map(|frozen| &frozen.terms)
    }

    /// The clock of its articles: that of the first ones that say which one is theirs, UTC before. So a day is the same day whatever is
    /// asked of the index, and a time without an offset the same moment in whatever batch it comes.
    pub fn zone(&self) -> Zone {
        self.known_zone().unwrap_or_else(Zone::utc)
    }

    fn known_zone(&self) -> Option<Zone> {
        self.manifest.timezone.as_deref().and_then(Zone::named)
    }

    /// Refuses settings under which its articles would have been stored otherwise.
    ///
    /// # Errors
    /// The first option that differs, with both values.
    pub fn accepts(&self, settings: &Settings) -> Result<(), IndexError> {
        for name in STORED {
            // Both are options, so both are found.
            let Ok(option) = OptionSpec::named(name) else { continue };
            let value = |settings: &Settings| option.get(settings).unwrap_or_default();
            let (index, given) = (value(&self.settings), value(settings));
            if index != given {
                return Err(IndexError::Settings { option: name, index, given });
            }
        }
        Ok(())
    }

    /// What it is, in numbers.
    pub fn info(&self) -> Info {
        let mut parts: Vec<(&'static str, u64)> = Vec::new();
        for (name, bytes) in self.segments.iter().flat_map(Segment::sizes) {
            match parts.iter_mut().find(|(other, _)| *other == name) {
                Some((_, sum)) => *sum += bytes,
                None => parts.push((name, bytes)),
            }
        }
        let cards = || {
            self.segments
                .iter()
                .flat_map(|segment| segment.current().map(move |number| (segment, segment.card(number))))
        };
        let zone = self.zone();
        let published = || cards().filter_map(|(_, card)| card.published).map(|time| time.on_clock_of(&zone));
        let mut outlets: Vec<&str> = cards()
            .filter_map(|(segment, card)| segment.outlet(&card))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        outlets.dedup();
        Info {
            format: self.manifest.format,
            generation: self.manifest.generation,
            articles: self.len(),
            earlier_versions: self.segments.iter().map(|segment| segment.earlier.len()).sum(),
            removed: self.segments.iter().map(|segment| segment.removed.len()).sum(),
            segments: self.segments.len(),
            bytes: self.manifest.files().map(|file| file.bytes).sum::<u64>() + self.manifest.to_bytes().len() as u64,
            parts,
            settings: self.manifest.settings.clone(),
            epoch: self.manifest.tables.as_ref().map_or(0, |tables| tables.epoch),
            shells: self.shells().map_or(0, |shells| shells.shells().len()),
            shells_fingerprint: hexadecimal(self.shells().map_or(0, ShellTable::fingerprint)),
            published: published()
                .min()
                .zip(published().max())
                .map(|(first, last)| (first.to_string(), last.to_string())),
            timezone: zone.to_string(),
            outlets: outlets.len(),
        }
    }

    /// Reads everything and says what is not as it was written, and what that means. Empty where all is well.
    ///
    /// # Errors
    /// Where it can't even be opened.
    pub fn verify(path: &Path) -> Result<Vec<IndexError>, IndexError> {
        let storage = Folder::new(path);
        let mut tries = 0;
        loop {
            let manifest = read_manifest(&storage, path)?;
            let faults = Index::faults(&storage, &manifest);
            // A writer may have taken away what was to be read; then there is a newer manifest by now.
            if faults.is_empty() || tries == RETRIES || read_manifest(&storage, path)?.generation == manifest.generation
            {
                return Ok(faults);
            }
            tries += 1;
        }
    }

    fn faults(storage: &dyn Storage, manifest: &Manifest) -> Vec<IndexError> {
        let mut faults = Vec::new();
        if let Some(tables) = &manifest.tables {
            faults.extend(read_tables(storage, tables).err());
        }
        for one in &manifest.segments {
            match open_segment(storage, one) {
                Ok(segment) => faults.extend(segment.faults()),
                Err(fault) => faults.push(fault),
            }
        }
        faults
    }

    /// Writes all articles as JSON lines, in the order of their words' hashes: the same however they came in.
    ///
    /// # Errors
    /// Where an article can't be read, or `out` not be written.
    pub fn export(&self, out: &mut dyn Write) -> Result<u64, IndexError> {
        let mut articles = 0;
        for document in InOrder::current(&self.segments.iter().collect::<Vec<_>>()) {
            let (_, line) = document?;
            out.write_all(line.as_bytes()).map_err(IndexError::io("the export"))?;
            articles += 1;
        }
        Ok(articles)
    }
}

fn read_manifest(storage: &dyn Storage, path: &Path) -> Result<Manifest, IndexError> {
    let bytes = storage.read(MANIFEST).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => IndexError::Missing { path: path.to_owned() },
        _ => IndexError::Io { file: path.join(MANIFEST).display().to_string(), source },
    })?;
    Manifest::from_bytes(&bytes, &path.join(MANIFEST).display().to_string())
}

/// The bytes of a file that is checked whole.
fn read_whole(storage: &dyn Storage, file: &StoredFile) -> Result<Bytes, IndexError> {
    let bytes = storage.read(&file.name).map_err(IndexError::io(&file.name))?;
    if bytes.len() as u64 != file.bytes || hexadecimal(xxh3_64(&bytes)) != file.checksum {
        return Err(IndexError::damaged(&file.name, "its length or its checksum does not hold"));
    }
    Ok(bytes)
}

fn read_tables(storage: &dyn Storage, files: &TableFiles) -> Result<Frozen, IndexError> {
    let shells = read_whole(storage, &files.shells)?;
    let shells = std::str::from_utf8(&shells).ok().and_then(|text| ShellTable::from_json(text).ok());
    let terms = TermTable::from_bytes(&read_whole(storage, &files.terms)?);
    Ok(Frozen {
        shells: shells.ok_or_else(|| IndexError::damaged(&files.shells.name, "no table of shells"))?,
        terms: terms.ok_or_else(|| IndexError::damaged(&files.terms.name, "no table of terms"))?,
    })
}

/// A set of numbers; the empty one where there is no file.
fn read_set(storage: &dyn Storage, set: &Option<NumberSet>) -> Result<RoaringBitmap, IndexError> {
    let Some(NumberSet { file, .. }) = set else { return Ok(RoaringBitmap::new()) };
    let numbers = RoaringBitmap::deserialize_from(&read_whole(storage, file)?[..]);
    numbers.map_err(|_| IndexError::damaged(&file.name, "no set of numbers"))
}

fn open_segment(storage: &dyn Storage, file: &SegmentFile) -> Result<Segment, IndexError> {
    let marks = Marks { removed: read_set(storage, &file.removed)?, earlier: read_set(storage, &file.earlier)? };
    let name = &file.file.name;
    let bytes = storage.read(name).map_err(IndexError::io(name))?;
    if bytes.len() as u64 != file.file.bytes {
        let what =
            format!("it has {} bytes instead of {}; none of its articles can be read", bytes.len(), file.file.bytes);
        return Err(IndexError::damaged(name, what));
    }
    let segment = Segment::open(name, bytes, marks)?;
    if segment.documents() != file.documents || hexadecimal(segment.checksum()) != file.file.checksum {
        return Err(IndexError::damaged(name, "it is another segment than the one that the index was made of"));
    }
    Ok(segment)
}
