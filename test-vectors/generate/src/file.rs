//! A file of test vectors: its groups, its tests, and its text.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The meaning of each flag.
const NOTES: &str = include_str!("../../schema/notes.json");

/// The groups of a file. Their tests are numbered consecutively.
#[derive(Default)]
pub struct File {
    number: u32,
    groups: Vec<Value>,
}

impl File {
    /// Adds a group. `fill` adds its tests.
    pub fn group(&mut self, name: &str, operation: &str, fields: &str, fill: fn(&mut Tests<'_>)) {
        let mut tests = Tests { number: &mut self.number, tests: Vec::new() };
        fill(&mut tests);
        let tests = tests.tests;
        self.groups.push(
            json!({ "name": name, "operation": operation, "fields": fields, "tests": tests }),
        );
    }

    /// The text of the file, with notes on the flags of its tests.
    pub fn text(self, title: &str, source: &str) -> String {
        let flags =
            self.groups.iter().flat_map(|group| group["tests"].as_array().into_iter().flatten());
        let flags = flags.flat_map(|test| test["flags"].as_array().into_iter().flatten());
        let flags: BTreeSet<&str> = flags.filter_map(Value::as_str).collect();
        let known: Value = serde_json::from_str(NOTES).expect("JSON");
        let note = |flag: &str| {
            let note = known.get(flag).unwrap_or_else(|| panic!("no note of {flag}"));
            (flag.to_owned(), note.clone())
        };
        let document = json!({
            "title": title,
            "source": source,
            "licence": "CC0-1.0",
            "notes": flags.into_iter().map(note).collect::<Map<_, _>>(),
            "numberOfTests": self.number,
            "groups": self.groups,
        });
        let mut text = String::new();
        write(&document, 0, &mut text);
        text + "\n"
    }
}

/// The tests of a group.
pub struct Tests<'n> {
    number: &'n mut u32,
    tests: Vec<Value>,
}

impl Tests<'_> {
    /// Adds an accepted test, and returns its number.
    pub fn valid(&mut self, comment: &str, flags: &[&str], attributes: Value) -> u32 {
        let test = json!({ "comment": comment, "flags": flags, "result": "valid" });
        self.push(test, attributes)
    }

    /// Adds a test that is refused for `reason`. `control` is the accepted test that it is made from.
    pub fn invalid(
        &mut self,
        comment: &str,
        flags: &[&str],
        (reason, control): (&str, u32),
        attributes: Value,
    ) {
        self.refused("invalid", (comment, flags), (reason, control), attributes);
    }

    /// Adds a test that may be refused for `reason`, or accepted with the given outputs.
    pub fn acceptable(
        &mut self,
        comment: &str,
        flags: &[&str],
        (reason, control): (&str, u32),
        attributes: Value,
    ) {
        self.refused("acceptable", (comment, flags), (reason, control), attributes);
    }

    fn refused(
        &mut self,
        result: &str,
        (comment, flags): (&str, &[&str]),
        (reason, control): (&str, u32),
        attributes: Value,
    ) {
        let test = json!({
            "comment": comment, "flags": flags, "result": result, "reason": reason,
            "control": control,
        });
        self.push(test, attributes);
    }

    /// The number of the last test.
    pub fn last(&self) -> u32 {
        *self.number
    }

    fn push(&mut self, mut test: Value, attributes: Value) -> u32 {
        *self.number += 1;
        test["id"] = (*self.number).into();
        let Value::Object(attributes) = attributes else { unreachable!("attributes") };
        for (name, value) in attributes {
            test[&name] = value;
        }
        self.tests.push(test);
        *self.number
    }
}

/// The names that are written before all others, in this order.
const FIRST: &[&str] = &[
    "title",
    "source",
    "licence",
    "notes",
    "numberOfTests",
    "groups",
    "name",
    "operation",
    "fields",
    "note",
    "tests",
    "id",
    "comment",
    "flags",
    "result",
    "reason",
    "control",
];

/// Writes a value in lines, which are indented by one space for each level.
fn write(value: &Value, level: usize, out: &mut String) {
    let mut lines = |open: char, close: char, items: Vec<(String, &Value)>| {
        out.push(open);
        let count = items.len();
        for (i, (name, item)) in items.into_iter().enumerate() {
            out.push_str(if i == 0 { "\n" } else { ",\n" });
            out.push_str(&" ".repeat(level + 1));
            out.push_str(&name);
            write(item, level + 1, out);
        }
        if count > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(level));
        }
        out.push(close);
    };
    match value {
        Value::Array(items) => {
            lines('[', ']', items.iter().map(|item| (String::new(), item)).collect());
        }
        Value::Object(members) => {
            let rank = |name: &String| FIRST.iter().position(|first| first == name);
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| (rank(name).unwrap_or(FIRST.len()), (*name).clone()));
            let named =
                members.into_iter().map(|(name, value)| (format!("{}: ", json!(name)), value));
            lines('{', '}', named.collect());
        }
        other => out.push_str(&other.to_string()),
    }
}
