# Cargo.toml without what only benches and examples need, which takes as long to build as all else.
/^(criterion|indicatif|rayon) = /d
