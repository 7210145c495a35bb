//! What did the user ask for, and how is the answer worded? One file a subcommand.
//!
//! A subcommand file declares its arguments, calls the library, and words the answer; its one public name is a
//! [`Subcommand`]. To add one: write the file, name it below, and put it into [`SUBCOMMANDS`]. What subcommands share is in
//! `session` (paths, settings, threads, progress), `output` (files written whole or not at all) and `talk` (standard error).

mod audit;
mod check;
mod completions;
mod dedup;
mod eval;
mod explain;
mod fit_events;
mod git;
mod index;
mod kept;
mod man;
mod options_doc;
mod out_of_memory;
mod output;
mod places;
mod progress;
mod report;
mod rules;
mod session;
mod since;
mod staged;
mod standard;
mod talk;
mod temporary;
mod trust;

use std::fmt;
use std::io;
use std::path::Path;

use clap::{ArgMatches, Command};
use wirecopy::read::{ReadError, plain_words};
use wirecopy::settings::{ConfigError, SettingError};

use crate::Exit;

pub(crate) use out_of_memory::OrExit;

/// One subcommand.
struct Subcommand {
    /// Name, arguments and help.
    command: fn() -> Command,
    /// Does it.
    run: fn(&ArgMatches) -> Result<Exit, Failure>,
}

/// In the order in which help lists them.
const SUBCOMMANDS: &[Subcommand] = &[
    report::SUBCOMMAND,
    dedup::SUBCOMMAND,
    check::SUBCOMMAND,
    explain::SUBCOMMAND,
    index::SUBCOMMAND,
    audit::SUBCOMMAND,
    eval::SUBCOMMAND,
    rules::SUBCOMMAND,
    completions::SUBCOMMAND,
    man::SUBCOMMAND,
    options_doc::SUBCOMMAND,
    fit_events::SUBCOMMAND,
];

/// Why a command ended early.
#[derive(Debug)]
enum Failure {
    /// What was found and what to do, for standard error.
    Said(String),
    /// Whoever read our output has enough; nothing is wrong.
    ReaderGone,
}

impl Failure {
    /// Something about an output, which messages call `name`.
    fn output(name: impl fmt::Display, error: &io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            io::ErrorKind::FileTooLarge => Failure::Said(format!(
                "{name}: could not be written: the file would be larger than the system allows (ulimit -f)"
            )),
            io::ErrorKind::StorageFull => Failure::Said(format!("{name}: could not be written: the disk is full")),
            _ => Failure::Said(format!("{name}: could not be written: {}", plain_words(error))),
        }
    }

    /// Something about a file that is read beside the articles.
    fn input(path: &Path, error: &io::Error) -> Failure {
        let path = path.display();
        Failure::Said(match error.kind() {
            io::ErrorKind::NotFound => format!("{path}: no such file"),
            io::ErrorKind::IsADirectory => format!("{path}: is a folder, expected a file"),
            io::ErrorKind::PermissionDenied => format!("{path}: no permission to read it"),
            io::ErrorKind::InvalidData => format!("{path}: not UTF-8 text"),
            _ => format!("{path}: {}", plain_words(error)),
        })
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        Failure::Said(error.to_string())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::Said(error.to_string())
    }
}

/// Of a setting that came as a flag.
impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Failure {
        Failure::Said(format!("--{error}"))
    }
}

const ABOUT: &str = "Finds copied news articles and reports of the same event, and says for each pair why";

const LONG_ABOUT: &str = "\
Finds copied news articles, wire stories that several outlets ran, shortened, extended or lightly edited; and the reports of the same \
event, whatever their wording.

Candidates are found by hashing, and each one is then compared exactly on its words, so that nothing is called a copy on \
a guess. Bulletins that share their frame and differ in numbers, dates and names are told apart from copies.";

const AFTER_HELP: &str = "\
What to do next:
  wirecopy report FOLDER
      which articles report one event, and which are copies
  wirecopy report news.jsonl.gz
      the same of JSON lines, CSV, .gz, .zst; - is standard input
  wirecopy report FOLDER --html report.html
      the same for the browser
  wirecopy explain A B FOLDER
      why two of them belong together, or don't
  wirecopy report --help
      every option, with its default

Exit codes: 0 done; 1 done, with findings (commands that judge); 2 not done.";

/// The whole command line.
fn command() -> Command {
    Command::new("wirecopy")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_help(AFTER_HELP)
        .subcommand_required(true)
        // Nothing was checked, so this exits 2: a script with an empty variable must not pass.
        .arg_required_else_help(true)
        .subcommands(SUBCOMMANDS.iter().map(|subcommand| (subcommand.command)()))
}

/// Parses the arguments, runs the subcommand, words its failure.
pub(crate) fn main() -> Exit {
    temporary::watch_signals();
    std::panic::set_hook(Box::new(talk::fault));
    std::panic::catch_unwind(run).unwrap_or(Exit::CouldNotCheck)
}

fn run() -> Exit {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return talk::parsing_ended(&error),
    };
    let Some((name, matches)) = matches.subcommand() else { return Exit::CouldNotCheck };
    let Some(subcommand) = SUBCOMMANDS.iter().find(|subcommand| (subcommand.command)().get_name() == name) else {
        return Exit::CouldNotCheck;
    };
    exit_of((subcommand.run)(matches))
}

/// What to exit with; words a failure.
fn exit_of(result: Result<Exit, Failure>) -> Exit {
    temporary::wait_if_ending();
    match result {
        Ok(exit) => exit,
        Err(Failure::ReaderGone) => Exit::Clean,
        Err(Failure::Said(message)) => {
            talk::error(&message);
            Exit::CouldNotCheck
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        command().debug_assert();
    }

    #[test]
    fn every_option_has_help_and_one_that_takes_a_value_shows_its_default() {
        for subcommand in command().get_subcommands().filter(|command| !command.is_hide_set()) {
            for argument in subcommand.get_opts() {
                let place = format!("{} --{}", subcommand.get_name(), argument.get_id());
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{place} has no help");
                let shown = help.contains("[default: ") || !argument.get_default_values().is_empty();
                assert!(shown || !argument.get_action().takes_values(), "{place}: {help}");
            }
        }
    }
}
