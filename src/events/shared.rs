//! Two profiles and their articles in, what both say out: names, numbers and words with their weight, and days.
//!
//! Profiles hold hashes; how a term is written is read from the first article, as for events ([`Speller`]). What counts is what
//! [`Evidence`](super::Evidence) counts: the terms of both profiles, no others.

use serde::Serialize;

use crate::article::Article;

use super::describe::Speller;
use super::frequencies::weight;
use super::profile::{Profile, Term, Traits, count_weight};

/// What a shared term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TermKind {
    /// Written as a name in one of the two.
    Name,
    /// A number, or one with the word beside it.
    Number,
    /// Any other word or pair of words.
    Word,
}

/// A term that two articles have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedTerm {
    /// As the first of them writes it where it stands first, of a variant (Moskva, Moscow) its own.
    pub text: String,
    /// What it is.
    pub kind: TermKind,
    /// How rare it is: the natural logarithm of how many articles there are to one that has it.
    pub weight: f32,
    /// How often it stands in the first; 255 for more.
    pub count_a: u8,
    /// How often in the second.
    pub count_b: u8,
    /// Whether it stands in the title of both.
    pub in_titles: bool,
}

/// A day that an article names, or is of, with its part of all such mentions there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedDay {
    /// `YYYY-MM-DD`, without a year `--MM-DD`.
    pub day: String,
    /// The weight of its mentions by that of all: those at the beginning, and the time of publication, count more.
    pub weight: f32,
    /// Whether the other article names it as well.
    pub shared: bool,
}

/// Pairs that hold a term which is shared anyway say little more: a name of two words, and each of the words.
const PART_WEIGHT: f32 = 1e-6;

/// The terms that both have, those first that bring most to their likeness; of equals in order of text. Of a word and a pair that holds
/// it, both stand here.
pub fn shared_terms(a: (&Article<'_>, &Profile), b: &Profile) -> Vec<SharedTerm> {
    let mut both: Vec<(Term, Term)> = Vec::new();
    super::evidence::shared(a.1, b, |one, other| both.push((*one, *other)));
    let hashes: Vec<u32> = both.iter().map(|(one, _)| one.hash).collect();
    let surfaces = Speller::default().surfaces(a.0, &hashes);
    let brings = |(one, other): &(Term, Term)| {
        let weight = weight(one.level.min(other.level));
        weight * weight * count_weight(one.count) * count_weight(other.count)
    };
    let mut terms: Vec<(f32, SharedTerm)> = both
        .iter()
        .filter(|pair| brings(pair) > PART_WEIGHT)
        .filter_map(|pair| {
            let (one, other) = pair;
            let traits = one.traits.and(other.traits);
            let kind = match traits {
                traits if traits.has(Traits::NUMBER) => TermKind::Number,
                traits if traits.has(Traits::NAME) => TermKind::Name,
                _ => TermKind::Word,
            };
            let titles = one.traits.has(Traits::TITLE) && other.traits.has(Traits::TITLE);
            let text = surfaces.term(one.hash)?.to_owned();
            let weight = weight(one.level.min(other.level));
            let (count_a, count_b) = (one.count_in_text, other.count_in_text);
            Some((brings(pair), SharedTerm { text, kind, weight, count_a, count_b, in_titles: titles }))
        })
        .collect();
    terms.sort_by(|x, y| y.0.total_cmp(&x.0).then_with(|| x.1.text.cmp(&y.1.text)));
    terms.into_iter().map(|(_, term)| term).collect()
}

/// The days of `own`, rising, each with whether `other` has it.
pub fn named_days(own: &Profile, other: &Profile) -> Vec<NamedDay> {
    let day = |(day, weight): &(super::Day, f32)| NamedDay {
        day: day.to_string(),
        weight: *weight,
        shared: other.days.iter().any(|(other, _)| other.gap(*day) == 0),
    };
    own.days.iter().map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boilerplate::ShellTable;
    use crate::normalize::Words;

    fn of(text: &str) -> (Article<'_>, Profile) {
        let article = Article { text: text.into(), ..Article::default() };
        let profile = Profile::of(&article, &Words::of(text), &ShellTable::default());
        (article, profile)
    }

    #[test]
    fn what_both_say_is_told_as_the_first_writes_it_the_rarest_first() {
        let (article, a) = of("Hôm 8/12 tại Moskva, ông Lavrov công bố 4.312 trang hồ sơ.");
        let (_, b) = of("Ngày 8/12, tại Mát-xcơ-va, ông LAVROV nói về 4.312 trang.");
        let terms = shared_terms((&article, &a), &b);
        let find = |text: &str| terms.iter().find(|term| term.text == text).map(|term| term.kind);
        assert_eq!(find("Lavrov"), Some(TermKind::Name), "{terms:?}");
        assert_eq!(find("Moskva"), Some(TermKind::Name));
        assert_eq!(find("4.312"), Some(TermKind::Number));
        assert_eq!(find("hồ"), None);
        assert!(terms.iter().all(|term| term.weight > 0.0));
        let days = named_days(&a, &b);
        assert_eq!((days.len(), days[0].day.as_str(), days[0].shared), (1, "--12-08", true));
    }

    /// A word that comes late in a text was told to stand there 0 times.
    #[test]
    fn a_word_that_comes_late_is_counted_as_often_as_it_stands() {
        let text = |own: &str| {
            let first: Vec<String> = (0..130).map(|at| format!("{own}{at}")).collect();
            format!("{} lavrov lavrov", first.join(" "))
        };
        let (one, other) = (text("x"), text("y"));
        let ((article, a), (_, b)) = (of(&one), of(&other));
        let terms = shared_terms((&article, &a), &b);
        let counts: Vec<_> = terms.iter().map(|term| (term.text.as_str(), term.count_a, term.count_b)).collect();
        assert_eq!(counts, [("lavrov", 2, 2)]);
    }
}
