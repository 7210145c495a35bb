//! Any text for a baseline: refused with a line, or read; and what is written of it reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wirecopy::check::Baseline;

fuzz_target!(|text: &str| match Baseline::parse(text, "baseline") {
    Ok(baseline) => assert_eq!(Baseline::parse(&baseline.to_text(), "baseline"), Ok(baseline)),
    Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count()),
});
