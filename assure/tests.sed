# Cargo.toml without what only benches need, which takes as long to build as all else, and without the
# packages beside the crate.
/^criterion = /d
/^\[workspace\]$/,/^$/d
