//! What a report says of events: see [`super::view`], whose contract this is a part of.

use serde::Serialize;

use crate::article::Published;
use crate::events::{Confidence, Event, EventEdge, Events, Evidence, Follows, Tie, event_id};
use crate::pipeline::{Record, Run};

/// An event; of one article too.
#[derive(Debug, Clone, Serialize)]
pub struct EventView<'a> {
    /// Made from the representative's id.
    pub id: String,
    /// Who, when, and the headline of the representative.
    pub label: String,
    /// The ids of all its articles, in order.
    pub members: Vec<&'a str>,
    /// The report that is most like the others.
    pub representative: &'a str,
    /// Who and what it is about, the most telling first.
    pub names: &'a [String],
    /// The days that it is about, rising: `YYYY-MM-DD`, without a year `--MM-DD`.
    pub days: Vec<String>,
    /// How many reports it has that are no copies of each other.
    pub independent: usize,
    /// How many outlets ran it, where outlets are known.
    pub outlets: usize,
    /// How sure it is that its reports belong together, `confidence` and `sureness`: the mean of theirs. Left out where there is only one.
    #[serde(flatten)]
    pub confidence: Option<Confidence>,
    /// The first time of publication, RFC 3339, or a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_published: Option<String>,
    /// The last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_published: Option<String>,
    /// Why each independent report is here; empty where there is only one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ReportView<'a>>,
}

/// An independent report and why it is in its event.
#[derive(Debug, Clone, Serialize)]
pub struct ReportView<'a> {
    /// The article, for copies their representative.
    pub id: &'a str,
    /// How sure it is that it belongs to the event, `confidence` (0.0 to 1.0) and `sureness` (`sure`, `likely` or `unsure`).
    #[serde(flatten)]
    pub confidence: Confidence,
    /// Names that it shares with other reports.
    pub names: &'a [String],
    /// Days of the event that it names.
    pub days: Vec<String>,
    /// Rare words that it shares with other reports.
    pub words: &'a [String],
}

/// A pair of reports that may be of one event.
#[derive(Debug, Clone, Serialize)]
pub struct EventEdgeView<'a> {
    /// One report.
    pub a: &'a str,
    /// The other, later in order of id.
    pub b: &'a str,
    /// The probability that both report one event.
    pub score: f64,
    /// How alike they are, by kind of evidence; what one of them has not is left out.
    pub evidence: Evidence,
    /// What copy detection says of the two: `copied` and `template` decide the score, `excerpt` adds to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie: Option<Tie>,
}

/// Two events of one storyline.
#[derive(Debug, Clone, Serialize)]
pub struct StorylineView {
    /// The earlier event.
    pub from: String,
    /// The event that follows.
    pub to: String,
    /// What `to` is to `from`: `later`.
    pub relation: &'static str,
    /// Days between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl<'a> EventView<'a> {
    pub(super) fn of(event: &'a Event, records: &'a [Record]) -> EventView<'a> {
        let record = |article: u32| &records[article as usize];
        let times = || event.articles.iter().filter_map(|&article| record(article).published);
        let iso = |time: Option<Published>| time.map(|time| time.to_string());
        EventView {
            id: event_id(&record(event.representative).id),
            label: event.label(headline(record(event.representative))),
            members: event.articles.iter().map(|&article| record(article).id.as_str()).collect(),
            representative: &record(event.representative).id,
            names: &event.names,
            days: event.days.iter().map(ToString::to_string).collect(),
            independent: event.reports.len(),
            outlets: outlets(event, records),
            confidence: event.confidence(),
            first_published: iso(times().min()),
            last_published: iso(times().max()),
            reports: event
                .reports
                .iter()
                .zip(&event.reasons)
                .map(|(&report, reason)| ReportView {
                    id: &record(report).id,
                    confidence: reason.confidence,
                    names: &reason.names,
                    days: reason.days.iter().map(ToString::to_string).collect(),
                    words: &reason.words,
                })
                .collect(),
        }
    }
}

/// How many different outlets ran an event.
pub(crate) fn outlets(event: &Event, records: &[Record]) -> usize {
    let mut outlets: Vec<&str> =
        event.articles.iter().filter_map(|&article| records[article as usize].source.as_deref()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    outlets.len()
}

/// What an article is called: its headline, else how it begins.
pub(crate) fn headline(record: &Record) -> &str {
    record.headline().unwrap_or("")
}

impl<'a> EventEdgeView<'a> {
    /// All of a run that kept the evidence.
    pub(super) fn all(found: &Events, records: &'a [Record]) -> Vec<EventEdgeView<'a>> {
        let id = |article: u32| records[article as usize].id.as_str();
        let of = |(edge, &evidence): (&EventEdge, &Evidence)| EventEdgeView {
            a: id(edge.a),
            b: id(edge.b),
            score: edge.score,
            evidence,
            tie: edge.tie,
        };
        found.edges.iter().zip(&found.evidence).map(of).collect()
    }
}

impl StorylineView {
    pub(super) fn of(follows: &Follows, events: &Events, records: &[Record]) -> StorylineView {
        let id = |event: usize| event_id(&records[events.events[event].representative as usize].id);
        StorylineView { from: id(follows.from), to: id(follows.to), relation: "later", days: follows.days }
    }
}

/// The id of the event of each article; empty where only copies were asked for.
pub(super) fn event_ids(run: &Run) -> Vec<String> {
    let Some(events) = &run.events else { return vec![String::new(); run.records.len()] };
    let id = |&event: &u32| event_id(&run.records[events.events[event as usize].representative as usize].id);
    events.event_of.iter().map(id).collect()
}
