//! Any text: its words are those of the plain reference, and neither Unicode form nor case makes a difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirecopy::normalize::{Words, plain_words};

fuzz_target!(|text: &str| {
    let words = Words::of(text);
    let found: Vec<String> = words.iter().map(str::to_owned).collect();
    assert_eq!(found, plain_words(text));
    for index in 0..words.len() {
        let span = words.span(index);
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end) && span.start < span.end);
    }
});
