//! What a check might have found: every rule, every verdict, every kind of match.

use wirecopy::check::{
    Accepted, Allowed, Checked, Entry, Finding, IdleEntries, Match, Named, Origins, Passage, Policy, Rule, Scope,
    SkippedFiles, Verdict,
};
use wirecopy::events::Confidence;
use wirecopy::settings::Settings;
use wirecopy::verify::{Comparison, Kind};

/// Nothing found among no articles.
pub(crate) fn nothing() -> Checked {
    Checked { errors: Vec::new(), ..Checked::not_made(Settings::default(), Policy::default(), String::new()) }
}

pub(crate) fn finding(rule: Rule, verdict: Verdict, article: Named, matches: Vec<Match>) -> Finding {
    Finding { rule, verdict, article, matches, reason: None }
}

/// A new article; `line` tells it from others.
pub(crate) fn new(id: &str, line: u32, title: Option<&str>) -> Named {
    Named {
        id: id.to_owned(),
        source: Some("baomoivn.example".to_owned()),
        title: title.map(str::to_owned),
        published: Some("2026-03-02T03:05:00Z".to_owned()),
        file: "incoming/2026-03-02.jsonl".to_owned(),
        line: Some(line),
        content: format!("{line:016x}"),
    }
}

/// An article of the index.
pub(crate) fn stored(id: &str, title: &str) -> Named {
    Named {
        id: id.to_owned(),
        source: Some("thongtan.example".to_owned()),
        title: Some(title.to_owned()),
        published: Some("2026-03-01T22:10:00Z".to_owned()),
        file: "archive.wirecopy".to_owned(),
        line: None,
        content: "00000000000000ff".to_owned(),
    }
}

pub(crate) fn matched(article: Named, kind: Kind, coverage: f64) -> Match {
    Match {
        article,
        new: false,
        kind: Some(kind),
        comparison: Some(Comparison {
            similarity: coverage * 0.75,
            containment: coverage * 0.875,
            coverage,
            coverage_longer: coverage * 0.5,
        }),
        confidence: None,
        passage: Some(Passage {
            text: "Sáng 1/3, cầu Vân Sa chính thức thông xe sau ba năm thi công, rút ngắn đường từ thị trấn ra cảng"
                .to_owned(),
            words: 43,
        }),
        accepted: None,
    }
}

fn entry(rule: &str, id: &str, expires: &str) -> Entry {
    Entry {
        rule: rule.to_owned(),
        id: id.to_owned(),
        content: "0011223344556677".to_owned(),
        matched: "8899aabbccddeeff".to_owned(),
        expires: expires.to_owned(),
        ..Entry::default()
    }
}

/// All of it, as a morning's check might be.
pub(crate) fn morning() -> Checked {
    let bridge = "Thông xe cầu Vân Sa sau ba năm thi công";
    let among_new =
        Match { article: new("bm-1017", 17, Some(bridge)), new: true, ..matched(Named::default(), Kind::Copy, 0.81) };
    let in_a_file =
        Named {
            file: "archive/feb.jsonl".to_owned(), line: Some(3), ..stored("tt-204", "Giá gạo xuất khẩu tăng")
        };
    let accepted = |article: Named, why: Accepted| Match { accepted: Some(why), ..matched(article, Kind::Copy, 0.9) };
    let same_event = Match {
        comparison: None,
        kind: None,
        passage: None,
        confidence: Some(Confidence::new(0.912)),
        ..matched(stored("tt-300", "Cầu Vân Sa đón xe đầu tiên"), Kind::Copy, 0.0)
    };
    let findings = vec![
        Finding {
            reason: Some("the configuration differs from origin/main (edited). The check used the version of origin/main, so a person has to accept the change".to_owned()),
            ..finding(
                Rule::GateChanged,
                Verdict::Fails,
                Named {
                    id: "wirecopy.toml".to_owned(),
                    file: "wirecopy.toml".to_owned(),
                    content: "00000000000000aa".to_owned(),
                    ..Named::default()
                },
                Vec::new(),
            )
        },
        finding(
            Rule::Copy,
            Verdict::Fails,
            new("bm-1017", 17, Some(bridge)),
            vec![matched(stored("tt-201", "Cầu Vân Sa thông xe"), Kind::Copy, 0.956)],
        ),
        finding(
            Rule::Identical,
            Verdict::Fails,
            new("bm-1018", 18, Some(bridge)),
            vec![
                matched(stored("tt-201", "Cầu Vân Sa thông xe"), Kind::Identical, 1.0),
                among_new,
                matched(in_a_file.clone(), Kind::Copy, 0.7),
                matched(stored("tt-205", "Cầu Vân Sa: những điều cần biết"), Kind::Excerpt, 0.66),
            ],
        ),
        Finding {
            reason: Some("no text field (tried text, body, content); name it with --text-field".to_owned()),
            ..finding(
                Rule::Unreadable,
                Verdict::Fails,
                Named { file: "incoming/2026-03-02.jsonl".to_owned(), line: Some(19), ..Named::default() },
                Vec::new(),
            )
        },
        finding(Rule::Excerpt, Verdict::Fails, new("bm-1020", 20, None), vec![matched(in_a_file, Kind::Excerpt, 0.8)]),
        finding(
            Rule::Contains,
            Verdict::Informs,
            new("bm-1021", 21, Some("Toàn cảnh ngày thông xe")),
            vec![matched(stored("tt-201", "Cầu Vân Sa thông xe"), Kind::Excerpt, 0.9)],
        ),
        finding(
            Rule::Template,
            Verdict::Informs,
            new("bm-1022", 22, Some("Giá vàng hôm nay 2/3")),
            vec![matched(stored("tt-199", "Giá vàng hôm nay 1/3"), Kind::Template, 0.94)],
        ),
        finding(
            Rule::Revision,
            Verdict::Informs,
            new("tt-198", 23, Some("Mưa lớn ở Bình Lâm (cập nhật)")),
            vec![Match {
                comparison: None,
                kind: None,
                passage: None,
                ..matched(stored("tt-198", "Mưa lớn ở Bình Lâm"), Kind::Copy, 0.0)
            }],
        ),
        finding(
            Rule::SameEvent,
            Verdict::Informs,
            new("bm-1024", 24, Some("Xe nối đuôi qua cầu mới")),
            vec![same_event],
        ),
        finding(
            Rule::Copy,
            Verdict::Accepted,
            new("bm-1025", 25, Some("Thông báo tuyển sinh")),
            vec![accepted(stored("tt-190", "Thông báo tuyển sinh"), Accepted::Baseline("bản tin trả phí".to_owned()))],
        ),
        finding(
            Rule::Copy,
            Verdict::Accepted,
            new("bm-1027", 27, Some("Lịch họp")),
            vec![accepted(stored("tt-192", "Lịch họp"), Accepted::Review("đã xin phép".to_owned()))],
        ),
        finding(
            Rule::Copy,
            Verdict::Accepted,
            new("bm-1026", 26, Some("Lịch cắt điện")),
            vec![accepted(stored("tt-191", "Lịch cắt điện"), Accepted::Policy("thongtan.example".to_owned()))],
        ),
    ];
    Checked {
        scope: Scope {
            files: 3,
            origins: Origins {
                configuration: Some("origin/main:wirecopy.toml".to_owned()),
                baseline: Some("origin/main:accepted.jsonl".to_owned()),
                index: Some("archive.wirecopy".to_owned()),
                trusted_base: Some("origin/main (2c633a538a10762e9677678fec7674ceae578111)".to_owned()),
                since: Some("origin/main (2c633a538a10762e9677678fec7674ceae578111)".to_owned()),
            },
            baseline_entries: 4,
            ignore_files: vec!["incoming/.gitignore".to_owned()],
            passed_over: vec![
                SkippedFiles { why: "readme", files: 1, first: vec!["incoming/README.md".to_owned()] },
                SkippedFiles {
                    why: "no-article",
                    files: 12,
                    first: vec!["incoming/a.png".to_owned(), "incoming/b.png".to_owned()],
                },
            ],
        },
        policy: Policy {
            max_accepted: Some(10),
            allow: Allowed::parse("thongtan.example").into_iter().collect(),
            ..Policy::default()
        },
        articles: 1_204,
        known: 12,
        repeated: 2,
        empty: 1,
        unreadable: 1,
        against: Some(("archive.wirecopy".to_owned(), 123_456)),
        findings,
        idle: IdleEntries {
            unused: vec![entry("copy", "bm-0900", "")],
            expired: vec![entry("excerpt", "bm-0800", "2026-02-28")],
            void: vec![Entry {
                title: "Cầu Vân Sa".to_owned(),
                source: "baomoivn.example".to_owned(),
                match_id: "tt-201".to_owned(),
                match_title: "Cầu Vân Sa thông xe".to_owned(),
                match_source: "thongtan.example".to_owned(),
                reason: "đã xin phép".to_owned(),
                who: "Biên tập".to_owned(),
                review: true,
                ..entry("copy", "bm-1017", "2026-12-31")
            }],
        },
        ..nothing()
    }
}
