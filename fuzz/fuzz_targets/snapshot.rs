#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| planwise_fuzz::snapshot(bytes));
