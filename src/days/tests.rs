//! The claims that the module makes, on made-up sentences of thirteen languages.

use super::lexicon::{LEXICON, LOOKUPS, Language, Name, Shift};
use super::tables::LANGUAGES;
use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

fn mentions(text: &str, published: Option<&str>) -> Mentions {
    Mentions::of(&Words::of(text), text, published.map(|day| Day::of_date(day.parse().unwrap())))
}

/// The days that are at least likely.
fn days_at(text: &str, published: Option<&str>) -> Vec<String> {
    let likely = |one: &Mention| one.sure >= Sureness::Likely;
    let written = |one: &Mention| one.ends().map(|day| day.to_string()).collect::<Vec<_>>().join("..");
    mentions(text, published).days.iter().filter(|one| likely(one)).map(written).collect()
}

fn days(text: &str) -> Vec<String> {
    days_at(text, None)
}

#[test]
fn written_days_are_the_right_ones_in_thirteen_languages() {
    let rows: Vec<Vec<&str>> = include_str!("written.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(rows.len() >= 150);
    let mut wrong = Vec::new();
    for row in &rows {
        let [language, published, text, expected] = row[..] else { panic!("{row:?}") };
        assert!(LANGUAGES.iter().any(|known| known.code == language), "{row:?}");
        let found = days_at(text, Some(published).filter(|published| *published != "-"));
        let found = if found.is_empty() { "-".to_owned() } else { found.join(" ") };
        if found != expected {
            wrong.push(format!("{language} {published} {text}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The days that a phrase names when it was published on Wednesday, 2021-12-08.
fn on_wednesday(text: &str) -> Vec<String> {
    days_at(text, Some("2021-12-08"))
}

fn forms(row: &'static str) -> impl Iterator<Item = &'static str> {
    row.split('|').filter(|form| !form.is_empty())
}

/// Names in the order of a week or a year with their numbers.
fn numbered(rows: &'static [&'static str]) -> impl Iterator<Item = (usize, &'static str)> {
    rows.iter().enumerate().flat_map(|(place, row)| forms(row).map(move |form| (place, form)))
}

#[test]
fn each_name_of_a_month_makes_a_number_beside_it_a_day() {
    for language in &LANGUAGES {
        for (month, name) in numbered(&language.months).chain(numbered(&language.short_months)) {
            let text = match language.code {
                "vi" => format!("ngày 8 {name}, 2021"),
                "zh" => format!("{name}八日"),
                _ => format!("8 {name} 2021"),
            };
            let found = days(&text);
            let expected = Day::new(None, month as i8 + 1, 8).unwrap().to_string();
            assert!(found.len() == 1 && found[0].ends_with(&expected[1..]), "{} {text}: {found:?}", language.code);
        }
        for (month, name) in numbered(&language.lunar_months) {
            let text = if language.code == "vi" { format!("mùng 8 {name}") } else { format!("{name}初八") };
            let found = mentions(&text, Some("2021-06-08")).days;
            assert!(found.len() == 1 && is_lunar(found[0].calendar), "{text} {month}: {found:?}");
        }
    }
}

#[test]
fn each_weekday_is_the_last_one_at_or_before_publication() {
    for language in &LANGUAGES {
        for (weekday, name) in numbered(&language.weekdays) {
            let back = (2 + 7 - weekday as i32) % 7;
            assert_eq!(on_wednesday(name), [format!("2021-12-{:02}", 8 - back)], "{} {name}", language.code);
        }
        for (weekday, name) in numbered(&language.weak_weekdays) {
            let announced = match language.code {
                "vi" => format!("sáng {name}"),
                "pt" => format!("na {name}"),
                _ => name[..1].to_uppercase() + &name[1..],
            };
            let back = (2 + 7 - weekday as i32) % 7;
            assert_eq!(on_wednesday(&announced), [format!("2021-12-{:02}", 8 - back)], "{announced}");
            assert_eq!(on_wednesday(name), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn each_relative_day_is_counted_from_publication() {
    for language in &LANGUAGES {
        for (days, form) in language.relative.iter().flat_map(|&(days, row)| forms(row).map(move |form| (days, form))) {
            assert_eq!(on_wednesday(form), [format!("2021-12-{:02}", 8 + days)], "{} {form}", language.code);
        }
    }
}

#[test]
fn each_word_for_a_week_moves_a_weekday_into_it() {
    for language in &LANGUAGES {
        let weekday = forms(language.weekdays[6]).last().unwrap();
        let shifted = |(shift, row): &(Shift, &'static str), before: bool| {
            for form in forms(row) {
                let text = match language.code {
                    "zh" | "ja" if before => format!("{form}{weekday}"),
                    _ if before => format!("{form} {weekday}"),
                    _ => format!("{weekday} {form}"),
                };
                let expected = match shift {
                    Shift::Coming | Shift::ThisWeek => "2021-12-12",
                    Shift::Past | Shift::LastWeek => "2021-12-05",
                    Shift::NextWeek => "2021-12-19",
                };
                assert_eq!(on_wednesday(&text), [expected], "{} {text}", language.code);
            }
        };
        language.before_weekday.iter().for_each(|row| shifted(row, true));
        language.after_weekday.iter().for_each(|row| shifted(row, false));
    }
}

#[test]
fn each_word_for_a_year_behind_a_day_moves_it_by_as_many() {
    for language in &LANGUAGES {
        for (years, form) in language.years.iter().flat_map(|&(years, row)| forms(row).map(move |form| (years, form))) {
            let month = forms(language.months[2]).next();
            let text = match (language.code, month) {
                ("vi", Some(month)) => format!("ngày 8 {month} {form}"),
                // Chinese and Japanese have the year in front of the day.
                ("zh" | "ja", _) | (_, None) => continue,
                (_, Some(month)) => format!("8 {month} {form}"),
            };
            assert_eq!(on_wednesday(&text), [format!("{}-03-08", 2021 + i32::from(years))], "{} {text}", language.code);
        }
    }
}

/// What every word of a role does, in one phrase a role: the language, the form, the phrase and what it names.
#[test]
fn each_other_word_of_the_tables_does_what_its_row_says() {
    let check = |language: &Language, row: &'static str, phrase: &dyn Fn(&str) -> String, expected: &[&str]| {
        for form in forms(row) {
            let text = phrase(form);
            assert_eq!(on_wednesday(&text), expected, "{}: {text}", language.code);
        }
    };
    for language in &LANGUAGES {
        let month = forms(language.months[11]).next().unwrap_or("12月");
        let spelled =
            |day: &str| if language.code == "vi" { format!("ngày {day} tháng 12") } else { format!("{day} {month}") };
        let spaced = !matches!(language.code, "zh" | "ja");
        check(language, language.day, &|form| format!("{form} 8/12"), &["2021-12-08"]);
        check(language, language.announcing, &|form| format!("{form} 25/12"), &["2021-12-25"]);
        check(language, language.counted, &|form| format!("4 {form}"), &[]);
        check(language, language.numbered, &|form| format!("{form} 25/12"), &[]);
        check(
            language,
            language.month,
            &|form| format!("ngày 8 {form} 12"),
            if spaced { &["2021-12-08"] } else { &[] },
        );
        check(language, language.full_moon, &|form| format!("{form} tháng 10"), &["2021-11-19"]);
        check(
            language,
            language.new_year,
            &|form| format!("30 {form}"),
            if language.code == "vi" { &["2022-01-31"] } else { &[] },
        );
        if language.code == "vi" {
            check(language, language.lunar, &|form| format!("8/11 {form}"), &["2021-12-11"]);
            check(language, language.lunar_day, &|form| format!("{form} 8/11 âm lịch"), &["2021-12-11"]);
        } else {
            check(language, language.lunar, &|form| format!("{form}十一月初八"), &["2021-12-11"]);
            check(language, language.lunar_day, &|form| format!("十一月{form}八"), &["2021-12-11"]);
        }
        check(language, language.year_mark, &|form| format!("2021{form}12月8日"), &["2021-12-08"]);
        check(language, language.month_mark, &|form| format!("12{form}8日"), &["2021-12-08"]);
        check(language, language.day_mark, &|form| format!("12月8{form}"), &["2021-12-08"]);
        if spaced {
            check(
                language,
                language.of,
                &|form| format!("8 {form} {month}"),
                if language.code == "vi" { &[] } else { &["2021-12-08"] },
            );
            check(
                language,
                language.year,
                &|form| format!("{} {form} {}", spelled("8"), if language.code == "th" { 2564 } else { 2021 }),
                &["2021-12-08"],
            );
            check(
                language,
                language.to,
                &|form| format!("{} {form} {}", spelled("8"), spelled("10").trim_start_matches("ngày ")),
                &["2021-12-08..2021-12-10"],
            );
            check(
                language,
                language.and,
                &|form| format!("{} {form} {}", spelled("8"), spelled("10").trim_start_matches("ngày ")),
                &["2021-12-08", "2021-12-10"],
            );
            check(
                language,
                language.article,
                &|form| format!("{} - {form} {}", spelled("8"), spelled("10")),
                &["2021-12-08..2021-12-10"],
            );
        } else {
            check(language, language.to, &|form| format!("12月8日{form}10日"), &["2021-12-08..2021-12-10"]);
            check(language, language.and, &|form| format!("12月8日{form}10日"), &["2021-12-08", "2021-12-10"]);
        }
        let published = |text: String| published::parse(&text).map(|read| read.to_string());
        for form in forms(language.beside_a_time) {
            let text = format!("{form} 2021-12-08 10:05");
            assert_eq!(published(text).as_deref(), Some("2021-12-08T10:05:00"), "{}: {form}", language.code);
        }
        for (row, shown) in language.halves.iter().zip(["03:05", "12:05", "15:05", "20:05"]) {
            for form in forms(row) {
                let hour = shown[..2].parse::<u8>().unwrap();
                let text =
                    format!("2021-12-08 {}:05 {}", if hour > 12 { hour - 12 } else { hour }, form.to_uppercase());
                assert_eq!(published(text), Some(format!("2021-12-08T{shown}:00")), "{}: {form}", language.code);
            }
        }
        for letter in language.letters.chars() {
            assert_eq!(
                LEXICON.language(&Words::of(&format!("g{letter} g{letter}"))),
                lexicon::languages(&[language.code]),
                "{letter}"
            );
        }
        for form in forms(language.common) {
            let own = lexicon::languages(&[language.code]);
            assert_ne!(LEXICON.common(&Words::of(form)) & own, 0, "{}: {form}", language.code);
        }
    }
}

#[test]
fn the_language_of_a_text_is_that_of_its_commonest_words() {
    let language = |text: &str| LEXICON.language(&Words::of(text));
    assert_eq!(language("The mayor of the town said it was late"), lexicon::languages(&["en"]));
    assert_eq!(language("Ông Lâm đã về và không được gặp"), lexicon::languages(&["vi"]));
    assert_eq!(language("Putin Biden"), 0);
}

#[test]
fn a_day_is_one_in_the_offset_of_its_article() {
    // 06:30 in Hanoi, still the day before in UTC.
    let published = Day::at(1_639_006_200, 7 * 3600);
    let found = Mentions::of(&Words::of("hôm qua"), "hôm qua", published);
    assert_eq!(found.days[0].day.to_string(), "2021-12-08");
}

#[test]
fn a_character_that_is_not_seen_hides_no_day() {
    for text in [
        "hôm 8/12/2021, 20:10",
        "ngày 7-8/12/2021",
        "On December 8, 2021",
        "２０２１年１２月８日",
        "thứ Sáu, 2021-12-08",
    ] {
        let plain = days_at(text, Some("2021-12-10"));
        for c in ['\u{200b}', '\u{1b}', '\0', '\u{2800}', '\u{3164}', '\u{1d173}', '\u{e001}'] {
            let inside: String = text.chars().flat_map(|letter| [c, letter]).collect();
            assert_eq!(days_at(&inside, Some("2021-12-10")), plain, "{text} U+{:04X}", c as u32);
        }
        assert!(plain.iter().any(|days| days.ends_with("2021-12-08")), "{text} {plain:?}");
    }
}

#[test]
fn a_year_is_completed_from_publication_or_from_another_date() {
    assert_eq!(days("Thứ Sáu, 10/12/2021 20:10:46. Hôm 7/12"), ["2021-12-10", "2021-12-07"]);
    assert_eq!(days("hôm 7/12"), ["--12-07"], "no year is made up");
    assert_eq!(days("1/2/2019, 3/4/2021, 5/6/2021, 30/7")[3], "2021-07-30");
    assert_eq!(days("1/2/2019, 3/4/2021, 30/7")[2], "2019-07-30", "the first among equals");
    let found = mentions("hôm 7/12/2021 và hôm 8/12", None).days;
    assert_eq!(found.iter().map(|one| one.year_written).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_dateline_stands_for_the_time_of_publication() {
    let dateline = |text: &str| mentions(text, None).dateline.map(|day| day.to_string());
    assert_eq!(dateline("Thứ Sáu, 10/12/2021 20:10:46 +07:00"), Some("2021-12-10".into()));
    assert_eq!(dateline("20:10 10/12/2021"), Some("2021-12-10".into()));
    assert_eq!(dateline("sinh ngày 10/12/2021 tại Hà Nội"), None);
}

#[test]
fn a_mention_says_where_it_stands_how_sure_it_is_and_of_which_calendar() {
    let text = "Lễ hội từ mùng 10 tháng Giêng, không phải 8/12";
    let found = mentions(text, Some("2024-02-01")).days;
    let words = Words::of(text);
    assert_eq!(&text[found[0].span(&words)], "10 tháng Giêng");
    assert_eq!((found[0].sure, found[0].calendar), (Sureness::Sure, Calendar::Vietnamese));
    assert_eq!((found[1].sure, found[1].calendar), (Sureness::Unsure, Calendar::Gregorian));
    assert_eq!(mentions("8 ธันวาคม 2564", None).days[0].calendar, Calendar::Buddhist);
}

#[test]
fn words_that_name_days_pass_the_filter_and_most_others_do_not() {
    let filled = LEXICON.filled();
    assert!(filled < 0.05, "{filled}");
}

#[test]
fn a_month_after_december_has_no_year_either() {
    assert_eq!(days("hôm 30/12, rồi ngày 2 và ngày 28 nữa"), ["--12-30", "--01-02", "--12-28"]);
}

/// Pieces of which hostile and ordinary texts are made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "8",
        "12",
        "31",
        "2021",
        "99",
        "/",
        "-",
        ".",
        " ",
        ", ",
        " và ",
        " to ",
        "ngày ",
        "tháng ",
        "năm ",
        "December ",
        " Friday ",
        "từ ",
        " đến ",
        "月",
        "日",
        "至",
        "年",
        "thứ Sáu ",
        "tuần tới ",
        "(",
        ")",
        "%",
        "Tết ",
        "âm lịch ",
        "mùng ",
        "hôm qua ",
        "bis ",
        "\n",
        "x",
        "十",
        "二",
        "初",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The plain reference asks every word of the text, and knows no filter.
    #[test]
    fn what_is_found_is_what_a_look_at_every_word_finds(text in pieces()) {
        let words = Words::of(&text);
        let published = Day::new(Some(2021), 12, 8);
        let found = Mentions::of(&words, &text, published);
        prop_assert_eq!(&found, &Mentions::at(0..words.len(), &words, &text, published));
        let mut end = 0;
        for one in &found.days {
            prop_assert!(one.words.start < one.words.end && one.words.end <= words.len());
            prop_assert!(one.words.start >= end || one.words.end > end, "{:?}", found);
            prop_assert!(one.day.until(one.last) >= 0);
            end = one.words.end;
        }
    }

    #[test]
    fn forms_are_found_as_a_look_at_all_of_them_finds_them(text in pieces()) {
        let words = Words::of(&text);
        for at in 0..words.len() {
            let rest = words.hashes_of(at..words.len()).collect::<Vec<_>>();
            let longest = ALL_NAMES.iter().filter(|form| rest.starts_with(form)).map(|form| form.len()).max();
            prop_assert_eq!(LEXICON.names.at(&words, at, |_: Name| true).map(|(_, length, _)| length), longest);
        }
    }
}

/// The words of every name of the tables.
static ALL_NAMES: LazyLock<Vec<Vec<u64>>> = LazyLock::new(|| {
    let rows = |language: &'static Language| {
        let months = language.months.iter().chain(&language.short_months).chain(&language.lunar_months);
        let days = language.weekdays.iter().chain(&language.weak_weekdays).chain([&language.full_moon]);
        months.chain(days).copied().chain(language.relative.iter().map(|&(_, row)| row))
    };
    LANGUAGES.iter().flat_map(rows).flat_map(forms).map(|form| Words::of(form).hashes().collect()).collect()
});

/// 100,000 dates, and 10 MB of digits and marks, take time by their number: at a word a bounded number of forms is looked for.
#[test]
fn the_work_of_reading_grows_with_the_text_alone() {
    let lookups = |text: &str| {
        let words = Words::of(text);
        LOOKUPS.set(0);
        Mentions::of(&words, text, None);
        (LOOKUPS.get(), words.len())
    };
    for piece in [
        "8/12 - ",
        "8/12/2021 ",
        "1, 2, ",
        "8-",
        "8/",
        "8.",
        "8 ",
        "December 8 - ",
        "ngày 8, ",
        "12月8日至",
        "thứ Sáu, ",
        "十二",
        "từ 8 đến ",
        "8 và ",
        "ngày 8 đến ",
        "December ",
        "8 December and ",
    ] {
        let (once, _) = lookups(&piece.repeat(2_000));
        let (eight, words) = lookups(&piece.repeat(16_000));
        assert!(eight <= once * 8 + 10_000 && eight < words * 150 + 10_000, "{piece}: {once} {eight} {words}");
    }
}
