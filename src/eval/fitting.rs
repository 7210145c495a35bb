//! Labelled inputs in, the weights that fit them out, with how well: of each input with it and without it in the fitting, and
//! without each piece of evidence.
//!
//! Events are grouped by the code of a run, copies and all, with the model that is to be judged in place of the one in force. So
//! a figure here is the figure of [`super::evaluate`] on the same input. A piece of evidence that is left out is left out of
//! the scores alone: candidates are searched for, and the days of an event kept together, as ever.

use std::collections::BTreeMap;

use serde::Serialize;

use super::metrics::{PrecisionRecall, bcubed};
use crate::events::fit::{Labelled, Varied, calibrate, fit};
use crate::events::{Model, Piece, Profile};
use crate::pipeline::{Reports, Run};
use crate::read::{Inputs, ReadError};

/// A labelled input with all that fitting needs of it.
pub struct FittingInput {
    name: String,
    reports: Reports,
    /// The labelled articles with the number of their label.
    labelled: Vec<(u32, u32)>,
    varied: Varied,
    /// The articles of either half of the events.
    halves: [Varied; 2],
}

impl FittingInput {
    /// The input that `run` read, whose records carry labels; called `name` in tables. Its articles are also put `among` others,
    /// none of which is of their events.
    ///
    /// # Errors
    /// Where the input can't be read again.
    pub fn read(name: &str, inputs: &Inputs, run: &Run, among: &[Profile]) -> Result<FittingInput, ReadError> {
        let reports = Reports::read(inputs, run)?;
        let record = |article: u32| &run.records[article as usize];
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut labelled = Vec::new();
        for (label, article) in run.records.iter().map(|record| record.label.as_deref()).zip(0..) {
            if let Some(label) = label {
                let next = numbers.len() as u32;
                labelled.push((article, *numbers.entry(label).or_insert(next)));
            }
        }
        let of_reports = reports.articles.iter().zip(&reports.profiles);
        let articles = of_reports
            .filter_map(|(&article, profile)| {
                Some((record(article).id.clone(), record(article).label.as_deref()?.to_owned(), profile.clone()))
            })
            .collect();
        let whole = Labelled { articles };
        let (varied, halves) = (Varied::of(&whole, among), whole.halves().map(|half| Varied::of(&half, among)));
        Ok(FittingInput { name: name.to_owned(), reports, labelled, varied, halves })
    }

    /// How many of its articles have a label.
    pub fn labelled(&self) -> usize {
        self.labelled.len()
    }

    fn score(&self, model: &Model) -> PrecisionRecall {
        let event_of = self.reports.event_of(model);
        let (found, truth): (Vec<u32>, Vec<u32>) =
            self.labelled.iter().map(|&(article, label)| (event_of[article as usize], label)).unzip();
        bcubed(&found, &truth)
    }
}

/// What came out of a fitting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fitting {
    /// The weights, fitted on all inputs.
    pub model: Model,
    /// How well each input is told, in the order given.
    pub inputs: Vec<FittedInput>,
    /// What each piece of evidence is worth, in the order of [`Piece::ALL`].
    pub without: Vec<Without>,
}

/// B-cubed of one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FittedInput {
    /// What it is called.
    pub name: String,
    /// How many labelled articles it has.
    pub labelled: usize,
    /// With all inputs in the fitting.
    pub fitted: PrecisionRecall,
    /// With all others; `None` where there are none.
    pub left_out: Option<PrecisionRecall>,
}

/// B-cubed F1 of each input without a piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Without {
    /// The name of the piece.
    pub piece: &'static str,
    /// With all inputs in the fitting, in their order.
    pub fitted: Vec<f64>,
    /// With all inputs but that one in the fitting; empty where there is only one.
    pub left_out: Vec<f64>,
}

/// Fits the weights of events on some inputs, and says what they are worth. With `tables` false the weights and the scores of
/// all inputs fitted are all there is.
pub fn fitting(inputs: &[FittingInput], tables: bool) -> Fitting {
    let all: Vec<&Varied> = inputs.iter().map(|input| &input.varied).collect();
    let confidence = {
        let half = |half: usize| inputs.iter().map(|input| &input.halves[half]).collect::<Vec<_>>();
        let models = [1, 0].map(|other| fit(&half(other), None));
        let held_out = models.iter().zip([half(0), half(1)]);
        let held_out = held_out.flat_map(|(model, half)| half.into_iter().map(move |input| (model, input)));
        calibrate(&held_out.collect::<Vec<_>>())
    };
    let model = Model { confidence, ..fit(&all, None) };
    let left_out = |place: usize, without: Option<Piece>| {
        let others: Vec<&Varied> = all.iter().enumerate().filter(|&(at, _)| at != place).map(|(_, &one)| one).collect();
        (tables && !others.is_empty()).then(|| inputs[place].score(&fit(&others, without)))
    };
    let scored = inputs.iter().enumerate().map(|(place, input)| FittedInput {
        name: input.name.clone(),
        labelled: input.labelled(),
        fitted: input.score(&model),
        left_out: left_out(place, None),
    });
    let without = Piece::ALL.iter().filter(|_| tables).map(|&(piece, name)| {
        let model = fit(&all, Some(piece));
        Without {
            piece: name,
            fitted: inputs.iter().map(|input| input.score(&model).f1).collect(),
            left_out: (0..inputs.len()).filter_map(|place| Some(left_out(place, Some(piece))?.f1)).collect(),
        }
    });
    Fitting { inputs: scored.collect(), without: without.collect(), model }
}
