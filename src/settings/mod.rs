//! Every option once: name, unit, default, range and why.
//!
//! The command line, `wirecopy.toml`, the fingerprint and the documentation all read the one table [`OPTIONS`]; an
//! option that is not in it does not exist. Texts go in, a [`Settings`] or a [`SettingError`] comes out.
//!
//! ```
//! use wirecopy::settings::Settings;
//! let mut settings = Settings::default();
//! settings.set("threshold", "0.7")?;
//! assert_eq!(settings.threshold(), 0.7);
//! let error = settings.set("threshold", "1.5").unwrap_err();
//! assert_eq!(error.to_string(), "threshold: found `1.5`, expected a number above 0 and at most 1");
//! # Ok::<(), wirecopy::settings::SettingError>(())
//! ```

mod error;
pub mod field_names;
mod file;
mod options;
mod zone;

pub use error::{ConfigError, ConfigProblem, SettingError, nearest};
pub use file::ConfigFile;
pub use options::{Choice, OPTIONS, OptionGroup, OptionSpec, ValueKind, size};

pub(crate) use zone::{MOST_MINUTES, offset_minutes, zone_of_letters};
pub use zone::{Moment, Zone};

use xxhash_rust::xxh3::xxh3_64;

/// How the bytes of an input are framed into articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputFormat {
    /// One article a file: `.txt`, `.md`.
    Text,
    /// One JSON object a line: `.jsonl`, `.ndjson`.
    Jsonl,
    /// One JSON array of objects, or one object: `.json`.
    Json,
    /// Comma-separated values with a header line: `.csv`.
    Csv,
    /// Tab-separated values with a header line: `.tsv`.
    Tsv,
    /// Apache Parquet (feature `parquet`): `.parquet`.
    Parquet,
    /// Arrow record batches in memory (feature `arrow`). No file is one, and no option names it.
    Batches,
}

/// What the text, title and lead of an article are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// HTML where there are tags or entities of it, else plain.
    Auto,
    /// Nothing is markup.
    Plain,
    /// HTML, whole pages or parts.
    Html,
    /// Markdown (CommonMark).
    Markdown,
}

/// What reading needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSettings {
    /// In folders, only files that match one of these globs (all where empty).
    pub include: Vec<String>,
    /// In folders, no file that matches one of these globs.
    pub exclude: Vec<String>,
    /// The format of every input, instead of what each name's ending says. Standard input needs it unless it is JSON lines.
    pub input_format: Option<InputFormat>,
    /// The field that holds the id, instead of the usual names. So for the six that follow.
    pub id_field: Option<String>,
    /// The field that holds the text.
    pub text_field: Option<String>,
    /// The field that holds the title.
    pub title_field: Option<String>,
    /// The field that holds the lead.
    pub lead_field: Option<String>,
    /// The field that holds the outlet.
    pub source_field: Option<String>,
    /// The field that holds the time of publication.
    pub published_field: Option<String>,
    /// The field that holds a label of truth, for `eval`.
    pub label_field: Option<String>,
    /// The clock of times without an offset, and the one that times are shown on; where none is named, what most offsets of the
    /// input say, else UTC.
    pub timezone: Option<Zone>,
    /// The form of all times, in place of the usual ones, in the directives of `strptime`.
    pub date_format: Option<String>,
    /// The present, in seconds since the epoch: what is published more than a day later is no date. Where it is not given, no
    /// date is too late but those beyond the year 2100.
    pub now: Option<i64>,
    /// What text, title and lead are written in: markup is taken out.
    pub text_format: TextFormat,
    /// Read files of a folder even where an ignore file names them.
    pub no_ignore: bool,
    /// Stop at the first bad record instead of counting it.
    pub strict: bool,
    /// The largest record in bytes, decompressed; a larger one is a bad record, and never held in memory.
    pub max_article_bytes: u64,
}

impl Default for ReadSettings {
    fn default() -> Self {
        ReadSettings {
            include: Vec::new(),
            exclude: Vec::new(),
            input_format: None,
            id_field: None,
            text_field: None,
            title_field: None,
            lead_field: None,
            source_field: None,
            published_field: None,
            label_field: None,
            timezone: None,
            date_format: None,
            now: None,
            text_format: TextFormat::Auto,
            no_ignore: false,
            strict: false,
            max_article_bytes: 16 << 20,
        }
    }
}

/// What makes two articles copies of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The share of each text's words that stand inside shared shingles: both must reach the threshold.
    Coverage,
    /// Shared shingles divided by all.
    Jaccard,
}

impl Measure {
    /// The threshold that goes with the measure unless another is given. Both from 180 pairs of real Vietnamese articles
    /// labelled by reading them; see ARCHITECTURE.md, "Where the defaults come from".
    pub fn default_threshold(self) -> f64 {
        match self {
            Measure::Coverage => 0.62,
            Measure::Jaccard => 0.4,
        }
    }

    /// The excerpt threshold that goes with the measure unless another is given. The first from the same labelled pairs;
    /// the second is what the field calls contained.
    pub fn default_excerpt_threshold(self) -> f64 {
        match self {
            Measure::Coverage => 0.65,
            Measure::Jaccard => 0.8,
        }
    }
}

/// Whether shells are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Boilerplate {
    /// Learned from the input and left out of the shingles.
    Auto,
    /// Everything counts.
    Off,
}

/// Which member of a copy cluster is its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Canonical {
    /// The earliest published; where that is unknown or equal the longest, then the smallest id.
    Earliest,
    /// The one with the most words, then the smallest id.
    Longest,
    /// The representative.
    Representative,
}

/// How far a report goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Copies and the links between them.
    Copies,
    /// Copies, then events.
    Events,
}

/// Everything that shapes an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How inputs are read.
    pub read: ReadSettings,
    /// Words in a shingle.
    pub window_words: usize,
    /// What makes two articles copies.
    pub measure: Measure,
    /// The least value of the measure, 0.0 < threshold <= 1.0; the measure's own default where `None`.
    pub threshold: Option<f64>,
    /// The least part of the shorter text in the longer that makes an excerpt, 0.0 < threshold <= 1.0: coverage, or under
    /// the measure Jaccard containment; the measure's own default where `None`.
    pub excerpt_threshold: Option<f64>,
    /// The probability with which a pair just at the threshold has to be found.
    pub target_recall: f64,
    /// Whether shells are left out.
    pub boilerplate: Boilerplate,
    /// Which member is named as the original.
    pub canonical: Canonical,
    /// How far the report goes.
    pub level: Level,
    /// With how much confidence a report belongs to its event at the least, 0.0 to 1.0.
    pub min_confidence: f64,
    /// Whether what speaks for each pair of reports of an event is kept, so that it can be shown.
    pub edge_evidence: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            read: ReadSettings::default(),
            window_words: 5,
            measure: Measure::Coverage,
            threshold: None,
            excerpt_threshold: None,
            target_recall: 0.99,
            boilerplate: Boilerplate::Auto,
            canonical: Canonical::Earliest,
            level: Level::Events,
            min_confidence: 0.0,
            edge_evidence: false,
        }
    }
}

impl Settings {
    /// The threshold in force.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or(self.measure.default_threshold())
    }

    /// The excerpt threshold in force.
    pub fn excerpt_threshold(&self) -> f64 {
        self.excerpt_threshold.unwrap_or(self.measure.default_excerpt_threshold())
    }

    /// Sets the option `name` (without dashes) to what `value` says. An option that is a list gets one more value.
    ///
    /// # Errors
    /// Where there is no such option, or the value is not in its range.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        OptionSpec::named(name)?.set(self, value)
    }

    /// Name and value of every option that shapes the answer, in the order of [`OPTIONS`], the threshold being the one
    /// in force. Options that say what is read are not among them, as paths are not: they choose the articles, not the
    /// answer.
    pub fn shaping(&self) -> impl Iterator<Item = (&'static OptionSpec, String)> + '_ {
        OPTIONS.iter().filter(|option| option.shapes_answer).filter_map(|option| Some((option, option.get(self)?)))
    }

    /// A number that two runs have in common if their settings ask the same question: xxh3 of the lines `name=value` of
    /// [`Settings::shaping`].
    pub fn fingerprint(&self) -> u64 {
        let lines: String = self.shaping().map(|(option, value)| format!("{}={value}\n", option.name)).collect();
        xxh3_64(lines.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_tells_questions_apart_not_ways_of_asking() {
        let fingerprint = |changes: &[(&str, &str)]| {
            let mut settings = Settings::default();
            changes.iter().for_each(|(name, value)| settings.set(name, value).unwrap());
            settings.fingerprint()
        };
        let plain = fingerprint(&[]);
        assert_eq!(plain, fingerprint(&[("threshold", "0.62")]), "the default, spelled out");
        assert_eq!(plain, fingerprint(&[("threshold", "0.620"), ("text-field", "body"), ("strict", "true")]));
        assert_ne!(plain, fingerprint(&[("threshold", "0.63")]));
        assert_ne!(plain, fingerprint(&[("measure", "jaccard")]));
        assert_ne!(plain, fingerprint(&[("boilerplate", "off")]));
    }
}
