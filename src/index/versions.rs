//! Two versions of one article in, whether one of them may be forgotten out.
//!
//! Of the versions of an article one holds: the one that was added last, unless times say otherwise. If the others were forgotten,
//! whoever can add other words under a known id could take a text out of what new articles are compared with, at once or edit by edit.
//! So an earlier version stays, unless nearly all of its words stand in a version that stays. That one has to be another *earlier*
//! version: the one that holds may be replaced tomorrow. So the first version always stays, and a hundred small edits add little.

use rayon::prelude::*;

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

/// This many pairs of versions are compared at once: the texts of all of them are held.
const COMPARED_AT_ONCE: usize = 1_000;

/// A version that holds and an earlier one of the same article.
type Pair = (Known, Known);

impl Index {
    /// Takes earlier versions of articles out of each list that has the current version too, where one is as good as the other: a copy
    /// of an article is to be named with that article once, and not with each version. Each pair of versions is compared once,
    /// however many lists have it.
    pub(super) fn drop_doubles(&self, lists: &mut [Vec<Known>]) -> Result<(), IndexError> {
        lists.par_iter_mut().for_each(|list| list.sort_unstable());
        let pairs_of =
            |list: &Vec<Known>| list.iter().filter_map(|&one| self.pair_in(list, one)).collect::<Vec<Pair>>();
        let mut pairs: Vec<Pair> = lists.par_iter().flat_map_iter(pairs_of).collect();
        pairs.par_sort_unstable();
        pairs.dedup();
        let mut doubles: Vec<Known> = Vec::new();
        for pairs in pairs.chunks(COMPARED_AT_ONCE) {
            doubles.extend(self.doubles(pairs)?);
        }
        doubles.sort_unstable();
        for list in lists {
            let is_double = |one: &Known| doubles.binary_search(one).is_ok() && self.pair_in(list, *one).is_some();
            let kept: Vec<Known> = list.iter().copied().filter(|one| !is_double(one)).collect();
            *list = kept;
        }
        Ok(())
    }

    /// The pair that makes an earlier version superfluous, if its words are much the same: the current version is in the list as well,
    /// which is in order.
    fn pair_in(&self, list: &[Known], earlier: Known) -> Option<Pair> {
        if self.segments[earlier.segment as usize].is_current(earlier.number) {
            return None;
        }
        let card = self.card(earlier);
        let current = self.find_hash(card.id).filter(|current| list.binary_search(current).is_ok())?;
        may_stand_for(self.card(current).words, card.words).then_some((current, earlier))
    }

    /// The earlier versions of these pairs for which the current ones stand.
    fn doubles(&self, pairs: &[Pair]) -> Result<Vec<Known>, IndexError> {
        let nothing = ShellTable::default();
        let (shells, window) = (self.shells().unwrap_or(&nothing), self.settings().window_words);
        let mut versions: Vec<Known> = pairs.iter().flat_map(|&(current, earlier)| [current, earlier]).collect();
        versions.sort_unstable();
        versions.dedup();
        let articles = self.articles(&versions)?;
        let article = |version: Known| versions.binary_search(&version).ok().map(|place| &articles[place]);
        let is_double = |&&(current, earlier): &&Pair| {
            let both = article(current).zip(article(earlier));
            both.is_some_and(|(current, earlier)| stands_for(current, earlier, shells, window))
        };
        Ok(pairs.par_iter().filter(is_double).map(|&(_, earlier)| earlier).collect())
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
