# Cargo.toml without what only benches need, which takes as long to build as all else, and as a workspace of its own,
# without the packages beside the crate.
/^criterion = /d
/^\[workspace\]$/,/^$/ { /^(members|exclude) = /d }
