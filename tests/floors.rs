//! The reading order, checked: a module names only modules of the floors below it.

use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the top down; a module may use those after its own line.
const FLOORS: &[&[&str]] = &[
    &["guide"],
    &["any_error"],
    &["stored"],
    &["kms", "mission_critical"],
    &["mikey"],
    &["hazmat"],
    &["eccsi", "sakke"],
    &["identifier"],
    &["pairing", "torus"],
    &["curve", "p256"],
    &["jacobian"],
    &["scalar"],
    &["params"],
    &["field"],
    &["divsteps"],
    &["random"],
    &["digits"],
    &["backend", "ct", "debug", "error", "fault", "steps", "wiped", "words"],
];

fn floor(module: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&module)).unwrap_or_else(|| {
        panic!("{module} stands on no floor: give it one");
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(is_source).collect()
}

/// What follows each `crate::` outside of a file's tests: the modules named.
fn named_modules(source: &str) -> Vec<String> {
    let code = source.split("\nmod tests {").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    code.split("crate::")
        .skip(1)
        .map(word)
        .filter(|word| word.starts_with(char::is_lowercase))
        .collect()
}

#[test]
fn arrows_point_downwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows = 0;
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).expect("below src");
        let first = relative.components().next().expect("a name").as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        if module == "lib" || path.ends_with("tests.rs") {
            continue;
        }
        for named in named_modules(&fs::read_to_string(&path).expect("a source file")) {
            let own = named == module;
            assert!(own || floor(module) < floor(&named), "{} names {named}", relative.display());
            arrows += 1;
        }
    }
    assert!(arrows > 50, "the sources were read");
}

#[test]
fn the_schemes_do_not_know_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root.join("eccsi")).into_iter().chain(sources(&root.join("sakke"))) {
        let named = named_modules(&fs::read_to_string(&path).expect("a source file"));
        let other = if path.starts_with(root.join("eccsi")) { "sakke" } else { "eccsi" };
        assert!(!named.iter().any(|module| module == other), "{}", path.display());
    }
}

#[test]
fn tests_alone_name_the_package_p256() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let naming = sources(&root).into_iter().filter(|path| {
        let source = fs::read_to_string(path).expect("a source file");
        source.lines().any(|line| line.trim_start().starts_with("use p256::"))
    });
    assert_eq!(naming.collect::<Vec<_>>(), [root.join("p256/tests.rs")]);
}
