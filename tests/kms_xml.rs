//! The documents of a KMS: which are decoded, which are refused and why, and how they are written.

#[path = "kms_xml/canonical.rs"]
mod canonical;
#[path = "../src/cases.rs"]
mod cases;
#[path = "kms_xml/dialogue.rs"]
mod dialogue;
#[path = "kms_xml/documents.rs"]
mod documents;
#[path = "kms_xml/hostile.rs"]
mod hostile;
#[path = "kms_xml/lookup.rs"]
mod lookup;
#[path = "kms_xml/redirect.rs"]
mod redirect;
#[path = "kms_xml/round_trip.rs"]
mod round_trip;
#[path = "kms_xml/schema.rs"]
mod schema;
#[path = "kms_xml/signalling.rs"]
mod signalling;
#[path = "kms_xml/signatures.rs"]
mod signatures;
#[path = "kms_xml/wrapping.rs"]
mod wrapping;
