//! `wirecopy report`: which articles report the same event, and which are copies of each other?

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use wirecopy::pipeline::Run;
use wirecopy::read::discover;
use wirecopy::report::{Format, Html, HtmlLanguage, HtmlOptions, ReportOptions, TextOptions, write};

use super::output::{Output, Together, refuse_one_file_twice, refuse_overwriting};
use super::session::{
    self, Session, choice, chosen, file_arg, many_paths, memory_args, output_arg, path, save_shells_arg,
    save_terms_arg, shells_arg, tables, terms_arg, whole_number, width,
};
use super::{Failure, Subcommand, talk};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
The exit code is 0 also when there are copies, and 2 where something could not be read or written.

Examples:
  wirecopy report seeds
      which articles in the folder seeds report one event, and which are copies
  wirecopy report news.jsonl.gz --format json --edges -o report.json
      the same for scripts, with every verified pair
  wirecopy report news.jsonl.gz --html report.html --lang vi
      the same for the browser, in Vietnamese: search, filters, texts side by side
  zcat more.csv.gz | wirecopy report - --input-format csv --text-field noidung --top 5
      standard input, a column with a name of its own, the five largest events and clusters
  wirecopy report news.jsonl --level copies
      copies only
  wirecopy report news.jsonl --level copies --memory-limit 2GiB
      the same in as much memory as that, for very many articles";

fn command() -> Command {
    let command = Command::new("report")
        .about("Show which articles report one event, and which are copies of each other")
        .long_about(
            "Show which articles report one event, and which are copies of each other.\n\nOn a terminal: what was read and \
             set aside; events with their reports, why each is there, and what came before and after; clusters of copies \
             with the original, the outlets and how long after it each came; what is related and no copy; what stands \
             alone; and a summary. With --format, the same for scripts. The output is the same for any number of threads and any order of the \
             input.",
        )
        .after_help("Example: wirecopy report seeds")
        .after_long_help(EXAMPLES)
        .arg(choice("format", Format::Text).help("What the report is written as"))
        .arg(output_arg())
        .arg(
            file_arg(
                "html",
                "Write a report for the browser to this file as well: one file, which needs no network [default: nowhere]",
            ),
        )
        .arg(choice("lang", HtmlLanguage::English).requires("html").help("The language that --html begins in"))
        .arg(
            Arg::new("top")
                .long("top")
                .allow_negative_numbers(true)
                .value_name("N")
                .help("In text: how many events, clusters and related pairs are shown in full; three times as many more events and clusters get a line each; 0: everything in full")
                .default_value("5"),
        )
        .arg(
            Arg::new("edges")
                .long("edges")
                .action(ArgAction::SetTrue)
                .help("In json and jsonl: list every verified pair as well, and pairs of reports that may be of one event"),
        )
        .arg(shells_arg())
        .arg(terms_arg())
        .arg(save_terms_arg())
        .arg(save_shells_arg())
        .args(memory_args());
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let mut session = Session::of(matches)?;
    session.settings.edge_evidence = matches.get_flag("edges");
    let to = path(matches, "output").filter(|path| path.as_os_str() != "-");
    let options = ReportOptions {
        format: chosen(matches, "format", Format::Text),
        edges: matches.get_flag("edges"),
        text: TextOptions {
            width: width(to),
            color: session.colors(to),
            top: whole_number(matches, "top", usize::MAX)?,
        },
    };
    let tables = tables(matches)?;
    // Opened before the work, so that a missing folder is not found out after it.
    let output = Output::open(to, options.text.color)?;
    let shells_to = path(matches, "save-shells");
    let shells_output = shells_to.map(|path| Output::open(Some(path), false)).transpose()?;
    let terms_to = path(matches, "save-terms");
    let terms_output = terms_to.map(|path| Output::open(Some(path), false)).transpose()?;
    let html_to = path(matches, "html");
    let html_output = html_to.map(|path| Output::open(Some(path), false)).transpose()?;
    let outputs = [
        ("-o", to.or(Some(Path::new("-")))),
        ("--save-shells", shells_to),
        ("--save-terms", terms_to),
        ("--html", html_to),
    ];
    refuse_one_file_twice(&outputs)?;

    let inputs = discover(&session.paths, &session.settings.read)?;
    refuse_overwriting(&inputs, &[], &[to, shells_to, terms_to, html_to])?;
    let run = session.run_inputs(&inputs, tables)?;
    let mut files = Together::default();
    if let Some(html_output) = html_output {
        let options =
            HtmlOptions { language: chosen(matches, "lang", HtmlLanguage::English), ..HtmlOptions::default() };
        let (html, _) = session.work(|_| Html::of(&run, &inputs, &options))?;
        files.write(&html_output, |out| html.write(out))?;
    }
    if let Some(shells_output) = shells_output {
        let table = run.shells.to_json().map_err(|error| Failure::Said(format!("--save-shells: {error}")))?;
        files.write(&shells_output, |out| writeln!(out, "{table}"))?;
    }
    if let Some(terms_output) = terms_output {
        let events = run.events.as_ref();
        let terms =
            events.ok_or_else(|| Failure::Said("--save-terms: there are no terms with --level copies".to_owned()))?;
        files.write(&terms_output, |out| out.write_all(&terms.terms.to_bytes()))?;
    }
    let written = files.write(&output, |out| write(&run, &options, out));
    files.put_in_place(written)?;
    if is_first_command(matches) && !session.quiet {
        talk::next(&next(&run, &session.paths));
    }
    Ok(session.exit(&run.intake))
}

/// Whether someone at a terminal has asked for a report of some paths and nothing else: then they may want to know what else there
/// is, and the same paths are all that it takes.
fn is_first_command(matches: &ArgMatches) -> bool {
    let at_a_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let given = |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    let standard_input = many_paths(matches, "paths").iter().any(|path| path.as_os_str() == "-");
    at_a_terminal && !standard_input && matches.ids().filter(|id| given(id)).all(|id| id == "paths")
}

/// What to do after a first report: look at it in a browser, and ask why two articles belong together.
fn next(run: &Run, paths: &[PathBuf]) -> Vec<(String, &'static str)> {
    let paths = paths.iter().map(|path| shell_word(&path.to_string_lossy())).collect::<Vec<_>>().join(" ");
    let mut commands = vec![(
        format!("wirecopy report {paths} --html report.html"),
        "the same for the browser, to look through and search",
    )];
    if let Some([a, b]) = two_that_belong_together(run) {
        let [a, b] = [a, b].map(|article| shell_word(&run.records[article as usize].id));
        commands.push((format!("wirecopy explain {a} {b} {paths}"), "why these two belong together, piece by piece"));
    }
    commands
}

/// Two reports of the largest event; where there is none, an original and its copy.
fn two_that_belong_together(run: &Run) -> Option<[u32; 2]> {
    let largest = run.events.as_ref().and_then(|found| found.events.first());
    let of_event = largest.and_then(|event| Some([*event.reports.first()?, *event.reports.get(1)?]));
    of_event.or_else(|| {
        let cluster = run.clustering.clusters.first()?;
        let copy = cluster.members.iter().find(|member| member.article != cluster.original)?;
        Some([cluster.original, copy.article])
    })
}

/// A word as a POSIX shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
