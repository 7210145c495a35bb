//! A folder in, every file below it out: to be read, or passed over and why.
//!
//! The rules are those of tools that people know: hidden files, and files that a `.gitignore` or `.ignore` inside the folder names, are
//! passed over. Nothing is passed over without a trace, because a gate that looks at less than people think is no gate. Where somebody
//! else filled the folder, a [`Guard`] holds the walk to it: version-controlled files are read even where they are hidden or
//! ignored, and no link leads out.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;

use super::discover::{joined, shown};

/// The folder in which git keeps a repository: never read.
const GIT: &str = ".git";

/// The files that name what is ignored; the first outranks the second, wherever they stand.
const IGNORE_FILES: [&str; 2] = [".ignore", ".gitignore"];

/// What bounds reading where somebody else filled the folders, as in a check of a pull request.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// The files under version control, by their real paths. They are read even where they are hidden or ignored.
    pub tracked: BTreeSet<PathBuf>,
    /// The real folders that a link may lead into. A link may also lead to a tracked file.
    pub roots: Vec<PathBuf>,
    /// The top of the repository, a real path: a path inside it may not lead out of it, nor into `.git`.
    pub top: Option<PathBuf>,
    /// Paths that stand for others, each with the one that messages and ids name in its place: of a copy that was made to be read.
    pub shown: Vec<(PathBuf, String)>,
}

impl Guard {
    /// Whether a link may lead to this real path.
    fn lets_in(&self, real: &Path) -> bool {
        !is_in_git(real) && (self.tracked.contains(real) || self.roots.iter().any(|root| real.starts_with(root)))
    }

    /// Whether a path that was named outright stays where it seems to be. `path` exists.
    pub(super) fn lets_name(&self, path: &Path) -> io::Result<bool> {
        let Some(top) = &self.top else { return Ok(true) };
        let named = without_following(path)?;
        let real = path.canonicalize()?;
        let inside = named.starts_with(top);
        Ok(!inside || real.starts_with(top) && !real.strip_prefix(top).is_ok_and(is_in_git))
    }

    /// How messages name a path.
    pub(super) fn shown(&self, path: &Path) -> String {
        let stands_for = |(place, name): &(PathBuf, String)| Some((path.strip_prefix(place).ok()?, name.clone()));
        match self.shown.iter().find_map(stands_for) {
            Some((below, name)) if below.as_os_str().is_empty() => name,
            Some((below, name)) => joined(&name, &shown(below)),
            None => shown(path),
        }
    }

    fn tracks_below(&self, folder: &Path) -> bool {
        self.tracked.range(folder.to_owned()..).next().is_some_and(|file| file.starts_with(folder))
    }
}

/// A path from the root of the file system as it is written: no link behind the working directory is followed.
///
/// # Errors
/// Where the working directory is gone.
pub fn without_following(path: &Path) -> io::Result<PathBuf> {
    let mut named = Path::new(".").canonicalize()?;
    for part in path.components() {
        match part {
            Component::ParentDir => _ = named.pop(),
            Component::CurDir => {}
            part => named.push(part),
        }
    }
    Ok(named)
}

fn is_in_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(GIT))
}

/// Why a walk does not give a file to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    Hidden,
    Ignored,
    /// A link that leads out of what may be read.
    LeadsOut,
    /// A pipe, a device, a socket.
    Special,
}

/// Something that a walk met.
pub(super) enum Met {
    /// A file to look at.
    File { relative: String, path: PathBuf, metadata: Metadata },
    /// A file, or a whole folder, that is not looked at.
    Skipped { relative: String, path: PathBuf, skip: Skip },
    /// Something that can't be looked at.
    Failed { relative: String, path: PathBuf, error: io::Error },
}

/// What a walk saw beside the files.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Whether there were links, by which a file may be reached twice.
    pub(super) has_links: bool,
    /// The ignore files in force, by their paths below the root.
    pub(super) ignore_files: Vec<String>,
}

/// Walks through a folder, links followed. `ignores`: whether ignore files are obeyed.
pub(super) fn walk(root: &Path, ignores: bool, guard: Option<&Guard>, met: &mut dyn FnMut(Met)) -> Walked {
    let mut walk = Walk { root, ignores, guard, met, linked: HashSet::new(), walked: Walked::default() };
    match root.canonicalize() {
        Ok(real) => walk.folder(root, real, &mut Vec::new(), false),
        Err(error) => (walk.met)(Met::Failed { relative: String::new(), path: root.to_owned(), error }),
    }
    walk.walked
}

struct Walk<'w> {
    root: &'w Path,
    ignores: bool,
    guard: Option<&'w Guard>,
    met: &'w mut dyn FnMut(Met),
    /// Folders that a link led to: once is enough, for a file that is reached twice is read once.
    linked: HashSet<PathBuf>,
    walked: Walked,
}

/// A folder that the walk is in.
struct Level {
    real: PathBuf,
    /// What its ignore files say, in the order of [`IGNORE_FILES`].
    ignores: [Option<Gitignore>; 2],
}

impl Walk<'_> {
    /// `only_tracked`: the folder itself is hidden or ignored, and only tracked files of it are looked at.
    fn folder(&mut self, path: &Path, real: PathBuf, above: &mut Vec<Level>, only_tracked: bool) {
        let entries: Result<Vec<_>, _> = fs::read_dir(path).and_then(Iterator::collect);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.failed(path, error),
        };
        // Which of two links to one folder comes first decides on names.
        entries.sort_by_key(DirEntry::file_name);
        let ignores = IGNORE_FILES.map(|name| self.ignore_file(path, name));
        above.push(Level { real, ignores });
        for entry in entries {
            self.entry(&entry.path(), above, only_tracked);
        }
        above.pop();
    }

    fn ignore_file(&mut self, folder: &Path, name: &str) -> Option<Gitignore> {
        let path = folder.join(name);
        if !self.ignores || !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return None;
        }
        self.walked.ignore_files.push(self.relative(&path));
        // A line that is no glob ignores nothing.
        Some(Gitignore::new(&path).0)
    }

    fn entry(&mut self, path: &Path, above: &mut Vec<Level>, only_tracked: bool) {
        let (Some(name), Some(level)) = (path.file_name(), above.last()) else { return };
        if name.eq_ignore_ascii_case(GIT) {
            return;
        }
        let mut real = level.real.join(name);
        let is_link = match path.symlink_metadata() {
            Ok(found) => found.is_symlink(),
            Err(error) => return self.failed(path, error),
        };
        let metadata = if is_link { path.metadata() } else { path.symlink_metadata() };
        let is_folder = metadata.as_ref().is_ok_and(Metadata::is_dir);
        let why = passed_over(path, name, is_folder, above);
        let is_tracked = |real: &Path| match self.guard {
            Some(guard) if is_folder && !is_link => guard.tracks_below(real),
            Some(guard) => guard.tracked.contains(real),
            None => false,
        };
        let looks_only_for_tracked = only_tracked || why.is_some();
        if looks_only_for_tracked && !is_tracked(&real) {
            return self.skipped(path, why.unwrap_or(Skip::Hidden));
        }
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => return self.failed(path, error),
        };
        if is_link {
            self.walked.has_links = true;
            real = match path.canonicalize() {
                Ok(real) => real,
                Err(error) => return self.failed(path, error),
            };
            if self.guard.is_some_and(|guard| !guard.lets_in(&real)) {
                return self.skipped(path, Skip::LeadsOut);
            }
        }
        if is_folder {
            let was_met =
                is_link && (above.iter().any(|level| level.real == real) || !self.linked.insert(real.clone()));
            if !was_met {
                self.folder(path, real, above, looks_only_for_tracked && !is_link);
            }
        } else if metadata.is_file() {
            let relative = self.relative(path);
            (self.met)(Met::File { relative, path: path.to_owned(), metadata });
        } else {
            self.skipped(path, Skip::Special);
        }
    }

    fn relative(&self, path: &Path) -> String {
        shown(path.strip_prefix(self.root).unwrap_or(path))
    }

    fn skipped(&mut self, path: &Path, skip: Skip) {
        let relative = self.relative(path);
        (self.met)(Met::Skipped { relative, path: path.to_owned(), skip });
    }

    fn failed(&mut self, path: &Path, error: io::Error) {
        let relative = self.relative(path);
        (self.met)(Met::Failed { relative, path: path.to_owned(), error });
    }
}

/// Why an entry would be passed over: an ignore file names it, the nearest one first; or it is hidden, and none of them wants it.
fn passed_over(path: &Path, name: &OsStr, is_folder: bool, above: &[Level]) -> Option<Skip> {
    for kind in 0..IGNORE_FILES.len() {
        for rules in above.iter().rev().filter_map(|level| level.ignores[kind].as_ref()) {
            match rules.matched(path, is_folder) {
                Match::None => {}
                Match::Ignore(_) => return Some(Skip::Ignored),
                Match::Whitelist(_) => return None,
            }
        }
    }
    name.to_string_lossy().starts_with('.').then_some(Skip::Hidden)
}
