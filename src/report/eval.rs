//! Scores in, the tables that a person reads out, or JSON.
//!
//! Shares are rounded down to a tenth of a percent: what misses a goal never looks as if it reached it. Every share from
//! labelled pairs stands with its interval of 95 percent (Wilson 1927), for such pairs are few.

use std::io;

use serde::Serialize;

use super::json::write_json;
use super::layout::{count, counted};
use super::sheet::{Sheet, number, numbers, share_percent, share_row, what_makes_a_copy};
use super::view::SettingsView;
use super::{PlainFormat, SCORES_SCHEMA_VERSION};
use crate::eval::metrics::{PrecisionRecall, Scores};
use crate::eval::{
    ClusteringError, ClusteringScores, Evaluation, Missing, Named, PairError, PairScores, Partition, Relation, Source,
    SweepPoint,
};
use crate::pipeline::Run;
use crate::settings::{Choice, Settings};

/// The scores of a run, and how they move with the threshold.
#[derive(Debug, Clone, Copy)]
pub struct EvalReport<'a> {
    /// What was asked.
    pub settings: &'a Settings,
    /// The scores.
    pub evaluation: &'a Evaluation,
    /// The curve, where it was asked for.
    pub sweep: Option<&'a [SweepPoint]>,
}

impl<'a> EvalReport<'a> {
    /// The report of an evaluation of `run`.
    pub fn of(run: &'a Run, evaluation: &'a Evaluation, sweep: Option<&'a [SweepPoint]>) -> EvalReport<'a> {
        EvalReport { settings: &run.settings, evaluation, sweep }
    }
}

/// What scripts get.
#[derive(Serialize)]
struct EvalView<'a> {
    schema_version: u32,
    settings: SettingsView,
    /// The names of the numbers in each `found_as`.
    found_as: [&'static str; Relation::ALL.len()],
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    #[serde(skip_serializing_if = "Option::is_none")]
    sweep: Option<&'a [SweepPoint]>,
}

/// Writes the report; `width` columns are used for errors in text.
///
/// # Errors
/// Those of `out`.
pub fn write_evaluation(
    report: &EvalReport<'_>,
    format: PlainFormat,
    width: usize,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        PlainFormat::Text => out.write_all(text(report, width).as_bytes()),
        PlainFormat::Json => {
            let view = EvalView {
                schema_version: SCORES_SCHEMA_VERSION,
                settings: SettingsView::of(report.settings),
                found_as: Relation::ALL.map(Relation::name),
                evaluation: report.evaluation,
                sweep: report.sweep,
            };
            write_json(&view, out)
        }
    }
}

fn text(report: &EvalReport<'_>, width: usize) -> String {
    let EvalReport { settings, evaluation, sweep } = report;
    let measure = settings.measure.word();
    let mut sheet = Sheet::new(width);
    sheet.line(format!("{}, {}", counted(evaluation.articles, "article", "articles"), what_makes_a_copy(settings)));
    sheet.missing(&evaluation.missing);
    evaluation.clusterings.iter().for_each(|scores| sheet.clustering(scores));
    if let Some(pairs) = &evaluation.pairs {
        sheet.pairs(pairs);
    }
    if let Some(points) = sweep {
        sheet.sweep(points, measure, settings.threshold());
    }
    sheet.finish()
}

impl Sheet {
    fn missing(&mut self, missing: &Missing) {
        if missing.ids == 0 {
            return;
        }
        let mut line = format!("{} of the truth not in the input", counted(missing.ids, "id", "ids"));
        let mut of_these = Vec::new();
        if missing.empty > 0 {
            of_these.push(format!("{} set aside as empty", count(missing.empty)));
        }
        if missing.ambiguous > 0 {
            of_these.push(format!(
                "{} told apart by a hash, because several articles have the id",
                count(missing.ambiguous)
            ));
        }
        if !of_these.is_empty() {
            line += &format!(" ({})", of_these.join(", "));
        }
        let more = if missing.ids > missing.examples.len() { ", ..." } else { "" };
        self.line(format!("{line}: {}{more}", missing.examples.join(", ")));
    }

    fn clustering(&mut self, scored: &ClusteringScores) {
        let scores = &scored.scores;
        let found = match scored.scored {
            Partition::Events => "Events",
            Partition::CopyClusters => "Copy clusters",
        };
        let mut title = match scored.truth {
            Source::Clusters => format!(
                "{found} against clusters: {}",
                counted(scores.articles, "labelled article", "labelled articles")
            ),
            Source::Families => format!("{found} against planted families: every article, those of no family alone"),
        };
        if scored.unlabelled > 0 {
            title += &format!(", {} unlabelled and not scored", count(scored.unlabelled));
        }
        self.section(title);
        self.table(&scores_table(scores, scored.planted));
        self.line(format!(
            "  {} found, {} in truth, those of one article included",
            match scored.scored {
                Partition::Events => counted(scores.found_clusters, "event", "events"),
                Partition::CopyClusters => counted(scores.found_clusters, "cluster", "clusters"),
            },
            count(scores.true_clusters)
        ));
        self.clustering_errors("Wrongly together", scored.scored, &scored.wrongly_together);
        self.clustering_errors("Wrongly apart", scored.scored, &scored.wrongly_apart);
    }

    fn clustering_errors(&mut self, title: &str, scored: Partition, errors: &[ClusteringError]) {
        if errors.is_empty() {
            return;
        }
        self.section(format!("{title}, the costliest first"));
        for error in errors {
            let label = |label: &Option<String>| label.clone().unwrap_or_else(|| "alone".to_owned());
            let (one, other) = (label(&error.label_a), label(&error.label_b));
            let labels = if one == other { format!("of {one}") } else { format!("{other}, with {one}") };
            let found = match (scored, error.event_score) {
                (Partition::CopyClusters, _) => error.found.name().to_owned(),
                (Partition::Events, Some(score)) => format!("score {}", number(score)),
                (Partition::Events, None) => "below the threshold".to_owned(),
            };
            let (part, whole) = (count(error.articles), count(error.cluster_articles));
            self.fitted(2, &format!("{part} of {whole} {labels}; the first of each: {found}"));
            self.named(&error.a);
            self.named(&error.b);
            if let Some(comparison) = &error.comparison {
                self.fitted(4, &numbers(comparison));
            }
        }
    }

    fn named(&mut self, article: &Named) {
        self.article(&article.id, article.title.as_deref());
    }

    fn pairs(&mut self, scored: &PairScores) {
        let mut title = counted(scored.pairs, "labelled pair", "labelled pairs");
        if scored.missing > 0 {
            title += &format!(", and {} of which an article is not in the input", count(scored.missing));
        }
        self.section(title);
        let mut rows = vec![["label", "pairs"].map(str::to_owned).to_vec()];
        rows[0].extend(Relation::ALL.map(|relation| relation.name().to_owned()));
        rows[0].push("found".to_owned());
        for row in &scored.confusion {
            let mut cells = vec![row.label.name().to_owned(), row.pairs.to_string()];
            cells.extend(row.found_as.map(|number| if number == 0 { ".".to_owned() } else { number.to_string() }));
            cells.push(share_percent(&row.found));
            rows.push(cells);
        }
        self.table(&rows);
        self.line("  found: as identical, copy or excerpt, by an edge of their own");

        self.in_one_event(scored);
        self.section("Shares, with intervals of 95 %");
        let exact = &scored.exact_kind;
        let shares = [
            ("identical and copy: found", &scored.copies_found),
            ("excerpt: found", &scored.excerpts_found),
            ("found: labelled identical, copy or excerpt", &scored.precision),
            ("exact kind: all", &exact.all),
            ("exact kind: all, high confidence", &exact.all_high),
            ("exact kind: labelled as a kind", &exact.of_kind),
            ("exact kind: labelled as a kind, high confidence", &exact.of_kind_high),
            ("exact kind: with an edge", &exact.with_edge),
            ("exact kind: with an edge, high confidence", &exact.with_edge_high),
        ];
        self.table(&shares.map(|(name, share)| share_row(name, share)));
        if !scored.errors.is_empty() {
            self.section("The worst errors");
        }
        scored.errors.iter().for_each(|error| self.pair_error(error));
    }

    fn in_one_event(&mut self, scored: &PairScores) {
        for (belong, title) in
            [(true, "In one event, as they should be"), (false, "In one event, as they should not be")]
        {
            let of = scored.confusion.iter().filter(|row| row.label.is_one_event() == belong);
            let rows: Vec<Vec<String>> =
                of.filter_map(|row| Some(share_row(row.label.name(), &row.in_one_event?))).collect();
            if !rows.is_empty() {
                self.section(format!("{title}, with intervals of 95 %"));
                self.table(&rows);
            }
        }
    }

    fn pair_error(&mut self, error: &PairError) {
        let confidence = error.confidence.as_ref().map(|confidence| format!(" ({confidence})")).unwrap_or_default();
        let search = match error.missed_by_search {
            Some(kind) => format!("; the search missed it, verification says {}", kind.name()),
            None => String::new(),
        };
        self.fitted(
            2,
            &format!(
                "{}: labelled {}{confidence}, found {}{search}",
                error.harm.name(),
                error.label.name(),
                error.found.name()
            ),
        );
        self.named(&error.a);
        self.named(&error.b);
        self.fitted(4, &numbers(&error.comparison));
        if let Some(note) = &error.note {
            self.fitted(4, &format!("note: {note}"));
        }
    }

    fn sweep(&mut self, points: &[SweepPoint], measure: &str, in_force: f64) {
        self.section(format!("Other thresholds of {measure}; candidates are those of the lowest; * in force"));
        let Some(first) = points.first() else { return };
        let mut head: Vec<String> = ["threshold", "clusters", "articles"].map(str::to_owned).to_vec();
        for clustering in &first.clusterings {
            let of = if clustering.planted.is_some() { "planted " } else { "" };
            head.extend([format!("{of}B3 P"), format!("{of}B3 R"), format!("{of}B3 F1")]);
            head.extend(["pair F1", "ARI", "V"].map(str::to_owned));
        }
        if first.pairs.is_some() {
            head.extend(["copies", "excerpts", "precision", "exact kind"].map(str::to_owned));
        }
        let row = |point: &SweepPoint| {
            let mark = if point.threshold == in_force { "*" } else { "" };
            let mut cells = vec![format!("{}{mark}", point.threshold), count(point.clusters), count(point.articles)];
            for clustering in &point.clusterings {
                let bcubed = clustering.planted.unwrap_or(clustering.scores.bcubed);
                let scores = &clustering.scores;
                let numbers = [
                    bcubed.precision,
                    bcubed.recall,
                    bcubed.f1,
                    scores.pairs.f1,
                    scores.adjusted_rand,
                    scores.v_measure.v,
                ];
                cells.extend(numbers.map(number));
            }
            if let Some(pairs) = &point.pairs {
                let shares = [&pairs.copies_found, &pairs.excerpts_found, &pairs.precision, &pairs.exact_kind];
                cells.extend(shares.map(share_percent));
            }
            cells
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(points.iter().map(row)).collect();
        self.table(&rows);
    }
}

fn scores_table(scores: &Scores, planted: Option<PrecisionRecall>) -> Vec<Vec<String>> {
    let row = |name: &str, values: [Option<f64>; 3]| {
        let mut cells = vec![name.to_owned()];
        cells.extend(values.map(|value| value.map_or_else(String::new, number)));
        cells
    };
    let three = |name, score: &PrecisionRecall| row(name, [Some(score.precision), Some(score.recall), Some(score.f1)]);
    let mut rows =
        vec![["", "precision", "recall", "F1"].map(str::to_owned).to_vec(), three("B-cubed", &scores.bcubed)];
    rows.extend(planted.map(|planted| three("B-cubed, planted articles only", &planted)));
    rows.push(three("pairs", &scores.pairs));
    let v = scores.v_measure;
    rows.push(row("V-measure (homogeneity, completeness, V)", [Some(v.homogeneity), Some(v.completeness), Some(v.v)]));
    rows.push(row("adjusted Rand index", [None, None, Some(scores.adjusted_rand)]));
    rows
}
