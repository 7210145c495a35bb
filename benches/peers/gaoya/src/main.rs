//! One peer, end to end: articles as JSON lines in, pairs of line numbers out.
//!
//! usage: peer-gaoya CORPUS PAIRS.tsv BANDS ROWS
//!
//! Done as gaoya's own documentation does it: `MinHasher32`, a `MinHashIndex` over all articles, then a query an
//! article, in which the index compares the whole signatures of its candidates with the threshold. Ids are kept in
//! `VecContainer`, which gaoya calls faster and smaller where nothing is removed. Rayon is used wherever gaoya offers it.
//!
//! Words are runs of letters and digits, lower case, NFC. A word 5-gram is a slice of the words put one behind the other
//! with a space between, so that gaoya hashes it without a copy.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};

use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32, VecContainer};
use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;

const WINDOW_WORDS: usize = 5;
const THRESHOLD: f64 = 0.7;

/// So many lines are held as text at a time: the peers, like wirecopy, need not hold all of it.
const BATCH: usize = 4_096;

#[derive(serde::Deserialize)]
struct Article<'a> {
    #[serde(borrow)]
    text: std::borrow::Cow<'a, str>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, pairs, bands, rows] = &arguments[..] else {
        return Err("usage: peer-gaoya CORPUS PAIRS.tsv BANDS ROWS".into());
    };
    let (bands, rows): (usize, usize) = (bands.parse()?, rows.parse()?);

    let hasher = MinHasher32::new(bands * rows);
    let mut index = MinHashIndex::<u32, u32, VecContainer<u32>>::new_index(bands, rows, THRESHOLD);
    let mut lines = BufReader::with_capacity(1 << 20, File::open(corpus)?).lines();
    let mut articles = 0u32;
    loop {
        let batch: Vec<String> = lines.by_ref().take(BATCH).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            break;
        }
        let signatures: Vec<Vec<u32>> =
            batch.par_iter().map(|line| signature(&hasher, line)).collect::<Result<_, serde_json::Error>>()?;
        let ids = (articles..articles + batch.len() as u32).collect();
        articles += batch.len() as u32;
        index.par_bulk_insert(ids, signatures);
    }

    let found: Vec<Vec<u32>> = (0..articles)
        .into_par_iter()
        .map(|article| {
            let mut partners: Vec<u32> =
                index.query_by_id(&article).into_iter().copied().filter(|&other| other > article).collect();
            partners.sort_unstable();
            partners
        })
        .collect();
    let mut out = BufWriter::new(File::create(pairs)?);
    for (article, partners) in found.iter().enumerate() {
        for partner in partners {
            writeln!(out, "{article}\t{partner}")?;
        }
    }
    out.flush()?;
    Ok(())
}

fn signature(hasher: &MinHasher32<impl std::hash::BuildHasher>, line: &str) -> serde_json::Result<Vec<u32>> {
    let article: Article<'_> = serde_json::from_str(line)?;
    let folded: String = article.text.to_lowercase().nfc().collect();
    let mut words = String::with_capacity(folded.len());
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        spans.push((words.len(), words.len() + word.len()));
        words.push_str(word);
    }
    let window = WINDOW_WORDS.min(spans.len()).max(1);
    Ok(hasher.create_signature(spans.windows(window).map(|window| &words[window[0].0..window[window.len() - 1].1])))
}
