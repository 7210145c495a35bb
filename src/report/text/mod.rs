//! A run in, the report that an editor reads out: what was read, events largest first with the reports and copies in them,
//! copy clusters that stand alone, what is related to what, who stands alone, and a summary. What an event has shown is not
//! shown again below.
//!
//! Everything shown names its article by id, so that it can be looked up; nothing is cut without saying so. The same run
//! and width give the same bytes.

mod clusters;
mod events;

use std::collections::BTreeMap;
use std::io;

use super::event_view::headline;
use super::layout::{
    Ink, Role, cell, columns, count, counted, day, fit, minute, no_command, on_clock, percent, visible, wrapped,
};
use super::summary::Summary;
use super::view::{Places, outlets};
use crate::cluster::Link;
use crate::events::Event;
use crate::pipeline::{Record, Run};
use crate::read::Skipped;
use crate::verify::Kind;

/// How a report for a person is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns; lines are cut to fit, but for ids; at least 72.
    pub width: usize,
    /// Whether escape sequences for color are written.
    pub color: bool,
    /// How many events, clusters and related pairs are shown in full, and how many lone articles at most; 0: all, with all members.
    /// Three times as many more events and clusters get a line each.
    pub top: usize,
}

/// So many times as many as are told are named, each in a line.
const NAMED: usize = 3;

/// A headline with less room than this goes into a line of its own.
const TITLE_ROOM: usize = 24;

/// Narrower than this, columns would have no room.
const MIN_WIDTH: usize = 72;

pub(super) fn write(run: &Run, options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::of(run, options, out);
    page.read();
    page.events();
    page.clusters();
    page.related();
    page.lone();
    page.summary();
    page.written
}

/// A report that is being written.
struct Page<'a, 'o> {
    run: &'a Run,
    places: Places<'a>,
    ink: Ink,
    width: usize,
    top: usize,
    /// Whether any article has a time.
    times: bool,
    /// Whether articles are shown with their outlets.
    outlets: bool,
    /// The column of outlets; 0 where there are not at least two to tell apart.
    outlet_width: usize,
    id_width: usize,
    /// The links that touch a copy cluster or a lone article, by place; under the representative.
    links: BTreeMap<u32, Vec<u32>>,
    /// All events; none with `--level copies`.
    all_events: &'a [Event],
    /// Those of several independent reports, which stand first.
    several: &'a [Event],
    /// Whether each article is in one of these.
    in_event: Vec<bool>,
    /// For each event of a storyline its links there, by place.
    storylines: BTreeMap<usize, Vec<u32>>,
    out: &'o mut dyn io::Write,
    /// After the first failure, nothing more is written.
    written: io::Result<()>,
}

impl<'a, 'o> Page<'a, 'o> {
    fn of(run: &'a Run, options: &TextOptions, out: &'o mut dyn io::Write) -> Page<'a, 'o> {
        let places = Places::of(run);
        let mut links: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (link, place) in run.clustering.links.iter().zip(0..) {
            for end in [link.edge.a, link.edge.b] {
                links.entry(places.report(end)).or_default().push(place);
            }
        }
        let found = run.events.as_ref();
        let all_events = found.map_or(&[][..], |found| &found.events);
        let several = &all_events[..all_events.partition_point(|event| event.reports.len() > 1)];
        let mut in_event = vec![false; run.records.len()];
        several.iter().flat_map(|event| &event.articles).for_each(|&article| in_event[article as usize] = true);
        let mut storylines: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (follows, place) in found.iter().flat_map(|found| &found.storylines).zip(0..) {
            for event in [follows.from, follows.to] {
                storylines.entry(event).or_default().push(place);
            }
        }
        let top = if options.top == 0 { usize::MAX } else { options.top };
        // Columns are as wide as what is shown in them needs.
        let clusters = run.clustering.clusters.iter();
        let lone = clusters.filter(|cluster| !in_event[cluster.representative as usize]).take(top);
        let in_events = several.iter().take(top).flat_map(|event| &event.reports);
        let in_events = in_events.filter_map(|&report| places.member(report).map(|(cluster, _)| cluster));
        let shown: Vec<&Record> = (lone.chain(in_events).flat_map(|cluster| &cluster.members))
            .map(|member| &run.records[member.article as usize])
            .collect();
        let widest = |of: &dyn Fn(&Record) -> usize, most: usize| {
            shown.iter().map(|record| of(record)).max().unwrap_or(0).min(most)
        };
        let outlet_width = match outlets(run) > 1 {
            true => widest(&|record| record.source.as_deref().map_or(0, columns), 24),
            false => 0,
        };
        let id_width = widest(&|record| columns(&record.id), 40);
        Page {
            run,
            places,
            ink: Ink { color: options.color },
            width: options.width.max(MIN_WIDTH),
            top,
            times: run.records.iter().any(|record| record.published.is_some()),
            outlets: outlet_width > 0 || found.is_some() && outlets(run) > 1,
            outlet_width,
            id_width,
            links,
            all_events,
            several,
            in_event,
            storylines,
            out,
            written: Ok(()),
        }
    }

    fn line(&mut self, line: &str) {
        if self.written.is_ok() {
            self.written = writeln!(self.out, "{}", no_command(line.trim_end()));
        }
    }

    /// A paragraph of one role, broken to the width.
    fn paragraph(&mut self, role: Role, indent: &str, text: &str) {
        for line in wrapped(text, self.width - indent.len()) {
            let painted = self.ink.paint(role, line);
            self.line(&format!("{indent}{painted}"));
        }
    }

    fn muted(&mut self, indent: &str, text: &str) {
        // What leads the text is indented with it.
        let lead = text.len() - text.trim_start().len();
        self.paragraph(Role::Muted, &format!("{indent}{}", &text[..lead]), text);
    }

    fn section(&mut self, title: &str) {
        self.line("");
        self.paragraph(Role::Section, "", title);
    }

    /// What a heading says of a list that is cut.
    fn shown_of(&self, number: usize, shown: usize, best: &str) -> String {
        match shown {
            shown if number <= shown => String::new(),
            1 => format!("; the {best}"),
            shown => format!("; the {} {best}", count(shown)),
        }
    }

    fn not_shown(&mut self, number: usize, worse: &str) {
        self.muted(
            "",
            &format!(
                "{} not shown; --top 0 shows all.",
                counted(number, &format!("{worse} one is"), &format!("{worse} ones are"))
            ),
        );
    }

    /// Of events or clusters those that are told, and those that are named.
    fn told_and_named<'l, T>(&self, all: &'l [T]) -> (&'l [T], &'l [T]) {
        let (told, rest) = all.split_at(self.top.min(all.len()));
        (told, &rest[..rest.len().min(self.top.saturating_mul(NAMED))])
    }

    /// Headlines with facts, a line each, counted from `first` on; of a list of so many in `all`.
    fn named(&mut self, first: usize, named: &[(&str, String)], all: usize) {
        if !named.is_empty() {
            self.line("");
        }
        for ((headline, facts), number) in named.iter().zip(first..) {
            let lead = format!("{number}. ");
            let room = self.width.saturating_sub(lead.len() + columns(facts) + 2);
            let facts = self.ink.paint(Role::Muted, facts);
            if room >= TITLE_ROOM {
                self.line(&format!("{lead}{}  {facts}", fit(headline, room)));
            } else {
                self.line(&format!("{lead}{}", fit(headline, self.width - lead.len())));
                self.line(&format!("{}{facts}", " ".repeat(lead.len())));
            }
        }
        let shown = first - 1 + named.len();
        if shown < all {
            self.line("");
            self.not_shown(all - shown, "smaller");
        }
    }

    /// How many of a list of `number` are shown, where `most` are unless all is to be: one more rather than to say that it is
    /// missing.
    fn shown(&self, number: usize, most: usize) -> usize {
        if self.top == usize::MAX || number <= most + 1 { number } else { most }
    }

    fn record(&self, article: u32) -> &'a Record {
        &self.run.records[article as usize]
    }

    /// What was read and what was set aside.
    fn read(&mut self) {
        let run = self.run;
        let mut read = format!(
            "{} from {}",
            counted(run.records.len(), "article", "articles"),
            counted(run.intake.files, "input", "inputs")
        );
        if outlets(run) > 1 {
            read += &format!(", {}", counted(outlets(run), "outlet", "outlets"));
        }
        let times = || run.records.iter().filter_map(|record| record.published);
        if let (Some(first), Some(last)) = (times().min(), times().max()) {
            let (first, last) = (day(first), day(last));
            read += &if first == last { format!(", {first}") } else { format!(", {first} to {last}") };
            read += &format!(" (times in {})", on_clock(&run.zone));
        }
        self.paragraph(Role::Title, "", &read);
        let aside = set_aside(run);
        if !aside.is_empty() {
            self.muted("", &format!("Set aside: {}.", aside.join(", ")));
        }
        if let Some(stand_ins) = without_text(&run.intake.skipped) {
            self.muted("", &format!("{stand_ins}."));
        }
    }

    /// Links and storylines among lone articles, which neither an event nor a cluster has shown.
    fn related(&mut self) {
        let run = self.run;
        let lone = |article: u32| self.places.cluster(article).is_none() && !self.in_event[article as usize];
        let mut links: Vec<&Link> =
            run.clustering.links.iter().filter(|link| lone(link.edge.a) && lone(link.edge.b)).collect();
        links.sort_by(|a, b| strongest_first(a, b));
        let mut pairs: Vec<(String, u32, u32)> = links.into_iter().map(|link| self.related_by(link)).collect();
        for follows in run.events.iter().flat_map(|found| &found.storylines) {
            let [from, to] = [follows.from, follows.to].map(|event| self.all_events[event].representative);
            if lone(from) && lone(to) {
                let later = match follows.days {
                    None => String::new(),
                    Some(0) => " on the same day".to_owned(),
                    Some(days) => format!(" {} later", counted(days as usize, "day", "days")),
                };
                pairs.push((format!("storyline: the second follows{later}"), from, to));
            }
        }
        if pairs.is_empty() {
            return;
        }
        let of = self.shown_of(pairs.len(), self.top, "strongest");
        self.section(&format!(
            "{} of single articles, related but no copies{of}",
            counted(pairs.len(), "pair", "pairs")
        ));
        for (what, first, second) in pairs.iter().take(self.top) {
            self.line("");
            self.paragraph(Role::Related, "", what);
            self.article_lines(*first, "  ");
            self.article_lines(*second, "  ");
        }
        if pairs.len() > self.top {
            self.line("");
            self.not_shown(pairs.len() - self.top, "weaker");
        }
    }

    /// What a link between lone articles says of the shorter and the longer.
    fn related_by(&self, link: &Link) -> (String, u32, u32) {
        let (a, b) = (link.edge.a, link.edge.b);
        let (shorter, longer) = if self.record(a).words <= self.record(b).words { (a, b) } else { (b, a) };
        let share = percent(link.edge.comparison.coverage);
        let what = match link.edge.kind {
            Kind::Template => {
                format!("template: {share} of the first stands in the second, with other numbers, dates or names")
            }
            _ => format!("excerpt: {share} of the first stands in the second"),
        };
        (what, shorter, longer)
    }

    /// An article in a line: id, outlet, time, headline; in two where the headline would have no room. The id is never cut.
    fn article_lines(&mut self, article: u32, indent: &str) {
        self.article_line(article, indent, "");
    }

    /// The same with something behind the headline.
    fn article_line(&mut self, article: u32, indent: &str, behind: &str) {
        let record = self.record(article);
        let mut head = visible(&record.id).into_owned();
        if let Some(source) = record.source.as_ref().filter(|_| self.outlets) {
            head += &format!("  {}", fit(source, 24));
        }
        if let Some(time) = record.published {
            head += &format!("  {}", minute(time));
        }
        let room = self.width.saturating_sub(indent.len() + columns(&head) + columns(behind) + 2);
        let head = self.ink.paint(Role::Muted, head);
        if room >= TITLE_ROOM {
            self.line(&format!("{indent}{head}  {}{behind}", fit(headline(record), room)));
        } else {
            self.line(&format!("{indent}{head}{behind}"));
            let below = " ".repeat(indent.len() + 2);
            self.line(&format!("{below}{}", fit(headline(record), self.width - below.len())));
        }
    }

    /// Articles that nothing links to any other, neither their wording nor a storyline.
    fn lone(&mut self) {
        let run = self.run;
        let mut linked = vec![false; run.records.len()];
        for link in &run.clustering.links {
            linked[link.edge.a as usize] = true;
            linked[link.edge.b as usize] = true;
        }
        for &event in self.storylines.keys() {
            linked[self.all_events[event].representative as usize] = true;
        }
        let is_alone = |article: usize| !linked[article] && !self.in_event[article];
        let alone: Vec<u32> = (0..run.records.len() as u32)
            .filter(|&article| self.places.cluster(article).is_none() && is_alone(article as usize))
            .collect();
        if alone.is_empty() {
            return;
        }
        if alone.len() > self.top {
            self.line("");
            let articles = counted(alone.len(), "article stands", "articles stand");
            self.line(&format!("{articles} alone; --top 0 or --format csv names them."));
            return;
        }
        self.section(&counted(alone.len(), "article that stands alone", "articles that stand alone"));
        for article in alone {
            self.article_lines(article, "  ");
        }
    }

    fn summary(&mut self) {
        if self.run.records.is_empty() {
            return;
        }
        self.section("Summary");
        let summary = Summary::of(self.run);
        let rows = summary.rows();
        let label_width = rows.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
        for (label, value) in &rows {
            let indent = 2 + label_width + 2;
            for (number, value) in wrapped(value, self.width - indent).into_iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                self.line(&format!("  {}  {value}", cell(label, label_width)));
            }
        }
        let flows = summary.flows();
        if !flows.is_empty() {
            self.line("");
            self.line("  Who runs whose text (the outlet that was first, where that is known):");
            let width = flows.iter().map(|flow| columns(&flow.0)).max().unwrap_or(0).min(self.width / 2);
            for (outlets, facts) in flows {
                let line = fit(&format!("{}  {facts}", cell(&outlets, width)), self.width - 4);
                self.line(&format!("    {line}"));
            }
        }
        if !shell_examples(self.run).is_empty() {
            self.line("");
            self.line("  Left out as boilerplate, such as:");
            for shell in shell_examples(self.run) {
                let line = fit(&shell, self.width - 4);
                let line = self.ink.paint(Role::Muted, line);
                self.line(&format!("    {line}"));
            }
        }
    }
}

/// Three of the most frequent shells.
fn shell_examples(run: &Run) -> Vec<String> {
    let shown = run.shell_examples.iter().take(3);
    shown
        .map(|shell| {
            let outlet = shell.source.as_deref().map(|outlet| format!("{outlet}, ")).unwrap_or_default();
            format!("“{}” ({outlet}{})", shell.text, counted(shell.stories as usize, "story", "stories"))
        })
        .collect()
}

fn strongest_first(a: &Link, b: &Link) -> std::cmp::Ordering {
    let coverage = |link: &Link| link.edge.comparison.coverage;
    (a.edge.kind.cmp(&b.edge.kind))
        .then(coverage(b).total_cmp(&coverage(a)))
        .then((a.edge.a, a.edge.b).cmp(&(b.edge.a, b.edge.b)))
}

/// What is said of articles that have no text of their own; `None` where each has one.
pub fn without_text(skipped: &Skipped) -> Option<String> {
    let (of_lead, of_title) = (skipped.lead_as_text as usize, skipped.title_as_text as usize);
    let articles = of_lead + of_title;
    let (have, their) =
        if articles == 1 { ("has no text of its own", "its") } else { ("have no text of their own", "their") };
    let stands = match (of_lead, of_title) {
        (0, 0) => return None,
        (0, _) => format!("{their} title stands for it"),
        (_, 0) => format!("{their} lead stands for it"),
        _ => format!("{their} lead stands for it in {}, {their} title in {}", count(of_lead), count(of_title)),
    };
    Some(format!("{} {have}: {stands}", counted(articles, "article", "articles")))
}

/// What was set aside, each with its count.
fn set_aside(run: &Run) -> Vec<String> {
    let skipped = &run.intake.skipped;
    let counts = [
        (skipped.bad_records as usize, "record that could not be read", "records that could not be read"),
        (run.intake.empty.len(), "article without a word", "articles without a word"),
        (run.intake.repeated.len(), "record given twice", "records given twice"),
        (skipped.truncated.len(), "input cut off before its end", "inputs cut off before their end"),
    ];
    counts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted(number, one, many))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(run: &Run, width: usize, color: bool, top: usize) -> String {
        let mut out = Vec::new();
        write(run, &TextOptions { width, color, top }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn text(width: usize, color: bool, top: usize) -> String {
        written(&sample::run(), width, color, top)
    }

    /// With `--level copies`.
    fn text_of_copies(width: usize, top: usize) -> String {
        written(&Run { events: None, ..sample::run() }, width, false, top)
    }

    const GOLDEN: [(&str, usize, usize, &str); 3] = [
        ("wide", 100, 20, include_str!("golden/wide.txt")),
        ("narrow", 72, 1, include_str!("golden/narrow.txt")),
        ("whole", 100, 0, include_str!("golden/whole.txt")),
    ];

    const GOLDEN_COPIES: (&str, usize, usize, &str) = ("copies", 100, 20, include_str!("golden/copies.txt"));

    fn agrees(name: &str, text: &str, golden: &str) {
        for (line, golden) in text.lines().zip(golden.lines()) {
            assert_eq!(line, golden, "{name}");
        }
        assert_eq!(text.lines().count(), golden.lines().count(), "{name}");
    }

    #[test]
    fn the_report_is_the_reviewed_one() {
        for (name, width, top, golden) in GOLDEN {
            agrees(name, &text(width, false, top), golden);
        }
        let (name, width, top, golden) = GOLDEN_COPIES;
        agrees(name, &text_of_copies(width, top), golden);
    }

    /// `cargo test --lib write_golden_files -- --ignored`, then review the difference.
    #[test]
    #[ignore = "writes the golden files"]
    fn write_golden_files() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/text/golden");
        for (name, width, top, _) in GOLDEN {
            std::fs::write(format!("{folder}/{name}.txt"), text(width, false, top)).unwrap();
        }
        let (name, width, top, _) = GOLDEN_COPIES;
        std::fs::write(format!("{folder}/{name}.txt"), text_of_copies(width, top)).unwrap();
    }

    /// Where events are shown, each article is once among reports, copies, pairs and lone articles.
    #[test]
    fn what_an_event_has_shown_is_not_shown_again() {
        let text = text(160, false, 0);
        for id in ["b-press", "c-press", "d-press", "x-1", "x-2", "f-city", "w-14"] {
            // Openings of made-up articles hold their ids.
            let heads = text.lines().filter_map(|line| line.split("Bài ").next());
            let lines = heads.filter(|head| head.split_whitespace().any(|word| word == id));
            // What is related names the far end, too.
            let related = ["cut bridge", "longer, with", "earlier"];
            let lines: Vec<&str> = lines.filter(|line| !related.iter().any(|what| line.contains(what))).collect();
            assert_eq!(lines.len(), 1, "{id}: {lines:?}");
        }
    }

    #[test]
    fn only_a_line_with_a_long_id_is_wider_than_asked_and_none_ends_in_a_space() {
        for width in [72, 80, 100, 160] {
            for line in text(width, false, 0).lines() {
                let fits = columns(line) <= width || line.contains("  https://example.com/");
                assert!(fits, "{} columns instead of {width}: {line}", columns(line));
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn color_adds_escape_sequences_and_changes_nothing_else() {
        let mut plain = text(100, true, 20);
        assert!(plain.contains('\u{1b}'));
        while let Some(begin) = plain.find('\u{1b}') {
            let end = begin + plain[begin..].find('m').unwrap();
            plain.replace_range(begin..=end, "");
        }
        assert_eq!(plain, text(100, false, 20));
    }
}
