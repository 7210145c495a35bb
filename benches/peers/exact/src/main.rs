//! An exact join, end to end: articles as JSON lines in, every pair of line numbers of Jaccard 0.7 and above out, with its
//! Jaccard. It is a peer, and what the others are held against.
//!
//! usage: peer-exact CORPUS PAIRS.tsv [tones]
//!
//! Two sets of at least 0.7 share one of their rarest shingles: of a set of `n`, any `n - ceil(0.7 n) + 1` hold one that the
//! other has too (prefix filter: Chaudhuri, Ganti, Kaushik, ICDE 2006). So only these are looked up in an inverted index,
//! smaller sets first, and each pair that meets there is compared in full. One thread.
//!
//! Words are runs of letters and digits, lower case, NFC; shingles are word 5-grams. With `tones` a word is the same wherever its
//! tone mark stands (hòa, hoà): so the truth is made, for copies are written both ways.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

const WINDOW_WORDS: usize = 5;
const THRESHOLD: f64 = 0.7;

#[derive(serde::Deserialize)]
struct Article<'a> {
    #[serde(borrow)]
    text: std::borrow::Cow<'a, str>,
}

/// The shingles of one article that others have too, the rarest first; of how many in all.
struct Set {
    shared: Vec<u32>,
    size: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (corpus, pairs, tones) = match &arguments[..] {
        [corpus, pairs] => (corpus, pairs, false),
        [corpus, pairs, tones] if tones == "tones" => (corpus, pairs, true),
        _ => return Err("usage: peer-exact CORPUS PAIRS.tsv [tones]".into()),
    };
    let mut sets = Vec::new();
    for line in BufReader::with_capacity(1 << 20, File::open(corpus)?).lines() {
        sets.push(shingles(&serde_json::from_str::<Article<'_>>(&line?)?.text, tones));
    }
    let mut out = BufWriter::new(File::create(pairs)?);
    for (a, b, jaccard) in join(&ranked(sets)) {
        writeln!(out, "{a}\t{b}\t{jaccard}")?;
    }
    out.flush()?;
    Ok(())
}

fn shingles(text: &str, tones: bool) -> Vec<u64> {
    let folded: String = text.to_lowercase().nfc().collect();
    let words: Vec<u64> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| if tones { xxh3_64(settled(word).as_bytes()) } else { xxh3_64(word.as_bytes()) })
        .collect();
    let shingle = |window: &[u64]| xxh3_64(&window.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>());
    let mut shingles: Vec<u64> = words.windows(WINDOW_WORDS.min(words.len()).max(1)).map(shingle).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// The word with its tone mark where it is put now, if it ends as one whose mark was put elsewhere once.
fn settled(word: &str) -> String {
    const ENDINGS: &str = "òa oà óa oá ỏa oả õa oã ọa oạ òe oè óe oé ỏe oẻ õe oẽ ọe oẹ ùy uỳ úy uý ủy uỷ ũy uỹ ụy uỵ";
    let endings: Vec<&str> = ENDINGS.split(' ').collect();
    for ending in endings.chunks(2) {
        // Behind q the u is no vowel of its own.
        if let Some(start) =
            word.strip_suffix(ending[0]).filter(|start| !(start.ends_with('q') && ending[1].starts_with('u')))
        {
            return format!("{start}{}", ending[1]);
        }
    }
    word.to_owned()
}

/// Shingles by their rank among those of two articles and more, the rarest first.
fn ranked(sets: Vec<Vec<u64>>) -> Vec<Set> {
    let mut all: Vec<u64> = sets.iter().flatten().copied().collect();
    all.sort_unstable();
    let mut shared: Vec<(usize, u64)> =
        all.chunk_by(|a, b| a == b).filter(|run| run.len() > 1).map(|run| (run.len(), run[0])).collect();
    drop(all);
    shared.sort_unstable();
    let rank: HashMap<u64, u32> = shared.into_iter().map(|(_, shingle)| shingle).zip(0..).collect();
    let set = |shingles: Vec<u64>| {
        let mut shared: Vec<u32> = shingles.iter().filter_map(|shingle| rank.get(shingle).copied()).collect();
        shared.sort_unstable();
        Set { shared, size: shingles.len() }
    };
    sets.into_iter().map(set).collect()
}

fn join(sets: &[Set]) -> Vec<(usize, usize, f64)> {
    let mut by_size: Vec<usize> = (0..sets.len()).collect();
    by_size.sort_by_key(|&article| sets[article].size);
    let mut with: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for article in by_size {
        let set = &sets[article];
        let needed = (THRESHOLD * set.size as f64 - 1e-9).ceil() as usize;
        // Shingles that no other article has are the rarest of all, and lead nowhere.
        let alone = set.size - set.shared.len();
        let prefix = &set.shared[..(set.size - needed + 1).saturating_sub(alone).min(set.shared.len())];
        let met: HashSet<usize> = prefix.iter().filter_map(|shingle| with.get(shingle)).flatten().copied().collect();
        for other in met.into_iter().filter(|&other| sets[other].size >= needed) {
            let both = in_both(&set.shared, &sets[other].shared);
            let jaccard = both as f64 / (set.size + sets[other].size - both) as f64;
            if jaccard >= THRESHOLD - 1e-12 {
                found.push((article.min(other), article.max(other), jaccard));
            }
        }
        prefix.iter().for_each(|&shingle| with.entry(shingle).or_default().push(article));
    }
    found.sort_unstable_by_key(|&(a, b, _)| (a, b));
    found
}

fn in_both(a: &[u32], b: &[u32]) -> usize {
    let (mut at_a, mut at_b, mut both) = (0, 0, 0);
    while at_a < a.len() && at_b < b.len() {
        let (x, y) = (a[at_a], b[at_b]);
        both += usize::from(x == y);
        at_a += usize::from(x <= y);
        at_b += usize::from(y <= x);
    }
    both
}
