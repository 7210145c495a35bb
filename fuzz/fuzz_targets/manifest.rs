//! Any bytes for a manifest of an index, checksums aside: refused or read, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| wirecopy::index::fuzzing::manifest(bytes));
