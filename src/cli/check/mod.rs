//! `wirecopy check`: which of these new articles copy what is known?

mod against;
mod args;
mod gate;
mod outputs;
mod question;
mod stream;

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use wirecopy::check::{Checked, Known, Outcome, Policy, check};
use wirecopy::index::Added;
use wirecopy::settings::Settings;

use self::against::Against;
use self::outputs::Outputs;
use self::question::{BaselineUpdate, policy, question};
use super::output::refuse_overwriting;
use super::session::{Session, path, temp_dir};
use super::since::{Since, since};
use super::trust::Trust;
use super::{Failure, Subcommand, talk};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command: args::command, run };

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    if matches.get_flag("stream") {
        return stream::run(matches);
    }
    let mut outputs = Outputs::open(matches);
    let mut attempt = Attempt::default();
    match outputs.trouble().and_then(|()| attempt.make(matches, &mut outputs)) {
        Ok(exit) => Ok(exit),
        Err(Failure::Said(message)) => {
            let is_annotated = outputs.annotates_standard_output();
            // The one failure that matters is this one, whatever becomes of writing it down.
            let written = attempt.write_failure(matches, outputs, message.clone());
            match written {
                Err(Failure::Said(also)) if also != message => talk::error(&also),
                // The log has it as an annotation, and needs it once.
                Ok(()) if is_annotated => return Ok(Exit::CouldNotCheck),
                _ => {}
            }
            Err(Failure::Said(message))
        }
        Err(Failure::ReaderGone) => Err(Failure::ReaderGone),
    }
}

/// A check on its way: what is known of it, should it fail.
#[derive(Default)]
struct Attempt {
    settings: Settings,
    policy: Policy,
    /// What it found, where only what follows fails.
    checked: Option<Checked>,
    /// Whether no output is an input.
    outputs_are_safe: bool,
}

impl Attempt {
    /// Checks, writes the result, and does what follows from it: nothing is added or accepted of which there is no report.
    fn make(&mut self, matches: &ArgMatches, outputs: &mut Outputs) -> Result<Exit, Failure> {
        let trust = Trust::of(matches)?;
        self.policy = policy(matches, trust.as_ref())?;
        let (mut known, copy) = Against::open(matches, trust.as_ref())?;
        let mut session = Session::trusting(known.settings(), matches, trust.as_ref())?;
        self.settings = session.settings.clone();
        if let Some(index) = known.index() {
            index.accepts(&session.settings)?;
            outputs.refuse_index(index.path())?;
        }
        let mut question = question(matches, self.policy.clone(), trust.as_ref())?;
        let siblings = gate::siblings(&session.paths)?;
        session.paths.extend(siblings.iter().cloned());
        let guard = gate::guard(&session.paths, &known, copy.as_ref())?;
        let (found, changes) = gate::inputs_by_rules(matches, &mut session, &known, &guard, trust.as_ref())?;
        let (mut inputs, count, mut name) = found;
        copy.as_ref().map_or(Ok(()), |copy| copy.refuse_pointers(&inputs))?;
        gate::add_absent(&mut inputs, &session.paths, trust.as_ref())?;
        question.changes = changes;
        question.origins.index = known.index().map(|index| index.path().display().to_string());
        let beside: Vec<PathBuf> = path(matches, "baseline").map(Path::to_owned).into_iter().collect();
        refuse_overwriting(&inputs, &beside, &outputs.paths())?;
        self.outputs_are_safe = true;
        gate::excuse_siblings(&mut question, &inputs, &siblings, &session.settings.read)?;
        if let Some(reference) = matches.get_one::<String>("since") {
            let temporary = temp_dir(matches);
            let since =
                session.work(|_| since(reference, &session.paths, &mut inputs, &session.settings.read, &temporary))?.0;
            let Since { unchanged, excused, gone, object } = since;
            question.unchanged.extend(unchanged);
            question.excused.contents.extend(excused.contents);
            question.excused.files.extend(excused.files);
            question.origins.since = Some(format!("{reference} ({object})"));
            if matches!(known, Against::Nothing) {
                inputs.push_stored(reference, gone);
                name = Some(reference.clone());
            }
        }
        let judged = match (known.index(), name) {
            (Some(index), _) => Known::Index(index),
            (None, Some(name)) => Known::InputsFrom(count, name),
            (None, None) => Known::Nothing,
        };
        let (outcome, _) = session.work(|progress| check(inputs, &judged, &session.settings, &question, progress))?;
        drop(judged);
        say(&outcome, &session);
        let checked = self.checked.insert(outcome.checked.clone());
        if !checked.judged_anything() && (checked.known == 0 || !has_a_base(checked)) {
            let name = checked.against.as_ref().map(|(name, _)| name.as_str());
            return Err(Failure::Said(gate::nothing_was_judged(&outcome.inputs, checked.known, name)));
        }
        let update = match matches.get_flag("update-baseline") {
            true => Some(BaselineUpdate::new(matches, &question, checked)?),
            false => None,
        };
        let staged = outputs.stage(checked)?;
        outputs.put_in_place(staged, checked, || {
            if let Some(update) = update {
                update.write(session.quiet)?;
            }
            if matches.get_flag("add") {
                add(&mut known, &outcome, &session)?;
            }
            Ok(())
        })?;
        Ok(exit(checked))
    }

    /// Writes to every output why there is no result, or not all of one. What may be an input is left as it is.
    fn write_failure(self, matches: &ArgMatches, outputs: Outputs, message: String) -> Result<(), Failure> {
        let checked = match self.checked {
            Some(mut checked) => {
                checked.errors.push(message);
                checked
            }
            None => Checked::not_made(self.settings.clone(), self.policy, message),
        };
        let outputs = match self.outputs_are_safe {
            true => outputs,
            false => outputs.that_are_no_inputs(matches, &self.settings.read),
        };
        outputs.write_failure(&checked)
    }
}

/// What could not be checked outranks what was found.
fn exit(checked: &Checked) -> Exit {
    match (checked.errors.is_empty(), checked.fails()) {
        (false, _) => Exit::CouldNotCheck,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Clean,
    }
}

/// Says what of the input was set aside.
fn say(outcome: &Outcome, session: &Session) {
    talk::cut_off(&outcome.intake);
    if !session.quiet {
        talk::set_aside(&outcome.intake, &outcome.inputs);
    }
}

/// Whether a commit says what was there before: where nothing is new since then, that is an answer.
fn has_a_base(checked: &Checked) -> bool {
    checked.scope.origins.since.is_some() || checked.scope.origins.trusted_base.is_some()
}

/// Adds what passed to the index, and says what became of it.
fn add(known: &mut Against, outcome: &Outcome, session: &Session) -> Result<(), Failure> {
    let writer = known.writer()?;
    let wanted = |location| outcome.passed.contains(&location);
    let (added, _) = session.work(|_| writer.add_only(&outcome.inputs, &session.settings.read, &|_| (), &wanted))?;
    if !session.quiet {
        talk::note(&what_was_added(&added));
    }
    talk::merge_failed(added.merge_failed.as_deref());
    Ok(())
}

/// `4 articles added`, which of them are new versions of known ones, and of what passed and was not added, why not.
fn what_was_added(added: &Added) -> String {
    let new = format!("{} added", talk::counted(added.new, "article", "articles"));
    let revised = talk::counted(added.revised, "article", "articles");
    let revised = format!("{revised} replaced by a new version (new articles are compared with both)");
    let mut said = match (added.new, added.revised) {
        (_, 0) => new,
        (0, _) => revised,
        _ => format!("{new}, {revised}"),
    };
    let others = [
        (added.older, "older than what the index has under the same id"),
        (added.unchanged, "there already"),
        (added.repeated, "there under the same id in this input"),
    ];
    let others: Vec<String> =
        others.iter().filter(|(number, _)| *number > 0).map(|(number, why)| format!("{number} {why}")).collect();
    if !others.is_empty() {
        said += &format!("; passed and not added: {}", others.join(", "));
    }
    said
}
