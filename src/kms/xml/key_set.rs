//! D.3.3: `KmsKeySet`.

use super::reader::Reader;
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, key_content, known_version};
use crate::kms::KeySetParts;

pub(super) const NAME: Name = Name::kms("KmsKeySet");

/// The one version of the schema.
const VERSIONS: [&str; 1] = [KeySetParts::VERSION];

/// What is inside of a key set's start tag. The type has no place for elements of others.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<KeySetParts, Error> {
    let [_, version] = tag.attributes(NAME.1, ["Id", "Version"])?;
    let parts = KeySetParts {
        version: known_version(version, Some(KeySetParts::VERSION), &VERSIONS, tag, NAME.1)?,
        kms_uri: reader.token("KmsUri")?,
        cert_uri: reader.token_if("CertUri")?,
        issuer: reader.string_if("Issuer")?,
        user_uri: reader.token("UserUri")?,
        user_id: reader.text_of(Name::kms("UserID"))?.uid()?,
        valid: reader.valid()?,
        key_period_no: reader.unsigned("KeyPeriodNo")?,
        revoked: reader.flag("Revoked")?,
        user_decrypt_key: key_content::read(reader, "UserDecryptKey")?,
        user_signing_key_ssk: key_content::read(reader, "UserSigningKeySSK")?,
        user_pub_token_pvt: key_content::read(reader, "UserPubTokenPVT")?,
    };
    reader.close()?;
    Ok(parts)
}

/// Secret: keys in clear.
pub(super) fn write(parts: &KeySetParts, writer: &mut Writer) -> Result<(), Error> {
    let version = super::written_version(&parts.version, false, &VERSIONS, NAME.1)?;
    if parts.user_id.len() != 32 {
        return Err(Error::of_value(ErrorKind::Value, "UserID"));
    }
    writer.open(NAME, &[("Version", version)], None)?;
    writer.token("KmsUri", &parts.kms_uri)?;
    writer.token_if("CertUri", parts.cert_uri.as_deref())?;
    writer.string_if("Issuer", parts.issuer.as_deref())?;
    writer.token("UserUri", &parts.user_uri)?;
    writer.base64("UserID", &parts.user_id)?;
    writer.valid(&parts.valid)?;
    writer.integer("KeyPeriodNo", parts.key_period_no)?;
    writer.if_true("Revoked", parts.revoked)?;
    key_content::write(&parts.user_decrypt_key, "UserDecryptKey", writer)?;
    key_content::write(&parts.user_signing_key_ssk, "UserSigningKeySSK", writer)?;
    key_content::write(&parts.user_pub_token_pvt, "UserPubTokenPVT", writer)?;
    writer.close();
    Ok(())
}
