//! An event's reports in, words for it out: who, when, and why each report is there.
//!
//! Profiles hold hashes; words are taken from the texts, which are read once more ([`Speller`]). A name is a run of
//! capitalized words, with the second half of the last where that is a compound; an event is labelled by the names that most of
//! its reports have.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::article::Article;
use crate::normalize::Words;

use super::confidence::Confidence;
use super::frequencies::{Language, background, weight};
use super::numbering::Numbering;
use super::profile::{Profile, Term, Token, Tokens, Traits, count_weight};
use crate::days::Day;

/// What the words of one report say that its profile only has hashes of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surfaces {
    /// All that is told here, one behind the other: first the names, then the terms.
    text: String,
    /// Different runs of capitalized words.
    names: Vec<NameRun>,
    /// Terms that were asked for, and where in `text` each ends.
    terms: Vec<(u32, u32)>,
}

/// A run of capitalized words in one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NameRun {
    /// Where in [`Surfaces::text`] it ends.
    end: u32,
    /// How often it stands in the report.
    count: u32,
    /// Whether a title stands before it, `ông`, `Tổng thống`, `President`: then it is a person.
    titled: bool,
}

impl Surfaces {
    /// Each name as it is written, how often, and whether a title stands before it.
    fn names(&self) -> impl Iterator<Item = (&str, u32, bool)> {
        let mut start = 0;
        self.names.iter().map(move |name| {
            let end = name.end as usize;
            (&self.text[std::mem::replace(&mut start, end)..end], name.count, name.titled)
        })
    }

    /// How a term is written that was asked for.
    pub(super) fn term(&self, hash: u32) -> Option<&str> {
        let place = self.terms.iter().position(|&(own, _)| own == hash)?;
        let before = place.checked_sub(1).map(|before| self.terms[before].1);
        let start = before.or(self.names.last().map(|name| name.end)).unwrap_or(0);
        Some(&self.text[start as usize..self.terms[place].1 as usize])
    }
}

/// Why a report is in its event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reason {
    /// How sure it is that it belongs here.
    pub confidence: Confidence,
    /// Names that it shares with others of the event, the most telling first.
    pub names: Vec<String>,
    /// Days that it shares with others, or is near to theirs; rising.
    pub days: Vec<Day>,
    /// Rare words that it shares with others, the most telling first.
    pub words: Vec<String>,
}

/// What a person needs to know of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// Who and what it is about: the names that most reports have.
    pub names: Vec<String>,
    /// The days that it is about, rising.
    pub days: Vec<Day>,
    /// For each report why it is there; none where there is only one.
    pub reasons: Vec<Reason>,
}

/// So many names label an event.
const LABEL_NAMES: usize = 4;

/// So many days label an event.
const LABEL_DAYS: usize = 4;

/// So many names, and so many words, are given as reasons.
const REASONS: usize = 4;

/// So many terms of a report are looked at for those words.
const ASKED: usize = 16;

/// A name has at most so many words; what is longer is a headline in capitals.
const MAX_NAME_WORDS: usize = 5;

/// The terms whose words are needed to say why each report is in its event: for each the heaviest, names aside, that it shares.
pub fn wanted(profiles: &[&Profile]) -> Vec<Vec<u32>> {
    let plain = |term: &&Term| !term.traits.has_any(Traits::NAME.and(Traits::NUMBER));
    let terms = profiles.iter().flat_map(|profile| &profile.terms).filter(plain);
    let all = profiles.iter().map(|profile| profile.terms.len()).sum();
    let mut numbering = Numbering::default();
    numbering.clear(all);
    // For each term that any has its number, and for each number how many have it.
    let (mut numbers, mut reports) = (Vec::with_capacity(all), Vec::<u32>::with_capacity(all));
    for term in terms {
        let number = numbering.place(term.hash);
        reports.resize(reports.len().max(number + 1), 0);
        reports[number] += 1;
        numbers.push(number);
    }
    let mut numbers = numbers.into_iter();
    let mut orders: Vec<u64> = Vec::new();
    let mut heaviest = |profile: &&Profile| {
        orders.clear();
        for (term, number) in profile.terms.iter().filter(plain).zip(numbers.by_ref()) {
            // The heaviest first, of equals the smallest hash. Weights are not below zero, so they are ordered as their bits are.
            if reports[number] > 1 {
                let weight = weight(term.level) * count_weight(term.count) * (reports[number] as f32).sqrt();
                orders.push(u64::from(!weight.to_bits()) << 32 | u64::from(term.hash));
            }
        }
        if orders.len() > ASKED {
            orders.select_nth_unstable(ASKED);
            orders.truncate(ASKED);
        }
        orders.sort_unstable();
        orders.iter().map(|&order| order as u32).collect()
    };
    profiles.iter().map(&mut heaviest).collect()
}

/// Reads how reports write their names and terms: buffers that are used for one after another.
#[derive(Default)]
pub struct Speller {
    words: Words,
    tokens: Tokens,
    runs: Vec<Range<usize>>,
}

impl Speller {
    /// How a report writes its names and the terms that are asked for.
    pub fn surfaces(&mut self, article: &Article<'_>, wanted: &[u32]) -> Surfaces {
        let mut names: Vec<(&str, bool)> = Vec::with_capacity(NAMES);
        let mut terms: Vec<(u32, &str)> = Vec::with_capacity(wanted.len());
        for text in [Some(&article.text), article.title.as_ref(), article.lead.as_ref()].into_iter().flatten() {
            let text = beginning(text);
            self.words.read(text);
            self.tokens.read(&self.words);
            self.names(text, &mut names);
            self.terms(text, wanted, &mut terms);
        }
        names.sort_unstable();
        let bytes = names.iter().map(|name| name.0.len()).chain(terms.iter().map(|term| term.1.len())).sum();
        let mut told = Surfaces { text: String::with_capacity(bytes), ..Surfaces::default() };
        for runs in names.chunk_by(|a, b| a.0 == b.0) {
            told.text.push_str(runs[0].0);
            let titled = runs.iter().any(|&(_, titled)| titled);
            told.names.push(NameRun { end: told.text.len() as u32, count: runs.len() as u32, titled });
        }
        for (hash, term) in terms {
            let parts = term.split_whitespace().enumerate();
            parts.for_each(|(at, part)| told.text.extend([if at > 0 { " " } else { "" }, part]));
            told.terms.push((hash, told.text.len() as u32));
        }
        // A name that stands often was counted as often.
        told.text.shrink_to_fit();
        told
    }

    /// Adds the names of `text`, whose words are here, and of each whether a title stands before it.
    fn names<'t>(&mut self, text: &'t str, names: &mut Vec<(&'t str, bool)>) {
        let Speller { words, tokens, runs } = self;
        let joins = |at: usize| {
            let before = words.span(at - 1);
            joins(&text[before.clone()], &text[before.end..words.span(at).start])
        };
        name_runs(&tokens.all, joins, runs);
        // Between these words stands one space, hyphen or dot, so they are taken as they are.
        names.extend(runs.iter().filter_map(|run| {
            let (mut last, is_one) = (run.end - 1, run.len() == 1);
            if let Some(next) = tokens.all.get(run.end)
                && &text[words.span(last).end..words.span(run.end).start] == " "
                && is_compound(&tokens.all[last], next)
            {
                if is_one && is_title(words.word(run.end)) {
                    return None;
                }
                last += 1;
            }
            let titled = run.start > 0 && is_title(words.word(run.start - 1));
            Some((&text[words.span(run.start).start..words.span(last).end], titled))
        }));
    }

    /// Adds the terms of `text`, whose words are here, that are `wanted` and not there yet, as they stand first.
    fn terms<'t>(&self, text: &'t str, wanted: &[u32], terms: &mut Vec<(u32, &'t str)>) {
        let Speller { words, tokens, .. } = self;
        // Most words are told by a bit to be none that is asked for.
        let mut bits = [0u64; 16];
        let bit = |hash: u32| ((hash >> 28) as usize, 1 << (hash >> 22 & 63));
        wanted.iter().map(|&hash| bit(hash)).for_each(|(at, bit)| bits[at] |= bit);
        let may_be_wanted = |hash: u32| bits[bit(hash).0] & bit(hash).1 != 0;
        let mut met = |hash: u32, from: usize, until: usize| {
            if wanted.contains(&hash) && !terms.iter().any(|&(own, _)| own == hash) {
                terms.push((hash, &text[words.span(from).start..words.span(until).end]));
            }
            terms.len() == wanted.len()
        };
        let mut previous: Option<&Token> = None;
        for (at, token) in tokens.all.iter().enumerate() {
            let (word, pair) = (token.term(), previous.map(|previous| previous.pair(token)));
            // Once all are found, what follows is not looked at.
            if may_be_wanted(word) && met(word, at, at)
                || pair.is_some_and(|pair| may_be_wanted(pair) && met(pair, at - 1, at))
            {
                return;
            }
            previous = Some(token);
        }
    }
}

/// News says first who did it: names are read from so much of a text, half as much again as what its terms are of.
const SPELLED_BYTES: usize = 1_000;

/// The first [`SPELLED_BYTES`] of a text and the rest of the word there.
fn beginning(text: &str) -> &str {
    let bytes = text.as_bytes().get(SPELLED_BYTES..).unwrap_or_default();
    let word = bytes.iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len());
    &text[..text.len() - bytes.len() + word]
}

/// Whether a word, written small behind one that is written as a name, is its second half, as in `Tổng thống` and `Bộ Tư pháp`: of
/// the background's articles that have it one in 17 at the least have it there. `Trump đã` has `đã` in one of 35.
fn is_compound(word: &Token, next: &Token) -> bool {
    let level = |hash: u32| background().listed(Language::Background, hash);
    let (pair, next) = (level(word.pair(next)), level(next.term()));
    pair.zip(next).is_some_and(|(pair, next)| pair.saturating_sub(next) <= COMPOUND)
}

/// One in 17, as levels tell it.
const COMPOUND: u8 = 33;

/// As many names as most reports have.
const NAMES: usize = 64;

/// Puts the runs of words written as names, of up to [`MAX_NAME_WORDS`], into `runs`. `joins`: whether a word can be of one name
/// with the one before.
fn name_runs(tokens: &[Token], joins: impl Fn(usize) -> bool, runs: &mut Vec<Range<usize>>) {
    runs.clear();
    for at in (0..tokens.len()).filter(|&at| tokens[at].is_name()) {
        match runs.last_mut() {
            Some(run) if run.end == at && joins(at) => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs.retain(|run| run.len() <= MAX_NAME_WORDS);
}

/// Whether a word stands before a person's name: the last of a title of several (`tổng thống`).
#[rustfmt::skip]
fn is_title(word: &str) -> bool {
    matches!(
        word,
        "ông" | "bà" | "anh" | "chị" | "em" | "cô" | "chú" | "bác" | "cụ" | "tướng" | "thống" | "tịch" | "trưởng" | "sĩ"
            | "sư" | "viên" | "thư" | "thủ" | "vua" | "hoàng" | "hậu" | "ngôn" | "mr" | "mrs" | "ms" | "president"
            | "minister" | "chancellor" | "secretary" | "senator" | "general" | "dr" | "judge" | "officer" | "king"
            | "queen" | "prince" | "pope" | "actor" | "actress" | "singer" | "coach"
    )
}

/// Whether what stands between two capitalized words lets them be one name, behind an abbreviation also a dot, as in `TP.HCM`.
fn joins(before: &str, gap: &str) -> bool {
    let is_abbreviation = || before.len() <= 2 && before.bytes().all(|byte| byte.is_ascii_uppercase());
    gap == " " || gap == "-" || gap == "." && is_abbreviation()
}

/// Describes an event by its reports. `wanted`: what [`wanted`] said of these profiles. `confidences`: of each report of several; of a lone one
/// none.
pub fn describe(
    profiles: &[&Profile],
    surfaces: &[Surfaces],
    wanted: &[Vec<u32>],
    confidences: &[Confidence],
) -> Description {
    let names = telling_names(profiles, surfaces);
    let days = telling_days(profiles);
    let mut words = Words::default();
    // Terms are asked for because several reports have them.
    let mut telling: BTreeMap<u32, bool> = BTreeMap::new();
    let mut reasons: Vec<Reason> = confidences
        .iter()
        .enumerate()
        .map(|(report, &confidence)| {
            let written = wanted[report].iter().filter_map(|&hash| Some((hash, surfaces[report].term(hash)?)));
            let telling =
                written.filter(|&(hash, term)| *telling.entry(hash).or_insert_with(|| is_telling(term, &mut words)));
            Reason {
                confidence,
                names: Vec::new(),
                days: days
                    .iter()
                    .map(|&(day, _)| day)
                    .filter(|day| profiles[report].days.iter().any(|(own, _)| own.gap(*day) == 0))
                    .collect(),
                words: distinct(telling.map(|(_, term)| term.to_lowercase())),
            }
        })
        .collect();
    for name in names.iter().filter(|name| name.reports.len() > 1) {
        for &report in &name.reports {
            let told = &mut reasons[report].names;
            if told.len() < REASONS {
                told.push(name.text.to_owned());
            }
        }
    }
    reasons.iter_mut().for_each(|reason| in_order(&mut reason.days));
    let mut label_days: Vec<Day> = days.iter().take(LABEL_DAYS).map(|&(day, _)| day).collect();
    in_order(&mut label_days);
    Description { names: distinct_names(&names), days: label_days, reasons }
}

/// Puts days in order of time: those without a year begin behind the widest gap of the year's circle, so that December comes
/// before January where the two are near.
fn in_order(days: &mut [Day]) {
    days.sort_unstable();
    if days.len() < 2 || days.iter().any(|day| day.has_year()) {
        return;
    }
    // Days without a year all stand in one, so the last is followed by the first after the turn of the year.
    let gap = |at: usize| {
        let next = days[(at + 1) % days.len()];
        if at + 1 < days.len() {
            days[at].until(next).rem_euclid(366)
        } else {
            (days[at].until(next) + 366).rem_euclid(366)
        }
    };
    let widest = (0..days.len()).rev().max_by_key(|&at| gap(at)).unwrap_or(days.len() - 1);
    days.rotate_left((widest + 1) % days.len());
}

/// Whether each word of a term is rare enough to say something: `cho biết` is not. `words` is a buffer.
fn is_telling(term: &str, words: &mut Words) -> bool {
    let rare = |hash: u64| {
        let hash = (hash >> 32) as u32;
        background().listed(Language::Background, hash).is_none_or(|level| weight(level) >= TELLING_WEIGHT)
    };
    words.read(term);
    words.hashes().all(rare)
}

/// A word that one in seven articles has is not telling.
const TELLING_WEIGHT: f32 = 2.0;

/// The words but those that stand in another of them.
fn distinct(words: impl Iterator<Item = String>) -> Vec<String> {
    let words: Vec<String> = words.collect();
    let inside = |word: &String| words.iter().any(|other| other != word && other.split(' ').any(|part| part == word));
    let mut seen = BTreeSet::new();
    words.iter().filter(|word| !inside(word) && seen.insert((*word).clone())).take(REASONS).cloned().collect()
}

/// The word that a name is known by: the last of a person's.
fn last_word(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

/// A name of an event.
struct Name<'a> {
    /// The form that stands most often.
    text: &'a str,
    /// The reports that have it in any form, in order.
    reports: Vec<usize>,
    /// How much it tells.
    value: f32,
}

/// A form of a name in one report.
struct Form<'a> {
    last_word: &'a str,
    report: usize,
    text: &'a str,
    count: u32,
    titled: bool,
}

/// Names by what they tell, the most first. `Biden`, `Joe Biden` and `Mỹ Joe Biden` are one name.
fn telling_names<'a>(profiles: &[&Profile], surfaces: &'a [Surfaces]) -> Vec<Name<'a>> {
    let terms = profiles.iter().flat_map(|profile| &profile.terms).filter(|term| term.traits.has(Traits::NAME));
    let mut numbering = Numbering::default();
    numbering.clear(terms.clone().count());
    let mut weights: Vec<f32> = Vec::new();
    for term in terms {
        let number = numbering.place(term.hash);
        weights.resize(weights.len().max(number + 1), 0.0);
        weights[number] = weight(term.level);
    }
    let of_word = |hash: u64| numbering.find((hash >> 32) as u32).map_or(0.0, |number| weights[number]);
    let forms = surfaces.iter().enumerate().flat_map(|(report, surfaces)| {
        let form = move |(text, count, titled)| Form { last_word: last_word(text), report, text, count, titled };
        surfaces.names().map(form)
    });
    let mut forms: Vec<Form<'a>> = forms.collect();
    forms.sort_unstable_by(|a, b| (a.last_word, a.report, a.text).cmp(&(b.last_word, b.report, b.text)));
    let short = forms.iter().filter(|form| form.text.split(' ').nth(2).is_none());
    let short: Vec<(&str, bool)> = short.map(|form| (form.text, form.titled)).collect();
    let mut words = Words::default();
    let named = |forms: &mut [Form<'a>]| {
        let (mut reports, mut counted, mut titled) = (Vec::new(), 0.0, 0);
        for forms in forms.chunk_by(|a, b| a.report == b.report) {
            let count: u32 = forms.iter().map(|form| form.count).sum();
            reports.push(forms[0].report);
            counted += count_weight(count.min(255) as u8);
            titled += usize::from(forms.iter().any(|form| form.titled));
        }
        let is_person = 2 * titled >= reports.len();
        let text = most_frequent(forms).map(|text| without_place(text, is_person, &short))?;
        words.read(text);
        let rarest = words.hashes().map(of_word).fold(0.0f32, f32::max);
        let person = if is_person { PERSON } else { 1.0 };
        let value = rarest * rarest * counted * reports.len() as f32 * person;
        (value > 0.0).then_some(Name { text, reports, value })
    };
    let mut names: Vec<Name<'a>> = forms.chunk_by_mut(|a, b| a.last_word == b.last_word).filter_map(named).collect();
    names.sort_by(|a, b| b.value.total_cmp(&a.value).then_with(|| a.text.cmp(b.text)));
    names
}

/// A person's name without what stands before it in a title: of `Tổng thống Nga Vladimir Putin` two words or more, as `Nga` is a
/// country, or, where this `is_person`, a name by itself and nobody's. `short`: the names of one or two words, and of each whether a
/// title stands before it.
fn without_place<'a>(name: &'a str, is_person: bool, short: &[(&str, bool)]) -> &'a str {
    let stands_untitled = |name: &str| {
        let mut same = short.iter().filter(|(text, _)| *text == name).peekable();
        same.peek().is_some() && !same.any(|&(_, titled)| titled)
    };
    let is_place = |first: &str| is_country(first) || is_person && !is_family_name(first) && stands_untitled(first);
    let mut parts = name.match_indices(' ').map(|(at, _)| (&name[..at], &name[at + 1..]));
    parts.rfind(|(first, rest)| rest.contains(' ') && is_place(first)).map_or(name, |(_, rest)| rest)
}

/// Whether this is a country, or what sends persons as one does, as news in Vietnamese writes it: often it stands nowhere but before
/// the person.
#[rustfmt::skip]
fn is_country(name: &str) -> bool {
    matches!(
        name,
        "Mỹ" | "Hoa Kỳ" | "Nga" | "Trung Quốc" | "Anh" | "Pháp" | "Đức" | "Nhật" | "Nhật Bản" | "Hàn Quốc" | "Triều Tiên"
            | "Ukraine" | "Belarus" | "Ba Lan" | "Ý" | "Italy" | "Italia" | "Tây Ban Nha" | "Bồ Đào Nha" | "Hà Lan" | "Bỉ"
            | "Thụy Sĩ" | "Thụy Điển" | "Na Uy" | "Phần Lan" | "Đan Mạch" | "Áo" | "Hungary" | "Séc" | "Hy Lạp" | "Serbia"
            | "Romania" | "Bulgaria" | "Croatia" | "Ireland" | "Thổ Nhĩ Kỳ" | "Gruzia" | "Kazakhstan" | "Mông Cổ" | "Iran"
            | "Iraq" | "Israel" | "Palestine" | "Syria" | "Ai Cập" | "Ả Rập Saudi" | "Saudi Arabia" | "Qatar" | "UAE"
            | "Ấn Độ" | "Pakistan" | "Afghanistan" | "Bangladesh" | "Nepal" | "Sri Lanka" | "Thái Lan" | "Lào" | "Campuchia"
            | "Myanmar" | "Malaysia" | "Singapore" | "Indonesia" | "Philippines" | "Brunei" | "Đông Timor" | "Việt Nam"
            | "Úc" | "Australia" | "New Zealand" | "Canada" | "Mexico" | "Cuba" | "Brazil" | "Argentina" | "Chile" | "Peru"
            | "Colombia" | "Venezuela" | "Nam Phi" | "Nigeria" | "Kenya" | "Ethiopia" | "Libya" | "Sudan" | "Đài Loan"
            | "Hồng Kông" | "Hong Kong" | "EU" | "NATO" | "LHQ"
    )
}

/// Whether this is one of the commonest family names: a person's name begins with it, and so may many others'.
fn is_family_name(name: &str) -> bool {
    #[rustfmt::skip]
    let families = [
        "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
        "Đinh", "Trương", "Mai", "Đào", "Đoàn", "Lương", "Trịnh", "Hà", "Cao", "Tô", "Phùng",
    ];
    families.contains(&name)
}

/// The form that stands most often, of equals the first in order of text; puts the forms in this order.
fn most_frequent<'a>(forms: &mut [Form<'a>]) -> Option<&'a str> {
    forms.sort_unstable_by_key(|form| form.text);
    let counted = forms.chunk_by(|a, b| a.text == b.text);
    let counted = counted.map(|same| (same[0].text, same.iter().map(|form| form.count).sum::<u32>()));
    counted.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(text, _)| text)
}

/// Who did it says more of an event than where.
const PERSON: f32 = 2.5;

/// The first few names, none of which is a part of another, that half of the reports have.
fn distinct_names(names: &[Name<'_>]) -> Vec<String> {
    let mut chosen: Vec<&str> = Vec::new();
    for &Name { text: name, .. } in names {
        let overlaps = chosen.iter().any(|other| other.split(' ').any(|word| name.split(' ').any(|own| own == word)));
        if !overlaps && name.chars().count() > 1 {
            chosen.push(name);
        }
        if chosen.len() == LABEL_NAMES {
            break;
        }
    }
    chosen.into_iter().map(str::to_owned).collect()
}

/// The days of an event with their weight, the heaviest first: those that two reports name, or a single one's own.
fn telling_days(profiles: &[&Profile]) -> Vec<(Day, f32)> {
    let mut days: BTreeMap<Day, (usize, f32)> = BTreeMap::new();
    for (day, weight) in profiles.iter().flat_map(|profile| &profile.days) {
        let (reports, sum) = days.entry(*day).or_default();
        *reports += 1;
        *sum += weight;
    }
    // A day without a year is the same day with one.
    let known: Vec<Day> = days.keys().copied().filter(|day| day.has_year()).collect();
    for day in days.keys().copied().filter(|day| !day.has_year()).collect::<Vec<_>>() {
        if let Some(same) = known.iter().find(|other| other.gap(day) == 0)
            && let Some((reports, sum)) = days.remove(&day)
        {
            let of = days.entry(*same).or_default();
            *of = (of.0 + reports, of.1 + sum);
        }
    }
    let all = profiles.len() as f32;
    let mut days: Vec<(Day, f32)> = days
        .into_iter()
        .filter(|(_, (reports, sum))| profiles.len() == 1 || *reports > 1 || *sum / all > 0.05)
        .map(|(day, (_, sum))| (day, sum))
        .collect();
    days.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boilerplate::ShellTable;

    fn described(texts: &[&str]) -> Description {
        let articles: Vec<Article<'_>> =
            texts.iter().map(|&text| Article { text: text.into(), ..Article::default() }).collect();
        let of = |article: &Article<'_>| Profile::of(article, &Words::of(&article.text), &ShellTable::default());
        let profiles: Vec<Profile> = articles.iter().map(of).collect();
        let profiles: Vec<&Profile> = profiles.iter().collect();
        let asked = wanted(&profiles);
        let spoken: Vec<Surfaces> =
            articles.iter().zip(&asked).map(|(article, asked)| Speller::default().surfaces(article, asked)).collect();
        let confidences = vec![Confidence::new(0.75); if profiles.len() > 1 { profiles.len() } else { 0 }];
        describe(&profiles, &spoken, &asked, &confidences)
    }

    #[test]
    fn forms_of_one_name_are_counted_together() {
        let found = described(&[
            "Tại Geneva, ông Joe Biden gặp Tổng thống Nga Vladimir Putin hôm 8/12. Sau đó ông Biden rời Geneva.",
            "Hôm 8/12 tại Geneva, ông Biden và ông Putin hội đàm; ông Putin đến Geneva trước.",
        ]);
        assert_eq!(found.names[0], "Biden");
        assert!(found.names.contains(&"Putin".to_owned()) && !found.names.contains(&"Joe Biden".to_owned()));
        assert_eq!(found.days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["--12-08"]);
        assert_eq!(found.reasons[0].confidence, Confidence::new(0.75));
        assert!(found.reasons[1].names.contains(&"Putin".to_owned()));
    }

    #[test]
    fn a_name_ends_with_its_compound_and_a_title_is_none() {
        let found = described(&[
            "Hôm qua, Bộ Tư pháp cùng Tổng thống Mỹ Joe Biden đã họp. Khi đó Bộ Tư pháp nói vậy.",
            "Theo Bộ Tư pháp, ngay sau đó Tổng thống Mỹ Joe Biden đã rời đi.",
        ]);
        assert_eq!(found.names, ["Joe Biden", "Bộ Tư pháp"]);
    }

    #[test]
    fn a_dot_joins_a_name_to_an_abbreviation_alone() {
        let found =
            described(&["Tại TP.Vinh, ông Putin.Biden cũng đến.", "Hôm qua ở TP.Vinh, ông Putin.Biden cũng đến."]);
        assert_eq!(found.names, ["Biden", "Putin", "TP.Vinh"]);
    }

    #[test]
    fn a_country_before_two_words_is_no_part_of_a_name_and_a_place_before_a_person_is_none() {
        let short = [("Geneva", false), ("Trần", false)];
        assert_eq!(without_place("Nga Sergey Lavrov", false, &short), "Sergey Lavrov");
        assert_eq!(without_place("Nga Lavrov", true, &short), "Nga Lavrov");
        assert_eq!(without_place("Geneva Joe Biden", true, &short), "Joe Biden");
        assert_eq!(without_place("Geneva Joe Biden", false, &short), "Geneva Joe Biden");
        assert_eq!(without_place("Trần Thị Quỳnh", true, &short), "Trần Thị Quỳnh");
    }

    /// A report that said `8/12` had no day in common with an event of `8/12/2021`, and an event could show one day twice.
    #[test]
    fn a_day_with_and_without_its_year_is_one_day() {
        let found = described(&[
            "Hôm 30/12/2021 tại Geneva, ông Joe Biden gặp ông Vladimir Putin.",
            "Hôm 30/12, ông Biden và ông Putin hội đàm tại Geneva.",
        ]);
        let written = |days: &[Day]| days.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(written(&found.days), ["2021-12-30"]);
        assert!(found.reasons.iter().all(|reason| written(&reason.days) == ["2021-12-30"]));
    }

    #[test]
    fn days_without_a_year_are_in_order_across_its_turn() {
        let mut days: Vec<Day> = [(1, 10), (12, 30), (12, 7), (1, 12)]
            .iter()
            .filter_map(|&(month, day)| Day::new(None, month, day))
            .collect();
        in_order(&mut days);
        assert_eq!(
            days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["--12-07", "--12-30", "--01-10", "--01-12"]
        );
        in_order(&mut []);
    }

    #[test]
    fn a_report_by_itself_needs_no_reason() {
        let found = described(&["Hôm 8/12, ông Biden gặp ông Putin."]);
        assert_eq!(found.reasons, []);
    }
}
