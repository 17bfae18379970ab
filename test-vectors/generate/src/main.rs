//! The vector files that are computed with this crate. This program writes them to `test-vectors/`. Its tests compare
//! them with the files that are there.

mod documents;
mod file;
mod fixed;
mod negative;
mod zeros;

use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn main() -> std::io::Result<()> {
    std::fs::write(path("documents.json"), documents::text())?;
    std::fs::write(path("negative.json"), negative::text())?;
    std::fs::write(path("zeros.json"), zeros::text())
}

#[cfg(test)]
mod tests {
    /// Compares a file with its computed text, octet by octet.
    fn compare(name: &str, computed: &str) {
        let file = std::fs::read_to_string(super::path(name)).expect("readable");
        assert!(file == computed, "{name} is not what is computed");
    }

    #[test]
    fn documents() {
        compare("documents.json", &super::documents::text());
    }

    #[test]
    fn negative() {
        compare("negative.json", &super::negative::text());
    }

    #[test]
    fn zeros() {
        compare("zeros.json", &super::zeros::text());
    }
}
