//! Candidates in, edges out: every pair compared exactly.
//!
//! No pair is called a copy on a sketch's word. Two articles are read again, their shingle sets merged, and three
//! numbers decide: *similarity* (Jaccard of the sets), *containment* (the shared part of the smaller set), *coverage*
//! (the share of a text's words that stand inside shared shingles). Most wrong candidates are given up after a handful
//! of comparisons, as soon as the shared shingles can't suffice any more.
//!
//! What kind of edge it is, `kind` judges from where the texts differ.

mod covered;
mod difference;
mod kind;
mod passage;
mod reading;
mod subject;

use serde::Serialize;

use covered::Covered;
pub use difference::{Change, changes};
pub(crate) use passage::{Kept, MOST_PLACES};
pub use passage::{SharedPassage, longest_passage};
pub use reading::{Days, Reading, WordKind};

use crate::settings::{Measure, Settings};
use crate::shingle::{Met, Overlap};

/// What an edge says about its two articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The same words, byline, caption and shell aside.
    Identical,
    /// The bulk of both is the same wording.
    Copy,
    /// Most of the shorter stands in the longer, which has much of its own.
    Excerpt,
    /// The same frame with other numbers, dates, names: a bulletin of another day or about another subject, never a copy.
    Template,
}

impl Kind {
    /// Whether edges of this kind make copy clusters.
    pub fn is_copy(self) -> bool {
        matches!(self, Kind::Identical | Kind::Copy)
    }

    /// The word for it in every output.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Identical => "identical",
            Kind::Copy => "copy",
            Kind::Excerpt => "excerpt",
            Kind::Template => "template",
        }
    }
}

/// A verified pair of articles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// One article, by position in the input; `a < b`.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The numbers.
    pub comparison: Comparison,
    /// What they, and the differences, make of the pair.
    pub kind: Kind,
}

/// What exact comparison finds. All are shares, 0.0..=1.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// Shared shingles divided by all (Jaccard).
    pub similarity: f64,
    /// Shared shingles divided by those of the smaller set.
    pub containment: f64,
    /// The share of the shorter text's words that stand inside shared shingles.
    pub coverage: f64,
    /// The same of the longer text.
    pub coverage_longer: f64,
}

/// Comparison of an article with one of exactly the same words.
pub const SAME: Comparison = Comparison { similarity: 1.0, containment: 1.0, coverage: 1.0, coverage_longer: 1.0 };

/// Below this share of containment in coverage, shared runs are nine words long on average, or shorter. All labelled copies
/// and excerpts of real articles lie above 0.6.
const MIN_CONTAINMENT_PER_COVERAGE: f64 = 0.55;

/// What decides whether a pair is an edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Words in a shingle.
    pub window_words: usize,
    /// What makes two articles copies.
    pub measure: Measure,
    /// The least value of it.
    pub threshold: f64,
    /// The least part of the shorter text in the longer that makes an excerpt: its coverage, or under the measure
    /// Jaccard its containment.
    pub excerpt_threshold: f64,
}

impl Rules {
    /// The rules of these settings.
    pub fn of(settings: &Settings) -> Rules {
        Rules {
            window_words: settings.window_words,
            measure: settings.measure,
            threshold: settings.threshold(),
            excerpt_threshold: settings.excerpt_threshold(),
        }
    }

    /// Whether the bulk of both is the same wording.
    pub fn is_copy(&self, comparison: &Comparison) -> bool {
        self.value(comparison) >= self.threshold
    }

    /// The value that the threshold is held against: similarity, or the smaller coverage of the two.
    pub fn value(&self, comparison: &Comparison) -> f64 {
        match self.measure {
            Measure::Jaccard => comparison.similarity,
            Measure::Coverage => comparison.coverage.min(comparison.coverage_longer),
        }
    }

    /// Whether most of the shorter stands in the longer.
    pub fn is_excerpt(&self, comparison: &Comparison) -> bool {
        self.part(comparison) >= self.excerpt_threshold
    }

    /// The value that the threshold of excerpts is held against: containment, or the coverage of the shorter.
    pub fn part(&self, comparison: &Comparison) -> f64 {
        match self.measure {
            Measure::Jaccard => comparison.containment,
            Measure::Coverage => comparison.coverage,
        }
    }

    /// Whether what the two share is passages rather than turns of phrase. Reports of weather or bond sales are written
    /// from a stock of phrases, and two of different days may share most of their words in runs hardly longer than a
    /// shingle. Coverage alone can't tell; similarity can, as each run of L words has only L - 4 shingles.
    pub fn shares_passages(&self, comparison: &Comparison) -> bool {
        match self.measure {
            Measure::Jaccard => true,
            Measure::Coverage => comparison.containment >= MIN_CONTAINMENT_PER_COVERAGE * comparison.coverage,
        }
    }

    /// The kind by these rules of an edge that was verified by rules of a lower threshold and are the same otherwise;
    /// `None` where it is no edge any more. The numbers of a pair don't depend on the threshold, and what [`kind`] finds in
    /// the differences does not either.
    pub(crate) fn again(&self, comparison: &Comparison, kind: Kind) -> Option<Kind> {
        if self.is_copy(comparison) {
            Some(kind)
        } else if self.is_excerpt(comparison) {
            Some(if kind == Kind::Template { Kind::Template } else { Kind::Excerpt })
        } else {
            None
        }
    }

    /// The fewest shared shingles that any edge between two articles of these sizes has; 1 where none would do.
    pub(crate) fn shared_at_least(&self, a: Size, b: Size) -> usize {
        let at_least = |share: f64| (share - 1e-9).ceil().max(1.0) as usize;
        match self.measure {
            Measure::Jaccard => {
                let for_copy = at_least(self.threshold / (1.0 + self.threshold) * (a.shingles + b.shingles) as f64);
                for_copy.min(at_least(self.excerpt_threshold * a.shingles.min(b.shingles) as f64))
            }
            Measure::Coverage => {
                // Of two of the same length either may count as the shorter: that with more repeats needs fewer.
                let Size { words, shingles } = if (a.words, a.shingles) <= (b.words, b.shingles) { a } else { b };
                let window = self.window_words.min(words).max(1);
                let places = (words + 1).saturating_sub(window);
                let coverage = self.excerpt_threshold.min(self.threshold);
                // A shared shingle covers at most a window of words in each place where it stands; repeats are given away.
                let covering = at_least(coverage * words as f64 / window as f64);
                let passages = at_least(MIN_CONTAINMENT_PER_COVERAGE * coverage * a.shingles.min(b.shingles) as f64);
                covering.saturating_sub(places.saturating_sub(shingles)).max(passages)
            }
        }
    }
}

/// How large an article is: what decides how much it must share with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Words, shells left out.
    pub(crate) words: usize,
    /// Different shingles.
    pub(crate) shingles: usize,
}

impl Size {
    pub(crate) fn of(reading: &Reading) -> Size {
        Size { words: reading.words.len(), shingles: reading.set.len() }
    }
}

/// Compares two articles exactly: the edge between them, or `None` where there is none.
///
/// Two texts of the same words are identical, whatever shells were left out of either; and what was left out of one of the two
/// is left out of both, be they of different outlets.
pub fn verify(a: &Reading, b: &Reading, rules: &Rules) -> Option<(Comparison, Kind)> {
    if a.is_same_text(b) {
        return Some((SAME, Kind::Identical));
    }
    let without = without_shells(a, b, rules);
    let (a, b) = in_order(without.0.as_ref().unwrap_or(a), without.1.as_ref().unwrap_or(b));
    let (comparison, shared) = compare_at_least(a, b, rules, rules.shared_at_least(Size::of(a), Size::of(b)))?;
    let copy = rules.is_copy(&comparison);
    if !rules.shares_passages(&comparison) || !copy && !rules.is_excerpt(&comparison) {
        return None;
    }
    let kind = kind::judge(a, b, &comparison, copy, &shared);
    // A bulletin has the words of its title in its slots, and is told by them.
    if kind != Kind::Template && subject::is_elsewhere(a, b, &shared.covered) {
        return None;
    }
    Some((comparison, kind))
}

/// The two in an order that does not depend on which is named first: where two alignments are as good, which is taken
/// depends on the side.
fn in_order<'r>(a: &'r Reading, b: &'r Reading) -> (&'r Reading, &'r Reading) {
    if (a.words.len(), &a.words) <= (b.words.len(), &b.words) { (a, b) } else { (b, a) }
}

/// The numbers of any two articles, edge or not: what `explain` and `audit` show.
pub fn compare(a: &Reading, b: &Reading, rules: &Rules) -> Comparison {
    if a.is_same_text(b) {
        return SAME;
    }
    let without = without_shells(a, b, rules);
    let (a, b) = (without.0.as_ref().unwrap_or(a), without.1.as_ref().unwrap_or(b));
    let nothing = Comparison { similarity: 0.0, containment: 0.0, coverage: 0.0, coverage_longer: 0.0 };
    compare_at_least(a, b, rules, 0).map_or(nothing, |(comparison, _)| comparison)
}

/// The two without what was left out of the other alone; `None` where that changes nothing.
fn without_shells(a: &Reading, b: &Reading, rules: &Rules) -> (Option<Reading>, Option<Reading>) {
    (a.without_shells_of(b, rules.window_words), b.without_shells_of(a, rules.window_words))
}

/// What two texts share.
struct Shared {
    /// The shingles.
    met: Vec<Met>,
    /// The words of either text that stand inside one.
    covered: (Covered, Covered),
}

fn compare_at_least(a: &Reading, b: &Reading, rules: &Rules, shared_at_least: usize) -> Option<(Comparison, Shared)> {
    let met = a.set.met(&b.set, shared_at_least)?;
    let Overlap { similarity, containment } = a.set.overlap(&b.set, met.len());
    let covered = (
        covered(a, met.iter().map(|met| met.0), rules.window_words),
        covered(b, met.iter().map(|met| met.1), rules.window_words),
    );
    let (of_a, of_b) = (covered.0.share(), covered.1.share());
    let (coverage, coverage_longer) = match a.words.len().cmp(&b.words.len()) {
        std::cmp::Ordering::Less => (of_a, of_b),
        std::cmp::Ordering::Greater => (of_b, of_a),
        // Neither is the shorter: the better covered one counts as such, whichever is named first.
        std::cmp::Ordering::Equal => (of_a.max(of_b), of_a.min(of_b)),
    };
    Some((Comparison { similarity, containment, coverage, coverage_longer }, Shared { met, covered }))
}

/// The words that stand inside these shingles.
fn covered(reading: &Reading, shingles: impl Iterator<Item = u32>, window_words: usize) -> Covered {
    let mut covered = Covered::none(reading.words.len());
    for index in shingles.map(|index| index as usize) {
        match reading.only_place_of(index) {
            Some(place) => covered.begin(place as usize),
            None => reading.places_of(index).iter().for_each(|&place| covered.begin(place as usize)),
        }
    }
    covered.spread(window_words);
    covered
}

/// A bit for each of a few words, by which nearly all others are told from them.
fn bits_of(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0, |bits, word| bits | 1 << (word % 64))
}

/// Whether a word may be among those of [`bits_of`].
fn may_be_among(bits: u64, word: u64) -> bool {
    bits >> (word % 64) & 1 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn reading(text: &str) -> Reading {
        Reading::of(&Article { text: text.into(), ..Article::default() }, &ShellTable::default(), 5)
    }

    fn rules(measure: Measure, threshold: f64) -> Rules {
        Rules { window_words: 5, measure, threshold, excerpt_threshold: 0.65 }
    }

    /// The numbers from windows of words themselves, without a hash.
    fn reference(a: &[u64], b: &[u64]) -> (f64, f64, f64, f64) {
        let set = |words: &[u64]| words.windows(5.min(words.len())).map(<[u64]>::to_vec).collect::<HashSet<_>>();
        let (set_a, set_b) = (set(a), set(b));
        let shared = set_a.intersection(&set_b).count() as f64;
        let covered = |words: &[u64], other: &HashSet<Vec<u64>>| {
            let window = 5.min(words.len());
            let inside = |place: usize| {
                (place.saturating_sub(window - 1)..=place)
                    .any(|start| start + window <= words.len() && other.contains(&words[start..start + window]))
            };
            (0..words.len()).filter(|&place| inside(place)).count() as f64 / words.len() as f64
        };
        let all = set_a.union(&set_b).count() as f64;
        (shared / all, shared / set_a.len().min(set_b.len()) as f64, covered(a, &set_b), covered(b, &set_a))
    }

    #[test]
    fn the_same_text_is_identical_and_a_stranger_no_edge() {
        let a = reading("Tổng thống Mỹ Joe Biden đã công bố kế hoạch tổ chức một cuộc gặp");
        let b = reading("Giá vàng trong nước sáng nay tăng nhẹ theo đà của thế giới");
        let (comparison, kind) = verify(&a, &a, &rules(Measure::Coverage, 0.63)).unwrap();
        assert_eq!((comparison.similarity, comparison.coverage, kind), (1.0, 1.0, Kind::Identical));
        assert!(verify(&a, &b, &rules(Measure::Coverage, 0.63)).is_none());
    }

    #[test]
    fn most_of_a_short_text_in_a_long_one_is_an_excerpt() {
        let short = "Bộ Y tế sáng nay công bố thêm mười hai ca mắc mới tại ba tỉnh miền Trung";
        let long = format!("{short}. {}", (0..80).map(|n| format!("từ{n}")).collect::<Vec<_>>().join(" "));
        let (comparison, kind) = verify(&reading(short), &reading(&long), &rules(Measure::Coverage, 0.63)).unwrap();
        assert_eq!((comparison.coverage, kind), (1.0, Kind::Excerpt));
    }

    /// One of the two says one thing over and over; being as long as the other, it may count as the shorter, and then a
    /// single shared shingle covers it all.
    #[test]
    fn of_two_texts_of_one_length_the_one_with_repeats_is_not_given_up() {
        let chant = reading(&"một hai ba bốn năm ".repeat(8));
        let other = reading(&format!(
            "{}một hai ba bốn năm một hai ba bốn",
            (0..31).map(|n| format!("từ{n} ")).collect::<String>()
        ));
        assert_eq!(chant.words.len(), other.words.len());
        let rules = rules(Measure::Coverage, 0.63);
        assert_eq!(compare(&chant, &other, &rules).coverage, 1.0);
        assert_eq!(verify(&chant, &other, &rules), verify(&other, &chant, &rules));
        assert_eq!(verify(&other, &chant, &rules).map(|(_, kind)| kind), Some(Kind::Excerpt));
    }

    #[test]
    fn a_threshold_is_reached_when_met_exactly_and_never_by_rounding() {
        // 11 words are 7 shingles. Ten further words, of which none is shared, make Jaccard 7/17.
        let a: Vec<u64> = (0..11).collect();
        let b: Vec<u64> = (0..21).collect();
        let reading = |words: &[u64]| Reading::of_words(words.to_vec(), vec![WordKind::Plain; words.len()], 5);
        let (a, b) = (reading(&a), reading(&b));
        let kind = |threshold| verify(&a, &b, &rules(Measure::Jaccard, threshold)).map(|(_, kind)| kind);
        assert_eq!(kind(7.0 / 17.0), Some(Kind::Copy));
        assert_eq!(kind(7.0 / 17.0 + 1e-9), Some(Kind::Excerpt));
    }

    /// Seven byte-equal pairs of a stream were copies alone: one outlet's shells were left out of one side.
    #[test]
    fn texts_of_the_same_words_are_identical_and_what_is_left_out_of_one_is_left_out_of_both() {
        let news = |number: usize| -> String {
            (0..5).map(|line| format!("Tin số {number} câu thứ {line} về việc {}.\n", number * 7 + line)).collect()
        };
        let shell = "Chia sẻ bài viết này lên mạng xã hội.\nBản quyền thuộc về toà soạn báo.\n";
        let article = |source: &'static str, text: String| Article {
            source: Some(source.into()),
            text: text.into(),
            ..Article::default()
        };
        let outlines: Vec<crate::boilerplate::Outline> = (0..10)
            .map(|number| {
                let text = format!("{}{shell}", news(number));
                crate::boilerplate::Outline::of("a.example", &crate::normalize::Words::of(&text))
            })
            .collect();
        let table = ShellTable::learn(&outlines);
        assert_eq!(table.shells().len(), 2);
        let rules = rules(Measure::Coverage, 0.63);
        let read = |article: &Article| Reading::of(article, &table, 5);
        let one = read(&article("a.example", format!("{}{shell}", news(77))));
        let other = read(&article("b.example", format!("{}{shell}", news(77))));
        assert!(one.words.len() < other.words.len());
        assert_eq!(verify(&one, &other, &rules), Some((SAME, Kind::Identical)));
        let changed = read(&article("b.example", format!("{}{shell}Theo báo.", news(77))));
        let (comparison, kind) = verify(&one, &changed, &rules).unwrap();
        assert_eq!((comparison.coverage, kind), (1.0, Kind::Identical));
        assert!(comparison.coverage_longer > 0.9, "{comparison:?}");
    }

    proptest! {
        #[test]
        fn the_numbers_equal_brute_force_and_nothing_is_given_up_too_early(
            a in prop::collection::vec(0u64..4, 1..30),
            b in prop::collection::vec(0u64..4, 1..30),
            threshold in 0.05f64..1.0,
        ) {
            let text = |words: &[u64]| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
            let (left, right) = (reading(&text(&a)), reading(&text(&b)));
            let (similarity, containment, of_a, of_b) = reference(&a, &b);
            for measure in [Measure::Jaccard, Measure::Coverage] {
                let rules = rules(measure, threshold);
                let numbers = compare(&left, &right, &rules);
                prop_assert_eq!((numbers.similarity, numbers.containment), (similarity, containment));
                let covered = [numbers.coverage, numbers.coverage_longer];
                prop_assert!(covered == [of_a, of_b] || covered == [of_b, of_a]);
                let edge = rules.shares_passages(&numbers) && (rules.is_copy(&numbers) || rules.is_excerpt(&numbers));
                prop_assert_eq!(verify(&left, &right, &rules).is_some(), edge);
                prop_assert_eq!(verify(&left, &right, &rules), verify(&right, &left, &rules));
                let lower = Rules { threshold: threshold / 2.0, ..rules };
                let again = verify(&left, &right, &lower).and_then(|(numbers, kind)| rules.again(&numbers, kind));
                prop_assert_eq!(again, verify(&left, &right, &rules).map(|(_, kind)| kind));
            }
        }
    }
}
