//! Several outputs, written side by side and put in place together at the end, or not at all.
//!
//! Each is written to a hidden file in the folder of its target, or, where nothing can be renamed over it (standard
//! output, a device), to a file without a name that is copied there at the end. All of them are whole before the first
//! is put in place. Names that end in `.gz` or `.zst` are compressed.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use wirecopy::read::Compression;

use super::Failure;
use super::output::{Output, Whole, beside};
use super::temporary::TemporaryFile;

/// An output that is being written.
pub(super) struct Staged {
    output: Output,
    /// Where the output is a file.
    temporary: Option<TemporaryFile>,
    encoder: Encoder,
}

/// An output that is whole, and not yet in place.
pub(super) enum Ready {
    /// What was written, and the output that it is to be copied to.
    Copied(Output, File),
    /// A file to be renamed.
    File(Whole),
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
        let output = Output::open(Some(path), false)?;
        let (temporary, compression) = match &output {
            Output::File { target } => (Some(beside(target)?), compression(path)),
            Output::Direct { .. } => (None, compression(path)),
            Output::Stdout { .. } => (None, Compression::None),
        };
        let file = temporary.as_ref().map_or_else(tempfile::tempfile, |temporary| temporary.file().try_clone());
        let encoder = file.and_then(|file| Encoder::new(file, compression)).map_err(|error| output.fails(&error))?;
        Ok(Staged { output, temporary, encoder })
    }

    /// Writes what is still held back. Drops the file where that fails.
    pub(super) fn finish(self) -> Result<Ready, Failure> {
        let Staged { output, temporary, encoder } = self;
        let file = encoder.finish().map_err(|error| output.fails(&error))?;
        match (output, temporary) {
            (Output::File { target }, Some(temporary)) => Ok(Ready::File(Whole::of(target, temporary)?)),
            (output, _) => Ok(Ready::Copied(output, file)),
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
        matches!(self, Ready::Copied(..))
    }

    /// Puts it in place.
    pub(super) fn commit(self) -> Result<(), Failure> {
        match self {
            Ready::File(whole) => whole.put_in_place(),
            Ready::Copied(output, mut written) => output.write(|out| {
                written.seek(SeekFrom::Start(0))?;
                io::copy(&mut written, out).map(drop)
            }),
        }
    }
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
