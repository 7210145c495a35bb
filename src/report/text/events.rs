//! Events in, the part of the report that stands first out: what happened, who reported it when, and what came before and
//! after. An event is told by its headline, then by names and days, then by who reported it.
//!
//! Only events of several independent reports are told: one of a single report is that report, or that copy cluster, and stands
//! below with its like.

use super::super::event_view::{headline, outlets};
use super::super::layout::{Role, cell, columns, count, counted, fit, minute, percent, visible, wrapped};
use super::super::view::first_published;
use super::clusters::{COMPARED, NO_TIMES};
use super::{Page, TITLE_ROOM};
use crate::cluster::Link;
use crate::events::{Event, Follows, Reason, event_id};

/// An event of at most so many reports shows what each shares with the others. A larger one shows so many, in a line each. With `--top 0`
/// every event shows everything.
const REPORTS_SHOWN: usize = 3;

/// A report shows at most so many copies, unless everything is to be shown.
const COPIES_SHOWN: usize = 4;

/// At most so many events of its storyline are shown beside an event, unless all are to be.
const STORYLINE_SHOWN: usize = 2;

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
        let (told, named) = self.told_and_named(self.several);
        let of = self.shown_of(self.several.len(), told.len() + named.len(), "largest");
        self.section(&format!(
            "{} of {} independent reports{of}",
            counted(self.several.len(), "event", "events"),
            count(reports)
        ));
        let whole = told.iter().filter(|event| self.is_whole(event)).flat_map(|event| &event.reports);
        let copied = whole.copied().any(|report| self.places.cluster(report).is_some());
        let mut legend = "The percentage says how sure it is that a report belongs to its event: of those with 80 to 90 %, eight to \
                          nine in ten do.".to_owned();
        if copied {
            let above = match self.shown_first() {
                Some(member) => format!("; above the others stands {member}."),
                None => format!(". {NO_TIMES}"),
            };
            legend += &format!(" Copies count as one report{above} {COMPARED}");
        }
        self.muted("", &legend);
        for (event, number) in told.iter().zip(1..) {
            self.event(event, number);
        }
        let lines: Vec<(&str, String)> = (named.iter())
            .map(|event| {
                let confidence = event.confidence().map(|confidence| format!(" · {confidence}")).unwrap_or_default();
                let facts = format!("{} reports{confidence} · {}", count(event.reports.len()), self.id_of(event));
                (headline(self.record(event.representative)), facts)
            })
            .collect();
        self.named(told.len() + 1, &lines, self.several.len());
    }

    /// Whether all reports of an event are shown, with what they share.
    fn is_whole(&self, event: &Event) -> bool {
        let reports = event.reports.len();
        self.shown(reports, REPORTS_SHOWN) == reports
    }

    fn id_of(&self, event: &Event) -> String {
        event_id(&self.record(event.representative).id)
    }

    fn event(&mut self, event: &Event, number: usize) {
        self.line("");
        let lead = format!("{number}. ");
        let indent = " ".repeat(lead.len());
        let title = fit(headline(self.record(event.representative)), self.width - lead.len());
        let title = self.ink.paint(Role::Title, title);
        self.line(&format!("{lead}{title}"));
        let label = event.label("");
        if !label.is_empty() {
            self.muted(&indent, &visible(&label));
        }
        let facts = self.event_facts(event);
        self.muted(&indent, &facts);
        let reports = self.reports_by_time(event);
        let is_whole = self.is_whole(event);
        let shown = if is_whole { reports.len() } else { REPORTS_SHOWN };
        for &(report, reason) in &reports[..shown] {
            if is_whole {
                self.report(report, reason, &format!("{indent}  "));
            } else {
                let confidence = reason.map(|reason| percent(reason.confidence.share())).unwrap_or_default();
                self.report_line(report, &format!("{indent}  {confidence:>5}  "));
            }
        }
        if shown < reports.len() {
            let rest = &reports[shown..];
            let unsure = rest.iter().filter_map(|&(_, reason)| reason).filter(|reason| reason.confidence.is_unsure());
            let unsure = unsure.count();
            let of_them = if unsure > 0 { format!(", {} of them unsure", count(unsure)) } else { String::new() };
            self.muted(&indent, &format!("  … and {}{of_them}", counted(rest.len(), "more report", "more reports")));
        }
        self.storylines_of(event.representative, &indent);
    }

    /// How many reported it, from when to when, who was first, how sure it is, and its id.
    fn event_facts(&self, event: &Event) -> String {
        let copies = event.articles.len() - event.reports.len();
        let mut facts = counted(event.reports.len(), "report", "reports");
        if copies > 0 {
            facts += &format!(", {}", counted(copies, "copy", "copies"));
        }
        let outlets = outlets(event, &self.run.records);
        if self.outlets && outlets > 0 {
            facts += &format!(", {}", counted(outlets, "outlet", "outlets"));
        }
        let times = || event.articles.iter().filter_map(|&article| self.record(article).published);
        if let (Some(first), Some(last)) = (times().min(), times().max()) {
            let (first, last) = (minute(first), minute(last));
            facts += &if first == last { format!(", {first}") } else { format!(", {first} to {last}") };
        }
        if let Some(first) = self.first_of(event) {
            let record = self.record(first);
            facts += &format!(", first: {}", visible(record.source.as_deref().unwrap_or(&record.id)));
        }
        if let Some(confidence) = event.confidence() {
            facts += &format!(" · {confidence}");
        }
        facts + &format!(" · {}", self.id_of(event))
    }

    /// The article that was published before all others of an event, where that is known.
    fn first_of(&self, event: &Event) -> Option<u32> {
        let published = |article: u32| self.record(article).published;
        let first = event.articles.iter().copied().min_by_key(|&article| published(article))?;
        let is_first = |&article: &u32| {
            article == first || published(first).zip(published(article)).is_some_and(|(a, b)| a.is_before(b))
        };
        event.articles.iter().all(is_first).then_some(first)
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

    /// A report in a line, with how many copied it.
    fn report_line(&mut self, report: u32, indent: &str) {
        let cluster = self.places.member(report).map(|(cluster, _)| cluster);
        let copies = cluster.map_or(0, |cluster| cluster.members.len() - 1);
        let copies = if copies > 0 { format!(" (+ {})", counted(copies, "copy", "copies")) } else { String::new() };
        self.article_line(cluster.map_or(report, |cluster| cluster.original), indent, &copies);
    }

    /// Why a report is in its event; how sure that is stands out.
    fn evidence(&mut self, reason: &Reason, indent: &str) {
        let sure = reason.confidence.to_string();
        let role = if reason.confidence.is_unsure() { Role::Related } else { Role::Original };
        for line in wrapped(&format!("{sure}{}", shared(reason)), self.width - indent.len()) {
            let line = match line.strip_prefix(&sure) {
                Some(rest) if !rest.is_empty() => self.ink.paint(role, &sure) + &self.ink.paint(Role::Muted, rest),
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
        let shown = self.shown(follows.len(), STORYLINE_SHOWN);
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

    /// Another event in a line, named by the report that stands for it.
    fn other_event(&mut self, when: &str, event: &Event, indent: &str) {
        let record = self.record(event.representative);
        let id = visible(&record.id);
        let reports = event.reports.len();
        let of = if reports > 1 { format!(" (one of {} reports)", count(reports)) } else { String::new() };
        let when = cell(when, WHEN_WIDTH.max(columns(when) + 2));
        let used = indent.len() + 2 + columns(&when) + columns(&id) + columns(&of) + 2;
        let room = self.width.saturating_sub(used);
        let when = self.ink.paint(Role::Related, when);
        if room >= TITLE_ROOM {
            self.line(&format!("{indent}  {when}{id}{of}  {}", fit(headline(record), room)));
            return;
        }
        self.line(&format!("{indent}  {when}{id}{of}"));
        let below = format!("{indent}    ");
        self.line(&format!("{below}{}", fit(headline(record), self.width - below.len())));
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
