#!/usr/bin/env bash
# The RFCs' values come out on a Cortex-M4 and in WebAssembly, and no feature but kms-xml needs std. The image for the
# Cortex-M4 has no std, no heap and no tables, and needs little stack.
. "$(dirname "$0")/../common.sh"

# for_target MANIFEST TARGET ARGUMENT…: runs cargo with Debian's compiler, which can build that target's core.
for_target() {
    local upper=${2//-/_}
    env "CARGO_TARGET_${upper^^}_LINKER=$lld" RUSTC="$root/rustc" RUSTC_BOOTSTRAP=1 \
        cargo "${@:3}" --locked --manifest-path "$1" --target "$2"
}

# image FEATURES: builds the image, and prints how many octets of flash it takes.
image() {
    RUSTFLAGS="-Clink-arg=-T$PWD/assure/cortex-m4/link.x" \
        for_target assure/cortex-m4/Cargo.toml thumbv7em-none-eabihf build -q --release \
        -Zbuild-std=core --target-dir "$out/cortex-m4" --features "$1" >"$logs/cortex-m4.build" 2>&1 || return
    size -A "$out/cortex-m4/thumbv7em-none-eabihf/release/cortex-m4" \
        | awk '$1 ~ /^\.(vectors|text|data)$/ { n += $2 } END { print n }'
}

cortex_m4() {
    local operation flash used=$logs/cortex-m4.table
    echo '| in the image | flash, octets | stack, octets |' >"$used"
    echo '|---|--:|--:|' >>"$used"
    for operation in sign verify encapsulate import decapsulate sign,verify,encapsulate,import,decapsulate; do
        flash=$(image "$operation") || return 1
        timeout 300 "$root/qemu-system-arm" -M mps2-an386 -cpu cortex-m4 -nographic -monitor none -serial none \
            -semihosting -kernel "$out/cortex-m4/thumbv7em-none-eabihf/release/cortex-m4" \
            >"$logs/cortex-m4.run" 2>&1 || return 1
        # The image that decapsulates imports its key first, which may take more stack.
        awk -v name="${operation//,/, }" -v flash="$flash" '$1 == "stack" && $4 == "ok" && $3 > most { most = $3 }
            END { printf "| %s | %s | %s |\n", name, flash, most }' "$logs/cortex-m4.run" >>"$used"
    done
    cat "$used"
    tabulated embedded "$used" || return
    # An embedded client decapsulates within 32 KiB of stack.
    awk '$2 == "decapsulate" { found = 1; exit !($3 <= 32768) } END { exit !found }' "$logs/cortex-m4.run" || return 1
    awk '{ printf "%s%s %s", sep, $2, $3; sep = ", " } END { print " octets of stack" }' "$logs/cortex-m4.run"
}

wasm32() {
    for_target assure/wasm/Cargo.toml wasm32-unknown-unknown build -q --release \
        -Zbuild-std=core --target-dir "$out/wasm" &&
        node assure/wasm/run.js "$out/wasm/wasm32-unknown-unknown/release/wasm.wasm"
}

# The target has no std, so a feature that needs std fails to build.
without_std() {
    local features=alloc,tables,signature,hazmat,mikey,mission-critical,kms,stored
    for_target Cargo.toml thumbv7em-none-eabihf check --lib --no-default-features --features "$features" \
        -Zbuild-std=core,alloc --target-dir "$out/without-std" && echo "$features"
}

lld=$(rustc --print sysroot)/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld
need size binutils
need node nodejs
compiler
run 'RFC values, 32 KiB of stack on a Cortex-M4' cortex-m4 cortex_m4
run 'RFC values on wasm32' wasm32 wasm32
run 'no std but for kms-xml' without-std without_std
verdict
