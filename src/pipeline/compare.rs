//! Pairs in, verified edges out, a block of texts at a time.
//!
//! Exact comparison needs the words of both articles, and where most articles are in some pair, the words of all of them
//! are as large as the corpus. So pairs are put into blocks whose articles fit a budget together; a block's articles are
//! read again, its pairs compared, and all of it is dropped before the next. Pairs that hang together (a story and its
//! copies) stand together, so that few articles are read for two blocks.

use rayon::prelude::*;

use crate::boilerplate::ShellTable;
use crate::cluster::Components;
use crate::read::{Inputs, Location, ReadError};
use crate::settings::Settings;
use crate::verify::{Edge, Reading, Rules, WordKind, verify};

use super::{Progress, Stage};

/// The readings of a block take at most about so many bytes, or [`BLOCK_BYTES_AN_ARTICLE`] if that is more. Where a record is read
/// from where it stands, larger blocks save little: only that fewer articles are read for two.
const BLOCK_BYTES: u64 = 64 << 20;

/// The same where each block decompresses the inputs from the start: some ten million words.
const COMPRESSED_BLOCK_BYTES: u64 = 256 << 20;

/// For each article of the run: what its sketch and its imprint took until now. Of a million generated articles 219,701 are in some
/// pair; in blocks of 64 MiB these are read 312,160 times, of 256 MiB 270,502 times, of 1 GiB 219,706 times.
const BLOCK_BYTES_AN_ARTICLE: u64 = 640;

/// A word of a [`Reading`]: its hash, a shingle, where that stands, and the word's kind.
const BYTES_A_WORD: u64 = 8 + 8 + 4 + size_of::<WordKind>() as u64;

/// What else a [`Reading`] holds: its title, its days, and the heads of its lists.
const BYTES_A_READING: u64 = 500;

/// What articles are read from again, and how they are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'r> {
    pub(crate) inputs: &'r Inputs,
    pub(crate) settings: &'r Settings,
    /// How many articles there are.
    pub(crate) articles: usize,
    /// What must be known of each to read it again.
    pub(crate) place: &'r (dyn Fn(u32) -> Place + Sync),
    pub(crate) shells: &'r ShellTable,
}

/// Where an article stands, and how many words it has, shells left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) location: Location,
    pub(crate) words: u32,
}

/// What comparing found, and what it held.
pub(crate) struct Compared {
    /// In order of `(a, b)`.
    pub(crate) edges: Vec<Edge>,
    /// How many blocks there were.
    pub(crate) blocks: usize,
    /// What the readings of the largest block took, about.
    pub(crate) block_bytes: u64,
}

impl Texts<'_> {
    /// Compares these pairs exactly, each `(a, b)` with `a < b`. `budget`: what comparing may hold, in bytes; of that a sixth is
    /// readings, or a third where each block decompresses the inputs.
    pub(crate) fn compare(
        &self,
        budget: Option<u64>,
        mut pairs: Vec<(u32, u32)>,
        progress: &dyn Progress,
    ) -> Result<Compared, ReadError> {
        progress.begin(Stage::Verify, Some(pairs.len() as u64));
        put_together(&mut pairs, self.articles);
        let mut compared = Compared { edges: Vec::new(), blocks: 0, block_bytes: 0 };
        let (most, share) = if self.inputs.are_seekable() { (BLOCK_BYTES, 6) } else { (COMPRESSED_BLOCK_BYTES, 3) };
        let most = most.max(BLOCK_BYTES_AN_ARTICLE * self.articles as u64);
        // What was read is given back, but not all of it to the system.
        let mut blocks = Blocks::new(self.articles, budget.map_or(most, |budget| most.min(budget / share)));
        let mut rest = &pairs[..];
        while !rest.is_empty() {
            let Block { pairs: length, bytes } = blocks.next(rest, &|article| self.bytes_of(article));
            let (block, after) = rest.split_at(length);
            compared.blocks += 1;
            compared.block_bytes = compared.block_bytes.max(bytes);
            compared.edges.extend(self.compare_block(block)?);
            rest = after;
            progress.done((pairs.len() - rest.len()) as u64);
        }
        compared.edges.par_sort_unstable_by_key(|edge| (edge.a, edge.b));
        Ok(compared)
    }

    fn bytes_of(&self, article: u32) -> u64 {
        BYTES_A_WORD * u64::from((self.place)(article).words) + BYTES_A_READING
    }

    fn compare_block(&self, pairs: &[(u32, u32)]) -> Result<Vec<Edge>, ReadError> {
        let Texts { inputs, settings, shells, .. } = *self;
        let rules = Rules::of(settings);
        let mut involved: Vec<u32> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
        involved.par_sort_unstable();
        involved.dedup();
        let wanted: Vec<Location> = involved.iter().map(|&article| (self.place)(article).location).collect();
        let readings = inputs.reread(&settings.read, &wanted, &|_| {}, |_, article| {
            Reading::of(article, shells, settings.window_words)
        })?;
        // `involved` holds both ends of every pair, so each is found.
        let reading = |article: u32| &readings[involved.partition_point(|&other| other < article)];
        let edge = |&(a, b): &(u32, u32)| {
            let (comparison, kind) = verify(reading(a), reading(b), &rules)?;
            Some(Edge { a, b, comparison, kind })
        };
        Ok(pairs.par_iter().filter_map(edge).collect())
    }
}

/// Cuts pairs into blocks whose articles fit a budget together.
pub(super) struct Blocks {
    budget: u64,
    blocks: u32,
    /// The last block that an article was in.
    block_of: Vec<u32>,
}

/// The next pairs.
pub(super) struct Block {
    /// How many, one at least.
    pub(super) pairs: usize,
    /// What their articles take.
    pub(super) bytes: u64,
}

impl Blocks {
    pub(super) fn new(articles: usize, budget: u64) -> Blocks {
        Blocks { budget, blocks: 0, block_of: vec![0; articles] }
    }

    /// The first of these pairs, which are not none. `bytes_of`: what an article takes.
    pub(super) fn next(&mut self, pairs: &[(u32, u32)], bytes_of: &dyn Fn(u32) -> u64) -> Block {
        let Blocks { budget, blocks, block_of } = self;
        *blocks += 1;
        let mut bytes = 0;
        for (length, &(a, b)) in pairs.iter().enumerate() {
            let is_new = |article: &&u32| block_of[**article as usize] != *blocks;
            let more = [a, b].iter().filter(is_new).map(|&article| bytes_of(article)).sum::<u64>();
            if length > 0 && bytes + more > *budget {
                return Block { pairs: length, bytes };
            }
            bytes += more;
            block_of[a as usize] = *blocks;
            block_of[b as usize] = *blocks;
        }
        Block { pairs: pairs.len(), bytes }
    }
}

/// Sorts pairs so that those which hang together, directly or by others, follow one another.
fn put_together(pairs: &mut [(u32, u32)], articles: usize) {
    let mut components = Components::new(articles);
    pairs.iter().for_each(|&(a, b)| components.join(a, b));
    let first: Vec<u32> = (0..articles as u32).map(|article| components.first(article)).collect();
    pairs.par_sort_unstable_by_key(|&(a, b)| (first[a as usize], a, b));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::run;

    #[test]
    fn any_budget_finds_the_same_edges_and_holds_no_more_than_it_allows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        // Six stories in five versions each, and versions that link two stories.
        let lines: String = (0..30)
            .map(|n: usize| {
                let word = |place: usize| format!("w{}x{}", if place < 30 { n % 6 } else { (n + n / 25) % 6 }, place);
                let text: Vec<String> = (0..60).map(word).collect();
                format!("{{\"id\":\"{n:02}\",\"text\":\"{} own{n} word{n}\"}}\n", text.join(" "))
            })
            .collect();
        std::fs::write(&path, lines).unwrap();
        let settings = Settings { boilerplate: crate::settings::Boilerplate::Off, ..Settings::default() };
        let run = run(std::slice::from_ref(&path), &settings, Default::default(), &()).unwrap();
        let inputs = crate::read::discover(&[path], &settings.read).unwrap();
        let place = |article: u32| run.records[article as usize].place();
        let texts = Texts { inputs: &inputs, settings: &settings, articles: 30, place: &place, shells: &run.shells };
        let pairs: Vec<(u32, u32)> =
            (0..30).flat_map(|a| (a + 1..30).map(move |b| (a, b))).filter(|(a, b)| (a + b) % 2 == 0).collect();
        let whole = texts.compare(None, pairs.clone(), &()).unwrap();
        assert_eq!(whole.blocks, 1);
        assert!(whole.edges.len() > 20 && whole.edges.is_sorted_by_key(|edge| (edge.a, edge.b)));
        let mut blocks = Vec::new();
        for budget in [0, 60_000, 240_000] {
            let parts = texts.compare(Some(budget), pairs.clone(), &()).unwrap();
            assert_eq!(parts.edges, whole.edges);
            assert!(parts.block_bytes <= budget / 6 || budget == 0, "{} of {budget}", parts.block_bytes);
            blocks.push(parts.blocks);
        }
        assert_eq!(blocks[0], pairs.len(), "a pair at least");
        assert!(blocks.is_sorted_by(|a, b| a > b) && blocks[2] > 1, "{blocks:?}");
    }

    #[test]
    fn pairs_that_hang_together_follow_one_another() {
        let mut pairs = vec![(0, 4), (1, 2), (2, 3), (4, 5), (6, 7)];
        put_together(&mut pairs, 8);
        assert_eq!(pairs, [(0, 4), (4, 5), (1, 2), (2, 3), (6, 7)]);
    }
}
