//! A few articles and all of them in, every pair that shares enough out.
//!
//! The shingles of the sample stand in one hash table; every article of the input is read once and looked up in it shingle
//! by shingle, which counts exactly how many it shares with each of the sample. Only pairs that share as many as the rules
//! ask for at least are compared, so none is missed, and nothing is estimated. Of the input no more is held than the article
//! at hand.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::normalize::Words;
use crate::shingle::{ShingleSet, shingles_into};
use crate::verify::{Comparison, Kind, Reading, Rules, Size, verify};

/// The sample, ready to be met by every article.
pub(super) struct Sample<'s> {
    /// Which articles they are.
    articles: &'s [u32],
    readings: Vec<Reading>,
    /// For each shingle of the sample its range in `holders`.
    ranges: HashMap<u64, Range<u32>, BuildHasherDefault<AsIs>>,
    /// Places in `readings` of those that have a shingle, list behind list.
    holders: Vec<u32>,
    shells: &'s ShellTable,
}

/// A hash that is one already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Buffers that one thread uses for article after article.
#[derive(Default)]
struct Scratch {
    words: Words,
    hashes: Vec<u64>,
    shingles: Vec<u64>,
    /// How many shingles are shared with each of the sample; all zero between articles.
    shared: Vec<u32>,
    /// Which of those are not zero.
    met: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// One of the sample and an article that is an edge under the rules of the join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Met {
    /// Which of the sample, by its place there.
    pub(super) sampled: u32,
    pub(super) comparison: Comparison,
    /// By the rules of the join.
    pub(super) kind: Kind,
    /// By the rules in force.
    pub(super) kind_in_force: Option<Kind>,
}

impl<'s> Sample<'s> {
    /// `articles` by position, rising, and the readings of these.
    pub(super) fn of(articles: &'s [u32], readings: Vec<Reading>, shells: &'s ShellTable) -> Sample<'s> {
        let mut placed: Vec<(u64, u32)> = Vec::new();
        for (reading, place) in readings.iter().zip(0..) {
            placed.extend(reading.set.as_slice().iter().map(|&shingle| (shingle, place)));
        }
        placed.sort_unstable();
        let mut ranges = HashMap::default();
        let mut start = 0;
        for group in placed.chunk_by(|a, b| a.0 == b.0) {
            let end = start + group.len() as u32;
            ranges.insert(group[0].0, start..end);
            start = end;
        }
        let holders = placed.into_iter().map(|(_, place)| place).collect();
        Sample { articles, readings, ranges, holders, shells }
    }

    /// Every one of the sample that makes an edge with `article`, at position `own`, under `widest`: rules whose threshold is
    /// at most that of the rules `in_force` and which are the same otherwise. A pair of two sampled articles is met from
    /// both sides, and comes from the later one only.
    pub(super) fn meet(&self, own: u32, article: &Article<'_>, widest: &Rules, in_force: &Rules) -> Vec<Met> {
        let mut candidates = SCRATCH.with_borrow_mut(|scratch| self.candidates(article, widest, scratch));
        let is_sampled = self.articles.binary_search(&own).is_ok();
        candidates.retain(|&sampled| {
            let other = self.articles[sampled as usize];
            other != own && (other < own || !is_sampled)
        });
        if candidates.is_empty() {
            return Vec::new();
        }
        let reading = Reading::of(article, self.shells, widest.window_words);
        let met = |sampled: u32| {
            let other = &self.readings[sampled as usize];
            // In the order in which the pipeline compares them.
            let (a, b) = if own < self.articles[sampled as usize] { (&reading, other) } else { (other, &reading) };
            let (comparison, kind) = verify(a, b, widest)?;
            let kind_in_force = verify(a, b, in_force).map(|(_, kind)| kind);
            Some(Met { sampled, comparison, kind, kind_in_force })
        };
        candidates.into_iter().filter_map(met).collect()
    }

    /// Those of the sample that share as many shingles as an edge needs.
    fn candidates(&self, article: &Article<'_>, rules: &Rules, scratch: &mut Scratch) -> Vec<u32> {
        let Scratch { words, hashes, shingles, shared, met } = scratch;
        words.read(&article.text);
        hashes.clear();
        match self.shells.compared(article.source.as_deref().unwrap_or(""), words) {
            None => hashes.extend(words.hashes()),
            Some(kept) => hashes.extend(kept.into_iter().flatten().map(|index| xxh3_64(words.word(index).as_bytes()))),
        }
        shingles_into(hashes, rules.window_words, shingles);
        let set = ShingleSet::new(std::mem::take(shingles));
        shared.resize(self.readings.len(), 0);
        for shingle in set.as_slice() {
            let Some(range) = self.ranges.get(shingle) else { continue };
            for &place in &self.holders[range.start as usize..range.end as usize] {
                if shared[place as usize] == 0 {
                    met.push(place);
                }
                shared[place as usize] += 1;
            }
        }
        let size = Size { words: hashes.len(), shingles: set.len() };
        let mut candidates = Vec::new();
        for place in met.drain(..) {
            let count = std::mem::take(&mut shared[place as usize]) as usize;
            if count >= rules.shared_at_least(size, Size::of(&self.readings[place as usize])) {
                candidates.push(place);
            }
        }
        candidates.sort_unstable();
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Measure;
    use proptest::prelude::*;

    /// Sentences of the seed articles, of which the tests make news.
    fn sentences() -> Vec<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
        texts
            .flat_map(|text| text.split(['.', '\n']).map(|part| part.trim().to_owned()).collect::<Vec<_>>())
            .filter(|sentence| sentence.split(' ').count() > 3)
            .collect()
    }

    fn rules(measure: Measure, threshold: f64) -> Rules {
        Rules { window_words: 5, measure, threshold, excerpt_threshold: 0.65 }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_join_equals_comparing_every_pair(
            texts in prop::collection::vec(prop::collection::vec(0usize..40, 0..8), 2..20),
            sampled in prop::collection::vec(any::<bool>(), 20),
            threshold in 0.1f64..1.0,
            coverage in any::<bool>(),
        ) {
            let sentences = sentences();
            let text = |numbers: &Vec<usize>| numbers.iter().map(|&number| sentences[number].clone() + ". ").collect::<String>();
            let texts: Vec<String> = texts.iter().map(text).collect();
            let articles: Vec<Article<'_>> =
                texts.iter().map(|text| Article { text: text.into(), ..Article::default() }).collect();
            let shells = ShellTable::default();
            let readings: Vec<Reading> = articles.iter().map(|article| Reading::of(article, &shells, 5)).collect();
            let in_force = rules(if coverage { Measure::Coverage } else { Measure::Jaccard }, threshold);
            let widest = Rules { threshold: threshold / 2.0, ..in_force };

            let chosen: Vec<u32> = (0..texts.len() as u32).filter(|&place| sampled[place as usize]).collect();
            let of_chosen = chosen.iter().map(|&place| readings[place as usize].clone()).collect();
            let sample = Sample::of(&chosen, of_chosen, &shells);
            for (own, article) in (0..).zip(&articles) {
                let met = sample.meet(own, article, &widest, &in_force);
                let expected: Vec<Met> = (0..)
                    .zip(&chosen)
                    .filter(|&(_, &other)| other < own || other > own && !sampled[own as usize])
                    .filter_map(|(place, &other)| {
                        let (a, b) = (&readings[own.min(other) as usize], &readings[own.max(other) as usize]);
                        let (comparison, kind) = verify(a, b, &widest)?;
                        let kind_in_force = verify(a, b, &in_force).map(|(_, kind)| kind);
                        Some(Met { sampled: place, comparison, kind, kind_in_force })
                    })
                    .collect();
                prop_assert_eq!(met, expected);
            }
        }
    }
}
