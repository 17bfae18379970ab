#!/usr/bin/env bash
# No operation takes a different time for a different secret.
. "$(dirname "$0")/../common.sh"

# timed BACKEND SIGNATURES OTHERS
timed() {
    built "no difference in timing: $1" "timing-$1.build" packaged timing "$1" release &&
        run "no difference in timing: $1" "timing-$1" "$out/packages-$1/release/timing" "$@"
}

if [[ $quick ]]; then
    timed "$(best)" 20000 500
else
    for backend in $(backends); do timed "$backend" 1000000 20000; done
    absent 'no difference in timing'
fi
verdict
