//! How many random cases a test tries.

extern crate std;

use proptest::prelude::ProptestConfig;

/// So many cases, or fewer if `PROPTEST_CASES` says so: an emulated CPU takes them as slowly as the
/// tests whose number nobody chose, which the variable holds back by itself.
pub(crate) fn at_most(cases: u32) -> ProptestConfig {
    ProptestConfig::with_cases(cases.min(limit().unwrap_or(cases)))
}

/// Whether `PROPTEST_CASES` asks for fewer than proptest has by itself.
#[cfg(feature = "alloc")]
pub(crate) fn are_few() -> bool {
    limit().is_some_and(|limit| limit < 256)
}

fn limit() -> Option<u32> {
    std::env::var("PROPTEST_CASES").ok()?.parse().ok()
}
