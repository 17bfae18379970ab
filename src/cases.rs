//! The number of random cases that a test tries.

extern crate std;

use proptest::prelude::ProptestConfig;

/// This number of cases, or fewer if `PROPTEST_CASES` asks for fewer. The variable is set where an emulated CPU runs
/// the tests. By itself it only bounds tests that don't state a number of cases.
pub(crate) fn at_most(cases: u32) -> ProptestConfig {
    let limit = std::env::var("PROPTEST_CASES").ok().and_then(|limit| limit.parse().ok());
    ProptestConfig::with_cases(cases.min(limit.unwrap_or(cases)))
}
