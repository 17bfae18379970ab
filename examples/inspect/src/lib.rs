//! What a MIKEY message or a document of a KMS holds, and which checks it passes.
//!
//! The program `inspect` is a thin one on this library:
//!
//! ```text
//! inspect [--keys FILE]… [--at TIME] [--check GROUP]… [--strict] [--json] INPUT
//! inspect --vector FILE.json:ID [--at TIME] [--check GROUP]… [--strict] [--json]
//! ```
//!
//! INPUT is a file, or `-` for standard input. It has a message: its octets, or hexadecimal, or base64, alone or behind
//! the word `mikey`, in a line of SDP as in `a=key-mgmt:mikey AQ…` or in a header of RTSP. Or it has a document in XML:
//! a KMS certificate, a key set, a request, a response or a redirect response, signed or not.
//!
//! **With keys, secrets are printed.** What isn't accepted is shown too, octet by octet as far as its lengths can be
//! followed, with the reason why it is refused.
//!
//! | option | |
//! |---|---|
//! | `--keys FILE` | keys to check with: KEYS.json, a KMS certificate, a key set, or a response of a KMS with these. Several files may be given, and no value twice |
//! | `--vector FILE.json:ID` | message and keys of a test in a file of `test-vectors` |
//! | `--at TIME` | inspect for this time, as `2027-01-15T08:00:00Z` or in seconds since 1970, instead of now |
//! | `--check GROUP` | ask for the checks of this group alone: `structure`, `profile`, `signature` or `key`. Without, for all |
//! | `--strict` | count deviations as failures: what a receiver would refuse at that time, or the strict reading of a standard would |
//! | `--json` | give the report in JSON, which has every octet. In text the middle of more than 64 octets is left out |
//!
//! | exit status | |
//! |---|---|
//! | 0 | every check asked for was made, and none failed |
//! | 1 | a check failed |
//! | 2 | nothing was inspected: the command line, a file or a key is not what it must be, which standard error says |
//! | 3 | no check failed, but one that was asked for could not be made: the report says which, and what it takes |
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
//! Everything may be left out. Octets are in hexadecimal. Other names are refused, for a name that is misspelt would
//! leave a check out in silence.
//!
//! | names | of |
//! |---|---|
//! | `kms_uri`, `period`, `offset`, `KPAK` | the initiator's KMS, or that of a key set |
//! | `hex_uids`, `responder_hex_uids` | whether the KMS issues keys for the hexadecimal digits of UIDs |
//! | `Z`, `responder_…` | the responder's KMS. The `responder_…` may be left out if it is the initiator's |
//! | `initiator_Z`, `own_RSK` | for what the initiator encapsulates to itself |
//! | `RSK` | the responder |
//! | `psk`, `signer` | messages under a pre-shared key; `signer` is the identifier of who signed, where that isn't `initiator` |
//! | `user_uri` | the user whose key set is inspected |
//! | `TrK`, `InK` | the keys shared with the KMS: of wrapped key sets, and of signed documents |
//!
//! A KMS certificate has what is of a KMS, and a key set the responder's RSK; KEYS.json has the initiator at least.
//! Whom a message is from isn't taken from the message. A message under a pre-shared key must be signed where KPAK, a
//! certificate or a signer is given. Without `period` and certificate a message of identifier scheme 1
//! is one of RFC 6509, whose identifiers are telephone numbers and months.
//!
//! # JSON
//!
//! The report, in the order of the fields of [`Report`] and under their names; names of variants are in lower case, with
//! hyphens. `format` is [`FORMAT`]. Within one format, no name changes its meaning or goes away; names, checks and
//! findings are added, and so may variants be. `id` of a [check](Check) or a [finding](Finding) stays; words in `what`,
//! `why`, `summary`, `meaning` and `text` don't.
//!
//! | name | value |
//! |---|---|
//! | `format` | a number |
//! | `input` | `form`: `binary`, `hexadecimal`, `base64`, `attribute`, `xml`; `octets`: how many, decoded |
//! | `kind` | `i-message`, `pre-shared-key`, `verification`, `error`, `other-message`, `certificate`, `key-set`, `request`, `response`, `redirect`, `other-document` |
//! | `at` | the time that it was inspected for |
//! | `strict` | whether deviations count |
//! | `structure` | payloads or elements: `name`, `summary`, `fields`; of a message also `start` and `end`, the first octet and the first after the last. A field has `name`, `meaning`, `octets` in hexadecimal where it has some, and of a message `start` and `end` |
//! | `trouble` | why the structure doesn't go on to the end, or null |
//! | `asked` | the groups of checks |
//! | `checks` | `id`, `group`, `what`, `outcome`: `passed`, `failed`, `not-made`; `why`: the reason, or null |
//! | `findings` | `id`, `severity`: `note`, `deviation`; `text` |
//! | `keys` | **secret**: `title`, and `values` with `name` and `value` |
//! | `verdict` | `no-check-failed`, `check-failed`, `not-all-made`: exit status 0, 1 and 3 |
//!
//! Of messages the checks are `message`, `point-r`, `integers`, `point-pvt`, `i-message`, `pre-shared-key`; `csb-id`,
//! `identities`, `prf`, `timestamp`, `id-scheme`, `map`, `session`, `to-self-once`, `parameters-once`, `parameters`,
//! `suite`, `verification`, `error`; `in-force`, `initiator-id`, `identity`, `signature`, `mac`; `responder-id`,
//! `responder-key`, `open`, `initiator-key`, `to-self`. Of documents they are `document`, `point-kpak`, `point-z`;
//! `certificate`, `in-force`, `url`, `kms-error`; `signature`; `key-set`. A check comes as often as there are points,
//! sessions or certificates.
//!
//! Deviations are `stale`, `expired`, `v`, `map`, `policy`, `no-parameters`, `no-group`,
//! `coverage`. Notes are `fresh`, `counter`, `not-yet`,
//! `monthly`, `period`, `identifier`, `spi`, `policy-beside`, `departures`, `to-self`, `signed`, `hint`, `user`, `resource`.
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

/// How to inspect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// For which time.
    pub at: NtpTime,
    /// Whether deviations count as failures.
    pub strict: bool,
    /// The groups of checks asked for.
    pub asked: Vec<Group>,
}

impl Options {
    /// All checks, for this time.
    #[must_use]
    pub fn at(at: NtpTime) -> Self {
        Self { at, strict: false, asked: Group::ALL.to_vec() }
    }
}

/// Inspects the message or the document in `input`, with as many keys as there are.
///
/// Errors: an input without octets, or with more than [`MAX_INPUT`].
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
