//! The reader of vector files takes any JSON, and reports on it without a panic.
#![no_main]

#[path = "../../examples/vectors/runner.rs"]
#[allow(dead_code)]
mod runner;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(document) = serde_json::from_slice(data)
        && let Ok(report) = runner::run("fuzz", &document)
    {
        for failed in &report.failed {
            let _ = failed.to_string();
        }
    }
});
