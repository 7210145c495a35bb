//! English sentences: those of the text as well.

use super::super::super::layout::{count, counted, percent};
use super::{A, B, Sums, Wording, by_length, probability};
use crate::events::{Piece, Tie};
use crate::explain::{
    Bounds, CopyAnswer, CopyStep, Direction, EventAnswer, EventOf, Explanation, NotProposedWhy, Relation, Score,
    StorylineStep, Turn, Why,
};
use crate::verify::Kind;

pub(in crate::report::explain) struct English;

impl Wording for English {
    fn copy_answer(&self, explanation: &Explanation) -> String {
        let copy = &explanation.copy;
        let (shorter, longer) = by_length(explanation);
        let threshold = percent(copy.threshold);
        match copy.kind {
            Some(Kind::Identical) => "Identical: the same words, but for bylines, captions and boilerplate.".to_owned(),
            Some(Kind::Copy) => {
                let value = percent(copy.value);
                format!("A copy: the bulk of both is the same wording, {value}; a copy has {threshold}.")
            }
            Some(Kind::Excerpt) => format!(
                "An excerpt: {} of {shorter} stands in {longer}, which has much of its own; an excerpt has {}, and a copy {threshold} \
                 of both.",
                percent(copy.part),
                percent(copy.excerpt_threshold)
            ),
            Some(Kind::Template) => {
                "No: a template. The frame is the same, with other numbers, days or names: bulletins of two days or about two subjects."
                    .to_owned()
            }
            None if copy.comparison.similarity == 0.0 => {
                format!("No: not one run of {} words stands in both.", copy.window_words)
            }
            None => format!("No: {} of both is the same wording; a copy has {threshold}.", percent(copy.value)),
        }
    }

    fn turn(&self, turn: &Turn) -> String {
        let what = match turn.kind {
            Some(Kind::Identical) => "identical",
            Some(Kind::Copy) => "a copy",
            Some(Kind::Excerpt) => "an excerpt",
            Some(Kind::Template) => "a template",
            None => "nothing",
        };
        let side = if turn.direction == Direction::Down { "down" } else { "up" };
        format!("From --{} {:.2} {side} it would be {what}.", turn.option, turn.at)
    }

    fn no_turn(&self, copy: &CopyAnswer) -> String {
        let why = match copy.kind {
            None if !copy.shares_passages => ": what they share are turns of phrase, hardly longer than a shingle",
            _ => "",
        };
        format!("No threshold makes anything else of them{why}.")
    }

    fn not_found(&self) -> &'static str {
        "The search did not find this pair: it is compared here exactly, but stands in no report. --target-recall says how rarely that \
         happens."
    }

    fn copy_step(&self, step: &CopyStep) -> String {
        let (similarity, coverage) = (percent(step.comparison.similarity), percent(step.comparison.coverage));
        let CopyStep { from, to, kind, .. } = step;
        format!("{from} → {to}: {}, similarity {similarity}, coverage {coverage}", kind.name())
    }

    fn event_answer(&self, event: &EventAnswer) -> String {
        let (probability, bound) = (probability(event), percent(event.bounds.groups));
        match (event.relation, event.why) {
            (Relation::OneReport, _) => "Yes: they are copies, and copies are one report of their event.".to_owned(),
            (Relation::SameEvent, Why::Copied) => "Yes: one is taken from the other.".to_owned(),
            (Relation::SameEvent, Why::Bulletin) => {
                "Yes, though they are bulletins of two days: other reports hold their event together.".to_owned()
            }
            (Relation::SameEvent, _) if probability < event.bounds.groups => format!(
                "Yes: their event holds together on average, though the two by themselves score {} only.",
                percent(probability)
            ),
            (Relation::SameEvent, _) => format!("Yes: they score {}.", percent(probability)),
            (relation, why) => {
                let no = match why {
                    Why::Bulletin => "bulletins of two days".to_owned(),
                    Why::DaysApart { days } => {
                        let most = event.bounds.span_days;
                        format!("their days are {days} apart, and those of one event {most} at most")
                    }
                    Why::NotProposed { why } => match why {
                        NotProposedWhy::NothingShared => "they share no telling name or word".to_owned(),
                        NotProposedWhy::TooCommon => {
                            "they share only names and words that many articles have".to_owned()
                        }
                        NotProposedWhy::Outdone => "each of them has more in common with others".to_owned(),
                    },
                    Why::BelowBound => format!("they score {}, and one event has {bound}", percent(probability)),
                    Why::Outvoted | Why::Joined | Why::Copies | Why::Copied => format!(
                        "they score {}, but the reports of the one event and of the other do not on average, or an event of few reports \
                         did not hold",
                        percent(probability)
                    ),
                };
                match relation {
                    Relation::Storyline => format!("No, but of one storyline: {no}."),
                    _ => format!("No: {no}."),
                }
            }
        }
    }

    fn stands_for(&self, name: &str, report: &str) -> String {
        format!("For {name} stands {report}, the representative of its copies.")
    }

    fn bounds(&self, score: &Score, bounds: &Bounds) -> String {
        let of_pair = match score.probability {
            Some(probability) => format!("Score {}", percent(probability)),
            None => format!("Score {} by themselves", percent(score.probability_alone)),
        };
        format!(
            "{of_pair}: two lone reports are joined from {} on. Groups are joined where the pairs that were compared have {} in the mean, and \
             those that are expected to score {}. Their days are at most {} apart; no option changes this",
            percent(bounds.lone),
            percent(bounds.compared),
            percent(bounds.groups),
            bounds.span_days
        )
    }

    fn tie(&self, score: &Score) -> Option<&'static str> {
        match score.tie? {
            Tie::Copied => Some("One is taken from the other, which decides."),
            Tie::Template => Some("They are bulletins of two days or about two subjects, which decides."),
            Tie::Excerpt => None,
        }
    }

    fn is_of(&self, name: &str, of: &EventOf) -> String {
        let sure = of.confidence.map(|confidence| format!(" ({confidence})")).unwrap_or_default();
        format!("{name} is of {}, {}{sure}: {}", of.id, counted(of.reports, "report", "reports"), of.label)
    }

    fn both_are_of(&self, of: &EventOf) -> String {
        format!("Event {}: {}", of.id, of.label)
    }

    fn how_sure(&self, a: &EventOf, b: &EventOf) -> Option<String> {
        let (of_a, of_b) = a.confidence.zip(b.confidence)?;
        Some(format!("How sure it is that each belongs there: {A} {of_a}; {B} {of_b}."))
    }

    fn storyline(&self, step: &StorylineStep, label: &str) -> String {
        let days = step
            .days_later
            .map_or_else(String::new, |days| format!("{} ", counted(days.unsigned_abs() as usize, "day", "days")));
        let when = if step.later { "later" } else { "earlier" };
        let label = if label.is_empty() { String::new() } else { format!(": {label}") };
        format!("storyline: {} is {days}{when}{label}", step.to)
    }

    fn piece(&self, piece: Piece) -> &'static str {
        match piece {
            Piece::Words => "words",
            Piece::Pairs => "pairs of words",
            Piece::Lead => "words of title and lead",
            Piece::Names => "names",
            Piece::Title => "titles",
            Piece::LeadInText => "lead of one in the other",
            Piece::Numbers => "numbers",
            Piece::Lengths => "lengths",
            Piece::Rarest => "rarest words in both",
            Piece::Days => "days that they name",
            Piece::Published => "days of publication",
            Piece::Neighborhood => "other pairs",
        }
    }

    fn sums(&self) -> Sums {
        Sums {
            nothing_in_common: "nothing in common",
            content: "what they say",
            bounded: "bounded, and days unknown",
            alone: "the two by themselves",
            neighborhood: "beside their other pairs",
            excerpt: "a passage of one in the other",
            score: "score",
        }
    }

    fn words(&self, words: usize) -> String {
        counted(words, "word", "words")
    }

    fn left_out(&self, words: usize) -> String {
        format!("{} left out as boilerplate", count(words))
    }
}
