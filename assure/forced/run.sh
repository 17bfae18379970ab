#!/usr/bin/env bash
# A forced backend stops on a CPU that lacks its instructions. QEMU emulates such a CPU.
. "$(dirname "$0")/../common.sh"

# stops BACKEND CPU [COMMAND…]: whether on that CPU a build ends with a sentence, and a build without the check with
# SIGILL. The command runs the first build on a CPU that has the instructions.
stops() {
    local backend=$1 without=(qemu-x86_64-static -cpu "$2") checked=$out/packages-$1/release/forced
    local unchecked=$out/unchecked-$1 killed=$((128 + 4)) told status
    shift 2
    packaged forced "$backend" release || return
    RUSTFLAGS="--cfg eccsi_sakke_backend=\"$backend\" --cfg eccsi_sakke_backend_unchecked" \
        cargo build --locked -q --release --manifest-path assure/forced/Cargo.toml --target-dir "$unchecked" || return
    told=$("${without[@]}" "$checked" 2>&1)
    status=$?
    echo "$told"
    [[ $status == 101 && $told == *'this build of eccsi-sakke is forced to instructions that this CPU'* ]] || return 1
    # Control: without the check, the program dies of an illegal instruction.
    "${without[@]}" "$unchecked/release/forced"
    [[ $? == "$killed" ]] || return 1
    if [[ $# != 0 ]]; then
        "$@" "$checked" | grep -xF "the RFC's value on $backend" || return
    fi
    echo "one sentence, without the check SIGILL${1+, the value of the RFC where it is there}"
}

name='a forced backend stops where the CPU lacks it'
need qemu-x86_64-static qemu-user-static
# The newest CPU of QEMU has all instructions that `adx` needs, and no AVX-512.
run "$name: adx" forced-adx stops adx SandyBridge qemu-x86_64-static -cpu max
[[ " $(backends) " == *' ifma '* ]] && here=env
run "$name: ifma" forced-ifma stops ifma max ${here-}
verdict
