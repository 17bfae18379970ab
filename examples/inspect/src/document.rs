//! A document of a KMS in XML (TS 33.180 annex D): its content, and the checks that it passes.

mod keys;
mod outline;
mod signed;

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::xml::{Error, ErrorKind, RedirectResponse, Signed};
use eccsi_sakke::kms::{CertificateParts, KeySetParts, Request, Response};

use crate::Keys;
use crate::recorder::Recorder;
use crate::report::{Field, Group, Item, Kind};

/// A decoded document.
pub(crate) enum Document {
    Certificate(CertificateParts),
    KeySet(KeySetParts),
    Request(Box<Signed<Request>>),
    Response(Box<Signed<Response>>),
    Redirect(RedirectResponse),
}

/// The kind of the document, its content, and the reason why that does not reach its end, if it does not.
pub(crate) fn inspect(
    found: &mut Recorder,
    octets: &[u8],
    keys: &Keys,
    at: NtpTime,
) -> (Kind, Vec<Item>, Option<String>) {
    let read = read(octets).map_err(|error| explained(octets, &error));
    let what = "a document of a KMS, as defined in TS 33.180 annex D";
    let document = found.check((Group::Structure, "document"), what, read.as_ref());
    let mut items = Vec::new();
    let kind = match document {
        None => {
            let refused = "the document was refused before that";
            found.missing((Group::Signature, "signature"), "the sender of it", refused);
            found.missing((Group::Key, "key-set"), "the keys in it", refused);
            return (Kind::OtherDocument, vec![outline::of(octets)], read.err());
        }
        Some(Document::Certificate(parts)) => {
            keys::certificate(found, &mut items, parts, at);
            Kind::Certificate
        }
        Some(Document::KeySet(set)) => {
            keys::key_set(found, &mut items, set, keys, at);
            Kind::KeySet
        }
        Some(Document::Request(request)) => {
            signed::request(found, &mut items, request, keys, at);
            Kind::Request
        }
        Some(Document::Response(response)) => {
            signed::response(found, &mut items, response, keys, at);
            Kind::Response
        }
        Some(Document::Redirect(redirect)) => {
            let mut item = item("KmsRedirectResponse", "kept as received");
            item.fields.push(field("octets", redirect.as_bytes().len()));
            items.push(item);
            signed::redirect(found, redirect.is_signed());
            Kind::Redirect
        }
    };
    (kind, items, None)
}

type Read = fn(&[u8]) -> Result<Document, Error>;

const KINDS: [Read; 5] = [
    |octets| CertificateParts::from_xml(octets).map(Document::Certificate),
    |octets| KeySetParts::from_xml(octets).map(Document::KeySet),
    |octets| Signed::<Request>::from_xml(octets).map(Box::new).map(Document::Request),
    |octets| Signed::<Response>::from_xml(octets).map(Box::new).map(Document::Response),
    |octets| RedirectResponse::from_xml(octets).map(Document::Redirect),
];

/// Decodes the document as the kind that its root element shows.
pub(crate) fn read(octets: &[u8]) -> Result<Document, Error> {
    let [first, rest @ ..] = KINDS;
    rest.iter().fold(first(octets), |read, kind| match read {
        Err(error) if error.kind() == ErrorKind::Root => kind(octets),
        read => read,
    })
}

/// The error with line and column, counted from 1.
fn explained(octets: &[u8], error: &Error) -> String {
    let before = &octets[..error.position().min(octets.len())];
    let line = before.iter().filter(|octet| **octet == b'\n').count() + 1;
    let start = before.iter().rposition(|octet| *octet == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    match error.kind() {
        ErrorKind::Root => {
            "its root element is unknown: give a KmsCertificate, a KmsKeySet, a request, a response or a \
            redirect response"
                .into()
        }
        _ => format!("{error} (line {line}, column {column})"),
    }
}

fn item(name: &str, summary: impl Into<String>) -> Item {
    Item { name: name.into(), summary: summary.into(), ..Item::default() }
}

fn field(name: &str, value: impl ToString) -> Field {
    Field { name: name.into(), meaning: value.to_string(), ..Field::default() }
}

/// A value that may be missing.
fn optional<T: ToString>(name: &str, value: Option<T>) -> Option<Field> {
    value.map(|value| field(name, value))
}
