# Makes a Cargo.toml without what only benches need, which takes as long to build as everything else. It is a workspace
# of its own, without the other packages.
/^criterion = /d
/^\[workspace\]$/,/^$/ { /^(members|exclude) = /d }
