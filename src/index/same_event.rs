//! Reports in, the earlier articles out that most likely report the same event.
//!
//! An article is looked up by its heaviest terms. Stored articles ([`Index::of_same_event`]) and articles that are not stored
//! ([`Beside`]) are searched in the same way, and what was found of both is put in one order ([`foremost`]): so the answer does not
//! depend on which of the earlier articles are stored.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::article::Published;
use crate::events::{MAX_SPAN_DAYS, Profile, search_terms};

use super::entry::TERMS;
use super::error::IndexError;
use super::search::{Known, Query, Wanted};
use super::segment::{Card, Segment};
use super::{Index, entry};

/// An article is compared with this many earlier ones. Each costs reading its text; one that shares less of its terms than eight
/// others do is hardly ever a report of the same event.
const MOST_CANDIDATES: usize = 8;

/// A term that more earlier articles have says too little to go through all of them. It counts where a rarer one is shared too.
const MAX_TERM_POSTING: usize = 1 << 10;

/// An article looks up this many of its heaviest terms.
const LOOKED_UP: usize = 24;

/// Two articles that share a single term are compared if at most this many earlier articles have the term. Without it 42 of 425
/// English reports (`ecbplus_dev`) that repeat an earlier event find no other report of it.
const MAX_POSTING_OF_ONE: usize = 64;

/// What an article is looked up by.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The hash of its id.
    pub id: u128,
    /// What tells its words from others: articles of the same words have the same number.
    pub content: u64,
    /// When it was published.
    pub published: Option<Published>,
    /// The heaviest terms that it looks up, each with its share of all, in rising order of hash.
    terms: Vec<(u32, f32)>,
    /// The terms by which it is found: as many as an index keeps of an article.
    found_by: Vec<u32>,
}

impl Report {
    /// Of an article with this profile, which is weighed by the table in force.
    pub fn of(profile: &Profile, id: u128, content: u64, published: Option<Published>) -> Report {
        let found_by = search_terms(profile, TERMS).into_iter().map(|(term, _)| term).collect();
        Report { id, content, published, terms: search_terms(profile, LOOKED_UP), found_by }
    }

    /// How much of this report another shares that has these of its terms, a bit each. The sum is made in the order of the terms,
    /// because a sum of floats depends on the order.
    fn shared(&self, terms: u64) -> f32 {
        let shared = self.terms.iter().zip(0..).filter(|(_, bit)| terms >> bit & 1 == 1);
        shared.map(|((_, weight), _)| weight * weight).sum()
    }
}

impl Query {
    /// What the article is looked up by, where it was made ready up to [`Level::Events`](crate::settings::Level::Events).
    pub fn report(&self) -> Report {
        let Card { id, content, published, .. } = self.entry.card;
        let terms = self.entry.terms.clone();
        Report { id, content, published, found_by: terms.iter().map(|&(term, _)| term).collect(), terms }
    }
}

/// The hash of an id, as a [`Report`] has it.
pub fn hash_of_id(id: &str) -> u128 {
    entry::id_hash(id)
}

/// A report that is looked for.
#[derive(Debug, Clone)]
pub struct Sought<'r> {
    /// The report.
    pub report: &'r Report,
    /// For each of its terms how many earlier articles have it that are not stored: [`Beside::counts`].
    pub beside: Vec<usize>,
    /// The contents of its copies, which are not looked for.
    pub copies: &'r [u64],
}

impl<'r> Sought<'r> {
    /// A report that is looked for among stored articles alone, and of which no copy is known.
    pub fn of(report: &'r Report) -> Sought<'r> {
        Sought { report, beside: Vec::new(), copies: &[] }
    }
}

/// An earlier article that may report the same event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate<T> {
    /// How much of the report it shares.
    pub shared: f32,
    /// Its [`Report::content`].
    pub content: u64,
    /// Its [`Report::id`].
    pub id: u128,
    /// Where it stands.
    pub at: T,
}

impl<T> Candidate<T> {
    /// The same one, where others say that it stands.
    pub fn map<U>(self, at: impl FnOnce(T) -> U) -> Candidate<U> {
        Candidate { shared: self.shared, content: self.content, id: self.id, at: at(self.at) }
    }
}

/// The candidates that share most, at most eight, of those with the same words one; of equals the first by words and id, as documents
/// stand in a segment.
pub fn foremost<T>(mut candidates: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    candidates
        .sort_unstable_by(|a, b| b.shared.total_cmp(&a.shared).then_with(|| (a.content, a.id).cmp(&(b.content, b.id))));
    let mut contents = Vec::new();
    candidates.retain(|one| {
        let is_foremost = contents.len() < MOST_CANDIDATES && !contents.contains(&one.content);
        if is_foremost {
            contents.push(one.content);
        }
        is_foremost
    });
    candidates
}

/// What an index says of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfStored {
    /// The [`foremost`] stored articles.
    pub candidates: Vec<Candidate<Known>>,
    /// For each term of the report how many stored articles have it.
    pub counts: Vec<usize>,
}

/// One term of a report that is looked for.
#[derive(Debug, Clone, Copy)]
struct TermOf {
    /// Its bit.
    bit: u64,
    /// How many articles beside the stored ones have it.
    beside: usize,
}

impl Index {
    /// For each report the stored articles most likely to report its event: those that share most of its heaviest terms, two at the
    /// least or one that is rare. Copies,
    /// the article of the same id, and articles that are known to be published more than 14 days before or after are not among them.
    /// How the articles are spread over segments makes no difference.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn of_same_event(&self, sought: &[Sought<'_>]) -> Result<Vec<OfStored>, IndexError> {
        let terms_of = |one: &Sought<'_>| {
            let terms: Vec<(u32, TermOf)> = (one.report.terms.iter().enumerate())
                .map(|(at, &(term, _))| {
                    (term, TermOf { bit: 1 << at, beside: one.beside.get(at).copied().unwrap_or(0) })
                })
                .collect();
            terms.into_iter()
        };
        let wanted = Wanted::of(sought.iter().map(terms_of));
        let is_rare = |term: &TermOf, stored: usize| is_rare(stored + term.beside);
        let met = wanted.met_in(&self.segments, Segment::terms, sought.len(), &is_rare, (MAX_TERM_POSTING, 0))?;
        let count = |&(term, _): &(u32, f32)| wanted.documents_of(&met, term);
        let counts = sought.iter().map(|one| one.report.terms.iter().map(count).collect());
        let mut found: Vec<OfStored> = counts.map(|counts| OfStored { counts, ..OfStored::default() }).collect();
        let alone: Vec<u64> = sought.iter().zip(&found).map(|(one, found)| one.enough_alone(&found.counts)).collect();
        for ((segment, place), pairs) in self.segments.iter().zip(0..).zip(&met.pairs) {
            let of_query = |pairs: &[(u64, TermOf)]| {
                let query = (pairs[0].0 >> 32) as usize;
                let candidate = |same: &[(u64, TermOf)]| {
                    let (number, terms) = (same[0].0 as u32, same.iter().fold(0, |terms, (_, term)| terms | term.bit));
                    let is_enough = same.len() > 1 || terms & alone[query] != 0;
                    let Card { id, content, published, .. } = is_enough.then(|| segment.card(number))?;
                    let known = Known { segment: place, number };
                    sought[query].candidate(terms, Earlier { id, content, published }, known)
                };
                (query, pairs.chunk_by(|a, b| a.0 == b.0).filter_map(candidate).collect())
            };
            let of_segment: Vec<(usize, Vec<Candidate<Known>>)> =
                pairs.par_chunk_by(|a, b| a.0 >> 32 == b.0 >> 32).map(of_query).collect();
            for (query, candidates) in of_segment {
                let before = std::mem::take(&mut found[query].candidates);
                found[query].candidates = foremost([before, candidates].concat());
            }
        }
        Ok(found)
    }
}

/// What is known of an earlier article before its text is read.
struct Earlier {
    id: u128,
    content: u64,
    published: Option<Published>,
}

impl Sought<'_> {
    /// The terms of which one is enough, a bit each. `stored`: for each how many stored articles have it.
    fn enough_alone(&self, stored: &[usize]) -> u64 {
        let stored = stored.iter().copied().chain(std::iter::repeat(0));
        let beside = self.beside.iter().copied().chain(std::iter::repeat(0));
        let counts = stored.zip(beside).take(self.report.terms.len()).zip(0..);
        let enough = counts.filter(|((stored, beside), _)| stored + beside <= MAX_POSTING_OF_ONE);
        enough.fold(0, |terms, (_, bit)| terms | 1 << bit)
    }

    /// An earlier article that shares these terms, if it may report the same event.
    fn candidate<T>(&self, terms: u64, earlier: Earlier, at: T) -> Option<Candidate<T>> {
        let Earlier { id, content, published } = earlier;
        let is_other = id != self.report.id && content != self.report.content && !self.copies.contains(&content);
        let may_be = is_other && near(self.report.published, published);
        may_be.then(|| Candidate { shared: self.report.shared(terms), content, id, at })
    }
}

/// Articles that are not stored, each of which is earlier than those behind it.
#[derive(Debug)]
pub struct Beside<'r> {
    reports: &'r [Report],
    /// For each term the places of those that have it, rising.
    having: HashMap<u32, Vec<u32>>,
}

impl<'r> Beside<'r> {
    /// Of reports in the order in which the articles came.
    pub fn of(reports: &'r [Report]) -> Beside<'r> {
        let mut having: HashMap<u32, Vec<u32>> = HashMap::new();
        for (report, place) in reports.iter().zip(0..) {
            report.found_by.iter().for_each(|&term| having.entry(term).or_default().push(place));
        }
        Beside { reports, having }
    }

    /// The places before `place` that have a term.
    fn before(&self, place: u32, term: u32) -> &[u32] {
        let having = self.having.get(&term).map_or(&[][..], Vec::as_slice);
        &having[..having.partition_point(|&other| other < place)]
    }

    /// For each term of the report at this place how many earlier ones have it.
    pub fn counts(&self, place: u32) -> Vec<usize> {
        let terms = &self.reports[place as usize].terms;
        terms.iter().map(|&(term, _)| self.before(place, term).len()).collect()
    }

    /// What [`Index::of_same_event`] says of stored articles, of those before `place`, where the report stands that is `sought`.
    /// `stored`: for each of its terms how many stored articles have it.
    pub fn of_same_event(&self, place: u32, sought: &Sought<'_>, stored: &[usize]) -> Vec<Candidate<u32>> {
        let alone = sought.enough_alone(stored);
        let mut met: HashMap<u32, u64> = HashMap::new();
        let mut common = Vec::new();
        for (at, &(term, _)) in sought.report.terms.iter().enumerate() {
            let before = self.before(place, term);
            let beside = sought.beside.get(at).copied().unwrap_or(0);
            if is_rare(beside + stored.get(at).copied().unwrap_or(0)) {
                before.iter().for_each(|&other| *met.entry(other).or_default() |= 1 << at);
            } else {
                common.push((1 << at, before));
            }
        }
        let candidate = |(other, mut terms): (u32, u64)| {
            let has = |before: &[u32]| before.binary_search(&other).is_ok();
            common.iter().filter(|(_, before)| has(before)).for_each(|(bit, _)| terms |= bit);
            let Report { id, content, published, .. } = self.reports[other as usize];
            let is_enough = terms.count_ones() > 1 || terms & alone != 0;
            is_enough.then(|| sought.candidate(terms, Earlier { id, content, published }, other))?
        };
        foremost(met.into_iter().filter_map(candidate).collect())
    }
}

/// Whether a term in this many earlier articles is rare enough to visit them all.
fn is_rare(earlier: usize) -> bool {
    earlier <= MAX_TERM_POSTING
}

/// Whether two articles may report one event, as far as their times of publication tell.
fn near(a: Option<Published>, b: Option<Published>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.epoch_seconds.abs_diff(b.epoch_seconds) <= u64::from(MAX_SPAN_DAYS) * 24 * 60 * 60,
        _ => true,
    }
}
