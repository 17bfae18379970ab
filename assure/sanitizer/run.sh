#!/usr/bin/env bash
# No test reads or writes where it must not: the tests under the address sanitizer.
. "$(dirname "$0")/../common.sh"

passed() {
    awk '/^test result: ok/ { n += $4 } END { print n + 0, "tests" }'
}

# Some tests leak what they need for ever, on purpose. Random cases are few, being slow here.
figure=passed run 'tests under the address sanitizer' sanitizer \
    env RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 PROPTEST_CASES=64 \
    cargo test --locked --all-features --lib --tests --no-fail-fast --target x86_64-unknown-linux-gnu --target-dir "$out/sanitizer"
verdict
