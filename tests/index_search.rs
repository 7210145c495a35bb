//! Does an index answer as one segment would, and find what it promises to find?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use wirecopy::candidates::{PIVOTS, Plan};
use wirecopy::index::{self, Index, Query, Removal, Report, Writer};
use wirecopy::normalize::Words;
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{ReadSettings, Settings};
use wirecopy::shingle::Shingler;
use wirecopy::sketch::sketch;

/// A sample of more stored articles is looked up among the first of them only.
const MAX_POSTING: usize = 256;

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

fn queries(index: &Index, lines: &str) -> Vec<Query> {
    let scan = inputs(lines).scan(&ReadSettings::default(), &|_| (), |article| index.query(article)).unwrap();
    scan.articles.into_iter().map(|(_, query)| query.unwrap()).collect()
}

/// What is similar to each of these, by ids.
fn similar(path: &Path, lines: &str) -> Vec<BTreeSet<String>> {
    let index = Index::open(path).unwrap();
    let similar = index.similar(&Plan::of(&Settings::default()), &queries(&index, lines)).unwrap();
    let ids = |known: Vec<_>| known.into_iter().map(|one| index.article(one).unwrap().id.into_owned()).collect();
    similar.into_iter().map(ids).collect()
}

/// The likeliest reports of the event of each of these, by ids, in order.
fn of_same_event(path: &Path, lines: &str) -> Vec<Vec<String>> {
    let index = Index::open(path).unwrap();
    let scan = inputs(lines).scan(&ReadSettings::default(), &|_| (), |article| index.report(article)).unwrap();
    let reports: Vec<Report> = scan.articles.into_iter().map(|(_, report)| report.unwrap()).collect();
    let ids = |known: Vec<_>| known.into_iter().map(|one| index.article(one).unwrap().id.into_owned()).collect();
    index.likely_same_event(&reports).unwrap().into_iter().map(ids).collect()
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
    assert!(expected.1.iter().filter(|one| one.len() > 3).count() > 20, "of one event");
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
