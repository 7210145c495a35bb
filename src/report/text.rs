//! A run in, the report that an editor reads out: what was read, copy clusters largest first, what is related to what,
//! who stands alone, and a summary.
//!
//! Everything shown names its article by id, so that it can be looked up; nothing is cut without saying so. The same run
//! and width give the same bytes.

use std::io;

use super::layout::{
    Ink, Role, cell, cell_right, columns, count, counted, day, duration, fit, minute, percent, visible, wrapped,
};
use super::summary::Summary;
use super::view::{Places, first_published, lag_seconds, outlets};
use crate::article::Published;
use crate::cluster::{CopyCluster, Link, Member, copy_cluster_id};
use crate::pipeline::{Record, Run};
use crate::settings::Canonical;
use crate::verify::Kind;

/// How a report for a person is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns; lines are cut to fit, but for ids; at least 72.
    pub width: usize,
    /// Whether escape sequences for color are written.
    pub color: bool,
    /// How many clusters, related pairs and lone articles are shown; 0: all, with all members.
    pub top: usize,
}

/// A cluster shows at most so many members, unless everything is to be shown.
const MEMBERS_SHOWN: usize = 12;

/// A cluster shows at most so many links, unless everything is to be shown.
const LINKS_SHOWN: usize = 4;

/// The widest thing that [`Page::relation`] says, and two spaces.
const RELATION_WIDTH: usize = 34;

/// A headline with less room than this goes into a line of its own.
const TITLE_ROOM: usize = 24;

/// Narrower than this, columns would have no room.
const MIN_WIDTH: usize = 72;

pub(super) fn write(run: &Run, options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::of(run, options, out);
    page.read();
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
    /// The column of outlets; 0 where there are not at least two to tell apart.
    outlet_width: usize,
    id_width: usize,
    /// The links that touch each cluster, by place.
    links: Vec<Vec<u32>>,
    out: &'o mut dyn io::Write,
    /// After the first failure, nothing more is written.
    written: io::Result<()>,
}

impl<'a, 'o> Page<'a, 'o> {
    fn of(run: &'a Run, options: &TextOptions, out: &'o mut dyn io::Write) -> Page<'a, 'o> {
        let places = Places::of(run);
        let mut links = vec![Vec::new(); run.clustering.clusters.len()];
        for (link, place) in run.clustering.links.iter().zip(0..) {
            for end in [link.edge.a, link.edge.b] {
                if let Some(cluster) = places.cluster(end) {
                    links[cluster].push(place);
                }
            }
        }
        let several = outlets(run) > 1;
        let top = if options.top == 0 { usize::MAX } else { options.top };
        let members = || run.clustering.clusters.iter().take(top).flat_map(|cluster| &cluster.members);
        let widest = |of: &dyn Fn(&Record) -> usize, most: usize| {
            members().map(|member| of(&run.records[member.article as usize])).max().unwrap_or(0).min(most)
        };
        let outlet = |record: &Record| record.source.as_deref().map_or(0, columns);
        Page {
            run,
            places,
            ink: Ink { color: options.color },
            width: options.width.max(MIN_WIDTH),
            top,
            times: run.records.iter().any(|record| record.published.is_some()),
            outlet_width: if several { widest(&outlet, 24) } else { 0 },
            id_width: widest(&|record| columns(&record.id), 40),
            links,
            out,
            written: Ok(()),
        }
    }

    fn line(&mut self, line: &str) {
        if self.written.is_ok() {
            self.written = writeln!(self.out, "{}", line.trim_end());
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
    fn shown_of(&self, number: usize, best: &str) -> String {
        match self.top {
            top if number <= top => String::new(),
            1 => format!("; the {best}"),
            top => format!("; the {} {best}", count(top)),
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
            read += " (times in UTC)";
        }
        self.paragraph(Role::Title, "", &read);
        let aside = set_aside(run);
        if !aside.is_empty() {
            self.muted("", &format!("Set aside: {}.", aside.join(", ")));
        }
    }

    /// Copy clusters, largest first.
    fn clusters(&mut self) {
        let run = self.run;
        let clusters = &run.clustering.clusters;
        if clusters.is_empty() {
            self.line("");
            let sentence = match run.records.len() {
                0 => "There is no article to compare.".to_owned(),
                1 => "One article alone has no copies.".to_owned(),
                2 => "The two articles are not copies of each other.".to_owned(),
                articles => format!("No two of these {} articles are copies of each other.", count(articles)),
            };
            self.line(&sentence);
            return;
        }
        let articles: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
        let of = self.shown_of(clusters.len(), "largest");
        self.section(&format!(
            "{} of {}{of}",
            counted(clusters.len(), "copy cluster", "copy clusters"),
            counted(articles, "article", "articles")
        ));
        let original = match run.settings.canonical {
            Canonical::Earliest if self.times => "the first published",
            Canonical::Earliest => "the longest, for no times are known",
            Canonical::Longest => "the longest",
            Canonical::Representative => "the representative",
        };
        self.muted(
            "",
            &format!(
                "* marks the original: {original}. Each article is compared with the representative of its cluster: \
                 first the share of the shorter text's words that the two have in common, then their similarity (Jaccard)."
            ),
        );
        for (cluster, number) in clusters.iter().zip(1..).take(self.top) {
            self.cluster(cluster, number);
        }
        if clusters.len() > self.top {
            self.line("");
            self.not_shown(clusters.len() - self.top, "smaller");
        }
    }

    fn cluster(&mut self, cluster: &CopyCluster, number: usize) {
        let run = self.run;
        let first = first_published(cluster, &run.records);
        let last = cluster.members.iter().filter_map(|member| self.record(member.article).published).max();
        let mut facts = counted(cluster.members.len(), "article", "articles");
        let mut sources: Vec<_> =
            cluster.members.iter().filter_map(|member| self.record(member.article).source.as_deref()).collect();
        sources.sort_unstable();
        sources.dedup();
        if self.outlet_width > 0 && !sources.is_empty() {
            facts += &format!(", {}", counted(sources.len(), "outlet", "outlets"));
        }
        if let Some(seconds) = lag_seconds(first, last).filter(|&seconds| seconds > 0) {
            facts += &format!(", within {}", duration(seconds));
        }
        facts += &format!(" · {}", copy_cluster_id(&self.record(cluster.representative).id));
        self.line("");
        let original = self.record(cluster.original);
        let number = format!("{number}. ");
        let title = fit(name(original), self.width - number.len());
        let title = self.ink.paint(Role::Title, title);
        self.line(&format!("{number}{title}"));
        let indent = " ".repeat(number.len());
        self.muted(&indent, &facts);

        let mut members: Vec<&Member> = cluster.members.iter().collect();
        members.sort_by_key(|member| {
            let published = self.record(member.article).published;
            (member.article != cluster.original, published.is_none(), published, member.article)
        });
        let shown = if self.top == usize::MAX { members.len() } else { MEMBERS_SHOWN.min(members.len()) };
        // One more is shown rather than said to be missing.
        let shown = if members.len() == shown + 1 { members.len() } else { shown };
        for member in &members[..shown] {
            self.member(cluster, first, member, &indent);
        }
        if shown < members.len() {
            self.muted(&indent, &format!("  … and {} more", count(members.len() - shown)));
        }
        self.links_of(cluster, &indent);
    }

    fn member(&mut self, cluster: &CopyCluster, first: Option<Published>, member: &Member, indent: &str) {
        let record = self.record(member.article);
        let is_original = member.article == cluster.original;
        let is_representative = member.article == cluster.representative;
        let mut row = (if is_original { "* " } else { "  " }).to_owned();
        if self.times {
            let when = match (record.published, lag_seconds(first, record.published)) {
                (Some(time), Some(0)) if is_original => minute(time),
                (Some(_), Some(0)) => "at once".to_owned(),
                (Some(_), Some(lag)) => format!("+{}", duration(lag)),
                _ => "time unknown".to_owned(),
            };
            row += &format!("{}  ", cell(&when, 16));
        }
        if self.outlet_width > 0 {
            row += &format!("{}  ", cell(record.source.as_deref().unwrap_or("–"), self.outlet_width));
        }
        let numbers = if is_representative {
            cell("representative", 9 + 6 + 6)
        } else {
            let comparison = &member.comparison;
            let numbers = [comparison.coverage, comparison.similarity].map(|share| cell_right(&percent(share), 6));
            format!("{}{}", cell(member.kind.name(), 9), numbers.concat())
        };
        row += &numbers;
        let below = format!("{indent}    ");
        // Another headline over the same text is worth a look.
        let other = record.title.as_deref().filter(|title| *title != name(self.record(cluster.original)));
        let id = visible(&record.id);
        let room = self.width.saturating_sub(indent.len() + columns(&row) + 2);
        let id_fits = columns(&id) <= room;
        if id_fits {
            row += &format!("  {}", cell(&id, self.id_width.min(room)));
        }
        let room = self.width.saturating_sub(indent.len() + columns(&row) + 2);
        let row = row.trim_end();
        let mut line =
            format!("{indent}{}", if is_original { self.ink.paint(Role::Original, row) } else { row.to_owned() });
        let beside = other.filter(|_| id_fits && room >= TITLE_ROOM);
        if let Some(title) = beside {
            line += &format!("  {}", self.ink.paint(Role::Muted, fit(title, room)));
        }
        self.line(&line);
        if !id_fits {
            self.line(&format!("{below}{id}"));
        }
        if let Some(title) = other.filter(|_| beside.is_none()) {
            let title = fit(title, self.width - below.len() - 4);
            let title = self.ink.paint(Role::Muted, format!("as: {title}"));
            self.line(&format!("{below}{title}"));
        }
    }

    /// The links that touch a cluster.
    fn links_of(&mut self, cluster: &CopyCluster, indent: &str) {
        let run = self.run;
        let own = self.places.cluster(cluster.representative);
        let places = own.map(|own| std::mem::take(&mut self.links[own])).unwrap_or_default();
        let mut links: Vec<&Link> = places.into_iter().map(|place| &run.clustering.links[place as usize]).collect();
        links.sort_by(|a, b| strongest_first(a, b));
        let shown = if self.top == usize::MAX { links.len() } else { LINKS_SHOWN.min(links.len()) };
        // One more is shown rather than said to be missing.
        let shown = if links.len() == shown + 1 { links.len() } else { shown };
        for link in &links[..shown] {
            let inside_a = self.places.cluster(link.edge.a) == own;
            let (inside, other) = if inside_a { (link.edge.a, link.edge.b) } else { (link.edge.b, link.edge.a) };
            let what = cell(&self.relation(link, inside), RELATION_WIDTH);
            let size = self.places.member(other).map_or(1, |(cluster, _)| cluster.members.len());
            let of = if size > 1 { format!(" (one of {} copies)", count(size)) } else { String::new() };
            let room = self.width.saturating_sub(indent.len() + 2 + columns(&what) + columns(&of));
            let (id, title) = (visible(&self.record(other).id), name(self.record(other)));
            if columns(&id) + TITLE_ROOM <= room {
                let text = fit(&format!("{id}  {title}"), room);
                let what = self.ink.paint(Role::Related, what);
                self.line(&format!("{indent}  {what}{text}{of}"));
            } else {
                let what = self.ink.paint(Role::Related, what.trim_end());
                self.line(&format!("{indent}  {what}{of}"));
                self.article_lines(other, &format!("{indent}    "));
            }
        }
        if shown < links.len() {
            self.muted(indent, &format!("  … and {} more links", count(links.len() - shown)));
        }
    }

    /// What the far end of a link is to the near one.
    fn relation(&self, link: &Link, near: u32) -> String {
        let share = percent(link.edge.comparison.coverage);
        let far = if link.edge.a == near { link.edge.b } else { link.edge.a };
        match link.edge.kind {
            Kind::Template => format!("same template, {share} in common"),
            Kind::Excerpt if self.record(far).words < self.record(near).words => {
                format!("shorter, {share} of it here")
            }
            Kind::Excerpt => format!("longer, with {share} of this"),
            Kind::Identical | Kind::Copy => format!("cut bridge, {share} in common"),
        }
    }

    /// Links among lone articles, which no cluster has shown.
    fn related(&mut self) {
        let run = self.run;
        let lone =
            |link: &&Link| [link.edge.a, link.edge.b].iter().all(|&article| self.places.cluster(article).is_none());
        let mut links: Vec<&Link> = run.clustering.links.iter().filter(lone).collect();
        if links.is_empty() {
            return;
        }
        links.sort_by(|a, b| strongest_first(a, b));
        let of = self.shown_of(links.len(), "strongest");
        self.section(&format!(
            "{} of single articles, related but no copies{of}",
            counted(links.len(), "pair", "pairs")
        ));
        for link in links.iter().take(self.top) {
            let (a, b) = (link.edge.a, link.edge.b);
            let (shorter, longer) = if self.record(a).words <= self.record(b).words { (a, b) } else { (b, a) };
            let share = percent(link.edge.comparison.coverage);
            let what = match link.edge.kind {
                Kind::Template => {
                    format!("template: {share} of the first stands in the second, with other numbers, dates or names")
                }
                _ => format!("excerpt: {share} of the first stands in the second"),
            };
            self.line("");
            self.paragraph(Role::Related, "", &what);
            self.article_lines(shorter, "  ");
            self.article_lines(longer, "  ");
        }
        if links.len() > self.top {
            self.line("");
            self.not_shown(links.len() - self.top, "weaker");
        }
    }

    /// An article in a line: id, outlet, time, headline; in two where the headline would have no room. The id is never cut.
    fn article_lines(&mut self, article: u32, indent: &str) {
        let record = self.record(article);
        let mut head = visible(&record.id).into_owned();
        if let Some(source) = record.source.as_ref().filter(|_| self.outlet_width > 0) {
            head += &format!("  {}", fit(source, 24));
        }
        if let Some(time) = record.published {
            head += &format!("  {}", minute(time));
        }
        let room = self.width.saturating_sub(indent.len() + columns(&head) + 2);
        let head = self.ink.paint(Role::Muted, head);
        if room >= TITLE_ROOM {
            self.line(&format!("{indent}{head}  {}", fit(name(record), room)));
        } else {
            self.line(&format!("{indent}{head}"));
            self.line(&format!("{indent}  {}", fit(name(record), self.width - indent.len() - 2)));
        }
    }

    /// Articles that nothing links to any other.
    fn lone(&mut self) {
        let run = self.run;
        let mut linked = vec![false; run.records.len()];
        for link in &run.clustering.links {
            linked[link.edge.a as usize] = true;
            linked[link.edge.b as usize] = true;
        }
        let alone: Vec<u32> = (0..run.records.len() as u32)
            .filter(|&article| self.places.cluster(article).is_none() && !linked[article as usize])
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
            self.line("  Who runs whose text (the outlet of the original first):");
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

/// Its headline, or how its text begins.
fn name(record: &Record) -> &str {
    record.title.as_deref().or(record.opening.as_deref()).unwrap_or("")
}

fn strongest_first(a: &Link, b: &Link) -> std::cmp::Ordering {
    let coverage = |link: &Link| link.edge.comparison.coverage;
    (a.edge.kind.cmp(&b.edge.kind))
        .then(coverage(b).total_cmp(&coverage(a)))
        .then((a.edge.a, a.edge.b).cmp(&(b.edge.a, b.edge.b)))
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

    fn text(width: usize, color: bool, top: usize) -> String {
        let mut out = Vec::new();
        write(&sample::run(), &TextOptions { width, color, top }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const GOLDEN: [(&str, usize, usize, &str); 3] = [
        ("wide", 100, 20, include_str!("golden/wide.txt")),
        ("narrow", 72, 1, include_str!("golden/narrow.txt")),
        ("whole", 100, 0, include_str!("golden/whole.txt")),
    ];

    #[test]
    fn the_report_is_the_reviewed_one() {
        for (name, width, top, golden) in GOLDEN {
            let text = text(width, false, top);
            for (line, golden) in text.lines().zip(golden.lines()) {
                assert_eq!(line, golden, "{name}");
            }
            assert_eq!(text.lines().count(), golden.lines().count(), "{name}");
        }
    }

    /// `cargo test --lib write_golden_files -- --ignored`, then review the difference.
    #[test]
    #[ignore = "writes the golden files"]
    fn write_golden_files() {
        for (name, width, top, _) in GOLDEN {
            let path = format!("{}/src/report/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, text(width, false, top)).unwrap();
        }
    }

    #[test]
    fn only_a_line_with_a_long_id_is_wider_than_asked_and_none_ends_in_a_space() {
        for width in [72, 80, 100, 160] {
            for line in text(width, false, 0).lines() {
                let fits = columns(line) <= width || line.starts_with("  https://example.com/");
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
