# What .ci/assure, its parts and .ci/run share. A part reads this file first, and ends with `verdict`.
#
# If the first argument is `quick`, which asks for the short form, $quick is set and the other arguments stay.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${ASSURE_OUT:-$PWD/target/assure}
logs=$out/logs
rows=${ASSURE_ROWS:-$out/rows/alone-$$}
unset ASSURE_ROWS
mkdir -p "$logs" "$out/rows" || exit
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

# run NAME LOG COMMAND…: a line for the command. Its figure is the last line that the command printed, or the output of
# the command $figure, which is given all that was printed.
run() {
    local name=$1 log=$logs/$2 status=0 said
    shift 2
    "$@" >"$log" 2>&1 || status=$?
    said=$(${figure-tail -n 1} <"$log") || status=1
    row "$name" "$status" "$said" && return
    tail -n 25 "$log"
    return 1
}

# built NAME LOG COMMAND…: runs a command that builds something. If it fails, the line of that name says FAIL.
built() {
    local name=$1 log=$logs/$2
    shift 2
    "$@" >"$log" 2>&1 && return
    row "$name" 1 "doesn't build: $(grep -m 1 '^error' "$log" || tail -n 1 "$log")"
}

# verdict [ROWS…]: whether at least one line says pass and none says FAIL.
verdict() {
    set -- "${@:-$rows}"
    grep -qs $'\tpass$' "$@" && ! grep -qs $'\tFAIL$' "$@"
}

# alone COMMAND…: runs the command while no other part runs one in this way.
alone() {
    (flock 9 && "$@") 9>"$out/lock"
}

# installed NAME COMMAND…: runs a command that installs what the part needs. If it fails, the part ends with a FAIL.
installed() {
    local name=$1 log=$logs/install-${1// /-}
    shift
    alone "$@" >"$log" 2>&1 && return
    row "$name can be installed" 1 "$(tail -n 1 "$log")"
    exit 1
}

# need COMMAND PACKAGE…: installs Debian's packages, unless the command is there.
need() {
    command -v "$1" >/dev/null || installed "${*:2}" packages "${@:2}"
}

packages() {
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
}

# tool COMMAND VERSION: installs a tool for cargo. It is built without optimisation because it only starts other
# programs.
tool() {
    command -v "$1" >/dev/null ||
        installed "$1 $2" cargo install --locked --debug --config profile.dev.debug=false "$1@$2"
}

# The backends that this CPU runs, as the crate detects them.
backends() {
    local found='portable'
    grep -qw adx /proc/cpuinfo && found+=' adx'
    grep -qw avx512ifma /proc/cpuinfo && found+=' ifma'
    echo "$found"
}

# The backend that the crate chooses by itself.
best() {
    backends | awk '{ print $NF }'
}

# absent NAME: a line for each backend that this CPU can't run. Such a line neither passes nor fails.
absent() {
    local backend
    for backend in portable adx ifma; do
        [[ " $(backends) " == *" $backend "* ]] && continue
        printf '%s\t%s\t%s\n' "$1: $backend" "not on this CPU" '-' >>"$rows"
        printf '%s: not on this CPU: %s\n' "$1" "$backend"
    done
}

# packaged PACKAGE BACKEND PROFILE [CPU]: builds a package of assure/. All of them build the crate in the same way.
packaged() {
    RUSTFLAGS="--cfg eccsi_sakke_backend=\"$2\" -Csymbol-mangling-version=v0 ${4+-Ctarget-cpu=$4}" \
        cargo build --locked -q --profile "$3" --manifest-path "assure/$1/Cargo.toml" \
        --target-dir "$out/packages-$2${4+-$4}"
}

# Builds the crate's tests without debug assertions, like a release.
released=(--config profile.test.debug-assertions=false --config profile.test.overflow-checks=false)

# as_released BACKEND ARGUMENT…: runs tests of such a build on that backend.
as_released() {
    RUSTFLAGS="--cfg eccsi_sakke_backend=\"$1\"" cargo test --locked --all-features --target-dir "$out/tests-$1" \
        "${released[@]}" "${@:2}"
}

# tabulated NAME TABLE: puts the file in the place of the table of that name, in the document that contains one.
tabulated() {
    local document
    document=$(grep -rlxF "<!-- .ci/assure $1 -->" --include='*.md' --exclude-dir=target .) &&
        alone sed -i -e "/^<!-- .ci\/assure $1 -->\$/,/^<!-- -->\$/{ //!d }" \
            -e "/^<!-- .ci\/assure $1 -->\$/r $2" "$document" ||
        row "one document has the table of $1" 1 "found: ${document//$'\n'/, }"
}

# Debian's rustc-web comes with the sources of core and std. This compiler and QEMU are unpacked in $root, so that the
# system's own stay as they are.
root=$out/root

# The compiler and the emulator that other targets need.
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
    # The name of LLVM's folder contains its version. The system's own LLVM may be the one that is needed.
    libraries=$(ls -d "$root"/usr/lib/x86_64-linux-gnu "$root"/lib/x86_64-linux-gnu "$root"/usr/lib/llvm-*/lib \
        2>/dev/null | paste -sd :)
    for program in rustc qemu-system-arm; do
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$root/usr/bin/$program" >"$root/$program"
        chmod +x "$root/$program"
    done
    "$root/rustc" --version && touch "$root/complete"
}

# The environment and the arguments with which cargo builds for a target.
cross=() cross_std=()

# targeted TARGET TRIPLET: sets `cross` and `cross_std` for the toolchain's own std. Where rustup has none, std is built
# from Debian's sources.
targeted() {
    local upper=${1//-/_}
    cross=("CARGO_TARGET_${upper^^}_LINKER=$2-gcc") cross_std=()
    rustup target add "$1" >>"$logs/rustup" 2>&1 && return
    compiler
    cross+=("RUSTC=$root/rustc" RUSTC_BOOTSTRAP=1) cross_std=(-Zbuild-std=std,panic_abort,panic_unwind)
}
