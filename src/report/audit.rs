//! A measured recall in, the tables that a person reads out, or JSON.

use std::io;

use serde::Serialize;

use super::json::write_json;
use super::layout::{count, counted, tenths};
use super::sheet::{Sheet, numbers, share_row, what_makes_a_copy};
use super::view::SettingsView;
use super::{PlainFormat, SCORES_SCHEMA_VERSION};
use crate::audit::{Audit, Bin, EventAudit, MAX_PAIRS, MissedEdge, MissedPair, Share};
use crate::events::{Evidence, NotProposed};
use crate::pipeline::Run;
use crate::settings::Choice;
use crate::verify::Rules;

/// What scripts get.
#[derive(Serialize)]
struct AuditView<'a> {
    schema_version: u32,
    settings: SettingsView,
    /// What the search was asked to reach.
    target_recall: f64,
    #[serde(flatten)]
    audit: &'a Audit,
}

/// Columns of the longest bar of a histogram.
const BAR_COLUMNS: u64 = 40;

/// Writes what `audit` measured of `run`; `width` columns are used in text.
///
/// # Errors
/// Those of `out`.
pub fn write_audit(
    run: &Run,
    audit: &Audit,
    format: PlainFormat,
    width: usize,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        PlainFormat::Text => out.write_all(text(run, audit, width).as_bytes()),
        PlainFormat::Json => {
            let view = AuditView {
                schema_version: SCORES_SCHEMA_VERSION,
                settings: SettingsView::of(&run.settings),
                target_recall: run.settings.target_recall,
                audit,
            };
            write_json(&view, out)
        }
    }
}

fn text(run: &Run, audit: &Audit, width: usize) -> String {
    let rules = Rules::of(&run.settings);
    let measure = run.settings.measure.word();
    let mut sheet = Sheet::new(width);
    let which = if audit.sampled == audit.articles {
        format!("{} compared exactly with each other", counted(audit.articles, "article", "articles"))
    } else {
        format!(
            "{} of {} compared exactly with all",
            count(audit.sampled),
            counted(audit.articles, "article", "articles")
        )
    };
    let mut head = format!("{which}, {}", what_makes_a_copy(&run.settings));
    if audit.exact_duplicates > 0 {
        head += &format!("; {} with exactly the words of another left aside", count(audit.exact_duplicates));
    }
    sheet.line(head);

    sheet.section(format!(
        "Edges that the run found, of those that there are (target at the threshold: {})",
        tenths(run.settings.target_recall)
    ));
    let mut rows = vec![share_row("all", &audit.recall)];
    rows.extend(audit.by_kind.iter().map(|of| share_row(of.kind.name(), &of.found)));
    let bands = audit.by_containment.iter().filter(|band| band.found.of > 0);
    rows.extend(bands.map(|band| share_row(&format!("containment {:.1} to {:.1}", band.from, band.to), &band.found)));
    sheet.table(&rows);
    sheet.line(interval_note(audit));
    if audit.missed_in_one_cluster > 0 {
        let copies = counted(audit.missed_in_one_cluster as usize, "missed copy is", "missed copies are");
        sheet.line(format!("  {copies} in one copy cluster all the same, by way of others"));
    }
    if audit.unconfirmed > 0 {
        let edges = counted(audit.unconfirmed as usize, "edge", "edges");
        sheet.line(format!("  {edges} of the run not confirmed by the exact join: this is a bug, please report it"));
    }
    if !audit.missed.is_empty() {
        sheet.section("Missed edges, those that cost most first");
    }
    audit.missed.iter().for_each(|missed| missed_edge(&mut sheet, missed));

    histogram(&mut sheet, measure, &audit.by_measure, Some(rules.threshold));
    histogram(&mut sheet, "similarity (Jaccard)", &audit.by_similarity, threshold_of_jaccard(&rules));
    sheet.line(format!("  of the pairs with {measure} at least {}, and all excerpts", audit.floor));
    thresholds(&mut sheet, audit, measure);
    if let Some(found) = &audit.events {
        events(&mut sheet, found);
    }
    sheet.finish()
}

fn interval_note(audit: &Audit) -> &'static str {
    if audit.sampled == audit.articles {
        "  nothing is left open: every article was compared with every other"
    } else {
        "  with intervals of 95 % (Wilson), as if each pair were drawn on its own"
    }
}

fn threshold_of_jaccard(rules: &Rules) -> Option<f64> {
    (rules.measure == crate::settings::Measure::Jaccard).then_some(rules.threshold)
}

fn missed_edge(sheet: &mut Sheet, missed: &MissedEdge) {
    let cluster = if missed.in_one_cluster { ", in one cluster all the same" } else { "" };
    sheet.fitted(2, &format!("{}{cluster}", missed.kind.name()));
    sheet.article(&missed.a, missed.title_a.as_deref());
    sheet.article(&missed.b, missed.title_b.as_deref());
    sheet.fitted(4, &numbers(&missed.comparison));
}

/// A bar a bin, from the first to the last that has a pair; the threshold is marked before the bin that it is in.
fn histogram(sheet: &mut Sheet, name: &str, bins: &[Bin], threshold: Option<f64>) {
    let filled = |bin: &Bin| bin.pairs > 0;
    let (Some(first), Some(last)) = (bins.iter().position(filled), bins.iter().rposition(filled)) else { return };
    sheet.section(format!("Pairs by {name}"));
    let most = bins.iter().map(|bin| bin.pairs).max().unwrap_or(1);
    let mut rows = vec![["", "pairs", "edges", "found"].map(str::to_owned).to_vec()];
    for bin in &bins[first..=last] {
        let holds = threshold.is_some_and(|threshold| bin.from <= threshold && threshold < bin.to);
        let mark = if holds { "> " } else { "  " };
        let bar = (bin.pairs * BAR_COLUMNS).div_ceil(most) as usize;
        let mut row = vec![format!("{mark}{:.2} to {:.2}", bin.from, bin.to)];
        row.extend([bin.pairs, bin.edges, bin.found].map(|number| count(number as usize)));
        // Bars begin in one column: filled up, as columns of numbers are set to the right.
        row.push(format!("{:<width$}", "#".repeat(bar), width = BAR_COLUMNS as usize));
        rows.push(row);
    }
    sheet.table(&rows);
    if let Some(threshold) = threshold {
        sheet.line(format!("  > holds the threshold, {threshold}"));
    }
}

fn thresholds(sheet: &mut Sheet, audit: &Audit, measure: &str) {
    sheet.section(format!("What another threshold of {measure} would find; * in force"));
    let head = ["threshold", "copies", "excerpts", "templates", "articles with a copy"].map(str::to_owned).to_vec();
    let rows = audit.thresholds.iter().map(|row| {
        let mark = if row.in_force { "*" } else { "" };
        let mut cells = vec![format!("{}{mark}", row.threshold)];
        cells.extend([row.copies, row.excerpts, row.templates].map(|number| count(number as usize)));
        cells.push(of_articles(&row.copied));
        cells
    });
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    sheet.table(&rows);
    sheet.line("  pairs of the sampled articles, each compared; twins left aside");
}

/// What the search for events proposed, and what not.
fn events(sheet: &mut Sheet, found: &EventAudit) {
    let title = "Events: pairs of reports that the search proposed, of those that score as one event";
    sheet.section(format!("{title} ({} and more)", found.threshold));
    let mut rows = vec![share_row("all", &found.recall)];
    let bands = found.by_score.iter().filter(|band| band.found.of > 0);
    rows.extend(bands.map(|band| share_row(&format!("score {:.2} to {:.2}", band.from, band.to), &band.found)));
    sheet.table(&rows);
    let reports = counted(found.reports, "report", "reports");
    let pairs = counted(found.pairs as usize, "pair", "pairs");
    sheet.line(if found.sampled == found.reports {
        format!("  {reports} scored with each other, {pairs}, by what they say and when")
    } else {
        let most = count(MAX_PAIRS);
        format!(
            "  {} of {reports} scored with all, {pairs} (at most {most}), by what they say and when",
            count(found.sampled)
        )
    });
    if found.missed_in_one_event > 0 {
        let missed = counted(found.missed_in_one_event as usize, "missed pair is", "missed pairs are");
        sheet.line(format!("  {missed} in one event all the same, by way of others"));
    }
    if !found.missed.is_empty() {
        sheet.section("Missed pairs of reports, those in two events first");
    }
    found.missed.iter().for_each(|missed| missed_pair(sheet, missed));
}

fn missed_pair(sheet: &mut Sheet, missed: &MissedPair) {
    let event = if missed.in_one_event { ", in one event all the same" } else { "" };
    sheet.fitted(2, &format!("score {}{event}", tenths(missed.score)));
    sheet.article(&missed.a, missed.title_a.as_deref());
    sheet.article(&missed.b, missed.title_b.as_deref());
    for told in evidence(&missed.evidence).iter().filter(|told| !told.is_empty()) {
        sheet.fitted(4, told);
    }
    let why = match missed.why {
        NotProposed::NothingShared => "none of the terms that weigh most in one weighs most in the other".to_owned(),
        NotProposed::TooCommon { articles } => {
            format!("what they share is too common: the rarest such term is one of {} reports", count(articles))
        }
        NotProposed::Outdone => "each shares more with others".to_owned(),
    };
    sheet.fitted(4, &format!("not proposed: {why}"));
}

/// The evidence of a pair in words, what both say and when; what one of the two says nothing of is left out.
fn evidence(found: &Evidence) -> [String; 2] {
    let told = |kinds: &[(&str, Option<f32>)]| {
        let told = kinds.iter().filter_map(|(name, value)| Some(format!("{name} {:.2}", (*value)?)));
        told.collect::<Vec<_>>().join(", ")
    };
    let said = [
        ("words", Some(found.words)),
        ("pairs", Some(found.pairs)),
        ("lead", Some(found.lead)),
        ("names", found.names),
        ("title", found.title),
        ("numbers", found.numbers),
        ("rarest", Some(found.rarest)),
    ];
    let when = [("days", found.days), ("focus", found.focus), ("published", found.published)];
    [told(&said), told(&when)]
}

fn of_articles(share: &Share) -> String {
    share.share.map_or_else(
        || "-".to_owned(),
        |part| format!("{} of {}, {}", count(share.count as usize), count(share.of as usize), tenths(part)),
    )
}
