//! A run and two of its articles in, everything that speaks for and against their being copies, and reports of one event, out.
//!
//! There is no second way of comparing: the numbers are those of [`crate::verify`], what speaks for one event those of
//! [`crate::events`], under the tables of the run. Only data here; [`crate::report`] words it.
//!
//! ```
//! use wirecopy::{explain::{explain, position}, pipeline::{Tables, run_inputs}, read::discover, settings::Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
//! let settings = Settings::default();
//! let inputs = discover(&[seeds], &settings.read)?;
//! let run = run_inputs(&inputs, &settings, Tables::default(), &())?;
//! let [a, b] = ["000_f8286b7643dba526", "004_a48b6f3952fc66da"].map(|id| position(&run, id).expect("a seed"));
//! let found = explain(&run, &inputs, a, b)?;
//! assert!(found.copy.kind.is_none() && found.event.is_some_and(|event| event.same_event));
//! # Ok(())
//! # }
//! ```

mod alignment;
mod event;
mod turn;

use serde::Serialize;

use crate::article::Article;
use crate::cluster::copy_cluster_id;
use crate::pipeline::Run;
use crate::read::{Inputs, ReadError};
use crate::verify::{Comparison, Kept, Kind, Reading, Rules, compare, verify};

pub use alignment::{Alignment, Difference, Passage, Span, align};
pub use event::{Bounds, EventAnswer, EventOf, EventStep, NotProposedWhy, Relation, Score, StorylineStep, Why};
pub use turn::{Direction, Turn};

/// Why two articles belong together, or don't.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// One article.
    pub a: Side,
    /// The other.
    pub b: Side,
    /// Whether they are the same text.
    pub copy: CopyAnswer,
    /// Whether they report the same event; `None` where the run asked for copies alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventAnswer>,
}

/// One of the two.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Side {
    /// Its id.
    pub id: String,
    /// Its outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its headline, or how it begins.
    pub title: String,
    /// When it was published, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// The input that it stands in; of a stored article the index.
    pub file: String,
    /// Its line there, from 1; `None` of a stored article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Words that were compared.
    pub words: usize,
    /// Words that were left out as boilerplate.
    pub words_left_out: usize,
    /// Its text, to which places refer.
    pub text: String,
}

/// Whether two articles are the same text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyAnswer {
    /// What exact comparison makes of them; `None`: no copy, no excerpt, no template.
    pub kind: Option<Kind>,
    /// The numbers.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// What the threshold is held against: the smaller coverage, or the similarity.
    pub value: f64,
    /// What the threshold of excerpts is held against: the coverage of the shorter, or the containment.
    pub part: f64,
    /// The threshold in force.
    pub threshold: f64,
    /// That of excerpts.
    pub excerpt_threshold: f64,
    /// Words in a shingle: what is shared in shorter runs does not count.
    pub window_words: usize,
    /// Whether what they share are passages, and not turns of phrase alone: without this, no threshold makes them copies.
    pub shares_passages: bool,
    /// Whether the run found what `kind` says: its search misses a pair now and then.
    pub found: bool,
    /// The copy cluster of the first; of a lone article of its own.
    pub a_cluster: String,
    /// That of the second.
    pub b_cluster: String,
    /// Where both are in one cluster, how they came there: the first, the representative, the second.
    pub chain: Vec<CopyStep>,
    /// Thresholds from which on the answer would be another.
    pub turns: Vec<Turn>,
    /// What they have in common, and for edges what not.
    #[serde(flatten)]
    pub alignment: Alignment,
}

/// A verified pair on the way from one article to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyStep {
    /// From this article.
    pub from: String,
    /// To this one.
    pub to: String,
    /// What the two are.
    pub kind: Kind,
    /// Their numbers.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// The position of the article of this id.
pub fn position(run: &Run, id: &str) -> Option<u32> {
    run.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok().map(|place| place as u32)
}

/// Explains two articles of a run of these inputs, by their positions; not one and the same.
///
/// # Errors
/// Where the inputs can't be read again.
pub fn explain(run: &Run, inputs: &Inputs, a: u32, b: u32) -> Result<Explanation, ReadError> {
    let locations = [a, b].map(|article| run.records[article as usize].location);
    let articles = inputs.reread(&run.settings.read, &locations, &|_| (), |_, article| owned(article))?;
    let [of_a, of_b] = [&articles[0], &articles[1]];
    Ok(Explanation {
        copy: copy_answer(run, (a, of_a), (b, of_b)),
        event: event::answer(run, inputs, a, b)?,
        a: side(run, inputs, a, of_a),
        b: side(run, inputs, b, of_b),
    })
}

fn owned(article: &Article<'_>) -> Article<'static> {
    let field = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(|text| text.to_owned().into());
    Article {
        id: article.id.clone().into_owned().into(),
        source: field(&article.source),
        title: field(&article.title),
        lead: field(&article.lead),
        text: article.text.clone().into_owned().into(),
        published: article.published,
        ..Article::default()
    }
}

fn side(run: &Run, inputs: &Inputs, article: u32, read: &Article<'_>) -> Side {
    let record = &run.records[article as usize];
    let file = &inputs.files()[record.location.file as usize];
    let kept = Kept::of(read, &run.shells);
    Side {
        id: record.id.clone(),
        source: record.source.as_deref().map(str::to_owned),
        title: record.headline().unwrap_or_default().to_owned(),
        published: record.published.map(|time| time.to_string()),
        file: file.name().to_owned(),
        line: (!file.is_stored()).then_some(record.location.line),
        words: kept.hashes.len(),
        words_left_out: kept.all() - kept.hashes.len(),
        text: read.text.clone().into_owned(),
    }
}

fn copy_answer(run: &Run, (a, of_a): (u32, &Article<'_>), (b, of_b): (u32, &Article<'_>)) -> CopyAnswer {
    let rules = Rules::of(&run.settings);
    let [left, right] = [of_a, of_b].map(|article| Reading::of(article, &run.shells, rules.window_words));
    let comparison = compare(&left, &right, &rules);
    let kind = verify(&left, &right, &rules).map(|(_, kind)| kind);
    let alignment = align(of_a, of_b, &run.shells, rules.window_words);
    let [cluster_a, cluster_b] = [a, b].map(|article| representative(run, article));
    let cluster_id = |representative: u32| copy_cluster_id(&run.records[representative as usize].id);
    CopyAnswer {
        kind,
        value: rules.value(&comparison),
        part: rules.part(&comparison),
        threshold: rules.threshold,
        excerpt_threshold: rules.excerpt_threshold,
        window_words: rules.window_words,
        shares_passages: rules.shares_passages(&comparison),
        found: found_kind(run, a, b) == kind,
        a_cluster: cluster_id(cluster_a),
        b_cluster: cluster_id(cluster_b),
        chain: if cluster_a == cluster_b { chain(run, a, b, cluster_a) } else { Vec::new() },
        turns: turn::turns(&left, &right, &rules, &comparison, kind),
        // Of texts that are no edge, all differs.
        alignment: if kind.is_some() { alignment } else { Alignment { differences: Vec::new(), ..alignment } },
        comparison,
    }
}

/// The representative of an article's copy cluster; of a lone article itself.
fn representative(run: &Run, article: u32) -> u32 {
    let of = |cluster: &&crate::cluster::CopyCluster| cluster.members.iter().any(|member| member.article == article);
    run.clustering.clusters.iter().find(of).map_or(article, |cluster| cluster.representative)
}

/// What the run found of a pair.
fn found_kind(run: &Run, a: u32, b: u32) -> Option<Kind> {
    let (a, b) = (run.twins[a as usize], run.twins[b as usize]);
    if a == b {
        return Some(Kind::Identical);
    }
    let key = (a.min(b), a.max(b));
    run.edges.binary_search_by_key(&key, |edge| (edge.a, edge.b)).ok().map(|place| run.edges[place].kind)
}

/// From `a` over the representative of their cluster to `b`.
fn chain(run: &Run, a: u32, b: u32, representative: u32) -> Vec<CopyStep> {
    let members = run.clustering.clusters.iter().find(|cluster| cluster.representative == representative);
    let id = |article: u32| run.records[article as usize].id.clone();
    let step = |from: u32, to: u32, member: u32| {
        let member = members?.members.iter().find(|one| one.article == member)?;
        Some(CopyStep { from: id(from), to: id(to), kind: member.kind, comparison: member.comparison })
    };
    let first = if a == representative { None } else { step(a, representative, a) };
    let second = if b == representative { None } else { step(representative, b, b) };
    first.into_iter().chain(second).collect()
}
