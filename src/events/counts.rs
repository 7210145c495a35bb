//! Lists of terms with the number of articles that have each in, the background table out.
//!
//! A list is tab-separated text: a first line `#docs` and the number of articles counted, then a term and its count on each
//! line. Words and pairs of words come in lists of their own. Rare terms are left out: that a term is in no list says as
//! much, and the table is shipped with every program.

use std::collections::BTreeMap;
use std::fmt;

use super::frequencies::TermTable;
use super::profile::term_hash;

/// What is wrong with a list, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountsError {
    /// Which of the lists, from 0.
    pub list: usize,
    /// Its line, from 1.
    pub line: usize,
}

impl fmt::Display for CountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            1 => f.write_str("1: expected `#docs`, a tab and the number of articles"),
            line => write!(f, "{line}: expected a term, a tab and the number of articles that have it"),
        }
    }
}

impl std::error::Error for CountsError {}

/// The table of some lists, each with the least count of a term that is kept.
///
/// # Errors
/// At the first line that is none of such a list.
///
/// ```
/// use wirecopy::events::{Language, background_of, term_hash, weight};
/// let table = background_of(&[("#docs\t1024\nvà\t1024\nputin\t1\nbiden\t2\n", 2)]).unwrap();
/// let weight_of = |word| weight(table.listed(Language::Background, term_hash(word).unwrap()).unwrap());
/// assert_eq!(weight_of("và"), 0.0);
/// assert!((weight_of("biden") - 512f32.ln()).abs() < 1e-4);
/// assert_eq!(table.len(), 2, "one article is too few");
/// ```
pub fn background_of(lists: &[(&str, u64)]) -> Result<TermTable, CountsError> {
    let mut rates: BTreeMap<u32, f64> = BTreeMap::new();
    for (list, &(text, least)) in lists.iter().enumerate() {
        let count = |line: &str| line.split_once('\t')?.1.trim().parse::<u64>().ok();
        let articles = text.lines().next().filter(|line| line.starts_with("#docs\t")).and_then(count);
        let articles = articles.ok_or(CountsError { list, line: 1 })? as f64;
        for (line, number) in text.lines().zip(1..).skip(1) {
            let count = count(line).ok_or(CountsError { list, line: number })?;
            let term = line.split('\t').next().and_then(term_hash);
            if let Some(hash) = term.filter(|_| count >= least) {
                let rate = rates.entry(hash).or_default();
                *rate = rate.max(count as f64 / articles);
            }
        }
    }
    Ok(TermTable::of_rates(rates.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_count_is_named() {
        let error = |text| background_of(&[("#docs\t5\na\t1\n", 1), (text, 1)]).unwrap_err();
        assert_eq!(error("a\t1\n"), CountsError { list: 1, line: 1 });
        assert_eq!(error("#docs\t5\na\t1\nb 2\n"), CountsError { list: 1, line: 3 });
        assert!(error("#docs\t5\na\tmany\n").to_string().starts_with("2: expected a term, a tab"));
    }
}
