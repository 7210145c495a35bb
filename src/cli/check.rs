//! `wirecopy check`: which of these new articles copy what is known?

use std::collections::BTreeSet;
use std::io::{BufRead, Cursor, Write};
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde::Deserialize;
use wirecopy::check::{Allowed, Baseline, Checked, Entry, Known, Outcome, Policy, Question, Rule, Verdict, check};
use wirecopy::index::{Index, Writer};
use wirecopy::read::{Inputs, discover, discover_with};
use wirecopy::report::{CheckFormat, CheckOptions, github_summary, write_check};
use wirecopy::settings::{Choice, InputFormat, Settings, nearest};

use super::output::{Output, refuse_overwriting};
use super::session::{self, Session, choice, chosen, many_paths, path, whole_number, width};
use super::since::{Since, since};
use super::{Failure, Subcommand, talk};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const EXAMPLES: &str = "\
Examples:
  wirecopy check today.jsonl --against archive.index
      which of today's articles copy one of the archive, or one another
  wirecopy check today.jsonl --against archive.index --add
      the same, and what passes is in the archive from now on
  wirecopy check corpus/ --since origin/main --format github
      of a corpus in git only the records that origin/main has not, held against those that it has
  wirecopy check today.jsonl --against archive.index --baseline accepted.jsonl --output sarif=check.sarif --output junit=check.xml
      but for pairs that were accepted; for other tools as well
  tail -f feed.jsonl | wirecopy check - --against archive.index --stream
      a verdict a line, as articles come

Exit 0: nothing that fails was found; 1: something was; 2: it could not be checked, or not wholly. `wirecopy rules` lists what can be \
found, and which of it fails.";

fn command() -> Command {
    let command = Command::new("check")
        .about("Check new articles: which of them copy what is known, or one another")
        .long_about(
            "Check new articles: which of them copy what is known, or one another. Each finding names the article that it matches, \
             how much they share, and a passage of it. Only what is new is judged: an article that is known with the same words is \
             passed over.",
        )
        .after_help("Example: wirecopy check today.jsonl --against archive.index")
        .after_long_help(EXAMPLES)
        .arg(
            Arg::new("against")
                .long("against")
                .value_name("PATH")
                .action(ArgAction::Append)
                .help("What is known: an index, or files and folders; may be given several times [default: nothing]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::AnyPath),
        )
        .arg(
            Arg::new("since")
                .long("since")
                .value_name("REF")
                .help("Judge only records that this commit of the git repository had not; its records are known [default: all are new]"),
        )
        .arg(
            Arg::new("fail-on")
                .long("fail-on")
                .value_name("RULES")
                .help("The rules whose findings fail the check, with commas; none: no rule [default: identical,copy,excerpt,unreadable]"),
        )
        .arg(
            Arg::new("baseline")
                .long("baseline")
                .value_name("FILE")
                .help("Accept the pairs in this file [default: none]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            Arg::new("update-baseline")
                .long("update-baseline")
                .action(ArgAction::SetTrue)
                .requires("baseline")
                .conflicts_with("add")
                .help("Write every pair that fails now to the baseline, and take out what it no longer needs"),
        )
        .arg(
            Arg::new("reason")
                .long("reason")
                .value_name("TEXT")
                .requires("update-baseline")
                .help("Why new entries of the baseline are accepted [default: none]"),
        )
        .arg(
            Arg::new("who")
                .long("who")
                .value_name("NAME")
                .requires("update-baseline")
                .help("Who accepts new entries of the baseline [default: none]"),
        )
        .arg(
            Arg::new("expires")
                .long("expires")
                .value_name("DAY")
                .requires("update-baseline")
                .help("The last day on which new entries of the baseline accept, such as 2027-01-31 [default: for good]"),
        )
        .arg(
            Arg::new("today")
                .long("today")
                .value_name("DAY")
                .hide_short_help(true)
                .help("The day on which entries of the baseline must still hold [default: today, UTC]"),
        )
        .arg(
            Arg::new("add")
                .long("add")
                .action(ArgAction::SetTrue)
                .help("Add to the index what passes; no other process can add in between"),
        )
        .arg(
            Arg::new("wait")
                .long("wait")
                .action(ArgAction::SetTrue)
                .requires("add")
                .help("Where another process is writing to the index, wait for it to end"),
        )
        .arg(
            Arg::new("stream")
                .long("stream")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["since", "update-baseline", "output"])
                .help("Read JSON lines from standard input without end, and write a verdict for each, a line of JSON, at once"),
        )
        .arg(choice("format", CheckFormat::Text).help("What the result is written as"))
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("[FORMAT=]FILE")
                .action(ArgAction::Append)
                .help("Write to this file, as --format says or as FORMAT; may be given several times [default: standard output]"),
        )
        .arg(
            Arg::new("summary")
                .long("summary")
                .value_name("FILE")
                .help("Append a summary in Markdown to this file [default: with the format github $GITHUB_STEP_SUMMARY, else nowhere]")
                .value_parser(ValueParser::path_buf())
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            Arg::new("top")
                .long("top")
                .allow_negative_numbers(true)
                .value_name("N")
                .help("In text: how many findings are shown of each verdict; 0: all")
                .default_value("20"),
        );
    session::args(command)
}

fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let mut known = Against::open(matches)?;
    let session = Session::over(known.settings(), matches)?;
    if let Some(index) = known.index() {
        index.accepts(&session.settings)?;
    }
    let mut question = question(matches)?;
    if matches.get_flag("stream") {
        return stream(matches, &session, &mut known, &question);
    }
    let outputs = Outputs::open(matches, &session)?;
    let (mut inputs, count, name) = inputs(&session, &known)?;
    let beside: Vec<PathBuf> = path(matches, "baseline").map(Path::to_owned).into_iter().collect();
    refuse_overwriting(&inputs, &beside, &outputs.paths())?;
    let mut name = name;
    if let Some(reference) = matches.get_one::<String>("since") {
        let Since { unchanged, gone } = since(reference, &session.paths, &inputs, &session.settings.read)?;
        question.unchanged = unchanged;
        if matches!(known, Against::Nothing) {
            inputs.push_stored(reference, Cursor::new(gone));
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
    let Outcome { checked, intake, inputs, passed, .. } = outcome;
    talk::cut_off(&intake);
    if !session.quiet {
        talk::set_aside(&intake, &inputs);
    }
    refuse_if_nothing_was_read(&checked)?;
    outputs.write(&checked)?;
    if matches.get_flag("update-baseline") {
        update_baseline(matches, &question, &checked, session.quiet)?;
        return Ok(session.exit(&intake));
    }
    if matches.get_flag("add") {
        let writer = known.writer()?;
        let wanted = |location| passed.contains(&location);
        let (added, _) = session.work(|_| writer.add_only(&inputs, &session.settings.read, &|_| (), &wanted))?;
        if !session.quiet {
            talk::note(&format!("{} added", talk::counted(added.new + added.revised, "article", "articles")));
        }
    }
    Ok(exit(&checked, session.exit(&intake)))
}

/// What could not be checked outranks what was found.
fn exit(checked: &Checked, read: Exit) -> Exit {
    match read {
        Exit::CouldNotCheck => Exit::CouldNotCheck,
        _ if checked.fails() => Exit::Findings,
        _ => Exit::Clean,
    }
}

/// A check of nothing must not pass.
fn refuse_if_nothing_was_read(checked: &Checked) -> Result<(), Failure> {
    if checked.articles + checked.known == 0 && !checked.fails() {
        return Err(Failure::Said("nothing was checked: the input holds no article with words".to_owned()));
    }
    Ok(())
}

/// What new articles are checked against.
enum Against {
    Nothing,
    Paths(Vec<PathBuf>),
    Index(Box<Index>),
    /// An index that articles are to be added to: nobody else can, while this is held.
    Writer(Box<Writer>),
}

impl Against {
    fn open(matches: &ArgMatches) -> Result<Against, Failure> {
        let paths = many_paths(matches, "against");
        let adds = matches.get_flag("add");
        let (indexes, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| Index::is_at(path));
        match (&indexes[..], &others[..]) {
            ([], []) if adds => Err(Failure::Said("--add: name the index to add to with --against".to_owned())),
            ([], []) => Ok(Against::Nothing),
            ([], [path]) if adds || looks_like_an_index(path) => Err(Index::open(path)
                .map_or_else(Failure::from, |_| Failure::Said(format!("{}: is no index", path.display())))),
            ([], _) if adds => {
                Err(Failure::Said("--add: articles are added to an index, and to nothing else".to_owned()))
            }
            ([], _) => Ok(Against::Paths(others)),
            ([path], []) if adds => Ok(Against::Writer(Box::new(Writer::open(path, matches.get_flag("wait"))?))),
            ([path], []) => Ok(Against::Index(Box::new(Index::open(path)?))),
            _ => Err(Failure::Said(
                "--against: one index, or files and folders; not several indexes, nor both".to_owned(),
            )),
        }
    }

    fn index(&self) -> Option<&Index> {
        match self {
            Against::Index(index) => Some(index),
            Against::Writer(writer) => Some(writer.index()),
            _ => None,
        }
    }

    fn writer(&mut self) -> Result<&mut Writer, Failure> {
        match self {
            Against::Writer(writer) => Ok(writer),
            _ => Err(Failure::Said("--add: name the index to add to with --against".to_owned())),
        }
    }

    fn settings(&self) -> Settings {
        self.index().map_or_else(Settings::default, |index| index.settings().clone())
    }
}

/// Whether a path is meant for an index that is not there: a folder of which nothing but the name says so.
fn looks_like_an_index(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "index")
}

/// The new inputs, behind them those that are known, how many are new, and what the known ones are called.
fn inputs(session: &Session, known: &Against) -> Result<(Inputs, usize, Option<String>), Failure> {
    let settings = &session.settings.read;
    let Against::Paths(paths) = known else {
        let inputs = discover(&session.paths, settings)?;
        let count = inputs.files().len();
        return Ok((inputs, count, None));
    };
    let (inputs, count) = super::dedup::find(session, paths)?;
    let name = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    Ok((inputs, count, Some(name)))
}

/// What the command line, the configuration and the baseline say.
fn question(matches: &ArgMatches) -> Result<Question, Failure> {
    let mut policy = configured_policy(matches)?;
    if let Some(list) = matches.get_one::<String>("fail-on") {
        policy.fail_on = rules(list.split(',')).map_err(|error| Failure::Said(format!("--fail-on: {error}")))?;
    }
    let baseline = match path(matches, "baseline") {
        None => Baseline::default(),
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => {
                let baseline = Baseline::parse(&text, &path.display().to_string());
                baseline.map_err(|error| Failure::Said(error.to_string()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && matches.get_flag("update-baseline") => {
                Baseline::default()
            }
            Err(error) => return Err(Failure::input(path, &error)),
        },
    };
    day(matches, "expires")?;
    let now = || jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let today = day(matches, "today")?.unwrap_or_else(now);
    Ok(Question { policy, baseline, today, unchanged: BTreeSet::new() })
}

/// The day that an argument gives, as baselines hold it.
fn day(matches: &ArgMatches, name: &str) -> Result<Option<String>, Failure> {
    let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
    match text.parse::<jiff::civil::Date>() {
        Ok(day) => Ok(Some(day.to_string())),
        Err(_) => Err(Failure::Said(format!("--{name}: found `{text}`, expected a day such as 2027-01-31"))),
    }
}

fn rules<'w>(words: impl Iterator<Item = &'w str>) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for word in words.map(str::trim).filter(|word| !word.is_empty() && *word != "none") {
        rules.push(Rule::of_word(word).ok_or_else(|| {
            let near = nearest(word, Rule::all().map(Rule::code));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!(
                "no rule is called `{word}`{near} (they are {})",
                Rule::all().map(Rule::code).collect::<Vec<_>>().join(", ")
            )
        })?);
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules)
}

/// The table `[check]` of a `wirecopy.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct CheckTable {
    fail_on: Option<Vec<String>>,
    allow: Vec<String>,
    own_revisions: bool,
}

#[derive(Deserialize)]
struct ConfigOfCheck {
    #[serde(default)]
    check: CheckTable,
}

fn configured_policy(matches: &ArgMatches) -> Result<Policy, Failure> {
    let Some((path, text)) = session::config_text(matches)? else { return Ok(Policy::default()) };
    let name = path.display();
    let ConfigOfCheck { check } = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        Failure::Said(format!("{name}:{line}: [check]: {}", error.message()))
    })?;
    let fails = |error: String| Failure::Said(format!("{name}: [check] {error}"));
    let mut policy = Policy { own_revisions: check.own_revisions, ..Policy::default() };
    if let Some(words) = &check.fail_on {
        policy.fail_on = rules(words.iter().map(String::as_str)).map_err(|error| fails(format!("fail-on: {error}")))?;
    }
    for line in &check.allow {
        policy.allow.push(Allowed::parse(line).ok_or_else(|| {
            fails(format!("allow: found `{line}`, expected an outlet, or two such as `ttxvn.vn -> baotintuc.vn`"))
        })?);
    }
    Ok(policy)
}

/// Where the result goes, and as what.
struct Outputs {
    options: CheckOptions,
    to: Vec<(CheckFormat, Option<PathBuf>, Output)>,
    summary: Option<PathBuf>,
}

impl Outputs {
    fn open(matches: &ArgMatches, session: &Session) -> Result<Outputs, Failure> {
        let format = chosen(matches, "format", CheckFormat::Text);
        let mut to = Vec::new();
        let given: Vec<&String> = matches.get_many("output").into_iter().flatten().collect();
        for text in &given {
            let (format, path) =
                match text.split_once('=').and_then(|(word, path)| Some((CheckFormat::of_word(word)?, path))) {
                    Some((format, path)) => (format, path),
                    None => (format, text.as_str()),
                };
            if path.is_empty() {
                return Err(Failure::Said(format!("--output {text}: a file must be named behind the =")));
            }
            to.push((format, path));
        }
        // A file for other tools takes nothing from the person who watches.
        let watched = to.iter().all(|&(other, _)| other != format);
        if watched {
            to.push((format, "-"));
        }
        for (at, (_, path)) in to.iter().enumerate() {
            if to[at + 1..].iter().any(|(_, other)| other == path) {
                return Err(Failure::Said(format!("--output: {path} is named twice; name two files")));
            }
        }
        let color = session.colors(None);
        let opened_formats: Vec<CheckFormat> = to.iter().map(|&(format, _)| format).collect();
        let opened = to.into_iter().map(|(format, path)| {
            let path = Some(PathBuf::from(path)).filter(|path| path.as_os_str() != "-");
            Ok((format, path.clone(), Output::open(path.as_deref(), path.is_none() && color)?))
        });
        let options = CheckOptions { width: width(None), color, top: whole_number(matches, "top", usize::MAX)? };
        // In a workflow of GitHub, where annotations are asked for, the summary of the job comes with them.
        let of_workflow = || std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from);
        let annotates = opened_formats.contains(&CheckFormat::Github);
        let summary = path(matches, "summary").map(Path::to_owned).or_else(|| of_workflow().filter(|_| annotates));
        Ok(Outputs { options, to: opened.collect::<Result<_, Failure>>()?, summary })
    }

    fn paths(&self) -> Vec<Option<&Path>> {
        self.to.iter().map(|(_, path, _)| path.as_deref()).collect()
    }

    fn write(self, checked: &Checked) -> Result<(), Failure> {
        for (format, path, output) in self.to {
            let color = self.options.color && path.is_none();
            let options = CheckOptions { color, ..self.options };
            output.write(|out| write_check(checked, format, &options, out))?;
        }
        if let Some(path) = self.summary {
            let fails = |error| Failure::output(path.display(), &error);
            let mut file = std::fs::File::options().append(true).create(true).open(&path).map_err(fails)?;
            file.write_all(github_summary(checked).as_bytes()).map_err(fails)?;
        }
        Ok(())
    }
}

/// Writes the pairs that fail now, and those of the baseline that still accept something, in its place.
fn update_baseline(matches: &ArgMatches, question: &Question, checked: &Checked, quiet: bool) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let expires = day(matches, "expires")?.unwrap_or_default();
    let still = |entry: &&Entry| !checked.unused.contains(entry) && !checked.expired.contains(entry);
    let mut entries: Vec<Entry> = question.baseline.entries().iter().filter(still).cloned().collect();
    let kept = entries.len();
    for finding in checked.findings.iter().filter(|finding| finding.verdict == Verdict::Fails) {
        for one in finding.matches.iter().filter(|one| one.accepted.is_none()) {
            entries.push(Entry {
                rule: finding.rule.code().to_owned(),
                id: finding.article.id.clone(),
                content: finding.article.content.clone(),
                matched: one.article.content.clone(),
                reason: text("reason"),
                who: text("who"),
                expires: expires.clone(),
            });
        }
    }
    let baseline = Baseline::of(entries);
    let path = path(matches, "baseline").unwrap_or(Path::new(""));
    Output::open(Some(path), false)?.write(|out| out.write_all(baseline.to_text().as_bytes()))?;
    if !quiet {
        let gone = question.baseline.entries().len() - kept;
        let new = baseline.entries().len() - kept;
        talk::note(&format!("{}: {new} new, {kept} kept, {gone} taken out", path.display()));
    }
    if checked.unreadable > 0 {
        talk::warning("a record that could not be read has no entry: mend it, or leave `unreadable` out of --fail-on");
    }
    Ok(())
}

/// Checks standard input line by line, each against what is known.
fn stream(matches: &ArgMatches, session: &Session, known: &mut Against, question: &Question) -> Result<Exit, Failure> {
    if session.paths.iter().any(|path| path.as_os_str() != "-") {
        return Err(Failure::Said("--stream reads standard input: give - for the path".to_owned()));
    }
    if session.settings.read.input_format.is_some_and(|format| format != InputFormat::Jsonl) {
        return Err(Failure::Said("--stream reads JSON lines, and no other format".to_owned()));
    }
    if known.index().is_none() {
        return Err(Failure::Said("--stream: name the index to check against with --against".to_owned()));
    }
    let mut input = std::io::BufReader::new(std::io::stdin().lock());
    let (mut line, mut number, mut worst) = (Vec::new(), 0u64, Exit::Clean);
    loop {
        line.clear();
        let fails = |error| Failure::input(Path::new("stdin"), &error);
        if input.read_until(b'\n', &mut line).map_err(fails)? == 0 {
            break;
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let inputs = discover_with(&["-".into()], &session.settings.read, Cursor::new(line.clone()))?;
        let index = known.index().map_or(Known::Nothing, Known::Index);
        let (outcome, _) = session.work(|progress| check(inputs, &index, &session.settings, question, progress))?;
        let Outcome { checked, inputs, passed, .. } = outcome;
        let verdict = if checked.fails() { "fails" } else { "passes" };
        let mut added = false;
        if matches.get_flag("add") && !passed.is_empty() {
            let wanted = |location| passed.contains(&location);
            let writer = known.writer()?;
            let (of_line, _) = session.work(|_| writer.add_only(&inputs, &session.settings.read, &|_| (), &wanted))?;
            added = of_line.new + of_line.revised > 0;
        }
        let read = inputs.scan(&session.settings.read, &|_| (), |article| article.id.clone().into_owned())?;
        let id = read.articles.into_iter().next().map(|(_, id)| id);
        let said = stream_line(number, id, verdict, added, &checked);
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{said}").and_then(|()| out.flush());
        written.map_err(|error| Failure::output("standard output", &error))?;
        if checked.fails() {
            worst = Exit::Findings;
        }
    }
    if number == 0 {
        return Err(Failure::Said("nothing was checked: standard input was empty".to_owned()));
    }
    Ok(worst)
}

fn stream_line(number: u64, id: Option<String>, verdict: &str, added: bool, checked: &Checked) -> serde_json::Value {
    let finding = |finding: &wirecopy::check::Finding| {
        serde_json::json!({
            "rule": finding.rule.code(), "verdict": finding.verdict, "matches": finding.matches, "reason": finding.reason,
        })
    };
    serde_json::json!({
        "line": number, "id": id, "verdict": verdict, "known": checked.known > 0, "added": added,
        "findings": checked.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
