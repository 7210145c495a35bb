//! An event's reports in, words for it out: who, when, and why each report is there.
//!
//! Profiles hold hashes; words are taken from the texts, which are read once more ([`surfaces`]). A name is a run of
//! capitalized words; an event is labelled by the names that most of its reports have.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::article::Article;
use crate::normalize::Words;

use super::days::Day;
use super::frequencies::{Language, background, weight};
use super::profile::{Profile, Term, Traits, count_weight, make_variants_one, tokens};

/// What the words of one report say that its profile only has hashes of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surfaces {
    /// Runs of capitalized words in order of their text.
    pub names: Vec<NameRun>,
    /// For terms that were asked for, how they are written.
    pub terms: Vec<(u32, String)>,
}

/// A run of capitalized words in one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRun {
    /// As it is written.
    pub text: String,
    /// How often it stands there.
    pub count: u32,
    /// Whether a title stands before it, `ông`, `Tổng thống`, `President`: then it is a person.
    pub titled: bool,
}

/// Why a report is in its event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reason {
    /// The mean probability of it with the others; 1 where it is the only one.
    pub score: f64,
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
    /// For each report why it is there.
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
    let mut hashes: Vec<u32> =
        profiles.iter().flat_map(|profile| &profile.terms).filter(plain).map(|term| term.hash).collect();
    hashes.sort_unstable();
    let groups = hashes.chunk_by(|a, b| a == b).filter(|group| group.len() > 1);
    let shared: Vec<(u32, f32)> = groups.map(|group| (group[0], group.len() as f32)).collect();
    profiles
        .iter()
        .map(|profile| {
            let mut rest = &shared[..];
            let mut terms: Vec<(f32, u32)> = Vec::new();
            for term in profile.terms.iter().filter(plain) {
                // Both are in rising order of hash.
                rest = &rest[rest.partition_point(|&(hash, _)| hash < term.hash)..];
                if let Some(&(_, reports)) = rest.first().filter(|&&(hash, _)| hash == term.hash) {
                    terms.push((weight(term.level) * count_weight(term.count) * reports.sqrt(), term.hash));
                }
            }
            terms.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            terms.iter().take(ASKED).map(|&(_, hash)| hash).collect()
        })
        .collect()
}

/// How a report writes its names and the terms that are asked for.
pub fn surfaces(article: &Article<'_>, wanted: &[u32]) -> Surfaces {
    let mut names: BTreeMap<&str, (u32, bool)> = BTreeMap::new();
    let mut terms: BTreeMap<u32, String> = BTreeMap::new();
    // Most words are told by one bit to be none that is asked for.
    let bit = |hash: u32| 1u64 << (hash >> 26);
    let bits = wanted.iter().fold(0, |bits, &hash| bits | bit(hash));
    let is_wanted = |hash: u32| bits & bit(hash) != 0 && wanted.contains(&hash);
    let fields = [Some(&article.text), article.title.as_ref(), article.lead.as_ref()];
    let mut buffer = Vec::new();
    for text in fields.into_iter().flatten() {
        let words = &Words::of(text);
        tokens(words, text, &mut buffer);
        make_variants_one(&mut buffer);
        let tokens = &buffer;
        let slice = |from: usize, until: usize| {
            text[words.span(from).start..words.span(until).end].split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let mut run: Option<usize> = None;
        for at in 0..=tokens.len() {
            let goes_on = at < tokens.len()
                && tokens[at].is_name()
                && run.is_none_or(|_| joins(&text[words.span(at - 1).end..words.span(at).start]));
            if goes_on {
                run.get_or_insert(at);
                continue;
            }
            if let Some(from) = run.take().filter(|from| at - from <= MAX_NAME_WORDS) {
                // Between these words stands one space or hyphen, so they are taken as they are.
                let name = &text[words.span(from).start..words.span(at - 1).end];
                let (count, titled) = names.entry(name).or_default();
                *count += 1;
                *titled |= from > 0 && TITLES.contains(&words.word(from - 1));
            }
            if at < tokens.len() && tokens[at].is_name() {
                run = Some(at);
            }
        }
        for at in 0..tokens.len() {
            let own = tokens[at].term();
            if is_wanted(own) {
                terms.entry(own).or_insert_with(|| slice(at, at));
            }
            if let Some(pair) = at.checked_sub(1).map(|before| tokens[before].pair(&tokens[at]))
                && is_wanted(pair)
            {
                terms.entry(pair).or_insert_with(|| slice(at - 1, at));
            }
        }
    }
    let names =
        names.into_iter().map(|(text, (count, titled))| NameRun { text: text.to_owned(), count, titled }).collect();
    Surfaces { names, terms: terms.into_iter().collect() }
}

/// Words that stand before a person's name, the last of a title of several (`tổng thống`).
const TITLES: [&str; 40] = [
    "ông",
    "bà",
    "anh",
    "chị",
    "em",
    "cô",
    "chú",
    "bác",
    "cụ",
    "tướng",
    "thống",
    "tịch",
    "trưởng",
    "sĩ",
    "sư",
    "viên",
    "thư",
    "thủ",
    "vua",
    "hoàng",
    "mr",
    "mrs",
    "ms",
    "president",
    "minister",
    "chancellor",
    "secretary",
    "senator",
    "general",
    "dr",
    "judge",
    "officer",
    "king",
    "queen",
    "prince",
    "pope",
    "actor",
    "actress",
    "singer",
    "coach",
];

/// Whether what stands between two capitalized words lets them be one name.
fn joins(gap: &str) -> bool {
    gap == " " || gap == "-"
}

/// Describes an event by its reports. `wanted`: what [`wanted`] said of these profiles. `probability`: of two reports by their places.
pub fn describe(
    profiles: &[&Profile],
    surfaces: &[Surfaces],
    wanted: &[Vec<u32>],
    probability: &dyn Fn(usize, usize) -> f64,
) -> Description {
    let names = telling_names(profiles, surfaces);
    let days = telling_days(profiles);
    let reasons = (0..profiles.len())
        .map(|report| {
            let own: BTreeSet<&str> = surfaces[report].names.iter().map(|own| last_word(&own.text)).collect();
            let has = |name: &str| own.contains(last_word(name));
            let others = profiles.len() - 1;
            let sum: f64 =
                (0..profiles.len()).filter(|&other| other != report).map(|other| probability(report, other)).sum();
            let words = &surfaces[report].terms;
            let surface = |hash: &u32| words.iter().find(|(own, _)| own == hash).map(|(_, text)| text.to_lowercase());
            Reason {
                score: if others == 0 { 1.0 } else { (sum / others as f64).clamp(0.0, 1.0) },
                names: if others == 0 {
                    Vec::new()
                } else {
                    names
                        .iter()
                        .filter(|(name, reports, _)| *reports > 1 && has(name))
                        .map(|(name, ..)| name.clone())
                        .take(REASONS)
                        .collect()
                },
                days: days
                    .iter()
                    .map(|&(day, _)| day)
                    .filter(|day| profiles[report].days.iter().any(|(own, _)| own == day))
                    .collect(),
                words: distinct(wanted[report].iter().filter_map(surface).filter(|term| is_telling(term))),
            }
        })
        .collect();
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

/// Whether each word of a term is rare enough to say something: `cho biết` is not.
fn is_telling(term: &str) -> bool {
    let rare = |hash: u64| {
        let hash = (hash >> 32) as u32;
        background().listed(Language::Background, hash).is_none_or(|level| weight(level) >= TELLING_WEIGHT)
    };
    Words::of(term).hashes().all(rare)
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

/// The forms of one name, all that end in one word.
#[derive(Default)]
struct Forms<'a> {
    /// By form, how often it stands.
    counts: BTreeMap<&'a str, u32>,
    reports: usize,
    /// The sum over reports of how much each makes of it.
    counted: f32,
    titled: usize,
}

/// Names with how many reports have them and what they weigh, the heaviest first. `Biden`, `Joe Biden` and `Mỹ Joe Biden` are one
/// name, in the form that stands most often.
fn telling_names(profiles: &[&Profile], surfaces: &[Surfaces]) -> Vec<(String, usize, f32)> {
    let mut weights: HashMap<u32, f32> = HashMap::new();
    for term in profiles.iter().flat_map(|profile| &profile.terms).filter(|term| term.traits.has(Traits::NAME)) {
        weights.insert(term.hash, weight(term.level));
    }
    let mut names: BTreeMap<&str, Forms> = BTreeMap::new();
    for report in surfaces {
        let mut own: BTreeMap<&str, (u32, bool)> = BTreeMap::new();
        for run in &report.names {
            let (count, titled) = own.entry(last_word(&run.text)).or_default();
            *count += run.count;
            *titled |= run.titled;
            *names.entry(last_word(&run.text)).or_default().counts.entry(&run.text).or_default() += run.count;
        }
        for (name, (count, titled)) in own {
            let forms = names.entry(name).or_default();
            forms.reports += 1;
            forms.counted += count_weight(count.min(255) as u8);
            forms.titled += usize::from(titled);
        }
    }
    let mut names: Vec<(String, usize, f32)> = names
        .into_values()
        .filter_map(|forms| {
            let (name, _) = forms.counts.iter().rev().max_by_key(|(_, count)| **count)?;
            let words = Words::of(name);
            let of_word = |hash: u64| weights.get(&((hash >> 32) as u32)).copied().unwrap_or(0.0);
            let rarest = words.hashes().map(of_word).fold(0.0f32, f32::max);
            let person = if 2 * forms.titled >= forms.reports { PERSON } else { 1.0 };
            let value = rarest * rarest * forms.counted * forms.reports as f32 * person;
            (value > 0.0).then(|| ((*name).to_owned(), forms.reports, value))
        })
        .collect();
    names.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    names
}

/// Who did it says more of an event than where.
const PERSON: f32 = 2.5;

/// The first few names, none of which is a part of another, that half of the reports have.
fn distinct_names(names: &[(String, usize, f32)]) -> Vec<String> {
    let mut chosen: Vec<&str> = Vec::new();
    for (name, ..) in names {
        let words: Vec<&str> = name.split(' ').collect();
        let overlaps = chosen.iter().any(|other| other.split(' ').any(|word| words.contains(&word)));
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
            articles.iter().zip(&asked).map(|(article, asked)| surfaces(article, asked)).collect();
        describe(&profiles, &spoken, &asked, &|_, _| 0.5)
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
        assert_eq!(found.reasons[0].score, 0.5);
        assert!(found.reasons[1].names.contains(&"Putin".to_owned()));
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
        assert_eq!((found.reasons[0].score, found.reasons[0].names.len()), (1.0, 0));
    }
}
