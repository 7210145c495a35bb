//! `wirecopy eval` and `wirecopy audit`, as a user runs them, on small corpora recombined from the seeds.

mod support;

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};
use support::{Folder, Ran, run};
use wirecopy::audit::{AuditOptions, audit};
use wirecopy::pipeline::{Tables, run_inputs};
use wirecopy::read::{Location, discover};
use wirecopy::settings::{Boilerplate, Level, Settings};
use wirecopy::verify::Edge;

/// Sentences of one seed article.
fn sentences(seed: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("{}/seeds/{seed}.txt", env!("CARGO_MANIFEST_DIR"))).expect("a seed");
    let long = |sentence: &&str| sentence.split_whitespace().count() >= 8;
    text.split(['.', '\n']).map(str::trim).filter(long).map(str::to_owned).collect()
}

fn article(id: &str, sentences: &[&[String]], fields: Value) -> Value {
    let text = sentences.iter().flat_map(|part| part.iter()).fold(String::new(), |text, one| text + one + ". ");
    let mut article = json!({"id": id, "title": format!("Tin {id}"), "text": text});
    let added = fields.as_object().expect("fields").clone();
    article.as_object_mut().expect("an object").extend(added);
    article
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

/// Two identical articles, three copies of one, an excerpt of a longer one, and two that have nothing in common.
fn corpus() -> Vec<Value> {
    let [one, two, three, four] =
        ["000_f8286b7643dba526", "001_144e3ac11ccbbacf", "003_cdbb0bcf241d3574", "002_e94dbbfd1c763f8c"].map(sentences);
    let upper: Vec<String> = three[..4].iter().map(|sentence| sentence.to_uppercase()).collect();
    vec![
        article("i1", &[&three[..4]], json!({})),
        article("i2", &[&upper], json!({})),
        article("c1", &[&one[..6]], json!({})),
        article("c2", &[&one[..5], &two[..1]], json!({})),
        article("c3", &[&one[..6], &two[1..2]], json!({})),
        article("e1", &[&four[..2]], json!({})),
        article("e2", &[&four[..5], &two[2..6]], json!({})),
        article("d1", &[&two[6..8]], json!({})),
        article("d2", &[&three[5..8]], json!({})),
    ]
}

fn pair(a: &str, b: &str, label: &str, confidence: &str) -> Value {
    json!({"a": a, "b": b, "label": label, "confidence": confidence})
}

fn eval(folder: &Folder, arguments: &[&str]) -> Ran {
    let corpus = folder.path("news.jsonl");
    let always = ["eval", "-q", corpus.to_str().expect("a path in UTF-8")];
    run(always.iter().chain(arguments))
}

fn eval_json(folder: &Folder, arguments: &[&str]) -> Value {
    let output = eval(folder, &[&["--format", "json"], arguments].concat()).clean();
    serde_json::from_str(&output).expect("scores are JSON")
}

fn path(folder: &Folder, name: &str) -> String {
    folder.path(name).to_str().expect("a path in UTF-8").to_owned()
}

fn share(value: &Value) -> (u64, u64) {
    (value["count"].as_u64().expect("a count"), value["of"].as_u64().expect("a whole"))
}

#[test]
fn labelled_pairs_give_the_known_confusion_and_the_worst_error_comes_first() {
    let pairs = [
        pair("i1", "i2", "identical", "high"),
        pair("c2", "c1", "copy", "high"),
        pair("c1", "c3", "related", "low"),
        pair("e1", "e2", "excerpt", "high"),
        pair("d1", "d2", "same_event", "high"),
        pair("d1", "c1", "copy", "low"),
        pair("c1", "nowhere", "copy", "high"),
    ];
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("pairs.jsonl", &lines(&pairs))]);
    let found = eval_json(&folder, &["--truth", &path(&folder, "pairs.jsonl")]);

    let columns: Vec<&str> = found["found_as"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert_eq!(columns, ["identical", "copy", "excerpt", "template", "same_cluster", "linked", "none"]);
    let scores = &found["pairs"];
    let rows: Vec<(String, Value)> = scores["confusion"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| (row["label"].as_str().expect("a label").to_owned(), row["found_as"].clone()))
        .collect();
    let expected = [
        ("identical", json!([1, 0, 0, 0, 0, 0, 0])),
        ("copy", json!([0, 1, 0, 0, 0, 0, 1])),
        ("excerpt", json!([0, 0, 1, 0, 0, 0, 0])),
        ("same_event", json!([0, 0, 0, 0, 0, 0, 1])),
        ("related", json!([0, 1, 0, 0, 0, 0, 0])),
    ];
    assert_eq!(rows, expected.map(|(label, row)| (label.to_owned(), row)));
    assert_eq!(share(&scores["copies_found"]), (2, 3));
    assert_eq!(share(&scores["excerpts_found"]), (1, 1));
    assert_eq!(share(&scores["precision"]), (3, 4));
    assert_eq!(share(&scores["exact_kind"]["all"]), (4, 6));
    assert_eq!(share(&scores["exact_kind"]["all_high"]), (4, 4));
    assert_eq!((&scores["pairs"], &scores["missing"]), (&json!(6), &json!(1)));
    assert_eq!(found["missing"], json!({"ids": 1, "empty": 0, "ambiguous": 0, "examples": ["nowhere"]}));

    let errors = scores["errors"].as_array().expect("errors");
    let harms: Vec<&str> = errors.iter().filter_map(|error| error["harm"].as_str()).collect();
    assert_eq!(harms, ["false_copy", "missed_copy"]);
    assert_eq!(errors[0]["a"], json!({"id": "c1", "title": "Tin c1"}));
    assert!(errors[1]["comparison"]["similarity"].as_f64() < Some(0.01), "shown though it is no edge: {errors:?}");
    assert_eq!(errors[1]["missed_by_search"], Value::Null);
}

#[test]
fn the_text_names_what_is_missing_and_what_went_wrong() {
    let pairs = [pair("c1", "c3", "template", "high"), pair("c1", "nowhere", "copy", "high")];
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("pairs.jsonl", &lines(&pairs))]);
    let text = eval(&folder, &["--truth", &path(&folder, "pairs.jsonl")]).clean();
    assert!(text.contains("1 id of the truth not in the input: nowhere\n"), "{text}");
    assert!(text.contains("1 labelled pair, and 1 of which an article is not in the input\n"), "{text}");
    assert!(
        text.contains("  false copy: labelled template (high), found copy\n    c1  Tin c1\n    c3  Tin c3\n"),
        "{text}"
    );
    let none = eval(&folder, &["--truth", &path(&folder, "pairs.jsonl"), "--errors", "0"]).clean();
    assert!(!none.contains("Tin c1"), "{none}");
}

#[test]
fn families_score_everything_and_the_planted_articles_apart() {
    let families = [("i1", "f1"), ("i2", "f1"), ("c1", "f2"), ("c2", "f2"), ("d1", "f3"), ("d2", "f3")];
    let families = families.map(|(id, family)| json!({"id": id, "family": family, "edits": []}));
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("families.jsonl", &lines(&families))]);
    let found = eval_json(&folder, &["--truth", &path(&folder, "families.jsonl")]);
    let scored = &found["clusterings"][0];
    assert_eq!(scored["truth"], "families");
    // c3 is in the cluster of c1 and c2 and in no family; d1 and d2 are one family and were not found.
    assert_eq!((&scored["scores"]["articles"], &scored["scores"]["true_clusters"]), (&json!(9), &json!(6)));
    let close = |value: &Value, expected: f64| (value.as_f64().expect("a number") - expected).abs() < 1e-12;
    assert!(close(&scored["scores"]["bcubed"]["precision"], (6.0 + 2.0 * 2.0 / 3.0 + 1.0 / 3.0) / 9.0), "{scored}");
    assert!(close(&scored["scores"]["bcubed"]["recall"], 8.0 / 9.0));
    assert!(close(&scored["planted"]["precision"], (4.0 + 2.0 * 2.0 / 3.0) / 6.0));
    assert!(close(&scored["planted"]["recall"], 5.0 / 6.0));
    assert!(close(&scored["scores"]["pairs"]["precision"], 2.0 / 4.0));
    assert!(close(&scored["scores"]["pairs"]["recall"], 2.0 / 3.0));
    let together = &scored["wrongly_together"][0];
    assert_eq!((&together["a"]["id"], &together["b"]["id"]), (&json!("c1"), &json!("c3")));
    assert_eq!((&together["label_a"], &together["label_b"]), (&json!("f2"), &Value::Null));
    assert_eq!(scored["wrongly_apart"][0]["found"], "none");
}

#[test]
fn clusters_in_the_records_need_no_file_and_a_file_comes_before_them() {
    let mut articles = corpus();
    for (id, cluster) in [("i1", "x"), ("i2", "x"), ("c1", "y"), ("d1", "y")] {
        let one = articles.iter_mut().find(|article| article["id"] == id).expect("an article of the corpus");
        one["cluster"] = json!(cluster);
    }
    let folder =
        Folder::with(&[("news.jsonl", &lines(&articles)), ("truth.jsonl", "{\"id\":\"d1\",\"cluster\":\"z\"}\n")]);
    let own = eval_json(&folder, &[]);
    let scored = &own["clusterings"][0];
    assert_eq!((&scored["truth"], &scored["unlabelled"]), (&json!("clusters"), &json!(5)));
    assert_eq!(scored["scores"]["bcubed"]["recall"], 0.75, "c1 and d1 have nothing in common");
    let told = eval_json(&folder, &["--truth", &path(&folder, "truth.jsonl")]);
    assert_eq!(told["clusterings"][0]["scores"]["bcubed"]["f1"], 1.0);
}

#[test]
fn labels_of_articles_score_the_events_and_with_level_copies_the_copy_clusters() {
    // The seeds: one event of three reports, two alone, and no copies at all.
    let labels = [("000", "call"), ("001", "next"), ("002", "call"), ("003", "meeting"), ("004", "call")];
    let seeds = std::fs::read_dir("seeds").expect("the seeds").map(|entry| entry.expect("an entry").path());
    let stem = |path: std::path::PathBuf| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let truth: String = seeds
        .filter_map(stem)
        .filter_map(|id| {
            let (_, label) = labels.iter().find(|(digits, _)| id.starts_with(digits))?;
            Some(format!("{}\n", json!({"id": id, "cluster": label})))
        })
        .collect();
    let wrong = truth.replace("meeting", "next");
    let folder = Folder::with(&[("truth.jsonl", &truth), ("wrong.jsonl", &wrong)]);
    let scored = |truth: &str, options: &[&str]| -> Value {
        let arguments = ["eval", "-q", "seeds", "--format", "json", "--truth", &path(&folder, truth)];
        serde_json::from_str(&run(arguments.iter().chain(options)).clean()).expect("scores are JSON")
    };
    let events = &scored("truth.jsonl", &[])["clusterings"][0];
    assert_eq!((&events["scored"], &events["scores"]["bcubed"]["f1"]), (&json!("events"), &json!(1.0)));
    let copies = &scored("truth.jsonl", &["--level", "copies"])["clusterings"][0];
    assert_eq!((&copies["scored"], &copies["scores"]["found_clusters"]), (&json!("copy_clusters"), &json!(5)));
    assert_eq!(copies["wrongly_apart"][0]["comparison"]["coverage"].as_f64().map(|value| value < 0.1), Some(true));

    let apart = &scored("wrong.jsonl", &[])["clusterings"][0]["wrongly_apart"][0];
    let ids = ["a", "b"].map(|side| apart[side]["id"].as_str().expect("an id")[..3].to_owned());
    assert_eq!(ids, ["001", "003"]);
    assert_eq!(apart.get("comparison"), None, "reports of one event need not share a line");
    let wrong = path(&folder, "wrong.jsonl");
    let text = run(["eval", "-q", "seeds", "--truth", &wrong]).clean();
    assert!(text.contains("\nEvents against clusters: 5 labelled articles\n"), "{text}");
    assert!(text.contains("\n  3 events found, 2 in truth, those of one article included\n"), "{text}");
    let copies = run(["eval", "-q", "seeds", "--level", "copies", "--truth", &wrong]).clean();
    assert!(copies.contains("\nCopy clusters against clusters: 5 labelled articles\n"), "{copies}");
}

#[test]
fn families_score_copies_though_there_are_events() {
    let families = "{\"id\":\"i1\",\"family\":\"f\"}\n{\"id\":\"i2\",\"family\":\"f\"}\n";
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("families.jsonl", families)]);
    let found = eval_json(&folder, &["--truth", &path(&folder, "families.jsonl")]);
    assert_eq!(found["clusterings"][0]["scored"], "copy_clusters");
}

#[test]
fn of_each_label_the_pairs_in_one_event_are_counted() {
    let pairs = [
        pair("i1", "i2", "identical", "high"),
        pair("c1", "c2", "copy", "high"),
        pair("c1", "i1", "different", "high"),
        pair("i2", "c3", "different", "high"),
    ];
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("pairs.jsonl", &lines(&pairs))]);
    let truth = path(&folder, "pairs.jsonl");
    let rows = |options: &[&str]| {
        let found = eval_json(&folder, &[&["--truth", &truth], options].concat());
        found["pairs"]["confusion"].as_array().expect("rows").clone()
    };
    let in_one_event: Vec<(u64, u64)> = rows(&[]).iter().map(|row| share(&row["in_one_event"])).collect();
    assert_eq!(in_one_event, [(1, 1), (1, 1), (0, 2)]);
    assert!(rows(&["--level", "copies"]).iter().all(|row| row.get("in_one_event").is_none()));
    let text = eval(&folder, &["--truth", &truth]).clean();
    let [should, should_not] =
        ["be", "not be"].map(|what| format!("In one event, as they should {what}, with intervals"));
    let (at, not_at) = (text.find(&should), text.find(&should_not));
    assert!(at.is_some() && at < not_at, "{text}");
    assert!(text[not_at.unwrap_or(0)..].contains("  different  0 of 2  0.0 %"), "{text}");
}

#[test]
fn all_sorts_of_truth_may_be_given_together() {
    let families = "{\"id\":\"i1\",\"family\":\"f\"}\n{\"id\":\"i2\",\"family\":\"f\"}\n";
    let mixed = format!("{}{}", "{\"id\":\"c1\",\"cluster\":1}\n", pair("i1", "i2", "identical", "high"));
    let folder =
        Folder::with(&[("news.jsonl", &lines(&corpus())), ("families.jsonl", families), ("mixed.jsonl", &mixed)]);
    let (one, other) = (path(&folder, "families.jsonl"), path(&folder, "mixed.jsonl"));
    let found = eval_json(&folder, &["--truth", &one, "--truth", &other]);
    let truths: Vec<&str> =
        found["clusterings"].as_array().expect("scores").iter().filter_map(|one| one["truth"].as_str()).collect();
    assert_eq!(truths, ["clusters", "families"]);
    assert_eq!(share(&found["pairs"]["copies_found"]), (1, 1));
}

#[test]
fn a_sweep_equals_a_run_at_each_threshold() {
    let pairs = [
        pair("c1", "c2", "copy", "high"),
        pair("c2", "c3", "copy", "high"),
        pair("e1", "e2", "excerpt", "high"),
        pair("i1", "i2", "identical", "high"),
    ];
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus())), ("pairs.jsonl", &lines(&pairs))]);
    let truth = path(&folder, "pairs.jsonl");
    let swept = eval_json(&folder, &["--truth", &truth, "--sweep=0.3,0.8,0.99", "--threshold", "0.5"]);
    let points = swept["sweep"].as_array().expect("a curve");
    let thresholds: Vec<f64> = points.iter().filter_map(|point| point["threshold"].as_f64()).collect();
    assert_eq!(thresholds, [0.3, 0.5, 0.8, 0.99], "the one in force is among them");
    for (point, threshold) in points.iter().zip(thresholds) {
        let alone = eval_json(&folder, &["--truth", &truth, "--threshold", &threshold.to_string()]);
        for name in ["copies_found", "excerpts_found", "precision"] {
            assert_eq!(point["pairs"][name], alone["pairs"][name], "{threshold} {name}");
        }
        assert_eq!(point["pairs"]["exact_kind"], alone["pairs"]["exact_kind"]["of_kind"], "{threshold}");
    }
}

#[test]
fn what_is_no_truth_is_refused_and_says_what_would_be_one() {
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus()))]);
    let refused = |content: &str| {
        let truth = folder.write("truth.jsonl", content);
        eval(&folder, &["--truth", truth.to_str().expect("a path in UTF-8")]).refused()
    };
    let unknown = refused("{\"a\":\"i1\",\"b\":\"i2\",\"label\":\"dupe\"}\n");
    assert!(unknown.contains("truth.jsonl:1: label `dupe` is unknown"), "{unknown}");
    assert!(unknown.contains("identical, copy, excerpt, template, same_event, related, different"), "{unknown}");
    assert!(refused("").contains("truth.jsonl: no label in it; expected JSON lines such as"));
    assert!(refused("{\"id\":\"i1\"}\n").contains("truth.jsonl:1: no label"));
    let elsewhere = refused("{\"id\":\"x1\",\"cluster\":\"1\"}\n");
    assert!(elsewhere.contains("the only id in the truth is not in the input; the truth has x1, "), "{elsewhere}");
    assert!(refused("not JSON\n").contains("truth.jsonl:1: no label (expected a value); expected an object such as"));
    let a_folder = eval(&folder, &["--truth", "src"]).refused();
    assert!(a_folder.ends_with("src: is a folder, expected a file\n"), "{a_folder}");
    let no_field = run(["eval", "seeds", "--label-field", "nope"]).refused();
    assert!(no_field.contains("no article has a `nope` field"), "{no_field}");
    let without = eval(&folder, &[]).refused();
    assert!(without.contains("no article has a `cluster` field; name a file of labels with --truth"), "{without}");
    let missing = eval(&folder, &["--truth", "no-such-file.jsonl"]).refused();
    assert!(missing.contains("no-such-file.jsonl: "), "{missing}");
    let sweep = eval(&folder, &["--sweep=0.5,2"]).refused();
    assert!(sweep.contains("--sweep 0.5,2: threshold: found `2`"), "{sweep}");
}

// ---------------------------------------------------------------------------------------------------------------------
// Audit
// ---------------------------------------------------------------------------------------------------------------------

fn audit_json(path: &str, arguments: &[&str]) -> Value {
    let always = ["audit", "-q", path, "--format", "json"];
    serde_json::from_str(&run(always.iter().chain(arguments)).clean()).expect("a measurement is JSON")
}

#[test]
fn an_audit_of_everything_confirms_every_edge_and_leaves_nothing_open() {
    let folder = Folder::with(&[("news.jsonl", &lines(&corpus()))]);
    let news = path(&folder, "news.jsonl");
    let found = audit_json(&news, &[]);
    // i2 has exactly the words of i1; left are c1-c2, c1-c3, c2-c3 and e1-e2.
    assert_eq!((&found["articles"], &found["exact_duplicates"], &found["sampled"]), (&json!(8), &json!(1), &json!(8)));
    assert_eq!(found["recall"], json!({"count": 4, "of": 4, "share": 1.0, "interval": [1.0, 1.0]}));
    assert_eq!(found["unconfirmed"], 0);
    let in_force = found["thresholds"].as_array().expect("rows").iter().find(|row| row["in_force"] == true);
    let in_force = in_force.expect("the threshold in force is among them");
    assert_eq!((&in_force["copies"], &in_force["excerpts"]), (&json!(3), &json!(1)));
    let text = run(["audit", "-q", &news]).clean();
    assert!(text.starts_with("8 articles compared exactly with each other, coverage of both texts at least"), "{text}");
    assert!(text.contains("nothing is left open"), "{text}");
    let of_copies = audit_json(&news, &["--level", "copies"]);
    assert_eq!((found["events"]["reports"].as_u64(), &of_copies["events"]), (Some(6), &Value::Null));
    assert!(!run(["audit", "-q", &news, "--level", "copies"]).clean().contains("Events"));
}

/// Reports of one call, as many as asked for: the same names, in an order and among words of their own.
fn reports_of_one_call(number: usize) -> Vec<Value> {
    let names = [
        "Biden",
        "Putin",
        "Ukraina",
        "Kremlin",
        "Donbass",
        "Sullivan",
        "Ushakov",
        "Psaki",
        "Lavrov",
        "Blinken",
        "Minsk",
        "Genève",
        "Zelensky",
        "Scholz",
        "Macron",
        "Draghi",
        "Johnson",
        "Stoltenberg",
        "Rostov",
        "Voronezh",
        "Sochi",
        "Wilmington",
        "Peskov",
        "Nuland",
    ];
    let report = |place: usize| {
        let own = |at: usize| format!("chữ{place}a{at}");
        let told = (0..names.len()).map(|at| format!("ông {} {}", names[(at + place) % names.len()], own(at)));
        article(&format!("r{place:03}"), &[&told.collect::<Vec<_>>()], json!({"title": null}))
    };
    (0..number).map(report).collect()
}

/// An article proposes two dozen others: of sixty reports that all share the same terms some pairs are not among them.
#[test]
fn a_pair_of_events_that_the_search_did_not_propose_is_reported_with_the_reason() {
    let folder = Folder::with(&[("news.jsonl", &lines(&reports_of_one_call(60)))]);
    let news = path(&folder, "news.jsonl");
    let found = &audit_json(&news, &[])["events"];
    assert_eq!((&found["reports"], &found["sampled"], &found["pairs"]), (&json!(60), &json!(60), &json!(1_770)));
    let number = |name: &str| found["recall"][name].as_u64().expect("a count");
    assert!(number("count") > 600 && number("count") < number("of"), "{}", found["recall"]);
    assert!(number("of") <= 1_770, "{}", found["recall"]);
    let missed = found["missed"].as_array().expect("a list");
    assert_eq!(missed.len(), 10);
    for pair in missed {
        assert_eq!(pair["why"], json!({"reason": "outdone"}));
        assert!(pair["score"].as_f64() >= found["threshold"].as_f64(), "{pair}");
        assert!(pair["evidence"]["names"].as_f64() > Some(0.9), "{pair}");
    }
    let text = run(["audit", "-q", &news, "--missed", "1"]).clean();
    assert!(text.contains("\n  60 reports scored with each other, 1,770 pairs, by what they say and when\n"), "{text}");
    assert!(text.contains("\nMissed pairs of reports, those in two events first\n  score "), "{text}");
    assert!(text.contains("\n    not proposed: each shares more with others\n"), "{text}");
}

#[test]
fn a_sample_is_the_same_for_any_order_and_any_threads() {
    let mut articles = corpus();
    let folder = Folder::with(&[("news.jsonl", &lines(&articles))]);
    let news = path(&folder, "news.jsonl");
    let first = audit_json(&news, &["--sample", "3", "--threads", "1"]);
    assert_eq!(first["sampled"], 3);
    articles.reverse();
    folder.write("news.jsonl", lines(&articles));
    assert_eq!(audit_json(&news, &["--sample", "3", "--threads", "2"]), first);
}

#[test]
fn an_edge_that_a_run_lost_is_missed_by_name() {
    let folder = Folder::with(&[("news.jsonl", &lines(&many_versions()))]);
    let settings = Settings { boilerplate: Boilerplate::Off, ..Settings::default() };
    let inputs = discover(&[folder.path("news.jsonl")], &settings.read).expect("the folder holds the file");
    let mut run = run_inputs(&inputs, &settings, Tables::default(), &()).expect("the file can be read");
    let options = AuditOptions { sample: usize::MAX, missed: 10 };
    let whole = audit(&inputs, &run, &options, &()).expect("the file can be read again");
    assert_eq!(whole.recall.count, whole.recall.of, "the search finds what there is");
    let lost: Vec<Edge> = run.edges.iter().copied().step_by(5).collect();
    run.edges.retain(|edge| !lost.contains(edge));
    let partly = audit(&inputs, &run, &options, &()).expect("the file can be read again");
    assert_eq!(partly.recall.of, whole.recall.of, "what there is does not depend on the search");
    assert_eq!(partly.recall.of - partly.recall.count, lost.len() as u64);
    assert_eq!(partly.missed.len(), lost.len().min(10));
}

/// Articles that share about half of their sentences with many others, near the threshold.
fn many_versions() -> Vec<Value> {
    let all: Vec<String> =
        ["000_f8286b7643dba526", "001_144e3ac11ccbbacf", "002_e94dbbfd1c763f8c", "003_cdbb0bcf241d3574"]
            .iter()
            .flat_map(|seed| sentences(seed))
            .collect();
    // A linear congruence picks sentences: no random numbers, and the same corpus for ever.
    let pick =
        |version: usize, place: usize| all[(version * 7 + place * place * 3 + version * place) % all.len()].clone();
    let text = |version: usize| {
        let common = (version / 6) * 5;
        let shared = (common..common + 7).map(|place| all[place % all.len()].clone());
        shared.chain((0..3).map(|place| pick(version, place))).collect::<Vec<String>>()
    };
    (0..60).map(|version| article(&format!("v{version:02}"), &[&text(version)], json!({}))).collect()
}

/// The ids of articles that have the text of an earlier one to the byte, and are not one with it; and how many have.
fn byte_equal_and_apart(path: &Path) -> (Vec<String>, usize) {
    let settings = Settings { level: Level::Copies, ..Settings::default() };
    let inputs = discover(&[path.to_owned()], &settings.read).expect("an input");
    let run = run_inputs(&inputs, &settings, Tables::default(), &()).expect("a run");
    let texts = inputs.scan(&settings.read, &|_| (), |article| article.text.clone().into_owned()).expect("texts");
    let text_at: HashMap<Location, String> = texts.articles.into_iter().collect();
    let mut first_with: HashMap<&str, u32> = HashMap::new();
    let (mut apart, mut equal) = (Vec::new(), 0);
    for (record, &twin) in run.records.iter().zip(&run.twins) {
        match first_with.get(text_at[&record.location].as_str()) {
            None => drop(first_with.insert(&text_at[&record.location], twin)),
            Some(&first) => {
                equal += 1;
                apart.extend((first != twin).then(|| record.id.clone()));
            }
        }
    }
    (apart, equal)
}

/// Each of two outlets has lines of its own around its stories, and both ran the same pages to the byte, lines and all: what is
/// left out of either is another thing.
#[test]
fn byte_equal_articles_are_identical_whatever_is_left_out_of_either() {
    let all = sentences("000_f8286b7643dba526");
    let page = |outlet: &str, number: usize| {
        let own: Vec<String> =
            (0..4).map(|place| format!("câu {} của tin {number} về {}", place, number * 7 + place)).collect();
        format!(
            "{}.\n{}.\nTheo toà soạn {outlet} cho biết.\nMời bạn đọc báo {outlet} mỗi sáng.\n",
            all[0],
            own.join(". ")
        )
    };
    let mut articles = Vec::new();
    for number in 0..40 {
        for outlet in ["a", "b"] {
            let record = |id: String, source: &str, text: &str| json!({"id": id, "source": source, "text": text});
            let text = page(outlet, number);
            articles.push(record(format!("{outlet}{number:02}"), outlet, &text));
            if number % 4 == 0 {
                articles.push(record(
                    format!("{outlet}{number:02}-again"),
                    if outlet == "a" { "b" } else { "a" },
                    &text,
                ));
            }
        }
    }
    let folder = Folder::with(&[("pages.jsonl", &lines(&articles))]);
    assert_eq!(byte_equal_and_apart(&folder.as_ref().join("pages.jsonl")), (Vec::new(), 20));
}

// ---------------------------------------------------------------------------------------------------------------------
// Real articles, which stay outside this repository
// ---------------------------------------------------------------------------------------------------------------------

#[test]
#[ignore = "26,000 articles take a minute in a debug build"]
fn byte_equal_articles_of_the_streams_are_identical() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/stream");
    for stream in ["baomoi_20k.jsonl.gz", "en_stream_dev.jsonl.gz"].map(|name| data.join(name)) {
        if !stream.exists() {
            eprintln!("skipped: {} is not there", stream.display());
            continue;
        }
        let (apart, equal) = byte_equal_and_apart(&stream);
        assert!(equal > 0 && apart.is_empty(), "{}: {apart:?} of {equal}", stream.display());
    }
}

#[test]
#[ignore = "20,000 articles take a minute in a debug build"]
fn on_real_labelled_pairs_the_defaults_reach_what_they_were_chosen_for() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let [pairs, templates, stream] =
        ["pairs/dev_pairs.jsonl", "pairs/templates_dev.jsonl", "stream/baomoi_20k.jsonl.gz"]
            .map(|name| data.join(name));
    if !pairs.exists() || !stream.exists() {
        eprintln!("skipped: {} is not there", data.display());
        return;
    }
    let scores = |truth: &Path| -> Value {
        let arguments = ["eval", "-q", "--format", "json", "--truth"].map(Path::new);
        let output = run(arguments.into_iter().chain([truth, stream.as_path()])).clean();
        serde_json::from_str::<Value>(&output).expect("scores are JSON")["pairs"].clone()
    };
    let found = scores(&pairs);
    assert_eq!((&found["pairs"], &found["missing"]), (&json!(180), &json!(0)));
    let at_least = |value: &Value, share_wanted: f64| {
        let (count, of) = share(value);
        assert!(count as f64 >= share_wanted * of as f64, "{count} of {of}, not {share_wanted}");
    };
    at_least(&found["copies_found"], 0.95);
    at_least(&found["excerpts_found"], 0.9);
    at_least(&found["precision"], 0.95);
    at_least(&found["exact_kind"]["of_kind_high"], 0.85);
    // In the order of `found_as`: identical, copy, excerpt, template, ...
    for row in found["confusion"].as_array().expect("rows") {
        let copies = row["label"] == "identical" || row["label"] == "copy";
        assert!(!copies || row["found_as"][3] == 0, "no copy becomes a template: {row}");
    }
    assert_eq!(share(&scores(&templates)["confusion"][0]["found"]), (0, 44), "no bulletin is a copy or an excerpt");
}

#[test]
#[ignore = "20,000 articles take half a minute, in a release build"]
fn of_real_labelled_pairs_copies_are_in_one_event_and_bulletins_are_not() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let stream = data.join("stream/baomoi_20k.jsonl.gz");
    if !stream.exists() {
        eprintln!("skipped: {} is not there", stream.display());
        return;
    }
    let (pairs, templates) = (data.join("pairs/dev_pairs.jsonl"), data.join("pairs/templates_dev.jsonl"));
    let arguments = ["eval", "-q", "--errors", "0", "--format", "json"].map(Path::new).into_iter();
    let truth = [Path::new("--truth"), &pairs, Path::new("--truth"), &templates, &stream];
    let found: Value = serde_json::from_str(&run(arguments.chain(truth)).clean()).expect("scores are JSON");
    let rows = found["pairs"]["confusion"].as_array().expect("rows");
    let sum = |labels: &[&str]| {
        let of = rows.iter().filter(|row| row["label"].as_str().is_some_and(|label| labels.contains(&label)));
        of.map(|row| share(&row["in_one_event"])).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let (copied, copies) = sum(&["identical", "copy"]);
    assert!(copied * 100 >= copies * 95, "{copied} of {copies} copies");
    let (same, events) = sum(&["same_event"]);
    assert!(same * 100 >= events * 80, "{same} of {events} of one event");
    let (joined, apart) = sum(&["template", "related", "different"]);
    // 10 are joined today, eight of them merely related, where 2 should be. Not to grow.
    assert!(joined <= 10, "{joined} of {apart} that are not of one event");
}
