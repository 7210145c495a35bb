//! Signed articles in, the pairs to compare out, in steps between which an engine brings rows together: the search of a run
//! ([`candidates`](crate::candidates)) where the lists of samples stand in no one memory.
//!
//! ```text
//! signed ── counted by sample ──> long lists ── pivots_of_lists ──> pivots
//!    │                                             │
//!    ├── list_rows, brought together by sample ── list_pairs, counted by pair ──┐
//!    └── pivot_pairs ───────────────────────────────────────────────────────────┴── with both sketches ── prefilter
//! ```
//!
//! The pairs are those of a run: two that share a sample which is in no long list, and enough samples in all; or of which one is a
//! pivot of a long list that the other looks up, and enough samples in all. A row of a list takes along in how many lists a
//! partner must be met at least, so that most pairs end where they are counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::builder::{Int32Builder, Int64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, Int32Array, Int64Array, ListArray, RecordBatch};
use arrow_schema::{DataType, Field};

use crate::candidates::join::{MAX_POSTING, shared_count};
use crate::candidates::{Plan, pivots};
use crate::settings::Settings;
use crate::shingle::ImprintHeld;
use crate::sketch::{MAX_HALVINGS, halvings, is_sampled};
use crate::verify::{Rules, Size};

use super::{StageError, batch_of, binaries, column, integers, longs};

/// A list of more articles than this is long: none of them meets the others in it, only its pivots.
pub const MOST_OF_A_LIST: usize = MAX_POSTING;

/// As many as there are rates.
const RATES: usize = MAX_HALVINGS as usize + 1;

/// A column of lists of numbers.
struct Lists<'b> {
    offsets: &'b [i32],
    numbers: &'b [i32],
}

impl<'b> Lists<'b> {
    fn of(batch: &'b RecordBatch, name: &'static str) -> Result<Lists<'b>, StageError> {
        let expected = || DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
        let lists: &ListArray = column(batch, name, expected())?;
        let numbers = lists.values().as_primitive_opt::<Int32Type>();
        let found = Some(lists.value_type());
        let numbers = numbers.ok_or_else(|| StageError::Column { name, expected: expected(), found })?;
        Ok(Lists { offsets: lists.value_offsets(), numbers: numbers.values() })
    }

    /// The samples of a row, which rise as unsigned numbers.
    fn samples(&self, row: usize) -> Vec<u32> {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        self.numbers[range].iter().map(|sample| sample.cast_unsigned()).collect()
    }
}

/// [`Plan::samples_needed`], asked once for each number.
struct Needed {
    plan: Plan,
    known: HashMap<usize, usize>,
}

impl Needed {
    fn of(settings: &Settings) -> Needed {
        Needed { plan: Plan::of(settings), known: HashMap::new() }
    }

    fn of_sampled(&mut self, sampled: usize) -> usize {
        let Needed { plan, known } = self;
        *known.entry(sampled).or_insert_with(|| plan.samples_needed(sampled))
    }
}

/// Those of these samples that an article at a rate of one in 2^`rate` has too.
fn at_rate(samples: &[u32], rate: usize) -> &[u32] {
    &samples[..samples.partition_point(|&sample| is_sampled(sample, rate as u32))]
}

fn rate_of(shingles: i32) -> usize {
    halvings(shingles.max(0) as usize) as usize
}

/// The pivots of each sample: columns `sample` (Int32), `fingerprint` and `position` (Int64), a row for each article that has it. Gives those rows of each
/// sample, in the same columns, that are its pivots: so it may be asked for parts of the rows, and for what it gives of these once more.
///
/// # Errors
/// Where a column is missing.
pub fn pivots_of_lists(rows: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (sample, fingerprint) = (integers(rows, "sample")?, longs(rows, "fingerprint")?);
    let position = longs(rows, "position")?;
    let mut lists: BTreeMap<i32, Vec<(i64, u64)>> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let member = (position.value(row), fingerprint.value(row).cast_unsigned());
        lists.entry(sample.value(row)).or_default().push(member);
    }
    let mut columns = (Int32Builder::new(), Int64Builder::new(), Int64Builder::new());
    for (sample, mut members) in lists {
        // Places here are in order of positions, so ties are settled as positions settle them.
        members.sort_unstable();
        members.dedup();
        let places: Vec<u32> = (0..members.len() as u32).collect();
        for pivot in pivots(places, |place| (members[place as usize].1, place)) {
            let (position, fingerprint) = members[pivot as usize];
            columns.0.append_value(sample);
            columns.1.append_value(fingerprint.cast_signed());
            columns.2.append_value(position);
        }
    }
    Ok(batch_of(vec![
        ("sample", false, Arc::new(columns.0.finish())),
        ("fingerprint", false, Arc::new(columns.1.finish())),
        ("position", false, Arc::new(columns.2.finish())),
    ])?)
}

/// What is known of the long lists: how many articles each has, and its pivots.
#[derive(Debug, Default)]
struct LongLists(HashMap<u32, (i64, Vec<i64>)>);

impl LongLists {
    /// Columns `sample` (Int32), `articles` (Int64), `pivots` (List(Int64), positions).
    fn of(batches: &[RecordBatch]) -> Result<LongLists, StageError> {
        let mut lists = HashMap::new();
        for batch in batches {
            let (sample, articles) = (integers(batch, "sample")?, longs(batch, "articles")?);
            let expected = || DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
            let pivots: &ListArray = column(batch, "pivots", expected())?;
            let found = Some(pivots.value_type());
            let positions = pivots.values().as_primitive_opt::<Int64Type>();
            let positions =
                positions.ok_or_else(|| StageError::Column { name: "pivots", expected: expected(), found })?;
            for row in 0..batch.num_rows() {
                let range = pivots.value_offsets()[row] as usize..pivots.value_offsets()[row + 1] as usize;
                let of_list = (articles.value(row), positions.values()[range].to_vec());
                lists.insert(sample.value(row).cast_unsigned(), of_list);
            }
        }
        Ok(LongLists(lists))
    }

    /// Those samples that make long lists.
    fn among(&self, samples: &[u32]) -> Vec<u32> {
        samples.iter().copied().filter(|sample| self.0.contains_key(sample)).collect()
    }
}

/// A row for each sample of signed articles that makes no long list, to be brought together by `sample`: columns `sample`, `shingles`
/// (Int32), `position`, `least` (Int64: in how many lists of each rate a longer article must be met with this one, 16 bits a
/// rate). `signed`: columns `position`, `shingles` and `samples`, each article of its words only once. `long`: what is known of the long
/// lists, columns `sample` (Int32), `articles` (Int64, how many) and `pivots` (List(Int64), positions).
///
/// # Errors
/// Where a column is missing.
pub fn list_rows(signed: &RecordBatch, long: &[RecordBatch], settings: &Settings) -> Result<RecordBatch, StageError> {
    let (positions, shingles, samples) =
        (longs(signed, "position")?, integers(signed, "shingles")?, Lists::of(signed, "samples")?);
    let (long, mut needed) = (LongLists::of(long)?, Needed::of(settings));
    let (mut sample, mut size) = (Int32Builder::new(), Int32Builder::new());
    let (mut position, mut least) = (Int64Builder::new(), Int64Builder::new());
    for row in 0..signed.num_rows() {
        let samples = samples.samples(row);
        let in_long = long.among(&samples);
        let hits = (0..RATES).map(|rate| {
            let needed = needed.of_sampled(at_rate(&samples, rate).len());
            needed.saturating_sub(at_rate(&in_long, rate).len()).clamp(1, usize::from(u16::MAX)) as u64
        });
        let hits = hits.rev().fold(0, |all, hits| all << u16::BITS | hits);
        for one in samples.iter().filter(|one| in_long.binary_search(one).is_err()) {
            sample.append_value(one.cast_signed());
            size.append_value(shingles.value(row));
            position.append_value(positions.value(row));
            least.append_value(hits.cast_signed());
        }
    }
    Ok(batch_of(vec![
        ("sample", false, Arc::new(sample.finish())),
        ("shingles", false, Arc::new(size.finish())),
        ("position", false, Arc::new(position.finish())),
        ("least", false, Arc::new(least.finish())),
    ])?)
}

/// The pairs of each list: column `members`, a list of structs of `shingles` (Int32), `position` and `least` (Int64), those of the rows
/// of [`list_rows`] that have one sample. A row for each two of them: `a`, `b` (Int64, positions, `a` before `b`) and `least` (Int32): the pair
/// is to be looked at where it has so many rows in all.
///
/// # Errors
/// Where the column is missing.
pub fn list_pairs(lists: &RecordBatch) -> Result<RecordBatch, StageError> {
    let expected = || {
        let fields = [
            Field::new("shingles", DataType::Int32, true),
            Field::new("position", DataType::Int64, true),
            Field::new("least", DataType::Int64, true),
        ];
        DataType::List(Arc::new(Field::new_list_field(DataType::Struct(fields.into_iter().collect()), true)))
    };
    let members: &ListArray = column(lists, "members", expected())?;
    let wrong =
        || StageError::Column { name: "members", expected: expected(), found: Some(members.data_type().clone()) };
    let fields = members.values().as_struct_opt().ok_or_else(wrong)?;
    let integer = |name| fields.column_by_name(name).and_then(|values| values.as_primitive_opt::<Int32Type>());
    let long = |name| fields.column_by_name(name).and_then(|values| values.as_primitive_opt::<Int64Type>());
    let shingles: &Int32Array = integer("shingles").ok_or_else(wrong)?;
    let position: &Int64Array = long("position").ok_or_else(wrong)?;
    let least: &Int64Array = long("least").ok_or_else(wrong)?;
    let (mut a, mut b, mut hits) = (Int64Builder::new(), Int64Builder::new(), Int32Builder::new());
    for row in 0..members.len() {
        let range = members.value_offsets()[row] as usize..members.value_offsets()[row + 1] as usize;
        let mut ranked: Vec<(i32, i64, u64)> =
            range.map(|at| (shingles.value(at), position.value(at), least.value(at).cast_unsigned())).collect();
        ranked.sort_unstable();
        for (place, &(_, shorter, least)) in ranked.iter().enumerate() {
            for &(size, longer, _) in &ranked[place + 1..] {
                a.append_value(shorter.min(longer));
                b.append_value(shorter.max(longer));
                hits.append_value(i32::from((least >> (rate_of(size) * u16::BITS as usize)) as u16));
            }
        }
    }
    Ok(batch_of(vec![
        ("a", false, Arc::new(a.finish())),
        ("b", false, Arc::new(b.finish())),
        ("least", false, Arc::new(hits.finish())),
    ])?)
}

/// The pairs of articles with pivots of the long lists that they look up, the shortest first, as far as a prefix filter leaves any
/// to be looked up: columns and `long` as for [`list_rows`]. A row a pair, `a` and `b` (Int64, positions, `a` before `b`).
///
/// # Errors
/// Where a column is missing.
pub fn pivot_pairs(signed: &RecordBatch, long: &[RecordBatch], settings: &Settings) -> Result<RecordBatch, StageError> {
    let (positions, shingles, samples) =
        (longs(signed, "position")?, integers(signed, "shingles")?, Lists::of(signed, "samples")?);
    let (long, mut needed) = (LongLists::of(long)?, Needed::of(settings));
    let (mut a, mut b) = (Int64Builder::new(), Int64Builder::new());
    for row in 0..signed.num_rows() {
        let (samples, position) = (samples.samples(row), positions.value(row));
        let in_long = long.among(&samples);
        let mut partners: Vec<i64> = Vec::new();
        for rate in rate_of(shingles.value(row))..RATES {
            let needed = needed.of_sampled(at_rate(&samples, rate).len());
            let mut lists: Vec<&(i64, Vec<i64>)> =
                at_rate(&in_long, rate).iter().filter_map(|sample| long.0.get(sample)).collect();
            // In all but so many of its lists any is met that shares enough.
            let looked_up = (lists.len() + 1).saturating_sub(needed);
            // Of lists of one length the first by sample, as the sort is stable.
            lists.sort_by_key(|list| list.0);
            partners.extend(lists.into_iter().take(looked_up).flat_map(|list| &list.1));
        }
        partners.sort_unstable();
        partners.dedup();
        for partner in partners.into_iter().filter(|&partner| partner != position) {
            a.append_value(position.min(partner));
            b.append_value(position.max(partner));
        }
    }
    Ok(batch_of(vec![("a", false, Arc::new(a.finish())), ("b", false, Arc::new(b.finish()))])?)
}

/// What is read of one side of pairs.
struct Side<'b> {
    position: &'b Int64Array,
    words: &'b Int32Array,
    shingles: &'b Int32Array,
    samples: Lists<'b>,
    imprint: &'b arrow_array::BinaryArray,
}

impl<'b> Side<'b> {
    fn of(pairs: &'b RecordBatch, names: [&'static str; 5]) -> Result<Side<'b>, StageError> {
        let [position, words, shingles, samples, imprint] = names;
        Ok(Side {
            position: longs(pairs, position)?,
            words: integers(pairs, words)?,
            shingles: integers(pairs, shingles)?,
            samples: Lists::of(pairs, samples)?,
            imprint: binaries(pairs, imprint)?,
        })
    }

    fn size(&self, row: usize) -> Size {
        Size { words: self.words.value(row) as usize, shingles: self.shingles.value(row) as usize }
    }
}

/// Gives up the pairs that do not share enough samples, and those whose imprints show that they are no edge: columns `a` and `b`
/// (Int64, positions), `a_words`, `a_shingles`, `a_samples`, `a_imprint`, as signing makes them, and the same of `b`. The
/// others stay, with the columns `a` and `b`.
///
/// # Errors
/// Where a column is missing.
pub fn prefilter(pairs: &RecordBatch, settings: &Settings) -> Result<RecordBatch, StageError> {
    let one = Side::of(pairs, ["a", "a_words", "a_shingles", "a_samples", "a_imprint"])?;
    let other = Side::of(pairs, ["b", "b_words", "b_shingles", "b_samples", "b_imprint"])?;
    let (rules, mut needed, mut held) = (Rules::of(settings), Needed::of(settings), ImprintHeld::default());
    let (mut a, mut b) = (Int64Builder::new(), Int64Builder::new());
    for row in 0..pairs.num_rows() {
        let order = |side: &Side<'_>| (side.shingles.value(row), side.position.value(row));
        let (shorter, longer) = if order(&one) < order(&other) { (&one, &other) } else { (&other, &one) };
        let own = shorter.samples.samples(row);
        let own = at_rate(&own, rate_of(longer.shingles.value(row)));
        if shared_count(own, &longer.samples.samples(row)) < needed.of_sampled(own.len()) {
            continue;
        }
        let at_least = rules.shared_at_least(one.size(row), other.size(row));
        if held.may_share(one.imprint.value(row), other.imprint.value(row), at_least) {
            a.append_value(one.position.value(row));
            b.append_value(other.position.value(row));
        }
    }
    Ok(batch_of(vec![("a", false, Arc::new(a.finish())), ("b", false, Arc::new(b.finish()))])?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use arrow_array::builder::StructBuilder;
    use arrow_array::{ArrayRef, StringArray};
    use proptest::prelude::*;

    use super::*;
    use crate::arrow::{propose, sign};
    use crate::boilerplate::ShellTable;

    /// Articles that share a frame with many others, so that it makes long lists, and a story with a few.
    fn articles(corpus: &[(usize, usize, usize)]) -> RecordBatch {
        let words = |kind: &str, story: usize, count: usize| -> String {
            (0..count).map(|word| format!("{kind}{}x{} ", story, word * word % 101)).collect()
        };
        let text = |number: usize, &(frame, story, own): &(usize, usize, usize)| {
            format!(
                "{}{}{}",
                words("khung", 0, 10 + frame),
                words("chuyện", story, 14),
                words(&format!("riêng{number}v"), 0, own)
            )
        };
        let ids: StringArray = (0..corpus.len()).map(|number| Some(format!("a{:04}", number * 7 % 1_009))).collect();
        let texts: StringArray = corpus.iter().enumerate().map(|(number, one)| Some(text(number, one))).collect();
        batch_of(vec![("id", false, Arc::new(ids)), ("text", false, Arc::new(texts))]).unwrap()
    }

    /// Positions for ids, and no twins: as an engine has them.
    fn positioned(signed: &RecordBatch, twins: &BTreeSet<String>) -> (RecordBatch, Vec<String>) {
        let ids = signed["id"].as_string::<i32>();
        let mut order: Vec<usize> = (0..ids.len()).filter(|&row| !twins.contains(ids.value(row))).collect();
        order.sort_by_key(|&row| ids.value(row));
        let rows: Vec<RecordBatch> = order.iter().map(|&row| signed.slice(row, 1)).collect();
        let position: Vec<i64> = (0..rows.len() as i64).map(|place| place * 3).collect();
        let mut columns: Vec<(&str, bool, ArrayRef)> = vec![("position", false, Arc::new(Int64Array::from(position)))];
        let words: Vec<i32> = rows.iter().map(|row| row["words"].as_primitive::<Int32Type>().value(0)).collect();
        let shingles: Vec<i32> = rows.iter().map(|row| row["shingles"].as_primitive::<Int32Type>().value(0)).collect();
        let fingerprint: Vec<i64> =
            rows.iter().map(|row| row["fingerprint"].as_primitive::<Int64Type>().value(0)).collect();
        let mut samples = arrow_array::builder::ListBuilder::new(Int32Builder::new());
        let mut imprint = arrow_array::builder::BinaryBuilder::new();
        for row in &rows {
            let of_row = row["samples"].as_list::<i32>().value(0);
            samples.append_value(of_row.as_primitive::<Int32Type>().values().iter().map(|&one| Some(one)));
            imprint.append_value(row["imprint"].as_binary::<i32>().value(0));
        }
        columns.push(("words", false, Arc::new(Int32Array::from(words))));
        columns.push(("shingles", false, Arc::new(Int32Array::from(shingles))));
        columns.push(("fingerprint", false, Arc::new(Int64Array::from(fingerprint))));
        columns.push(("samples", false, Arc::new(samples.finish())));
        columns.push(("imprint", false, Arc::new(imprint.finish())));
        (batch_of(columns).unwrap(), order.iter().map(|&row| ids.value(row).to_owned()).collect())
    }

    fn long_lists(signed: &RecordBatch) -> RecordBatch {
        let samples = Lists::of(signed, "samples").unwrap();
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        (0..signed.num_rows())
            .for_each(|row| samples.samples(row).iter().for_each(|&one| members.entry(one).or_default().push(row)));
        members.retain(|_, rows| rows.len() > MOST_OF_A_LIST);
        let (position, fingerprint) = (longs(signed, "position").unwrap(), longs(signed, "fingerprint").unwrap());
        let rows = |of: &[(u32, usize)]| {
            batch_of(vec![
                ("sample", false, Arc::new(Int32Array::from_iter_values(of.iter().map(|one| one.0.cast_signed())))),
                (
                    "fingerprint",
                    false,
                    Arc::new(Int64Array::from_iter_values(of.iter().map(|one| fingerprint.value(one.1)))),
                ),
                ("position", false, Arc::new(Int64Array::from_iter_values(of.iter().map(|one| position.value(one.1))))),
            ])
            .unwrap()
        };
        let all: Vec<(u32, usize)> =
            members.iter().flat_map(|(&sample, rows)| rows.iter().map(move |&row| (sample, row))).collect();
        // Of parts first, then of what came of them.
        let parts: Vec<(u32, usize)> = all
            .chunks(97)
            .flat_map(|part| {
                let found = pivots_of_lists(&rows(part)).unwrap();
                let (sample, at) = (found["sample"].clone(), found["position"].clone());
                let (sample, at) = (sample.as_primitive::<Int32Type>().clone(), at.as_primitive::<Int64Type>().clone());
                (0..found.num_rows()).map(move |row| (sample.value(row).cast_unsigned(), (at.value(row) / 3) as usize))
            })
            .collect();
        let found = pivots_of_lists(&rows(&parts)).unwrap();
        let mut pivots = arrow_array::builder::ListBuilder::new(Int64Builder::new());
        for &sample in members.keys() {
            let of_sample = (0..found.num_rows())
                .filter(|&row| found["sample"].as_primitive::<Int32Type>().value(row).cast_unsigned() == sample)
                .map(|row| Some(found["position"].as_primitive::<Int64Type>().value(row)));
            pivots.append_value(of_sample.collect::<Vec<_>>());
        }
        batch_of(vec![
            ("sample", false, Arc::new(Int32Array::from_iter_values(members.keys().map(|one| one.cast_signed())))),
            ("articles", false, Arc::new(Int64Array::from_iter_values(members.values().map(|rows| rows.len() as i64)))),
            ("pivots", false, Arc::new(pivots.finish())),
        ])
        .unwrap()
    }

    /// Brings rows together by sample, and counts what pairs come of them.
    fn met(rows: &RecordBatch) -> Vec<(i64, i64)> {
        let mut of_sample: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        let sample = integers(rows, "sample").unwrap();
        (0..rows.num_rows()).for_each(|row| of_sample.entry(sample.value(row)).or_default().push(row));
        let fields = vec![
            Field::new("shingles", DataType::Int32, true),
            Field::new("position", DataType::Int64, true),
            Field::new("least", DataType::Int64, true),
        ];
        let mut members = arrow_array::builder::ListBuilder::new(StructBuilder::from_fields(fields, 0));
        for list in of_sample.values().filter(|list| list.len() > 1) {
            for &row in list {
                let one = members.values();
                one.field_builder::<Int32Builder>(0)
                    .unwrap()
                    .append_value(integers(rows, "shingles").unwrap().value(row));
                one.field_builder::<Int64Builder>(1).unwrap().append_value(longs(rows, "position").unwrap().value(row));
                one.field_builder::<Int64Builder>(2).unwrap().append_value(longs(rows, "least").unwrap().value(row));
                one.append(true);
            }
            members.append(true);
        }
        let lists = batch_of(vec![("members", false, Arc::new(members.finish()))]).unwrap();
        let pairs = list_pairs(&lists).unwrap();
        let mut counts: BTreeMap<(i64, i64), (i32, i32)> = BTreeMap::new();
        for row in 0..pairs.num_rows() {
            let ends = (longs(&pairs, "a").unwrap().value(row), longs(&pairs, "b").unwrap().value(row));
            let count = counts.entry(ends).or_default();
            *count = (count.0 + 1, integers(&pairs, "least").unwrap().value(row));
        }
        counts.into_iter().filter(|(_, (met, least))| met >= least).map(|(ends, _)| ends).collect()
    }

    fn filtered(signed: &RecordBatch, pairs: &[(i64, i64)], settings: &Settings) -> BTreeSet<(i64, i64)> {
        let mut found = BTreeSet::new();
        for &(a, b) in pairs {
            let mut columns = Vec::new();
            for (names, row) in [
                (["a", "a_words", "a_shingles", "a_samples", "a_imprint"], a / 3),
                (["b", "b_words", "b_shingles", "b_samples", "b_imprint"], b / 3),
            ] {
                let row = signed.slice(row as usize, 1);
                for (name, from) in names.into_iter().zip(["position", "words", "shingles", "samples", "imprint"]) {
                    columns.push((name, false, row[from].clone()));
                }
            }
            if prefilter(&batch_of(columns).unwrap(), settings).unwrap().num_rows() == 1 {
                found.insert((a, b));
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        #[test]
        fn steps_over_shuffled_rows_propose_what_one_machine_does_long_lists_too(
            corpus in prop::collection::vec((0usize..14, 0usize..40, 0usize..12), 262..330),
        ) {
            let settings = Settings::default();
            let signed = sign(&articles(&corpus), &settings, &ShellTable::default()).unwrap().batch;
            let proposed = propose(std::slice::from_ref(&signed), &settings).unwrap();
            let text = |batch: &RecordBatch, name: &str, row: usize| batch[name].as_string::<i32>().value(row).to_owned();
            let twins = (0..proposed.twins.num_rows()).map(|row| text(&proposed.twins, "id", row)).collect();
            let expected: BTreeSet<(String, String)> =
                (0..proposed.pairs.num_rows()).map(|row| (text(&proposed.pairs, "a", row), text(&proposed.pairs, "b", row))).collect();

            let (signed, ids) = positioned(&signed, &twins);
            let long = [long_lists(&signed)];
            prop_assert!(long[0].num_rows() > 0, "the frame of ten words is in all of them");
            let mut pairs = met(&list_rows(&signed, &long, &settings).unwrap());
            let pivots = pivot_pairs(&signed, &long, &settings).unwrap();
            pairs.extend((0..pivots.num_rows()).map(|row| {
                (longs(&pivots, "a").unwrap().value(row), longs(&pivots, "b").unwrap().value(row))
            }));
            let id = |position: i64| ids[(position / 3) as usize].clone();
            let found: BTreeSet<(String, String)> =
                filtered(&signed, &pairs, &settings).into_iter().map(|(a, b)| (id(a), id(b))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
