//! The words of many articles in, the shells among them out.
//!
//! A shell is a line or sentence that an outlet puts around its news: share buttons, copyright lines, "Bình luận (0)".
//! Shells make copies look different and strangers alike, so they are found in a first pass over all articles and left
//! out of the shingles.
//!
//! What recurs is not yet a shell: a story that twenty outlets ran recurs as well. The difference is what stands around
//! it. Copies of one story share most of their sentences; the articles that share a shell share little else. So a
//! sentence is counted not in articles but in *stories*: each article gets a few story keys, minima of its sentence
//! hashes (MinHash, Broder 1997), which copies agree on and strangers don't, and the support of a sentence is the
//! number of different keys among the articles that have it (the mean over the hash functions). Exact duplicates have the same keys and so count once.
//!
//! What stands in too few articles to be learned, and is no story all the same, is known by its structure: see `gallery` and
//! `post`.
//!
//! Counted an outlet at a time; where outlets are unknown, the whole input is one. Outlets are told apart by their name.

mod gallery;
mod post;

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::normalize::Words;
use crate::stored::{Memory, Stored, StoredError};

/// A sentence must recur in this many stories of an outlet to be a shell. Background sentences of a running story recur
/// two to four times in one outlet's follow-ups; shells recur in nearly every article.
const MIN_STORIES: usize = 6;

/// ... and in one of so many of the outlet's articles. Where an aggregator is all the outlet that is known, a statement
/// that ten papers quote is found in ten stories of one "outlet"; among 20,000 articles that is not a shell. With no such
/// bound, 5 of 22 labelled excerpts of a stream of that kind were lost.
const MAX_ARTICLES_PER_STORY: usize = 1_000;

/// ... and in this share of the articles that have it the story must be another, else it is a story that many ran.
const MIN_STORY_SHARE: f64 = 0.4;

/// A sentence inside a line needs this many words; shorter ones are stock phrases. A line of its own needs one.
const MIN_SENTENCE_WORDS: usize = 4;

/// Where less than this share of an article would remain, all of it is kept: it is a bulletin, not a shell.
const MIN_REMAINDER: f64 = 0.2;

/// A gallery or posts are left out only if the article has at least this many other words. With fewer, the page is about them.
const MIN_STORY_WORDS: usize = 40;

/// How many story keys an article has. More tell stories apart more surely where shells are long.
const STORY_KEYS: usize = 4;

/// What the first pass keeps of an article: some 8 bytes a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// One key for each sentence and line that may be a shell, its outlet mixed in; sorted, each once.
    keys: Vec<u64>,
    /// Hash of the outlet's name.
    outlet: u64,
    /// Minima of the keys under [`STORY_KEYS`] hash functions.
    story: [u32; STORY_KEYS],
}

impl Outline {
    /// The outline of an article of `outlet` (empty where unknown) with these words.
    pub fn of(outlet: &str, words: &Words) -> Outline {
        let outlet = outlet_hash(outlet);
        let mut keys: Vec<u64> = eligible(words).map(|range| segment_key(outlet, words.run_bytes(range))).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut story = [u32::MAX; STORY_KEYS];
        for (function, minimum) in story.iter_mut().enumerate() {
            let hash = |key: &u64| (xxh3_64_with_seed(&key.to_le_bytes(), function as u64) >> 32) as u32;
            *minimum = keys.iter().map(hash).min().unwrap_or(u32::MAX);
        }
        Outline { keys, outlet, story }
    }

    /// Its keys, the hash of its outlet, and its story keys.
    #[cfg(feature = "arrow")]
    pub(crate) fn parts(&self) -> (&[u64], u64, &[u32]) {
        (&self.keys, self.outlet, &self.story)
    }
}

/// The outlines of many articles, of which each is a number: the first is 0.
#[derive(Debug, Default)]
pub(crate) struct Outlines {
    heads: Vec<Head>,
    /// The keys of one article behind those of the other.
    keys: Stored<u64>,
}

/// Of an outline all but its keys.
#[derive(Debug, Clone, Copy)]
struct Head {
    /// Where its keys end; those of the next begin there.
    end: usize,
    outlet: u64,
    story: [u32; STORY_KEYS],
}

impl Outlines {
    pub(crate) fn new(memory: &Memory) -> Result<Outlines, StoredError> {
        Ok(Outlines { heads: Vec::new(), keys: Stored::new(memory)? })
    }

    /// Adds that of the next article.
    pub(crate) fn push(&mut self, outline: &Outline) -> Result<(), StoredError> {
        self.keys.extend(&outline.keys)?;
        self.heads.push(Head { end: self.keys.len(), outlet: outline.outlet, story: outline.story });
        Ok(())
    }

    /// Calls `work` with each of these articles and its keys, which rise.
    fn for_each(&self, articles: Range<usize>, mut work: impl FnMut(u32, &[u64])) -> Result<(), StoredError> {
        let mut reader = self.keys.reader_in_order();
        let mut from = articles.start.checked_sub(1).map_or(0, |before| self.heads[before].end);
        for article in articles {
            let end = self.heads[article].end;
            work(article as u32, reader.get(from..end)?);
            from = end;
        }
        Ok(())
    }

    /// Those articles of which other words are kept by one table than by the other: they have a shell of the one that is none of
    /// the other. `others`: the other table for each article.
    pub(crate) fn differing<'t>(
        &self,
        shells: &ShellTable,
        others: impl Fn(u32) -> &'t ShellTable + Sync,
    ) -> Result<Vec<u32>, StoredError> {
        let articles = self.heads.len();
        let parts: Result<Vec<Vec<u32>>, StoredError> = (0..articles.div_ceil(ARTICLES_AT_ONCE))
            .into_par_iter()
            .map(|part| {
                let mut differing = Vec::new();
                let from = part * ARTICLES_AT_ONCE;
                self.for_each(from..articles.min(from + ARTICLES_AT_ONCE), |article, keys| {
                    let others = others(article);
                    if keys.iter().any(|key| shells.keys.contains(key) != others.keys.contains(key)) {
                        differing.push(article);
                    }
                })?;
                Ok(differing)
            })
            .collect();
        Ok(parts?.concat())
    }

    /// What they take, wherever they are, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.keys.bytes() + size_of_val(&self.heads[..]) as u64
    }

    /// Those of these bytes that are in a file.
    pub(crate) fn bytes_in_file(&self) -> u64 {
        self.keys.bytes_in_file()
    }
}

/// The shells in force: a value that can be saved, passed in and fingerprinted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShellTable {
    /// Largest support first, then by key.
    shells: Vec<Shell>,
    #[serde(skip)]
    keys: HashSet<u64, BuildHasherDefault<KeyHasher>>,
    /// Whether nothing at all is left out, galleries and posts neither.
    #[serde(skip)]
    off: bool,
}

/// No shells: nothing but galleries and posts is left out.
impl Default for ShellTable {
    fn default() -> ShellTable {
        ShellTable::from_shells(Vec::new())
    }
}

/// Takes a key, which is a hash already, as its hash: every sentence of every article is looked up.
#[derive(Debug, Clone, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// One shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shell {
    /// Hash of its words and its outlet.
    pub key: u64,
    /// The number of different stories that it was found in.
    pub stories: u32,
    /// The position, in the input that the table was learned from, of one article that has it.
    #[serde(skip)]
    pub example: u32,
}

/// So many articles are gone through by one thread before it looks for others.
const ARTICLES_AT_ONCE: usize = 8192;

/// Keys are gone through in eight parts, by their highest bits: those of a million articles at once would be the most that a run
/// ever holds.
const PART_BITS: u32 = 3;

impl ShellTable {
    /// Learns the shells of all articles; `outlines` in input order.
    pub fn learn<O: Borrow<Outline>>(outlines: &[O]) -> ShellTable {
        let mut all = Outlines::default();
        let learned = outlines.iter().try_for_each(|outline| all.push(outline.borrow()));
        learned.and_then(|()| ShellTable::learn_from(&all, Some)).expect("a list in memory has no file that could fail")
    }

    /// The same. `place`: the position of each article, of which the least of a shell is its example; `None` where it is to be
    /// left out.
    pub(crate) fn learn_from(
        outlines: &Outlines,
        place: impl Fn(u32) -> Option<u32> + Sync,
    ) -> Result<ShellTable, StoredError> {
        let Outlines { heads, .. } = outlines;
        let mut articles_of: HashMap<u64, usize> = HashMap::new();
        for (head, article) in heads.iter().zip(0..) {
            if place(article).is_some() {
                *articles_of.entry(head.outlet).or_default() += 1;
            }
        }
        let of_outlet = |group: &[(u64, u32)]| articles_of[&heads[group[0].1 as usize].outlet];
        let mut shells: Vec<Shell> = Vec::new();
        for part in 0..1 << PART_BITS {
            let part_of = |key: u64| key >> (u64::BITS - PART_BITS);
            let mut found: Vec<(u64, u32)> = Vec::new();
            outlines.for_each(0..heads.len(), |article, keys| {
                let from = keys.partition_point(|&key| part_of(key) < part);
                let keys = keys[from..].iter().take_while(|&&key| part_of(key) == part);
                if place(article).is_some() {
                    found.extend(keys.map(|&key| (key, article)));
                }
            })?;
            found.par_sort_unstable();
            let groups = found.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() >= MIN_STORIES);
            let groups: Vec<&[(u64, u32)]> = groups.collect();
            let shells_of = |group: &[(u64, u32)]| shell(group, heads, &place, of_outlet(group));
            shells.par_extend(groups.into_par_iter().filter_map(shells_of));
        }
        Ok(ShellTable::of_shells(shells))
    }

    /// The table of these shells, whatever their order.
    pub(crate) fn of_shells(mut shells: Vec<Shell>) -> ShellTable {
        shells.sort_unstable_by_key(|shell| (std::cmp::Reverse(shell.stories), shell.key));
        ShellTable::from_shells(shells)
    }

    fn from_shells(shells: Vec<Shell>) -> ShellTable {
        let keys = shells.iter().map(|shell| shell.key).collect();
        ShellTable { shells, keys, off: false }
    }

    /// The table under which articles are compared as they are.
    pub fn off() -> ShellTable {
        ShellTable { off: true, ..ShellTable::default() }
    }

    /// The shells, largest support first.
    pub fn shells(&self) -> &[Shell] {
        &self.shells
    }

    /// The words to keep of an article of `outlet`, as ranges in order; `None` where that is all of them.
    pub fn kept(&self, outlet: &str, words: &Words) -> Option<Vec<Range<usize>>> {
        if self.off {
            return None;
        }
        let length = |ranges: &[Range<usize>]| ranges.iter().map(ExactSizeIterator::len).sum::<usize>();
        let mut galleries = gallery::galleries(words);
        if words.len() - length(&galleries) < MIN_STORY_WORDS {
            galleries.clear();
        }
        let story = words.len() - length(&galleries);
        let outlet = outlet_hash(outlet);
        let in_gallery = |range: &Range<usize>| {
            galleries.iter().any(|gallery| gallery.start < range.end && range.start < gallery.end)
        };
        let is_shell = |range: &Range<usize>| {
            self.keys.contains(&segment_key(outlet, words.run_bytes(range.clone()))) && !in_gallery(range)
        };
        let mut shells: Vec<Range<usize>> =
            if self.keys.is_empty() { Vec::new() } else { eligible(words).filter(is_shell).collect() };
        if !is_enough(story, length(&shells)) {
            shells.clear();
        }
        let mut left_out = [galleries, shells].concat();
        if left_out.is_empty() {
            return None;
        }
        left_out.sort_unstable_by_key(|range| range.start);
        let mut kept = Vec::with_capacity(left_out.len() + 1);
        let mut from = 0;
        for range in left_out {
            if from < range.start {
                kept.push(from..range.start);
            }
            from = range.end;
        }
        if from < words.len() {
            kept.push(from..words.len());
        }
        Some(kept)
    }

    /// The same without the posts that stand in it, and what quotes them: what two articles are compared by. That two of them quote
    /// one post says something of their event, and nothing of who copied whom.
    pub fn compared(&self, outlet: &str, words: &Words) -> Option<Vec<Range<usize>>> {
        self.without_posts(self.kept(outlet, words), words)
    }

    /// What of the words that are `kept` is compared.
    pub(crate) fn without_posts(&self, kept: Option<Vec<Range<usize>>>, words: &Words) -> Option<Vec<Range<usize>>> {
        let posts = if self.off { Vec::new() } else { post::posts(words) };
        if posts.is_empty() {
            return kept;
        }
        let whole = 0..words.len();
        let ranges = kept.as_deref().unwrap_or(std::slice::from_ref(&whole));
        let mut compared = Vec::with_capacity(ranges.len() + posts.len());
        for range in ranges {
            let mut from = range.start;
            for post in posts.iter().filter(|post| post.start < range.end && range.start < post.end) {
                compared.extend((from < post.start).then_some(from..post.start));
                from = post.end;
            }
            compared.extend((from < range.end).then_some(from..range.end));
        }
        let is_story = compared.iter().map(ExactSizeIterator::len).sum::<usize>() >= MIN_STORY_WORDS;
        if is_story { Some(compared) } else { kept }
    }

    /// The words of an article of `outlet` that are shells of this table, as they stand in its first such place: the
    /// example that a report shows for the shell `key`.
    pub fn example(&self, key: u64, outlet: &str, words: &Words) -> Option<Range<usize>> {
        let outlet = outlet_hash(outlet);
        eligible(words).find(|range| segment_key(outlet, words.run_bytes(range.clone())) == key)
    }

    /// A number that changes with the table: xxh3 of its sorted keys. An empty table has one too.
    pub fn fingerprint(&self) -> u64 {
        let mut keys: Vec<u64> = self.shells.iter().map(|shell| shell.key).collect();
        keys.sort_unstable();
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        xxh3_64(&bytes)
    }

    /// The table as JSON, to be read by [`ShellTable::from_json`].
    ///
    /// # Errors
    /// None that can come from a table; the signature is that of the writer.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The table that [`ShellTable::to_json`] wrote.
    ///
    /// # Errors
    /// Where `text` is not such a table: what was found, with its line and column.
    pub fn from_json(text: &str) -> serde_json::Result<ShellTable> {
        let table: ShellTable = serde_json::from_str(text)?;
        Ok(ShellTable::from_shells(table.shells))
    }
}

/// What was counted of a sentence or line of one outlet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Support {
    /// How many articles have it.
    pub(crate) articles: usize,
    /// How many different story keys these have, the sum over the functions.
    pub(crate) story_keys: usize,
    /// How many articles the outlet has.
    pub(crate) of_outlet: usize,
}

impl Support {
    /// The number of stories, if these make a shell.
    pub(crate) fn stories_of_a_shell(self) -> Option<u32> {
        let needed = MIN_STORIES.max(self.of_outlet.div_ceil(MAX_ARTICLES_PER_STORY));
        // The mean over the functions: one alone may happen on a sentence that all, or none, of the articles share.
        let stories = self.story_keys / STORY_KEYS;
        let enough = stories >= needed && stories as f64 >= MIN_STORY_SHARE * self.articles as f64;
        enough.then_some(stories as u32)
    }
}

/// The shell that the articles of one group make, if they do. `of_outlet`: how many articles their outlet has.
fn shell(group: &[(u64, u32)], heads: &[Head], place: impl Fn(u32) -> Option<u32>, of_outlet: usize) -> Option<Shell> {
    let stories = (0..STORY_KEYS).map(|function| {
        let mut keys: Vec<u32> = group.iter().map(|&(_, article)| heads[article as usize].story[function]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len()
    });
    let support = Support { articles: group.len(), story_keys: stories.sum(), of_outlet };
    let stories = support.stories_of_a_shell()?;
    let example = group.iter().filter_map(|&(_, article)| place(article)).min()?;
    Some(Shell { key: group[0].0, stories, example })
}

/// Each two words with digits that stand beside each other or a word apart. Every article is asked for what these make, and most
/// of its numbers have no other near.
fn close_numbers(words: &Words) -> impl Iterator<Item = (usize, usize)> + '_ {
    let pairs = words.with_digits().windows(2).filter(|pair| pair[1] - pair[0] <= 2);
    pairs.map(|pair| (pair[0] as usize, pair[1] as usize))
}

/// The word ranges of the sentences and lines that may be shells.
pub(crate) fn eligible(words: &Words) -> impl Iterator<Item = Range<usize>> + '_ {
    words
        .segments()
        .filter(|segment| segment.whole_line || segment.words.len() >= MIN_SENTENCE_WORDS)
        .map(|segment| segment.words)
}

/// Whether enough of an article remains when `left_out` of its `words` are left out.
pub(crate) fn is_enough(words: usize, left_out: usize) -> bool {
    (words - left_out) as f64 >= MIN_REMAINDER * words as f64
}

fn outlet_hash(outlet: &str) -> u64 {
    xxh3_64(outlet.as_bytes())
}

fn segment_key(outlet: u64, folded: &[u8]) -> u64 {
    xxh3_64_with_seed(folded, outlet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(articles: &[(&str, String)]) -> (ShellTable, Vec<Words>) {
        let words: Vec<Words> = articles.iter().map(|(_, text)| Words::of(text)).collect();
        let outlines: Vec<Outline> =
            articles.iter().zip(&words).map(|((outlet, _), words)| Outline::of(outlet, words)).collect();
        (ShellTable::learn(&outlines), words)
    }

    fn kept(table: &ShellTable, outlet: &str, words: &Words) -> String {
        let ranges = table.kept(outlet, words);
        let kept: Vec<usize> =
            ranges.map_or((0..words.len()).collect(), |ranges| ranges.into_iter().flatten().collect());
        kept.into_iter().map(|index| words.word(index)).collect::<Vec<_>>().join(" ")
    }

    fn news(number: usize) -> String {
        (0..5).map(|line| format!("Tin số {number} câu thứ {line} về việc {}.\n", number * 7 + line)).collect()
    }

    #[test]
    fn a_line_in_many_stories_of_an_outlet_is_a_shell_of_that_outlet_only() {
        let mut articles: Vec<(&str, String)> =
            (0..10).map(|number| ("a.vn", format!("{}Bình luận (0)\n", news(number)))).collect();
        articles.push(("b.vn", format!("{}Bình luận (0)\n", news(99))));
        let (table, words) = learn(&articles);
        assert_eq!(table.shells().len(), 1);
        assert!((8..=10).contains(&table.shells()[0].stories), "a few keys may fall on the shell itself");
        assert!(!kept(&table, "a.vn", &words[0]).contains("bình luận"));
        assert!(kept(&table, "a.vn", &words[0]).contains("tin số 0 câu thứ 4"));
        assert!(kept(&table, "b.vn", &words[10]).contains("bình luận"));
    }

    #[test]
    fn a_story_that_twenty_outlets_ran_is_not_a_shell_though_outlets_are_unknown() {
        let mut articles: Vec<(&str, String)> =
            (0..20).map(|copy| ("", format!("Theo báo {copy}.\n{}Người thứ {copy} gửi\n", news(5)))).collect();
        articles.extend((100..200).map(|number| ("", news(number))));
        assert_eq!(learn(&articles).0.shells(), []);
    }

    #[test]
    fn an_article_that_is_nearly_all_shell_is_kept_whole() {
        let frame =
            "Giá vàng hôm nay như sau ở các tỉnh.\nNgười mua cần cân nhắc kỹ lưỡng trước khi mua.\nTheo báo chí.\n";
        let mut articles: Vec<(&str, String)> =
            (0..10).map(|number| ("a.vn", format!("{}{frame}", news(number)))).collect();
        articles.push(("a.vn", format!("{frame}36 triệu\n")));
        let (table, words) = learn(&articles);
        assert!(!kept(&table, "a.vn", &words[0]).contains("giá vàng"));
        assert!(kept(&table, "a.vn", &words[10]).contains("giá vàng"));
    }

    #[test]
    fn a_gallery_is_left_out_unless_nothing_is_switched_on_or_it_is_the_article() {
        let captions =
            (1..=5).map(|number| format!("Photos: The fair A stall. Hide Caption {number} of 5 ")).collect::<String>();
        let story: String = (0..50).map(|word| format!("w{word} ")).collect();
        let words = Words::of(&format!("{story}\n{captions}"));
        assert_eq!(kept(&ShellTable::default(), "", &words), story.trim());
        assert_eq!(ShellTable::off().kept("", &words), None);
        assert_eq!(ShellTable::default().kept("", &Words::of(&format!("A fair.\n{captions}"))), None);
    }

    #[test]
    fn the_table_is_the_same_for_any_order_and_survives_being_saved() {
        let mut articles: Vec<(&str, String)> =
            (0..12).map(|number| ("a.vn", format!("{}Chia sẻ bài viết này lên mạng.\n", news(number)))).collect();
        let (table, _) = learn(&articles);
        articles.reverse();
        let (reversed, _) = learn(&articles);
        assert_eq!(table.fingerprint(), reversed.fingerprint());
        let saved = ShellTable::from_json(&table.to_json().unwrap()).unwrap();
        assert_eq!(saved.fingerprint(), table.fingerprint());
        assert_ne!(table.fingerprint(), ShellTable::default().fingerprint());
        assert!(ShellTable::from_json("{\"shels\":[]}").is_err());
    }
}
