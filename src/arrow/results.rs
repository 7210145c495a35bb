//! A run in, its results out as tables: what the JSON of a report says, for those who go on working with it.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;

use crate::cluster::{CopyCluster, Member, SAME, copy_cluster_id};
use crate::events::{Event, Events, Tie, event_id};
use crate::pipeline::Run;
use crate::report::{headline, outlets_of_event};
use crate::verify::Kind;

use super::compare::EdgeColumns;
use super::score::evidence;
use super::{batch_of, times};

/// The results of a run. Ids, numbers and words are those of a report.
#[derive(Debug, Clone)]
pub struct Results {
    /// A row an article, in order of id: `id` (Utf8), `input` (Int32, which of the inputs, from 0), `row` (Int64, its row there, from 0),
    /// `copy_cluster`, `event` (Utf8, null where events were not asked for), `kind`, `similarity`, `containment`, `coverage` (how it
    /// compares with the cluster's representative; a lone article is identical to itself), `representative`, `original` (Utf8,
    /// ids), `source` (Utf8 or null), `published` (Timestamp(us, UTC) or null), `title` (Utf8 or null), `words` (Int32, boilerplate left
    /// out).
    pub articles: RecordBatch,
    /// A row a verified pair, in order of `a`, `b`: `a`, `b`, `similarity`, `containment`, `coverage`, `kind`.
    pub edges: RecordBatch,
    /// A row a link between two clusters or lone articles that does not join them: the columns of `edges`, `a_cluster`, `b_cluster`
    /// (Utf8), `edges` (Int32, how many of this kind there are between the two), `cut` (Boolean).
    pub links: RecordBatch,
    /// What is known of events; `None` where they were not asked for.
    pub events: Option<EventResults>,
}

/// The events of a run.
#[derive(Debug, Clone)]
pub struct EventResults {
    /// A row an event, those of one article too, most reports first: `id`, `label`, `representative` (Utf8), `members` (List(Utf8), all
    /// articles), `names`, `days` (List(Utf8)), `independent`, `outlets` (Int32), `first_published`, `last_published` (Timestamp(us, UTC) or null).
    pub events: RecordBatch,
    /// A row an independent report of an event of several: `event`, `id` (Utf8), `confidence` (Float64, 0 to 1: how sure it is
    /// that it belongs there), `names`, `days`, `words` (List(Utf8), what it shares).
    pub reports: RecordBatch,
    /// A row a pair of reports that may be of one event; none unless
    /// [`Settings::edge_evidence`](crate::settings::Settings::edge_evidence) asks for them. `a`, `b` (Utf8), `score` (Float64, 0 to 1),
    /// `tie` (`copied`, `excerpt` or `template`, null where copy detection says nothing), and each kind of evidence (Float32, 0 to 1, or null).
    pub edges: RecordBatch,
    /// A row for two events of one storyline: `from`, `to` (Utf8), `relation` (`later`), `days` (Int32 or null).
    pub storylines: RecordBatch,
}

/// The results of a run as tables.
///
/// # Errors
/// Where a column would have more than 2 GiB of text.
pub fn results(run: &Run) -> Result<Results, ArrowError> {
    Ok(Results {
        articles: articles(run)?,
        edges: edges(run)?,
        links: links(run)?,
        events: run.events.as_ref().map(|events| event_results(run, events)).transpose()?,
    })
}

fn articles(run: &Run) -> Result<RecordBatch, ArrowError> {
    let records = &run.records;
    let mut membership: Vec<Option<(&CopyCluster, &Member)>> = vec![None; records.len()];
    for cluster in &run.clustering.clusters {
        cluster.members.iter().for_each(|member| membership[member.article as usize] = Some((cluster, member)));
    }
    let events: Option<Vec<String>> =
        run.events.as_ref().map(|found| found.events.iter().map(|event| id_of(run, event)).collect());
    let mut row = Int64Builder::new();
    let (mut input, mut words) = (Int32Builder::new(), Int32Builder::new());
    let [mut id, mut cluster_id, mut event, mut kinds] = std::array::from_fn(|_| StringBuilder::new());
    let [mut representatives, mut original, mut source, mut title] = std::array::from_fn(|_| StringBuilder::new());
    let [mut similarity, mut containment, mut coverage] = std::array::from_fn(|_| Float64Builder::new());
    for (article, record) in records.iter().enumerate() {
        let (comparison, kind) =
            membership[article].map_or((SAME, Kind::Identical), |(_, member)| (member.comparison, member.kind));
        let of_cluster = |which: fn(&CopyCluster) -> u32| {
            membership[article].map_or(record, |(cluster, _)| &records[which(cluster) as usize]).id.as_str()
        };
        let representative = of_cluster(|cluster| cluster.representative);
        id.append_value(&record.id);
        input.append_value(record.location.file as i32);
        row.append_value(record.location.offset as i64);
        cluster_id.append_value(copy_cluster_id(representative));
        let own = run.events.as_ref().zip(events.as_ref());
        event.append_option(own.map(|(found, ids)| &ids[found.event_of[article] as usize]));
        kinds.append_value(kind.name());
        similarity.append_value(comparison.similarity);
        containment.append_value(comparison.containment);
        coverage.append_value(comparison.coverage);
        representatives.append_value(representative);
        original.append_value(of_cluster(|cluster| cluster.original));
        source.append_option(record.source.as_deref());
        title.append_option(record.title.as_deref());
        words.append_value(record.words as i32);
    }
    batch_of(vec![
        ("id", false, Arc::new(id.finish())),
        ("input", false, Arc::new(input.finish())),
        ("row", false, Arc::new(row.finish())),
        ("copy_cluster", false, Arc::new(cluster_id.finish())),
        ("event", true, Arc::new(event.finish())),
        ("kind", false, Arc::new(kinds.finish())),
        ("similarity", false, Arc::new(similarity.finish())),
        ("containment", false, Arc::new(containment.finish())),
        ("coverage", false, Arc::new(coverage.finish())),
        ("representative", false, Arc::new(representatives.finish())),
        ("original", false, Arc::new(original.finish())),
        ("source", true, Arc::new(source.finish())),
        ("published", true, times(records.iter().map(|record| record.published))),
        ("title", true, Arc::new(title.finish())),
        ("words", false, Arc::new(words.finish())),
    ])
}

fn edges(run: &Run) -> Result<RecordBatch, ArrowError> {
    let id = |article: u32| run.records[article as usize].id.as_str();
    let mut columns = EdgeColumns::default();
    for edge in run.all_edges() {
        columns.push(id(edge.a), id(edge.b), &edge.comparison, edge.kind);
    }
    columns.finish()
}

fn links(run: &Run) -> Result<RecordBatch, ArrowError> {
    let id = |article: u32| run.records[article as usize].id.as_str();
    let representative = run.clustering.cluster_of(run.records.len());
    let mut columns = EdgeColumns::default();
    let [mut a_cluster, mut b_cluster] = std::array::from_fn(|_| StringBuilder::new());
    let (mut edges, mut cut) = (Int32Builder::new(), BooleanBuilder::new());
    for link in &run.clustering.links {
        let (a, b) = (link.edge.a, link.edge.b);
        columns.push(id(a), id(b), &link.edge.comparison, link.edge.kind);
        a_cluster.append_value(copy_cluster_id(id(representative[a as usize])));
        b_cluster.append_value(copy_cluster_id(id(representative[b as usize])));
        edges.append_value(link.edges as i32);
        cut.append_value(link.is_cut_bridge());
    }
    let columns = columns.finish()?;
    let schema = columns.schema();
    let mut all: Vec<(&str, bool, ArrayRef)> = schema
        .fields()
        .iter()
        .zip(columns.columns())
        .map(|(field, column)| (field.name().as_str(), false, Arc::clone(column)))
        .collect();
    all.push(("a_cluster", false, Arc::new(a_cluster.finish())));
    all.push(("b_cluster", false, Arc::new(b_cluster.finish())));
    all.push(("edges", false, Arc::new(edges.finish())));
    all.push(("cut", false, Arc::new(cut.finish())));
    batch_of(all)
}

fn id_of(run: &Run, event: &Event) -> String {
    event_id(&run.records[event.representative as usize].id)
}

fn event_results(run: &Run, found: &Events) -> Result<EventResults, ArrowError> {
    Ok(EventResults {
        events: events(run, found)?,
        reports: reports(run, found)?,
        edges: event_edges(run, found)?,
        storylines: storylines(run, found)?,
    })
}

fn append_all<S: AsRef<str>>(column: &mut ListBuilder<StringBuilder>, values: impl Iterator<Item = S>) {
    values.for_each(|value| column.values().append_value(value));
    column.append(true);
}

fn events(run: &Run, found: &Events) -> Result<RecordBatch, ArrowError> {
    let record = |article: u32| &run.records[article as usize];
    let [mut id, mut label, mut representative] = std::array::from_fn(|_| StringBuilder::new());
    let [mut members, mut names, mut days] = std::array::from_fn(|_| ListBuilder::new(StringBuilder::new()));
    let [mut independent, mut outlets] = std::array::from_fn(|_| Int32Builder::new());
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for event in &found.events {
        let of_event = || event.articles.iter().map(|&article| record(article));
        id.append_value(id_of(run, event));
        label.append_value(event.label(headline(record(event.representative))));
        representative.append_value(&record(event.representative).id);
        append_all(&mut members, of_event().map(|record| &record.id));
        append_all(&mut names, event.names.iter());
        append_all(&mut days, event.days.iter().map(ToString::to_string));
        independent.append_value(event.reports.len() as i32);
        outlets.append_value(outlets_of_event(event, &run.records) as i32);
        first.push(of_event().filter_map(|record| record.published).min());
        last.push(of_event().filter_map(|record| record.published).max());
    }
    batch_of(vec![
        ("id", false, Arc::new(id.finish())),
        ("label", false, Arc::new(label.finish())),
        ("representative", false, Arc::new(representative.finish())),
        ("members", false, Arc::new(members.finish())),
        ("names", false, Arc::new(names.finish())),
        ("days", false, Arc::new(days.finish())),
        ("independent", false, Arc::new(independent.finish())),
        ("outlets", false, Arc::new(outlets.finish())),
        ("first_published", true, times(first.into_iter())),
        ("last_published", true, times(last.into_iter())),
    ])
}

fn reports(run: &Run, found: &Events) -> Result<RecordBatch, ArrowError> {
    let [mut event_ids, mut id] = std::array::from_fn(|_| StringBuilder::new());
    let [mut names, mut days, mut words] = std::array::from_fn(|_| ListBuilder::new(StringBuilder::new()));
    let mut confidence = Float64Builder::new();
    for event in &found.events {
        for (&report, reason) in event.reports.iter().zip(&event.reasons) {
            event_ids.append_value(id_of(run, event));
            id.append_value(&run.records[report as usize].id);
            confidence.append_value(reason.confidence.share());
            append_all(&mut names, reason.names.iter());
            append_all(&mut days, reason.days.iter().map(ToString::to_string));
            append_all(&mut words, reason.words.iter());
        }
    }
    batch_of(vec![
        ("event", false, Arc::new(event_ids.finish())),
        ("id", false, Arc::new(id.finish())),
        ("confidence", false, Arc::new(confidence.finish())),
        ("names", false, Arc::new(names.finish())),
        ("days", false, Arc::new(days.finish())),
        ("words", false, Arc::new(words.finish())),
    ])
}

fn event_edges(run: &Run, found: &Events) -> Result<RecordBatch, ArrowError> {
    let [mut a, mut b, mut tie] = std::array::from_fn(|_| StringBuilder::new());
    let mut score = Float64Builder::new();
    for (edge, _) in found.edges.iter().zip(&found.evidence) {
        a.append_value(&run.records[edge.a as usize].id);
        b.append_value(&run.records[edge.b as usize].id);
        score.append_value(edge.score);
        tie.append_option(edge.tie.map(|tie| match tie {
            Tie::Copied => "copied",
            Tie::Excerpt => "excerpt",
            Tie::Template => "template",
        }));
    }
    let mut columns: Vec<(&str, bool, ArrayRef)> = vec![
        ("a", false, Arc::new(a.finish())),
        ("b", false, Arc::new(b.finish())),
        ("score", false, Arc::new(score.finish())),
        ("tie", true, Arc::new(tie.finish())),
    ];
    columns.extend(evidence(found.evidence.iter()));
    batch_of(columns)
}

fn storylines(run: &Run, found: &Events) -> Result<RecordBatch, ArrowError> {
    let [mut from, mut to, mut relation] = std::array::from_fn(|_| StringBuilder::new());
    let mut days = Int32Builder::new();
    for one in &found.storylines {
        from.append_value(id_of(run, &found.events[one.from]));
        to.append_value(id_of(run, &found.events[one.to]));
        relation.append_value("later");
        days.append_option(one.days.map(|days| days as i32));
    }
    batch_of(vec![
        ("from", false, Arc::new(from.finish())),
        ("to", false, Arc::new(to.finish())),
        ("relation", false, Arc::new(relation.finish())),
        ("days", true, Arc::new(days.finish())),
    ])
}
