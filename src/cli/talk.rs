//! What is said on standard error: errors, what was set aside, and with `-v` how the search went and what it held.
//!
//! Messages are lower case, name the place first, and hold nothing that could steer a terminal or the log of a build: what articles
//! and file names say goes there with them.

use std::io::Write;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use wirecopy::events::Density;
use wirecopy::pipeline::{Intake, Run, Stage};
use wirecopy::read::{ChosenBy, Clocks, Inputs, Location, Reason, Why};
use wirecopy::report::{harmless, without_text};

use super::{Failure, progress, standard};
use crate::Exit;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = Style::new().bold();

/// Of what is listed by name, at most so many are.
const NAMED: usize = 3;

/// A line on standard error. That nobody reads it is no reason to stop.
fn line(style: Style, kind: &str, message: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "wirecopy: {style}{kind}:{style:#} {}", harmless(message));
}

fn indented(message: &str) {
    let _ = writeln!(anstream::stderr().lock(), "  {}", harmless(message));
}

/// Why nothing, or not everything, was done.
pub(super) fn error(message: &str) {
    line(ERROR, "error", message);
}

/// Something that the answer lacks.
pub(super) fn warning(message: &str) {
    line(WARNING, "warning", message);
}

/// Something good to know.
pub(super) fn note(message: &str) {
    line(NOTE, "note", message);
}

/// What might be done next: commands, each with what it does.
pub(super) fn next(commands: &[(String, &str)]) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "\n{NOTE}Next{NOTE:#}");
    for (command, what) in commands {
        let _ = writeln!(stderr, "  {}\n      {what}", harmless(command));
    }
}

/// Help or version, printed; or what is wrong with the arguments, said.
pub(super) fn parsing_ended(error: &clap::Error) -> Exit {
    use clap::error::ErrorKind;
    if !error.use_stderr() {
        let written = standard::output_is_open().and_then(|()| error.print()).and_then(|()| std::io::stdout().flush());
        return super::exit_of(
            written.map(|()| Exit::Clean).map_err(|error| Failure::output("standard output", &error)),
        );
    }
    if let Some(path) = path_for_command(error) {
        self::error(&format!(
            "`{path}` is a path, expected a command; to see what is copied in it: wirecopy report {path}"
        ));
        return Exit::CouldNotCheck;
    }
    let mut stderr = anstream::stderr().lock();
    let prefix = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "",
        _ => "wirecopy: ",
    };
    // It repeats arguments, and a file name may be one.
    let plain = format!("{prefix}{}", error.render());
    let shown: String = plain.split_inclusive('\n').map(without_commands).collect();
    let _ = match shown == plain {
        true => write!(stderr, "{prefix}{}", error.render().ansi()),
        false => write!(stderr, "{shown}"),
    };
    Exit::CouldNotCheck
}

/// A line with its end, made harmless.
fn without_commands(line: &str) -> String {
    let bare = line.strip_suffix('\n').unwrap_or(line);
    format!("{}{}", harmless(bare), &line[bare.len()..])
}

/// A fault of the program itself. It may repeat what it was working on.
pub(super) fn fault(fault: &std::panic::PanicHookInfo<'_>) {
    error(&format!("this is a bug of wirecopy, please report it: {fault}"));
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        trace.to_string().lines().for_each(indented);
    }
}

/// The file or folder that stands where a command belongs, and was not meant to be one.
fn path_for_command(error: &clap::Error) -> Option<&str> {
    use clap::error::{ContextKind, ContextValue};
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(word) => std::path::Path::new(word).exists().then_some(word),
        _ => None,
    }
}

pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Says why segments of an index were not merged after a change that was made all the same.
pub(super) fn merge_failed(why: Option<&str>) {
    if let Some(why) = why {
        warning(&format!("the change is made, but segments were not merged: {why}; the next change tries again"));
    }
}

/// Says which inputs were cut off or have texts that were not found: the reason for exit code 2, and so said even to those who
/// asked for quiet.
pub(super) fn cut_off(intake: &Intake) {
    for input in &intake.skipped.truncated {
        let read = if input.offset > 0 { "; what stood before was read" } else { "" };
        error(&format!("{input}{read}"));
    }
    intake.skipped.texts_elsewhere.iter().for_each(|input| error(&input.to_string()));
}

/// Says what of the input was set aside, with the first few examples of each.
pub(super) fn set_aside(intake: &Intake, inputs: &Inputs) {
    let skipped = &intake.skipped;
    let examples = |count: u64, shows: fn(&Reason) -> bool| {
        let examples: Vec<_> = skipped.examples.iter().filter(|example| shows(&example.reason)).collect();
        examples.iter().for_each(|example| indented(&example.to_string()));
        let hidden = count - examples.len() as u64;
        if hidden > 0 {
            indented(&format!("... and {hidden} more"));
        }
    };
    if skipped.bad_records > 0 {
        warning(&format!("{} left out:", counted(skipped.bad_records, "record was", "records were")));
        examples(skipped.bad_records, |reason| matches!(reason, Reason::Bad(_)));
    }
    if skipped.undated > 0 {
        warning(&format!("{} could not be read:", counted(skipped.undated, "date", "dates")));
        examples(skipped.undated, |reason| matches!(reason, Reason::Undated { .. }));
    }
    if skipped.lossy > 0 {
        warning(&format!("{} not wholly decoded:", counted(skipped.lossy, "article was", "articles were")));
        examples(skipped.lossy, |reason| matches!(reason, Reason::Lossy));
    }
    if skipped.unread_fields > 0 {
        let articles = counted(skipped.unread_fields, "article has", "articles have");
        warning(&format!("{articles} a field that could not be read:"));
        examples(skipped.unread_fields, |reason| matches!(reason, Reason::UnreadField { .. }));
    }
    if skipped.repeated_fields > 0 {
        let records = counted(skipped.repeated_fields, "record or header has", "records or headers have");
        warning(&format!("{records} a field twice:"));
        examples(skipped.repeated_fields, |reason| matches!(reason, Reason::RepeatedField { .. }));
    }
    if skipped.rows_inside > 0 {
        let rows = counted(skipped.rows_inside, "row seems", "rows seem");
        warning(&format!("{rows} to hold other rows inside quotes:"));
        examples(skipped.rows_inside, |reason| matches!(reason, Reason::RowsInside { .. }));
    }
    if !intake.renamed.is_empty() {
        // One alone is never renamed.
        warning(&format!(
            "{} articles share an id and not their words; a hash now tells them apart: {}",
            intake.renamed.len(),
            first_few(intake.renamed.iter().map(String::as_str))
        ));
    }
    if !intake.repeated.is_empty() {
        let records = counted(
            intake.repeated.len() as u64,
            "record has the id and the words of another and is left out",
            "records have the id and the words of another and are left out",
        );
        let named: Vec<String> = (intake.repeated.iter().take(NAMED + 1))
            .map(|one| format!("{} ({})", place(inputs, one.location), id_as_read(&one.id, intake)))
            .collect();
        note(&format!("{records}: {}", first_few(named.iter().map(String::as_str))));
    }
    if !intake.empty.is_empty() {
        let articles =
            counted(intake.empty.len() as u64, "article has no words and is", "articles have no words and are");
        note(&format!("{articles} left out: {}", first_few(intake.empty.iter().map(String::as_str))));
    }
    clocks(&skipped.times, inputs);
    passed_over(inputs);
    if skipped.unnamed > 0 {
        note(&format!(
            "{} no id and got file:line or file.json[17]",
            counted(skipped.unnamed, "article has", "articles have")
        ));
    }
    if skipped.markup > 0 {
        let articles = counted(skipped.markup, "article has", "articles have");
        note(&format!("{articles} markup (HTML tags or entities), which was taken out; --text-format plain keeps it"));
    }
    if let Some(stand_ins) = without_text(skipped) {
        note(&stand_ins);
    }
}

/// Says by which clock those times were read that have no offset, and how many that clock showed twice or never.
fn clocks(times: &Clocks, inputs: &Inputs) {
    if times.without > 0
        && let Some(zone) = inputs.zone()
    {
        let read = counted(times.without, "time has no offset and is", "times have no offset and are");
        let why = match times.chosen_by {
            ChosenBy::Named => "",
            ChosenBy::Offsets => ", as most others of the input; --timezone names another zone",
            ChosenBy::Index => ", as times of the index; --timezone names another zone",
            ChosenBy::None => "; --timezone names another zone",
        };
        note(&format!("{read} read as {zone}{why}"));
    }
    if times.changed > 0 {
        let times = counted(times.changed, "time was", "times were");
        note(&format!(
            "{times} on the clock twice or never, where it is put back or forward; the earlier reading is taken"
        ));
    }
}

/// Says which fields may give the time of publication, where most articles have none.
pub(super) fn fields_without_time(names: &[String]) {
    note(&format!(
        "most articles have no time of publication; name its field with --published-field if it is {}",
        names.join(" or ")
    ));
}

/// Says which files of folders look like articles and were not read, and which READMEs.
fn passed_over(inputs: &Inputs) {
    let unread = inputs.unread();
    if !unread.is_empty() {
        warning(&format!(
            "{} passed over that may hold articles:",
            counted(unread.len() as u64, "file was", "files were")
        ));
        unread.iter().take(NAMED).for_each(|file| indented(&format!("{}: {}", file.name, file.why)));
        if unread.len() > NAMED {
            indented(&format!("... and {} more", unread.len() - NAMED));
        }
    }
    if let Some(readmes) = inputs.passed_over().get(&Why::Readme) {
        note(&format!(
            "{} passed over: {}; name a file, or use --include, to have it read",
            counted(readmes.files, "README was", "READMEs were"),
            first_few(readmes.first.iter().map(String::as_str))
        ));
    }
}

/// Says which fields there are, where no article has a text of its own: the text may be among them under another name.
pub(super) fn fields_without_text(names: &[String]) {
    note(&format!("no article has a text; name it with --text-field if it is among {}", names.join(", ")));
}

/// A place in the input as messages name it: `file:line`.
pub(super) fn place(inputs: &Inputs, location: Location) -> String {
    let name = inputs.files().get(location.file as usize).map_or("?", |file| file.name());
    format!("{name}:{}", location.line)
}

/// An id as its record has it: without the hash that tells it from others.
fn id_as_read<'a>(id: &'a str, intake: &Intake) -> &'a str {
    if intake.renamed.iter().any(|renamed| renamed == id) { without_hash(id) } else { id }
}

/// Of an id that a hash tells from others, what its record has.
pub(super) fn without_hash(renamed: &str) -> &str {
    renamed.rsplit_once('#').map_or(renamed, |(id, _)| id)
}

fn first_few<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names = names.peekable();
    let mut shown: Vec<&str> = names.by_ref().take(NAMED).collect();
    if names.peek().is_some() {
        shown.push("...");
    }
    shown.join(", ")
}

/// Says how the search went: what was asked, what that took, what it cost.
pub(super) fn search(run: &Run, timings: &[(Stage, Duration)]) {
    let plan = &run.search.plan;
    note(&format!(
        "pairs that share {:.3} of the shorter article are found with probability {}: {} of 20 samples, {} of 100 must agree",
        plan.containment,
        plan.target_recall,
        plan.samples_needed(20),
        plan.samples_needed(100),
    ));
    note(&format!(
        "{} given up by their imprints, {} compared exactly, {} verified; {} with exactly the words of another; {} compared with pivots",
        counted(run.search.given_up as u64, "pair", "pairs"),
        run.search.candidates - run.search.given_up,
        counted(run.edges.len() as u64, "edge", "edges"),
        counted(run.search.exact_duplicates as u64, "article", "articles"),
        counted(run.search.large_groups as u64, "large group", "large groups"),
    ));
    if let Some(Density { reports, pairs, median, percentile_99, worst }) =
        run.events.as_ref().map(|found| found.density)
    {
        note(&format!(
            "events: {} of {} proposed; candidates a report: median {median}, 99th percentile {percentile_99}, worst {worst}",
            counted(pairs as u64, "pair", "pairs"),
            counted(reports as u64, "report", "reports"),
        ));
    }
    note(&format!(
        "boilerplate: {}, fingerprint {:016x}",
        counted(run.shells.shells().len() as u64, "shell", "shells"),
        run.shells.fingerprint()
    ));
    for shell in &run.shell_examples {
        indented(&format!("in {} stories: {}", shell.stories, shell.text));
    }
    held(run);
    for (stage, took) in timings {
        note(&format!("{} took {:.2} s", progress::stage_name(*stage), took.as_secs_f64()));
    }
}

/// Says what was held in memory, as far as it grows with the input.
fn held(run: &Run) {
    let held = &run.search.held;
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    note(&format!(
        "held: {}, records {}, outlines {}, sketches {}, imprints {}, {}pairs {}, edges {}; texts read again in {} of at most {}",
        counted(run.records.len() as u64, "article", "articles"),
        mib(held.records),
        mib(held.outlines),
        mib(held.samples),
        mib(held.imprints),
        if held.in_files > 0 { format!("of these {} in temporary files, ", mib(held.in_files)) } else { String::new() },
        mib(held.pairs),
        mib(held.edges),
        counted(held.blocks as u64, "block", "blocks"),
        mib(held.block),
    ));
}
