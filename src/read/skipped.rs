//! What was not read, or not wholly: counted by reason, with the first examples of each located.
//!
//! Nothing is lost silently, and ten million bad lines must not become ten million messages: counts are exact, examples
//! are few. Both are the same for any number of threads, because parts are merged in input order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::days::published::{Offset, Read};
use crate::settings::Zone;

use super::bad::BadRecords;
use super::error::Fault;

/// How many examples are kept of each [`Reason`]: enough to see a pattern, few enough to print.
pub const EXAMPLES_PER_REASON: usize = 5;

/// Everything that a pass over the inputs did not read, or read with a loss.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Records that are no articles: broken, without text, lead and title, too large. They are left out.
    pub bad_records: u64,
    /// Those of them that are larger than the settings allow, and were not even held; but for excused ones.
    pub too_large: u64,
    /// Articles whose date is there but could not be read. They count as articles without a date.
    pub undated: u64,
    /// What the times say of their clocks.
    pub times: Clocks,
    /// Articles with bytes that could not be decoded. Those bytes became U+FFFD.
    pub lossy: u64,
    /// Articles without an id of their own. They are named `file:line`, in a JSON array `file.json[17]`.
    pub unnamed: u64,
    /// Articles whose text is missing or blank, and for which their lead stands.
    pub lead_as_text: u64,
    /// The same without a lead, for which their title stands.
    pub title_as_text: u64,
    /// Articles of whose text, title or lead markup was taken out.
    pub markup: u64,
    /// Articles with a title, lead, source, id or label that is neither a string nor a number. That field counts as missing.
    pub unread_fields: u64,
    /// Articles or header lines that have a name twice which gives neither id nor text. One of the two values is taken.
    pub repeated_fields: u64,
    /// Inputs of which no record has a text under a known name, and some have a long one under another.
    pub texts_elsewhere: Vec<TextsElsewhere>,
    /// Header lines that have the name of the id or the text twice, but for excused ones; they are bad records as well.
    pub ambiguous_headers: u64,
    /// Rows with a quoted field inside which stand lines that look like rows.
    pub rows_inside: u64,
    /// Inputs that end too early or are corrupt. What stood before the damage was read.
    pub truncated: Vec<Truncated>,
    /// The first [`EXAMPLES_PER_REASON`] of each reason, in input order within a reason; missing ids and texts are not among them.
    pub examples: Vec<Example>,
    /// The bad records one by one, where [`super::Inputs::list_bad_records`] asked for them.
    pub bad: BadRecords,
}

/// What the times of publication of an input say of the clocks that they are read from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    /// How many times, and days alone, have each offset, in minutes ahead of UTC. `Z` is none: it says nothing of a place.
    pub offsets: BTreeMap<i16, u64>,
    /// How many times have no offset: not counting days alone, which are the same day on any clock.
    pub without: u64,
    /// How many times their clock showed twice, or passed over: when it was put back, or forward. The earlier reading is taken.
    pub changed: u64,
    /// Why the clock of times without an offset is the one that it is.
    pub chosen_by: ChosenBy,
}

/// Why the clock of times without an offset is the one that it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenBy {
    /// The settings name it.
    Named,
    /// Most offsets of the input are of it.
    Offsets,
    /// The input has no offset, and it is that of the index.
    Index,
    /// Nothing says which it is, and it is UTC.
    #[default]
    None,
}

impl Clocks {
    pub(super) fn count(&mut self, time: &Read) {
        match time.offset {
            Offset::Missing => self.without += u64::from(!time.published.is_day),
            Offset::Minutes(minutes) => *self.offsets.entry(minutes).or_default() += 1,
            Offset::Utc => {}
        }
        self.changed += u64::from(time.published.later_minutes > 0);
    }

    fn append(&mut self, later: Clocks) {
        later.offsets.into_iter().for_each(|(minutes, times)| *self.offsets.entry(minutes).or_default() += times);
        self.without += later.without;
        self.changed += later.changed;
    }

    /// The clock that most offsets are of, of equals the nearest to UTC; `None` where there is no offset.
    pub fn zone(&self) -> Option<Zone> {
        let most = self.offsets.iter().max_by_key(|&(&minutes, &times)| (times, Reverse(minutes.abs()), minutes));
        most.map(|(&minutes, _)| Zone::fixed(minutes))
    }
}

/// An input that could not be read to its end: compressed data with damage, an array of JSON or a quote that nothing closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncated {
    /// The input as messages name it.
    pub name: String,
    /// How many bytes could be read, decompressed. The record that they end in was left out.
    pub offset: u64,
    /// Whether the input is compressed.
    pub compressed: bool,
    /// What is wrong at that place.
    pub reason: String,
}

/// An input whose texts were not read, because they stand under a name that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextsElsewhere {
    /// The input as messages name it.
    pub name: String,
    /// How many of its records have a long text there.
    pub records: u64,
    /// The field that may be the text, of the first of them.
    pub field: String,
}

/// One located record of those that [`Skipped`] counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The input as messages name it.
    pub name: String,
    /// Its line, or its row where the format has no lines; the first is 1.
    pub line: u64,
    /// What is wrong.
    pub reason: Reason,
}

/// Why a record is among the [`Skipped`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is no article.
    Bad(Fault),
    /// Its date could not be read.
    Undated {
        /// The date as it stands there, shortened.
        found: String,
    },
    /// Some of its bytes could not be decoded.
    Lossy,
    /// A name that gives neither id nor text stands there twice.
    RepeatedField {
        /// The name.
        field: String,
    },
    /// Inside a quoted field stand lines that look like rows of the same table: a quote may be missing.
    RowsInside {
        /// How many such lines.
        rows: usize,
    },
    /// A field is of a kind that cannot be read.
    UnreadField {
        /// What the field was to give: `title`.
        field: &'static str,
        /// What it is: `an array`.
        found: &'static str,
    },
}

impl Reason {
    /// Bad records share one allowance of examples per fault, so that a common one does not hide a rare one.
    fn same_kind(&self, other: &Reason) -> bool {
        match (self, other) {
            (Reason::Bad(a), Reason::Bad(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Bad(fault) => fault.fmt(f),
            Reason::Undated { found } => {
                write!(
                    f,
                    "the date `{found}` could not be read (expected such as 2021-12-08T10:05:00+07:00, 2021-12-08, 08/12/2021 10:05, or epoch seconds; --date-format names another form)"
                )
            }
            Reason::Lossy => write!(f, "bytes that are text in no known encoding became U+FFFD"),
            Reason::RepeatedField { field } => write!(f, "`{field}` is there twice; one of the two is taken"),
            Reason::RowsInside { rows } => {
                write!(f, "{rows} lines inside a quoted field look like rows of this table; is a quote missing?")
            }
            Reason::UnreadField { field, found } => {
                write!(f, "the {field} is {found}, expected a string; taken as missing")
            }
        }
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.name, self.line, self.reason)
    }
}

impl fmt::Display for TextsElsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TextsElsewhere { name, records, field } = self;
        let records = if *records == 1 { "1 record has".to_owned() } else { format!("{records} records have") };
        write!(
            f,
            "{name}: no record has a text under a known name, but {records} a long text under another, such as `{field}`; "
        )?;
        write!(f, "name the field of the text with --text-field")
    }
}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Truncated { name, offset, compressed, reason } = self;
        match (offset, compressed) {
            (0, _) => write!(f, "{name}: nothing could be read: {reason}"),
            (_, true) => write!(f, "{name}: cut off or corrupt after {offset} decompressed bytes: {reason}"),
            (1, false) => write!(f, "{name}: cut off after 1 byte: {reason}"),
            (_, false) => write!(f, "{name}: cut off after {offset} bytes: {reason}"),
        }
    }
}

impl Skipped {
    /// Whether everything was read; what times say of their clocks is no loss.
    pub fn is_empty(&self) -> bool {
        *self == Skipped { times: self.times.clone(), ..Skipped::default() }
    }

    /// Counts one record under `reason`, and keeps it as an example while there is room.
    pub(super) fn add(&mut self, name: &str, line: u64, reason: Reason) {
        match reason {
            Reason::Bad(_) => self.bad_records += 1,
            Reason::Undated { .. } => self.undated += 1,
            Reason::Lossy => self.lossy += 1,
            Reason::RepeatedField { .. } => self.repeated_fields += 1,
            Reason::RowsInside { .. } => self.rows_inside += 1,
            Reason::UnreadField { .. } => self.unread_fields += 1,
        }
        self.keep(|| name.to_owned(), line, reason);
    }

    /// Adds what a later part of the input left out.
    pub(super) fn append(&mut self, later: Skipped) {
        self.bad_records += later.bad_records;
        self.too_large += later.too_large;
        self.undated += later.undated;
        self.times.append(later.times);
        self.lossy += later.lossy;
        self.unnamed += later.unnamed;
        self.lead_as_text += later.lead_as_text;
        self.title_as_text += later.title_as_text;
        self.markup += later.markup;
        self.unread_fields += later.unread_fields;
        self.repeated_fields += later.repeated_fields;
        self.ambiguous_headers += later.ambiguous_headers;
        self.rows_inside += later.rows_inside;
        self.truncated.extend(later.truncated);
        self.texts_elsewhere.extend(later.texts_elsewhere);
        self.bad.append(later.bad);
        for example in later.examples {
            self.keep(|| example.name, example.line, example.reason);
        }
    }

    fn keep(&mut self, name: impl FnOnce() -> String, line: u64, reason: Reason) {
        let alike = self.examples.iter().filter(|example| example.reason.same_kind(&reason)).count();
        if alike < EXAMPLES_PER_REASON {
            self.examples.push(Example { name: name(), line, reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_and_examples_are_the_first_of_each_reason() {
        let mut skipped = Skipped::default();
        for line in 1..=100 {
            skipped.add("a.jsonl", line, Reason::Lossy);
        }
        skipped.add("a.jsonl", 101, Reason::Bad(Fault::TooLarge { max_article_bytes: 9 }));
        skipped.add("a.jsonl", 102, Reason::Bad(Fault::NotAnObject { found: "a number" }));
        assert_eq!((skipped.lossy, skipped.bad_records), (100, 2));
        let lines: Vec<u64> = skipped.examples.iter().map(|example| example.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 101, 102]);
    }

    #[test]
    fn merging_parts_is_the_same_as_counting_at_once() {
        let reason = |line: u64| match line % 3 {
            0 => Reason::Lossy,
            1 => Reason::Bad(Fault::NeverClosed { what: "quote" }),
            _ => Reason::Undated { found: "soon".into() },
        };
        let mut whole = Skipped::default();
        (1..=60).for_each(|line| whole.add("a", line, reason(line)));
        let mut merged = Skipped::default();
        for part in (1..=60).collect::<Vec<u64>>().chunks(7) {
            let mut later = Skipped::default();
            part.iter().for_each(|&line| later.add("a", line, reason(line)));
            merged.append(later);
        }
        assert_eq!(merged, whole);
    }
}
