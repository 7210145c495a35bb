//! A run in, the shapes of its pictures out: bars with their places, cells with their shades. The template draws them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::layout::{day, duration};
use super::super::summary::median;
use crate::article::Published;
use crate::events::{Day, Event};
use crate::pipeline::Run;
use crate::report::view::lag_seconds;
use crate::verify::Rules;

/// The plane that bars stand on, in the units of the template's `viewBox`.
const LEFT: f64 = 40.0;
const WIDTH: f64 = 590.0;
const FLOOR: f64 = 170.0;
const HEIGHT: f64 = 150.0;

/// At most so many bars: with more, days are put together.
const MOST_BARS: i64 = 60;

/// A picture of articles along time; where none has a time, of events along the days that they name.
#[derive(Debug, Default, Serialize)]
pub(super) struct Timeline {
    bars: Vec<TimeBar>,
    /// The height of the axis.
    most: usize,
    first: String,
    last: String,
    /// Articles that have no time.
    undated: usize,
    /// Whether bars are events and no articles.
    of_events: bool,
    /// Events that stand in no bar: no day of theirs is known with its year, or it is far from all others.
    others: usize,
}

#[derive(Debug, Serialize)]
struct TimeBar {
    label: String,
    articles: usize,
    /// Events of several reports whose first report is of these days.
    events: usize,
    x: String,
    y: String,
    w: String,
    h: String,
    cx: String,
    r: String,
}

/// A coordinate with one digit.
fn at(value: f64) -> String {
    format!("{value:.1}")
}

const DAY: i64 = 86_400;

pub(super) fn timeline(run: &Run) -> Timeline {
    let day_of = |time: Published| time.wall_seconds().div_euclid(DAY);
    let articles: Vec<i64> = run.records.iter().filter_map(|record| record.published).map(day_of).collect();
    if articles.is_empty() {
        return timeline_of_events(run);
    }
    let several = run.events.iter().flat_map(|found| &found.events).filter(|event| event.reports.len() > 1);
    let begins = |event: &Event| {
        let times = event.articles.iter().filter_map(|&article| run.records[article as usize].published);
        times.min().map(day_of)
    };
    let events: Vec<i64> = several.filter_map(begins).collect();
    let undated = run.records.len() - articles.len();
    Timeline { undated, ..along_time(&articles, &events) }
}

/// The shortest time that holds so many of a hundred events is drawn, and half of that before and after it: one of 1933 would leave no
/// room for those of this week.
const NEAR: usize = 80;

/// Of fewer events a picture would say less than their labels do.
const LEAST_EVENTS: usize = 3;

/// Each event at the last day that it is of, as far as its year is known.
fn timeline_of_events(run: &Run) -> Timeline {
    let several = run.events.iter().flat_map(|found| &found.events).filter(|event| event.reports.len() > 1);
    let last = |event: &Event| event.days.iter().filter(|day| day.has_year()).map(epoch_day).max();
    let all = several.clone().count();
    let mut days: Vec<i64> = several.filter_map(last).collect();
    days.sort_unstable();
    let undated = run.records.len();
    if days.len() < LEAST_EVENTS {
        return Timeline { undated, ..Timeline::default() };
    }
    let windows = days.windows((days.len() * NEAR).div_ceil(100)).map(|near| (near[near.len() - 1] - near[0], near[0]));
    // A window is no wider than the list, so there is one; of equals the first.
    let (span, first) = windows.min_by_key(|(span, _)| *span).unwrap_or_default();
    let near: Vec<i64> =
        days.iter().copied().filter(|day| (first - span / 2..=first + span + span / 2).contains(day)).collect();
    Timeline { undated, of_events: true, others: all - near.len(), ..along_time(&near, &[]) }
}

fn epoch_day(day: &Day) -> i64 {
    day.date().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

/// Bars of what is of these days, since 1970, and dots of the events that begin on those; none where nothing is.
fn along_time(articles_by_day: &[i64], events_by_day: &[i64]) -> Timeline {
    let days = articles_by_day.iter().copied();
    let (Some(first), Some(last)) = (days.clone().min(), days.clone().max()) else { return Timeline::default() };
    let span = last.saturating_sub(first).saturating_add(1);
    let days_a_bar = span.div_euclid(MOST_BARS).saturating_add(1).min(span);
    let bars = span.div_euclid(days_a_bar) + i64::from(span.rem_euclid(days_a_bar) > 0);
    let bar_of = |day: i64| ((day - first) / days_a_bar) as usize;
    let (mut articles, mut events) = (vec![0; bars as usize], vec![0; bars as usize]);
    days.for_each(|day| articles[bar_of(day)] += 1);
    events_by_day.iter().for_each(|&day| events[bar_of(day)] += 1);
    let most = articles.iter().copied().max().unwrap_or(0);
    let most_events: usize = events.iter().copied().max().unwrap_or(0);
    let step = WIDTH / bars as f64;
    let name = |number: i64| day(Published::at(number.saturating_mul(DAY)));
    let bar = |(place, (&articles, &events)): (usize, (&usize, &usize))| {
        let from = first + place as i64 * days_a_bar;
        let until = (from + days_a_bar - 1).min(last);
        let height = HEIGHT * articles as f64 / most.max(1) as f64;
        TimeBar {
            label: if from == until { name(from) } else { format!("{} – {}", name(from), name(until)) },
            articles,
            events,
            x: at(LEFT + step * place as f64 + step * 0.05),
            y: at(FLOOR - height),
            w: at((step * 0.9).min(60.0)),
            h: at(height),
            cx: at(LEFT + step * place as f64 + step * 0.05 + (step * 0.9).min(60.0) / 2.0),
            r: at((2.0 + 3.0 * events as f64 / most_events.max(1) as f64).min(step * 0.45)),
        }
    };
    Timeline {
        bars: articles.iter().zip(&events).enumerate().map(bar).collect(),
        most,
        first: name(first),
        last: name(last),
        ..Timeline::default()
    }
}

/// A picture of how alike pairs are.
#[derive(Debug, Default, Serialize)]
pub(super) struct Histogram {
    bars: Vec<ValueBar>,
    most: usize,
    threshold: String,
    threshold_x: String,
    measure: &'static str,
}

#[derive(Debug, Serialize)]
struct ValueBar {
    label: String,
    copies: usize,
    others: usize,
    x: String,
    w: String,
    y: String,
    h: String,
    y2: String,
    h2: String,
}

/// So many bars from 0 to 1.
const VALUES: usize = 20;

pub(super) fn histogram(run: &Run) -> Histogram {
    let rules = Rules::of(&run.settings);
    let mut counts = [(0usize, 0usize); VALUES];
    // Twins are told here as well: each with the first of their words.
    let twins = run.twins.iter().zip(0..).filter(|&(&first, article)| first != article).count();
    counts[VALUES - 1].0 += twins;
    for edge in &run.edges {
        let value = rules.value(&edge.comparison);
        let count = &mut counts[((value * VALUES as f64 + 1e-9) as usize).min(VALUES - 1)];
        if edge.kind.is_copy() { count.0 += 1 } else { count.1 += 1 }
    }
    let most = counts.iter().map(|(copies, others)| copies + others).max().unwrap_or(0);
    if most == 0 {
        return Histogram::default();
    }
    let step = WIDTH / VALUES as f64;
    let bar = |(place, &(copies, others)): (usize, &(usize, usize))| {
        let [low, high] = [copies, others].map(|count| HEIGHT * count as f64 / most as f64);
        let from = place as f64 / VALUES as f64;
        ValueBar {
            label: format!("{from:.2} – {:.2}", from + 1.0 / VALUES as f64),
            copies,
            others,
            x: at(LEFT + step * place as f64 + 1.0),
            w: at(step - 2.0),
            y: at(FLOOR - low),
            h: at(low),
            y2: at(FLOOR - low - high),
            h2: at(high),
        }
    };
    Histogram {
        bars: counts.iter().enumerate().map(bar).collect(),
        most,
        threshold: rules.threshold.to_string(),
        threshold_x: at(LEFT + WIDTH * rules.threshold),
        measure: crate::settings::Choice::word(rules.measure),
    }
}

/// A table of outlets: who ran whose text.
#[derive(Debug, Default, Serialize)]
pub(super) struct Matrix {
    columns: Vec<String>,
    rows: Vec<Row>,
    /// Copies of an outlet's own text.
    own: usize,
    /// Pairs of outlets that the table has no room for.
    others: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Cell {
    count: usize,
    lag: String,
    /// 1 to 4, by the share of the largest.
    heat: usize,
}

/// At most so many outlets on either side.
const OUTLETS: usize = 14;

pub(super) fn matrix(run: &Run) -> Matrix {
    let mut flows: BTreeMap<(&str, &str), Vec<Option<i64>>> = BTreeMap::new();
    let mut own = 0;
    for cluster in &run.clustering.clusters {
        let Some(first) = cluster.first else { continue };
        let original = &run.records[first as usize];
        for member in cluster.members.iter().filter(|member| member.article != first) {
            let copy = &run.records[member.article as usize];
            let (Some(from), Some(to)) = (original.source.as_deref(), copy.source.as_deref()) else { continue };
            if from == to {
                own += 1;
                continue;
            }
            flows.entry((from, to)).or_default().push(lag_seconds(original.published, copy.published));
        }
    }
    let largest = |side: &dyn Fn(&(&'_ str, &'_ str)) -> String| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        flows.iter().for_each(|(pair, lags)| *counts.entry(side(pair)).or_default() += lags.len());
        let mut names: Vec<(usize, String)> = counts.into_iter().map(|(name, count)| (count, name)).collect();
        names.sort_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
        names.into_iter().take(OUTLETS).map(|(_, name)| name).collect::<Vec<String>>()
    };
    let rows = largest(&|pair| pair.0.to_owned());
    let columns = largest(&|pair| pair.1.to_owned());
    let most = flows.values().map(Vec::len).max().unwrap_or(0);
    let mut shown = 0;
    let mut cell = |from: &str, to: &str| {
        let Some(lags) = flows.get(&(from, to)) else { return Cell::default() };
        shown += 1;
        let known: Vec<i64> = lags.iter().flatten().copied().filter(|&lag| lag >= 0).collect();
        Cell {
            count: lags.len(),
            lag: median(&known).map(duration).unwrap_or_default(),
            heat: (4 * lags.len()).div_ceil(most.max(1)).clamp(1, 4),
        }
    };
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|name| Row { cells: columns.iter().map(|column| cell(&name, column)).collect(), name })
        .collect();
    Matrix { columns, rows, own, others: flows.len() - shown }
}

/// A day of a report's evidence as people write it: `8/12`, with its year where that is known.
pub(super) fn written(day: &Day) -> String {
    let date = day.date();
    let year = if day.has_year() { format!("/{}", date.year()) } else { String::new() };
    format!("{}/{}{year}", date.day(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_article_stands_in_one_bar() {
        let run = sample::run();
        let timeline = timeline(&run);
        let articles: usize = timeline.bars.iter().map(|bar| bar.articles).sum();
        assert_eq!(articles + timeline.undated, run.records.len());
        assert!(timeline.bars.len() as i64 <= MOST_BARS + 1);
        assert_eq!(timeline.bars.iter().map(|bar| bar.articles).max(), Some(timeline.most));
    }

    #[test]
    fn without_times_events_stand_at_the_days_that_they_name() {
        let mut run = sample::run();
        run.records.iter_mut().for_each(|record| record.published = None);
        let day = |year: i16, day: i8| vec![Day::new(Some(year), 12, day).unwrap()];
        let events = &mut run.events.as_mut().unwrap().events;
        let several = events.iter().position(|event| event.reports.len() == 1).unwrap();
        let more = events[0].clone();
        events.splice(0..several, (0..12).map(|_| more.clone()));
        for (event, number) in events.iter_mut().zip(0..12) {
            // One of no day, one of long ago, ten of one week.
            event.days = match number {
                0 => Vec::new(),
                1 => day(1933, 1),
                number => day(2021, 1 + number % 7),
            };
        }
        let timeline = timeline(&run);
        let shown: usize = timeline.bars.iter().map(|bar| bar.articles).sum();
        assert!(timeline.of_events && timeline.bars.len() <= 7, "{}", timeline.bars.len());
        assert_eq!(shown + timeline.others, 12);
        assert!(shown >= 9, "{shown}");
    }

    #[test]
    fn a_time_far_from_all_others_makes_no_endless_picture() {
        let mut run = sample::run();
        run.records[0].published = Some(Published::at(i64::MIN));
        run.records[1].published = Some(Published::at(i64::MAX));
        assert!(timeline(&run).bars.len() as i64 <= MOST_BARS + 2);
    }

    #[test]
    fn every_edge_stands_in_one_bar_and_every_flow_in_one_cell() {
        let run = sample::run();
        let histogram = histogram(&run);
        let twins = run.twins.iter().zip(0..).filter(|&(&first, article)| first != article).count();
        let pairs: usize = histogram.bars.iter().map(|bar| bar.copies + bar.others).sum();
        assert_eq!(pairs, run.edges.len() + twins);
        let matrix = matrix(&run);
        let shown: usize = matrix.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.count).sum();
        assert!(shown > 0 && matrix.rows.iter().all(|row| row.cells.len() == matrix.columns.len()));
    }
}
