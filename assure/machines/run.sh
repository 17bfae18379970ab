#!/usr/bin/env bash
# The same results elsewhere: the tests on other CPUs, which QEMU emulates.
#
#   run.sh            the three CPUs, one after the other, and the table of them
#   run.sh CPU        one of them: s390x, armv7 or aarch64
#   run.sh manifest   whether the manifest of these tests is one, which takes a second
. "$(dirname "$0")/../common.sh"

# The crate with the manifest of its tests, which need less than is locked: its lock file loses that.
trimmed() {
    local entry
    rm -rf "$out/trimmed" && mkdir "$out/trimmed"
    for entry in *; do ln -s "$PWD/$entry" "$out/trimmed/$entry"; done
    rm "$out/trimmed"/{Cargo.toml,Cargo.lock,target}
    sed -E -f assure/machines/tests.sed Cargo.toml >"$out/trimmed/Cargo.toml"
    cp Cargo.lock "$out/trimmed"
}

# How many tests passed, in how many minutes.
tested() {
    awk -v seconds=$((SECONDS - start)) '/^test result:/ { n += $4; failed += $6 }
        END { printf "%d tests passed, %d failed, %d minutes with the build\n", n, failed, (seconds + 59) / 60; exit !n }'
}

# crossed TARGET TRIPLET QEMU: the tests of another CPU, all but the examples of the documentation, whose rustdoc would
# be another compiler's. Being emulated, random cases are few and the tests' assertions are left out; all else is whole.
crossed() {
    local upper=${1//-/_}
    upper=${upper^^}
    # --no-fail-fast, so that one run shows all that fails.
    env RUSTC="$root/rustc" RUSTC_BOOTSTRAP=1 PROPTEST_CASES=16 \
        "CARGO_TARGET_${upper}_LINKER=$2-gcc" "CARGO_TARGET_${upper}_RUNNER=$3 -L /usr/$2" \
        cargo test --manifest-path "$out/trimmed/Cargo.toml" --all-features --lib --tests --no-fail-fast \
        "${released[@]}" \
        -Zbuild-std=std,panic_abort,panic_unwind,test --target "$1" --target-dir "$out/machines"
}

# emulated TARGET TRIPLET ARCHITECTURE WORDS: the tests of that CPU; QEMU and Debian have names of their own
# for it.
emulated() {
    local qemu=qemu-${2%%-*}-static cpu=${1%%-*} start=$SECONDS
    need "$2-gcc" "gcc-$2" "libc6-dev-$3-cross"
    need "$qemu" qemu-user-static
    compiler
    trimmed
    if figure=tested run "tests pass on $cpu" "machine-$cpu" crossed "$1" "$2" "$qemu"; then
        echo "| $cpu | $4 | $(tested <"$logs/machine-$cpu" | cut -d ' ' -f 1) |" >>"$logs/machines.table"
    else
        grep -E '^(error|test .*FAILED|---- |thread )' "$logs/machine-$cpu" | head -n 40
    fi
}

s390x() {
    emulated s390x-unknown-linux-gnu s390x-linux-gnu s390x '64 bits, big-endian'
}

armv7() {
    emulated armv7-unknown-linux-gnueabihf arm-linux-gnueabihf armhf '32 bits, little-endian'
}

aarch64() {
    emulated aarch64-unknown-linux-gnu aarch64-linux-gnu arm64 '64 bits, little-endian'
}

manifest() {
    trimmed
    run 'the manifest of emulated tests is one' manifest \
        bash -o pipefail -c 'cargo metadata --quiet --format-version 1 --manifest-path "$1" | grep -o manifest_path | wc -l | sed "s/$/ packages/"' -- "$out/trimmed/Cargo.toml"
}

printf '%s\n' '| CPU | words | tests |' '|---|---|--:|' >"$logs/machines.table"
case ${1-} in
s390x | armv7 | aarch64 | manifest) "$1" ;;
*)
    s390x
    armv7
    aarch64
    tabulated machines "$logs/machines.table"
    ;;
esac
verdict
