//! Events in, the part of the report that stands first out: what happened, who reported it when, why each report is there,
//! and what came before and after.
//!
//! Only events of several independent reports are told: one of a single report is that report, or that copy cluster, and stands
//! below with its like.

use super::super::event_view::{headline, outlets};
use super::super::layout::{Role, cell, columns, count, counted, fit, minute, percent, visible, wrapped};
use super::super::view::first_published;
use super::Page;
use super::clusters::{COMPARED, LINKS_SHOWN, NO_TIMES};
use crate::cluster::Link;
use crate::events::{Event, Follows, Reason, THRESHOLD_ALONE, event_id};

/// An event shows at most so many reports, unless everything is to be shown.
const REPORTS_SHOWN: usize = 12;

/// A report shows at most so many copies, unless everything is to be shown.
const COPIES_SHOWN: usize = 4;

/// The widest of what [`Page::storylines_of`] says of a common case, `earlier, 10 days before`, and two spaces.
const WHEN_WIDTH: usize = 25;

impl<'a> Page<'a, '_> {
    /// Events of several independent reports, largest first.
    pub(super) fn events(&mut self) {
        let run = self.run;
        if run.events.is_none() {
            return;
        }
        if self.several.is_empty() {
            let clusters = &run.clustering.clusters;
            let copies: usize = clusters.iter().map(|cluster| cluster.members.len() - 1).sum();
            if run.records.len() - copies > 1 {
                self.line("");
                self.line("No two reports are of one event.");
            }
            return;
        }
        let reports: usize = self.several.iter().map(|event| event.reports.len()).sum();
        let of = self.shown_of(self.several.len(), "largest");
        self.section(&format!(
            "{} of {} independent reports{of}",
            counted(self.several.len(), "event", "events"),
            count(reports)
        ));
        let shown = self.several.iter().take(self.top);
        let copied = shown.flat_map(|event| &event.reports).any(|&report| self.places.cluster(report).is_some());
        let mut legend =
            "Under each report: its score, the mean probability that it and another report of the event are of one \
                          happening, and what it shares with them."
                .to_owned();
        if copied {
            let above = match self.shown_first() {
                Some(member) => format!("; above the others stands {member}."),
                None => format!(". {NO_TIMES}"),
            };
            legend += &format!(" Copies count as one report{above} {COMPARED}");
        }
        self.muted("", &legend);
        for (event, number) in self.several.iter().zip(1..).take(self.top) {
            self.event(event, number);
        }
        if self.several.len() > self.top {
            self.line("");
            self.not_shown(self.several.len() - self.top, "smaller");
        }
    }

    fn event(&mut self, event: &Event, number: usize) {
        self.line("");
        let mut lead = format!("{number}. ");
        let indent = " ".repeat(lead.len());
        for line in self.label_lines(event, self.width - indent.len()) {
            let line = self.ink.paint(Role::Title, line);
            self.line(&format!("{lead}{line}"));
            lead.clone_from(&indent);
        }
        let facts = self.event_facts(event);
        self.muted(&indent, &facts);
        let reports = self.reports_by_time(event);
        let shown = self.shown(reports.len(), REPORTS_SHOWN);
        for &(report, reason) in &reports[..shown] {
            self.report(report, reason, &format!("{indent}  "));
        }
        if shown < reports.len() {
            self.muted(&indent, &format!("  … and {} more reports", count(reports.len() - shown)));
        }
        self.storylines_of(event.representative, &indent);
    }

    /// The label of an event in one line, or who and when by themselves and the headline below where it would be cut.
    fn label_lines(&self, event: &Event, room: usize) -> Vec<String> {
        let record = self.record(event.representative);
        let label = event.label(headline(record));
        if columns(&visible(&label)) <= room {
            return vec![fit(&label, room)];
        }
        let mut lines = wrapped(&event.label(""), room);
        lines.extend(Some(fit(headline(record), room)).filter(|headline| !headline.is_empty()));
        lines
    }

    /// How many reported it, from when to when, and its id.
    fn event_facts(&self, event: &Event) -> String {
        let mut facts = format!(
            "{}, {}",
            counted(event.reports.len(), "independent report", "independent reports"),
            counted(event.articles.len(), "article", "articles")
        );
        let outlets = outlets(event, &self.run.records);
        if self.outlets && outlets > 0 {
            facts += &format!(", {}", counted(outlets, "outlet", "outlets"));
        }
        let times = || event.articles.iter().filter_map(|&article| self.record(article).published);
        if let (Some(first), Some(last)) = (times().min(), times().max()) {
            let (first, last) = (minute(first), minute(last));
            facts += &if first == last { format!(", {first}") } else { format!(", {first} to {last}") };
        }
        facts + &format!(" · {}", event_id(&self.record(event.representative).id))
    }

    /// The reports of an event with why they are there: in order of time, those without one last.
    fn reports_by_time<'e>(&self, event: &'e Event) -> Vec<(u32, Option<&'e Reason>)> {
        let mut reports: Vec<(u32, Option<&Reason>)> =
            event.reports.iter().enumerate().map(|(place, &report)| (report, event.reasons.get(place))).collect();
        reports.sort_by_cached_key(|&(report, _)| {
            let first = self.places.member(report).map(|(cluster, _)| first_published(cluster, &self.run.records));
            let first = first.unwrap_or(self.record(report).published);
            (first.is_none(), first, report)
        });
        reports
    }

    /// A report, which stands for its copies, with why it is there, who copied it, and what it is linked to.
    fn report(&mut self, report: u32, reason: Option<&Reason>, indent: &str) {
        let cluster = self.places.member(report).map(|(cluster, _)| cluster);
        self.article_lines(cluster.map_or(report, |cluster| cluster.original), indent);
        let below = format!("{indent}  ");
        if let Some(reason) = reason {
            self.evidence(reason, &below);
        }
        if let Some(cluster) = cluster {
            self.muted(&below, &self.facts(cluster));
            let mut copies = self.by_time(cluster);
            copies.retain(|member| member.article != cluster.original);
            self.members(cluster, copies, COPIES_SHOWN, indent);
        }
        let links = self.links_of(report);
        self.links(report, &links, indent);
    }

    /// Why a report is in its event; its score stands out by whether two lone reports would be joined at it.
    fn evidence(&mut self, reason: &Reason, indent: &str) {
        let score = format!("score {}", percent(reason.score));
        let role = if reason.score >= THRESHOLD_ALONE { Role::Original } else { Role::Related };
        for line in wrapped(&format!("{score}{}", shared(reason)), self.width - indent.len()) {
            let line = match line.strip_prefix(&score) {
                Some(rest) if !rest.is_empty() => self.ink.paint(role, &score) + &self.ink.paint(Role::Muted, rest),
                Some(_) => self.ink.paint(role, &line),
                None => self.ink.paint(Role::Muted, &line),
            };
            self.line(&format!("{indent}{line}"));
        }
    }

    /// What came before the event of a report, and what after it.
    pub(super) fn storylines_of(&mut self, report: u32, indent: &str) {
        let Some(found) = &self.run.events else { return };
        let own = found.event_of[report as usize] as usize;
        let places = self.storylines.get(&own).map_or(&[][..], Vec::as_slice);
        let mut follows: Vec<&Follows> = places.iter().map(|&place| &found.storylines[place as usize]).collect();
        follows.sort_by_key(|one| (one.from == own, one.days.is_none(), one.days, one.from, one.to));
        let shown = self.shown(follows.len(), LINKS_SHOWN);
        for one in &follows[..shown] {
            let (way, side, other) =
                if one.to == own { ("earlier", "before", one.from) } else { ("later", "after", one.to) };
            let when = match one.days {
                None => way.to_owned(),
                Some(0) => format!("{way}, the same day"),
                Some(days) => format!("{way}, {} {side}", counted(days as usize, "day", "days")),
            };
            self.other_event(&when, &found.events[other], indent);
        }
        if shown < follows.len() {
            self.muted(indent, &format!("  … and {} more of the storyline", count(follows.len() - shown)));
        }
    }

    /// Another event in a line, or in more where it would be cut; named by the report that stands for it.
    fn other_event(&mut self, when: &str, event: &Event, indent: &str) {
        let record = self.record(event.representative);
        let id = visible(&record.id);
        let label = event.label(headline(record));
        let reports = event.reports.len();
        let of = if reports > 1 { format!(" (one of {} reports)", count(reports)) } else { String::new() };
        let when = cell(when, WHEN_WIDTH.max(columns(when) + 2));
        let used = indent.len() + 2 + columns(&when) + columns(&id) + columns(&of) + 2;
        let fits = used + columns(&visible(&label)) <= self.width;
        let when = self.ink.paint(Role::Related, when);
        if fits {
            self.line(&format!("{indent}  {when}{id}{of}  {}", visible(&label)));
            return;
        }
        self.line(&format!("{indent}  {when}{id}{of}"));
        let below = format!("{indent}    ");
        for line in self.label_lines(event, self.width - below.len()) {
            self.line(&format!("{below}{line}"));
        }
    }

    /// Whether both ends of a link stand in one event that is told.
    pub(super) fn within_event(&self, link: &Link) -> bool {
        let of = |article: u32| self.run.events.as_ref().map(|found| found.event_of[article as usize]);
        self.in_event[link.edge.a as usize] && of(link.edge.a) == of(link.edge.b)
    }
}

/// What a report shares with the others of its event.
fn shared(reason: &Reason) -> String {
    let shared = [
        ("names", reason.names.join(", ")),
        ("days", Event { days: reason.days.clone(), ..Event::default() }.days_label()),
        ("words", reason.words.join(", ")),
    ];
    let some = shared.iter().filter(|(_, shared)| !shared.is_empty());
    some.map(|(what, shared)| format!(" · {what} {shared}")).collect()
}
