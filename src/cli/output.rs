//! Where results go: standard output, or a file that is written whole or not at all.
//!
//! A file is written beside its target and renamed over it at the end. A full disk, a missing permission or an interrupt
//! leaves the old file as it was.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use wirecopy::read::{Inputs, plain_words};

use super::Failure;

/// An output that is ready to be written.
#[derive(Debug)]
pub(super) enum Output {
    /// Standard output.
    Stdout {
        /// Whether what is written may hold escape sequences.
        color: bool,
    },
    /// A file to be, which is written beside its target.
    File {
        /// The target as given, for messages.
        name: PathBuf,
        /// Where it is, links followed.
        target: PathBuf,
    },
    /// Something that can't be replaced: a device, a pipe.
    Direct {
        /// As given, for messages.
        name: PathBuf,
        /// Open.
        file: File,
    },
}

/// A file that is written whole beside its target, and not yet in place.
pub(super) struct Whole {
    name: PathBuf,
    target: PathBuf,
    temporary: NamedTempFile,
}

/// What is to go to an output, whole.
pub(super) enum Ready {
    /// To standard output, a device or a pipe: what goes there can't be taken back.
    Bytes(Vec<u8>),
    /// To a file, which needs only be renamed.
    File(Whole),
}

impl Output {
    /// Standard output where `path` is `None` or `-`. Whether a file can be made in that folder is tried now, before any
    /// work; the file itself is made when it is written, so that an interrupted run leaves nothing behind.
    pub(super) fn open(path: Option<&Path>, color: bool) -> Result<Output, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Output::Stdout { color }) };
        let fails = |error: io::Error| Failure::output(path.display(), &error);
        let name = path.to_owned();
        match path.metadata() {
            Ok(found) if found.is_dir() => {
                Err(Failure::Said(format!("{}: is a folder; name a file to write to", path.display())))
            }
            Ok(found) if !found.is_file() => {
                let file = File::options().write(true).open(path).map_err(fails)?;
                Ok(Output::Direct { name, file })
            }
            Ok(_) => {
                // Through a link, what it leads to is replaced, and the link stays.
                let target = path.canonicalize().map_err(fails)?;
                drop(beside(&target).map_err(fails)?);
                Ok(Output::File { name, target })
            }
            Err(_) => {
                drop(beside(path).map_err(fails)?);
                Ok(Output::File { name, target: path.to_owned() })
            }
        }
    }

    /// Lets `write` write everything, and puts it in place only if nothing failed.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Output::Stdout { color } => {
                let stdout = io::stdout().lock();
                // On Windows, the former may have to turn escape sequences into calls.
                let written = if *color {
                    buffered(anstream::AutoStream::always(stdout), write)
                } else {
                    buffered(stdout, write)
                };
                written.map_err(|error| Failure::output("standard output", &error))
            }
            Output::Direct { name, file } => {
                buffered(file, write).map_err(|error| Failure::output(name.display(), &error))
            }
            Output::File { name, target } => Whole::new(name, target, write)?.put_in_place(),
        }
    }

    /// Lets `write` write everything, and puts nothing in place.
    pub(super) fn stage(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Ready, Failure> {
        match self {
            Output::File { name, target } => Ok(Ready::File(Whole::new(name, target, write)?)),
            Output::Stdout { .. } | Output::Direct { .. } => {
                let mut bytes = Vec::new();
                write(&mut bytes).map_err(|error| Failure::output("a report", &error))?;
                Ok(Ready::Bytes(bytes))
            }
        }
    }
}

impl Whole {
    fn new(name: &Path, target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Whole, Failure> {
        let fails = |error: io::Error| Failure::output(name.display(), &error);
        let temporary = beside(target).map_err(fails)?;
        if let Ok(old) = target.metadata() {
            temporary.as_file().set_permissions(old.permissions()).map_err(fails)?;
        }
        buffered(temporary.as_file(), write).map_err(fails)?;
        temporary.as_file().sync_all().map_err(fails)?;
        Ok(Whole { name: name.to_owned(), target: target.to_owned(), temporary })
    }

    /// Renames it over its target.
    pub(super) fn put_in_place(self) -> Result<(), Failure> {
        let Whole { name, target, temporary } = self;
        temporary.persist(&target).map_err(|error| Failure::output(name.display(), &error.error))?;
        Ok(())
    }
}

fn buffered(out: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let written = write(&mut out);
    // What fails must not be tried again when the buffer is dropped.
    match written.and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = out.into_parts();
            Err(error)
        }
    }
}

/// Refuses outputs that would be written over one of the inputs, or of what is read `beside` them.
pub(super) fn refuse_overwriting(
    inputs: &Inputs,
    beside: &[PathBuf],
    outputs: &[Option<&Path>],
) -> Result<(), Failure> {
    let outputs: Vec<&Path> = outputs.iter().flatten().copied().filter(|path| path.as_os_str() != "-").collect();
    if outputs.is_empty() {
        return Ok(());
    }
    let read = inputs.files().iter().filter_map(|file| file.path()).chain(beside.iter().map(PathBuf::as_path));
    let read: HashSet<PathBuf> = read.map(real).collect();
    match outputs.into_iter().find(|output| read.contains(&real(output))) {
        Some(output) => Err(is_an_input(output)),
        None => Ok(()),
    }
}

/// Why an output is refused that would be written over an input.
pub(super) fn is_an_input(output: &Path) -> Failure {
    Failure::Said(format!("{}: is an input, and is not written over; name another file", output.display()))
}

/// A path by which files can be told apart, also where there is none yet.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name)
        }
        _ => path.to_owned(),
    })
}

/// A new file in the folder of `target`, hidden, so that no later run reads it as an article, and with the permissions
/// that any new file has.
pub(super) fn beside(target: &Path) -> io::Result<NamedTempFile> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wirecopy-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| in_folder(folder, &error))
}

/// What keeps a file from being made in a folder, in terms of the folder: the hidden name that was tried helps nobody.
fn in_folder(folder: &Path, error: &io::Error) -> io::Error {
    let folder = folder.display();
    let what = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no folder {folder}; make it first"),
        io::ErrorKind::NotADirectory => format!("{folder} is no folder"),
        io::ErrorKind::PermissionDenied => format!("no permission to make a file in {folder}"),
        io::ErrorKind::ReadOnlyFilesystem => format!("{folder} is on a disk that can only be read"),
        _ => plain_words(error),
    };
    io::Error::new(error.kind(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").unwrap();
        let output = Output::open(Some(&path), false).unwrap();
        let failed = output.write(|out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("the disk is full"))
        });
        let Err(Failure::Said(message)) = failed else { panic!("{failed:?}") };
        assert!(message.ends_with("report.json: could not be written: the disk is full"), "{message}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_output_that_is_never_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let _output = Output::open(Some(&folder.path().join("report.json")), false).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced_with_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        Output::open(Some(&link), false).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
}
