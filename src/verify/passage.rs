//! Two texts in, the longest passage that both have word for word out: what shows a reader that one was taken from the other.

use std::collections::HashMap;
use std::ops::Range;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::normalize::Words;
use crate::shingle::shingles_into;

/// Of a shingle that stands in more places, the first so many are looked at: a text that says one thing over and over would cost
/// its square.
pub(crate) const MOST_PLACES: usize = 64;

/// A passage that stands in two articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedPassage {
    /// Where it stands in the text of the first, in bytes.
    pub span: Range<usize>,
    /// How many words it has.
    pub words: usize,
}

/// The longest run of words that both articles have, shells of `table` left out; the first of several. `None` where not even
/// `window_words` are the same.
///
/// ```
/// use wirecopy::{article::Article, boilerplate::ShellTable, verify::longest_passage};
/// let article = |text: &str| Article { text: text.to_owned().into(), ..Article::default() };
/// let a = article("Hà Nội, 8/12: Tổng thống Mỹ Joe Biden điện đàm với ông Putin.");
/// let b = article("Theo AFP, tổng thống Mỹ Joe Biden điện đàm với người đồng cấp.");
/// let passage = longest_passage(&a, &b, &ShellTable::default(), 5).unwrap();
/// assert_eq!(&a.text[passage.span], "Tổng thống Mỹ Joe Biden điện đàm với");
/// assert_eq!(passage.words, 8);
/// ```
pub fn longest_passage(
    a: &Article<'_>,
    b: &Article<'_>,
    table: &ShellTable,
    window_words: usize,
) -> Option<SharedPassage> {
    let (of_a, of_b) = (Kept::of(a, table), Kept::of(b, table));
    let window = window_words.min(of_a.hashes.len()).min(of_b.hashes.len());
    let (mut shingles_a, mut shingles_b) = (Vec::new(), Vec::new());
    shingles_into(&of_a.hashes, window, &mut shingles_a);
    shingles_into(&of_b.hashes, window, &mut shingles_b);
    let mut places: HashMap<u64, Vec<u32>> = HashMap::new();
    for (&shingle, place) in shingles_b.iter().zip(0..) {
        let places = places.entry(shingle).or_default();
        if places.len() < MOST_PLACES {
            places.push(place);
        }
    }
    // For each place of the second text, how many shingles up to it are the same as those up to the present one of the first.
    let (mut before, mut here): (HashMap<u32, usize>, HashMap<u32, usize>) = Default::default();
    let (mut longest, mut end) = (0, 0);
    for (at, shingle) in shingles_a.iter().enumerate() {
        here.clear();
        for &place in places.get(shingle).into_iter().flatten() {
            let run = place.checked_sub(1).and_then(|previous| before.get(&previous)).copied().unwrap_or(0) + 1;
            here.insert(place, run);
            if run > longest {
                (longest, end) = (run, at + window);
            }
        }
        std::mem::swap(&mut before, &mut here);
    }
    let words = (longest > 0).then(|| longest + window - 1)?;
    Some(SharedPassage { span: of_a.span(end - words..end), words })
}

/// The words of an article without its shells.
pub(crate) struct Kept {
    words: Words,
    /// Which of them are kept.
    places: Vec<usize>,
    /// Their hashes: those of [`Reading::words`](super::Reading::words).
    pub(crate) hashes: Vec<u64>,
}

impl Kept {
    /// Those of an article, the shells of `table` left out.
    pub(crate) fn of(article: &Article<'_>, table: &ShellTable) -> Kept {
        let words = Words::of(&article.text);
        let places: Vec<usize> = match table.compared(article.source.as_deref().unwrap_or(""), &words) {
            Some(kept) => kept.into_iter().flatten().collect(),
            None => (0..words.len()).collect(),
        };
        let all: Vec<u64> = words.hashes().collect();
        let hashes = places.iter().map(|&place| all[place]).collect();
        Kept { words, places, hashes }
    }

    /// How many words there are, shells and all.
    pub(crate) fn all(&self) -> usize {
        self.words.len()
    }

    /// Where in the text these kept words stand, in bytes; not empty.
    pub(crate) fn span(&self, kept: Range<usize>) -> Range<usize> {
        let place = |kept: usize| self.words.span(self.places[kept]);
        place(kept.start).start..place(kept.end - 1).end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn article(text: &str) -> Article<'static> {
        Article { text: text.to_owned().into(), ..Article::default() }
    }

    proptest! {
        #[test]
        fn no_longer_run_of_words_is_in_both(
            a in prop::collection::vec(0u32..4, 1..30),
            b in prop::collection::vec(0u32..4, 1..30),
            window in 1usize..5,
        ) {
            let text = |words: &[u32]| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
            let found = longest_passage(&article(&text(&a)), &article(&text(&b)), &ShellTable::default(), window);
            let stands = |length: usize| a.windows(length).any(|run| b.windows(length).any(|other| run == other));
            let longest = (1..=a.len().min(b.len())).rev().find(|&length| stands(length)).unwrap_or(0);
            prop_assert_eq!(found.as_ref().map_or(0, |passage| passage.words), if longest < window.min(a.len()).min(b.len()) { 0 } else { longest });
            if let Some(passage) = found {
                let shown = &text(&a)[passage.span];
                prop_assert_eq!(shown.split(' ').count(), passage.words);
                prop_assert!(text(&b).contains(shown));
            }
        }
    }
}
