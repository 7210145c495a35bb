//! A commit that is trusted in, the rules of a check as that commit has them out.
//!
//! A pull request can bring along everything that its check goes by: a configuration, an ignore file, a baseline, an index. With
//! `--trust-base` these come from the base, and the change is judged by rules that it did not write.

use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches};
use wirecopy::check::GateChange;
use wirecopy::read::{Guard, Inputs, without_following};
use xxhash_rust::xxh3::xxh3_64;

use super::Failure;
use super::git::{Commit, Repository};
use super::session::temp_dir;
use super::temporary::TemporaryFolder;

const OPTION: &str = "--trust-base";

/// The argument `--trust-base REF`.
pub(super) fn trust_arg(help: &'static str) -> Arg {
    Arg::new("trust-base").long("trust-base").value_name("REF").help(help)
}

/// A commit whose rules hold.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    repository: Repository,
    reference: String,
    object: String,
    /// Where copies are put.
    temporary: PathBuf,
}

/// A file of the rules, by where it comes from.
pub(super) enum Trusted {
    /// It lies outside of the repository, where a change can't reach it.
    Outside,
    /// The commit has none.
    Missing,
    /// The commit has this.
    Held(String),
}

impl Trust {
    /// What the arguments say; `None` where a command trusts what is there.
    pub(super) fn of(matches: &ArgMatches) -> Result<Option<Trust>, Failure> {
        let Some(reference) = matches.try_get_one::<String>("trust-base").ok().flatten() else { return Ok(None) };
        if reference.is_empty() {
            return Err(Failure::Said(format!("{OPTION}: the name of the commit is empty")));
        }
        let repository = Repository::of_working_directory()?.ok_or_else(|| {
            Failure::Said(format!("{OPTION} {reference}: the working directory is not in a git repository"))
        })?;
        let object = repository.commit(OPTION, reference)?;
        Ok(Some(Trust { repository, reference: reference.clone(), object, temporary: temp_dir(matches) }))
    }

    /// The commit as the user named it.
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    /// The full name of the commit.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    /// A path from the top of the repository, no link followed; `None` where it lies outside.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        Some(without_following(path).ok()?.strip_prefix(self.repository.top()).ok()?.to_owned())
    }

    /// Whether a path lies in the repository, and so is taken as the commit has it.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.inside(path).is_some()
    }

    /// Whether the commit has the file at this path, with the bytes that stand there now.
    pub(super) fn has_as_it_is(&self, path: &Path) -> Result<bool, Failure> {
        Ok(!path.is_symlink() && self.holds(path) && path.is_file() && self.change(path, "")?.is_none())
    }

    /// How messages name a file of the commit.
    pub(super) fn name(&self, path: &Path) -> String {
        format!("{}:{}", self.reference, self.inside(path).unwrap_or_else(|| path.to_owned()).display())
    }

    /// The text of a file of the rules.
    pub(super) fn text(&self, path: &Path) -> Result<Trusted, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(Trusted::Outside) };
        match self.repository.file(&self.object, &inside)? {
            None => Ok(Trusted::Missing),
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Trusted::Held(text)),
                Err(_) => Err(Failure::Said(format!("{}: not UTF-8 text", self.name(path)))),
            },
        }
    }

    /// What was changed at this path, a file or folder of the rules, since the commit; `None` where nothing was, or where it lies outside.
    /// `what`: what it is, for people.
    pub(super) fn change(&self, path: &Path, what: &str) -> Result<Option<GateChange>, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(None) };
        let commit = Commit::at(&self.repository, &self.reference, &self.object, std::slice::from_ref(&inside))?;
        let mut was: Vec<(PathBuf, String)> =
            commit.files().map(|(path, object)| (path.to_owned(), object.to_owned())).collect();
        was.sort();
        let tracked = self.repository.tracked()?;
        let mut is = self.repository.files_now(path)?;
        // What lies in a folder and came with no change, such as a lock, is nobody's.
        is.retain(|(file, _)| {
            *file == inside
                || tracked.contains(&self.repository.top().join(file))
                || was.iter().any(|(old, _)| old == file)
        });
        is.sort();
        if was == is {
            return Ok(None);
        }
        let did = match (was.is_empty(), is.is_empty()) {
            (true, _) => "adds",
            (_, true) => "removes",
            _ => "changes",
        };
        let listed: String = is.iter().map(|(path, object)| format!("{}\0{object}\0", path.display())).collect();
        Ok(Some(GateChange {
            file: inside.to_string_lossy().replace('\\', "/"),
            content: format!("{:016x}", xxh3_64(listed.as_bytes())),
            reason: format!(
                "the change {did} {what}; the check goes by {} and not by it, so a person has to accept it",
                self.reference
            ),
        }))
    }

    /// Whether `path` may be used as it stands: it lies outside of the repository, or nothing of it and no link on the way to it is under version
    /// control.
    pub(super) fn is_untouched(&self, path: &Path) -> Result<bool, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(true) };
        let has_link = inside
            .ancestors()
            .filter(|part| !part.as_os_str().is_empty())
            .any(|part| self.repository.top().join(part).is_symlink());
        let real = path.canonicalize().map_err(|error| Failure::input(path, &error))?;
        Ok(!has_link
            && !self.repository.tracked()?.range(real.clone()..).next().is_some_and(|file| file.starts_with(&real)))
    }

    /// A copy of what the commit has at these paths, where they lie in the repository; the others stay as they are.
    pub(super) fn copy(&self, paths: &[PathBuf]) -> Result<TrustedCopy, Failure> {
        let fails = |error| Failure::output(format!("a temporary folder in {}", self.temporary.display()), &error);
        let folder = TemporaryFolder::in_folder(&self.temporary).map_err(fails)?;
        let place = folder.path().canonicalize().map_err(fails)?;
        let inside: Vec<Option<PathBuf>> = paths.iter().map(|path| self.inside(path)).collect();
        let commit = Commit::at(
            &self.repository,
            &self.reference,
            &self.object,
            &inside.iter().flatten().cloned().collect::<Vec<_>>(),
        )?;
        commit.write_to(&place)?;
        let mut copy =
            TrustedCopy { paths: Vec::new(), guard: Guard::default(), commit, place: place.clone(), _folder: folder };
        for (path, inside) in paths.iter().zip(inside) {
            match inside {
                None => copy.paths.push(path.clone()),
                Some(inside) => {
                    let at = if inside.as_os_str().is_empty() { place.clone() } else { place.join(inside) };
                    if !at.exists() {
                        return Err(Failure::Said(format!("{}: there is nothing", self.name(path))));
                    }
                    copy.guard.shown.push((at.clone(), path.to_string_lossy().into_owned()));
                    copy.paths.push(at);
                }
            }
        }
        copy.guard.tracked = copy.commit.files().map(|(file, _)| place.join(file)).collect();
        copy.guard.roots.push(place);
        Ok(copy)
    }
}

/// What a commit has at some paths, to be read.
pub(super) struct TrustedCopy {
    /// Where it is.
    pub(super) paths: Vec<PathBuf>,
    /// What bounds reading it, and how it is named.
    pub(super) guard: Guard,
    commit: Commit,
    place: PathBuf,
    /// There for as long as this lives.
    _folder: TemporaryFolder,
}

impl TrustedCopy {
    /// Refuses inputs that are pointers of Git LFS: what they point to is not in the commit.
    pub(super) fn refuse_pointers(&self, inputs: &Inputs) -> Result<(), Failure> {
        for path in inputs.files().iter().filter_map(|file| file.path()) {
            if let Ok(inside) = path.strip_prefix(&self.place) {
                self.commit.refuse_pointer(path, inside)?;
            }
        }
        Ok(())
    }
}
