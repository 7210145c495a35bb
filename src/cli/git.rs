//! A commit of a git repository in, the files that it has under some paths out.
//!
//! What is checked may hold anything, also a repository with a configuration of its own that names commands. So git never looks for a
//! repository: ours is the one whose `.git` stands above the working directory, and git is told where that is. A tree that git made can hold no
//! entry of that name. git is asked for names (`ls-tree`, `ls-files`) and contents (`cat-file`) alone; it fetches nothing, runs no hook
//! and no filter, follows no replacement, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};

use wirecopy::read::without_following;

use super::Failure;

/// A pointer is shorter than this, as its specification says.
const LFS_POINTER_BYTES: u64 = 1024;

/// A repository that is asked for what it holds.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    /// Its top folder, without links in it.
    top: PathBuf,
}

impl Repository {
    /// The repository around the working directory, if there is one.
    pub(super) fn of_working_directory() -> Result<Option<Repository>, Failure> {
        Repository::above(Path::new("."))
    }

    /// The repository that these paths lie in: the one around the working directory, or, where the first path is not in it, the one around
    /// that path.
    pub(super) fn around(paths: &[PathBuf]) -> Result<Option<Repository>, Failure> {
        let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
        let of_folder = Repository::of_working_directory()?;
        match of_folder {
            Some(repository) if repository.seems_to_hold(first) => Ok(Some(repository)),
            _ => Repository::above(first),
        }
    }

    fn above(path: &Path) -> Result<Option<Repository>, Failure> {
        let real = path.canonicalize().map_err(|error| Failure::input(path, &error))?;
        let top = real.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
        Ok(top.map(|top| Repository { top: top.to_owned() }))
    }

    /// Its top folder, without links in it.
    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// Whether a path lies in it as it is written, wherever a link on the way leads.
    fn seems_to_hold(&self, path: &Path) -> bool {
        without_following(path).is_ok_and(|path| path.starts_with(&self.top))
    }

    /// The path of something that exists, from the top; `None` where it lies elsewhere.
    pub(super) fn inside(&self, path: &Path) -> Option<PathBuf> {
        Some(path.canonicalize().ok()?.strip_prefix(&self.top).ok()?.to_owned())
    }

    /// The path from the top of a link itself, and not of what it leads to.
    fn place_of_link(&self, link: &Path) -> Option<PathBuf> {
        let folder = link.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(link.file_name()?).strip_prefix(&self.top).ok()?.to_owned())
    }

    /// The full name of the commit that `reference` stands for. `option` names who asks, for messages.
    pub(super) fn commit(&self, option: &str, reference: &str) -> Result<String, Failure> {
        self.refuse_ambiguous(option, reference)?;
        let wanted = format!("{reference}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted].map(OsStr::new);
        let object = self.ask(&verify).map_err(|_| {
            Failure::Said(format!(
                "{option} {reference}: the repository has no such commit; fetch it (in a workflow: fetch-depth: 0), or name another"
            ))
        })?;
        Ok(String::from_utf8_lossy(&object).trim_end().to_owned())
    }

    /// Refuses a name that a branch and a tag have, or a branch here and one of a remote: otherwise, whoever can make a branch could choose
    /// the commit.
    fn refuse_ambiguous(&self, option: &str, reference: &str) -> Result<(), Failure> {
        // What stands behind the name says where to go from there: gitrevisions(7), "Specifying Revisions".
        let name = reference.split(['~', '^', '@', ':']).next().unwrap_or(reference);
        let mut places: Vec<String> = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
            .iter()
            .map(|place| format!("{place}{name}"))
            .collect();
        places.push(format!("refs/remotes/{name}/HEAD"));
        let patterns = places.iter().map(OsStr::new);
        let asked: Vec<&OsStr> =
            ["for-each-ref", "--format=%(refname)", "--"].iter().map(OsStr::new).chain(patterns).collect();
        let said = self.ask(&asked)?;
        let said = String::from_utf8_lossy(&said);
        let is_short_name = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found: Vec<&str> = said.lines().filter(|found| places.iter().any(|place| place == found)).collect();
        match &found[..] {
            [one, other, ..] => Err(Failure::Said(format!(
                "{option} {reference}: {name} may be {one} or {other}; name the one that you mean in full"
            ))),
            [one] if is_short_name => Err(Failure::Said(format!(
                "{option} {reference}: {name} may be {one} or a commit; name the one that you mean in full"
            ))),
            _ => Ok(()),
        }
    }

    /// All files under version control, as the index of git has them, by their real paths.
    pub(super) fn tracked(&self) -> Result<BTreeSet<PathBuf>, Failure> {
        Ok(self.tracked_by_kind()?.into_keys().collect())
    }

    /// The same, each with whether it is a submodule.
    pub(super) fn tracked_by_kind(&self) -> Result<BTreeMap<PathBuf, bool>, Failure> {
        let listed = self.ask(&["ls-files", "-z", "--stage"].map(OsStr::new))?;
        let mut tracked = BTreeMap::new();
        for line in listed.split(|&byte| byte == 0) {
            // `160000 OBJECT STAGE<TAB>PATH`
            if let Some(tab) = line.iter().position(|&byte| byte == b'\t') {
                tracked.insert(self.top.join(path_of(&line[tab + 1..])), line.starts_with(b"160000 "));
            }
        }
        Ok(tracked)
    }

    /// The names that git has for the bytes of these files.
    pub(super) fn hash(&self, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
        let mut objects = Vec::with_capacity(files.len());
        for some in files.chunks(HASHED_AT_ONCE) {
            let asked = ["hash-object", "--no-filters", "--"].iter().map(OsStr::new);
            let said = self.ask(&asked.chain(some.iter().map(|file| file.as_os_str())).collect::<Vec<_>>())?;
            objects.extend(String::from_utf8_lossy(&said).lines().map(str::to_owned));
        }
        Ok(objects)
    }

    /// All files and links of a commit, by their paths from the top.
    pub(super) fn tree(&self, object: &str) -> Result<BTreeMap<PathBuf, Held>, Failure> {
        let mut tree = BTreeMap::new();
        self.list_tree(object, Path::new(""), &mut |path, held| {
            tree.insert(path, held);
        })?;
        Ok(tree)
    }

    /// Lists what a commit has under a path.
    fn list_tree(&self, object: &str, inside: &Path, found: &mut dyn FnMut(PathBuf, Held)) -> Result<(), Failure> {
        let mut arguments: Vec<&OsStr> = ["ls-tree", "-r", "-z", "--full-tree", object].map(OsStr::new).to_vec();
        let name = name_of(inside);
        if !name.is_empty() {
            arguments.extend(["--".as_ref(), name.as_os_str()]);
        }
        let listed = self.ask(&arguments)?;
        for line in listed.split(|&byte| byte == 0).filter(|line| !line.is_empty()) {
            let Some(tab) = line.iter().position(|&byte| byte == b'\t') else { continue };
            let about = String::from_utf8_lossy(&line[..tab]).into_owned();
            let (mut about, path) = (about.split(' '), path_of(&line[tab + 1..]));
            let (mode, _, object) = (about.next(), about.next(), about.next().unwrap_or_default());
            // git itself makes no such name; a tree that was made to have one must not lead out of a folder.
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                let path = path.display();
                return Err(Failure::Said(format!("the commit has a file named {path}, which no file can be named")));
            }
            let kind = match mode {
                Some("160000") => HeldKind::Submodule,
                Some("120000") => HeldKind::Link,
                _ => HeldKind::File,
            };
            found(path, Held { kind, object: object.to_owned() });
        }
        Ok(())
    }

    /// The bytes of an object.
    pub(super) fn bytes(&self, object: &str) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        Contents::open(self)?.copy(object, &mut bytes)?;
        Ok(bytes)
    }

    /// What git says.
    fn ask(&self, arguments: &[&OsStr]) -> Result<Vec<u8>, Failure> {
        let output = self.command().args(arguments).output().map_err(|error| not_run(&error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let asked = arguments.first().map(|word| word.to_string_lossy()).unwrap_or_default();
        Err(Failure::Said(format!("git {asked}: {}", said.trim())))
    }

    /// git at work on this repository and no other, whatever the environment says: a hook runs with variables that name another one.
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for (variable, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            // Where the configuration of the machine and its user is, which nobody brings along.
            if !["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"]
                .iter()
                .any(|kept| variable == *kept)
            {
                command.env_remove(variable);
            }
        }
        for (variable, value) in [
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_ALLOW_PROTOCOL", "none"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ATTR_NOSYSTEM", "1"),
        ] {
            command.env(variable, value);
        }
        let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
        for setting in ["safe.bareRepository=explicit", "core.fsmonitor=false", "core.useReplaceRefs=false"] {
            command.args(["-c", setting]);
        }
        for setting in ["core.hooksPath", "core.attributesFile", "core.excludesFile"] {
            command.args(["-c", &format!("{setting}={nowhere}")]);
        }
        command.arg("--literal-pathspecs").arg("-C").arg(&self.top);
        command.arg("--git-dir").arg(self.top.join(".git")).arg("--work-tree").arg(&self.top);
        command
    }
}

/// This many files are named to git at once.
const HASHED_AT_ONCE: usize = 200;

/// Something that a commit has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) kind: HeldKind,
    /// The name that git has for its bytes.
    pub(super) object: String,
}

/// What a commit has at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldKind {
    File,
    Link,
    Submodule,
}

/// What a commit has under some paths.
#[derive(Debug)]
pub(super) struct Commit {
    repository: Repository,
    /// As the user named it.
    reference: String,
    /// Its full name.
    object: String,
    /// The paths that were asked for, from the top, and what links among their files lead to.
    paths: Vec<PathBuf>,
    files: Vec<Blob>,
    submodules: Vec<PathBuf>,
    /// Links, and where they lead, both from the top.
    links: Vec<(PathBuf, PathBuf)>,
}

/// A file of a commit.
#[derive(Debug)]
struct Blob {
    /// From the top.
    path: PathBuf,
    object: String,
}

impl Commit {
    fn empty(repository: &Repository, reference: &str, object: &str) -> Commit {
        Commit {
            repository: repository.clone(),
            reference: reference.to_owned(),
            object: object.to_owned(),
            paths: Vec::new(),
            files: Vec::new(),
            submodules: Vec::new(),
            links: Vec::new(),
        }
    }

    /// What the commit `object`, which the user names `reference`, has under these paths, which must exist now and lie in the repository.
    pub(super) fn of(
        repository: &Repository,
        reference: &str,
        object: &str,
        paths: &[PathBuf],
    ) -> Result<Commit, Failure> {
        let mut commit = Commit::empty(repository, reference, object);
        let mut links = Vec::new();
        for named in paths {
            let path = named.canonicalize().map_err(|error| Failure::input(named, &error))?;
            let inside = path.strip_prefix(&repository.top).map_err(|_| {
                Failure::Said(format!("{} is not in the repository {}", path.display(), repository.top.display()))
            })?;
            links.extend(commit.list(inside)?);
            // A link that is named outright says by its own ending what it leads to.
            if let (true, Some(link)) = (named.is_symlink(), repository.place_of_link(named)) {
                links.extend(commit.list(&link)?);
            }
        }
        commit.follow(links)?;
        Ok(commit)
    }

    /// What the commit has at these paths from the top, which need not exist now.
    pub(super) fn at(
        repository: &Repository,
        reference: &str,
        object: &str,
        inside: &[PathBuf],
    ) -> Result<Commit, Failure> {
        let mut commit = Commit::empty(repository, reference, object);
        let mut links = Vec::new();
        for path in inside {
            links.extend(commit.list(path)?);
        }
        commit.follow(links)?;
        Ok(commit)
    }

    /// The top of the repository, without links in it.
    pub(super) fn top(&self) -> &Path {
        &self.repository.top
    }

    /// Its full name.
    pub(super) fn object(&self) -> &str {
        &self.object
    }

    /// The files, each from the top with the name of what it holds.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|file| (file.path.as_path(), file.object.as_str()))
    }

    /// Adds what there is under a path, and gives the links among it.
    fn list(&mut self, inside: &Path) -> Result<Vec<Blob>, Failure> {
        if self.paths.iter().any(|path| inside.starts_with(path)) {
            return Ok(Vec::new());
        }
        let known: BTreeSet<PathBuf> = self.files.iter().map(|file| file.path.clone()).collect();
        let mut links = Vec::new();
        let (files, submodules) = (&mut self.files, &mut self.submodules);
        self.repository.list_tree(&self.object, inside, &mut |path, held| match held.kind {
            HeldKind::Submodule => submodules.push(path),
            HeldKind::Link => links.push(Blob { path, object: held.object }),
            HeldKind::File if known.contains(&path) => {}
            HeldKind::File => files.push(Blob { path, object: held.object }),
        })?;
        self.paths.push(inside.to_owned());
        Ok(links)
    }

    /// Adds what links lead to, as far as it is in the repository: the inputs are read through them.
    fn follow(&mut self, mut links: Vec<Blob>) -> Result<(), Failure> {
        if links.is_empty() {
            return Ok(());
        }
        let mut contents = Contents::open(&self.repository)?;
        let mut seen = BTreeSet::new();
        while let Some(link) = links.pop() {
            if !seen.insert(link.path.clone()) {
                continue;
            }
            let mut target = Vec::new();
            contents.copy(&link.object, &mut target)?;
            let Some(target) = inside(link.path.parent().unwrap_or(Path::new("")), &path_of(&target)) else { continue };
            links.extend(self.list(&target)?);
            self.links.push((link.path, target));
        }
        Ok(())
    }

    /// Refuses inputs that stand in a repository of their own inside this one: this one has nothing of them.
    pub(super) fn refuse_submodules<'p>(&self, inputs: impl Iterator<Item = &'p PathBuf>) -> Result<(), Failure> {
        let submodules: Vec<PathBuf> = self.submodules.iter().map(|path| self.top().join(path)).collect();
        for input in inputs {
            if let Some(submodule) = submodules.iter().find(|submodule| input.starts_with(submodule)) {
                return Err(Failure::Said(format!(
                    "{} is in the submodule {}; {} holds no files of it; check it by itself, with a commit of its own",
                    input.display(),
                    submodule.display(),
                    self.reference
                )));
            }
        }
        Ok(())
    }

    /// Refuses a file, written to `place`, that stands for one that git does not hold.
    pub(super) fn refuse_pointer(&self, place: &Path, inside: &Path) -> Result<(), Failure> {
        if !is_lfs_pointer(place).map_err(|error| Failure::input(place, &error))? {
            return Ok(());
        }
        Err(Failure::Said(format!(
            "{}: the commit {} holds a pointer of Git LFS and not the articles; check new ones against an index (--against), or keep \
             articles in git itself",
            inside.display(),
            self.reference
        )))
    }

    /// Writes all files into a folder, under the same paths, and says where the paths are there that were asked for.
    pub(super) fn write_to(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let mut contents = Contents::open(&self.repository)?;
        for blob in &self.files {
            let target = folder.join(&blob.path);
            let fails = |error| Failure::output("a temporary file", &error);
            std::fs::create_dir_all(target.parent().unwrap_or(folder)).map_err(fails)?;
            let mut file = File::create(&target).map_err(fails)?;
            contents.copy(&blob.object, &mut file)?;
        }
        self.link_in(folder).map_err(|error| Failure::output("a temporary file", &error))?;
        Ok(self.paths.iter().map(|path| folder.join(path)).filter(|path| path.exists()).collect())
    }
}

impl Commit {
    /// Makes those links to files again whose files are written: a file may have an ending under the name of a link only. A link is
    /// made last and leads to what is in the folder, so that nothing is written or read through it elsewhere.
    fn link_in(&self, folder: &Path) -> io::Result<()> {
        let mut left: Vec<_> = self.links.iter().map(|(link, to)| (folder.join(link), folder.join(to))).collect();
        loop {
            // One link may lead to another.
            let (ready, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, to)| to.is_file());
            if ready.is_empty() {
                return Ok(());
            }
            for (link, to) in ready.iter().filter(|(link, _)| !link.exists()) {
                std::fs::create_dir_all(link.parent().unwrap_or(folder))?;
                make_link(to, link)?;
            }
            left = later;
        }
    }
}

#[cfg(unix)]
fn make_link(to: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

/// Not everybody may make links there; what the link leads to is read by its own name.
#[cfg(not(unix))]
fn make_link(_to: &Path, _link: &Path) -> io::Result<()> {
    Ok(())
}

fn is_lfs_pointer(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(LFS_POINTER_BYTES).read_to_end(&mut start)?;
    Ok(wirecopy::read::is_lfs_pointer(&start))
}

/// Where a link in `folder` leads, from the root; `None` where that is outside.
fn inside(folder: &Path, target: &Path) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in target.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

/// `git cat-file --batch`: objects by their names, one after the other.
struct Contents {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Contents {
    fn open(repository: &Repository) -> Result<Contents, Failure> {
        let mut command = repository.command();
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_run(&error))?;
        let answers = child.stdout.take().ok_or_else(|| not_run(&io::ErrorKind::BrokenPipe.into()))?;
        Ok(Contents { child, answers: BufReader::new(answers) })
    }

    /// Writes the bytes of an object.
    fn copy(&mut self, object: &str, to: &mut dyn Write) -> Result<(), Failure> {
        let fails = |error: io::Error| Failure::Said(format!("git cat-file {object}: {error}"));
        let asks = self.child.stdin.as_mut().ok_or_else(|| not_run(&io::ErrorKind::BrokenPipe.into()))?;
        writeln!(asks, "{object}").and_then(|()| asks.flush()).map_err(fails)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(fails)?;
        let bytes = answer.trim_end().rsplit_once(' ').and_then(|(_, bytes)| bytes.parse::<u64>().ok());
        let bytes = bytes.ok_or_else(|| {
            Failure::Said(format!(
                "git has no object {object}: {}; fetch it, or name another commit",
                answer.trim_end()
            ))
        })?;
        let copied = io::copy(&mut (&mut self.answers).take(bytes), to).map_err(fails)?;
        let mut end = [0];
        self.answers.read_exact(&mut end).map_err(fails)?;
        if copied == bytes { Ok(()) } else { Err(fails(io::ErrorKind::UnexpectedEof.into())) }
    }
}

impl Drop for Contents {
    fn drop(&mut self) {
        // It may still be writing an object that nobody reads to its end, and would then never end by itself. It only reads, so
        // nothing is lost with it; who is waited for leaves no zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn not_run(error: &io::Error) -> Failure {
    Failure::Said(format!("git could not be run: {error}"))
}

/// A path as git takes it: with forward slashes, whatever the system.
fn name_of(path: &Path) -> OsString {
    if cfg!(windows) { path.to_string_lossy().replace('\\', "/").into() } else { path.into() }
}

/// A path as git writes it.
fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    let name: OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec());
    #[cfg(not(unix))]
    let name = OsString::from(String::from_utf8_lossy(bytes).into_owned());
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// A disk that is full after so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// git waited for somebody to read the rest, and we for git.
    #[test]
    fn an_object_that_is_not_written_to_its_end_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let Ok(_) = Command::new("git").args(["init", "-q"]).arg(folder.path()).output() else {
            eprintln!("skipped: there is no git");
            return;
        };
        let repository = Repository::above(folder.path()).unwrap().unwrap();
        let at = |arguments: &[&str]| repository.command().args(arguments).output();
        // More than a pipe holds, on any system.
        std::fs::write(folder.path().join("large"), b"x".repeat(4 << 20)).unwrap();
        let object = String::from_utf8(at(&["hash-object", "-w", "large"]).unwrap().stdout).unwrap();
        let mut contents = Contents::open(&repository).unwrap();
        let (done, is_done) = mpsc::channel();
        std::thread::spawn(move || {
            let copied = contents.copy(object.trim_end(), &mut Full(1_000));
            drop(contents);
            let _ = done.send(copied.is_err());
        });
        assert_eq!(is_done.recv_timeout(Duration::from_secs(30)), Ok(true), "it ends, and says that it failed");
    }
}
