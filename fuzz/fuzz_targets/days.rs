//! Any text: the days that it names are found without harm, and a time that is read reads back as it is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirecopy::article::{Article, Published};
use wirecopy::boilerplate::ShellTable;
use wirecopy::days::{Day, Mentions, published};
use wirecopy::events::Profile;
use wirecopy::normalize::Words;

fuzz_target!(|input: (&str, &str, Option<i64>)| {
    let (title, text, published) = input;
    let article = Article {
        title: Some(title.into()),
        text: text.into(),
        published: published.map(Published::at),
        ..Article::default()
    };
    let words = Words::of(text);
    for mention in Mentions::of(&words, text, article.published.and_then(Day::of_published)).days {
        assert!(text.get(mention.span(&words)).is_some() && mention.day.until(mention.last) >= 0);
    }
    let profile = Profile::of(&article, &words, &ShellTable::default());
    assert!(profile.terms.is_sorted_by_key(|term| term.hash));
    if let Some(published) = published::parse(title) {
        // An offset says which reading is meant of a time that the clock of a place showed twice.
        let once = Published { later_minutes: 0, ..published };
        assert_eq!(published::parse(&published.to_string()), Some(once));
    }
});
