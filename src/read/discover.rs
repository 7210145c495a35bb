//! Paths in, the ordered list of files to read out.
//!
//! Paths keep the order in which they are given; within a folder files come in the byte order of their relative paths, on
//! every system. A file that is reached twice, by two paths or a link, is read once. Inside a folder some files are passed over, and
//! counted by why ([`Why`]): [`super::walk`] says which are hidden or ignored; the others are those that globs leave out, those whose ending
//! says nothing, and a `README.md` or `README.txt`, which describes the articles and is not one. A file that looks like
//! articles and can't be read is listed by name ([`UnreadFile`]). A file that is named outright is never passed over: it is read, or
//! it is an error.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

#[cfg(feature = "arrow")]
use arrow_array::RecordBatch;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use xxhash_rust::xxh3::Xxh3;

use crate::settings::{InputFormat, ReadSettings, Zone};

use super::bad::Listing;
use super::error::{KNOWN_ENDINGS, ReadError};
#[cfg(feature = "arrow")]
use super::rows::Slices;
use super::skipped::{ChosenBy, Clocks};
use super::stream::{Compression, Opened, Spool, Stream};
use super::walk::{Guard, Met, Skip, walk};

/// This many passed-over files are named per reason.
pub const PASSED_OVER_NAMED: usize = 100;

/// The name under which standard input appears in messages and ids.
const STANDARD_INPUT: &str = "stdin";

/// The files to read, in order.
#[derive(Debug)]
pub struct Inputs {
    files: Vec<InputFile>,
    repeated: u64,
    passed_over: BTreeMap<Why, PassedOver>,
    unread: Vec<UnreadFile>,
    ignore_files: Vec<String>,
    /// How many bytes are read and worked on at once; the tests make it tiny.
    pub(super) block_bytes: usize,
    /// Which bad records are listed.
    pub(super) listing: Listing,
    /// Whether a field that the settings name may be missing from all records.
    pub(super) lacks_fields: bool,
    /// The number of the first line of each input.
    pub(super) first_line: u32,
    /// Whether reading is to stop.
    stop: Arc<AtomicBool>,
    /// The clock of times without an offset, once all was read.
    zone: OnceLock<(Zone, ChosenBy)>,
    /// The same where nothing that is read says which.
    assumed_zone: OnceLock<Zone>,
}

/// Why a file of a folder is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its name, or that of a folder above it, begins with a dot.
    Hidden,
    /// A `.gitignore` or `.ignore` inside the folder names it, or a folder above it.
    Ignored,
    /// `--include` and `--exclude` leave it out.
    Excluded,
    /// It is called `README.md` or `README.txt`.
    Readme,
    /// Its ending is not that of a format for articles.
    NoArticle,
    /// It is under version control and not there, as in a sparse checkout. Only a check looks for such files.
    Absent,
}

/// Files that are passed over for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// How many. A hidden or ignored folder counts as one: it is not looked into.
    pub files: u64,
    /// The first [`PASSED_OVER_NAMED`] by name, as messages name them.
    pub first: Vec<String>,
}

/// A file of a folder that looks like articles and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadFile {
    /// As messages name it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Why it is not read.
    pub why: Unread,
}

impl UnreadFile {
    /// A hash of its bytes, by which it can be told from another; `None` of what is no file here.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn content(&self) -> Result<Option<u64>, ReadError> {
        if !matches!(self.why, Unread::Format(_)) {
            return Ok(None);
        }
        let failed = |source| ReadError::Io { name: self.name.clone(), source };
        let mut hash = Xxh3::new();
        let mut file = File::open(&self.path).map_err(failed)?;
        let mut bytes = vec![0; 1 << 16];
        loop {
            match file.read(&mut bytes).map_err(failed)? {
                0 => return Ok(Some(hash.digest())),
                read => hash.update(&bytes[..read]),
            }
        }
    }
}

/// Why a file that looks like articles is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// Its format is not supported. The ending.
    Format(String),
    /// It is a link that leads out of the folders that are read.
    LeadsOut,
    /// It is a pipe, a device or a socket.
    NoFile,
    /// It is a submodule that is not there.
    Submodule,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unread::Format(ending) => write!(
                f,
                ".{ending} files are not supported; convert the file to one that is ({KNOWN_ENDINGS}), or leave it out with --exclude"
            ),
            Unread::LeadsOut => {
                write!(f, "this link leads out of the folders that are checked; put the file itself there")
            }
            Unread::Submodule => write!(f, "this submodule is not fetched; fetch it (in a workflow: submodules: true)"),
            Unread::NoFile => write!(f, "this is a pipe or a device and not a file; take it away"),
        }
    }
}

/// One file to read.
#[derive(Debug)]
pub struct InputFile {
    name: String,
    text_id: Range<usize>,
    format: InputFormat,
    compression: Option<Compression>,
    origin: Origin,
    /// What the file was when it was first opened.
    stamp: OnceLock<Stamp>,
    /// Whether it came out of an index.
    stored: bool,
}

#[derive(Debug)]
enum Origin {
    File {
        path: PathBuf,
        bytes: u64,
    },
    Spool(Arc<Spool>),
    #[cfg(feature = "arrow")]
    Batches(Slices),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// Finds the files to read. `-` is standard input, which nothing reads before the first pass.
///
/// Where [`ReadSettings::input_format`] is set, every file of a folder that its globs choose is read in that format, whatever its
/// ending; only a `.gz` or `.zst` still counts.
///
/// A named pipe or device is read once and kept in a temporary file, as standard input is.
///
/// # Errors
/// A path that does not exist or cannot be looked at, a folder with no file to read, a file of an ending that says nothing
/// (unless [`ReadSettings::input_format`] says its format), a glob that is none. Each names what it is about.
pub fn discover(paths: &[PathBuf], settings: &ReadSettings) -> Result<Inputs, ReadError> {
    find(paths, settings, None, io::stdin())
}

/// As [`discover`], of folders that somebody else filled.
///
/// # Errors
/// As [`discover`], and where a path leads out of the repository that it lies in.
pub fn discover_guarded(paths: &[PathBuf], settings: &ReadSettings, guard: &Guard) -> Result<Inputs, ReadError> {
    find(paths, settings, Some(guard), io::stdin())
}

/// As [`discover`], but `-` reads `standard_input`: for tests, and for callers that hold their input in memory.
///
/// # Errors
/// As [`discover`].
pub fn discover_with(
    paths: &[PathBuf],
    settings: &ReadSettings,
    standard_input: impl Read + Send + 'static,
) -> Result<Inputs, ReadError> {
    find(paths, settings, None, standard_input)
}

fn find(
    paths: &[PathBuf],
    settings: &ReadSettings,
    guard: Option<&Guard>,
    standard_input: impl Read + Send + 'static,
) -> Result<Inputs, ReadError> {
    let mut found = Discovery::new(settings, guard)?;
    let mut standard_input = Some(standard_input);
    for path in paths {
        if path.as_os_str() == "-" {
            match standard_input.take() {
                Some(input) => found.add_spool(STANDARD_INPUT.to_owned(), InputFormat::Jsonl, Box::new(input))?,
                None => found.repeated += 1,
            }
        } else {
            found.add(path, paths.len() > 1)?;
        }
    }
    found.into_inputs()
}

impl Inputs {
    /// The files, in the order in which their articles come. A [`super::Location`] counts them from 0.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Adds articles as an index stores them: JSON lines under the usual names, whatever names the settings give. `lines` is read
    /// once, and kept in a temporary file.
    pub fn push_stored(&mut self, name: &str, lines: impl Read + Send + 'static) {
        self.files.push(InputFile {
            name: name.to_owned(),
            text_id: 0..name.len(),
            format: InputFormat::Jsonl,
            compression: None,
            origin: Origin::Spool(Arc::new(Spool::new(Box::new(lines)))),
            stamp: OnceLock::new(),
            stored: true,
        });
    }

    /// Inputs that are rows of record batches, which `name` names in messages. The columns are found as the fields of other inputs
    /// are; text is read where it stands, and copied nowhere. A [`super::Location`] says the row.
    ///
    /// An array may claim what its memory does not hold only where it came over a foreign interface: whoever takes one in has to
    /// check it first (`ArrayData::validate_full`).
    #[cfg(feature = "arrow")]
    pub fn of_batches(name: &str, batches: Vec<RecordBatch>) -> Inputs {
        let mut inputs = Inputs {
            files: Vec::new(),
            repeated: 0,
            passed_over: BTreeMap::new(),
            unread: Vec::new(),
            ignore_files: Vec::new(),
            block_bytes: super::blocks::BLOCK_BYTES,
            listing: Listing::default(),
            lacks_fields: false,
            first_line: 1,
            stop: Arc::default(),
            zone: OnceLock::new(),
            assumed_zone: OnceLock::new(),
        };
        inputs.push_batches(name, batches);
        inputs
    }

    /// Adds an input more, as [`Inputs::of_batches`] has it.
    #[cfg(feature = "arrow")]
    pub fn push_batches(&mut self, name: &str, batches: Vec<RecordBatch>) {
        self.files.push(InputFile {
            name: name.to_owned(),
            text_id: 0..name.len(),
            format: InputFormat::Batches,
            compression: None,
            origin: Origin::Batches(Slices::of(batches)),
            stamp: OnceLock::new(),
            stored: false,
        });
    }

    /// The clock of times without an offset, and the one that times are shown on: the one that the settings name, else the one that
    /// most offsets of the inputs are of, else UTC. `None` before all was read once.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.get().map(|(zone, _)| zone)
    }

    /// The clock that they are read by where neither the settings nor an offset says which: that of the index that they belong to. It
    /// counts where nothing was read before.
    pub(crate) fn assume_zone(&self, zone: Zone) {
        self.assumed_zone.get_or_init(|| zone);
    }

    pub(super) fn set_zone(&self, settings: &ReadSettings, clocks: &Clocks) -> ChosenBy {
        let named = || settings.timezone.clone().map(|zone| (zone, ChosenBy::Named));
        let of_offsets = || clocks.zone().map(|zone| (zone, ChosenBy::Offsets));
        let assumed = || self.assumed_zone.get().cloned().map(|zone| (zone, ChosenBy::Index));
        let chosen = || named().or_else(of_offsets).or_else(assumed).unwrap_or((Zone::utc(), ChosenBy::None));
        self.zone.get_or_init(chosen).1
    }

    /// Stops reading soon after `stop` turned true: whatever reads then ends with [`ReadError::Stopped`]. As every stage of a run
    /// reads what it compares, so does a run, within a stage or at its end.
    #[must_use]
    pub fn until(mut self, stop: Arc<AtomicBool>) -> Inputs {
        self.stop = stop;
        self
    }

    /// Whether reading is to go on.
    pub(super) fn go_on(&self) -> Result<(), ReadError> {
        if self.stop.load(Ordering::Relaxed) { Err(ReadError::Stopped) } else { Ok(()) }
    }

    /// Counts lines from `line`: of inputs that are a part of something longer.
    #[must_use]
    pub fn with_first_line(mut self, line: u32) -> Inputs {
        self.first_line = line;
        self
    }

    /// Whether any record can be read from where it stands: no input is compressed or a table.
    pub(crate) fn are_seekable(&self) -> bool {
        let plain =
            |file: &InputFile| file.compression == Some(Compression::None) && file.format != InputFormat::Parquet;
        self.files.iter().all(plain)
    }

    /// Takes all bytes as they are, and for no compressed ones, whatever they begin like: of inputs of which that is known.
    #[must_use]
    pub fn uncompressed(mut self) -> Inputs {
        for file in &mut self.files {
            file.compression = Some(Compression::None);
        }
        self
    }

    /// Takes it for no error that no record has a field that the settings name: of inputs that were made before these settings.
    #[must_use]
    pub fn that_may_lack_fields(mut self) -> Inputs {
        self.lacks_fields = true;
        self
    }

    /// How often a file that was already among the inputs was reached again, and left out.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// What was passed over in folders, by why.
    pub fn passed_over(&self) -> &BTreeMap<Why, PassedOver> {
        &self.passed_over
    }

    /// The files of folders that look like articles and are not read, in the order of their names.
    pub fn unread(&self) -> &[UnreadFile] {
        &self.unread
    }

    /// Adds files under version control that are not there, by their names, and submodules that are not fetched.
    pub fn add_absent(&mut self, files: Vec<String>, submodules: Vec<(String, PathBuf)>) {
        if !files.is_empty() {
            let first = files.iter().take(PASSED_OVER_NAMED).cloned().collect();
            self.passed_over.insert(Why::Absent, PassedOver { files: files.len() as u64, first });
        }
        let unread = submodules.into_iter().map(|(name, path)| UnreadFile { name, path, why: Unread::Submodule });
        self.unread.extend(unread);
    }

    /// Takes files that look like articles and are not read for none, where `excused` says so: they were there before.
    pub fn excuse_unread(&mut self, excused: impl Fn(&UnreadFile) -> bool) {
        let (known, left): (Vec<UnreadFile>, Vec<UnreadFile>) = self.unread.drain(..).partition(excused);
        self.unread = left;
        let passed = self.passed_over.entry(Why::NoArticle).or_default();
        passed.files += known.len() as u64;
        let room = PASSED_OVER_NAMED.saturating_sub(passed.first.len());
        passed.first.extend(known.into_iter().take(room).map(|file| file.name));
        if passed.files == 0 {
            self.passed_over.remove(&Why::NoArticle);
        }
    }

    /// The ignore files that were obeyed, as messages name them, in order.
    pub fn ignore_files(&self) -> &[String] {
        &self.ignore_files
    }

    /// The size of all inputs as they are stored; `None` where one is a pipe, whose size nobody knows.
    pub fn total_bytes(&self) -> Option<u64> {
        self.files.iter().map(InputFile::stored_bytes).sum()
    }
}

impl InputFile {
    /// Whether it came by [`Inputs::push_stored`]: its fields have the usual names, whatever the settings give for others.
    pub fn is_stored(&self) -> bool {
        self.stored
    }

    /// How messages and ids name it: the path as given (of a folder: as given, then the path in it), with `/` on every
    /// system; `stdin` for standard input.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is; `None` for standard input and pipes.
    pub fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File { path, .. } => Some(path),
            _ => None,
        }
    }

    /// How its bytes are framed into articles.
    pub fn format(&self) -> InputFormat {
        self.format
    }

    /// How it is compressed, by its ending; `None` where only its first bytes can tell.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Its size as it is stored; `None` for standard input and pipes.
    pub fn stored_bytes(&self) -> Option<u64> {
        match &self.origin {
            Origin::File { bytes, .. } => Some(*bytes),
            Origin::Spool(_) => None,
            #[cfg(feature = "arrow")]
            Origin::Batches(slices) => Some(slices.bytes()),
        }
    }

    /// The id of the article that a text file is.
    pub fn text_id(&self) -> &str {
        &self.name[self.text_id.clone()]
    }

    pub(super) fn io_error(&self, source: io::Error) -> ReadError {
        ReadError::Io { name: self.name.clone(), source }
    }

    /// Opens the input, and checks that it is what it was when it was first opened.
    pub(super) fn open(&self) -> Result<Stream, ReadError> {
        let (opened, bytes) = match &self.origin {
            Origin::File { .. } => {
                let (file, bytes) = self.open_file()?;
                (Opened::File(file), Some(bytes))
            }
            Origin::Spool(spool) => (Opened::Spool(spool.open().map_err(|error| self.io_error(error))?), None),
            #[cfg(feature = "arrow")]
            Origin::Batches(_) => return Err(ReadError::NoRawRecords { name: self.name.clone() }),
        };
        let as_stored = matches!(self.format, InputFormat::Text);
        Stream::new(opened, self.compression, bytes, as_stored).map_err(|error| self.io_error(error))
    }

    /// The rows of it, where it is record batches in memory.
    #[cfg(feature = "arrow")]
    pub(super) fn slices(&self) -> Option<&Slices> {
        match &self.origin {
            Origin::Batches(slices) => Some(slices),
            _ => None,
        }
    }

    /// Opens the file itself, with its size.
    pub(super) fn open_file(&self) -> Result<(File, u64), ReadError> {
        let Origin::File { path, .. } = &self.origin else {
            return Err(self.io_error(io::Error::other("only a file can be read at any place")));
        };
        // A pipe that took the file's place would keep whoever opens it waiting.
        let found = fs::metadata(path).map_err(|error| self.io_error(error))?;
        if !found.is_file() {
            return Err(ReadError::Changed { name: self.name.clone() });
        }
        let file = File::open(path).map_err(|error| self.io_error(error))?;
        let stamp = Stamp::of(&file.metadata().map_err(|error| self.io_error(error))?);
        if *self.stamp.get_or_init(|| stamp) != stamp {
            return Err(ReadError::Changed { name: self.name.clone() });
        }
        Ok((file, stamp.bytes))
    }
}

impl InputFile {
    /// Refuses a file that was written to, or that another took the place of, since it was first opened.
    pub(super) fn refuse_if_changed(&self) -> Result<(), ReadError> {
        let (Origin::File { path, .. }, Some(stamp)) = (&self.origin, self.stamp.get()) else { return Ok(()) };
        match fs::metadata(path) {
            Ok(metadata) if Stamp::of(&metadata) == *stamp => Ok(()),
            _ => Err(ReadError::Changed { name: self.name.clone() }),
        }
    }
}

/// The inputs found so far.
struct Discovery<'s> {
    settings: &'s ReadSettings,
    include: Gitignore,
    exclude: Gitignore,
    files: Vec<InputFile>,
    /// For each file the path within what was given, as part of its name.
    relative_from: Vec<usize>,
    /// Files already found, where one could be found twice.
    seen: HashSet<(PathBuf, InputFormat)>,
    repeated: u64,
    guard: Option<&'s Guard>,
    passed_over: BTreeMap<Why, PassedOver>,
    unread: Vec<UnreadFile>,
    ignore_files: Vec<String>,
}

/// A file of a folder that is to be read.
struct Wanted {
    relative: String,
    path: PathBuf,
    ending: Ending,
    metadata: Metadata,
}

impl<'s> Discovery<'s> {
    fn new(settings: &'s ReadSettings, guard: Option<&'s Guard>) -> Result<Self, ReadError> {
        Ok(Discovery {
            settings,
            include: globs("--include", &settings.include)?,
            exclude: globs("--exclude", &settings.exclude)?,
            files: Vec::new(),
            relative_from: Vec::new(),
            seen: HashSet::new(),
            repeated: 0,
            guard,
            passed_over: BTreeMap::new(),
            unread: Vec::new(),
            ignore_files: Vec::new(),
        })
    }

    fn add(&mut self, path: &Path, several: bool) -> Result<(), ReadError> {
        let name = self.guard.map_or_else(|| shown(path), |guard| guard.shown(path));
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(match fs::read_link(path) {
                    Ok(target) => ReadError::DanglingLink { name, target, exclude: None },
                    Err(_) => ReadError::Missing { path: path.to_owned() },
                });
            }
            Err(source) => return Err(ReadError::Io { name, source }),
        };
        let stays = self.guard.map_or(Ok(true), |guard| guard.lets_name(path));
        if !stays.map_err(|source| ReadError::Io { name: name.clone(), source })? {
            return Err(ReadError::LeadsOut { name });
        }
        if metadata.is_dir() {
            return self.add_folder(path, &name, several);
        }
        let ending = Ending::of(&name, self.settings.input_format);
        let format = ending.format.ok_or_else(|| ReadError::UnknownEnding { path: path.to_owned() })?;
        if !metadata.is_file() {
            let file = File::open(path).map_err(|source| ReadError::Io { name: name.clone(), source })?;
            return self.add_spool(name, format, Box::new(file));
        }
        let relative_from = name.rfind('/').map_or(0, |at| at + 1);
        self.add_file(path.to_owned(), name, relative_from, &ending, &metadata, several)
    }

    fn add_folder(&mut self, root: &Path, root_name: &str, several: bool) -> Result<(), ReadError> {
        let (mut found, mut skipped, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let walked = walk(root, !self.settings.no_ignore, self.guard, &mut |met| match met {
            Met::File { relative, path, metadata } => found.push((relative, path, metadata)),
            Met::Skipped { relative, path, skip } => skipped.push((relative, path, skip)),
            Met::Failed { relative, path, error } => failed.push((relative, path, error)),
        });
        let before: BTreeMap<Why, u64> = self.passed_over.iter().map(|(why, passed)| (*why, passed.files)).collect();
        // The first by name, whatever order a system lists a folder in.
        failed.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        for (relative, path, error) in failed {
            if !matches(&self.exclude, &relative, path.is_dir()) {
                return Err(unreadable(root_name, relative, &path, error));
            }
            self.pass_over(root_name, &relative, Why::Excluded);
        }
        found.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        skipped.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        let unread_before = self.unread.len();
        for (relative, path, skip) in skipped {
            self.skip(root_name, &relative, path, skip);
        }
        let mut wanted = Vec::new();
        for (relative, path, metadata) in found {
            let ending = Ending::of(&relative, self.settings.input_format);
            if !self.passes_over(root_name, &relative, &path, &ending) {
                wanted.push(Wanted { relative, path, ending, metadata });
            }
        }
        self.unread[unread_before..].sort_by(|a, b| a.name.cmp(&b.name));
        self.ignore_files.extend(walked.ignore_files.iter().map(|file| joined(root_name, file)));
        self.ignore_files.sort_unstable();
        // In a check, a folder of which nothing can be read is judged by what could not be.
        let is_judged = self.guard.is_some() && self.unread.len() > unread_before;
        if wanted.is_empty() && !is_judged {
            let since = |why| {
                let now = self.passed_over.get(&why).map_or(0, |passed| passed.files);
                now - before.get(&why).copied().unwrap_or(0)
            };
            let all = [Why::Hidden, Why::Ignored, Why::Excluded, Why::Readme, Why::NoArticle];
            return Err(ReadError::NoArticles {
                path: root.to_owned(),
                passed_over: all.into_iter().map(since).sum::<u64>() + (self.unread.len() - unread_before) as u64,
                unwanted: since(Why::Excluded),
                readmes: since(Why::Readme),
            });
        }
        for Wanted { relative, path, ending, metadata } in wanted {
            let name = joined(root_name, &relative);
            let relative_from = name.len() - relative.len();
            self.add_file(path, name, relative_from, &ending, &metadata, several || walked.has_links)?;
        }
        Ok(())
    }

    fn pass_over(&mut self, root_name: &str, relative: &str, why: Why) {
        let passed = self.passed_over.entry(why).or_default();
        passed.files += 1;
        if passed.first.len() < PASSED_OVER_NAMED {
            passed.first.push(joined(root_name, relative));
        }
    }

    /// Counts what the walk did not look at; what looks like articles is listed.
    fn skip(&mut self, root_name: &str, relative: &str, path: PathBuf, skip: Skip) {
        let why = match skip {
            Skip::Hidden => return self.pass_over(root_name, relative, Why::Hidden),
            Skip::Ignored => return self.pass_over(root_name, relative, Why::Ignored),
            Skip::LeadsOut => Unread::LeadsOut,
            Skip::Special => Unread::NoFile,
        };
        if !self.wants(relative) {
            return self.pass_over(root_name, relative, Why::Excluded);
        }
        let has_format = Ending::of(relative, self.settings.input_format).format.is_some();
        if has_format || unsupported_ending(relative).is_some() || path.is_dir() {
            self.unread.push(UnreadFile { name: joined(root_name, relative), path, why });
        } else {
            self.pass_over(root_name, relative, Why::NoArticle);
        }
    }

    /// Whether a file of a folder is not to be read; counted by why, or listed where it looks like articles.
    fn passes_over(&mut self, root_name: &str, relative: &str, path: &Path, ending: &Ending) -> bool {
        let unsupported = if ending.format.is_none() { unsupported_ending(relative) } else { None };
        if ending.format.is_none() && unsupported.is_none() {
            self.pass_over(root_name, relative, Why::NoArticle);
        } else if !self.wants(relative) {
            self.pass_over(root_name, relative, Why::Excluded);
        } else if let Some(ending) = unsupported {
            let why = Unread::Format(ending);
            self.unread.push(UnreadFile { name: joined(root_name, relative), path: path.to_owned(), why });
        } else if self.include.is_empty() && is_readme(relative) {
            self.pass_over(root_name, relative, Why::Readme);
        } else {
            return false;
        }
        true
    }

    fn wants(&self, relative: &str) -> bool {
        (self.include.is_empty() || matches(&self.include, relative, false)) && !matches(&self.exclude, relative, false)
    }

    /// Adds a file, unless it is there already; that is looked into only where it is possible.
    fn add_file(
        &mut self,
        path: PathBuf,
        name: String,
        relative_from: usize,
        ending: &Ending,
        metadata: &Metadata,
        may_repeat: bool,
    ) -> Result<(), ReadError> {
        let format = ending.format.unwrap_or(InputFormat::Text);
        refuse_parquet_unless_built(format, &name)?;
        if may_repeat {
            let real = fs::canonicalize(&path).map_err(|source| ReadError::Io { name: name.clone(), source })?;
            // Under another ending it is read in another way: a link must not choose in which one alone.
            if !self.seen.insert((real, format)) {
                self.repeated += 1;
                return Ok(());
            }
        }
        let stem_from = name.rfind('/').map_or(0, |at| at + 1);
        let text_id = stem_from..name.len() - ending.bytes;
        let origin = Origin::File { path, bytes: metadata.len() };
        let compression = Some(ending.compression);
        self.relative_from.push(relative_from);
        self.files.push(InputFile {
            name,
            text_id,
            format,
            compression,
            origin,
            stamp: OnceLock::new(),
            stored: false,
        });
        Ok(())
    }

    fn add_spool(&mut self, name: String, usual: InputFormat, input: Box<dyn Read + Send>) -> Result<(), ReadError> {
        let format = self.settings.input_format.unwrap_or(usual);
        refuse_parquet_unless_built(format, &name)?;
        if format == InputFormat::Parquet {
            let reason = "its end must be read first, which a pipe does not allow; save it to a file".to_owned();
            return Err(ReadError::Parquet { name, reason });
        }
        let origin = Origin::Spool(Arc::new(Spool::new(input)));
        self.relative_from.push(0);
        let text_id = 0..name.len();
        self.files.push(InputFile {
            name,
            text_id,
            format,
            compression: None,
            origin,
            stamp: OnceLock::new(),
            stored: false,
        });
        Ok(())
    }

    fn into_inputs(mut self) -> Result<Inputs, ReadError> {
        if self.files.is_empty() && self.unread.is_empty() {
            return Err(ReadError::NothingGiven);
        }
        self.make_text_ids_differ();
        Ok(Inputs {
            files: self.files,
            repeated: self.repeated,
            passed_over: self.passed_over,
            unread: self.unread,
            ignore_files: self.ignore_files,
            block_bytes: super::blocks::BLOCK_BYTES,
            listing: Listing::default(),
            lacks_fields: false,
            first_line: 1,
            stop: Arc::default(),
            zone: OnceLock::new(),
            assumed_zone: OnceLock::new(),
        })
    }

    /// A text file's article is named by the file's stem; where stems are alike, by the path within the folder given,
    /// without its ending; where those are alike too, by the whole name.
    fn make_text_ids_differ(&mut self) {
        for attempt in 0..2 {
            let mut count: HashMap<&str, u32> = HashMap::new();
            let texts =
                || self.files.iter().zip(&self.relative_from).filter(|(file, _)| file.format == InputFormat::Text);
            for (file, _) in texts() {
                *count.entry(file.text_id()).or_default() += 1;
            }
            let longer: Vec<Range<usize>> = self
                .files
                .iter()
                .zip(&self.relative_from)
                .map(|(file, &relative_from)| match count.get(file.text_id()) {
                    Some(2..) if attempt == 0 => relative_from..file.text_id.end,
                    Some(2..) => 0..file.name.len(),
                    _ => file.text_id.clone(),
                })
                .collect();
            for (file, text_id) in self.files.iter_mut().zip(longer) {
                file.text_id = text_id;
            }
        }
    }
}

/// What a file's ending says.
struct Ending {
    format: Option<InputFormat>,
    compression: Compression,
    /// How many bytes of the name are ending.
    bytes: usize,
}

impl Ending {
    /// `given` overrides the format that the ending says.
    fn of(name: &str, given: Option<InputFormat>) -> Self {
        let (rest, compression) = match split_ending(name) {
            (rest, "gz") => (rest, Compression::Gzip),
            (rest, "zst") => (rest, Compression::Zstd),
            _ => (name, Compression::None),
        };
        let (stem, ending) = split_ending(rest);
        let format = match ending {
            "txt" | "md" => Some(InputFormat::Text),
            "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
            "json" => Some(InputFormat::Json),
            "csv" => Some(InputFormat::Csv),
            "tsv" => Some(InputFormat::Tsv),
            "parquet" if compression == Compression::None => Some(InputFormat::Parquet),
            _ => None,
        };
        let stem = if format.is_some() { stem } else { rest };
        Ending { format: given.or(format), compression, bytes: name.len() - stem.len() }
    }
}

/// A name before its last dot, and its ending in lower case; no ending where it is none that matters.
fn split_ending(name: &str) -> (&str, &'static str) {
    const ENDINGS: [&str; 10] = ["gz", "zst", "txt", "md", "jsonl", "ndjson", "json", "csv", "tsv", "parquet"];
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return (name, "");
    };
    let known = ENDINGS.into_iter().find(|known| known.eq_ignore_ascii_case(ending));
    let has_stem = !stem.is_empty() && !stem.ends_with('/');
    known.filter(|_| has_stem).map_or((name, ""), |known| (stem, known))
}

/// Endings of files that people keep articles in and that are not read.
const UNSUPPORTED: [&str; 50] = [
    "markdown",
    "mdown",
    "mkd",
    "rst",
    "adoc",
    "org",
    "tex",
    "text",
    "rtf",
    "htm",
    "html",
    "xhtml",
    "mhtml",
    "xml",
    "rss",
    "atom",
    "jsonlines",
    "ldjson",
    "json5",
    "jsonld",
    "geojson",
    "doc",
    "docx",
    "odt",
    "pages",
    "epub",
    "pdf",
    "xls",
    "xlsx",
    "ods",
    "avro",
    "orc",
    "arrow",
    "feather",
    "sqlite",
    "db",
    "warc",
    "eml",
    "mbox",
    "gz",
    "zst",
    "bz2",
    "xz",
    "lz4",
    "br",
    "7z",
    "rar",
    "zip",
    "tar",
    "tgz",
];

/// The ending by which a file that is not read looks like articles: one of a format that is not supported, or, behind one of a format
/// that is, any other: `news.jsonl.bak`, `a.txt.bz2`.
fn unsupported_ending(relative: &str) -> Option<String> {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.to_lowercase();
    let inner = Ending::of(stem, None).format.is_some();
    (!stem.is_empty() && (inner || UNSUPPORTED.contains(&ending.as_str()) || ending == "parquet")).then_some(ending)
}

/// Whether a file tells about the folder that it lies in, by a name that it has everywhere.
fn is_readme(relative: &str) -> bool {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    ["README.md", "README.txt"].iter().any(|readme| readme.eq_ignore_ascii_case(name))
}

/// What keeps the walk from looking at something below a folder.
fn unreadable(root_name: &str, relative: String, path: &Path, source: io::Error) -> ReadError {
    let name = if relative.is_empty() { root_name.to_owned() } else { joined(root_name, &relative) };
    match fs::read_link(path) {
        Ok(target) if source.kind() == io::ErrorKind::NotFound => {
            ReadError::DanglingLink { name, target, exclude: Some(relative) }
        }
        _ => ReadError::Io { name, source },
    }
}

fn matches(globs: &Gitignore, relative: &str, is_folder: bool) -> bool {
    globs.matched_path_or_any_parents(relative, is_folder).is_ignore()
}

fn refuse_parquet_unless_built(format: InputFormat, name: &str) -> Result<(), ReadError> {
    if format == InputFormat::Parquet && !cfg!(feature = "parquet") {
        return Err(ReadError::NeedsParquet { name: name.to_owned() });
    }
    Ok(())
}

fn globs(option: &'static str, globs: &[String]) -> Result<Gitignore, ReadError> {
    let refused = |glob: &str, reason: String| ReadError::Glob { option, glob: glob.to_owned(), reason };
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    for glob in globs {
        // In an ignore file these mean something else, and here nothing.
        match glob.trim().chars().next() {
            None => return Err(refused(glob, "it is empty".to_owned())),
            Some(sign @ ('!' | '#')) => {
                return Err(refused(glob, format!("write \\{sign} for a name that begins with {sign}")));
            }
            Some(_) => {}
        }
        builder.add_line(None, glob).map_err(|error| refused(glob, without_glob(&error)))?;
    }
    builder.build().map_err(|error| refused(&globs.join(" "), without_glob(&error)))
}

/// What is wrong with a glob; the glob itself is named by the message around it.
fn without_glob(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

/// A path with `/` between its parts.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

pub(super) fn joined(root: &str, relative: &str) -> String {
    match root.trim_end_matches('/') {
        "." => relative.to_owned(),
        root => format!("{root}/{relative}"),
    }
}
