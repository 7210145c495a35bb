//! A commit that is trusted in, the rules of a check as that commit has them out.
//!
//! A pull request can bring along everything that its check goes by: a configuration, an ignore file, a baseline, an index. With
//! `--trust-base` these come from the base, and the change is judged by rules that it did not write.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches};
use wirecopy::check::GateChange;
use wirecopy::read::{Guard, Inputs, without_following};
use xxhash_rust::xxh3::xxh3_64;

use super::Failure;
use super::git::{Commit, Held, HeldKind, Repository};
use super::session::temp_dir;
use super::temporary::TemporaryFolder;

const OPTION: &str = "--trust-base";

/// The argument `--trust-base REF`.
pub(super) fn trust_arg(help: &'static str) -> Arg {
    Arg::new("trust-base").long("trust-base").value_name("REF").help(help)
}

/// A commit whose rules hold.
#[derive(Debug)]
pub(super) struct Trust {
    repository: Repository,
    reference: String,
    object: String,
    /// Where copies are put.
    temporary: PathBuf,
    /// All that the commit has, and all that is under version control now: asked once.
    tree: OnceCell<BTreeMap<PathBuf, Held>>,
    tracked: OnceCell<BTreeSet<PathBuf>>,
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
        Ok(Some(Trust {
            repository,
            reference: reference.clone(),
            object,
            temporary: temp_dir(matches),
            tree: OnceCell::new(),
            tracked: OnceCell::new(),
        }))
    }

    /// The commit as the user named it.
    pub(super) fn reference(&self) -> &str {
        &self.reference
    }

    /// The full name of the commit.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    fn tree(&self) -> Result<&BTreeMap<PathBuf, Held>, Failure> {
        if self.tree.get().is_none() {
            let _ = self.tree.set(self.repository.tree(&self.object)?);
        }
        Ok(self.tree.get_or_init(BTreeMap::new))
    }

    fn tracked(&self) -> Result<&BTreeSet<PathBuf>, Failure> {
        if self.tracked.get().is_none() {
            let _ = self.tracked.set(self.repository.tracked()?);
        }
        Ok(self.tracked.get_or_init(BTreeSet::new))
    }

    /// A path from the top of the repository, no link followed; `None` where it lies outside.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        Some(without_following(path).ok()?.strip_prefix(self.repository.top()).ok()?.to_owned())
    }

    /// How messages name a file of the commit.
    pub(super) fn name(&self, path: &Path) -> String {
        format!("{}:{}", self.reference, self.inside(path).unwrap_or_else(|| path.to_owned()).display())
    }

    /// The text of a file of the rules.
    pub(super) fn text(&self, path: &Path) -> Result<Trusted, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(Trusted::Outside) };
        let tree = self.tree()?;
        // A folder on the way may be a link as well.
        let on_the_way = inside.ancestors().find_map(|part| tree.get(part).map(|held| (part, held)));
        match on_the_way {
            None => Ok(Trusted::Missing),
            Some((part, held)) if part == inside && held.kind == HeldKind::File => {
                match String::from_utf8(self.repository.bytes(&held.object)?) {
                    Ok(text) => Ok(Trusted::Held(text)),
                    Err(_) => Err(Failure::Said(format!("{}: not UTF-8 text", self.name(path)))),
                }
            }
            Some((part, _)) => Err(Failure::Said(format!(
                "{}:{} is a link or a submodule in that commit; commit the file itself",
                self.reference,
                part.display()
            ))),
        }
    }

    /// Which of these files and folders of the rules differ from the commit, in their order. `what`: what each is, for people. Paths outside of
    /// the repository have no say.
    pub(super) fn changes(&self, paths: &[(PathBuf, &str)]) -> Result<Vec<GateChange>, Failure> {
        let inside: Vec<(PathBuf, &str)> =
            paths.iter().filter_map(|(path, what)| Some((self.inside(path)?, *what))).collect();
        let mut now = Vec::new();
        for (inside, _) in &inside {
            now.push(self.now_at(inside)?);
        }
        let files: Vec<PathBuf> =
            now.iter().flatten().filter(|(_, is_link)| !is_link).map(|(file, _)| file.clone()).collect();
        let absolute: Vec<PathBuf> = files.iter().map(|file| self.repository.top().join(file)).collect();
        let hashes: BTreeMap<PathBuf, String> = files.into_iter().zip(self.repository.hash(&absolute)?).collect();
        let mut changes = Vec::new();
        for ((inside, what), now) in inside.into_iter().zip(now) {
            let mut is = Vec::new();
            for (file, is_link) in now {
                let content = match is_link {
                    true => link_content(&self.repository.top().join(&file))?,
                    false => hashes.get(&file).cloned().unwrap_or_default(),
                };
                is.push((file, content));
            }
            let was = self.then_at(&inside)?;
            changes.extend((was != is).then(|| self.change(&inside, what, &was, &is)));
        }
        Ok(changes)
    }

    fn change(&self, inside: &Path, what: &str, was: &[(PathBuf, String)], is: &[(PathBuf, String)]) -> GateChange {
        let did = match (was.is_empty(), is.is_empty()) {
            (true, _) => "added",
            (_, true) => "removed",
            _ => "edited",
        };
        let reference = &self.reference;
        let listed: String = is.iter().map(|(path, object)| format!("{}\0{object}\0", path.display())).collect();
        GateChange {
            file: inside.to_string_lossy().replace('\\', "/"),
            content: format!("{:016x}", xxh3_64(listed.as_bytes())),
            reason: format!(
                "{what} differs from {reference} ({did}). The check used the version of {reference}, so a person has to accept the change"
            ),
        }
    }

    /// What the commit has at a path, in order: each file with its content.
    fn then_at(&self, inside: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
        let below = self.tree()?.range(inside.to_owned()..).take_while(|(path, _)| path.starts_with(inside));
        let mut files = Vec::new();
        for (path, held) in below {
            let content = match held.kind {
                HeldKind::Link => format!("link to {}", String::from_utf8_lossy(&self.repository.bytes(&held.object)?)),
                HeldKind::File | HeldKind::Submodule => held.object.clone(),
            };
            files.push((path.clone(), content));
        }
        Ok(files)
    }

    /// The files and links at a path now, in order, each with whether it is a link. Of a folder only those that are under version control, or
    /// that the commit has: what else lies there, such as a lock, came with no change.
    fn now_at(&self, inside: &Path) -> Result<Vec<(PathBuf, bool)>, Failure> {
        let (tree, tracked) = (self.tree()?, self.tracked()?);
        let top = self.repository.top();
        let mut candidates: BTreeSet<PathBuf> = BTreeSet::from([inside.to_owned()]);
        candidates.extend(
            tree.range(inside.to_owned()..).map(|(path, _)| path.clone()).take_while(|path| path.starts_with(inside)),
        );
        let below = tracked.range(top.join(inside)..).take_while(|path| path.starts_with(top.join(inside)));
        candidates.extend(below.filter_map(|path| Some(path.strip_prefix(top).ok()?.to_owned())));
        let kind = |path: PathBuf| {
            let found = top.join(&path).symlink_metadata().ok()?;
            (found.is_symlink() || found.is_file()).then_some((path, found.is_symlink()))
        };
        Ok(candidates.into_iter().filter_map(kind).collect())
    }

    /// Which of these files the commit has with the bytes that stand there now.
    pub(super) fn as_they_are(&self, files: &[PathBuf]) -> Result<BTreeSet<PathBuf>, Failure> {
        let tree = self.tree()?;
        let was = |file: &Path| tree.get(&self.inside(file)?).filter(|held| held.kind == HeldKind::File);
        let known: Vec<(PathBuf, &Held)> = files
            .iter()
            .filter(|file| file.symlink_metadata().is_ok_and(|found| found.is_file()))
            .filter_map(|file| Some((without_following(file).ok()?, was(file)?)))
            .collect();
        let hashes = self.repository.hash(&known.iter().map(|(file, _)| file.clone()).collect::<Vec<_>>())?;
        let same = known.into_iter().zip(hashes).filter(|((_, held), hash)| held.object == *hash);
        let same: BTreeSet<PathBuf> = same.map(|((file, _), _)| file).collect();
        Ok(files
            .iter()
            .filter(|file| without_following(file).is_ok_and(|file| same.contains(&file)))
            .cloned()
            .collect())
    }

    /// All files of this name that are under version control, or that the commit has, by their paths.
    pub(super) fn named(&self, name: &str) -> Result<Vec<PathBuf>, Failure> {
        let is_named = |path: &&Path| path.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name));
        let then =
            self.tree()?.keys().map(PathBuf::as_path).filter(is_named).map(|path| self.repository.top().join(path));
        let now = self.tracked()?.iter().map(PathBuf::as_path).filter(is_named).map(Path::to_owned);
        Ok(then.chain(now).collect::<BTreeSet<PathBuf>>().into_iter().collect())
    }

    /// Whether the commit has a submodule at this path.
    pub(super) fn has_submodule(&self, path: &Path) -> Result<bool, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(false) };
        Ok(self.tree()?.get(&inside).is_some_and(|held| held.kind == HeldKind::Submodule))
    }

    /// Whether `path`, an index, may be used as it stands: it lies outside of the repository, or nothing of it is under version control, and
    /// no link and no submodule on the way to it.
    pub(super) fn is_untouched(&self, path: &Path) -> Result<bool, Failure> {
        let Some(inside) = self.inside(path) else { return Ok(true) };
        let Ok(real) = path.canonicalize() else { return Ok(false) };
        let (top, tracked) = (self.repository.top(), self.tracked()?);
        let on_the_way = inside.ancestors().filter(|part| !part.as_os_str().is_empty()).map(|part| top.join(part));
        let is_another = on_the_way.into_iter().any(|part| part.is_symlink() || tracked.contains(&part));
        Ok(!is_another && !tracked.range(real.clone()..).next().is_some_and(|file| file.starts_with(&real)))
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
                        return Err(Failure::Said(format!(
                            "{}: no such file or folder in that commit",
                            self.name(path)
                        )));
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

/// Where a link leads, as the content of a file of the rules.
fn link_content(link: &Path) -> Result<String, Failure> {
    let to = std::fs::read_link(link).map_err(|error| Failure::input(link, &error))?;
    Ok(format!("link to {}", to.display()))
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
