//! Profiles and copy clusters in, [`Events`] out: which report goes with which, and the words for it from the texts.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::cluster::Clustering;
use crate::events::{
    Density, Description, Event, EventEdge, Events, Evidence, Follows, Grouping, Model, Norms, Pair, Profile, Speller,
    Surfaces, TermTable, Tie, confidences, describe, find, find_with, storylines, strengths, strongest, wanted,
};
use crate::normalize::Words;
use crate::read::{Inputs, Location, ReadError};
use crate::verify::Kind;

use super::{Progress, Run, Stage, Texts};

/// What finding events starts from: the reports of a run, lone articles and the representatives of copy clusters.
#[derive(Debug, Clone)]
pub struct Reports {
    /// Their articles' positions, in an order that ids have no say in: [`Profile::order`].
    pub articles: Vec<u32>,
    /// One for each of these, weighed by the table in force.
    pub profiles: Vec<Profile>,
    /// What copy detection says of them.
    ties: Vec<(u32, u32, Tie)>,
    /// For each article the place of its report.
    place_of: Vec<u32>,
}

impl Reports {
    /// The reports of a run, their texts read again: what [`crate::events::fit`] fits on and an audit scores. Weighed as the run itself would.
    ///
    /// # Errors
    /// Where the input can't be read again.
    pub fn read(inputs: &Inputs, run: &Run) -> Result<Reports, ReadError> {
        let cluster_of = run.clustering.cluster_of(run.records.len());
        let articles = representatives(&cluster_of);
        let locations: Vec<Location> = articles.iter().map(|&report| run.records[report as usize].location).collect();
        let profiles = inputs.reread(&run.settings.read, &locations, &|_| {}, |_, article| {
            Profile::of(article, &Words::of(&article.text), &run.shells)
        })?;
        let terms = run.events.as_ref().map(|found| found.terms.clone());
        Ok(Reports::weighed(articles, profiles, &run.clustering, &cluster_of, terms).0)
    }

    /// The place of the report that stands for an article: itself, or the representative of its copy cluster.
    pub fn place_of(&self, article: u32) -> usize {
        self.place_of[article as usize] as usize
    }

    /// What copy detection says of two reports, by their places; `a < b`.
    pub fn tie(&self, a: u32, b: u32) -> Option<Tie> {
        let place = self.ties.binary_search_by_key(&(a, b), |&(a, b, _)| (a, b)).ok()?;
        Some(self.ties[place].2)
    }

    /// The reports grouped into events however sure they are, with every pair that was scored.
    pub fn grouping(&self) -> Grouping {
        find(&self.profiles, &self.ties, 0.0)
    }

    fn weighed(
        articles: Vec<u32>,
        profiles: Vec<Profile>,
        clustering: &Clustering,
        cluster_of: &[u32],
        terms: Option<TermTable>,
    ) -> (Reports, TermTable) {
        let orders: Vec<(i64, u64)> = profiles.par_iter().map(Profile::order).collect();
        let mut reports: Vec<_> = orders.into_iter().zip(articles.into_iter().zip(profiles)).collect();
        reports.sort_by_key(|&(order, (article, _))| (order, article));
        let (articles, mut profiles): (Vec<u32>, Vec<Profile>) = reports.into_iter().map(|(_, report)| report).unzip();
        let mut place_of_report = vec![0; cluster_of.len()];
        articles.iter().zip(0..).for_each(|(&article, place)| place_of_report[article as usize] = place);
        let place_of: Vec<u32> = cluster_of.iter().map(|&report| place_of_report[report as usize]).collect();
        let terms = terms.unwrap_or_else(|| TermTable::learn(&profiles.iter().collect::<Vec<_>>()));
        terms.weigh(&mut profiles);
        let ties = ties(clustering, &place_of);
        (Reports { articles, profiles, ties, place_of }, terms)
    }

    /// Whether copy detection has decided on two reports, by their places; `a < b`.
    pub fn are_tied(&self, a: u32, b: u32) -> bool {
        self.tie(a, b).is_some()
    }

    /// For each article of the run the first report of its event, by this model.
    pub fn event_of(&self, model: &Model) -> Vec<u32> {
        let grouping = find_with(model, &self.profiles, &self.ties, 0.0);
        self.place_of.iter().map(|&place| grouping.event_of[place as usize]).collect()
    }
}

fn representatives(cluster_of: &[u32]) -> Vec<u32> {
    cluster_of.iter().zip(0..).filter(|&(&report, article)| report == article).map(|(_, article)| article).collect()
}

/// The events among the articles that have these profiles. `terms`: a table to use instead of learning one.
pub(super) fn events(
    texts: &Texts<'_>,
    profiles: Vec<Profile>,
    clustering: &Clustering,
    terms: Option<TermTable>,
    progress: &dyn Progress,
) -> Result<Events, ReadError> {
    progress.begin(Stage::Events, None);
    let cluster_of = clustering.cluster_of(profiles.len());
    let of_reports = profiles.into_iter().zip(cluster_of.iter().zip(0..));
    let profiles =
        of_reports.filter(|&(_, (&report, article))| report == article).map(|(profile, _)| profile).collect();
    let (reports, terms) = Reports::weighed(representatives(&cluster_of), profiles, clustering, &cluster_of, terms);
    let grouping = find(&reports.profiles, &reports.ties, texts.settings.min_confidence);
    let mut found = gathered(&grouping, &reports, terms);
    found.edges = edges(&grouping, &reports);
    if texts.settings.edge_evidence {
        found.evidence = evidence(&found.edges, &reports);
    }
    put_into_words(texts, &mut found, &grouping, &reports)?;
    Ok(found)
}

/// What copy detection says of reports, by their places.
fn ties(clustering: &Clustering, place_of: &[u32]) -> Vec<(u32, u32, Tie)> {
    let mut ties = BTreeMap::new();
    for link in &clustering.links {
        let (a, b) = (place_of[link.edge.a as usize], place_of[link.edge.b as usize]);
        let key = (a.min(b), a.max(b));
        let tie = match link.edge.kind {
            Kind::Identical | Kind::Copy => Tie::Copied,
            Kind::Excerpt => Tie::Excerpt,
            Kind::Template => Tie::Template,
        };
        let strongest = ties.entry(key).or_insert(tie);
        *strongest = tie.min(*strongest);
    }
    ties.into_iter().map(|((a, b), tie)| (a, b, tie)).collect()
}

/// The events by their articles, without words yet.
fn gathered(grouping: &Grouping, reports: &Reports, terms: TermTable) -> Events {
    let Reports { articles: article_of, profiles, place_of, .. } = reports;
    let strength = strengths(&grouping.event_of, &grouping.pairs);
    let mut places: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (&event, place) in grouping.event_of.iter().zip(0..) {
        places.entry(event).or_default().push(place);
    }
    let mut copies: HashMap<u32, Vec<u32>> = HashMap::new();
    for (&place, article) in place_of.iter().zip(0..) {
        copies.entry(place).or_default().push(article);
    }
    let mut events: Vec<Event> = places
        .into_values()
        .map(|places| {
            let representative = article_of[strongest(&places, &strength) as usize];
            let mut reports: Vec<u32> = places.iter().map(|&place| article_of[place as usize]).collect();
            reports.sort_unstable();
            let mut articles: Vec<u32> = places.iter().flat_map(|place| copies[place].iter().copied()).collect();
            articles.sort_unstable();
            Event { representative, reports, articles, ..Event::default() }
        })
        .collect();
    events.sort_by_key(|event| {
        (usize::MAX - event.reports.len(), usize::MAX - event.articles.len(), event.representative)
    });
    let mut event_of = vec![0; place_of.len()];
    for (event, place) in events.iter().zip(0..) {
        event.articles.iter().for_each(|&article| event_of[article as usize] = place);
    }
    let event_at = |place: u32| event_of[article_of[place as usize] as usize] as usize;
    let mut follows: Vec<Follows> = storylines(grouping, profiles)
        .into_iter()
        .map(|one| Follows { from: event_at(one.from), to: event_at(one.to), days: Some(one.days) })
        .collect();
    follows.sort_by_key(|one| (one.from, one.to));
    let density = Density::of(profiles.len(), grouping.pairs.iter().map(|pair| (pair.a, pair.b)));
    Events { events, event_of, storylines: follows, terms, density, ..Events::default() }
}

fn edges(grouping: &Grouping, reports: &Reports) -> Vec<EventEdge> {
    let Reports { articles, ties, .. } = reports;
    let tie =
        |pair: &Pair| ties.binary_search_by_key(&(pair.a, pair.b), |&(a, b, _)| (a, b)).ok().map(|place| ties[place].2);
    let edge = |pair: &Pair| {
        let (a, b) = (articles[pair.a as usize], articles[pair.b as usize]);
        EventEdge { a: a.min(b), b: a.max(b), score: pair.probability.max(0.0), tie: tie(pair) }
    };
    let mut edges: Vec<EventEdge> = grouping.edges().map(edge).collect();
    edges.par_sort_unstable_by_key(|edge| (edge.a, edge.b));
    edges
}

/// What speaks for each of these edges.
fn evidence(edges: &[EventEdge], reports: &Reports) -> Vec<Evidence> {
    let norms: Vec<Norms> = reports.profiles.par_iter().map(Norms::of).collect();
    let of = |edge: &EventEdge| {
        // The earlier one first, as where they were scored: the last digit depends on it.
        let [a, b] = [edge.a, edge.b].map(|article| reports.place_of(article));
        let [a, b] = [a.min(b), a.max(b)].map(|place| (&reports.profiles[place], &norms[place]));
        Evidence::of(a, b)
    };
    edges.par_iter().map(of).collect()
}

thread_local! {
    static SPELLER: RefCell<Speller> = RefCell::default();
}

/// Reads the reports of events that have several, or belong to a storyline, and says who, when and why.
fn put_into_words(
    texts: &Texts<'_>,
    found: &mut Events,
    grouping: &Grouping,
    reports: &Reports,
) -> Result<(), ReadError> {
    let mut told = vec![false; found.events.len()];
    found.storylines.iter().for_each(|one| (told[one.from], told[one.to]) = (true, true));
    let described: Vec<usize> =
        (0..found.events.len()).filter(|&event| told[event] || found.events[event].reports.len() > 1).collect();
    let of_event = |event: &Event| {
        event.reports.iter().map(|&report| &reports.profiles[reports.place_of(report)]).collect::<Vec<_>>()
    };
    let asked: Vec<Vec<Vec<u32>>> =
        described.par_iter().map(|&event| wanted(&of_event(&found.events[event]))).collect();
    // In order of location, as reading again wants it.
    let mut order: Vec<(Location, usize, usize)> = Vec::new();
    for (at, &event) in described.iter().enumerate() {
        let of_event = found.events[event].reports.iter().enumerate();
        order.extend(of_event.map(|(report, &article)| ((texts.place)(article).location, at, report)));
    }
    order.sort_unstable();
    let locations: Vec<Location> = order.iter().map(|&(location, ..)| location).collect();
    let read = texts.inputs.reread(&texts.settings.read, &locations, &|_| {}, |index, article| {
        let (_, event, report) = order[index];
        SPELLER.with_borrow_mut(|speller| speller.surfaces(article, &asked[event][report]))
    })?;
    let mut spoken: Vec<Vec<Surfaces>> =
        described.iter().map(|&event| vec![Surfaces::default(); found.events[event].reports.len()]).collect();
    for (surfaces, (_, event, report)) in read.into_iter().zip(order) {
        spoken[event][report] = surfaces;
    }
    let confidences = confidences(&grouping.event_of, &grouping.pairs);
    let described_as = |(at, &event): (usize, &usize)| {
        let event = &found.events[event];
        let of_reports = event.reports.iter().filter_map(|&report| confidences[reports.place_of(report)]);
        describe(&of_event(event), &spoken[at], &asked[at], &of_reports.collect::<Vec<_>>())
    };
    let descriptions: Vec<Description> = described.par_iter().enumerate().map(described_as).collect();
    for (&event, description) in described.iter().zip(descriptions) {
        let event = &mut found.events[event];
        (event.names, event.days, event.reasons) = (description.names, description.days, description.reasons);
    }
    Ok(())
}
