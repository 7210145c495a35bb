//! From where two texts differ to what kind of edge it is.

use super::difference::changes;
use super::reading::Reading;
use super::{Comparison, Kind};

/// Below this coverage of either text a pair is never identical.
const IDENTICAL_COVERAGE: f64 = 0.98;

/// The kind of an edge. `copy`: whether the pair reached the threshold; it is an excerpt if not, unless a template.
pub(super) fn judge(a: &Reading, b: &Reading, comparison: &Comparison, copy: bool, window_words: usize) -> Kind {
    if copy && a.words == b.words {
        return Kind::Identical;
    }
    let _changes = changes(a, b, window_words);
    if copy && comparison.coverage.min(comparison.coverage_longer) >= IDENTICAL_COVERAGE {
        Kind::Identical
    } else if copy {
        Kind::Copy
    } else {
        Kind::Excerpt
    }
}
