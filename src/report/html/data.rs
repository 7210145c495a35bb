//! A run and its inputs in, what the script of a report needs out: articles as columns, and everything else by their places.
//!
//! Large inputs are cut by rank, so that a file opens in a moment: the articles of the largest events and clusters first, then those
//! of related pairs and storylines, then the rest by id. Texts are there of whatever is in an event, a cluster or a related pair,
//! as far as there is room; any two of them can be laid side by side. Pairs that were verified are aligned here, others by the
//! script, by the same words.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::pictures::written;
use super::{Count, HtmlOptions};
use crate::article::{Article, Published};
use crate::boilerplate::ShellTable;
use crate::cluster::copy_cluster_id;
use crate::events::event_id;
use crate::explain::{Span, align};
use crate::normalize::Words;
use crate::pipeline::{Record, Run};
use crate::read::{Inputs, Location, ReadError};
use crate::report::event_view::headline;
use crate::report::view::{first_published, lag_seconds};
use crate::verify::{Comparison, Kind};

/// What the script reads.
#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    version: u32,
    outlets: Vec<&'a str>,
    articles: Articles<'a>,
    events: Vec<EventData<'a>>,
    /// `[from, to, days]` by places among `events`.
    follows: Vec<(usize, usize, Option<u32>)>,
    clusters: Vec<ClusterData>,
    links: Vec<LinkData>,
    /// Words in a shingle.
    window_words: usize,
    /// Places of the articles whose texts are here.
    has_text: Vec<usize>,
    /// What is only looked at when two articles are, and stands by itself, so that a file opens without it.
    #[serde(skip)]
    pub(super) texts: Texts,
    /// What is left out.
    #[serde(skip)]
    pub(super) cut: Vec<Count>,
}

/// Texts, by the places of their articles.
#[derive(Debug, Default, Serialize)]
pub(super) struct Texts {
    texts: BTreeMap<usize, String>,
    /// Boilerplate: from and to, from and to, ... as a browser counts.
    left_out: BTreeMap<usize, Vec<usize>>,
    /// Pairs that were verified, `3-17`.
    pairs: BTreeMap<String, PairData>,
}

/// A column each, in order of id.
#[derive(Debug, Default, Serialize)]
struct Articles<'a> {
    id: Vec<&'a str>,
    /// Among `outlets`; -1 where it is unknown.
    outlet: Vec<i64>,
    /// What the clock showed, as seconds since its 1970-01-01T00:00; of a day alone the end of that day, half a second before the next.
    published: Vec<Option<f64>>,
    /// Its headline, or how it begins.
    title: Vec<&'a str>,
    words: Vec<u32>,
    /// Among `events`; -1 where it is in none that is listed.
    event: Vec<i64>,
    /// Among `clusters`; -1 where it is in none.
    cluster: Vec<i64>,
}

#[derive(Debug, Serialize)]
struct EventData<'a> {
    id: String,
    label: String,
    names: &'a [String],
    /// Places of its independent reports.
    reports: Vec<usize>,
    /// How sure it is that they belong together, and the word for it; none of a lone one.
    confidence: Option<(f64, &'static str)>,
    /// For each of these `[confidence, the word for it, names, days, words]`.
    reasons: Vec<ReasonData<'a>>,
}

/// How sure it is that a report belongs to its event, and the names, days and words that it shares with others there.
type ReasonData<'a> = (f64, &'static str, &'a [String], Vec<String>, &'a [String]);

#[derive(Debug, Serialize)]
struct ClusterData {
    id: String,
    representative: usize,
    original: usize,
    /// Whether the original was surely published before all others.
    first: bool,
    members: Vec<MemberData>,
}

/// Article, kind, similarity, containment, coverage, coverage of the longer, seconds after the first where both are known.
type MemberData = (usize, usize, f64, f64, f64, f64, Option<i64>);

/// Two articles, kind, the same numbers, how many edges, whether it is a bridge that was cut.
type LinkData = (usize, usize, usize, f64, f64, f64, f64, usize, u8);

/// What both have in the first and in the second, and what is changed: from and to, from and to, ... in UTF-16 units, which is how a
/// browser counts.
type PairData = [Vec<usize>; 4];

impl<'a> Data<'a> {
    pub(super) fn of(run: &'a Run, inputs: &Inputs, options: &HtmlOptions) -> Result<Data<'a>, ReadError> {
        let chosen = Chosen::of(run, options.most_articles);
        let mut data = Data {
            version: 1,
            outlets: outlets(run, &chosen),
            articles: Articles::default(),
            events: chosen.events.iter().map(|&event| event_data(run, &chosen, event)).collect(),
            follows: Vec::new(),
            clusters: chosen.clusters.iter().map(|&cluster| cluster_data(run, &chosen, cluster)).collect(),
            links: Vec::new(),
            window_words: run.settings.window_words,
            has_text: Vec::new(),
            texts: Texts::default(),
            cut: Vec::new(),
        };
        data.articles = data.columns(run, &chosen);
        let place_of_event = |event: usize| chosen.events.binary_search(&event).ok();
        for one in run.events.iter().flat_map(|found| &found.storylines) {
            if let (Some(from), Some(to)) = (place_of_event(one.from), place_of_event(one.to)) {
                data.follows.push((from, to, one.days));
            }
        }
        for link in &run.clustering.links {
            if let (Some(a), Some(b)) = (chosen.place(link.edge.a), chosen.place(link.edge.b)) {
                let [similarity, containment, coverage, longer] = numbers(&link.edge.comparison);
                let (kind, cut) = (kind(link.edge.kind), u8::from(link.is_cut_bridge()));
                data.links.push((a, b, kind, similarity, containment, coverage, longer, link.edges, cut));
            }
        }
        // The strongest first.
        data.links.sort_by(|x, y| y.5.total_cmp(&x.5).then((x.0, x.1).cmp(&(y.0, y.1))));
        let left_out = data.add_texts(run, inputs, &chosen, options.most_text_bytes)?;
        data.cut = chosen.cut(run, left_out);
        Ok(data)
    }

    fn columns(&self, run: &'a Run, chosen: &Chosen) -> Articles<'a> {
        let mut articles = Articles {
            event: vec![-1; chosen.articles.len()],
            cluster: vec![-1; chosen.articles.len()],
            ..Articles::default()
        };
        for &article in &chosen.articles {
            let record: &Record = &run.records[article as usize];
            articles.id.push(&record.id);
            let outlet = record.source.as_deref().and_then(|name| self.outlets.binary_search(&name).ok());
            articles.outlet.push(outlet.map_or(-1, |place| place as i64));
            articles.published.push(record.published.map(shown_seconds));
            articles.title.push(headline(record));
            articles.words.push(record.words);
        }
        for (cluster, number) in self.clusters.iter().zip(0..) {
            cluster.members.iter().for_each(|member| articles.cluster[member.0] = number);
        }
        for (&event, number) in chosen.events.iter().zip(0..) {
            for &article in run.events.iter().flat_map(|found| &found.events[event].articles) {
                if let Some(place) = chosen.place(article) {
                    articles.event[place] = number;
                }
            }
        }
        articles
    }

    /// The places of what can be laid side by side: the members of clusters and the ends of links, then the articles of events, each
    /// list from its largest or strongest on.
    fn to_be_read(&self, run: &Run, chosen: &Chosen) -> Vec<usize> {
        let of_clusters = self.clusters.iter().flat_map(|cluster| cluster.members.iter().map(|member| member.0));
        let of_links = self.links.iter().flat_map(|link| [link.0, link.1]);
        let events = run.events.as_ref().map_or(&[][..], |found| &found.events);
        let of_events = chosen.events.iter().flat_map(|&event| chosen.places(events[event].articles.iter().copied()));
        let mut seen = vec![false; chosen.articles.len()];
        let new = |place: &usize| !std::mem::replace(&mut seen[*place], true);
        of_clusters.chain(of_links).chain(of_events).filter(new).collect()
    }

    /// The pairs that were verified: members of clusters with their representative, and links.
    fn verified_pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let of_clusters = self.clusters.iter().flat_map(|cluster| {
            let representative = cluster.representative;
            cluster.members.iter().map(move |member| (member.0, representative)).filter(|(a, b)| a != b)
        });
        of_clusters.chain(self.links.iter().map(|link| (link.0, link.1)))
    }

    /// Reads texts again and lays verified pairs side by side. Returns how many articles' texts have no room.
    fn add_texts(
        &mut self,
        run: &Run,
        inputs: &Inputs,
        chosen: &Chosen,
        most_bytes: usize,
    ) -> Result<usize, ReadError> {
        let wanted = self.to_be_read(run, chosen);
        let bytes = |place: usize| run.records[chosen.articles[place] as usize].location.length as usize;
        let mut room = most_bytes;
        let mut places = wanted.clone();
        places.retain(|&place| {
            let fits = bytes(place) <= room;
            room -= if fits { bytes(place) } else { 0 };
            fits
        });
        places.sort_unstable();
        let locations: Vec<Location> =
            places.iter().map(|&place| run.records[chosen.articles[place] as usize].location).collect();
        let read = inputs.reread(&run.settings.read, &locations, &|_| (), |_, article| {
            (article.source.as_deref().map(str::to_owned), article.text.clone().into_owned())
        })?;
        let texts: BTreeMap<usize, (Option<String>, String)> = places.iter().copied().zip(read).collect();
        let article = |(source, text): &'_ (Option<String>, String)| Article {
            source: source.clone().map(Into::into),
            text: text.clone().into(),
            ..Article::default()
        };
        let aligned = |(a, b): (usize, usize)| {
            let (text_a, text_b) = (texts.get(&a)?, texts.get(&b)?);
            let found = align(&article(text_a), &article(text_b), &run.shells, run.settings.window_words);
            let (of_a, of_b) = (Units(&text_a.1), Units(&text_b.1));
            let shared_a = found.passages.iter().map(|passage| passage.a);
            let shared_b = found.passages.iter().map(|passage| passage.b);
            let [changed_a, changed_b] = found.changed();
            let pair = [
                of_a.ranges(shared_a),
                of_b.ranges(shared_b),
                of_a.byte_ranges(changed_a),
                of_b.byte_ranges(changed_b),
            ];
            Some((format!("{a}-{b}"), pair))
        };
        let pairs: Vec<(usize, usize)> = self.verified_pairs().collect();
        let pairs: Vec<Option<(String, PairData)>> = pairs.into_par_iter().map(aligned).collect();
        let left_out = |(&place, (source, text)): (&usize, &(Option<String>, String))| {
            let left_out = boilerplate(&run.shells, source.as_deref(), text);
            (!left_out.is_empty()).then_some((place, left_out))
        };
        let left_out: Vec<Option<(usize, Vec<usize>)>> = texts.par_iter().map(left_out).collect();
        self.texts = Texts {
            pairs: pairs.into_iter().flatten().collect(),
            left_out: left_out.into_iter().flatten().collect(),
            texts: texts.into_iter().map(|(place, (_, text))| (place, text)).collect(),
        };
        let without = wanted.len() - places.len();
        self.has_text = places;
        Ok(without)
    }
}

/// What of a text does not count as its outlet's shells, from and to as a browser counts.
fn boilerplate(shells: &ShellTable, source: Option<&str>, text: &str) -> Vec<usize> {
    let words = Words::of(text);
    let Some(kept) = shells.compared(source.unwrap_or(""), &words) else { return Vec::new() };
    let starts = std::iter::once(0).chain(kept.iter().map(|range| range.end));
    let ends = kept.iter().map(|range| range.start).chain([words.len()]);
    let gaps = starts.zip(ends).filter(|(start, end)| start < end);
    Units(text).byte_ranges(gaps.map(|(start, end)| [words.span(start).start, words.span(end - 1).end]).collect())
}

/// Places in a text as a browser counts them.
struct Units<'t>(&'t str);

impl Units<'_> {
    /// Spans as ranges that do not overlap, in order.
    fn ranges(&self, spans: impl Iterator<Item = Span>) -> Vec<usize> {
        self.byte_ranges(spans.map(|span| span.bytes).collect())
    }

    fn byte_ranges(&self, mut spans: Vec<[usize; 2]>) -> Vec<usize> {
        spans.sort_unstable();
        let mut joined: Vec<[usize; 2]> = Vec::new();
        for [from, to] in spans {
            match joined.last_mut() {
                Some(last) if from <= last[1] => last[1] = last[1].max(to),
                _ => joined.push([from, to]),
            }
        }
        let (mut at_byte, mut at_unit) = (0, 0);
        let mut unit = |byte: usize| {
            at_unit += self.0[at_byte..byte].encode_utf16().count();
            at_byte = byte;
            at_unit
        };
        joined.into_iter().flatten().map(&mut unit).collect()
    }
}

/// What of a run stands in the file.
struct Chosen {
    /// Positions in the run, rising; the place here is the place in the file.
    articles: Vec<u32>,
    /// Places among the run's events, rising.
    events: Vec<usize>,
    /// Places among the run's clusters, rising.
    clusters: Vec<usize>,
    /// Events that a list has, whether here or not.
    all_events: usize,
}

impl Chosen {
    fn of(run: &Run, most: usize) -> Chosen {
        let events = run.events.as_ref().map_or(&[][..], |found| &found.events);
        let clusters = &run.clustering.clusters;
        let mut told = vec![false; events.len()];
        for one in run.events.iter().flat_map(|found| &found.storylines) {
            (told[one.from], told[one.to]) = (true, true);
        }
        let listed = |event: &usize| events[*event].reports.len() > 1 || told[*event];
        let mut taken = vec![false; run.records.len()];
        let mut room = most;
        // All of a group, or none of it: half an event would be told wrongly.
        let mut take = |articles: &mut dyn Iterator<Item = u32>| {
            let new: Vec<u32> = articles.filter(|&article| !taken[article as usize]).collect();
            let fits = new.len() <= room;
            if fits {
                room -= new.len();
                new.into_iter().for_each(|article| taken[article as usize] = true);
            }
            fits
        };
        let mut kept_events = Vec::new();
        let mut kept_clusters = Vec::new();
        // Both lists begin with the largest.
        for event in (0..events.len()).filter(listed) {
            if take(&mut events[event].articles.iter().copied()) {
                kept_events.push(event);
            }
        }
        for (place, cluster) in clusters.iter().enumerate() {
            if take(&mut cluster.members.iter().map(|member| member.article)) {
                kept_clusters.push(place);
            }
        }
        for link in &run.clustering.links {
            take(&mut [link.edge.a, link.edge.b].into_iter());
        }
        for article in 0..run.records.len() as u32 {
            take(&mut std::iter::once(article));
        }
        let articles = (0..run.records.len() as u32).filter(|&article| taken[article as usize]).collect();
        let all_events = (0..events.len()).filter(listed).count();
        Chosen { articles, events: kept_events, clusters: kept_clusters, all_events }
    }

    /// The place in the file of an article of the run.
    fn place(&self, article: u32) -> Option<usize> {
        self.articles.binary_search(&article).ok()
    }

    fn places(&self, articles: impl Iterator<Item = u32>) -> Vec<usize> {
        articles.filter_map(|article| self.place(article)).collect()
    }

    fn cut(&self, run: &Run, without_texts: usize) -> Vec<Count> {
        let counts = [
            ("cut_articles", run.records.len() - self.articles.len()),
            ("cut_events", self.all_events - self.events.len()),
            ("cut_clusters", run.clustering.clusters.len() - self.clusters.len()),
            ("cut_texts", without_texts),
        ];
        let some = counts.into_iter().filter(|(_, count)| *count > 0);
        some.map(|(what, count)| Count { what, count: count as u64 }).collect()
    }
}

fn outlets<'a>(run: &'a Run, chosen: &Chosen) -> Vec<&'a str> {
    let of = |&article: &u32| run.records[article as usize].source.as_deref();
    let mut outlets: Vec<&str> = chosen.articles.iter().filter_map(of).collect();
    outlets.sort_unstable();
    outlets.dedup();
    outlets
}

fn event_data<'a>(run: &'a Run, chosen: &Chosen, event: usize) -> EventData<'a> {
    // Events were chosen from what the run found.
    let event = &run.events.as_ref().expect("the run has events").events[event];
    let representative = &run.records[event.representative as usize];
    EventData {
        id: event_id(&representative.id),
        label: event.label(headline(representative)),
        names: &event.names,
        confidence: event.confidence().map(|confidence| (floored(confidence.share()), confidence.word())),
        reports: chosen.places(event.reports.iter().copied()),
        reasons: (event.reasons.iter())
            .map(|reason| {
                let days = reason.days.iter().map(written).collect();
                (
                    floored(reason.confidence.share()),
                    reason.confidence.word(),
                    &reason.names[..],
                    days,
                    &reason.words[..],
                )
            })
            .collect(),
    }
}

fn cluster_data(run: &Run, chosen: &Chosen, cluster: usize) -> ClusterData {
    let cluster = &run.clustering.clusters[cluster];
    // A cluster is chosen with all its members.
    let place = |article: u32| chosen.place(article).unwrap_or_default();
    let first = first_published(cluster, &run.records);
    let member = |member: &crate::cluster::Member| {
        let [similarity, containment, coverage, longer] = numbers(&member.comparison);
        let lag = lag_seconds(first, run.records[member.article as usize].published);
        (place(member.article), kind(member.kind), similarity, containment, coverage, longer, lag)
    };
    ClusterData {
        id: copy_cluster_id(&run.records[cluster.representative as usize].id),
        representative: place(cluster.representative),
        original: place(cluster.original),
        first: cluster.first == Some(cluster.original),
        members: cluster.members.iter().map(member).collect(),
    }
}

/// See [`Articles::published`].
fn shown_seconds(time: Published) -> f64 {
    let seconds = time.wall_seconds() as f64;
    if time.is_day { seconds + 86_399.5 } else { seconds }
}

fn numbers(comparison: &Comparison) -> [f64; 4] {
    let Comparison { similarity, containment, coverage, coverage_longer } = *comparison;
    [similarity, containment, coverage, coverage_longer].map(floored)
}

/// Four digits, rounded down: no rounding lifts a value over the threshold.
fn floored(share: f64) -> f64 {
    (share * 1e4 + 1e-9).floor() / 1e4
}

/// The place among the kinds that the script knows.
fn kind(kind: Kind) -> usize {
    match kind {
        Kind::Identical => 0,
        Kind::Copy => 1,
        Kind::Excerpt => 2,
        Kind::Template => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_is_cut_is_counted_and_groups_stay_whole() {
        let run = sample::run();
        for most in [0, 1, 5, 16, 20, 1_000] {
            let chosen = Chosen::of(&run, most);
            assert!(chosen.articles.len() <= most);
            let events = &run.events.as_ref().unwrap().events;
            for &event in &chosen.events {
                assert!(events[event].articles.iter().all(|&article| chosen.place(article).is_some()));
            }
            for &cluster in &chosen.clusters {
                let members = &run.clustering.clusters[cluster].members;
                assert!(members.iter().all(|member| chosen.place(member.article).is_some()));
            }
            let cut = chosen.cut(&run, 0).iter().find(|one| one.what == "cut_articles").map_or(0, |one| one.count);
            assert_eq!(cut as usize + chosen.articles.len(), run.records.len());
        }
    }

    #[test]
    fn places_are_counted_as_a_browser_counts_and_joined() {
        let text = "a😀 việt nam";
        let span = |from: usize, to: usize| Span { bytes: [from, to], characters: [0, 0] };
        let place = |word: &str| text.find(word).unwrap();
        let (viet, nam) = (place("việt"), place("nam"));
        let ranges =
            Units(text).ranges([span(viet + 1, viet + 6), span(viet, viet + 6), span(nam, nam + 3)].into_iter());
        assert_eq!(ranges, [4, 8, 9, 12]);
    }
}
