//! Where the result of a check goes, and as what: several files at once, written whatever became of the check.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use wirecopy::check::Checked;
use wirecopy::index::Index;
use wirecopy::read::{ReadError, discover};
use wirecopy::report::{CheckFormat, CheckOptions, github_summary, write_check};
use wirecopy::settings::{Choice, ReadSettings, nearest};

use super::super::output::{Output, Together, beside, is_an_input, is_same, open_to_append, real, refuse_links};
use super::super::session::{self, chosen, many_paths, path, whole_number, width};
use super::super::{Failure, places};

/// Where the result goes, and as what.
pub(super) struct Outputs {
    options: CheckOptions,
    to: Vec<Target>,
    summary: Option<Summary>,
    /// What kept one of the places from being opened: that is for the others to say.
    trouble: Option<Failure>,
}

/// One of the places where it goes.
struct Target {
    format: CheckFormat,
    /// `None`: standard output.
    path: Option<PathBuf>,
    output: Output,
    /// Whether the result, or a part of it, went there for good.
    given: bool,
}

/// The result as each place takes it, whole.
#[derive(Default)]
pub(super) struct Staged {
    /// For where nothing can be taken back, by the number of the place. Standard output is last: whoever reads it is told of nothing that
    /// another device refuses.
    copied: Vec<(usize, Vec<u8>)>,
    files: Together,
}

impl Outputs {
    /// Opens what the command line asks for. What is asked for wrongly is left out, and is the trouble of the others.
    pub(super) fn open(matches: &ArgMatches) -> Outputs {
        let color = session::colors(matches, None);
        let mut trouble = None;
        let top = whole_number(matches, "top", usize::MAX).unwrap_or_else(|failure| {
            trouble = Some(failure);
            0
        });
        let options = CheckOptions { width: width(None), color, top, base: places::base() };
        let mut outputs = Outputs { options, to: Vec::new(), summary: None, trouble };
        let mut taken = Taken::beside(matches);
        for asked in formats_and_paths(matches) {
            let opened = asked.and_then(|(format, path)| {
                taken.take(&path)?;
                let path = Some(path).filter(|path| path.as_os_str() != "-");
                let output = Output::open(path.as_deref(), path.is_none() && color)?;
                Ok(Target { format, path, output, given: false })
            });
            match opened {
                Ok(target) => outputs.to.push(target),
                Err(failure) => outputs.keep(failure),
            }
        }
        // In a workflow of GitHub, where annotations are asked for, the summary of the job comes with them.
        let of_workflow = || std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from);
        let annotates = outputs.to.iter().any(|target| target.format == CheckFormat::Github);
        let summary = path(matches, "summary").map(Path::to_owned).or_else(|| of_workflow().filter(|_| annotates));
        let summary = summary.map(|path| Summary { of_runner: of_workflow().as_ref() == Some(&path), path });
        let open = |summary: &Summary| taken.take(&summary.path).and_then(|()| summary.can_be_appended_to());
        match summary.as_ref().map_or(Ok(()), open) {
            Ok(()) => outputs.summary = summary,
            Err(failure) => outputs.keep(failure),
        }
        outputs
    }

    /// The first trouble is the one that is told.
    fn keep(&mut self, failure: Failure) {
        if self.trouble.is_none() {
            self.trouble = Some(failure);
        }
    }

    /// What kept one of the places from being opened, once.
    pub(super) fn trouble(&mut self) -> Result<(), Failure> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    /// Whether what goes to standard output are annotations, which stand in the log of a job beside standard error.
    pub(super) fn annotates_standard_output(&self) -> bool {
        self.to.iter().any(|target| target.format == CheckFormat::Github && target.path.is_none() && !target.given)
    }

    /// All files that are written.
    pub(super) fn paths(&self) -> Vec<Option<&Path>> {
        self.to
            .iter()
            .map(|target| target.path.as_deref())
            .chain([self.summary.as_ref().map(|summary| summary.path.as_path())])
            .collect()
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
        self.summary = self.summary.filter(|summary| !may_be_read(&summary.path, matches, settings));
        self
    }

    /// Writes the result for every place, and puts nothing in place.
    pub(super) fn stage(&self, checked: &Checked) -> Result<Staged, Failure> {
        let mut staged = Staged::default();
        for (at, target) in self.to.iter().enumerate() {
            let copied = staged.files.stage(&target.output, |out| self.write_to(target, checked, out))?;
            staged.copied.extend(copied.map(|bytes| (at, bytes)));
        }
        staged.copied.sort_by_key(|(at, _)| self.to[*at].path.is_none());
        Ok(staged)
    }

    /// Lets `follow` do what follows from the result once nothing but renaming can fail, and puts the files in place.
    pub(super) fn put_in_place(
        &mut self,
        staged: Staged,
        checked: &Checked,
        follow: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for (at, bytes) in staged.copied {
            let target = &mut self.to[at];
            target.given = true;
            readers_may_go(target.output.write(|out| out.write_all(&bytes)))?;
        }
        follow()?;
        staged.files.put_in_place(Ok(()))?;
        self.summary.as_ref().map_or(Ok(()), |summary| summary.append(&github_summary(checked)))
    }

    /// Writes why there is no result, wherever none went for good; where one of the files can't be written, all others are. A person at
    /// the terminal reads that on standard error.
    pub(super) fn write_failure(mut self, checked: &Checked) -> Result<(), Failure> {
        let watched = std::io::stdout().is_terminal();
        self.to.retain(|target| target.path.is_some() || target.format != CheckFormat::Text || !watched);
        let mut result = Ok(());
        for target in self.to.iter().filter(|target| !target.given) {
            let written = target.output.write(|out| self.write_to(target, checked, out));
            result = result.and(readers_may_go(written));
        }
        result.and(self.summary.as_ref().map_or(Ok(()), |summary| summary.append(&github_summary(checked))))
    }

    fn write_to(&self, target: &Target, checked: &Checked, out: &mut dyn Write) -> std::io::Result<()> {
        let options = CheckOptions { color: self.options.color && target.path.is_none(), ..self.options.clone() };
        write_check(checked, target.format, &options, out)
    }
}

/// Whoever read it has enough, which changes nothing about what was found.
fn readers_may_go(written: Result<(), Failure>) -> Result<(), Failure> {
    match written {
        Err(Failure::ReaderGone) => Ok(()),
        written => written,
    }
}

/// What `--output` and `--format` ask for, wrongly or not.
fn formats_and_paths(matches: &ArgMatches) -> Vec<Result<(CheckFormat, PathBuf), Failure>> {
    let format = chosen(matches, "format", CheckFormat::Text);
    let named = matches.get_many::<String>("output").into_iter().flatten();
    let mut to: Vec<_> = named.map(|text| format_and_path(text, format)).collect();
    // A file for other tools takes nothing from the person who watches.
    let watched = |(other, path): &(CheckFormat, PathBuf)| *other == format || path.as_os_str() == "-";
    if !to.iter().flatten().any(watched) {
        to.push(Ok((format, "-".into())));
    }
    to
}

/// `sarif=check.sarif`, or a file that is written as `format` says. A file whose name begins with a word and `=` is given as
/// `./word=`: a slip in the name of a format must not become a report that nobody finds.
fn format_and_path(text: &str, format: CheckFormat) -> Result<(CheckFormat, PathBuf), Failure> {
    let fails = |problem: String| Err(Failure::Said(format!("--output {text}: {problem}")));
    let (format, path) = match text.split_once('=') {
        Some((word, path)) if word.chars().all(char::is_alphabetic) => match CheckFormat::of_word(word) {
            Some(format) => (format, path),
            None => {
                let words = || CheckFormat::WORDS.iter().map(|(word, ..)| *word);
                let near = nearest(word, words());
                let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                let words = words().collect::<Vec<_>>().join(", ");
                return fails(format!(
                    "no format is called `{word}`{near} (they are {words}; of a file with such a name write ./{text})"
                ));
            }
        },
        _ => (format, text),
    };
    match path {
        "" if text.is_empty() => Err(Failure::Said("--output: the name of the file is empty".to_owned())),
        "" => fails("a file must be named behind the =".to_owned()),
        path => Ok((format, path.into())),
    }
}

/// The files that have a part in this check, whatever they are called: by `./`, by a link.
struct Taken {
    /// What is read beside the articles, or written in its place.
    beside: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

impl Taken {
    fn beside(matches: &ArgMatches) -> Taken {
        let beside =
            ["baseline", "config"].into_iter().filter_map(|name| path(matches, name)).map(Path::to_owned).collect();
        Taken { beside, outputs: Vec::new() }
    }

    /// Takes a file for one output, once.
    fn take(&mut self, path: &Path) -> Result<(), Failure> {
        let is_taken = |other: &PathBuf| match path.as_os_str() == "-" || other.as_os_str() == "-" {
            true => path == other,
            false => is_same(path, other),
        };
        if self.beside.iter().any(is_taken) {
            return Err(is_an_input(path));
        }
        if self.outputs.iter().any(is_taken) {
            return Err(Failure::Said(format!("--output: {} is named twice; name two files", path.display())));
        }
        self.outputs.push(path.to_owned());
        Ok(())
    }
}

/// Where a summary is appended.
struct Summary {
    path: PathBuf,
    /// Whether the runner names it (`$GITHUB_STEP_SUMMARY`): it may be a link then.
    of_runner: bool,
}

impl Summary {
    /// Whether it can be appended to, as far as that is known before any work. A pipe is left alone: who reads it would take its closing
    /// for the end.
    fn can_be_appended_to(&self) -> Result<(), Failure> {
        if !self.of_runner {
            refuse_links(&self.path)?;
        }
        match self.path.metadata() {
            Ok(found) if found.is_file() || found.is_dir() => open_to_append(&self.path, self.of_runner).map(drop),
            Ok(_) => Ok(()),
            Err(_) => beside(&self.path).map(drop),
        }
    }

    fn append(&self, text: &str) -> Result<(), Failure> {
        let written = open_to_append(&self.path, self.of_runner)?.write_all(text.as_bytes());
        written.map_err(|error| Failure::output(self.path.display(), &error))
    }
}

/// Whether a file may be one that is read: it is named outright, though it may not be there yet, or stands in a folder that is, and is
/// not known to be passed over there.
fn may_be_read(output: &Path, matches: &ArgMatches, settings: &ReadSettings) -> bool {
    let place = real(output);
    many_paths(matches, "paths").into_iter().chain(many_paths(matches, "against")).any(|path| {
        if is_same(&path, output) || !path.is_dir() {
            return is_same(&path, output);
        }
        let inside = place.starts_with(real(&path));
        if Index::is_at(&path) || !output.is_file() {
            return inside && Index::is_at(&path);
        }
        // Another name of a file may stand anywhere.
        match discover(std::slice::from_ref(&path), settings) {
            Ok(inputs) => inputs.files().iter().any(|file| file.path().is_some_and(|path| is_same(path, output))),
            Err(ReadError::NoArticles { .. }) => false,
            Err(_) => inside,
        }
    })
}
