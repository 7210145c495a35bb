//! `wirecopy report`: which articles are copies of each other?

use std::path::Path;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::boilerplate::ShellTable;
use wirecopy::read::discover;
use wirecopy::report::{Format, ReportOptions, TextOptions, write};

use super::output::{Output, real, refuse_overwriting};
use super::session::{self, Session, choice, chosen, output_arg, path, whole_number, width};
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy report seeds
      what is copied among the articles in the folder seeds
  wirecopy report news.jsonl.gz --format json --edges -o report.json
      the same for scripts, with every verified pair
  zcat more.csv.gz | wirecopy report - --input-format csv --text-field noidung --top 5
      standard input, a column with a name of its own, the five largest clusters

The exit code is 0 also when there are copies, and 2 where something could not be read or written.";

fn command() -> Command {
    let command = Command::new("report")
        .about("Show which articles are copies of each other")
        .long_about(
            "Show which articles are copies of each other.\n\nOn a terminal: what was read and set aside, clusters of copies \
             with the original, the outlets and how long after it each came, what is related and no copy, and a summary. \
             With --format, the same for scripts. The output is the same for any number of threads and any order of the \
             input.",
        )
        .after_help("Example: wirecopy report seeds")
        .after_long_help(EXAMPLES)
        .arg(choice("format", Format::Text).help("What the report is written as"))
        .arg(output_arg())
        .arg(
            Arg::new("top")
                .long("top")
                .allow_negative_numbers(true)
                .value_name("N")
                .help("In text: how many clusters, related pairs and lone articles are shown; 0: all of them, whole")
                .default_value("20"),
        )
        .arg(
            Arg::new("edges")
                .long("edges")
                .action(ArgAction::SetTrue)
                .help("In json and jsonl: list every verified pair as well"),
        )
        .arg(
            Arg::new("shells")
                .long("shells")
                .value_name("FILE")
                .help("Leave out the boilerplate in this table instead of learning it [default: learned from the input]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            Arg::new("save-shells")
                .long("save-shells")
                .value_name("FILE")
                .help("Write the table of boilerplate in force to this file, for --shells [default: nowhere]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::FilePath),
        );
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
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
    let shells = path(matches, "shells").map(read_shells).transpose()?;
    // Opened before the work, so that a missing folder is not found out after it.
    let output = Output::open(to, options.text.color)?;
    let shells_to = path(matches, "save-shells");
    let shells_output = shells_to.map(|path| Output::open(Some(path), false)).transpose()?;
    if shells_to.is_some_and(|shells_to| real(shells_to) == real(to.unwrap_or(Path::new("-")))) {
        return Err(Failure::Said("-o and --save-shells are the same; name two files".to_owned()));
    }

    let inputs = discover(&session.paths, &session.settings.read)?;
    refuse_overwriting(&inputs, &[], &[to, shells_to])?;
    let run = session.run_inputs(&inputs, shells)?;
    if let Some(shells_output) = shells_output {
        let table = run.shells.to_json().map_err(|error| Failure::Said(format!("--save-shells: {error}")))?;
        shells_output.write(|out| writeln!(out, "{table}"))?;
    }
    output.write(|out| write(&run, &options, out))?;
    Ok(session.exit(&run.intake))
}

fn read_shells(path: &Path) -> Result<ShellTable, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
    ShellTable::from_json(&text)
        .map_err(|error| Failure::Said(format!("{name}: not a table that --save-shells wrote: {error}")))
}
