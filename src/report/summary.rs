//! A run in, its numbers out: how much of the input is copies, who runs whose text, what links what.

use std::collections::BTreeMap;

use super::layout::{count, counted, duration, percent_of};
use crate::events::Events;
use crate::pipeline::Run;
use crate::report::view::lag_seconds;
use crate::verify::Kind;

/// At most so many pairs of outlets are shown.
const FLOWS_SHOWN: usize = 10;

/// The numbers of a run.
pub(super) struct Summary {
    articles: usize,
    clusters: usize,
    /// Articles in clusters.
    members: usize,
    /// Members beside the original with exactly its words.
    identical: usize,
    largest: usize,
    /// Where events were looked for.
    events: Option<EventNumbers>,
    /// Links by kind, bridges that were cut as `Copy`.
    links: BTreeMap<Kind, usize>,
    shells: usize,
    /// (outlet of the original, outlet of the copy) with the lags that are known.
    flows: BTreeMap<(String, String), Flow>,
}

/// The numbers of events.
struct EventNumbers {
    /// Of several independent reports.
    several: usize,
    /// The reports of these.
    reports: usize,
    /// The most reports of one.
    largest: usize,
    /// Of one report.
    single: usize,
    /// How often one event follows from another.
    storylines: usize,
}

#[derive(Default)]
struct Flow {
    copies: usize,
    lags: Vec<i64>,
}

impl Summary {
    pub(super) fn of(run: &Run) -> Summary {
        let clusters = &run.clustering.clusters;
        let mut flows: BTreeMap<(String, String), Flow> = BTreeMap::new();
        let mut identical = 0;
        for cluster in clusters {
            for member in cluster.members.iter().filter(|member| member.article != cluster.original) {
                identical += usize::from(run.twins[member.article as usize] == run.twins[cluster.original as usize]);
                // Who has it from whom is not known where it is not known who was first.
                let Some(first) = cluster.first.filter(|&first| first == cluster.original) else { continue };
                let (copy, original) = (&run.records[member.article as usize], &run.records[first as usize]);
                let (Some(from), Some(to)) = (&original.source, &copy.source) else { continue };
                let flow = flows.entry((from.to_string(), to.to_string())).or_default();
                flow.copies += 1;
                flow.lags.extend(lag_seconds(original.published, copy.published));
            }
        }
        let mut links: BTreeMap<Kind, usize> = BTreeMap::new();
        for link in &run.clustering.links {
            let kind = if link.is_cut_bridge() { Kind::Copy } else { link.edge.kind };
            *links.entry(kind).or_default() += 1;
        }
        Summary {
            articles: run.records.len(),
            clusters: clusters.len(),
            members: clusters.iter().map(|cluster| cluster.members.len()).sum(),
            identical,
            largest: clusters.first().map_or(0, |cluster| cluster.members.len()),
            events: run.events.as_ref().map(EventNumbers::of),
            links,
            shells: run.shells.shells().len(),
            flows,
        }
    }

    /// Label and value of each line.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let copies = self.members - self.clusters;
        let mut rows = vec![
            ("articles", count(self.articles)),
            ("stories", format!("{}, each counted once", count(self.articles - copies))),
        ];
        if let Some(events) = &self.events {
            rows.extend(events.rows());
        }
        let mut of_copies = format!("{} ({} of the articles)", count(copies), percent_of(copies, self.articles));
        if self.identical > 0 {
            of_copies += &format!(", {} of them word for word", count(self.identical));
        }
        rows.push(("copies", of_copies));
        if self.clusters > 0 {
            let largest = counted(self.largest, "article", "articles");
            rows.push(("copy clusters", format!("{}, the largest of {largest}", count(self.clusters))));
        }
        let names = [
            (Kind::Copy, "cut bridge", "cut bridges"),
            (Kind::Excerpt, "excerpt", "excerpts"),
            (Kind::Template, "pair from one template", "pairs from one template"),
        ];
        let links: Vec<String> = names
            .into_iter()
            .filter_map(|(kind, one, many)| Some(counted(*self.links.get(&kind)?, one, many)))
            .collect();
        if !links.is_empty() {
            rows.push(("links", links.join(", ")));
        }
        if self.shells > 0 {
            rows.push((
                "boilerplate",
                counted(self.shells, "recurring line or sentence left out", "recurring lines and sentences left out"),
            ));
        }
        rows
    }

    /// The most frequent pairs of different outlets, each with its facts.
    pub(super) fn flows(&self) -> Vec<(String, String)> {
        let mut flows: Vec<_> = self.flows.iter().filter(|((from, to), _)| from != to).collect();
        flows.sort_by_key(|(_, flow)| std::cmp::Reverse(flow.copies));
        let facts = |flow: &Flow| {
            let copies = counted(flow.copies, "copy", "copies");
            let typically = if flow.lags.len() > 1 { "typically " } else { "" };
            match median(&flow.lags) {
                Some(lag) if lag > 0 => format!("{copies}, {typically}{} later", duration(lag)),
                Some(0) => format!("{copies}, {typically}at once"),
                _ => copies,
            }
        };
        flows.into_iter().take(FLOWS_SHOWN).map(|((from, to), flow)| (format!("{from} → {to}"), facts(flow))).collect()
    }
}

impl EventNumbers {
    fn of(found: &Events) -> EventNumbers {
        let sizes = || found.events.iter().map(|event| event.reports.len()).filter(|&reports| reports > 1);
        EventNumbers {
            several: sizes().count(),
            reports: sizes().sum(),
            largest: sizes().max().unwrap_or(0),
            single: found.events.len() - sizes().count(),
            storylines: found.storylines.len(),
        }
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut of_events = match self.several {
            0 => "none of several independent reports".to_owned(),
            1 => format!("1 of {} independent reports", count(self.reports)),
            several => format!(
                "{} of several independent reports ({} in all, the largest of {})",
                count(several),
                count(self.reports),
                count(self.largest)
            ),
        };
        if self.single > 0 {
            of_events += &format!(", {} of one report", count(self.single));
        }
        let mut rows = vec![("events", of_events)];
        if self.storylines > 0 {
            let follow = counted(self.storylines, "event follows", "events follow");
            rows.push(("storylines", format!("{follow} from an earlier one")));
        }
        rows
    }
}

/// The middle one, of two the smaller.
pub(super) fn median(lags: &[i64]) -> Option<i64> {
    let mut lags = lags.to_vec();
    lags.sort_unstable();
    lags.get(lags.len().checked_sub(1)? / 2).copied()
}
