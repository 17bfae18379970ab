//! Compares the files of the tables with the values that they are derived from.

extern crate std;

/// Compares a table of the crate with what its generator derives.
///
/// With `WRITE_TABLES` in the environment it writes the file below `src` instead:
/// `WRITE_TABLES=1 cargo test --all-features --lib the_file`.
pub(crate) fn check(path: &str, file: &[u8], derived: &[u8]) {
    if std::env::var_os("WRITE_TABLES").is_some() {
        let path = std::format!("{}/src/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, derived).expect("written");
    } else {
        assert!(file == derived, "{path}");
    }
}
