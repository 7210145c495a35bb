//! One input in, its bytes out: opened, decompressed, its byte order mark passed, UTF-16 made UTF-8.
//!
//! Standard input and pipes can be read only once, and wirecopy reads everything twice; so they are copied to an anonymous
//! temporary file first, as they are, compressed or not.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::decode::{self, HEAD_BYTES, Transcoder};
use super::error::in_lower_case;
use super::foreign::{Foreign, is_lfs_pointer};

/// How an input is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, in one member or several.
    Gzip,
    /// Zstandard, in one frame or several.
    Zstd,
}

impl Compression {
    /// What the first bytes say.
    fn of_magic(head: &[u8]) -> Self {
        match head {
            [0x1F, 0x8B, ..] => Compression::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// What to say of an input that has this ending and cannot be read from its first bytes on.
    fn is_none_such(self) -> String {
        let (name, ending) = match self {
            Compression::None | Compression::Gzip => ("gzip", ".gz"),
            Compression::Zstd => ("Zstandard", ".zst"),
        };
        format!(
            "it does not begin as {name} does; fetch it again, or take {ending} off its name if it is not compressed"
        )
    }
}

/// Bytes that can be read only once, kept so that they can be read again.
pub(super) struct Spool(Mutex<Spooled>);

enum Spooled {
    Waiting(Box<dyn Read + Send>),
    Kept(Arc<Mutex<File>>),
}

impl Spool {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Spool(Mutex::new(Spooled::Waiting(source)))
    }

    /// The copy, which the first call makes.
    pub(super) fn open(&self) -> io::Result<SpoolReader> {
        let mut spooled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *spooled {
            Spooled::Kept(file) => Arc::clone(file),
            Spooled::Waiting(source) => {
                let mut file = tempfile::tempfile()?;
                io::copy(source, &mut file)?;
                Arc::new(Mutex::new(file))
            }
        };
        *spooled = Spooled::Kept(Arc::clone(&file));
        Ok(SpoolReader { file, at: 0 })
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spool")
    }
}

/// Reads a spooled input from its start. Several may read at once.
pub(super) struct SpoolReader {
    file: Arc<Mutex<File>>,
    at: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        let count = file.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// What an input is stored in, opened.
pub(super) enum Opened {
    File(File),
    Spool(SpoolReader),
}

impl Opened {
    /// The compression that the first bytes say.
    fn compression_by_magic(&mut self) -> io::Result<Compression> {
        Ok(Compression::of_magic(&self.first_bytes(4)?))
    }

    /// At most `most` of the first bytes, which are read again later.
    fn first_bytes(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.take(most as u64).read_to_end(&mut head)?;
        self.skip(0)?;
        Ok(head)
    }

    /// Passes over bytes as they are stored.
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match self {
            Opened::File(file) => file.seek(SeekFrom::Start(bytes)).map(drop),
            Opened::Spool(reader) => {
                reader.at = bytes;
                Ok(())
            }
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Opened::File(file) => file.read(buffer),
            Opened::Spool(reader) => reader.read(buffer),
        }
    }
}

/// Of a compressed input without a byte, not even those that begin an empty one.
pub(super) const IS_EMPTY: &str = "the file is empty";

/// Why an input ended before its end.
pub(super) struct Trouble {
    /// How many bytes came before, decompressed.
    pub(super) offset: u64,
    pub(super) compressed: bool,
    pub(super) reason: String,
}

/// What a reader and its owner both watch.
#[derive(Default)]
struct Meter {
    bytes: AtomicU64,
    failed: AtomicBool,
}

/// Counts what is read, and remembers whether reading itself failed: decoders report their own errors the same way.
struct Metered {
    inner: Opened,
    meter: Arc<Meter>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        match &read {
            Ok(count) => _ = self.meter.bytes.fetch_add(*count as u64, Ordering::Relaxed),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.meter.failed.store(true, Ordering::Relaxed),
        }
        read
    }
}

/// An input as its records are framed and parsed.
pub(super) struct Stream {
    inner: Head<Box<dyn Read + Send>>,
    meter: Arc<Meter>,
    compression: Compression,
    /// Whether the first bytes are those of the compression. One that they don't look like may still be read: Zstandard may
    /// begin with a frame that is skipped.
    begins_well: bool,
    size_hint: usize,
    /// Where the first byte given lies in the decompressed input: after its byte order mark.
    pub(super) start: u64,
    /// Whether the bytes given are not those of the input, but made from its UTF-16.
    pub(super) transcoded: bool,
    /// What the input is, where its first bytes say that it holds no articles; and those bytes.
    pub(super) foreign: Option<(Foreign, Vec<u8>)>,
}

impl Stream {
    /// Opens an input that holds `stored_bytes`, where that is known. `compression` is `None` where only the first bytes
    /// can tell. Byte order marks and UTF-16 are left as they are where `as_stored` says so.
    pub(super) fn new(
        mut opened: Opened,
        compression: Option<Compression>,
        stored_bytes: Option<u64>,
        as_stored: bool,
    ) -> io::Result<Stream> {
        let by_magic = match compression {
            Some(Compression::None) => Compression::None,
            _ => opened.compression_by_magic()?,
        };
        let mut compression = compression.unwrap_or(by_magic);
        if compression != by_magic && is_lfs_pointer(&opened.first_bytes(HEAD_BYTES)?) {
            compression = Compression::None;
        }
        let plain = compression == Compression::None;
        let meter = Arc::new(Meter::default());
        let reader = decompressed(Metered { inner: opened, meter: Arc::clone(&meter) }, compression)?;
        let size_hint =
            stored_bytes.filter(|_| plain).map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let mut stream = Stream {
            inner: Head::new(reader),
            meter,
            compression,
            begins_well: compression == by_magic,
            // One byte more, so that the end of the input is seen without growing the buffer.
            size_hint: size_hint.saturating_add(1),
            start: 0,
            transcoded: false,
            foreign: None,
        };
        let head = stream.inner.look();
        stream.foreign = Foreign::of(head).map(|foreign| (foreign, head.to_vec()));
        if !as_stored {
            stream.pass_byte_order_mark();
        }
        Ok(stream)
    }

    fn pass_byte_order_mark(&mut self) {
        let order = decode::byte_order(self.inner.look());
        self.inner.at = order.mark_bytes;
        match order.wide {
            None => self.start = order.mark_bytes as u64,
            Some(encoding) => {
                let inner = std::mem::replace(&mut self.inner, Head::new(Box::new(io::empty())));
                self.inner = Head::new(Box::new(Transcoder::new(inner, encoding)));
                self.transcoded = true;
            }
        }
    }

    /// Whether a place in what is given is the same place in what is stored.
    pub(super) fn can_seek(&self) -> bool {
        !self.is_compressed() && !self.transcoded
    }

    /// How many bytes have been read of what is stored.
    pub(super) fn consumed(&self) -> u64 {
        self.meter.bytes.load(Ordering::Relaxed)
    }

    /// Whether a compressed input has no byte at all, not even those that begin an empty one.
    pub(super) fn lacks_everything(&self) -> bool {
        self.is_compressed() && self.consumed() == 0
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.compression != Compression::None
    }

    /// At most this many bytes are worth making room for at once.
    pub(super) fn size_hint(&self) -> usize {
        self.size_hint
    }

    /// Tells damage of a compressed input, which is reported, from a failure to read it, which is an error.
    pub(super) fn trouble(&self, error: io::Error, offset: u64) -> io::Result<Trouble> {
        if !self.is_compressed() || self.meter.failed.load(Ordering::Relaxed) {
            return Err(error);
        }
        let reason = match error.kind() {
            _ if self.lacks_everything() => IS_EMPTY.to_owned(),
            _ if offset == 0 && !self.begins_well => self.compression.is_none_such(),
            io::ErrorKind::UnexpectedEof => "the compressed data end too early".to_owned(),
            _ => in_lower_case(&error.to_string()),
        };
        Ok(Trouble { offset, compressed: true, reason })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

fn decompressed(reader: Metered, compression: Compression) -> io::Result<Box<dyn Read + Send>> {
    /// How much is read of a compressed input at once.
    const PIECE: usize = 128 << 10;
    let buffered = |reader| BufReader::with_capacity(PIECE, reader);
    Ok(match compression {
        Compression::None => Box::new(reader),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(reader))),
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(buffered(reader))?),
    })
}

/// A reader whose first bytes can be looked at before they are read.
struct Head<R> {
    inner: R,
    head: Vec<u8>,
    at: usize,
    /// What went wrong while looking: told when reading gets there.
    pending: Option<io::Error>,
}

impl<R: Read> Head<R> {
    fn new(inner: R) -> Self {
        Head { inner, head: Vec::new(), at: 0, pending: None }
    }

    fn look(&mut self) -> &[u8] {
        if !self.head.is_empty() || self.pending.is_some() {
            return &self.head;
        }
        self.pending = (&mut self.inner).take(HEAD_BYTES as u64).read_to_end(&mut self.head).err();
        &self.head
    }
}

impl<R: Read> Read for Head<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at < self.head.len() {
            let count = buffer.len().min(self.head.len() - self.at);
            buffer[..count].copy_from_slice(&self.head[self.at..self.at + count]);
            self.at += count;
            return Ok(count);
        }
        match self.pending.take() {
            Some(error) => Err(error),
            None => self.inner.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spooled_input_can_be_read_again_and_by_several_at_once() {
        let spool = Spool::new(Box::new(&b"once only"[..]));
        let (mut first, mut second) = (spool.open().unwrap(), spool.open().unwrap());
        let (mut a, mut b) = (String::new(), String::new());
        (&mut first).take(4).read_to_string(&mut a).unwrap();
        second.read_to_string(&mut b).unwrap();
        first.read_to_string(&mut a).unwrap();
        assert_eq!((a.as_str(), b.as_str()), ("once only", "once only"));
    }

    #[test]
    fn an_unnamed_compression_is_told_by_its_first_bytes() {
        let spool = Spool::new(Box::new(io::Cursor::new(zstd::encode_all(&b"\xEF\xBB\xBFtext"[..], 1).unwrap())));
        let opened = Opened::Spool(spool.open().unwrap());
        let mut stream = Stream::new(opened, None, None, false).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), stream.start, stream.can_seek()), ("text", 3, false));
    }

    #[test]
    fn looking_ahead_delays_an_error_until_reading_gets_there() {
        struct Failing(u8);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                buffer[0] = b'a';
                if self.0 > 2 { Err(io::Error::other("broken")) } else { Ok(1) }
            }
        }
        let mut head = Head::new(Failing(0));
        assert_eq!(head.look(), b"aa");
        let mut read = Vec::new();
        assert!(head.read_to_end(&mut read).is_err());
        assert_eq!(read, b"aa");
    }
}
