//! Record batches in, record batches out: the stages of a run for engines that share out the work, and its results as tables
//! (feature `arrow`).
//!
//! [`pipeline`](crate::pipeline) goes the whole way in one process. An engine that shuffles rows between processes goes it in
//! steps, each of them a function over batches; they call what the pipeline calls, and under the same tables find the same:
//!
//! ```text
//! articles ── sign ──> id, fingerprint, whole, samples, imprint, document
//!                         │ rows of one sample, or all of them
//!                         └── propose ──> pairs to compare, and twins
//!                                            │ with the documents of both
//!                                            ├── compare ──> edges: similarity, containment, coverage, kind
//!                                            └── score ──> what speaks for one event, and the log odds of it
//! a run ── results ──> articles, edges, links, events, reports, storylines
//! ```
//!
//! Where no one memory holds all signed articles, [`list_rows`], [`list_pairs`], [`pivot_pairs`] and [`prefilter`] take the place of
//! `propose`, [`clusters`] ends what `compare` began, and [`event_terms`] to [`event_groups`] find the events: the job on Apache Spark
//! in `python/wirecopy/spark` shows how they go together.
//!
//! An article goes from step to step as its *document*: the line of JSON that an index keeps of it, compressed: of 10,000 made articles
//! 1,648 bytes each, 61 % of the text. The hashes of their words, which don't compress, would be 3,629.
//!
//! Hashes are `Int64` with the bits of an unsigned number, as Spark knows no other.
//!
//! ```
//! use wirecopy::{arrow::{compare, propose, sign, with_documents}, boilerplate::ShellTable, settings::Settings};
//! use arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = "Bộ Y tế sáng nay công bố thêm mười hai ca mắc mới tại ba tỉnh miền Trung";
//! let column = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
//! let articles = RecordBatch::try_from_iter([
//!     ("id", column(vec!["a".into(), "b".into()])),
//!     ("text", column(vec![format!("{text}."), format!("{text}, theo báo cáo.")])),
//! ])?;
//! let (settings, shells) = (Settings::default(), ShellTable::default());
//! let signed = sign(&articles, &settings, &shells)?.batch;
//! let proposed = propose(&[signed.clone()], &settings)?;
//! let edges = compare(&with_documents(&proposed.pairs, &[signed])?, &settings, &shells)?;
//! assert_eq!(edges["kind"].as_string::<i32>().value(0), "copy");
//! # Ok(())
//! # }
//! ```

mod clusters;
mod compare;
mod document;
mod events;
mod outline;
mod propose;
mod results;
mod score;
mod search;
mod settle;
mod sign;

use std::fmt;
use std::sync::Arc;

use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, BinaryArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

pub use clusters::clusters;
pub use compare::compare;
pub use document::{articles_of, with_documents};
pub use events::{
    EVENT_THRESHOLD, counts_that_matter, event_among, event_compared, event_groups, event_ids, event_neighbors,
    event_probabilities, event_terms, posting_parts, term_counts, term_table,
};
pub use outline::{outline, shells};
pub use propose::{Proposed, propose};
pub use results::{EventResults, Results, results};
pub use score::score;
pub use search::{MOST_OF_A_LIST, list_pairs, list_rows, pivot_pairs, pivots_of_lists, prefilter};
pub use settle::settle;
pub use sign::{Signed, sign, sign_documents};

use crate::article::Published;
use crate::read::ReadError;

/// Why a stage could not do its work.
#[derive(Debug)]
#[non_exhaustive]
pub enum StageError {
    /// A column is not there, or not of the type that the stage before made it of.
    Column {
        /// Its name.
        name: &'static str,
        /// What it has to be.
        expected: DataType,
        /// What it is; `None` where it is not there.
        found: Option<DataType>,
    },
    /// What should be the document of an article is none.
    Document {
        /// The column that holds it.
        column: &'static str,
        /// The row, the first being 0.
        row: usize,
    },
    /// Two rows have one id, by which nothing could be told apart afterwards.
    SameId {
        /// The id.
        id: String,
    },
    /// An id that no row of the signed articles has.
    UnknownId {
        /// The id.
        id: String,
    },
    /// The articles could not be read.
    Read(ReadError),
    /// The batch that was to come out could not be made: more than 2 GiB of text, to name the one known case.
    Arrow(ArrowError),
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StageError::Column { name, expected, found: Some(found) } => {
                write!(f, "column {name}: is {found}, expected {expected}, as the stage before makes it")
            }
            StageError::Column { name, expected, found: None } => {
                write!(f, "column {name}: is not there, expected {expected}, as the stage before makes it")
            }
            StageError::Document { column, row } => {
                write!(f, "row {row}, column {column}: is not the document of an article that `sign` made")
            }
            StageError::SameId { id } => write!(f, "two rows have the id {id}; give each article an id of its own"),
            StageError::UnknownId { id } => write!(f, "no signed article has the id {id}"),
            StageError::Read(error) => error.fmt(f),
            StageError::Arrow(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StageError::Read(error) => Some(error),
            StageError::Arrow(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ReadError> for StageError {
    fn from(error: ReadError) -> StageError {
        StageError::Read(error)
    }
}

impl From<ArrowError> for StageError {
    fn from(error: ArrowError) -> StageError {
        StageError::Arrow(error)
    }
}

/// The column of this name, which has to be of this type.
fn column<'b, T: Array + 'static>(
    batch: &'b RecordBatch,
    name: &'static str,
    expected: DataType,
) -> Result<&'b T, StageError> {
    let found = batch.column_by_name(name);
    let typed = found.and_then(|column| column.as_any().downcast_ref::<T>());
    typed.ok_or_else(|| StageError::Column { name, expected, found: found.map(|column| column.data_type().clone()) })
}

fn strings<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b StringArray, StageError> {
    column(batch, name, DataType::Utf8)
}

fn longs<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b Int64Array, StageError> {
    column(batch, name, DataType::Int64)
}

fn integers<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b Int32Array, StageError> {
    column(batch, name, DataType::Int32)
}

fn binaries<'b>(batch: &'b RecordBatch, name: &'static str) -> Result<&'b BinaryArray, StageError> {
    column(batch, name, DataType::Binary)
}

/// Times as a column, in microseconds, the one unit that Spark has; a day alone as its beginning.
fn times(times: impl Iterator<Item = Option<Published>>) -> ArrayRef {
    let microseconds = |time: Published| time.epoch_seconds.checked_mul(1_000_000);
    let column: PrimitiveArray<TimestampMicrosecondType> = times.map(|time| time.and_then(microseconds)).collect();
    Arc::new(column.with_timezone("UTC"))
}

/// The same for the stages, which have to tell a day alone from a time: it is one microsecond behind its beginning.
fn times_and_days(times: impl Iterator<Item = Option<Published>>) -> ArrayRef {
    let microseconds = |time: Published| time.epoch_seconds.checked_mul(1_000_000)?.checked_add(i64::from(time.is_day));
    let column: PrimitiveArray<TimestampMicrosecondType> = times.map(|time| time.and_then(microseconds)).collect();
    Arc::new(column.with_timezone("UTC"))
}

/// The inverse of one of [`times_and_days`].
fn time(microseconds: i64) -> Published {
    let is_day = microseconds.rem_euclid(1_000_000) == 1;
    Published { is_day, ..Published::at(microseconds.div_euclid(1_000_000)) }
}

/// A batch of these columns: each with its name and whether it may have nulls.
fn batch_of(columns: Vec<(&str, bool, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let field =
        |(name, nullable, column): &(&str, bool, ArrayRef)| Field::new(*name, column.data_type().clone(), *nullable);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<Field>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(.., column)| column).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;
    use proptest::prelude::*;

    use super::score::PIECES;
    use super::*;
    use crate::cluster::{Standing, cluster};
    use crate::pipeline::{self, Run, run_inputs};
    use crate::read::Inputs;
    use crate::settings::{Measure, Settings};
    use crate::verify::Edge;

    /// Stories as the numbers of their sentences; each article is a story with some sentences left out, exchanged or added.
    fn corpus() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
        prop::collection::vec((0usize..5, prop::collection::vec(0u8..12, 0..4)), 1..24)
    }

    fn text(story: usize, edits: &[u8]) -> String {
        let mut sentences: Vec<String> = (0..6).map(|sentence| said(story, sentence)).collect();
        for &edit in edits {
            let place = usize::from(edit) % 6;
            match edit / 6 {
                0 => sentences[place] = String::new(),
                _ => sentences[place] = said(story + 20, place + 7),
            }
        }
        sentences.concat()
    }

    fn said(story: usize, sentence: usize) -> String {
        let words: Vec<String> =
            (0..11).map(|word| format!("từ{}", (story * 31 + sentence * 7 + word * word) % 97)).collect();
        format!("Câu {} {}. ", sentence, words.join(" "))
    }

    fn articles(corpus: &[(usize, Vec<u8>)]) -> RecordBatch {
        let ids: StringArray = (0..corpus.len()).map(|number| Some(format!("a{:02}", number * 7 % 24))).collect();
        let texts: StringArray = corpus.iter().map(|(story, edits)| Some(text(*story, edits))).collect();
        let outlets: StringArray =
            (0..corpus.len()).map(|number| (number % 3 > 0).then(|| format!("b{}", number % 3))).collect();
        let columns: [(&str, bool, ArrayRef); 3] =
            [("id", false, Arc::new(ids)), ("text", true, Arc::new(texts)), ("source", true, Arc::new(outlets))];
        batch_of(columns.to_vec()).unwrap()
    }

    fn signed(articles: &RecordBatch, rows: usize, run: &Run) -> Vec<RecordBatch> {
        let parts = (0..articles.num_rows()).step_by(rows).rev();
        let part = |from: usize| articles.slice(from, rows.min(articles.num_rows() - from));
        parts.map(|from| sign(&part(from), &run.settings, &run.shells).unwrap().batch).collect()
    }

    fn pairs_of(batch: &RecordBatch, names: [&str; 2]) -> BTreeSet<(String, String)> {
        let [left, right] = names.map(|name| batch[name].as_string::<i32>());
        (0..batch.num_rows()).map(|row| (left.value(row).to_owned(), right.value(row).to_owned())).collect()
    }

    fn edges_of(batch: &RecordBatch, run: &Run) -> Vec<(u32, u32, String, [f64; 3])> {
        let text = |name: &str, row: usize| batch[name].as_string::<i32>().value(row).to_owned();
        let number = |name: &str, row: usize| batch[name].as_primitive::<Float64Type>().value(row);
        let place = |id: String| run.records.iter().position(|record| record.id == id).unwrap() as u32;
        let edge = |row| {
            let numbers = ["similarity", "containment", "coverage"].map(|name| number(name, row));
            (place(text("a", row)), place(text("b", row)), text("kind", row), numbers)
        };
        (0..batch.num_rows()).map(edge).collect()
    }

    fn edges_found(edges: &[Edge]) -> Vec<(u32, u32, String, [f64; 3])> {
        let numbers = |edge: &Edge| [edge.comparison.similarity, edge.comparison.containment, edge.comparison.coverage];
        edges.iter().map(|edge| (edge.a, edge.b, edge.kind.name().to_owned(), numbers(edge))).collect()
    }

    fn assert_stages_find_what_a_run_finds(articles: &RecordBatch, rows: usize, settings: &Settings) -> Run {
        let inputs = Inputs::of_batches("table", vec![articles.clone()]);
        let run = run_inputs(&inputs, settings, pipeline::Tables::default(), &()).unwrap();
        let signed = signed(articles, rows, &run);
        let proposed = propose(&signed, settings).unwrap();
        let compared = compare(&with_documents(&proposed.pairs, &signed).unwrap(), settings, &run.shells).unwrap();
        assert_eq!(edges_of(&compared, &run), edges_found(&run.edges));

        let firsts: HashMap<String, String> = pairs_of(&proposed.twins, ["id", "first"]).into_iter().collect();
        let place = |id: &str| run.records.iter().position(|record| record.id == id).unwrap() as u32;
        let twins: Vec<u32> =
            run.records.iter().map(|record| place(firsts.get(&record.id).unwrap_or(&record.id))).collect();
        assert_eq!(&twins, &run.twins);
        let standings: Vec<Standing> = run.records.iter().map(|record| record.standing()).collect();
        assert_eq!(cluster(&twins, &run.edges, &standings, settings.canonical), run.clustering);
        run
    }

    /// The words without boilerplate alone were looked at, and of two byte-equal texts one of another outlet was none.
    #[test]
    fn byte_equal_texts_are_exact_duplicates_though_boilerplate_is_left_out_of_one() {
        let frame = "Chia sẻ bài viết này lên mạng xã hội. Bản quyền thuộc về toà soạn báo.";
        let texts: StringArray =
            (0..13).map(|number| Some(format!("{}{frame}", text(7 * number.min(11), &[])))).collect();
        let outlets: StringArray = (0..13).map(|number| Some(if number == 12 { "b" } else { "a" })).collect();
        let ids: StringArray = (0..13).map(|number| Some(format!("a{number:02}"))).collect();
        let columns: [(&str, bool, ArrayRef); 3] =
            [("id", false, Arc::new(ids)), ("text", true, Arc::new(texts)), ("source", true, Arc::new(outlets))];
        let articles = batch_of(columns.to_vec()).unwrap();
        let run = assert_stages_find_what_a_run_finds(&articles, 4, &Settings::default());
        assert_eq!((run.shells.shells().len(), run.twins[12]), (2, 11));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn stages_over_batches_of_any_size_find_what_a_run_finds(
            corpus in corpus(), rows in 1usize..30, jaccard in any::<bool>(),
        ) {
            let settings = Settings {
                measure: if jaccard { Measure::Jaccard } else { Measure::Coverage },
                ..Settings::default()
            };
            assert_stages_find_what_a_run_finds(&articles(&corpus), rows, &settings);
        }

        /// What an engine does: rows of one sample come together somewhere, and are looked at there alone.
        #[test]
        fn groups_of_one_sample_propose_together_what_all_propose(corpus in corpus()) {
            let settings = Settings::default();
            let articles = articles(&corpus);
            let inputs = Inputs::of_batches("table", vec![articles.clone()]);
            let run = run_inputs(&inputs, &settings, pipeline::Tables::default(), &()).unwrap();
            let signed = signed(&articles, 5, &run);
            let all = pairs_of(&propose(&signed, &settings).unwrap().pairs, ["a", "b"]);
            let mut groups: HashMap<i32, Vec<RecordBatch>> = HashMap::new();
            for batch in &signed {
                for row in 0..batch.num_rows() {
                    let samples = batch["samples"].as_list::<i32>().value(row);
                    let samples = samples.as_primitive::<arrow_array::types::Int32Type>().values();
                    samples.iter().for_each(|&one| groups.entry(one).or_default().push(batch.slice(row, 1)));
                }
            }
            let mut found = BTreeSet::new();
            for group in groups.values().filter(|group| group.len() > 1) {
                found.extend(pairs_of(&propose(group, &settings).unwrap().pairs, ["a", "b"]));
            }
            prop_assert_eq!(found, all);
        }
    }

    fn seeds() -> RecordBatch {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
        files.sort();
        let id = |path: &std::path::PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        let ids: StringArray = files.iter().map(|path| Some(id(path))).collect();
        let texts: StringArray = files.iter().map(|path| Some(std::fs::read_to_string(path).unwrap())).collect();
        batch_of(vec![("id", false, Arc::new(ids)), ("text", false, Arc::new(texts))]).unwrap()
    }

    #[test]
    fn pairs_of_reports_score_as_in_a_run() {
        let (articles, settings) = (seeds(), Settings { edge_evidence: true, ..Settings::default() });
        let inputs = Inputs::of_batches("table", vec![articles.clone()]);
        let run = run_inputs(&inputs, &settings, pipeline::Tables::default(), &()).unwrap();
        let signed = signed(&articles, 2, &run);
        let events = results(&run).unwrap().events.unwrap();
        let pairs =
            batch_of(vec![("a", false, Arc::clone(&events.edges["a"])), ("b", false, Arc::clone(&events.edges["b"]))]);
        let pairs = with_documents(&pairs.unwrap(), &signed).unwrap();
        let terms = &run.events.as_ref().unwrap().terms;
        let scored = score(&pairs, &run.shells, terms).unwrap();
        assert!(scored.num_rows() >= 2, "the call of 7 and 8 December has three reports");
        for (name, _) in PIECES {
            assert_eq!(&scored[name], &events.edges[name], "{name}");
        }
    }

    #[test]
    fn results_say_what_the_run_found() {
        let inputs = Inputs::of_batches("table", vec![seeds()]);
        let run = run_inputs(&inputs, &Settings::default(), pipeline::Tables::default(), &()).unwrap();
        let Results { articles, edges, links, events } = results(&run).unwrap();
        assert_eq!((articles.num_rows(), edges.num_rows(), links.num_rows()), (5, 0, 0));
        let rows = articles["row"].as_primitive::<arrow_array::types::Int64Type>();
        assert_eq!(&rows.values()[..], [0, 1, 2, 3, 4]);
        let event = articles["event"].as_string::<i32>();
        assert!(
            event.value(0) == event.value(2) && event.value(2) == event.value(4) && event.value(0) != event.value(1)
        );
        let events = events.unwrap();
        assert_eq!((events.events.num_rows(), events.reports.num_rows(), events.storylines.num_rows()), (3, 5, 2));
    }

    #[test]
    fn what_a_stage_cannot_use_is_named() {
        let (settings, shells) = (Settings::default(), Default::default());
        let told = |error: Result<RecordBatch, StageError>| error.unwrap_err().to_string();
        let articles = articles(&[(0, vec![]), (1, vec![])]);
        let missing = compare(&articles, &settings, &shells);
        assert!(told(missing).starts_with("column a: is not there, expected Utf8"));
        let signed = sign(&articles, &settings, &shells).unwrap().batch;
        let twice = propose(&[signed.clone(), signed.slice(0, 1)], &settings).map(|found| found.pairs);
        assert_eq!(told(twice), "two rows have the id a00; give each article an id of its own");
        let document: BinaryArray = [Some(b"none")].into_iter().collect();
        let broken = batch_of(vec![
            ("a", false, Arc::new(StringArray::from(vec!["a"]))),
            ("b", false, Arc::new(StringArray::from(vec!["b"]))),
            ("a_document", false, Arc::new(document.clone())),
            ("b_document", false, Arc::new(document)),
        ]);
        let broken = compare(&broken.unwrap(), &settings, &shells);
        assert_eq!(told(broken), "row 0, column a_document: is not the document of an article that `sign` made");
    }
}
