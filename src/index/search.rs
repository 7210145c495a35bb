//! New articles in, the stored ones that each shares much with out.
//!
//! Of a new article every sampled shingle is looked up, and the stored articles that have it are counted. What part of the
//! shorter article stands in the longer is seen from the shorter one's samples, as in [`crate::candidates::samples`]; but all
//! of them are looked up and not the rarest alone, so that a much smaller number may be asked for: bands are not needed beside it,
//! for two articles that are similar hold each other. What is found is only proposed; comparing is the pipeline's.

use std::io::Cursor;

use rayon::prelude::*;

use crate::article::Article;
use crate::candidates::samples::{MAX_POSTING, halvings, is_sampled};
use crate::candidates::{PIVOTS, Plan};
use crate::read::{Inputs, Location};
use crate::settings::Settings;

use super::entry::{Entry, id_hash};
use super::error::IndexError;
use super::segment::Card;
use super::{Index, entry};

/// So many times rarer than asked for an article may be missed here: what is found is compared exactly in any case.
const SURER: f64 = 100.0;

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
        let none = crate::boilerplate::ShellTable::default();
        let shells = self.shells().unwrap_or(&none);
        let entry = Entry::of(article, shells, self.settings().window_words)?;
        Some(Query { entry: Entry { document: Vec::new(), ..entry } })
    }

    /// The stored article of this id.
    pub fn find(&self, id: &str) -> Option<Known> {
        self.find_hash(id_hash(id))
    }

    pub(super) fn find_hash(&self, id: u128) -> Option<Known> {
        let found =
            |(segment, place): (&super::Segment, u32)| segment.find(id).map(|number| Known { segment: place, number });
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
        let mut looked_up: Vec<(u32, u32)> = queries
            .iter()
            .zip(0..)
            .flat_map(|(query, place)| query.entry.samples.iter().map(move |&key| (key, place)))
            .collect();
        looked_up.par_sort_unstable();
        let (wanted, starts) = each_once(&looked_up);
        let mut similar: Vec<Vec<Known>> = vec![Vec::new(); queries.len()];
        for (segment, place) in self.segments.iter().zip(0..) {
            let keys = segment.samples();
            let found = |(keys_wanted, first): (&[u32], usize)| {
                // The query in the upper half, the document in the lower.
                let mut met: Vec<u64> = Vec::new();
                keys.find(keys_wanted, |at, documents| {
                    let of_key = &looked_up[starts[first + at]..starts[first + at + 1]];
                    let live = documents.iter().filter(|&&number| !segment.removed.contains(number));
                    let length = if documents.len() > MAX_POSTING { PIVOTS } else { documents.len() };
                    for &number in live.take(length) {
                        met.extend(of_key.iter().map(|&(_, query)| u64::from(query) << 32 | u64::from(number)));
                    }
                })
                .map_err(|block| segment.damaged_keys(&block))?;
                Ok(met)
            };
            let chunk = wanted.len().div_ceil(rayon::current_num_threads() * 4).max(1);
            let parts: Result<Vec<Vec<u64>>, IndexError> =
                wanted.par_chunks(chunk).enumerate().map(|(at, part)| found((part, at * chunk))).collect();
            let mut met = parts?.concat();
            met.par_sort_unstable();
            for same in met.chunk_by(|a, b| a == b) {
                let (query, number) = ((same[0] >> 32) as usize, same[0] as u32);
                let card = segment.card(number);
                if same.len() >= needed(&plan, &queries[query].entry, &card) && card.id != queries[query].entry.card.id
                {
                    similar[query].push(Known { segment: place, number });
                }
            }
        }
        Ok(similar)
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
        let mut found = Vec::new();
        let mut looked_up = Vec::with_capacity(queries.len());
        for ((location, query), similar) in locations.into_iter().zip(queries).zip(similar) {
            let same_id = self.same_id(&query);
            if of_same_id {
                found.extend(same_id.map(|(known, _)| known));
            }
            // What is known already is held against nothing else.
            if of_same_id || !matches!(same_id, Some((_, SameId::SameWords))) {
                found.extend(similar);
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

/// The different keys, and where the entries of each begin, and the last end.
fn each_once(entries: &[(u32, u32)]) -> (Vec<u32>, Vec<usize>) {
    let (mut keys, mut starts) = (Vec::new(), Vec::new());
    for (place, &(key, _)) in entries.iter().enumerate() {
        if keys.last() != Some(&key) {
            keys.push(key);
            starts.push(place);
        }
    }
    starts.push(entries.len());
    (keys, starts)
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
