#!/usr/bin/env bash
# No secret is left on the heap, and no octets of one on the stack.
. "$(dirname "$0")/../common.sh"

name='nothing left on the heap, no octets on the stack'
for backend in $([[ $quick ]] && best || backends); do
    built "$name: $backend" "memory-$backend.build" packaged memory "$backend" release &&
        run "$name: $backend" "memory-$backend" "$out/packages-$backend/release/memory"
done
[[ $quick ]] || absent "$name"
verdict
