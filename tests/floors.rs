//! Checks the reading order. A module uses only modules of the floors below its own, and inside a floor only files
//! that come after it. Code for one kind of CPU, `adx` and `ifma`, gives the same results as the rest of its floor, so
//! both may use each other. Only the floor itself and the `ifma` of the floors above may use the `ifma` of a floor.
//! The files that the README names may contain `unsafe`, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors from top to bottom. A module may use the floors after its own.
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

/// The floors whose files are listed one by one in the reading order.
const ARITHMETIC: &[&str] = &[
    "pairing", "torus", "curve", "p256", "jacobian", "scalar", "params", "field", "divsteps",
    "digits",
];

/// A path below the crate, which consists of the names of modules and may end with the name of an item.
type Names = Vec<String>;

fn names(path: &str) -> Names {
    path.split("::").map(str::to_string).collect()
}

fn floor(module: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&module)).unwrap_or_else(|| {
        panic!("{module} stands on no floor: give it one");
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.filter(is_source).collect()
}

/// The modules below `src` with their texts, without those that only tests contain.
fn sources() -> Vec<(Names, String)> {
    let module = |path: &Path| {
        let path = path.strip_prefix(root()).expect("below src").with_extension("");
        path.iter().map(|name| name.to_string_lossy().into_owned()).collect::<Names>()
    };
    let all = files(&root()).into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("a source file");
        (module(&path), text)
    });
    let of_tests = |name: &String| ["tests", "counting", "lib"].contains(&name.as_str());
    all.filter(|(module, _)| !module.iter().any(of_tests)).collect()
}

/// The text of a file without its tests and comments.
fn code(source: &str) -> String {
    let code = source.split("mod tests {").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

/// The paths that a module uses, from the crate's root or by `super`, each from the root on.
fn named(module: &[String], source: &str) -> Vec<Names> {
    let mut all = Vec::new();
    let mut rest = &*code(source);
    while let Some(start) = rest.find("crate::").into_iter().chain(rest.find("super::")).min() {
        let mut from = if rest[start..].starts_with("crate") { vec![] } else { module.to_vec() };
        rest = &rest[start..];
        while let Some(after) = rest.strip_prefix("super::") {
            from.pop();
            rest = after;
        }
        rest = rest.strip_prefix("crate::").unwrap_or(rest);
        paths(rest, &from, &mut all);
    }
    all
}

/// Adds the paths that a `use` or an expression contains after `from`, and returns the text after them.
fn paths<'a>(text: &'a str, from: &[String], all: &mut Vec<Names>) -> &'a str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = paths(rest.trim_start(), from, all).trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let mut path = from.to_vec();
    path.extend((!["", "self"].contains(&name)).then(|| name.to_string()));
    match rest.strip_prefix("::") {
        Some(after) => paths(after, &path, all),
        None => {
            all.push(path);
            let rest = rest.strip_prefix(" as ").unwrap_or(rest);
            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
        }
    }
}

/// The rows of the reading order in `lib.rs`. Each is a floor with all of its files in their order.
fn reading_order() -> Vec<Names> {
    let text = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    let rows = text.split("# Reading order").nth(1).expect("a reading order").lines();
    let rows = rows.filter(|line| line.starts_with("//! | `"));
    let files = rows.flat_map(|row| {
        let mut quoted = row.split('`').skip(1).step_by(2);
        let floor = quoted.next().expect("a floor").to_string();
        let below = quoted.map(|file| format!("{floor}::{file}")).collect::<Vec<_>>();
        [floor].into_iter().chain(below)
    });
    files.map(|file| names(&file)).collect()
}

/// The reason why a module must not use this path, if there is one.
fn fault(module: &[String], named: &[String], order: &[Names]) -> Option<&'static str> {
    let first = named.first().filter(|name| name.starts_with(char::is_lowercase))?;
    let is_ifma = |path: &[String]| path.get(1).is_some_and(|name| name == "ifma");
    let is_of_a_cpu = |path: &[String]| path.iter().any(|name| ["adx", "ifma"].contains(&&**name));
    if *first != module[0] {
        let above = floor(&module[0]) >= floor(first);
        let benched = module[0] == "hazmat";
        let foreign = is_ifma(named) && !is_ifma(module) && !benched;
        return above
            .then_some("a floor that isn't below its own")
            .or(foreign.then_some("the vector form of another floor"));
    }
    // Inside a floor, the file that the path means, unless it is above or below this one in the folders.
    let place = |path: &[String]| order.iter().position(|file| file == path);
    let target = (1..=named.len()).rev().map(|n| &named[..n]).find(|path| place(path).is_some())?;
    let related = target.starts_with(module) || module.starts_with(target);
    let dispatch = is_of_a_cpu(module) != is_of_a_cpu(target);
    let upwards = place(module) > place(target);
    (upwards && !related && !dispatch).then_some("a file before it in the reading order")
}

/// All paths of a module that it must not use.
fn faults(module: &[String], source: &str, order: &[Names]) -> Vec<String> {
    let wrong = |named: &Names| Some((fault(module, named, order)?, named.join("::")));
    let all = named(module, source);
    let all = all.iter().filter_map(wrong);
    all.map(|(why, named)| format!("{} names {named}: {why}", module.join("::"))).collect()
}

#[test]
fn arrows_point_downwards() {
    let order = reading_order();
    let sources = sources();
    let arrows = sources.iter().map(|(module, text)| named(module, text).len()).sum::<usize>();
    assert!(arrows > 500, "the sources were read");
    let faults = sources.iter().flat_map(|(module, text)| faults(module, text, &order));
    assert_eq!(faults.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn arrows_that_point_upwards_are_seen() {
    let order = ["curve", "curve::comb", "curve::edwards", "curve::ifma", "field", "field::ifma"];
    let order = order.map(names);
    let sees = |module: &str, source: &str| !faults(&names(module), source, &order).is_empty();
    assert!(sees("field::fp", "use crate::curve::Edwards;"));
    assert!(sees("field::fp", "use super::super::curve::Edwards;"));
    assert!(sees("field::ifma::pair", "use crate::{params::P, curve::{Affine, Edwards}};"));
    assert!(sees("field", "fn of(point: &super::curve::Affine<Fp>) {}"));
    assert!(sees("curve::edwards", "use super::comb::Comb;"));
    assert!(sees("curve::edwards", "use crate::curve::{Affine, comb::Comb};"));
    assert!(sees("curve::comb", "use crate::field::{Fp, ifma::Fp52x8};"));
    assert!(!sees("curve::comb", "use super::{Affine, edwards::Edwards};\nuse crate::field::Fp;"));
    assert!(!sees("curve::comb", "use super::ifma::comb;\n// crate::sakke"));
    assert!(!sees("curve::ifma::comb", "use crate::field::ifma::Fp52x8;\nuse super::super::comb;"));
    assert!(!sees(
        "field::fp",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::curve::Affine;"
    ));
}

#[test]
fn the_reading_order_has_each_file_once() {
    let order = reading_order();
    let floors = order.iter().map(|file| file[0].clone()).collect::<BTreeSet<_>>();
    let there = ARITHMETIC.iter().filter(|floor| root().join(floor).with_extension("rs").exists());
    assert_eq!(floors, there.map(ToString::to_string).collect());
    let files = sources().into_iter().map(|(module, _)| module);
    let mut files = files.filter(|module| floors.contains(&module[0])).collect::<Vec<_>>();
    let mut order = order;
    files.sort();
    order.sort();
    assert_eq!(order, files);
    let mut twice = order.clone();
    twice.dedup();
    assert_eq!(twice, order);
}

#[test]
fn the_schemes_do_not_know_each_other() {
    for (module, text) in sources() {
        let other = match &*module[0] {
            "eccsi" => "sakke",
            "sakke" => "eccsi",
            _ => continue,
        };
        assert!(!named(&module, &text).iter().any(|path| path[0] == other), "{module:?}");
    }
}

#[test]
fn tests_alone_name_the_crate_p256() {
    let naming = files(&root()).into_iter().filter(|path| {
        let source = fs::read_to_string(path).expect("a source file");
        source.lines().any(|line| line.trim_start().starts_with("use p256::"))
    });
    let naming = naming.collect::<Vec<_>>();
    assert!(naming.len() == 1 && naming[0].ends_with("tests.rs"), "{naming:?}");
}

/// The files that the README names in its sentence on `unsafe`.
fn named_by_the_readme(readme: &str) -> BTreeSet<String> {
    let sentence = readme.split("`unsafe` is only in ").nth(1).expect("a sentence");
    let sentence = sentence.split(".\n").next().unwrap_or_default();
    let sentence = sentence.split(". ").next().unwrap_or_default();
    sentence.split('`').skip(1).step_by(2).map(str::to_string).collect()
}

/// The files that allow `unsafe` to themselves and to the files below them.
fn allowing_unsafe(files: impl Iterator<Item = (String, String)>) -> BTreeSet<String> {
    let allows = |text: &str| {
        let mut levels = ["allow(", "expect(", "warn("].iter();
        code(text).contains("unsafe_code") && levels.any(|level| lints(text, level))
    };
    fn lints(text: &str, level: &str) -> bool {
        let mut attributes = text.split(level).skip(1);
        attributes.any(|attribute| attribute.trim_start().starts_with("unsafe_code"))
    }
    files.filter(|(_, text)| allows(text)).map(|(file, _)| file).collect()
}

#[test]
fn unsafe_is_allowed_where_the_readme_says() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    let all = files(&root()).into_iter().map(|path| {
        let file = path.strip_prefix(root()).expect("below src");
        (file.to_string_lossy().into_owned(), fs::read_to_string(&path).expect("a source file"))
    });
    assert_eq!(allowing_unsafe(all), named_by_the_readme(&readme));
    let lib = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    assert!(lib.contains("#![deny(unsafe_code)]"), "elsewhere the compiler refuses it");
}

#[test]
fn unsafe_allowed_elsewhere_is_seen() {
    let readme =
        "Text. `unsafe` is only in `a.rs`, which is assembly,\nand `b/c.rs`. Not in `d.rs`.\n";
    let file = |name: &str, text: &str| (name.to_string(), text.to_string());
    let allow = "//! Text.\n#![allow(unsafe_code, reason = \"assembly\")]\n";
    let named = [file("a.rs", allow), file("b/c.rs", allow), file("d.rs", "// unsafe_code\n")];
    assert_eq!(allowing_unsafe(named.clone().into_iter()), named_by_the_readme(readme));
    for text in
        [allow, "#[expect(unsafe_code)]\nfn f() {}", "#[allow(\n    unsafe_code\n)]\nmod x;"]
    {
        let more = named.clone().into_iter().chain([file("e.rs", text)]);
        assert_ne!(allowing_unsafe(more), named_by_the_readme(readme));
    }
}
