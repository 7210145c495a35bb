//! The tables of all languages in one, ready to be asked of each word of a text.
//!
//! Words are looked up by the hash that they have already, forms of several words by that of their first or of their last word.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use super::tables::LANGUAGES;
use crate::normalize::Words;

/// A language's words for days: see `tables`. Forms of one meaning stand between bars.
pub(super) struct Language {
    /// ISO 639-1.
    pub(super) code: &'static str,
    /// Words that tell the language of a text.
    pub(super) common: &'static str,
    /// Letters that do, for no other language is written with them.
    pub(super) letters: &'static str,
    /// From January on.
    pub(super) months: [&'static str; 12],
    /// Names that are a month beside a number alone.
    pub(super) short_months: [&'static str; 12],
    /// Names of months of the lunar calendar.
    pub(super) lunar_months: [&'static str; 12],
    /// From Monday on.
    pub(super) weekdays: [&'static str; 7],
    /// Names that are a weekday with a capital or behind a word that announces a day.
    pub(super) weak_weekdays: [&'static str; 7],
    /// Days after the publication; below zero before it.
    pub(super) relative: &'static [(i8, &'static str)],
    /// Years after that of the publication, behind a day: `last year`.
    pub(super) years: &'static [(i8, &'static str)],
    /// In which week a weekday is, in front of it.
    pub(super) before_weekday: &'static [(Shift, &'static str)],
    /// The same behind it.
    pub(super) after_weekday: &'static [(Shift, &'static str)],
    /// In front of the number of a day, which then is one by itself.
    pub(super) day: &'static str,
    /// What may stand in front of a day's number.
    pub(super) article: &'static str,
    /// In front of the number of a month.
    pub(super) month: &'static str,
    /// In front of a year.
    pub(super) year: &'static str,
    /// Between day and month, month and year.
    pub(super) of: &'static str,
    /// Between the first and the last day.
    pub(super) to: &'static str,
    /// Between two days.
    pub(super) and: &'static str,
    /// In front of a day, and seldom of another number.
    pub(super) announcing: &'static str,
    /// Behind a number that counts something.
    pub(super) counted: &'static str,
    /// In front of a number that is a name or a result.
    pub(super) numbered: &'static str,
    /// Behind the number of a year.
    pub(super) year_mark: &'static str,
    /// Behind the number of a month.
    pub(super) month_mark: &'static str,
    /// Behind the number of a day.
    pub(super) day_mark: &'static str,
    /// The lunar calendar.
    pub(super) lunar: &'static str,
    /// In front of the number of a day of the lunar calendar.
    pub(super) lunar_day: &'static str,
    /// The fifteenth of a lunar month.
    pub(super) full_moon: &'static str,
    /// The lunar new year.
    pub(super) new_year: &'static str,
    /// Parts of the day beside a time of publication: see [`Half`].
    pub(super) halves: [&'static str; 4],
    /// Other words that change nothing about such a time: what was done then, `at` and `on`, short weekdays.
    pub(super) beside_a_time: &'static str,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

/// In the order of [`Language::halves`].
const HALVES: [Half; 4] = [Half::Morning, Half::Noon, Half::Afternoon, Half::Evening];

/// In which week a weekday is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// The first after the publication.
    Coming,
    /// The last before the publication.
    Past,
    /// In the week of the publication, from Monday on.
    ThisWeek,
    /// In the week after it.
    NextWeek,
    /// In the week before it.
    LastWeek,
}

/// What a name of a day or a month says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// A month, 1..=12. `short`: only beside a number.
    Month { month: i8, short: bool },
    /// A month of the lunar calendar.
    LunarMonth(i8),
    /// A weekday, 0 for Monday. `weak`: only with a capital, or announced.
    Weekday { weekday: i32, weak: bool },
    /// Days after the publication.
    Relative(i8),
    /// The fifteenth of a lunar month.
    FullMoon,
}

/// What a word does beside a day, as a set of bits.
pub(super) type Roles = u32;

/// Each role with the row of the tables that has its words.
macro_rules! roles {
    ($($role:ident = $bit:literal from $row:ident),* $(,)?) => {
        $(pub(super) const $role: Roles = 1 << $bit;)*
        fn roles_of(language: &Language) -> Vec<(Roles, &'static str)> {
            vec![$(($role, language.$row)),*]
        }
    };
}

roles! {
    DAY = 0 from day,
    ARTICLE = 1 from article,
    MONTH = 2 from month,
    YEAR = 3 from year,
    OF = 4 from of,
    TO = 5 from to,
    AND = 6 from and,
    ANNOUNCES = 7 from announcing,
    COUNTED = 8 from counted,
    NUMBERED = 9 from numbered,
    YEAR_MARK = 10 from year_mark,
    MONTH_MARK = 11 from month_mark,
    DAY_MARK = 12 from day_mark,
    LUNAR = 13 from lunar,
    LUNAR_DAY = 14 from lunar_day,
    NEW_YEAR = 15 from new_year,
}

/// Which languages have a form, by their places in [`LANGUAGES`].
pub(super) type InLanguages = u16;

/// The languages of these codes.
pub(super) fn languages(codes: &[&str]) -> InLanguages {
    LANGUAGES.iter().zip(0..).fold(0, |all, (language, place)| all | u16::from(codes.contains(&language.code)) << place)
}

/// A hash is its own hash.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Identity>>;

/// A form: the hashes of its words, what it means, and in which languages.
type Form<T> = (Box<[u64]>, T, InLanguages);

/// Forms by their first and by their last word, the longest first.
pub(super) struct Forms<T> {
    by_first: ByHash<Vec<Form<T>>>,
    by_last: ByHash<Vec<Form<T>>>,
}

impl<T: Copy> Forms<T> {
    /// These forms; `merge` puts the meanings together that one form has in two languages.
    fn of(rows: Vec<(&str, T, InLanguages)>, merge: impl Fn(&mut T, T)) -> Forms<T> {
        let mut all: Vec<Form<T>> = Vec::new();
        let mut places: HashMap<Box<[u64]>, usize> = HashMap::new();
        for (row, meaning, language) in rows {
            for form in row.split('|').filter(|form| !form.is_empty()) {
                let hashes: Box<[u64]> = Words::of(form).hashes().collect();
                match places.get(&hashes) {
                    Some(&place) => {
                        merge(&mut all[place].1, meaning);
                        all[place].2 |= language;
                    }
                    None => {
                        places.insert(hashes.clone(), all.len());
                        all.push((hashes, meaning, language));
                    }
                }
            }
        }
        all.sort_by_key(|(hashes, ..)| std::cmp::Reverse(hashes.len()));
        let mut forms = Forms { by_first: ByHash::default(), by_last: ByHash::default() };
        for form in all {
            let (Some(&first), Some(&last)) = (form.0.first(), form.0.last()) else { continue };
            forms.by_first.entry(first).or_default().push(form.clone());
            forms.by_last.entry(last).or_default().push(form);
        }
        forms
    }

    /// The longest form that begins with word `at` and whose meaning is `wanted`: its meaning, how many words it has, and its
    /// languages.
    pub(super) fn at(&self, words: &Words, at: usize, wanted: impl Fn(T) -> bool) -> Option<(T, usize, InLanguages)> {
        let fits = |form: &&Form<T>| {
            let end = at + form.0.len();
            wanted(form.1) && end <= words.len() && words.hashes_of(at..end).eq(form.0.iter().copied())
        };
        #[cfg(test)]
        LOOKUPS.set(LOOKUPS.get() + 1);
        let form = self.by_first.get(&words.hash(at)?)?.iter().find(fits)?;
        Some((form.1, form.0.len(), form.2))
    }

    /// The same of the longest such form that ends in front of word `end`.
    pub(super) fn ending(
        &self,
        words: &Words,
        end: usize,
        wanted: impl Fn(T) -> bool,
    ) -> Option<(T, usize, InLanguages)> {
        let fits = |form: &&Form<T>| {
            let start = end.checked_sub(form.0.len());
            wanted(form.1) && start.is_some_and(|start| words.hashes_of(start..end).eq(form.0.iter().copied()))
        };
        #[cfg(test)]
        LOOKUPS.set(LOOKUPS.get() + 1);
        let form = self.by_last.get(&words.hash(end.checked_sub(1)?)?)?.iter().find(fits)?;
        Some((form.1, form.0.len(), form.2))
    }
}

#[cfg(test)]
thread_local! {
    /// How often this thread looked for a form: what the work of reading is counted by.
    pub(super) static LOOKUPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// All tables in one.
pub(super) struct Lexicon {
    pub(super) names: Forms<Name>,
    pub(super) roles: Forms<Roles>,
    pub(super) years: Forms<i8>,
    pub(super) before_weekday: Forms<Shift>,
    pub(super) after_weekday: Forms<Shift>,
    /// Words beside a time of publication, with the part of the day that they name.
    pub(super) beside_a_time: Forms<Option<Half>>,
    common: Forms<()>,
    /// Letters that only one language has, in their order.
    letters: Vec<(char, InLanguages)>,
    /// By the upper bits of a word's hash, whether a name may begin with it.
    may_begin: Vec<bool>,
}

/// This many upper bits of a hash tell words that begin a name from others.
const FILTER_BITS: u32 = 13;

fn filter_place(hash: u64) -> usize {
    (hash >> (u64::BITS - FILTER_BITS)) as usize
}

/// The tables of all languages.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let (mut names, mut roles, mut years) = (Vec::new(), Vec::new(), Vec::new());
    let (mut before_weekday, mut after_weekday, mut common) = (Vec::new(), Vec::new(), Vec::new());
    let mut beside_a_time = Vec::new();
    let mut letters: Vec<(char, InLanguages)> = Vec::new();
    for (language, place) in LANGUAGES.iter().zip(0..) {
        let own: InLanguages = 1 << place;
        let months = |names: &[&'static str; 12], name: fn(i8) -> Name| -> Vec<_> {
            names.iter().zip(1..).map(|(&row, month)| (row, name(month), own)).collect()
        };
        let weekdays = |names: &[&'static str; 7], weak: bool| -> Vec<_> {
            names.iter().zip(0..).map(|(&row, weekday)| (row, Name::Weekday { weekday, weak }, own)).collect()
        };
        names.extend(months(&language.months, |month| Name::Month { month, short: false }));
        names.extend(months(&language.short_months, |month| Name::Month { month, short: true }));
        names.extend(months(&language.lunar_months, Name::LunarMonth));
        names.extend(weekdays(&language.weekdays, false));
        names.extend(weekdays(&language.weak_weekdays, true));
        names.extend(language.relative.iter().map(|&(days, row)| (row, Name::Relative(days), own)));
        names.push((language.full_moon, Name::FullMoon, own));
        roles.extend(roles_of(language).into_iter().map(|(role, row)| (row, role, own)));
        years.extend(language.years.iter().map(|&(years, row)| (row, years, own)));
        before_weekday.extend(language.before_weekday.iter().map(|&(shift, row)| (row, shift, own)));
        after_weekday.extend(language.after_weekday.iter().map(|&(shift, row)| (row, shift, own)));
        beside_a_time.extend(language.halves.iter().zip(HALVES).map(|(&row, half)| (row, Some(half), own)));
        beside_a_time.push((language.beside_a_time, None, own));
        common.push((language.common, (), own));
        letters.extend(language.letters.chars().map(|letter| (letter, own)));
    }
    letters.sort_unstable();
    let names = Forms::of(names, |_, _| ());
    let mut may_begin = vec![false; 1 << FILTER_BITS];
    names.by_first.keys().for_each(|&hash| may_begin[filter_place(hash)] = true);
    Lexicon {
        names,
        roles: Forms::of(roles, |known, more| *known |= more),
        years: Forms::of(years, |_, _| ()),
        before_weekday: Forms::of(before_weekday, |_, _| ()),
        after_weekday: Forms::of(after_weekday, |_, _| ()),
        beside_a_time: Forms::of(beside_a_time, |known, more| *known = known.or(more)),
        common: Forms::of(common, |_, _| ()),
        letters,
        may_begin,
    }
});

impl Lexicon {
    /// Whether a name may begin with a word of this hash: never false where one does.
    pub(super) fn may_begin(&self, hash: u64) -> bool {
        self.may_begin[filter_place(hash)]
    }

    /// The share of hashes with which a name may begin.
    #[cfg(test)]
    pub(super) fn filled(&self) -> f64 {
        self.may_begin.iter().filter(|&&filled| filled).count() as f64 / self.may_begin.len() as f64
    }

    /// The languages of which the first words of a text are among the commonest.
    #[cfg(test)]
    pub(super) fn common(&self, words: &Words) -> InLanguages {
        self.common.at(words, 0, |()| true).map_or(0, |(.., languages)| languages)
    }

    /// The languages that alone have a letter of this word.
    fn of_letters(&self, word: &str) -> InLanguages {
        if word.is_ascii() {
            return 0;
        }
        let of = |c: char| self.letters.binary_search_by_key(&c, |&(letter, _)| letter).ok();
        word.chars().filter(|c| !c.is_ascii()).find_map(of).map_or(0, |place| self.letters[place].1)
    }

    /// Whether word `at` is among the commonest of its language.
    pub(super) fn is_common(&self, words: &Words, at: usize) -> bool {
        self.common.at(words, at, |()| true).is_some()
    }

    /// The language of a text, by the commonest words among its first ones; no language where these are few.
    pub(super) fn language(&self, words: &Words) -> InLanguages {
        let mut counts = [0; LANGUAGES.len()];
        for at in 0..words.len().min(SAMPLE_WORDS) {
            let languages = self.common.at(words, at, |()| true).map_or(0, |(.., languages)| languages)
                | self.of_letters(words.word(at));
            counts.iter_mut().zip(0..).for_each(|(count, place)| *count += u32::from(languages >> place & 1));
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        let mut of_most = counts.iter().zip(0..).filter(|(count, _)| **count == most);
        match (of_most.next(), of_most.next()) {
            (Some((_, place)), None) if most > 1 => 1 << place,
            _ => 0,
        }
    }
}

/// The words by which the language of a text is told: most texts have ten common ones among as many.
const SAMPLE_WORDS: usize = 32;
