//! Every option once: name, unit, default, range and why.
//!
//! The command line, `wirecopy.toml`, the fingerprint and the documentation all read the one table [`OPTIONS`]; an
//! option that is not in it does not exist.

/// How the bytes of an input are framed into articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputFormat {
    /// One article a file: `.txt`, `.md`.
    Text,
    /// One JSON object a line: `.jsonl`, `.ndjson`.
    Jsonl,
    /// One JSON array of objects, or one object: `.json`.
    Json,
    /// Comma-separated values with a header line: `.csv`.
    Csv,
    /// Tab-separated values with a header line: `.tsv`.
    Tsv,
    /// Apache Parquet (feature `parquet`): `.parquet`.
    Parquet,
}

/// What reading needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSettings {
    /// In folders, only files that match one of these globs (all where empty).
    pub include: Vec<String>,
    /// In folders, no file that matches one of these globs.
    pub exclude: Vec<String>,
    /// The format of every input, instead of what each name's ending says. Standard input needs it unless it is JSON lines.
    pub input_format: Option<InputFormat>,
    /// The field that holds the id, instead of the usual names. So for the six that follow.
    pub id_field: Option<String>,
    /// The field that holds the text.
    pub text_field: Option<String>,
    /// The field that holds the title.
    pub title_field: Option<String>,
    /// The field that holds the lead.
    pub lead_field: Option<String>,
    /// The field that holds the outlet.
    pub source_field: Option<String>,
    /// The field that holds the time of publication.
    pub published_field: Option<String>,
    /// The field that holds a label of truth, for `eval`.
    pub label_field: Option<String>,
    /// Stop at the first bad record instead of counting it.
    pub strict: bool,
    /// The largest record in bytes, decompressed; a larger one is a bad record, and never held in memory.
    pub max_article_bytes: u64,
}

impl Default for ReadSettings {
    fn default() -> Self {
        ReadSettings {
            include: Vec::new(),
            exclude: Vec::new(),
            input_format: None,
            id_field: None,
            text_field: None,
            title_field: None,
            lead_field: None,
            source_field: None,
            published_field: None,
            label_field: None,
            strict: false,
            max_article_bytes: 256 << 20,
        }
    }
}
