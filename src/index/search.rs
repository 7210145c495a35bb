//! New articles in, the stored ones that each shares much with out.
//!
//! Of a new article every sampled shingle is looked up, and the stored articles that have it are counted. What part of the
//! shorter article stands in the longer is seen from the shorter one's samples, as in [`crate::candidates::samples`]; but all
//! of them are looked up and not the rarest alone, so that a much smaller number may be asked for: bands are not needed beside it,
//! for two articles that are similar hold each other. What is found is only proposed; comparing is the pipeline's.

use std::io::Cursor;
use std::sync::LazyLock;

use rayon::prelude::*;

use crate::article::Article;
use crate::candidates::samples::{MAX_POSTING, halvings, is_sampled};
use crate::candidates::{PIVOTS, Plan};
use crate::read::{Inputs, Location};
use crate::settings::{Level, Settings};

use super::entry::{Entry, Frozen, id_hash};
use super::error::IndexError;
use super::keys::Keys;
use super::segment::{Card, Segment};
use super::{Index, entry};

/// So many times rarer than asked for an article may be missed here: what is found is compared exactly in any case.
const SURER: f64 = 10.0;

/// So many stored articles are compared with a new one for the question which event it reports.
const SAME_EVENT: usize = 3;

/// Reports of one event are published within so many days.
const SAME_EVENT_DAYS: u64 = crate::events::MAX_SPAN_DAYS as u64;

/// A term that more articles of a segment have says too little to go through all of them.
const MAX_TERM_POSTING: usize = 1 << 12;

/// A new article, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) entry: Entry,
}

impl Query {
    /// The hash of all of the article's words.
    pub fn words_hash(&self) -> u64 {
        self.entry.card.words_hash
    }
}

/// A stored article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Known {
    segment: u32,
    number: u32,
}

/// What an index has under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameId {
    /// The same words.
    SameWords,
    /// Other words.
    OtherWords,
}

/// A new article that was looked up.
#[derive(Debug, Clone)]
pub struct LookedUp {
    /// Where it stands.
    pub location: Location,
    /// As it was looked up.
    pub query: Query,
    /// What is stored under its id; `None` where nothing is.
    pub same_id: Option<SameId>,
}

impl Index {
    /// Makes an article ready to be looked up; `None` where it has no word.
    pub fn query(&self, article: &Article<'_>) -> Option<Query> {
        static NOTHING: LazyLock<Frozen> = LazyLock::new(Frozen::default);
        let entry = Entry::of(article, self.frozen.as_ref().unwrap_or(&NOTHING), self.settings().window_words)?;
        Some(Query { entry: Entry { document: Vec::new(), ..entry } })
    }

    /// The stored article of this id.
    pub fn find(&self, id: &str) -> Option<Known> {
        self.find_hash(id_hash(id))
    }

    pub(super) fn find_hash(&self, id: u128) -> Option<Known> {
        let found = |(segment, place): (&Segment, u32)| segment.find(id).map(|number| Known { segment: place, number });
        self.segments.iter().zip(0..).find_map(found)
    }

    pub(super) fn card(&self, known: Known) -> Card {
        self.segments[known.segment as usize].card(known.number)
    }

    /// What is stored under the id of a query; `None` where nothing is.
    pub fn same_id(&self, query: &Query) -> Option<(Known, SameId)> {
        let card = &query.entry.card;
        let known = self.find_hash(card.id)?;
        let same = self.card(known).words_hash == card.words_hash;
        Some((known, if same { SameId::SameWords } else { SameId::OtherWords }))
    }

    /// For each query the stored articles that share enough with it to be compared, in order. An article of the same id is not
    /// among them.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn similar(&self, plan: &Plan, queries: &[Query]) -> Result<Vec<Vec<Known>>, IndexError> {
        let plan = Plan { target_recall: 1.0 - (1.0 - plan.target_recall) / SURER, ..plan.clone() };
        let wanted = Wanted::of(queries.iter().map(|query| query.entry.samples.iter().map(|&sample| (sample, ()))));
        let mut similar: Vec<Vec<Known>> = vec![Vec::new(); queries.len()];
        for (segment, place) in self.segments.iter().zip(0..) {
            let met = wanted.met_in(segment, segment.samples(), queries.len(), |documents| {
                // The first of many are its pivots.
                if documents.len() > MAX_POSTING { PIVOTS } else { documents.len() }
            })?;
            for same in met.pairs.chunk_by(|a, b| a.0 == b.0) {
                let (query, number) = ((same[0].0 >> 32) as usize, same[0].0 as u32);
                let (card, entry) = (segment.card(number), &queries[query].entry);
                // A key that very many have was met among its pivots only, so it can't be asked of the others.
                let needed = needed(&plan, entry, &card).saturating_sub(met.common[query]).max(1);
                if same.len() >= needed && card.id != entry.card.id {
                    similar[query].push(Known { segment: place, number });
                }
            }
            // The same words are known without a look at samples.
            for (query, similar) in queries.iter().zip(&mut similar) {
                let twin = segment.of_content(query.entry.card.content);
                let known = twin.map(|number| Known { segment: place, number });
                let other = |known: &Known| segment.card(known.number).id != query.entry.card.id;
                similar.extend(known.filter(other).filter(|known| !similar.contains(known)));
            }
        }
        Ok(similar)
    }

    /// For each query the stored articles most likely to report its event, at most three: those that share most of its
    /// heaviest terms, weighed, of what is known to be published more than 14 days apart none; in order. An article of the same id is
    /// not among them.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn of_same_event(&self, queries: &[Query]) -> Result<Vec<Vec<Known>>, IndexError> {
        let wanted = Wanted::of(queries.iter().map(|query| query.entry.terms.iter().copied()));
        let mut best: Vec<Vec<(f32, Known)>> = vec![Vec::new(); queries.len()];
        for (segment, place) in self.segments.iter().zip(0..) {
            let met = wanted.met_in(segment, segment.terms(), queries.len(), |documents| {
                if documents.len() > MAX_TERM_POSTING { 0 } else { documents.len() }
            })?;
            for same in met.pairs.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
                let (query, number) = ((same[0].0 >> 32) as usize, same[0].0 as u32);
                let (score, best) = (same.iter().map(|(_, weight)| weight * weight).sum::<f32>(), &mut best[query]);
                let known = Known { segment: place, number };
                let rank = best.partition_point(|&(other, at)| other > score || other == score && at < known);
                if rank < SAME_EVENT && near(&segment.card(number), &queries[query].entry.card) {
                    best.truncate(SAME_EVENT - 1);
                    best.insert(rank, (score, known));
                }
            }
        }
        Ok(best.into_iter().map(|best| best.into_iter().map(|(_, known)| known).collect()).collect())
    }

    /// Looks up all articles of `inputs`, and adds what they are to be compared with as an input more, named as the index is. `of_same_id`:
    /// whether stored articles of their own ids are among it. Gives where each article with words stands, and what is stored under
    /// its id.
    ///
    /// # Errors
    /// Where an input can't be read, or a segment is damaged.
    pub fn bring(
        &self,
        inputs: &mut Inputs,
        settings: &Settings,
        of_same_id: bool,
        progress: &dyn Fn(u64),
    ) -> Result<Vec<LookedUp>, IndexError> {
        let scan = inputs.scan(&settings.read, progress, |article| self.query(article))?;
        let read = scan.articles.into_iter().filter_map(|(location, query)| Some((location, query?)));
        let (locations, queries): (Vec<Location>, Vec<Query>) = read.unzip();
        let similar = self.similar(&Plan::of(settings), &queries)?;
        let of_event = match settings.level {
            Level::Events => self.of_same_event(&queries)?,
            Level::Copies => vec![Vec::new(); queries.len()],
        };
        let mut found = Vec::new();
        let mut looked_up = Vec::with_capacity(queries.len());
        for (((location, query), similar), of_event) in locations.into_iter().zip(queries).zip(similar).zip(of_event) {
            let same_id = self.same_id(&query);
            if of_same_id {
                found.extend(same_id.map(|(known, _)| known));
            }
            // What is known already is held against nothing else.
            if of_same_id || !matches!(same_id, Some((_, SameId::SameWords))) {
                found.extend(similar);
                found.extend(of_event);
            }
            looked_up.push(LookedUp { location, query, same_id: same_id.map(|(_, same)| same) });
        }
        let documents = self.documents(found)?;
        if !documents.is_empty() {
            inputs.push_stored(&self.path().display().to_string(), Cursor::new(documents));
        }
        Ok(looked_up)
    }

    /// The documents of these articles as JSON lines, in order, each once.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn documents(&self, mut known: Vec<Known>) -> Result<Vec<u8>, IndexError> {
        known.par_sort_unstable();
        known.dedup();
        let block = |one: &Known| (one.segment, self.segments[one.segment as usize].block_of(one.number));
        let blocks: Vec<&[Known]> = known.chunk_by(|a, b| block(a) == block(b)).collect();
        let read = |wanted: &&[Known]| {
            let (segment, block) = block(&wanted[0]);
            let segment = &self.segments[segment as usize];
            let (first, documents) = (segment.numbers(block).start, segment.read_block(block)?);
            let lines: Vec<&str> = documents.split_inclusive('\n').collect();
            Ok(wanted.iter().flat_map(|one| lines[(one.number - first) as usize].bytes()).collect())
        };
        let lines: Result<Vec<Vec<u8>>, IndexError> = blocks.par_iter().map(read).collect();
        Ok(lines?.concat())
    }

    /// One article as it was stored.
    ///
    /// # Errors
    /// Where its segment is damaged.
    pub fn article(&self, known: Known) -> Result<Article<'static>, IndexError> {
        let line = self.documents(vec![known])?;
        let article = std::str::from_utf8(&line).ok().and_then(entry::article);
        article.ok_or_else(|| {
            IndexError::damaged(&self.segments[known.segment as usize].name, "a document that is no article")
        })
    }
}

/// The keys of several queries, to be looked up together.
struct Wanted<W> {
    /// The different keys, in rising order.
    keys: Vec<u32>,
    /// Each key with a query that has it and what it weighs there, in order.
    entries: Vec<(u32, u32, W)>,
    /// Where the entries of each key begin, and the last end.
    starts: Vec<usize>,
}

/// Where queries and documents met.
struct Met<W> {
    /// Query in the upper half and document in the lower, with the weight of a key that both have; sorted by both.
    pairs: Vec<(u64, W)>,
    /// For each query how many of its keys were not met in all documents that have them.
    common: Vec<usize>,
}

impl<W: Copy + Send + Sync> Wanted<W> {
    fn of<K: Iterator<Item = (u32, W)>>(queries: impl Iterator<Item = K>) -> Wanted<W> {
        let of_query = |(keys, query): (K, u32)| keys.map(move |(key, weight)| (key, query, weight));
        let mut entries: Vec<(u32, u32, W)> = queries.zip(0..).flat_map(of_query).collect();
        entries.par_sort_unstable_by_key(|&(key, query, _)| (key, query));
        let (mut keys, mut starts) = (Vec::new(), Vec::new());
        for (place, &(key, ..)) in entries.iter().enumerate() {
            if keys.last() != Some(&key) {
                keys.push(key);
                starts.push(place);
            }
        }
        starts.push(entries.len());
        Wanted { keys, entries, starts }
    }

    /// Every key that a query and a document of the segment have. `most` says how many of the documents of a key are met.
    fn met_in(
        &self,
        segment: &Segment,
        keys: Keys<'_>,
        queries: usize,
        most: impl Fn(&[u32]) -> usize + Sync,
    ) -> Result<Met<W>, IndexError> {
        let chunk = self.keys.len().div_ceil(rayon::current_num_threads() * 4).max(1);
        let of_part = |(part, wanted): (usize, &[u32])| {
            let (mut pairs, mut common) = (Vec::new(), Vec::new());
            let found = keys.find(wanted, |at, documents| {
                let at = part * chunk + at;
                let entries = &self.entries[self.starts[at]..self.starts[at + 1]];
                let most = most(documents);
                if most < documents.len() {
                    common.extend(entries.iter().map(|&(_, query, _)| query));
                }
                let is_live = |number: &&u32| **number < segment.documents() && !segment.removed.contains(**number);
                for &number in documents.iter().filter(is_live).take(most) {
                    let met = |&(_, query, weight)| (u64::from(query) << 32 | u64::from(number), weight);
                    pairs.extend(entries.iter().map(met));
                }
            });
            found.map(|()| (pairs, common)).map_err(|block| segment.damaged_keys(&block))
        };
        let parts: Result<Vec<_>, IndexError> = self.keys.par_chunks(chunk).enumerate().map(of_part).collect();
        let mut met = Met { pairs: Vec::new(), common: vec![0; queries] };
        for (pairs, common) in parts? {
            met.pairs.extend(pairs);
            common.into_iter().for_each(|query| met.common[query as usize] += 1);
        }
        // Stable: weights of one pair stay in the order of their keys, on which a sum of them depends.
        met.pairs.par_sort_by_key(|&(pair, _)| pair);
        Ok(met)
    }
}

/// Whether the two may be reports of one event, as far as their times tell.
fn near(a: &Card, b: &Card) -> bool {
    match (a.published, b.published) {
        (Some(a), Some(b)) => a.epoch_seconds.abs_diff(b.epoch_seconds) <= SAME_EVENT_DAYS * 24 * 60 * 60,
        _ => true,
    }
}

/// How many samples the two must share: of those that the shorter has at the longer one's rate.
fn needed(plan: &Plan, new: &Entry, stored: &Card) -> usize {
    let (new_rate, stored_rate) = (halvings(new.card.shingles as usize), halvings(stored.shingles as usize));
    let rate = new_rate.max(stored_rate);
    let sampled = if new.card.shingles < stored.shingles {
        new.samples.iter().filter(|&&value| is_sampled(value, rate)).count()
    } else {
        usize::from(stored.sampled[rate as usize])
    };
    plan.samples_needed(sampled)
}
