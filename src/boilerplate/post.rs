//! The words of an article in, the posts that are embedded in it out.
//!
//! A post of a social network that stands in an article ends with who wrote it and when: "— Ann Lee (@annlee) May 29, 2018".
//! Everyone quotes the posts that matter, often twice: as the embedded post, and in quotation marks. So two short reports of
//! different papers share most of their words, and neither copied the other. A post is left out as a quoted document, and so
//! are the sentences that quote it word for word.
//!
//! Words are all that is looked at here, and the gaps between them: ` — `, ` (@` and `) `.

use std::ops::Range;

use crate::normalize::Words;

use super::{MIN_SENTENCE_WORDS, close_numbers, eligible};

/// A post has at most this many words, with who wrote it and when: more than any network allowed in one.
const POST_WORDS: usize = 100;

/// The name of who wrote it has at most this many words.
const NAME_WORDS: usize = 8;

/// The date has at most this many words, the year being the last: "29 de mayo de 2018".
const DATE_WORDS: usize = 5;

/// The posts in a text and the sentences that quote them, as ranges of words in order.
pub(super) fn posts(words: &Words) -> Vec<Range<usize>> {
    let mut posts: Vec<Range<usize>> = close_numbers(words).filter_map(|(_, year)| post(words, year)).collect();
    if posts.is_empty() {
        return posts;
    }
    let is_in = |posts: &[Range<usize>], sentence: &Range<usize>| {
        posts.iter().any(|post| post.start < sentence.end && sentence.start < post.end)
    };
    let (said, others): (Vec<_>, Vec<_>) = eligible(words)
        .filter(|sentence| sentence.len() >= MIN_SENTENCE_WORDS)
        .partition(|sentence| is_in(&posts, sentence));
    let said: Vec<&[u8]> = said.into_iter().map(|sentence| words.run_bytes(sentence)).collect();
    posts.extend(others.into_iter().filter(|other| said.contains(&words.run_bytes(other.clone()))));
    posts.sort_unstable_by_key(|range| range.start);
    posts
}

/// The post whose date ends with the word at `year`: the line up to there.
fn post(words: &Words, year: usize) -> Option<Range<usize>> {
    let is_year = words.run_bytes(year..year + 1).starts_with(b"20") && words.word(year).len() == 4;
    let line = if is_year { words.line(year) } else { return None };
    // How many bytes lie between a word and the one before it.
    let gap = |word: usize| words.span(word).start - words.span(word - 1).end;
    let first_of = |most: usize, behind: usize| line.start.max(behind.saturating_sub(most)) + 1;
    let handle = (first_of(DATE_WORDS, year)..year).rev().find(|&word| gap(word) == " (@".len())?;
    let name = (first_of(NAME_WORDS, handle)..handle).rev().find(|&word| gap(word) >= " — ".len())?;
    let is_post = line.end == year + 1 && gap(handle + 1) == ") ".len() && name < handle && line.len() <= POST_WORDS;
    is_post.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boilerplate::ShellTable;

    fn left(text: &str) -> String {
        let words = Words::of(text);
        let posts = posts(&words);
        let kept = (0..words.len()).filter(|place| !posts.iter().any(|post| post.contains(place)));
        kept.map(|place| words.word(place)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_post_and_the_sentences_that_quote_it_are_left_out() {
        let text = "The mayor spoke on Tuesday.\n\n“The pier opens in May, rain or shine! Bring a hat,” she wrote.\n\nThe pier opens in May, \
                    rain or shine! Bring a hat. — Ann Lee (@annlee) May 29, 2018\n\nThe pier was shut for a year.";
        assert_eq!(left(text), "the mayor spoke on tuesday bring a hat she wrote the pier was shut for a year");
        assert_eq!(left("Vorher.\nDer Steg ist offen — Ann Lee (@ann) 29. Mai 2018\nNachher."), "vorher nachher");
    }

    #[test]
    fn a_handle_or_a_date_alone_makes_no_post() {
        for text in [
            "The pier opens — at last — on May 29, 2018",
            "Ann Lee (@annlee) said so on May 29, 2018, and left.",
            "A report by Ann Lee (Oxley) May 29, 2018",
            "The pier opens. — Ann Lee (@annlee) May 29, 2018 and more in this line",
        ] {
            let words = Words::of(text);
            assert!(posts(&words).is_empty(), "{text}");
        }
    }

    #[test]
    fn an_article_that_is_hardly_more_than_its_posts_is_kept_whole() {
        let words = Words::of("She wrote:\nThe pier is open. — Ann Lee (@annlee) May 29, 2018");
        assert_eq!(ShellTable::default().compared("", &words), None);
        let story: String = (0..50).map(|word| format!("w{word} ")).collect();
        let words = Words::of(&format!("{story}\nThe pier is open. — Ann Lee (@annlee) May 29, 2018\nLast line"));
        assert_eq!(ShellTable::default().compared("", &words), Some(vec![0..50, 60..62]));
        assert_eq!(ShellTable::default().kept("", &words), None);
        assert_eq!(ShellTable::off().compared("", &words), None);
    }
}
