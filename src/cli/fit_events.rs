//! `wirecopy fit-events` (hidden): where `src/events/weights.toml` comes from, and `src/events/background.terms`.
//!
//! Hidden, for both files are parts of the program: to change them is a developer's work, and anyone who has the labelled
//! articles can do it again and compare.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::eval::{FittedInput, Fitting, FittingInput, Without, fitting};
use wirecopy::events::{Profile, background_of};
use wirecopy::pipeline::{Reports, Tables};
use wirecopy::read::{Inputs, discover};

use super::output::{Output, refuse_overwriting};
use super::session::{self, Session, output_arg, path};
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

/// What `weights.toml` begins with.
const WEIGHTS_HEAD: &str = "# The weights of events::Model, written by `wirecopy fit-events`: not by hand.\n";

/// A word of the background stands in at least so many of the articles counted.
const LEAST_WORDS: u64 = 10;

/// The same of a pair of words.
const LEAST_PAIRS: u64 = 50;

fn command() -> Command {
    let command = Command::new("fit-events")
        .about(
            "Fit the weights of events on labelled inputs, each a file of its own, and say what each evidence is worth",
        )
        .after_help("Example: wirecopy fit-events labelled.jsonl --no-tables --weights weights.toml")
        .hide(true)
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .subcommand(background_command())
        .arg(file("weights", "Write the weights, as TOML, to this file [default: nowhere]").long("weights"))
        .arg(
            file("among", "Put the labelled articles also among those of this file, none of which is of their events")
                .long("among"),
        )
        .arg(
            Arg::new("no-tables")
                .long("no-tables")
                .action(ArgAction::SetTrue)
                .help("Fit once on all inputs; leave out no input and no evidence"),
        );
    session::args(command)
}

fn background_command() -> Command {
    Command::new("background")
        .after_help("Example: wirecopy fit-events background words.tsv pairs.tsv -o background.terms")
        .about("Make the background table of lists of terms with the number of articles that have each")
        .arg(file("words", "Words, tab, counts; the first line `#docs` and the number of articles").required(true))
        .arg(file("pairs", "The same of pairs of words").required(true))
        .arg(output_arg().required(true))
}

fn file(name: &'static str, help: &'static str) -> Arg {
    let parser = ValueParser::path_buf();
    Arg::new(name).value_name("FILE").help(help).value_parser(parser).value_hint(ValueHint::FilePath)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    match matches.subcommand() {
        Some(("background", matches)) => background(matches),
        _ => weights(matches),
    }
}

fn weights(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?.of_copies();
    let to = path(matches, "weights");
    let weights = to.map(|path| Output::open(Some(path), false)).transpose()?;
    let among = path(matches, "among").map(|path| among(&session, path)).transpose()?.unwrap_or_default();
    let mut inputs = Vec::new();
    for path in &session.paths {
        let found = discover(std::slice::from_ref(path), &session.settings.read)?;
        refuse_overwriting(&found, &[], &[to])?;
        inputs.push(input(&session, path, &found, &among)?);
    }
    let tables = !matches.get_flag("no-tables");
    let (fitted, _) = session.work(|_| Ok::<Fitting, Failure>(fitting(&inputs, tables)))?;
    Output::open(None, false)?.write(|out| out.write_all(text(&fitted).as_bytes()))?;
    if let Some(weights) = weights {
        weights.write(|out| write!(out, "{WEIGHTS_HEAD}{}", fitted.model.to_toml()))?;
    }
    Ok(Exit::Clean)
}

/// The reports of a file.
fn among(session: &Session, path: &Path) -> Result<Vec<Profile>, Failure> {
    let inputs = discover(&[path.to_owned()], &session.settings.read)?;
    let run = session.run_inputs(&inputs, Tables::default())?;
    let (reports, _) = session.work(|_| Reports::read(&inputs, &run))?;
    Ok(reports.profiles)
}

fn input(session: &Session, path: &Path, inputs: &Inputs, among: &[Profile]) -> Result<FittingInput, Failure> {
    let run = session.run_inputs(inputs, Tables::default())?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = name.split('.').next().unwrap_or_default();
    let (input, _) = session.work(|_| FittingInput::read(name, inputs, &run, among))?;
    if input.labelled() < 2 {
        let field = session.settings.read.label_field.as_deref().unwrap_or("cluster");
        return Err(Failure::Said(format!(
            "{}: {} articles have a `{field}` field; expected labelled articles, which --label-field may name",
            path.display(),
            input.labelled()
        )));
    }
    Ok(input)
}

/// Numbers to four places: what is compared with each other here is half a point apart.
fn text(fitted: &Fitting) -> String {
    let mut text = String::from("B-cubed            all inputs fitted                that input left out\n");
    text += "                   precision   recall       F1      precision   recall       F1\n";
    for input in &fitted.inputs {
        // Writing to a String can't fail.
        let _ = write!(text, "{:<18}", input.name);
        for score in [Some(input.fitted), input.left_out].into_iter().flatten() {
            let _ = write!(text, " {:>9.4} {:>8.4} {:>8.4}     ", score.precision, score.recall, score.f1);
        }
        text = text.trim_end().to_owned() + "\n";
    }
    let names: String = fitted.inputs.iter().map(|input| format!("{:>20}", input.name)).collect();
    let columns = |without: &Without| [without.fitted.clone(), without.left_out.clone()];
    let wholes = [|input: &FittedInput| Some(input.fitted.f1), |input: &FittedInput| Some(input.left_out?.f1)];
    for (column, how) in ["all inputs fitted", "that input left out"].into_iter().enumerate() {
        let wholes: Vec<f64> = fitted.inputs.iter().filter_map(wholes[column]).collect();
        if wholes.is_empty() || fitted.without.is_empty() {
            continue;
        }
        let _ =
            write!(text, "\nF1 without one kind of evidence, {how}; in brackets the difference\n{:<18}{names}\n", "");
        for without in &fitted.without {
            let _ = write!(text, "{:<18}", without.piece);
            for (f1, whole) in columns(without)[column].iter().zip(&wholes) {
                let _ = write!(text, "    {f1:.4} ({:+.4})", f1 - whole);
            }
            text.push('\n');
        }
    }
    text
}

fn background(matches: &ArgMatches) -> Result<Exit, Failure> {
    let lists: Vec<(PathBuf, String)> = ["words", "pairs"]
        .into_iter()
        .filter_map(|name| path(matches, name))
        .map(|path| {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
            Ok((path.to_owned(), text))
        })
        .collect::<Result<_, Failure>>()?;
    let counted: Vec<(&str, u64)> =
        lists.iter().map(|(_, text)| text.as_str()).zip([LEAST_WORDS, LEAST_PAIRS]).collect();
    let table =
        background_of(&counted).map_err(|error| Failure::Said(format!("{}:{error}", lists[error.list].0.display())))?;
    let output = Output::open(path(matches, "output"), false)?;
    output.write(|out| out.write_all(&table.to_bytes()))?;
    Ok(Exit::Clean)
}
