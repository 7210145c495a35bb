//! Files of labels in, the truth that a run is held against out.
//!
//! A file holds one JSON object a line, and what a line says is seen from its fields, so that files of all three kinds
//! may be given together:
//!
//! ```text
//! {"id":"a1","cluster":"flood"}                  articles of one cluster belong together; unlisted ones are unlabelled
//! {"id":"a1","family":"f7"}                      articles of one family are copies; unlisted ones are alone
//! {"a":"a1","b":"b3","label":"excerpt"}          what a reader calls this pair; with "confidence" and "note" if known
//! ```
//!
//! Other fields are passed over. What contradicts itself is refused: no score could be right.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::read::{json_problem, plain_words};
use crate::verify::Kind;

/// What a reader calls a pair of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The same text, byline, caption and shell aside.
    Identical,
    /// The bulk of both is the same wording.
    Copy,
    /// Most of the shorter stands in the longer, which has much of its own.
    Excerpt,
    /// The same frame on another day, or with other numbers or places.
    Template,
    /// Reports of one event in words of their own.
    SameEvent,
    /// Another event of the same storyline.
    Related,
    /// Neither.
    Different,
}

impl Label {
    /// Every label, in the order of tables.
    pub const ALL: [Label; 7] = [
        Label::Identical,
        Label::Copy,
        Label::Excerpt,
        Label::Template,
        Label::SameEvent,
        Label::Related,
        Label::Different,
    ];

    /// The word for it in files and outputs.
    pub fn name(self) -> &'static str {
        match self {
            Label::Identical => "identical",
            Label::Copy => "copy",
            Label::Excerpt => "excerpt",
            Label::Template => "template",
            Label::SameEvent => "same_event",
            Label::Related => "related",
            Label::Different => "different",
        }
    }

    fn named(name: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.name() == name)
    }

    /// The kind of edge that the label asks for; `None` where there should be no edge.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Label::Identical => Some(Kind::Identical),
            Label::Copy => Some(Kind::Copy),
            Label::Excerpt => Some(Kind::Excerpt),
            Label::Template => Some(Kind::Template),
            Label::SameEvent | Label::Related | Label::Different => None,
        }
    }

    /// Whether such a pair has text in common that is to be found: identical, copy and excerpt.
    pub fn is_copied(self) -> bool {
        matches!(self, Label::Identical | Label::Copy | Label::Excerpt)
    }

    /// Whether the two articles belong in one event.
    pub fn is_one_event(self) -> bool {
        self.is_copied() || self == Label::SameEvent
    }
}

/// A pair of articles that someone has read and labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPair {
    /// One id; `a < b`.
    pub a: String,
    /// The other.
    pub b: String,
    /// What the pair is called.
    pub label: Label,
    /// How sure the reader was, as the file says it: `high` and `low` are known.
    pub confidence: Option<String>,
    /// What the reader remarked.
    pub note: Option<String>,
}

/// Everything that is known about the right answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// The cluster of each labelled article, by id.
    pub clusters: BTreeMap<String, String>,
    /// The family of each planted article, by id.
    pub families: BTreeMap<String, String>,
    /// Labelled pairs, in order of `(a, b)`, each once.
    pub pairs: Vec<LabelledPair>,
}

impl Truth {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.families.is_empty() && self.pairs.is_empty()
    }

    /// Reads the files, all of them together.
    ///
    /// # Errors
    /// A file that cannot be read, has nothing in it, or holds a line that is no label or contradicts another: which, and
    /// what to do.
    pub fn read(paths: &[PathBuf]) -> Result<Truth, TruthError> {
        let mut found = Collector::default();
        for path in paths {
            let unreadable = |source| TruthError::Io { path: path.clone(), source };
            found.add(path, BufReader::new(File::open(path).map_err(unreadable)?))?;
        }
        Ok(found.finish())
    }
}

/// A value with the line that said so.
struct Said<T> {
    value: T,
    path: PathBuf,
    line: usize,
}

#[derive(Default)]
struct Collector {
    clusters: BTreeMap<String, Said<String>>,
    families: BTreeMap<String, Said<String>>,
    pairs: BTreeMap<(String, String), Said<LabelledPair>>,
}

/// The fields that may say something. Labels may be numbers.
#[derive(Deserialize)]
struct Line {
    id: Option<Name>,
    cluster: Option<Name>,
    family: Option<Name>,
    a: Option<Name>,
    b: Option<Name>,
    label: Option<Name>,
    confidence: Option<Name>,
    note: Option<String>,
}

/// A text, or a number as it is written: ids of articles are read so.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw.get()).map(Name).map_err(D::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Name(raw.get().to_owned())),
            _ => Err(D::Error::custom(format!("found {}, expected a string or a number", raw.get()))),
        }
    }
}

impl Name {
    fn into_string(self) -> String {
        self.0
    }
}

impl Collector {
    fn add(&mut self, path: &Path, lines: impl BufRead) -> Result<(), TruthError> {
        let mut empty = true;
        for (line, number) in lines.lines().zip(1..) {
            let text = line.map_err(|source| TruthError::Io { path: path.to_owned(), source })?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                empty = false;
                self.add_line(text, path, number).map_err(|fault| TruthError::Line {
                    path: path.to_owned(),
                    line: number,
                    fault: Box::new(fault),
                })?;
            }
        }
        if empty { Err(TruthError::Empty { path: path.to_owned() }) } else { Ok(()) }
    }

    fn add_line(&mut self, text: &str, path: &Path, line: usize) -> Result<(), TruthFault> {
        let broken = |error: serde_json::Error| TruthFault::NotALabel { problem: json_problem(&error) };
        let fields: Line = serde_json::from_str(text).map_err(broken)?;
        let said = |value: String| Said { value, path: path.to_owned(), line };
        match fields {
            Line { a: Some(a), b: Some(b), label: Some(label), confidence, note, .. } => {
                let pair = labelled_pair(a.into_string(), b.into_string(), &label.into_string())?;
                let pair = LabelledPair { confidence: confidence.map(Name::into_string), note, ..pair };
                self.add_pair(Said { value: pair, path: path.to_owned(), line })
            }
            Line { id: Some(id), cluster: Some(cluster), .. } => {
                insert(&mut self.clusters, id.into_string(), said(cluster.into_string()), "clusters")
            }
            Line { id: Some(id), family: Some(family), .. } => {
                insert(&mut self.families, id.into_string(), said(family.into_string()), "families")
            }
            _ => Err(TruthFault::UnknownFields),
        }
    }

    fn add_pair(&mut self, pair: Said<LabelledPair>) -> Result<(), TruthFault> {
        let key = (pair.value.a.clone(), pair.value.b.clone());
        match self.pairs.get(&key) {
            Some(earlier) if earlier.value.label != pair.value.label => Err(TruthFault::Contradiction {
                what: format!("the pair {} and {}", key.0, key.1),
                found: pair.value.label.name().to_owned(),
                earlier: earlier.value.label.name().to_owned(),
                path: earlier.path.clone(),
                line: earlier.line,
            }),
            Some(_) => Ok(()),
            None => {
                self.pairs.insert(key, pair);
                Ok(())
            }
        }
    }

    fn finish(self) -> Truth {
        let values =
            |said: BTreeMap<String, Said<String>>| said.into_iter().map(|(id, said)| (id, said.value)).collect();
        Truth {
            clusters: values(self.clusters),
            families: values(self.families),
            pairs: self.pairs.into_values().map(|said| said.value).collect(),
        }
    }
}

fn labelled_pair(a: String, b: String, label: &str) -> Result<LabelledPair, TruthFault> {
    if a == b {
        return Err(TruthFault::SelfPair { id: a });
    }
    let label = Label::named(label).ok_or_else(|| TruthFault::UnknownLabel { found: label.to_owned() })?;
    let (a, b) = if a < b { (a, b) } else { (b, a) };
    Ok(LabelledPair { a, b, label, confidence: None, note: None })
}

fn insert(
    known: &mut BTreeMap<String, Said<String>>,
    id: String,
    said: Said<String>,
    what: &'static str,
) -> Result<(), TruthFault> {
    match known.get(&id) {
        Some(earlier) if earlier.value != said.value => Err(TruthFault::Contradiction {
            what: format!("the article {id} among the {what}"),
            found: said.value,
            earlier: earlier.value.clone(),
            path: earlier.path.clone(),
            line: earlier.line,
        }),
        Some(_) => Ok(()),
        None => {
            known.insert(id, said);
            Ok(())
        }
    }
}

/// Why a truth could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum TruthError {
    /// The file could not be read, or is no text.
    Io {
        /// The file as given.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no line in it.
    Empty {
        /// The file as given.
        path: PathBuf,
    },
    /// A line that is no label.
    Line {
        /// The file as given.
        path: PathBuf,
        /// Its number; the first is 1.
        line: usize,
        /// What is wrong with it.
        fault: Box<TruthFault>,
    },
}

/// What is wrong with one line of a truth.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TruthFault {
    /// Not a JSON object, or fields of the wrong type.
    NotALabel {
        /// What the parser said.
        problem: String,
    },
    /// An object without the fields of any kind of label.
    UnknownFields,
    /// A pair with a label that is none.
    UnknownLabel {
        /// The label that stands there.
        found: String,
    },
    /// A pair of an article with itself.
    SelfPair {
        /// The article.
        id: String,
    },
    /// Another line says something else of the same.
    Contradiction {
        /// What both speak of.
        what: String,
        /// What this line says.
        found: String,
        /// What the earlier one said.
        earlier: String,
        /// The file of the earlier one.
        path: PathBuf,
        /// Its line.
        line: usize,
    },
}

impl fmt::Display for TruthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TruthError::Io { path, source } if source.kind() == io::ErrorKind::InvalidData => {
                write!(f, "{}: not UTF-8 text; labels are JSON lines, not compressed", path.display())
            }
            TruthError::Io { path, source } if source.kind() == io::ErrorKind::NotFound => {
                write!(f, "{}: no such file", path.display())
            }
            TruthError::Io { path, source } => write!(f, "{}: {}", path.display(), plain_words(source)),
            TruthError::Empty { path } => {
                write!(f, "{}: no label in it; expected JSON lines such as {EXAMPLES}", path.display())
            }
            TruthError::Line { path, line, fault } => write!(f, "{}:{line}: {fault}", path.display()),
        }
    }
}

const EXAMPLES: &str = r#"{"id":"a1","cluster":"c1"}, {"id":"a1","family":"f1"} or {"a":"a1","b":"b1","label":"copy"}"#;

impl fmt::Display for TruthFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TruthFault::NotALabel { problem } => {
                write!(f, "no label ({problem}); expected an object such as {EXAMPLES}")
            }
            TruthFault::UnknownFields => {
                write!(
                    f,
                    "no label: found neither `a`, `b` and `label` nor `id` and `cluster` or `family`; expected {EXAMPLES}"
                )
            }
            TruthFault::UnknownLabel { found } => {
                let names = Label::ALL.map(Label::name).join(", ");
                write!(f, "label `{found}` is unknown; use one of {names}")
            }
            TruthFault::SelfPair { id } => write!(f, "a pair of {id} with itself; take the line out"),
            TruthFault::Contradiction { what, found, earlier, path, line } => {
                let place = path.display();
                write!(f, "{what} is `{found}` here and `{earlier}` in {place}:{line}; keep the right one of the two")
            }
        }
    }
}

impl std::error::Error for TruthError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TruthError::Io { source, .. } => Some(source),
            TruthError::Empty { .. } | TruthError::Line { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(text: &str) -> Result<Truth, String> {
        let mut found = Collector::default();
        found.add(Path::new("labels.jsonl"), text.as_bytes()).map_err(|error| error.to_string())?;
        Ok(found.finish())
    }

    #[test]
    fn each_line_says_by_its_fields_what_it_is() {
        let lines = concat!(
            "\u{feff}{\"id\":\"x\",\"cluster\":3,\"text\":\"passed over\"}\r\n",
            "\n",
            "{\"id\":\"x\",\"family\":\"f\",\"edits\":[1]}\n",
            "{\"a\":\"z\",\"b\":\"y\",\"label\":\"same_event\",\"confidence\":\"low\",\"jaccard6\":0.1}\n",
        );
        let truth = truth(lines).unwrap();
        assert_eq!(truth.clusters["x"], "3");
        assert_eq!(truth.families["x"], "f");
        let pair = &truth.pairs[0];
        assert_eq!((&pair.a[..], &pair.b[..], pair.label), ("y", "z", Label::SameEvent));
        assert_eq!(pair.confidence.as_deref(), Some("low"));
    }

    #[test]
    fn a_label_said_twice_counts_once_and_a_contradiction_is_refused_with_both_places() {
        let same = "{\"a\":\"x\",\"b\":\"y\",\"label\":\"copy\"}\n{\"a\":\"y\",\"b\":\"x\",\"label\":\"copy\"}\n";
        assert_eq!(truth(same).unwrap().pairs.len(), 1);
        let other = "{\"a\":\"x\",\"b\":\"y\",\"label\":\"copy\"}\n{\"a\":\"y\",\"b\":\"x\",\"label\":\"excerpt\"}\n";
        let message = truth(other).unwrap_err();
        assert_eq!(
            message,
            "labels.jsonl:2: the pair x and y is `excerpt` here and `copy` in labels.jsonl:1; keep the right one of the two"
        );
        let clusters = "{\"id\":\"x\",\"cluster\":\"1\"}\n{\"id\":\"x\",\"cluster\":\"2\"}\n";
        assert!(truth(clusters).unwrap_err().contains("is `2` here and `1` in labels.jsonl:1"));
    }

    #[test]
    fn what_is_no_label_says_what_was_expected() {
        let unknown = truth("{\"a\":\"x\",\"b\":\"y\",\"label\":\"duplicate\"}").unwrap_err();
        assert_eq!(
            unknown,
            "labels.jsonl:1: label `duplicate` is unknown; use one of identical, copy, excerpt, template, same_event, \
             related, different"
        );
        assert!(truth("{\"a\":\"x\",\"b\":\"x\",\"label\":\"copy\"}").unwrap_err().contains("with itself"));
        assert!(truth("{\"id\":\"x\"}").unwrap_err().contains("neither `a`, `b` and `label`"));
        assert!(truth("[1]").unwrap_err().contains("labels.jsonl:1: no label"));
        assert!(truth("\n \n").unwrap_err().contains("no label in it"));
    }

    #[test]
    fn every_label_is_read_by_its_own_name() {
        assert!(Label::ALL.into_iter().all(|label| Label::named(label.name()) == Some(label)));
        let copied: Vec<&str> = Label::ALL.into_iter().filter(|label| label.is_copied()).map(Label::name).collect();
        assert_eq!(copied, ["identical", "copy", "excerpt"]);
    }
}
