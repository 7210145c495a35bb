//! Any bytes in any format: read, and read again, the same; in small blocks no other than in large ones is for the unit tests.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use wirecopy::read::{Location, discover_with};
use wirecopy::settings::{InputFormat, ReadSettings};

const FORMATS: [InputFormat; 5] =
    [InputFormat::Text, InputFormat::Jsonl, InputFormat::Json, InputFormat::Csv, InputFormat::Tsv];

fuzz_target!(|input: (u8, &[u8])| {
    let (format, bytes) = input;
    let format = FORMATS[usize::from(format) % FORMATS.len()];
    let settings = ReadSettings { input_format: Some(format), max_article_bytes: 1 << 16, ..ReadSettings::default() };
    let Ok(inputs) = discover_with(&["-".into()], &settings, Cursor::new(bytes.to_vec())) else { return };
    let Ok(scan) = inputs.scan(&settings, &|_| (), |article| (article.id.to_string(), article.text.to_string())) else {
        return;
    };
    let (locations, articles): (Vec<Location>, Vec<_>) = scan.articles.into_iter().unzip();
    let again = inputs
        .reread(&settings, &locations, &|_| (), |_, article| (article.id.to_string(), article.text.to_string()))
        .expect("what was read can be read again");
    assert_eq!(articles, again);
});
