//! `wirecopy man`: the manual, as pages for `man`.

use std::io::ErrorKind;

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Command, ValueHint};

use super::output::Output;
use super::session::path;
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy man | man -l -
  wirecopy man ~/.local/share/man/man1";

fn command() -> Command {
    Command::new("man")
        .about("Print the manual page, or write the pages of all commands to a folder")
        .after_help(EXAMPLES)
        .arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .help("Write wirecopy.1, wirecopy-report.1 and so on to this folder")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::DirPath),
        )
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    match path(matches, "folder") {
        Some(folder) => clap_mangen::generate_to(super::command(), folder).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::Said(format!(
                "{}: could not be written: there is no such folder; make it first",
                folder.display()
            )),
            _ => Failure::output(folder.display(), &error),
        })?,
        None => {
            let page = clap_mangen::Man::new(super::command());
            Output::open(None, false)?.write(|mut out| page.render(&mut out))?;
        }
    }
    Ok(Exit::Clean)
}
