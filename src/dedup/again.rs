//! A run in, decisions out that large groups don't spoil: what would merely stay is compared with what is kept.
//!
//! In groups of more than [`MAX_GROUP`] near-identical articles the search compares each with a few pivots, and the one
//! that is to be kept need be no pivot: half of 20,000 alike would be kept for want of an edge to it. So the most preferred
//! kept article of such a group is compared with all others, the edges join those of the run, and all is decided again;
//! then the next that is still kept, with what the first has no edge to. Not only those that stay are compared: each that
//! goes leaves others behind which went for it.
//!
//! A large group is a copy cluster, or all that hangs together by edges, of more than [`MAX_GROUP`] different articles. In
//! smaller ones the search met every pair.

use std::collections::BTreeMap;

use crate::candidates::MAX_GROUP;
use crate::cluster::Components;
use crate::pipeline::{Progress, Run, Texts};
use crate::read::{Inputs, ReadError};
use crate::stored::Memory;

use super::{Decision, Decisions, Policy, Ranks, decide};

/// So many articles of a large group are compared with the others of it at most: the cost grows with the articles, also
/// where hardly any two are alike. Of near-identical ones the first leaves none.
const ROUNDS: usize = 8;

/// What is held of an article to decide: its decision, its place in two orders, its group and the heads of its class.
const BYTES_DECIDING: u64 = 80;

/// [`decide`], after the articles to keep of large groups were compared with the others. Edges that are found are added to
/// those of the run; its clusters stay as they were. `memory`: how much may be held.
///
/// # Errors
/// Where `inputs`, those of the run, cannot be read again; where the limit of memory is too small, with what is needed.
pub fn compare_and_decide(
    inputs: &Inputs,
    run: &mut Run,
    policy: &Policy,
    memory: &Memory,
    progress: &dyn Progress,
) -> Result<Decisions, ReadError> {
    let articles = run.records.len();
    let needed = run.bytes() + BYTES_DECIDING * articles as u64;
    if let Some(limit) = memory.limit().filter(|&limit| limit < needed) {
        return Err(ReadError::MemoryLimit { limit, needed, articles });
    }
    let mut decisions = decide(run, policy);
    let mut groups = large_groups(run, &decisions);
    for _ in 0..ROUNDS {
        let mut pairs: Vec<(u32, u32)> = groups.iter_mut().flat_map(|group| group.next_head(run, &decisions)).collect();
        if pairs.is_empty() {
            break;
        }
        pairs.sort_unstable();
        pairs.dedup();
        let place = |article: u32| run.records[article as usize].place();
        let texts = Texts { inputs, settings: &run.settings, articles, place: &place, shells: &run.shells };
        let found = texts.compare(memory.less(needed).limit(), pairs, progress)?.edges;
        run.edges.extend(found);
        run.edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        decisions = decide(run, policy);
    }
    Ok(decisions)
}

/// A large group, each of its articles with the class of twins that it stands for.
#[derive(Default)]
struct Group {
    /// Those that are held against first, then in order of preference.
    members: Vec<Member>,
    /// Classes that the others were compared with.
    heads: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Member {
    article: u32,
    class: u32,
}

impl Group {
    /// The pairs of the next kept article that was no head with all behind it that no head covers.
    fn next_head(&mut self, run: &Run, decisions: &Decisions) -> Vec<(u32, u32)> {
        let decision = |member: &Member| decisions.of[member.article as usize];
        let is_next = |member: &Member| !decision(member).is_removed() && !self.heads.contains(&member.class);
        let Some(place) = self.members.iter().position(is_next) else { return Vec::new() };
        let head = self.members[place].class;
        let pair = |class: u32, other: u32| (class.min(other), class.max(other));
        let kind = |pair| run.edges.binary_search_by_key(&pair, |edge| (edge.a, edge.b)).map(|at| run.edges[at].kind);
        let covers = |head: u32, class: u32| kind(pair(head, class)).is_ok_and(|kind| decisions.policy.drop.has(kind));
        let open = self.members[place + 1..].iter().filter(|member| {
            decision(member) != Decision::Against
                && kind(pair(head, member.class)).is_err()
                && !self.heads.iter().any(|&head| covers(head, member.class))
        });
        let pairs = open.map(|member| pair(head, member.class)).collect();
        self.heads.push(head);
        pairs
    }
}

fn large_groups(run: &Run, decisions: &Decisions) -> Vec<Group> {
    let articles = run.records.len();
    let mut components = Components::new(articles);
    for edge in run.edges.iter().filter(|edge| decisions.policy.drop.has(edge.kind)) {
        components.join(edge.a, edge.b);
    }
    let cluster_of = run.clustering.cluster_of(articles);
    let mut order = Ranks::of(run, &decisions.policy.keep).order;
    order.sort_by_key(|&article| decisions.of[article as usize] != Decision::Against);
    let is_first = |class: u32| run.twins[class as usize] == class;
    let mut keys = |class: u32| [(false, components.first(class)), (true, cluster_of[class as usize])];
    // Counted before they are made: nearly every group is of one article, and as many as there are articles would take more
    // memory than all else.
    let mut sizes = [vec![0u32; articles], vec![0u32; articles]];
    for class in (0..articles as u32).filter(|&class| is_first(class)) {
        keys(class).into_iter().for_each(|(of_cluster, first)| sizes[usize::from(of_cluster)][first as usize] += 1);
    }
    let mut met = vec![false; articles];
    let mut groups: BTreeMap<(bool, u32), Group> = BTreeMap::new();
    for article in order {
        let class = run.twins[article as usize];
        if !std::mem::replace(&mut met[class as usize], true) {
            for key in keys(class) {
                if sizes[usize::from(key.0)][key.1 as usize] as usize > MAX_GROUP {
                    groups.entry(key).or_default().members.push(Member { article, class });
                }
            }
        }
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::run;
    use crate::read::discover;
    use crate::settings::Settings;

    use super::super::{DropKinds, Keep};

    /// Many versions of a story that turns into another one over so many steps; each version has two words of its own.
    fn versions(count: usize, steps: usize) -> (tempfile::TempDir, Inputs, Run) {
        let mut random = 7u64;
        let mut any = move |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % below
        };
        let mut lines = String::new();
        for version in 0..count {
            let turned = 25 * any(steps);
            let mut words: Vec<String> =
                (0..100).map(|place| format!("{}{place}", if place < turned { "khác" } else { "từ" })).collect();
            for own in 0..2 {
                words[any(100)] = format!("riêng{version}x{own}");
            }
            let (day, text) = (1 + any(28), words.join(" "));
            lines += &format!("{{\"id\":\"{version:03}\",\"published\":\"2024-01-{day:02}\",\"text\":\"{text}\"}}\n");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, lines).unwrap();
        let settings = Settings::default();
        let run = run(std::slice::from_ref(&path), &settings, Default::default(), &()).unwrap();
        let inputs = discover(&[path], &settings.read).unwrap();
        (folder, inputs, run)
    }

    fn policy(keep: Keep, new_inputs: usize) -> Policy {
        Policy { keep, drop: DropKinds::default(), new_inputs }
    }

    fn kept(decisions: &Decisions) -> Vec<usize> {
        (0..decisions.of.len()).filter(|&article| !decisions.of[article].is_removed()).collect()
    }

    /// Of 20,000 articles with two words of their own each, 10,292 were kept: those without an edge to the earliest.
    #[test]
    fn of_hundreds_of_near_identical_articles_one_is_left_whichever_is_kept() {
        let (_folder, inputs, run) = versions(300, 1);
        assert!(run.search.large_groups > 0);
        for keep in [Keep::Earliest, Keep::Longest, Keep::Representative] {
            let mut run = run.clone();
            let policy = policy(keep, 1);
            let by_pivots = kept(&decide(&run, &policy)).len();
            assert!(by_pivots > 1 || policy.keep == Keep::Representative, "{by_pivots}");
            let decisions = compare_and_decide(&inputs, &mut run, &policy, &Memory::unlimited(), &()).unwrap();
            assert_eq!(kept(&decisions).len(), 1, "{:?}", policy.keep);
            assert!(run.edges.is_sorted_by(|a, b| (a.a, a.b) < (b.a, b.b)), "each edge once");
            for (article, decision) in decisions.of.iter().enumerate() {
                if let Decision::Remove(removal) = decision {
                    let edge = &run.edges[removal.edge.unwrap() as usize];
                    let pair = (removal.kept.min(article as u32), removal.kept.max(article as u32));
                    assert_eq!((edge.a, edge.b), pair, "an edge of its own");
                    assert!(edge.kind.is_copy());
                }
            }
        }
    }

    #[test]
    fn what_hangs_together_and_is_not_all_alike_is_decided_as_if_every_pair_had_been_compared() {
        let (_folder, inputs, mut run) = versions(300, 4);
        let mut all = run.clone();
        let pairs = (0..300).flat_map(|a| (a + 1..300).map(move |b| (a, b))).collect();
        let place = |article: u32| run.records[article as usize].place();
        let articles = run.records.len();
        let texts = Texts { inputs: &inputs, settings: &run.settings, articles, place: &place, shells: &run.shells };
        all.edges = texts.compare(None, pairs, &()).unwrap().edges;
        // What is left where each was compared with representatives alone: every cluster, and what hangs together.
        let centers: Vec<u32> = run.clustering.clusters.iter().map(|cluster| cluster.representative).collect();
        run.edges.retain(|edge| centers.contains(&edge.a) || centers.contains(&edge.b));
        let mut by_pivots = 0;
        for keep in [Keep::Earliest, Keep::Longest] {
            let policy = policy(keep, 1);
            let expected = kept(&decide(&all, &policy));
            assert!((2..=ROUNDS).contains(&expected.len()), "{expected:?}");
            by_pivots += kept(&decide(&run, &policy)).len() - expected.len();
            assert_eq!(
                kept(&compare_and_decide(&inputs, &mut run.clone(), &policy, &Memory::unlimited(), &()).unwrap()),
                expected
            );
        }
        assert!(by_pivots > 0, "pivots alone are not enough");
    }

    #[test]
    fn small_groups_are_not_compared_again() {
        let (_folder, inputs, mut run) = versions(MAX_GROUP, 4);
        let before = run.clone();
        let policy = policy(Keep::Earliest, 1);
        let decisions = compare_and_decide(&inputs, &mut run, &policy, &Memory::unlimited(), &()).unwrap();
        assert_eq!((decisions, run), (decide(&before, &policy), before));
    }

    /// Only what the run holds was counted, and a million short articles took half as much again as the limit.
    #[test]
    fn a_limit_that_is_too_small_to_decide_is_refused_with_what_is_needed() {
        let (folder, inputs, run) = versions(30, 1);
        let policy = Policy { keep: Keep::Earliest, drop: DropKinds::default(), new_inputs: 1 };
        let enough = run.bytes() + 30 * BYTES_DECIDING;
        let within = |bytes| {
            let memory = Memory::limited(bytes, folder.path().to_owned());
            compare_and_decide(&inputs, &mut run.clone(), &policy, &memory, &())
        };
        assert!(
            matches!(within(enough - 1), Err(ReadError::MemoryLimit { needed, articles: 30, .. }) if needed == enough)
        );
        assert_eq!(within(enough).unwrap(), decide(&run, &policy));
    }
}
