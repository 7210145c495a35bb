//! What a report says, with ids in place of positions. Its serialized form is the contract for scripts: a field is added
//! at will, and renamed or removed only with a new `schema_version`. `schemas/report-1.json` describes it.

use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

use super::event_view::{EventEdgeView, EventView, StorylineView};
use crate::article::Published;
use crate::cluster::{CopyCluster, Link, Member, copy_cluster_id};
use crate::pipeline::{Intake, Record, Run};
use crate::settings::{Canonical, Settings, ValueKind};
use crate::verify::{Edge, Kind};

/// The version of everything below.
const SCHEMA_VERSION: u32 = 1;

/// All that a report says.
#[derive(Debug, Clone, Serialize)]
pub struct View<'a> {
    /// The version of this contract: 1.
    pub schema_version: u32,
    /// What was asked.
    pub settings: SettingsView,
    /// What was read.
    pub input: InputView<'a>,
    /// How candidates were found.
    pub search: SearchView,
    /// What was left out as boilerplate.
    pub boilerplate: BoilerplateView<'a>,
    /// Copy clusters of two members and more, largest first.
    pub copy_clusters: Vec<ClusterView<'a>>,
    /// What links clusters and lone articles without joining them.
    pub links: Vec<LinkView<'a>>,
    /// Events, most reports first, those of one article too; none with `--level copies`.
    pub events: Vec<EventView<'a>>,
    /// Which event follows from which.
    pub storylines: Vec<StorylineView>,
    /// Every verified edge, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edges: Option<EdgeViews<'a>>,
    /// Pairs of reports that may be of one event, where edges were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_edges: Option<Vec<EventEdgeView<'a>>>,
}

/// The options that shape the answer, and a fingerprint of them.
#[derive(Debug, Clone, Serialize)]
pub struct SettingsView {
    /// Each option by its name, with `_` for `-`; `threshold` is the one in force.
    #[serde(flatten)]
    pub options: Map<String, Value>,
    /// Equal for runs that ask the same question: 16 hexadecimal digits.
    pub fingerprint: String,
}

/// What was read and what was set aside.
#[derive(Debug, Clone, Serialize)]
pub struct InputView<'a> {
    /// Articles that were compared.
    pub articles: usize,
    /// Different outlets among them.
    pub outlets: usize,
    /// The first time of publication, RFC 3339 on the clock of [`InputView::timezone`], or a day.
    pub first_published: Option<String>,
    /// The last.
    pub last_published: Option<String>,
    /// The clock on which times are shown, and how many were read by it.
    pub timezone: TimezoneView,
    /// What was not compared, or not wholly read.
    pub set_aside: SetAside<'a>,
}

/// The clock on which times are shown.
#[derive(Debug, Clone, Serialize)]
pub struct TimezoneView {
    /// Its name, or its distance from UTC: `Asia/Ho_Chi_Minh`, `+07:00`, `UTC`.
    pub name: String,
    /// Why it is that: `named` in the settings, `offsets` of the input, or `none`: the input has none, and it is UTC.
    pub chosen_by: &'static str,
    /// How many times have no offset and were read by it.
    pub without_offset: u64,
    /// How many of those it showed twice or never, for it was put back or forward: the earlier reading is taken.
    pub clock_changes: u64,
}

impl TimezoneView {
    pub(super) fn of(run: &Run) -> TimezoneView {
        let clocks = &run.intake.skipped.times;
        let chosen_by = match (&run.settings.read.timezone, clocks.offsets.is_empty()) {
            (Some(_), _) => "named",
            (None, false) => "offsets",
            (None, true) => "none",
        };
        let (without_offset, clock_changes) = (clocks.without, clocks.changed);
        TimezoneView { name: run.zone.to_string(), chosen_by, without_offset, clock_changes }
    }
}

/// Counts of what was not compared or not wholly read, and where.
#[derive(Debug, Clone, Serialize)]
pub struct SetAside<'a> {
    /// Records that are no articles.
    pub bad_records: u64,
    /// Articles without a word.
    pub empty: usize,
    /// Records with id and words of another: one article with it.
    pub repeated: usize,
    /// Articles that have the id of another and other words: told apart by `#` and a hash.
    pub renamed: usize,
    /// Articles whose date could not be read.
    pub undated: u64,
    /// Articles with bytes that could not be decoded.
    pub lossy: u64,
    /// Articles without an id, named by their place.
    pub unnamed: u64,
    /// Articles without a text of their own, for which their lead stands.
    pub lead_as_text: u64,
    /// The same without a lead, for which their title stands.
    pub title_as_text: u64,
    /// Articles of whose text, title or lead markup was taken out; left out where there is none.
    #[serde(skip_serializing_if = "is_none")]
    pub markup: u64,
    /// Articles with a field that could not be read.
    pub unread_fields: u64,
    /// Inputs that end too early: compressed data, or an array of JSON or a quote that nothing closes.
    pub truncated: Vec<TruncatedView<'a>>,
    /// The first few of each reason.
    pub examples: Vec<ExampleView<'a>>,
}

/// An input that ends too early.
#[derive(Debug, Clone, Serialize)]
pub struct TruncatedView<'a> {
    /// The input as messages name it.
    pub input: &'a str,
    /// How many bytes could be read, decompressed.
    pub offset: u64,
    /// What the decoder said.
    pub reason: &'a str,
}

/// One located record of those that were set aside.
#[derive(Debug, Clone, Serialize)]
pub struct ExampleView<'a> {
    /// The input as messages name it.
    pub input: &'a str,
    /// The line in it; the first is 1.
    pub line: u64,
    /// What is wrong with it, in words.
    pub reason: String,
}

/// How candidates were found.
#[derive(Debug, Clone, Serialize)]
pub struct SearchView {
    /// Pairs that share at least this part of the shorter article's shingles were to be found.
    pub containment: f64,
    /// Pairs that were looked at: given up early, or compared exactly.
    pub candidates: usize,
    /// Articles with exactly the words of another.
    pub exact_duplicates: usize,
    /// Groups too large to compare in full, which were compared with pivots.
    pub large_groups: usize,
}

/// What was left out as boilerplate.
#[derive(Debug, Clone, Serialize)]
pub struct BoilerplateView<'a> {
    /// How many shells are in force.
    pub shells: usize,
    /// Of the table of shells: 16 hexadecimal digits.
    pub fingerprint: String,
    /// The most frequent.
    pub examples: Vec<ShellView<'a>>,
}

/// One shell.
#[derive(Debug, Clone, Serialize)]
pub struct ShellView<'a> {
    /// Its outlet, where outlets are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
    /// Its words, folded.
    pub text: &'a str,
    /// The number of different stories that it was found in.
    pub stories: u32,
}

/// A copy cluster.
#[derive(Debug, Clone, Serialize)]
pub struct ClusterView<'a> {
    /// Made from the representative's id.
    pub id: String,
    /// The member that all others were compared with.
    pub representative: &'a str,
    /// The member to show first.
    pub original: &'a str,
    /// By which rule that was chosen: `first` (surely published before all others), `earliest` (of the times that are known; who was first
    /// is not), `longest` or `representative`.
    pub original_by: &'static str,
    /// The member that was surely published before all others; null where that is not known.
    pub first: Option<&'a str>,
    /// All of them, in order of id.
    pub members: Vec<MemberView<'a>>,
}

/// One member of a copy cluster and how it compares with the representative.
#[derive(Debug, Clone, Serialize)]
pub struct MemberView<'a> {
    /// The article.
    pub id: &'a str,
    /// `identical` or `copy`.
    pub kind: Kind,
    /// Shared shingles over all of the two.
    pub similarity: f64,
    /// Shared shingles over those of the smaller set.
    pub containment: f64,
    /// The share of the shorter text's words inside shared shingles.
    pub coverage: f64,
    /// Its outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
    /// Its time of publication, RFC 3339, or a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Seconds after the first of the cluster, where it is known who that is, and the hour of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<i64>,
    /// Its headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
}

/// Two clusters or lone articles with an edge between them that does not join them.
#[derive(Debug, Clone, Serialize)]
pub struct LinkView<'a> {
    /// One end of the strongest such edge.
    pub a: &'a str,
    /// The other.
    pub b: &'a str,
    /// Its kind.
    pub kind: Kind,
    /// Shared shingles over all of the two.
    pub similarity: f64,
    /// Shared shingles over those of the smaller set.
    pub containment: f64,
    /// The share of the shorter text's words inside shared shingles.
    pub coverage: f64,
    /// The copy cluster of `a`, which may be of one.
    pub a_cluster: String,
    /// The copy cluster of `b`.
    pub b_cluster: String,
    /// How many edges of this kind there are between the two clusters.
    pub edges: usize,
    /// Whether it is a bridge that was cut: a pair of copies that would have chained two clusters.
    pub cut: bool,
}

/// A verified pair.
#[derive(Debug, Clone, Serialize)]
pub struct EdgeView<'a> {
    /// One article.
    pub a: &'a str,
    /// The other, later in order of id.
    pub b: &'a str,
    /// Shared shingles over all of the two.
    pub similarity: f64,
    /// Shared shingles over those of the smaller set.
    pub containment: f64,
    /// The share of the shorter text's words inside shared shingles.
    pub coverage: f64,
    /// `identical`, `copy`, `excerpt` or `template`.
    pub kind: Kind,
}

/// Every verified edge, in order; each is looked at only while it is written, for there may be very many.
#[derive(Debug, Clone)]
pub struct EdgeViews<'a> {
    edges: Vec<Edge>,
    records: &'a [Record],
}

/// Where each article stands among the clusters.
pub(super) struct Places<'a> {
    run: &'a Run,
    /// For each article its place in `clustering.clusters` and among the members there.
    places: Vec<Option<(u32, u32)>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(run: &'a Run) -> Places<'a> {
        let mut places = vec![None; run.records.len()];
        for (cluster, number) in run.clustering.clusters.iter().zip(0..) {
            for (member, place) in cluster.members.iter().zip(0..) {
                places[member.article as usize] = Some((number, place));
            }
        }
        Places { run, places }
    }

    /// The place of the article's cluster among the clusters; `None` for a lone article.
    pub(super) fn cluster(&self, article: u32) -> Option<usize> {
        self.places[article as usize].map(|(cluster, _)| cluster as usize)
    }

    /// The cluster of an article and what it is there; `None` for a lone one.
    pub(super) fn member(&self, article: u32) -> Option<(&'a CopyCluster, &'a Member)> {
        let (cluster, member) = self.places[article as usize]?;
        let cluster = &self.run.clustering.clusters[cluster as usize];
        Some((cluster, &cluster.members[member as usize]))
    }

    /// The representative of an article's cluster, which counts as one report: of a lone article, itself.
    pub(super) fn report(&self, article: u32) -> u32 {
        self.member(article).map_or(article, |(cluster, _)| cluster.representative)
    }

    /// The id of [`report`](Places::report).
    pub(super) fn representative(&self, article: u32) -> &'a str {
        &self.run.records[self.report(article) as usize].id
    }
}

impl<'a> View<'a> {
    /// The view of a run; with all edges where `with_edges`.
    pub fn of(run: &'a Run, with_edges: bool) -> View<'a> {
        let places = Places::of(run);
        let events = run.events.as_ref();
        View {
            schema_version: SCHEMA_VERSION,
            settings: SettingsView::of(&run.settings),
            input: InputView::of(run),
            search: SearchView::of(run),
            boilerplate: BoilerplateView::of(run),
            copy_clusters: run.clustering.clusters.iter().map(|cluster| ClusterView::of(cluster, run)).collect(),
            links: run.clustering.links.iter().map(|link| LinkView::of(link, &run.records, &places)).collect(),
            events: events
                .iter()
                .flat_map(|found| &found.events)
                .map(|event| EventView::of(event, &run.records))
                .collect(),
            storylines: events
                .iter()
                .flat_map(|found| found.storylines.iter().map(|one| StorylineView::of(one, found, &run.records)))
                .collect(),
            edges: with_edges.then(|| EdgeViews { edges: run.all_edges(), records: &run.records }),
            event_edges: events.filter(|_| with_edges).map(|found| EventEdgeView::all(found, &run.records)),
        }
    }
}

impl SettingsView {
    pub(super) fn of(settings: &Settings) -> SettingsView {
        let value = |kind: ValueKind, text: String| match kind {
            ValueKind::Number { .. } => text
                .parse()
                .map(|whole: u64| Number::from(whole))
                .ok()
                .or_else(|| Number::from_f64(text.parse().ok()?))
                .map_or(Value::String(text), Value::Number),
            _ => Value::String(text),
        };
        let options = settings
            .shaping()
            .map(|(option, text)| (option.name.replace('-', "_"), value(option.value, text)))
            .collect();
        SettingsView { options, fingerprint: format!("{:016x}", settings.fingerprint()) }
    }
}

impl<'a> InputView<'a> {
    fn of(run: &'a Run) -> InputView<'a> {
        let times = || run.records.iter().filter_map(|record| record.published);
        InputView {
            articles: run.records.len(),
            outlets: outlets(run),
            first_published: times().min().map(|time| time.to_string()),
            last_published: times().max().map(|time| time.to_string()),
            timezone: TimezoneView::of(run),
            set_aside: SetAside::of(&run.intake),
        }
    }
}

/// How many different outlets there are.
pub(super) fn outlets(run: &Run) -> usize {
    let mut outlets: Vec<&str> = run.records.iter().filter_map(|record| record.source.as_deref()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    outlets.len()
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl<'a> SetAside<'a> {
    fn of(intake: &'a Intake) -> SetAside<'a> {
        let skipped = &intake.skipped;
        SetAside {
            bad_records: skipped.bad_records,
            empty: intake.empty.len(),
            repeated: intake.repeated.len(),
            renamed: intake.renamed.len(),
            undated: skipped.undated,
            lossy: skipped.lossy,
            unnamed: skipped.unnamed,
            lead_as_text: skipped.lead_as_text,
            title_as_text: skipped.title_as_text,
            markup: skipped.markup,
            unread_fields: skipped.unread_fields,
            truncated: skipped
                .truncated
                .iter()
                .map(|input| TruncatedView { input: &input.name, offset: input.offset, reason: &input.reason })
                .collect(),
            examples: skipped
                .examples
                .iter()
                .map(|one| ExampleView { input: &one.name, line: one.line, reason: one.reason.to_string() })
                .collect(),
        }
    }
}

impl SearchView {
    fn of(run: &Run) -> SearchView {
        SearchView {
            containment: run.search.plan.containment,
            candidates: run.search.candidates,
            exact_duplicates: run.search.exact_duplicates,
            large_groups: run.search.large_groups,
        }
    }
}

impl<'a> BoilerplateView<'a> {
    fn of(run: &'a Run) -> BoilerplateView<'a> {
        BoilerplateView {
            shells: run.shells.shells().len(),
            fingerprint: format!("{:016x}", run.shells.fingerprint()),
            examples: run
                .shell_examples
                .iter()
                .map(|shell| ShellView { source: shell.source.as_deref(), text: &shell.text, stories: shell.stories })
                .collect(),
        }
    }
}

impl<'a> ClusterView<'a> {
    fn of(cluster: &CopyCluster, run: &'a Run) -> ClusterView<'a> {
        let records = &run.records;
        let id = |article: u32| records[article as usize].id.as_str();
        let first = first_published(cluster, records);
        ClusterView {
            id: copy_cluster_id(id(cluster.representative)),
            representative: id(cluster.representative),
            original: id(cluster.original),
            original_by: original_by(cluster, run),
            first: cluster.first.map(id),
            members: cluster.members.iter().map(|member| MemberView::of(member, records, first)).collect(),
        }
    }
}

/// By which rule the original of a cluster was chosen: see [`ClusterView::original_by`].
pub(super) fn original_by(cluster: &CopyCluster, run: &Run) -> &'static str {
    let published = |article: u32| run.records[article as usize].published;
    let others = || cluster.members.iter().filter(|member| member.article != cluster.original);
    let is_earliest =
        |time: Published| others().filter_map(|member| published(member.article)).all(|other| time < other);
    match run.settings.canonical {
        Canonical::Earliest if cluster.first == Some(cluster.original) => "first",
        Canonical::Earliest if published(cluster.original).is_some_and(is_earliest) => "earliest",
        Canonical::Earliest | Canonical::Longest => "longest",
        Canonical::Representative => "representative",
    }
}

/// When the first of a cluster was published, where it is known who that is.
pub(super) fn first_published(cluster: &CopyCluster, records: &[Record]) -> Option<Published> {
    records[cluster.first? as usize].published
}

/// Seconds from `first` to `published`, of which the hours are known.
pub(super) fn lag_seconds(first: Option<Published>, published: Option<Published>) -> Option<i64> {
    let (first, published) = first.zip(published).filter(|(first, published)| !first.is_day && !published.is_day)?;
    Some(published.epoch_seconds.saturating_sub(first.epoch_seconds))
}

impl<'a> MemberView<'a> {
    fn of(member: &Member, records: &'a [Record], first: Option<Published>) -> MemberView<'a> {
        let record = &records[member.article as usize];
        MemberView {
            id: &record.id,
            kind: member.kind,
            similarity: member.comparison.similarity,
            containment: member.comparison.containment,
            coverage: member.comparison.coverage,
            source: record.source.as_deref(),
            published: record.published.map(|time| time.to_string()),
            lag_seconds: lag_seconds(first, record.published),
            title: record.title.as_deref(),
        }
    }
}

impl<'a> LinkView<'a> {
    fn of(link: &Link, records: &'a [Record], places: &Places<'a>) -> LinkView<'a> {
        let Edge { a, b, comparison, kind } = link.edge;
        LinkView {
            a: &records[a as usize].id,
            b: &records[b as usize].id,
            kind,
            similarity: comparison.similarity,
            containment: comparison.containment,
            coverage: comparison.coverage,
            a_cluster: copy_cluster_id(places.representative(a)),
            b_cluster: copy_cluster_id(places.representative(b)),
            edges: link.edges,
            cut: link.is_cut_bridge(),
        }
    }
}

impl<'a> EdgeViews<'a> {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = EdgeView<'a>> + '_ {
        self.edges.iter().map(|edge| EdgeView::of(edge, self.records))
    }
}

impl Serialize for EdgeViews<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'a> EdgeView<'a> {
    fn of(edge: &Edge, records: &'a [Record]) -> EdgeView<'a> {
        EdgeView {
            a: &records[edge.a as usize].id,
            b: &records[edge.b as usize].id,
            similarity: edge.comparison.similarity,
            containment: edge.comparison.containment,
            coverage: edge.comparison.coverage,
            kind: edge.kind,
        }
    }
}
