//! Signed articles in, pairs to compare out.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{BinaryArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field};

use crate::candidates::Plan;
use crate::pipeline::{Digest, Digests, search, twins};
use crate::read::ReadError;
use crate::settings::Settings;
use crate::stored::Memory;
use crate::verify::{Rules, Size};

use super::{StageError, batch_of, binaries, column, longs, strings};

/// What the search proposes.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Pairs to compare, by their ids: `a` and `b`, `a` before `b`, in order. Of articles of exactly the same words only the first by id
    /// is among them.
    pub pairs: RecordBatch,
    /// The other ones: `id`, and `first`, the first by id of those that have its words.
    pub twins: RecordBatch,
}

/// Proposes pairs among signed articles (see [`sign`](super::sign::sign)), less those whose imprints show that they are no edge. Whatever the order of the rows, the same.
///
/// All articles at once give the pairs that a run on one machine compares. The articles of one sample give those of them
/// that have it in common; those of all samples together give again the same pairs, but where a group is so large
/// that it meets pivots alone.
///
/// # Errors
/// Where a column is missing, or two rows have one id.
pub fn propose(signed: &[RecordBatch], settings: &Settings) -> Result<Proposed, StageError> {
    let plan = Plan::of(settings);
    let (mut ids, mut digests): (Vec<(&str, u32)>, _) = (Vec::new(), Digests::default());
    for batch in signed {
        let columns = Columns::of(batch)?;
        for row in 0..batch.num_rows() {
            if let Some(digest) = columns.digest(row) {
                ids.push((columns.id.value(row), ids.len() as u32));
                digests.push(&digest).map_err(ReadError::from)?;
            }
        }
    }
    ids.sort_unstable();
    if let Some(same) = ids.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(StageError::SameId { id: same[0].0.to_owned() });
    }
    let order: Vec<u32> = ids.iter().map(|&(_, digest)| digest).collect();
    let twins = twins(&digests, &order);
    let found = search(&plan, &Rules::of(settings), &twins, &order, digests, &Memory::unlimited());
    let pairs = found.map_err(ReadError::from)?.pairs;
    let id = |article: u32| ids[article as usize].0;
    let others = twins.iter().zip(0..).filter(|&(&first, article)| first != article);
    Ok(Proposed {
        pairs: ids_of(["a", "b"], pairs.iter().map(|&(a, b)| [id(a), id(b)]))?,
        twins: ids_of(["id", "first"], others.map(|(&first, article)| [id(article), id(first)]))?,
    })
}

fn ids_of<'i>(names: [&str; 2], rows: impl Iterator<Item = [&'i str; 2]>) -> Result<RecordBatch, StageError> {
    let mut columns = [StringBuilder::new(), StringBuilder::new()];
    rows.for_each(|row| columns.iter_mut().zip(row).for_each(|(column, id)| column.append_value(id)));
    let [left, right] = columns.map(|mut column| Arc::new(column.finish()));
    Ok(batch_of(vec![(names[0], false, left), (names[1], false, right)])?)
}

/// What the search reads of signed articles.
struct Columns<'b> {
    id: &'b StringArray,
    words: &'b Int32Array,
    shingles: &'b Int32Array,
    fingerprint: &'b Int64Array,
    whole: &'b Int64Array,
    samples: &'b ListArray,
    sample: &'b Int32Array,
    imprint: &'b BinaryArray,
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch) -> Result<Columns<'b>, StageError> {
        let of_samples = || DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
        let samples: &ListArray = column(batch, "samples", of_samples())?;
        let sample = samples.values().as_primitive_opt::<Int32Type>();
        let found = Some(samples.value_type());
        Ok(Columns {
            id: strings(batch, "id")?,
            words: column(batch, "words", DataType::Int32)?,
            shingles: column(batch, "shingles", DataType::Int32)?,
            fingerprint: longs(batch, "fingerprint")?,
            whole: longs(batch, "whole")?,
            samples,
            sample: sample.ok_or_else(|| StageError::Column { name: "samples", expected: of_samples(), found })?,
            imprint: binaries(batch, "imprint")?,
        })
    }

    /// What signing found out of the article of a row; `None` where it has no word.
    fn digest(&self, row: usize) -> Option<Digest> {
        let words = self.words.value(row) as usize;
        let offsets = self.samples.value_offsets();
        let samples = offsets[row] as usize..offsets[row + 1] as usize;
        (words > 0).then(|| Digest {
            content: self.fingerprint.value(row).cast_unsigned(),
            whole: self.whole.value(row).cast_unsigned(),
            size: Size { words, shingles: self.shingles.value(row) as usize },
            sketch: self.sample.values()[samples].iter().map(|sample| sample.cast_unsigned()).collect(),
            imprint: self.imprint.value(row).to_vec(),
            profile: None,
        })
    }
}
