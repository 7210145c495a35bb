//! A run in, a decision for every article out: kept, or removed in favor of one that is kept.
//!
//! Articles are gone through in order of preference ([`Keep`]), and each is kept unless it has an edge of its own, of a
//! kind to drop, to one that is kept already. Two things follow, and hold whatever the edges:
//!
//! 1. *Verified.* Every removed article has a direct edge to the kept one that is named for it. A copy of a copy that is
//!    no copy of the kept one stays: clusters are stars, and two members may have no edge with each other.
//! 2. *Nothing left.* No kept article could be removed in favor of another kept one. Run again under the same shells,
//!    the kept articles lose nothing more.
//!
//! An excerpt goes in favor of the longer text that it stands in, never the other way. So before an article is decided,
//! the longer texts are that it is an excerpt of; lengths grow along the way, so that this ends. Deciding all copies
//! first and excerpts after them, or the other way, would leave excerpts of removed copies without a kept article of
//! their own.
//!
//! Articles of exactly the same words have the same edges, and are decided as one: a million identical articles cost n.
//!
//! [`decide`] takes the edges as they are; [`compare_and_decide`] first finds those that large groups lack.

mod again;
mod fates;
mod write;

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

pub use again::compare_and_decide;
pub use fates::{Fate, Fates, Tally};
pub use write::{Framing, KeptWriter, RemovedWriter};

use crate::cluster::SAME;
use crate::pipeline::{Record, Run};
use crate::verify::{Comparison, Edge, Kind};

/// Which of several copies is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// The earliest published; where that is unknown or equal the longest, then the smallest id.
    Earliest,
    /// The one with the most words, then the smallest id.
    Longest,
    /// The representative of its copy cluster: fewest articles stay beside it, because each member has an edge to it.
    Representative,
    /// One of these outlets, the first named first; then as [`Keep::Earliest`]. ASCII case makes no difference.
    Source(Vec<String>),
}

/// A word for [`Keep`] or for a kind to drop that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownChoice {
    /// The word as given.
    pub found: String,
    /// What may stand there.
    pub choices: &'static str,
}

impl fmt::Display for UnknownChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no choice; choose from {}", self.found, self.choices)
    }
}

impl std::error::Error for UnknownChoice {}

impl FromStr for Keep {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Keep, UnknownChoice> {
        let choices = "earliest, longest, representative, source:OUTLET,OUTLET,... (the most preferred outlet first)";
        let unknown = || UnknownChoice { found: text.to_owned(), choices };
        match text {
            "earliest" => Ok(Keep::Earliest),
            "longest" => Ok(Keep::Longest),
            "representative" => Ok(Keep::Representative),
            _ => {
                let list = text.strip_prefix("source:").ok_or_else(unknown)?;
                let outlets: Vec<String> = list.split(',').map(|outlet| outlet.trim().to_owned()).collect();
                if outlets.iter().any(String::is_empty) { Err(unknown()) } else { Ok(Keep::Source(outlets)) }
            }
        }
    }
}

/// The kinds of edges for which an article is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropKinds([bool; 4]);

impl Default for DropKinds {
    /// `identical` and `copy`.
    fn default() -> Self {
        DropKinds::of(&[Kind::Identical, Kind::Copy])
    }
}

impl DropKinds {
    /// These kinds.
    pub fn of(kinds: &[Kind]) -> DropKinds {
        let mut drop = DropKinds([false; 4]);
        kinds.iter().for_each(|kind| drop.0[*kind as usize] = true);
        drop
    }

    /// Whether this kind is among them.
    pub fn has(self, kind: Kind) -> bool {
        self.0[kind as usize]
    }

    /// The kinds, strongest first.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        KINDS.into_iter().filter(move |&kind| self.has(kind))
    }
}

/// Strongest first.
const KINDS: [Kind; 4] = [Kind::Identical, Kind::Copy, Kind::Excerpt, Kind::Template];

impl FromStr for DropKinds {
    type Err = UnknownChoice;

    /// Reads kinds with commas between them.
    fn from_str(text: &str) -> Result<DropKinds, UnknownChoice> {
        let kind = |word: &str| {
            let found = KINDS.into_iter().find(|kind| kind.name() == word.trim());
            let choices = "identical, copy, excerpt, template, with commas between several";
            found.ok_or_else(|| UnknownChoice { found: word.to_owned(), choices })
        };
        Ok(DropKinds::of(&text.split(',').map(kind).collect::<Result<Vec<_>, _>>()?))
    }
}

/// What dedup is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which of several copies is kept.
    pub keep: Keep,
    /// For which edges an article is removed.
    pub drop: DropKinds,
    /// How many of the inputs, from the first on, are to be deduplicated. The articles of those after them are always
    /// kept and never written.
    pub new_inputs: usize,
}

/// What becomes of one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is among those that the new ones are held against: kept where it is.
    Against,
    /// Kept; it is a copy of nothing.
    Lone,
    /// Kept, as the one of its copy cluster.
    Chosen,
    /// Kept beside the one of its copy cluster, for want of an edge of its own to a kept article.
    Stays,
    /// Removed.
    Remove(Removal),
}

impl Decision {
    /// Whether the article is removed.
    pub fn is_removed(self) -> bool {
        matches!(self, Decision::Remove(_))
    }
}

/// Why an article goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The kept article, by position, that it has an edge to.
    pub kept: u32,
    /// That edge's place among [`Run::edges`]; `None` where both have exactly the same words.
    pub edge: Option<u32>,
}

impl Removal {
    /// Kind and numbers of the edge.
    pub fn comparison(self, run: &Run) -> (Kind, Comparison) {
        self.edge.map_or((Kind::Identical, SAME), |edge| {
            let Edge { kind, comparison, .. } = run.edges[edge as usize];
            (kind, comparison)
        })
    }
}

/// What becomes of all articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// One for each of [`Run::records`].
    pub of: Vec<Decision>,
    /// What it was asked.
    pub policy: Policy,
}

/// Decides what becomes of each article. The same for any order of the inputs and any number of threads.
pub fn decide(run: &Run, policy: &Policy) -> Decisions {
    let against = held_against(run, policy.new_inputs);
    let ranks = Ranks::of(run, &policy.keep);
    let mut classes = Classes::of(run, policy.drop, &against, &ranks);
    classes.settle(&ranks);
    let mut of: Vec<Decision> = (0..run.records.len() as u32)
        .map(|article| if against[article as usize] { Decision::Against } else { classes.decision(article, run) })
        .collect();
    name_chosen(run, &ranks, &mut of);
    Decisions { of, policy: policy.clone() }
}

/// Which articles stand in inputs that are held against. One that stands in a new input too counts as such: its new
/// record is a copy of itself.
fn held_against(run: &Run, new_inputs: usize) -> Vec<bool> {
    let is_old = |file: u32| file as usize >= new_inputs;
    let mut against: Vec<bool> = run.records.iter().map(|record| is_old(record.location.file)).collect();
    for repeated in run.intake.repeated.iter().filter(|repeated| is_old(repeated.location.file)) {
        if let Some(article) = position(run, &repeated.id) {
            against[article as usize] = true;
        }
    }
    against
}

/// The article of this id.
fn position(run: &Run, id: &str) -> Option<u32> {
    run.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok().map(|at| at as u32)
}

/// Articles in order of preference.
struct Ranks {
    /// Positions, the most preferred first.
    order: Vec<u32>,
    /// For each article its place in `order`.
    rank: Vec<u32>,
}

impl Ranks {
    fn of(run: &Run, keep: &Keep) -> Ranks {
        let mut order: Vec<u32> = (0..run.records.len() as u32).collect();
        let record = |article: &u32| &run.records[*article as usize];
        // Sorting is stable, and positions are in order of id.
        let earliest = |record: &Record| (record.published.is_none(), record.published, Reverse(record.words));
        match keep {
            Keep::Earliest => order.sort_by_key(|article| earliest(record(article))),
            Keep::Longest => order.sort_by_key(|article| Reverse(record(article).words)),
            Keep::Representative => {
                let mut is_member = vec![false; order.len()];
                for cluster in &run.clustering.clusters {
                    for member in &cluster.members {
                        is_member[member.article as usize] = member.article != cluster.representative;
                    }
                }
                order.sort_by_key(|article| is_member[*article as usize]);
            }
            Keep::Source(outlets) => {
                let place = |record: &Record| {
                    let source = record.source.as_deref().unwrap_or_default();
                    outlets.iter().position(|outlet| outlet.eq_ignore_ascii_case(source)).unwrap_or(outlets.len())
                };
                order.sort_by_cached_key(|article| (place(record(article)), earliest(record(article)), *article));
            }
        }
        let mut rank = vec![0; order.len()];
        for (&article, place) in order.iter().zip(0..) {
            rank[article as usize] = place;
        }
        Ranks { order, rank }
    }

    fn of_article(&self, article: u32) -> u32 {
        self.rank[article as usize]
    }
}

/// Articles of the same words, by the first of them.
struct Classes {
    drop: DropKinds,
    /// The most preferred article of each class, of those to be decided.
    new_head: Vec<Option<u32>>,
    /// The same of those that are held against.
    old_head: Vec<Option<u32>>,
    /// Which class may be removed in favor of which: by class, the best edge first.
    arcs: Vec<Arc>,
    /// Where the arcs of each class begin.
    starts: Vec<u32>,
    state: Vec<State>,
}

/// `from` may be removed in favor of `to`.
#[derive(Clone, Copy)]
struct Arc {
    from: u32,
    to: u32,
    edge: u32,
    /// Whether `from` is an excerpt of the longer `to`, which is then decided before it.
    waits: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Kept,
    Removed,
}

impl Classes {
    fn of(run: &Run, drop: DropKinds, against: &[bool], ranks: &Ranks) -> Classes {
        let count = run.records.len();
        let (mut new_head, mut old_head) = (vec![None; count], vec![None; count]);
        for &article in &ranks.order {
            let heads = if against[article as usize] { &mut old_head } else { &mut new_head };
            heads[run.twins[article as usize] as usize].get_or_insert(article);
        }
        let mut arcs: Vec<Arc> = Vec::new();
        for (edge, place) in run.edges.iter().zip(0..).filter(|(edge, _)| drop.has(edge.kind)) {
            let words = |first: u32| run.records[first as usize].words;
            let excerpt = edge.kind == Kind::Excerpt;
            for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] {
                let removable = new_head[from as usize].is_some();
                if removable && (!excerpt || words(from) <= words(to)) {
                    arcs.push(Arc { from, to, edge: place, waits: excerpt && words(from) < words(to) });
                }
            }
        }
        arcs.sort_unstable_by(|a, b| {
            let (left, right) = (&run.edges[a.edge as usize], &run.edges[b.edge as usize]);
            let by_similarity = || right.comparison.similarity.total_cmp(&left.comparison.similarity);
            a.from
                .cmp(&b.from)
                .then(left.kind.cmp(&right.kind))
                .then_with(by_similarity)
                .then_with(|| ranks.of_article(a.to).cmp(&ranks.of_article(b.to)))
        });
        let mut starts = vec![0; count + 1];
        arcs.iter().for_each(|arc| starts[arc.from as usize + 1] += 1);
        (0..count).for_each(|class| starts[class + 1] += starts[class]);
        Classes { drop, new_head, old_head, arcs, starts, state: vec![State::Open; count] }
    }

    fn arcs_of(&self, class: u32) -> &[Arc] {
        &self.arcs[self.starts[class as usize] as usize..self.starts[class as usize + 1] as usize]
    }

    /// Decides every class in order of preference, the longer texts that it is an excerpt of before it.
    fn settle(&mut self, ranks: &Ranks) {
        // The class that each head stands for; heads alone are looked at.
        let mut heads: Vec<(u32, u32)> =
            (0..).zip(&self.new_head).filter_map(|(class, head)| Some(((*head)?, class))).collect();
        heads.sort_unstable_by_key(|&(head, _)| ranks.of_article(head));
        let mut open = Vec::new();
        for (_, class) in heads {
            open.push(class);
            while let Some(&class) = open.last() {
                if self.state[class as usize] != State::Open {
                    open.pop();
                    continue;
                }
                let before = open.len();
                let undecided = |arc: &&Arc| {
                    arc.waits && self.new_head[arc.to as usize].is_some() && self.state[arc.to as usize] == State::Open
                };
                open.extend(self.arcs_of(class).iter().filter(undecided).map(|arc| arc.to));
                if open.len() > before {
                    // The most preferred is decided first: it comes last.
                    let rank = |class: &u32| self.new_head[*class as usize].map(|head| ranks.of_article(head));
                    open[before..].sort_unstable_by_key(|class| Reverse(rank(class)));
                    continue;
                }
                self.state[class as usize] = match self.kept_partner(class) {
                    Some(_) => State::Removed,
                    None => State::Kept,
                };
                open.pop();
            }
        }
    }

    /// The best edge of a class to a kept article, as far as is decided.
    fn kept_partner(&self, class: u32) -> Option<Removal> {
        if let Some(kept) = self.old_head[class as usize].filter(|_| self.drop.has(Kind::Identical)) {
            return Some(Removal { kept, edge: None });
        }
        self.arcs_of(class).iter().find_map(|arc| {
            let new = self.new_head[arc.to as usize].filter(|_| self.state[arc.to as usize] == State::Kept);
            let kept = self.old_head[arc.to as usize].or(new)?;
            Some(Removal { kept, edge: Some(arc.edge) })
        })
    }

    fn decision(&self, article: u32, run: &Run) -> Decision {
        let class = run.twins[article as usize];
        let identical_to = |head: u32| (head != article && self.drop.has(Kind::Identical)).then_some(head);
        let removal = match self.state[class as usize] {
            State::Kept => {
                self.new_head[class as usize].and_then(identical_to).map(|kept| Removal { kept, edge: None })
            }
            State::Open | State::Removed => self.kept_partner(class),
        };
        removal.map_or(Decision::Lone, Decision::Remove)
    }
}

/// Of the kept members of each copy cluster the most preferred is its chosen one; the others merely stay.
fn name_chosen(run: &Run, ranks: &Ranks, of: &mut [Decision]) {
    for cluster in &run.clustering.clusters {
        let members = || cluster.members.iter().map(|member| member.article);
        let has_old = members().any(|article| of[article as usize] == Decision::Against);
        let kept = || members().filter(|article| of[*article as usize] == Decision::Lone);
        let chosen = if has_old { None } else { kept().min_by_key(|article| ranks.of_article(*article)) };
        let kept: Vec<u32> = kept().collect();
        for article in kept {
            of[article as usize] = if chosen == Some(article) { Decision::Chosen } else { Decision::Stays };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Published;
    use crate::boilerplate::ShellTable;
    use crate::candidates::Plan;
    use crate::cluster::{Standing, cluster};
    use crate::pipeline::{Held, Intake, Search};
    use crate::read::Location;
    use crate::settings::Settings;
    use proptest::prelude::*;

    /// One article: the class of its words, when it was published, its outlet, and the input that it stands in.
    #[derive(Debug, Clone, Copy, Default)]
    struct One {
        class: u32,
        published: Option<i64>,
        outlet: Option<u8>,
        file: u32,
    }

    /// A run over these articles, whose classes have these edges (of `(class, class, kind, similarity in percent)`) and
    /// lengths in words.
    fn run(ones: &[One], edges: &[(u32, u32, Kind, u32)], words: &[u32]) -> Run {
        let first = |class: u32| ones.iter().position(|one| one.class == class).map(|at| at as u32);
        let records: Vec<Record> = ones
            .iter()
            .zip(0..)
            .map(|(one, line)| Record {
                id: format!("{line:03}"),
                source: one.outlet.map(|outlet| format!("outlet{outlet}").into()),
                published: one.published.map(Published::at),
                title: None,
                opening: None,
                label: None,
                words: words[one.class as usize],
                content: 0,
                location: Location { file: one.file, offset: u64::from(line), length: 1, line, index: 0 },
            })
            .collect();
        let twins: Vec<u32> = ones.iter().map(|one| first(one.class).unwrap()).collect();
        let mut edges: Vec<Edge> = edges
            .iter()
            .filter_map(|&(a, b, kind, percent)| {
                let (a, b) = (first(a)?, first(b)?);
                let comparison = Comparison { similarity: f64::from(percent) / 100.0, ..SAME };
                (a != b).then(|| Edge { a: a.min(b), b: a.max(b), comparison, kind })
            })
            .collect();
        edges.sort_by_key(|edge| (edge.a, edge.b, edge.kind));
        edges.dedup_by_key(|edge| (edge.a, edge.b));
        let standings: Vec<Standing> = records.iter().map(Record::standing).collect();
        let settings = Settings::default();
        Run {
            zone: crate::settings::Zone::utc(),
            intake: Intake::default(),
            clustering: cluster(&twins, &edges, &standings, settings.canonical),
            events: None,
            search: Search {
                plan: Plan::of(&settings),
                exact_duplicates: 0,
                candidates: 0,
                given_up: 0,
                large_groups: 0,
                held: Held::default(),
            },
            settings,
            records,
            twins,
            edges,
            shells: ShellTable::default(),
            shell_examples: Vec::new(),
        }
    }

    /// Articles without twins, published in the order of their numbers, all of one length.
    fn plain(count: u32, edges: &[(u32, u32, Kind)]) -> Run {
        let ones: Vec<One> =
            (0..count).map(|class| One { class, published: Some(class.into()), ..One::default() }).collect();
        let edges: Vec<_> = edges.iter().map(|&(a, b, kind)| (a, b, kind, 80)).collect();
        run(&ones, &edges, &vec![100; count as usize])
    }

    fn policy(keep: Keep, kinds: &[Kind]) -> Policy {
        Policy { keep, drop: DropKinds::of(kinds), new_inputs: 1 }
    }

    fn copies(keep: Keep) -> Policy {
        policy(keep, &[Kind::Identical, Kind::Copy])
    }

    /// For each article the one that it is removed for, if it is.
    fn kept_for(run: &Run, policy: &Policy) -> Vec<Option<u32>> {
        let kept = |decision: &Decision| match decision {
            Decision::Remove(removal) => Some(removal.kept),
            _ => None,
        };
        decide(run, policy).of.iter().map(kept).collect()
    }

    #[test]
    fn a_member_without_an_edge_of_its_own_to_the_kept_one_stays() {
        // 1 is the representative, 0 the earliest; 2 is a copy of 1 alone.
        let run = plain(3, &[(0, 1, Kind::Copy), (1, 2, Kind::Copy)]);
        let decided = decide(&run, &copies(Keep::Earliest)).of;
        assert_eq!(decided[0], Decision::Chosen);
        assert_eq!(decided[1], Decision::Remove(Removal { kept: 0, edge: Some(0) }));
        assert_eq!(decided[2], Decision::Stays);
        assert_eq!(kept_for(&run, &copies(Keep::Representative)), [Some(1), None, Some(1)]);
    }

    #[test]
    fn a_cut_bridge_is_an_edge_of_its_own_as_well() {
        // 3 was cut off the cluster {0, 1, 2}; as 2 is kept, its copy 3 goes.
        let run = plain(4, &[(0, 1, Kind::Copy), (1, 2, Kind::Copy), (2, 3, Kind::Copy)]);
        assert_eq!(run.clustering.clusters.len(), 1);
        assert_eq!(kept_for(&run, &copies(Keep::Earliest)), [None, Some(0), None, Some(2)]);
    }

    #[test]
    fn twins_have_each_others_edges() {
        // Two of one text, two of another that is a copy of it: the earliest of the four is kept.
        let one = |class, published| One { class, published: Some(published), ..One::default() };
        let run = run(&[one(0, 9), one(0, 4), one(1, 3), one(1, 8)], &[(0, 1, Kind::Copy, 70)], &[100, 100]);
        assert_eq!(kept_for(&run, &copies(Keep::Earliest)), [Some(2), Some(2), None, Some(2)]);
        let decided = decide(&run, &copies(Keep::Earliest)).of;
        assert_eq!(decided[0], Decision::Remove(Removal { kept: 2, edge: Some(0) }));
        assert_eq!(decided[3], Decision::Remove(Removal { kept: 2, edge: None }));
    }

    #[test]
    fn an_excerpt_goes_for_the_longer_text_and_only_when_asked() {
        let ones: Vec<One> =
            (0..2).map(|class| One { class, published: Some(class.into()), ..One::default() }).collect();
        let run = run(&ones, &[(0, 1, Kind::Excerpt, 20)], &[30, 200]);
        assert_eq!(kept_for(&run, &copies(Keep::Earliest)), [None, None]);
        let excerpts = [Kind::Identical, Kind::Copy, Kind::Excerpt];
        assert_eq!(kept_for(&run, &policy(Keep::Earliest, &excerpts)), [Some(1), None], "though it was first");
    }

    #[test]
    fn an_excerpt_of_a_removed_copy_stays_unless_the_kept_one_has_it_too() {
        let ones: Vec<One> =
            (0..3).map(|class| One { class, published: Some(class.into()), ..One::default() }).collect();
        let kinds = [Kind::Copy, Kind::Excerpt];
        let edges = [(0, 1, Kind::Copy, 70), (1, 2, Kind::Excerpt, 20), (0, 2, Kind::Excerpt, 20)];
        let words = [200, 210, 30];
        assert_eq!(kept_for(&run(&ones, &edges[..2], &words), &policy(Keep::Earliest, &kinds)), [None, Some(0), None]);
        assert_eq!(kept_for(&run(&ones, &edges, &words), &policy(Keep::Earliest, &kinds)), [None, Some(0), Some(0)]);
    }

    #[test]
    fn each_choice_keeps_what_it_says() {
        let one = |class, published, outlet| One { class, published, outlet, file: 0 };
        let ones =
            [one(0, None, Some(1)), one(1, Some(7), Some(2)), one(2, Some(5), Some(3)), one(3, Some(9), Some(2))];
        // The first covers all others.
        let edges = [(0, 1), (0, 2), (0, 3), (2, 3)].map(|(a, b)| (a, b, Kind::Copy, 80));
        let run = run(&ones, &edges, &[100, 90, 80, 120]);
        let kept = |keep: &str| {
            let decided = decide(&run, &copies(keep.parse().unwrap())).of;
            decided.iter().position(|decision| *decision == Decision::Chosen).unwrap()
        };
        assert_eq!(kept("earliest"), 2);
        assert_eq!(kept("longest"), 3);
        assert_eq!(kept("representative"), 0);
        assert_eq!(kept("source:OUTLET2,outlet3"), 1, "the earlier of the outlet's two");
        assert_eq!(kept("source:nobody"), 2, "then the earliest");
    }

    #[test]
    fn a_choice_that_is_none_is_refused_with_the_list() {
        for text in ["newest", "source:", "source:a,,b", "source", ""] {
            let error = text.parse::<Keep>().unwrap_err().to_string();
            assert!(error.contains("earliest, longest, representative, source:"), "{error}");
        }
        let error = "identical,copies".parse::<DropKinds>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`copies` is no choice; choose from identical, copy, excerpt, template, with commas between several"
        );
        assert_eq!("copy, identical".parse(), Ok(DropKinds::default()));
    }

    #[test]
    fn what_is_held_against_is_kept_and_only_new_articles_go() {
        let one = |class, file| One { class, published: Some(class.into()), file, ..One::default() };
        // 0 and 1 are new, 2 and 3 old; 2 is a copy of 3, and 0 of 2; 1 has the words of 3.
        let ones = [one(0, 0), one(2, 0), one(1, 1), one(2, 1)];
        let run = run(&ones, &[(0, 1, Kind::Copy, 80), (1, 2, Kind::Copy, 80)], &[100; 3]);
        let decided = decide(&run, &copies(Keep::Earliest)).of;
        assert_eq!(decided[2..], [Decision::Against, Decision::Against]);
        assert_eq!(kept_for(&run, &copies(Keep::Earliest)), [Some(2), Some(3), None, None]);
    }

    #[test]
    fn a_hundred_thousand_identical_articles_leave_one() {
        let run = run(&vec![One::default(); 100_000], &[], &[100]);
        let decided = decide(&run, &copies(Keep::Earliest)).of;
        assert_eq!(decided[0], Decision::Chosen);
        assert!(decided[1..].iter().all(|decision| *decision == Decision::Remove(Removal { kept: 0, edge: None })));
    }

    /// The edge for which `from` may be removed in favor of `to`, by the definition.
    fn removable(run: &Run, drop: DropKinds, from: u32, to: u32) -> Option<Kind> {
        let (a, b) = (run.twins[from as usize], run.twins[to as usize]);
        let words = |article: u32| run.records[article as usize].words;
        let kind = if a == b {
            Kind::Identical
        } else {
            run.edges.iter().find(|edge| (edge.a, edge.b) == (a.min(b), a.max(b)))?.kind
        };
        (from != to && drop.has(kind) && (kind != Kind::Excerpt || words(from) <= words(to))).then_some(kind)
    }

    fn any_one() -> impl Strategy<Value = One> {
        (0u32..12, prop::option::of(0i64..6), prop::option::of(0u8..3), 0u32..4)
            .prop_map(|(class, published, outlet, file)| One { class, published, outlet, file: u32::from(file == 0) })
    }

    fn any_run() -> impl Strategy<Value = Run> {
        let kind = prop::sample::select(KINDS.to_vec());
        (
            prop::collection::vec(any_one(), 1..30),
            prop::collection::vec((0u32..12, 0u32..12, kind, 1u32..100), 0..40),
            prop::collection::vec(1u32..5, 12),
        )
            .prop_map(|(ones, edges, words)| run(&ones, &edges, &words))
    }

    fn any_policy() -> impl Strategy<Value = Policy> {
        let keep = prop::sample::select(vec!["earliest", "longest", "representative", "source:outlet1,outlet0"]);
        let drop = prop::collection::vec(prop::sample::select(KINDS.to_vec()), 0..4);
        (keep, drop, 1usize..3).prop_map(|(keep, drop, new_inputs)| Policy {
            keep: keep.parse().unwrap(),
            drop: DropKinds::of(&drop),
            new_inputs,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn what_goes_has_an_edge_to_what_is_kept_and_no_more_could_go(run in any_run(), policy in any_policy()) {
            let decided = decide(&run, &policy).of;
            let articles = || 0..run.records.len() as u32;
            for article in articles() {
                let old = run.records[article as usize].location.file as usize >= policy.new_inputs;
                let decision = decided[article as usize];
                prop_assert_eq!(decision == Decision::Against, old);
                let reasons = || articles().filter(|&other| !decided[other as usize].is_removed())
                    .filter_map(|other| Some((removable(&run, policy.drop, article, other)?, other)));
                match decision {
                    Decision::Remove(removal) => {
                        prop_assert!(!decided[removal.kept as usize].is_removed());
                        let kind = removable(&run, policy.drop, article, removal.kept);
                        prop_assert_eq!(kind, Some(removal.comparison(&run).0));
                        prop_assert_eq!(reasons().map(|(kind, _)| kind).min(), kind, "the strongest is named");
                    }
                    Decision::Against => {}
                    _ => prop_assert_eq!(reasons().next(), None),
                }
            }
            for cluster in &run.clustering.clusters {
                let count = |is: fn(Decision) -> bool| {
                    cluster.members.iter().filter(|member| is(decided[member.article as usize])).count()
                };
                prop_assert_eq!(count(|decision| decision == Decision::Lone), 0);
                let old = count(|decision| decision == Decision::Against);
                let (chosen, stays) =
                    (count(|decision| decision == Decision::Chosen), count(|decision| decision == Decision::Stays));
                let one_or_none = if old > 0 { chosen == 0 } else { chosen == 1 || (chosen, stays) == (0, 0) };
                prop_assert!(one_or_none);
            }
        }

        #[test]
        fn without_excerpts_it_is_the_plain_walk_in_order_of_preference(run in any_run(), mut policy in any_policy()) {
            policy.drop.0[Kind::Excerpt as usize] = false;
            let decided = decide(&run, &policy).of;
            let is_old = |article: &u32| run.records[*article as usize].location.file as usize >= policy.new_inputs;
            let (mut kept, new): (Vec<u32>, Vec<u32>) = Ranks::of(&run, &policy.keep).order.iter().partition(|article| is_old(article));
            for article in new {
                let goes = kept.iter().any(|&other| removable(&run, policy.drop, article, other).is_some());
                prop_assert_eq!(decided[article as usize].is_removed(), goes);
                if !goes {
                    kept.push(article);
                }
            }
        }

        #[test]
        fn the_representatives_and_those_alone_are_kept_where_they_are_asked_for(run in any_run()) {
            let mut policy = copies(Keep::Representative);
            policy.new_inputs = 2;
            let decided = decide(&run, &policy).of;
            let clusters = &run.clustering.clusters;
            for article in 0..run.records.len() as u32 {
                let member = clusters.iter().any(|cluster| {
                    cluster.representative != article && cluster.members.iter().any(|member| member.article == article)
                });
                prop_assert_eq!(decided[article as usize].is_removed(), member);
            }
        }
    }
}
