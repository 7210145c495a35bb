//! `wirecopy completions`: what a shell needs to complete our options.

use clap::builder::EnumValueParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;

use super::output::Output;
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy completions bash > ~/.local/share/bash-completion/completions/wirecopy
  wirecopy completions zsh > ~/.zfunc/_wirecopy
  wirecopy completions fish > ~/.config/fish/completions/wirecopy.fish";

fn command() -> Command {
    Command::new("completions")
        .about("Print a script that completes wirecopy's options in a shell")
        .after_help(EXAMPLES)
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .help("The shell")
                .value_parser(EnumValueParser::<Shell>::new()),
        )
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        clap_complete::generate(*shell, &mut super::command(), "wirecopy", &mut script);
    }
    Output::open(None, false)?.write(|out| out.write_all(&script))?;
    Ok(Exit::Clean)
}
