//! OTLP/JSON documents.

#![no_main]

use agent_fuzz::{check_json, input};
use agent_otlp::Batch;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((signal, json)) = input(data) else { return };
    if let Ok(batch) = Batch::from_json(signal, json) {
        check_json(&batch);
    }
});
