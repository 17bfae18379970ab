#!/usr/bin/env bash
# One fault gives nothing away. Faults change each value on the way to a signature, an SSV or an accepted key, and each
# value that a key keeps. They flip a bit, set all of a value or a part of it to zeros, set it to ones, replace it by
# another, or skip the step before it.
. "$(dirname "$0")/../common.sh"

# How many faults the eleven tests report. They issue, sign and verify; they encapsulate, and decapsulate right data,
# data that can be read in two ways and altered data; and they keep and import the keys of signers and of receivers.
counted() {
    sed -n 's/.*: \([0-9]*\) faults, Tally.*/\1/p' \
        | awk '{ n += $1 } END { print n + 0 " faults, " NR " tests, nothing wrong given out"; exit NR != 11 }'
}

name='no faulted signature released, no SSV unless TEST = R'
for backend in $(backends); do
    figure=counted run "$name: $backend" "faults-$backend" \
        as_released "$backend" --lib -- faults no_fault no_two --nocapture --test-threads 1
done
absent "$name"
verdict
