//! Two articles of a run in, whether and why they report one event out.
//!
//! Reports are what is compared: a lone article, or the representative of a copy cluster. The run keeps the score of each pair
//! that may be of one event; then only the two, and what is most like them, are read again, under the run's own table. Of a
//! pair that scored less nothing is kept. A score depends on the other pairs of its reports, so for such a pair all are searched
//! again, and those of the two are scored.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::events::{
    Confidence, EXCERPT, Event, EventEdge, Events, Evidence, MAX_SPAN_DAYS, Model, NamedDay, Norms, NotProposed, Part,
    Profile, SharedTerm, THRESHOLD, THRESHOLD_ALONE, THRESHOLD_PROPOSED, Tie, event_id, find_pair, log_odds_of,
    named_days, probability_of, shared_terms, why_not_proposed,
};
use crate::normalize::Words;
use crate::pipeline::{Reports, Run};
use crate::read::{Inputs, ReadError};

/// Whether two articles report the same event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventAnswer {
    /// Whether they do.
    pub same_event: bool,
    /// How they stand to each other.
    pub relation: Relation,
    /// What decided it.
    pub why: Why,
    /// The event of the first.
    pub a: EventOf,
    /// That of the second.
    pub b: EventOf,
    /// What the two reports say for one event; `None` of copies, which are one report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// What a score is held against.
    pub bounds: Bounds,
    /// Names, numbers and words that both reports have, those first that bring most.
    pub shared: Vec<SharedTerm>,
    /// Days that the first names or is of.
    pub a_days: Vec<NamedDay>,
    /// Those of the second.
    pub b_days: Vec<NamedDay>,
    /// In one event, the strongest way from the first to the second over pairs of its reports.
    pub chain: Vec<EventStep>,
    /// In two events of one storyline, the way from the first to the second.
    pub storyline: Vec<StorylineStep>,
}

/// How two articles stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Copies of one report.
    OneReport,
    /// Reports of one event.
    SameEvent,
    /// Reports of two events of one storyline.
    Storyline,
    /// Neither.
    Apart,
}

/// What decided whether they are of one event.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Why {
    /// They are in one copy cluster.
    Copies,
    /// One is an excerpt of the other, or a copy that another cluster took.
    Copied,
    /// Their event holds together on average.
    Joined,
    /// They are one bulletin of two days.
    Bulletin,
    /// Their score reaches the bound, but both are sure of their days, and these are too far apart.
    DaysApart {
        /// Days between.
        days: u32,
    },
    /// The search for events did not put them forward.
    NotProposed {
        /// Why.
        why: NotProposedWhy,
    },
    /// Their score is below the bound.
    BelowBound,
    /// Their score reaches the bound, but one of them does not go with the event of the other as a whole; or a small event did not hold
    /// by itself.
    Outvoted,
}

/// [`NotProposed`] for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotProposedWhy {
    /// They share no term that is looked up.
    NothingShared,
    /// They share only terms that too many have.
    TooCommon,
    /// Each shares more with others.
    Outdone,
}

/// The event of an article.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventOf {
    /// Its id.
    pub id: String,
    /// Who, when, and a headline.
    pub label: String,
    /// How many independent reports it has.
    pub reports: usize,
    /// The report that stands for the article: itself, or the representative of its copies.
    pub report: String,
    /// How sure it is that this report belongs to the event, `confidence` and `sureness`; left out where it is the only one.
    #[serde(flatten)]
    pub confidence: Option<Confidence>,
}

/// What a score is held against. None of it is an option.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    /// Groups are joined where the mean score of the pairs that are expected to score reaches this.
    pub groups: f64,
    /// And the mean score of the pairs that were compared this.
    pub compared: f64,
    /// Two lone reports where theirs reaches this.
    pub lone: f64,
    /// The days of an event's reports are so many apart at most.
    pub span_days: u32,
}

/// What two reports say for one event, from its parts to the probability. All in log odds: 0 is even, and above zero speaks for
/// one event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The probability that both report one event, as compared with the other pairs of the two; `None` where they were not put forward.
    pub probability: Option<f64>,
    /// The probability by themselves.
    pub probability_alone: f64,
    /// The parts, in a fixed order.
    pub parts: Vec<Part>,
    /// What content begins with: the log odds of two reports that have nothing in common.
    pub content_start: f64,
    /// The sum of `content_start` and the parts of content.
    pub content: f64,
    /// What `content` brings once it is bounded: days must be able to tell two reports apart, however alike they are.
    pub content_bounded: f64,
    /// What days begin with.
    pub days_start: f64,
    /// The sum of `content_bounded`, `days_start` and the parts that say when.
    pub alone: f64,
    /// What comparing with the other pairs of the two adds; `None` where they were not put forward, or copy detection decided.
    pub neighborhood: Option<f64>,
    /// What a passage of one in the other adds; `None` where there is none, or they were not put forward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<f64>,
    /// What copy detection says of the two, which decides unless it is an excerpt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tie: Option<Tie>,
}

/// A pair of reports on the way from one article to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventStep {
    /// From this report.
    pub from: String,
    /// To this one.
    pub to: String,
    /// The probability that both report one event.
    pub score: f64,
}

/// Two events of a storyline on the way from one article to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StorylineStep {
    /// From this event.
    pub from: String,
    /// To this one.
    pub to: String,
    /// How many days later it is; below zero for earlier, `None` where that is not known.
    pub days_later: Option<i64>,
    /// Whether it is the later one.
    pub later: bool,
    /// The label of `to`.
    pub label: String,
}

const BOUNDS: Bounds =
    Bounds { groups: THRESHOLD, compared: THRESHOLD_PROPOSED, lone: THRESHOLD_ALONE, span_days: MAX_SPAN_DAYS };

/// What the run's events say of two of its articles; `None` where it has none.
pub(super) fn answer(run: &Run, inputs: &Inputs, a: u32, b: u32) -> Result<Option<EventAnswer>, ReadError> {
    let Some(events) = &run.events else { return Ok(None) };
    let cluster_of = run.clustering.cluster_of(run.records.len());
    let [report_a, report_b] = [a, b].map(|article| cluster_of[article as usize]);
    let [event_a, event_b] = [a, b].map(|article| events.event_of[article as usize] as usize);
    let of = |event: usize, report: u32| event_of(run, &events.events[event], report);
    let same_event = event_a == event_b;
    let mut found = EventAnswer {
        same_event,
        relation: Relation::OneReport,
        why: Why::Copies,
        a: of(event_a, report_a),
        b: of(event_b, report_b),
        score: None,
        bounds: BOUNDS,
        shared: Vec::new(),
        a_days: Vec::new(),
        b_days: Vec::new(),
        chain: Vec::new(),
        storyline: Vec::new(),
    };
    if report_a == report_b {
        return Ok(Some(found));
    }
    let two = Two::of(run, inputs, events, (report_a, report_b), same_event)?;
    let location = [run.records[report_a as usize].location];
    let shared =
        inputs.reread(&run.settings.read, &location, &|_| (), |_, article| shared_terms((article, &two.a), &two.b))?;
    found.shared = shared.into_iter().next().unwrap_or_default();
    (found.a_days, found.b_days) = (named_days(&two.a, &two.b), named_days(&two.b, &two.a));
    found.chain = if same_event { strongest_way(run, &events.events[event_a], report_a, report_b) } else { Vec::new() };
    found.storyline = if same_event { Vec::new() } else { storyline(run, event_a, event_b) };
    found.relation = match (same_event, found.storyline.is_empty()) {
        (true, _) => Relation::SameEvent,
        (false, false) => Relation::Storyline,
        (false, true) => Relation::Apart,
    };
    found.why = two.why(same_event);
    found.score = Some(two.score());
    Ok(Some(found))
}

/// Two reports, and what grouping made of them.
struct Two {
    a: Profile,
    b: Profile,
    /// The probability that both report one event, below zero of bulletins; `None` where they were not put forward.
    probability: Option<f64>,
    tie: Option<Tie>,
    /// Why they were not put forward.
    not_proposed: NotProposedWhy,
    /// Days between the two, where both are of a day.
    days_apart: Option<u32>,
}

impl Two {
    fn of(run: &Run, inputs: &Inputs, events: &Events, (a, b): (u32, u32), same_event: bool) -> Result<Two, ReadError> {
        let key = (a.min(b), a.max(b));
        let edge = events.edges.binary_search_by_key(&key, |edge| (edge.a, edge.b)).ok().map(|at| &events.edges[at]);
        // Within an event all pairs that were scored are edges.
        if edge.is_some() || same_event {
            Two::near(run, inputs, events, (a, b), edge)
        } else {
            Two::far(run, inputs, a, b)
        }
    }

    /// Two reports that the run has an edge of, or none because they were not put forward.
    fn near(
        run: &Run,
        inputs: &Inputs,
        events: &Events,
        (a, b): (u32, u32),
        edge: Option<&EventEdge>,
    ) -> Result<Two, ReadError> {
        let locations = [a, b].map(|report| run.records[report as usize].location);
        let mut profiles = inputs.reread(&run.settings.read, &locations, &|_| (), |_, article| {
            Profile::of(article, &Words::of(&article.text), &run.shells)
        })?;
        events.terms.weigh(&mut profiles);
        let [a, b] = [0, 1].map(|at: usize| profiles[at].clone());
        let tie = edge.and_then(|edge| edge.tie);
        let is_bulletin = || {
            let title = || Evidence::of((&a, &Norms::of(&a)), (&b, &Norms::of(&b))).title;
            tie == Some(Tie::Template) || a.is_bulletin_of_another_day(&b, title)
        };
        Ok(Two {
            probability: edge.map(|edge| if is_bulletin() { -1.0 } else { edge.score }),
            days_apart: a.day().zip(b.day()).map(|(a, b)| a.gap(b)),
            not_proposed: NotProposedWhy::Outdone,
            tie,
            a,
            b,
        })
    }

    /// Two reports of which the run says no more than that they are of two events.
    fn far(run: &Run, inputs: &Inputs, a: u32, b: u32) -> Result<Two, ReadError> {
        let reports = Reports::read(inputs, run)?;
        let [place_a, place_b] = [a, b].map(|article| reports.place_of(article) as u32);
        let key = (place_a.min(place_b), place_a.max(place_b));
        let mut ties = Vec::new();
        for (one, other) in (0..reports.articles.len() as u32).flat_map(|other| [(key.0, other), (key.1, other)]) {
            let (one, other) = (one.min(other), one.max(other));
            ties.extend(reports.tie(one, other).map(|tie| (one, other, tie)));
        }
        ties.sort_by_key(|&(one, other, _)| (one, other));
        ties.dedup();
        let pair = find_pair(&reports.profiles, &ties, key);
        let not_proposed = || match why_not_proposed(&reports.profiles.iter().collect::<Vec<_>>(), &[key]).first() {
            Some(NotProposed::TooCommon { .. }) => NotProposedWhy::TooCommon,
            Some(NotProposed::Outdone) => NotProposedWhy::Outdone,
            Some(NotProposed::NothingShared) | None => NotProposedWhy::NothingShared,
        };
        Ok(Two {
            not_proposed: if pair.is_none() { not_proposed() } else { NotProposedWhy::Outdone },
            probability: pair.map(|pair| pair.probability),
            tie: reports.tie(key.0, key.1),
            // What scores enough for days to matter is an edge.
            days_apart: None,
            a: reports.profiles[place_a as usize].clone(),
            b: reports.profiles[place_b as usize].clone(),
        })
    }

    fn why(&self, same_event: bool) -> Why {
        if self.tie == Some(Tie::Template) || self.probability.is_some_and(|probability| probability < 0.0) {
            return Why::Bulletin;
        }
        if same_event {
            return if self.tie == Some(Tie::Copied) { Why::Copied } else { Why::Joined };
        }
        match self.probability {
            None => Why::NotProposed { why: self.not_proposed },
            Some(probability) if probability < THRESHOLD => Why::BelowBound,
            Some(_) => {
                let apart = self.days_apart.filter(|&days| days > MAX_SPAN_DAYS);
                apart.map_or(Why::Outvoted, |days| Why::DaysApart { days })
            }
        }
    }

    fn score(&self) -> Score {
        let model = Model::fitted();
        let evidence = Evidence::of((&self.a, &Norms::of(&self.a)), (&self.b, &Norms::of(&self.b)));
        let (parts, weights) = (model.parts(&evidence), model.weights(evidence.is_brief()));
        let (content, alone) = (model.content_log_odds(&evidence), model.log_odds(&evidence));
        let when = |part: &Part| matches!(part.piece, crate::events::Piece::Days | crate::events::Piece::Published);
        let of_days: f64 = parts.iter().filter(|part| when(part)).map(|part| part.log_odds).sum();
        let probability = self.probability.map(|probability| probability.max(0.0));
        let is_excerpt = self.tie == Some(Tie::Excerpt);
        let decided =
            self.tie.is_some() && !is_excerpt || self.probability.is_some_and(|probability| probability < 0.0);
        let undecided = probability.filter(|_| !decided);
        let excerpt = undecided.filter(|_| is_excerpt).map(|_| EXCERPT);
        let neighborhood = undecided.map(|probability| log_odds_of(probability) - alone - excerpt.unwrap_or_default());
        Score {
            probability,
            probability_alone: probability_of(alone),
            content_start: weights.content.intercept,
            content,
            content_bounded: alone - weights.days.intercept - of_days,
            days_start: weights.days.intercept,
            alone,
            neighborhood,
            excerpt,
            parts,
            tie: self.tie,
        }
    }
}

fn event_of(run: &Run, event: &Event, report: u32) -> EventOf {
    let record = &run.records[event.representative as usize];
    let headline = record.headline().unwrap_or("");
    let place = event.reports.binary_search(&report).ok();
    EventOf {
        id: event_id(&record.id),
        label: event.label(headline),
        reports: event.reports.len(),
        report: run.records[report as usize].id.clone(),
        confidence: place.and_then(|place| event.reasons.get(place)).map(|reason| reason.confidence),
    }
}

/// The way from one report of an event to another whose weakest pair is strongest, of such the shortest.
fn strongest_way(run: &Run, event: &Event, from: u32, to: u32) -> Vec<EventStep> {
    let Some(events) = &run.events else { return Vec::new() };
    let place = |article: u32| event.reports.binary_search(&article).ok();
    let mut edges: Vec<(f64, usize, usize)> = events
        .edges
        .iter()
        .filter_map(|edge| Some((edge.score, place(edge.a)?, place(edge.b)?)))
        .filter(|(score, ..)| *score > 0.0)
        .collect();
    edges.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (Some(start), Some(end)) = (place(from), place(to)) else { return Vec::new() };
    // Pairs are let in from the strongest down until there is a way; the shortest of what is then there is taken.
    let mut neighbors: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); event.reports.len()];
    let mut groups = crate::cluster::Components::new(event.reports.len());
    for (score, a, b) in edges {
        neighbors[a].insert(b, score);
        neighbors[b].insert(a, score);
        groups.join(a as u32, b as u32);
        if groups.first(start as u32) == groups.first(end as u32) {
            break;
        }
    }
    let way = shortest(start, end, |at| neighbors[at].keys().copied().collect());
    let id = |place: usize| run.records[event.reports[place] as usize].id.clone();
    way.windows(2)
        .map(|two| EventStep { from: id(two[0]), to: id(two[1]), score: neighbors[two[0]][&two[1]] })
        .collect()
}

/// The events between two of one storyline.
fn storyline(run: &Run, from: usize, to: usize) -> Vec<StorylineStep> {
    let Some(events) = &run.events else { return Vec::new() };
    let mut neighbors: BTreeMap<usize, Vec<(usize, Option<i64>, bool)>> = BTreeMap::new();
    for one in &events.storylines {
        let days = one.days.map(i64::from);
        neighbors.entry(one.from).or_default().push((one.to, days, true));
        neighbors.entry(one.to).or_default().push((one.from, days.map(|days| -days), false));
    }
    let of = |event: usize| neighbors.get(&event).map_or(&[][..], Vec::as_slice);
    let way = shortest(from, to, |at| of(at).iter().map(|&(next, ..)| next).collect());
    let step = |two: &[usize]| {
        let &(_, days_later, later) = of(two[0]).iter().find(|(next, ..)| *next == two[1])?;
        let (from, to) = (&events.events[two[0]], &events.events[two[1]]);
        let id = |event: &Event| event_id(&run.records[event.representative as usize].id);
        let label = event_of(run, to, to.representative).label;
        Some(StorylineStep { from: id(from), to: id(to), days_later, later, label })
    };
    way.windows(2).filter_map(step).collect()
}

/// The shortest way from one place to another; of several the first in order. Empty where there is none.
fn shortest(from: usize, to: usize, neighbors: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::from([(from, from)]);
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        if at == to {
            let mut way = vec![to];
            while let Some(&last) = way.last()
                && last != from
            {
                way.push(before[&last]);
            }
            way.reverse();
            return way;
        }
        for next in neighbors(at) {
            before.entry(next).or_insert_with(|| {
                open.push_back(next);
                at
            });
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_found_and_none_where_there_is_none() {
        let neighbors = |at: usize| match at {
            0 => vec![1, 2],
            1 => vec![0, 3],
            2 => vec![0, 3],
            3 => vec![1, 2, 4],
            4 => vec![3],
            _ => vec![],
        };
        assert_eq!(shortest(0, 4, neighbors), [0, 1, 3, 4]);
        assert_eq!(shortest(4, 4, neighbors), [4]);
        assert_eq!(shortest(0, 5, neighbors), [0usize; 0]);
    }
}
