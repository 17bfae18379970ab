#!/usr/bin/env bash
# A process that is killed while it writes its state loses nothing.
. "$(dirname "$0")/../common.sh"

run 'nothing lost by a process that is killed' kill \
    env KILLS=1000 cargo test --locked -q -p eccsi-sakke-files --test kill --target-dir "$out/kill"
verdict
