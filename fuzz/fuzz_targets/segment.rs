//! Any bytes for a segment of an index, checksums aside: refused or read, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| wirecopy::index::fuzzing::segment(bytes));
