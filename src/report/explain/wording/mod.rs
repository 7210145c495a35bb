//! What is said of two articles in, sentences in a reader's language out. English is that of the text, too.

mod english;
mod vietnamese;

use super::super::html::HtmlLanguage;
use super::super::layout::Role;
use crate::events::{Part, Piece, probability_of};
use crate::explain::{
    Bounds, CopyAnswer, CopyStep, EventAnswer, EventOf, Explanation, Relation, Score, StorylineStep, Turn,
};
use crate::verify::Kind;

pub(super) use english::English;
use vietnamese::Vietnamese;

/// The article that is named first, and the other.
pub(super) const A: &str = "A";
pub(super) const B: &str = "B";

/// The sentences of a language.
pub(super) trait Wording {
    /// Whether they are the same text.
    fn copy_answer(&self, explanation: &Explanation) -> String;
    /// From which threshold on they would be something else.
    fn turn(&self, turn: &Turn) -> String;
    /// That no threshold makes them something else.
    fn no_turn(&self, copy: &CopyAnswer) -> String;
    /// That the search missed them.
    fn not_found(&self) -> &'static str;
    /// A step on the way from one member of a cluster to another.
    fn copy_step(&self, step: &CopyStep) -> String;
    /// Whether they report one event.
    fn event_answer(&self, event: &EventAnswer) -> String;
    /// That a representative stands for an article.
    fn stands_for(&self, name: &str, report: &str) -> String;
    /// What a score is held against.
    fn bounds(&self, score: &Score, bounds: &Bounds) -> String;
    /// What copy detection has decided, if anything.
    fn tie(&self, score: &Score) -> Option<&'static str>;
    /// The event of one of the two.
    fn is_of(&self, name: &str, of: &EventOf) -> String;
    /// The event of both.
    fn both_are_of(&self, of: &EventOf) -> String;
    /// How sure it is that either belongs to that; `None` where it has no other report.
    fn how_sure(&self, a: &EventOf, b: &EventOf) -> Option<String>;
    /// A step along a storyline; `label` where the event has not been named.
    fn storyline(&self, step: &StorylineStep, label: &str) -> String;
    /// What speaks for or against, by name.
    fn piece(&self, piece: Piece) -> &'static str;
    /// The rows between the pieces.
    fn sums(&self) -> Sums;
    /// So many words.
    fn words(&self, count: usize) -> String;
    /// So many words that do not count.
    fn left_out(&self, count: usize) -> String;
}

/// What the rows of a score are called that are no piece of evidence.
pub(super) struct Sums {
    pub(super) nothing_in_common: &'static str,
    pub(super) content: &'static str,
    pub(super) bounded: &'static str,
    pub(super) alone: &'static str,
    pub(super) neighborhood: &'static str,
    pub(super) excerpt: &'static str,
    pub(super) score: &'static str,
}

/// The sentences of this language.
pub(super) fn wording(language: HtmlLanguage) -> &'static dyn Wording {
    match language {
        HtmlLanguage::English => &English,
        HtmlLanguage::Vietnamese => &Vietnamese,
    }
}

/// The color of the first answer.
pub(super) fn copy_role(copy: &CopyAnswer) -> Role {
    match copy.kind {
        Some(Kind::Identical | Kind::Copy) => Role::Original,
        Some(Kind::Excerpt | Kind::Template) => Role::Related,
        None => Role::Muted,
    }
}

/// The color of the second.
pub(super) fn event_role(event: &EventAnswer) -> Role {
    match event.relation {
        Relation::OneReport | Relation::SameEvent => Role::Original,
        Relation::Storyline => Role::Related,
        Relation::Apart => Role::Muted,
    }
}

/// The probability that two articles report one event, by themselves where they were not put forward.
fn probability(event: &EventAnswer) -> f64 {
    event.score.as_ref().map_or(0.0, |score| score.probability.unwrap_or(probability_of(score.alone)))
}

/// Which of the two is the shorter, and which the longer.
fn by_length(explanation: &Explanation) -> (&'static str, &'static str) {
    if explanation.a.words <= explanation.b.words { (A, B) } else { (B, A) }
}

/// Whether a threshold is worth a word: there is none, and there might have been.
pub(super) fn lacks_a_turn(copy: &CopyAnswer) -> bool {
    copy.turns.is_empty() && copy.kind != Some(Kind::Identical) && copy.comparison.similarity > 0.0
}

/// Whether a piece of evidence says when.
pub(super) fn is_when(part: &Part) -> bool {
    matches!(part.piece, Piece::Days | Piece::Published)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Direction, NotProposedWhy, Why};

    fn event(relation: Relation, why: Why) -> EventAnswer {
        let of = || EventOf { id: "e-1".into(), label: "x".into(), reports: 1, report: "a".into(), confidence: None };
        let bounds = Bounds { groups: 0.25, compared: 0.4, lone: 0.6, span_days: 14 };
        let (shared, chain, storyline) = (Vec::new(), Vec::new(), Vec::new());
        let (a_days, b_days) = (Vec::new(), Vec::new());
        EventAnswer {
            same_event: relation == Relation::SameEvent,
            relation,
            why,
            a: of(),
            b: of(),
            score: None,
            bounds,
            shared,
            a_days,
            b_days,
            chain,
            storyline,
        }
    }

    #[test]
    fn every_answer_is_another_sentence_in_each_language() {
        let no = [
            Why::Bulletin,
            Why::DaysApart { days: 20 },
            Why::NotProposed { why: NotProposedWhy::NothingShared },
            Why::NotProposed { why: NotProposedWhy::TooCommon },
            Why::NotProposed { why: NotProposedWhy::Outdone },
            Why::BelowBound,
            Why::Outvoted,
        ];
        let mut answers: Vec<EventAnswer> = no.map(|why| event(Relation::Apart, why)).into();
        answers.extend(no.map(|why| event(Relation::Storyline, why)));
        answers.extend([Why::Copied, Why::Bulletin, Why::Joined].map(|why| event(Relation::SameEvent, why)));
        answers.push(event(Relation::OneReport, Why::Copies));
        let mut said: Vec<String> = [HtmlLanguage::English, HtmlLanguage::Vietnamese]
            .iter()
            .flat_map(|&language| answers.iter().map(move |answer| wording(language).event_answer(answer)))
            .collect();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 2 * answers.len(), "{said:#?}");
    }

    #[test]
    fn a_turn_names_its_option_as_the_command_line_takes_it() {
        for language in [HtmlLanguage::English, HtmlLanguage::Vietnamese] {
            for (direction, kind) in [(Direction::Up, None), (Direction::Down, Some(Kind::Copy))] {
                let said = wording(language).turn(&Turn { option: "threshold", at: 0.5, direction, kind });
                assert!(said.contains("--threshold 0.50"), "{said}");
            }
        }
    }
}
