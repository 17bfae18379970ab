//! Shows the content of a MIKEY message or of a document of a KMS, and which checks it passes.
//!
//! The program `inspect` is a thin layer over this library:
//!
//! ```text
//! inspect [--keys FILE]… [--at TIME] [--check GROUP]… [--strict] [--json] INPUT
//! inspect --vector FILE.json:ID [--at TIME] [--check GROUP]… [--strict] [--json]
//! ```
//!
//! INPUT is a file, or `-` for standard input. It contains either a message or a document. A message may be binary,
//! hexadecimal or base64, alone or after the word `mikey`, in a line of SDP such as `a=key-mgmt:mikey AQ…` or in a
//! header of RTSP. A document is XML: a KMS certificate, a key set, a request, a response or a redirect response,
//! signed or not.
//!
//! **If you give keys, secrets are printed.** A message that is refused is shown too, octet by octet as far as its
//! lengths can be followed, with the reason why it is refused.
//!
//! | option | |
//! |---|---|
//! | `--keys FILE` | keys for the checks: KEYS.json, a KMS certificate, a key set, or a response of a KMS with these. Give as many files as you need, but no value twice |
//! | `--vector FILE.json:ID` | the message and the keys of a test in a file of `test-vectors` |
//! | `--at TIME` | inspect for this time instead of now, given as `2027-01-15T08:00:00Z` or in seconds since 1970 |
//! | `--check GROUP` | make only the checks of this group: `structure`, `profile`, `signature` or `key`. Without this option, make all |
//! | `--strict` | count deviations as failures. A receiver would refuse them at that time, or the strict reading of a standard does not allow them |
//! | `--json` | print the report in JSON, which contains every octet. The text leaves out the middle of more than 64 octets |
//!
//! | exit status | |
//! |---|---|
//! | 0 | every requested check was made, and none failed |
//! | 1 | a check failed |
//! | 2 | nothing was inspected, because the command line, a file or a key cannot be used: standard error says why |
//! | 3 | no check failed, but a requested check could not be made: the report says which, and what it needs |
//!
//! # KEYS.json
//!
//! ```json
//! {
//!   "kms_uri": "kms.example.org", "period": 2592000, "offset": 0, "hex_uids": false,
//!   "KPAK": "04…", "Z": "04…",
//!   "initiator": "sip:gms@example.org", "responder": "sip:alice@example.org",
//!   "RSK": "04…", "own_RSK": "04…", "initiator_Z": "04…",
//!   "responder_kms_uri": "kms.example.net", "responder_period": 604800, "responder_offset": 0,
//!   "responder_hex_uids": false,
//!   "psk": "…", "signer": "…",
//!   "user_uri": "sip:alice@example.org", "TrK": "…", "TrK_ID": "00000001", "InK": "…", "InK_ID": "00000002"
//! }
//! ```
//!
//! You may leave out every member. Octets are in hexadecimal. Unknown names are refused, because a misspelt name would
//! silently leave out a check.
//!
//! | names | of |
//! |---|---|
//! | `kms_uri`, `period`, `offset`, `KPAK` | the initiator's KMS, or the KMS of a key set |
//! | `hex_uids`, `responder_hex_uids` | whether the KMS issues keys for the hexadecimal digits of UIDs |
//! | `Z`, `responder_…` | the responder's KMS. Leave out the `responder_…` if it is the initiator's |
//! | `initiator_Z`, `own_RSK` | what the initiator encapsulates to itself |
//! | `RSK` | the responder |
//! | `psk`, `signer` | messages under a pre-shared key; `signer` is the identifier of the signer, if that is not `initiator` |
//! | `user_uri` | the user whose key set is inspected |
//! | `TrK`, `InK` | the keys shared with the KMS, for wrapped key sets and signed documents |
//!
//! A KMS certificate provides the values of a KMS, and a key set provides the responder's RSK. KEYS.json must at least
//! name the initiator, because the sender of a message is never taken from the message. A message under a pre-shared
//! key must be signed if KPAK, a certificate or a signer is given. Without a `period` and a certificate, a message of
//! identifier scheme 1 counts as one of RFC 6509, whose identifiers are telephone numbers and months.
//!
//! # JSON
//!
//! The members of the report are the fields of [`Report`], in their order and with their names. The names of variants
//! are in lower case with hyphens. `format` is [`FORMAT`]. Within one format, no name changes its meaning or
//! disappears, but names, checks, findings and variants may be added. The `id` of a [check](Check) or a
//! [finding](Finding) never changes. The words in `what`, `why`, `summary`, `meaning` and `text` may change.
//!
//! | name | value |
//! |---|---|
//! | `format` | a number |
//! | `input` | `form`: `binary`, `hexadecimal`, `base64`, `attribute`, `xml`; `octets`: their number, decoded |
//! | `kind` | `i-message`, `pre-shared-key`, `verification`, `error`, `other-message`, `certificate`, `key-set`, `request`, `response`, `redirect`, `other-document` |
//! | `at` | the time of the inspection |
//! | `strict` | whether deviations count as failures |
//! | `structure` | payloads or elements with `name`, `summary` and `fields`; in a message also `start` and `end`, the first octet and the first octet after the last. A field has `name`, `meaning`, `octets` in hexadecimal if it has any, and in a message `start` and `end` |
//! | `trouble` | why the structure does not reach the end, or null |
//! | `asked` | the requested groups of checks |
//! | `checks` | `id`, `group`, `what`, `outcome`: `passed`, `failed`, `not-made`; `why`: the reason, or null |
//! | `findings` | `id`, `severity`: `note`, `deviation`; `text` |
//! | `keys` | **secret**: `title`, and `values` with `name` and `value` |
//! | `verdict` | `no-check-failed`, `check-failed`, `not-all-made`, for the exit statuses 0, 1 and 3 |
//!
//! The checks of messages are `message`, `point-r`, `integers`, `point-pvt`, `i-message`, `pre-shared-key`; `csb-id`,
//! `identities`, `prf`, `timestamp`, `id-scheme`, `map`, `session`, `to-self-once`, `parameters-once`, `parameters`,
//! `suite`, `verification`, `error`; `in-force`, `initiator-id`, `identity`, `signature`, `mac`; `responder-id`,
//! `responder-key`, `open`, `initiator-key`, `to-self`. The checks of documents are `document`, `point-kpak`,
//! `point-z`; `certificate`, `in-force`, `url`, `kms-error`; `signature`; `key-set`. A check is repeated for each
//! point, session or certificate.
//!
//! Deviations are `stale`, `expired`, `v`, `map`, `policy`, `no-parameters`, `no-group`, `coverage`. Notes are `fresh`,
//! `counter`, `not-yet`, `monthly`, `period`, `identifier`, `spi`, `policy-beside`, `departures`, `to-self`, `signed`,
//! `hint`, `user`, `resource`.
//!
//! ```
//! use eccsi_sakke::NtpTime;
//! use eccsi_sakke_inspect::{Group, Keys, Options, Outcome, Verdict, inspect};
//!
//! // An error message of RFC 3830, which nothing protects: T, and the number 0.
//! let message = b"01060501 00000001 0001 0c00 eef3f680 00000000 00000000";
//! let options = Options::at(NtpTime::from_unix(1_800_000_000));
//! let report = inspect(message, &Keys::new(), &options)?;
//! assert_eq!(report.verdict, Verdict::NoCheckFailed);
//! assert_eq!(report.with_outcome(Outcome::Failed).count(), 0);
//! print!("{report}");
//! # Ok::<(), eccsi_sakke_inspect::Error>(())
//! ```

mod document;
mod error;
mod input;
mod keys;
mod mikey;
mod recorder;
mod report;
mod text;
mod time;
mod vector;

use eccsi_sakke::NtpTime;

pub use error::Error;
pub use input::MAX_INPUT;
pub use keys::Keys;
pub use report::{
    Check, FORMAT, Field, Finding, Form, Group, Input, Item, Kind, Outcome, Place, Report,
    Severity, Shown, Value, Verdict,
};
pub use time::time;
pub use vector::vector;

use recorder::Recorder;

/// The options of an inspection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// The time to inspect for.
    pub at: NtpTime,
    /// Whether deviations count as failures.
    pub strict: bool,
    /// The requested groups of checks.
    pub asked: Vec<Group>,
}

impl Options {
    /// All checks, for this time.
    #[must_use]
    pub fn at(at: NtpTime) -> Self {
        Self { at, strict: false, asked: Group::ALL.to_vec() }
    }
}

/// Inspects the message or the document in `input`, with the given keys.
///
/// Errors: those of [`Error`] for an input that is empty, larger than [`MAX_INPUT`], or of an unknown form.
pub fn inspect(input: &[u8], keys: &Keys, options: &Options) -> Result<Report, Error> {
    let (form, octets) = input::decode(input)?;
    let mut found = Recorder::new(&options.asked);
    let inspect = if form == Form::Xml { document::inspect } else { mikey::inspect };
    let (kind, structure, trouble) = inspect(&mut found, &octets, keys, options.at);
    Ok(Report {
        format: FORMAT,
        input: Input { form, octets: octets.len() },
        kind,
        at: options.at.to_string(),
        strict: options.strict,
        structure,
        trouble,
        asked: options.asked.clone(),
        verdict: found.verdict(options.strict),
        checks: found.checks,
        findings: found.findings,
        keys: found.keys,
    })
}
