//! `wirecopy index`: what is kept of articles, so that new ones can be checked against them?

use std::path::Path;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::days::published;
use wirecopy::index::{self, Added, Index, IndexError, Info, Removal, Removed, Writer};
use wirecopy::pipeline::{Stage, Tables};
use wirecopy::read::{discover, discover_guarded};
use wirecopy::report::{harmless, write_json};
use wirecopy::settings::Settings;

use super::output::{Output, Together, is_an_input, real, refuse_one_file_twice};
use super::session::{self, Session, output_arg, path, save_shells_arg, save_terms_arg, shells_arg, tables, terms_arg};
use super::talk::counted;
use super::trust::{Trust, trust_arg};
use super::{Failure, Subcommand, talk};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
An index is a folder. Many may read it while one adds; what was added is there for good, also after a crash.

Examples:
  wirecopy index create archive.index
  wirecopy index add archive.index archive/2021 archive/2022.jsonl.gz
      what is known; boilerplate is learned from what is added first, and holds from then on
  wirecopy check today.jsonl --against archive.index
      which of today's articles copy one of those
  wirecopy index remove archive.index --before 2022-01-01
  wirecopy index verify archive.index";

fn command() -> Command {
    Command::new("index")
        .about("Keep articles, so that new ones can be checked against them")
        .long_about(
            "Keep articles, so that new ones can be checked against them: 1.8 kilobytes for one of 450 words, all of it in the \
             folder INDEX.",
        )
        .after_help("Example: wirecopy index add archive.index archive/")
        .after_long_help(EXAMPLES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(create_command())
        .subcommand(add_command())
        .subcommand(remove_command())
        .subcommand(info_command())
        .subcommand(verify_command())
        .subcommand(compact_command())
        .subcommand(export_command())
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    match matches.subcommand() {
        Some(("create", matches)) => create(matches),
        Some(("add", matches)) => add(matches),
        Some(("remove", matches)) => remove(matches),
        Some(("info", matches)) => info(matches),
        Some(("verify", matches)) => verify(matches),
        Some(("compact", matches)) => compact(matches),
        Some(("export", matches)) => export(matches),
        // A subcommand is required, and there is no other.
        _ => Ok(Exit::CouldNotCheck),
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        Failure::Said(error.to_string())
    }
}

fn index_arg() -> Arg {
    Arg::new("index")
        .value_name("INDEX")
        .help("The folder of the index")
        .required(true)
        .value_parser(ValueParser::path_buf())
        .value_hint(ValueHint::DirPath)
}

/// The folder that the argument names.
fn folder(matches: &ArgMatches) -> &Path {
    // The argument is required.
    path(matches, "index").unwrap_or(Path::new(""))
}

fn wait_arg() -> Arg {
    Arg::new("wait")
        .long("wait")
        .action(ArgAction::SetTrue)
        .help("Where another process is writing to the index, wait for it to end")
}

fn json_arg() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Say it as JSON, for scripts")
}

fn create_command() -> Command {
    session::args_without_paths(
        Command::new("create")
            .about("Make an index without articles")
            .long_about(
                "Make an index without articles.\n\nWith --shells and --terms it begins with the tables of a report or of another \
                 index (`--save-shells`, `--save-terms` of either) instead of learning its own from what is added first.",
            )
            .after_help("Example: wirecopy index create archive.index")
            .arg(index_arg())
            .arg(shells_arg().requires("terms").help("Leave out the boilerplate in this table [default: learned from what is added first]"))
            .arg(terms_arg().requires("shells").help("Weigh words by this table of document frequencies [default: learned from what is added first]"))
            .arg(trust_arg("Take the configuration from this commit of the git repository [default: as it stands]")),
        &["window-words", "boilerplate"],
    )
}

fn create(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::trusting(Settings::default(), matches, Trust::of(matches)?.as_ref())?;
    let tables = tables(matches)?;
    index::create(folder(matches), &session.settings)?;
    if let Tables { shells: Some(shells), terms: Some(terms), .. } = tables {
        let put = Writer::open(folder(matches), false).and_then(|mut writer| writer.set_tables(shells, terms));
        put.map_err(|error| {
            let folder = folder(matches).display();
            Failure::Said(format!("{error}; {folder} is made, but without these tables: remove it and make it again"))
        })?;
    }
    if !session.quiet {
        let folder = folder(matches).display();
        talk::note(&format!("made {folder}; add articles to it with: wirecopy index add {folder} PATH"));
    }
    Ok(Exit::Clean)
}

fn add_command() -> Command {
    session::reading_args(
        Command::new("add")
            .about("Add articles")
            .long_about(
                "Add articles, in batches, each of which is there for good once it is committed. The same article again changes \
                 nothing. An article whose id is known is a new version: it takes the place of the version that is there, unless \
                 both have a time and the new one is the older. Of one id in one input the last record counts, by the same rule. New \
                 articles are compared with earlier versions as well, where these have other words.\n\nBoilerplate is learned from \
                 what is added first: so begin with much.",
            )
            .after_help("Example: wirecopy index add archive.index archive/ more.jsonl.gz")
            .arg(index_arg())
            .arg(wait_arg())
            .arg(json_arg())
            .arg(trust_arg(
                "Read the paths, and the configuration, as this commit of the git repository has them [default: as they stand]",
            )),
    )
}

fn add(matches: &ArgMatches) -> Result<Exit, Failure> {
    let mut writer = Writer::open(folder(matches), matches.get_flag("wait"))?;
    let trust = Trust::of(matches)?;
    let session = Session::trusting(writer.index().settings().clone(), matches, trust.as_ref())?;
    writer.index().accepts(&session.settings)?;
    let copy = trust.map(|trust| trust.copy(&session.paths)).transpose()?;
    let inputs = match &copy {
        Some(copy) => discover_guarded(&copy.paths, &session.settings.read, &copy.guard)?,
        None => discover(&session.paths, &session.settings.read)?,
    };
    copy.as_ref().map_or(Ok(()), |copy| copy.refuse_pointers(&inputs))?;
    let learns = writer.index().shells().is_none();
    let (added, _) = session.work(|progress| {
        progress.begin(Stage::Read, inputs.total_bytes().map(|bytes| 2 * bytes));
        writer.add(&inputs, &session.settings.read, &|bytes| progress.done(bytes))
    })?;
    let intake = wirecopy::pipeline::Intake { skipped: added.skipped.clone(), ..Default::default() };
    talk::cut_off(&intake);
    if !session.quiet {
        talk::set_aside(&intake, &inputs);
    }
    if added.new + added.revised + added.unchanged + added.older == 0 {
        return Err(Failure::Said("nothing was added: no record could be read as an article with words".to_owned()));
    }
    let info = writer.index().info();
    if matches.get_flag("json") {
        say_json(&serde_json::json!({ "added": added, "index": info }))?;
    } else if !session.quiet {
        talk::note(&said_of(&added));
        if learns && writer.index().shells().is_some_and(|shells| !shells.shells().is_empty()) {
            talk::note(&format!(
                "learned {} of boilerplate, left out from now on",
                counted(info.shells as u64, "line", "lines")
            ));
        }
        talk::note(&format!("{} in {}", counted(info.articles, "article", "articles"), folder(matches).display()));
    }
    talk::merge_failed(added.merge_failed.as_deref());
    Ok(session.exit(&intake))
}

fn said_of(added: &Added) -> String {
    let parts = [
        (added.new, "new"),
        (added.revised, "replaced by a new version"),
        (added.unchanged, "there already"),
        (added.older, "older than what is there, left out"),
        (added.repeated, "there under the same id in this input, left out"),
        (added.empty, "without words, left out"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    said.join("; ")
}

fn remove_command() -> Command {
    session::args_without_paths(
        Command::new("remove")
            .about("Remove articles by id, outlet or age")
            .long_about(
                "Remove articles by id, outlet or age: what any of the options names goes, with all of its versions. An id, an \
                 outlet or a date that no article has is no error, and a warning says so. Space is given back when enough has \
                 gathered, or by `wirecopy index compact`.",
            )
            .after_help("Example: wirecopy index remove archive.index --before 2022-01-01")
            .arg(index_arg())
            .arg(
                Arg::new("id")
                    .long("id")
                    .value_name("ID")
                    .action(ArgAction::Append)
                    .help("Remove the article of this id; may be given several times [default: none]"),
            )
            .arg(
                Arg::new("source")
                    .long("source")
                    .value_name("OUTLET")
                    .action(ArgAction::Append)
                    .help("Remove the articles of this outlet; may be given several times [default: none]"),
            )
            .arg(
                Arg::new("before")
                    .long("before")
                    .value_name("DATE")
                    .help("Remove what was published before this day or moment; what has no date stays; a day begins on the clock of the index (`wirecopy index info`) unless an offset is given [default: none]"),
            )
            .arg(wait_arg())
            .arg(json_arg()),
        &[],
    )
}

fn remove(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let texts = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    let before = match matches.get_one::<String>("before") {
        None => None,
        Some(text) => Some(published::parse(text).ok_or_else(|| {
            Failure::Said(format!(
                "--before: found `{text}`, expected a date such as 2022-01-31 or 2022-01-31T18:00:00Z"
            ))
        })?),
    };
    let removal = Removal { ids: texts("id"), outlets: texts("source"), before };
    if removal == Removal::default() {
        return Err(Failure::Said("nothing to remove is named: give --id, --source or --before".to_owned()));
    }
    let mut writer = Writer::open(folder(matches), matches.get_flag("wait"))?;
    let (removed, _) = session.work(|_| writer.remove(&removal))?;
    let left = writer.index().len();
    if matches.get_flag("json") {
        say_json(&serde_json::json!({ "removed": removed, "index": writer.index().info() }))?;
    } else if !session.quiet {
        let mut said = format!("{} removed", counted(removed.articles, "article", "articles"));
        if removed.earlier_versions > 0 {
            said += &format!(", {}", counted(removed.earlier_versions, "earlier version", "earlier versions"));
        }
        talk::note(&format!("{said}; {} left", counted(left, "article is", "articles are")));
    }
    say_what_matched_nothing(&removed, matches);
    talk::merge_failed(removed.merge_failed.as_deref());
    Ok(Exit::Clean)
}

/// Names what was to be removed and is not there. It is not there now, as was asked for, so this is no failure: a script may remove the
/// same article twice. But it may also be a slip of the pen.
fn say_what_matched_nothing(removed: &Removed, matches: &ArgMatches) {
    for id in &removed.unknown_ids {
        talk::warning(&format!("--id: no article has the id `{id}`"));
    }
    for outlet in &removed.unknown_outlets {
        talk::warning(&format!("--source: no article is of the outlet `{outlet}`"));
    }
    if removed.none_before {
        let before = matches.get_one::<String>("before").map_or("", String::as_str);
        talk::warning(&format!("--before: no article was published before {before}"));
    }
}

fn info_command() -> Command {
    session::args_without_paths(
        Command::new("info")
            .about("Say what an index holds, what it was made with, and what it takes on disk")
            .after_help("Example: wirecopy index info archive.index")
            .arg(index_arg())
            .arg(json_arg()),
        &[],
    )
}

fn info(matches: &ArgMatches) -> Result<Exit, Failure> {
    let index = Index::open(folder(matches))?;
    let info = index.info();
    if matches.get_flag("json") {
        say_json(&serde_json::json!(info))?;
        return Ok(Exit::Clean);
    }
    Output::open(None, false)?.write(|out| write_info(&info, folder(matches), out))?;
    Ok(Exit::Clean)
}

fn write_info(info: &Info, folder: &Path, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    writeln!(out, "{}", harmless(&folder.display().to_string()))?;
    writeln!(out, "  articles     {}, of {}", info.articles, counted(info.outlets as u64, "outlet", "outlets"))?;
    if let Some((first, last)) = &info.published {
        writeln!(out, "  published    {first} to {last}; a time without an offset is read as {}", info.timezone)?;
    }
    let each = info.bytes.checked_div(info.articles).unwrap_or(0);
    writeln!(
        out,
        "  on disk      {} bytes, {each} an article, in {}",
        info.bytes,
        counted(info.segments as u64, "segment", "segments")
    )?;
    for (part, bytes) in info.parts.iter().filter(|(_, bytes)| *bytes > 0) {
        writeln!(out, "    {part:<22} {bytes}")?;
    }
    if info.earlier_versions > 0 {
        writeln!(out, "  earlier      {} of these articles", counted(info.earlier_versions, "version", "versions"))?;
    }
    if info.removed > 0 {
        writeln!(out, "  removed      {}, whose space is given back by `wirecopy index compact`", info.removed)?;
    }
    writeln!(
        out,
        "  boilerplate  {}, fingerprint {}, epoch {}",
        counted(info.shells as u64, "line", "lines"),
        info.shells_fingerprint,
        info.epoch
    )?;
    for (name, value) in &info.settings {
        writeln!(out, "  {name:<12} {}", harmless(value))?;
    }
    writeln!(out, "  format {}, generation {}", info.format, info.generation)
}

fn verify_command() -> Command {
    session::args_without_paths(
        Command::new("verify")
            .about("Read all of an index and say what is not as it was written")
            .long_about(
                "Read all of an index and say what is not as it was written, and what is lost with it. Exit 0 where all is well, 1 \
                 where something is damaged, 2 where it can't be opened.",
            )
            .after_help("Example: wirecopy index verify archive.index")
            .arg(index_arg()),
        &[],
    )
}

fn verify(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let (faults, _) = session.work(|_| Index::verify(folder(matches)))?;
    for fault in &faults {
        talk::error(&fault.to_string());
    }
    if faults.is_empty() && !session.quiet {
        talk::note(&format!("{}: all is as it was written", folder(matches).display()));
    }
    Ok(if faults.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn compact_command() -> Command {
    session::args_without_paths(
        Command::new("compact")
            .about("Write an index anew as one segment, without what was removed")
            .after_help("Example: wirecopy index compact archive.index --relearn")
            .arg(index_arg())
            .arg(
                Arg::new("relearn")
                    .long("relearn")
                    .action(ArgAction::SetTrue)
                    .help("Learn boilerplate anew, from all articles that are there"),
            )
            .arg(wait_arg()),
        &[],
    )
}

fn compact(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let mut writer = Writer::open(folder(matches), matches.get_flag("wait"))?;
    let (compacted, _) = session.work(|_| writer.compact(matches.get_flag("relearn")))?;
    talk::merge_failed(compacted.merge_failed.as_deref());
    if !session.quiet {
        talk::note(&format!(
            "{} bytes in {}; before, {} in {}",
            compacted.bytes,
            counted(compacted.segments as u64, "segment", "segments"),
            compacted.bytes_before,
            counted(compacted.segments_before as u64, "segment", "segments"),
        ));
    }
    Ok(Exit::Clean)
}

fn export_command() -> Command {
    session::args_without_paths(
        Command::new("export")
            .about("Write all articles of an index as JSON lines")
            .long_about(
                "Write all articles of an index as JSON lines, in an order that does not depend on how they came in. With \
                 --save-shells and --save-terms, also its tables: `wirecopy report --shells --terms` on the three says what a \
                 report on all of them says under these tables.",
            )
            .after_help("Example: wirecopy index export archive.index -o archive.jsonl")
            .arg(index_arg())
            .arg(output_arg())
            .arg(save_shells_arg())
            .arg(save_terms_arg()),
        &[],
    )
}

fn export(matches: &ArgMatches) -> Result<Exit, Failure> {
    let session = Session::of(matches)?;
    let index = Index::open(folder(matches))?;
    // All are opened before the first is written, so that nothing is written where one of them can't be.
    let [shells_to, terms_to] = ["save-shells", "save-terms"].map(|name| path(matches, name));
    let to = path(matches, "output").filter(|path| path.as_os_str() != "-");
    refuse_one_file_twice(&[
        ("-o", to.or(Some(Path::new("-")))),
        ("--save-shells", shells_to),
        ("--save-terms", terms_to),
    ])?;
    if let Some(to) =
        [to, shells_to, terms_to].into_iter().flatten().find(|to| real(to).starts_with(real(index.path())))
    {
        return Err(is_an_input(to));
    }
    let [shells_output, terms_output] =
        [shells_to, terms_to].map(|to| to.map(|path| Output::open(Some(path), false)).transpose());
    let (shells_output, terms_output) = (shells_output?, terms_output?);
    let output = Output::open(to, false)?;
    let mut files = Together::default();
    if let Some(shells_output) = shells_output {
        let table = index.shells().cloned().unwrap_or_default().to_json();
        let table = table.map_err(|error| Failure::Said(format!("--save-shells: {error}")))?;
        files.write(&shells_output, |out| writeln!(out, "{table}"))?;
    }
    if let Some(terms_output) = terms_output {
        let table = index.terms().cloned().unwrap_or_default().to_bytes();
        files.write(&terms_output, |out| out.write_all(&table))?;
    }
    let mut failed = None;
    let written = files
        .write(&output, |out| {
            let exported = index.export(out);
            match exported {
                Ok(_) => Ok(()),
                Err(IndexError::Io { source, .. }) => Err(source),
                Err(error) => {
                    let message = error.to_string();
                    failed = Some(error);
                    Err(std::io::Error::other(message))
                }
            }
        })
        .map_err(|failure| failed.map_or(failure, Failure::from));
    files.put_in_place(written)?;
    if !session.quiet {
        talk::note(&format!("{} written", counted(index.len(), "article", "articles")));
    }
    Ok(Exit::Clean)
}

/// Writes a value for scripts to standard output.
fn say_json(value: &serde_json::Value) -> Result<(), Failure> {
    Output::open(None, false)?.write(|out| write_json(value, out))
}
