//! Lines, rows and numbers in, a text of aligned tables out: what scores and measurements are shown as.
//!
//! Shares are rounded down to a tenth of a percent and numbers to four places: what misses a goal never looks as if it
//! reached it.

use super::layout::{cell, cell_right, columns, count, fit, harmless, tenths};
use crate::audit::Share;
use crate::settings::{Measure, Settings};
use crate::verify::Comparison;

/// The rule of a copy as headings state it. Coverage is otherwise that of the shorter text; here the longer counts, too.
pub(super) fn what_makes_a_copy(settings: &Settings) -> String {
    let measure = match settings.measure {
        Measure::Coverage => "coverage of both texts",
        Measure::Jaccard => "similarity (Jaccard)",
    };
    format!("{measure} at least {}", settings.threshold())
}

/// A text of tables as it grows.
pub(super) struct Sheet {
    lines: Vec<String>,
    width: usize,
}

impl Sheet {
    pub(super) fn new(width: usize) -> Sheet {
        Sheet { lines: Vec::new(), width }
    }

    pub(super) fn finish(self) -> String {
        self.lines.join("\n") + "\n"
    }

    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        self.lines.push(harmless(line.as_ref().trim_end()).into_owned());
    }

    pub(super) fn section(&mut self, title: impl AsRef<str>) {
        self.line("");
        self.line(title);
    }

    /// A line in which what does not fit is cut.
    pub(super) fn fitted(&mut self, indent: usize, text: &str) {
        let text = fit(text, self.width.saturating_sub(indent));
        self.line(format!("{:indent$}{text}", ""));
    }

    /// Rows of cells, the first column to the left, the others to the right.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0))
            .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|text| columns(text)).max().unwrap_or(0))
            .collect();
        for row in rows {
            let cells =
                row.iter().zip(&widths).enumerate().map(|(column, (text, &width))| {
                    if column == 0 { cell(text, width) } else { cell_right(text, width) }
                });
            let line = cells.collect::<Vec<_>>().join("  ");
            self.line(format!("  {line}"));
        }
    }

    /// An article in a line of its own.
    pub(super) fn article(&mut self, id: &str, title: Option<&str>) {
        self.fitted(4, &format!("{id}  {}", title.unwrap_or("(no title)")));
    }
}

/// The numbers of a pair in words.
pub(super) fn numbers(comparison: &Comparison) -> String {
    let Comparison { similarity, containment, coverage, coverage_longer } = *comparison;
    format!(
        "similarity {}, containment {}, coverage {} and {}",
        number(similarity),
        number(containment),
        number(coverage),
        number(coverage_longer)
    )
}

/// Four places, rounded down.
pub(super) fn number(value: f64) -> String {
    format!("{:.4}", (value * 10_000.0 + 1e-6).floor() / 10_000.0)
}

pub(super) fn share_percent(share: &Share) -> String {
    share.share.map_or_else(|| "-".to_owned(), tenths)
}

/// `name  105 of 106  99.0 %  94.8 to 99.8 %`.
pub(super) fn share_row(name: &str, share: &Share) -> Vec<String> {
    let [low, high] = share.interval;
    let exact = share.share == Some(low) && low == high;
    let interval = if share.of == 0 || exact { String::new() } else { format!("{} to {}", tenths(low), tenths(high)) };
    let counts = format!("{} of {}", count(share.count as usize), count(share.of as usize));
    vec![name.to_owned(), counts, share_percent(share), interval]
}
