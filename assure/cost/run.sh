#!/usr/bin/env bash
# What somebody without a key can make a receiver compute: its instructions, which callgrind counts. The arithmetic is
# the portable one, and SHA-256 without instructions of its own, for valgrind has no others.
. "$(dirname "$0")/../common.sh"

name='a message costs in proportion to its length'
need valgrind valgrind libc6-dbg
need python3 python3-minimal
built "$name" cost.build packaged cost portable release &&
    run "$name" cost python3 assure/cost/run.py "$out/packages-portable/release/cost" "$logs/cost.table" &&
    tabulated cost "$logs/cost.table"
verdict
