//! Articles that hang together and their edges in, clusters and what is kept of them out.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use crate::candidates::Plan;
use crate::cluster::{Clustering, SAME, Standing, cluster, copy_cluster_id};
use crate::dedup::{Policy, decide};
use crate::pipeline::{Held, Intake, Record, Run, Search};
use crate::read::Location;
use crate::settings::{Settings, Zone};
use crate::verify::{Comparison, Edge, Kind};

use super::{StageError, batch_of, column, integers, longs, strings};

/// Clusters some articles, of which all have to be there that hang together by copy edges or have exactly the same words. `articles`:
/// columns `position` (Int64), `id` (Utf8), `first` (Int64, the position of the first article that has exactly its words, or its
/// own), `published` (Timestamp(us, UTC) or null), and `words` (Int32) and `content` (Int64) as of [`sign`](super::sign).
/// `edges`: `a`, `b` (Int64, positions of firsts, `a` before `b`), `similarity`,
/// `containment`, `coverage` (Float64) and `kind` (Utf8).
///
/// A row an article, in order of position: `position`, `id`, `copy_cluster`, `kind`, `similarity`, `containment`, `coverage` (how it compares
/// with the cluster's representative), `representative` and `original` (Utf8, ids), `representative_position` (Int64), and `kept` (Boolean):
/// whether it stays by the policy, of each copy the most preferred.
///
/// # Errors
/// Where a column is missing.
pub fn clusters(
    articles: &RecordBatch,
    edges: &RecordBatch,
    settings: &Settings,
    policy: &Policy,
) -> Result<RecordBatch, StageError> {
    let (position, first) = (longs(articles, "position")?, longs(articles, "first")?);
    let (id, words) = (strings(articles, "id")?, integers(articles, "words")?);
    let content = longs(articles, "content")?;
    let of_time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let published: &PrimitiveArray<TimestampMicrosecondType> = column(articles, "published", of_time)?;
    let mut rows: Vec<usize> = (0..articles.num_rows()).collect();
    rows.sort_unstable_by_key(|&row| position.value(row));
    let place_of: HashMap<i64, u32> = rows.iter().map(|&row| position.value(row)).zip(0..).collect();
    let place = |position: i64| place_of.get(&position).copied();
    let records: Vec<Record> = rows
        .iter()
        .map(|&row| Record {
            id: id.value(row).to_owned(),
            source: None,
            published: (!published.is_null(row)).then(|| super::time(published.value(row))),
            title: None,
            opening: None,
            label: None,
            words: words.value(row) as u32,
            content: content.value(row).cast_unsigned(),
            location: Location::default(),
        })
        .collect();
    let twins: Vec<u32> = rows.iter().zip(0..).map(|(&row, own)| place(first.value(row)).unwrap_or(own)).collect();
    let edges = edges_of(edges, &place)?;
    let standings: Vec<Standing> = records.iter().map(Record::standing).collect();
    let clustering = cluster(&twins, &edges, &standings, settings.canonical);
    let run = run_of(settings, records, twins, edges, clustering);
    let decisions = decide(&run, policy);
    Ok(columns(&run, |place| position.value(rows[place]), |place| !decisions.of[place].is_removed())?)
}

fn edges_of(edges: &RecordBatch, place: &dyn Fn(i64) -> Option<u32>) -> Result<Vec<Edge>, StageError> {
    let float = |name| column::<PrimitiveArray<arrow_array::types::Float64Type>>(edges, name, DataType::Float64);
    let (a, b, kind) = (longs(edges, "a")?, longs(edges, "b")?, strings(edges, "kind")?);
    let (similarity, containment, coverage) = (float("similarity")?, float("containment")?, float("coverage")?);
    let kinds = [Kind::Identical, Kind::Copy, Kind::Excerpt, Kind::Template];
    let edge = |row: usize| {
        let comparison = Comparison {
            similarity: similarity.value(row),
            containment: containment.value(row),
            coverage: coverage.value(row),
            coverage_longer: coverage.value(row),
        };
        let kind = kinds.into_iter().find(|one| one.name() == kind.value(row))?;
        Some(Edge { a: place(a.value(row))?, b: place(b.value(row))?, comparison, kind })
    };
    let mut edges: Vec<Edge> = (0..edges.num_rows()).filter_map(edge).collect();
    edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
    Ok(edges)
}

/// As much of a run as clusters and decisions are made of.
fn run_of(settings: &Settings, records: Vec<Record>, twins: Vec<u32>, edges: Vec<Edge>, clustering: Clustering) -> Run {
    let plan = Plan::of(settings);
    let held = Held::default();
    Run {
        zone: Zone::utc(),
        settings: settings.clone(),
        intake: Intake::default(),
        records,
        twins,
        edges,
        clustering,
        events: None,
        shells: Default::default(),
        shell_examples: Vec::new(),
        search: Search { plan, exact_duplicates: 0, candidates: 0, given_up: 0, large_groups: 0, held },
    }
}

fn columns(
    run: &Run,
    position: impl Fn(usize) -> i64,
    is_kept: impl Fn(usize) -> bool,
) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let own = |article: usize| (article as u32, article as u32, SAME, Kind::Identical);
    let mut of: Vec<(u32, u32, Comparison, Kind)> = (0..run.records.len()).map(own).collect();
    for cluster in &run.clustering.clusters {
        for member in &cluster.members {
            of[member.article as usize] = (cluster.representative, cluster.original, member.comparison, member.kind);
        }
    }
    let [mut id, mut copy_cluster, mut kinds] = std::array::from_fn(|_| StringBuilder::new());
    let [mut representative_id, mut original_id] = std::array::from_fn(|_| StringBuilder::new());
    let [mut similarity, mut containment, mut coverage] = std::array::from_fn(|_| Float64Builder::new());
    let [mut positions, mut of_representative] = std::array::from_fn(|_| Int64Builder::new());
    let mut kept = BooleanBuilder::new();
    for (article, (representative, original, comparison, kind)) in of.into_iter().enumerate() {
        let name = |article: u32| run.records[article as usize].id.as_str();
        positions.append_value(position(article));
        id.append_value(&run.records[article].id);
        copy_cluster.append_value(copy_cluster_id(name(representative)));
        kinds.append_value(kind.name());
        similarity.append_value(comparison.similarity);
        containment.append_value(comparison.containment);
        coverage.append_value(comparison.coverage);
        representative_id.append_value(name(representative));
        original_id.append_value(name(original));
        of_representative.append_value(position(representative as usize));
        kept.append_value(is_kept(article));
    }
    batch_of(vec![
        ("position", false, Arc::new(positions.finish())),
        ("id", false, Arc::new(id.finish())),
        ("copy_cluster", false, Arc::new(copy_cluster.finish())),
        ("kind", false, Arc::new(kinds.finish())),
        ("similarity", false, Arc::new(similarity.finish())),
        ("containment", false, Arc::new(containment.finish())),
        ("coverage", false, Arc::new(coverage.finish())),
        ("representative", false, Arc::new(representative_id.finish())),
        ("original", false, Arc::new(original_id.finish())),
        ("representative_position", false, Arc::new(of_representative.finish())),
        ("kept", false, Arc::new(kept.finish())),
    ])
}
