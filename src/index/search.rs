//! New articles in, the stored ones that each shares much with out.
//!
//! Of a new article every sampled shingle is looked up, and the stored articles that have it are counted. What part of the
//! shorter article stands in the longer is seen from the shorter one's samples, as in [`crate::candidates::join`]; but all
//! of them are looked up and not the rarest alone, so that a much smaller number may be asked for. What few samples propose, [`imprint`]s of more of the shingles confirm; what
//! is left is still only proposed: comparing is the pipeline's.

use std::collections::HashMap;
use std::io::Cursor;
use std::ops::Range;
use std::sync::LazyLock;

use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::candidates::join::MAX_POSTING;
use crate::candidates::{PIVOTS, Plan};
use crate::read::{Inputs, Location};
use crate::settings::{Level, Settings, Zone};
use crate::sketch::{halvings, is_sampled};

use super::entry::{Entry, Frozen, id_hash};
use super::error::IndexError;
use super::imprint::{self, Held};
use super::keys::Keys;
use super::segment::{Card, Identity, Segment};
use super::{Index, entry};

/// So many times rarer than asked for an article may be missed here: what is found is compared exactly in any case.
const SURER: f64 = 10.0;

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

    /// The hash of the id under which the article is stored.
    pub fn id_hash(&self) -> u128 {
        self.entry.card.id
    }

    /// The hash of the article's words without boilerplate: articles of one such hash have the same text.
    pub fn content(&self) -> u64 {
        self.entry.card.content
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

/// What [`Index::bring`] found.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// The articles of the inputs that have words.
    pub looked_up: Vec<LookedUp>,
    /// The stored articles in the input that was added, one a line.
    pub lines: Vec<Known>,
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
        let (frozen, window) = (self.frozen.as_ref().unwrap_or(&NOTHING), self.settings().window_words);
        let (entry, uppers) = Entry::and(article, frozen, window, Level::Copies, imprint::uppers)?;
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

    /// Which article, in which version, a stored one is.
    pub(crate) fn identity(&self, known: Known) -> Identity {
        self.card(known).identity()
    }

    /// For each query the stored articles that share enough with it to be compared, in order. An article of the same id is not
    /// among them. How the articles are spread over segments makes no difference.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn similar(&self, plan: &Plan, queries: &[Query]) -> Result<Vec<Vec<Known>>, IndexError> {
        let plan = Plan { target_recall: 1.0 - (1.0 - plan.target_recall) / SURER, ..plan.clone() };
        let wanted = Wanted::of(queries.iter().map(|query| query.entry.samples.iter().map(|&sample| (sample, ()))));
        let is_rare = |(): &(), documents: usize| documents <= MAX_POSTING;
        let met = wanted.met_in(&self.segments, Segment::samples, queries.len(), &is_rare, (MAX_POSTING, PIVOTS))?;
        let mut similar: Vec<Vec<Known>> = vec![Vec::new(); queries.len()];
        for ((segment, place), pairs) in self.segments.iter().zip(0..).zip(met.pairs) {
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
        }
        // The same words are known without a look at samples.
        let mut firsts: HashMap<u64, [Option<First>; 2]> = HashMap::new();
        for (query, similar) in queries.iter().zip(&mut similar) {
            let card = &query.entry.card;
            let firsts = firsts.entry(card.content).or_insert_with(|| self.first_two_of_content(card.content));
            let other = firsts.iter().flatten().find(|first| first.id != card.id);
            similar.extend(other.map(|first| first.known).filter(|known| !similar.contains(known)));
            similar.sort_unstable();
        }
        Ok(similar)
    }

    /// Of the stored articles of these words the two that were published first; of equals those of the smallest id.
    fn first_two_of_content(&self, content: u64) -> [Option<First>; 2] {
        let firsts = self.segments.iter().zip(0..).flat_map(|(segment, place)| {
            segment.of_content(content).map(move |number| {
                let card = segment.card(number);
                let known = Known { segment: place, number };
                First { undated: card.published.is_none(), published: card.published, id: card.id, known }
            })
        });
        let mut first_two = [None, None];
        for one in firsts {
            if first_two[0].is_none_or(|first| one < first) {
                first_two = [Some(one), first_two[0]];
            } else if first_two[1].is_none_or(|second| one < second) {
                first_two[1] = Some(one);
            }
        }
        first_two
    }

    /// Looks up all articles of `inputs`, and adds the possible copies that they are to be compared with as one more input, named as
    /// the index is. `of_same_id`: whether stored articles of their own ids are among it. Gives where each article with words stands, and what is stored under
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
    ) -> Result<Brought, IndexError> {
        if let Some(zone) = self.known_zone() {
            inputs.assume_zone(zone);
        }
        let scan = inputs.scan(&settings.read, progress, |article| self.query(article))?;
        let read = scan.articles.into_iter().filter_map(|(location, query)| Some((location, query?)));
        let (locations, mut queries): (Vec<Location>, Vec<Query>) = read.unzip();
        let zone = inputs.zone().cloned().unwrap_or_else(Zone::utc);
        for Query { entry: Entry { card, .. }, .. } in &mut queries {
            card.published = card.published.map(|time| time.settled(&zone));
        }
        let mut similar = self.similar(&Plan::of(settings), &queries)?;
        queries.iter_mut().for_each(|query| query.uppers = Vec::new());
        let same_ids: Vec<Option<(Known, SameId)>> = queries.iter().map(|query| self.same_id(query)).collect();
        // What is known already is held against nothing else.
        if !of_same_id {
            let known =
                similar.iter_mut().zip(&same_ids).filter(|(_, same)| matches!(same, Some((_, SameId::SameWords))));
            known.for_each(|(similar, _)| similar.clear());
        }
        self.drop_doubles(&mut similar)?;
        let mut found = similar.concat();
        if of_same_id {
            found.extend(same_ids.iter().flatten().map(|(known, _)| known));
        }
        let looked_up = locations.into_iter().zip(queries).zip(same_ids).map(|((location, query), same_id)| LookedUp {
            location,
            query,
            same_id: same_id.map(|(_, same)| same),
        });
        let looked_up = looked_up.collect();
        found.par_sort_unstable();
        found.dedup();
        let documents = self.documents(&found)?;
        if !documents.is_empty() {
            inputs.push_stored(&self.path().display().to_string(), Cursor::new(documents));
        }
        Ok(Brought { looked_up, lines: found })
    }

    /// The documents of these articles as JSON lines. `known`: in rising order, each once.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn documents(&self, known: &[Known]) -> Result<Vec<u8>, IndexError> {
        let lines = self.of_documents(known, |_, line| Ok(format!("{line}\n").into_bytes()))?;
        Ok(lines.concat())
    }

    /// What `make` makes of the documents of these articles, in order; each block is read once. `known`: in rising order, each once.
    fn of_documents<T: Send>(
        &self,
        known: &[Known],
        make: impl Fn(Known, &str) -> Result<T, IndexError> + Sync,
    ) -> Result<Vec<T>, IndexError> {
        let block = |one: &Known| (one.segment, self.segments[one.segment as usize].block_of(one.number));
        let blocks: Vec<&[Known]> = known.chunk_by(|a, b| block(a) == block(b)).collect();
        let read = |wanted: &&[Known]| {
            let (segment, block) = block(&wanted[0]);
            let segment = &self.segments[segment as usize];
            let (first, documents) = (segment.numbers(block).start, segment.read_block(block)?);
            let lines: Vec<&str> = documents.split_terminator('\n').collect();
            wanted.iter().map(|&one| make(one, lines[(one.number - first) as usize])).collect()
        };
        let made: Result<Vec<Vec<T>>, IndexError> = blocks.par_iter().map(read).collect();
        Ok(made?.into_iter().flatten().collect())
    }

    /// One article as it was stored.
    ///
    /// # Errors
    /// Where its segment is damaged.
    pub fn article(&self, known: Known) -> Result<Article<'static>, IndexError> {
        self.articles(&[known])?.pop().ok_or_else(|| self.no_article(known))
    }

    /// Articles as they were stored. `known`: in rising order, each once.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn articles(&self, known: &[Known]) -> Result<Vec<Article<'static>>, IndexError> {
        self.of_documents(known, |known, line| entry::article(line).ok_or_else(|| self.no_article(known)))
    }

    fn no_article(&self, known: Known) -> IndexError {
        IndexError::damaged(&self.segments[known.segment as usize].name, "a document that is no article")
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

/// A stored article in the order in which those of the same words come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct First {
    undated: bool,
    published: Option<Published>,
    id: u128,
    known: Known,
}

/// The keys of several queries, to be looked up together.
pub(super) struct Wanted<W> {
    /// The different keys, in rising order.
    keys: Vec<u32>,
    /// Each key with a query that has it and what it weighs there, in order.
    entries: Vec<(u32, u32, W)>,
    /// Where the entries of each key begin, and the last end.
    starts: Vec<usize>,
}

impl<W: Copy + Send + Sync> Wanted<W> {
    pub(super) fn of<K: Iterator<Item = (u32, W)>>(queries: impl Iterator<Item = K>) -> Wanted<W> {
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

    /// The keys that a query and a document both have, and how many documents have each key.
    ///
    /// Query and document meet in a key that `is_rare`, or where the document is among the first of those that have a more common
    /// one; of who met, all keys are given. So a long list costs a few searches and not its length. Documents of all segments are
    /// counted together, removed ones not at all, and the first are those that stand first in [`Card::order`]: so the answer
    /// is that of a single segment. `bounds`: a key of more documents than the first is never rare; the second says how many are the
    /// first of a common one.
    pub(super) fn met_in<'s>(
        &self,
        segments: &'s [Segment],
        keys: impl Fn(&'s Segment) -> Keys<'s> + Sync,
        queries: usize,
        is_rare: &(impl Fn(&W, usize) -> bool + Sync),
        bounds: (usize, usize),
    ) -> Result<Met<W>, IndexError> {
        let parts = self.in_parts(&self.keys, |from, wanted| {
            let lists = Lists::of(segments, &keys, wanted, bounds.0.max(bounds.1))?;
            Ok(self.meetings(segments, &lists, from, is_rare, bounds.1))
        })?;
        let mut pairs: Vec<Vec<(u64, W)>> = segments.iter().map(|_| Vec::new()).collect();
        let mut met: Vec<Vec<u64>> = segments.iter().map(|_| Vec::new()).collect();
        let (mut common, mut documents) = (Vec::new(), Vec::new());
        for part in parts {
            for (place, (of_rare, of_common)) in part.pairs.into_iter().zip(part.pivots).enumerate() {
                met[place].extend(of_rare.iter().map(|&(pair, _)| pair).chain(of_common));
                pairs[place].extend(of_rare);
            }
            common.extend(part.common);
            documents.extend(part.documents);
        }
        for (segment, (pairs, mut met)) in segments.iter().zip(pairs.iter_mut().zip(met)) {
            met.par_sort_unstable();
            met.dedup();
            let starts: Vec<usize> =
                (0..=queries as u64).map(|query| met.partition_point(|&pair| pair < query << 32)).collect();
            let found = self.in_parts(&common, |_, common| {
                let mut found = Vec::new();
                let keys_of_part: Vec<u32> = common.iter().map(|&at| self.keys[at]).collect();
                let of_key = |place: usize, numbers: &[u32]| {
                    let at = common[place];
                    for &(_, query, weight) in self.entries_of(at).iter().filter(|one| !is_rare(&one.2, documents[at]))
                    {
                        let met = &met[starts[query as usize]..starts[query as usize + 1]];
                        let has = |&&pair: &&u64| numbers.binary_search(&(pair as u32)).is_ok();
                        found.extend(met.iter().filter(has).map(|&pair| (pair, weight)));
                    }
                };
                keys(segment).find(&keys_of_part, of_key).map_err(|block| segment.damaged_keys(&block))?;
                Ok(found)
            })?;
            pairs.extend(found.into_iter().flatten());
            pairs.par_sort_by_key(|&(pair, _)| pair);
        }
        Ok(Met { pairs, documents })
    }

    /// Who meets whom in the keys of some lists. `from`: the place of the first of these keys.
    fn meetings(
        &self,
        segments: &[Segment],
        lists: &Lists,
        from: usize,
        is_rare: &impl Fn(&W, usize) -> bool,
        first_of_common: usize,
    ) -> Meeting<W> {
        let pair = |query: u32, number: u32| u64::from(query) << 32 | u64::from(number);
        let mut met = Meeting {
            pairs: segments.iter().map(|_| Vec::new()).collect(),
            pivots: vec![Vec::new(); segments.len()],
            common: Vec::new(),
            documents: lists.documents.clone(),
        };
        for (&documents, at) in lists.documents.iter().zip(from..) {
            let mut is_common = false;
            let of_key = || lists.of_key(at - from);
            for (_, query, weight) in self.entries_of(at) {
                if !is_rare(weight, documents) {
                    is_common = true;
                    continue;
                }
                for (segment, numbers) in of_key() {
                    met.pairs[segment].extend(numbers.iter().map(|&number| (pair(*query, number), *weight)));
                }
            }
            if is_common {
                met.common.push(at);
                let firsts = of_key().flat_map(|(segment, numbers)| {
                    let first = numbers.iter().take(first_of_common);
                    first.map(move |&number| (segments[segment].card(number).order(), segment, number))
                });
                let mut firsts: Vec<((u64, u128), usize, u32)> = firsts.collect();
                firsts.sort_unstable();
                for (_, segment, number) in firsts.into_iter().take(first_of_common) {
                    let common = self.entries_of(at).iter().filter(|(_, _, weight)| !is_rare(weight, documents));
                    met.pivots[segment].extend(common.map(|&(_, query, _)| pair(query, number)));
                }
            }
        }
        met
    }

    /// How many documents of `met` have a key.
    pub(super) fn documents_of(&self, met: &Met<W>, key: u32) -> usize {
        self.keys.binary_search(&key).map_or(0, |at| met.documents[at])
    }

    /// The entries of a key, by its place.
    fn entries_of(&self, key: usize) -> &[(u32, u32, W)] {
        &self.entries[self.starts[key]..self.starts[key + 1]]
    }

    /// What `found` makes of parts of `wanted`, side by side, in order: it is told the place of the first of each part.
    fn in_parts<K: Sync, T: Send>(
        &self,
        wanted: &[K],
        found: impl Fn(usize, &[K]) -> Result<T, IndexError> + Sync,
    ) -> Result<Vec<T>, IndexError> {
        let chunk = wanted.len().div_ceil(rayon::current_num_threads() * 4).max(1);
        wanted.par_chunks(chunk).enumerate().map(|(part, wanted)| found(part * chunk, wanted)).collect()
    }
}

/// What queries and documents have in common.
pub(super) struct Met<W> {
    /// For each segment the keys that a query and one of its documents both have: the query in the upper half, the document in the
    /// lower, with what the key weighs; sorted by both.
    pub(super) pairs: Vec<Vec<(u64, W)>>,
    /// For each key how many documents have it.
    documents: Vec<usize>,
}

/// The documents of all segments that have some keys, removed ones left out.
struct Lists {
    /// For each key how many there are.
    documents: Vec<usize>,
    /// For each key that a segment has the key's place, the segment's, and where its first documents stand in `numbers`; in order.
    lists: Vec<(u32, u32, Range<usize>)>,
    numbers: Vec<u32>,
}

impl Lists {
    /// Of a longer list the first `most` documents are kept.
    fn of<'s>(
        segments: &'s [Segment],
        keys: &impl Fn(&'s Segment) -> Keys<'s>,
        wanted: &[u32],
        most: usize,
    ) -> Result<Lists, IndexError> {
        let mut lists = Lists { documents: vec![0; wanted.len()], lists: Vec::new(), numbers: Vec::new() };
        for (segment, place) in segments.iter().zip(0..) {
            let is_live = |number: &u32| *number < segment.documents() && !segment.removed.contains(*number);
            let of_key = |at: usize, documents: &[u32]| {
                let start = lists.numbers.len();
                lists.numbers.extend(documents.iter().copied().filter(is_live).take(most));
                lists.lists.push((at as u32, place, start..lists.numbers.len()));
                let kept = lists.numbers.len() - start;
                // Of most lists all are kept, so only long ones are counted again.
                lists.documents[at] += match kept < most {
                    true => kept,
                    false => documents.iter().filter(|number| is_live(number)).count(),
                };
            };
            keys(segment).find(wanted, of_key).map_err(|block| segment.damaged_keys(&block))?;
        }
        lists.lists.sort_unstable_by_key(|&(at, place, _)| (at, place));
        Ok(lists)
    }

    /// The documents of a key, segment by segment.
    fn of_key(&self, at: usize) -> impl Iterator<Item = (usize, &[u32])> {
        let of_key = self.lists.partition_point(|list| (list.0 as usize) < at);
        let lists = self.lists[of_key..].iter().take_while(move |list| list.0 as usize == at);
        lists.map(|(_, segment, range)| (*segment as usize, &self.numbers[range.clone()]))
    }
}

/// What was found of some keys.
struct Meeting<W> {
    /// For each segment queries and documents that have a rare key.
    pairs: Vec<Vec<(u64, W)>>,
    /// For each segment queries and the first documents of a common one.
    pivots: Vec<Vec<u64>>,
    /// The places of the common ones.
    common: Vec<usize>,
    /// For each key how many documents have it.
    documents: Vec<usize>,
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
