//! Any text: the days that it names are found without harm, and a time that is read reads back as it is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirecopy::article::{Article, Published};
use wirecopy::boilerplate::ShellTable;
use wirecopy::events::Profile;
use wirecopy::normalize::Words;
use wirecopy::read::dates;

fuzz_target!(|input: (&str, &str, Option<i64>)| {
    let (title, text, published) = input;
    let article = Article {
        title: Some(title.into()),
        text: text.into(),
        published: published.map(|epoch_seconds| Published { epoch_seconds }),
        ..Article::default()
    };
    let profile = Profile::of(&article, &Words::of(text), &ShellTable::default());
    assert!(profile.terms.is_sorted_by_key(|term| term.hash));
    if let Some(published) = dates::parse(title) {
        assert_eq!(dates::parse(&published.to_string()), Some(published));
    }
});
