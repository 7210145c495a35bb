//! New inputs and what is known in, findings out.

use super::{Baseline, Checked, Policy};
use crate::index::{Index, IndexError};
use crate::pipeline::Progress;
use crate::read::Inputs;
use crate::settings::Settings;

/// What new articles are checked against.
#[derive(Debug)]
pub enum Known<'k> {
    /// Nothing: only among themselves.
    Nothing,
    /// An index.
    Index(&'k Index),
    /// The inputs behind the first so many.
    InputsFrom(usize),
}

/// Checks the articles of the inputs.
///
/// # Errors
/// Where an input can't be read, or the index not.
pub fn check(
    _inputs: Inputs,
    _known: &Known<'_>,
    _settings: &Settings,
    _policy: &Policy,
    _baseline: &Baseline,
    _today: &str,
    _progress: &dyn Progress,
) -> Result<Checked, IndexError> {
    Err(IndexError::Missing { path: "unfinished".into() })
}
