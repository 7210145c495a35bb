//! Where the result of a check goes, and as what: several files at once, written whatever became of the check.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use wirecopy::check::Checked;
use wirecopy::index::Index;
use wirecopy::read::{ReadError, discover};
use wirecopy::report::{CheckFormat, CheckOptions, github_summary, write_check};
use wirecopy::settings::{Choice, ReadSettings};

use super::super::Failure;
use super::super::output::{Output, is_an_input, real};
use super::super::session::{self, chosen, many_paths, path, whole_number, width};

/// Where the result goes, and as what.
pub(super) struct Outputs {
    options: CheckOptions,
    to: Vec<Target>,
    summary: Option<PathBuf>,
    /// What kept one of the places from being opened: that is for the others to say.
    trouble: Option<Failure>,
}

/// One of the places where it goes.
struct Target {
    format: CheckFormat,
    /// `None`: standard output.
    path: Option<PathBuf>,
    output: Output,
}

impl Outputs {
    pub(super) fn open(matches: &ArgMatches) -> Result<Outputs, Failure> {
        let color = session::colors(matches, None);
        let (mut to, mut trouble) = (Vec::new(), None);
        let top = whole_number(matches, "top", usize::MAX).unwrap_or_else(|failure| {
            trouble = Some(failure);
            0
        });
        let options = CheckOptions { width: width(None), color, top };
        for (format, path) in formats_and_paths(matches)? {
            let path = Some(path).filter(|path| path.as_os_str() != "-");
            match Output::open(path.as_deref(), path.is_none() && color) {
                Ok(output) => to.push(Target { format, path, output }),
                Err(failure) => trouble = trouble.or(Some(failure)),
            }
        }
        // In a workflow of GitHub, where annotations are asked for, the summary of the job comes with them.
        let of_workflow = || std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from);
        let annotates = to.iter().any(|target| target.format == CheckFormat::Github);
        let summary = path(matches, "summary").map(Path::to_owned).or_else(|| of_workflow().filter(|_| annotates));
        Ok(Outputs { options, to, summary, trouble })
    }

    /// What kept one of the places from being opened, once.
    pub(super) fn trouble(&mut self) -> Result<(), Failure> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    /// All files that are written.
    pub(super) fn paths(&self) -> Vec<Option<&Path>> {
        self.to.iter().map(|target| target.path.as_deref()).chain([self.summary.as_deref()]).collect()
    }

    /// Refuses to write among the files of an index.
    pub(super) fn refuse_index(&self, index: &Path) -> Result<(), Failure> {
        let index = real(index);
        match self.paths().into_iter().flatten().find(|path| real(path).starts_with(&index)) {
            Some(path) => Err(is_an_input(path)),
            None => Ok(()),
        }
    }

    /// The same without files that may be read as articles, or as anything else that the command line names: of a check that failed
    /// before its inputs were known.
    pub(super) fn that_are_no_inputs(mut self, matches: &ArgMatches, settings: &ReadSettings) -> Outputs {
        self.to.retain(|target| target.path.as_deref().is_none_or(|path| !may_be_read(path, matches, settings)));
        self.summary = self.summary.filter(|path| !may_be_read(path, matches, settings));
        self
    }

    /// Writes the result everywhere; where one of the files can't be written, all others are.
    pub(super) fn write(self, checked: &Checked) -> Result<(), Failure> {
        let mut result = Ok(());
        for Target { format, path, output } in self.to {
            let options = CheckOptions { color: self.options.color && path.is_none(), ..self.options };
            let written = match output.write(|out| write_check(checked, format, &options, out)) {
                // Whoever read it has enough, which changes nothing about what was found.
                Err(Failure::ReaderGone) => Ok(()),
                written => written,
            };
            result = result.and(written);
        }
        result.and(self.summary.map_or(Ok(()), |path| append(&path, &github_summary(checked))))
    }

    /// Writes why there is no result. A person at the terminal reads that on standard error.
    pub(super) fn write_failure(mut self, checked: &Checked) -> Result<(), Failure> {
        let watched = std::io::stdout().is_terminal();
        self.to.retain(|target| target.path.is_some() || target.format != CheckFormat::Text || !watched);
        self.write(checked)
    }
}

/// What `--output` and `--format` ask for.
fn formats_and_paths(matches: &ArgMatches) -> Result<Vec<(CheckFormat, PathBuf)>, Failure> {
    let format = chosen(matches, "format", CheckFormat::Text);
    let mut to: Vec<(CheckFormat, PathBuf)> = Vec::new();
    for text in matches.get_many::<String>("output").into_iter().flatten() {
        let named = text.split_once('=').and_then(|(word, path)| Some((CheckFormat::of_word(word)?, path)));
        let (format, path) = named.unwrap_or((format, text.as_str()));
        if path.is_empty() {
            return Err(Failure::Said(format!("--output {text}: a file must be named behind the =")));
        }
        to.push((format, path.into()));
    }
    // A file for other tools takes nothing from the person who watches.
    if to.iter().all(|&(other, _)| other != format) {
        to.push((format, "-".into()));
    }
    for (at, (_, path)) in to.iter().enumerate() {
        if to[at + 1..].iter().any(|(_, other)| other == path) {
            return Err(Failure::Said(format!("--output: {} is named twice; name two files", path.display())));
        }
    }
    Ok(to)
}

fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let fails = |error| Failure::output(path.display(), &error);
    let mut file = std::fs::File::options().append(true).create(true).open(path).map_err(fails)?;
    file.write_all(text.as_bytes()).map_err(fails)
}

/// Whether a file may be one that is read: it is named outright, or stands in a folder that is, and is not known to be passed over
/// there.
fn may_be_read(output: &Path, matches: &ArgMatches, settings: &ReadSettings) -> bool {
    if !output.is_file() {
        return false;
    }
    let output = real(output);
    let named = many_paths(matches, "paths").into_iter().chain(many_paths(matches, "against"));
    let beside = ["baseline", "config"].into_iter().filter_map(|name| path(matches, name).map(Path::to_owned));
    named.chain(beside).any(|path| {
        let place = real(&path);
        if place == output || !place.is_dir() || !output.starts_with(&place) {
            return place == output;
        }
        match discover(std::slice::from_ref(&path), settings) {
            _ if Index::is_at(&path) => true,
            Ok(inputs) => inputs.files().iter().any(|file| file.path().is_some_and(|path| real(path) == output)),
            Err(ReadError::NoArticles { .. }) => false,
            Err(_) => true,
        }
    })
}
