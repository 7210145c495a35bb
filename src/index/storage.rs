//! Named files of an index: how they are read, written, put in place of one another and taken away.
//!
//! Everything that an index does to its folder goes through [`Storage`], six operations that a test can count, fail or tear.
//! What the index relies on is what file systems promise, and no more: a file's bytes are there after a crash once it was
//! synced, its name once the folder was; a file replaced by another is the one or the other, never a mixture.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

/// A folder of files, as the index sees it.
pub trait Storage: fmt::Debug + Send + Sync {
    /// All bytes of a file. They stay readable and the same for as long as they are held, whatever is done to the name since.
    ///
    /// # Errors
    /// Of kind `NotFound` where there is no such file; where something else has its name, such as a pipe.
    fn read(&self, name: &str) -> io::Result<Bytes>;

    /// A new file to be written; what stood under the name is gone.
    fn create(&self, name: &str) -> io::Result<Box<dyn NewFile>>;

    /// Gives the file `from` the name `to`, in one step, in place of what had it.
    fn replace(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file away.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes sure that names given and taken away so far survive a crash.
    fn sync_names(&self) -> io::Result<()>;

    /// The names of all files, in any order.
    fn names(&self) -> io::Result<Vec<String>>;
}

/// A file that is being written.
pub trait NewFile: Write + Send {
    /// Makes sure that the bytes written so far survive a crash.
    fn sync(&mut self) -> io::Result<()>;
}

/// The bytes of a file that was opened.
#[derive(Debug)]
pub enum Bytes {
    /// Mapped into memory.
    Mapped(Mmap),
    /// Held in memory.
    Held(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Held(bytes) => bytes,
        }
    }
}

/// A folder on disk.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The storage in this folder, which need not exist before something is written.
    pub fn new(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Maps a file into memory.
#[allow(unsafe_code, reason = "a map is what lets readers open gigabytes in milliseconds and share them")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the bytes of a map must not change while it is held. Files of an index are written under a name that no manifest
    // holds yet, synced, and from then on never written to again: they are only unlinked or renamed over, which leaves the bytes
    // of a map as they are. Who writes into them from outside breaks this promise as he breaks the index; reads are checksummed.
    unsafe { Mmap::map(file) }
}

/// Refuses anything but a regular file.
pub(super) fn refuse_all_but_files(found: &fs::Metadata) -> io::Result<()> {
    match found.is_file() {
        true => Ok(()),
        false if found.is_dir() => Err(io::Error::other("is a folder, and not a file of an index")),
        false => Err(io::Error::other("is a pipe or a device, and not a file of an index")),
    }
}

impl Storage for Folder {
    fn read(&self, name: &str) -> io::Result<Bytes> {
        let path = self.path.join(name);
        // Before it is opened: opening a pipe waits for somebody who writes into it.
        refuse_all_but_files(&fs::metadata(&path)?)?;
        let file = File::open(path)?;
        // An empty file can't be mapped everywhere.
        if file.metadata()?.len() == 0 { Ok(Bytes::Held(Vec::new())) } else { Ok(Bytes::Mapped(map(&file)?)) }
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn NewFile>> {
        // Never written into in place: a reader may hold the old one mapped.
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Box::new(File::create_new(self.path.join(name))?))
    }

    fn replace(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    #[cfg(unix)]
    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Elsewhere a folder can't be synced: the file system's journal orders names.
    #[cfg(not(unix))]
    fn sync_names(&self) -> io::Result<()> {
        Ok(())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }
}

impl NewFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}
