//! Paths in, the ordered list of files to read out.
//!
//! Paths keep the order in which they are given; within a folder files come in the byte order of their relative paths, on
//! every system. A file that is reached twice, by two paths or a link, is read once. Inside a folder the rules are those of
//! tools that people know: hidden files, and what a `.gitignore` or `.ignore` in that folder names, are passed over, and so
//! are files whose ending says nothing, and a `README.md` or `README.txt`, which tells about the articles and is none. A file
//! that is named outright is never passed over: it is read, or it is an error.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

#[cfg(feature = "arrow")]
use arrow_array::RecordBatch;
use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::settings::{InputFormat, ReadSettings};

use super::bad::Listing;
use super::error::ReadError;
#[cfg(feature = "arrow")]
use super::rows::Slices;
use super::stream::{Compression, Opened, Spool, Stream};

/// The name under which standard input appears in messages and ids.
const STANDARD_INPUT: &str = "stdin";

/// The files to read, in order.
#[derive(Debug)]
pub struct Inputs {
    files: Vec<InputFile>,
    repeated: u64,
    readmes: u64,
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
    discover_with(paths, settings, io::stdin())
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
    let mut found = Discovery::new(settings)?;
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
            readmes: 0,
            block_bytes: super::blocks::BLOCK_BYTES,
            listing: Listing::default(),
            lacks_fields: false,
            first_line: 1,
            stop: Arc::default(),
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

    /// How many files of a folder were passed over because they are called `README.md` or `README.txt`, which tells about the
    /// articles and is none.
    pub fn readmes(&self) -> u64 {
        self.readmes
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
    seen: HashSet<PathBuf>,
    repeated: u64,
    readmes: u64,
}

/// How many files of a folder were passed over; among them those that only the globs leave out, and READMEs.
#[derive(Default)]
struct PassedOver {
    files: u64,
    unwanted: u64,
    readmes: u64,
}

impl<'s> Discovery<'s> {
    fn new(settings: &'s ReadSettings) -> Result<Self, ReadError> {
        Ok(Discovery {
            settings,
            include: globs("--include", &settings.include)?,
            exclude: globs("--exclude", &settings.exclude)?,
            files: Vec::new(),
            relative_from: Vec::new(),
            seen: HashSet::new(),
            repeated: 0,
            readmes: 0,
        })
    }

    fn add(&mut self, path: &Path, several: bool) -> Result<(), ReadError> {
        let name = shown(path);
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
        let (mut entries, mut passed_over) = (Vec::new(), PassedOver::default());
        let mut has_links = false;
        for entry in walk(root) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if is_loop(&error) => continue,
                Err(error) => {
                    let at = place(&error).unwrap_or(root);
                    let relative = shown(at.strip_prefix(root).unwrap_or(at));
                    if self.never_wants(&relative, at.is_dir()) {
                        passed_over.files += 1;
                        continue;
                    }
                    return Err(unwalkable(root_name, &relative, at.to_owned(), error));
                }
            };
            has_links |= entry.path_is_symlink() && entry.depth() > 0;
            if entry.file_type().is_none_or(|kind| !kind.is_file()) {
                continue;
            }
            let relative = shown(entry.path().strip_prefix(root).unwrap_or(entry.path()));
            let ending = Ending::of(&relative, self.settings.input_format);
            if !self.passes_over(&relative, &ending, &mut passed_over) {
                entries.push((relative, ending, entry));
            }
        }
        if entries.is_empty() {
            let PassedOver { files, unwanted, readmes } = passed_over;
            return Err(ReadError::NoArticles { path: root.to_owned(), passed_over: files, unwanted, readmes });
        }
        self.readmes += passed_over.readmes;
        entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        for (relative, ending, entry) in entries {
            let name = joined(root_name, &relative);
            let relative_from = name.len() - relative.len();
            let metadata =
                entry.metadata().map_err(|error| unwalkable(root_name, &relative, entry.path().to_owned(), error))?;
            self.add_file(entry.into_path(), name, relative_from, &ending, &metadata, several || has_links)?;
        }
        Ok(())
    }

    /// Whether a file of a folder is not to be read, counted by why.
    fn passes_over(&self, relative: &str, ending: &Ending, count: &mut PassedOver) -> bool {
        let unwanted = ending.format.is_some() && !self.wants(relative);
        let readme = !unwanted && self.include.is_empty() && is_readme(relative);
        if ending.format.is_some() && !unwanted && !readme {
            return false;
        }
        count.files += 1;
        count.unwanted += u64::from(unwanted);
        count.readmes += u64::from(readme);
        true
    }

    fn wants(&self, relative: &str) -> bool {
        (self.include.is_empty() || matches(&self.include, relative, false)) && !matches(&self.exclude, relative, false)
    }

    /// Whether something that the walk could not look at would have been passed over anyway. Of a link that leads nowhere the
    /// ending tells nothing: it may have led to a folder.
    fn never_wants(&self, relative: &str, is_folder: bool) -> bool {
        let hidden = relative.split('/').any(|part| part.starts_with('.'));
        hidden || matches(&self.exclude, relative, is_folder)
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
            if !self.seen.insert(real) {
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
        if self.files.is_empty() {
            return Err(ReadError::NothingGiven);
        }
        self.make_text_ids_differ();
        Ok(Inputs {
            files: self.files,
            repeated: self.repeated,
            readmes: self.readmes,
            block_bytes: super::blocks::BLOCK_BYTES,
            listing: Listing::default(),
            lacks_fields: false,
            first_line: 1,
            stop: Arc::default(),
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

fn walk(root: &Path) -> ignore::Walk {
    // Only ignore files inside the folder count: that a data folder stands in the .gitignore of the project around it does
    // not mean that its articles are not to be read.
    WalkBuilder::new(root)
        .follow_links(true)
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .build()
}

/// A link back to a folder that is being walked: everything in it is found anyway.
fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithPath { err, .. } | ignore::Error::WithDepth { err, .. } => is_loop(err),
        _ => false,
    }
}

/// Whether a file tells about the folder that it lies in, by a name that it has everywhere.
fn is_readme(relative: &str) -> bool {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    ["README.md", "README.txt"].iter().any(|readme| readme.eq_ignore_ascii_case(name))
}

/// The entry that an error of the walk is about.
fn place(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } => place(err),
        _ => None,
    }
}

/// What keeps the walk from going on at the entry `at`.
fn unwalkable(root_name: &str, relative: &str, at: PathBuf, error: ignore::Error) -> ReadError {
    let name = if relative.is_empty() { root_name.to_owned() } else { joined(root_name, relative) };
    if let (Ok(target), Err(gone)) = (fs::read_link(&at), fs::metadata(&at))
        && gone.kind() == io::ErrorKind::NotFound
    {
        return ReadError::DanglingLink { name, target, exclude: Some(relative.to_owned()) };
    }
    let other = error.clone();
    match error.into_io_error() {
        Some(source) => ReadError::Io { name, source },
        None => ReadError::Walk { path: at, source: other },
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
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

fn joined(root: &str, relative: &str) -> String {
    match root.trim_end_matches('/') {
        "." => relative.to_owned(),
        root => format!("{root}/{relative}"),
    }
}
