#!/usr/bin/env bash
# The tests notice a change of the code. The short form only changes what HEAD changed, or what changed since the
# revision SINCE.
. "$(dirname "$0")/../common.sh"

since=${SINCE-HEAD~1}
name='tests notice mutants of the last change'
need python3 python3-minimal
run 'the lists of mutants name what there is' mutants-names python3 assure/mutants/run.py --names
if [[ ! $quick ]]; then
    tool cargo-mutants 27.1.0
    run 'tests notice mutants' mutants python3 assure/mutants/run.py "$out/mutants"
elif ! git rev-parse -q --verify "$since^{commit}" >/dev/null; then
    # There is nothing before a first commit, but a revision that SINCE names must exist.
    [[ ! ${SINCE-} ]]
    row "$name" $? "there is no $since to compare with"
# To build cargo-mutants takes longer than to find that there is nothing to do.
elif git diff --quiet "$since" -- src 2>/dev/null; then
    row "$name" 0 'no source changed'
else
    tool cargo-mutants 27.1.0
    run "$name" mutants-last env PROPTEST_CASES=32 python3 assure/mutants/run.py "$out/mutants-last" --since "$since"
fi
verdict
