//! Instructions that stages need and those that they may need in, a verdict a stage out.
//!
//! Figures hold for one compiler and one C library, whose names stand with them: another compiler makes other instructions of
//! the same source, another library copies and allocates in other ones.

use std::fmt;

/// A stage may need so many percent more than its figure.
pub(crate) const MOST_PERCENT: f64 = 3.0;

/// What each stage needs, in the order of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Compiler and C library.
    pub(crate) made_with: String,
    /// `module/part` and its instructions.
    pub(crate) stages: Vec<(String, u64)>,
}

const MADE_WITH: &str = "# made with: ";

impl Figures {
    /// Reads what [`Figures::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Figures> {
        let made_with = text.lines().find_map(|line| line.strip_prefix(MADE_WITH))?.to_owned();
        let stages = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (stage, count) = line.split_once('\t')?;
            Some((stage.to_owned(), count.parse().ok()?))
        });
        Some(Figures { made_with, stages: stages.collect::<Option<_>>()? })
    }

    pub(crate) fn to_text(&self) -> String {
        let header = "# Instructions of each stage, written by: cargo run --release --example instructions -- --bless";
        let stages: String = self.stages.iter().map(|(stage, count)| format!("{stage}\t{count}\n")).collect();
        format!("{header}\n{MADE_WITH}{}\n{stages}", self.made_with)
    }
}

/// What became of a stage.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It needs so many percent more than its figure; fewer, if below zero.
    More(f64),
    /// It has no figure.
    New,
    /// It has a figure and was not counted.
    Gone,
}

impl Verdict {
    /// Whether the stage must be mended, or the figures blessed. A stage that needs less passes: two changes that each make
    /// one better could not be put together otherwise.
    pub(crate) fn fails(&self) -> bool {
        match self {
            Verdict::More(percent) => *percent > MOST_PERCENT,
            Verdict::New | Verdict::Gone => true,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::More(percent) if self.fails() => write!(out, "{percent:+.2} %: WORSE"),
            Verdict::More(percent) if *percent < -MOST_PERCENT => {
                write!(out, "{percent:+.2} %: better; bless it, or it may be lost again unseen")
            }
            Verdict::More(percent) => write!(out, "{percent:+.2} %"),
            Verdict::New => write!(out, "NEW: it has no figure yet"),
            Verdict::Gone => write!(out, "GONE: it has a figure and was not counted"),
        }
    }
}

/// The verdict on each stage: on those that were counted, then on those that are gone.
pub(crate) fn verdicts<'a>(counted: &'a Figures, kept: &'a Figures) -> Vec<(&'a str, Verdict)> {
    let of =
        |figures: &Figures, stage: &str| figures.stages.iter().find(|(name, _)| name == stage).map(|&(_, count)| count);
    let more = |count: u64, figure: u64| Verdict::More(100.0 * (count as f64 / figure as f64 - 1.0));
    let counted_ones = counted
        .stages
        .iter()
        .map(|(stage, count)| (stage.as_str(), of(kept, stage).map_or(Verdict::New, |figure| more(*count, figure))));
    let gone = kept.stages.iter().filter(|(stage, _)| of(counted, stage).is_none());
    counted_ones.chain(gone.map(|(stage, _)| (stage.as_str(), Verdict::Gone))).collect()
}
