#!/usr/bin/env bash
# The tests execute at least 97 % of the lines, on the backend that the crate chooses here and on the portable one.
. "$(dirname "$0")/../common.sh"

llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
need "llvm-cov-$llvm" "llvm-$llvm"
tool cargo-llvm-cov 0.9.1
export LLVM_COV=llvm-cov-$llvm LLVM_PROFDATA=llvm-profdata-$llvm CARGO_LLVM_COV_TARGET_DIR=$out/coverage

# Files that are left out, as patterns: tests, and the marks for valgrind, which are not in this build. On a CPU without
# AVX-512 IFMA, the files that need it are left out too.
left_out=('/tests\.rs$' '/poison\.rs$')
[[ " $(backends) " == *' ifma '* ]] || left_out+=('/ifma(/.*)?\.rs$')

# Whether each pattern matches a file of the sources.
matched() {
    local pattern
    for pattern in "${left_out[@]}"; do
        grep -qE "$pattern" <<<"$(find src -name '*.rs')" || { echo "error: no file matches $pattern"; return 1; }
    done
}

# measured ARGUMENT…: runs these tests.
measured() {
    cargo llvm-cov test --locked --no-report --profile strength --all-features "$@"
}

covered() {
    matched && cargo llvm-cov clean --workspace && measured --lib --tests || return
    # These tests reach the portable arithmetic and the choice of a backend.
    RUSTFLAGS='--cfg eccsi_sakke_backend="portable"' measured --test eccsi --test golden --test values || return
    cargo llvm-cov report --profile strength --fail-under-lines 97 \
        --ignore-filename-regex "$(IFS='|' && echo "${left_out[*]}")"
}

# The percentage of lines that are executed, and the number of all lines, from the last line of the report.
whole() {
    awk '/^TOTAL/ { print $10, "of", $8, "lines" }'
}

figure=whole run 'lines executed by the tests, 97 % at least' coverage covered
verdict
