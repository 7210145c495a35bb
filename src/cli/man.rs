//! `wirecopy man`: the manual, as pages for `man`.

use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::Path;

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Command, ValueHint};

use super::output::{Output, refuse_links};
use super::session::path;
use super::temporary::{TemporaryFolder, undisturbed};
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
        Some(folder) => write_pages(folder)?,
        None => {
            let page = clap_mangen::Man::new(super::command());
            Output::open(None, false)?.write(|mut out| page.render(&mut out))?;
        }
    }
    Ok(Exit::Clean)
}

/// Writes the pages beside one another first, so that each takes the place of what was there, and of a link the link itself.
fn write_pages(folder: &Path) -> Result<(), Failure> {
    let fails = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            Failure::Said(format!("{}: could not be written: there is no such folder; make it first", folder.display()))
        }
        _ => Failure::output(folder.display(), &error),
    };
    refuse_links(folder)?;
    let staging = TemporaryFolder::in_folder(folder).map_err(fails)?;
    clap_mangen::generate_to(super::command(), staging.path()).map_err(fails)?;
    let pages: Vec<_> = staging.path().read_dir().and_then(Iterator::collect).map_err(fails)?;
    let place = |page: &DirEntry| std::fs::rename(page.path(), folder.join(page.file_name()));
    undisturbed(|| pages.iter().try_for_each(place)).map_err(fails)
}
