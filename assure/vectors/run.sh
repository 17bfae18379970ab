#!/usr/bin/env bash
# Malformed input is refused, each case for its own reason, and right input gives the right result.
. "$(dirname "$0")/../common.sh"

cases() {
    python3 -c 'import json, sys
print(sum(json.load(open(name))["numberOfTests"] for name in sys.argv[1:]), "cases")' test-vectors/*.json
}

name='vectors answered, refusals for their own reasons'
need python3 python3-minimal
for backend in $(backends); do
    # The vector files that this crate computes are computed again and compared.
    figure=cases run "$name: $backend" "vectors-$backend" \
        as_released "$backend" -p eccsi-sakke -p generate-vectors --test vectors --test golden --bins
done
absent "$name"
verdict
