//! Runs files of test vectors: groups of tests with an operation, its inputs as attributes, the
//! outputs expected of it, and whether it succeeds (`valid`), is refused (`invalid`), or may do
//! either (`acceptable`).
//!
//! An operation reads its inputs, names its outputs, runs, and reports what it computed. An attribute that is neither
//! an input nor an output fails the test, so that nothing in a file is ignored.

mod documents;
mod kms;
mod messages;
mod operations;

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::fs;
use std::path::Path;

use eccsi_sakke::kms::xml;
use eccsi_sakke::{Error, kms as key_management, mikey, mission_critical};
use serde_json::{Map, Value};

use operations::OPERATIONS;

/// The report on a file.
#[derive(Default)]
pub struct Report {
    pub passed: Vec<Passed>,
    pub failed: Vec<Failure>,
}

/// A test with the expected result.
pub struct Passed {
    pub operation: String,
    pub id: String,
    pub expected: Expected,
    /// The number of outputs that were compared.
    pub compared: usize,
    /// Its `reason`, and the error with which it was refused.
    pub reason: String,
    pub refused: Option<Refusal>,
}

/// A test with another result.
#[derive(Debug)]
pub struct Failure {
    pub file: String,
    pub group: String,
    pub id: String,
    pub comment: String,
    pub why: String,
}

/// The `result` of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The operation succeeds with the given outputs.
    Valid,
    /// The operation refuses the inputs.
    Invalid,
    /// The operation does either.
    Acceptable,
}

impl Report {
    /// The tests of `operation` that passed with one of the results in `expected`.
    pub fn answers(&self, operation: &str, expected: &[Expected]) -> impl Iterator<Item = &Passed> {
        self.passed
            .iter()
            .filter(move |test| test.operation == operation && expected.contains(&test.expected))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, group, id, comment, why } = self;
        write!(f, "{file}: {group} {id} ({comment}): {why}")
    }
}

/// Runs every test of the file at `path`. It is an error if the file contains no groups of tests.
pub fn run_file(path: &Path) -> Result<Report, String> {
    run(&path.display().to_string(), &read(path)?)
}

/// Runs every test of `document`. Failures name it `file`.
pub fn run(file: &str, document: &Value) -> Result<Report, String> {
    let mut report = Report::default();
    let mut ids = HashSet::new();
    let all = tests_of(document)?;
    let tests = all.len() as u64;
    let valid = all.iter().filter(|(.., test)| test["result"] == "valid");
    let valid: HashSet<_> = valid.map(|(_, operation, test)| (*operation, &test["id"])).collect();
    for (group, operation, test) in all {
        let id = text_of(&test["id"]);
        let is_controlled =
            test.get("control").is_none_or(|control| valid.contains(&(operation, control)));
        let outcome = if !ids.insert(id.clone()) {
            Err("another test has the same id".into())
        } else if !is_controlled {
            Err("its control is no valid test of this operation".into())
        } else {
            run_test(operation, test)
        };
        match outcome {
            Ok((expected, outcome)) => report.passed.push(Passed {
                operation: operation.into(),
                id,
                expected,
                compared: outcome.unwrap_or(0),
                reason: text_of(&test["reason"]),
                refused: outcome.err(),
            }),
            Err(why) => report.failed.push(Failure {
                file: file.into(),
                group: group.into(),
                id,
                comment: text_of(&test["comment"]),
                why,
            }),
        }
    }
    match document.get("numberOfTests") {
        Some(number) if number.as_u64() != Some(tests) => {
            Err(format!("{file} has {tests} tests, but numberOfTests is {number}"))
        }
        _ => Ok(report),
    }
}

/// The inputs of one test of a file, and the values that the crate computes from them, one on each line.
pub fn show(path: &Path, id: &str) -> Result<String, String> {
    let document = read(path)?;
    let (group, operation, test) = tests_of(&document)?
        .into_iter()
        .find(|(_, _, test)| text_of(&test["id"]) == id)
        .ok_or_else(|| format!("{}: no test {id}", path.display()))?;
    let mut case = Case::new(attributes(test)?);
    let outcome = case.run(find(operation)?);
    let mut lines = vec![("group", group.into()), ("operation", operation.into())];
    lines.extend(case.attributes.iter().filter_map(|(name, value)| {
        let is_input = !case.outputs.iter().any(|(output, _)| output == name);
        is_input.then(|| (name.as_str(), text_of(value)))
    }));
    lines.extend(case.computed.iter().map(|(name, value)| (*name, value.to_string())));
    let outcome = match outcome {
        Ok(()) => case.compare().map_or_else(|why| why, |_| "succeeds".into()),
        Err(Stop::Refused(error)) => format!("refused: {error}"),
        Err(Stop::Failed(why)) => format!("fails: {why}"),
    };
    lines.push(("outcome", outcome));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    Ok(lines.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect())
}

fn read(path: &Path) -> Result<Value, String> {
    let of_path = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| of_path(&error))?;
    serde_json::from_str(&text).map_err(|error| of_path(&error))
}

/// Every test, with the name and the operation of its group.
fn tests_of(document: &Value) -> Result<Vec<(&str, &str, &Value)>, String> {
    let mut all = Vec::new();
    for group in document["groups"].as_array().ok_or("the file has no groups")? {
        let name = group["name"].as_str().ok_or("a group has no name")?;
        let operation = group["operation"].as_str();
        let operation = operation.ok_or_else(|| format!("{name} has no operation"))?;
        let tests = group["tests"].as_array().ok_or_else(|| format!("{name} has no tests"))?;
        all.extend(tests.iter().map(|test| (name, operation, test)));
    }
    Ok(all)
}

/// The `result` of a test that passed, and the number of compared outputs or the reason of the refusal.
fn run_test(operation: &str, test: &Value) -> Result<(Expected, Outcome), String> {
    let operation = find(operation)?;
    let attributes = attributes(test)?;
    if !attributes.contains_key("id") {
        return Err("the test has no id".into());
    }
    let expected = match attributes.get("result").and_then(Value::as_str) {
        Some("valid") => Expected::Valid,
        Some("invalid") => Expected::Invalid,
        Some("acceptable") => Expected::Acceptable,
        _ => return Err("result must be valid, invalid or acceptable".into()),
    };
    let mut case = Case::new(attributes);
    let outcome = match (case.run(operation), expected) {
        (Err(Stop::Failed(why)), _) => return Err(why),
        (Err(Stop::Refused(error)), Expected::Valid) => return Err(format!("refused: {error}")),
        (Err(Stop::Refused(error)), _) => Err(error),
        (Ok(()), Expected::Invalid) => return Err("not refused".into()),
        (Ok(()), _) => Ok(case.compare()?),
    };
    Ok((expected, outcome))
}

type Outcome = Result<usize, Refusal>;

fn attributes(test: &Value) -> Result<&Map<String, Value>, String> {
    test.as_object().ok_or_else(|| "a test isn't an object".into())
}

/// A value as text: a string without its quotes.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The function that runs `operation`.
fn find(operation: &str) -> Result<Operation, String> {
    let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
    known.map(|(_, run)| *run).ok_or_else(|| format!("unknown operation {operation}"))
}

type Operation = fn(&mut Case<'_>) -> Result<(), Stop>;

/// Attributes of every test that operations don't read.
const ALWAYS: [&str; 6] = ["id", "comment", "flags", "result", "reason", "control"];

/// The part of the crate that refused an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The schemes.
    Primitive(Error),
    /// MIKEY, or the profile above it.
    Message(mission_critical::Error),
    /// Certificates, key sets and the other data of a KMS.
    KeyMaterial(key_management::Error),
    /// A document of a KMS.
    Document(xml::ErrorKind),
}

impl From<xml::Error> for Refusal {
    fn from(error: xml::Error) -> Self {
        Self::Document(error.kind())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Primitive(error)
    }
}

impl From<mikey::Error> for Refusal {
    fn from(error: mikey::Error) -> Self {
        match error {
            mikey::Error::Primitive(error) => Self::Primitive(error),
            error => Self::Message(error.into()),
        }
    }
}

impl From<mission_critical::Error> for Refusal {
    fn from(error: mission_critical::Error) -> Self {
        match error {
            mission_critical::Error::Message(error) => error.into(),
            error => Self::Message(error),
        }
    }
}

impl From<key_management::Error> for Refusal {
    fn from(error: key_management::Error) -> Self {
        use key_management::Error::{Primitive, PubAuthKey, PubEncKey};
        match error {
            PubAuthKey(error) | PubEncKey(error) | Primitive(error) => Self::Primitive(error),
            error => Self::KeyMaterial(error),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primitive(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
            Self::KeyMaterial(error) => error.fmt(f),
            Self::Document(kind) => write!(f, "{kind:?}"),
        }
    }
}

/// The reason why an operation stopped.
enum Stop {
    /// The crate refused an input.
    Refused(Refusal),
    /// The test is malformed, or the crate contradicts itself.
    Failed(String),
}

impl<E: Into<Refusal>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// A test as an operation sees it.
struct Case<'a> {
    attributes: &'a Map<String, Value>,
    unread: BTreeSet<&'a str>,
    /// The outputs that the test contains.
    outputs: Vec<(&'static str, &'a Value)>,
    computed: Vec<(&'static str, Output)>,
}

/// An output as it was computed.
enum Output {
    Octets(Vec<u8>),
    Integer(Vec<u8>),
    Number(u64),
    Other(Value),
}

impl<'a> Case<'a> {
    fn new(attributes: &'a Map<String, Value>) -> Self {
        let names = attributes.keys().map(String::as_str);
        let unread = names.filter(|name| !ALWAYS.contains(name)).collect();
        Self { attributes, unread, outputs: Vec::new(), computed: Vec::new() }
    }

    /// Runs `operation`, which must use every attribute.
    fn run(&mut self, operation: Operation) -> Result<(), Stop> {
        match operation(self) {
            Err(Stop::Failed(why)) => Err(Stop::Failed(why)),
            _ if !self.unread.is_empty() => {
                Err(Stop::Failed(format!("unknown attributes: {:?}", self.unread)))
            }
            outcome => outcome,
        }
    }

    fn input<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<T, Stop> {
        self.unread.remove(name);
        let value = self.attributes.get(name);
        let value = value.ok_or_else(|| Stop::Failed(format!("{name} is missing")))?;
        parse(value).ok_or_else(|| Stop::Failed(format!("{name} has the wrong type")))
    }

    fn octets(&mut self, name: &'static str) -> Result<Vec<u8>, Stop> {
        self.input(name, |value| hex::decode(value.as_str()?).ok())
    }

    /// As many octets as the operation requires.
    fn array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Stop> {
        let octets = self.octets(name)?.try_into();
        octets.map_err(|_| Stop::Failed(format!("{name} must have {N} octets")))
    }

    /// An integer in any number of hexadecimal digits, in as few octets as possible.
    fn integer(&mut self, name: &'static str) -> Result<Vec<u8>, Stop> {
        self.input(name, |value| integer(value.as_str()?))
    }

    fn number(&mut self, name: &'static str) -> Result<u64, Stop> {
        self.input(name, Value::as_u64)
    }

    /// Whether the test has this attribute.
    fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    fn text(&mut self, name: &'static str) -> Result<&'a str, Stop> {
        self.input(name, Value::as_str)
    }

    /// Names the outputs. A test may contain any of them.
    fn outputs(&mut self, names: &[&'static str]) {
        for &name in names {
            if self.unread.remove(name) {
                self.outputs.push((name, &self.attributes[name]));
            }
        }
    }

    fn computed(&mut self, name: &'static str, octets: impl AsRef<[u8]>) {
        self.computed.push((name, Output::Octets(octets.as_ref().to_vec())));
    }

    /// The number of outputs in the test. All of them must equal the computed ones.
    fn compare(&self) -> Result<usize, String> {
        for (name, expected) in &self.outputs {
            let (_, computed) = self
                .computed
                .iter()
                .find(|(computed, _)| computed == name)
                .ok_or_else(|| format!("{name} was not computed"))?;
            if !computed.is(expected) {
                return Err(format!("{name} is {computed}, not {}", text_of(expected)));
            }
        }
        Ok(self.outputs.len())
    }
}

impl Output {
    fn is(&self, expected: &Value) -> bool {
        match self {
            Self::Octets(octets) => expected.as_str() == Some(&hex::encode(octets)),
            Self::Integer(octets) => {
                expected.as_str().and_then(integer).as_deref() == Some(trimmed(octets))
            }
            Self::Number(number) => expected.as_u64() == Some(*number),
            Self::Other(value) => expected == value,
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(octets) => f.write_str(&hex::encode(octets)),
            Self::Integer(octets) => f.write_str(&hex::encode(trimmed(octets))),
            Self::Number(number) => number.fmt(f),
            Self::Other(value) => value.fmt(f),
        }
    }
}

/// The octets without leading zeros.
fn trimmed(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    &octets[zeros..]
}

/// Hexadecimal with at least one digit, in as few octets as possible.
fn integer(digits: &str) -> Option<Vec<u8>> {
    let even =
        if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
    let octets = hex::decode(even).ok()?;
    (!octets.is_empty()).then(|| trimmed(&octets).to_vec())
}
