//! What an inspection gives: a report.

use std::fmt::{self, Display};

use serde::Serialize;

/// The number of the form that reports have in JSON: see the documentation of the crate.
pub const FORMAT: u32 = 1;

/// Everything that was found.
///
/// **With keys, secrets are in it**, and nothing wipes it.
#[non_exhaustive]
#[derive(Clone, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// What was given.
    pub input: Input,
    /// What it is.
    pub kind: Kind,
    /// The time that it was inspected for, in UTC.
    pub at: String,
    /// Whether deviations count as failures.
    pub strict: bool,
    /// What is in it, in its order.
    pub structure: Vec<Item>,
    /// Why the structure doesn't go on to the end, if it doesn't.
    pub trouble: Option<String>,
    /// The groups of checks that were asked for.
    pub asked: Vec<Group>,
    /// The checks asked for: those that were made, and those that could not be.
    pub checks: Vec<Check>,
    /// What is to be known beside the checks.
    pub findings: Vec<Finding>,
    /// The keys that came out. **Secret.**
    pub keys: Vec<Shown>,
    /// What follows from the checks.
    pub verdict: Verdict,
}

/// What was given.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Input {
    /// In which form.
    pub form: Form,
    /// How many octets that is, decoded.
    pub octets: usize,
}

/// A form of input.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The octets of a message.
    Binary,
    /// Hexadecimal.
    Hexadecimal,
    /// Base64.
    Base64,
    /// Base64 behind the word `mikey`: an attribute of SDP, or a header of RTSP.
    Attribute,
    /// A document in XML.
    Xml,
}

/// What the input is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A SAKKE I_MESSAGE of RFC 6509.
    IMessage,
    /// A pre-shared-key message of RFC 3830.
    PreSharedKey,
    /// The verification message that answers one.
    Verification,
    /// An error message of RFC 3830.
    Error,
    /// A MIKEY message of another type, or none at all.
    OtherMessage,
    /// A KMS certificate.
    Certificate,
    /// A key set.
    KeySet,
    /// A request to a KMS.
    Request,
    /// A response of a KMS.
    Response,
    /// A redirect response.
    Redirect,
    /// A document that is none of a KMS, or can't be read.
    OtherDocument,
}

/// A payload of a message, or an element of a document.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// Where in the message it is.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What it is in a few words; may be empty.
    pub summary: String,
    /// What is in it.
    pub fields: Vec<Field>,
}

/// A value in it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// Where in the message it is.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Its octets in hexadecimal, if it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octets: Option<String>,
    /// What it says; empty where the octets are all there is to say.
    pub meaning: String,
}

/// Octets of a message, counted from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The first of them.
    pub start: usize,
    /// The first after them.
    pub end: usize,
}

/// Groups of checks, which can be asked for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Whether it can be read, and its points are on their curves.
    Structure,
    /// Whether it is what the standards have, and in force.
    Profile,
    /// Whether it is from whom it should be from: its signature or MAC.
    Signature,
    /// Whether the keys that it brings are for whom they should be for.
    Key,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Structure, Self::Profile, Self::Signature, Self::Key];

    /// Its name, as in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Profile => "profile",
            Self::Signature => "signature",
            Self::Key => "key",
        }
    }

    /// The group of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// A check that was asked for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// Its name, which stays.
    pub id: &'static str,
    /// Its group.
    pub group: Group,
    /// What is checked, in words.
    pub what: String,
    /// What came out.
    pub outcome: Outcome,
    /// Why it failed, or what it needs; none if it passed.
    pub why: Option<String>,
}

/// What came out of a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It could not be made.
    NotMade,
}

/// What is to be known, and is no check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Its name, which stays.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it says.
    pub text: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It is only said.
    Note,
    /// A receiver would refuse it at this time, or the strict reading of a standard would. It is a failure if that was
    /// asked for.
    Deviation,
}

/// A key that came out, with what belongs to it. **Secret.**
#[derive(Clone, Serialize)]
pub struct Shown {
    /// What it is.
    pub title: String,
    /// Names and values.
    pub values: Vec<Value>,
}

/// A name and a value.
#[derive(Clone, Serialize)]
pub struct Value {
    /// The name; empty for what goes on.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Shown {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), values: Vec::new() }
    }

    pub(crate) fn put(&mut self, name: impl Into<String>, value: impl Display) {
        self.values.push(Value { name: name.into(), value: value.to_string() });
    }
}

/// It hides the values.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({:?}, ..)", self.title)
    }
}

/// It hides the keys.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({:?}, {:?}, ..)", self.kind, self.verdict)
    }
}

/// What follows from the checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All checks asked for were made, and none failed.
    NoCheckFailed,
    /// At least one check failed, or there is a deviation and those were to count.
    CheckFailed,
    /// None failed, but not all that were asked for could be made.
    NotAllMade,
}

impl Verdict {
    /// What the program ends with: 0, 1 or 3.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::NoCheckFailed => 0,
            Self::CheckFailed => 1,
            Self::NotAllMade => 3,
        }
    }
}

impl Report {
    /// The checks with this outcome.
    pub fn with_outcome(&self, outcome: Outcome) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.outcome == outcome)
    }

    /// The report in JSON, indented, with an end of line.
    ///
    /// Errors: none that a report is known to give.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}
