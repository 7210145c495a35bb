//! Does `check` find the same in many batches as in one run, whatever became of the index in between?
//!
//! Findings batch by batch, each batch checked against an index of all before it and then added whole, are those of one run of all
//! batches against the index as it was at first, if
//! * the tables of the index are learned before the first batch: then a text is read the same whatever stands beside it;
//! * no batch holds an article that counts as there before one of an earlier batch: published earlier; where that is equal, longer;
//!   where that is equal too, of a smaller id; undated articles come last. In one run this order says which of two new articles
//!   is found, in batches it is the one that comes second;
//! * ids are distinct: of two records with one id, one run tells the words apart, and an index keeps one;
//! * no sample stands in more than 256 articles: of such crowds only the first members are compared, and who they are changes as
//!   articles come;
//! * the search misses no copy: at its threshold it may miss one in a hundred, in a run and in an index not the same.
//!
//! What is compared are articles, rules, verdicts, and of each match its id, kind, numbers and score. Whether a match is called new,
//! where it stands, and the order that follows from that say which batch it came with.
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};

use wirecopy::check::{Finding, Known, Policy, Question, Rule, check};
use wirecopy::index::{self, Index, Removal, Writer};
use wirecopy::normalize::Words;
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{ReadSettings, Settings};

/// Numbers as good as random (splitmix64), the same for a seed wherever the test runs.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }

    fn one<'o, T>(&mut self, of: &'o [T]) -> &'o T {
        &of[self.below(of.len())]
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        (1..all.len()).rev().for_each(|at| all.swap(at, self.below(at + 1)));
    }
}

#[derive(Debug, Clone)]
struct Made {
    id: String,
    outlet: usize,
    /// Hours since the beginning of 2024; `None` where it is not known.
    hour: Option<usize>,
    title: String,
    text: String,
}

impl Made {
    fn line(&self) -> String {
        let published = self.hour.map_or(String::new(), |hour| {
            let (day, hour) = (hour / 24, hour % 24);
            format!("\"published\":\"2024-{:02}-{:02}T{hour:02}:00:00Z\",", 1 + day / 28, 1 + day % 28)
        });
        let Made { id, outlet, title, text, .. } = self;
        format!(
            "{{\"id\":\"{id}\",{published}\"source\":\"bao{outlet}.vn\",\"title\":\"{title}\",\"text\":\"{text}\"}}\n"
        )
    }

    /// What decides which of two new articles was there first.
    fn rank(&self) -> (bool, Option<usize>, Reverse<usize>, String) {
        (self.hour.is_none(), self.hour, Reverse(Words::of(&self.text).len()), self.id.clone())
    }
}

const NAMES: [&str; 12] = [
    "Trần Văn Lộc",
    "Lê Thị Hoa",
    "Phạm Quốc Bảo",
    "Nguyễn Thành Nam",
    "Đỗ Minh Khôi",
    "Vũ Hải Yến",
    "Hoàng Gia Huy",
    "Bùi Thu Trang",
    "Đặng Tuấn Kiệt",
    "Ngô Bảo Châu",
    "Lý Thanh Tùng",
    "Phan Ngọc Ánh",
];
const PLACES: [&str; 8] = ["Vân Sa", "Cẩm Lệ", "Mường Lát", "Hòn Gai", "Bắc Hà", "Tân Uyên", "Long Khánh", "Sông Cầu"];

/// A report of an event in words of its own: names, place, day and number are the event's, most words are not.
fn report(random: &mut Random, event: usize) -> (String, String) {
    let mut of_event = Random(event as u64 * 7_919);
    let (who, whom, place) = (*of_event.one(&NAMES), *of_event.one(&NAMES), *of_event.one(&PLACES));
    let (day, number) = (1 + event % 28, 100 + of_event.below(900));
    let rare: Vec<String> = (0..6).map(|at| format!("sựviệc{event}x{at}")).collect();
    let own = |random: &mut Random, words: usize| {
        (0..words).map(|_| format!("từ{}", random.below(3_000))).collect::<Vec<_>>().join(" ")
    };
    let mut parts = vec![
        format!("{} {who} tại {place} {}", own(random, 3), own(random, 3)),
        format!("{} ngày {day}/2 {} {}", own(random, 2), rare[0], own(random, 4)),
        format!("{} {number} {} {}", own(random, 4), rare[1], own(random, 2)),
        format!("{} {whom} {} {}", own(random, 3), rare[2], own(random, 3)),
        format!("{} {} {} {}", rare[3], own(random, 4), rare[4], own(random, 5)),
    ];
    random.shuffle(&mut parts);
    let text = format!("{}. {}.", parts.join(". "), own(random, 40));
    (format!("{who} {} ở {place}", rare[5]), text)
}

/// The same text with some words changed.
fn edited(random: &mut Random, text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..random.below(3) {
        let at = random.below(words.len());
        words[at] = format!("sửa{}", random.below(1_000));
    }
    words.join(" ")
}

/// So many articles: reports of events, their copies, excerpts, extended versions and what outlets make of their own texts.
fn made(random: &mut Random, count: usize, prefix: &str) -> Vec<Made> {
    let mut all: Vec<Made> = Vec::new();
    while all.len() < count {
        let id = format!("{prefix}{:05}", random.below(90_000) * 10_000 + all.len());
        let outlet = random.below(9);
        let kind = if all.is_empty() { 0 } else { random.below(10) };
        let one = match kind {
            0..=4 => {
                let event = random.below(count / 4 + 1);
                let (title, text) = report(random, event);
                // An event is reported within two days of its day, some by archives that know no time.
                let hour = Some((31 + event % 28) * 24 + random.below(48)).filter(|_| random.below(12) > 0);
                Made { id, outlet, hour, title, text }
            }
            _ => {
                let of = random.one(&all).clone();
                let text = match kind {
                    5 => of.text.clone(),
                    6 | 7 => edited(random, &of.text),
                    8 => of.text.split(' ').take(35).collect::<Vec<_>>().join(" "),
                    _ => format!("{} {}", of.text, report(random, 100_000 + all.len()).1),
                };
                // Before, with or after what it is made of.
                let hour = of.hour.map(|hour| (hour + random.below(30)).saturating_sub(6));
                let outlet = if random.below(3) == 0 { of.outlet } else { outlet };
                let title = if random.below(2) == 0 {
                    of.title
                } else {
                    format!("từ{} từ{}", random.below(3_000), random.below(3_000))
                };
                Made { id, outlet, hour, title, text }
            }
        };
        all.push(one);
    }
    all.sort_by_key(Made::rank);
    all
}

fn inputs(articles: &[Made]) -> Inputs {
    let lines: String = articles.iter().map(Made::line).collect();
    discover_with(&["-".into()], &ReadSettings::default(), Cursor::new(lines.into_bytes())).unwrap()
}

/// A finding without what depends on the batch: rule, article, verdict and of each match what it is, in order of ids.
type Said = BTreeMap<(String, &'static str), (String, BTreeSet<String>)>;

fn said(findings: &[Finding]) -> Said {
    let one = |finding: &Finding| {
        let matches = finding.matches.iter().map(|one| {
            format!(
                "{} {:?} {:?} {:?} {:?}",
                one.article.id, one.kind, one.comparison, one.confidence, one.article.content
            )
        });
        ((finding.article.id.clone(), finding.rule.code()), (format!("{:?}", finding.verdict), matches.collect()))
    };
    findings.iter().map(one).collect()
}

fn question() -> Question {
    let policy = Policy { own_revisions: true, fail_on: Rule::all().collect(), ..Policy::default() };
    Question { policy, today: "2024-01-01".to_owned(), ..Question::default() }
}

fn found(index: &Path, articles: &[Made]) -> Said {
    let index = Index::open(index).unwrap();
    let outcome = check(inputs(articles), &Known::Index(&index), &Settings::default(), &question(), &()).unwrap();
    said(&outcome.checked.findings)
}

fn add(index: &Path, articles: &[Made]) {
    Writer::open(index, false).unwrap().add(&inputs(articles), &ReadSettings::default(), &|_| ()).unwrap();
}

/// An index that has learned its tables from some articles, and holds them.
fn first_index(folder: &Path, random: &mut Random, count: usize) -> PathBuf {
    let path = folder.join("first");
    index::create(&path, &Settings::default()).unwrap();
    add(&path, &made(random, count, "cũ"));
    path
}

fn copied(index: &Path, to: PathBuf) -> PathBuf {
    let _ = std::fs::remove_dir_all(&to);
    std::fs::create_dir(&to).unwrap();
    for file in std::fs::read_dir(index).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    to
}

/// What batches find, cut at random, with what may happen to an index between them.
fn in_batches(random: &mut Random, index: &Path, articles: &[Made]) -> Said {
    let batches = 2 + random.below(7);
    let mut cuts: Vec<usize> = (1..batches).map(|_| random.below(articles.len())).chain([0, articles.len()]).collect();
    cuts.sort_unstable();
    let mut all = Said::new();
    for cut in cuts.windows(2).filter(|cut| cut[0] < cut[1]) {
        let mut batch = articles[cut[0]..cut[1]].to_vec();
        random.shuffle(&mut batch);
        all.extend(found(index, &batch));
        add(index, &batch);
        match random.below(4) {
            0 => drop(Writer::open(index, false).unwrap().compact(false).unwrap()),
            1 => {
                let mut gone: Vec<Made> = articles[..cut[1]].to_vec();
                random.shuffle(&mut gone);
                gone.truncate(1 + cut[1] / 10);
                let ids = gone.iter().map(|one| one.id.clone()).collect();
                let removal = Removal { ids, ..Removal::default() };
                assert_eq!(Writer::open(index, false).unwrap().remove(&removal).unwrap().articles, gone.len() as u64);
                add(index, &gone);
            }
            _ => {}
        }
    }
    all
}

fn batches_find_what_one_run_finds(seed: u64, articles: usize, splits: usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let first = first_index(folder.path(), &mut random, articles / 5);
    let articles = made(&mut random, articles, "a");
    let whole = found(&first, &articles);
    for rule in [Rule::Identical, Rule::Copy, Rule::Excerpt, Rule::Contains, Rule::Revision, Rule::SameEvent] {
        let count = whole.keys().filter(|(_, code)| *code == rule.code()).count();
        assert!(count >= 2, "{count} findings of {}: too few to compare", rule.code());
    }
    let mut shuffled = articles.clone();
    random.shuffle(&mut shuffled);
    assert!(found(&first, &shuffled) == whole, "the order of the input changes the answer");
    for split in 0..splits {
        let index = copied(&first, folder.path().join("i"));
        let found = in_batches(&mut random, &index, &articles);
        let differing = |one: &Said, other: &Said| {
            let differs = one.iter().filter(|(key, value)| other.get(*key) != Some(value));
            differs.map(|one| format!("{one:?}")).take(5).collect::<Vec<_>>()
        };
        assert!(
            found == whole,
            "seed {seed}, split {split}: batches alone {:#?}, one run alone {:#?}",
            differing(&found, &whole),
            differing(&whole, &found)
        );
    }
}

#[test]
fn batches_find_what_one_run_finds_whatever_became_of_the_index() {
    batches_find_what_one_run_finds(1, 120, 3);
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_splits_of_two_thousand_articles_find_what_one_run_finds() {
    (0..10).for_each(|seed| batches_find_what_one_run_finds(100 + seed, 2_000, 20));
}
