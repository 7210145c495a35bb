//! The edges of a run in, what new articles match by each rule out.
//!
//! An edge says that two articles share something; which of them is new, which was there first and which is the longer make a rule
//! of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::article::Published;
use crate::cluster::SAME;
use crate::pipeline::{Record, Run, Texts};
use crate::read::{Inputs, ReadError};
use crate::verify::{Comparison, Edge, Kind};

use super::{Policy, Rule};

/// What two articles have in common, before it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// The other article.
    pub(super) other: u32,
    /// The kind of their edge.
    pub(super) kind: Option<Kind>,
    /// Its numbers.
    pub(super) comparison: Option<Comparison>,
}

/// The order in which new articles count as there before others: the earliest published, then the longest, then by id.
pub(super) type Rank<'r> = (bool, Option<Published>, Reverse<u32>, &'r str);

pub(super) fn rank(record: &Record) -> Rank<'_> {
    (record.published.is_none(), record.published, Reverse(record.words), &record.id)
}

/// What new articles match, by article and rule.
pub(super) type Found = BTreeMap<(u32, Rule), Vec<Pair>>;

/// Gathers it.
pub(super) struct Pairs<'r> {
    run: &'r Run,
    policy: &'r Policy,
    is_known: &'r [bool],
    found: Found,
}

impl<'r> Pairs<'r> {
    /// What the new articles of a run match, by article and rule. `inputs`: what the run read.
    ///
    /// # Errors
    /// Where the inputs can't be read again.
    pub(super) fn of(
        run: &'r Run,
        inputs: &Inputs,
        policy: &'r Policy,
        is_known: &'r [bool],
    ) -> Result<Found, ReadError> {
        let mut pairs = Pairs { run, policy, is_known, found: BTreeMap::new() };
        pairs.add_edges(inputs)?;
        pairs.add_renamed();
        Ok(pairs.found)
    }

    fn record(&self, article: u32) -> &'r Record {
        &self.run.records[article as usize]
    }

    fn is_known(&self, article: u32) -> bool {
        self.is_known[article as usize]
    }

    /// Whether `other` was there before `article`.
    fn is_before(&self, other: u32, article: u32) -> bool {
        self.is_known(other) || rank(self.record(other)) < rank(self.record(article))
    }

    fn add(&mut self, article: u32, rule: Rule, pair: Pair) {
        let own = |article: u32| self.record(article).source.as_deref();
        let revised = self.policy.own_revisions
            && matches!(rule, Rule::Identical | Rule::Copy | Rule::Excerpt | Rule::Contains)
            && own(article).is_some()
            && own(article) == own(pair.other);
        self.found.entry((article, if revised { Rule::Revision } else { rule })).or_default().push(pair);
    }

    /// Articles of the same words are one class, of which one stands for all: the known one first by id, else the one that was there
    /// first. So a thousand copies of one text are a thousand findings and not their square.
    fn add_edges(&mut self, inputs: &Inputs) -> Result<(), ReadError> {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        self.run.twins.iter().zip(0..).for_each(|(&first, article)| members.entry(first).or_default().push(article));
        let heads: HashMap<u32, u32> = members
            .iter()
            .map(|(&first, members)| {
                let order = |article: &&u32| (!self.is_known(**article), rank(self.record(**article)));
                (first, members.iter().min_by_key(order).copied().unwrap_or(first))
            })
            .collect();
        let new = |first: u32| members[&first].iter().copied().filter(|&article| !self.is_known[article as usize]);
        let mut identical: Vec<(u32, u32)> = Vec::new();
        for (&first, &head) in &heads {
            identical.extend(new(first).filter(|&article| article != head).map(|article| (article, head)));
        }
        let mut compared = Vec::new();
        for edge in &self.run.edges {
            for (own, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                compared.extend(new(own).map(|article| (article, heads[&other], *edge)));
            }
        }
        for (article, other) in identical {
            let pair = Pair { other, kind: Some(Kind::Identical), comparison: Some(SAME) };
            self.add(article, Rule::Identical, pair);
        }
        let kinds = self.kinds(inputs, &compared)?;
        for (article, other, edge) in compared {
            let kind = kinds.get(&(article.min(other), article.max(other))).copied().unwrap_or(edge.kind);
            let pair = Pair { other, kind: Some(kind), comparison: Some(edge.comparison) };
            if let Some(rule) = self.rule(article, other, kind) {
                self.add(article, rule, pair);
            }
        }
        Ok(())
    }

    /// The kinds of those pairs that stand in for others of the same words. Titles and times can make two days' bulletins of a pair,
    /// and which article of a class has an edge depends on what else was read.
    fn kinds(&self, inputs: &Inputs, compared: &[(u32, u32, Edge)]) -> Result<HashMap<(u32, u32), Kind>, ReadError> {
        let pair = |&(article, other, edge): &(u32, u32, Edge)| {
            let pair = (article.min(other), article.max(other));
            (pair != (edge.a, edge.b)).then_some(pair)
        };
        let mut pairs: Vec<(u32, u32)> = compared.iter().filter_map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.is_empty() {
            return Ok(HashMap::new());
        }
        let Run { records, settings, shells, .. } = self.run;
        let place = |article: u32| records[article as usize].place();
        let texts = Texts { inputs, settings, articles: records.len(), place: &place, shells };
        let edges = texts.compare(None, pairs, &())?.edges;
        Ok(edges.into_iter().map(|edge| ((edge.a, edge.b), edge.kind)).collect())
    }

    /// What an edge means for `article`; `None` where it means something for the other alone.
    fn rule(&self, article: u32, other: u32, kind: Kind) -> Option<Rule> {
        let words = |article: u32| self.record(article).words;
        let before = self.is_before(other, article);
        match kind {
            Kind::Identical => before.then_some(Rule::Identical),
            Kind::Copy => before.then_some(Rule::Copy),
            Kind::Template => before.then_some(Rule::Template),
            Kind::Excerpt if words(article) <= words(other) => before.then_some(Rule::Excerpt),
            Kind::Excerpt => before.then_some(Rule::Contains),
        }
    }

    /// Articles that share an id and not their words, which were told apart by a hash: a new one of a known one is a revision.
    fn add_renamed(&mut self) {
        let bare = |id: &str| id.rsplit_once('#').map_or(String::new(), |(bare, _)| bare.to_owned());
        let mut by_id: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for id in &self.run.intake.renamed {
            if let Some(article) = position(self.run, id) {
                by_id.entry(bare(id)).or_default().push(article as u32);
            }
        }
        for articles in by_id.into_values() {
            let (known, new): (Vec<u32>, Vec<u32>) = articles.iter().partition(|&&article| self.is_known(article));
            let Some(&latest) = known.iter().max_by_key(|&&article| self.record(article).published) else { continue };
            for article in new {
                let pair = self.edge(article, latest);
                // That it copies its own earlier texts is what a revision is.
                for rule in [Rule::Identical, Rule::Copy, Rule::Excerpt, Rule::Contains, Rule::Template] {
                    if let Some(pairs) = self.found.get_mut(&(article, rule)) {
                        pairs.retain(|pair| !known.contains(&pair.other));
                        if pairs.is_empty() {
                            self.found.remove(&(article, rule));
                        }
                    }
                }
                self.found.entry((article, Rule::Revision)).or_default().push(pair);
            }
        }
    }

    fn edge(&self, article: u32, other: u32) -> Pair {
        let all = self.found.range((article, Rule::Unreadable)..=(article, Rule::SameEvent));
        let found = all.flat_map(|(_, pairs)| pairs).find(|pair| pair.other == other);
        found.copied().unwrap_or(Pair { other, kind: None, comparison: None })
    }
}

/// The article of this id.
pub(super) fn position(run: &Run, id: &str) -> Option<usize> {
    run.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok()
}
