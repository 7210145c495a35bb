//! Temporary files and folders, which go however the process ends.
//!
//! What is dropped is removed. SIGINT, SIGTERM, SIGHUP and SIGQUIT remove what is not dropped yet, and then end the process as they
//! would have without us, so that a shell sees the same exit status. So does the end of a process that gets no more memory. SIGKILL and a power cut leave files behind: each is locked for
//! as long as someone writes it, so the next run in the same folder finds it without a lock and removes it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tempfile::{TempDir, TempPath};

/// What the names begin and end with. They are hidden, so that no run reads one as an article.
const PREFIX: &str = ".wirecopy-";
const SUFFIX: &str = ".part";

/// How often a new file is made again because another run took it for one that was left behind.
const TRIES: usize = 16;

/// How often, and how long each time, a process that ends waits for the list of what is to be removed.
const SHORT_WAITS: usize = 20;
const SHORT_WAIT: Duration = Duration::from_millis(10);

/// What is there now, and must go when a signal ends the process.
struct Room {
    paths: BTreeSet<PathBuf>,
    /// Folders whose leftovers were looked for already.
    swept: BTreeSet<PathBuf>,
    /// How many calls of [`undisturbed`] are under way.
    busy: usize,
}

static ROOM: Mutex<Room> = Mutex::new(Room { paths: BTreeSet::new(), swept: BTreeSet::new(), busy: 0 });
static IDLE: Condvar = Condvar::new();

/// The lock is never given back once a signal ends the process: whoever waits for it does nothing more.
fn room() -> MutexGuard<'static, Room> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`, which a signal does not interrupt: files appear and are registered, or several take their places, in one step.
/// `work` must be short, for Ctrl-C waits for it.
pub(super) fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            room().busy -= 1;
            IDLE.notify_all();
        }
    }
    room().busy += 1;
    let _busy = Busy;
    work()
}

/// Returns at once, or never where a signal is ending the process: what fails meanwhile because its files are gone is no error to
/// tell.
pub(super) fn wait_if_ending() {
    drop(room());
}

/// A path that goes when a signal ends the process.
#[derive(Debug)]
struct Registered(PathBuf);

impl Registered {
    fn new(path: &Path) -> Registered {
        room().paths.insert(path.to_owned());
        Registered(path.to_owned())
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        room().paths.remove(&self.0);
    }
}

/// A file that is written beside the place where it is to go.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    // Dropped in this order: the file goes before it is forgotten.
    path: TempPath,
    _registered: Registered,
    /// Open and locked for as long as this lives.
    file: File,
}

impl TemporaryFile {
    /// A new file in this folder, with the permissions that any new file has.
    pub(super) fn in_folder(folder: &Path) -> io::Result<TemporaryFile> {
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        for _ in 0..TRIES {
            let made = undisturbed(|| {
                let (file, path) = builder.tempfile_in(folder)?.into_parts();
                Ok::<_, io::Error>(TemporaryFile { _registered: Registered::new(&path), path, file })
            })?;
            if is_locked(&made.file, &made.path) {
                return Ok(made);
            }
        }
        Err(taken())
    }

    /// What is written to.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Renames it to `target`. What stood there is replaced; of a link, the link itself.
    pub(super) fn put_in_place(self, target: &Path) -> io::Result<()> {
        let TemporaryFile { path, _registered, file } = self;
        let placed = undisturbed(|| path.persist(target).map_err(|error| error.error));
        drop(file);
        placed
    }
}

/// A folder for files that have to have names, which nobody else can look into.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    // Dropped in this order: the folder goes before it is forgotten.
    folder: TempDir,
    _registered: Registered,
    /// Open and locked for as long as this lives.
    _lock: Option<File>,
}

impl TemporaryFolder {
    /// A new folder in this one, of mode 0700.
    pub(super) fn in_folder(folder: &Path) -> io::Result<TemporaryFolder> {
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        for _ in 0..TRIES {
            let (folder, registered) = undisturbed(|| {
                let folder = builder.tempdir_in(folder)?;
                let registered = Registered::new(folder.path());
                Ok::<_, io::Error>((folder, registered))
            })?;
            // Elsewhere a folder can't be opened as a file.
            let lock = match cfg!(unix).then(|| File::open(folder.path())).transpose() {
                // Another run took it for a leftover before it was locked.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                lock => lock?,
            };
            if lock.as_ref().is_none_or(|lock| is_locked(lock, folder.path())) {
                return Ok(TemporaryFolder { folder, _registered: registered, _lock: lock });
            }
        }
        Err(taken())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn taken() -> io::Error {
    io::Error::other("another process removes temporary files as soon as they are made")
}

/// Locks what was just made at `path`. `false` where another run locked or removed it first. Where the file system has no locks,
/// nobody can take it for a leftover, and all is well.
fn is_locked(file: &File, path: &Path) -> bool {
    if !cfg!(unix) {
        return true;
    }
    match file.try_lock() {
        Ok(()) => is_at(file, path),
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => true,
    }
}

/// Whether the open file is the one that stands at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(open), Ok(there)) = (file.metadata(), path.symlink_metadata()) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Removes what runs left in this folder that could not: what has our name and no lock. Looked for once.
fn sweep(folder: &Path) {
    let place = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if !cfg!(unix) || !room().swept.insert(place) {
        return;
    }
    let Ok(entries) = folder.read_dir() else { return };
    entries.flatten().filter(|entry| is_ours(&entry.file_name())).for_each(|entry| remove_leftover(&entry.path()));
}

/// `.wirecopy-`, six letters and digits, `.part`.
fn is_ours(name: &OsStr) -> bool {
    let middle = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX));
    middle.is_some_and(|middle| middle.len() == 6 && middle.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(unix)]
fn remove_leftover(path: &Path) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let is_file = match path.symlink_metadata() {
        Ok(found) if found.is_file() => true,
        Ok(found) if found.is_dir() => false,
        _ => return,
    };
    // Neither a link is followed nor a pipe waited for, should one have taken its place.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let Ok(file) = File::options().read(true).custom_flags(flags as i32).open(path) else { return };
    if file.try_lock().is_ok() && is_at(&file, path) {
        // What can't be removed hurts nobody.
        let _ = if is_file { fs::remove_file(path) } else { fs::remove_dir_all(path) };
    }
}

#[cfg(not(unix))]
fn remove_leftover(_: &Path) {}

/// From now on signals that end the process remove what is here first, and a file that grows beyond what the shell allows
/// (SIGXFSZ, `ulimit -f`) is an error of the write and does not end the process.
#[cfg(unix)]
pub(super) fn watch_signals() {
    use signal_hook::consts::signal::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
    let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
    let ignored = ignored();
    let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].into_iter().filter(move |signal| ignored >> (signal - 1) & 1 == 0);
    let (watches, watched) = std::sync::mpsc::channel::<()>();
    let watch = move || {
        // Without it they end the process as they always do.
        let Ok(mut signals) = signal_hook::iterator::Signals::new(ending) else { return };
        drop(watches);
        let Some(signal) = signals.forever().next() else { return };
        let mut room = room();
        while room.busy > 0 {
            room = IDLE.wait(room).unwrap_or_else(PoisonError::into_inner);
        }
        room.paths.iter().for_each(|path| remove(path));
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    };
    // Only the new thread takes over the signals: where the system makes none, they end the process as they always do.
    if std::thread::Builder::new().spawn(watch).is_ok() {
        // It never sends: it is ready, or has given up, once its end is dropped.
        let _ = watched.recv();
    }
}

#[cfg(not(unix))]
pub(super) fn watch_signals() {}

/// The signals that whoever started us wants to be ignored (`nohup`, a job in the background of a script), a bit each from the lowest
/// on. Only Linux reports them; elsewhere this is 0.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Removes what is there, files first: that asks for no memory where their paths have less than 384 bytes. For a process that ends for
/// want of memory, at any place: where something else holds the list for long, it may be the thread that calls, and nothing is removed.
pub(super) fn remove_all_soon() {
    for waited in 0..=SHORT_WAITS {
        let room = match ROOM.try_lock() {
            Ok(room) => Some(room),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        let Some(room) = room.filter(|room| room.busy == 0 || waited == SHORT_WAITS) else {
            std::thread::sleep(SHORT_WAIT);
            continue;
        };
        for wants_folders in [false, true] {
            room.paths.iter().filter(|path| path.is_dir() == wants_folders).for_each(|path| remove(path));
        }
        // Whoever waits for it does nothing more.
        std::mem::forget(room);
        return;
    }
}

/// Removes a file, or a folder that may be written to at this moment.
fn remove(path: &Path) {
    if !path.is_dir() {
        let _ = fs::remove_file(path);
        return;
    }
    for _ in 0..TRIES {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_dropped_is_gone_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = TemporaryFile::in_folder(folder.path()).unwrap();
        let inner = TemporaryFolder::in_folder(folder.path()).unwrap();
        fs::write(inner.path().join("0"), "x").unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        let registered = || room().paths.iter().filter(|path| path.starts_with(folder.path())).count();
        assert_eq!(registered(), 2);
        drop((file, inner));
        assert_eq!((names(folder.path()).len(), registered()), (0, 0));
    }

    #[test]
    fn nobody_else_can_look_into_a_temporary_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = TemporaryFolder::in_folder(folder.path()).unwrap();
        assert_eq!(inner.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_a_killed_run_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at(".wirecopy-abc123.part"), "left").unwrap();
        fs::create_dir(at(".wirecopy-ABC123.part")).unwrap();
        fs::write(at(".wirecopy-ABC123.part/0"), "left").unwrap();
        let writes = File::create(at(".wirecopy-locked.part")).unwrap();
        writes.lock().unwrap();
        let others = [".wirecopy-abc12.part", ".wirecopy-a_c123.part", "a.part", "wirecopy.part"];
        others.iter().for_each(|name| fs::write(at(name), "of others").unwrap());
        fs::write(at("outside"), "kept").unwrap();
        std::os::unix::fs::symlink(at("outside"), at(".wirecopy-linked.part")).unwrap();
        drop(TemporaryFile::in_folder(folder.path()).unwrap());
        let mut expected = [&others[..], &[".wirecopy-locked.part", ".wirecopy-linked.part", "outside"]].concat();
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected);
    }

    #[test]
    fn of_many_runs_that_sweep_at_once_none_takes_the_file_of_another() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..200 {
                        room().swept.clear();
                        let file = TemporaryFile::in_folder(folder.path()).unwrap();
                        let target = folder.path().join(format!("{:?}-{number}", std::thread::current().id()));
                        file.put_in_place(&target).unwrap();
                    }
                });
            }
        });
        assert_eq!(names(folder.path()).len(), 800);
    }
}
