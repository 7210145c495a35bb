//! `wirecopy dedup`: which articles are kept, so that of copies one is left?

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::dedup::{Decisions, DropKinds, Fates, Keep, Policy, RemovedWriter, Tally, compare_and_decide};
use wirecopy::index::Index;
use wirecopy::pipeline::{Run, Stage, Tables};
use wirecopy::read::{Guard, Inputs, ReadError, Skipped, discover, discover_guarded};
use wirecopy::settings::{InputFormat, Settings};

use super::kept::{Folder, Kept, ReadyKept, is_folder};
use super::output::{is_an_input, real, refuse_overwriting};
use super::session::{self, Session, many_paths, memory_args, path};
use super::staged::{Ready, Staged};
use super::temporary::undisturbed;
use super::{Failure, Subcommand, talk};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const LONG_ABOUT: &str = "\
Write the articles that are left when of copies one is kept.

Articles are gone through in the order that --keep says, and each is kept unless it has a verified edge of its own, of a \
kind in --drop, to one that is kept already. So every removed article names a kept one that it was compared with, and no two \
kept ones that were compared are copies of each other. (In groups of more than 64 near-identical articles the search compares \
each with a few; those are then compared with the one that is kept, so that of thousands alike one is left.) A copy of a copy \
that is no copy of the kept one stays, and is counted.

Kept records are written in input order, byte for byte as they were: JSON lines as JSON lines, rows as rows under their \
header, array elements as an array. Inputs of several formats, and text files in one stream, become JSON lines of their \
fields. Articles without a word are kept. A record that can't be read as an article is removed with the reason bad_record, \
for it would break whoever reads the kept ones.";

const EXAMPLES: &str = "\
A line of --removed: id, kept_id, kept_in (input or against), kind, similarity, containment, coverage, reason (edge, repeated: \
the same id and words were read before, bad_record), file, line, record (the fields as they were; of a row its columns) or, \
for what has no fields, raw (its text).

The exit code is 0 also when articles were removed, and 2 where something could not be read or written; then files that \
were there before are as they were.

Examples:
  wirecopy dedup news.jsonl.gz -o kept.jsonl.gz --removed removed.jsonl
      one file, compressed as before; what went, and for which article, in removed.jsonl
  wirecopy dedup news -o kept/ --removed removed.jsonl --keep source:ttxvn.vn,vnexpress.net
      a folder file by file; of copies the one of the agency is kept, else that of VnExpress, else the earliest
  wirecopy dedup today.csv --against archive -o new.csv --drop identical,copy,excerpt
      only what the archive has not, excerpts of its articles not either; the archive is never written";

fn command() -> Command {
    let file = |name: &'static str, value: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(ValueParser::path_buf()).value_hint(ValueHint::AnyPath)
    };
    let command = Command::new("dedup")
        .about("Write the articles that are left when of copies one is kept")
        .long_about(LONG_ABOUT)
        .after_help("Example: wirecopy dedup news.jsonl -o kept.jsonl --removed removed.jsonl")
        .after_long_help(EXAMPLES)
        .arg(
            file("output", "KEPT")
                .short('o')
                .help("Write kept records to this file; a folder, or a name that ends in /, gets a file for each input")
                .long_help(
                    "Write kept records to this file, whole or not at all; .gz and .zst compress. A folder, or a name that \
                     ends in /, gets a file of the same name for each input; a text file that is removed has none there, \
                     and an older one of its name goes. - is standard output.",
                )
                .default_value("-"),
        )
        .arg(
            file("removed", "REMOVED")
                .help("Write removed records to this file as JSON lines, each with the article it was removed for [default: nowhere]"),
        )
        .arg(
            Arg::new("keep")
                .long("keep")
                .value_name("WHICH")
                .help("Which copy is kept: earliest, longest, representative, or source:OUTLET,OUTLET,...")
                .long_help(
                    "Which copy is kept: `earliest` published, where that is unknown or equal the longest, then the smallest \
                     id; `longest`; `representative`, the member of the copy cluster that covers most others; or \
                     `source:OUTLET,OUTLET,...`, outlets in order of preference, then the earliest.",
                )
                .default_value("earliest"),
        )
        .arg(
            Arg::new("drop")
                .long("drop")
                .value_name("KINDS")
                .help("For which edges an article is removed: identical, copy, excerpt, template")
                .long_help(
                    "For which edges an article is removed, with commas: `identical`, `copy`; `excerpt`, which goes in favor \
                     of the longer text that it stands in, never the other way; `template`, which thins out bulletins of \
                     the same frame with other numbers and dates. Those are no copies: their news is lost.",
                )
                .default_value("identical,copy"),
        )
        .arg(
            file("against", "PATH").action(ArgAction::Append).help(
                "Remove from the input also what is a copy of an article in this index, file or folder, which is never written; \
                 files and folders may be given several times [default: none]",
            ),
        )
        .args(memory_args());
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let against = many_paths(matches, "against");
    let index = index_among(&against)?;
    let base = index.as_ref().map_or_else(Settings::default, |index| index.settings().clone());
    let session = Session::over(base, matches)?.of_copies();
    let keep = parsed::<Keep>(matches, "keep")?;
    let drop = parsed::<DropKinds>(matches, "drop")?;
    let (mut inputs, new_inputs) = find(&session, if index.is_some() { &[] } else { &against }, None)?;
    let mut tables = Tables::default();
    if let Some(index) = &index {
        index.accepts(&session.settings)?;
        tables.shells = index.shells().cloned();
        session.work(|progress| {
            progress.begin(Stage::Read, inputs.total_bytes());
            index.bring(&mut inputs, &session.settings, true, &|bytes| progress.done(bytes))
        })?;
    }
    let policy = Policy { keep, drop, new_inputs };

    // Opened before the work, so that a missing folder is not found out after it.
    let outputs = Outputs::open(matches, &session, &inputs, new_inputs)?;
    let mut run = session.run_inputs(&inputs, tables)?;
    refuse_what_is_unclear(&run.intake.skipped)?;
    let (decisions, _) =
        session.work(|progress| compare_and_decide(&inputs, &mut run, &policy, &session.memory, progress))?;
    let keeps_removed = outputs.removed.is_some();
    let ((kept, removed, written), _) = session.work(|progress| {
        progress.begin(Stage::Write, inputs.total_bytes());
        outputs.write(&run, &decisions, &session, &inputs, &|bytes| progress.done(bytes))
    })?;
    commit(kept, removed)?;
    if !session.quiet {
        summary(&run, &policy, &written, keeps_removed);
    }
    Ok(session.exit(&run.intake))
}

/// What is removed is gone: so nothing is, where the texts of an input were not found, or nobody knows which of two columns counts.
fn refuse_what_is_unclear(skipped: &Skipped) -> Result<(), Failure> {
    if !skipped.texts_elsewhere.is_empty() {
        return Err(Failure::Said("nothing was deduplicated, because the texts of an input were not found".to_owned()));
    }
    match skipped.ambiguous_headers {
        0 => Ok(()),
        1 => Err(Failure::Said("a header has the id or the text twice; keep one of the two columns".to_owned())),
        more => {
            Err(Failure::Said(format!("{more} headers have the id or the text twice; keep one of the two columns")))
        }
    }
}

/// Puts both in place: what may still fail comes first, and kept records take the place of others last.
fn commit(kept: ReadyKept, removed: Option<Ready>) -> Result<(), Failure> {
    let copies_removed = removed.as_ref().is_some_and(Ready::is_copied);
    match removed {
        Some(removed) if kept.is_copied() => {
            kept.commit()?;
            removed.commit()
        }
        Some(removed) => {
            // A file that is renamed takes no time: then both are there, or none.
            let both = || removed.commit().and_then(|()| kept.commit());
            if copies_removed { both() } else { undisturbed(both) }
        }
        None => kept.commit(),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(matches: &ArgMatches, name: &str) -> Result<T, Failure> {
    let given = matches.get_one::<String>(name).map_or("", String::as_str);
    given.parse().map_err(|error| Failure::Said(format!("--{name}: {error}")))
}

/// The index that is held against, where it is one.
fn index_among(against: &[PathBuf]) -> Result<Option<Index>, Failure> {
    match against.iter().find(|path| Index::is_at(path)) {
        None => Ok(None),
        Some(path) if against.len() == 1 => Ok(Some(Index::open(path)?)),
        Some(path) => Err(Failure::Said(format!(
            "--against: {} is an index; hold against it alone, or against files and folders",
            path.display()
        ))),
    }
}

/// The inputs, those that are held against behind the others, and how many are to be deduplicated.
pub(super) fn find(session: &Session, against: &[PathBuf], guard: Option<&Guard>) -> Result<(Inputs, usize), Failure> {
    let found = |paths: &[PathBuf]| match guard {
        Some(guard) => discover_guarded(paths, &session.settings.read, guard),
        None => discover(paths, &session.settings.read),
    };
    let all: Vec<PathBuf> = session.paths.iter().chain(against).cloned().collect();
    let mut inputs = found(&all)?;
    if against.is_empty() {
        let count = inputs.files().len();
        return Ok((inputs, count));
    }
    let old = found(against)?;
    // What can't be read of what is known is nobody's finding.
    inputs.excuse_unread(|file| old.unread().contains(file));
    // Pipes are left out: they can be opened once only, and are no file that both lead to.
    let new: Vec<PathBuf> = session.paths.iter().filter(|path| path.is_file() || path.is_dir()).cloned().collect();
    let old_real: HashSet<PathBuf> = old.files().iter().filter_map(|file| Some(real(file.path()?))).collect();
    if !new.is_empty()
        && let Some(both) =
            found(&new)?.files().iter().find(|file| file.path().is_some_and(|path| old_real.contains(&real(path))))
    {
        return Err(on_both_sides(both.name()));
    }
    // Only `-` is left to be found once for both.
    match inputs.files().len().checked_sub(old.files().len()) {
        Some(count)
            if count > 0 && inputs.files()[count..].iter().zip(old.files()).all(|(a, b)| a.name() == b.name()) =>
        {
            Ok((inputs, count))
        }
        _ => Err(on_both_sides("standard input")),
    }
}

fn on_both_sides(name: &str) -> Failure {
    Failure::Said(format!(
        "{name}: is both to be deduplicated and held against (--against); leave it out of one of the two"
    ))
}

/// Where records go.
struct Outputs {
    kept: Kept,
    removed: Option<(PathBuf, RemovedWriter<Staged>)>,
}

/// What was written.
struct Written {
    tally: Tally,
    /// Records whose bytes are not held: in neither output.
    passed_over: u64,
}

impl Outputs {
    fn open(matches: &ArgMatches, session: &Session, inputs: &Inputs, count: usize) -> Result<Outputs, Failure> {
        let settings = &session.settings.read;
        if let Some(file) = inputs.files()[..count].iter().find(|file| file.format() == InputFormat::Parquet) {
            return Err(ReadError::NoRawRecords { name: file.name().to_owned() }.into());
        }
        let kept_path = path(matches, "output").unwrap_or(Path::new("-"));
        let removed_path = path(matches, "removed");
        if removed_path == Some(kept_path) {
            return Err(Failure::Said(
                "-o and --removed are the same; kept and removed records need an output each".to_owned(),
            ));
        }
        let taken: HashSet<PathBuf> = inputs.files().iter().filter_map(|file| Some(real(file.path()?))).collect();
        refuse_overwriting(inputs, &[], &[Some(kept_path), removed_path])?;
        let kept = if is_folder(kept_path) {
            let folder = Folder::open(kept_path, inputs, count, &session.paths)?;
            if let Some(target) = folder.targets().find(|target| taken.contains(&real(target))) {
                return Err(is_an_input(&target));
            }
            if removed_path.is_some_and(|removed| folder.targets().any(|target| real(&target) == real(removed))) {
                return Err(Failure::Said("--removed is one of the kept files; name another file".to_owned()));
            }
            Kept::Folder(Box::new(folder))
        } else {
            if removed_path.is_some_and(|removed| removed.as_os_str() != "-" && real(removed) == real(kept_path)) {
                return Err(Failure::Said("-o and --removed are the same file; name two".to_owned()));
            }
            Kept::stream(kept_path, inputs, count, settings, session.quiet)?
        };
        let removed = removed_path
            .map(|path| Ok::<_, Failure>((path.to_owned(), RemovedWriter::new(Staged::open(path)?))))
            .transpose()?;
        Ok(Outputs { kept, removed })
    }

    /// Reads every record again and writes it where it belongs. Nothing is in place yet.
    fn write(
        self,
        run: &Run,
        decisions: &Decisions,
        session: &Session,
        inputs: &Inputs,
        progress: &dyn Fn(u64),
    ) -> Result<(ReadyKept, Option<Ready>, Written), Failure> {
        let Outputs { mut kept, mut removed } = self;
        let settings = &session.settings.read;
        let mut fates = Fates::of(run, decisions);
        let (mut passed_over, mut done) = (0, 0);
        for (index, file) in inputs.files().iter().enumerate().take(decisions.policy.new_inputs) {
            kept.begin(index, inputs, settings)?;
            let (mut whole, mut failed) = (true, None);
            let pass = inputs.raw_records_in(index, settings, &|bytes| progress(done + bytes), &mut |record| {
                let fate = fates.next(record.location);
                let pushed = match &mut removed {
                    _ if fate.is_kept() => kept.push(&record, file),
                    Some((name, removed)) => removed
                        .push(&record, file, fate, run, decisions)
                        .map_err(|error| Failure::output(name.display(), &error)),
                    None => Ok(()),
                };
                whole &= fate.is_kept();
                failed = pushed.err();
                if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if let Some(failure) = failed {
                return Err(failure);
            }
            // What is cut off would, copied whole, break whoever reads it.
            whole &= !pass.cut_off;
            kept.end(file, whole)?;
            // A file that is copied whole loses nothing.
            passed_over += if whole && matches!(kept, Kept::Folder(_)) { 0 } else { pass.passed_over };
            done += file.stored_bytes().unwrap_or(0);
        }
        if !fates.all_met() {
            return Err(Failure::Said("an input changed while it was read; nothing was written".to_owned()));
        }
        let removed = removed.map(|(_, removed)| removed.finish().finish()).transpose()?;
        Ok((kept.finish()?, removed, Written { tally: fates.tally(), passed_over }))
    }
}

/// Says what was kept and what went.
fn summary(run: &Run, policy: &Policy, written: &Written, keeps_removed: bool) {
    let Written { tally, passed_over } = written;
    let gone = tally.all_removed();
    let mut reasons: Vec<String> = policy
        .drop
        .kinds()
        .map(|kind| (tally.removed_as(kind), kind.name()))
        .chain([(tally.repeated, "repeated"), (tally.bad, "bad")])
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    if reasons.is_empty() {
        reasons.push("nothing to remove".to_owned());
    }
    talk::note(&format!(
        "{} read: {} kept, {gone} removed ({})",
        talk::counted(tally.kept + gone, "record", "records"),
        tally.kept,
        reasons.join(", ")
    ));
    if tally.stayed > 0 {
        let kinds: Vec<&str> = policy.drop.kinds().map(|kind| kind.name()).collect();
        talk::note(&format!(
            "{} kept beside another of the same copy cluster, for want of an edge of their own ({}) to a kept article",
            tally.stayed,
            kinds.join(", ")
        ));
    }
    if tally.empty > 0 {
        talk::note(&format!("{} of the kept have no words, and are copies of nothing", tally.empty));
    }
    if let Keep::Source(outlets) = &policy.keep {
        let is_known = |outlet: &&String| {
            run.records
                .iter()
                .any(|record| record.source.as_ref().is_some_and(|source| source.eq_ignore_ascii_case(outlet)))
        };
        for outlet in outlets.iter().filter(|outlet| !is_known(outlet)) {
            talk::warning(&format!("--keep: no article is of the outlet {outlet}"));
        }
    }
    if *passed_over > 0 {
        talk::warning(&match passed_over {
            1 => "1 record is in neither output: it is larger than --max-article-bytes, or no text, and was not held"
                .to_owned(),
            _ => format!(
                "{passed_over} records are in neither output: they are larger than --max-article-bytes, or no text, and were not held"
            ),
        });
    }
    if gone > 0 && !keeps_removed {
        talk::warning("the removed records are written nowhere; --removed FILE keeps them, each with its reason");
    }
}
