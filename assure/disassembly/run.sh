#!/usr/bin/env bash
# No division depends on a secret, and no jump or address on a vector with one. The machine code is searched, because
# valgrind can't execute AVX-512 and doesn't report divisions.
. "$(dirname "$0")/../common.sh"

# disassembled BACKEND PROFILE [--wide | --vectors CPU]
disassembled() {
    local build=$1-$2${4+-$4}
    local name="no secret division${3:+, no jump on a vector}: $build"
    built "$name" "disassembly-$build.build" packaged poison "$1" "$2" "${@:4}" || return
    run "$name" "disassembly-$build" \
        python3 assure/disassembly/scan.py ${3-} "$out/packages-$1${4+-$4}/$2/poison"
}

need objdump binutils
need python3 python3-minimal
# `poison` searches its builds of the other backends, which contain the marks. Here they are built without marks.
disassembled ifma release --wide
if [[ ! $quick ]]; then
    # With this target CPU the compiler uses AVX-512 by itself, which valgrind can't execute either.
    for backend in portable adx ifma; do disassembled $backend release --vectors x86-64-v4; done
    for profile in o1 o2 os oz fat; do disassembled ifma $profile --wide; done
    disassembled adx release
    disassembled portable release
fi
verdict
