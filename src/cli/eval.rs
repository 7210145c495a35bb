//! `wirecopy eval`: how well do events and copies agree with labels?

use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::eval::{EvalError, Truth, TruthError, evaluate, sweep};
use wirecopy::pipeline::Tables;
use wirecopy::read::discover;
use wirecopy::report::{EvalReport, PlainFormat, write_evaluation};
use wirecopy::settings::Settings;

use super::output::{Output, refuse_overwriting};
use super::session::{self, Session, choice, chosen, output_arg, path, whole_number, width};
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

/// The curve, unless other thresholds are given; the one in force is added. Below 0.3 nearly everything that is compared
/// would count, above 0.95 nearly nothing.
const CURVE: &str = "0.3,0.35,0.4,0.45,0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95";

const EXAMPLES: &str = "\
Examples:
  wirecopy eval --truth pairs.jsonl news.jsonl.gz
      labelled pairs: {\"a\":\"id1\",\"b\":\"id2\",\"label\":\"excerpt\"}, the label being one of identical, copy, \
      excerpt, template, same_event, related, different
  wirecopy eval --truth families.jsonl corpus.jsonl
      planted families: {\"id\":\"id1\",\"family\":\"f1\"}; an article of no family is alone
  wirecopy eval labelled.jsonl --sweep=0.5,0.6,0.7
      articles that carry a field `cluster`: which event each reports; and the copies at three thresholds more
  wirecopy eval labelled.jsonl --level copies
      the same labels held against the copy clusters";

fn command() -> Command {
    let command = Command::new("eval")
        .about("Score the events and copies that are found by labels")
        .long_about(
            "Score the events and copies that are found by labels.\n\nLabels of articles say which event each reports: they \
             score the events, and with --level copies the copy clusters. Planted families score the copy clusters always. \
             Both are scored by B-cubed, pairs, adjusted Rand index and V-measure; articles without a label take part in the \
             clustering and in no number. Labelled pairs are scored by what was found of them: a table of confusion, the share \
             found, the share of what was found that is right, and for each label how many are in one event. The worst errors \
             are shown with their numbers.",
        )
        .after_help("Example: wirecopy eval --truth pairs.jsonl news.jsonl.gz")
        .after_long_help(EXAMPLES)
        .arg(
            Arg::new("truth")
                .long("truth")
                .value_name("LABELS")
                .help("JSON lines of labels, of any of three sorts; may be given several times [default: the articles' own `cluster`]")
                .action(ArgAction::Append)
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::FilePath),
        )
        .arg(choice("format", PlainFormat::Text).help("What the scores are written as"))
        .arg(output_arg())
        .arg(
            Arg::new("errors")
                .long("errors")
                .value_name("N")
                .help("How many of the worst errors of each sort are shown")
                .default_value("10"),
        )
        .arg(
            Arg::new("sweep")
                .long("sweep")
                .value_name("THRESHOLDS")
                .help(format!("Score the copies at other thresholds too, with commas between them [default: off; the bare flag: {CURVE}]"))
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value(CURVE),
        );
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let errors = whole_number(matches, "errors", usize::MAX)?;
    let thresholds = thresholds(matches, &session.settings)?;
    let files: Vec<PathBuf> = matches.get_many::<PathBuf>("truth").into_iter().flatten().cloned().collect();
    let truth = Truth::read(&files)?;
    let to = path(matches, "output");
    let output = Output::open(to, false)?;

    let inputs = discover(&session.paths, &session.settings.read)?;
    refuse_overwriting(&inputs, &files, &[to])?;
    let run = session.run_inputs(&inputs, Tables::default())?;
    let (evaluation, _) = session.work(|_| evaluate(&inputs, &run, &truth, errors))?;
    let points = match &thresholds {
        Some(thresholds) => {
            Some(session.work(|progress| sweep(&inputs, &session.settings, &truth, thresholds, progress))?.0)
        }
        None => None,
    };
    let report = EvalReport::of(&run, &evaluation, points.as_deref());
    let format = chosen(matches, "format", PlainFormat::Text);
    output.write(|out| write_evaluation(&report, format, width(to), out))?;
    Ok(session.exit(&run.intake))
}

/// The thresholds of the curve, rising, that in force among them; `None` where no curve is asked for.
fn thresholds(matches: &ArgMatches, settings: &Settings) -> Result<Option<Vec<f64>>, Failure> {
    let Some(given) = matches.get_one::<String>("sweep") else { return Ok(None) };
    let mut thresholds = vec![settings.threshold()];
    for threshold in given.split(',') {
        let mut settings = settings.clone();
        settings
            .set("threshold", threshold.trim())
            .map_err(|error| Failure::Said(format!("--sweep {given}: {error}")))?;
        thresholds.push(settings.threshold());
    }
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    Ok(Some(thresholds))
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Failure {
        Failure::Said(error.to_string())
    }
}

impl From<TruthError> for Failure {
    fn from(error: TruthError) -> Failure {
        Failure::Said(error.to_string())
    }
}
