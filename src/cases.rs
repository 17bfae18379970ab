//! How many random cases a test tries.

extern crate std;

use proptest::prelude::ProptestConfig;

/// So many cases, or fewer if `PROPTEST_CASES` says so: an emulated CPU takes them as slowly as the
/// tests whose number nobody chose, which the variable holds back by itself.
pub(crate) fn at_most(cases: u32) -> ProptestConfig {
    let limit = std::env::var("PROPTEST_CASES").ok().and_then(|limit| limit.parse().ok());
    ProptestConfig::with_cases(cases.min(limit.unwrap_or(cases)))
}
