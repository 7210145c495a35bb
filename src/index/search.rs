//! New articles in, the stored ones that each shares much with out.
//!
//! Of a new article every sampled shingle is looked up, and the stored articles that have it are counted. What part of the
//! shorter article stands in the longer is seen from the shorter one's samples, as in [`crate::candidates::join`]; but all
//! of them are looked up and not the rarest alone, so that a much smaller number may be asked for. What few samples propose, [`imprint`]s of more of the shingles confirm; what
//! is left is still only proposed: comparing is the pipeline's.

use std::io::Cursor;
use std::sync::LazyLock;

use rayon::prelude::*;

use crate::article::Article;
use crate::candidates::join::MAX_POSTING;
use crate::candidates::{PIVOTS, Plan};
use crate::read::{Inputs, Location};
use crate::settings::{Level, Settings};
use crate::sketch::{halvings, is_sampled};

use super::entry::{Entry, Frozen, id_hash};
use super::error::IndexError;
use super::imprint::{self, Held};
use super::keys::Keys;
use super::segment::{Card, Segment};
use super::{Index, entry};

/// So many times rarer than asked for an article may be missed here: what is found is compared exactly in any case.
const SURER: f64 = 10.0;

/// So many stored articles are compared with a new one for the question which event it reports.
const SAME_EVENT: usize = 3;

/// Reports of one event are published within so many days.
const SAME_EVENT_DAYS: u64 = crate::events::MAX_SPAN_DAYS as u64;

/// A term that more articles of a segment have says too little to go through all of them; it counts where a rarer one is shared too.
const MAX_TERM_POSTING: usize = 1 << 10;

/// A new article, ready to be looked up.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) entry: Entry,
    /// The upper halves of all its shingles, in rising order; empty once it was looked up.
    uppers: Vec<u32>,
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
    pub(super) segment: u32,
    pub(super) number: u32,
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
    /// Makes an article ready to be looked up, up to `level`; `None` where it has no word.
    pub fn query(&self, article: &Article<'_>, level: Level) -> Option<Query> {
        static NOTHING: LazyLock<Frozen> = LazyLock::new(Frozen::default);
        let (frozen, window) = (self.frozen.as_ref().unwrap_or(&NOTHING), self.settings().window_words);
        let (entry, uppers) = Entry::and(article, frozen, window, level, imprint::uppers)?;
        Some(Query { entry, uppers })
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
            let pairs = wanted.met_in(segment, segment.samples(), queries.len(), MAX_POSTING, PIVOTS)?;
            let shares_enough = |same: &&[(u64, ())]| {
                let (entry, card) = (&queries[(same[0].0 >> 32) as usize].entry, segment.card(same[0].0 as u32));
                same.len() >= needed(&plan, entry, &card) && card.id != entry.card.id
            };
            let proposed: Vec<u64> =
                pairs.par_chunk_by(|a, b| a.0 == b.0).filter(shares_enough).map(|same| same[0].0).collect();
            let of_queries: Vec<&[u64]> = proposed.chunk_by(|a, b| a >> 32 == b >> 32).collect();
            let kept = of_queries.par_iter().map(|proposed| {
                let query = &queries[(proposed[0] >> 32) as usize];
                not_ruled_out(segment, &plan, query, proposed)
            });
            for pair in kept.collect::<Result<Vec<_>, IndexError>>()?.concat() {
                similar[(pair >> 32) as usize].push(Known { segment: place, number: pair as u32 });
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
            let pairs = wanted.met_in(segment, segment.terms(), queries.len(), MAX_TERM_POSTING, 0)?;
            let of_query = |pairs: &[(u64, f32)]| {
                let (query, mut heaviest) = ((pairs[0].0 >> 32) as usize, Vec::new());
                for same in pairs.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
                    let score = same.iter().map(|(_, weight)| weight * weight).sum::<f32>();
                    let known = Known { segment: place, number: same[0].0 as u32 };
                    if near(&segment.card(known.number), &queries[query].entry.card) {
                        heaviest.push((score, known));
                    }
                }
                (query, heaviest)
            };
            let found: Vec<(usize, Vec<(f32, Known)>)> =
                pairs.par_chunk_by(|a, b| a.0 >> 32 == b.0 >> 32).map(of_query).collect();
            for (query, heaviest) in found {
                best[query].extend(heaviest);
                best[query].sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                best[query].truncate(SAME_EVENT);
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
        let scan = inputs.scan(&settings.read, progress, |article| self.query(article, settings.level))?;
        let read = scan.articles.into_iter().filter_map(|(location, query)| Some((location, query?)));
        let (locations, mut queries): (Vec<Location>, Vec<Query>) = read.unzip();
        let similar = self.similar(&Plan::of(settings), &queries)?;
        queries.iter_mut().for_each(|query| query.uppers = Vec::new());
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
                found.extend(self.without_doubles(similar)?);
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

/// Of the documents proposed for a query, in the lower halves, those whose imprints leave it possible.
fn not_ruled_out(segment: &Segment, plan: &Plan, query: &Query, proposed: &[u64]) -> Result<Vec<u64>, IndexError> {
    let (mut held, mut kept) = (Held::new(&query.uppers), Vec::new());
    for &pair in proposed {
        let number = pair as u32;
        if held.may_be_similar(plan, segment.card(number).shingles as usize, segment.imprint(number)?) {
            kept.push(pair);
        }
    }
    Ok(kept)
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

    /// The keys that a query and a document of the segment both have: the query in the upper half, the document in the lower, with
    /// what the key weighs; sorted by both, keys of one pair in their order.
    ///
    /// Query and document meet in a key that at most `rare` documents have, or where the document is among the `first_of_common` of
    /// those that have a more common one; of who met, all keys are given. So a long list costs a few searches and not its length.
    fn met_in(
        &self,
        segment: &Segment,
        keys: Keys<'_>,
        queries: usize,
        rare: usize,
        first_of_common: usize,
    ) -> Result<Vec<(u64, W)>, IndexError> {
        let is_live = |number: &&u32| **number < segment.documents() && !segment.removed.contains(**number);
        let pair = |query: u32, number: u32| u64::from(query) << 32 | u64::from(number);
        let found = self.in_parts(segment, keys, &self.keys, |met: &mut Meeting<W>, at, documents| {
            let entries = self.entries_of(at);
            if documents.len() > rare {
                let first: Vec<u32> = documents.iter().filter(is_live).take(first_of_common).copied().collect();
                met.pivots.extend(
                    entries.iter().flat_map(|&(_, query, _)| first.iter().map(move |&number| pair(query, number))),
                );
                met.common.push(self.keys[at]);
            } else {
                let of = |&number: &u32| entries.iter().map(move |&(_, query, weight)| (pair(query, number), weight));
                met.pairs.extend(documents.iter().filter(is_live).flat_map(of));
            }
        })?;
        let (mut pairs, mut met, mut common) = (Vec::new(), Vec::new(), Vec::new());
        for part in found {
            met.extend(part.pairs.iter().map(|&(pair, _)| pair).chain(part.pivots));
            pairs.extend(part.pairs);
            common.extend(part.common);
        }
        met.par_sort_unstable();
        met.dedup();
        let starts: Vec<usize> =
            (0..=queries as u64).map(|query| met.partition_point(|&pair| pair < query << 32)).collect();
        let found = self.in_parts(segment, keys, &common, |pairs: &mut Vec<(u64, W)>, at, documents| {
            let place = self.keys.partition_point(|&key| key < common[at]);
            for &(_, query, weight) in self.entries_of(place) {
                let met = &met[starts[query as usize]..starts[query as usize + 1]];
                pairs.extend(
                    met.iter()
                        .filter(|&&pair| documents.binary_search(&(pair as u32)).is_ok())
                        .map(|&pair| (pair, weight)),
                );
            }
        })?;
        pairs.extend(found.into_iter().flatten());
        // Stable: weights of one pair stay in an order that depends on no thread, for so does a sum of them.
        pairs.par_sort_by_key(|&(pair, _)| pair);
        Ok(pairs)
    }

    /// The entries of a key, by its place.
    fn entries_of(&self, key: usize) -> &[(u32, u32, W)] {
        &self.entries[self.starts[key]..self.starts[key + 1]]
    }

    /// Has `found` told the place of each of `wanted` that stands in `keys` and the documents that have it, side by side; what it
    /// gathers of each part in order.
    fn in_parts<T: Default + Send>(
        &self,
        segment: &Segment,
        keys: Keys<'_>,
        wanted: &[u32],
        found: impl Fn(&mut T, usize, &[u32]) + Sync,
    ) -> Result<Vec<T>, IndexError> {
        let chunk = wanted.len().div_ceil(rayon::current_num_threads() * 4).max(1);
        let of_part = |(part, wanted): (usize, &[u32])| {
            let mut gathered = T::default();
            let met = keys.find(wanted, |at, documents| found(&mut gathered, part * chunk + at, documents));
            met.map(|()| gathered).map_err(|block| segment.damaged_keys(&block))
        };
        wanted.par_chunks(chunk).enumerate().map(of_part).collect()
    }
}

/// What was found of some keys.
struct Meeting<W> {
    /// Queries and documents that have a rare key.
    pairs: Vec<(u64, W)>,
    /// Queries and the first documents of a common one.
    pivots: Vec<u64>,
    /// The common ones.
    common: Vec<u32>,
}

impl<W> Default for Meeting<W> {
    fn default() -> Meeting<W> {
        Meeting { pairs: Vec::new(), pivots: Vec::new(), common: Vec::new() }
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
