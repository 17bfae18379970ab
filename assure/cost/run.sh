#!/usr/bin/env bash
# What is sent costs in proportion to its length, even if somebody without a key sends it. callgrind counts the
# instructions of the receiver. They are those of the portable backend and of portable SHA-256, which valgrind can run.
. "$(dirname "$0")/../common.sh"

name='a message costs in proportion to its length'
need valgrind valgrind libc6-dbg
need python3 python3-minimal
built "$name" cost.build packaged cost portable release &&
    run "$name" cost python3 assure/cost/run.py "$out/packages-portable/release/cost" "$logs/cost.table" &&
    tabulated cost "$logs/cost.table"
verdict
