//! Errors of the library in, Python exceptions out: options by their Python names, rows counted from 0.

use pyo3::prelude::*;
use wirecopy::arrow::StageError;
use wirecopy::index::IndexError;
use wirecopy::read::{Example, ReadError, Reason};
use wirecopy::settings::SettingError;

pyo3::import_exception!(wirecopy._errors, WirecopyError);
pyo3::import_exception!(wirecopy._errors, SettingsError);
pyo3::import_exception!(wirecopy._errors, InputError);
pyo3::import_exception!(wirecopy._errors, CorpusIndexError);

/// Why a call failed.
pub(crate) enum Failure {
    /// A setting.
    Setting(SettingError),
    /// What was to be read.
    Read(ReadError),
    /// An index.
    Index(IndexError),
    /// A stage over batches.
    Stage(StageError),
    /// Anything else, in words.
    Said(String),
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Failure {
        Failure::Setting(error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::Read(error)
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Failure {
        match error {
            IndexError::Read(error) => Failure::Read(error),
            error => Failure::Index(error),
        }
    }
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Failure {
        match error {
            StageError::Read(error) => Failure::Read(error),
            error => Failure::Stage(error),
        }
    }
}

impl From<arrow_schema::ArrowError> for Failure {
    fn from(error: arrow_schema::ArrowError) -> Failure {
        Failure::Stage(StageError::Arrow(error))
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> PyErr {
        match failure {
            Failure::Setting(error) => SettingsError::new_err(in_python(&error.to_string())),
            Failure::Read(ReadError::BadRecord { line, fault, .. }) => at_row(line, &fault.to_string()),
            Failure::Read(error) => InputError::new_err((in_python(&error.to_string()), None::<u64>)),
            Failure::Index(error) => CorpusIndexError::new_err(in_python(&error.to_string())),
            Failure::Stage(error) => InputError::new_err((in_python(&error.to_string()), None::<u64>)),
            Failure::Said(said) => WirecopyError::new_err(said),
        }
    }
}

/// An error about one row. `line` counts from 1.
pub(crate) fn at_row(line: u64, why: &str) -> PyErr {
    let row = line.saturating_sub(1);
    InputError::new_err((format!("row {row}: {}", in_python(why)), Some(row)))
}

/// Where not one row could be read, nothing was looked at.
pub(crate) fn nothing_readable(rows: u64, first: Option<&Example>) -> PyErr {
    let bad = first.filter(|example| matches!(example.reason, Reason::Bad(_)));
    match bad {
        Some(example) => {
            let row = example.line.saturating_sub(1);
            let why = in_python(&example.reason.to_string());
            InputError::new_err((
                format!("none of the {rows} rows could be read as an article; row {row}: {why}"),
                Some(row),
            ))
        }
        None => InputError::new_err((format!("none of the {rows} rows could be read as an article"), None::<u64>)),
    }
}

/// A message with options as Python has them: `--text-field` is `text_field`.
pub(crate) fn in_python(message: &str) -> String {
    let mut parts = message.split("--");
    let mut said = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-').unwrap_or(part.len());
        said.push_str(&part[..end].replace('-', "_"));
        said.push_str(&part[end..]);
    }
    said
}
