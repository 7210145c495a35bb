//! The arguments of `wirecopy check`.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command, ValueHint};
use wirecopy::check::Rule;
use wirecopy::report::CheckFormat;

use super::super::session::{self, choice, temp_dir_arg};
use super::super::trust::trust_arg;

const EXAMPLES: &str = "\
Exit 0: nothing that fails was found; 1: something was; 2: it could not be checked, or not wholly. `wirecopy rules` lists what can be \
found, and which of it fails.

Examples:
  wirecopy check today.jsonl --against archive.index
      which of today's articles copy one of the archive, or one another
  wirecopy check today.jsonl --against archive.index --add
      the same, and what passes is in the archive from now on
  wirecopy check corpus/ --since origin/main --format github
      of a corpus in git only the records that origin/main has not, held against those that it has
  wirecopy check today.jsonl --against archive.index --baseline accepted.jsonl --output sarif=check.sarif --output junit=check.xml
      but for pairs that were accepted; for other tools as well
  tail -f feed.jsonl | wirecopy check - --against archive.index --stream
      a verdict a line, as articles come";

/// Name, arguments and help.
pub(super) fn command() -> Command {
    let command = Command::new("check")
        .about("Check new articles: which of them copy what is known, or one another")
        .long_about(
            "Check new articles: which of them copy what is known, or one another. Each finding names the article that it matches, \
             how much they share, and a passage of it. Only what is new is judged: an article that is known with the same words is \
             passed over.",
        )
        .after_help("Example: wirecopy check today.jsonl --against archive.index")
        .after_long_help(EXAMPLES)
        .args(known())
        .args(policy())
        .args(baseline())
        .args(ways())
        .args(outputs())
        .arg(temp_dir_arg("Put what --since reads of the commit there, which goes when the command ends").requires("since"));
    session::args(command)
}

/// What is known.
fn known() -> [Arg; 3] {
    [
        Arg::new("against")
            .long("against")
            .value_name("PATH")
            .action(ArgAction::Append)
            .help("What is known: an index, or files and folders; may be given several times [default: nothing]")
            .value_parser(ValueParser::path_buf())
            .value_hint(ValueHint::AnyPath),
        Arg::new("since")
            .long("since")
            .value_name("REF")
            .help("Judge only records that this commit of the git repository had not under the same paths; those it had there are known, so name \
                 the whole corpus, not the changed file [default: all are new]"),
        trust_arg(
            "Take the configuration, ignore files, the baseline, and an index inside the repository from this commit; a change to one of them \
             is a finding [default: take them as they stand]",
        ),
    ]
}

/// What fails.
fn policy() -> [Arg; 1] {
    [Arg::new("fail-on").long("fail-on").value_name("RULES").help(format!(
        "The rules whose findings fail the check, with commas; none: no rule [default: {}]",
        default_rules()
    ))]
}

/// The rules that fail a check unless a policy says otherwise.
fn default_rules() -> String {
    Rule::all().filter(|rule| rule.fails_by_default()).map(Rule::code).collect::<Vec<_>>().join(",")
}

/// What is accepted.
fn baseline() -> [Arg; 7] {
    [
        Arg::new("baseline")
            .long("baseline")
            .value_name("FILE")
            .help("Accept the pairs in this file [default: none]")
            .value_parser(ValueParser::path_buf())
            .value_hint(ValueHint::FilePath),
        Arg::new("update-baseline")
            .long("update-baseline")
            .action(ArgAction::SetTrue)
            .requires("baseline")
            .conflicts_with_all(["add", "trust-base"])
            .help("Write every pair that fails now to the baseline, and take out what it no longer needs"),
        Arg::new("reason")
            .long("reason")
            .value_name("TEXT")
            .requires("update-baseline")
            .help("Why new entries of the baseline are accepted [default: none]"),
        Arg::new("who")
            .long("who")
            .value_name("NAME")
            .requires("update-baseline")
            .help("Who accepts new entries of the baseline [default: none]"),
        Arg::new("expires")
            .long("expires")
            .value_name("DAY")
            .requires("update-baseline")
            .help("The last day on which new entries of the baseline accept, such as 2027-01-31 [default: for good]"),
        Arg::new("max-accepted")
            .long("max-accepted")
            .value_name("N")
            .allow_negative_numbers(true)
            .help("Refuse a baseline of more entries [default: any number]"),
        Arg::new("today")
            .long("today")
            .value_name("DAY")
            .hide_short_help(true)
            .help("The day on which entries of the baseline must still hold [default: today, UTC]"),
    ]
}

/// What becomes of what passes, and in which way articles come.
fn ways() -> [Arg; 3] {
    [
        Arg::new("add")
            .long("add")
            .action(ArgAction::SetTrue)
            .help("Add to the index what passes; no other process can add in between"),
        Arg::new("wait")
            .long("wait")
            .action(ArgAction::SetTrue)
            .requires("add")
            .help("Where another process is writing to the index, wait for it to end"),
        Arg::new("stream")
            .long("stream")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["since", "trust-base", "update-baseline", "output", "format", "summary", "top"])
            .help("Read JSON lines from standard input without end, and write a verdict for each, a line of JSON, at once"),
    ]
}

/// Where the result goes.
fn outputs() -> [Arg; 4] {
    [
        choice("format", CheckFormat::Text).help("What the result is written as"),
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name("[FORMAT=]FILE")
            .action(ArgAction::Append)
            .help("Write to this file, as --format says or as FORMAT; may be given several times [default: standard output]"),
        Arg::new("summary")
            .long("summary")
            .value_name("FILE")
            .help("Append a summary in Markdown to this file [default: with the format github $GITHUB_STEP_SUMMARY, else nowhere]")
            .value_parser(ValueParser::path_buf())
            .value_hint(ValueHint::FilePath),
        Arg::new("top")
            .long("top")
            .allow_negative_numbers(true)
            .value_name("N")
            .help("In text: how many findings are shown of each verdict; 0: all")
            .default_value("20"),
    ]
}
