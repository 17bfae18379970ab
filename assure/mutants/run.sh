#!/usr/bin/env bash
# The tests notice if the code is changed. In the short form only what HEAD changed is, or all since the revision SINCE.
. "$(dirname "$0")/../common.sh"

since=${SINCE-HEAD~1}
name='tests notice mutants of the last change'
need python3 python3-minimal
if [[ ! $quick ]]; then
    tool cargo-mutants 27.1.0
    run 'tests notice mutants' mutants python3 assure/mutants/run.py "$out/mutants"
# cargo-mutants takes longer to build than to find that there is nothing to do.
elif git diff --quiet "$since" -- src 2>/dev/null; then
    row "$name" 0 'no source changed'
else
    tool cargo-mutants 27.1.0
    run "$name" mutants-last env PROPTEST_CASES=32 python3 assure/mutants/run.py "$out/mutants-last" --since "$since"
fi
verdict
