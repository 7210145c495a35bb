//! What subcommands that read articles share: paths, settings from flags and `wirecopy.toml`, threads, progress, and what
//! is said of the input.
//!
//! A subcommand adds [`args`] to its own, makes a [`Session`] of what was given, and lets it run the pipeline.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use wirecopy::boilerplate::ShellTable;
use wirecopy::events::TermTable;
use wirecopy::pipeline::{Intake, Progress, Run, Stage, Tables, run_within};
use wirecopy::read::{Example, Fault, InputFile, Inputs, Location, Reason};
use wirecopy::settings::field_names::may_give_time;
use wirecopy::settings::{
    Choice, ConfigError, ConfigFile, ConfigProblem, Level, OPTIONS, OptionGroup, OptionSpec, SettingError, Settings,
    ValueKind, size,
};
use wirecopy::stored::Memory;

use super::progress::Watch;
use super::trust::{Trust, Trusted};
use super::{Failure, talk};
use crate::Exit;

/// Read from the current folder unless another is named.
pub(super) const CONFIG_NAME: &str = "wirecopy.toml";

/// More threads than this are a slip of the finger.
const MAX_THREADS: usize = 1024;

/// Columns of a report that no terminal shows.
const FILE_WIDTH: usize = 100;

/// Longer lines are hard to read, whatever the terminal has.
const MAX_WIDTH: usize = 200;

const RUNNING: &str = "Running";

/// Adds the arguments that every reading subcommand has.
pub(super) fn args(command: Command) -> Command {
    args_of(command, |_| true)
}

/// Adds the arguments that a subcommand has which reads and compares nothing.
pub(super) fn reading_args(command: Command) -> Command {
    args_of(command, |option| option.group == OptionGroup::Reading)
}

fn args_of(command: Command, wanted: impl Fn(&OptionSpec) -> bool) -> Command {
    let options = OPTIONS.iter().filter(|option| wanted(option));
    command.arg(paths()).args(options.map(option)).args(running())
}

/// Adds these options alone, and the arguments about how a command runs.
pub(super) fn args_without_paths(command: Command, names: &[&str]) -> Command {
    command.args(OPTIONS.iter().filter(|option| names.contains(&option.name)).map(option)).args(running())
}

fn paths() -> Arg {
    Arg::new("paths")
        .value_name("PATH")
        .help("Folders and files to read; - is standard input")
        .long_help(
            "Folders and files to read; - is standard input.\n\nRead are .txt and .md (one article a file), .jsonl and \
             .ndjson, .json, .csv and .tsv, each also with .gz or .zst, and .parquet in builds with that feature. Of a \
             folder, README.md and README.txt are read only with --include.",
        )
        .required(true)
        .num_args(1..)
        .value_parser(ValueParser::path_buf())
        .value_hint(ValueHint::AnyPath)
}

/// The argument of an option of the settings table. Its default stands in the help only, so that what was given can be
/// told from what was not.
fn option(option: &'static OptionSpec) -> Arg {
    let default = format!("[default: {}]", option.default);
    let why = if option.why.is_empty() { String::new() } else { format!("\n\n{}", option.why) };
    let arg = Arg::new(option.name)
        .long(option.name)
        .help(format!("{} {default}", option.help))
        .long_help(format!("{}.{why}\n\n{default}", option.help))
        .help_heading(option.group.heading());
    match option.value {
        // `--strict=false` undoes what the file says.
        ValueKind::Flag => arg
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(PossibleValuesParser::new(["true", "false"]))
            .hide_possible_values(true),
        ValueKind::Choice(words) => {
            let words = words().into_iter().map(|(word, meaning)| PossibleValue::new(word).help(meaning));
            arg.value_name("WORD").value_parser(PossibleValuesParser::new(words))
        }
        // A negative number is a value out of range, not a flag that nobody knows.
        ValueKind::Number { name, .. } => arg.value_name(name).allow_negative_numbers(true),
        ValueKind::Zone => arg.value_name("ZONE").allow_hyphen_values(true),
        ValueKind::DateFormat => arg.value_name("FORMAT").hide_short_help(true),
        ValueKind::Text { name } => arg.value_name(name).hide_short_help(true),
        ValueKind::List { name } => arg.value_name(name).action(ArgAction::Append),
    }
}

/// A choice that is no setting, with its default.
pub(super) fn choice<T: Choice>(name: &'static str, default: T) -> Arg {
    let words = T::WORDS.iter().map(|(word, _, meaning)| PossibleValue::new(*word).help(*meaning));
    Arg::new(name)
        .long(name)
        .value_name("WORD")
        .value_parser(PossibleValuesParser::new(words))
        .default_value(default.word())
}

/// What a [`choice`] chose.
pub(super) fn chosen<T: Choice>(matches: &ArgMatches, name: &str, default: T) -> T {
    matches.get_one::<String>(name).and_then(|word| T::of_word(word)).unwrap_or(default)
}

/// When output is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Choice for Color {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("auto", Color::Auto, "on a terminal, unless NO_COLOR or TERM=dumb forbids it; CLICOLOR_FORCE demands it"),
        ("always", Color::Always, "also in files and pipes"),
        ("never", Color::Never, "nowhere"),
    ];
}

fn running() -> [Arg; 7] {
    [
        Arg::new("threads")
            .long("threads")
            .allow_negative_numbers(true)
            .value_name("N")
            .help("How many threads work; 0: one for each core")
            .default_value("0")
            .help_heading(RUNNING),
        choice("color", Color::Auto).help("When the output is colored").help_heading(RUNNING),
        Arg::new("no-progress")
            .long("no-progress")
            .action(ArgAction::SetTrue)
            .help("Show no progress; without this, it is shown on a terminal for what takes more than a second")
            .help_heading(RUNNING),
        Arg::new("quiet")
            .short('q')
            .long("quiet")
            .action(ArgAction::SetTrue)
            .help("Say nothing on standard error but errors")
            .help_heading(RUNNING),
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::SetTrue)
            .help("Say how candidates were searched for, what boilerplate was found, what was held in memory, and how long each stage took")
            .conflicts_with("quiet")
            .help_heading(RUNNING),
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .help("Take settings from this file, as far as no flag gives them [default: wirecopy.toml in this folder, if any]")
            .value_parser(ValueParser::path_buf())
            .value_hint(ValueHint::FilePath)
            .help_heading(RUNNING),
        Arg::new("no-config")
            .long("no-config")
            .action(ArgAction::SetTrue)
            .help("Read no wirecopy.toml")
            .conflicts_with("config")
            .help_heading(RUNNING),
    ]
}

/// The present, in seconds since the epoch: `SOURCE_DATE_EPOCH` where that is given, as builds that can be repeated have it; what is
/// earlier than this program is no present, as some builds set it. `None` of a clock that was never set.
fn now() -> Option<i64> {
    /// When this was written: 2026-11-30.
    const WRITTEN: i64 = 1_796_000_000;
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let is_possible = |now: &i64| *now >= WRITTEN;
    given.filter(is_possible).or_else(|| Some(jiff::Timestamp::now().as_second()).filter(is_possible))
}

/// The arguments of commands that can do with less memory.
pub(super) fn memory_args() -> [Arg; 2] {
    [
        Arg::new("memory-limit")
            .long("memory-limit")
            .value_name("SIZE")
            .help("Hold at most about so much, such as 400MiB or 2GiB, and the rest in temporary files; for copies alone [default: no limit]")
            .long_help(
                "Hold at most about so much, such as 400MiB or 2GiB, and the rest in temporary files, which go when the command ends. \
                 The answer is the same. For copies alone: events hold what they compare in memory. 90MiB at the least, and of an article \
                 some 350 bytes, its id and its title. What the limit does not count: edges, and what is written of them with --edges; \
                 an article that is itself very long. -v says what was held, and what was in files. [default: no limit]",
            )
            .help_heading(RUNNING),
        temp_dir_arg("Put temporary files there; about 1 kB an article").requires("memory-limit"),
    ]
}

/// The argument `--temp-dir FOLDER`.
pub(super) fn temp_dir_arg(help: &str) -> Arg {
    Arg::new("temp-dir")
        .long("temp-dir")
        .value_name("FOLDER")
        .help(format!("{help} [default: the system's, which TMPDIR names]"))
        .value_parser(ValueParser::path_buf())
        .value_hint(ValueHint::DirPath)
        .help_heading(RUNNING)
}

/// Where temporary files go.
pub(super) fn temp_dir(matches: &ArgMatches) -> PathBuf {
    let named = matches.try_get_one::<PathBuf>("temp-dir").ok().flatten();
    named.map_or_else(std::env::temp_dir, Clone::clone)
}

/// What [`memory_args`] say, where a command has them.
fn memory(matches: &ArgMatches) -> Result<Memory, Failure> {
    let Some(given) = matches.try_get_one::<String>("memory-limit").ok().flatten() else {
        return Ok(Memory::unlimited());
    };
    let Some(bytes) = size(given).filter(|&bytes| bytes > 0) else {
        return Err(Failure::Said(format!("--memory-limit: found `{given}`, expected a size, such as 400MiB or 2GiB")));
    };
    Ok(Memory::limited(bytes, temp_dir(matches)))
}

/// The argument `-o FILE`.
pub(super) fn output_arg() -> Arg {
    Arg::new("output")
        .short('o')
        .long("output")
        .value_name("FILE")
        .help("Write to this file, whole or not at all [default: standard output]")
        .value_parser(ValueParser::path_buf())
        .value_hint(ValueHint::FilePath)
}

/// The argument `--shells FILE`.
pub(super) fn shells_arg() -> Arg {
    file_arg(
        "shells",
        "Leave out the boilerplate in this table instead of learning it [default: learned from the input]",
    )
}

/// The argument `--terms FILE`.
pub(super) fn terms_arg() -> Arg {
    file_arg("terms", "Weigh words by this table of document frequencies [default: the background's and the input's]")
}

/// The tables that `--shells` and `--terms` name.
pub(super) fn tables(matches: &ArgMatches) -> Result<Tables, Failure> {
    Ok(Tables {
        shells: path(matches, "shells").map(read_shells).transpose()?,
        terms: path(matches, "terms").map(read_terms).transpose()?,
        ..Tables::default()
    })
}

fn read_terms(path: &Path) -> Result<TermTable, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::input(path, &error))?;
    let table = TermTable::from_bytes(&bytes);
    table.ok_or_else(|| Failure::Said(format!("{}: not a table that --save-terms wrote", path.display())))
}

fn read_shells(path: &Path) -> Result<ShellTable, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::input(path, &error))?;
    ShellTable::from_json(&text)
        .map_err(|error| Failure::Said(format!("{name}: not a table that --save-shells wrote: {error}")))
}

/// The argument `--save-shells FILE`.
pub(super) fn save_shells_arg() -> Arg {
    file_arg("save-shells", "Write the table of boilerplate in force to this file, for --shells [default: nowhere]")
}

/// The argument `--save-terms FILE`.
pub(super) fn save_terms_arg() -> Arg {
    file_arg(
        "save-terms",
        "Write the table of document frequencies in force to this file, for --terms [default: nowhere]",
    )
}

/// An argument that names a file.
pub(super) fn file_arg(name: &'static str, help: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).value_name("FILE").help(help);
    arg.value_parser(ValueParser::path_buf()).value_hint(ValueHint::FilePath)
}

/// The paths that an argument gives, in order; none where the command has no such argument.
pub(super) fn many_paths(matches: &ArgMatches, name: &str) -> Vec<PathBuf> {
    matches.try_get_many::<PathBuf>(name).ok().flatten().into_iter().flatten().cloned().collect()
}

/// The path that an argument gives.
pub(super) fn path<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a Path> {
    matches.get_one::<PathBuf>(name).map(PathBuf::as_path)
}

/// A whole number that an argument gives, in `0..=most`.
pub(super) fn whole_number(matches: &ArgMatches, name: &str, most: usize) -> Result<usize, Failure> {
    let given = matches.get_one::<String>(name).map_or("0", String::as_str);
    given.parse().ok().filter(|number| *number <= most).ok_or_else(|| {
        let range = if most == usize::MAX { "of 0 or more".to_owned() } else { format!("from 0 to {most}") };
        Failure::Said(format!("--{name}: found `{given}`, expected a whole number {range}"))
    })
}

/// How many columns a result has that goes to this file, or to standard output.
pub(super) fn width(to: Option<&Path>) -> usize {
    let terminal = || terminal_size::terminal_size_of(std::io::stdout());
    match to.filter(|path| path.as_os_str() != "-").is_none().then(terminal).flatten() {
        Some((terminal_size::Width(columns), _)) => usize::from(columns).min(MAX_WIDTH),
        None => FILE_WIDTH,
    }
}

/// One invocation of a reading subcommand.
pub(super) struct Session {
    /// What to read.
    pub(super) paths: Vec<PathBuf>,
    /// How, and what to make of it.
    pub(super) settings: Settings,
    /// How much may be held.
    pub(super) memory: Memory,
    color: Color,
    /// Whether nothing but errors is said.
    pub(super) quiet: bool,
    verbose: bool,
    draws_progress: bool,
    pool: rayon::ThreadPool,
}

/// As [`Session::colors`], before there is a session.
pub(super) fn colors(matches: &ArgMatches, to: Option<&Path>) -> bool {
    colored(chosen(matches, "color", Color::Auto), to)
}

fn colored(color: Color, to: Option<&Path>) -> bool {
    let terminal = || anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    color == Color::Always || color == Color::Auto && to.is_none() && terminal()
}

impl Session {
    /// What the arguments and the configuration file say.
    pub(super) fn of(matches: &ArgMatches) -> Result<Session, Failure> {
        Session::over(Settings::default(), matches)
    }

    /// The same, where what neither says is as in `base`.
    pub(super) fn over(base: Settings, matches: &ArgMatches) -> Result<Session, Failure> {
        Session::trusting(base, matches, None)
    }

    /// The same, with the configuration of the commit that is trusted.
    pub(super) fn trusting(base: Settings, matches: &ArgMatches, trust: Option<&Trust>) -> Result<Session, Failure> {
        let mut settings = settings(base, matches, trust)?;
        settings.read.now = now();
        let threads = whole_number(matches, "threads", MAX_THREADS)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| Failure::Said(format!("--threads {threads}: {error}")))?;
        let quiet = matches.get_flag("quiet");
        let color = chosen(matches, "color", Color::Auto);
        match color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        Ok(Session {
            paths: many_paths(matches, "paths"),
            memory: memory(matches)?,
            settings,
            color,
            quiet,
            verbose: matches.get_flag("verbose"),
            draws_progress: !quiet && !matches.get_flag("no-progress"),
            pool,
        })
    }

    /// Whether results for a person are colored: on standard output, or in the file `to`.
    pub(super) fn colors(&self, to: Option<&Path>) -> bool {
        colored(self.color, to)
    }

    /// The same without events, which some commands have no use for.
    pub(super) fn of_copies(mut self) -> Session {
        self.settings.level = Level::Copies;
        self
    }

    /// Runs the pipeline on the inputs; says what was set aside and, if asked, how the search went.
    pub(super) fn run_inputs(&self, inputs: &Inputs, tables: Tables) -> Result<Run, Failure> {
        if self.memory.limit().is_some() && self.settings.level == Level::Events {
            return Err(Failure::Said(
                "--memory-limit: events hold what they compare in memory; give --level copies as well".to_owned(),
            ));
        }
        let (run, timings) =
            self.work(|progress| run_within(&self.memory, inputs, &self.settings, tables, progress))?;
        self.refuse_clashes(&run, inputs)?;
        talk::cut_off(&run.intake);
        if !self.quiet {
            talk::set_aside(&run.intake, inputs);
            self.say_fields_where_all_are_without_text(&run.intake, run.records.len(), inputs)?;
            self.say_fields_where_most_are_without_time(&run, inputs)?;
        }
        if self.verbose {
            talk::search(&run, &timings);
        }
        self.refuse_if_nothing_was_readable(&run, inputs)?;
        Ok(run)
    }

    /// Does `work` on this session's threads, with progress shown; with how long each stage took.
    pub(super) fn work<T: Send, E: Send>(
        &self,
        work: impl FnOnce(&dyn Progress) -> Result<T, E> + Send,
    ) -> Result<(T, Vec<(Stage, Duration)>), Failure>
    where
        Failure: From<E>,
    {
        let watch = Watch::start(self.draws_progress);
        let result = self.pool.install(|| work(watch.progress()));
        let timings = watch.finish();
        Ok((result?, timings))
    }

    /// What a command that could do its work exits with: 2 where an input was cut off, its texts were not found, or a record
    /// was passed over for its size, for then the answer is not whole.
    pub(super) fn exit(&self, intake: &Intake) -> Exit {
        let skipped = &intake.skipped;
        let whole = skipped.truncated.is_empty() && skipped.texts_elsewhere.is_empty() && skipped.too_large == 0;
        if whole { Exit::Clean } else { Exit::CouldNotCheck }
    }

    /// Where not one article has a text of its own, that may be for a name that the text is not looked for under.
    fn say_fields_where_all_are_without_text(
        &self,
        intake: &Intake,
        articles: usize,
        inputs: &Inputs,
    ) -> Result<(), Failure> {
        let read = articles + intake.empty.len() + intake.repeated.len();
        let stand_ins = intake.skipped.lead_as_text + intake.skipped.title_as_text;
        if read > 0 && stand_ins == read as u64 {
            talk::fields_without_text(&inputs.first_names(&self.settings.read)?);
        }
        Ok(())
    }

    /// Where most articles have no time, that may be for a name that it is not looked for under.
    fn say_fields_where_most_are_without_time(&self, run: &Run, inputs: &Inputs) -> Result<(), Failure> {
        let timed = run.records.iter().filter(|record| record.published.is_some()).count() as u64;
        let has_fields = !inputs.files().iter().any(InputFile::is_stored);
        if has_fields && 2 * (timed + run.intake.skipped.undated) < run.records.len() as u64 {
            let mut names = inputs.first_names(&self.settings.read)?;
            names.retain(|name| may_give_time(name));
            if !names.is_empty() {
                talk::fields_without_time(&names);
            }
        }
        Ok(())
    }

    /// Where not one record could be read, nothing was checked: a wrong `--text-field` must not pass for an input without
    /// copies.
    fn refuse_if_nothing_was_readable(&self, run: &Run, inputs: &Inputs) -> Result<(), Failure> {
        let skipped = &run.intake.skipped;
        if skipped.bad_records == 0 || !run.records.is_empty() || !run.intake.empty.is_empty() {
            return Ok(());
        }
        let mut message = match skipped.bad_records {
            1 => "the only record could not be read as an article".to_owned(),
            records => format!("none of the {records} records could be read as an article"),
        };
        let first = skipped.examples.iter().find(|example| matches!(example.reason, Reason::Bad(_)));
        if let Some(first) = first.filter(|_| self.quiet) {
            message += &format!("; {first}");
        }
        if matches!(first, Some(Example { reason: Reason::Bad(Fault::NoText { .. }), .. })) {
            message += &format!("; the first has the fields {}", inputs.first_names(&self.settings.read)?.join(", "));
        }
        Err(Failure::Said(message))
    }

    /// With `--strict`, one id with two texts is an error.
    fn refuse_clashes(&self, run: &Run, inputs: &Inputs) -> Result<(), Failure> {
        let renamed = &run.intake.renamed;
        let Some(first) = renamed.first().filter(|_| self.settings.read.strict) else { return Ok(()) };
        let id = talk::without_hash(first);
        let clashing = renamed.iter().filter(|other| talk::without_hash(other) == id);
        let mut places: Vec<Location> = clashing
            .filter_map(|id| run.records.iter().find(|record| record.id == *id))
            .map(|record| record.location)
            .collect();
        places.sort_unstable();
        let places: Vec<String> = places.iter().take(2).map(|&location| talk::place(inputs, location)).collect();
        Err(Failure::Said(format!(
            "{}: the same id {id} with other words; give each article an id of its own, or leave out --strict to have them told \
             apart by a hash",
            places.join(" and ")
        )))
    }
}

/// Flags win over the file, option by option: a list that is given replaces the file's.
fn settings(mut settings: Settings, matches: &ArgMatches, trust: Option<&Trust>) -> Result<Settings, Failure> {
    // Not every subcommand has every option.
    let has = |option: &OptionSpec| matches.try_contains_id(option.name).is_ok();
    let given =
        |option: &OptionSpec| has(option) && matches.value_source(option.name) == Some(ValueSource::CommandLine);
    if let Some(file) = config(matches, trust)? {
        file.apply(&mut settings, given)?;
    }
    for option in OPTIONS.iter().filter(|option| has(option)) {
        for value in matches.get_many::<String>(option.name).into_iter().flatten() {
            option.set(&mut settings, value)?;
        }
    }
    Ok(settings)
}

/// The configuration file that is in force, and its text.
pub(super) fn config_text(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Option<(PathBuf, String)>, Failure> {
    let named = path(matches, "config");
    if matches.get_flag("no-config") {
        return Ok(None);
    }
    let path = named.unwrap_or(Path::new(CONFIG_NAME));
    if let Some(trust) = trust {
        match trust.text(path)? {
            Trusted::Held(text) => return Ok(Some((trust.name(path).into(), text))),
            Trusted::Missing if named.is_none() => return Ok(None),
            Trusted::Missing => return Err(Failure::Said(format!("{}: no such file", trust.name(path)))),
            Trusted::Outside => {}
        }
    }
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::input(path, &error)),
    }
}

fn config(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Option<ConfigFile>, Failure> {
    let Some((path, text)) = config_text(matches, trust)? else { return Ok(None) };
    let name = path.display().to_string();
    let parsed = ConfigFile::parse(&text, &name);
    if let Err(ConfigError {
        line, problem: ConfigProblem::Setting(SettingError::UnknownName { name: key, .. }), ..
    }) = &parsed
        && super::command().get_subcommands().any(|command| command.get_opts().any(|option| option.get_id() == key))
    {
        return Err(Failure::Said(format!("{name}:{line}: `{key}` is for the command line alone: give it as --{key}")));
    }
    Ok(Some(parsed?))
}
