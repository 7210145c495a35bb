//! An article in, its profile out: the terms, names, numbers and days by which events are told apart.
//!
//! A term is a word or a pair of neighboring words of one sentence. Where it stands counts (title, lead, anywhere), and what
//! it is: a *name* is written with a capital inside a sentence, a *number* holds digits and is no part of a day. Variants
//! of a name (Moskva, Moscow, Mát-xcơ-va) are made one first.

use std::ops::Range;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::days::{Day, Mention, Mentions, NearDays, Sureness, may_begin};
use crate::normalize::Words;
use crate::shingle::{BASE, sort_by_hash};

use super::frequencies::{Language, Level, background, background_common};
use super::numbering::Numbering;
use super::variants;

/// Names, numbers and pairs of words are taken from this many words at the beginning of the text, and as many of title and lead:
/// news says first what happened, and what comes later is background that other events share. Days are taken from all of the text.
const LEADING_WORDS: usize = 120;

/// Single words are taken from this many words of the text. Of proposed pairs of undated English articles, the cosine of the words of
/// a true pair is the greater one in 93 % of cases, with 120 words in 90 %; more than 500 change little.
const TEXT_WORDS: usize = 500;

/// Where the input has no lead of its own, the first words of the text stand for it.
const LEAD_WORDS: usize = 60;

/// What more than one in four articles of the background have tells no event, but for names: a profile goes without it, where the
/// text is no headline.
const LEAST_LEVEL: Level = 16;

/// One term of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The upper half of the hash of its word, or of its two words.
    pub hash: u32,
    /// How often it stands in title, lead and the beginning of the text; 255 for more. Zero for a word that only comes later.
    pub count: u8,
    /// How often it stands in title, lead and the first 500 words of the text; 255 for more. Pairs of words are counted at the beginning
    /// only.
    pub count_in_text: u8,
    /// How rare it is.
    pub level: Level,
    /// What it is and where it stands.
    pub traits: Traits,
}

/// A set of marks of a term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits(u8);

impl Traits {
    /// Two neighboring words.
    pub const PAIR: Traits = Traits(1);
    /// In the title.
    pub const TITLE: Traits = Traits(2);
    /// In the lead.
    pub const LEAD: Traits = Traits(4);
    /// Written as a name.
    pub const NAME: Traits = Traits(8);
    /// With digits.
    pub const NUMBER: Traits = Traits(16);

    /// Whether all marks of `other` are among these.
    pub const fn has(self, other: Traits) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any is.
    pub const fn has_any(self, other: Traits) -> bool {
        self.0 & other.0 != 0
    }

    /// The set as a number below 32.
    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The set that this number stands for.
    pub(super) const fn of_bits(bits: u8) -> Traits {
        Traits(bits & 31)
    }

    /// These but those of `other`.
    pub fn without(self, other: Traits) -> Traits {
        Traits(self.0 & !other.0)
    }

    /// Both together.
    pub const fn and(self, other: Traits) -> Traits {
        Traits(self.0 | other.0)
    }
}

/// What is known of an article for the question which event it reports. A few KB.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Its terms in rising order of hash.
    pub terms: Vec<Term>,
    /// The days that its text, title and lead name, each once, in rising order, with the weight of their mentions.
    pub named: Vec<(Day, f32)>,
    /// The days that it is about: those it names and that of publication, with weights of a sum of 1.
    pub days: Vec<(Day, f32)>,
    /// The day that it is about as far as days tell: the one that weighs most together with its neighbors.
    pub focus: Option<Day>,
    /// The days that its title names, rising.
    pub title_days: Vec<Day>,
    /// The day of publication, given or from a dateline.
    pub published: Option<Day>,
    /// How many words of the text it is made of.
    pub words: u32,
    /// What its weights come from.
    pub language: Language,
    /// The most that a term weighs by the table in force.
    pub rarest: f32,
    /// The moment of publication, in seconds of the epoch, where more than the day is known.
    pub moment: Option<i64>,
}

/// A word as a profile sees it.
#[derive(Clone, Copy)]
pub(super) struct Token {
    hash: u64,
    capital: bool,
    /// Whether it begins a sentence, where a capital says nothing.
    begins: bool,
    digits: bool,
    /// A part of a day.
    of_day: bool,
}

impl Token {
    /// Whether it is written as a name.
    pub(super) fn is_name(&self) -> bool {
        self.capital && !self.begins && !self.digits
    }

    /// The term that it is.
    pub(super) fn term(&self) -> u32 {
        half(self.hash)
    }

    /// The term that it and the next word are.
    pub(super) fn pair(&self, next: &Token) -> u32 {
        half(self.hash.wrapping_mul(BASE).wrapping_add(next.hash).wrapping_mul(BASE))
    }
}

impl Profile {
    /// The profile of an article, whose text has these `words`, without the shells of `table`. Levels are those of the background,
    /// until [`TermTable::weigh`](super::TermTable::weigh) puts in others.
    pub fn of(article: &Article<'_>, words: &Words, table: &ShellTable) -> Profile {
        let kept = table.kept(article.source.as_deref().unwrap_or(""), words);
        let mut profile = Profiler::default().profile(article, words, kept.as_deref());
        background().weigh(std::slice::from_mut(&mut profile));
        profile
    }

    /// The day that the article is of, as far as that is sure: that of its publication, else the one in focus, if it and its
    /// neighbors are named again and again.
    pub fn day(&self) -> Option<Day> {
        let sure = |focus: &Day| {
            let near = self.named.iter().filter(|(day, _)| day.gap(*focus) <= SURE_DAYS);
            near.map(|(_, weight)| weight).sum::<f32>() >= SURE_WEIGHT
        };
        self.published.or(self.focus.filter(sure))
    }

    /// A number that rises with the day of publication; the greatest where that is not known.
    pub(super) fn time(&self) -> i64 {
        self.published.map_or(i64::MAX, Day::as_order)
    }

    /// What reports are put in order by: the day of publication, then a hash of what they say. Reports have one place in this
    /// order whatever their ids are, so what is settled by place does not depend on ids.
    pub fn order(&self) -> (i64, u64) {
        let terms = self
            .terms
            .iter()
            .map(|term| u64::from(term.hash) << 32 | u64::from(term.count) << 8 | u64::from(term.traits.bits()));
        let days = self.named.iter().map(|&(day, weight)| day.as_order() as u64 ^ u64::from(weight.to_bits()) << 32);
        let bytes: Vec<u8> = terms.chain(days).flat_map(u64::to_le_bytes).collect();
        (self.time(), xxh3_64(&bytes))
    }

    /// Finds [`Profile::days`] and [`Profile::focus`] from what is named and when it was published.
    pub fn settle_days(&mut self) {
        let mut days = Days(self.named.clone());
        if let Some(published) = self.published {
            // News is of the days about its publication; earlier ones are its background, later ones its outlook.
            let weight = |day: Day| if day.gap(published) > RECENT { BACKGROUND_WEIGHT } else { 1.0 };
            days.0.iter_mut().for_each(|(day, sum)| *sum *= weight(*day));
            days.add(published, 1.0);
        }
        (self.days, self.focus) = settled(days.each_once());
    }

    /// Whether the two are one bulletin on two days: their titles differ in the day and in little else. `title`: how alike
    /// these are, [`Evidence::title`](super::Evidence::title), asked for where they name different days.
    pub fn is_bulletin_of_another_day(&self, other: &Profile, title: impl FnOnce() -> Option<f32>) -> bool {
        let (a, b) = (&self.title_days, &other.title_days);
        let near = |day: &Day| b.iter().any(|other| other.gap(*day) == 0);
        !a.is_empty() && !b.is_empty() && !a.iter().any(near) && title().is_some_and(|title| title >= SAME_TITLE)
    }
}

/// Makes profiles: buffers that are used for article after article.
#[derive(Default)]
pub struct Profiler {
    /// The words of a title or a lead.
    field: Words,
    tokens: Tokens,
    terms: Tally,
}

impl Profiler {
    /// The profile of an article, whose text has these `words`; the ranges `kept` are no shells (`None`: all of them). The levels
    /// of its terms mean nothing until [`TermTable::weigh`](super::TermTable::weigh) puts them in.
    pub fn profile(&mut self, article: &Article<'_>, words: &Words, kept: Option<&[Range<usize>]>) -> Profile {
        self.terms.clear(2 * LEADING_WORDS + TEXT_WORDS);
        let given = article.published.and_then(Day::of_published);
        let whole = 0..words.len();
        let runs = kept.unwrap_or(std::slice::from_ref(&whole));
        let leading = first_words(runs, LEADING_WORDS);
        let beginning = first_words(runs, TEXT_WORDS);
        let until = beginning.last().map_or(0, |run| run.end);
        let mut mentions = self.tokens.read_with_days(words, until, &article.text, given);
        let published = given.or(mentions.dateline);
        let mut place = 0;
        for run in leading {
            let own_lead = article.lead.is_none();
            let lead_until = if own_lead { run.start + LEAD_WORDS.saturating_sub(place) } else { 0 };
            place += run.len();
            gather(&self.tokens.all[run.clone()], run.start, lead_until, Traits::default(), &mut self.terms);
        }
        let mut leading_words = place;
        for run in beginning {
            let later = (run.start + leading_words).min(run.end)..run.end;
            leading_words -= run.len().min(leading_words);
            let words = self.tokens.all[later].iter().filter(|token| !token.of_day);
            words.for_each(|token| self.terms.add_later(token.term()));
        }
        let mut days = Days::default();
        let mut near = mentions.near;
        let mut title_days = Vec::new();
        for (field, mark) in [(&article.title, Traits::TITLE), (&article.lead, Traits::LEAD)] {
            let Some(field) = field else { continue };
            self.field.read(field);
            let mut of_field = self.tokens.read_with_days(&self.field, LEADING_WORDS, field, published);
            near.iter().for_each(|&near| of_field.complete(near));
            near = near.or(of_field.near);
            gather(&self.tokens.all, 0, 0, mark, &mut self.terms);
            let named = of_field.days.iter().flat_map(Mention::ends);
            named.clone().for_each(|day| days.add(day, 2.0));
            if mark == Traits::TITLE {
                title_days.extend(named);
                title_days.sort_unstable();
                title_days.dedup();
            }
        }
        // Title and text are of one year.
        near.iter().for_each(|&near| mentions.complete(near));
        let in_runs =
            |at: usize| runs.get(runs.partition_point(|run| run.end <= at)).is_some_and(|run| run.start <= at);
        for mention in mentions.days.iter().filter(|mention| in_runs(mention.words.start)) {
            let weight = if mention.words.start < LEAD_WORDS { 2.0 } else { 1.0 };
            mention.ends().for_each(|day| days.add(day, weight));
        }
        let mut terms = self.terms.terms();
        let language = told_apart(&mut terms, place >= LEAD_WORDS);
        let named = days.each_once();
        let mut profile = Profile {
            terms,
            named,
            days: Vec::new(),
            focus: None,
            title_days,
            published,
            words: place as u32,
            language,
            rarest: 0.0,
            moment: article.published.filter(|published| !published.is_day).map(|published| published.epoch_seconds),
        };
        profile.settle_days();
        profile
    }
}

/// The first `count` words of these runs.
fn first_words(runs: &[Range<usize>], count: usize) -> Vec<Range<usize>> {
    let mut rest = count;
    let cut = |run: &Range<usize>| {
        let run = run.start..run.end.min(run.start + rest);
        rest -= run.len();
        (!run.is_empty()).then_some(run)
    };
    runs.iter().map_while(cut).collect()
}

/// The words of one text as profiles see them: a buffer that is used for text after text.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) all: Vec<Token>,
    /// Where a day may begin.
    day_places: Vec<u32>,
    /// Where a variant may begin.
    variant_places: Vec<u32>,
}

/// For the upper bits of a hash what may begin with such a word: of a hundred words, a few are looked up in vain.
static FIRSTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let may_begin = |place: u64| {
        let hash = place << (u64::BITS - FIRSTS_BITS);
        (u8::from(may_begin(hash, false)) * DAY) | (u8::from(variants::may_begin(hash)) * VARIANT)
    };
    (0..1 << FIRSTS_BITS).map(may_begin).collect()
});

/// As many bits as [`variants::may_begin`] and [`may_begin`] look at, or more.
const FIRSTS_BITS: u32 = 14;

const DAY: u8 = 1;
const VARIANT: u8 = 2;

impl Tokens {
    /// Those of `words`, in place of what was here, with variants made one; days are not marked.
    pub(super) fn read(&mut self, words: &Words) {
        self.take(words, words.len());
        self.make_variants_one();
    }

    /// The first `count` of them, and the days that any of the words, which were read from `text`, name: those among the first are
    /// marked.
    fn read_with_days(&mut self, words: &Words, count: usize, text: &str, published: Option<Day>) -> Mentions {
        self.take(words, count);
        let rest = self.all.len();
        self.day_places.extend((rest as u32..).zip(words.marked_hashes().skip(rest)).filter_map(|(at, marked)| {
            let (first, _) = first_and_digits(words, at, marked);
            (first & DAY != 0).then_some(at)
        }));
        let places = self.day_places.iter().map(|&at| at as usize);
        let mut mentions = Mentions::at(places, words, text, published);
        mentions.days.retain(|mention| mention.sure >= Sureness::Likely);
        for mention in &mentions.days {
            let Range { start, end } = mention.words;
            self.all[start.min(rest)..end.min(rest)].iter_mut().for_each(|token| token.of_day = true);
        }
        self.make_variants_one();
        mentions
    }

    fn take(&mut self, words: &Words, count: usize) {
        let Tokens { all, day_places, variant_places } = self;
        all.clear();
        day_places.clear();
        variant_places.clear();
        all.extend((0..).zip(words.marked_hashes().take(count)).map(|(at, marked)| {
            let (hash, capital, _) = marked;
            let (first, digits) = first_and_digits(words, at, marked);
            if first != 0 {
                day_places.extend((first & DAY != 0).then_some(at));
                variant_places.extend((first & VARIANT != 0).then_some(at));
            }
            Token { hash, capital, begins: false, digits, of_day: false }
        }));
        for segment in words.segments() {
            let Some(first) = all.get_mut(segment.words.start) else { break };
            first.begins = true;
        }
    }

    /// Makes variants one: a variant of several words is its first, and the others are its hash again, which no pair of words is
    /// made of.
    fn make_variants_one(&mut self) {
        let mut next = 0;
        for at in self.variant_places.iter().map(|&at| at as usize) {
            if at < next {
                continue;
            }
            if let Some((length, canonical)) = variants::at(&self.all[at..], |token| token.hash) {
                next = at + length;
                for token in &mut self.all[at..next] {
                    token.hash = canonical;
                    token.capital = true;
                }
            }
        }
    }
}

/// What may begin with a word, [`DAY`] and [`VARIANT`], and whether it holds digits. `at`: where it stands, with what
/// [`Words::marked_hashes`] says there.
#[inline]
fn first_and_digits(words: &Words, at: u32, (hash, _, digit): (u64, bool, bool)) -> (u8, bool) {
    let first = FIRSTS[(hash >> (u64::BITS - FIRSTS_BITS)) as usize];
    // Few words have any, and of these some only digits of other scripts.
    if !digit {
        return (first, false);
    }
    let word = words.word(at as usize).as_bytes();
    (first | DAY, word.iter().any(u8::is_ascii_digit))
}

/// Adds the terms of a run of words. `first`: where the run stands in the text, of which the words before `lead_until` are lead.
fn gather(tokens: &[Token], first: usize, lead_until: usize, mark: Traits, terms: &mut Tally) {
    let mut before: Option<&Token> = None;
    for (token, place) in tokens.iter().zip(first..) {
        let previous = before.replace(token).filter(|_| !token.begins);
        if token.of_day || previous.is_some_and(|previous| previous.hash == token.hash) {
            continue;
        }
        let mark = if place < lead_until { mark.and(Traits::LEAD) } else { mark };
        let number = if token.digits { Traits::NUMBER } else { Traits::default() };
        let name = token.is_name();
        terms.add(token.term(), mark.and(number), name);
        if let Some(previous) = previous.filter(|previous| !previous.of_day) {
            let number = if previous.digits { Traits::NUMBER } else { number };
            terms.add(previous.pair(token), mark.and(number).and(Traits::PAIR), name && previous.capital);
        }
    }
}

/// Terms as they are counted.
#[derive(Default)]
struct Tally {
    numbering: Numbering,
    counted: Vec<Counted>,
}

/// A term and where it stands.
struct Counted {
    hash: u32,
    count: u32,
    count_in_text: u32,
    /// How often it is written as a name.
    names: u32,
    traits: Traits,
}

impl Tally {
    /// Forgets all terms, and makes room for those of so many words: as a rule there are somewhat more of these than words.
    fn clear(&mut self, words: usize) {
        self.numbering.clear(words);
        self.counted.clear();
    }

    #[inline]
    fn add(&mut self, hash: u32, traits: Traits, name: bool) {
        match self.counted.get_mut(self.numbering.place(hash)) {
            None => self.counted.push(Counted { hash, count: 1, count_in_text: 1, names: u32::from(name), traits }),
            Some(term) => {
                term.count += 1;
                term.count_in_text += 1;
                term.names += u32::from(name);
                term.traits = term.traits.and(traits);
            }
        }
    }

    /// Adds a word that stands after the beginning of the text.
    #[inline]
    fn add_later(&mut self, hash: u32) {
        match self.counted.get_mut(self.numbering.place(hash)) {
            None => {
                self.counted.push(Counted { hash, count: 0, count_in_text: 1, names: 0, traits: Traits::default() });
            }
            Some(term) => term.count_in_text += 1,
        }
    }

    /// The terms in rising order of hash. Each is a name where half of its places say so.
    fn terms(&self) -> Vec<Term> {
        let term = |one: &Counted| {
            let is_name = one.names > 0 && 2 * one.names >= one.count;
            let name = if is_name { Traits::NAME } else { Traits::default() };
            let [count, count_in_text] = [one.count, one.count_in_text].map(|count| count.min(255) as u8);
            Term { hash: one.hash, count, count_in_text, level: 0, traits: one.traits.and(name) }
        };
        let mut terms: Vec<Term> = self.counted.iter().map(term).collect();
        sort_by_hash(&mut terms, |term| u64::from(term.hash) << 32);
        terms
    }
}

fn half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The hash of a term of one or two words, as the background table is made of.
pub fn term_hash(term: &str) -> Option<u32> {
    let hashes: Vec<u64> = Words::of(term).hashes().collect();
    match hashes[..] {
        [word] => Some(half(word)),
        [first, second] => Some(half(first.wrapping_mul(BASE).wrapping_add(second).wrapping_mul(BASE))),
        _ => None,
    }
}

/// An article is in the background's language where this share of its words are common there.
const MIN_COMMON_SHARE: f64 = 0.3;

/// Says which language terms tell. Where it is the background's, and it is asked for, its commonest words are taken out.
fn told_apart(terms: &mut Vec<Term>, without_commonest: bool) -> Language {
    let (mut common, mut all) = (0u64, 0u64);
    for term in &mut *terms {
        let level = background_common(term.hash);
        term.level = level.unwrap_or(Level::MAX);
        if !term.traits.has_any(Traits::PAIR.and(Traits::NUMBER)) {
            all += u64::from(term.count);
            common += if level.is_some() { u64::from(term.count) } else { 0 };
        }
    }
    if (common as f64) / (all as f64).max(1.0) < MIN_COMMON_SHARE {
        return Language::Other;
    }
    if without_commonest {
        terms.retain(|term| term.level >= LEAST_LEVEL || term.traits.has(Traits::NAME));
    }
    Language::Background
}

/// What a term's repetitions make of its weight: `1 + ln count` (sublinear scaling; Manning, Raghavan, Schütze, section 6.4.1).
pub(super) fn count_weight(count: u8) -> f32 {
    static WEIGHTS: LazyLock<[f32; 256]> =
        LazyLock::new(|| std::array::from_fn(|count| 1.0 + (count.max(1) as f32).ln()));
    WEIGHTS[count as usize]
}

/// Titles of this cosine, days aside, are one title. Pairs of recurring bulletins that were joined without this
/// rule had 0.96 and more.
const SAME_TITLE: f32 = 0.75;

/// Days within so many of the one in focus speak of the same happening.
const SURE_DAYS: u32 = 2;

/// The least weight of such mentions: one at the beginning and another one, or three anywhere.
const SURE_WEIGHT: f32 = 3.0;

/// Days within so many of publication are what an article reports.
const RECENT: u32 = 5;

/// What a mention of another day weighs.
const BACKGROUND_WEIGHT: f32 = 0.3;

/// The share of its weight that a day lends to one `gap` days away: 0.6 to the next, nothing from six days on.
pub(super) fn nearness(gap: u32) -> f32 {
    NEAR.get(gap as usize).copied().unwrap_or(0.0)
}

const NEAR: [f32; 6] = [1.0, 0.6, 0.4, 0.25, 0.15, 0.1];

/// Calls `visit` for each of the days `asked` with the sum of what `share` makes of it and every one of `days` that is near it:
/// its weight, the other's and the nearness of the two. Both are in rising order.
pub(super) fn sums_of_near_days(
    asked: &[(Day, f32)],
    days: &[(Day, f32)],
    share: impl Fn(f32, f32, f32) -> f32,
    mut visit: impl FnMut(f32),
) {
    let shared = |&(day, own): &(Day, f32), &(other, weight): &(Day, f32)| share(own, weight, nearness(day.gap(other)));
    if asked.len() * days.len() <= FEW_PAIRS_OF_DAYS {
        return asked.iter().for_each(|one| visit(days.iter().map(|other| shared(one, other)).sum()));
    }
    let near = NearDays::of(days.iter().map(|&(day, _)| day));
    let mut places = Vec::new();
    for one in asked {
        near.places(one.0, NEAR.len() as u32 - 1, &mut places);
        // In the order of days, because a sum of floats depends on it; what is left out would add zero.
        visit(places.iter().map(|&place| shared(one, &days[place as usize])).sum::<f32>() + 0.0);
    }
}

/// Up to this many pairs are compared directly. An article of news names 5 days, and a pair takes some nanoseconds.
const FEW_PAIRS_OF_DAYS: usize = 10_000;

/// The days of an article as they are found.
#[derive(Default)]
struct Days(Vec<(Day, f32)>);

impl Days {
    fn add(&mut self, day: Day, weight: f32) {
        self.0.push((day, weight));
    }

    /// The days in order, each once with the sum of its weights.
    fn each_once(self) -> Vec<(Day, f32)> {
        let Days(mut days) = self;
        // Stable, because a sum of floats depends on their order.
        days.sort_by_key(|&(day, _)| day);
        days.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        days
    }
}

/// These days, which are in order, their weights having a sum of 1, and the day in focus.
fn settled(mut days: Vec<(Day, f32)>) -> (Vec<(Day, f32)>, Option<Day>) {
    let sum: f32 = days.iter().map(|(_, weight)| weight).sum();
    days.iter_mut().for_each(|(_, weight)| *weight /= sum);
    let mut near = Vec::with_capacity(days.len());
    sums_of_near_days(&days, &days, |_, weight, near| weight * near, |sum| near.push(sum));
    let focus = days.iter().zip(near).reduce(|best, one| if one.1 > best.1 { one } else { best });
    let focus = focus.map(|((day, _), _)| *day);
    (days, focus)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn terms_are_counted_as_a_map_counts_them(
            added in prop::collection::vec((0u32..40, 0u8..32, any::<bool>()), 0..200),
        ) {
            let added = added.into_iter().map(|(hash, traits, name)| {
                (hash, Traits::of_bits(traits).without(Traits::NAME), name)
            });
            let mut tally = Tally::default();
            let mut expected: BTreeMap<u32, Vec<(Traits, bool)>> = BTreeMap::new();
            for (hash, traits, name) in added {
                tally.add(hash, traits, name);
                expected.entry(hash).or_default().push((traits, name));
            }
            let found = tally.terms();
            let expected: Vec<Term> = expected.into_iter().map(|(hash, places)| {
                let names = places.iter().filter(|(_, name)| *name).count();
                let name = if 2 * names >= places.len() { Traits::NAME } else { Traits::default() };
                let traits = places.iter().fold(name, |all, (traits, _)| all.and(*traits));
                let count = places.len().min(255) as u8;
                Term { hash, count, count_in_text: count, level: 0, traits }
            }).collect();
            prop_assert_eq!(found, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn many_days_have_the_sums_that_a_look_at_all_pairs_finds_to_the_last_bit(
            days in prop::collection::btree_map((prop::option::of(2000i16..2003), 1i8..=12, 1i8..=31), 1u8..9, 150..400),
        ) {
            let day = |((year, month, day), weight)| Some((Day::new(year, month, day)?, f32::from(weight) / 7.0));
            let mut days: Vec<(Day, f32)> = days.into_iter().filter_map(day).collect();
            days.sort_by_key(|&(day, _)| day);
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            let share = |own: f32, other: f32, near: f32| own * other * near;
            let twice: Vec<(Day, f32)> = days.iter().flat_map(|&one| [one; 2]).collect();
            prop_assume!(twice.len() * days.len() > FEW_PAIRS_OF_DAYS);
            sums_of_near_days(&twice, &days, share, |sum| found.push(sum));
            for &(day, own) in &twice {
                expected.push(days.iter().map(|&(other, weight)| share(own, weight, nearness(day.gap(other)))).sum::<f32>());
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn days_are_added_up_as_a_map_adds_them(added in prop::collection::vec((1i8..=9, 1u8..9), 0..60)) {
            let mut days = Days::default();
            let mut expected: BTreeMap<Day, f32> = BTreeMap::new();
            for (day, weight) in added {
                let (day, weight) = (Day::new(Some(2021), 12, day).unwrap(), f32::from(weight) / 7.0);
                days.add(day, weight);
                *expected.entry(day).or_default() += weight;
            }
            prop_assert_eq!(days.each_once(), expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_profile_is_of_the_first_words_that_are_no_shell_and_of_the_days_of_all() {
        let first: Vec<String> = (0..TEXT_WORDS + 20).map(|at| format!("từ{at}")).collect();
        let text = format!("{} vào ngày 8/12/2021", first.join(" "));
        let (words, article) = (Words::of(&text), Article { text: text.as_str().into(), ..Article::default() });
        let mut profiler = Profiler::default();
        for (kept, from) in [(None, 0), (Some(vec![5..9, 9..words.len()]), 5), (Some(vec![0..3, 8..words.len()]), 5)] {
            let profile = profiler.profile(&article, &words, kept.as_deref());
            let counts = |at: usize| {
                let term = profile.terms.iter().find(|term| Some(term.hash) == term_hash(&first[at]));
                term.map(|term| (term.count, term.count_in_text))
            };
            let places = [LEADING_WORDS - 1, LEADING_WORDS, TEXT_WORDS - 1, TEXT_WORDS];
            assert_eq!(
                places.map(|at| counts(at + from)),
                [Some((1, 1)), Some((0, 1)), Some((0, 1)), None],
                "{kept:?}"
            );
            assert_eq!(counts(4).is_some(), from == 0, "{kept:?}");
            assert_eq!(profile.words as usize, LEADING_WORDS);
            assert_eq!(
                profile.named.iter().map(|(day, _)| *day).collect::<Vec<_>>(),
                [Day::new(Some(2021), 12, 8).unwrap()]
            );
        }
    }

    /// The title was completed by itself, so one day stood twice in a profile: with its year and without.
    #[test]
    fn a_title_takes_its_year_from_the_text() {
        let text = "Hôm 30/12/2021, hai ông điện đàm.";
        let article =
            Article { text: text.into(), title: Some("Cuộc gọi ngày 30/12".into()), ..Article::default() };
        let profile = Profiler::default().profile(&article, &Words::of(text), None);
        let day = Day::new(Some(2021), 12, 30).unwrap();
        assert_eq!(profile.named.iter().map(|(day, _)| *day).collect::<Vec<_>>(), [day]);
        assert_eq!(profile.title_days, [day]);
    }

    #[test]
    fn a_run_of_days_counts_with_its_first_and_its_last() {
        let text = "Hội chợ từ 3 đến 5/9/2021, tỷ số 3-1, trực 24/7.";
        let article = Article { text: text.into(), ..Article::default() };
        let profile = Profiler::default().profile(&article, &Words::of(text), None);
        let days = [3, 5].map(|day| Day::new(Some(2021), 9, day).unwrap());
        assert_eq!(profile.named.iter().map(|(day, _)| *day).collect::<Vec<_>>(), days);
    }

    #[test]
    fn what_may_begin_with_a_word_is_told_by_the_bits_that_are_looked_at() {
        // More of the upper bits than either list looks at.
        for hash in (0..1u64 << 17).map(|upper| upper << (u64::BITS - 17)) {
            let first = FIRSTS[(hash >> (u64::BITS - FIRSTS_BITS)) as usize];
            assert_eq!(first & DAY != 0, may_begin(hash, false));
            assert_eq!(first & VARIANT != 0, variants::may_begin(hash));
        }
    }
}
