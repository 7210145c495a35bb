//! `wirecopy explain`: why do these two articles belong together, or don't?

use std::io::Cursor;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use wirecopy::article::Article;
use wirecopy::candidates::Plan;
use wirecopy::explain::{explain, position};
use wirecopy::index::{Index, IndexError, Known, Query, Report};
use wirecopy::pipeline::{Run, Tables};
use wirecopy::read::{Inputs, discover, discover_with};
use wirecopy::report::{ExplainFormat, ExplainOptions, HtmlLanguage, write_explanation};
use wirecopy::settings::{Level, Settings, nearest};

use super::output::{Output, refuse_overwriting};
use super::session::{self, Session, choice, chosen, many_paths, output_arg, path, whole_number, width};
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
How alike two articles have to be is known from what stands beside them: boilerplate, how rare a word is, what else there is. So \
give the input of the report that is to be explained, not the two alone.

Examples:
  wirecopy explain 000_f8286b7643dba526 001_144e3ac11ccbbacf seeds
      two articles of the folder seeds, by their ids: same text? same event? why?
  wirecopy explain old.txt new.txt
      two files of one article each
  wirecopy explain today.txt 17281828 --against archive.index
      a file, and an article that an index holds
  wirecopy explain a1 a2 news.jsonl.gz --format html --lang vi -o why.html
      both texts side by side, for the browser, in Vietnamese; --format json for scripts";

fn command() -> Command {
    let article = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).value_name(value).help(help).required(true).value_hint(ValueHint::FilePath)
    };
    let command = Command::new("explain")
        .about("Show why two articles are copies or reports of one event, or are not")
        .long_about(
            "Show why two articles are copies or reports of one event, or are not: the numbers and what they are held against, every \
             passage that both have with its place, what differs, each piece of evidence for one event with its weight, which threshold \
             would change the answer, and how the two came into one cluster or event.\n\nEach article is named by its id in what PATH or \
             --against holds, or by a file that holds it and no other.",
        )
        .after_help("Example: wirecopy explain 000_f8286b7643dba526 001_144e3ac11ccbbacf seeds")
        .after_long_help(EXAMPLES)
        .arg(article("a", "A", "The first article: its id, or a file"))
        .arg(article("b", "B", "The second"))
        .arg(choice("format", ExplainFormat::Text).help("What the answer is written as"))
        .arg(choice("lang", HtmlLanguage::English).help("The language of --format html"))
        .arg(output_arg())
        .arg(
            Arg::new("against")
                .long("against")
                .value_name("INDEX")
                .help("Look for the articles in this index as well, and go by its tables [default: none]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::DirPath),
        )
        .arg(
            Arg::new("top")
                .long("top")
                .allow_negative_numbers(true)
                .value_name("N")
                .help("In text: how many passages, differences and shared words of a kind are shown; 0: all of them, whole")
                .default_value("8"),
        );
    session::args(command).mut_arg("paths", |arg| {
        arg.required(false)
            .num_args(0..)
            .help("Folders and files that hold the articles, and what stands beside them [default: none]")
    })
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let index = path(matches, "against").map(Index::open).transpose()?;
    let base = index.as_ref().map_or_else(Settings::default, |index| index.settings().clone());
    let session = Session::over(base, matches)?;
    if let Some(index) = &index {
        index.accepts(&session.settings)?;
    }
    let to = path(matches, "output").filter(|path| path.as_os_str() != "-");
    let format = chosen(matches, "format", ExplainFormat::Text);
    let options = ExplainOptions {
        width: width(to),
        color: session.colors(to),
        top: whole_number(matches, "top", usize::MAX)?,
        language: chosen(matches, "lang", HtmlLanguage::English),
    };
    if options.language != HtmlLanguage::English && format != ExplainFormat::Html {
        return Err(Failure::Said("--lang is the language of --format html, and the format is another".to_owned()));
    }
    let output = Output::open(to, options.color)?;
    let names = ["a", "b"].map(|name| matches.get_one::<String>(name).map_or("", String::as_str));
    if names[0] == names[1] {
        return Err(Failure::Said(format!("{}: is named twice; name two articles", names[0])));
    }
    let sources = Sources { session: &session, index: index.as_ref(), paths: many_paths(matches, "paths") };
    let (inputs, ids) = sources.inputs(names)?;
    refuse_overwriting(&inputs, &[], &[to])?;
    let tables = index.as_ref().map_or_else(Tables::default, |index| Tables {
        shells: index.shells().cloned(),
        terms: index.terms().cloned(),
        ..Tables::default()
    });
    let run = session.run_inputs(&inputs, tables)?;
    let [a, b] = [place(&run, &ids[0])?, place(&run, &ids[1])?];
    if a == b {
        return Err(Failure::Said(format!("{} and {} are one article; name two", names[0], names[1])));
    }
    let (explanation, _) = session.work(|_| explain(&run, &inputs, a, b))?;
    output.write(|out| write_explanation(&explanation, &session.settings, format, &options, out))?;
    Ok(session.exit(&run.intake))
}

/// Where articles are looked for.
struct Sources<'s> {
    session: &'s Session,
    index: Option<&'s Index>,
    paths: Vec<PathBuf>,
}

impl Sources<'_> {
    /// What to read, and the id of each article in it.
    fn inputs(&self, names: [&str; 2]) -> Result<(Inputs, Vec<String>), Failure> {
        let stored = names.map(|name| self.index.and_then(|index| index.find(name)));
        let files = [0, 1].map(|at| stored[at].is_none() && Path::new(names[at]).is_file());
        let mut paths = self.paths.clone();
        paths.extend((0..2).filter(|&at| files[at]).map(|at| PathBuf::from(names[at])));
        if paths.is_empty() && self.index.is_none() {
            return Err(Failure::Said(format!(
                "{}: no such file; name two files, or say where the articles of these ids are: wirecopy explain A B PATH",
                names[0]
            )));
        }
        let settings = &self.session.settings.read;
        let mut inputs = match paths.is_empty() {
            false => discover(&paths, settings)?,
            // All that there is comes out of the index.
            true => discover_with(&["-".into()], settings, std::io::empty())?,
        };
        let mut ids = Vec::new();
        for (name, is_file) in names.into_iter().zip(files) {
            ids.push(if is_file { self.only_id(Path::new(name))? } else { name.to_owned() });
        }
        if let Some(index) = self.index {
            let stored: Vec<Known> = stored.into_iter().flatten().collect();
            let (documents, _) = self.session.work(|_| self.beside(index, &inputs, stored))?;
            inputs.push_stored(&index.path().display().to_string(), Cursor::new(documents));
        }
        Ok((inputs, ids))
    }

    /// Of an index these articles, and what they and those of the inputs are to be compared with.
    fn beside(&self, index: &Index, inputs: &Inputs, stored: Vec<Known>) -> Result<Vec<u8>, IndexError> {
        let settings = &self.session.settings;
        let looks_for_events = settings.level == Level::Events;
        let ready = |article: &Article<'_>| {
            let report = looks_for_events.then(|| index.report(article)).flatten();
            (index.query(article), report)
        };
        let scan = inputs.scan(&settings.read, &|_| (), ready)?;
        let mut all: Vec<(Option<Query>, Option<Report>)> = scan.articles.into_iter().map(|(_, one)| one).collect();
        for &known in &stored {
            all.push(ready(&index.article(known)?));
        }
        let (queries, reports): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let queries: Vec<Query> = queries.into_iter().flatten().collect();
        let reports: Vec<Report> = reports.into_iter().flatten().collect();
        let mut found = stored;
        found.extend(index.similar(&Plan::of(settings), &queries)?.into_iter().flatten());
        found.extend(index.likely_same_event(&reports)?.into_iter().flatten());
        found.sort_unstable();
        found.dedup();
        index.documents(&found)
    }

    /// The id of the only article in a file.
    fn only_id(&self, file: &Path) -> Result<String, Failure> {
        let inputs = discover(&[file.to_owned()], &self.session.settings.read)?;
        let scan = inputs.scan(&self.session.settings.read, &|_| (), |article| article.id.clone().into_owned())?;
        match &scan.articles[..] {
            [(_, id)] => Ok(id.clone()),
            articles => Err(Failure::Said(format!(
                "{}: holds {} articles, expected one; name an article by its id: wirecopy explain A B {}",
                file.display(),
                articles.len(),
                file.display()
            ))),
        }
    }
}

/// The article of this id.
fn place(run: &Run, id: &str) -> Result<u32, Failure> {
    if let Some(place) = position(run, id) {
        return Ok(place);
    }
    let versions: Vec<&str> = (run.intake.renamed.iter().map(String::as_str))
        .filter(|renamed| renamed.rsplit_once('#').is_some_and(|(bare, _)| bare == id))
        .collect();
    if !versions.is_empty() {
        return Err(Failure::Said(format!("{id}: several articles have this id; name one of {}", versions.join(", "))));
    }
    if run.intake.empty.iter().any(|empty| empty == id) {
        return Err(Failure::Said(format!("{id}: has no words")));
    }
    let near = nearest(id, run.records.iter().map(|record| record.id.as_str()));
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
    Err(Failure::Said(format!("{id}: neither an article of the input nor a file{near}")))
}
