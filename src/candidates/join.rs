//! Sketches in, the pairs out that share enough samples.
//!
//! Whether most of a short article stands in a long one is seen from the short one's samples alone, and so is whether two
//! articles are similar, for similar articles hold each other.
//!
//! Each sample that several articles have makes a *list* of them; the lists of an article are gone through, and those met in
//! enough of them are candidates (ScanCount: Li, Lu, Lu, ICDE 2008). Most samples of news stand in one article alone and cost
//! nothing. Lists of very many articles are not gone through: of these only pivots are met, as far as a prefix filter
//! (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007) leaves any to be met at all.

use std::borrow::Borrow;
use std::ops::Range;

use rayon::prelude::*;

use super::{Candidates, LEAST_LIST_BYTES, MAX_GROUP, Plan, pivots};
use crate::sketch::{MAX_HALVINGS, Sketches, is_sampled};
use crate::stored::{LINE_BYTES, Memory, Stored, StoredError, fetch};

/// A sample that stands in more articles than this is looked up among pivots only. Four times as many find no other edge of 100,000
/// generated articles.
pub(crate) const MAX_POSTING: usize = 4 * MAX_GROUP;

/// The pairs of articles whose sketches share enough samples. `content`: the content hash of each, by which pivots are chosen,
/// so that neither order nor threads change the answer. `memory`: what the search may hold; the answer is the same.
///
/// # Errors
/// Where a temporary file can't be written or read; without a limit there is none.
pub fn candidates(
    plan: &Plan,
    sketches: impl Borrow<Sketches>,
    content: &[u64],
    memory: &Memory,
) -> Result<Candidates, StoredError> {
    candidates_of(plan, sketches, content, MAX_POSTING, memory)
}

/// `longest`: lists of more articles than this are not gone through.
fn candidates_of(
    plan: &Plan,
    sketches: impl Borrow<Sketches>,
    content: &[u64],
    longest: usize,
    memory: &Memory,
) -> Result<Candidates, StoredError> {
    let budget = memory.less(BYTES_AN_ARTICLE * content.len() as u64).limit().map(|bytes| bytes.max(LEAST_LIST_BYTES));
    let (search, lists) = Search::of(plan, sketches.borrow(), content, longest, budget, memory)?;
    let mut pairs = search.pivot_pairs(sketches.borrow())?;
    drop(sketches);
    match lists.into_memory() {
        Ok(lists) if lists.len() <= MOST_AT_ONCE => search.look(&Block::of_all(lists, &search.counts), &mut pairs),
        lists => {
            let lists = lists.map_or_else(|lists| lists, Stored::of);
            let budget =
                budget.map_or(u64::MAX, |bytes| bytes.saturating_sub(search.in_long.bytes()).max(LEAST_LIST_BYTES));
            // A quarter is for the pairs that are found.
            let parts = search.parts((budget - budget / 4).min(4 * MOST_AT_ONCE as u64));
            for (place, looking) in parts.iter().enumerate() {
                for partners in &parts[place..] {
                    search.look(&Block::of(&lists, looking.clone(), partners.clone(), &search.counts)?, &mut pairs);
                }
            }
        }
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    Ok(Candidates { pairs, large_groups: search.long.len() })
}

/// Places in more than so many ranks would not fit 32 bits.
const MOST_AT_ONCE: usize = u32::MAX as usize;

/// What the search holds of an article beside its lists.
const BYTES_AN_ARTICLE: u64 = 112;

/// So many articles are looked for with the same counters: these must be made for each such part anew, two bytes an article.
const RANKS_AT_ONCE: usize = 4096;

/// As many as there are rates.
const RATES: usize = MAX_HALVINGS as usize + 1;

/// Articles by *rank*, the shorter before the longer: so that in a list the longer ones stand behind an article, and articles of
/// one rate follow each other.
struct Search {
    /// The position of each.
    article_of: Vec<u32>,
    /// How many samples it has at each rate.
    sampled: Vec<[u32; RATES]>,
    /// The first rank of each rate, and behind them the number of articles.
    rate_begins: [u32; RATES + 1],
    /// Of the lists that are gone through.
    counts: Vec<Counts>,
    /// Those that are too long for it.
    long: Vec<LongList>,
    /// Which of these each article is in.
    in_long: ByRank,
    /// How many of these are sampled at each rate: the first ones.
    long_at_rate: [u32; RATES],
    needed: NeededTable,
}

/// In how many of the lists that are gone through an article is.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Those sampled at each rate.
    at_rate: [u32; RATES],
    /// Those where longer ones stand behind it.
    behind: u32,
}

/// Marks the last rank of a list.
const LAST: u32 = 1 << 31;

/// Of a list that is too long to be gone through.
struct LongList {
    length: usize,
    /// The ranks of its pivots.
    pivots: Vec<u32>,
}

/// For each rank some numbers, which rise.
struct ByRank {
    numbers: Vec<u32>,
    /// Where those of each rank begin, and where the last ones end.
    begins: Vec<usize>,
}

impl ByRank {
    /// Of `ranks` ranks, from pairs of a rank and a number, which rises from pair to pair.
    fn of(ranks: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> ByRank {
        let mut ends = vec![0usize; ranks + 1];
        pairs.clone().for_each(|(rank, _)| ends[rank as usize] += 1);
        let mut sum = 0;
        ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
        let mut numbers = vec![0; sum];
        for (rank, number) in pairs {
            let end = &mut ends[rank as usize];
            numbers[*end] = number;
            *end += 1;
        }
        // Where each ended, the next begins.
        ends.rotate_right(1);
        ends[0] = 0;
        ByRank { numbers, begins: ends }
    }

    fn bytes(&self) -> u64 {
        (size_of_val(&self.numbers[..]) + size_of_val(&self.begins[..])) as u64
    }

    fn get(&self, rank: u32) -> &[u32] {
        &self.numbers[self.begins[rank as usize]..self.begins[rank as usize + 1]]
    }
}

impl Search {
    /// And the lists that are gone through: for each sample that more than one article has, but no more than `longest`, the ranks of
    /// those, rising, the last one marked with [`LAST`]; one list behind the other. `budget`: what may be sorted at once, in bytes.
    fn of(
        plan: &Plan,
        sketches: &Sketches,
        content: &[u64],
        longest: usize,
        budget: Option<u64>,
        memory: &Memory,
    ) -> Result<(Search, Stored<u32>), StoredError> {
        let sketched = &sketches.articles;
        let mut order: Vec<(u32, u32)> =
            sketched.iter().zip(0..).map(|(one, article)| (one.shingles, article)).collect();
        order.par_sort_unstable();
        let rate = |&(_, article): &(u32, u32)| sketched[article as usize].halvings() as usize;
        let mut rate_begins = std::array::from_fn(|begin| order.partition_point(|one| rate(one) < begin) as u32);
        rate_begins[RATES] = order.len() as u32;
        let article_of: Vec<u32> = order.into_iter().map(|(_, article)| article).collect();
        let mut search = Search {
            sampled: vec![[0; RATES]; article_of.len()],
            rate_begins,
            counts: vec![Counts::default(); article_of.len()],
            long: Vec::new(),
            in_long: ByRank::of(0, std::iter::empty()),
            long_at_rate: [0; RATES],
            needed: NeededTable::of(plan, sketches),
            article_of,
        };
        let mut sorter = Sorter::of(sketches, &mut search)?;
        let mut lists = Stored::new(memory)?;
        let (mut members, mut ranks) = (Vec::new(), Vec::new());
        let at_once = sorter.at_once(budget);
        while let Some(entries) = sorter.next(at_once)? {
            for list in entries.chunk_by(|a, b| a >> 32 == b >> 32).filter(|list| list.len() > 1) {
                if list.len() <= longest {
                    search.count(list);
                    ranks.clear();
                    ranks.extend(list.iter().map(|&entry| entry as u32));
                    ranks[list.len() - 1] |= LAST;
                    lists.extend(&ranks)?;
                } else {
                    search.push_long(list, content, &mut members);
                }
            }
        }
        search.in_long = ByRank::of(search.article_of.len(), members.iter().copied());
        Ok((search, lists))
    }

    /// Counts a list that is gone through: its sample in the upper halves, in the lower ones the ranks of those that have it, which
    /// rise.
    fn count(&mut self, list: &[u64]) {
        let rates = rates_of(list);
        for &entry in list {
            let counts = &mut self.counts[entry as u32 as usize];
            counts.at_rate[..rates].iter_mut().for_each(|count| *count += 1);
            counts.behind += 1;
        }
        self.counts[list[list.len() - 1] as u32 as usize].behind -= 1;
    }

    /// Adds a list that is too long to be gone through, and to `members` each of its members with the number of the list.
    fn push_long(&mut self, list: &[u64], content: &[u64], members: &mut Vec<(u32, u32)>) {
        let number = self.long.len() as u32;
        let ranks: Vec<u32> = list.iter().map(|&entry| entry as u32).collect();
        members.extend(ranks.iter().map(|&rank| (rank, number)));
        self.long_at_rate[..rates_of(list)].fill(number + 1);
        let order = |rank: u32| {
            let article = self.article_of[rank as usize];
            (content[article as usize], article)
        };
        self.long.push(LongList { length: ranks.len(), pivots: pivots(ranks, order) });
    }

    /// The long lists of this rate that an article is in.
    fn long_at(&self, rank: u32, rate: usize) -> &[u32] {
        let long = self.in_long.get(rank);
        &long[..long.partition_point(|&list| list < self.long_at_rate[rate])]
    }

    fn rate_of(&self, rank: u32) -> usize {
        self.rate_begins[1..RATES].iter().map(|&begin| usize::from(rank >= begin)).sum()
    }

    /// How many samples of the shorter one must be shared at the rate of the longer.
    fn needed(&self, shorter: u32, rate: usize) -> usize {
        self.needed.of_sampled(self.sampled[shorter as usize][rate])
    }

    /// How `rank` looks for partners of this rate; `None` if there can be none.
    fn quota(&self, rank: u32, rate: usize) -> Option<Quota> {
        let short = self.counts[rank as usize].at_rate[rate] as usize;
        let long = self.long_at(rank, rate).len();
        let needed = self.needed(rank, rate);
        // Any that shares `needed` of them is in one of the shortest, all but `needed - 1` (the prefix).
        let prefix = (short + long + 1).checked_sub(needed).filter(|&prefix| prefix > 0)?;
        Some(Quota { hits: needed.saturating_sub(long).max(1), long: prefix.saturating_sub(short) })
    }

    fn pair(&self, a: u32, b: u32) -> (u32, u32) {
        let [a, b] = [a, b].map(|rank| self.article_of[rank as usize]);
        (a.min(b), a.max(b))
    }
}

/// At how many rates the sample of a list is sampled: the first ones.
fn rates_of(list: &[u64]) -> usize {
    let sample = (list[0] >> 32) as u32;
    (0..RATES).take_while(|&rate| is_sampled(sample, rate as u32)).count()
}

fn part_of(sample: u32) -> usize {
    (sample >> (u32::BITS - PART_BITS)) as usize
}

/// Samples of a low rate all lie in the lowest eighth: of 16,384 parts that is 2,048.
const PART_BITS: u32 = 14;

/// So many samples, or an eighth of all if that is more, are sorted at once, if a single part has no more: those of 40,000
/// articles, 16 MiB.
const ENTRIES_AT_ONCE: usize = 2 << 20;

/// All samples in rising order, each with the rank of an article that has it.
///
/// They are put into parts by their highest bits, and sorted some parts at a time: small parts are sorted faster and side by side,
/// and what is sorted at once stays small.
struct Sorter<'s> {
    sketches: &'s Sketches,
    /// Articles in the order in which their sketches stand, each with its rank.
    in_place: Vec<(u32, u32)>,
    /// How many samples each part has.
    sizes: Vec<usize>,
    /// The first part that was not sorted yet.
    from: usize,
    /// How many samples of each of `in_place` lie in parts before; those are taken in turn.
    taken: Vec<u32>,
    found: Vec<u64>,
}

impl<'s> Sorter<'s> {
    /// And tells `search` how many samples each article has.
    fn of(sketches: &'s Sketches, search: &mut Search) -> Result<Sorter<'s>, StoredError> {
        let mut in_place: Vec<(u32, u32)> = search.article_of.iter().copied().zip(0..).collect();
        in_place.par_sort_unstable_by_key(|&(article, _)| (sketches.articles[article as usize].start, article));
        let mut sizes = vec![0; 1 << PART_BITS];
        let mut reader = sketches.samples.reader_in_order();
        for &(article, rank) in &in_place {
            let sketch = reader.get(sketches.articles[article as usize].range())?;
            sketch.iter().for_each(|&sample| sizes[part_of(sample)] += 1);
            let at = |rate| sketch.partition_point(|&sample| is_sampled(sample, rate as u32)) as u32;
            search.sampled[rank as usize] = std::array::from_fn(at);
        }
        let taken = vec![0; in_place.len()];
        Ok(Sorter { sketches, in_place, sizes, from: 0, taken, found: Vec::new() })
    }

    /// How many of them to sort at once: half of the budget is for the members of long lists, which are kept.
    fn at_once(&self, budget: Option<u64>) -> usize {
        let affordable = budget.map_or(usize::MAX, |bytes| bytes as usize / 2 / size_of::<u64>());
        ENTRIES_AT_ONCE.max(self.sizes.iter().sum::<usize>() / 8).min(affordable)
    }

    /// The samples of the next parts, each with a rank in its lower half; of one part at least, else of as many as have no more than
    /// `at_once`.
    fn next(&mut self, at_once: usize) -> Result<Option<&[u64]>, StoredError> {
        let Sorter { sketches, in_place, sizes, from, taken, found } = self;
        let Some(&(mut entries)) = sizes.get(*from) else { return Ok(None) };
        let more = sizes[*from + 1..].iter().take_while(|&&size| {
            entries += size;
            entries <= at_once
        });
        let sizes = &sizes[*from..*from + 1 + more.count()];
        let mut ends: Vec<usize> = sizes.to_vec();
        let mut sum = 0;
        ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
        found.clear();
        found.resize(sum, 0);
        let mut reader = sketches.samples.reader_in_order();
        for (&(article, rank), taken) in in_place.iter().zip(taken) {
            let Range { start, end } = sketches.articles[article as usize].range();
            for &sample in reader.get(start + *taken as usize..end)? {
                let Some(place) = ends.get_mut(part_of(sample) - *from) else { break };
                found[*place] = u64::from(sample) << 32 | u64::from(rank);
                *place += 1;
                *taken += 1;
            }
        }
        let mut parts = Vec::with_capacity(sizes.len());
        let mut rest = &mut found[..];
        for &size in sizes {
            let (part, after) = rest.split_at_mut(size);
            parts.push(part);
            rest = after;
        }
        parts.into_par_iter().for_each(|part| part.sort_unstable());
        *from += sizes.len();
        Ok(Some(found))
    }
}

/// [`Plan::samples_needed`], looked up.
struct NeededTable(Vec<u32>);

impl NeededTable {
    fn of(plan: &Plan, sketches: &Sketches) -> NeededTable {
        let most = sketches.articles.iter().map(|article| article.end - article.start).max().unwrap_or(0);
        NeededTable((0..=most).into_par_iter().map(|sampled| plan.samples_needed(sampled) as u32).collect())
    }

    fn of_sampled(&self, sampled: u32) -> usize {
        self.0[sampled as usize] as usize
    }
}

/// How an article looks for partners of one rate.
#[derive(Clone, Copy)]
struct Quota {
    /// In how many of the lists that are gone through a partner must be.
    hits: usize,
    /// Of how many of the long ones, the shortest first, the pivots are partners to look at.
    long: usize,
}

/// Lists as some articles go through them, those that are looking, to meet some others, their partners: all at once, or where
/// memory is limited part by part.
struct Block {
    looking: Range<u32>,
    partners: Range<u32>,
    /// The partners in each list, as [`Search::of`] makes them.
    ranks: Vec<u32>,
    /// Where in `ranks` the longer ones begin that share a list with each that is looking; there may be room behind.
    behind: Vec<u32>,
    /// Where those of each begin, and how many there are.
    places: Vec<(usize, u32)>,
}

impl Block {
    fn empty(looking: Range<u32>, partners: Range<u32>, ranks: Vec<u32>, counts: &[Counts]) -> Block {
        let mut sum = 0;
        let room = |counts: &Counts| {
            let begin = sum;
            sum += counts.behind as usize;
            (begin, 0)
        };
        let places = counts[looking.start as usize..looking.end as usize].iter().map(room).collect();
        Block { behind: vec![0; sum], looking, partners, ranks, places }
    }

    /// All articles look among all.
    fn of_all(lists: Vec<u32>, counts: &[Counts]) -> Block {
        let all = 0..counts.len() as u32;
        let mut block = Block::empty(all.clone(), all, lists, counts);
        for place in 0..block.ranks.len() {
            let rank = block.ranks[place];
            if rank & LAST == 0 {
                block.put(rank, place + 1);
            }
        }
        block
    }

    /// Some look among others, which are none of them and longer, or the same.
    fn of(
        lists: &Stored<u32>,
        looking: Range<u32>,
        partners: Range<u32>,
        counts: &[Counts],
    ) -> Result<Block, StoredError> {
        let members = &counts[partners.start as usize..partners.end as usize];
        let most = members.iter().map(|counts| counts.at_rate[0] as usize).sum();
        let mut block = Block::empty(looking, partners, Vec::with_capacity(most), counts);
        let mut reader = lists.reader_in_order();
        let mut list: Vec<u32> = Vec::new();
        for from in (0..lists.len()).step_by(RANKS_AT_ONCE) {
            for &rank in reader.get(from..lists.len().min(from + RANKS_AT_ONCE))? {
                list.push(rank & !LAST);
                if rank & LAST != 0 {
                    block.push(&list);
                    list.clear();
                }
            }
        }
        Ok(block)
    }

    /// Adds what of a list is in this block.
    fn push(&mut self, list: &[u32]) {
        let within = |range: &Range<u32>| {
            let at = |end: u32| list.partition_point(|&rank| rank < end);
            at(range.start)..at(range.end)
        };
        let (looking, partners) = (within(&self.looking), within(&self.partners));
        if looking.is_empty() || partners.is_empty() {
            return;
        }
        let first = self.ranks.len();
        self.ranks.extend(&list[partners.clone()]);
        if let Some(last) = self.ranks.last_mut() {
            *last |= LAST;
        }
        for place in looking {
            // The first partner that is longer.
            let behind = (place + 1).max(partners.start);
            if behind < partners.end {
                self.put(list[place], first + behind - partners.start);
            }
        }
    }

    fn put(&mut self, rank: u32, behind: usize) {
        let (begin, length) = &mut self.places[(rank - self.looking.start) as usize];
        self.behind[*begin + *length as usize] = behind as u32;
        *length += 1;
    }

    /// Where in `ranks` the longer partners of an article begin, in each of its lists.
    fn behind(&self, rank: u32) -> &[u32] {
        let (begin, length) = self.places[(rank - self.looking.start) as usize];
        &self.behind[begin..begin + length as usize]
    }

    /// Looks at the beginnings of all lists of the article: most lists of news are no longer than that.
    fn fetch(&self, rank: u32) {
        let near = |&place: &u32| [place as usize, place as usize + LINE_BYTES / size_of::<u32>() - 1];
        fetch(self.behind(rank).iter().flat_map(near).filter_map(|place| self.ranks.get(place)));
    }

    /// Calls `work` with every longer partner in every list of the article.
    fn for_each(&self, rank: u32, mut work: impl FnMut(u32)) {
        for &place in self.behind(rank) {
            for &partner in &self.ranks[place as usize..] {
                work(partner & !LAST);
                if partner & LAST != 0 {
                    break;
                }
            }
        }
    }
}

/// So many partners share no counter, and so many counters stay in a core's first cache.
const COUNTERS: usize = if cfg!(test) { 4 } else { 1 << 14 };

/// What one thread uses for article after article.
struct Scratch {
    /// In how many lists partners were met, at most 255, of all those together whose ranks end in the same bits; zeros between two
    /// articles.
    counters: Box<[u8; COUNTERS]>,
    /// Ranks that may have been met often enough, as often as they were met; then those that were.
    met: Vec<u32>,
}

impl Search {
    /// The ranks in parts, so that a block of two takes about so many bytes.
    fn parts(&self, budget: u64) -> Vec<Range<u32>> {
        let bytes = |counts: &Counts| 4 * (counts.at_rate[0] + counts.behind) as u64 + size_of::<(usize, u32)>() as u64;
        let mut parts = Vec::new();
        let (mut from, mut sum) = (0, 0);
        for (counts, rank) in self.counts.iter().zip(0..) {
            if sum + bytes(counts) > budget && rank > from {
                parts.push(from..rank);
                (from, sum) = (rank, 0);
            }
            sum += bytes(counts);
        }
        parts.push(from..self.counts.len() as u32);
        parts
    }

    /// Adds the pairs that are found in a block.
    fn look(&self, block: &Block, pairs: &mut Vec<(u32, u32)>) {
        let ranks: Vec<u32> = block.looking.clone().collect();
        let found: Vec<Vec<(u32, u32)>> =
            ranks.par_chunks(RANKS_AT_ONCE).map(|ranks| self.pairs_of(block, ranks)).collect();
        pairs.reserve(found.iter().map(Vec::len).sum());
        found.into_iter().for_each(|found| pairs.extend(found));
    }

    fn pairs_of(&self, block: &Block, ranks: &[u32]) -> Vec<(u32, u32)> {
        let mut scratch = Scratch { counters: Box::new([0; COUNTERS]), met: Vec::new() };
        let mut pairs = Vec::new();
        for &rank in ranks {
            self.meet(block, rank, &mut scratch);
            pairs.extend(scratch.met.iter().map(|&partner| self.pair(rank, partner)));
        }
        pairs
    }

    /// Puts those partners of an article into `scratch` that were met in enough lists.
    ///
    /// Most articles have none. Few counters, which partners share, show that faster than one for each, for these are spread over
    /// more memory than is near; those whose counters reached the number are then counted one by one.
    fn meet(&self, block: &Block, rank: u32, scratch: &mut Scratch) {
        let Scratch { counters, met } = scratch;
        met.clear();
        let lowest = self.rate_of(rank);
        let mut quotas = [None; RATES];
        (lowest..RATES).for_each(|rate| quotas[rate] = self.quota(rank, rate));
        let Some(least) = quotas.iter().flatten().map(|quota| quota.hits).min() else { return };
        let least = u8::try_from(least).unwrap_or(u8::MAX);
        let counter = |partner: u32| partner as usize % COUNTERS;
        let mut most = 0;
        block.fetch(rank);
        block.for_each(rank, |partner| {
            let count = &mut counters[counter(partner)];
            *count = count.saturating_add(1);
            most = most.max(*count);
        });
        if most >= least {
            block.for_each(rank, |partner| {
                if counters[counter(partner)] >= least {
                    met.push(partner);
                }
            });
            met.sort_unstable();
            // Nothing is ever met no times.
            let enough = quotas.map(|quota| quota.map_or(usize::MAX, |quota| quota.hits));
            keep_runs(met, |partner, hits| {
                hits >= enough[self.rate_of(partner)] && self.shares_enough(rank, partner, hits)
            });
        }
        counters.fill(0);
    }

    /// Whether a longer article that was met so often has enough samples of this one.
    fn shares_enough(&self, rank: u32, partner: u32, hits: usize) -> bool {
        let rate = self.rate_of(partner);
        let needed = self.needed(rank, rate);
        let long = || shared_count(self.long_at(rank, rate), self.in_long.get(partner));
        hits >= needed || hits + long() >= needed
    }

    /// The pairs of an article and a pivot of one of its long lists that share enough samples.
    fn pivot_pairs(&self, sketches: &Sketches) -> Result<Vec<(u32, u32)>, StoredError> {
        let range = |rank: u32| sketches.articles[self.article_of[rank as usize] as usize].range();
        let mut pivots: Vec<u32> = self.long.iter().flat_map(|list| &list.pivots).copied().collect();
        pivots.sort_unstable();
        pivots.dedup();
        let mut reader = sketches.samples.reader();
        let sketch = |&pivot: &u32| Ok((pivot, reader.get(range(pivot))?.to_vec()));
        let pivots: Vec<(u32, Vec<u32>)> = pivots.iter().map(sketch).collect::<Result<_, StoredError>>()?;
        // A pivot of one of its lists is among them.
        let sketch_of = |pivot: u32| &pivots[pivots.partition_point(|&(other, _)| other < pivot)].1[..];
        let at_rate = |sketch: &[u32], rate: usize| sketch.partition_point(|&sample| is_sampled(sample, rate as u32));
        let ranks: Vec<u32> = (0..self.article_of.len() as u32).collect();
        let found = |ranks: &[u32]| {
            let (mut met, mut pairs) = (Vec::new(), Vec::new());
            let mut reader = sketches.samples.reader();
            for &rank in ranks {
                self.meet_pivots(rank, &mut met);
                if met.is_empty() {
                    continue;
                }
                let own = reader.get(range(rank))?;
                let shares_enough = |&&pivot: &&u32| {
                    let (shorter, longer) = (rank.min(pivot), rank.max(pivot));
                    let rate = self.rate_of(longer);
                    let theirs = sketch_of(pivot);
                    let shared = shared_count(&own[..at_rate(own, rate)], &theirs[..at_rate(theirs, rate)]);
                    shorter != longer && shared >= self.needed(shorter, rate)
                };
                pairs.extend(met.iter().filter(shares_enough).map(|&pivot| self.pair(rank, pivot)));
            }
            Ok(pairs)
        };
        let found: Result<Vec<Vec<(u32, u32)>>, StoredError> = ranks.par_chunks(RANKS_AT_ONCE).map(found).collect();
        Ok(found?.concat())
    }

    /// The pivots of those long lists of an article that its quotas name, the shortest first. A pivot looks up no list but its own few,
    /// so it is met by longer ones as well.
    fn meet_pivots(&self, rank: u32, met: &mut Vec<u32>) {
        met.clear();
        if self.in_long.get(rank).is_empty() {
            return;
        }
        let list = |&list: &u32| &self.long[list as usize];
        for rate in self.rate_of(rank)..RATES {
            let lists = self.quota(rank, rate).map_or(0, |quota| quota.long);
            if lists > 0 {
                let mut long: Vec<u32> = self.long_at(rank, rate).to_vec();
                long.sort_by_key(|one| list(one).length);
                met.extend(long[..lists].iter().flat_map(|one| &list(one).pivots));
            }
        }
        met.sort_unstable();
        met.dedup();
    }
}

/// Keeps one of each run of equal numbers that `keep` wants, given the number and the length of the run.
fn keep_runs(sorted: &mut Vec<u32>, keep: impl Fn(u32, usize) -> bool) {
    let (mut kept, mut from) = (0, 0);
    while let Some(&number) = sorted.get(from) {
        let run = sorted[from..].iter().take_while(|&&other| other == number).count();
        if keep(number, run) {
            sorted[kept] = number;
            kept += 1;
        }
        from += run;
    }
    sorted.truncate(kept);
}

pub(crate) fn shared_count(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        shared += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shingle::ShingleSet;
    use crate::sketch::sketch;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    impl Sketches {
        fn sketch(&self, article: u32) -> &[u32] {
            &self.samples.in_memory().unwrap()[self.articles[article as usize].range()]
        }

        /// Those samples of `article` that one at a lower rate would have too.
        fn sketch_at(&self, article: u32, halvings: u32) -> &[u32] {
            let sketch = self.sketch(article);
            &sketch[..sketch.partition_point(|&sample| is_sampled(sample, halvings))]
        }

        /// Whether `a` is the shorter of the two; ties by position.
        fn is_shorter(&self, a: u32, b: u32) -> bool {
            (self.articles[a as usize].shingles, a) < (self.articles[b as usize].shingles, b)
        }
    }

    fn plan(containment: f64) -> Plan {
        Plan { containment, target_recall: 0.99 }
    }

    fn sketches(sets: &[ShingleSet]) -> Sketches {
        let mut sketches = Sketches::new();
        sets.iter().for_each(|set| sketches.push(&sketch(set.as_slice()), set.len()).unwrap());
        sketches
    }

    /// The same under a limit, which makes lists be gone through in parts.
    fn found_with(plan: &Plan, sketches: &Sketches, longest: usize) -> BTreeSet<(u32, u32)> {
        let content: Vec<u64> = (0..sketches.articles.len() as u64).collect();
        let of = |memory: Memory| candidates_of(plan, sketches, &content, longest, &memory).unwrap();
        let found = of(Memory::unlimited());
        let folder = tempfile::tempdir().unwrap();
        for bytes in [0, 80 * content.len() as u64 + 400, 1 << 20] {
            assert_eq!(of(Memory::limited(bytes, folder.path().to_owned())), found, "{bytes} bytes");
        }
        found.pairs.into_iter().collect()
    }

    fn found(plan: &Plan, sketches: &Sketches) -> BTreeSet<(u32, u32)> {
        found_with(plan, sketches, MAX_POSTING)
    }

    /// What the join must find, pair by pair, with the samples that both have.
    fn reference(plan: &Plan, sketches: &Sketches) -> BTreeMap<(u32, u32), Vec<u32>> {
        let mut pairs = BTreeMap::new();
        for a in 0..sketches.articles.len() as u32 {
            for b in 0..sketches.articles.len() as u32 {
                if a != b && sketches.is_shorter(a, b) {
                    let own = sketches.sketch_at(a, sketches.articles[b as usize].halvings());
                    let shared: Vec<u32> =
                        own.iter().copied().filter(|sample| sketches.sketch(b).contains(sample)).collect();
                    if shared.len() >= plan.samples_needed(own.len()) {
                        pairs.insert((a.min(b), a.max(b)), shared);
                    }
                }
            }
        }
        pairs
    }

    /// Numbers below `kinds`, spread over the whole range.
    fn spread(numbers: &[u64]) -> ShingleSet {
        ShingleSet::new(numbers.iter().map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect())
    }

    #[test]
    fn an_excerpt_in_an_article_fifty_times_as_long_is_found() {
        let long: Vec<u64> = (0..10_000).collect();
        let short: Vec<u64> = (4_000..4_200).collect();
        let sketches = sketches(&[spread(&long), spread(&short), spread(&[1, 2, 3])]);
        assert!(found(&plan(0.8), &sketches).contains(&(0, 1)));
    }

    /// Of 3,000 near-identical briefs 66 were found to be copies of nothing: those longer than the pivots, which they were
    /// never compared with.
    #[test]
    fn of_a_sample_that_very_many_have_the_longer_ones_meet_the_pivots_too() {
        let spread = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let articles = MAX_POSTING as u64 + 10;
        let sets: Vec<ShingleSet> = (0..articles)
            .map(|article| {
                let own = if article < super::super::PIVOTS as u64 { 1..1 } else { 1..3 };
                let own = own.map(|number| spread(1_000 * article + 1_000_000 + number));
                ShingleSet::new((1..21).map(spread).chain(own).collect())
            })
            .collect();
        let pairs = found(&plan(0.5), &sketches(&sets));
        let lost = (1..articles as u32).filter(|&article| !pairs.contains(&(0, article))).count();
        assert_eq!(lost, 0, "article 0 has the smallest content hash, and is the shortest");
    }

    proptest! {
        #[test]
        fn the_join_finds_what_comparing_all_pairs_finds(
            sets in prop::collection::vec(prop::collection::vec(0u64..300, 0..150), 2..14),
            containment in 0.1f64..0.95,
        ) {
            let sketches = sketches(&sets.iter().map(|set| spread(set)).collect::<Vec<_>>());
            let plan = plan(containment);
            let expected: BTreeSet<(u32, u32)> = reference(&plan, &sketches).into_keys().collect();
            prop_assert_eq!(found(&plan, &sketches), expected);
        }

        #[test]
        fn of_what_shares_a_list_that_is_gone_through_nothing_is_lost(
            sets in prop::collection::vec(prop::collection::vec(0u64..90, 0..150), 4..14),
            containment in 0.1f64..0.95,
            longest in 2usize..8,
        ) {
            let sketches = sketches(&sets.iter().map(|set| spread(set)).collect::<Vec<_>>());
            let plan = plan(containment);
            let found = found_with(&plan, &sketches, longest);
            let articles = 0..sketches.articles.len() as u32;
            let members = |sample: &u32| articles.clone().filter(|&one| sketches.sketch(one).contains(sample)).count();
            let expected = reference(&plan, &sketches);
            prop_assert!(found.iter().all(|pair| expected.contains_key(pair)));
            for (pair, shared) in expected {
                prop_assert!(found.contains(&pair) || shared.iter().all(|sample| members(sample) > longest), "{:?}", pair);
            }
        }
    }
}
