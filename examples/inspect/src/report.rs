//! The report of an inspection.

use std::fmt::{self, Display};

use serde::Serialize;

/// The version of the reports' JSON form: see the documentation of the crate.
pub const FORMAT: u32 = 1;

/// Everything that an inspection found.
///
/// **If keys were given, it contains secrets**, and nothing wipes it.
#[non_exhaustive]
#[derive(Clone, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// The input.
    pub input: Input,
    /// The kind of the input.
    pub kind: Kind,
    /// The time of the inspection, in UTC.
    pub at: String,
    /// Whether deviations count as failures.
    pub strict: bool,
    /// The content of the input, in its order.
    pub structure: Vec<Item>,
    /// Why the structure does not reach the end of the input, if it does not.
    pub trouble: Option<String>,
    /// The groups of checks that were asked for.
    pub asked: Vec<Group>,
    /// The checks that were asked for: those that were made, and those that could not be made.
    pub checks: Vec<Check>,
    /// Other remarks.
    pub findings: Vec<Finding>,
    /// The keys that were opened. **Secret.**
    pub keys: Vec<Shown>,
    /// The result of the checks.
    pub verdict: Verdict,
}

/// The input of an inspection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Input {
    /// Its form.
    pub form: Form,
    /// The number of its octets, decoded.
    pub octets: usize,
}

/// The forms of an input.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The octets of a message.
    Binary,
    /// Hexadecimal.
    Hexadecimal,
    /// Base64.
    Base64,
    /// Base64 after the word `mikey`, in an attribute of SDP or a header of RTSP.
    Attribute,
    /// A document in XML.
    Xml,
}

/// The kinds of an input.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A SAKKE I_MESSAGE of RFC 6509.
    IMessage,
    /// A pre-shared-key message of RFC 3830.
    PreSharedKey,
    /// The verification message that answers a pre-shared-key message.
    Verification,
    /// An error message of RFC 3830.
    Error,
    /// A MIKEY message of another type, or no message at all.
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
    /// A document that does not belong to a KMS, or that cannot be read.
    OtherDocument,
}

/// A payload of a message, or an element of a document.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its place in the message.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// A summary in a few words, which may be empty.
    pub summary: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of an item.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its place in the message.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Its octets in hexadecimal, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octets: Option<String>,
    /// What it means. Empty if there is nothing to say beside the octets.
    pub meaning: String,
}

/// Octets of a message, counted from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The first octet.
    pub start: usize,
    /// The first octet after the last.
    pub end: usize,
}

/// The groups of checks that can be asked for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Whether the input can be read, and its points are on their curves.
    Structure,
    /// Whether the input follows the standards and is in force.
    Profile,
    /// Whether the input is from the expected sender, by its signature or MAC.
    Signature,
    /// Whether the keys in the input are for the expected users.
    Key,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 4] = [Self::Structure, Self::Profile, Self::Signature, Self::Key];

    /// Its name in JSON and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Profile => "profile",
            Self::Signature => "signature",
            Self::Key => "key",
        }
    }

    /// The group with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }
}

/// A check that was asked for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// Its name, which never changes.
    pub id: &'static str,
    /// Its group.
    pub group: Group,
    /// What is checked, in words.
    pub what: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// Why it failed, or what it needs. None if it passed.
    pub why: Option<String>,
}

/// The outcome of a check.
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

/// Something worth knowing that is not a check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Its name, which never changes.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The finding in words.
    pub text: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It is information.
    Note,
    /// A receiver would refuse the input at this time, or the strict reading of a standard does not allow it. It counts
    /// as a failure if that was asked for.
    Deviation,
}

/// A key that was opened, with what belongs to it. **Secret.**
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
    /// The name. Empty if the value continues the one before.
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

/// Hides the values.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({:?}, ..)", self.title)
    }
}

/// Hides the keys.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({:?}, {:?}, ..)", self.kind, self.verdict)
    }
}

/// The result of all checks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check that was asked for was made, and none failed.
    NoCheckFailed,
    /// At least one check failed, or there is a deviation and deviations count.
    CheckFailed,
    /// No check failed, but not every check that was asked for could be made.
    NotAllMade,
}

impl Verdict {
    /// The exit status of the program: 0, 1 or 3.
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

    /// The report in JSON, indented, with a line feed at the end.
    ///
    /// Errors: no report is known to cause one.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}
