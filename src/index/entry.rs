//! An article in, what an index keeps of it out: its document, the card, and the keys that find it.

use std::borrow::Cow;
use std::cell::RefCell;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::article::{Article, Published};
use crate::boilerplate::ShellTable;
use crate::days::published;
use crate::events::{Profiler, TermTable, search_terms};
use crate::normalize::{HUGE_WORDS, Words};
use crate::settings::Level;
use crate::shingle::{Shingler, content_hash};
use crate::sketch::{is_sampled, sketch};

use super::imprint;
use super::segment::{Card, Identity, RATES};

/// What an index keeps of an article.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) card: Card,
    pub(super) outlet: Option<String>,
    /// The article as a line of JSON.
    pub(super) document: Vec<u8>,
    /// The upper halves of its sampled shingles.
    pub(super) samples: Vec<u32>,
    /// [`imprint::of`] its shingles.
    pub(super) imprint: Vec<u8>,
    /// The heaviest terms of what it reports.
    pub(super) terms: Vec<u32>,
    /// Whether it is an earlier version of an article, and another one holds.
    pub(super) earlier: bool,
}

/// What articles are stored under.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Frozen {
    pub(super) shells: ShellTable,
    pub(super) terms: TermTable,
}

/// An article is found as a report of an event by so many of its terms.
pub(super) const TERMS: usize = 12;

/// Buffers that one thread uses for article after article.
#[derive(Default)]
struct Scratch {
    words: Words,
    hashes: Vec<u64>,
    shingler: Shingler,
    profiler: Profiler,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Entry {
    /// What is kept of `article` under these tables; `None` where it has no word.
    pub(super) fn of(article: &Article<'_>, frozen: &Frozen, window_words: usize) -> Option<Entry> {
        let (mut entry, imprint) = Entry::and(article, frozen, window_words, Level::Events, imprint::of)?;
        entry.document = document(article);
        entry.card.record_hash = record_hash(article);
        entry.imprint = imprint;
        Some(entry)
    }

    /// The same without document and imprint, up to `level` without terms; and what `of_shingles` makes of its different shingles, in
    /// rising order.
    pub(super) fn and<T>(
        article: &Article<'_>,
        frozen: &Frozen,
        window_words: usize,
        level: Level,
        of_shingles: impl FnOnce(&[u64]) -> T,
    ) -> Option<(Entry, T)> {
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch { words, hashes, shingler, profiler } = scratch;
            words.read(&article.text);
            if words.is_empty() {
                return None;
            }
            hashes.clear();
            hashes.extend(words.hashes());
            let kept = frozen.shells.kept(article.source.as_deref().unwrap_or(""), words);
            let terms = match level {
                Level::Copies => Vec::new(),
                Level::Events => {
                    let mut profile = [profiler.profile(article, words, kept.as_deref())];
                    frozen.terms.weigh(&mut profile);
                    search_terms(&profile[0], TERMS).into_iter().map(|(term, _)| term).collect()
                }
            };
            if let Some(kept) = frozen.shells.without_posts(kept, words) {
                hashes.clear();
                kept.into_iter().for_each(|run| hashes.extend(words.hashes_of(run)));
            }
            let shingles = shingler.different(hashes, window_words);
            let samples = sketch(shingles);
            let sampled = |halvings: u32| {
                let count = samples.iter().filter(|&&value| is_sampled(value, halvings)).count();
                u16::try_from(count).unwrap_or(u16::MAX)
            };
            let card = Card {
                id: id_hash(&stored_id(article)),
                content: content_hash(hashes),
                words_hash: words.fingerprint(),
                record_hash: 0,
                published: article.published,
                outlet: None,
                words: hashes.len() as u32,
                shingles: shingles.len() as u32,
                sampled: std::array::from_fn::<u16, RATES, _>(|halvings| sampled(halvings as u32)),
            };
            let outlet = article.source.as_deref().map(str::to_owned);
            let (document, imprint) = (Vec::new(), Vec::new());
            let entry = Entry { card, outlet, document, samples, imprint, terms, earlier: false };
            let made = of_shingles(shingles);
            if words.len() > HUGE_WORDS {
                *scratch = Scratch::default();
            }
            Some((entry, made))
        })
    }
}

impl Identity {
    /// Of an article with these words.
    pub(crate) fn of(article: &Article<'_>, words: &Words, content: u64) -> Identity {
        Identity {
            content,
            id: id_hash(&stored_id(article)),
            words_hash: words.fingerprint(),
            record_hash: record_hash(article),
        }
    }
}

/// What tells articles apart: 128 bits, so that two ids with one hash are not to be expected among any number of articles.
pub(crate) fn id_hash(id: &str) -> u128 {
    xxh3_128(id.as_bytes())
}

/// An article as it stands in a document. What is not known is left out.
#[derive(Debug, Serialize, Deserialize)]
struct Document<'a> {
    id: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<Cow<'a, str>>,
    text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Cow<'a, str>>,
}

/// The id under which an article is stored: its own, or where it has none a hash of all that is known of it. Where a record stands
/// says nothing tomorrow.
pub(super) fn stored_id<'a>(article: &'a Article<'_>) -> Cow<'a, str> {
    if !article.id_is_place {
        return Cow::Borrowed(&article.id);
    }
    let without_id = Article { id: "".into(), id_is_place: false, ..article.clone() };
    Cow::Owned(format!("r-{:016x}", record_hash(&without_id)))
}

/// A hash of all that is known of an article: of its time the moment, or what a clock showed that is only assumed, and may not be known yet.
pub(super) fn record_hash(article: &Article<'_>) -> u64 {
    let shown = |published: Published| {
        let is_open = published.is_assumed || published.offset_minutes.is_none() || published.is_day;
        let seconds = if is_open { published.wall_seconds() } else { published.epoch_seconds };
        Published { is_day: published.is_day, ..Published::at(seconds) }
    };
    xxh3_64(&document(&Article { published: article.published.map(shown), ..article.clone() }))
}

/// The document of an article: one line, its end included, under the names that every reader of ours knows.
pub fn document(article: &Article<'_>) -> Vec<u8> {
    let borrowed = |field: &'_ Option<Cow<'_, str>>| field.as_deref().map(|text| Cow::Owned(text.to_owned()));
    let document = Document {
        id: stored_id(article),
        source: borrowed(&article.source),
        published: article.published.as_ref().map(Published::to_string),
        title: borrowed(&article.title),
        lead: borrowed(&article.lead),
        text: Cow::Borrowed(&article.text),
        cluster: borrowed(&article.label),
    };
    // Strings alone: there is nothing that JSON can't hold.
    let mut line = serde_json::to_vec(&document).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The article of a document; `None` where it is none.
pub(crate) fn article(document: &str) -> Option<Article<'static>> {
    let Document { id, source, published, title, lead, text, cluster } = serde_json::from_str(document).ok()?;
    let owned = |field: Option<Cow<'_, str>>| field.map(|text| Cow::Owned(text.into_owned()));
    Some(Article {
        id: Cow::Owned(id.into_owned()),
        id_is_place: false,
        id_is_name: false,
        source: owned(source),
        published: published.as_deref().and_then(published::parse),
        title: owned(title),
        lead: owned(lead),
        text: Cow::Owned(text.into_owned()),
        label: owned(cluster),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_gives_its_article_back() {
        let whole = Article {
            id_is_place: false,
            id_is_name: false,
            id: "https://a.vn/1?x=\"y\"\n\u{1b}[31m".into(),
            source: Some("a.vn".into()),
            published: Some(Published::at(-62_135_596_801)),
            title: Some("Giá vàng \u{202e} 8/12".into()),
            lead: Some("".into()),
            text: "Một hai\nba".into(),
            label: Some("7".into()),
        };
        let line = document(&whole);
        assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
        assert_eq!(article(std::str::from_utf8(&line).unwrap()).unwrap(), whole);
        let bare = Article { id: "1".into(), text: "a".into(), ..Article::default() };
        assert_eq!(document(&bare), b"{\"id\":\"1\",\"text\":\"a\"}\n");
    }
}
