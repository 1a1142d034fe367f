#![no_main]
//! See `tus_headers` in tests/it/fuzzed.rs.

libfuzzer_sys::fuzz_target!(|data: &[u8]| pm3k_fuzz::measured(pm3k_fuzz::fuzzed::tus_headers, data));
