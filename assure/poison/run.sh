#!/usr/bin/env bash
# No branch and no address depends on a secret. valgrind runs the package, and takes its secrets for undefined memory.
#
#   run.sh [quick]    each backend that valgrind can run, at each optimisation level
#   run.sh i686       on 32 bits; the program is static, so that no 32-bit system needs to be installed
#   run.sh armv7      on ARM, with Debian's valgrind and Debian's kernel in a machine that QEMU emulates
. "$(dirname "$0")/../common.sh"

# This builds the marks in, and leaves out the check of the CPU. valgrind runs ADX, but its CPUID doesn't say so.
marked='--cfg eccsi_sakke_poison --cfg eccsi_sakke_backend_unchecked -Csymbol-mangling-version=v0'
# This chooses the portable code of the libraries for messages.
plain='--cfg aes_backend="soft" --cfg polyval_backend="soft"'
watched=(-q --error-limit=no --num-callers=14)

# scanned NAME BACKEND PROFILE FLAGS PROGRAM CARGO…: builds the program, and searches it for divisions. valgrind doesn't
# report them.
scanned() {
    built "no secret branch or address: $1" "poison-$1.build" \
        env "${cross[@]}" RUSTFLAGS="$marked --cfg eccsi_sakke_backend=\"$2\" $4" \
        cargo build --locked -q --profile "$3" --manifest-path assure/poison/Cargo.toml "${@:6}" || return
    run "no secret division, with marks: $1" "marked-$1" python3 assure/disassembly/scan.py "$5" || true
}

# under_valgrind NAME BACKEND PROGRAM
under_valgrind() {
    run "no secret branch or address: $1" "poison-$1" \
        valgrind "${watched[@]}" --suppressions=assure/poison/outcomes.supp \
        --log-file="$logs/poison-$1.valgrind" "$3" "$2"
}

# poisoned BACKEND PROFILE [CPU]
poisoned() {
    local name=$1-$2${3+-$3} target=$out/poison-$1${3+-$3} flags=${3+-Ctarget-cpu=$3}
    [[ $1 == portable ]] && flags+=" $plain"
    scanned "$name" "$1" "$2" "$flags" "$target/$2/poison" --target-dir "$target" &&
        under_valgrind "$name" "$1" "$target/$2/poison"
}

# suppressed PROGRAM: how many functions the suppressions name. Fails if the program doesn't contain such a name, or if
# it contains one that is made up.
suppressed() {
    local name names
    names=$(sed -n '/UnknownInlinedFun/d; s/^ *fun:\**\([a-z_]*\).*/\1/p' assure/poison/outcomes.supp | sort -u)
    for name in $names; do
        grep -q "$name" "$1" || { echo "outcomes.supp names $name, which is not in the program"; return 1; }
    done
    ! grep -q a_function_that_is_made_up "$1" && echo "$(wc -w <<<"$names") functions, 1 control found"
}

# poisoned_all BACKEND
poisoned_all() {
    local profile level
    for profile in o1 o2 release os oz fat; do poisoned "$1" "$profile"; done
    for level in x86-64-v2 x86-64-v3; do poisoned "$1" release "$level"; done
}

# scanned32 TARGET PROFILE
scanned32() {
    program=$out/poison-32/$1/$2/poison
    scanned "${1%%-*}-$2" portable "$2" "$plain -Ctarget-feature=+crt-static" "$program" \
        "${cross_std[@]}" --target "$1" --target-dir "$out/poison-32"
}

# packages_of_arm ARGUMENT…: runs apt-get for the emulated machine, apart from the system's own packages.
packages_of_arm() {
    mkdir -p "$out/arm"/{lists,cache/archives}/partial
    apt-get -qq -o APT::Architecture=armhf -o APT::Architectures=armhf -o Dir::State::status=/dev/null \
        -o Dir::State::lists="$out/arm/lists" -o Dir::Cache="$out/arm/cache" "$@"
}

# Unpacks a kernel, valgrind, and a shell to start it.
machine_of_arm() {
    local kernel deb
    [[ -e $out/arm/complete ]] && return
    packages_of_arm update
    kernel=$(packages_of_arm install --dry-run --no-install-recommends linux-image-armmp \
        | awk '/^Inst linux-image-.*-armmp / { print $2; exit }')
    (cd "$out/arm" && packages_of_arm download "$kernel" valgrind busybox-static) || return
    for deb in "$out/arm"/*.deb; do dpkg -x "$deb" "$out/arm/root"; done
    touch "$out/arm/complete"
}

# on_arm PROGRAM: runs the program there under valgrind and prints its output, whose last line says how many operations
# passed. If one fails, each error comes before.
on_arm() {
    local disk=$out/arm/disk told=$logs/poison-arm.console
    rm -rf "$disk" && mkdir -p "$disk"/{proc,dev,tmp}
    cp "$out/arm/root/bin/busybox" "$out/arm/root"/usr/libexec/valgrind/{memcheck-arm-linux,default.supp} \
        assure/poison/outcomes.supp "$1" "$disk"
    cat >"$disk/init" <<END
#!/busybox sh
/busybox mount -t proc proc /proc
export VALGRIND_LIB=/ VALGRIND_LAUNCHER=/init
/memcheck-arm-linux --tool=memcheck ${watched[*]} --suppressions=/outcomes.supp --log-file=/tmp/log /poison portable
status=\$?
echo "status \$status"
[ \$status = 0 ] || /busybox cat /tmp/log
/busybox poweroff -f
END
    chmod +x "$disk"/{init,busybox}
    (cd "$disk" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/arm/disk.gz"
    timeout 7200 qemu-system-arm -M virt -cpu cortex-a15 -m 1024 -nic none -nographic -no-reboot \
        -kernel "$out/arm/root"/boot/vmlinuz-*-armmp -initrd "$out/arm/disk.gz" \
        -append 'console=ttyAMA0 quiet panic=-1' </dev/null >"$told"
    sed -i 's/\r*$//' "$told"
    cat "$told"
    grep -E '^[0-9]+ operations on' "$told" && grep -qx 'status 0' "$told"
}

need python3 python3-minimal
need objdump binutils
case ${1-} in
i686)
    target=i686-unknown-linux-gnu
    need valgrind valgrind libc6-dbg
    need i686-linux-gnu-gcc gcc-i686-linux-gnu libc6-dev-i386-cross
    targeted $target i686-linux-gnu
    for profile in release os; do
        scanned32 $target $profile && under_valgrind i686-$profile portable "$program"
    done
    ;;
armv7)
    target=armv7-unknown-linux-gnueabihf
    need arm-linux-gnueabihf-gcc gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
    need qemu-system-arm qemu-system-arm
    need cpio cpio
    targeted $target arm-linux-gnueabihf
    scanned32 $target release && installed 'a machine for armv7' machine_of_arm &&
        run 'no secret branch or address: armv7-release' poison-armv7-release on_arm "$program"
    ;;
*)
    need valgrind valgrind libc6-dbg
    if [[ $quick ]]; then
        poisoned portable release &
        poisoned adx os &
    else
        poisoned_all portable &
        poisoned_all adx &
    fi
    wait
    run 'suppressions name what the program contains' suppressions suppressed "$out/poison-portable/release/poison"
    ;;
esac
verdict
