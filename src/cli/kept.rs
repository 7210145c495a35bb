//! Where kept records go: one stream, or a file for each input.
//!
//! A stream takes its format from the inputs, so that records can be written as they were, or from its own name. In a
//! folder each input has its counterpart of the same name; one that loses nothing is copied byte for byte.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use wirecopy::dedup::{Framing, KeptWriter};
use wirecopy::read::{Compression, InputFile, Inputs, RawRecord, ReadError};
use wirecopy::settings::{InputFormat, ReadSettings};

use super::output::refuse_links;
use super::staged::{Encoder, Ready, Staged};
use super::temporary::{TemporaryFolder, undisturbed};
use super::{Failure, talk};

/// Where kept records go.
pub(super) enum Kept {
    /// To one file or standard output.
    Stream { name: PathBuf, writer: Box<KeptWriter<Staged>> },
    /// To a file for each input.
    Folder(Box<Folder>),
}

/// Kept records that are whole, and not yet in place.
pub(super) enum ReadyKept {
    Stream(Ready),
    Folder(Box<Folder>),
}

/// Whether a path asks for a file for each input.
pub(super) fn is_folder(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.as_os_str() != "-" && (text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR) || path.is_dir())
}

impl Kept {
    /// Opens a stream for the records of the first `count` inputs.
    pub(super) fn stream(
        path: &Path,
        inputs: &Inputs,
        count: usize,
        settings: &ReadSettings,
        quiet: bool,
    ) -> Result<Kept, Failure> {
        let framing = stream_framing(path, inputs, count, settings, quiet)?;
        let staged = Staged::open(path)?;
        let writer = KeptWriter::new(staged, framing).map_err(|error| Failure::output(path.display(), &error))?;
        Ok(Kept::Stream { name: path.to_owned(), writer: Box::new(writer) })
    }

    /// The records of this input follow.
    pub(super) fn begin(&mut self, index: usize, inputs: &Inputs, settings: &ReadSettings) -> Result<(), Failure> {
        match self {
            Kept::Stream { .. } => Ok(()),
            Kept::Folder(folder) => folder.begin(index, inputs, settings),
        }
    }

    /// Writes one record.
    pub(super) fn push(&mut self, record: &RawRecord<'_>, file: &InputFile) -> Result<(), Failure> {
        match self {
            Kept::Stream { name, writer } => {
                writer.push(record, file).map_err(|error| Failure::output(name.display(), &error))
            }
            Kept::Folder(folder) => folder.push(record, file),
        }
    }

    /// The records of this input are through; `whole` where none of them was removed.
    pub(super) fn end(&mut self, file: &InputFile, whole: bool) -> Result<(), Failure> {
        match self {
            Kept::Stream { .. } => Ok(()),
            Kept::Folder(folder) => folder.end(file, whole),
        }
    }

    /// Writes what is still held back.
    pub(super) fn finish(self) -> Result<ReadyKept, Failure> {
        match self {
            Kept::Stream { name, writer } => {
                let staged = writer.finish().map_err(|error| Failure::output(name.display(), &error))?;
                Ok(ReadyKept::Stream(staged.finish()?))
            }
            Kept::Folder(folder) => {
                folder.check_targets()?;
                Ok(ReadyKept::Folder(folder))
            }
        }
    }
}

impl ReadyKept {
    /// As [`Ready::is_copied`].
    pub(super) fn is_copied(&self) -> bool {
        matches!(self, ReadyKept::Stream(ready) if ready.is_copied())
    }

    /// Puts it in place.
    pub(super) fn commit(self) -> Result<(), Failure> {
        match self {
            ReadyKept::Stream(ready) => ready.commit(),
            ReadyKept::Folder(mut folder) => undisturbed(|| folder.commit()),
        }
    }
}

/// What the name of a stream asks for; `None` where it says nothing.
fn asked_for(path: &Path) -> Option<InputFormat> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
        "json" => Some(InputFormat::Json),
        "csv" => Some(InputFormat::Csv),
        "tsv" => Some(InputFormat::Tsv),
        "txt" | "md" => Some(InputFormat::Text),
        "parquet" => Some(InputFormat::Parquet),
        _ => None,
    }
}

fn stream_framing(
    path: &Path,
    inputs: &Inputs,
    count: usize,
    settings: &ReadSettings,
    quiet: bool,
) -> Result<Framing, Failure> {
    let files = &inputs.files()[..count];
    let format = |file: &InputFile| file.format();
    let common = files.first().map(format).filter(|first| files.iter().all(|file| file.format() == *first));
    let is_json = files.iter().all(|file| matches!(file.format(), InputFormat::Json | InputFormat::Jsonl));
    let as_they_were = |header| Framing::AsTheyWere { header };
    // `None`: the rows do not have the same columns, or the inputs are no rows at all.
    let rows = || match common {
        Some(InputFormat::Csv | InputFormat::Tsv) => common_header(inputs, count, settings),
        _ => Ok(None),
    };
    let array = || {
        let alone = count == 1 && common == Some(InputFormat::Json) && !in_array(inputs, 0, settings)?;
        Ok::<_, Failure>(if alone { as_they_were(Vec::new()) } else { Framing::Array })
    };
    let asked = asked_for(path);
    match asked {
        Some(InputFormat::Jsonl) if common == Some(InputFormat::Jsonl) => Ok(as_they_were(Vec::new())),
        Some(InputFormat::Jsonl) => Ok(Framing::Fields),
        Some(InputFormat::Json) if is_json => array(),
        Some(InputFormat::Csv | InputFormat::Tsv) if asked == common => {
            let columns = || {
                Failure::Said(format!(
                    "{}: the inputs do not all have the same columns; name it .jsonl to write their fields as JSON lines, or \
                 name a folder to write file by file",
                    path.display()
                ))
            };
            Ok(as_they_were(rows()?.ok_or_else(columns)?))
        }
        Some(_) => Err(Failure::Said(format!(
            "{}: the kept records cannot be written as what this name ends in, for the inputs are another format; name \
             it .jsonl to write their fields as JSON lines, or name a folder to write file by file",
            path.display()
        ))),
        None => match common {
            Some(InputFormat::Jsonl) => Ok(as_they_were(Vec::new())),
            Some(InputFormat::Json) => array(),
            _ => match rows()? {
                Some(header) => Ok(as_they_were(header)),
                None => {
                    if !quiet {
                        talk::note(&format!(
                            "{}: the kept records are written as JSON lines of their fields, for {}",
                            if path.as_os_str() == "-" { "standard output".into() } else { path.to_string_lossy() },
                            match common {
                                Some(InputFormat::Text) => "one stream cannot hold text files",
                                Some(_) => "the inputs do not all have the same columns",
                                None => "the inputs are of several formats",
                            }
                        ));
                    }
                    Ok(Framing::Fields)
                }
            },
        },
    }
}

/// The header line that all these inputs have, as it stands in the first.
fn common_header(inputs: &Inputs, count: usize, settings: &ReadSettings) -> Result<Option<Vec<u8>>, Failure> {
    let mut common: Option<Vec<u8>> = None;
    for index in 0..count {
        let Some(header) = inputs.header(index, settings)? else { continue };
        match &common {
            None => common = Some(header),
            Some(first) if bare(first) == bare(&header) => {}
            Some(_) => return Ok(None),
        }
    }
    Ok(Some(common.unwrap_or_default()))
}

/// A header line without what surrounds it.
fn bare(header: &[u8]) -> &[u8] {
    header.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(header).trim_ascii_end()
}

/// Whether the records of a JSON input are the elements of an array. One without records counts as an array.
fn in_array(inputs: &Inputs, index: usize, settings: &ReadSettings) -> Result<bool, ReadError> {
    let mut found = true;
    inputs.raw_records_in(index, settings, &|_| (), &mut |record| {
        found = record.in_array;
        ControlFlow::Break(())
    })?;
    Ok(found)
}

/// A folder that gets a file for each input.
///
/// They are written to a hidden folder inside it first, which goes when this is dropped.
pub(super) struct Folder {
    root: PathBuf,
    /// Whether there was no such folder before.
    created: bool,
    staging: Option<TemporaryFolder>,
    /// The name of each input's counterpart, below `root`.
    relative: Vec<PathBuf>,
    open: Option<KeptWriter<Encoder>>,
    /// How many inputs are through.
    done: usize,
    /// Inputs of which nothing is kept that a file could hold.
    without: Vec<usize>,
}

impl Folder {
    /// A folder at `root` for the first `count` inputs, which `paths` led to.
    pub(super) fn open(root: &Path, inputs: &Inputs, count: usize, paths: &[PathBuf]) -> Result<Folder, Failure> {
        let relative = relative_names(root, &inputs.files()[..count], paths)?;
        let fails = |error: io::Error| Failure::output(root.display(), &error);
        // Also below it: a link that stands there leads as far out.
        refuse_links(root)?;
        relative.iter().try_for_each(|relative| refuse_links_below(root, relative))?;
        let created = !root.exists();
        fs::create_dir_all(root).map_err(fails)?;
        let staging = TemporaryFolder::in_folder(root).map_err(fails)?;
        let root = root.to_owned();
        Ok(Folder { root, created, staging: Some(staging), relative, open: None, done: 0, without: Vec::new() })
    }

    /// Every file that may be written.
    pub(super) fn targets(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.relative.iter().map(|relative| self.root.join(relative))
    }

    fn target(&self, index: usize) -> PathBuf {
        self.root.join(&self.relative[index])
    }

    fn staged(&self, index: usize) -> PathBuf {
        let folder = self.staging.as_ref().map_or(self.root.as_path(), TemporaryFolder::path);
        folder.join(index.to_string())
    }

    fn fails(&self, index: usize) -> impl Fn(io::Error) -> Failure {
        let target = self.target(index);
        move |error| Failure::output(target.display(), &error)
    }

    fn begin(&mut self, index: usize, inputs: &Inputs, settings: &ReadSettings) -> Result<(), Failure> {
        let file = &inputs.files()[index];
        let framing = match file.format() {
            InputFormat::Json if in_array(inputs, index, settings)? => Framing::Array,
            _ => Framing::AsTheyWere { header: inputs.header(index, settings)?.unwrap_or_default() },
        };
        let compression = file.compression().unwrap_or(Compression::None);
        let begun = File::create(self.staged(index))
            .and_then(|file| Encoder::new(file, compression))
            .and_then(|encoder| KeptWriter::new(encoder, framing));
        self.open = Some(begun.map_err(self.fails(index))?);
        Ok(())
    }

    fn push(&mut self, record: &RawRecord<'_>, file: &InputFile) -> Result<(), Failure> {
        let Some(writer) = &mut self.open else { return Ok(()) };
        let pushed = writer.push(record, file);
        pushed.map_err(self.fails(self.done))
    }

    fn end(&mut self, file: &InputFile, whole: bool) -> Result<(), Failure> {
        let index = self.done;
        if let Some(writer) = self.open.take() {
            writer.finish().and_then(Encoder::finish).map_err(self.fails(index))?;
        }
        if whole {
            // As it is, with whatever surrounds its records.
            let source = file.path().unwrap_or(Path::new(""));
            let copied = File::open(source).and_then(|mut from| {
                let mut to = File::create(self.staged(index))?;
                io::copy(&mut from, &mut to)
            });
            copied.map_err(self.fails(index))?;
        } else if file.format() == InputFormat::Text {
            self.without.push(index);
        }
        self.done += 1;
        Ok(())
    }

    /// What would stop half-way is looked for before the first file is put in place.
    fn check_targets(&self) -> Result<(), Failure> {
        match self.targets().find(|target| target.is_dir()) {
            Some(folder) => {
                Err(Failure::Said(format!("{}: is a folder, and a kept file is to go there", folder.display())))
            }
            None => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<(), Failure> {
        for index in 0..self.done {
            let target = self.target(index);
            let placed = if self.without.binary_search(&index).is_ok() {
                // What an earlier run kept of this input is no longer kept.
                match fs::remove_file(&target) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                }
            } else {
                let folder = target.parent().unwrap_or(&self.root);
                fs::create_dir_all(folder).and_then(|()| fs::rename(self.staged(index), &target))
            };
            placed.map_err(self.fails(index))?;
            self.created = false;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.staging.take());
        if self.created {
            // Only where it is empty: then it is as it was, not there.
            let _ = fs::remove_dir(&self.root);
        }
    }
}

/// Refuses to write below `root` through a folder that is a link. A file that is one is replaced and not followed.
fn refuse_links_below(root: &Path, relative: &Path) -> Result<(), Failure> {
    let folders = relative.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders.map(|folder| root.join(folder)).try_for_each(|folder| refuse_links(&folder))
}

/// The path of each input below the folder that was given, or its name where it was given itself.
fn relative_names(root: &Path, files: &[InputFile], paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut names: Vec<PathBuf> = Vec::with_capacity(files.len());
    for file in files {
        let Some(path) = file.path() else {
            return Err(Failure::Said(format!(
                "{}: has no name to be written under in {}; name a file for the kept records instead",
                file.name(),
                root.display()
            )));
        };
        let below =
            paths.iter().filter(|folder| folder.as_path() != path).find_map(|folder| path.strip_prefix(folder).ok());
        names.push(below.map_or_else(|| path.file_name().unwrap_or_default().into(), Path::to_owned));
    }
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&index| (&names[index], index));
    match order.windows(2).find(|pair| names[pair[0]] == names[pair[1]]) {
        Some(pair) => Err(Failure::Said(format!(
            "{} and {} would both be written to {}; deduplicate them into one file instead of a folder",
            files[pair[0]].name(),
            files[pair[1]].name(),
            root.join(&names[pair[0]]).display()
        ))),
        None => Ok(names),
    }
}
