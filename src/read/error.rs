//! What can stop reading, and what can be wrong with one record.
//!
//! The two are kept apart on purpose. A [`Fault`] belongs to a record: it is counted and shown and the run goes on, unless
//! the settings are strict. A [`ReadError`] belongs to an input or to the settings: nothing that follows could be trusted.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::stored::StoredError;

use super::skipped::Truncated;

/// The endings that this build reads, as messages list them.
pub(super) const KNOWN_ENDINGS: &str = if cfg!(feature = "parquet") {
    ".txt, .md, .jsonl, .ndjson, .json, .csv, .tsv, each also with .gz or .zst, and .parquet"
} else {
    ".txt, .md, .jsonl, .ndjson, .json, .csv, .tsv, each also with .gz or .zst"
};

/// Why reading stopped.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// No path was given at all.
    NothingGiven,
    /// The path does not exist.
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// A link whose target is not there.
    DanglingLink {
        /// The link as messages name it.
        name: String,
        /// What it points to, as it stands in the link.
        target: PathBuf,
        /// What leaves it out as `--exclude`; `None` where it was named outright, which no glob takes back.
        exclude: Option<String>,
    },
    /// The operating system refused: no permission, a failing disk.
    Io {
        /// The input as messages name it.
        name: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A path inside a repository that leads out of it by a link.
    LeadsOut {
        /// The path as messages name it.
        name: String,
    },
    /// A folder in which no file is one to read.
    NoArticles {
        /// The folder as given.
        path: PathBuf,
        /// How many files were seen in it and passed over.
        passed_over: u64,
        /// Those of them that would be articles but for `include` and `exclude`.
        unwanted: u64,
        /// Those of them that are called `README.md` or `README.txt`.
        readmes: u64,
    },
    /// A file named outright whose ending says nothing about its format.
    UnknownEnding {
        /// The file as given.
        path: PathBuf,
    },
    /// A Parquet file, and a build that cannot read it.
    NeedsParquet {
        /// The file as messages name it.
        name: String,
    },
    /// A Parquet file that could not be read.
    Parquet {
        /// The file as messages name it.
        name: String,
        /// What the decoder said.
        reason: String,
    },
    /// A Parquet file or record batches where raw records were asked for: their rows have no bytes of their own.
    NoRawRecords {
        /// The file as messages name it.
        name: String,
    },
    /// An `include` or `exclude` glob that is none.
    Glob {
        /// The option that gives it: `--include`.
        option: &'static str,
        /// The glob as given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The input is no longer what an earlier pass of this run read.
    Changed {
        /// The input as messages name it.
        name: String,
    },
    /// A bad record, and the settings are strict.
    BadRecord {
        /// The input as messages name it.
        name: String,
        /// Its line, or its row where the format has no lines; the first is 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// An input that ends too early or is corrupt, and the settings are strict.
    Truncated(Truncated),
    /// A temporary file, which is only needed where memory is limited.
    Stored(StoredError),
    /// A limit of memory that is too small for so many articles.
    MemoryLimit {
        /// The limit, in bytes.
        limit: u64,
        /// What they need, about, in bytes.
        needed: u64,
        /// How many they are.
        articles: usize,
    },
    /// It was asked to stop: see [`super::Inputs::until`].
    Stopped,
    /// A field that the settings name and that no record has.
    FieldNowhere {
        /// The option that names it, such as `--text-field`.
        option: &'static str,
        /// The name given.
        field: String,
        /// The most similar of the names in the first record, where one is similar.
        nearest: Option<String>,
        /// The names in the first record.
        seen: Vec<String>,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NothingGiven
            | ReadError::Missing { .. }
            | ReadError::DanglingLink { .. }
            | ReadError::Io { .. }
            | ReadError::LeadsOut { .. }
            | ReadError::NoArticles { .. }
            | ReadError::UnknownEnding { .. }
            | ReadError::Glob { .. } => self.fmt_of_paths(f),
            ReadError::NeedsParquet { name } => {
                write!(
                    f,
                    "{name}: this build cannot read Parquet; build wirecopy with `--features parquet`, or convert the file"
                )
            }
            ReadError::Parquet { name, reason } => {
                write!(f, "{name}: not readable as Parquet: {reason}")
            }
            ReadError::NoRawRecords { name } => {
                write!(
                    f,
                    "{name}: rows of columns cannot be written back as they were; convert them to JSON lines first"
                )
            }
            ReadError::Changed { name } => {
                write!(f, "{name}: changed while it was being read; run again when nothing writes to it")
            }
            ReadError::BadRecord { name, line, fault } => write!(f, "{name}:{line}: {fault}"),
            ReadError::Truncated(truncated) => truncated.fmt(f),
            ReadError::Stored(error) => write!(f, "{error}; name another folder with --temp-dir"),
            ReadError::MemoryLimit { limit, needed, articles } => write!(
                f,
                "--memory-limit {}MiB is too little: {articles} articles need {}MiB, and edges come on top",
                limit.div_ceil(1 << 20),
                needed.div_ceil(1 << 20)
            ),
            ReadError::Stopped => write!(f, "stopped before it was done, as asked"),
            ReadError::FieldNowhere { option, field, nearest, seen } => {
                write!(f, "{option} {field}: no record has a field of this name")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None if seen.is_empty() => Ok(()),
                    None => write!(f, "; the first record has {}", seen.join(", ")),
                }
            }
        }
    }
}

impl ReadError {
    /// What is wrong with the paths that were given, or with what stands there.
    fn fmt_of_paths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NothingGiven => write!(f, "no input given; name files or folders, or - for standard input"),
            ReadError::Missing { path } => write!(f, "{}: no such file or folder", path.display()),
            ReadError::DanglingLink { name, target, exclude } => {
                write!(f, "{name}: a link to {}, which is not there; mend or remove it", target.display())?;
                match exclude {
                    Some(glob) => write!(f, ", or leave it out with --exclude '{glob}'"),
                    None => Ok(()),
                }
            }
            ReadError::Io { name, source } => {
                write!(f, "{name}: {}", plain_words(source))?;
                match source.kind() {
                    io::ErrorKind::PermissionDenied => write!(f, ": make it readable for this user, or leave it out"),
                    _ => Ok(()),
                }
            }
            ReadError::LeadsOut { name } => {
                write!(f, "{name}: leads out of the repository by a link; name what is to be checked by its own path")
            }
            ReadError::NoArticles { path, unwanted: 1.., .. } => {
                write!(f, "{}: --include and --exclude leave no article file in this folder", path.display())
            }
            ReadError::NoArticles { path, readmes: 1.., .. } => {
                let path = path.display();
                write!(f, "{path}: no article file in this folder but a README; name that file to have it read")
            }
            ReadError::NoArticles { path, passed_over, .. } => {
                write!(f, "{}: no article file in this folder", path.display())?;
                if *passed_over > 0 {
                    let files = if *passed_over == 1 { "file was" } else { "files were" };
                    write!(f, " ({passed_over} other {files} passed over)")?;
                }
                write!(f, "; read are {KNOWN_ENDINGS}")
            }
            ReadError::UnknownEnding { path } => {
                write!(
                    f,
                    "{}: the ending does not say the format; name it with --input-format (read by ending are {KNOWN_ENDINGS})",
                    path.display()
                )
            }
            ReadError::Glob { option, glob, reason } => write!(f, "{option}: `{glob}` is not a glob: {reason}"),
            // The caller words all others.
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReadError::Io { source, .. } => Some(source),
            ReadError::Stored(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoredError> for ReadError {
    fn from(error: StoredError) -> ReadError {
        ReadError::Stored(error)
    }
}

/// What is wrong with one record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// None of the names under which the text is looked for is there, or all of them are null; and so with lead and title.
    NoText {
        /// The names that were tried, in order.
        tried: Vec<String>,
    },
    /// The text is there, but is not a string.
    TextIsNot {
        /// The field's name.
        field: String,
        /// What it is: `a number`, `an array`.
        found: &'static str,
    },
    /// Not JSON.
    BrokenJson {
        /// The line of the record, counted from its own first line as 1, where that is not the first.
        line_in_record: u64,
        /// The byte in that line at which reading failed; the first is 1.
        column: u64,
        /// What the parser missed there.
        problem: String,
    },
    /// JSON, but not an object.
    NotAnObject {
        /// What it is instead.
        found: &'static str,
    },
    /// More bytes than the settings allow.
    TooLarge {
        /// The most that the settings allow.
        max_article_bytes: u64,
    },
    /// A quote or object that is open when the input ends.
    NeverClosed {
        /// What was opened: `quote`, `object`.
        what: &'static str,
    },
    /// No text under a known name, and a long one under another: to read the title for it would be to read something else.
    TextElsewhere {
        /// The field that may be the text.
        field: String,
        /// How many words it has, about.
        words: usize,
    },
    /// The id or the text twice: which of the two counts differs from reader to reader.
    RepeatedField {
        /// The field's name.
        field: String,
    },
    /// A header line whose columns are not separated as the format says.
    OtherDelimiter {
        /// What stands there instead: `semicolons between the columns`.
        found: &'static str,
    },
    /// A pointer of Git LFS, which stands for a file that is kept elsewhere.
    LfsPointer,
    /// No text at all: a picture, an archive, an encoding that is not read.
    NotText {
        /// What it is instead.
        found: &'static str,
    },
    /// A quoted field of several lines that goes on behind its closing quote: most likely another quote closed it by chance.
    QuoteInside {
        /// How many lines stand between the two quotes.
        lines: usize,
    },
    /// A row whose fields do not match the header.
    ColumnCount {
        /// How many fields the row has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NoText { tried } => {
                write!(f, "no text field (tried {}), nor a lead or title; name it with --text-field", first_of(tried))
            }
            Fault::TextIsNot { field, found } => {
                write!(f, "`{field}` is {found}, expected a string; name the text field with --text-field")
            }
            Fault::BrokenJson { line_in_record, column, problem } => {
                write!(f, "broken JSON at column {column}")?;
                if *line_in_record > 1 {
                    write!(f, " of the record's line {line_in_record}")?;
                }
                write!(f, ": {problem}")
            }
            Fault::NotAnObject { found } => write!(f, "found {found}, expected a JSON object"),
            Fault::TooLarge { max_article_bytes } => {
                write!(f, "larger than {max_article_bytes} bytes; raise --max-article-bytes if this is one article")
            }
            Fault::NeverClosed { what } => {
                write!(f, "the {what} that opens here is never closed; is the file cut off?")
            }
            Fault::TextElsewhere { field, words } => write!(
                f,
                "no text under a known name, but `{field}` has {words} words; name the field of the text with --text-field"
            ),
            Fault::RepeatedField { field } => {
                write!(f, "`{field}` is there twice, and readers differ in which one counts; keep one of the two")
            }
            Fault::OtherDelimiter { found } => {
                write!(
                    f,
                    "found {found}; save the table as CSV with commas and without a sep= line, or as .tsv with tabs"
                )
            }
            Fault::LfsPointer => {
                write!(f, "a pointer of Git LFS instead of the file itself; fetch the file with `git lfs pull`")
            }
            Fault::NotText { found } => {
                write!(f, "found {found}, expected text; save it as text in UTF-8, or leave it out with --exclude")
            }
            Fault::QuoteInside { lines } => write!(
                f,
                "a quoted field of {lines} lines goes on behind its closing quote; is a quote missing, or one inside not doubled?"
            ),
            Fault::ColumnCount { found, expected } => {
                let fields = if *found == 1 { "field" } else { "fields" };
                write!(f, "found {found} {fields}, the header has {expected}")?;
                match found > expected {
                    true => write!(f, "; put quotes around a field that holds a delimiter"),
                    false => Ok(()),
                }
            }
        }
    }
}

/// The first few of the names that were tried, and how many more there are.
fn first_of(tried: &[String]) -> String {
    /// The names that nearly all data have.
    const SHOWN: usize = 5;
    match tried.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{} and {more} more", tried[..SHOWN].join(", ")),
        _ => tried.join(", "),
    }
}

/// What the operating system said, in lower case and without its number: `permission denied`, not
/// `Permission denied (os error 13)`. An error that comes with words of its own keeps them.
pub fn plain_words(error: &io::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        innermost = source;
    }
    let said = innermost.to_string();
    let said = said.split(" (os error ").next().unwrap_or_default();
    if innermost.get_ref().is_some() {
        return said.to_owned();
    }
    match innermost.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder, expected a file".to_owned(),
        io::ErrorKind::NotADirectory => "a part of this path is a file, expected a folder".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => in_lower_case(said),
    }
}

/// A sentence as it goes on after a colon.
pub(super) fn in_lower_case(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_says_loses_its_number_and_its_capital() {
        // EIO, of a failing disk: a kind without words of our own.
        #[cfg(unix)]
        {
            let error = io::Error::from_raw_os_error(5);
            assert!(error.to_string().contains("(os error 5)"), "{error}");
            let words = plain_words(&error);
            assert!(!words.contains("os error") && words.starts_with(char::is_lowercase), "{words}");
        }
        let source = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = ReadError::Io { name: "news/a.txt".into(), source };
        assert_eq!(error.to_string(), "news/a.txt: permission denied: make it readable for this user, or leave it out");
    }

    #[test]
    fn a_bad_record_says_where_what_and_what_to_do() {
        let fault = Fault::NoText { tried: ["text", "content", "body"].map(String::from).to_vec() };
        let error = ReadError::BadRecord { name: "news.jsonl".into(), line: 17, fault };
        assert_eq!(
            error.to_string(),
            "news.jsonl:17: no text field (tried text, content, body), nor a lead or title; name it with --text-field"
        );
    }

    #[test]
    fn a_misspelled_field_gets_the_nearest_name() {
        let error = ReadError::FieldNowhere {
            option: "--text-field",
            field: "contents".into(),
            nearest: Some("content".into()),
            seen: vec!["id".into(), "content".into()],
        };
        assert_eq!(
            error.to_string(),
            "--text-field contents: no record has a field of this name; did you mean `content`?"
        );
    }

    #[test]
    fn an_empty_folder_is_named_with_what_was_passed_over() {
        let error = ReadError::NoArticles { path: "news".into(), passed_over: 1, unwanted: 0, readmes: 0 };
        assert!(
            error
                .to_string()
                .starts_with("news: no article file in this folder (1 other file was passed over); read are .txt")
        );
        let error = ReadError::NoArticles { path: "news".into(), passed_over: 7, unwanted: 2, readmes: 0 };
        assert_eq!(error.to_string(), "news: --include and --exclude leave no article file in this folder");
        let error = ReadError::NoArticles { path: "news".into(), passed_over: 7, unwanted: 0, readmes: 1 };
        assert!(error.to_string().ends_with("in this folder but a README; name that file to have it read"));
    }
}
