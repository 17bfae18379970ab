//! `test-vectors/schema/vectors.json` describes every file of test vectors. What a schema cannot express is tested here
//! too.
//!
//! The validator supports the keywords of JSON Schema that this schema uses, and fails on any other.

#[path = "schema/validator.rs"]
mod validator;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("readable");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema() -> Value {
    read(&folder().join("schema/vectors.json"))
}

/// Every file with its name.
fn files() -> Vec<(String, Value)> {
    let entries = fs::read_dir(folder()).expect("readable");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into(), read(&path)))
        .collect();
    assert!(files.len() > 7);
    files
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Every test of a document with its group's operation.
fn tests(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    items(&document["groups"]).flat_map(|group| {
        let operation = group["operation"].as_str().unwrap_or_default();
        items(&group["tests"]).map(move |test| (operation, test))
    })
}

#[test]
fn every_file_is_as_the_schema_says() {
    let schema = schema();
    for (name, document) in files() {
        if let Err(why) = validator::validate(&schema, &document) {
            panic!("{name}{why}");
        }
    }
}

#[test]
fn flags_have_their_notes() {
    let known = read(&folder().join("schema/notes.json"));
    let mut all: BTreeSet<String> = BTreeSet::new();
    for (name, document) in files() {
        let flags = tests(&document).flat_map(|(_, test)| items(&test["flags"]));
        let flags: BTreeSet<String> = flags.filter_map(Value::as_str).map(Into::into).collect();
        let notes = document["notes"].as_object().expect("an object");
        assert_eq!(notes.keys().cloned().collect::<BTreeSet<_>>(), flags, "{name}");
        for (flag, note) in notes {
            assert_eq!(known.get(flag), Some(note), "{name}: {flag}");
        }
        all.extend(flags);
    }
    let known: BTreeSet<String> = known.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(known, all);
}

/// The inputs of an operation. These are the members of its tests, without those that all tests have, and without the
/// outputs, which refused tests must not have.
fn inputs<'s>(schema: &'s Value, operation: &str) -> Vec<&'s str> {
    let test = &schema["$defs"][operation]["properties"]["tests"]["items"];
    let outputs = &test["allOf"][0]["then"]["properties"];
    let all = ["id", "comment", "flags", "result", "reason", "control"];
    let names = test["properties"].as_object().expect("an object").keys().map(String::as_str);
    names.filter(|name| !all.contains(name) && outputs.get(name).is_none()).collect()
}

#[test]
fn what_is_refused_differs_from_its_control() {
    let schema = schema();
    for (name, document) in files() {
        let count = tests(&document).count() as u64;
        assert_eq!(document["numberOfTests"].as_u64(), Some(count), "{name}");
        let by_id: BTreeMap<Option<u64>, (&str, &Value)> =
            tests(&document).map(|test| (test.1["id"].as_u64(), test)).collect();
        assert_eq!(by_id.len() as u64, count, "{name}: an id twice");
        for (operation, test) in tests(&document).filter(|(_, test)| test["result"] != "valid") {
            let id = &test["id"];
            let (of_control, control) = by_id[&test["control"].as_u64()];
            assert_eq!(
                (of_control, &control["result"]),
                (operation, &json!("valid")),
                "{name} {id}"
            );
            let inputs = inputs(&schema, operation);
            let differ = inputs.iter().filter(|input| test[**input] != control[**input]).count();
            assert!(differ > 0, "{name} {id} has the inputs of its control");
        }
    }
}

/// A document with a control and a refused test.
fn document() -> Value {
    json!({
        "title": "a title", "source": "a source", "licence": "CC0-1.0",
        "notes": { "Control": { "description": "what it says", "source": "a clause" } },
        "numberOfTests": 2,
        "groups": [{
            "name": "group", "operation": "key-period", "fields": "in -> out", "tests": [
                {
                    "id": 1, "comment": "control", "flags": ["Control"], "result": "valid",
                    "ntp_seconds": 25, "period": 10, "offset": 1, "period_no": 2,
                },
                {
                    "id": 2, "comment": "period 0", "flags": ["PeriodZero"], "result": "invalid",
                    "reason": "period-zero", "control": 1,
                    "ntp_seconds": 25, "period": 0, "offset": 1,
                },
            ],
        }],
    })
}

/// The error of the document after replacing or removing the value at `pointer`.
fn with(pointer: &str, value: Option<Value>) -> Result<(), String> {
    let mut document = document();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect("a parent");
    match value {
        Some(value) => parent[name] = value,
        None => drop(parent.as_object_mut().expect("an object").remove(name).expect("a value")),
    }
    validator::validate(&schema(), &document)
}

#[test]
fn the_schema_lets_nothing_else_through() {
    assert_eq!(validator::validate(&schema(), &document()), Ok(()));
    let (valid, refused) = ("/groups/0/tests/0/", "/groups/0/tests/1/");
    for missing in ["/title", "/source", "/licence", "/notes", "/numberOfTests", "/groups"] {
        with(missing, None).expect_err(missing);
    }
    for missing in ["id", "comment", "flags", "result", "ntp_seconds", "period", "offset"] {
        with(&format!("{valid}{missing}"), None).expect_err(missing);
        with(&format!("{refused}{missing}"), None).expect_err(missing);
    }
    with("/groups/0/operation", None).expect_err("no operation");
    with("/notes/Control/source", None).expect_err("a note without a source");
    with(&format!("{valid}period_no"), None).expect_err("a valid test without its output");
    for missing in ["reason", "control"] {
        with(&format!("{refused}{missing}"), None).expect_err(missing);
    }
    let with = |of: &str, name: &str, value: Value| {
        with(&format!("{of}{name}"), Some(value.clone())).expect_err(&format!("{name} = {value}"))
    };
    with("/", "licence", json!("MIT"));
    with("/", "groups", json!([]));
    with("/", "another", json!(1));
    with("/groups/0/", "operation", json!("another"));
    with("/groups/0/", "tests", json!([]));
    with("/groups/0/", "another", json!(1));
    for of in [valid, refused] {
        with(of, "id", json!("1"));
        with(of, "id", json!(0));
        with(of, "flags", json!(["two words"]));
        with(of, "flags", json!(["Twice", "Twice"]));
        with(of, "result", json!("refused"));
        with(of, "period", json!("10"));
        with(of, "period", json!(-1));
        with(of, "period", json!(1.5));
        with(of, "another", json!(1));
    }
    with(valid, "reason", json!("period-zero"));
    with(valid, "control", json!(1));
    with(refused, "reason", json!("another"));
    with(refused, "flags", json!([]));
    with(refused, "period_no", json!(2));
}

#[test]
fn octets_are_lower_case_and_whole() {
    let document = |m: &str| {
        let mut document = document();
        document["groups"][0]["operation"] = "eccsi-verify".into();
        document["groups"][0]["tests"] = json!([{
            "id": 1, "comment": "control", "flags": [], "result": "valid",
            "KPAK": "04", "ID": "", "M": m, "signature": "ff00",
        }]);
        validator::validate(&schema(), &document)
    };
    assert_eq!(document(""), Ok(()));
    assert_eq!(document("00ff"), Ok(()));
    for wrong in ["0", "0FF0", "xy", " 00", "00\n"] {
        assert!(document(wrong).is_err(), "{wrong:?}");
    }
}

/// The number of tests with this result.
fn with_result(tests: &[&Value], result: &str) -> usize {
    tests.iter().filter(|test| test["result"] == result).count()
}

#[test]
fn the_tables_of_the_documents_count_what_is_there() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("readable");
    let files = files();
    for (file, document) in &files {
        for (place, group) in items(&document["groups"]).enumerate() {
            let (name, operation) = (group["name"].as_str(), group["operation"].as_str());
            let tests: Vec<_> = items(&group["tests"]).collect();
            let row = format!(
                "| {} | {} | `{}` | {} | {} | {} | {} |\n",
                if place == 0 { format!("`{file}`") } else { String::new() },
                name.expect("a name"),
                operation.expect("an operation"),
                tests.len(),
                with_result(&tests, "valid"),
                with_result(&tests, "invalid"),
                with_result(&tests, "acceptable"),
            );
            assert!(readme.contains(&row), "no row {row}");
        }
    }

    let all: Vec<_> = files.iter().flat_map(|(_, document)| tests(document)).collect();
    let (_, attacks) = readme.split_once("| flags, of which tests |").expect("the table");
    let rows = attacks.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut found = 0;
    for row in rows {
        let cells: Vec<_> = row.split('|').collect();
        let named: BTreeSet<_> = cells[2].split('`').skip(1).step_by(2).collect();
        let about = |test: &Value| {
            items(&test["flags"]).filter_map(Value::as_str).any(|flag| named.contains(flag))
        };
        let refused: Vec<_> =
            all.iter().map(|(_, test)| *test).filter(|test| about(test)).collect();
        assert_eq!(cells[3].trim(), with_result(&refused, "invalid").to_string(), "{row}");
        found += 1;
    }
    assert!(found > 10);

    let total = all.len();
    assert!(readme.contains(&format!("\n{total} test cases for ")), "{total}");
    let front = fs::read_to_string(folder().join("../README.md")).expect("readable");
    let total = format!("{},{:03}", total / 1000, total % 1000);
    assert_eq!(front.matches(&total).count(), 1, "{total}");
}
