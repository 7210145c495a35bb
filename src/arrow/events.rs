//! Reports in, events out, in steps between which an engine brings rows together.
//!
//! ```text
//! reports ── term_counts, summed ── term_table ──> terms
//!    └── event_terms, in order of time, by term ── posting_parts, by part ── event_neighbors ──> pairs
//! pairs ── event_compared ── event_among, by report ── event_probabilities ──> probabilities ── event_groups, by component ──> events
//! ```
//!
//! Each step is what [`find`](crate::events::find) does of all reports at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float32Builder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch};
use arrow_schema::DataType;

use crate::boilerplate::ShellTable;
use crate::events::engine::{self, Compared, Count};
use crate::events::{
    Language, Pair, Profile, THRESHOLD, THRESHOLD_PROPOSED, TermTable, Tie, Traits, event_id, grouped, strengths,
    strongest,
};
use crate::normalize::Words;

use super::document::unpacked;
use super::{StageError, batch_of, binaries, column, integers, longs, strings};

/// Reports that no chain of pairs of this probability joins are not of one event: two groups are joined only where some pair between
/// them has more ([`THRESHOLD_PROPOSED`]), and a report takes the day of another only by such a pair.
pub const EVENT_THRESHOLD: f64 = THRESHOLD.min(THRESHOLD_PROPOSED);

const LANGUAGES: [Language; 2] = [Language::Background, Language::Other];

/// What stands for a term in the row that says how many articles of a language there are.
const ALL: i64 = -1;

fn profiles(batch: &RecordBatch, shells: &ShellTable) -> Result<Vec<Profile>, StageError> {
    let documents = binaries(batch, "document")?;
    let mut words = Words::default();
    let profile = |row: usize| {
        let article = unpacked(documents.value(row)).ok_or(StageError::Document { column: "document", row })?;
        words.read(&article.text);
        Ok(Profile::of(&article, &words, shells))
    };
    (0..documents.len()).map(profile).collect()
}

fn floats<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b PrimitiveArray<Float32Type>, StageError> {
    column(batch, name, DataType::Float32)
}

fn doubles<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b PrimitiveArray<Float64Type>, StageError> {
    column(batch, name, DataType::Float64)
}

fn booleans<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b BooleanArray, StageError> {
    column(batch, name, DataType::Boolean)
}

/// Counts the terms of reports: column `document`. A row for each language and term: `language` (Int32), `term` (Int64, -1: all reports),
/// `articles` (Int64, how many have it), `word` (Boolean, whether it is a single word in any), to be summed over all batches.
///
/// # Errors
/// Where the column is missing, or a document is none.
pub fn term_counts(batch: &RecordBatch, shells: &ShellTable) -> Result<RecordBatch, StageError> {
    let mut counts: BTreeMap<(usize, i64), (i64, bool)> = BTreeMap::new();
    for profile in profiles(batch, shells)? {
        let language = profile.language as usize;
        counts.entry((language, ALL)).or_default().0 += 1;
        for term in &profile.terms {
            let count = counts.entry((language, i64::from(term.hash))).or_default();
            count.0 += 1;
            count.1 |= !term.traits.has(Traits::PAIR);
        }
    }
    count_rows(counts.into_iter().map(|((language, term), (articles, word))| (language as i32, term, articles, word)))
}

fn count_rows(rows: impl Iterator<Item = (i32, i64, i64, bool)>) -> Result<RecordBatch, StageError> {
    let (mut languages, mut words) = (Int32Builder::new(), BooleanBuilder::new());
    let (mut terms, mut counts) = (Int64Builder::new(), Int64Builder::new());
    for (language, term, articles, word) in rows {
        languages.append_value(language);
        terms.append_value(term);
        counts.append_value(articles);
        words.append_value(word);
    }
    Ok(batch_of(vec![
        ("language", false, Arc::new(languages.finish())),
        ("term", false, Arc::new(terms.finish())),
        ("articles", false, Arc::new(counts.finish())),
        ("word", false, Arc::new(words.finish())),
    ])?)
}

/// What was counted, by language: how many reports, and the terms that matter.
fn counted(batches: &[RecordBatch]) -> Result<([u64; 2], [Vec<Count>; 2]), StageError> {
    let (mut documents, mut terms) = ([0, 0], [Vec::new(), Vec::new()]);
    for batch in batches {
        let (language, term) = (integers(batch, "language")?, longs(batch, "term")?);
        let (articles, word) = (longs(batch, "articles")?, booleans(batch, "word")?);
        for row in 0..batch.num_rows() {
            let language = usize::from(language.value(row) != 0);
            let articles = articles.value(row);
            if term.value(row) == ALL {
                documents[language] += articles as u64;
            } else {
                let count =
                    Count { hash: term.value(row) as u32, is_pair: !word.value(row), articles: articles as u32 };
                terms[language].extend(engine::counted_of(LANGUAGES[language], std::iter::once(count)));
            }
        }
    }
    terms.iter_mut().for_each(|terms| terms.sort_unstable_by_key(|count| count.hash));
    Ok((documents, terms))
}

/// Of what was summed of [`term_counts`] the rows that [`term_table`] needs: what a single report has says nothing, unless the background
/// lists it.
///
/// # Errors
/// Where a column is missing.
pub fn counts_that_matter(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (documents, terms) = counted(std::slice::from_ref(batch))?;
    let all = documents.into_iter().zip(0..).filter(|&(count, _)| count > 0);
    let all = all.map(|(count, language)| (language, ALL, count as i64, false));
    let of_terms = terms.into_iter().zip(0..).flat_map(|(terms, language)| {
        let row = move |one: Count| (language, i64::from(one.hash), i64::from(one.articles), !one.is_pair);
        terms.into_iter().map(row)
    });
    count_rows(all.chain(of_terms))
}

/// The table of document frequencies of what was summed of [`term_counts`], each term once.
///
/// # Errors
/// Where a column is missing.
pub fn term_table(counts: &[RecordBatch]) -> Result<TermTable, StageError> {
    let (documents, terms) = counted(counts)?;
    Ok(TermTable::of_counts(documents, terms))
}

/// The terms that reports look up: columns `position` (Int64) and `document`. A row for each: `position`; `by_time` and `content` (Int64, by
/// which reports are put in order: the day of publication, then a hash of what they say); and lists of the same length: `terms` (Int64, hashes),
/// `weights` (Float32, of each its share of all that the report says) and `likenesses` (Int64, by which reports of one day are in order).
///
/// # Errors
/// Where a column is missing, or a document is none.
pub fn event_terms(batch: &RecordBatch, shells: &ShellTable, terms: &TermTable) -> Result<RecordBatch, StageError> {
    let mut profiles = profiles(batch, shells)?;
    let (mut by_time, mut content) = (Int64Builder::new(), Int64Builder::new());
    for (time, hash) in profiles.iter().map(Profile::order) {
        by_time.append_value(time);
        // Any order will do, as long as it is one.
        content.append_value(hash as i64);
    }
    terms.weigh(&mut profiles);
    let [mut hashes, mut likenesses] = std::array::from_fn(|_| ListBuilder::new(Int64Builder::new()));
    let mut weights = ListBuilder::new(Float32Builder::new());
    for profile in &profiles {
        let looked_up = engine::looked_up(profile);
        hashes.append_value(looked_up.iter().map(|&(hash, ..)| Some(i64::from(hash))));
        weights.append_value(looked_up.iter().map(|&(_, weight, _)| Some(weight)));
        likenesses.append_value(looked_up.iter().map(|&(.., likeness)| Some(i64::from(likeness))));
    }
    Ok(batch_of(vec![
        ("position", false, Arc::new(longs(batch, "position")?.clone())),
        ("by_time", false, Arc::new(by_time.finish())),
        ("content", false, Arc::new(content.finish())),
        ("terms", false, Arc::new(hashes.finish())),
        ("weights", false, Arc::new(weights.finish())),
        ("likenesses", false, Arc::new(likenesses.finish())),
    ])?)
}

/// Hands out postings to the parts that look something up in them: columns `term`, `place` (rises with time, then content), `by_time`, `likeness`
/// (Int64), `weight` (Float32), `part` (Int32, that of the report; rises with `place`), in order of `term` and `place`, all rows of a term in one
/// batch. The same columns, and `to` (Int32): the part that needs the row.
///
/// # Errors
/// Where a column is missing.
pub fn posting_parts(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (term, place) = (longs(batch, "term")?.values(), longs(batch, "place")?);
    let (by_time, likeness) = (longs(batch, "by_time")?, longs(batch, "likeness")?);
    let (weight, part) = (floats(batch, "weight")?, integers(batch, "part")?.values());
    let (mut parts, mut to) = (Int32Builder::new(), Int32Builder::new());
    let [mut terms, mut places, mut times, mut likenesses] = std::array::from_fn(|_| Int64Builder::new());
    let mut weights = Float32Builder::new();
    let mut begin = 0;
    for posting in term.chunk_by(|a, b| a == b) {
        let end = begin + posting.len();
        let orders: Vec<(i64, u32)> =
            (begin..end).map(|row| (by_time.value(row), likeness.value(row) as u32)).collect();
        let mut first = begin;
        for same in part[begin..end].chunk_by(|a, b| a == b) {
            let last = first + same.len();
            // Who is alone with a term has no neighbor by it.
            let needed = match posting {
                [_] => Vec::new(),
                _ => engine::needed_of_posting(&orders, first - begin..last - begin),
            };
            for row in needed.into_iter().map(|at| at + begin) {
                to.append_value(same[0]);
                parts.append_value(part[row]);
                terms.append_value(term[row]);
                places.append_value(place.value(row));
                times.append_value(by_time.value(row));
                likenesses.append_value(likeness.value(row));
                weights.append_value(weight.value(row));
            }
            first = last;
        }
        begin = end;
    }
    Ok(batch_of(vec![
        ("term", false, Arc::new(terms.finish())),
        ("place", false, Arc::new(places.finish())),
        ("by_time", false, Arc::new(times.finish())),
        ("likeness", false, Arc::new(likenesses.finish())),
        ("weight", false, Arc::new(weights.finish())),
        ("part", false, Arc::new(parts.finish())),
        ("to", false, Arc::new(to.finish())),
    ])?)
}

/// A report as a part knows it.
struct InPart {
    by_time: i64,
    /// Whether the part looks up its neighbors.
    own: bool,
    /// Those of its terms that matter there, with their weights and likenesses.
    terms: Vec<(u32, f32, u32)>,
}

/// The pairs worth scoring that the reports of a part propose: all rows of [`posting_parts`] that go to it. `a`, `b` (Int64, places, `a`
/// before `b`); a pair that both propose in two parts is in both.
///
/// # Errors
/// Where a column is missing.
pub fn event_neighbors(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (term, place, likeness) = (longs(batch, "term")?, longs(batch, "place")?, longs(batch, "likeness")?);
    let (weight, part, to) = (floats(batch, "weight")?, integers(batch, "part")?, integers(batch, "to")?);
    let by_time = longs(batch, "by_time")?;
    let mut reports: BTreeMap<i64, InPart> = BTreeMap::new();
    for row in 0..batch.num_rows() {
        let own = part.value(row) == to.value(row);
        let by_time = by_time.value(row);
        let report = reports.entry(place.value(row)).or_insert_with(|| InPart { by_time, own, terms: Vec::new() });
        report.terms.push((term.value(row) as u32, weight.value(row), likeness.value(row) as u32));
    }
    let (mut places, mut times, mut own, mut terms) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, mut report) in reports {
        report.terms.sort_unstable_by_key(|&(hash, ..)| hash);
        places.push(place);
        times.push(report.by_time);
        own.push(report.own);
        terms.push(report.terms);
    }
    let ends = |&(a, b): &(u32, u32)| {
        let (a, b) = (places[a as usize], places[b as usize]);
        (a.min(b), a.max(b))
    };
    let mut pairs: Vec<(i64, i64)> = engine::neighbors(&terms, &times, &own).iter().map(ends).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let (mut a, mut b) = (Int64Builder::new(), Int64Builder::new());
    for pair in pairs {
        a.append_value(pair.0);
        b.append_value(pair.1);
    }
    Ok(batch_of(vec![("a", false, Arc::new(a.finish())), ("b", false, Arc::new(b.finish()))])?)
}

/// Compares pairs of reports by themselves: `pairs` with columns `a`, `b` (Int64, positions), `reports` with columns `position` and `document`,
/// those of all that are in a pair. A row a pair: `a`, `b`, `content`, `alone` (Float64, log odds), `days`, `focus`, `published` (Float32,
/// nearness, NaN where unknown), `brief` (Boolean, whether one of the two is a headline or a teaser), `bulletin` (Boolean, whether the two are one
/// bulletin on two days).
///
/// # Errors
/// Where a column is missing, a document is none, or a report is not there.
pub fn event_compared(
    pairs: &RecordBatch,
    reports: &RecordBatch,
    shells: &ShellTable,
    terms: &TermTable,
) -> Result<RecordBatch, StageError> {
    let (a, b) = (longs(pairs, "a")?, longs(pairs, "b")?);
    let place_of = places(reports)?;
    let place = |position: i64| {
        place_of.get(&position).copied().ok_or_else(|| StageError::UnknownId { id: position.to_string() })
    };
    let mut profiles = profiles(reports, shells)?;
    terms.weigh(&mut profiles);
    let mut ends: Vec<(i64, i64)> = (0..pairs.num_rows()).map(|row| (a.value(row), b.value(row))).collect();
    ends.sort_unstable();
    let in_places: Vec<(u32, u32)> =
        ends.iter().map(|&(a, b)| Ok((place(a)?, place(b)?))).collect::<Result<_, StageError>>()?;
    let compared = engine::compared(&profiles, &in_places);
    let (mut a, mut b) = (Int64Builder::new(), Int64Builder::new());
    let (mut content, mut alone) = (Float64Builder::new(), Float64Builder::new());
    let mut when: [Float32Builder; 3] = std::array::from_fn(|_| Float32Builder::new());
    let (mut brief, mut bulletin) = (BooleanBuilder::new(), BooleanBuilder::new());
    for (ends, one) in ends.iter().zip(&compared) {
        a.append_value(ends.0);
        b.append_value(ends.1);
        content.append_value(one.content);
        alone.append_value(one.alone);
        when.iter_mut().zip(one.when).for_each(|(column, nearness)| column.append_value(nearness));
        brief.append_value(one.is_brief);
        bulletin.append_value(one.bulletin);
    }
    let [mut days, mut focus, mut published] = when;
    Ok(batch_of(vec![
        ("a", false, Arc::new(a.finish())),
        ("b", false, Arc::new(b.finish())),
        ("content", false, Arc::new(content.finish())),
        ("alone", false, Arc::new(alone.finish())),
        ("days", false, Arc::new(days.finish())),
        ("focus", false, Arc::new(focus.finish())),
        ("published", false, Arc::new(published.finish())),
        ("brief", false, Arc::new(brief.finish())),
        ("bulletin", false, Arc::new(bulletin.finish())),
    ])?)
}

fn places(reports: &RecordBatch) -> Result<HashMap<i64, u32>, StageError> {
    Ok(longs(reports, "position")?.values().iter().copied().zip(0..).collect())
}

/// How each pair stands among those of one of its reports: columns `report`, `a`, `b` (Int64, positions) and `alone` (Float64), all rows of a
/// report in the batch. A row for each: `report`, `a`, `b`, `best`, `few` (Float64, how strong the best pair is, and the five best are on
/// average) and `rank` (Int32, the best being 0).
///
/// # Errors
/// Where a column is missing.
pub fn event_among(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (report, a, b) = (longs(batch, "report")?, longs(batch, "a")?, longs(batch, "b")?);
    let log_odds = doubles(batch, "alone")?;
    let mut rows: Vec<(i64, i64, i64, f64)> =
        (0..batch.num_rows()).map(|row| (report.value(row), a.value(row), b.value(row), log_odds.value(row))).collect();
    rows.sort_unstable_by_key(|&(report, a, b, _)| (report, a, b));
    let [mut reports, mut first, mut second] = std::array::from_fn(|_| Int64Builder::new());
    let (mut best, mut few, mut rank) = (Float64Builder::new(), Float64Builder::new(), Int32Builder::new());
    for group in rows.chunk_by(|x, y| x.0 == y.0) {
        let own: Vec<f64> = group.iter().map(|row| row.3).collect();
        let (of_best, of_few, ranks) = engine::among(&own);
        for (&(report, a, b, _), one) in group.iter().zip(ranks) {
            reports.append_value(report);
            first.append_value(a);
            second.append_value(b);
            best.append_value(of_best);
            few.append_value(of_few);
            rank.append_value(one as i32);
        }
    }
    Ok(batch_of(vec![
        ("report", false, Arc::new(reports.finish())),
        ("a", false, Arc::new(first.finish())),
        ("b", false, Arc::new(second.finish())),
        ("best", false, Arc::new(best.finish())),
        ("few", false, Arc::new(few.finish())),
        ("rank", false, Arc::new(rank.finish())),
    ])?)
}

/// The probability of each pair: columns of [`event_compared`], `a_best`, `a_few`, `a_rank`, `b_best`, `b_few`, `b_rank` of [`event_among`], and `tie`
/// (Utf8 or null: `copied`, `excerpt` or `template`, what copy detection says of the two). A row a pair: `a`, `b`, `content`, `alone`, `probability` (Float64;
/// -1 for bulletins of two days).
///
/// # Errors
/// Where a column is missing.
pub fn event_probabilities(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (a, b) = (longs(batch, "a")?, longs(batch, "b")?);
    let (content, alone) = (doubles(batch, "content")?, doubles(batch, "alone")?);
    let (days, focus) = (floats(batch, "days")?, floats(batch, "focus")?);
    let published = floats(batch, "published")?;
    let (brief, bulletin) = (booleans(batch, "brief")?, booleans(batch, "bulletin")?);
    let of_a = (doubles(batch, "a_best")?, doubles(batch, "a_few")?, integers(batch, "a_rank")?);
    let of_b = (doubles(batch, "b_best")?, doubles(batch, "b_few")?, integers(batch, "b_rank")?);
    let tie = strings(batch, "tie")?;
    let (mut alone_after, mut probability) = (Float64Builder::new(), Float64Builder::new());
    for row in 0..batch.num_rows() {
        let compared = Compared {
            content: content.value(row),
            alone: alone.value(row),
            when: [days.value(row), focus.value(row), published.value(row)],
            is_brief: brief.value(row),
            bulletin: bulletin.value(row),
        };
        let among = [of_a, of_b].map(|(best, few, rank)| (best.value(row), few.value(row), rank.value(row) as u32));
        let tie = match (!tie.is_null(row)).then(|| tie.value(row)) {
            Some("copied") => Some(Tie::Copied),
            Some("excerpt") => Some(Tie::Excerpt),
            Some("template") => Some(Tie::Template),
            _ => None,
        };
        let pair = engine::decided((0, 1), &compared, among, tie);
        alone_after.append_value(pair.alone);
        probability.append_value(pair.probability);
    }
    Ok(batch_of(vec![
        ("a", false, Arc::new(a.clone())),
        ("b", false, Arc::new(b.clone())),
        ("content", false, Arc::new(content.clone())),
        ("alone", false, Arc::new(alone_after.finish())),
        ("probability", false, Arc::new(probability.finish())),
    ])?)
}

/// Groups the reports of whole components into events: `reports` with columns `position` and `document`, `pairs` as of
/// [`event_probabilities`], all those among them. Reports that belong with less than `min_confidence` stand alone. A row a report:
/// `position`, `event` (Int64, the position of the report that stands for its event).
///
/// # Errors
/// Where a column is missing, or a document is none.
pub fn event_groups(
    reports: &RecordBatch,
    pairs: &RecordBatch,
    shells: &ShellTable,
    min_confidence: f64,
) -> Result<RecordBatch, StageError> {
    let positions = longs(reports, "position")?.values();
    let profiles = profiles(reports, shells)?;
    // Places in order of position, as ties are settled by it.
    let mut order: Vec<u32> = (0..positions.len() as u32).collect();
    order.sort_unstable_by_key(|&row| positions[row as usize]);
    let place_of: HashMap<i64, u32> = order.iter().map(|&row| positions[row as usize]).zip(0..).collect();
    let profiles: Vec<Profile> = order.iter().map(|&row| profiles[row as usize].clone()).collect();
    let (a, b) = (longs(pairs, "a")?, longs(pairs, "b")?);
    let (content, alone) = (doubles(pairs, "content")?, doubles(pairs, "alone")?);
    let probability = doubles(pairs, "probability")?;
    let pair = |row: usize| {
        Some(Pair {
            a: *place_of.get(&a.value(row))?,
            b: *place_of.get(&b.value(row))?,
            content: content.value(row),
            names: None,
            alone: alone.value(row),
            probability: probability.value(row),
        })
    };
    let mut pairs: Vec<Pair> = (0..pairs.num_rows()).filter_map(pair).collect();
    pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    let (event_of, _) = grouped(&profiles, &pairs, min_confidence);
    let strength = strengths(&event_of, &pairs);
    let mut places: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    event_of.iter().zip(0..).for_each(|(&event, place)| places.entry(event).or_default().push(place));
    let at = |place: u32| positions[order[place as usize] as usize];
    let (mut position, mut event) = (Int64Builder::new(), Int64Builder::new());
    for places in places.into_values() {
        let representative = at(strongest(&places, &strength));
        for place in places {
            position.append_value(at(place));
            event.append_value(representative);
        }
    }
    Ok(batch_of(vec![("position", false, Arc::new(position.finish())), ("event", false, Arc::new(event.finish()))])?)
}

/// The ids of events: column `representative` (Utf8, ids of the articles that stand for them), which stays, and `event` (Utf8); `id` (Utf8) stays as well.
///
/// # Errors
/// Where a column is missing.
pub fn event_ids(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (id, representative) = (strings(batch, "id")?, strings(batch, "representative")?);
    let mut event = StringBuilder::new();
    (0..batch.num_rows()).for_each(|row| event.append_value(event_id(representative.value(row))));
    Ok(batch_of(vec![
        ("id", false, Arc::new(id.clone())),
        ("event", false, Arc::new(event.finish())),
        ("representative", false, Arc::new(representative.clone())),
    ])?)
}
