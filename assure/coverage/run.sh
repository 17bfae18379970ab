#!/usr/bin/env bash
# The tests execute 97 % of the lines at least, on the arithmetic that runs here by itself and on the portable one.
. "$(dirname "$0")/../common.sh"

llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
need "llvm-cov-$llvm" "llvm-$llvm"
tool cargo-llvm-cov 0.9.1
export LLVM_COV=llvm-cov-$llvm LLVM_PROFDATA=llvm-profdata-$llvm CARGO_LLVM_COV_TARGET_DIR=$out/coverage

# Tests, and the marks for valgrind, which only that build has. Where the CPU has no AVX-512 IFMA, also what needs it.
left_out='/(tests|poison)\.rs$'
[[ " $(backends) " == *' ifma '* ]] || left_out+='|/(ifma|wide|eight|lanes|packed)(/.*)?\.rs$'

# measured ARGUMENT…: runs these tests.
measured() {
    cargo llvm-cov test --locked --no-report --profile strength --all-features "$@"
}

covered() {
    cargo llvm-cov clean --workspace && measured --lib --tests || return
    # Of the tests, those that reach the portable arithmetic and what chooses it.
    RUSTFLAGS='--cfg eccsi_sakke_backend="portable"' measured --test eccsi --test golden --test values || return
    cargo llvm-cov report --profile strength --fail-under-lines 97 --ignore-filename-regex "$left_out"
}

# The line of the whole: the lines, those that are not executed, and how many are.
whole() {
    awk '/^TOTAL/ { print $10, "of", $8, "lines" }'
}

figure=whole run 'lines executed by the tests, 97 % at least' coverage covered
verdict
