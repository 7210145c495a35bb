//! Several outputs, written side by side and put in place together at the end, or not at all.
//!
//! Each is written to a hidden file in the folder of its target, or, where nothing can be renamed over it (standard
//! output, a device), to a file without a name that is copied there at the end. All of them are whole before the first
//! is put in place. Names that end in `.gz` or `.zst` are compressed.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use wirecopy::read::Compression;

use super::output::{beside, direct};
use super::temporary::TemporaryFile;
use super::{Failure, standard};

/// The name of standard output in messages.
const STANDARD_OUTPUT: &str = "standard output";

/// An output that is being written.
pub(super) struct Staged {
    place: Place,
    encoder: Encoder,
}

/// An output that is whole, and not yet in place.
pub(super) struct Ready {
    place: Place,
    /// What was written, where it is to be copied.
    spool: Option<File>,
}

/// Where an output goes.
enum Place {
    Stdout,
    /// A device or pipe.
    Direct {
        name: PathBuf,
        file: File,
    },
    /// A file to be renamed.
    File {
        target: PathBuf,
        temporary: TemporaryFile,
    },
}

impl Place {
    fn fails(&self, error: &io::Error) -> Failure {
        match self {
            Place::Stdout => Failure::output(STANDARD_OUTPUT, error),
            Place::Direct { name, .. } => Failure::output(name.display(), error),
            Place::File { target, .. } => Failure::output(target.display(), error),
        }
    }
}

/// How a name says that its content is compressed.
pub(super) fn compression(path: &Path) -> Compression {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if ending.eq_ignore_ascii_case("gz") => Compression::Gzip,
        Some(ending) if ending.eq_ignore_ascii_case("zst") => Compression::Zstd,
        _ => Compression::None,
    }
}

impl Staged {
    /// An output at `path`, or standard output where that is `-`. A file's folder is tried now, before any work.
    pub(super) fn open(path: &Path) -> Result<Staged, Failure> {
        let fails = |error: io::Error| Failure::output(path.display(), &error);
        if path.as_os_str() == "-" {
            let spool = tempfile::tempfile().map_err(|error| Failure::output(STANDARD_OUTPUT, &error))?;
            return Staged::new(Place::Stdout, spool, Compression::None);
        }
        let (file, place) = match direct(path)? {
            Some(file) => (tempfile::tempfile().map_err(fails)?, Place::Direct { name: path.to_owned(), file }),
            None => {
                let temporary = beside(path)?;
                let file = temporary.file().try_clone().map_err(fails)?;
                (file, Place::File { target: path.to_owned(), temporary })
            }
        };
        Staged::new(place, file, compression(path))
    }

    fn new(place: Place, file: File, compression: Compression) -> Result<Staged, Failure> {
        let encoder = Encoder::new(file, compression).map_err(|error| place.fails(&error))?;
        Ok(Staged { place, encoder })
    }

    /// Writes what is still held back. Drops the file where that fails.
    pub(super) fn finish(self) -> Result<Ready, Failure> {
        let finished = self.encoder.finish().and_then(|file| match self.place {
            Place::File { .. } => file.sync_all().map(|()| None),
            Place::Stdout | Place::Direct { .. } => Ok(Some(file)),
        });
        match finished {
            Ok(spool) => Ok(Ready { place: self.place, spool }),
            Err(error) => Err(self.place.fails(&error)),
        }
    }
}

impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.encoder.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.encoder.flush()
    }
}

impl Ready {
    /// Whether it is put in place by copying, which may fail half-way: then nothing else should be in place yet.
    pub(super) fn is_copied(&self) -> bool {
        self.spool.is_some()
    }

    /// Puts it in place.
    pub(super) fn commit(self) -> Result<(), Failure> {
        match self.place {
            Place::File { target, temporary } => {
                temporary.put_in_place(&target).map_err(|error| Failure::output(target.display(), &error))
            }
            Place::Stdout => {
                let copied = standard::output_is_open().and_then(|()| copied(self.spool, &mut io::stdout().lock()));
                copied.map_err(|error| Failure::output(STANDARD_OUTPUT, &error))
            }
            Place::Direct { name, mut file } => {
                copied(self.spool, &mut file).map_err(|error| Failure::output(name.display(), &error))
            }
        }
    }
}

fn copied(spool: Option<File>, out: &mut impl Write) -> io::Result<()> {
    let Some(mut spool) = spool else { return Ok(()) };
    spool.seek(SeekFrom::Start(0))?;
    io::copy(&mut spool, out)?;
    out.flush()
}

/// Compresses what is written to a file, or not.
pub(super) enum Encoder {
    Plain(BufWriter<File>),
    Gzip(BufWriter<GzEncoder<File>>),
    Zstd(BufWriter<zstd::Encoder<'static, File>>),
}

impl Encoder {
    pub(super) fn new(file: File, compression: Compression) -> io::Result<Encoder> {
        const HELD_BYTES: usize = 1 << 16;
        Ok(match compression {
            Compression::None => Encoder::Plain(BufWriter::with_capacity(HELD_BYTES, file)),
            // The header says no name and no time: the same records make the same bytes.
            Compression::Gzip => Encoder::Gzip(BufWriter::with_capacity(
                HELD_BYTES,
                GzEncoder::new(file, flate2::Compression::default()),
            )),
            Compression::Zstd => {
                let encoder = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                Encoder::Zstd(BufWriter::with_capacity(HELD_BYTES, encoder))
            }
        })
    }

    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Encoder::Plain(out) => out,
            Encoder::Gzip(out) => out,
            Encoder::Zstd(out) => out,
        }
    }

    /// Writes what is held back, and the end of the compressed data.
    pub(super) fn finish(self) -> io::Result<File> {
        match self {
            Encoder::Plain(out) => inner(out),
            Encoder::Gzip(out) => inner(out)?.finish(),
            Encoder::Zstd(out) => inner(out)?.finish(),
        }
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
    }
}

/// What fails must not be tried again when the buffer is dropped.
fn inner<W: Write>(out: BufWriter<W>) -> io::Result<W> {
    out.into_inner().map_err(|error| {
        let (error, out) = error.into_parts();
        let _ = out.into_parts();
        error
    })
}
