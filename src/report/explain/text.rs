//! An explanation in, what a person reads of it out: the two articles, then each question with its answer, what decided it,
//! and what speaks for and against.

use std::io;

use super::super::layout::{
    Ink, Role, cell, cell_right, columns, counted, fit, no_command, percent, tenths, visible, wrapped,
};
use super::ExplainOptions;
use super::wording::{A, B, English, Wording, copy_role, event_role, is_when, lacks_a_turn};
use crate::article::Published;
use crate::days::published;
use crate::events::{NamedDay, Part, SharedTerm, TermKind};
use crate::explain::{CopyAnswer, Difference, EventAnswer, Explanation, Passage, Score, Side, Span};
use crate::verify::Kind;

/// Narrower than this, columns would have no room.
const MIN_WIDTH: usize = 60;

/// Of a long passage, its first and last words are shown, in so many lines each.
const PASSAGE_LINES: usize = 2;

pub(super) fn write(explanation: &Explanation, options: &ExplainOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page {
        ink: Ink { color: options.color },
        width: options.width.max(MIN_WIDTH),
        top: if options.top == 0 { usize::MAX } else { options.top },
        text: String::new(),
    };
    page.side(A, &explanation.a);
    page.side(B, &explanation.b);
    page.copy(explanation);
    if let Some(event) = &explanation.event {
        page.event(explanation, event);
    }
    out.write_all(page.text.as_bytes())
}

/// An explanation that is being written.
struct Page {
    ink: Ink,
    width: usize,
    top: usize,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text += &no_command(line.trim_end());
        self.text.push('\n');
    }

    fn paragraph(&mut self, indent: &str, role: Option<Role>, text: &str) {
        for line in wrapped(text, self.width - indent.len()) {
            let painted = role.map_or_else(|| line.clone(), |role| self.ink.paint(role, &line));
            self.line(&format!("{indent}{painted}"));
        }
    }

    fn section(&mut self, question: &str, role: Role, answer: &str) {
        self.line("");
        let question = self.ink.paint(Role::Section, question);
        let lines = wrapped(answer, self.width.saturating_sub(columns("Same event?  ")));
        for (at, line) in lines.into_iter().enumerate() {
            let line = self.ink.paint(role, line);
            let lead = if at == 0 { format!("{question}  ") } else { String::new() };
            self.line(&format!("{lead}{line}"));
        }
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.paragraph("  ", Some(Role::Title), text);
    }

    fn side(&mut self, name: &str, side: &Side) {
        let name = self.ink.paint(Role::Original, name);
        self.line(&format!("{name}  {}", self.ink.paint(Role::Title, visible(&side.id))));
        let title = fit(&side.title, self.width - 3);
        self.line(&format!("   {title}"));
        let mut facts: Vec<String> = Vec::new();
        facts.extend(side.source.as_deref().map(|source| fit(source, 40)));
        let time = side.published.as_deref().and_then(published::parse);
        facts.extend(time.map(|time: Published| super::super::layout::minute(time)));
        facts.push(English.words(side.words));
        if side.words_left_out > 0 {
            facts.push(English.left_out(side.words_left_out));
        }
        facts.push(match side.line {
            Some(line) => format!("{}:{line}", side.file),
            None => format!("in {}", side.file),
        });
        self.paragraph("   ", Some(Role::Muted), &facts.join(", "));
    }

    fn copy(&mut self, explanation: &Explanation) {
        let copy = &explanation.copy;
        self.section("Same text?", copy_role(copy), &English.copy_answer(explanation));
        self.numbers(copy);
        if !copy.found {
            self.paragraph("  ", Some(Role::Related), English.not_found());
        }
        for turn in &copy.turns {
            self.paragraph("  ", None, &English.turn(turn));
        }
        if lacks_a_turn(copy) {
            self.paragraph("  ", None, &English.no_turn(copy));
        }
        self.copy_chain(copy);
        self.passages(&copy.alignment.passages);
        if copy.kind.is_some_and(|kind| kind != Kind::Identical) || !copy.alignment.differences.is_empty() {
            self.differences(&copy.alignment.differences);
        }
    }

    fn numbers(&mut self, copy: &CopyAnswer) {
        let shingles = format!("shared shingles of {} words", copy.window_words);
        let rows = [
            ("similarity", tenths(copy.comparison.similarity), format!("{shingles}, of all that either has")),
            ("containment", tenths(copy.comparison.containment), format!("{shingles}, of those of the smaller set")),
            ("coverage", tenths(copy.comparison.coverage), "of the shorter text stands in shared runs".to_owned()),
            ("", tenths(copy.comparison.coverage_longer), "of the longer".to_owned()),
        ];
        for (name, value, what) in rows {
            let line = format!("  {}{}  {what}", cell(name, 12), cell_right(&value, 8));
            self.line(&fit_line(&line, self.width));
        }
    }

    /// How two members of one cluster came there.
    fn copy_chain(&mut self, copy: &CopyAnswer) {
        if copy.chain.is_empty() {
            return;
        }
        self.heading(&format!("One copy cluster, {}: each member is compared with its representative", copy.a_cluster));
        for step in &copy.chain {
            self.paragraph("    ", None, &English.copy_step(step));
        }
    }

    fn passages(&mut self, passages: &[Passage]) {
        if passages.is_empty() {
            return;
        }
        self.heading(&format!(
            "{}; places are bytes of the texts, characters in brackets",
            counted(passages.len(), "shared passage", "shared passages")
        ));
        let mut longest: Vec<&Passage> = passages.iter().collect();
        longest.sort_by_key(|passage| std::cmp::Reverse(passage.words));
        let least = longest.get(self.top.saturating_sub(1)).map_or(0, |passage| passage.words);
        let mut left = self.top;
        for passage in passages {
            if passage.words < least || left == 0 {
                continue;
            }
            left -= 1;
            let head = format!(
                "{A} {}  {B} {}  {}",
                place(passage.a),
                place(passage.b),
                counted(passage.words, "word", "words")
            );
            self.paragraph("    ", Some(Role::Muted), &head);
            self.quoted(&passage.text);
        }
        self.not_shown(passages.len(), "shorter passage", "shorter passages");
    }

    /// A passage in quotes; of a long one its beginning and its end.
    fn quoted(&mut self, text: &str) {
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = wrapped(&format!("“{one_line}”"), self.width - 6);
        let whole = self.top == usize::MAX || lines.len() <= 2 * PASSAGE_LINES + 1;
        for (at, line) in lines.iter().enumerate() {
            if whole || at < PASSAGE_LINES || at + PASSAGE_LINES >= lines.len() {
                let line = self.ink.paint(Role::Original, line);
                self.line(&format!("      {line}"));
            } else if at == PASSAGE_LINES {
                self.line("      …");
            }
        }
    }

    fn not_shown(&mut self, number: usize, one: &str, many: &str) {
        if number > self.top {
            let more = format!("and {}; --top 0 shows all", counted(number - self.top, one, many));
            self.paragraph("    ", Some(Role::Muted), &more);
        }
    }

    fn differences(&mut self, differences: &[Difference]) {
        if differences.is_empty() {
            self.heading("No word differs");
            return;
        }
        self.heading(&counted(differences.len(), "difference", "differences"));
        // Numbers and names first: they are what an edit is judged by.
        let order = |difference: &&Difference| (difference.moved, !difference.numbers, !difference.names);
        let mut first: Vec<&Difference> = differences.iter().collect();
        first.sort_by_key(order);
        for difference in first.iter().take(self.top) {
            let mut what = Vec::new();
            what.extend(difference.numbers.then_some("numbers"));
            what.extend(difference.names.then_some("names"));
            what.extend(difference.moved.then_some("stands elsewhere in the other"));
            for (name, span, text) in [(A, difference.a, &difference.a_text), (B, difference.b, &difference.b_text)] {
                let Some(span) = span else { continue };
                let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let what = std::mem::take(&mut what);
                let tail = if what.is_empty() { String::new() } else { format!("  {}", what.join(", ")) };
                let head = format!("{name} {}  ", place(span));
                let room = self.width.saturating_sub(4 + columns(&head) + columns(&tail) + 2).max(20);
                let role = if difference.numbers || difference.names { Role::Related } else { Role::Muted };
                let quoted = self.ink.paint(role, format!("“{}”", fit(&one_line, room)));
                self.line(&format!("    {head}{quoted}{tail}"));
            }
        }
        self.not_shown(differences.len(), "more", "more");
    }

    fn event(&mut self, explanation: &Explanation, event: &EventAnswer) {
        self.section("Same event?", event_role(event), &English.event_answer(event));
        for (name, side, of) in [(A, &explanation.a, &event.a), (B, &explanation.b, &event.b)] {
            if side.id != of.report && event.score.is_some() {
                self.paragraph("  ", None, &English.stands_for(name, &of.report));
            }
        }
        if let Some(score) = &event.score {
            self.score(score, event);
        }
        for (what, kind) in [("names", TermKind::Name), ("numbers", TermKind::Number), ("words", TermKind::Word)] {
            self.shared(what, kind, &event.shared);
        }
        self.days(event);
        if event.same_event {
            self.line("");
            self.paragraph("  ", Some(Role::Muted), &English.both_are_of(&event.a));
            if let Some(sure) = English.how_sure(&event.a, &event.b) {
                self.paragraph("  ", Some(Role::Muted), &sure);
            }
            if event.chain.len() > 1 {
                self.heading("The strongest way through the event's reports");
            }
            for step in event.chain.iter().filter(|_| event.chain.len() > 1) {
                self.paragraph("    ", None, &format!("{} → {}: {}", step.from, step.to, percent(step.score)));
            }
        } else {
            self.line("");
            for (name, of) in [(A, &event.a), (B, &event.b)] {
                self.paragraph("  ", Some(Role::Muted), &English.is_of(name, of));
            }
        }
        for step in &event.storyline {
            // That of B has just been named.
            let label = if step.to == event.b.id { "" } else { &step.label };
            self.paragraph("  ", Some(Role::Related), &English.storyline(step, label));
        }
    }

    fn score(&mut self, score: &Score, event: &EventAnswer) {
        self.paragraph("  ", None, &English.bounds(score, &event.bounds));
        self.line("");
        let head = format!("  {}{}{}", cell("evidence", 34), cell_right("alike", 7), cell_right("log odds", 11));
        let head = self.ink.paint(Role::Title, head);
        self.line(&head);
        let sums = English.sums();
        self.row(sums.nothing_in_common, None, score.content_start);
        for part in score.parts.iter().filter(|part| !is_when(part)) {
            self.part(part);
        }
        self.sum(sums.content, score.content);
        self.row(sums.bounded, None, score.content_bounded + score.days_start);
        for part in score.parts.iter().filter(|part| is_when(part)) {
            self.part(part);
        }
        self.sum(&format!("{}, {}", sums.alone, percent(score.probability_alone)), score.alone);
        if let (Some(neighborhood), Some(probability)) = (score.neighborhood, score.probability) {
            self.row(sums.neighborhood, None, neighborhood);
            if let Some(excerpt) = score.excerpt {
                self.row(sums.excerpt, None, excerpt);
            }
            let sum = score.alone + neighborhood + score.excerpt.unwrap_or_default();
            self.sum(&format!("{}, {}", sums.score, percent(probability)), sum);
        }
        if let Some(tie) = English.tie(score) {
            self.paragraph("  ", None, tie);
        }
    }

    fn row(&mut self, name: &str, alike: Option<f32>, log_odds: f64) {
        let alike = alike.map_or(String::new(), |value| percent(f64::from(value)));
        let line = format!("  {}{}{}", cell(name, 34), cell_right(&alike, 7), cell_right(&signed(log_odds), 11));
        self.line(&line);
    }

    fn part(&mut self, part: &Part) {
        let name = English.piece(part.piece);
        let name = if part.value.is_none() { format!("{name}: not in both") } else { name.to_owned() };
        self.row(&name, part.value, part.log_odds);
    }

    fn sum(&mut self, name: &str, log_odds: f64) {
        let line = format!("  {}{}", cell(&format!("= {name}"), 41), cell_right(&signed(log_odds), 11));
        let line = self.ink.paint(Role::Title, line);
        self.line(&line);
    }

    fn shared(&mut self, what: &str, kind: TermKind, shared: &[SharedTerm]) {
        let of_kind: Vec<&SharedTerm> = shared.iter().filter(|term| term.kind == kind).collect();
        if of_kind.is_empty() {
            return;
        }
        let shown: Vec<String> =
            of_kind.iter().take(self.top).map(|term| format!("{} {:.1}", term.text, term.weight)).collect();
        let more = of_kind.len() - shown.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let legend = "the greater the rarer";
        self.heading(&format!(
            "{} in both, with their weight ({legend})",
            counted(of_kind.len(), &what[..what.len() - 1], what)
        ));
        self.paragraph("    ", None, &format!("{}{more}", shown.join(" · ")));
    }

    fn days(&mut self, event: &EventAnswer) {
        if event.a_days.is_empty() && event.b_days.is_empty() {
            return;
        }
        self.heading("Days, with their part of what each names; * in both");
        for (name, days) in [(A, &event.a_days), (B, &event.b_days)] {
            let days: Vec<String> = days.iter().map(named_day).collect();
            let days = if days.is_empty() { "none".to_owned() } else { days.join(" · ") };
            self.paragraph("    ", None, &format!("{name}  {days}"));
        }
    }
}

/// A line without color, cut to the width.
fn fit_line(line: &str, width: usize) -> String {
    let indent = line.len() - line.trim_start().len();
    format!("{}{}", &line[..indent], fit(line.trim_start(), width - indent))
}

pub(super) fn signed(log_odds: f64) -> String {
    // What rounds to nothing has no sign.
    if log_odds.abs() < 0.005 { "0.00".to_owned() } else { format!("{log_odds:+.2}") }
}

fn place(span: Span) -> String {
    let Span { bytes: [from, to], characters: [first, last] } = span;
    format!("{from}-{to} ({first}-{last})")
}

/// A day with its weight, and a star where both have it.
fn named_day(day: &NamedDay) -> String {
    let mark = if day.shared { "*" } else { "" };
    format!("{}{mark} {}", day.day, percent(f64::from(day.weight)))
}
