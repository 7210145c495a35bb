//! `wirecopy audit`: how many pairs of copies and of events did a run miss on these articles, and what would another
//! threshold change?

use clap::{Arg, ArgMatches, Command};
use wirecopy::audit::{AuditOptions, audit};
use wirecopy::pipeline::Tables;
use wirecopy::read::discover;
use wirecopy::report::{PlainFormat, write_audit};

use super::output::{Output, refuse_overwriting};
use super::session::{self, Session, choice, chosen, output_arg, path, whole_number, width};
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy audit news.jsonl.gz
      a thousand articles compared exactly with all: what the search missed, what another threshold would find
  wirecopy audit news.jsonl.gz --sample 5000 --target-recall 0.999
      more articles for a narrower interval, of a search that is asked for more
  wirecopy audit news.jsonl.gz --level copies
      copies only
  wirecopy audit news.jsonl.gz --format json -o audit.json
      every number, for scripts";

fn command() -> Command {
    let command = Command::new("audit")
        .about("Measure what the search for copies and events missed")
        .long_about(
            "Measure what the search for copies and events missed.\n\nA sample of the articles is compared exactly with all of them, \
             under the same settings: the share of the edges that the search found, with its interval, by kind and by \
             containment; the missed ones; how the pairs lie around the threshold; and what another threshold would find. \
             Of events, a sample of the independent reports is scored with all of them (10 million pairs at most): the share of \
             the pairs that score as one event which the search proposed, and why it missed the others. The sample is the same for any order of the input.",
        )
        .after_help("Example: wirecopy audit news.jsonl.gz")
        .after_long_help(EXAMPLES)
        .arg(choice("format", PlainFormat::Text).help("What the measurement is written as"))
        .arg(output_arg())
        .arg(
            Arg::new("sample")
                .long("sample")
                .value_name("N")
                .help("How many articles are compared with all; 0: all of them")
                .default_value("1000"),
        )
        .arg(
            Arg::new("missed")
                .long("missed")
                .value_name("N")
                .help("How many of the missed edges, and of the missed pairs of events, are shown")
                .default_value("10"),
        );
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let sample = match whole_number(matches, "sample", usize::MAX)? {
        0 => usize::MAX,
        sample => sample,
    };
    let options = AuditOptions { sample, missed: whole_number(matches, "missed", usize::MAX)? };
    let to = path(matches, "output");
    let output = Output::open(to, false)?;

    let inputs = discover(&session.paths, &session.settings.read)?;
    refuse_overwriting(&inputs, &[], &[to])?;
    let run = session.run_inputs(&inputs, Tables::default())?;
    let (found, _) = session.work(|progress| audit(&inputs, &run, &options, progress))?;
    let format = chosen(matches, "format", PlainFormat::Text);
    output.write(|out| write_audit(&run, &found, format, width(to), out))?;
    Ok(session.exit(&run.intake))
}
