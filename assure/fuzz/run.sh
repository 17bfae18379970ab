#!/usr/bin/env bash
# No input hurts. Each fuzz target runs with the address sanitizer. What it finds stays in fuzz/artifacts.
. "$(dirname "$0")/../common.sh"

# fuzzed TARGET SECONDS
fuzzed() {
    local finds=fuzz/artifacts/$1 longest=1200
    # These targets take whole documents, messages and lives of receivers.
    case $1 in kms_xml | messages | deliveries | network) longest=6000 ;; esac
    mkdir -p "$out/corpus/$1" "$out/seeds/$1" "$finds"
    figure=said run "no input that hurts: $1" "fuzz-$1" "$out/fuzz/x86_64-unknown-linux-gnu/release/$1" \
        "$out/corpus/$1" "$out/seeds/$1" -artifact_prefix="$finds/" -max_total_time="$2" -max_len=$longest -timeout=60
}

said() {
    grep -E '^Done|^SUMMARY|panicked' | tail -n 1
}

locked() {
    echo "$(grep -c '^\[\[package\]\]' fuzz/Cargo.lock) packages"
}

need python3 python3-minimal
tool cargo-fuzz 0.13.2
rm -rf "$out/seeds"
built 'the fuzz targets build' fuzz-seeds python3 fuzz/seeds.py "$out/seeds" || exit
# cargo-fuzz takes no `--locked`. cargo fetch does, and fails if the lock file would have to change.
figure=locked run 'what the fuzz targets need is locked' fuzz-fetch \
    cargo fetch --locked --manifest-path fuzz/Cargo.toml &&
    run 'the fuzz targets build' fuzz-build \
        env -C fuzz RUSTC_BOOTSTRAP=1 cargo fuzz build -O --target-dir "$out/fuzz" || exit
for target in fuzz/fuzz_targets/*.rs; do
    # One target runs on each core.
    while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
    target=$(basename "$target" .rs)
    # The network gets a minute in the short form too.
    fuzzed "$target" "$([[ $quick && $target != network ]] && echo 20 || echo 60)" &
done
wait
verdict
