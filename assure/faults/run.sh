#!/usr/bin/env bash
# One fault gives nothing away. Each value on the way to a signature, an SSV or an accepted key is changed, and each that
# a key keeps: a bit turned, all of it or a part set to 0, set to ones, another value, the step before it skipped.
. "$(dirname "$0")/../common.sh"

# How many faults the ten tests told of: issuing, signing, verifying, decapsulating right and altered data,
# encapsulating; the keys of signers and of receivers, kept and imported.
counted() {
    sed -n 's/.*: \([0-9]*\) faults, Tally.*/\1/p' \
        | awk '{ n += $1 } END { print n + 0 " faults, " NR " tests, nothing wrong given out"; exit NR != 10 }'
}

name='no faulted signature released, no SSV unless TEST = R'
for backend in $(backends); do
    figure=counted run "$name: $backend" "faults-$backend" \
        as_released "$backend" --lib -- faults no_fault no_two --nocapture --test-threads 1
done
absent "$name"
verdict
