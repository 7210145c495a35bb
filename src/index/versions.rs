//! Two versions of one article in, whether one of them may be forgotten out.
//!
//! Of the versions of an article one holds: the one that was added last, unless times say otherwise. If the others were forgotten,
//! whoever can add other words under a known id could take a text out of what new articles are compared with, at once or edit by edit.
//! So an earlier version stays, unless nearly all of its words stand in a version that stays. That one has to be another *earlier*
//! version: the one that holds may be replaced tomorrow. So the first version always stays, and a hundred small edits add little.

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::settings::Measure;
use crate::verify::{Reading, Rules, verify};

use super::Index;
use super::error::IndexError;
use super::search::Known;

/// The part of the words of both versions that stand in both: from there on one is as good as the other to whoever looks for copies.
const NEARLY_ALL: f64 = 0.95;

/// Whether a copy of `gone` is as surely found by `kept` alone. Other numbers or dates, as in the next bulletin, make another text.
pub(super) fn stands_for(kept: &Article<'_>, gone: &Article<'_>, shells: &ShellTable, window_words: usize) -> bool {
    let rules =
        Rules { window_words, measure: Measure::Coverage, threshold: NEARLY_ALL, excerpt_threshold: NEARLY_ALL };
    let [kept, gone] = [kept, gone].map(|article| Reading::of(article, shells, window_words));
    verify(&kept, &gone, &rules).is_some_and(|(comparison, kind)| kind.is_copy() && rules.is_copy(&comparison))
}

impl Index {
    /// The same without earlier versions of articles that are there in the version that holds, where one is as good as the other: a
    /// copy of an article is to be named with that article once, and not with each version.
    pub(super) fn without_doubles(&self, mut known: Vec<Known>) -> Result<Vec<Known>, IndexError> {
        let nothing = ShellTable::default();
        let shells = self.shells().unwrap_or(&nothing);
        let mut doubles = Vec::new();
        for &earlier in &known {
            let card = self.card(earlier);
            if self.segments[earlier.segment as usize].is_current(earlier.number) {
                continue;
            }
            let current = self.find_hash(card.id).filter(|current| known.contains(current));
            let Some(current) = current.filter(|&current| may_stand_for(self.card(current).words, card.words)) else {
                continue;
            };
            if stands_for(&self.article(current)?, &self.article(earlier)?, shells, self.settings().window_words) {
                doubles.push(earlier);
            }
        }
        known.retain(|one| !doubles.contains(one));
        Ok(known)
    }
}

/// Whether texts of these lengths can stand for one another.
pub(super) fn may_stand_for(kept_words: u32, gone_words: u32) -> bool {
    let (fewer, more) = (kept_words.min(gone_words), kept_words.max(gone_words));
    f64::from(fewer) >= NEARLY_ALL * f64::from(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(kept: &str, gone: &str) -> bool {
        let [kept, gone] = [kept, gone].map(|text| Article { text: text.to_owned().into(), ..Article::default() });
        stands_for(&kept, &gone, &ShellTable::default(), 5)
    }

    fn words(story: &str, number: usize) -> String {
        (0..number).map(|word| format!("{story}từ{} ", word * 7 % 83)).collect()
    }

    #[test]
    fn a_version_stands_for_one_with_a_slip_mended_and_for_no_other() {
        let first = format!("Sáng nay {} hết.", words("a", 200));
        let slip = first.replacen("Sáng nay", "Sáng nai", 1);
        assert!(stand(&first, &first) && stand(&first, &slip));
        assert!(!stand(&first, &format!("{first} {}", words("b", 60))), "much was added");
        assert!(!stand(&format!("{first} {}", words("b", 60)), &first), "much was cut");
        assert!(!stand(&first, &words("c", 200)));
    }
}
