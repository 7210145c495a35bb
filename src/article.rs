//! The article, the unit of everything: one document with an id and, where known, source, time, title and lead.
//!
//! Fields borrow from the bytes they were read from where that is possible (`Cow`), so that reading a record costs no
//! allocation unless its text holds escapes or was decoded.

use std::borrow::Cow;
use std::fmt;

/// One article as read. Only `id` and `text` are always there; everything else may be missing, and its absence is never
/// taken for disagreement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article<'a> {
    /// What names the article in every output: the record's own id, the URL, the file's stem, or `file:line`, in a JSON array
    /// `file.json[17]`.
    pub id: Cow<'a, str>,
    /// Whether the id only says where the record stands, for it has none of its own: then nothing else may be known
    /// by it.
    pub id_is_place: bool,
    /// Whether the id is the name of the text file that it is.
    pub id_is_name: bool,
    /// The outlet that ran it, or the host of its URL.
    pub source: Option<Cow<'a, str>>,
    /// When it was published.
    pub published: Option<Published>,
    /// Its headline.
    pub title: Option<Cow<'a, str>>,
    /// Its standfirst (sapo), where the input keeps that apart from the text.
    pub lead: Option<Cow<'a, str>>,
    /// Its body: what copies are judged on. The title is not among it, unless it stands for a text that is missing: then this
    /// is the lead, else the title, which those fields hold as well.
    pub text: Cow<'a, str>,
    /// A label of truth that the record carries (`cluster`), used by `eval` alone.
    pub label: Option<Cow<'a, str>>,
}

/// A time of publication in whole seconds since 1970-01-01T00:00:00Z. A time without a zone is taken as UTC; a bare day
/// is its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Published {
    /// Seconds since the epoch; negative before 1970.
    pub epoch_seconds: i64,
}

/// RFC 3339 in UTC. Beyond the years -9999 to 9999, which no input gives, the bare seconds after an `@`.
///
/// ```
/// let published = wirecopy::article::Published { epoch_seconds: 1_638_932_700 };
/// assert_eq!(published.to_string(), "2021-12-08T03:05:00Z");
/// ```
impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.epoch_seconds) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "@{}", self.epoch_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_outside_the_calendar_is_still_printed() {
        assert_eq!(Published { epoch_seconds: i64::MAX }.to_string(), format!("@{}", i64::MAX));
    }
}
