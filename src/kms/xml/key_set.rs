//! D.3.3: `KmsKeySet`.

use alloc::string::String;

use super::Error;
use super::document::{Document, document, written_version};
use super::reader::Reader;
use super::tag::{Name, Tag};
use super::writer::Writer;
use crate::kms::KeySetParts;

/// The schema has one version, and no place for elements of other namespaces.
const VERSIONS: [&str; 1] = [KeySetParts::VERSION];

document! {
    KeySetParts = "KmsKeySet", (version);
    kms_uri: token("KmsUri"),
    cert_uri: token_if("CertUri"),
    issuer: string_if("Issuer"),
    user_uri: token("UserUri"),
    user_id: uid("UserID"),
    valid: valid(),
    key_period_no: unsigned("KeyPeriodNo"),
    revoked: flag("Revoked"),
    user_decrypt_key: key("UserDecryptKey"),
    user_signing_key_ssk: key("UserSigningKeySSK"),
    user_pub_token_pvt: key("UserPubTokenPVT"),
}

fn attributes(tag: &Tag<'_>) -> Result<(String,), Error> {
    let [_, version] = tag.attributes(KeySetParts::NAME.1, ["Id", "Version"])?;
    Ok((tag.version(version, KeySetParts::VERSION, &VERSIONS, KeySetParts::NAME.1)?,))
}

fn open(parts: &KeySetParts, writer: &mut Writer) -> Result<(), Error> {
    let version = written_version(&parts.version, &VERSIONS, KeySetParts::NAME.1)?;
    writer.open(KeySetParts::NAME, &[("Version", version)], None)
}
