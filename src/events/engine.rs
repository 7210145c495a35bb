//! What an engine that shares out the work does of finding events, a step at a time: what [`find`](super::find) does of all pairs at once,
//! of those that it has brought together.

use super::evidence::{Evidence, Norms, When};
use super::profile::Profile;
use super::score::{Among, Model, best, features_among, probability_of};
use super::{Pair, TEMPLATE, Tie};

pub(crate) use super::frequencies::{Count, counted_of};
pub(crate) use super::search::shared_out::{looked_up, needed_of_posting, neighbors};

/// What two reports are by themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    /// [`Pair::content`].
    pub(crate) content: f64,
    /// [`Pair::alone`].
    pub(crate) alone: f64,
    /// How near the days are that they name, that they are about, and of their publication; NaN where that is not known.
    pub(crate) when: [f32; 3],
    /// Whether one of them is a headline or a teaser.
    pub(crate) is_brief: bool,
    /// Whether the two are one bulletin on two days.
    pub(crate) bulletin: bool,
}

/// Compares pairs of profiles that are weighed, `a < b`, those of one `a` behind each other.
pub(crate) fn compared(profiles: &[Profile], pairs: &[(u32, u32)]) -> Vec<Compared> {
    let norms: Vec<Norms> = profiles.iter().map(Norms::of).collect();
    let model = Model::fitted();
    Evidence::map_pairs(profiles, &norms, pairs, |(a, b), evidence| {
        let content = model.content_log_odds(&evidence);
        let (a, b) = (a as usize, b as usize);
        let title = || Evidence::of((&profiles[a], &norms[a]), (&profiles[b], &norms[b])).title;
        Compared {
            content,
            alone: model.log_odds_with(&evidence, content),
            when: evidence.when().parts(),
            is_brief: evidence.is_brief(),
            bulletin: profiles[a].is_bulletin_of_another_day(&profiles[b], title),
        }
    })
}

/// How each of the pairs of one report stands among them: their log odds, in order of the pairs. Strength of the best, mean of the
/// five best, and of each pair its rank.
pub(crate) fn among(log_odds: &[f64]) -> (f64, f64, Vec<u32>) {
    let mut by_strength: Vec<(f64, u32)> = log_odds.iter().copied().zip(0..).collect();
    by_strength.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    let (strongest, few) = best(&by_strength);
    let mut ranks = vec![0; log_odds.len()];
    by_strength.iter().zip(0..).for_each(|(&(_, place), rank)| ranks[place as usize] = rank);
    (strongest, few, ranks)
}

/// A pair with its probability. `a`, `b`: how it stands among the pairs of either: the strength of the best, the mean of the five best,
/// its rank.
pub(crate) fn decided((a, b): (u32, u32), compared: &Compared, among: [(f64, f64, u32); 2], tie: Option<Tie>) -> Pair {
    let [of_a, of_b] = among.map(|(best, few, rank)| Among { best: (best, few), rank });
    let features = features_among(compared.alone, of_a, of_b, &When::of_parts(compared.when, compared.is_brief));
    let probability = probability_of(Model::fitted().weights(compared.is_brief).neighborhood.log_odds(&features));
    let mut pair = Pair { a, b, content: compared.content, names: None, alone: compared.alone, probability };
    if let Some(tie) = tie {
        pair.tied(tie);
    }
    if compared.bulletin {
        pair.probability = TEMPLATE;
    }
    pair
}
