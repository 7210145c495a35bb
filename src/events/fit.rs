//! Labelled articles in, the weights of [`super::Model`] out.
//!
//! What is fitted on: pairs of articles that the search proposes inside labelled inputs, one event or not. Each input
//! counts the same. Labelled inputs are poor in what matters, so they are varied:
//!
//! - with titles, with days, or with both left out, for other inputs lack them;
//! - *headlines* alone, as some inputs have no more;
//! - *thinned*: with only some of the articles, so that many have no partner left, as most articles of a stream;
//! - *among* a stream of other articles, none of which is of their events: there an article's best match is often a wrong one;
//! - *moved*: a pair of one event, as if one of the two were of another day, is a pair of two events. Labelled sets hardly
//!   know two calls of the same two men; the news does.
//!
//! How sure it is that a report belongs to its event is fitted on what is grouped ([`calibrate`]): one half of the events of each input by the
//! weights that the other half gave.
//!
//! With one [`Piece`] of evidence left out, the same fitting tells what it is worth.
//!
//! Everything is chosen by hashes of ids, so the same articles give the same weights.

use std::collections::BTreeMap;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::confidence::{self, nearest_of_all};
use super::evidence::{Evidence, Norms, Piece};
use super::frequencies::TermTable;
use super::profile::{Profile, Traits};
use super::score::{DAYS, Model, NEIGHBORHOOD, Neighborhoods, Regression, Scored, Weights, content, days};
use super::search::pairs_to_fit;
use super::{Grouping, find_with};
use crate::days::Day;

/// One labelled input.
pub struct Labelled {
    /// Its articles: id, label of the event, profile.
    pub articles: Vec<(String, String, Profile)>,
}

impl Labelled {
    /// Two inputs, each with the articles of about half of the events.
    pub fn halves(&self) -> [Labelled; 2] {
        [0, 1].map(|half| {
            let of_half = self.articles.iter().filter(|(_, label, _)| draw(label, 9) % 2 == half);
            Labelled { articles: of_half.cloned().collect() }
        })
    }

    /// A sample of its articles: one in `thinned`.
    fn kept(&self, thinned: u64) -> impl Iterator<Item = &(String, String, Profile)> {
        self.articles.iter().filter(move |(id, ..)| draw(id, thinned).is_multiple_of(thinned))
    }
}

/// A labelled input in all the ways that it is varied: what [`fit`] fits on. It costs more than fitting, so it is kept for the next.
pub struct Varied {
    variants: Vec<Variant>,
    /// Reports with their labels, as they are to be grouped for [`calibrate`].
    grouped: Vec<Vec<(String, Profile)>>,
}

impl Varied {
    /// Those of an input, the articles of which are also put `among` others.
    pub fn of(input: &Labelled, among: &[Profile]) -> Varied {
        let ways = |masks: &'static [Mask], thinned: &'static [u64]| {
            masks.iter().flat_map(|&mask| thinned.iter().map(move |&thinned| (mask, thinned)))
        };
        let mut variants: Vec<Variant> =
            ways(&MASKS, &THINNED).map(|(mask, thinned)| Variant::of(input, &[], mask, thinned)).collect();
        if !among.is_empty() {
            let more = ways(&MASKS_AMONG, &THINNED_AMONG);
            variants.extend(more.map(|(mask, thinned)| Variant::of(input, among, mask, thinned)));
        }
        let grouped = ways(&MASKS_GROUPED, &THINNED).map(|(mask, thinned)| {
            let kept = input.kept(thinned);
            kept.map(|(_, label, profile)| (label.clone(), mask.of(profile.clone()))).collect()
        });
        Varied { variants, grouped: grouped.collect() }
    }
}

/// What is left out of an input, to be like others.
#[derive(Clone, Copy)]
struct Mask {
    /// All but headlines.
    texts: bool,
    titles: bool,
    published: bool,
    days: bool,
    /// What a pair weighs, other ways of varying being 1.
    weight: f64,
}

impl Mask {
    fn of(self, mut profile: Profile) -> Profile {
        if self.texts {
            headline(&mut profile);
        }
        if self.titles {
            profile.terms.iter_mut().for_each(|term| term.traits = term.traits.without(Traits::TITLE));
        }
        if self.published {
            (profile.published, profile.moment) = (None, None);
        }
        if self.days {
            profile.named.clear();
        }
        profile.settle_days();
        profile
    }
}

/// Nothing is left out.
const WHOLE: Mask = Mask { texts: false, titles: false, published: false, days: false, weight: 1.0 };

/// Only headlines are left. They weigh half as much, for most inputs have texts.
const HEADLINES: Mask = Mask { texts: true, weight: 0.5, ..WHOLE };

const MASKS: [Mask; 8] = [
    WHOLE,
    Mask { titles: true, ..WHOLE },
    Mask { published: true, ..WHOLE },
    Mask { published: true, days: true, ..WHOLE },
    Mask { titles: true, published: true, days: true, ..WHOLE },
    HEADLINES,
    Mask { titles: true, ..HEADLINES },
    Mask { published: true, days: true, ..HEADLINES },
];

/// One in so many articles is kept, beside all.
const THINNED: [u64; 2] = [1, 3];

/// Among others, whose times of publication are those of another year.
const AMONG: Mask = Mask { published: true, weight: 0.3, ..WHOLE };

const MASKS_AMONG: [Mask; 2] = [AMONG, Mask { titles: true, days: true, ..AMONG }];

/// In a stream most articles stand alone.
const THINNED_AMONG: [u64; 2] = [1, 16];

/// Events are grouped as they are and undated, whole and thinned, to see how sure they are.
const MASKS_GROUPED: [Mask; 2] = [WHOLE, Mask { published: true, ..WHOLE }];

/// How much a moved pair weighs against a pair as it is. Labelled sets do not tell: from 0.3 to 1 the mean F1 of twelve sets moves by
/// 0.002; more tells the calls of the seeds apart more surely.
const MOVED_WEIGHT: f64 = 0.6;

/// How much a pair in an input of two articles weighs against the pair in its own.
const ALONE_WEIGHT: f64 = 0.2;

/// Features of pairs with whether each is of one event, and what it weighs.
#[derive(Default)]
struct Rows {
    features: Vec<Vec<f64>>,
    same: Vec<bool>,
    weights: Vec<f64>,
}

impl Rows {
    fn push(&mut self, features: &[f64], same: bool, weight: f64) {
        self.features.push(features.to_vec());
        self.same.push(same);
        self.weights.push(weight);
    }
}

/// The evidence of one input, as one way of varying it leaves it.
struct Variant {
    articles: usize,
    pairs: Vec<(u32, u32)>,
    evidence: Vec<Evidence>,
    /// Whether a pair is of one event; `None` where neither is labelled, and nobody knows.
    same: Vec<Option<bool>>,
    /// Pairs of one event, as if one were of another day.
    moved: Vec<Option<Evidence>>,
    /// What each pair weighs that is known.
    weight: f64,
}

fn draw(id: &str, seed: u64) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), seed)
}

/// The article as if it happened some days later. `random` decides whether it remembers the earlier day, as every second
/// report of a second call does.
fn moved(profile: &Profile, shift: i32, random: u64) -> Profile {
    let later = |day: Day| day.later(shift);
    let mut moved = profile.clone();
    moved.named.iter_mut().for_each(|(day, _)| *day = later(*day));
    moved.published = moved.published.map(later);
    moved.moment = moved.moment.map(|moment| moment + i64::from(shift) * 86_400);
    if random & 1 == 0
        && let Some(focus) = profile.focus
        && moved.named.iter().all(|&(day, _)| day != focus)
    {
        moved.named.push((focus, 1.0));
        moved.named.sort_unstable_by_key(|&(day, _)| day);
    }
    moved.settle_days();
    moved
}

/// By how many days the second half of an event is moved: 5 to 90, more often few.
fn shift(random: u64) -> i32 {
    let share = (random % 1_000) as f64 / 1_000.0;
    (5.0 * 18f64.powf(share)) as i32
}

/// What is left of an article that is a headline alone: it is its own lead, and the text that it stands for says it again.
fn headline(profile: &mut Profile) {
    profile.terms.retain(|term| term.traits.has(Traits::TITLE));
    for term in &mut profile.terms {
        term.traits = term.traits.and(Traits::LEAD);
        (term.count, term.count_in_text) = (2, 2);
    }
    profile.words = profile.terms.iter().filter(|term| !term.traits.has(Traits::PAIR)).count() as u32;
    profile.named = profile.title_days.iter().map(|&day| (day, HEADLINE_DAY)).collect();
}

/// What the day of a headline weighs, which is also the first of a text.
const HEADLINE_DAY: f32 = 4.0;

impl Variant {
    /// The articles of `input` that are kept, and after them those of `among`.
    fn of(input: &Labelled, among: &[Profile], mask: Mask, thinned: u64) -> Variant {
        let kept = input.kept(thinned);
        let (kept, mut profiles): (Vec<(&String, &String)>, Vec<Profile>) =
            kept.map(|(id, label, profile)| ((id, label), profile.clone())).unzip();
        profiles.extend_from_slice(among);
        profiles = profiles.into_iter().map(|profile| mask.of(profile)).collect();
        weigh(&mut profiles);
        let norms: Vec<Norms> = profiles.iter().map(Norms::of).collect();
        let pairs = pairs_to_fit(&profiles.iter().collect::<Vec<_>>());
        let evidence = Evidence::of_pairs(&profiles, &norms, &pairs);
        let label = |article: u32| kept.get(article as usize).map(|(_, label)| *label);
        let same: Vec<Option<bool>> = pairs
            .iter()
            .map(|&(a, b)| match (label(a), label(b)) {
                (None, None) => None,
                (a, b) => Some(a == b),
            })
            .collect();
        let moved = pairs
            .par_iter()
            .zip(&same)
            .map(|(&(a, b), &same)| {
                let (a, b) = (a as usize, b as usize);
                let moves = same == Some(true) && !profiles[a].days.is_empty() && !profiles[b].days.is_empty();
                moves.then(|| {
                    let random = draw(kept[a].0, 7) ^ draw(kept[b].0, 8);
                    let later = moved(&profiles[b], shift(random), random >> 32);
                    Evidence::of((&profiles[a], &norms[a]), (&later, &Norms::of(&later)))
                })
            })
            .collect();
        let known = same.iter().flatten().count();
        Variant { articles: profiles.len(), pairs, evidence, same, moved, weight: mask.weight / known.max(1) as f64 }
    }

    /// The places of the pairs that are known, and whether each is of one event.
    fn known(&self) -> impl Iterator<Item = (usize, bool)> {
        self.same.iter().enumerate().filter_map(|(place, same)| Some((place, (*same)?)))
    }

    fn scored(&self, model: &Model) -> Vec<Scored> {
        let odds = self.evidence.iter().map(|evidence| model.log_odds(evidence));
        self.pairs.iter().zip(odds).map(|(&(a, b), log_odds)| Scored { a, b, log_odds }).collect()
    }
}

/// Puts the levels of the table that these profiles themselves make into them.
pub fn weigh(profiles: &mut [Profile]) {
    let table = TermTable::learn(&profiles.iter().collect::<Vec<_>>());
    table.weigh(profiles);
}

/// The model that fits these inputs best; `without` a piece of evidence, the best that never saw it, nor asks for it.
pub fn fit(inputs: &[&Varied], without: Option<Piece>) -> Model {
    let variants = || inputs.iter().flat_map(|input| &input.variants);
    let seen = |evidence: &Evidence| without.map_or(*evidence, |piece| evidence.without(piece));
    // A pair that is moved in nothing that is seen would be one event and two at once.
    let tells = |moved: &Evidence, evidence: &Evidence| without.is_none() || seen(moved) != seen(evidence);
    // Rows of pairs of texts, and of pairs with a headline.
    let fitted = |rows: &mut dyn FnMut(&Variant, &mut [Rows; 2])| {
        let mut all = <[Rows; 2]>::default();
        variants().for_each(|variant| rows(variant, &mut all));
        all.map(|rows| regress(&rows))
    };
    let kind = |evidence: &Evidence| usize::from(evidence.is_brief());
    let mut model =
        Model { texts: Weights::default(), headlines: Weights::default(), confidence: Regression::default() };
    [model.texts.content, model.headlines.content] = fitted(&mut |variant, rows| {
        for (place, same) in variant.known() {
            let evidence = &variant.evidence[place];
            rows[kind(evidence)].push(&content(&seen(evidence)), same, variant.weight);
        }
    });
    let so_far = model.clone();
    let features = |evidence: &Evidence| {
        let evidence = seen(evidence);
        days(&evidence.when(), so_far.content_log_odds(&evidence))
    };
    [model.texts.days, model.headlines.days] = fitted(&mut |variant, rows| {
        for (place, same) in variant.known() {
            let evidence = &variant.evidence[place];
            let rows = &mut rows[kind(evidence)];
            rows.push(&features(evidence), same, variant.weight);
            for moved in variant.moved[place].iter().filter(|moved| tells(moved, evidence)) {
                rows.push(&features(moved), false, variant.weight * MOVED_WEIGHT);
            }
        }
    });
    let so_far = model.clone();
    [model.texts.neighborhood, model.headlines.neighborhood] = fitted(&mut |variant, rows| {
        let weight = variant.weight;
        let scored = variant.scored(&so_far);
        let neighborhoods = Neighborhoods::of(variant.articles, scored.len(), |place| scored[place]);
        let of_neighbors = |features: [f64; NEIGHBORHOOD]| match without {
            Some(Piece::Neighborhood) => pair_alone(features),
            _ => features,
        };
        let mut push = |pair: Scored, place: usize, evidence: &Evidence, same: bool, weight: f64| {
            let rows = &mut rows[kind(evidence)];
            let evidence = &seen(evidence);
            let pair = Scored { log_odds: so_far.log_odds(evidence), ..pair };
            rows.push(&of_neighbors(neighborhoods.features(&pair, place, &evidence.when())), same, weight);
            // The pair by itself, as in an input of two articles.
            let alone = Scored { a: 0, b: 1, ..pair };
            let features = Neighborhoods::of(2, 1, |_| alone).features(&alone, 0, &evidence.when());
            rows.push(&of_neighbors(features), same, weight * ALONE_WEIGHT);
        };
        for (place, same) in variant.known() {
            let pair = scored[place];
            push(pair, place, &variant.evidence[place], same, weight);
            if let Some(moved) = variant.moved[place].as_ref().filter(|moved| tells(moved, &variant.evidence[place])) {
                push(pair, place, moved, false, weight * MOVED_WEIGHT);
            }
        }
    });
    model
}

/// What makes a confidence of the mean probability of a report's nearest pairs: inputs that were held out, each with the model that did not
/// see them. A report belongs to an event where at least half of the others there have its label.
pub fn calibrate(held_out: &[(&Model, &Varied)]) -> Regression {
    let mut rows = Rows::default();
    for (model, input) in held_out {
        for reports in &input.grouped {
            let mut profiles: Vec<Profile> = reports.iter().map(|(_, profile)| profile.clone()).collect();
            weigh(&mut profiles);
            let Grouping { event_of, pairs, .. } = find_with(model, &profiles, &[], 0.0);
            let mut events: BTreeMap<u32, BTreeMap<&str, usize>> = BTreeMap::new();
            for (event, (label, _)) in event_of.iter().zip(reports) {
                *events.entry(*event).or_default().entry(label).or_default() += 1;
            }
            let means = nearest_of_all(&event_of, &pairs);
            let count = means.iter().flatten().count();
            for ((mean, event), (label, _)) in means.iter().zip(&event_of).zip(reports) {
                let Some(mean) = mean else { continue };
                let labels = &events[event];
                let (alike, others) = (labels[label.as_str()] - 1, labels.values().sum::<usize>() - 1);
                rows.push(&confidence::features(*mean), 2 * alike >= others, 1.0 / count as f64);
            }
        }
    }
    regress(&rows)
}

/// The features of a pair where nothing is known of its articles' other pairs: its own log odds, and when it happened.
fn pair_alone(mut features: [f64; NEIGHBORHOOD]) -> [f64; NEIGHBORHOOD] {
    features[1..NEIGHBORHOOD - (DAYS - 1)].fill(0.0);
    features
}

/// Weights are held back as if by so many rows, by the square of each weight.
const RIDGE: f64 = 1e-6;

/// Logistic regression by Newton's method with a ridge (Hastie, Tibshirani, Friedman, section 4.4.1).
fn regress(rows: &Rows) -> Regression {
    let Some(first) = rows.features.first() else { return Regression::default() };
    let size = first.len() + 1;
    let total: f64 = rows.weights.iter().sum();
    let mut solution = vec![0.0; size];
    for _ in 0..60 {
        let empty = || (vec![0.0; size * size], vec![0.0; size]);
        // Summed in fixed blocks, in order, so that threads can't be seen in the last digit.
        let blocks: Vec<(Vec<f64>, Vec<f64>)> = (0..rows.features.len())
            .collect::<Vec<_>>()
            .par_chunks(4_096)
            .map(|block| {
                let (mut hessian, mut gradient) = empty();
                for &row in block {
                    let features = &rows.features[row];
                    let value = |at: usize| if at + 1 == size { 1.0 } else { features[at] };
                    let odds: f64 = (0..size).map(|at| solution[at] * value(at)).sum();
                    let probability = 1.0 / (1.0 + (-odds).exp());
                    let weight = rows.weights[row] / total;
                    let error = weight * (f64::from(u8::from(rows.same[row])) - probability);
                    let curve = weight * (probability * (1.0 - probability)).max(1e-9);
                    for i in 0..size {
                        gradient[i] += error * value(i);
                        for j in 0..size {
                            hessian[i * size + j] += curve * value(i) * value(j);
                        }
                    }
                }
                (hessian, gradient)
            })
            .collect();
        let (mut hessian, mut gradient) = empty();
        for (more_hessian, more_gradient) in &blocks {
            hessian.iter_mut().zip(more_hessian).for_each(|(sum, more)| *sum += more);
            gradient.iter_mut().zip(more_gradient).for_each(|(sum, more)| *sum += more);
        }
        for at in 0..size - 1 {
            hessian[at * size + at] += RIDGE;
            gradient[at] -= RIDGE * solution[at];
        }
        hessian[size * size - 1] += 1e-12;
        let step = solve(hessian, gradient);
        solution.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
        if step.iter().all(|step| step.abs() < 1e-9) {
            break;
        }
    }
    let intercept = solution.pop().unwrap_or_default();
    Regression { weights: solution, intercept }
}

/// Solves a system of linear equations by elimination with row exchanges.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let by_size =
            |&a: &usize, &b: &usize| matrix[a * size + column].abs().total_cmp(&matrix[b * size + column].abs());
        let pivot = (column..size).max_by(by_size).unwrap_or(column);
        for at in 0..size {
            matrix.swap(column * size + at, pivot * size + at);
        }
        right.swap(column, pivot);
        let diagonal = matrix[column * size + column];
        for row in column + 1..size {
            let factor = matrix[row * size + column] / diagonal;
            for at in column..size {
                matrix[row * size + at] -= factor * matrix[column * size + at];
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|at| matrix[row * size + at] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row * size + row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_feature_gets_no_weight_so_what_is_left_out_says_nothing_later() {
        let mut rows = Rows::default();
        for x in -20..=20 {
            let x = f64::from(x) / 10.0;
            let probability = 1.0 / (1.0 + (-(1.5 * x + 0.25)).exp());
            rows.push(&[x, 0.0, 1.0], true, probability);
            rows.push(&[x, 0.0, 1.0], false, 1.0 - probability);
        }
        let found = regress(&rows);
        assert!(found.weights[1..].iter().all(|weight| weight.abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn a_regression_finds_the_weights_that_made_its_rows() {
        let mut rows = Rows::default();
        for x in -20..=20 {
            for y in -20..=20 {
                let (x, y) = (f64::from(x) / 10.0, f64::from(y) / 10.0);
                let probability = 1.0 / (1.0 + (-(1.5 * x - 0.5 * y + 0.25)).exp());
                rows.push(&[x, y], true, probability);
                rows.push(&[x, y], false, 1.0 - probability);
            }
        }
        let found = regress(&rows);
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-3;
        assert!(
            near(found.weights[0], 1.5) && near(found.weights[1], -0.5) && near(found.intercept, 0.25),
            "{found:?}"
        );
    }
}
