#!/usr/bin/env bash
# The tests read and write only where they may. They run under the address sanitizer.
. "$(dirname "$0")/../common.sh"

passed() {
    awk '/^test result: ok/ { n += $4 } END { print n + 0, "tests"; exit !n }'
}

# Whether the sanitizer stops a program that reads what it has freed.
control() {
    rustc -Zsanitizer=address --target x86_64-unknown-linux-gnu -o "$out/control" - <<<'fn main() {
        let freed = Box::into_raw(Box::new(1));
        unsafe { drop(Box::from_raw(freed)); std::hint::black_box(*freed); }
    }' && ! "$out/control"
}

tests() {
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address
    # Some tests leak on purpose what they need until the end. Random cases are slow here, so they are few.
    control && ASAN_OPTIONS=detect_leaks=0 PROPTEST_CASES=64 cargo test --locked --all-features --lib --tests \
        --no-fail-fast --target x86_64-unknown-linux-gnu --target-dir "$out/sanitizer"
}

figure=passed run 'tests under the address sanitizer' sanitizer tests
verdict
