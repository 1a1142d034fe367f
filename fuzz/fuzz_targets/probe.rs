#![no_main]
//! See `probe` in tests/it/fuzzed.rs.

libfuzzer_sys::fuzz_target!(|data: &[u8]| pm3k_fuzz::measured(pm3k_fuzz::fuzzed::probe, data));
