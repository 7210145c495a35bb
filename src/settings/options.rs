//! The table of all options, and what reads and writes one of them as text.

use std::ops::RangeInclusive;

use super::error::{SettingError, nearest};
use super::field_names::{ID_NAMES, LABEL_NAMES, LEAD_NAMES, PUBLISHED_NAMES, SOURCE_NAMES, TEXT_NAMES, TITLE_NAMES};
use super::{Boilerplate, Canonical, InputFormat, Level, Measure, Settings, TextFormat, Zone};

/// One option: everything that the command line, `wirecopy.toml` and the documentation say about it.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec {
    /// The long flag without dashes, and the key in `wirecopy.toml`.
    pub name: &'static str,
    /// The heading that help puts it under.
    pub group: OptionGroup,
    /// What values it takes.
    pub value: ValueKind,
    /// Its default, as help shows it.
    pub default: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// Why one would change it, and what moves then.
    pub why: &'static str,
    /// Whether the answer about given articles depends on it: such options make the fingerprint.
    pub shapes_answer: bool,
    set: fn(&mut Settings, &str) -> Option<()>,
    get: fn(&Settings) -> Option<String>,
}

/// Which part of the work an option belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OptionGroup {
    /// What is read, and how.
    Reading,
    /// What makes a copy.
    Copies,
    /// What makes an event.
    Events,
}

impl OptionGroup {
    /// The heading that help puts it under.
    pub fn heading(self) -> &'static str {
        match self {
            OptionGroup::Reading => "Reading",
            OptionGroup::Copies => "What makes a copy",
            OptionGroup::Events => "Events",
        }
    }
}

/// What values an option takes.
#[derive(Debug, Clone, Copy)]
pub enum ValueKind {
    /// Yes or no; the bare flag says yes.
    Flag,
    /// One of some words, each with what it means.
    Choice(fn() -> Vec<(&'static str, &'static str)>),
    /// A number.
    Number {
        /// What help calls the value.
        name: &'static str,
        /// The range, as in "expected ...".
        range: &'static str,
    },
    /// Any text that is not empty.
    Text {
        /// What help calls the value.
        name: &'static str,
    },
    /// A time zone.
    Zone,
    /// The form of a date.
    DateFormat,
    /// Any number of texts.
    List {
        /// What help calls one value.
        name: &'static str,
    },
}

impl OptionSpec {
    /// The option of this name.
    ///
    /// # Errors
    /// Where there is none: with the most similar name.
    pub fn named(name: &str) -> Result<&'static OptionSpec, SettingError> {
        OPTIONS.iter().find(|option| option.name == name).ok_or_else(|| SettingError::UnknownName {
            name: name.to_owned(),
            nearest: nearest(name, OPTIONS.iter().map(|option| option.name)),
        })
    }

    /// Sets this option. One that is a list gets one more value.
    ///
    /// # Errors
    /// Where the option does not take this value.
    pub fn set(&'static self, settings: &mut Settings, value: &str) -> Result<(), SettingError> {
        (self.set)(settings, value).ok_or_else(|| SettingError::BadValue {
            name: self.name,
            found: value.to_owned(),
            expected: self.expected(),
            nearest: match self.value {
                ValueKind::Choice(words) => nearest(value, words().into_iter().map(|(word, _)| word)),
                ValueKind::Zone => Zone::nearest(value),
                _ => None,
            },
        })
    }

    /// The value in `settings`, as text that [`OptionSpec::set`] takes; `None` where it has none. Of a list, its values
    /// with commas.
    pub fn get(&self, settings: &Settings) -> Option<String> {
        (self.get)(settings)
    }

    /// What it takes, as in "expected ...".
    pub fn expected(&self) -> String {
        match self.value {
            ValueKind::Flag => "true or false".to_owned(),
            ValueKind::Choice(words) => {
                let words: Vec<&str> = words().into_iter().map(|(word, _)| word).collect();
                match words.split_last() {
                    Some((last, [])) => (*last).to_owned(),
                    Some((last, others)) => format!("{} or {last}", others.join(", ")),
                    None => String::new(),
                }
            }
            ValueKind::Number { range, .. } => range.to_owned(),
            ValueKind::Zone => {
                "a time zone such as Asia/Ho_Chi_Minh, or at most 15 hours from UTC such as +07:00".to_owned()
            }
            ValueKind::DateFormat => "directives of strptime that give a day, such as %m/%d/%Y %H:%M".to_owned(),
            ValueKind::Text { .. } | ValueKind::List { .. } => "a text that is not empty".to_owned(),
        }
    }
}

/// An option's value that is one of some words.
pub trait Choice: Copy + PartialEq + 'static {
    /// Each value with its word and what it means.
    const WORDS: &'static [(&'static str, Self, &'static str)];

    /// The word for it, everywhere.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value, _)| *value == self).map_or("", |(word, ..)| word)
    }

    /// The value that a word names.
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(other, ..)| *other == word).map(|(_, value, _)| *value)
    }
}

impl Choice for InputFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("text", InputFormat::Text, "one article a file"),
        ("jsonl", InputFormat::Jsonl, "one JSON object a line"),
        ("json", InputFormat::Json, "an array of JSON objects, or one object"),
        ("csv", InputFormat::Csv, "comma-separated values with a header line"),
        ("tsv", InputFormat::Tsv, "tab-separated values with a header line"),
        ("parquet", InputFormat::Parquet, "Apache Parquet, in builds with that feature"),
    ];
}

impl Choice for TextFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("auto", TextFormat::Auto, "HTML where a text has tags or entities, else plain"),
        ("plain", TextFormat::Plain, "nothing is markup"),
        ("html", TextFormat::Html, "HTML, whole pages or parts"),
        ("markdown", TextFormat::Markdown, "Markdown (CommonMark)"),
    ];
}

impl Choice for Measure {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        (
            "coverage",
            Measure::Coverage,
            "the share of each text's words that stand in shared runs of words; both must reach the threshold",
        ),
        ("jaccard", Measure::Jaccard, "shared shingles divided by all shingles of the two"),
    ];
}

impl Choice for Boilerplate {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("auto", Boilerplate::Auto, "find what recurs in an outlet's articles, and leave it out"),
        ("off", Boilerplate::Off, "every word counts"),
    ];
}

impl Choice for Canonical {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        (
            "earliest",
            Canonical::Earliest,
            "published first; where that is unknown or equal the longest, then the smallest id",
        ),
        ("longest", Canonical::Longest, "the most words, then the smallest id"),
        ("representative", Canonical::Representative, "the member that covers most others"),
    ];
}

impl Choice for Level {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("copies", Level::Copies, "copy clusters and the links between them"),
        ("events", Level::Events, "copies, then the events that they and all other articles report, and storylines"),
    ];
}

/// Every option there is, in the order in which help shows them.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec {
        name: "include",
        group: OptionGroup::Reading,
        value: ValueKind::List { name: "GLOB" },
        default: "every file of a known ending",
        help: "In folders, read only files that match one of these globs",
        why: "Globs are matched against the path inside the folder, as in .gitignore. A file that is named outright is \
              always read.",
        shapes_answer: false,
        set: |settings, value| push(&mut settings.read.include, value),
        get: |settings| joined(&settings.read.include),
    },
    OptionSpec {
        name: "exclude",
        group: OptionGroup::Reading,
        value: ValueKind::List { name: "GLOB" },
        default: "none",
        help: "In folders, read no file that matches one of these globs",
        why: "It wins over --include. Files that a .gitignore or .ignore names are left out anyway.",
        shapes_answer: false,
        set: |settings, value| push(&mut settings.read.exclude, value),
        get: |settings| joined(&settings.read.exclude),
    },
    OptionSpec {
        name: "input-format",
        group: OptionGroup::Reading,
        value: ValueKind::Choice(words::<InputFormat>),
        default: "by each file's ending; jsonl for standard input",
        help: "Read every input as this format, whatever its name ends in",
        why: "Needed for files without a telling ending, and for standard input that is not JSON lines. Compression (.gz, \
              .zst) is recognized all the same.",
        shapes_answer: false,
        set: |settings, value| choose(value, |format| settings.read.input_format = Some(format)),
        get: |settings| settings.read.input_format.map(|format| format.word().to_owned()),
    },
    OptionSpec {
        name: "id-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: ID_NAMES,
        help: "The field that names an article",
        why: "The first of the default names that a record has is taken. Without any, an article is named file:line, in a JSON array file.json[17]; the first is 0.",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.id_field),
        get: |settings| settings.read.id_field.clone(),
    },
    OptionSpec {
        name: "text-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: TEXT_NAMES,
        help: "The field that holds the article's text",
        why: "Copies are judged on this field alone. Where it is missing, the lead stands for it, else the title. A record that has \
              a long text under another name instead is counted as bad and shown.",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.text_field),
        get: |settings| settings.read.text_field.clone(),
    },
    OptionSpec {
        name: "text-format",
        group: OptionGroup::Reading,
        value: ValueKind::Choice(words::<TextFormat>),
        default: "auto",
        help: "The markup that text, title and lead are written in",
        why: "Markup is removed before articles are compared: tags, entities, scripts, navigation and footers. The report says how \
              many articles had any.",
        shapes_answer: false,
        set: |settings, value| choose(value, |format| settings.read.text_format = format),
        get: |settings| Some(settings.read.text_format.word().to_owned()),
    },
    OptionSpec {
        name: "title-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: TITLE_NAMES,
        help: "The field that holds the headline",
        why: "Headlines are shown, never compared: outlets that run the same text write their own.",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.title_field),
        get: |settings| settings.read.title_field.clone(),
    },
    OptionSpec {
        name: "lead-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: LEAD_NAMES,
        help: "The field that holds the standfirst, where it is kept apart from the text",
        why: "",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.lead_field),
        get: |settings| settings.read.lead_field.clone(),
    },
    OptionSpec {
        name: "source-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: SOURCE_NAMES,
        help: "The field that holds the outlet",
        why: "Boilerplate is learned an outlet at a time, and the report says who runs whose text.",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.source_field),
        get: |settings| settings.read.source_field.clone(),
    },
    OptionSpec {
        name: "published-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: PUBLISHED_NAMES,
        help: "The field that holds the time of publication",
        why: "These forms are read: RFC 3339, ISO 8601, RFC 2822, epoch seconds, and a day in numbers (dd/mm/yyyy, yyyy-mm-dd) or words, \
              with or without a time and a zone. A time in any other form is counted as unread, and so is a date that stands for none \
              (1970-01-01) or is more than a day in the future. The article then has no time.",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.published_field),
        get: |settings| settings.read.published_field.clone(),
    },
    OptionSpec {
        name: "timezone",
        group: OptionGroup::Reading,
        value: ValueKind::Zone,
        default: "what most offsets of the input say, else UTC",
        help: "The time zone of times that name none, and of the times that are shown",
        why: "A name such as Asia/Ho_Chi_Minh or a distance from UTC such as +07:00. A time that has an offset keeps it: what an \
              article says of yesterday is read from the day on the clock of its own place. Where the zone is named, that is the \
              clock of moments without a place as well (Z, epoch seconds).",
        shapes_answer: false,
        set: |settings, value| Zone::named(value).map(|zone| settings.read.timezone = Some(zone)),
        get: |settings| settings.read.timezone.as_ref().map(Zone::to_string),
    },
    OptionSpec {
        name: "date-format",
        group: OptionGroup::Reading,
        value: ValueKind::DateFormat,
        default: "none",
        help: "The form of all times of publication, in place of the usual ones, such as %m/%d/%Y",
        why: "What does not fit it wholly is not read, and counted. In the directives of strptime: %Y year, %m month, %d day, %H hour, %M minute, %S second, %I hour of twelve, %p AM or PM, \
              %b name of the month, %z offset, %Q name of the zone.",
        shapes_answer: false,
        set: |settings, value| {
            is_date_format(value).then_some(())?;
            text(value, &mut settings.read.date_format)
        },
        get: |settings| settings.read.date_format.clone(),
    },
    OptionSpec {
        name: "label-field",
        group: OptionGroup::Reading,
        value: ValueKind::Text { name: "FIELD" },
        default: LABEL_NAMES,
        help: "The field that holds a label of truth, for eval",
        why: "",
        shapes_answer: false,
        set: |settings, value| text(value, &mut settings.read.label_field),
        get: |settings| settings.read.label_field.clone(),
    },
    OptionSpec {
        name: "no-ignore",
        group: OptionGroup::Reading,
        value: ValueKind::Flag,
        default: "false",
        help: "Read files of a folder even where a .gitignore or .ignore in it names them",
        why: "",
        shapes_answer: false,
        set: |settings, value| value.parse().ok().map(|no_ignore| settings.read.no_ignore = no_ignore),
        get: |settings| Some(settings.read.no_ignore.to_string()),
    },
    OptionSpec {
        name: "strict",
        group: OptionGroup::Reading,
        value: ValueKind::Flag,
        default: "false",
        help: "Stop at the first bad record instead of counting it",
        why: "Bad are broken or cut off inputs, records without text, lead and title, and one id with two different texts. The exit code \
              is then 2.",
        shapes_answer: false,
        set: |settings, value| value.parse().ok().map(|strict| settings.read.strict = strict),
        get: |settings| Some(settings.read.strict.to_string()),
    },
    OptionSpec {
        name: "max-article-bytes",
        group: OptionGroup::Reading,
        value: ValueKind::Number {
            name: "BYTES",
            range: "a size from 1 byte to 4095MiB, such as 1000000, 512KiB, 256MiB",
        },
        default: "16MiB",
        help: "The largest record, decompressed; a larger one is a bad record",
        why: "Keeps a zip bomb or a file without line ends from filling the memory: while one article is read, up to 30 \
              times its bytes are held. No news article comes near the default, which is a shelf of novels.",
        shapes_answer: false,
        set: |settings, value| {
            let bytes = size(value).filter(|bytes| (1..=4095 << 20).contains(bytes))?;
            settings.read.max_article_bytes = bytes;
            Some(())
        },
        get: |settings| Some(settings.read.max_article_bytes.to_string()),
    },
    OptionSpec {
        name: "window-words",
        group: OptionGroup::Copies,
        value: ValueKind::Number { name: "N", range: "a whole number from 1 to 64" },
        default: "5",
        help: "How many consecutive words make a shingle",
        why: "More words make chance agreement rarer and break more runs at every edit; the default thresholds are \
              measured for 5.",
        shapes_answer: true,
        set: |settings, value| {
            settings.window_words = value.parse().ok().filter(|words| (1..=64).contains(words))?;
            Some(())
        },
        get: |settings| Some(settings.window_words.to_string()),
    },
    OptionSpec {
        name: "measure",
        group: OptionGroup::Copies,
        value: ValueKind::Choice(words::<Measure>),
        default: "coverage",
        help: "What has to reach the threshold",
        why: "On labelled pairs of real articles, coverage tells copies from others better than jaccard, which \
              falls fast with every edit.",
        shapes_answer: true,
        set: |settings, value| choose(value, |measure| settings.measure = measure),
        get: |settings| Some(settings.measure.word().to_owned()),
    },
    OptionSpec {
        name: "threshold",
        group: OptionGroup::Copies,
        value: ValueKind::Number { name: "T", range: "a number above 0 and at most 1" },
        default: "0.62 with coverage, 0.4 with jaccard",
        help: "The least value of the measure that makes a pair copies",
        why: "Higher finds fewer and surer copies. A Jaccard of 0.7, which many use, finds about half of the copies that a \
              reader sees.",
        shapes_answer: true,
        set: |settings, value| {
            settings.threshold = Some(share(value, f64::MIN_POSITIVE..=1.0)?);
            Some(())
        },
        get: |settings| Some(settings.threshold().to_string()),
    },
    OptionSpec {
        name: "excerpt-threshold",
        group: OptionGroup::Copies,
        value: ValueKind::Number { name: "X", range: "a number above 0 and at most 1" },
        default: "0.65 with coverage, 0.8 with jaccard",
        help: "The least part of the shorter text inside the longer that makes it an excerpt",
        why: "With coverage, the part of its words; with jaccard, of its shingles (containment). Excerpts link clusters and \
              never join them.",
        shapes_answer: true,
        set: |settings, value| {
            settings.excerpt_threshold = Some(share(value, f64::MIN_POSITIVE..=1.0)?);
            Some(())
        },
        get: |settings| Some(settings.excerpt_threshold().to_string()),
    },
    OptionSpec {
        name: "target-recall",
        group: OptionGroup::Copies,
        value: ValueKind::Number { name: "P", range: "a number from 0.5 to 0.9999" },
        default: "0.99",
        help: "The probability with which a pair just at the threshold has to be found",
        why: "Pairs above the threshold are found more surely. Higher costs time and memory; -v shows what is reached, and \
              audit measures it on your articles.",
        shapes_answer: true,
        set: |settings, value| {
            settings.target_recall = share(value, 0.5..=0.9999)?;
            Some(())
        },
        get: |settings| Some(settings.target_recall.to_string()),
    },
    OptionSpec {
        name: "boilerplate",
        group: OptionGroup::Copies,
        value: ValueKind::Choice(words::<Boilerplate>),
        default: "auto",
        help: "What happens to lines that recur in many articles of an outlet",
        why: "Share buttons, copyright lines and the like make copies look different and strangers alike. The report shows \
              what was left out.",
        shapes_answer: true,
        set: |settings, value| choose(value, |boilerplate| settings.boilerplate = boilerplate),
        get: |settings| Some(settings.boilerplate.word().to_owned()),
    },
    OptionSpec {
        name: "canonical",
        group: OptionGroup::Copies,
        value: ValueKind::Choice(words::<Canonical>),
        default: "earliest",
        help: "Which member of a copy cluster is named as its original",
        why: "The members are the same whichever it is.",
        shapes_answer: true,
        set: |settings, value| choose(value, |canonical| settings.canonical = canonical),
        get: |settings| Some(settings.canonical.word().to_owned()),
    },
    OptionSpec {
        name: "level",
        group: OptionGroup::Events,
        value: ValueKind::Choice(words::<Level>),
        default: "events",
        help: "How far the report goes",
        why: "Events take a part of the time; leave them out where only copies matter.",
        shapes_answer: true,
        set: |settings, value| choose(value, |level| settings.level = level),
        get: |settings| Some(settings.level.word().to_owned()),
    },
    OptionSpec {
        name: "min-confidence",
        group: OptionGroup::Events,
        value: ValueKind::Number { name: "P", range: "a number from 0 to 1" },
        default: "0",
        help: "Take reports out of events in which they belong with less confidence",
        why: "0.9 keeps what is sure, 0.7 also what is likely. What is taken out stands alone, so fewer reports are grouped \
              and more of the groups are right.",
        shapes_answer: true,
        set: |settings, value| {
            settings.min_confidence = share(value, 0.0..=1.0)?;
            Some(())
        },
        get: |settings| Some(settings.min_confidence.to_string()),
    },
];

fn words<T: Choice>() -> Vec<(&'static str, &'static str)> {
    T::WORDS.iter().map(|(word, _, meaning)| (*word, *meaning)).collect()
}

fn choose<T: Choice>(value: &str, set: impl FnOnce(T)) -> Option<()> {
    T::of_word(value).map(set)
}

fn text(value: &str, field: &mut Option<String>) -> Option<()> {
    *field = Some((!value.is_empty()).then(|| value.to_owned())?);
    Some(())
}

fn push(list: &mut Vec<String>, value: &str) -> Option<()> {
    list.push((!value.is_empty()).then(|| value.to_owned())?);
    Some(())
}

fn joined(list: &[String]) -> Option<String> {
    (!list.is_empty()).then(|| list.join(","))
}

/// NaN is in no range.
fn share(value: &str, range: RangeInclusive<f64>) -> Option<f64> {
    value.parse().ok().filter(|number| range.contains(number))
}

/// How many bytes a text says: a number, with a binary (KiB, MiB, GiB; K, M, G are short for these) or decimal (kB, MB, GB) unit in any
/// case, or none. `None` where it says something else.
///
/// ```
/// use wirecopy::settings::size;
/// assert_eq!((size("400MiB"), size("2 GB"), size("17"), size("much")), (Some(400 << 20), Some(2_000_000_000), Some(17), None));
/// ```
pub fn size(value: &str) -> Option<u64> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = match value[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// Whether a date that is written in this form can be read again.
fn is_date_format(format: &str) -> bool {
    let day = jiff::civil::date(2021, 12, 28).at(10, 5, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    let written = day.and_then(|day| jiff::fmt::strtime::format(format, &day));
    let read = written.and_then(|text| jiff::fmt::strtime::parse(format, text)).and_then(|read| read.to_date());
    read.is_ok_and(|read| read == jiff::civil::date(2021, 12, 28))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        settings.set(name, value).map(|()| settings).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_range() {
        for (name, values, range) in [
            ("threshold", ["0", "-0.1", "1.0001", "NaN", "inf", "", "x"].as_slice(), "a number above 0 and at most 1"),
            ("excerpt-threshold", &["0", "1.1", "NaN"], "a number above 0 and at most 1"),
            ("target-recall", &["0.49", "1", "NaN"], "a number from 0.5 to 0.9999"),
            ("min-confidence", &["-0.1", "1.01", "90", "90%", "NaN"], "a number from 0 to 1"),
            ("window-words", &["0", "65", "-1", "2.5"], "a whole number from 1 to 64"),
            ("strict", &["yes", ""], "true or false"),
            ("measure", &["cosine"], "coverage or jaccard"),
            ("canonical", &[""], "earliest, longest or representative"),
            ("text-field", &[""], "a text that is not empty"),
        ] {
            for value in values {
                assert_eq!(set(name, value).unwrap_err(), format!("{name}: found `{value}`, expected {range}"));
            }
        }
        assert!(set("max-article-bytes", "4GiB").unwrap_err().ends_with("such as 1000000, 512KiB, 256MiB"));
    }

    #[test]
    fn the_ends_of_the_ranges_are_taken() {
        assert_eq!(set("threshold", "1").unwrap().threshold(), 1.0);
        assert_eq!(set("threshold", "1e-9").unwrap().threshold(), 1e-9);
        assert_eq!(set("window-words", "64").unwrap().window_words, 64);
        assert_eq!(set("target-recall", "0.9999").unwrap().target_recall, 0.9999);
        let bytes = |value| set("max-article-bytes", value).unwrap().read.max_article_bytes;
        assert_eq!(["1", "2KiB", "3 mib", "1GB", "4095M"].map(bytes), [1, 2048, 3 << 20, 1_000_000_000, 4095 << 20]);
    }

    #[test]
    fn an_unknown_name_or_word_is_answered_with_the_nearest() {
        assert_eq!(set("treshold", "1").unwrap_err(), "there is no option `treshold`; did you mean `threshold`?");
        assert_eq!(
            set("measure", "jacard").unwrap_err(),
            "measure: found `jacard`, expected coverage or jaccard; did you mean `jaccard`?"
        );
    }

    #[test]
    fn every_default_is_what_the_table_says_and_what_is_read_can_be_written() {
        let settings = Settings::default();
        for option in OPTIONS {
            let Some(value) = option.get(&settings) else { continue };
            let mut again = Settings::default();
            option.set(&mut again, &value).unwrap();
            assert_eq!(option.get(&again), Some(value.clone()), "{}", option.name);
            let by_measure = |of: fn(Measure) -> f64| {
                format!("{} with coverage, {} with jaccard", of(Measure::Coverage), of(Measure::Jaccard))
            };
            let shown = match option.name {
                "threshold" => by_measure(Measure::default_threshold),
                "excerpt-threshold" => by_measure(Measure::default_excerpt_threshold),
                "max-article-bytes" => "16MiB".to_owned(),
                _ => value,
            };
            assert_eq!(shown, option.default, "{}", option.name);
        }
    }

    #[test]
    fn a_choice_has_one_word_for_each_value() {
        fn all_round<T: Choice + std::fmt::Debug>() {
            for (word, value, _) in T::WORDS {
                assert_eq!((T::of_word(word), value.word()), (Some(*value), *word));
            }
        }
        all_round::<InputFormat>();
        all_round::<Measure>();
        all_round::<Boilerplate>();
        all_round::<Canonical>();
        all_round::<Level>();
    }
}
