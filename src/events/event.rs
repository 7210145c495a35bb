//! What is found of events, by position of articles: what every report of a run is made from.

use xxhash_rust::xxh3::xxh3_64;

use super::confidence::Confidence;
use super::describe::Reason;
use super::{TermTable, Tie};
use crate::days::Day;

/// One happening at one time, with its aftermath.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// The report that is most like the others; of equals the first.
    pub representative: u32,
    /// Its independent reports in order: lone articles, and for each copy cluster its representative.
    pub reports: Vec<u32>,
    /// All its articles in order: the reports and their copies.
    pub articles: Vec<u32>,
    /// Who and what it is about, the most telling first; empty where nothing was read again for it.
    pub names: Vec<String>,
    /// The days that it is about, rising.
    pub days: Vec<Day>,
    /// Why each of the reports is here; as many as these, or none where there is only one.
    pub reasons: Vec<Reason>,
}

/// Two reports that may be of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventEdge {
    /// One report; `a < b`.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The probability that both report one event.
    pub score: f64,
    /// What copy detection says of the two; it decides the score, unless it is an excerpt, which adds to it.
    pub tie: Option<Tie>,
}

/// Two events of one storyline, by their places among the events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Follows {
    /// The earlier one.
    pub from: usize,
    /// The later one.
    pub to: usize,
    /// Days between.
    pub days: Option<u32>,
}

/// How many candidates the search for events gave, and how dense they lie. A report's candidates are the reports that it is
/// paired with, whichever of the two proposed the pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Density {
    /// Reports: lone articles, and copy clusters counted once.
    pub reports: usize,
    /// Pairs of them that were scored.
    pub pairs: usize,
    /// The median of the candidates a report, of two middle ones the larger.
    pub median: u32,
    /// Their 99th percentile: at most one report in a hundred has more.
    pub percentile_99: u32,
    /// The most.
    pub worst: u32,
}

impl Density {
    /// Of so many reports and the pairs among them, by their places, each once.
    ///
    /// ```
    /// let density = wirecopy::events::Density::of(4, [(0, 1), (0, 2), (0, 3)].into_iter());
    /// assert_eq!((density.pairs, density.median, density.percentile_99, density.worst), (3, 1, 3, 3));
    /// ```
    pub fn of(reports: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Density {
        let mut candidates = vec![0; reports];
        let mut count = 0;
        for (a, b) in pairs {
            candidates[a as usize] += 1;
            candidates[b as usize] += 1;
            count += 1;
        }
        candidates.sort_unstable();
        let at = |percent: usize| candidates.get(reports * percent / 100).copied().unwrap_or(0);
        let worst = candidates.last().copied().unwrap_or(0);
        Density { reports, pairs: count, median: at(50), percentile_99: at(99), worst }
    }
}

/// Everything about events that one run found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// All of them, those of one article too; most reports first, then most articles, then by representative.
    pub events: Vec<Event>,
    /// For each article the place of its event.
    pub event_of: Vec<u32>,
    /// Pairs of reports that reach the threshold, or stand in one event; in order.
    pub edges: Vec<EventEdge>,
    /// What speaks for each of these, where that was asked for; else nothing.
    pub evidence: Vec<super::Evidence>,
    /// Which event follows from which; in order.
    pub storylines: Vec<Follows>,
    /// The document frequencies in force.
    pub terms: TermTable,
    /// How dense the candidates lie.
    pub density: Density,
}

/// The id of the event whose representative has the id `representative`: `e-` and 16 hexadecimal digits of xxh3. No counter, so
/// that an id stays while its event does.
///
/// ```
/// assert_eq!(wirecopy::events::event_id("000_f8286b7643dba526"), "e-f741b9c00142d78a");
/// ```
pub fn event_id(representative: &str) -> String {
    format!("e-{:016x}", xxh3_64(representative.as_bytes()))
}

impl Event {
    /// How sure it is that its reports belong together: the mean of theirs. `None` where there is only one.
    pub fn confidence(&self) -> Option<Confidence> {
        Confidence::mean(self.reasons.iter().map(|reason| reason.confidence))
    }

    /// What a person understands at a glance: who, when, and a headline.
    ///
    /// ```
    /// use wirecopy::events::{Day, Event};
    /// let days = [(12, 7), (12, 8)].map(|(month, day)| Day::new(Some(2021), month, day).unwrap());
    /// let event = Event { names: vec!["Biden".into(), "Putin".into()], days: days.into(), ..Event::default() };
    /// assert_eq!(event.label("Cuộc gặp trực tuyến"), "Biden, Putin · 7/12, 8/12/2021 · Cuộc gặp trực tuyến");
    /// ```
    pub fn label(&self, headline: &str) -> String {
        let parts = [self.names.join(", "), self.days_label(), headline.to_owned()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// Its days as `7/12, 8/12/2021`: the year stands behind the last day of each year, where it is known.
    pub fn days_label(&self) -> String {
        let written = self.days.iter().enumerate().map(|(at, day)| {
            let date = day.date();
            let same_year = |next: &Day| next.has_year() && next.date().year() == date.year();
            let year = day.has_year() && !self.days.get(at + 1).is_some_and(same_year);
            let year = if year { format!("/{}", date.year()) } else { String::new() };
            format!("{}/{}{year}", date.day(), date.month())
        });
        written.collect::<Vec<_>>().join(", ")
    }
}
