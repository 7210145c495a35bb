//! What can be wrong with an index: where, what was found, what to do.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::read::{ReadError, plain_words};

use super::writer::Added;

/// Why an index could not be opened, read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum IndexError {
    /// There is no index in this folder.
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// There is one already.
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds other things, and no index.
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// It was written in a format that this build does not read.
    Version {
        /// The folder.
        path: PathBuf,
        /// The format found.
        found: u64,
    },
    /// A file is not what was written.
    Damaged {
        /// The file.
        file: String,
        /// What about it: the part, and what is lost with it.
        what: String,
    },
    /// What is asked for does not go with what the index was made with.
    Settings {
        /// The option.
        option: &'static str,
        /// What the index was made with.
        index: String,
        /// What was asked for.
        given: String,
    },
    /// Its tables are in force already.
    Frozen {
        /// The folder.
        path: PathBuf,
    },
    /// Someone else is writing.
    Locked {
        /// Who, as far as is known.
        holder: String,
    },
    /// The operating system refused.
    Io {
        /// The file.
        file: String,
        /// What it said.
        source: io::Error,
    },
    /// A change was made, and it is not certain that it survives a crash.
    Unsynced {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Adding failed after some batches were committed.
    Partly {
        /// What was committed.
        added: Box<Added>,
        /// What failed then.
        cause: Box<IndexError>,
    },
    /// The articles to be added could not be read.
    Read(ReadError),
}

impl IndexError {
    /// A fault in a file.
    pub(super) fn damaged(file: &str, what: impl Into<String>) -> IndexError {
        IndexError::Damaged { file: file.to_owned(), what: what.into() }
    }

    /// What the operating system said of a file.
    pub(super) fn io(file: &str) -> impl Fn(io::Error) -> IndexError + '_ {
        move |source| IndexError::Io { file: file.to_owned(), source }
    }
}

impl From<ReadError> for IndexError {
    fn from(error: ReadError) -> Self {
        IndexError::Read(error)
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::Missing { path } => {
                let path = path.display();
                write!(f, "{path}: no index here; make one with: wirecopy index create {path}")
            }
            IndexError::Exists { path } => {
                let path = path.display();
                write!(f, "{path}: there is an index already; add to it with: wirecopy index add {path} PATH")
            }
            IndexError::NotEmpty { path } => {
                write!(f, "{}: the folder holds other files; name one that is empty or not there yet", path.display())
            }
            IndexError::Version { path, found } => write!(
                f,
                "{}: written in format {found}, and this build reads format {}; make it anew from its articles, which the build \
                 that wrote it gives with: wirecopy index export",
                path.display(),
                super::FORMAT
            ),
            IndexError::Damaged { file, what } => {
                write!(f, "{file}: damaged: {what}; see what is affected with: wirecopy index verify")
            }
            IndexError::Settings { option, index, given } => write!(
                f,
                "--{option}: the index was made with {index}, and {given} was asked for; leave the option out, or make another index"
            ),
            IndexError::Frozen { path } => {
                let path = path.display();
                write!(
                    f,
                    "{path}: its tables hold for all articles that it has; learn them anew with: wirecopy index compact {path} --relearn"
                )
            }
            IndexError::Locked { holder } => {
                write!(f, "the index is being written by {holder}; wait for that to end, or ask to wait with --wait")
            }
            IndexError::Io { file, source } => match source.kind() {
                io::ErrorKind::StorageFull => {
                    write!(
                        f,
                        "{file}: could not be written: the disk is full; the index is as it was after its last batch"
                    )
                }
                io::ErrorKind::NotFound => write!(
                    f,
                    "{file}: a file of the index is missing; fetch the whole folder again, or make the index anew from its articles"
                ),
                _ => write!(f, "{file}: {}", plain_words(source)),
            },
            IndexError::Unsynced { path, source } => write!(
                f,
                "{}: the change is made, but the folder could not be synced ({}), so a power cut may undo it",
                path.display(),
                plain_words(source)
            ),
            IndexError::Partly { added, cause } => {
                let Added { new, revised, batches, .. } = **added;
                write!(
                    f,
                    "{cause}; committed before that, and still there: {new} new, {revised} replaced by a new version (batches: {batches})"
                )
            }
            IndexError::Read(error) => error.fmt(f),
        }
    }
}

impl Error for IndexError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            IndexError::Io { source, .. } | IndexError::Unsynced { source, .. } => Some(source),
            IndexError::Partly { cause, .. } => Some(cause),
            IndexError::Read(error) => Some(error),
            _ => None,
        }
    }
}
