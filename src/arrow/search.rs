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
