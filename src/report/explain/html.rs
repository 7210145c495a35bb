//! An explanation in, a page for the browser out, which needs neither a script nor a network: the words of the text, and both articles
//! side by side. In the language that is asked for, as it has no script to switch it.

use std::collections::BTreeMap;
use std::io;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::super::html::{HtmlLanguage, STYLE, hash_source, rendered};
use super::super::layout::{is_steering, percent, tenths};
use super::text::signed;
use super::wording::{A, B, Wording, is_when, lacks_a_turn, wording};
use crate::events::{NamedDay, Part, TermKind};
use crate::explain::{CopyAnswer, EventAnswer, Explanation, Score, Side, Span};
use crate::settings::Choice;

const PAGE: &str = include_str!("../html/explain.html");
const STRINGS: &str = include_str!("strings.json");

type Strings = BTreeMap<String, BTreeMap<String, String>>;

/// What stands on the page beside its sentences, and these.
struct Words {
    strings: BTreeMap<String, String>,
    wording: &'static dyn Wording,
}

impl Words {
    fn of(language: HtmlLanguage) -> Words {
        // As the template, they are a part of the program: a test reads them.
        let mut all: Strings = serde_json::from_str(STRINGS).expect("strings.json is a part of the program");
        Words { strings: all.remove(language.word()).unwrap_or_default(), wording: wording(language) }
    }

    fn get(&self, key: &str) -> &str {
        self.strings.get(key).map_or("", String::as_str)
    }
}

pub(super) fn write(explanation: &Explanation, language: HtmlLanguage, out: &mut dyn io::Write) -> io::Result<()> {
    let words = Words::of(language);
    let spans = |of: fn(&crate::explain::Passage) -> Span| -> Vec<[usize; 2]> {
        explanation.copy.alignment.passages.iter().map(|passage| of(passage).bytes).collect()
    };
    let [changed_a, changed_b] = explanation.copy.alignment.changed();
    // Of texts that are no edge, nearly all is only in one.
    let only = if explanation.copy.kind.is_some() { "only" } else { "" };
    let context = context! {
        version => env!("CARGO_PKG_VERSION"),
        lang => language.word(),
        t => Value::from(Serde(&words.strings)),
        style => STYLE,
        style_hash => hash_source(STYLE),
        a => Value::from(Serde(&side((A, &words), &explanation.a, &spans(|one| one.a), &changed_a, only))),
        b => Value::from(Serde(&side((B, &words), &explanation.b, &spans(|one| one.b), &changed_b, only))),
        copy => Value::from(Serde(&copy(explanation, &words))),
        event => Value::from(Serde(&explanation.event.as_ref().map(|event| event_view(explanation, event, &words)))),
    };
    // The template is a part of the program, and tests render it.
    let page = rendered(PAGE, context).expect("explain.html renders whatever the explanation");
    out.write_all(page.as_bytes())
}

#[derive(Serialize)]
struct SideView<'a> {
    name: &'static str,
    id: &'a str,
    title: &'a str,
    facts: String,
    pieces: Vec<PieceView>,
}

/// A piece of a text and how it is marked.
#[derive(Debug, PartialEq, Serialize)]
struct PieceView {
    text: String,
    mark: &'static str,
}

fn side<'a>(
    (name, words): (&'static str, &Words),
    side: &'a Side,
    shared: &[[usize; 2]],
    changed: &[[usize; 2]],
    only: &'static str,
) -> SideView<'a> {
    let mut facts: Vec<String> = side.published.iter().cloned().collect();
    facts.extend(side.source.clone());
    facts.push(words.wording.words(side.words));
    if side.words_left_out > 0 {
        facts.push(words.wording.left_out(side.words_left_out));
    }
    SideView {
        name,
        id: &side.id,
        title: &side.title,
        facts: facts.join(" · "),
        pieces: pieces(&side.text, shared, changed, only),
    }
}

/// The text cut wherever a mark begins or ends. `only`: how what only this one has is marked.
fn pieces(text: &str, shared: &[[usize; 2]], changed: &[[usize; 2]], only: &'static str) -> Vec<PieceView> {
    let mut cuts: Vec<usize> = shared.iter().chain(changed).flatten().copied().chain([0, text.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let inside = |spans: &[[usize; 2]], at: usize| spans.iter().any(|&[from, to]| from <= at && at < to);
    let piece = |cut: &[usize]| {
        let piece = &text[cut[0]..cut[1]];
        let mark = match () {
            () if inside(changed, cut[0]) => "changed",
            () if inside(shared, cut[0]) => "shared",
            () if piece.chars().any(char::is_alphanumeric) => only,
            () => "",
        };
        let shown = |c: char| if is_steering(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
        PieceView { text: piece.chars().map(shown).collect(), mark }
    };
    cuts.windows(2).map(piece).collect()
}

#[derive(Serialize)]
struct CopyView {
    answer: String,
    numbers: Vec<NumberView>,
    lines: Vec<String>,
    cluster: String,
    chain: Vec<String>,
    edge: bool,
}

#[derive(Serialize)]
struct NumberView {
    name: String,
    value: String,
    what: String,
}

fn copy(explanation: &Explanation, words: &Words) -> CopyView {
    let copy: &CopyAnswer = &explanation.copy;
    let number = |name: &str, share, what: &str| NumberView {
        name: words.get(name).to_owned(),
        value: tenths(share),
        what: words.get(what).to_owned(),
    };
    let wording = words.wording;
    let mut lines: Vec<String> = Vec::new();
    lines.extend((!copy.found).then(|| wording.not_found().to_owned()));
    lines.extend(copy.turns.iter().map(|turn| wording.turn(turn)));
    lines.extend(lacks_a_turn(copy).then(|| wording.no_turn(copy)));
    CopyView {
        answer: wording.copy_answer(explanation),
        numbers: vec![
            number("similarity", copy.comparison.similarity, "of_all"),
            number("containment", copy.comparison.containment, "of_smaller"),
            number("coverage", copy.comparison.coverage, "of_shorter"),
            number("", copy.comparison.coverage_longer, "of_longer"),
        ],
        lines,
        cluster: copy.a_cluster.clone(),
        chain: copy.chain.iter().map(|step| wording.copy_step(step)).collect(),
        edge: copy.kind.is_some(),
    }
}

#[derive(Serialize)]
struct EventView {
    answer: String,
    lines: Vec<String>,
    /// From one report of the event to another.
    way: Vec<String>,
    bounds: String,
    rows: Vec<RowView>,
    tie: Option<&'static str>,
    shared: Vec<SharedView>,
    days: Vec<String>,
}

#[derive(Serialize)]
struct RowView {
    name: String,
    alike: String,
    log_odds: String,
    sum: bool,
}

#[derive(Serialize)]
struct SharedView {
    title: String,
    terms: String,
}

/// So many shared terms of a kind are shown.
const TERMS: usize = 40;

fn event_view(explanation: &Explanation, event: &EventAnswer, words: &Words) -> EventView {
    let wording = words.wording;
    let mut lines = Vec::new();
    for (name, side, of) in [(A, &explanation.a, &event.a), (B, &explanation.b, &event.b)] {
        let stands_for = side.id != of.report && event.score.is_some();
        lines.extend(stands_for.then(|| wording.stands_for(name, &of.report)));
    }
    match event.same_event {
        true => {
            lines.push(wording.both_are_of(&event.a));
            lines.extend(wording.how_sure(&event.a, &event.b));
        }
        false => lines.extend([wording.is_of(A, &event.a), wording.is_of(B, &event.b)]),
    }
    lines.extend(event.storyline.iter().map(|step| {
        // That of B has just been named.
        wording.storyline(step, if step.to == event.b.id { "" } else { &step.label })
    }));
    let way = event.chain.iter().filter(|_| event.chain.len() > 1);
    let list = |title: &str, kind: TermKind| {
        let terms: Vec<String> = (event.shared.iter().filter(|term| term.kind == kind).take(TERMS))
            .map(|term| format!("{} {:.1}", term.text, term.weight))
            .collect();
        (!terms.is_empty()).then(|| SharedView { title: words.get(title).to_owned(), terms: terms.join(" · ") })
    };
    let lists = [("names", TermKind::Name), ("numbers", TermKind::Number), ("words", TermKind::Word)];
    let days = |name: &str, days: &[NamedDay]| {
        let days: Vec<String> = days.iter().map(day_and_share).collect();
        format!("{name}: {}", if days.is_empty() { words.get("no_days").to_owned() } else { days.join(" · ") })
    };
    let has_days = !event.a_days.is_empty() || !event.b_days.is_empty();
    EventView {
        answer: wording.event_answer(event),
        lines,
        way: way.map(|step| format!("{} → {}: {}", step.from, step.to, percent(step.score))).collect(),
        bounds: event.score.as_ref().map(|score| wording.bounds(score, &event.bounds)).unwrap_or_default(),
        rows: event.score.as_ref().map(|score| rows(score, wording)).unwrap_or_default(),
        tie: event.score.as_ref().and_then(|score| wording.tie(score)),
        shared: lists.into_iter().filter_map(|(title, kind)| list(title, kind)).collect(),
        days: if has_days { vec![days(A, &event.a_days), days(B, &event.b_days)] } else { Vec::new() },
    }
}

/// `7/12/2021* 25 %`, with a star where both have it; without a year where it is not known.
fn day_and_share(day: &NamedDay) -> String {
    let mut parts: Vec<&str> = day.day.split('-').filter(|part| !part.is_empty()).collect();
    parts.reverse();
    let written: Vec<&str> = parts.iter().map(|part| part.trim_start_matches('0')).collect();
    let mark = if day.shared { "*" } else { "" };
    format!("{}{mark} {}", written.join("/"), percent(f64::from(day.weight)))
}

fn rows(score: &Score, wording: &dyn Wording) -> Vec<RowView> {
    let row = |name: &str, alike: Option<f32>, log_odds: f64| RowView {
        name: name.to_owned(),
        alike: alike.map_or(String::new(), |value| percent(f64::from(value))),
        log_odds: signed(log_odds),
        sum: false,
    };
    let sum = |name: &str, log_odds: f64| RowView { sum: true, ..row(name, None, log_odds) };
    let part = |part: &Part| row(wording.piece(part.piece), part.value, part.log_odds);
    let sums = wording.sums();
    let mut rows = vec![row(sums.nothing_in_common, None, score.content_start)];
    rows.extend(score.parts.iter().filter(|one| !is_when(one)).map(part));
    rows.push(sum(sums.content, score.content));
    rows.push(row(sums.bounded, None, score.content_bounded + score.days_start));
    rows.extend(score.parts.iter().filter(|one| is_when(one)).map(part));
    rows.push(sum(&format!("{}, {}", sums.alone, percent(score.probability_alone)), score.alone));
    if let (Some(neighborhood), Some(probability)) = (score.neighborhood, score.probability) {
        rows.push(row(sums.neighborhood, None, neighborhood));
        rows.extend(score.excerpt.map(|excerpt| row(sums.excerpt, None, excerpt)));
        let all = score.alone + neighborhood + score.excerpt.unwrap_or_default();
        rows.push(sum(&format!("{}, {}", sums.score, percent(probability)), all));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_every_word_that_the_page_asks_for() {
        let all: Strings = serde_json::from_str(STRINGS).unwrap();
        assert_eq!(all["en"].keys().collect::<Vec<_>>(), all["vi"].keys().collect::<Vec<_>>());
        let asked: Vec<&str> = PAGE
            .split("{{ t.")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
            .collect();
        assert!(asked.len() > 10);
        for key in asked.iter().chain(&["of_all", "of_smaller", "of_shorter", "of_longer", "names", "no_days"]) {
            assert!(!all["vi"][*key].trim().is_empty() && !all["en"][*key].trim().is_empty(), "{key}");
        }
    }

    #[test]
    fn a_text_is_cut_where_marks_begin_and_end_and_nothing_of_it_is_lost() {
        let text = "một hai ba, bốn\u{202e} năm";
        let found = pieces(text, &[[0, 9], [4, 9]], &[[9, 12]], "only");
        let marks: Vec<&str> = found.iter().map(|piece| piece.mark).collect();
        assert_eq!(marks, ["shared", "shared", "changed", "only"]);
        let whole: String = found.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, text.replace('\u{202e}', "\u{fffd}"));
    }
}
