//! Events as a run finds them: first the five seeds, which are three events of one storyline, and what each of them depends on.
//!
//! The seeds report a video call (000, 002 and 004, the call of 7-8/12 and its aftermath), the foreign ministers' meeting before
//! it (003, on 2-12) and the next call, on 30/12 (001). By wording the closest pair is a wrong one, 001 and 004: so each test
//! below changes one thing, most often a day, and says what must follow from it.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::json;
use support::{Folder, SEEDS, run};
use unicode_normalization::UnicodeNormalization;
use wirecopy::article::{Article, Published};
use wirecopy::boilerplate::ShellTable;
use wirecopy::events::{Event, Profile, Tie, background, background_of, candidates, find, find_pair};
use wirecopy::normalize::Words;
use wirecopy::pipeline::{Reports, Run, Tables, run_inputs};
use wirecopy::read::{Inputs, discover};
use wirecopy::settings::{Level, Settings};

/// What a reader makes of the seeds.
const RIGHT: [&[&str]; 3] = [&["000", "002", "004"], &["001"], &["003"]];

type Texts = BTreeMap<&'static str, String>;

/// The texts of the seeds, by the three digits that they begin with.
fn seeds() -> Texts {
    let text = |name: &str| {
        std::fs::read_to_string(format!("{}/seeds/{name}.txt", env!("CARGO_MANIFEST_DIR"))).expect("a seed")
    };
    SEEDS.iter().map(|name| (&name[..3], text(name))).collect()
}

/// Some of them.
fn only(names: &[&str]) -> Texts {
    seeds().into_iter().filter(|(name, _)| names.contains(name)).collect()
}

fn line(id: &str, text: &str) -> String {
    format!("{}\n", json!({"id": id, "text": text}))
}

fn jsonl(texts: &Texts) -> String {
    texts.iter().map(|(id, text)| line(id, text)).collect()
}

/// A run over these lines, and what it read.
fn found_in(lines: &str) -> (Run, Inputs, Folder) {
    let folder = Folder::with(&[("news.jsonl", lines)]);
    let settings = Settings::default();
    let inputs = discover(&[folder.path("news.jsonl")], &settings.read).expect("the folder holds the file");
    let run = run_inputs(&inputs, &settings, Tables::default(), &()).expect("the file can be read");
    (run, inputs, folder)
}

fn found(texts: &Texts) -> Run {
    found_in(&jsonl(texts)).0
}

fn events(run: &Run) -> &[Event] {
    &run.events.as_ref().expect("events are the default").events
}

/// The place of an article's event.
fn event_of(run: &Run, id: &str) -> usize {
    let place = run.records.iter().position(|record| record.id == id).expect("an article of the run");
    run.events.as_ref().expect("events are the default").event_of[place] as usize
}

/// The events as sets of ids.
fn partition(run: &Run) -> BTreeSet<BTreeSet<String>> {
    let ids = |event: &Event| event.articles.iter().map(|&at| run.records[at as usize].id.clone()).collect();
    events(run).iter().map(ids).collect()
}

fn sets(sets: &[&[&str]]) -> BTreeSet<BTreeSet<String>> {
    sets.iter().map(|ids| ids.iter().map(|&id| id.to_owned()).collect()).collect()
}

/// The same of a table of a report, its ids cut to three digits.
fn partition_of_table(table: &str) -> BTreeSet<BTreeSet<String>> {
    let mut events: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        events.entry(cells[2]).or_default().insert(cells[0].chars().take(3).collect());
    }
    events.into_values().collect()
}

// ---------------------------------------------------------------------------------------------------------------------
// The seeds, however they come
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn the_seeds_are_the_call_the_meeting_before_it_and_the_next_call() {
    assert_eq!(partition_of_table(&run(["report", "seeds", "--format", "tsv"]).clean()), sets(&RIGHT));
    assert_eq!(partition(&found(&seeds())), sets(&RIGHT), "as JSON lines");
}

#[test]
fn neither_names_nor_order_of_the_seeds_decide() {
    // Every rotation, each in both directions: so each seed is once the first, and once the last.
    let texts: Vec<(&str, String)> = seeds().into_iter().collect();
    for start in 0..texts.len() {
        for backwards in [false, true] {
            let mut order: Vec<usize> = (0..texts.len()).map(|at| (at + start) % texts.len()).collect();
            if backwards {
                order.reverse();
            }
            // The new name is the place in the order, so that ids sort as the lines stand.
            let lines: String = (0..).zip(&order).map(|(at, &seed)| line(&format!("x{at}"), &texts[seed].1)).collect();
            let (run, ..) = found_in(&lines);
            let seed = |id: &str| texts[order[id[1..].parse::<usize>().expect("a number")]].0.to_owned();
            let found: BTreeSet<BTreeSet<String>> =
                partition(&run).into_iter().map(|ids| ids.iter().map(|id| seed(id)).collect()).collect();
            assert_eq!(found, sets(&RIGHT), "{order:?}");
        }
    }
}

#[test]
fn the_order_of_lines_does_not_change_a_byte() {
    let lines: Vec<String> = seeds().iter().map(|(id, text)| line(id, text)).collect();
    let report = |lines: &mut dyn Iterator<Item = &String>| {
        let folder = Folder::with(&[("news.jsonl", &lines.cloned().collect::<String>())]);
        let path = folder.path("news.jsonl");
        let arguments = ["report", "-q", "--format", "jsonl", "--edges"].map(Path::new);
        let text = run(arguments.into_iter().chain([path.as_path()])).clean();
        // The first line names the input.
        text.lines().skip(1).map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(report(&mut lines.iter()), report(&mut lines.iter().rev()));
}

/// Two reports of each of 150 events in words that fifty others use: which words come together tells who belongs together.
fn made_reports() -> Vec<String> {
    let mixed = |a: u32, b: u32, c: u32| {
        let sum = (a.wrapping_mul(2_654_435_761) ^ b.wrapping_mul(40_503) ^ c.wrapping_mul(2_246_822_519))
            .wrapping_mul(2_246_822_519);
        (sum ^ (sum >> 13)).wrapping_mul(3_266_489_917) >> 16
    };
    let report = |number: u32| {
        let event = number / 2;
        let common = (0..24).filter(|&at| mixed(number, at, 3) % 4 != 0).map(|at| {
            let word = if at % 3 == 0 { "Tên" } else { "chung" };
            format!("a {word}{at}v{}", mixed(event, at, 1) % 18)
        });
        let own = (0..4).map(|at| format!("a riêng{at}z{}", mixed(number, at, 2) % 6));
        // In an order of its own, so that no run of words is shared.
        let wide = (0..8).map(|at| format!("a rộng{at}w{}", mixed(number, at, 7) % 3));
        let mut told: Vec<String> = common.chain(own).chain(wide).collect();
        told.sort_by_key(|words| mixed(number, words.bytes().map(u32::from).sum(), 5));
        told.join(". ")
    };
    (0..300).map(report).collect()
}

/// Ids used to decide which articles meet by a common word, and which of equals is joined first.
#[test]
fn other_ids_make_no_other_events() {
    let texts = made_reports();
    for published in [None, Some("2024-05-06T08:00:00Z")] {
        let events = |id: &dyn Fn(usize) -> usize| -> BTreeSet<BTreeSet<String>> {
            let line = |(at, text): (usize, &String)| {
                let article = json!({"id": format!("a{:03}", id(at)), "text": text, "published": published});
                format!("{article}\n")
            };
            let lines: String = texts.iter().enumerate().map(line).collect();
            let (run, ..) = found_in(&lines);
            assert!(run.clustering.clusters.is_empty(), "no report is a copy");
            let number: BTreeMap<String, usize> = (0..300).map(|at| (format!("a{:03}", id(at)), at)).collect();
            let by_number = |id: &String| number[id].to_string();
            partition(&run).iter().map(|event| event.iter().map(by_number).collect()).collect()
        };
        let in_order = events(&|at| at);
        assert!((20..280).contains(&in_order.len()), "{} events", in_order.len());
        assert_eq!(in_order, events(&|at| at * 191 % 300), "{published:?}");
        assert_eq!(in_order, events(&|at| 299 - at), "{published:?}");
    }
}

#[test]
fn decomposed_letters_are_the_same_letters() {
    let decomposed: Texts = seeds().into_iter().map(|(id, text)| (id, text.nfd().collect())).collect();
    assert_ne!(decomposed, seeds());
    assert_eq!(partition(&found(&decomposed)), sets(&RIGHT));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let report = |threads: &str, format: &str| {
        let inputs = ["seeds", "tests/data/light_updates.jsonl", "tests/data/bulletins.jsonl"];
        let options = ["report", "-q", "--edges", "--format", format, "--threads", threads];
        run(options.iter().chain(&inputs)).clean()
    };
    for format in ["json", "text"] {
        let one = report("1", format);
        assert!(["2", "8"].iter().all(|threads| report(threads, format) == one), "{format}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What is said of them
// ---------------------------------------------------------------------------------------------------------------------

/// Whether the event of one article is a part of a storyline before that of another.
fn follows(run: &Run, from: &str, to: &str) -> bool {
    let storylines = &run.events.as_ref().expect("events are the default").storylines;
    storylines.iter().any(|one| (one.from, one.to) == (event_of(run, from), event_of(run, to)))
}

#[test]
fn the_next_call_comes_after_the_call() {
    let run = found(&seeds());
    assert!(follows(&run, "000", "001") && !follows(&run, "001", "000"));
}

#[test]
fn the_meeting_comes_before_the_call() {
    let run = found(&seeds());
    assert!(follows(&run, "003", "000") && !follows(&run, "000", "003"));
}

#[test]
fn the_label_of_the_call_names_both_men_and_the_day() {
    let run = found(&seeds());
    let label = events(&run)[event_of(&run, "000")].label("");
    for part in ["Biden", "Putin", "8/12"] {
        assert!(label.contains(part), "{label}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What it depends on
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn two_calls_alone_stay_two_events() {
    assert_eq!(partition(&found(&only(&["000", "001"]))), sets(&[&["000"], &["001"]]));
}

#[test]
fn the_two_calls_closest_in_wording_alone_stay_two_events() {
    assert_eq!(partition(&found(&only(&["001", "004"]))), sets(&[&["001"], &["004"]]));
}

#[test]
fn the_next_call_on_the_day_of_the_call_would_be_the_call() {
    let mut texts = seeds();
    let moved = texts["001"].replace("30/12", "8/12");
    assert_ne!(moved, texts["001"]);
    texts.insert("001", moved);
    let run = found(&texts);
    assert_eq!(event_of(&run, "001"), event_of(&run, "004"), "{:?}", partition(&run));
}

#[test]
fn a_report_that_lost_its_day_never_pulls_in_the_next_call() {
    let mut texts = seeds();
    let undated = texts["004"].replace(" ngày 8/12", "");
    assert_ne!(undated, texts["004"]);
    texts.insert("004", undated);
    let run = found(&texts);
    let [next, call, meeting] = ["001", "000", "003"].map(|id| event_of(&run, id));
    assert!(next != call && meeting != call && next != event_of(&run, "004"), "{:?}", partition(&run));
}

/// A text without days: `7/12`, `2-12`, `10/12/2021`.
fn without_days(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digits = |from: usize| letters[from.min(letters.len())..].iter().take_while(|one| one.is_ascii_digit()).count();
    let day_at = |from: usize| {
        let (first, mark) = (digits(from), from + digits(from));
        let second = digits(mark + 1);
        let is_day = (1..=2).contains(&first)
            && (1..=2).contains(&second)
            && letters.get(mark).is_some_and(|mark| ['/', '-'].contains(mark));
        let end = mark + 1 + second;
        let year = if letters.get(end) == Some(&'/') && digits(end + 1) == 4 { 5 } else { 0 };
        is_day.then_some(end + year)
    };
    let (mut kept, mut at) = (String::new(), 0);
    while at < letters.len() {
        match day_at(at) {
            Some(end) => at = end,
            None => {
                let whole = digits(at).max(1);
                kept.extend(&letters[at..at + whole]);
                at += whole;
            }
        }
    }
    kept.replace("Thứ Sáu, ", "")
}

#[test]
fn without_any_day_the_words_still_know_the_call_from_the_meeting() {
    let texts: Texts = seeds().into_iter().map(|(id, text)| (id, without_days(&text))).collect();
    let (run, inputs, _folder) = found_in(&jsonl(&texts));
    let reports = Reports::read(&inputs, &run).expect("the file can be read again");
    let days: Vec<_> = reports.profiles.iter().map(|profile| (&profile.named, profile.published)).collect();
    assert!(days.iter().all(|(named, published)| named.is_empty() && published.is_none()), "{days:?}");
    let pairs = find(&reports.profiles, &[], 0.0).pairs;
    // Articles stand in order of id, and no two of the seeds are copies.
    let score = |a: u32, b: u32| {
        let [a, b] = [a, b].map(|article| reports.place_of(article) as u32);
        let pair = pairs.iter().find(|pair| (pair.a, pair.b) == (a.min(b), a.max(b)));
        pair.map_or(0.0, |pair| pair.probability)
    };
    assert!(score(0, 4) > score(0, 3) && score(0, 4) > score(3, 4), "{pairs:#?}");
}

#[test]
fn with_level_copies_there_are_no_events() {
    let settings = Settings { level: Level::Copies, ..Settings::default() };
    let inputs = discover(&["seeds".into()], &settings.read).expect("the seeds are there");
    let run = run_inputs(&inputs, &settings, Tables::default(), &()).expect("the seeds can be read");
    assert_eq!(run.events, None);
}

// ---------------------------------------------------------------------------------------------------------------------
// Where the weights come from
// ---------------------------------------------------------------------------------------------------------------------

/// A report in words of its own, published so many hours after another.
fn published(text: &str, hours: usize) -> Profile {
    let published = Some(Published::at(1_700_000_000 + 3_600 * hours as i64));
    let article = Article { text: text.into(), published, ..Article::default() };
    Profile::of(&article, &Words::of(text), &ShellTable::default())
}

#[test]
fn a_report_joins_an_event_only_if_it_is_within_fourteen_days_of_all_its_reports() {
    let same = "Phà TL-07 chìm ở bến Trà Lũng, chủ tịch huyện Kim Đàm Đặng Hữu Thọ nói 11 người được cứu, thợ lặn tìm hai người. \
                Chủ phà Vũ Khắc Sòi khai chở 24 bao muối, vượt mớn nước, còi hỏng từ sáng; thợ máy Lục Thị Bưởi nhảy khỏi khoang trước khi phà lật";
    let events_of = |days: [usize; 3]| {
        // The last two are one text, and so are joined first. Of the first it is known that it goes with both.
        let profiles =
            [published("riêng lạ", 24 * days[0]), published(same, 24 * days[1]), published(same, 24 * days[2])];
        find(&profiles, &[(0, 1, Tie::Copied), (0, 2, Tie::Copied)], 0.0).event_of
    };
    assert_eq!(events_of([0, 12, 14]), [0, 0, 0]);
    assert_eq!(events_of([0, 14, 15]), [0, 1, 1], "near to one of the two, and not to the other");
    assert_eq!(events_of([29, 15, 14]), [0, 1, 1]);
}

#[test]
fn a_common_word_is_looked_up_among_the_articles_nearest_in_time() {
    // Positions say nothing about time: 401 and 1,000 have no divisor in common.
    let day = |at: usize| at * 401 % 1_000;
    let profiles: Vec<Profile> =
        (0..1_000).map(|at| published(&format!("chungmộttừ riêng{at}"), 24 * day(at))).collect();
    let found = candidates(&profiles.iter().collect::<Vec<_>>());
    let far = found.iter().map(|&(a, b)| day(a as usize).abs_diff(day(b as usize))).max();
    assert!(found.len() >= 1_000 && far <= Some(64), "{} pairs, the farthest {far:?} days apart", found.len());
    // What has no time comes last, and so is near to what else has none.
    let undated = |at: usize| {
        if at.is_multiple_of(2) { profiles[at].clone() } else { Profile { published: None, ..profiles[at].clone() } }
    };
    let mixed: Vec<Profile> = (0..1_000).map(undated).collect();
    let found = candidates(&mixed.iter().collect::<Vec<_>>());
    let mixed_pairs = found.iter().filter(|(a, b)| a % 2 != b % 2).count();
    assert!(mixed_pairs * 10 < found.len(), "{mixed_pairs} of {} pairs are of one dated and one undated", found.len());
}

/// Six events of two reports each, enough to fit something on: the seeds' sentences told twice.
fn labelled() -> String {
    let mut lines = String::new();
    for (id, text) in seeds() {
        let sentences: Vec<&str> = text.split(". ").filter(|one| one.split_whitespace().count() > 6).collect();
        for (half, part) in sentences.chunks(sentences.len().div_ceil(2)).enumerate() {
            let article = json!({"id": format!("{id}-{half}"), "text": part.join(". "), "cluster": id});
            lines += &format!("{article}\n");
        }
    }
    lines
}

#[test]
fn weights_are_fitted_and_written_and_every_evidence_is_left_out_once() {
    let folder = Folder::with(&[("one.jsonl", &labelled()), ("two.jsonl", &labelled())]);
    let (one, two, weights) = (folder.path("one.jsonl"), folder.path("two.jsonl"), folder.path("weights.toml"));
    let arguments = [Path::new("fit-events"), Path::new("-q"), &one, &two, Path::new("--weights"), &weights];
    let text = run(arguments).clean();
    let firsts: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(firsts.starts_with(&["B-cubed", "precision", "one", "two", "F1", "one", "words", "pairs"]), "{text}");
    assert_eq!(firsts.last(), Some(&"neighborhood"));
    let lines: Vec<String> = folder.read("weights.toml").lines().map(str::to_owned).collect();
    let shipped: Vec<&str> = include_str!("../src/events/weights.toml").lines().collect();
    assert_eq!((lines.len(), lines[0].as_str()), (shipped.len(), shipped[0]));
    let name = |line: &str| line.split(' ').next().map(str::to_owned);
    assert!(lines[1..].iter().zip(&shipped[1..]).all(|(ours, theirs)| name(ours) == name(theirs)), "{lines:?}");
}

#[test]
fn without_labels_there_is_nothing_to_fit() {
    let refused = run(["fit-events", "-q", "seeds"]).refused();
    assert!(refused.contains("seeds: 0 articles have a `cluster` field"), "{refused}");
}

// ---------------------------------------------------------------------------------------------------------------------
// Real articles, which stay outside this repository
// ---------------------------------------------------------------------------------------------------------------------

/// Where the data is, if it is.
#[expect(clippy::print_stderr, reason = "says why a test is skipped")]
fn data(file: &str) -> Option<std::path::PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(file);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_background_is_what_its_command_makes() {
    let (Some(words), Some(pairs)) = (data("df/vi_df_syllable.tsv"), data("df/vi_df_bigram.tsv")) else { return };
    let folder = Folder::with(&[]);
    let made = folder.path("background.terms");
    let arguments = ["fit-events", "background"].map(Path::new).into_iter();
    run(arguments.chain([words.as_path(), pairs.as_path(), Path::new("-o"), made.as_path()])).clean();
    let made = std::fs::read(made).expect("it was written");
    assert!(made == background().to_bytes(), "{} bytes made, {} in force", made.len(), background().to_bytes().len());
    let [words, pairs] = [words, pairs].map(|path| std::fs::read_to_string(path).expect("a list"));
    assert_eq!(background_of(&[(&words, 10), (&pairs, 50)]).as_ref(), Ok(background()));
}

#[test]
#[ignore = "20,000 articles take half a minute, in a release build"]
fn in_a_stream_of_twenty_thousand_the_seeds_are_the_same_three_events() {
    let Some(stream) = data("stream/baomoi_20k.jsonl.gz") else { return };
    let arguments = ["report", "-q", "--format", "tsv", "seeds"].map(Path::new);
    let table = run(arguments.into_iter().chain([stream.as_path()])).clean();
    let of_seeds: BTreeSet<&str> = table
        .lines()
        .filter(|row| SEEDS.contains(&row.split('\t').next().unwrap_or_default()))
        .filter_map(|row| row.split('\t').nth(2))
        .collect();
    // The events of the seeds with all that is in them, of the stream too.
    let rows = table.lines().filter(|row| row.split('\t').nth(2).is_some_and(|event| of_seeds.contains(event)));
    let table = rows.fold(String::from("head\n"), |table, row| table + row + "\n");
    assert_eq!(partition_of_table(&table), sets(&RIGHT), "{table}");
}

/// What is said of one pair goes by the pairs of its two reports alone, and is what a run says that scored all.
#[test]
fn one_pair_is_scored_as_among_all() {
    let lines = include_str!("data/bulletins.jsonl").to_owned() + include_str!("data/light_updates.jsonl");
    let (run, inputs, _folder) = found_in(&(lines + &jsonl(&seeds())));
    let reports = Reports::read(&inputs, &run).expect("the input can be read again");
    let all = reports.grouping();
    let count = reports.articles.len() as u32;
    let pairs: Vec<(u32, u32)> = (0..count).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    let ties: Vec<(u32, u32, Tie)> =
        pairs.iter().filter_map(|&(a, b)| reports.tie(a, b).map(|tie| (a, b, tie))).collect();
    let (mut scored, mut tied) = (0, 0);
    for &(a, b) in &pairs {
        let mut own: Vec<(u32, u32, Tie)> = ties.clone();
        own.retain(|(x, y, _)| [x, y].iter().any(|end| [a, b].contains(end)));
        own.sort_by_key(|&(x, y, _)| (x, y));
        let expected = all.pairs.iter().find(|pair| (pair.a, pair.b) == (a, b));
        assert_eq!(find_pair(&reports.profiles, &own, (a, b)).as_ref(), expected, "{a} {b}");
        (scored, tied) = (scored + usize::from(expected.is_some()), tied + usize::from(reports.are_tied(a, b)));
    }
    assert!(tied > 10 && scored > tied + 10, "{scored} {tied}");
}
