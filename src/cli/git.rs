//! A commit of a git repository in, the files that it has under some paths out.
//!
//! git itself is asked: `ls-tree` for names, `cat-file` for contents. Names are bytes and never patterns, the repository, its index
//! and its files stay as they are, and neither hooks nor filters run.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Failure;

/// A pointer is shorter than this, as its specification says.
const LFS_POINTER_BYTES: u64 = 1024;

/// What a commit has under some paths.
#[derive(Debug)]
pub(super) struct Commit {
    reference: String,
    root: PathBuf,
    /// The paths that were asked for, from the root, and what links among their files lead to.
    paths: Vec<PathBuf>,
    files: Vec<Blob>,
    submodules: Vec<PathBuf>,
    /// Links, and where they lead, both from the root.
    links: Vec<(PathBuf, PathBuf)>,
}

/// A file of a commit.
#[derive(Debug)]
struct Blob {
    /// From the root.
    path: PathBuf,
    object: String,
}

impl Commit {
    /// What the commit `reference` has under these paths, which must exist now and lie in one repository.
    pub(super) fn of(reference: &str, paths: &[PathBuf]) -> Result<Commit, Failure> {
        let real = |path: &Path| path.canonicalize().map_err(|error| Failure::input(path, &error));
        let first = real(paths.first().map_or(Path::new("."), PathBuf::as_path))?;
        let start = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(&first) };
        let said = git(start, &["rev-parse".as_ref(), "--show-toplevel".as_ref()])?;
        let root = real(&path_of(said.strip_suffix(b"\n").unwrap_or(&said)))?;
        let wanted = format!("{reference}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted].map(OsStr::new);
        let object = git(&root, &verify).map_err(|_| {
            Failure::Said(format!(
                "--since {reference}: the repository has no such commit; fetch it (in a workflow: fetch-depth: 0), or name another"
            ))
        })?;
        let object = String::from_utf8_lossy(&object).trim_end().to_owned();
        let mut commit = Commit {
            reference: reference.to_owned(),
            root: root.clone(),
            paths: Vec::new(),
            files: Vec::new(),
            submodules: Vec::new(),
            links: Vec::new(),
        };
        let mut links = Vec::new();
        for named in paths {
            let path = real(named)?;
            let inside = path.strip_prefix(&root).map_err(|_| {
                Failure::Said(format!("--since: {} is not in the repository {}", path.display(), root.display()))
            })?;
            links.extend(commit.list(&object, inside)?);
            // A link that is named outright says by its own ending what it leads to.
            if let (true, Some(folder), Some(name)) = (named.is_symlink(), named.parent(), named.file_name()) {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                if let Ok(link) = real(folder)?.join(name).strip_prefix(&root) {
                    links.extend(commit.list(&object, link)?);
                }
            }
        }
        commit.follow(&object, links)?;
        Ok(commit)
    }

    /// The top of the repository, without links in it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Adds what there is under a path, and gives the links among it.
    fn list(&mut self, object: &str, inside: &Path) -> Result<Vec<Blob>, Failure> {
        if self.paths.iter().any(|path| inside.starts_with(path)) {
            return Ok(Vec::new());
        }
        let mut arguments: Vec<&OsStr> = ["ls-tree", "-r", "-z", "--full-tree", object].map(OsStr::new).to_vec();
        let name = name_of(inside);
        if !name.is_empty() {
            arguments.extend(["--".as_ref(), name.as_os_str()]);
        }
        let listed = git(&self.root, &arguments)?;
        let known: BTreeSet<PathBuf> = self.files.iter().map(|file| file.path.clone()).collect();
        let mut links = Vec::new();
        for line in listed.split(|&byte| byte == 0).filter(|line| !line.is_empty()) {
            let Some(tab) = line.iter().position(|&byte| byte == b'\t') else { continue };
            let about = String::from_utf8_lossy(&line[..tab]).into_owned();
            let (mut about, path) = (about.split(' '), path_of(&line[tab + 1..]));
            let (mode, _, object) = (about.next(), about.next(), about.next().unwrap_or_default());
            // git itself makes no such name; a tree that was made to have one must not lead out of a folder.
            if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(Failure::Said(format!(
                    "--since {}: the commit has a file of the name {}, which is none",
                    self.reference,
                    path.display()
                )));
            }
            match mode {
                Some("160000") => self.submodules.push(path),
                Some("120000") => links.push(Blob { path, object: object.to_owned() }),
                _ if known.contains(&path) => {}
                _ => self.files.push(Blob { path, object: object.to_owned() }),
            }
        }
        self.paths.push(inside.to_owned());
        Ok(links)
    }

    /// Adds what links lead to, as far as it is in the repository: the inputs are read through them.
    fn follow(&mut self, object: &str, mut links: Vec<Blob>) -> Result<(), Failure> {
        if links.is_empty() {
            return Ok(());
        }
        let mut contents = Contents::open(&self.root)?;
        let mut seen = BTreeSet::new();
        while let Some(link) = links.pop() {
            if !seen.insert(link.path.clone()) {
                continue;
            }
            let mut target = Vec::new();
            contents.copy(&link.object, &mut target)?;
            let Some(target) = inside(link.path.parent().unwrap_or(Path::new("")), &path_of(&target)) else { continue };
            links.extend(self.list(object, &target)?);
            self.links.push((link.path, target));
        }
        Ok(())
    }

    /// Refuses inputs that stand in a repository of their own inside this one: this one has nothing of them.
    pub(super) fn refuse_submodules<'p>(&self, inputs: impl Iterator<Item = &'p PathBuf>) -> Result<(), Failure> {
        let submodules: Vec<PathBuf> = self.submodules.iter().map(|path| self.root.join(path)).collect();
        for input in inputs {
            if let Some(submodule) = submodules.iter().find(|submodule| input.starts_with(submodule)) {
                return Err(Failure::Said(format!(
                    "--since: {} is in the submodule {}, of which {} has no files; check it by itself, with a commit of its own",
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
            "--since: of {} the commit {} has a pointer of Git LFS and not the articles; hold new ones against an index (--against), \
             or keep articles in git itself",
            inside.display(),
            self.reference
        )))
    }

    /// Writes all files into a folder, under the same paths, and says where the paths are there that were asked for.
    pub(super) fn write_to(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let mut contents = Contents::open(&self.root)?;
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
    fn open(root: &Path) -> Result<Contents, Failure> {
        let mut command = command(root);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| not_run(&error))?;
        let answers = child.stdout.take().ok_or_else(|| not_run(&io::ErrorKind::BrokenPipe.into()))?;
        Ok(Contents { child, answers: BufReader::new(answers) })
    }

    /// Writes the bytes of an object.
    fn copy(&mut self, object: &str, to: &mut dyn Write) -> Result<(), Failure> {
        let fails = |error: io::Error| Failure::Said(format!("--since: git cat-file {object}: {error}"));
        let asks = self.child.stdin.as_mut().ok_or_else(|| not_run(&io::ErrorKind::BrokenPipe.into()))?;
        writeln!(asks, "{object}").and_then(|()| asks.flush()).map_err(fails)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(fails)?;
        let bytes = answer.trim_end().rsplit_once(' ').and_then(|(_, bytes)| bytes.parse::<u64>().ok());
        let bytes = bytes.ok_or_else(|| {
            Failure::Said(format!(
                "--since: git has no object {object}: {}; fetch it, or name another commit",
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

/// What git says.
fn git(folder: &Path, arguments: &[&OsStr]) -> Result<Vec<u8>, Failure> {
    let output = command(folder).args(arguments).output().map_err(|error| not_run(&error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let asked = arguments.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    Err(Failure::Said(format!("--since: git {asked}: {}", said.trim())))
}

/// git in this folder, whatever repository and index an outer git is at work on: a hook runs with variables that say so.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for variable in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
    ] {
        command.env_remove(variable);
    }
    command.arg("--literal-pathspecs").arg("-C").arg(folder);
    command
}

fn not_run(error: &io::Error) -> Failure {
    Failure::Said(format!("--since: git could not be run: {error}"))
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
        let at = |arguments: &[&str]| command(folder.path()).args(arguments).output();
        let Ok(_) = at(&["init", "-q"]) else {
            eprintln!("skipped: there is no git");
            return;
        };
        // More than a pipe holds, on any system.
        std::fs::write(folder.path().join("large"), b"x".repeat(4 << 20)).unwrap();
        let object = String::from_utf8(at(&["hash-object", "-w", "large"]).unwrap().stdout).unwrap();
        let mut contents = Contents::open(folder.path()).unwrap();
        let (done, is_done) = mpsc::channel();
        std::thread::spawn(move || {
            let copied = contents.copy(object.trim_end(), &mut Full(1_000));
            drop(contents);
            let _ = done.send(copied.is_err());
        });
        assert_eq!(is_done.recv_timeout(Duration::from_secs(30)), Ok(true), "it ends, and says that it failed");
    }
}
