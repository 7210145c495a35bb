//! Does an index answer as one segment would, and find what it promises to find?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use wirecopy::article::{Article, Published};
use wirecopy::candidates::{PIVOTS, Plan};
use wirecopy::events::Profile;
use wirecopy::index::{self, Beside, Candidate, Index, OfStored, Query, Removal, Report, Sought, Writer, hash_of_id};
use wirecopy::normalize::Words;
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{Level, ReadSettings, Settings};
use wirecopy::shingle::Shingler;
use wirecopy::sketch::sketch;

/// A sample of more stored articles is looked up among the first of them only.
const MAX_POSTING: usize = 256;

/// More terms than an article looks up.
const MOST_TERMS: usize = 64;

/// A term of more earlier articles says too little to go through them.
const MAX_TERM_POSTING: usize = 1_024;

fn inputs(lines: &str) -> Inputs {
    discover_with(&["-".into()], &ReadSettings::default(), Cursor::new(lines.as_bytes().to_vec())).unwrap()
}

fn line(id: &str, text: &str) -> String {
    format!("{{\"id\":\"{id}\",\"text\":\"{text}\"}}\n")
}

fn words(story: usize, places: std::ops::Range<usize>) -> String {
    places.map(|place| format!("w{story}x{place}")).collect::<Vec<_>>().join(" ")
}

fn created(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    index::create(&path, &Settings::default()).unwrap();
    path
}

fn add(path: &Path, lines: &str) {
    Writer::open(path, false).unwrap().add(&inputs(lines), &ReadSettings::default(), &|_| ()).unwrap();
}

fn remove(path: &Path, ids: impl Iterator<Item = usize>) {
    let removal = Removal { ids: ids.map(|id| format!("a{id}")).collect(), ..Removal::default() };
    assert!(Writer::open(path, false).unwrap().remove(&removal).unwrap().articles > 0);
}

fn queries(index: &Index, lines: &str, level: Level) -> Vec<Query> {
    let scan = inputs(lines).scan(&ReadSettings::default(), &|_| (), |article| index.query(article, level)).unwrap();
    scan.articles.into_iter().map(|(_, query)| query.unwrap()).collect()
}

/// What is similar to each of these, by ids.
fn similar(path: &Path, lines: &str) -> Vec<BTreeSet<String>> {
    let index = Index::open(path).unwrap();
    let similar = index.similar(&Plan::of(&Settings::default()), &queries(&index, lines, Level::Copies)).unwrap();
    let ids = |known: Vec<_>| known.into_iter().map(|one| index.article(one).unwrap().id.into_owned()).collect();
    similar.into_iter().map(ids).collect()
}

/// Candidates by their ids with what they share, and the counts of terms.
type OfOne = (Vec<(String, f32)>, Vec<usize>);

/// The candidates of each of these, by ids with what they share, in order; and the counts of terms.
fn of_same_event(path: &Path, lines: &str) -> Vec<OfOne> {
    let index = Index::open(path).unwrap();
    let reports: Vec<Report> = queries(&index, lines, Level::Events).iter().map(Query::report).collect();
    let found = index.of_same_event(&reports.iter().map(Sought::of).collect::<Vec<_>>()).unwrap();
    let said = |one: OfStored| {
        let ids = one.candidates.iter().map(|one| (index.article(one.at).unwrap().id.into_owned(), one.shared));
        (ids.collect(), one.counts)
    };
    found.into_iter().map(said).collect()
}

/// An article of a crowd: a paragraph that all have, and a few words of its own.
fn of_crowd(number: usize) -> String {
    line(&format!("a{number}"), &format!("{} {}", words(7, 0..40), words(100 + number, 0..6)))
}

/// Ties went to the segment that came first, and each segment counted for itself what is common, removed articles too.
#[test]
fn the_answer_is_that_of_one_segment_whatever_the_segments() {
    let folder = tempfile::tempdir().unwrap();
    // Some 30 events of a dozen reports that share names and rare words, a crowd with one paragraph, exact copies.
    let article = |n: usize| match n % 4 {
        0 => of_crowd(n),
        1 => line(&format!("a{n}"), &words(n % 31, 0..60)),
        _ => line(
            &format!("a{n}"),
            &format!("{} {}", words(1_000 + n % 29, 0..4), words(2_000 + n, 0..3)).repeat(1 + n % 3),
        ),
    };
    let asked: String = (0..60).map(|n| article(4_000 + n)).collect();
    let whole = created(folder.path(), "whole");
    let parts = created(folder.path(), "parts");
    // Both learn their tables from the same articles.
    let first: String = (0..300).map(article).collect();
    add(&whole, &first);
    add(&parts, &first);
    add(&whole, &(300..1_190).map(article).collect::<String>());
    for part in 0..4 {
        add(&parts, &(300..1_200).filter(|n| n % 4 == part).map(article).collect::<String>());
    }
    remove(&parts, 1_190..1_200);
    remove(&parts, 300..320);
    add(&parts, &(300..320).map(article).collect::<String>());
    assert!(Index::open(&parts).unwrap().info().segments > 1 && Index::open(&parts).unwrap().info().removed > 0);
    let answers = |path: &Path| (similar(path, &asked), of_same_event(path, &asked));
    let expected = answers(&whole);
    assert!(expected.0.iter().filter(|one| !one.is_empty()).count() > 20, "similar");
    assert!(expected.1.iter().filter(|one| one.0.len() > 3).count() > 20, "of one event");
    assert!(answers(&parts) == expected);
    Writer::open(&parts, false).unwrap().compact(false).unwrap();
    assert!(answers(&parts) == expected);
}

#[test]
fn a_sample_of_as_many_articles_as_are_gone_through_proposes_all_and_one_more_only_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    let stock = line("stock", &words(7, 0..40));
    for part in 0..3 {
        add(&path, &(0..MAX_POSTING + 20).filter(|n| n % 3 == part).map(of_crowd).collect::<String>());
    }
    remove(&path, 0..19);
    assert!(Index::open(&path).unwrap().info().segments == 3 && Index::open(&path).unwrap().info().removed == 19);
    let pivots = similar(&path, &stock)[0].len();
    assert!((1..=PIVOTS).contains(&pivots), "{pivots} of {} articles", MAX_POSTING + 1);
    Writer::open(&path, false).unwrap().compact(false).unwrap();
    assert_eq!(similar(&path, &stock)[0].len(), pivots, "all in one segment");
    remove(&path, 19..20);
    assert_eq!(similar(&path, &stock)[0].len(), MAX_POSTING, "a removed article counts no more");
}

#[test]
fn a_single_shared_shingle_is_enough_where_the_plan_asks_for_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    // Eight words, four shingles of five: one is shared.
    add(&path, &(line("a", &format!("{} {}", words(1, 0..5), words(2, 0..3))) + &line("b", &words(9, 0..8))));
    let asked = line("new", &format!("{} {}", words(1, 0..5), words(3, 0..3)));
    assert_eq!(Plan::of(&Settings::default()).samples_needed(4), 1);
    assert_eq!(similar(&path, &asked), [BTreeSet::from(["a".to_owned()])]);
}

#[test]
fn a_short_text_is_found_in_a_long_one_and_a_long_one_by_the_short_text_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    add(&path, &(line("long", &words(1, 0..3_000)) + &line("short", &words(2, 100..160))));
    let asked = line("new-short", &words(1, 1_000..1_060)) + &line("new-long", &words(2, 0..3_000));
    assert_eq!(similar(&path, &asked), ["long", "short"].map(|id| BTreeSet::from([id.to_owned()])));
}

/// What is found here is compared exactly in any case, so an index looks ten times more surely than it is asked to.
#[test]
fn an_index_looks_ten_times_more_surely_than_it_is_asked_to() {
    const WORDS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    let plan = Plan::of(&Settings::default());
    let surer = Plan { target_recall: 1.0 - (1.0 - plan.target_recall) / 10.0, ..plan.clone() };
    // A little less than the plan asks for, so that samples fall between the two numbers now and then.
    let shared = 4 + (0.9 * plan.containment * (WORDS - 4) as f64) as usize;
    let stored = |n: usize| words(n, 0..WORDS);
    let asked = |n: usize| format!("{} {}", words(n, 0..shared), words(100_000 + n, shared..WORDS));
    let samples = |text: &str| {
        let hashes: Vec<u64> = Words::of(text).hashes().collect();
        sketch(Shingler::default().different(&hashes, Settings::default().window_words))
    };
    let is_between = |n: &usize| {
        let (stored, asked) = (samples(&stored(*n)), samples(&asked(*n)));
        let shared = stored.iter().filter(|sample| asked.contains(sample)).count();
        (surer.samples_needed(stored.len())..plan.samples_needed(stored.len())).contains(&shared)
    };
    let between: Vec<usize> = (0..10_000).filter(is_between).take(8).collect();
    assert_eq!(between.len(), 8);
    add(&path, &between.iter().map(|&n| line(&format!("a{n}"), &stored(n))).collect::<String>());
    let asked: String = between.iter().map(|&n| line(&format!("n{n}"), &asked(n))).collect();
    let found = similar(&path, &asked);
    assert_eq!(found, between.iter().map(|n| BTreeSet::from([format!("a{n}")])).collect::<Vec<_>>());
}

fn report(id: &str, text: &str, published: Option<i64>) -> Report {
    let published = published.map(|epoch_seconds| Published { epoch_seconds });
    let article = Article { id: id.into(), text: text.into(), published, ..Article::default() };
    let profile = Profile::of(&article, &Words::of(text), &Default::default());
    Report::of(&profile, hash_of_id(id), hash_of_id(text) as u64, published)
}

#[test]
fn a_term_of_as_many_earlier_articles_as_are_gone_through_counts_and_of_one_more_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    let text = |n: usize| format!("chungmột riêng{n} chunghai");
    add(&path, &(0..10).map(|n| line(&format!("a{n}"), &text(n))).collect::<String>());
    remove(&path, 8..10);
    let index = Index::open(&path).unwrap();
    let new = report("new", &text(99), None);
    let stored = |beside: usize| {
        let counts = vec![beside; MOST_TERMS];
        index.of_same_event(&[Sought { beside: counts, ..Sought::of(&new) }]).unwrap().remove(0)
    };
    assert_eq!(stored(0).counts.iter().filter(|&&count| count == 8).count(), 2, "removed ones do not count");
    assert_eq!([MAX_TERM_POSTING - 8, MAX_TERM_POSTING - 7].map(|beside| stored(beside).candidates.len()), [8, 0]);
    // The same where they are not stored.
    let reports: Vec<Report> = (0..8).map(|n| report(&format!("a{n}"), &text(n), None)).chain([new.clone()]).collect();
    let beside = Beside::of(&reports);
    let found = |stored: usize| {
        let sought = Sought { beside: beside.counts(8), ..Sought::of(&new) };
        beside.of_same_event(8, &sought, &[stored; MOST_TERMS])
    };
    assert_eq!([MAX_TERM_POSTING - 8, MAX_TERM_POSTING - 7].map(|stored| found(stored).len()), [8, 0]);
    let shared_of_stored: Vec<f32> = stored(0).candidates.iter().map(|one| one.shared).collect();
    assert_eq!(shared_of_stored, found(0).iter().map(|one| one.shared).collect::<Vec<f32>>());
}

#[test]
fn a_single_term_is_enough_if_at_most_sixty_four_earlier_articles_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = created(folder.path(), "i");
    add(&path, &(0..10).map(|n| line(&format!("a{n}"), &format!("chungmột riêng{n} lạ{n}"))).collect::<String>());
    let index = Index::open(&path).unwrap();
    let reports: Vec<Report> =
        (0..10).map(|n| report(&format!("a{n}"), &format!("chungmột riêng{n} lạ{n}"), None)).collect();
    let new = report("new", "chungmột riêngmới lạmới", None);
    let all: Vec<Report> = reports.into_iter().chain([new.clone()]).collect();
    let beside = Beside::of(&all);
    let stored = |others: usize| {
        let sought = Sought { beside: vec![others; MOST_TERMS], ..Sought::of(&new) };
        index.of_same_event(&[sought]).unwrap()[0].candidates.len()
    };
    let not_stored = |others: usize| {
        let sought = Sought { beside: beside.counts(10), ..Sought::of(&new) };
        beside.of_same_event(10, &sought, &[others; MOST_TERMS]).len()
    };
    assert_eq!([54, 55].map(stored), [8, 0]);
    assert_eq!([54, 55].map(not_stored), [8, 0]);
}

#[test]
fn earlier_articles_beside_the_index_are_those_before_within_fourteen_days() {
    const DAY: i64 = 24 * 60 * 60;
    let text = |n: usize| format!("chungmột riêng{n} chunghai");
    let reports = [
        report("sớm", &text(1), Some(0)),
        report("một", "chungmột kháchẳn", Some(20 * DAY)),
        report("đúng", &text(2), Some(6 * DAY)),
        report("mới", &text(3), Some(20 * DAY)),
        report("sau", &text(4), Some(20 * DAY)),
    ];
    let beside = Beside::of(&reports);
    let names = |found: Vec<Candidate<u32>>| found.into_iter().map(|one| one.at).collect::<Vec<_>>();
    assert_eq!(names(beside.of_same_event(3, &Sought::of(&reports[3]), &[])), [2, 1], "what shares more comes first");
    let copies = [reports[2].content];
    let sought = Sought { copies: &copies, ..Sought::of(&reports[3]) };
    assert_eq!(names(beside.of_same_event(3, &sought, &[])), [1], "copies are not looked for");
    assert!(beside.counts(3).contains(&3) && beside.counts(0).iter().all(|&count| count == 0));
}
