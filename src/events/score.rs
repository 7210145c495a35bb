//! Evidence in, the probability that two articles report one event out.
//!
//! Three logistic regressions, one on top of the other. *Content* weighs what the articles say. *Days* weighs that, bounded,
//! beside when it happened: however alike two reports of two calls are, a month between the calls must be able to
//! tell them apart. *Neighborhood* compares the pair with the other pairs of its two articles: what is alike in a quiet
//! corner of the news is not in a crowded one, and an article's best match is another thing than its tenth.
//!
//! The weights were fitted; [`super::fit`] says how and on what, and `weights.toml` holds them.

use std::sync::LazyLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Piece, When};

/// The weights of one regression: of each of its features, and of none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// By feature, in the order that the function says which makes them.
    pub weights: Vec<f64>,
    /// What is added.
    pub intercept: f64,
}

impl Regression {
    /// The log odds of these features.
    pub fn log_odds(&self, features: &[f64]) -> f64 {
        self.intercept + self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f64>()
    }
}

/// What makes a probability of evidence. Half of the words in common say much of two headlines, and little of two long texts: so
/// pairs with a headline or a teaser have weights of their own ([`Evidence::is_brief`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Of two texts.
    pub texts: Weights,
    /// Where one of the two is brief.
    pub headlines: Weights,
    /// On the mean probability of a report's nearest pairs in its event: how sure it is that it belongs there.
    pub confidence: Regression,
}

/// The weights of a [`Model`] for one kind of pairs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// On what two articles say.
    pub content: Regression,
    /// On when it happened, beside that.
    pub days: Regression,
    /// On how a pair stands among the other pairs of its articles, beside both.
    pub neighborhood: Regression,
}

impl Model {
    /// The model in force.
    pub fn fitted() -> &'static Model {
        static MODEL: LazyLock<Model> = LazyLock::new(|| {
            let fitted = toml::from_str(include_str!("weights.toml"));
            // A test reads it as well.
            fitted.expect("weights.toml is a part of the program")
        });
        &MODEL
    }

    /// The model as `weights.toml` holds it.
    pub fn to_toml(&self) -> String {
        let one = |name: &str, part: &Regression| {
            format!("{name} = {{ weights = {:.4?}, intercept = {:.4} }}\n", part.weights, part.intercept)
        };
        let table = |name: &str, Weights { content, days, neighborhood }: &Weights| {
            let parts = [one("content", content), one("days", days), one("neighborhood", neighborhood)];
            format!("\n[{name}]\n{}", parts.concat())
        };
        [one("confidence", &self.confidence), table("texts", &self.texts), table("headlines", &self.headlines)].concat()
    }

    /// The weights for pairs with a headline or teaser (`is_brief`), or for two texts.
    pub fn weights(&self, is_brief: bool) -> &Weights {
        if is_brief { &self.headlines } else { &self.texts }
    }

    /// The log odds of a pair by itself.
    pub fn log_odds(&self, evidence: &Evidence) -> f64 {
        self.log_odds_with(evidence, self.content_log_odds(evidence))
    }

    /// The same where [`Model::content_log_odds`] are known.
    pub(super) fn log_odds_with(&self, evidence: &Evidence, content: f64) -> f64 {
        self.weights(evidence.is_brief()).days.log_odds(&days(&evidence.when(), content))
    }

    /// The log odds of what the two say, days aside.
    pub fn content_log_odds(&self, evidence: &Evidence) -> f64 {
        self.weights(evidence.is_brief()).content.log_odds(&content(evidence))
    }

    /// What each piece of evidence brings to [`Model::content_log_odds`], which is their sum with the intercept; and the pieces
    /// that say when, what each brings to [`Model::log_odds`], which is their sum with the intercept and the bounded content.
    /// Of the products with the length each counts to what is multiplied.
    pub fn parts(&self, evidence: &Evidence) -> Vec<Part> {
        let weights = self.weights(evidence.is_brief());
        let features = content(evidence);
        let brings = |places: &[usize]| places.iter().map(|&at| weights.content.weights[at] * features[at]).sum();
        let says = |piece, value, places: &[usize]| Part { piece, value, log_odds: brings(places) };
        let days = days(&evidence.when(), self.content_log_odds(evidence));
        let when = |places: &[usize]| places.iter().map(|&at| weights.days.weights[at] * days[at]).sum();
        let happens = |piece, value, places: &[usize]| Part { piece, value, log_odds: when(places) };
        vec![
            says(Piece::Words, Some(evidence.words), &[0, 13]),
            says(Piece::Pairs, Some(evidence.pairs), &[1]),
            says(Piece::Lead, Some(evidence.lead), &[2, 14]),
            says(Piece::Names, evidence.names, &[3, 4]),
            says(Piece::Title, evidence.title, &[5, 6]),
            says(Piece::LeadInText, Some(evidence.lead_in_text), &[7, 15]),
            says(Piece::Numbers, evidence.numbers, &[8, 9]),
            says(Piece::Lengths, Some(evidence.lengths), &[10, 12]),
            says(Piece::Rarest, Some(evidence.rarest), &[11]),
            happens(Piece::Days, evidence.days, &[1, 2, 3, 6, 7, 8]),
            happens(Piece::Published, evidence.published, &[4, 5]),
        ]
    }
}

/// What one piece of evidence brings to the score of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// Which.
    pub piece: Piece,
    /// How alike the two are by it, 0.0..=1.0; `None` where one of them says nothing of the kind.
    pub value: Option<f32>,
    /// What that brings, in log odds: above zero it speaks for one event.
    pub log_odds: f64,
}

/// How many features [`content`] makes.
pub(super) const CONTENT: usize = 16;

/// The features of what two articles say: each piece of evidence, and where it may be missing, 0 for it and whether it is. What
/// likeness says depends on how much is said: hence its products with the length.
pub(super) fn content(evidence: &Evidence) -> [f64; CONTENT] {
    let value = |piece: Option<f32>| f64::from(piece.unwrap_or(0.0));
    let missing = |piece: Option<f32>| f64::from(u8::from(piece.is_none()));
    [
        f64::from(evidence.words),
        f64::from(evidence.pairs),
        f64::from(evidence.lead),
        value(evidence.names),
        missing(evidence.names),
        value(evidence.title),
        missing(evidence.title),
        f64::from(evidence.lead_in_text),
        value(evidence.numbers),
        missing(evidence.numbers),
        f64::from(evidence.lengths),
        f64::from(evidence.rarest),
        f64::from(evidence.length),
        f64::from(evidence.length * evidence.words),
        f64::from(evidence.length * evidence.lead),
        f64::from(evidence.length * evidence.lead_in_text),
    ]
}

/// The most that content can say for or against a pair, in log odds.
const MAX_CONTENT: f64 = 5.0;

/// How many features [`days`] makes.
pub(super) const DAYS: usize = 9;

/// The features of when it happened, beside the log odds of content, bounded smoothly.
pub(super) fn days(when: &When, content: f64) -> [f64; DAYS] {
    let mut features = [0.0; DAYS];
    features[0] = MAX_CONTENT * (content / MAX_CONTENT).tanh();
    features[1..].copy_from_slice(&days_alone(when));
    features
}

/// Those of [`days`] that do not depend on content. The last two apply where an article has no time of publication: its day is less sure.
fn days_alone(when: &When) -> [f64; DAYS - 1] {
    let known = |piece: Option<f32>| f64::from(u8::from(piece.is_some()));
    // Nearness is 1 / (1 + gap), so this is the logarithm of 1 + gap.
    let far = |nearness: Option<f32>| nearness.map_or(0.0, |nearness| -f64::from(nearness).max(0.01).ln());
    let days = f64::from(when.days().unwrap_or(0.0));
    let (focus, published) = (when.focus(), when.published());
    let undated = 1.0 - known(published);
    let (root, far_focus) = (days.sqrt(), far(focus));
    [root, known(when.days()), far_focus, far(published), known(published), days, undated * far_focus, undated * root]
}

/// A pair of articles with the log odds of it alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// One article; `a < b`.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Log odds by [`Model::log_odds`].
    pub log_odds: f64,
}

/// How each pair compares with the other pairs of its articles.
pub(super) struct Neighborhoods {
    /// For each pair its rank among those of `a` and of `b`, the best being 0.
    ranks: Vec<(u32, u32)>,
    /// For each article the strength of its best pair, and the mean of its five best.
    best: Vec<(f64, f64)>,
}

/// How many of an article's pairs make its mean.
const FEW: usize = 5;

/// What stands for a neighbor that an article in a small input does not have.
const PAD: f64 = -2.0;

/// How many features [`Neighborhoods::features`] makes.
pub(super) const NEIGHBORHOOD: usize = 7 + DAYS - 1;

/// A strength above zero that grows with log odds: `ln(1 + e^(log odds + 4))`, so that ratios make sense.
fn strength(log_odds: f64) -> f64 {
    (log_odds.clamp(-8.0, 8.0) + 4.0).exp().ln_1p()
}

impl Neighborhoods {
    /// Those of `count` pairs among `articles` articles, which `pair` says by place, in order of `(a, b)`.
    pub(super) fn of(articles: usize, count: usize, pair: impl Fn(usize) -> Scored + Sync) -> Neighborhoods {
        let (mut places, ends) = places_by_article(articles, count, |place| (pair(place).a, pair(place).b));
        let mut rest = &mut places[..];
        let mut begin = 0;
        let groups = ends.iter().map(|&end| rest.split_off_mut(..(end - std::mem::replace(&mut begin, end)) as usize));
        let groups: Vec<&mut [u32]> = groups.map(Option::unwrap_or_default).collect();
        let best = groups
            .into_par_iter()
            .map_init(Vec::new, |by_strength, places| {
                by_strength.clear();
                by_strength.extend(places.iter().map(|&place| (pair(place as usize).log_odds, place)));
                // Of equals the first by its other end, which is the first by its place.
                by_strength.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
                places.iter_mut().zip(&*by_strength).for_each(|(place, one)| *place = one.1);
                best(by_strength)
            })
            .collect();
        let mut ranks = vec![(0, 0); count];
        let mut begin = 0;
        for (&end, article) in ends.iter().zip(0..) {
            let places = &places[std::mem::replace(&mut begin, end) as usize..end as usize];
            for (&place, rank) in places.iter().zip(0..) {
                let ranks = &mut ranks[place as usize];
                if pair(place as usize).a == article { ranks.0 = rank } else { ranks.1 = rank }
            }
        }
        Neighborhoods { ranks, best }
    }

    /// The features of the pair at `place`, when it happened being told once more: rank is blind to it.
    pub(super) fn features(&self, pair: &Scored, place: usize, when: &When) -> [f64; NEIGHBORHOOD] {
        let (rank_a, rank_b) = self.ranks[place];
        let among = |article: u32, rank: u32| Among { best: self.best[article as usize], rank };
        features_among(pair.log_odds, among(pair.a, rank_a), among(pair.b, rank_b), when)
    }
}

/// How a pair stands among the pairs of one of its articles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Among {
    /// The strength of the best of them, and the mean of the five best.
    pub(super) best: (f64, f64),
    /// Its rank, the best being 0.
    pub(super) rank: u32,
}

/// The features of a pair with these log odds among those of its two articles.
pub(super) fn features_among(log_odds: f64, a: Among, b: Among, when: &When) -> [f64; NEIGHBORHOOD] {
    let own = strength(log_odds);
    let ((best_a, few_a), (best_b, few_b)) = (a.best, b.best);
    let (by_a, by_b) = (own / best_a, own / best_b);
    let (rank_a, rank_b) = (1.0 / (1.0 + f64::from(a.rank)), 1.0 / (1.0 + f64::from(b.rank)));
    let among = [
        log_odds.clamp(-8.0, 8.0),
        by_a + by_b,
        by_a.min(by_b),
        rank_a + rank_b,
        rank_a.min(rank_b),
        own - (few_a + few_b) / 2.0,
        own - few_a.max(few_b),
    ];
    let mut features = [0.0; NEIGHBORHOOD];
    features[..among.len()].copy_from_slice(&among);
    features[among.len()..].copy_from_slice(&days_alone(when));
    features
}

/// Of the pairs of one article, the best first: how strong the best is, and the few best are on average.
pub(super) fn best(pairs: &[(f64, u32)]) -> (f64, f64) {
    let Some(&(first, _)) = pairs.first() else { return (0.0, 0.0) };
    let missing = FEW.saturating_sub(pairs.len()) as f64 * strength(PAD);
    let few = pairs.iter().take(FEW).map(|&(log_odds, _)| strength(log_odds)).sum::<f64>() + missing;
    (strength(first.max(0.0)), few / FEW as f64)
}

/// The places of `count` pairs, by article: of each article those of its pairs, rising, one article's behind the other's, and
/// where each article's end.
fn places_by_article(articles: usize, count: usize, pair: impl Fn(usize) -> (u32, u32)) -> (Vec<u32>, Vec<u32>) {
    // Counted one place further on: a sum of all before is where an article's begin, and once they are filled in, where they end.
    let mut ends = vec![0; articles + 1];
    for (a, b) in (0..count).map(&pair) {
        ends[a as usize + 1] += 1;
        ends[b as usize + 1] += 1;
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut places = vec![0; 2 * count];
    for (place, (a, b)) in (0..).zip((0..count).map(&pair)) {
        for article in [a, b] {
            let next: &mut u32 = &mut ends[article as usize];
            places[*next as usize] = place;
            *next += 1;
        }
    }
    ends.truncate(articles);
    (places, ends)
}

/// The probability that has these log odds.
///
/// ```
/// assert_eq!(wirecopy::events::probability_of(0.0), 0.5);
/// ```
pub fn probability_of(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The log odds of a probability.
pub(crate) fn log_odds_of(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_in_force_is_read_as_it_is_written() {
        assert_eq!(toml::from_str::<Model>(&Model::fitted().to_toml()).unwrap(), *Model::fitted());
    }

    #[test]
    fn the_parts_of_a_score_add_up_to_it() {
        let model = Model::fitted();
        let whole = Evidence {
            words: 0.3,
            pairs: 0.1,
            lead: 0.4,
            names: Some(0.5),
            lead_in_text: 0.6,
            days: Some(0.7),
            focus: Some(0.5),
            published: Some(0.25),
            lengths: 0.8,
            length: 0.7,
            rarest: 0.6,
            ..Evidence::default()
        };
        for evidence in [whole, Evidence::default(), Evidence { numbers: Some(0.2), title: Some(0.9), ..whole }] {
            let sum = |when: bool| -> f64 {
                let is_when = |part: &&Part| matches!(part.piece, Piece::Days | Piece::Published) == when;
                model.parts(&evidence).iter().filter(is_when).map(|part| part.log_odds).sum()
            };
            let content = model.content_log_odds(&evidence);
            let Weights { content: of_content, days, .. } = model.weights(evidence.is_brief());
            assert!((of_content.intercept + sum(false) - content).abs() < 1e-9);
            let bounded = days.weights[0] * MAX_CONTENT * (content / MAX_CONTENT).tanh();
            assert!((days.intercept + bounded + sum(true) - model.log_odds(&evidence)).abs() < 1e-9);
        }
    }

    #[test]
    fn the_fitted_model_has_a_weight_for_each_feature() {
        for is_brief in [false, true] {
            let Weights { content, days, neighborhood } = Model::fitted().weights(is_brief);
            assert_eq!([content, days, neighborhood].map(|part| part.weights.len()), [CONTENT, DAYS, NEIGHBORHOOD]);
        }
    }
}
