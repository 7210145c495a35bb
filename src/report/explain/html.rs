//! An explanation in, a page for the browser out, which needs neither a script nor a network: the words of the text, and both articles
//! side by side.

use std::io;

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::super::html::{STYLE, hash_source, rendered};
use super::super::layout::{is_steering, percent, tenths};
use super::text::{copy_answer, copy_step, event_answer, named_day, piece_name, signed, turn_answer};
use crate::events::{Part, Piece, TermKind};
use crate::explain::{CopyAnswer, Difference, EventAnswer, Explanation, Score, Side, Span};

const PAGE: &str = include_str!("../html/explain.html");

pub(super) fn write(explanation: &Explanation, out: &mut dyn io::Write) -> io::Result<()> {
    let spans = |of: fn(&crate::explain::Passage) -> Span| -> Vec<[usize; 2]> {
        explanation.copy.alignment.passages.iter().map(|passage| of(passage).bytes).collect()
    };
    let changed = |of: fn(&Difference) -> Option<Span>| -> Vec<[usize; 2]> {
        let telling =
            |one: &&Difference| (one.numbers || one.names) && !one.moved && one.a.is_some() && one.b.is_some();
        explanation.copy.alignment.differences.iter().filter(telling).filter_map(of).map(|span| span.bytes).collect()
    };
    // Of texts that are no edge, nearly all is only in one.
    let only = if explanation.copy.kind.is_some() { "only" } else { "" };
    let context = context! {
        version => env!("CARGO_PKG_VERSION"),
        style => STYLE,
        style_hash => hash_source(STYLE),
        a => Value::from(Serde(&side("A", &explanation.a, &spans(|one| one.a), &changed(|one| one.a), only))),
        b => Value::from(Serde(&side("B", &explanation.b, &spans(|one| one.b), &changed(|one| one.b), only))),
        copy => Value::from(Serde(&copy(explanation))),
        event => Value::from(Serde(&explanation.event.as_ref().map(event))),
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
    name: &'static str,
    side: &'a Side,
    shared: &[[usize; 2]],
    changed: &[[usize; 2]],
    only: &'static str,
) -> SideView<'a> {
    let mut facts: Vec<String> = side.published.iter().cloned().collect();
    facts.extend(side.source.clone());
    facts.push(format!("{} words", side.words));
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
    name: &'static str,
    value: String,
    what: &'static str,
}

fn copy(explanation: &Explanation) -> CopyView {
    let copy: &CopyAnswer = &explanation.copy;
    let number = |name, share, what| NumberView { name, value: tenths(share), what };
    CopyView {
        answer: copy_answer(explanation).1,
        numbers: vec![
            number("similarity", copy.comparison.similarity, "of all shingles"),
            number("containment", copy.comparison.containment, "of the shingles of the smaller set"),
            number("coverage", copy.comparison.coverage, "of the shorter text"),
            number("", copy.comparison.coverage_longer, "of the longer"),
        ],
        lines: copy.turns.iter().map(turn_answer).collect(),
        cluster: copy.a_cluster.clone(),
        chain: copy.chain.iter().map(copy_step).collect(),
        edge: copy.kind.is_some(),
    }
}

#[derive(Serialize)]
struct EventView {
    answer: String,
    lines: Vec<String>,
    rows: Vec<RowView>,
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
    title: &'static str,
    terms: String,
}

/// So many shared terms of a kind are shown.
const TERMS: usize = 40;

fn event(event: &EventAnswer) -> EventView {
    let of = |name: &str, of: &crate::explain::EventOf| format!("{name} is of {}: {}", of.id, of.label);
    let mut lines = if event.same_event {
        vec![format!("Event {}: {}", event.a.id, event.a.label)]
    } else {
        vec![of("A", &event.a), of("B", &event.b)]
    };
    lines.extend(
        event
            .chain
            .iter()
            .filter(|_| event.chain.len() > 1)
            .map(|step| format!("{} → {}: {}", step.from, step.to, percent(step.score))),
    );
    let list = |title: &'static str, kind: TermKind| {
        let terms: Vec<String> = (event.shared.iter().filter(|term| term.kind == kind).take(TERMS))
            .map(|term| format!("{} {:.1}", term.text, term.weight))
            .collect();
        (!terms.is_empty()).then(|| SharedView { title, terms: terms.join(" · ") })
    };
    let lists = [
        list("Names in both, with their weight", TermKind::Name),
        list("Numbers in both, with their weight", TermKind::Number),
        list("Words in both, with their weight", TermKind::Word),
    ];
    let days = |name: &str, days: &[crate::events::NamedDay]| {
        format!("{name}: {}", days.iter().map(named_day).collect::<Vec<_>>().join(" · "))
    };
    let has_days = !event.a_days.is_empty() || !event.b_days.is_empty();
    EventView {
        answer: event_answer(event).1,
        lines,
        rows: event.score.as_ref().map(rows).unwrap_or_default(),
        shared: lists.into_iter().flatten().collect(),
        days: if has_days { vec![days("A", &event.a_days), days("B", &event.b_days)] } else { Vec::new() },
    }
}

fn rows(score: &Score) -> Vec<RowView> {
    let row = |name: &str, alike: Option<f32>, log_odds: f64| RowView {
        name: name.to_owned(),
        alike: alike.map_or(String::new(), |value| percent(f64::from(value))),
        log_odds: signed(log_odds),
        sum: false,
    };
    let sum = |name: &str, log_odds: f64| RowView { sum: true, ..row(name, None, log_odds) };
    let is_when = |part: &&Part| matches!(part.piece, Piece::Days | Piece::Published);
    let part = |part: &Part| row(piece_name(part.piece), part.value, part.log_odds);
    let mut rows = vec![row("nothing in common", None, score.content_start)];
    rows.extend(score.parts.iter().filter(|one| !is_when(one)).map(part));
    rows.push(sum("what they say", score.content));
    rows.push(row("bounded, and days unknown", None, score.content_bounded + score.days_start));
    rows.extend(score.parts.iter().filter(is_when).map(part));
    rows.push(sum(&format!("the two by themselves, {}", percent(score.probability_alone)), score.alone));
    if let (Some(neighborhood), Some(probability)) = (score.neighborhood, score.probability) {
        rows.push(row("beside their other pairs", None, neighborhood));
        rows.push(sum(&format!("score, {}", percent(probability)), score.alone + neighborhood));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

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
