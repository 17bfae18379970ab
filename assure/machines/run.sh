#!/usr/bin/env bash
# The results are the same on other CPUs. QEMU emulates them and runs the tests.
#
#   run.sh            the three CPUs, one after the other, and their table
#   run.sh CPU        one of them: s390x, armv7 or aarch64
#   run.sh manifest   whether cargo can read the manifest of these tests, which takes a second
. "$(dirname "$0")/../common.sh"

trimmed=$out/trimmed

# Makes a copy of the crate with a manifest for these tests. They need fewer packages than the lock file names, so cargo
# must be free to change the copy of that file.
trimmed() {
    local entry
    rm -rf "$trimmed" && mkdir "$trimmed"
    for entry in *; do ln -s "$PWD/$entry" "$trimmed/$entry"; done
    rm "$trimmed"/{Cargo.toml,Cargo.lock,target}
    sed -E -f assure/machines/tests.sed Cargo.toml >"$trimmed/Cargo.toml"
    cp Cargo.lock "$trimmed"
}

# How many tests passed and failed, and in how many minutes.
tested() {
    awk -v seconds=$((SECONDS - start)) '/^test result:/ { n += $4; failed += $6 }
        END {
            printf "%d tests passed, %d failed, %d minutes with the build\n", n, failed, (seconds + 59) / 60
            exit !n
        }'
}

# crossed TARGET TRIPLET QEMU: runs the tests on another CPU. The examples of the documentation are left out, because
# rustdoc would be another compiler's. Emulation is slow, so random cases are few and there are no debug assertions.
crossed() {
    local upper=${1//-/_}
    upper=${upper^^}
    # With --no-fail-fast, one run shows all failures.
    env RUSTC="$root/rustc" RUSTC_BOOTSTRAP=1 PROPTEST_CASES=16 \
        "CARGO_TARGET_${upper}_LINKER=$2-gcc" "CARGO_TARGET_${upper}_RUNNER=$3 -L /usr/$2" \
        cargo test --manifest-path "$trimmed/Cargo.toml" --all-features --lib --tests --no-fail-fast \
        "${released[@]}" \
        -Zbuild-std=std,panic_abort,panic_unwind,test --target "$1" --target-dir "$out/machines"
}

# emulated TARGET TRIPLET ARCHITECTURE WORDS: installs what that CPU needs and runs the tests. QEMU and Debian have
# names of their own for it.
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

counted() {
    grep -o manifest_path | wc -l | sed 's/$/ packages/'
}

# In a copy of its own, because the tests of the CPUs may be running.
manifest() {
    trimmed=$out/trimmed-manifest
    trimmed
    figure=counted run 'cargo reads the manifest of emulated tests' manifest \
        cargo metadata --quiet --format-version 1 --manifest-path "$trimmed/Cargo.toml"
}

case ${1-} in
s390x | armv7 | aarch64 | manifest) "$1" ;;
*)
    printf '%s\n' '| CPU | words | tests |' '|---|---|--:|' >"$logs/machines.table"
    s390x
    armv7
    aarch64
    tabulated machines "$logs/machines.table"
    ;;
esac
verdict
