//! The binary, run as a user or a script runs it: what it prints, what it refuses, what it exits with.

mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::process::Stdio;

use serde_json::Value;
use support::{Folder, SEEDS, run, run_command, run_in, run_with_input, schema, wirecopy};

/// Bulletins and updated stories of our own writing: templates and copies, with and without outlets and times.
const NEWS: [&str; 2] = ["tests/data/light_updates.jsonl", "tests/data/bulletins.jsonl"];

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a report is JSON")
}

fn report_json(arguments: &[&str]) -> Value {
    let always = ["report", "--format", "json", "--edges", "-q"];
    json(&run(always.iter().chain(arguments)).clean())
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is a list"))
}

fn news_lines() -> Vec<String> {
    let text: String = NEWS.iter().map(|path| std::fs::read_to_string(path).expect("the test data")).collect();
    text.lines().map(str::to_owned).collect()
}

// ---------------------------------------------------------------------------------------------------------------------
// Reports
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn the_report_of_the_seeds_is_the_reviewed_one() {
    assert_eq!(run(["report", "seeds"]).clean(), include_str!("golden/seeds.txt"));
}

/// `cargo test --test cli write_golden_files -- --ignored`, then review the difference.
#[test]
#[ignore = "writes the golden files"]
fn write_golden_files() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/seeds.txt");
    std::fs::write(path, run(["report", "seeds"]).clean()).unwrap();
}

#[test]
fn no_two_of_the_seeds_are_copies_and_each_is_named() {
    let text = run(["report", "seeds"]).clean();
    assert!(text.contains("No two of these 5 articles are copies of each other."), "{text}");
    assert!(SEEDS.iter().all(|id| text.contains(id)), "{text}");
    let report = report_json(&["seeds"]);
    assert_eq!(report["input"]["articles"], 5);
    assert_eq!((list(&report, "copy_clusters").len(), list(&report, "links").len()), (0, 0));
}

/// The seeds have neither titles nor times: what is not known is not mentioned.
#[test]
fn the_event_of_the_seeds_stands_first_with_what_came_later() {
    let text = run(["report", "seeds"]).clean();
    let place = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("{needle} is not in\n{text}"));
    let event = place("1 event of 3 independent reports");
    let later = place("earlier, ");
    for report in [SEEDS[0], SEEDS[2], SEEDS[4]] {
        assert!((event..later).contains(&place(report)), "{report} is shown in the event:\n{text}");
        assert_eq!(text.matches(report).count(), 1, "{report} is shown once:\n{text}");
    }
    assert!(place(SEEDS[3]) > later && place(SEEDS[1]) > place("later, "), "{text}");
    assert!(place("No two of these 5 articles are copies") > event, "{text}");
    for evidence in ["likely, ", "names ", "days ", "words "] {
        assert!((event..later).contains(&place(evidence)), "{text}");
    }
    assert!(!text.contains("unknown") && !text.contains("outlet"), "{text}");
}

#[test]
fn a_report_fits_the_committed_schema() {
    let schema = json(&std::fs::read_to_string("schemas/report-1.json").unwrap());
    let folder = Folder::with(&[(
        "broken.jsonl",
        "{\"id\":\"a\"\n{\"id\":\"b\",\"text\":\"một bài\",\"date\":\"soon\"}\n{\"text\":\"\"}\n",
    )]);
    let broken = folder.path("broken.jsonl").to_str().unwrap().to_owned();
    for inputs in [vec!["seeds"], NEWS.to_vec(), vec![broken.as_str(), NEWS[0]]] {
        let report = report_json(&inputs);
        assert_eq!(schema::misfits(&schema, &report), Vec::<String>::new(), "{inputs:?}");
    }
    let report = report_json(&NEWS);
    for name in ["copy_clusters", "links", "edges"] {
        assert!(!list(&report, name).is_empty(), "nothing was checked of {name}");
    }
    let report = report_json(&["seeds"]);
    for name in ["events", "storylines", "event_edges"] {
        assert!(!list(&report, name).is_empty(), "nothing was checked of {name}");
    }
    assert_eq!(list(&list(&report, "events")[0], "reports").len(), 3, "nothing was checked of evidence");
    let report = report_json(&["seeds", "--level", "copies"]);
    assert_eq!(schema::misfits(&schema, &report), Vec::<String>::new());
    assert!(list(&report, "events").is_empty() && report.get("event_edges").is_none());
}

#[test]
fn the_formats_agree_with_each_other() {
    let inputs = [NEWS[0], NEWS[1], "seeds"];
    let report = report_json(&inputs);
    let as_format = |format: &str| run(["report", "-q", "--edges", "--format", format].iter().chain(&inputs)).clean();

    let mut lines = as_format("jsonl").lines().map(json).collect::<Vec<Value>>().into_iter();
    let run_line = lines.next().unwrap();
    for name in ["schema_version", "settings", "input", "search", "boilerplate"] {
        assert_eq!(run_line[name], report[name]);
    }
    let typed = |r#type: &str, name: &str| {
        let with_type = |value: &Value| {
            let mut value = value.clone();
            value["type"] = Value::from(r#type);
            value
        };
        list(&report, name).iter().map(with_type).collect::<Vec<Value>>()
    };
    let expected = [
        typed("event", "events"),
        typed("storyline", "storylines"),
        typed("copy_cluster", "copy_clusters"),
        typed("link", "links"),
        typed("edge", "edges"),
        typed("event_edge", "event_edges"),
    ]
    .concat();
    assert_eq!(lines.collect::<Vec<Value>>(), expected);

    let tsv = as_format("tsv");
    let rows: Vec<Vec<&str>> = tsv.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], ["id", "copy_cluster", "event"]);
    assert_eq!(rows.len() as u64, 1 + report["input"]["articles"].as_u64().unwrap());
    assert!(rows[1..].is_sorted_by_key(|row| row[0]), "in order of id");
    for cluster in list(&report, "copy_clusters") {
        let members: BTreeSet<&str> =
            list(cluster, "members").iter().map(|member| member["id"].as_str().unwrap()).collect();
        let in_tsv: BTreeSet<&str> =
            rows.iter().filter(|row| row[1] == cluster["id"].as_str().unwrap()).map(|row| row[0]).collect();
        assert_eq!(members, in_tsv);
    }
    for event in list(&report, "events") {
        let members: BTreeSet<&str> = list(event, "members").iter().map(|member| member.as_str().unwrap()).collect();
        let in_tsv: BTreeSet<&str> =
            rows.iter().filter(|row| row[2] == event["id"].as_str().unwrap()).map(|row| row[0]).collect();
        assert_eq!(members, in_tsv);
    }
    let clusters: BTreeSet<&str> = rows[1..].iter().map(|row| row[1]).collect();
    let members: usize = list(&report, "copy_clusters").iter().map(|cluster| list(cluster, "members").len()).sum();
    assert_eq!(
        clusters.len(),
        rows.len() - 1 - members + list(&report, "copy_clusters").len(),
        "lone ones are their own"
    );

    let csv = as_format("csv");
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let header = "id,copy_cluster,event,kind,similarity,containment,coverage,original,source,published,title";
    assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>().join(","), header);
    let in_csv: Vec<(String, String)> =
        table.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    let in_tsv: Vec<(String, String)> = rows[1..].iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(in_csv, in_tsv);
}

#[test]
fn the_bytes_are_the_same_for_any_threads_and_any_order_of_the_input() {
    let folder = Folder::with(&[]);
    let mut lines = news_lines();
    let in_order = folder.write("news.jsonl", lines.join("\n"));
    // A fixed shuffle: 27 and 64 have no common divisor, so each line is taken once.
    assert_eq!(lines.len(), 64);
    lines = (0..64).map(|place| lines[place * 27 % 64].clone()).collect();
    let shuffled = folder.write("shuffled.jsonl", lines.join("\n"));
    for format in ["text", "json", "jsonl", "csv", "tsv"] {
        let report = |path: &std::path::Path, threads: &str| {
            let path = path.to_str().unwrap();
            run(["report", path, "--edges", "--format", format, "--threads", threads, "-q"]).clean()
        };
        let expected = report(&in_order, "1");
        assert!(expected.len() > 500);
        assert_eq!(report(&in_order, "2"), expected, "{format}, two threads");
        assert_eq!(report(&in_order, "8"), expected, "{format}, eight threads");
        assert_eq!(report(&shuffled, "8"), expected, "{format}, shuffled");
    }
}

#[test]
fn the_bytes_are_the_same_under_a_limit_of_memory() {
    let folder = Folder::with(&[]);
    // Four times as many as one buffer holds.
    let lines = news_lines();
    let versions = (0..24).flat_map(|version: usize| {
        lines.iter().map(move |line| line.replace("\"id\": \"", &format!("\"id\": \"{version}-")))
    });
    let path = folder.write("news.jsonl", versions.collect::<Vec<_>>().join("\n"));
    let temporary = folder.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let report = |more: &[&str]| {
        let base = ["report", path.to_str().unwrap(), "--level", "copies", "--edges", "--format", "json"];
        run(base.iter().chain(more))
    };
    let (free, limit) =
        (report(&["-q"]).clean(), ["--memory-limit", "90MiB", "--temp-dir", temporary.to_str().unwrap()]);
    assert!(free.len() > 100_000);
    assert_eq!(report(&[&limit[..], &["-q"]].concat()).clean(), free);
    let said = report(&[&limit[..], &["-v"]].concat());
    assert!(said.stdout == free && said.stderr.contains(" MiB in temporary files, "), "{}", said.stderr);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "temporary files are gone");

    let said = report(&["--memory-limit", "20MiB"]).refused();
    assert!(said.starts_with("wirecopy: error: --memory-limit 20MiB is too little: 1536 articles need "), "{said}");
    let said = report(&["--memory-limit", "90MiB", "--temp-dir", "no/such/folder"]).refused();
    assert!(said.contains("a temporary file in no/such/folder: No such file or directory"), "{said}");
    assert!(said.ends_with("; name another folder with --temp-dir\n"), "{said}");
}

#[test]
fn the_bytes_are_the_same_for_json_lines_csv_and_standard_input() {
    let folder = Folder::with(&[]);
    let lines = news_lines();
    let mut table = csv::Writer::from_writer(Vec::new());
    let fields = ["id", "title", "source", "published", "text"];
    table.write_record(fields).unwrap();
    for line in &lines {
        let record = json(line);
        table.write_record(fields.map(|field| record[field].as_str().unwrap_or(""))).unwrap();
    }
    let csv = folder.write("news.csv", table.into_inner().unwrap());
    let jsonl = folder.write("news.jsonl", lines.join("\n"));
    let report = |path: &std::path::Path| run(["report", "--format", "json", "-q", path.to_str().unwrap()]).clean();
    assert_eq!(report(&csv), report(&jsonl));
    let from_stdin = run_with_input(lines.join("\n").as_bytes(), ["report", "-", "--format", "json", "-q"]).clean();
    assert_eq!(from_stdin, report(&jsonl));
}

#[test]
fn a_shown_text_cannot_steer_the_terminal() {
    let folder = Folder::with(&[(
        "a.jsonl",
        "{\"id\":\"a\\u001b[2J\",\"title\":\"red \\u001b[31m and \\u202e turned\",\"text\":\"một hai ba bốn năm\"}\n",
    )]);
    let text = run(["report", folder.path("a.jsonl").to_str().unwrap()]).clean();
    assert!(text.contains("red \u{fffd}[31m and \u{fffd} turned"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn what_is_not_shown_is_said_and_top_0_shows_it() {
    let shown = |top: &str| run(["report", "-q", "--level", "copies", "--top", top].iter().chain(&NEWS)).clean();
    let headings = |text: &str| {
        text.lines()
            .filter(|line| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok()))
            .count()
    };
    let (one, all) = (shown("1"), shown("0"));
    assert_eq!(headings(&one), 4, "one is told and three are named: {one}");
    assert!(one.contains("smaller ones are not shown; --top 0 shows all"), "{one}");
    assert_eq!(headings(&all), list(&report_json(&NEWS), "copy_clusters").len());
    assert!(!all.contains("not shown") && !all.contains("more"), "{all}");
}

#[test]
fn a_saved_table_of_shells_gives_the_same_report_again() {
    let folder = Folder::with(&[]);
    let table = folder.path("shells.json");
    let table = table.to_str().unwrap();
    let learned = run(["report", "-q", "--format", "json", "--save-shells", table].iter().chain(&NEWS)).clean();
    let again = run(["report", "-q", "--format", "json", "--shells", table].iter().chain(&NEWS)).clean();
    let (learned, again) = (json(&learned), json(&again));
    assert_eq!(learned["boilerplate"]["fingerprint"], again["boilerplate"]["fingerprint"]);
    assert_eq!(learned["copy_clusters"], again["copy_clusters"]);

    let other = folder.write("other.json", "{\"shels\": []}");
    let said = run(["report", "seeds", "--shells", other.to_str().unwrap()]).refused();
    assert!(said.contains("other.json: not a table that --save-shells wrote: unknown field `shels`"), "{said}");
}

#[test]
fn level_copies_leaves_events_out() {
    let tsv = run(["report", "seeds", "--format", "tsv", "--level", "copies"]).clean();
    assert!(tsv.lines().skip(1).all(|line| line.ends_with('\t')), "{tsv}");
    let text = run(["report", "seeds", "--level", "copies"]).clean();
    assert!(text.contains("5 articles that stand alone") && !text.contains("event"), "{text}");
    let lines = run(["report", "seeds", "--level", "copies", "--edges", "--format", "jsonl"]).clean();
    assert_eq!(lines.lines().map(|line| json(line)["type"].clone()).collect::<Vec<_>>(), ["run"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Bad input
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_missing_path_is_named_and_nothing_is_reported() {
    let said = run(["report", "seeds", "nowhere/news.jsonl"]).refused();
    assert_eq!(said, "wirecopy: error: nowhere/news.jsonl: no such file or folder\n");
}

#[test]
fn a_folder_without_articles_is_named() {
    let folder = Folder::with(&[("picture.png", "")]);
    let said = run_in(folder.as_ref(), ["report", "."]).refused();
    assert!(
        said.starts_with("wirecopy: error: .: no article file in this folder (1 other file was passed over)"),
        "{said}"
    );
    assert_eq!(said.contains(".parquet"), cfg!(feature = "parquet"), "{said}");
}

/// A link in a folder whose target was gone stopped the run with `news: cannot be walked: news/gone.txt: IO error for
/// operation on news/gone.txt: No such file or directory (os error 2)`.
#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named_once_with_what_to_do() {
    let folder = Folder::with(&[("a.txt", "một hai ba")]);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, folder.path(name)).unwrap();
    link("nobody@host.17", ".#a.txt");
    run_in(folder.as_ref(), ["report", "."]).clean();

    link("old/gone.txt", "gone.txt");
    let gone = "wirecopy: error: gone.txt: a link to old/gone.txt, which is not there; mend or remove it";
    let said = run_in(folder.as_ref(), ["report", "."]).refused();
    assert_eq!(said, format!("{gone}, or leave it out with --exclude 'gone.txt'\n"));
    run_in(folder.as_ref(), ["report", ".", "--exclude", "gone.txt"]).clean();
    assert_eq!(run_in(folder.as_ref(), ["report", "gone.txt"]).refused(), format!("{gone}\n"));
}

#[test]
fn a_glob_that_is_none_is_refused_with_its_option() {
    for option in ["--include", "--exclude"] {
        for (glob, reason) in
            [("[", "unclosed character class"), ("{a", "unclosed alternate group"), ("!a", "write \\!")]
        {
            let said = run(["report", "seeds", option, glob]).refused();
            assert!(
                said.starts_with(&format!("wirecopy: error: {option}: `{glob}` is not a glob: {reason}")),
                "{said}"
            );
        }
    }
}

const BROKEN: &str =
    "{\"id\":\"a\",\"text\":\"một hai ba bốn năm sáu\"}\n{\"id\":\"b\",\n{\"id\":\"c\"}\n{\"id\":\"d\",\"text\":7}\n";

#[test]
fn broken_records_are_counted_and_located_and_the_rest_goes_on() {
    let folder = Folder::with(&[("news.jsonl", BROKEN)]);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = json(&ran.stdout);
    assert_eq!((&report["input"]["articles"], &report["input"]["set_aside"]["bad_records"]), (&1.into(), &3.into()));
    assert!(ran.stderr.starts_with("wirecopy: warning: 3 records were left out:\n  news.jsonl:2: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n  news.jsonl:3: no text field (tried text, "), "{}", ran.stderr);
    assert!(ran.stderr.contains("\n  news.jsonl:4: `text` is a number, expected a string"), "{}", ran.stderr);
    let text = run_in(folder.as_ref(), ["report", "news.jsonl", "-q"]).clean();
    assert!(text.contains("Set aside: 3 records that could not be read."), "quiet or not, the report says it: {text}");
}

/// A file of headlines alone gave no articles.
#[test]
fn headlines_without_a_text_are_articles_and_that_is_said() {
    let call = "Tổng thống Biden và Tổng thống Putin điện đàm hai giờ về biên giới Ukraine";
    let other = "Động đất mạnh 6,1 độ ở Kon Tum, nhiều nhà rung lắc";
    let jsonl = format!(
        "{{\"id\":\"a\",\"title\":\"{call}\",\"date\":\"2021-12-07\",\"source\":\"A\"}}\n\
         {{\"id\":\"b\",\"text\":null,\"title\":\"{call}\",\"date\":\"2021-12-08\",\"source\":\"B\"}}\n\
         {{\"id\":\"c\",\"title\":\"{other}\",\"date\":\"2021-12-08\",\"source\":\"A\"}}\n"
    );
    let csv = format!(
        "id,title,date,source,text\na,{call},2021-12-07,A,\nb,{call},2021-12-08,B,\nc,\"{other}\",2021-12-08,A,\n"
    );
    let folder = Folder::with(&[("news.jsonl", &jsonl), ("news.csv", &csv)]);
    let said = "3 articles have no text of their own: their title stands for it";
    for name in ["news.jsonl", "news.csv"] {
        let ran = run_in(folder.as_ref(), ["report", name]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("wirecopy: note: {said}\n")), "{}", ran.stderr);
        assert!(ran.stderr.contains("no article has a text; name it with --text-field if it is among id, title, date"));
        assert!(ran.stdout.contains(&format!("\n{said}.\n")), "{}", ran.stdout);
        let report = json(&run_in(folder.as_ref(), ["report", name, "-q", "--format", "json"]).clean());
        let aside = &report["input"]["set_aside"];
        assert_eq!(
            (&aside["title_as_text"], &aside["lead_as_text"], &aside["bad_records"]),
            (&3.into(), &0.into(), &0.into())
        );
        // Two outlets with one headline ran the same words: the rule of every text.
        let cluster = &report["copy_clusters"][0];
        assert_eq!(cluster["members"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            (&cluster["members"][1]["kind"], &cluster["members"][1]["title"]),
            (&"identical".into(), &call.into())
        );
        assert_eq!(list(&report, "events").len(), 2);
    }
}

#[test]
fn only_where_text_lead_and_title_are_all_missing_is_a_record_left_out() {
    let lines = [
        "{\"id\":\"a\",\"title\":\"Bão số 9 vào biển Đông\",\"lead\":\"Bão mạnh cấp 12 vào biển Đông sáng nay.\"}",
        "{\"id\":\"b\",\"title\":\"Bão số 9 vào biển Đông\"}",
        "{\"id\":\"c\",\"text\":\"Trời nắng.\",\"title\":\"Thời tiết\"}",
        "{\"id\":\"d\",\"title\":\" \",\"date\":\"2021-12-08\"}",
    ];
    let folder = Folder::with(&[("news.jsonl", &lines.join("\n")), ("news.csv", "id,title,text\na, ,\nb,Bão số 9,\n")]);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.starts_with("wirecopy: warning: 1 record was left out:\n  news.jsonl:4: no text field (tried "));
    let said = "2 articles have no text of their own: their lead stands for it in 1, their title in 1";
    assert!(ran.stderr.ends_with(&format!("\nwirecopy: note: {said}\n")), "{}", ran.stderr);
    assert!(ran.stdout.contains(&format!("{said}.\n")), "{}", ran.stdout);
    // A CSV has the field, and nothing in it: an article without a word.
    let ran = run_in(folder.as_ref(), ["report", "news.csv"]);
    assert!(ran.stderr.starts_with("wirecopy: note: 1 article has no words and is left out: a\n"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("1 article has no text of its own: its title stands for it\n"), "{}", ran.stderr);
}

/// A `--text-field` that one record has was reported as an input without copies, with exit 0.
#[test]
fn where_no_record_could_be_read_nothing_was_checked() {
    let folder = Folder::with(&[("news.jsonl", "{\"id\":\"a\",\"words\":\"một hai\"}\nnot JSON\n")]);
    for command in ["report", "dedup", "audit"] {
        let said = run_in(folder.as_ref(), [command, "news.jsonl"]).refused();
        let ends =
            "wirecopy: error: none of the 2 records could be read as an article; the first has the fields id, words\n";
        assert!(said.ends_with(ends), "{said}");
        let said = run_in(folder.as_ref(), [command, "news.jsonl", "-q"]).refused();
        assert!(
            said.starts_with(
                "wirecopy: error: none of the 2 records could be read as an article; news.jsonl:1: no text"
            )
        );
    }
    // An input of no records at all was checked: it holds no copies.
    folder.write("news.jsonl", "\n");
    assert_eq!(run_in(folder.as_ref(), ["report", "news.jsonl"]).code, 0);
}

/// Three articles with one headline and their texts under an unknown name: two of them were removed.
#[test]
fn nothing_is_removed_where_the_texts_were_not_found_or_a_column_is_there_twice() {
    let record = |id: u32| {
        let text: Vec<String> = (0..40).map(|word| format!("từ{}", id * 100 + word)).collect();
        format!("{{\"id\":{id},\"title\":\"Tin nóng\",\"story\":\"{}\"}}\n", text.join(" "))
    };
    let records: String = (1..4).map(record).collect();
    let folder = Folder::with(&[
        ("news.jsonl", &records),
        ("other.jsonl", "{\"id\":9,\"text\":\"một hai ba\"}\n"),
        ("twice.csv", "id,text,Text\n1,a,b\n"),
    ]);
    let told = "news.jsonl: no record has a text under a known name, but 3 records have a long text under another, such as \
                `story`; name the field of the text with --text-field\n";
    for inputs in [&["news.jsonl"][..], &["news.jsonl", "other.jsonl"]] {
        let said = run_in(folder.as_ref(), [&["dedup"], inputs].concat()).refused();
        assert!(said.contains(told), "{said}");
    }
    let said = run_in(folder.as_ref(), ["dedup", "twice.csv", "other.jsonl"]).refused();
    assert!(said.contains("twice.csv:1: `text` is there twice"), "{said}");
    assert!(said.ends_with("a header has the id or the text twice; keep one of the two columns\n"), "{said}");
    let kept = run_in(folder.as_ref(), ["dedup", "news.jsonl", "--text-field", "story", "-q"]);
    assert_eq!((kept.code, kept.stdout), (0, records));
}

#[test]
fn strict_stops_at_the_first_bad_record() {
    let folder = Folder::with(&[("news.jsonl", BROKEN)]);
    let said = run_in(folder.as_ref(), ["report", "news.jsonl", "--strict"]).refused();
    assert!(said.starts_with("wirecopy: error: news.jsonl:2: "), "{said}");
}

const SAME_IDS: &str = "{\"id\":\"a\",\"text\":\"một hai ba\"}\n{\"id\":\"a\",\"text\":\"Một hai ba.\"}\n{\"id\":\"b\",\"text\":\"bốn\"}\n{\"id\":\"b\",\"text\":\"năm\"}\n";

#[test]
fn one_id_with_one_text_is_one_article_and_with_two_texts_two() {
    let folder = Folder::with(&[("news.jsonl", SAME_IDS)]);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl", "--format", "tsv"]);
    let ids: Vec<&str> = ran.stdout.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    assert_eq!((ran.code, ids.len(), ids[0]), (0, 3, "a"));
    assert!(ids[1..].iter().all(|id| id.starts_with("b#") && id.len() == "b#".len() + 16), "{ids:?}");
    assert!(ran.stderr.contains("2 articles share an id and not their words; a hash now tells them apart: b#"));
    let repeated = "1 record has the id and the words of another and is left out: news.jsonl:1 (a)\n";
    assert!(ran.stderr.contains(repeated), "{}", ran.stderr);
}

/// The repeated record was named by the id with the hash, which stands nowhere in the input.
#[test]
fn of_one_id_three_times_the_repeated_record_is_named_as_it_stands_there() {
    let folder = Folder::with(&[("news.jsonl", &format!("{}{}", SAME_IDS, "{\"id\":\"a\",\"text\":\"sáu\"}\n"))]);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl", "--format", "tsv"]);
    assert!(ran.stderr.contains("4 articles share an id and not their words; "), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(" is left out: news.jsonl:1 (a)\n"), "{}", ran.stderr);
}

#[test]
fn strict_refuses_one_id_with_two_texts() {
    let folder = Folder::with(&[("news.jsonl", SAME_IDS)]);
    let said = run_in(folder.as_ref(), ["report", "news.jsonl", "--strict"]).refused();
    assert!(
        said.starts_with("wirecopy: error: news.jsonl:3 and news.jsonl:4: the same id b with other words; give each"),
        "{said}"
    );
}

#[test]
fn a_cut_off_input_is_reported_as_far_as_it_goes_and_exits_2() {
    let folder = Folder::with(&[]);
    // Incompressible, so that half of the bytes hold whole articles.
    let word = |number: u64| format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let line = |article: u64| {
        let words: Vec<String> = (0..200).map(|place| word(article * 1_000 + place)).collect();
        format!("{{\"id\":\"a{article}\",\"text\":\"{}\"}}\n", words.join(" "))
    };
    let text: String = (0..200).map(line).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let mut compressed = encoder.finish().unwrap();
    compressed.truncate(compressed.len() / 2);
    folder.write("news.jsonl.gz", compressed);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl.gz", "--format", "json"]);
    assert_eq!(ran.code, 2);
    let report = json(&ran.stdout);
    assert!((50..150).contains(&report["input"]["articles"].as_u64().unwrap()));
    assert_eq!(list(&report["input"]["set_aside"], "truncated").len(), 1);
    assert!(ran.stderr.contains("wirecopy: error: news.jsonl.gz: cut off or corrupt after "), "{}", ran.stderr);
}

/// It exited 0 with a warning, while a `.gz` that is cut off exits 2.
#[test]
fn an_array_that_nothing_closes_is_a_cut_off_input_too() {
    let record = |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"{}\"}}", [id; 6].join(" "));
    let folder = Folder::with(&[("cut.json", &format!("[{},\n{},\n{{\"id\":\"c\",", record("a"), record("b")))]);
    for command in ["report", "dedup", "audit"] {
        let ran = run_in(folder.as_ref(), [command, "cut.json"]);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        let said = "wirecopy: error: cut.json: cut off after 77 bytes: the record that begins on line 3 and the array around \
                    it are never closed; what stood before was read\n";
        assert!(ran.stderr.starts_with(said), "{command}: {}", ran.stderr);
        if command == "dedup" {
            assert_eq!(ran.stdout, format!("[\n{},\n{}\n]\n", record("a"), record("b")));
        }
    }
    let said = run_in(folder.as_ref(), ["report", "cut.json", "--strict"]).refused();
    assert!(said.starts_with("wirecopy: error: cut.json: cut off after 77 bytes: "), "{said}");
}

/// A zip bomb: what is behind it is read, and that it is not is no success.
#[test]
fn a_record_larger_than_allowed_is_passed_over_and_exits_2() {
    let bomb = format!("{{\"id\":\"z\",\"text\":\"{}\"}}\n", "a".repeat(1 << 20));
    let folder = Folder::with(&[("in.jsonl", &format!("{bomb}{}\n", r#"{"id":"b","text":"một hai ba"}"#))]);
    for command in ["report", "dedup", "audit"] {
        let ran = run_in(folder.as_ref(), [command, "in.jsonl", "--max-article-bytes", "1000"]);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("in.jsonl:1: larger than 1000 bytes; raise --max-article-bytes"), "{}", ran.stderr);
        if command == "dedup" {
            assert_eq!(ran.stdout, "{\"id\":\"b\",\"text\":\"một hai ba\"}\n");
            assert!(ran.stderr.contains("1 record is in neither output: it is larger than"), "{}", ran.stderr);
        }
    }
}

#[test]
fn articles_without_words_are_set_aside_and_no_copies_of_each_other() {
    let folder = Folder::with(&[("news.jsonl", "{\"id\":\"a\",\"text\":\"\"}\n{\"id\":\"b\",\"text\":\" ... \"}\n")]);
    let ran = run_in(folder.as_ref(), ["report", "news.jsonl"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("There is no article to compare."), "{}", ran.stdout);
    assert_eq!(ran.stderr, "wirecopy: note: 2 articles have no words and are left out: a, b\n");
}

// ---------------------------------------------------------------------------------------------------------------------
// Options and the configuration file
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_value_out_of_range_is_refused_with_the_range() {
    for (option, range) in [("--threads", "from 0 to 1024"), ("--top", "of 0 or more")] {
        let said = run(["report", "seeds", option, "-1"]).refused();
        assert!(said.contains(&format!("{option}: found `-1`, expected a whole number {range}\n")), "{said}");
    }
    for (arguments, message) in [
        (["--threshold", "0"], "--threshold: found `0`, expected a number above 0 and at most 1"),
        (["--threshold", "1.5"], "--threshold: found `1.5`, expected a number above 0 and at most 1"),
        (["--threshold", "NaN"], "--threshold: found `NaN`, expected a number above 0 and at most 1"),
        (["--threshold", "-0.5"], "--threshold: found `-0.5`, expected a number above 0 and at most 1"),
        (["--window-words", "0"], "--window-words: found `0`, expected a whole number from 1 to 64"),
        (["--target-recall", "1"], "--target-recall: found `1`, expected a number from 0.5 to 0.9999"),
        (["--threads", "x"], "--threads: found `x`, expected a whole number from 0 to 1024"),
        (["--memory-limit", "much"], "--memory-limit: found `much`, expected a size, such as 400MiB or 2GiB"),
        (["--memory-limit", "0"], "--memory-limit: found `0`, expected a size, such as 400MiB or 2GiB"),
        (
            ["--memory-limit", "1GiB"],
            "--memory-limit: events hold what they compare in memory; give --level copies as well",
        ),
    ] {
        let said = run(["report", "seeds"].iter().chain(&arguments)).refused();
        assert_eq!(said, format!("wirecopy: error: {message}\n"));
    }
}

#[test]
fn a_path_where_a_command_belongs_is_answered_with_the_command() {
    let said = run(["seeds", "--top", "3"]).refused();
    assert_eq!(
        said,
        "wirecopy: error: `seeds` is a path, expected a command; to see what is copied in it: wirecopy report seeds\n"
    );
}

#[test]
fn an_unknown_flag_word_or_command_is_answered_with_the_nearest() {
    for (arguments, nearest) in [
        (vec!["report", "seeds", "--treshold", "0.5"], "'--threshold'"),
        (vec!["report", "seeds", "--measure", "jacard"], "'jaccard'"),
        (vec!["reprot", "seeds"], "'report'"),
    ] {
        let said = run(arguments).refused();
        assert!(said.starts_with("wirecopy: error: ") && said.contains(nearest), "{said}");
    }
}

#[test]
fn a_field_that_no_record_has_is_answered_with_the_nearest() {
    let folder = Folder::with(&[("news.jsonl", "{\"id\":\"a\",\"contents\":\"một hai ba\"}\n")]);
    let said = run_in(folder.as_ref(), ["report", "news.jsonl", "--text-field", "content"]).refused();
    assert!(
        said.contains("--text-field content: no record has a field of this name; did you mean `contents`?"),
        "{said}"
    );
}

#[test]
fn flags_win_over_the_file_and_the_file_over_the_defaults() {
    let folder = Folder::with(&[
        ("a.txt", "một hai ba bốn năm"),
        ("b.txt", "sáu bảy tám chín mười"),
        ("wirecopy.toml", "measure = \"jaccard\"\nwindow-words = 3\nexclude = [\"b.txt\"]\n"),
        ("other.toml", "window-words = 4\n"),
    ]);
    let settings = |arguments: &[&str]| {
        let always = ["report", ".", "--format", "json"];
        let report = json(&run_in(folder.as_ref(), always.iter().chain(arguments)).clean());
        let settings = &report["settings"];
        let number = |name: &str| settings[name].as_f64().unwrap();
        (number("window_words"), number("threshold"), report["input"]["articles"].as_u64().unwrap())
    };
    assert_eq!(settings(&[]), (3.0, 0.4, 1), "from the file");
    assert_eq!(settings(&["--window-words", "6"]), (6.0, 0.4, 1), "a flag wins");
    assert_eq!(settings(&["--exclude", "none.txt"]), (3.0, 0.4, 2), "a list replaces the file's");
    assert_eq!(settings(&["--no-config", "--measure", "jaccard"]), (5.0, 0.4, 2), "no file");
    assert_eq!(settings(&["--config", "other.toml", "--measure", "jaccard"]), (4.0, 0.4, 2), "another file");
}

#[test]
fn an_unknown_key_in_the_file_is_refused_with_its_line() {
    let folder = Folder::with(&[("a.txt", "một"), ("wirecopy.toml", "# settings\ntreshold = 0.5\n")]);
    let said = run_in(folder.as_ref(), ["report", "a.txt"]).refused();
    assert_eq!(said, "wirecopy: error: wirecopy.toml:2: there is no option `treshold`; did you mean `threshold`?\n");
    let said = run_in(folder.as_ref(), ["report", "a.txt", "--config", "no.toml"]).refused();
    assert!(said.starts_with("wirecopy: error: no.toml: "), "{said}");
}

#[test]
fn a_flag_that_is_no_setting_is_told_from_an_unknown_key_and_a_table_from_both() {
    let folder = Folder::with(&[("a.txt", "một hai ba")]);
    for (text, message) in [
        ("top = 3", "`top` is for the command line alone: give it as --top"),
        ("sweep = [0.5]", "`sweep` is for the command line alone: give it as --sweep"),
        (
            "[report]\ntop = 3",
            "`report` opens a table, expected settings such as `threshold = 0.5` alone on their lines",
        ),
        ("THRESHOLD = 1", "there is no option `THRESHOLD`; did you mean `threshold`?"),
        ("include = [1]", "include: found a value without quotes, expected a list of texts"),
    ] {
        folder.write("wirecopy.toml", text);
        let said = run_in(folder.as_ref(), ["report", "a.txt"]).refused();
        assert_eq!(said, format!("wirecopy: error: wirecopy.toml:1: {message}\n"));
    }
}

#[test]
fn the_file_turns_strict_on_and_a_flag_turns_it_off() {
    let folder = Folder::with(&[("news.jsonl", BROKEN), ("wirecopy.toml", "strict = true\n")]);
    assert_eq!(run_in(folder.as_ref(), ["report", "news.jsonl"]).code, 2);
    assert_eq!(run_in(folder.as_ref(), ["report", "news.jsonl", "--strict=false"]).code, 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Output
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn an_output_file_holds_what_standard_output_would() {
    let folder = Folder::with(&[]);
    let path = folder.path("report.txt");
    let stdout = run(["report", "seeds"]).clean();
    assert_eq!(run(["report", "seeds", "-o", path.to_str().unwrap()]).clean(), "");
    assert_eq!(folder.read("report.txt"), stdout);
    assert_eq!(folder.names(), ["report.txt"], "nothing else is left");
}

#[test]
fn a_run_that_fails_leaves_the_old_output_file_untouched() {
    let folder = Folder::with(&[("report.json", "the old report")]);
    let path = folder.path("report.json");
    let failed = run(["report", "nowhere", "--format", "json", "-o", path.to_str().unwrap()]);
    assert_eq!(failed.code, 2);
    assert_eq!(
        (folder.read("report.json").as_str(), folder.names()),
        ("the old report", vec!["report.json".to_owned()])
    );
}

/// `report news.jsonl -o news.jsonl` left a report where the news was. `dedup` refused that, the others did not.
#[test]
fn no_input_is_written_over() {
    let folder = Folder::with(&[("a.jsonl", "{\"id\":\"a\",\"text\":\"một hai\",\"cluster\":\"c\"}\n")]);
    folder.write("truth.jsonl", "{\"id\":\"a\",\"cluster\":\"c\"}\n");
    let before = (folder.read("a.jsonl"), folder.read("truth.jsonl"));
    for arguments in [
        &["report", "a.jsonl", "-o", "a.jsonl"][..],
        &["report", ".", "-o", "./a.jsonl"],
        &["report", "a.jsonl", "--save-shells", "a.jsonl"],
        &["audit", "a.jsonl", "-o", "a.jsonl"],
        &["dedup", "a.jsonl", "-o", "a.jsonl"],
        &["eval", "a.jsonl", "-o", "a.jsonl"],
        &["eval", "a.jsonl", "--truth", "truth.jsonl", "-o", "truth.jsonl"],
    ] {
        let said = run_in(folder.as_ref(), arguments).refused();
        assert!(said.ends_with(".jsonl: is an input, and is not written over; name another file\n"), "{said}");
    }
    assert_eq!((folder.read("a.jsonl"), folder.read("truth.jsonl")), before);
    for same in [["-o", "x.json", "--save-shells", "./x.json"], ["-o", "-", "--save-shells", "-"]] {
        let said = run_in(folder.as_ref(), ["report", "a.jsonl"].iter().chain(&same)).refused();
        assert_eq!(said, "wirecopy: error: -o and --save-shells are the same; name two files\n");
    }
}

#[test]
fn an_output_that_cannot_be_written_is_named_before_any_work() {
    let folder = Folder::with(&[]);
    let missing = folder.path("missing/report.json");
    let said = run(["report", "seeds", "-o", missing.to_str().unwrap()]).refused();
    assert!(said.contains("report.json: could not be written: "), "{said}");
    let said = run(["report", "seeds", "-o", folder.as_ref().to_str().unwrap()]).refused();
    assert!(said.ends_with(": is a folder; name a file to write to\n"), "{said}");
}

/// The message spoke of the hidden file that was tried: `... (os error 2) at path "nowhere/.wirecopy-yS9oEu.part"`.
#[test]
fn an_output_in_a_missing_folder_is_told_in_terms_of_that_folder() {
    for arguments in [["report", "seeds", "-o", "nowhere/x"], ["dedup", "seeds", "-o", "nowhere/x.jsonl"]] {
        let expected = format!(
            "wirecopy: error: {}: could not be written: there is no folder nowhere; make it first\n",
            arguments[3]
        );
        assert_eq!(run(arguments).refused(), expected);
    }
    let said = run(["report", "seeds", "-o", "Cargo.toml/x"]).refused();
    assert!(said.ends_with("could not be written: Cargo.toml is no folder\n"), "{said}");
}

#[test]
fn a_file_beside_the_articles_that_is_missing_or_no_text_is_named_in_plain_words() {
    let folder = Folder::with(&[("bad.toml", "")]);
    folder.write("bad.toml", b"\xFF\xFE");
    for arguments in [
        &["report", "seeds", "--config", "nope"][..],
        &["report", "seeds", "--shells", "nope"],
        &["eval", "seeds", "--truth", "nope"],
    ] {
        assert_eq!(run(arguments).refused(), "wirecopy: error: nope: no such file\n");
    }
    let path = folder.path("bad.toml").display().to_string();
    let said = run(["report", "seeds", "--config", &path]).refused();
    assert_eq!(said, format!("wirecopy: error: {path}: not UTF-8 text\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_exits_2() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [
        vec!["report", "seeds"],
        vec!["completions", "bash"],
        vec!["man"],
        vec!["--help"],
        vec!["report", "-h"],
        vec!["report", "--help"],
        vec!["help", "dedup"],
        vec!["--version"],
    ] {
        let ran = run_command(wirecopy().args(&arguments).stdout(full()));
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(
            ran.stderr.starts_with("wirecopy: error: standard output: could not be written: the disk is full"),
            "{}",
            ran.stderr
        );
    }
    let ran = run(["report", "seeds", "-o", "/dev/full"]);
    assert_eq!(ran.code, 2, "a device is written to, not replaced");
    assert!(
        ran.stderr.starts_with("wirecopy: error: /dev/full: could not be written: the disk is full"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    // Much more than a pipe and our buffer hold, so that writing has to fail.
    let folder = Folder::with(&[]);
    let title = "một tiêu đề rất dài ".repeat(20);
    let line = |number: u32| format!("{{\"id\":\"{number}\",\"title\":\"{title}\",\"text\":\"số {number}\"}}\n");
    let path = folder.write("news.jsonl", (0..2_000).map(line).collect::<String>());
    let mut child = wirecopy()
        .args(["report", path.to_str().unwrap(), "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));

    // A pipe that is closed before the first byte: help is smaller than what a pipe holds.
    for arguments in [vec!["report", "--help"], vec!["--version"], vec!["man"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = run_command(wirecopy().args(&arguments).stdout(writer));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn color_is_for_terminals_and_for_those_who_ask() {
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = wirecopy();
        command.args(["report", "seeds"]).args(arguments).envs(variables.iter().copied());
        run_command(&mut command).clean().contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    let folder = Folder::with(&[]);
    for (color, expected) in [("always", true), ("auto", false)] {
        let path = folder.path(color);
        run_command(wirecopy().args(["report", "seeds", "--color", color, "-o"]).arg(path).env("CLICOLOR_FORCE", "1"))
            .clean();
        assert_eq!(folder.read(color).contains('\u{1b}'), expected, "{color}, in a file");
    }
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("NO_COLOR", "1"), ("TERM", "xterm-256color")]));
}

#[test]
fn verbose_says_how_the_search_went_and_quiet_says_nothing() {
    let ran = run(["report", "seeds", "-v"]);
    for said in [" samples, ", " must agree", "compared exactly", "boilerplate: ", "held: 5 articles", "reading took "]
    {
        assert!(ran.stderr.contains(said), "{said} is missing in {}", ran.stderr);
    }
    // Five reports propose each other.
    let dense =
        "note: events: 10 pairs of 5 reports proposed; candidates a report: median 4, 99th percentile 4, worst 4\n";
    assert!(ran.stderr.contains(dense), "{}", ran.stderr);
    assert!(!run(["report", "seeds", "-v", "--level", "copies"]).stderr.contains("events: "));
    assert_eq!(ran.stdout, run(["report", "seeds"]).clean(), "what is said does not change the report");
    let folder = Folder::with(&[("news.jsonl", BROKEN)]);
    run_in(folder.as_ref(), ["report", "news.jsonl", "-q"]).clean();
}

// ---------------------------------------------------------------------------------------------------------------------
// Help
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn wirecopy_alone_says_what_to_do_next_and_has_checked_nothing() {
    let said = run([] as [&str; 0]).refused();
    assert!(said.contains("What to do next:\n  wirecopy report FOLDER"), "{said}");
}

#[test]
fn help_shows_the_default_of_every_option_and_an_example() {
    let help = run(["report", "--help"]).clean();
    let options = wirecopy::settings::OPTIONS;
    for option in options {
        assert!(help.contains(&format!("--{}", option.name)), "{} is missing", option.name);
    }
    let unwrapped = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for option in options {
        assert!(unwrapped.contains(&format!("[default: {}]", option.default)), "{}: {}", option.name, option.default);
    }
    assert!(help.contains("wirecopy report seeds"));
    let short = run(["report", "-h"]).clean();
    assert!(short.lines().count() * 2 < help.lines().count(), "-h is short");
}

#[test]
fn completions_and_manual_pages_are_there() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(["completions", shell]).clean().contains("excerpt-threshold"), "{shell}");
    }
    assert!(run(["man"]).clean().contains(".TH wirecopy 1"));
    let folder = Folder::with(&[]);
    run(["man", folder.as_ref().to_str().unwrap()]).clean();
    assert!(folder.read("wirecopy-report.1").contains("threshold"));
    let said = run(["man", "nowhere/man1"]).refused();
    assert_eq!(said, "wirecopy: error: nowhere/man1: could not be written: there is no such folder; make it first\n");
}

/// Write it anew with `cargo run -- options-doc > docs/options.md`.
#[test]
fn the_documentation_of_the_options_is_up_to_date() {
    assert_eq!(run(["options-doc"]).clean(), std::fs::read_to_string("docs/options.md").unwrap());
}
