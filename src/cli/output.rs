//! Where results go: standard output, or a file that is written whole or not at all.
//!
//! A file is written beside its target and renamed over it at the end. A full disk, a missing permission or an interrupt
//! leaves the old file as it was.
//!
//! Who checks a folder does not know its links: one that a pull request brings along may lead to any file of the machine. So no
//! output is written through a link; the sentence that refuses it says where the link stands.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use wirecopy::read::{Inputs, plain_words};

use super::temporary::{TemporaryFile, undisturbed};
use super::{Failure, places, standard};

/// An output that is ready to be written.
#[derive(Debug)]
pub(super) enum Output {
    /// Standard output.
    Stdout {
        /// Whether what is written may hold escape sequences.
        color: bool,
    },
    /// A file to be, which is written beside its target.
    File {
        /// The target as given.
        target: PathBuf,
    },
    /// Something that can't be replaced: a device, a pipe.
    Direct {
        /// As given, for messages.
        name: PathBuf,
        /// Open.
        file: File,
    },
}

/// A file that is written whole beside its target, and not yet in place.
pub(super) struct Whole {
    target: PathBuf,
    temporary: TemporaryFile,
}

impl Output {
    /// Standard output where `path` is `None` or `-`. Whether a file can be made in that folder is tried now, before any
    /// work; the file itself is made when it is written, so that an interrupted run leaves nothing behind.
    pub(super) fn open(path: Option<&Path>, color: bool) -> Result<Output, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Output::Stdout { color }) };
        if let Some(file) = direct(path)? {
            return Ok(Output::Direct { name: path.to_owned(), file });
        }
        beside(path)?;
        Ok(Output::File { target: path.to_owned() })
    }

    /// Lets `write` write everything, and puts it in place only if nothing failed.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Output::Stdout { color } => {
                let stdout = io::stdout().lock();
                // On Windows, the former may have to turn escape sequences into calls.
                let written = standard::output_is_open().and_then(|()| match *color {
                    true => buffered(anstream::AutoStream::always(stdout), write),
                    false => buffered(stdout, write),
                });
                written.map_err(|error| self.fails(&error))
            }
            Output::Direct { file, .. } => buffered(file, write).map_err(|error| self.fails(&error)),
            Output::File { target } => Whole::new(target, write)?.put_in_place(),
        }
    }

    /// A problem with this output.
    pub(super) fn fails(&self, error: &io::Error) -> Failure {
        match self {
            Output::Stdout { .. } => Failure::output("standard output", error),
            Output::Direct { name: path, .. } | Output::File { target: path } => Failure::output(path.display(), error),
        }
    }
}

impl Whole {
    fn new(target: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Whole, Failure> {
        let temporary = beside(target)?;
        buffered(temporary.file(), write).map_err(|error| Failure::output(target.display(), &error))?;
        Whole::of(target.to_owned(), temporary)
    }

    /// What was written beside its target.
    pub(super) fn of(target: PathBuf, temporary: TemporaryFile) -> Result<Whole, Failure> {
        temporary.file().sync_all().map_err(|error| Failure::output(target.display(), &error))?;
        Ok(Whole { target, temporary })
    }

    /// Renames it over its target.
    pub(super) fn put_in_place(self) -> Result<(), Failure> {
        let Whole { target, temporary } = self;
        temporary.put_in_place(&target).map_err(|error| Failure::output(target.display(), &error))
    }
}

/// Files of one run, which take their places together: after a signal all of them are there, or none.
#[derive(Default)]
pub(super) struct Together(Vec<Whole>);

impl Together {
    /// Lets `write` write everything to an output. A file is not in place yet; what goes elsewhere can't be taken back.
    pub(super) fn write(
        &mut self,
        output: &Output,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match output {
            Output::File { target } => {
                self.0.push(Whole::new(target, write)?);
                Ok(())
            }
            Output::Stdout { .. } | Output::Direct { .. } => output.write(write),
        }
    }

    /// Lets `write` write everything for an output, and puts nothing in place. What can't be renamed into its place is returned.
    pub(super) fn stage(
        &mut self,
        output: &Output,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        match output {
            Output::File { .. } => self.write(output, write).map(|()| None),
            Output::Stdout { .. } | Output::Direct { .. } => {
                let mut bytes = Vec::new();
                write(&mut bytes).map_err(|error| Failure::output("a report", &error))?;
                Ok(Some(bytes))
            }
        }
    }

    /// Puts the files in place, unless `last` failed, which was written last. That its reader has enough changes nothing for them.
    pub(super) fn put_in_place(self, last: Result<(), Failure>) -> Result<(), Failure> {
        if let Err(Failure::Said(message)) = last {
            return Err(Failure::Said(message));
        }
        undisturbed(|| self.0.into_iter().try_for_each(Whole::put_in_place))?;
        last
    }
}

fn buffered(out: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    let written = write(&mut out);
    // What fails must not be tried again when the buffer is dropped.
    match written.and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = out.into_parts();
            Err(error)
        }
    }
}

/// Refuses outputs that would be written over one of the inputs, or of what is read `beside` them.
pub(super) fn refuse_overwriting(
    inputs: &Inputs,
    beside: &[PathBuf],
    outputs: &[Option<&Path>],
) -> Result<(), Failure> {
    let outputs: Vec<&Path> = outputs.iter().flatten().copied().filter(|path| path.as_os_str() != "-").collect();
    if outputs.is_empty() {
        return Ok(());
    }
    let read = inputs.files().iter().filter_map(|file| file.path()).chain(beside.iter().map(PathBuf::as_path));
    let (mut places, mut files) = (HashSet::new(), HashSet::new());
    for path in read {
        places.insert(real(path));
        files.extend(file_number(path));
    }
    let is_read = |output: &&Path| {
        places.contains(&real(output)) || file_number(output).is_some_and(|number| files.contains(&number))
    };
    match outputs.into_iter().find(is_read) {
        Some(output) => Err(is_an_input(output)),
        None => Ok(()),
    }
}

/// What tells a regular file from all others, whatever it is called: by another link to it, or in other case.
#[cfg(unix)]
fn file_number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = path.metadata().ok().filter(fs::Metadata::is_file)?;
    Some((found.dev(), found.ino()))
}

/// Not known here; [`real`] tells names in other case apart.
#[cfg(not(unix))]
fn file_number(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Refuses two outputs that are one file; each comes with the option that names it.
pub(super) fn refuse_one_file_twice(outputs: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
    for (at, (name, path)) in outputs.iter().enumerate() {
        let Some(path) = path else { continue };
        let same = |(_, other): &&(&str, Option<&Path>)| other.is_some_and(|other| is_same(path, other));
        if let Some((other, _)) = outputs[at + 1..].iter().find(same) {
            return Err(Failure::Said(format!("{name} and {other} are the same; name two files")));
        }
    }
    Ok(())
}

/// Whether two paths lead to one place.
pub(super) fn is_same(a: &Path, b: &Path) -> bool {
    real(a) == real(b) || file_number(a).is_some_and(|number| file_number(b) == Some(number))
}

/// Why an output is refused that would be written over an input.
pub(super) fn is_an_input(output: &Path) -> Failure {
    Failure::Said(format!("{}: is an input, and is not written over; name another file", output.display()))
}

/// A path by which files can be told apart, also where there is none yet.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name)
        }
        _ => path.to_owned(),
    })
}

/// What an output is written to directly, for it can't be replaced: a device, a pipe, or what the process has open already. `None`:
/// a file, which is there or not.
pub(super) fn direct(path: &Path) -> Result<Option<File>, Failure> {
    let fails = |error: io::Error| Failure::output(path.display(), &error);
    if is_descriptor(path) {
        // A file that the shell opened is gone on with where it ends.
        return File::options().append(true).open(path).map(Some).map_err(fails);
    }
    refuse_links(path)?;
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => {
            Err(Failure::Said(format!("{}: is a folder; name a file to write to", path.display())))
        }
        Ok(found) if !found.is_file() => no_link(File::options().write(true)).open(path).map(Some).map_err(fails),
        _ => Ok(None),
    }
}

/// Opens a file, or a device or pipe, to write at its end; a file is made where there is none. A link is refused, unless the system
/// has given the path (`$GITHUB_STEP_SUMMARY`).
pub(super) fn open_to_append(path: &Path, of_system: bool) -> Result<File, Failure> {
    let mut options = File::options();
    options.append(true).create(true);
    if !of_system {
        refuse_links(path)?;
    }
    if !of_system && !is_descriptor(path) {
        no_link(&mut options);
    }
    options.open(path).map_err(|error| Failure::output(path.display(), &error))
}

/// The same options, by which a link is not opened that has come since it was looked for.
fn no_link(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options
}

/// Whether it is one of the names that the system has for what a process has open. These are links by nature.
fn is_descriptor(path: &Path) -> bool {
    let Some(text) = path.to_str() else { return false };
    let number = text.strip_prefix("/dev/fd/").or_else(|| text.strip_prefix("/proc/self/fd/"));
    matches!(text, "/dev/stdout" | "/dev/stderr")
        || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Refuses an output whose path is a link, or leads through one: of a relative path any part, of an absolute one what is below the
/// repository or the folder that the process was started in, and the file itself.
pub(super) fn refuse_links(path: &Path) -> Result<(), Failure> {
    let Some(link) = link_in(path).filter(|_| !is_descriptor(path)) else { return Ok(()) };
    let (path, is_file) = (path.display(), link == path);
    Err(Failure::Said(match is_file {
        true => format!("{path}: is a link, and no output is written through a link; name what it leads to"),
        false => format!(
            "{path}: {} is a link, and no output is written through a link; name the folder that it leads to",
            link.display()
        ),
    }))
}

/// The first link on the way to a file.
fn link_in(path: &Path) -> Option<PathBuf> {
    // A slash at the end would have the system follow the link.
    let path: PathBuf = path.components().collect();
    let start: Vec<PathBuf> = match path.is_absolute() {
        true => places::start().into_iter().map(|top| top.canonicalize().unwrap_or(top)).collect(),
        false => Vec::new(),
    };
    // An absolute path may lead to the repository through links of the machine, such as a home folder that is one. So a part is where
    // the folder that holds it really stands.
    let is_below_start = |part: &Path| {
        let (Some(folder), Some(name)) = (part.parent(), part.file_name()) else { return false };
        let place = folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name);
        start.iter().any(|top| place != *top && place.starts_with(top))
    };
    let counts = |part: &Path| !path.is_absolute() || part == path || is_below_start(part);
    let mut parts: Vec<&Path> = path.ancestors().filter(|part| counts(part)).collect();
    parts.reverse();
    parts.into_iter().find(|part| part.symlink_metadata().is_ok_and(|found| found.is_symlink())).map(Path::to_owned)
}

/// A new file in the folder of `target`, with the permissions of what is there, or those that any new file has.
pub(super) fn beside(target: &Path) -> Result<TemporaryFile, Failure> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = TemporaryFile::in_folder(folder).map_err(|error| in_folder(folder, &error));
    let made = made.and_then(|made| {
        match target.symlink_metadata() {
            Ok(old) if old.is_file() => made.file().set_permissions(old.permissions())?,
            _ => {}
        }
        Ok(made)
    });
    made.map_err(|error| Failure::output(target.display(), &error))
}

/// What keeps a file from being made in a folder, in terms of the folder: the hidden name that was tried helps nobody.
fn in_folder(folder: &Path, error: &io::Error) -> io::Error {
    let folder = folder.display();
    let what = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no folder {folder}; make it first"),
        io::ErrorKind::NotADirectory => format!("{folder} is no folder"),
        io::ErrorKind::PermissionDenied => format!("no permission to make a file in {folder}"),
        io::ErrorKind::ReadOnlyFilesystem => format!("{folder} is on a disk that can only be read"),
        _ => plain_words(error),
    };
    io::Error::new(error.kind(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").unwrap();
        let output = Output::open(Some(&path), false).unwrap();
        let failed = output.write(|out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::other("the disk is full"))
        });
        let Err(Failure::Said(message)) = failed else { panic!("{failed:?}") };
        assert!(message.ends_with("report.json: could not be written: the disk is full"), "{message}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_output_that_is_never_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let _output = Output::open(Some(&folder.path().join("report.json")), false).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// Once a link was followed and stayed: then a link that a pull request brings along decides which file of the machine is
    /// written over.
    #[cfg(unix)]
    #[test]
    fn a_link_is_refused_and_what_it_leads_to_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let Err(Failure::Said(message)) = Output::open(Some(&link), false) else { panic!("it was opened") };
        assert!(message.ends_with("link: is a link, and no output is written through a link; name what it leads to"));
        open_to_append(&link, false).unwrap_err();
        std::fs::remove_file(&real).unwrap();
        Output::open(Some(&link), false).unwrap_err();
        open_to_append(&link, false).unwrap_err();
        assert!(!real.exists(), "a link that leads nowhere makes no file");
        open_to_append(&link, true).unwrap();
        assert!(real.exists(), "what the system names may be a link");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        Output::open(Some(&path), false).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn only_the_names_of_open_files_are_links_by_nature() {
        let are = ["/dev/stdout", "/dev/stderr", "/dev/fd/63", "/proc/self/fd/1"];
        let are_not = ["dev/stdout", "/dev/fd/", "/dev/fd/../x", "/dev/shm/x", "/proc/self/cwd", "/dev/stdout/x"];
        assert!(are.iter().all(|path| is_descriptor(Path::new(path))));
        assert!(!are_not.iter().any(|path| is_descriptor(Path::new(path))));
    }
}
