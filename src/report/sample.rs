//! A run of made-up articles for the tests of reports: two clusters, links of every kind, and what is hard to lay out.

use crate::article::Published;
use crate::boilerplate::ShellTable;
use crate::candidates::Plan;
use crate::cluster::{Clustering, CopyCluster, Link, Member, SAME};
use crate::pipeline::{Held, Intake, Record, Run, Search, ShellExample};
use crate::read::{Location, Skipped};
use crate::settings::Settings;
use crate::verify::{Comparison, Edge, Kind};

/// 2021-12-08T03:05:00Z.
const MORNING: i64 = 1_638_932_700;

/// Where the fifteen copies of one wire story begin among the records.
const FIRST_WIRE: u32 = 9;

pub(super) fn run() -> Run {
    let records = records();
    let mut twins: Vec<u32> = (0..records.len() as u32).collect();
    for copy in 1..14 {
        twins[(FIRST_WIRE + copy) as usize] = FIRST_WIRE;
    }
    let clustering = clustering();
    let settings = Settings::default();
    let skipped = Skipped { bad_records: 2, undated: 1, ..Skipped::default() };
    Run {
        intake: Intake { files: 3, skipped, empty: vec!["z-empty".to_owned()], ..Intake::default() },
        records,
        twins,
        edges: clustering.links.iter().map(|link| link.edge).collect(),
        clustering,
        events: None,
        shells: ShellTable::default(),
        shell_examples: vec![
            shell(Some("dantri.com.vn"), "bình luận 0", 1_204),
            shell(None, &"chia sẻ bài viết này lên mạng xã hội ".repeat(5), 12),
        ],
        search: Search {
            plan: Plan::of(&settings),
            exact_duplicates: 13,
            candidates: 120,
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

fn shell(source: Option<&str>, text: &str, stories: u32) -> ShellExample {
    ShellExample { source: source.map(str::to_owned), text: text.to_owned(), stories }
}

fn record(id: &str, source: Option<&str>, seconds: Option<i64>, title: Option<&str>) -> Record {
    Record {
        id: id.to_owned(),
        source: source.map(str::to_owned),
        published: seconds.map(|seconds| Published { epoch_seconds: MORNING + seconds }),
        title: title.map(str::to_owned),
        opening: title.is_none().then(|| format!("Bài {id} bắt đầu như thế này, rồi kể tiếp…")),
        label: None,
        words: 100 + id.len() as u32,
        location: Location::default(),
    }
}

fn cluster(representative: u32, original: u32, members: impl IntoIterator<Item = Member>) -> CopyCluster {
    CopyCluster { representative, original, members: members.into_iter().collect() }
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
