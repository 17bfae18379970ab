# What .ci/assure, its parts and .ci/run share. A part reads this file first, and ends with `verdict`.
#
# $quick is set in the short form, which is asked for by the first argument; the other arguments stay.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${ASSURE_OUT:-$PWD/target/assure}
logs=$out/logs
rows=${ASSURE_ROWS:-$out/rows/alone-$$}
unset ASSURE_ROWS
mkdir -p "$logs" "$out/rows"
: >"$rows"

quick=
if [[ ${1-} == quick ]]; then
    quick=quick
    shift
fi

# row NAME STATUS FIGURE: a line of the table. STATUS is an exit code. A line without a figure fails.
row() {
    local verdict=FAIL
    [[ $2 == 0 && $3 ]] && verdict=pass
    printf '%s\t%s\t%s\n' "$1" "${3:-no figure}" "$verdict" >>"$rows"
    printf '%-4s  %s: %s\n' "$verdict" "$1" "${3:-no figure}"
    [[ $verdict == pass ]]
}

# run NAME LOG COMMAND…: a line for the command. Its figure is the last line that the command printed, or what the
# command $figure makes of all that it printed.
run() {
    local name=$1 log=$logs/$2 status=0 said
    shift 2
    "$@" >"$log" 2>&1 || status=$?
    said=$(${figure-tail -n 1} <"$log") || status=1
    row "$name" "$status" "$said" && return
    tail -n 25 "$log"
    return 1
}

# built NAME LOG COMMAND…: a FAIL of that name if the command, which builds what is to run, fails.
built() {
    local name=$1 log=$logs/$2
    shift 2
    "$@" >"$log" 2>&1 && return
    row "$name" 1 "doesn't build: $(grep -m 1 '^error' "$log" || tail -n 1 "$log")"
}

# verdict [ROWS…]: whether something passed and nothing failed.
verdict() {
    set -- "${@:-$rows}"
    cat "$@" | grep -q $'\tpass$' && ! cat "$@" | grep -q $'\tFAIL$'
}

# alone COMMAND…: while no other part does so.
alone() {
    (flock 9 && "$@") 9>"$out/lock"
}

# installed NAME COMMAND…: ends the part with a FAIL if the command, which installs what it needs, fails.
installed() {
    local name=$1 log="$logs/install-${1%% *}"
    shift
    alone "$@" >"$log" 2>&1 && return
    row "$name can be installed" 1 "$(tail -n 1 "$log")"
    exit 1
}

# need COMMAND PACKAGE…: Debian's packages, unless the command is there.
need() {
    command -v "$1" >/dev/null || installed "${*:2}" packages "${@:2}"
}

packages() {
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
}

# tool COMMAND VERSION: one of cargo's, built without optimisation, for it only drives.
tool() {
    command -v "$1" >/dev/null ||
        installed "$1 $2" cargo install --locked --debug --config profile.dev.debug=false "$1@$2"
}

# What this CPU runs, as the crate sees it.
backends() {
    local found='portable'
    grep -qw adx /proc/cpuinfo && found+=' adx'
    grep -qw avx512ifma /proc/cpuinfo && found+=' ifma'
    echo "$found"
}

# The one that runs by itself.
best() {
    backends | awk '{ print $NF }'
}

# absent NAME: a line for each arithmetic that this CPU can't run, which neither passed nor failed.
absent() {
    local backend
    for backend in portable adx ifma; do
        [[ " $(backends) " == *" $backend "* ]] && continue
        printf '%s\t%s\t%s\n' "$1: $backend" "not on this CPU" '-' >>"$rows"
        printf '%s: not on this CPU: %s\n' "$1" "$backend"
    done
}

# packaged PACKAGE BACKEND PROFILE [CPU]: builds one of assure/, with the crate as the others have it.
packaged() {
    RUSTFLAGS="--cfg eccsi_sakke_backend=\"$2\" -Csymbol-mangling-version=v0 ${4+-Ctarget-cpu=$4}" \
        cargo build --locked -q --profile "$3" --manifest-path "assure/$1/Cargo.toml" --target-dir "$out/packages-$2${4+-$4}"
}

# The crate's tests without debug assertions, as it is released.
released=(--config profile.test.debug-assertions=false --config profile.test.overflow-checks=false)

# as_released BACKEND ARGUMENT…: those tests in that arithmetic.
as_released() {
    RUSTFLAGS="--cfg eccsi_sakke_backend=\"$1\"" cargo test --locked --all-features --target-dir "$out/tests-$1" \
        "${released[@]}" "${@:2}"
}

# tabulated NAME TABLE: the file takes the place of the table of that name in the document that has one.
tabulated() {
    local document
    document=$(grep -rlxF "<!-- .ci/assure $1 -->" --include='*.md' --exclude-dir=target .) || return
    alone sed -i -e "/^<!-- .ci\/assure $1 -->\$/,/^<!-- -->\$/{ //!d }" -e "/^<!-- .ci\/assure $1 -->\$/r $2" "$document"
}

# Debian's rustc-web comes with the sources of core and std. It and QEMU are unpacked in $root, so that those of the
# system stay as they are.
root=$out/root

# What other targets need.
compiler() {
    installed 'rustc-web rust-web-src qemu-system-arm' unpacked rustc-web rust-web-src qemu-system-arm
}

unpacked() {
    local deb libraries program
    [[ -e $root/complete ]] && return
    mkdir -p "$root/debs"
    # shellcheck disable=SC2046
    apt-get update -qq && (cd "$root/debs" && apt-get download -qq "$@" $(apt-get install --dry-run \
        --no-install-recommends "$@" | awk '/^Inst/ { print $2 }')) || return
    for deb in "$root"/debs/*.deb; do dpkg -x "$deb" "$root"; done
    # LLVM has its version in its folder's name, and may be the system's own.
    libraries=$(ls -d "$root"/usr/lib/x86_64-linux-gnu "$root"/lib/x86_64-linux-gnu "$root"/usr/lib/llvm-*/lib 2>/dev/null \
        | paste -sd :)
    for program in rustc qemu-system-arm; do
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$root/usr/bin/$program" >"$root/$program"
        chmod +x "$root/$program"
    done
    "$root/rustc" --version && touch "$root/complete"
}

# What cargo needs to build for a target.
cross=() cross_std=()

# targeted TARGET TRIPLET: sets `cross` and `cross_std`: the toolchain's own std, or where rustup has none the sources
# of Debian's.
targeted() {
    local upper=${1//-/_}
    cross=("CARGO_TARGET_${upper^^}_LINKER=$2-gcc") cross_std=()
    rustup target add "$1" >>"$logs/rustup" 2>&1 && return
    compiler
    cross+=("RUSTC=$root/rustc" RUSTC_BOOTSTRAP=1) cross_std=(-Zbuild-std=std,panic_abort,panic_unwind)
}
