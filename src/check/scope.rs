//! What a check looked at, and by which rules: what its answer is worth.

use serde::Serialize;

use crate::read::{Inputs, Why};

/// Where the rules of a check come from. A file is named as messages name it; one of a commit as `REF:FILE`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// The configuration; `None` where none is in force.
    pub configuration: Option<String>,
    /// The baseline; `None` where none is in force.
    pub baseline: Option<String>,
    /// The index that the new articles are checked against, if any.
    pub index: Option<String>,
    /// The commit that configuration, ignore files, baseline and index come from, as `REF (FULL NAME)`; `None` where they are what
    /// stands there.
    pub trusted_base: Option<String>,
    /// The commit whose records are not judged, as `REF (FULL NAME)`.
    pub since: Option<String>,
}

/// What a check looked at, and by which rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// How many files were read, those of a `--against` folder included.
    pub files: u64,
    /// Where the rules come from.
    #[serde(flatten)]
    pub origins: Origins,
    /// How many entries the baseline has.
    pub baseline_entries: usize,
    /// The ignore files that were obeyed.
    pub ignore_files: Vec<String>,
    /// The files that were passed over, by why.
    pub passed_over: Vec<SkippedFiles>,
}

/// Files that were passed over for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedFiles {
    /// Why: `hidden`, `ignored`, `excluded`, `readme`, `no-article`, `absent`.
    pub why: &'static str,
    /// How many; a folder that is not looked into counts as one.
    pub files: u64,
    /// The first of them by name.
    pub first: Vec<String>,
}

impl Scope {
    /// The scope of a check that reads these inputs.
    pub(super) fn of(inputs: &Inputs, origins: Origins, baseline_entries: usize) -> Scope {
        let skipped = inputs.passed_over().iter().map(|(&why, passed)| SkippedFiles {
            why: code(why),
            files: passed.files,
            first: passed.first.clone(),
        });
        Scope {
            files: inputs.files().iter().filter(|file| !file.is_stored()).count() as u64,
            origins,
            baseline_entries,
            ignore_files: inputs.ignore_files().to_vec(),
            passed_over: skipped.collect(),
        }
    }
}

fn code(why: Why) -> &'static str {
    match why {
        Why::Hidden => "hidden",
        Why::Ignored => "ignored",
        Why::Excluded => "excluded",
        Why::Readme => "readme",
        Why::NoArticle => "no-article",
        Why::Absent => "absent",
    }
}
