#!/usr/bin/env bash
# What a receiver accepts was sent to it, once. The model of the fuzz target `network` runs for a long time.
. "$(dirname "$0")/../common.sh"

name='every acceptance was sent, once, to that receiver'
backend=$(best)
built "$name" network.build packaged network "$backend" release &&
    run "$name" network "$out/packages-$backend/release/network" 10000000 10240
verdict
