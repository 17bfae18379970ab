#!/usr/bin/env bash
# A line of the table passes only if its test did. The driver is given parts that are made here. Each of them but the
# first breaks a rule, which the driver must notice.
. "$(dirname "$0")/../common.sh"

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# part NAME: makes a part whose script comes from standard input.
part() {
    mkdir "$folder/$1"
    { printf '. %q/assure/common.sh\n' "$PWD" && cat; } >"$folder/$1/run.sh"
}

part passes <<<"run 'a promise' passes echo '3 cases'; verdict"
part fails <<<"run 'a broken promise' fails sh -c 'echo 2 of 3 cases; false'; verdict"
part silent <<<"run 'a promise without a figure' silent true; verdict"
part empty <<<"verdict"
part dies <<<"run 'a promise' dies echo '3 cases'; exit 1"
part uninstalled <<<"need no-such-command no-such-package; run 'what needs it' after echo '3 cases'; verdict"
mkdir "$folder/bin"
printf '#!/bin/sh\necho "E: the index is out of step" >&2\nexit 100\n' >"$folder/bin/apt-get"
chmod +x "$folder/bin/apt-get"

# gives STATUS LINE PART…: whether the driver ends with that status and has that line in its table.
gives() {
    local table status
    table=$(PATH=$folder/bin:$PATH ASSURE_PARTS=$folder ASSURE_OUT=$folder/out .ci/assure "${@:3}")
    status=$?
    echo "$table"
    [[ $status == "$1" ]] && grep -qxF "$2" <<<"$(tr -s ' ' <<<"$table")"
}

all() {
    gives 0 'a promise 3 cases pass' passes &&
        gives 1 'a broken promise 2 of 3 cases FAIL' passes fails &&
        gives 1 'a promise without a figure no figure FAIL' silent passes &&
        gives 1 'the part empty ended without a verdict FAIL' passes empty &&
        gives 1 'the part dies ended without a verdict FAIL' dies &&
        gives 1 'no-such-package can be installed E: the index is out of step FAIL' uninstalled passes &&
        gives 1 'the part unknown ended without a verdict FAIL' passes unknown &&
        echo '1 part passes, 6 that must fail do'
}

run 'the driver fails what fails' driver all
verdict
