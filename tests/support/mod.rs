//! What tests of the binary share: run it, and look at what came out.
#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

pub(crate) mod checked;
pub(crate) mod hostile;
#[cfg(unix)]
pub(crate) mod runner;
pub(crate) mod schema;
pub(crate) mod stories;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The ids of the five seed articles.
pub(crate) const SEEDS: [&str; 5] = [
    "000_f8286b7643dba526",
    "001_144e3ac11ccbbacf",
    "002_e94dbbfd1c763f8c",
    "003_cdbb0bcf241d3574",
    "004_a48b6f3952fc66da",
];

/// What the binary did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().expect("the binary was not killed by a signal"),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    /// Standard output, of a run that had nothing to complain about.
    #[track_caller]
    pub(crate) fn clean(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""));
        self.stdout
    }

    /// Standard error, of a run that exited with 2 and wrote no result.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{}", self.stderr);
        self.stderr
    }
}

/// The binary in the package's folder, without what the environment says of color.
pub(crate) fn wirecopy() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command
}

/// Runs it with these arguments.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(wirecopy().args(arguments).output().expect("the binary starts"))
}

/// Runs it in a folder.
pub(crate) fn run_in<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(wirecopy().current_dir(folder).args(arguments).output().expect("the binary starts"))
}

/// Runs git in a folder, as a user of its own; what it says.
#[track_caller]
pub(crate) fn git<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> String {
    let identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(identity).args(["-c", "init.defaultBranch=main"]).args(arguments);
    let done = command.output().expect("git runs");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Whether a program is here; where it is not, says what is skipped.
#[expect(clippy::print_stderr, reason = "says why a test is skipped")]
pub(crate) fn has_program(name: &str) -> bool {
    let is_here = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_here {
        eprintln!("skipped: {name} is not here");
    }
    is_here
}

/// Runs a command that is ready.
pub(crate) fn run_command(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("the binary starts"))
}

/// Runs it with this on standard input.
pub(crate) fn run_with_input<A: AsRef<OsStr>>(input: &[u8], arguments: impl IntoIterator<Item = A>) -> Ran {
    let mut command = wirecopy();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // It may end without reading all, as some tests want.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the input was written");
    Ran::of(output)
}

/// A folder that vanishes, with these files in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a temporary folder"));
        for (name, content) in files {
            folder.write(name, content);
        }
        folder
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file in a temporary folder");
        path
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file that was written")
    }

    /// What is in it, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).expect("the folder is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("an entry").file_name().into_string().expect("a name in UTF-8")
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        self.0.path()
    }
}
