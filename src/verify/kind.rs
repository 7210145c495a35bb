//! From where two texts differ to what kind of edge it is.
//!
//! How much differs can't tell a bulletin from a copy: two days' gold prices differ in four numbers, and so does a story
//! whose toll rose. *What* differs can. A bulletin speaks of another day or of another subject: another province's draw,
//! another company's quarter, two other teams. So its date moves, or the name that it is about, and its figures and other
//! names move with it, in the slots of one frame. An update speaks of the same happening: the names stay, and what differs
//! is a correction or new prose. And `identical` is not "nearly all words", but "no word differs where the story stands": a
//! byline at either end, a caption, a lead that was put at the bottom make no difference, one changed word in the middle
//! does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use super::covered::Covered;
use super::difference::{Change, changes, changes_between};
use super::reading::{Reading, WordKind};
use super::{Comparison, Kind, Shared, bits_of, may_be_among};

/// Below this coverage of either text a pair is never identical, whatever its ends look like.
const IDENTICAL_COVERAGE: f64 = 0.9;

/// A byline has at most this many words, and stands at most this far from an end of its text.
const BYLINE_WORDS: usize = 12;

/// A caption that only one of two identical texts has is at most this long.
const CAPTION_WORDS: usize = 40;

/// A passage that stands elsewhere in the other text is at least this long; a shorter one is other words. Rows of three
/// words in another order share all their shingles.
const MOVED_WORDS: usize = 12;

/// A bulletin's slot holds at most this many words: a price, a list of districts, six lottery numbers.
const SLOT_WORDS: usize = 24;

/// Credits at the end of a text, who wrote and contributed and whose it is, are at most this long.
const CREDIT_WORDS: usize = 90;

/// Behind credits that only one text has, both may have so many words more: a line of copyright.
const CREDITS_BEHIND: usize = 30;

/// So many different words of credits make some: one of them is in many a sentence.
const CREDIT_MARKS_NEEDED: usize = 3;

/// Words without a value that replace others like by like are at most this many on either side.
const REPLACED_WORDS: usize = 8;

/// At least this share of the words that differ between two bulletins stand in slots; of two subjects, words that replace
/// others like by like count too.
const MIN_SLOT_SHARE: f64 = 0.5;

/// Bulletins of two subjects differ in at least this many slots, a name that recurs counted once. A name that was corrected
/// throughout, with an age beside it, is two.
const SUBJECT_SLOTS: usize = 3;

/// ... and at least this share of the names and figures of either is not the other's, if the titles name two subjects. Of
/// 64 made pairs and of 33 of the cases none is below 0.55.
const SUBJECT_SHARE: f64 = 1.0 / 3.0;

/// ... and this share, if only the openings do, or the subjects are no names (barley, rapeseed): two papers' versions of one
/// story quote different people as well.
const UNTITLED_SUBJECT_SHARE: f64 = 0.5;

/// Bulletins of two days under the very same title differ in this share of names and figures at least. A story that was
/// printed again a day later, its day and one figure put right, differs in fewer.
const SAME_TITLE_SHARE: f64 = 1.0 / 3.0;

/// Below this share of containment in coverage, shared runs are shorter than fourteen words on average (a run of L words
/// has L - 4 shingles): what two forecasts share, and few copies. In a stream of 20,000 articles one copy in eight lies
/// below it, and of those that do none of news names other days in its opening.
const SHORT_RUNS: f64 = 0.7;

/// Two texts are alike as a whole, if this share of the words of both stands in shared shingles. Apart from the threshold of
/// copies, so that a pair's kind does not depend on it: see [`super::Rules::again`].
const ALIKE_COVERAGE: f64 = 0.6;

/// Bulletins without a day in their text are taken for two days' if they were published this many seconds apart.
const ANOTHER_DAY_SECONDS: i64 = 20 * 3600;

/// The kind of an edge. `copy`: whether the pair reached the threshold; it is an excerpt if not, unless a template.
pub(super) fn judge(a: &Reading, b: &Reading, comparison: &Comparison, copy: bool, shared: &Shared) -> Kind {
    if copy && a.words == b.words {
        return Kind::Identical;
    }
    if is_another_day(a, b, comparison) {
        return Kind::Template;
    }
    let Shared { met, covered } = shared;
    let may_be_other_day = a.days.all != b.days.all || published_apart(a, b);
    let subjects = Subjects::of(a, b, covered);
    let may_be_identical = copy && comparison.coverage.min(comparison.coverage_longer) >= IDENTICAL_COVERAGE;
    // Aligning two texts costs as much as all that came before; most edges need none.
    if may_be_other_day || subjects.is_some() || may_be_identical {
        let changes = changes_between(a, b, met);
        let found = differences(&changes, covered);
        let other_subject = |subjects| is_other_subject(a, b, &differences(&joined(&changes), covered), subjects);
        if may_be_other_day && is_other_day(a, b, &found) || subjects.is_some_and(other_subject) {
            return Kind::Template;
        }
        if may_be_identical && same_story(a, b, &found) && only_passages_moved(a, b, &changes, covered) {
            return Kind::Identical;
        }
    }
    if copy { Kind::Copy } else { Kind::Excerpt }
}

/// Whether the two were published on different days, as far as that is known.
fn published_apart(a: &Reading, b: &Reading) -> bool {
    a.published.zip(b.published).is_some_and(|(a, b)| (a - b).abs() >= ANOTHER_DAY_SECONDS)
}

/// A change without the words that merely stand elsewhere in the other text: positions of words of each side.
struct Difference {
    change: Change,
    a: Vec<usize>,
    b: Vec<usize>,
}

impl Difference {
    /// How many words the longer side has.
    fn words(&self) -> usize {
        self.a.len().max(self.b.len())
    }
}

fn differences(changes: &[Change], (of_a, of_b): &(Covered, Covered)) -> Vec<Difference> {
    changes
        .iter()
        .map(|change| Difference {
            a: change.a.clone().filter(|&place| !of_a.has(place)).collect(),
            b: change.b.clone().filter(|&place| !of_b.has(place)).collect(),
            change: change.clone(),
        })
        .filter(|difference| !difference.a.is_empty() || !difference.b.is_empty())
        .collect()
}

/// Whether nothing differs but bylines at the ends and captions.
fn same_story(a: &Reading, b: &Reading, differences: &[Difference]) -> bool {
    let (mut bylines_a, mut bylines_b) = (0, 0);
    for difference in differences {
        if is_credits(a, b, difference) {
            continue;
        }
        if is_at_end(a, b, &difference.change) && !is_correction(a, b, difference) && !is_caption(a, b, difference) {
            bylines_a += difference.a.len();
            bylines_b += difference.b.len();
        } else if !is_caption(a, b, difference) {
            return false;
        }
    }
    bylines_a <= BYLINE_WORDS && bylines_b <= BYLINE_WORDS
}

/// Whether a change, all of its words taken, is a byline, a caption or credits.
fn is_excused(a: &Reading, b: &Reading, change: &Change) -> bool {
    let whole = Difference { a: change.a.clone().collect(), b: change.b.clone().collect(), change: change.clone() };
    is_at_end(a, b, change) && whole.words() <= BYLINE_WORDS || is_caption(a, b, &whole) || is_credits(a, b, &whole)
}

/// Whether a change stands at either end of either text.
fn is_at_end(a: &Reading, b: &Reading, change: &Change) -> bool {
    change.a.end <= BYLINE_WORDS
        || change.b.end <= BYLINE_WORDS
        || change.a.start + BYLINE_WORDS >= a.words.len()
        || change.b.start + BYLINE_WORDS >= b.words.len()
}

/// Whether the words that [`differences`] leaves out, since both texts have them, are passages that stand elsewhere, as often
/// in either. A word said ten times and two hundred times has the same shingles, and differs.
fn only_passages_moved(a: &Reading, b: &Reading, changes: &[Change], (of_a, of_b): &(Covered, Covered)) -> bool {
    let mut more_often: BTreeMap<u64, isize> = BTreeMap::new();
    let mut sides = [(a, of_a, true), (b, of_b, false)].into_iter();
    let passages = sides.all(|(reading, covered, is_a)| {
        changes.iter().all(|change| {
            // A few words of a caption may stand elsewhere by chance.
            let shortest = if is_excused(a, b, change) { 1 } else { MOVED_WORDS };
            let places: Vec<usize> = if is_a { change.a.clone() } else { change.b.clone() }.collect();
            let mut runs = places.chunk_by(|&left, &right| covered.has(left) == covered.has(right));
            runs.all(|run| {
                let moved = covered.has(run[0]);
                for &place in run.iter().filter(|_| moved) {
                    *more_often.entry(reading.words[place]).or_default() += if is_a { 1 } else { -1 };
                }
                !moved || run.len() >= shortest
            })
        })
    });
    let words = |sign: isize| more_often.values().map(|&often| (sign * often).max(0)).sum::<isize>() as usize;
    passages && words(1) <= BYLINE_WORDS && words(-1) <= BYLINE_WORDS
}

/// Whether a figure or a day stands in place of another: no byline, wherever it is.
fn is_correction(a: &Reading, b: &Reading, difference: &Difference) -> bool {
    let figure = |reading: &Reading, words: &[usize]| {
        words.iter().any(|&place| matches!(reading.kinds[place], WordKind::Day(_) | WordKind::Number))
    };
    figure(a, &difference.a) && figure(b, &difference.b)
}

fn hashes(words: &[&str]) -> BTreeSet<u64> {
    words.iter().map(|word| xxh3_64(word.as_bytes())).collect()
}

/// Agencies whose name ends a caption: `REUTERS/Jim Bourg`, `(AP)`.
static AGENCIES: LazyLock<BTreeSet<u64>> =
    LazyLock::new(|| hashes(&["ap", "afp", "reuters", "epa", "dpa", "efe", "ansa", "pti", "ttxvn", "vna", "xinhua"]));

/// The name of an agency stands in so many of the last words of a caption: a photographer's may follow it.
const CREDITED_WORDS: usize = 4;

/// Words of which credits hold several: `Associated Press writers ... contributed to this report. This material may not be
/// published, broadcast, rewritten or redistributed.`
static CREDIT_MARKS: LazyLock<BTreeSet<u64>> = LazyLock::new(|| {
    hashes(&[
        "associated",
        "press",
        "reuters",
        "writers",
        "writer",
        "contributed",
        "contributing",
        "reporting",
        "editing",
        "editor",
        "copyright",
        "rights",
        "reserved",
        "published",
        "broadcast",
        "rewritten",
        "redistributed",
        "correspondent",
        "columnist",
    ])
});

/// Words that captions hold and stories seldom do.
static CAPTION_MARKS: LazyLock<BTreeSet<u64>> = LazyLock::new(|| {
    hashes(&[
        "ảnh",
        "photo",
        "photos",
        "photograph",
        "picture",
        "image",
        "images",
        "slideshow",
        "getty",
        "foto",
        "fotos",
        "internet",
        "clip",
        "video",
        "nguồn",
        "照片",
        "图",
    ])
});

/// Whether the words are a caption, in one text or another in each: they hold a word of captions, or end with an agency.
fn is_caption(a: &Reading, b: &Reading, difference: &Difference) -> bool {
    let caption = |reading: &Reading, words: &[usize]| {
        let credited = &words[words.len().saturating_sub(CREDITED_WORDS)..];
        words.len() <= CAPTION_WORDS
            && (words.iter().any(|&place| CAPTION_MARKS.contains(&reading.words[place]))
                || words.len() > CREDITED_WORDS && credited.iter().any(|&place| is_credit(reading, place)))
    };
    let (left, right) = (&difference.a, &difference.b);
    (left.is_empty() || caption(a, left)) && (right.is_empty() || caption(b, right))
}

/// Whether an agency is named as the source and not as the one who was told: no plain word stands in front of it.
fn is_credit(reading: &Reading, place: usize) -> bool {
    AGENCIES.contains(&reading.words[place]) && place > 0 && reading.kinds[place - 1] != WordKind::Plain
}

/// Whether the words are the credits at the end of either text.
fn is_credits(a: &Reading, b: &Reading, difference: &Difference) -> bool {
    let change = &difference.change;
    let at_end = change.a.end + CREDITS_BEHIND >= a.words.len() && change.b.end + CREDITS_BEHIND >= b.words.len();
    let marks = |reading: &Reading, words: &[usize]| {
        let found: BTreeSet<u64> = words.iter().map(|&place| reading.words[place]).collect();
        found.intersection(&CREDIT_MARKS).count()
    };
    let credits = |reading: &Reading, words: &[usize]| {
        words.len() <= BYLINE_WORDS || words.len() <= CREDIT_WORDS && marks(reading, words) >= CREDIT_MARKS_NEEDED
    };
    let (left, right) = (&difference.a, &difference.b);
    let is_longer = left.len().max(right.len()) > BYLINE_WORDS;
    at_end && is_longer && credits(a, left) && credits(b, right)
}

/// Whether both name days where they begin, and none that both do. In the title, or where a text calls it today, a day is the
/// bulletin's own, if figures differ as well; in the first words it may be any, so there the two must be alike as a whole, and
/// yet share phrases more than passages: forecasts of two days, whose prose differs too much to be aligned.
fn is_another_day(a: &Reading, b: &Reading, comparison: &Comparison) -> bool {
    let differ = |a: &[u16], b: &[u16]| !a.is_empty() && !b.is_empty() && !a.iter().any(|day| b.contains(day));
    let short_runs = comparison.containment < SHORT_RUNS * comparison.coverage;
    let alike = comparison.coverage.min(comparison.coverage_longer) >= ALIKE_COVERAGE;
    let own_days_differ = differ(&a.days.title, &b.days.title) || differ(&a.days.today, &b.days.today);
    own_days_differ && shared_figures(a, b) < 0.8 || alike && short_runs && differ(&a.days.opening, &b.days.opening)
}

/// The share of all different figures that both have, days apart, for an opening may be put off by one; 1 where there is
/// none.
fn shared_figures(a: &Reading, b: &Reading) -> f64 {
    let figures = |reading: &Reading| -> BTreeSet<u64> {
        let words = reading.words.iter().zip(&reading.kinds);
        words.filter(|&(_, kind)| *kind == WordKind::Number).map(|(&word, _)| word).collect()
    };
    let (a, b) = (figures(a), figures(b));
    let all = a.union(&b).count();
    if all == 0 { 1.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}

/// What tells that two articles are about two subjects: words of each that the other does not have at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subjects {
    /// A name in either title that its text has as well.
    Named,
    /// A name in either opening, or any such word in either title.
    Hinted,
}

/// Where an article names its subject, if no title does: see [`Subjects::Hinted`].
const SUBJECT_OPENING_WORDS: usize = 60;

impl Subjects {
    /// A word that the other text does not have at all stands in no shared shingle, so it is `alone`: the few of either text
    /// that are, are looked at, and only some of them looked for.
    fn of(a: &Reading, b: &Reading, covered: &(Covered, Covered)) -> Option<Subjects> {
        let is_name = |own: &Reading, place: usize| own.kinds[place] == WordKind::Name;
        let in_titles = (alone_of_title(a, &covered.0), alone_of_title(b, &covered.1));
        let both_titles = |tells: &dyn Fn(&Reading, usize) -> bool| {
            let says = |own: &Reading, other: &Reading, places: &[usize]| {
                places.iter().any(|&place| tells(own, place) && !has(other, own.words[place]))
            };
            says(a, b, &in_titles.0) && says(b, a, &in_titles.1)
        };
        let is_capital = |own: &Reading, place: usize| capitals_of_title(own).any(|word| word == own.words[place]);
        if both_titles(&|own, place| is_name(own, place) && is_capital(own, place)) {
            return Some(Subjects::Named);
        }
        let opened = |own: &Reading, other: &Reading, covered: &Covered| {
            let mut opening = covered.alone().take_while(|&place| place < SUBJECT_OPENING_WORDS);
            opening.any(|place| is_name(own, place) && !has(other, own.words[place]))
        };
        let one_subject = || named_in_title(a).any(|word| has(b, word)) || named_in_title(b).any(|word| has(a, word));
        let is_word = |own: &Reading, place: usize| {
            let in_title = own.title.iter().filter(|(word, _)| *word == own.words[place]);
            in_title.map(|&(_, kind)| kind).any(|kind| matches!(kind, WordKind::Name | WordKind::Plain))
        };
        let hinted = both_titles(&is_word) || opened(a, b, &covered.0) && opened(b, a, &covered.1) && !one_subject();
        hinted.then_some(Subjects::Hinted)
    }
}

/// The places of words that do not stand in what is shared, and do in the title.
fn alone_of_title(reading: &Reading, covered: &Covered) -> Vec<usize> {
    let bits = bits_of(reading.title.iter().map(|&(word, _)| word));
    let is_in_title = |place: &usize| {
        let word = reading.words[*place];
        may_be_among(bits, word) && reading.title.iter().any(|&(other, _)| other == word)
    };
    covered.alone().filter(is_in_title).collect()
}

/// Whether the article has this word, in its text or title.
fn has(reading: &Reading, word: u64) -> bool {
    reading.words.contains(&word) || reading.title.iter().any(|&(other, _)| other == word)
}

/// The names in the title, as far as the text has them as names: a capital says little where all words of a title have one,
/// or at its beginning.
fn named_in_title(reading: &Reading) -> impl Iterator<Item = u64> + '_ {
    let in_text = |word: u64| {
        let mut words = reading.words.iter().zip(&reading.kinds);
        words.any(|(&other, &kind)| other == word && kind == WordKind::Name)
    };
    capitals_of_title(reading).filter(move |&word| in_text(word))
}

fn capitals_of_title(reading: &Reading) -> impl Iterator<Item = u64> + '_ {
    let capital = |(place, &(word, kind)): (usize, &(u64, WordKind))| {
        (kind == WordKind::Name || place == 0 && kind == WordKind::Plain).then_some(word)
    };
    reading.title.iter().enumerate().filter_map(capital)
}

/// Whether two texts are one bulletin of two days.
fn is_other_day(a: &Reading, b: &Reading, differences: &[Difference]) -> bool {
    let slots = Slots::of(a, b, differences);
    if (slots.words as f64) < MIN_SLOT_SHARE * slots.differing as f64 {
        return false;
    }
    if slots.day_moves {
        let same_title = !a.title.is_empty() && a.title.iter().map(|word| word.0).eq(b.title.iter().map(|word| word.0));
        return slots.substitutions >= 2 && (!same_title || moving_share(a, b, differences) >= SAME_TITLE_SHARE);
    }
    published_apart(a, b) && titles_differ_in_a_slot(a, b) && slots.substitutions >= 3
}

/// Whether two texts are one bulletin about two subjects, be it on the same day.
fn is_other_subject(a: &Reading, b: &Reading, differences: &[Difference], subjects: Subjects) -> bool {
    let slots = Slots::of(a, b, differences);
    let replaced: usize = differences.iter().filter(|one| is_replaced(a, b, one)).map(Difference::words).sum();
    let share = match subjects {
        Subjects::Named => SUBJECT_SHARE,
        Subjects::Hinted => UNTITLED_SUBJECT_SHARE,
    };
    slots.substitutions >= SUBJECT_SLOTS
        && (slots.words + replaced) as f64 >= MIN_SLOT_SHARE * slots.differing as f64
        && moving_share(a, b, differences) >= share
}

/// The slots in which two texts differ.
struct Slots {
    /// How many different ones there are: one correction made in several places is one.
    substitutions: usize,
    /// How many words stand in them.
    words: usize,
    /// How many words differ at all, lists aside.
    differing: usize,
    /// In one of them a day moves.
    day_moves: bool,
}

impl Slots {
    fn of(a: &Reading, b: &Reading, differences: &[Difference]) -> Slots {
        let slots: Vec<Slot> = differences.iter().filter_map(|difference| Slot::of(a, b, difference)).collect();
        let substitutions: BTreeSet<_> = slots.iter().map(|slot| (&slot.from, &slot.to)).collect();
        let others = differences.iter().filter(|difference| !is_list(a, b, difference));
        Slots {
            substitutions: substitutions.len(),
            words: slots.iter().map(|slot| slot.words).sum(),
            differing: others.map(Difference::words).sum(),
            day_moves: slots.iter().any(|slot| slot.day_moves),
        }
    }
}

/// The share of the different names and figures of a text that stand where the two differ; the smaller one of the two.
fn moving_share(a: &Reading, b: &Reading, differences: &[Difference]) -> f64 {
    let share = |reading: &Reading, side: fn(&Difference) -> &[usize]| {
        let is_value = |place: usize| matches!(reading.kinds[place], WordKind::Name | WordKind::Number);
        let values = |places: &mut dyn Iterator<Item = usize>| -> usize {
            places.filter(|&place| is_value(place)).map(|place| reading.words[place]).collect::<BTreeSet<u64>>().len()
        };
        let moving = values(&mut differences.iter().flat_map(|difference| side(difference).iter().copied()));
        moving as f64 / values(&mut (0..reading.words.len())).max(1) as f64
    };
    share(a, |difference| &difference.a).min(share(b, |difference| &difference.b))
}

/// Whether only one side has words here, and at least half of them are values: a list grew by a line, which speaks neither
/// for a bulletin nor against it.
fn is_list(a: &Reading, b: &Reading, difference: &Difference) -> bool {
    let values = |reading: &Reading, words: &[usize]| {
        words.iter().filter(|&&place| reading.kinds[place] != WordKind::Plain).count() * 2 >= words.len()
    };
    (difference.a.is_empty() || difference.b.is_empty()) && values(a, &difference.a) && values(b, &difference.b)
}

/// Whether a few words without a value stand in place of a few others: the maker of pumps for the bakery chain.
fn is_replaced(a: &Reading, b: &Reading, difference: &Difference) -> bool {
    let both = 1..=REPLACED_WORDS;
    both.contains(&difference.a.len()) && both.contains(&difference.b.len()) && Slot::of(a, b, difference).is_none()
}

/// Joins changes that lie a word apart, if either is an insertion or a deletion: where `Bắc Trung Bộ` stands for `vùng núi
/// phía Bắc`, the word that both have is aligned by chance.
fn joined(changes: &[Change]) -> Vec<Change> {
    let mut joined: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        match joined.last_mut() {
            Some(last)
                if change.a.start <= last.a.end + 1
                    && (last.a.is_empty() || last.b.is_empty() || change.a.is_empty() || change.b.is_empty()) =>
            {
                *last = Change { a: last.a.start..change.a.end, b: last.b.start..change.b.end };
            }
            _ => joined.push(change.clone()),
        }
    }
    joined
}

/// A place where a bulletin has one value and its neighbor another.
struct Slot {
    from: Vec<u64>,
    to: Vec<u64>,
    /// [`Difference::words`].
    words: usize,
    /// Both sides name a day, and not the same.
    day_moves: bool,
}

impl Slot {
    fn of(a: &Reading, b: &Reading, difference: &Difference) -> Option<Slot> {
        let (left, right) = (&difference.a, &difference.b);
        let holds_value =
            |reading: &Reading, words: &[usize]| words.iter().any(|&place| reading.kinds[place] != WordKind::Plain);
        if difference.words() > SLOT_WORDS || !holds_value(a, left) || !holds_value(b, right) {
            return None;
        }
        let words = |reading: &Reading, places: &[usize]| places.iter().map(|&place| reading.words[place]).collect();
        let days = |reading: &Reading, places: &[usize]| -> BTreeSet<u16> {
            places.iter().filter_map(|&place| reading.kinds[place].day()).collect()
        };
        let (days_left, days_right) = (days(a, left), days(b, right));
        Some(Slot {
            from: words(a, left),
            to: words(b, right),
            words: difference.words(),
            day_moves: !days_left.is_empty() && !days_right.is_empty() && days_left.is_disjoint(&days_right),
        })
    }
}

/// Whether both have titles of one frame in which a day, a number or a name differs.
fn titles_differ_in_a_slot(a: &Reading, b: &Reading) -> bool {
    let titled = |reading: &Reading| {
        let (words, kinds) = reading.title.iter().copied().unzip();
        Reading::of_words(words, kinds, 1)
    };
    let (a, b) = (titled(a), titled(b));
    let whole = |change: Change| Difference { a: change.a.clone().collect(), b: change.b.clone().collect(), change };
    let changes = changes(&a, &b);
    !changes.is_empty() && changes.into_iter().all(|change| Slot::of(&a, &b, &whole(change)).is_some())
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, verify};
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use crate::settings::Settings;

    fn pairs(json_lines: &str) -> Vec<[serde_json::Value; 2]> {
        let records: Vec<serde_json::Value> =
            json_lines.lines().map(|line| serde_json::from_str(line).expect("test data is JSON")).collect();
        records.chunks(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
    }

    fn reading(record: &serde_json::Value) -> Reading {
        let field = |name: &str| record[name].as_str().map(|text| text.to_owned().into());
        let published = record["published"].as_str().and_then(crate::days::published::parse);
        let article =
            Article { text: field("text").unwrap_or_default(), title: field("title"), published, ..Article::default() };
        Reading::of(&article, &ShellTable::default(), 5)
    }

    fn kinds(json_lines: &str) -> Vec<(String, Option<Kind>)> {
        let rules = Rules::of(&Settings::default());
        pairs(json_lines)
            .iter()
            .map(|[a, b]| {
                let found = verify(&reading(a), &reading(b), &rules);
                (a["pair"].to_string(), found.map(|(_, kind)| kind))
            })
            .collect()
    }

    #[test]
    fn bulletins_of_two_days_are_templates_however_similar() {
        for (pair, kind) in kinds(include_str!("../../tests/data/bulletins.jsonl")) {
            assert_eq!(kind, Some(Kind::Template), "{pair}");
        }
    }

    /// Sixty-four pairs of sixteen kinds of bulletins in two languages, all made up: four of each kind.
    #[test]
    fn what_a_pair_is_about_tells_bulletins_from_updates_and_corrections() {
        let records = include_str!("../../tests/kinds/subjects.jsonl");
        let changes = pairs(records).into_iter().map(|[a, _]| a["expect"] == "template");
        let wrong: Vec<String> = kinds(records)
            .into_iter()
            .zip(changes)
            .filter(|((_, kind), template)| match template {
                true => kind.is_some_and(|kind| kind != Kind::Template),
                false => !kind.is_some_and(Kind::is_copy),
            })
            .map(|((pair, kind), _)| format!("{pair}: {kind:?}"))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn lightly_updated_copies_are_copies() {
        for (pair, kind) in kinds(include_str!("../../tests/data/light_updates.jsonl")) {
            assert!(kind.is_some_and(Kind::is_copy), "{pair}: {kind:?}");
        }
    }

    fn kind_of(a: &str, b: &str) -> Option<Kind> {
        let reading =
            |text: &str| Reading::of(&Article { text: text.into(), ..Article::default() }, &ShellTable::default(), 5);
        verify(&reading(a), &reading(b), &Rules::of(&Settings::default())).map(|(_, kind)| kind)
    }

    fn kind_of_titled(a: (&str, &str), b: (&str, &str)) -> Option<Kind> {
        let [a, b] = [a, b].map(|(title, text)| reading(&serde_json::json!({ "title": title, "text": text })));
        verify(&a, &b, &Rules::of(&Settings::default())).map(|(_, kind)| kind)
    }

    /// The draws of two days in May were taken for copies: both titles name the month.
    #[test]
    fn titles_of_two_days_of_one_month_make_a_template() {
        let story = story();
        let draw = |numbers: &str| format!("{story} gồm {numbers}");
        let (first, second) = (draw("11 22 33 44 55 66"), draw("12 23 34 45 56 67"));
        assert_eq!(kind_of_titled(("Xổ số ngày 12/5", &first), ("Xổ số ngày 26/5", &second)), Some(Kind::Template));
        assert_eq!(kind_of_titled(("Xổ số ngày 12/5", &first), ("Xổ số hôm nay 12/5", &second)), Some(Kind::Copy));
        assert_eq!(kind_of_titled(("Xổ số ngày 12/5", &first), ("Xổ số ngày 26/5", &first)), Some(Kind::Identical));
    }

    /// Eight phrases of so many words that others use too, each with so many words of its own behind it.
    fn forecast(day: &str, phrase_words: u8, own: char, own_words: u8) -> String {
        let letter = |number: u8| char::from(b'a' + number);
        let phrases = (0..8).map(|phrase| {
            let shared = (0..phrase_words).map(|word| format!("chung{}{}", letter(phrase), letter(word)));
            let own = (0..own_words).map(|word| format!("riêng{own}{}{}", letter(phrase), letter(word)));
            shared.chain(own).collect::<Vec<_>>().join(" ")
        });
        format!("Ngày {day}, {}", phrases.collect::<Vec<_>>().join(" "))
    }

    /// Forecasts of eight days of May stood in one cluster: one office's phrases, in which every day has its own words.
    #[test]
    fn phrases_in_common_and_other_days_in_the_opening_make_a_template() {
        let kind = |days: [&str; 2], phrase_words| {
            kind_of(&forecast(days[0], phrase_words, 'x', 3), &forecast(days[1], phrase_words, 'y', 3))
        };
        assert_eq!(kind(["8/2", "9/2"], 10), Some(Kind::Template));
        assert_eq!(kind(["8/2", "8/2"], 10), Some(Kind::Copy));
        assert_eq!(kind(["8/2", "9/2"], 20), Some(Kind::Copy), "passages: a story that is told a day later");
    }

    #[test]
    fn what_is_a_template_does_not_depend_on_the_threshold_of_copies() {
        let [a, b] = [forecast("8/2", 10, 'x', 3), forecast("9/2", 10, 'y', 8)];
        let [a, b] = [a, b].map(|text| reading(&serde_json::json!({ "text": text })));
        let rules = |threshold| Rules::of(&Settings { threshold: Some(threshold), ..Settings::default() });
        let (numbers, kind) = verify(&a, &b, &rules(0.5)).unwrap();
        assert_eq!(kind, Kind::Copy, "{numbers:?}");
        let higher = verify(&a, &b, &rules(0.62)).map(|(_, kind)| kind);
        assert_eq!((rules(0.62).again(&numbers, kind), higher), (Some(Kind::Excerpt), Some(Kind::Excerpt)));
    }

    /// Forty different words.
    fn story() -> String {
        (0..40)
            .map(|word| format!("từ{}", (b'a' + word % 26) as char).repeat(1 + word as usize / 26))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn bylines_captions_and_a_lead_at_the_bottom_leave_a_text_identical() {
        let story = story();
        let (lead, body) = story.split_at(story.find("từn").unwrap());
        assert_eq!(kind_of(&story, &format!("(TTXVN) - {story}")), Some(Kind::Identical));
        assert_eq!(kind_of(&format!("{story} Theo Dân Trí"), &format!("{story} Hoàng Nam")), Some(Kind::Identical));
        assert_eq!(kind_of(&story, &format!("{body} {lead}")), Some(Kind::Identical));
        assert_eq!(kind_of(&story, &format!("{lead}(Ảnh: Reuters) {body}")), Some(Kind::Identical));
    }

    /// Both share all their shingles, which are a set.
    #[test]
    fn a_word_said_more_often_and_rows_in_another_order_are_not_identical() {
        let said = |times: usize| "tin ".repeat(times);
        assert_eq!(kind_of(&said(10), &said(200)), Some(Kind::Copy));
        let rows = |step: usize| -> String {
            let rows = ["một hai ba", "hai ba một", "ba một hai", "hai một ba", "một ba hai"];
            (0..60).map(|row| format!("{} ", rows[row * row * step % 5])).collect()
        };
        let (a, b) = (rows(1), rows(2));
        assert_ne!(a, b);
        assert!(kind_of(&a, &b).is_none_or(|kind| kind != Kind::Identical));
    }

    #[test]
    fn credits_at_the_end_and_a_caption_of_an_agency_leave_a_text_identical_and_a_sentence_does_not() {
        let letters = || (b'a'..=b't').map(char::from);
        let words: Vec<String> = letters().flat_map(|a| letters().map(move |b| format!("ch{a}{b}"))).collect();
        let story = words.join(" ");
        let credits = "Associated Press writers Ann Lee in Oxley and Tom Roe in Penn contributed to this report. This material may not be \
                       published, broadcast, rewritten or redistributed.";
        assert_eq!(kind_of(&story, &format!("{story} {credits}")), Some(Kind::Identical));
        let (lead, body) = story.split_at(story.find("chka").unwrap());
        let with = |middle: &str| kind_of(&story, &format!("{lead}. {middle} {body}"));
        assert_eq!(with("A boat in the port of Marlow on May 29, 2019. REUTERS/Jim Bourg"), Some(Kind::Identical));
        assert_eq!(with("The mayor will not resign over it, she told Reuters."), Some(Kind::Copy));
    }

    /// Forecasts of a rainy week share passages longer than phrases, and no title said the day.
    #[test]
    fn texts_that_call_two_days_today_are_bulletins_if_figures_differ() {
        let story = story();
        let bulletin =
            |day: &str, degrees: u32| format!("Mưa lớn sáng nay ({day}). {story} Thấp nhất {degrees} độ C ở vùng núi");
        assert_eq!(kind_of(&bulletin("8/2", 13), &bulletin("09/02", 11)), Some(Kind::Template));
        assert!(kind_of(&bulletin("8/2", 13), &bulletin("08/02", 13)).is_some_and(Kind::is_copy));
        let english = |day: &str, inches: u32| {
            format!("Today, May {day}, snow will fall. {story} Up to {inches} inches are expected")
        };
        assert_eq!(kind_of(&english("3", 8), &english("4", 5)), Some(Kind::Template));
    }

    #[test]
    fn another_day_near_an_end_is_no_byline() {
        let story = story();
        assert_eq!(kind_of(&format!("Sáng ngày 22/2 {story}"), &format!("Sáng ngày 23/2 {story}")), Some(Kind::Copy));
    }

    #[test]
    fn a_changed_word_inside_the_story_makes_it_a_copy() {
        let story = story();
        assert_eq!(kind_of(&story, &story.replace(" từt ", " khác ")), Some(Kind::Copy));
    }
}
