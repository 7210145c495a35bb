//! Two articles and what they share in, whether that is what either is about out.
//!
//! A cookie notice, a sign-up block, the list of an outlet's offers may be longer than the news above it, and stand in too few
//! articles to be learned. What tells it from a story is the title: a story that two articles share has the words of their
//! titles, and furniture has not. So where two titles speak of different things, where what is shared has few words of
//! either, and where the rest has them, the two share nothing that they are about.

use super::covered::Covered;
use super::reading::Reading;
use super::{bits_of, may_be_among};

/// Two titles that have this share of the words of the shorter in common speak of one thing.
const ONE_SUBJECT: f64 = 0.5;

/// What is shared has at most this share of the words of a title: `the`, `of`, `in` stand anywhere.
const MOST_IN_SHARED: f64 = 0.5;

/// The rest has at least this share of them.
const LEAST_IN_REST: f64 = 0.75;

/// Titles of fewer different words tell nothing.
const LEAST_WORDS: usize = 4;

/// Whether what both are about stands outside of what they share.
pub(super) fn is_elsewhere(a: &Reading, b: &Reading, covered: &(Covered, Covered)) -> bool {
    if a.title == b.title {
        return false;
    }
    let (of_a, of_b) = (different_words(a), different_words(b));
    let shorter = of_a.len().min(of_b.len());
    let in_both = of_a.iter().filter(|word| of_b.contains(word)).count();
    if shorter < LEAST_WORDS || in_both as f64 >= ONE_SUBJECT * shorter as f64 {
        return false;
    }
    is_outside(a, &of_a, &covered.0) && is_outside(b, &of_b, &covered.1)
}

/// The different words of the title.
fn different_words(reading: &Reading) -> Vec<u64> {
    let mut words: Vec<u64> = reading.title.iter().map(|&(word, _)| word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether most words of the title stand in the words that are not shared, and few in those that are.
fn is_outside(reading: &Reading, title: &[u64], covered: &Covered) -> bool {
    let bits = bits_of(title.iter().copied());
    let share_among = |places: &mut dyn Iterator<Item = usize>| {
        let mut found = vec![false; title.len()];
        let words = places.map(|place| reading.words[place]).filter(|&word| may_be_among(bits, word));
        words.filter_map(|word| title.binary_search(&word).ok()).for_each(|place| found[place] = true);
        found.iter().filter(|&&found| found).count() as f64 / title.len() as f64
    };
    share_among(&mut covered.alone()) >= LEAST_IN_REST && share_among(&mut covered.inside()) <= MOST_IN_SHARED
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Rules, verify};
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use crate::settings::Settings;

    fn kind(a: (&str, &str), b: (&str, &str)) -> Option<Kind> {
        let [a, b] = [a, b].map(|(title, text)| {
            let article =
                Article { title: Some(title.to_owned().into()), text: text.to_owned().into(), ..Article::default() };
            Reading::of(&article, &ShellTable::default(), 5)
        });
        verify(&a, &b, &Rules::of(&Settings::default())).map(|(_, kind)| kind)
    }

    const NOTICE: &str = "We and our partners store or access information on devices, such as cookies, and process personal data for \
        advertising and research. You may click to consent, or change your preferences before consenting. If you do not accept, \
        you may subscribe for a pound a week and read without advertising on all of your devices, as often as you like.";

    /// Thirty teasers of one outlet stood above one notice, and 28 of them were thrown away as copies.
    #[test]
    fn teasers_above_one_notice_are_no_copies() {
        let pier = ("Mayor asks for a new pier", "The mayor asks for a new pier before winter, a meeting heard.");
        let bread =
            ("Fisherman wins prize with rye bread", "A fisherman wins a prize with his rye bread, a letter says.");
        let page = |(title, lead): (&'static str, &str)| (title, format!("{lead}\n{NOTICE}"));
        let ((a, first), (b, second)) = (page(pier), page(bread));
        assert_eq!(kind((a, &first), (b, &second)), None);
        assert_eq!(kind((a, &first), (a, &first)), Some(Kind::Identical));
    }

    #[test]
    fn a_story_under_a_headline_of_each_papers_own_is_a_copy() {
        let story = "The bridge at Marlow will be closed for nine weeks while engineers replace the corroded pins of its span. Buses go by \
                     the quarry road, and a boat takes people across between seven and ten, the council said on Tuesday evening.";
        let first = format!("{story} Shops on the quay want lower rents.");
        let second = format!("Reporting by our own staff. {story}");
        let found = kind(("Nine weeks without a bridge", &first), ("Corroded pins shut Marlow crossing", &second));
        assert!(found.is_some_and(Kind::is_copy), "{found:?}");
    }
}
