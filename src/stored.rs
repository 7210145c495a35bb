//! Lists as long as the corpus: in memory, or where memory is limited in a temporary file.
//!
//! A run holds a few such lists: sketches, imprints, outlines, titles. Each is written once from end to end, then read in order or in
//! ranges. [`Memory`] says how much may be held; under a limit the lists go to files that have no name and vanish with the run, and
//! the answer is the same.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

/// How much a run may hold, and where the rest goes.
///
/// ```
/// use wirecopy::stored::Memory;
/// let memory = Memory::limited(400 << 20, std::env::temp_dir());
/// assert_eq!(memory.limit(), Some(400 << 20));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    limited: Option<(u64, PathBuf)>,
}

impl Memory {
    /// As much as it takes.
    pub fn unlimited() -> Memory {
        Memory::default()
    }

    /// About so many bytes, all in all; what is more goes to temporary files in `folder`, which must not itself be held in memory.
    pub fn limited(bytes: u64, folder: PathBuf) -> Memory {
        Memory { limited: Some((bytes, folder)) }
    }

    /// How many bytes; `None` where there is no limit.
    pub fn limit(&self) -> Option<u64> {
        self.limited.as_ref().map(|(bytes, _)| *bytes)
    }

    /// The folder of the temporary files, where there are any.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.limited.as_ref().map(|(_, folder)| folder)
    }

    /// The same, when so many bytes are spoken for.
    #[must_use]
    pub(crate) fn less(&self, bytes: u64) -> Memory {
        let less = |(limit, folder): &(u64, PathBuf)| (limit.saturating_sub(bytes), folder.clone());
        Memory { limited: self.limited.as_ref().map(less) }
    }
}

/// A temporary file that could not be made, written or read.
#[derive(Debug)]
pub struct StoredError {
    /// The folder that it was to be in.
    pub folder: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl fmt::Display for StoredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a temporary file in {}: {}", self.folder.display(), self.source)?;
        if self.source.kind() == io::ErrorKind::StorageFull { write!(f, "; make room") } else { Ok(()) }
    }
}

impl Error for StoredError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// A number that is written as its bytes, the lowest first.
pub(crate) trait Item: Copy + Default {
    /// How many bytes it has.
    const BYTES: usize;
    /// Writes it into as many bytes.
    fn write(self, bytes: &mut [u8]);
    /// Reads it from as many bytes.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! item {
    ($($number:ty),*) => {$(
        impl Item for $number {
            const BYTES: usize = size_of::<$number>();

            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> $number {
                let mut own = [0; size_of::<$number>()];
                own.copy_from_slice(bytes);
                <$number>::from_le_bytes(own)
            }
        }
    )*};
}

item!(u8, u32, u64);

/// So many bytes are written at once, and read ahead where a list is gone through.
const BUFFER_BYTES: usize = if cfg!(test) { 1 << 10 } else { 256 << 10 };

/// So many bytes are fetched together.
pub(crate) const LINE_BYTES: usize = 64;

/// Looks at these items of a long list all at once, so that they are near when they are wanted one after the other: else each would
/// be waited for.
pub(crate) fn fetch<'i, T: Item + Into<u64> + 'i>(items: impl Iterator<Item = &'i T>) {
    std::hint::black_box(items.fold(0, |all: u64, &item| all ^ item.into()));
}

/// A long list.
#[derive(Debug, Default)]
pub(crate) struct Stored<T> {
    file: Option<TemporaryFile>,
    /// How many stand in the file.
    in_file: usize,
    /// Those behind; all where there is no file.
    behind: Vec<T>,
}

impl<T: Item> Stored<T> {
    /// An empty list.
    pub(crate) fn new(memory: &Memory) -> Result<Stored<T>, StoredError> {
        let file = memory.folder().map(TemporaryFile::new).transpose()?;
        Ok(Stored { file, in_file: 0, behind: Vec::new() })
    }

    /// A list in memory.
    pub(crate) fn of(items: Vec<T>) -> Stored<T> {
        Stored { file: None, in_file: 0, behind: items }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.in_file + self.behind.len()
    }

    /// What they take, wherever they are, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        (self.len() * T::BYTES) as u64
    }

    /// Those of these bytes that are in a file.
    pub(crate) fn bytes_in_file(&self) -> u64 {
        (self.in_file * T::BYTES) as u64
    }

    /// All of them, where they are in memory.
    pub(crate) fn in_memory(&self) -> Option<&[T]> {
        self.file.is_none().then_some(&self.behind[..])
    }

    /// Takes them out, where they are in memory.
    pub(crate) fn into_memory(self) -> Result<Vec<T>, Stored<T>> {
        if self.file.is_none() { Ok(self.behind) } else { Err(self) }
    }

    /// Adds these, side by side; returns where the first stands.
    pub(crate) fn extend(&mut self, items: &[T]) -> Result<usize, StoredError> {
        let at = self.len();
        self.behind.extend_from_slice(items);
        if self.file.is_some() && self.behind.len() * T::BYTES >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(at)
    }

    /// Puts these in the place of as many that stand from `at` on.
    pub(crate) fn replace(&mut self, at: usize, items: &[T]) -> Result<(), StoredError> {
        match &self.file {
            Some(file) if at < self.in_file => {
                assert!(at + items.len() <= self.in_file, "what was added side by side is written side by side");
                file.write_at(&to_bytes(items), (at * T::BYTES) as u64)
            }
            _ => {
                let at = at - self.in_file;
                self.behind[at..at + items.len()].copy_from_slice(items);
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> Result<(), StoredError> {
        if let Some(file) = &self.file {
            file.write_at(&to_bytes(&self.behind), (self.in_file * T::BYTES) as u64)?;
            self.in_file += self.behind.len();
            self.behind.clear();
        }
        Ok(())
    }

    /// Reads ranges of it, wherever they are.
    pub(crate) fn reader(&self) -> Reader<'_, T> {
        Reader { stored: self, ahead: 0, bytes: Vec::new(), items: Vec::new(), from: 0 }
    }

    /// The same, soonest where each range stands a little behind the one before.
    pub(crate) fn reader_in_order(&self) -> Reader<'_, T> {
        Reader { ahead: BUFFER_BYTES / T::BYTES, ..self.reader() }
    }
}

/// Reads ranges of a list: see [`Stored::reader`].
pub(crate) struct Reader<'s, T> {
    stored: &'s Stored<T>,
    /// So many are read at the least, if there are any.
    ahead: usize,
    bytes: Vec<u8>,
    /// What was read last, and where the first of it stands.
    items: Vec<T>,
    from: usize,
}

impl<T: Item> Reader<'_, T> {
    /// Those of a range.
    pub(crate) fn get(&mut self, range: Range<usize>) -> Result<&[T], StoredError> {
        let Stored { file, in_file, behind } = self.stored;
        let Some(file) = file.as_ref().filter(|_| range.start < *in_file) else {
            return Ok(&behind[range.start - in_file..range.end - in_file]);
        };
        let held = self.from..self.from + self.items.len();
        if range.start < held.start || range.end > held.end {
            let end = range.end.max(range.start + self.ahead).min(*in_file);
            self.bytes.resize((end - range.start) * T::BYTES, 0);
            file.read_at(&mut self.bytes, (range.start * T::BYTES) as u64)?;
            self.items.clear();
            self.items.extend(self.bytes.chunks_exact(T::BYTES).map(T::read));
            self.items.extend_from_slice(&behind[..range.end.saturating_sub(*in_file)]);
            self.from = range.start;
        }
        Ok(&self.items[range.start - self.from..range.end - self.from])
    }
}

fn to_bytes<T: Item>(items: &[T]) -> Vec<u8> {
    let mut bytes = vec![0; items.len() * T::BYTES];
    bytes.chunks_exact_mut(T::BYTES).zip(items).for_each(|(bytes, item)| item.write(bytes));
    bytes
}

/// A file without a name, which vanishes when it is closed.
#[derive(Debug)]
struct TemporaryFile {
    file: File,
    folder: PathBuf,
}

impl TemporaryFile {
    fn new(folder: &PathBuf) -> Result<TemporaryFile, StoredError> {
        let failed = |source| StoredError { folder: folder.clone(), source };
        Ok(TemporaryFile { file: tempfile::tempfile_in(folder).map_err(failed)?, folder: folder.clone() })
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> Result<(), StoredError> {
        read_at(&self.file, bytes, at).map_err(|source| self.failed(source))
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> Result<(), StoredError> {
        write_at(&self.file, bytes, at).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> StoredError {
        StoredError { folder: self.folder.clone(), source }
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => (bytes, at) = (&mut bytes[read..], at + read as u64),
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => (bytes, at) = (&bytes[written..], at + written as u64),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let memory = Memory::limited(1, "no/such/folder".into());
        assert_eq!(Stored::<u32>::new(&memory).unwrap_err().source.kind(), io::ErrorKind::NotFound);
    }

    proptest! {
        /// Sizes reach beyond the buffer, so that lists stand in the file, behind it, and on both sides.
        #[test]
        fn a_list_in_a_file_is_read_as_one_in_memory(
            sizes in prop::collection::vec(prop_oneof![0usize..90, 100usize..700], 1..20),
            replaced in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            read in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..12),
            // Also across what was added side by side.
            across in prop::collection::vec(any::<[prop::sample::Index; 2]>(), 1..6),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut stored = Stored::<u32>::new(&Memory::limited(1, folder.path().to_owned())).unwrap();
            let mut plain: Vec<u32> = Vec::new();
            let mut ranges = Vec::new();
            for size in sizes {
                let items: Vec<u32> = (0..size as u32).map(|item| item.wrapping_mul(0x9E37_79B9) ^ size as u32).collect();
                let at = stored.extend(&items).unwrap();
                prop_assert_eq!(at, plain.len());
                plain.extend(&items);
                ranges.push(at..plain.len());
            }
            for place in replaced {
                let range = place.get(&ranges).clone();
                let items = vec![7; range.len() / 2];
                stored.replace(range.start, &items).unwrap();
                plain[range.start..range.start + items.len()].copy_from_slice(&items);
            }
            prop_assert_eq!(stored.len(), plain.len());
            let (mut any, mut in_order) = (stored.reader(), stored.reader_in_order());
            for (place, ordered) in read {
                let range = place.get(&ranges).clone();
                let reader = if ordered { &mut in_order } else { &mut any };
                prop_assert_eq!(reader.get(range.clone()).unwrap(), &plain[range]);
            }
            for ends in across {
                let [from, to] = ends.map(|end| end.index(plain.len() + 1));
                let range = from.min(to)..from.max(to);
                prop_assert_eq!(in_order.get(range.clone()).unwrap(), &plain[range]);
            }
        }
    }
}
