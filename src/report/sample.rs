//! A run of made-up articles for the tests of reports: two clusters, links of every kind, events of a storyline, and what is
//! hard to lay out.

use crate::article::Published;
use crate::boilerplate::ShellTable;
use crate::candidates::Plan;
use crate::cluster::{Clustering, CopyCluster, Link, Member, SAME};
use crate::events::{Confidence, Day, Event, Events, Follows, Reason};
use crate::pipeline::{Held, Intake, Record, Run, Search, ShellExample};
use crate::read::{Location, Skipped};
use crate::settings::Settings;
use crate::verify::{Comparison, Edge, Kind};

/// 2021-12-08T03:05:00Z.
const MORNING: i64 = 1_638_932_700;

/// Where the fifteen copies of one wire story begin among the records.
const FIRST_WIRE: u32 = 9;

/// The first of two reports without outlet, time and headline.
const X_1: u32 = FIRST_WIRE + 15;

pub(super) fn run() -> Run {
    let records = records();
    let mut twins: Vec<u32> = (0..records.len() as u32).collect();
    for copy in 1..14 {
        twins[(FIRST_WIRE + copy) as usize] = FIRST_WIRE;
    }
    let clustering = clustering();
    let events = events(&clustering, records.len());
    let settings = Settings::default();
    let skipped = Skipped { bad_records: 2, undated: 1, ..Skipped::default() };
    Run {
        zone: crate::settings::Zone::utc(),
        intake: Intake { files: 3, skipped, empty: vec!["z-empty".to_owned()], ..Intake::default() },
        records,
        twins,
        edges: clustering.links.iter().map(|link| link.edge).collect(),
        clustering,
        events: Some(events),
        shells: ShellTable::default(),
        shell_examples: vec![
            shell(Some("dantri.com.vn"), "bình luận 0", 1_204),
            shell(None, &"chia sẻ bài viết này lên mạng xã hội ".repeat(5), 12),
        ],
        search: Search {
            plan: Plan::of(&settings),
            exact_duplicates: 13,
            candidates: 120,
            given_up: 0,
            large_groups: 0,
            held: Held::default(),
        },
        settings,
    }
}

fn records() -> Vec<Record> {
    let mut records = vec![
        record("a-press", Some("vnexpress.net"), Some(0), Some("Hai tổng thống điện đàm hai giờ về biên giới")),
        record(
            "b-press",
            Some("baotinnhanh.vn"),
            Some(7_800),
            Some("Điện đàm hai giờ, hai bên đồng ý tiếp tục trao đổi"),
        ),
        record("c-press", Some("dantri.com.vn"), Some(7_800), Some("Hai tổng thống điện đàm hai giờ về biên giới")),
        record("d-press", None, None, None),
        // Decomposed, Han of double width, a text that would steer the terminal, an id that is far too long.
        record(
            "e-press",
            Some("tuoitre.vn"),
            Some(95_400),
            Some(
                "Tho\u{302}\u{309}ng tin the\u{302}m ve\u{302}\u{300} cuo\u{323}\u{302}c đie\u{323}\u{302}n đa\u{300}m",
            ),
        ),
        record(
            "f-city",
            Some("城市日报"),
            Some(86_400),
            Some("本市蔬菜批发价格每日播报（5月6日），市场供应总体平稳，价格略有波动，部分叶菜小幅上涨"),
        ),
        record("g-city", Some("城市日报"), Some(172_800), Some("本市蔬菜批发价格每日播报（5月7日）")),
        record("h-alone\u{1b}[2J", None, Some(60), Some("đỏ \u{1b}[31m và \u{202e} quay đầu\nxuống dòng")),
        record(&format!("https://example.com/{}", "rất-dài-".repeat(20)), None, None, None),
    ];
    records.extend((0..15).map(|copy| {
        let outlet = format!("wire{}.example", copy % 4);
        record(&format!("w-{copy:02}"), Some(&outlet), Some(300 * copy), None)
    }));
    // Two reports of which nothing is known, and two articles of which the event of the press is a later part.
    records.extend([
        record("x-1", None, None, None),
        record("x-2", None, None, None),
        record("y-1", Some("tuoitre.vn"), Some(-1_900_800), Some("Hai bên chuẩn bị điện đàm")),
        record("y-2", None, None, None),
    ]);
    records
}

fn clustering() -> Clustering {
    let wire = (0..15)
        .map(|copy| member(FIRST_WIRE + copy, if copy == 14 { (Kind::Copy, 0.62999) } else { (Kind::Identical, 1.0) }));
    let press = [
        member(0, (Kind::Copy, 0.934)),
        member(1, (Kind::Identical, 1.0)),
        member(2, (Kind::Identical, 0.999)),
        member(3, (Kind::Copy, 0.7)),
    ];
    Clustering {
        clusters: vec![cluster(FIRST_WIRE, FIRST_WIRE, wire), cluster(1, 0, press)],
        links: vec![
            link(1, 4, Kind::Excerpt, 0.81, 1),
            link(1, FIRST_WIRE, Kind::Copy, 0.64, 3),
            link(5, 6, Kind::Template, 0.99, 1),
        ],
    }
}

/// An event of the press and what follows it; one of two reports without words; the wire story and every other article alone.
fn events(clustering: &Clustering, articles: usize) -> Events {
    let day = |month, day| Day::new(Some(2021), month, day).unwrap();
    let reason = |confidence, names: &[&str], days: &[Day], words: &[&str]| Reason {
        confidence: Confidence::new(confidence),
        names: names.iter().map(|&name| name.to_owned()).collect(),
        days: days.to_vec(),
        words: words.iter().map(|&word| word.to_owned()).collect(),
    };
    let press = Event {
        representative: 1,
        reports: vec![1, 4, 8],
        names: ["Joe Biden", "Vladimir Putin", "Kế hoạch Hành động chung toàn diện"].map(str::to_owned).to_vec(),
        days: vec![day(12, 7), day(12, 8)],
        reasons: vec![
            reason(0.8399, &["Joe Biden", "Vladimir Putin"], &[day(12, 7), day(12, 8)], &["điện đàm", "leo thang"]),
            reason(
                0.9,
                &["Joe Biden"],
                &[Day::new(None, 12, 8).unwrap()],
                &["biên giới chung của hai nước", "đồng minh"],
            ),
            reason(0.31, &[], &[], &[]),
        ],
        ..Event::default()
    };
    let unknown = Event { representative: X_1, reports: vec![X_1, X_1 + 1], ..Event::default() };
    let before = Event {
        representative: X_1 + 2,
        reports: vec![X_1 + 2],
        names: vec!["Joe Biden".to_owned()],
        days: vec![day(11, 16)],
        reasons: Vec::new(),
        ..Event::default()
    };
    let single = |article: u32| Event { representative: article, reports: vec![article], ..Event::default() };
    let mut all = vec![press, unknown, single(FIRST_WIRE), single(5), single(6), single(7), before, single(X_1 + 3)];
    let cluster_of = clustering.cluster_of(articles);
    let mut event_of = vec![0; articles];
    for (event, place) in all.iter_mut().zip(0..) {
        let is_here = |&article: &u32| event.reports.contains(&cluster_of[article as usize]);
        event.articles = (0..articles as u32).filter(is_here).collect();
        event.articles.iter().for_each(|&article| event_of[article as usize] = place);
    }
    let storylines = [(0, 2, None), (6, 0, Some(21)), (6, 7, Some(1))];
    Events {
        events: all,
        event_of,
        storylines: storylines.map(|(from, to, days)| Follows { from, to, days }).to_vec(),
        ..Events::default()
    }
}

fn shell(source: Option<&str>, text: &str, stories: u32) -> ShellExample {
    ShellExample { source: source.map(Into::into), text: text.to_owned(), stories }
}

fn record(id: &str, source: Option<&str>, seconds: Option<i64>, title: Option<&str>) -> Record {
    Record {
        id: id.to_owned(),
        source: source.map(Into::into),
        published: seconds.map(|seconds| Published::at(MORNING + seconds)),
        title: title.map(Into::into),
        opening: title.is_none().then(|| format!("Bài {id} bắt đầu như thế này, rồi kể tiếp…").into()),
        label: None,
        words: 100 + id.len() as u32,
        content: 0,
        location: Location::default(),
    }
}

fn cluster(representative: u32, original: u32, members: impl IntoIterator<Item = Member>) -> CopyCluster {
    CopyCluster { representative, original, first: Some(original), members: members.into_iter().collect() }
}

fn comparison(coverage: f64) -> Comparison {
    match coverage {
        1.0 => SAME,
        _ => {
            Comparison { similarity: coverage * 0.6, containment: coverage * 0.8, coverage, coverage_longer: coverage }
        }
    }
}

fn member(article: u32, (kind, coverage): (Kind, f64)) -> Member {
    Member { article, comparison: comparison(coverage), kind }
}

fn link(a: u32, b: u32, kind: Kind, coverage: f64, edges: usize) -> Link {
    Link { edge: Edge { a, b, comparison: comparison(coverage), kind }, edges }
}
