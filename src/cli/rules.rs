//! `wirecopy rules`: what can a check find, and what does one of its codes mean?

use clap::{Arg, ArgMatches, Command};
use wirecopy::check::Rule;
use wirecopy::settings::{Choice, nearest};

use super::output::Output;
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy rules
      the codes that findings of a check have, and which of them fail it unless told otherwise
  wirecopy rules copy
      what a code means, why it matters, an example, how to accept it";

fn command() -> Command {
    Command::new("rules")
        .about("List what a check can find, or explain one of its codes")
        .after_help(EXAMPLES)
        .arg(Arg::new("code").value_name("CODE").help("Print the page of this rule [default: list all]"))
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let text = match matches.get_one::<String>("code") {
        Some(code) => rule(code)?.page().to_owned(),
        None => list(),
    };
    Output::open(None, false)?.write(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

fn rule(code: &str) -> Result<Rule, Failure> {
    Rule::of_word(code).ok_or_else(|| {
        let what_next = match nearest(code, Rule::all().map(Rule::code)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", Rule::all().map(Rule::code).collect::<Vec<_>>().join(", ")),
        };
        Failure::Said(format!("no rule is called `{code}`; {what_next}"))
    })
}

fn list() -> String {
    let width = Rule::all().map(|rule| rule.code().len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  fails  meaning\n", "code");
    for rule in Rule::all() {
        let fails = if rule.fails_by_default() { "yes" } else { "no" };
        text += &format!("{:width$}  {fails:5}  {}\n", rule.code(), rule.meaning());
    }
    text + "\n\"fails\" is the default; --fail-on and wirecopy.toml change it. One of them explained: wirecopy rules CODE\n"
}
