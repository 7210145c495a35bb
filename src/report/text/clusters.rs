//! Copy clusters in, their part of the report out: who ran the text and when, and how much of it.

use super::super::layout::{Role, cell, cell_right, columns, count, counted, duration, fit, minute, percent, visible};
use super::super::view::{first_published, lag_seconds};
use super::{Page, TITLE_ROOM, strongest_first};
use crate::article::Published;
use crate::cluster::{CopyCluster, Link, Member, copy_cluster_id};
use crate::report::event_view::headline;
use crate::settings::Canonical;
use crate::verify::Kind;

/// What stands beside a member of a cluster.
pub(super) const COMPARED: &str = "Each article is compared with the representative of its cluster: first the share of the \
                                   shorter text's words that the two have in common, then their similarity (Jaccard).";

/// Said once, where no article has a time.
pub(super) const NO_TIMES: &str = "Who was first is not known: no article has a time.";

/// A cluster shows at most so many members, unless everything is to be shown.
const MEMBERS_SHOWN: usize = 4;

/// At most so many links of one thing are shown, unless everything is to be shown.
const LINKS_SHOWN: usize = 2;

/// The widest thing that [`Page::relation`] says, and two spaces.
const RELATION_WIDTH: usize = 34;

impl<'a> Page<'a, '_> {
    /// Copy clusters that no event has shown, largest first.
    pub(super) fn clusters(&mut self) {
        let run = self.run;
        let all = run.clustering.clusters.len();
        if all == 0 {
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
        let clusters: Vec<&CopyCluster> =
            run.clustering.clusters.iter().filter(|cluster| !self.in_event[cluster.representative as usize]).collect();
        if clusters.is_empty() {
            return;
        }
        let articles: usize = clusters.iter().map(|cluster| cluster.members.len()).sum();
        let (told, named) = self.told_and_named(&clusters);
        let of = self.shown_of(clusters.len(), told.len() + named.len(), "largest");
        let number = if clusters.len() == all {
            counted(all, "copy cluster", "copy clusters")
        } else {
            counted(clusters.len(), "more copy cluster", "more copy clusters")
        };
        self.section(&format!("{number} of {}{of}", counted(articles, "article", "articles")));
        let marked = match self.shown_first() {
            Some(member) => format!("* marks {member}."),
            None => NO_TIMES.to_owned(),
        };
        self.muted("", &format!("{marked} {COMPARED}"));
        for (&cluster, number) in told.iter().zip(1..) {
            self.cluster(cluster, number);
        }
        let lines: Vec<(&str, String)> =
            named.iter().map(|cluster| (headline(self.record(cluster.original)), self.facts(cluster))).collect();
        self.named(told.len() + 1, &lines, clusters.len());
    }

    /// Which member of a cluster is marked and stands before the others; `None` where no times are known that would say.
    pub(super) fn shown_first(&self) -> Option<&'static str> {
        match self.run.settings.canonical {
            Canonical::Earliest => self.times.then_some("the first published, where that is known"),
            Canonical::Longest => Some("the longest"),
            Canonical::Representative => Some("the representative"),
        }
    }

    /// Whether the original of a cluster is marked: not where that would say who was first, and it is not known.
    fn is_marked(&self, cluster: &CopyCluster) -> bool {
        self.run.settings.canonical != Canonical::Earliest || cluster.first.is_some()
    }

    fn cluster(&mut self, cluster: &CopyCluster, number: usize) {
        self.line("");
        let original = self.record(cluster.original);
        let number = format!("{number}. ");
        let title = fit(headline(original), self.width - number.len());
        let title = self.ink.paint(Role::Title, title);
        self.line(&format!("{number}{title}"));
        let indent = " ".repeat(number.len());
        self.muted(&indent, &self.facts(cluster));
        self.members(cluster, self.by_time(cluster), MEMBERS_SHOWN, &indent);
        let links = self.links_of(cluster.representative);
        self.links(cluster.representative, &links, &indent);
        self.storylines_of(cluster.representative, &indent);
    }

    /// How many ran the text, how fast, and the cluster's id.
    pub(super) fn facts(&self, cluster: &CopyCluster) -> String {
        let first = first_published(cluster, &self.run.records);
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
        if self.times && first.is_none() {
            facts += ", who was first is not known";
        }
        facts += &format!(" · {}", copy_cluster_id(&self.record(cluster.representative).id));
        facts
    }

    /// The members, the original first, then in order of time.
    pub(super) fn by_time<'c>(&self, cluster: &'c CopyCluster) -> Vec<&'c Member> {
        let mut members: Vec<&Member> = cluster.members.iter().collect();
        members.sort_by_key(|member| {
            let published = self.record(member.article).published;
            (member.article != cluster.original, published.is_none(), published, member.article)
        });
        members
    }

    /// A line for each of these members of a cluster, but not many more than `most`.
    pub(super) fn members(&mut self, cluster: &CopyCluster, members: Vec<&Member>, most: usize, indent: &str) {
        let first = first_published(cluster, &self.run.records);
        let shown = self.shown(members.len(), most);
        for member in &members[..shown] {
            self.member(cluster, first, member, indent);
        }
        if shown < members.len() {
            self.muted(indent, &format!("  … and {} more", count(members.len() - shown)));
        }
    }

    fn member(&mut self, cluster: &CopyCluster, first: Option<Published>, member: &Member, indent: &str) {
        let record = self.record(member.article);
        let is_original = member.article == cluster.original && self.is_marked(cluster);
        let is_representative = member.article == cluster.representative;
        let mut row = (if is_original { "* " } else { "  " }).to_owned();
        if self.times {
            let when = match (record.published, lag_seconds(first, record.published)) {
                (Some(_), Some(lag)) if lag > 0 => format!("+{}", duration(lag)),
                (Some(time), _) => minute(time),
                (None, _) => "time unknown".to_owned(),
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
        let other = record.title.as_deref().filter(|title| *title != headline(self.record(cluster.original)));
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

    /// The links that touch a cluster or a lone article, by its representative; of one within an event, told at the later end.
    pub(super) fn links_of(&self, report: u32) -> Vec<&'a Link> {
        let places = self.links.get(&report).map_or(&[][..], Vec::as_slice);
        let mut links: Vec<&Link> = places.iter().map(|&place| &self.run.clustering.links[place as usize]).collect();
        links.retain(|link| self.places.report(link.edge.b) == report || !self.within_event(link));
        links.sort_by(|a, b| strongest_first(a, b));
        links
    }

    pub(super) fn links(&mut self, report: u32, links: &[&Link], indent: &str) {
        let shown = self.shown(links.len(), LINKS_SHOWN);
        for link in &links[..shown] {
            let inside_a = self.places.report(link.edge.a) == report;
            let (inside, other) = if inside_a { (link.edge.a, link.edge.b) } else { (link.edge.b, link.edge.a) };
            let what = cell(&self.relation(link, inside), RELATION_WIDTH);
            let size = self.places.member(other).map_or(1, |(cluster, _)| cluster.members.len());
            let of = if size > 1 { format!(" (one of {} copies)", count(size)) } else { String::new() };
            let room = self.width.saturating_sub(indent.len() + 2 + columns(&what) + columns(&of));
            let (id, title) = (visible(&self.record(other).id), headline(self.record(other)));
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
}
