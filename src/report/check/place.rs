//! A path as it was given in, the same path as a repository has it out.
//!
//! Code scanning and annotations find a file by its path from the top of the repository, and wirecopy may have been started in a
//! folder below it. Paths are compared as they are written; no file is looked at.

use std::path::{Component, Path, PathBuf};

/// What the library calls standard input, which is no path.
const STANDARD_INPUT: &str = "stdin";

/// The folder that relative paths are given from, and the top of the repository that it is in: both absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The top.
    pub top: PathBuf,
    /// The folder, which is the top or below it.
    pub current: PathBuf,
}

/// The path from the top, with forward slashes; of a file outside the repository the absolute path. Without a base as it is given.
///
/// With the base `/repo`, in `/repo/corpus`, `./a.jsonl` is `corpus/a.jsonl` and `../b.jsonl` is `b.jsonl`.
pub(super) fn from_top(file: &str, base: Option<&Base>) -> String {
    match base.filter(|_| file != STANDARD_INPUT) {
        None => forward(file),
        Some(Base { top, current }) => {
            let whole = without_dots(&current.join(file));
            forward(&whole.strip_prefix(top).unwrap_or(&whole).to_string_lossy())
        }
    }
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

/// With forward slashes. Where the system separates with them, a backslash is a letter of a name.
pub(super) fn forward(file: &str) -> String {
    if cfg!(windows) { file.replace('\\', "/") } else { file.to_owned() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_that_from_the_top_wherever_it_is_given_from() {
        let base = Base { top: "/repo".into(), current: "/repo/corpus/news".into() };
        let paths = [
            ("a.jsonl", "corpus/news/a.jsonl"),
            ("./x/./a.jsonl", "corpus/news/x/a.jsonl"),
            ("../b.jsonl", "corpus/b.jsonl"),
            ("../../../out.jsonl", "/out.jsonl"),
            ("/repo/corpus/c.jsonl", "corpus/c.jsonl"),
            ("/repository/c.jsonl", "/repository/c.jsonl"),
            ("stdin", "stdin"),
            ("a\\b.jsonl", "corpus/news/a\\b.jsonl"),
        ];
        for (given, expected) in paths {
            assert_eq!(from_top(given, Some(&base)), expected);
        }
        assert_eq!(from_top("./a.jsonl", None), "./a.jsonl");
    }
}
