//! D.3.2: `KmsCertificate`.

use alloc::string::String;
use alloc::vec::Vec;

use super::reader::Reader;
use super::tag::{Name, Tag};
use super::text::{boolean, trim};
use super::writer::Writer;
use super::{Error, ErrorKind, VERSIONS, known_version};
use crate::kms::{CertificateParts, Role};

pub(super) const NAME: Name = Name::kms("KmsCertificate");
const SIGNED: Name = Name::kms("SignedKmsCertificate");

/// What is inside of a certificate's start tag.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<CertificateParts, Error> {
    let error = tag.error(ErrorKind::Attribute, NAME.1);
    let names = ["Id", "IsSecurityGateway", "Role", "Version"];
    let [_, gateway, role, version] = tag.attributes(NAME.1, names)?;
    let gateway = gateway.map_or(Some(false), |value| boolean(trim(&value)));
    // Which role a certificate without one gives is nobody's word: the one that gives least.
    let role = role.map_or(Ok(Role::External), |name| Role::from_name(&name)).map_err(|_| error)?;
    let parts = CertificateParts {
        version: known_version(version, None, &VERSIONS, tag, NAME.1)?,
        role,
        is_security_gateway: gateway.ok_or(error)?,
        cert_uri: reader.token_if("CertUri")?,
        kms_uri: reader.token("KmsUri")?,
        issuer: reader.string_if("Issuer")?,
        valid: reader.valid()?,
        revoked: reader.flag("Revoked")?,
        user_id_format: reader.token("UserIdFormat")?,
        user_key_period: reader.unsigned("UserKeyPeriod")?,
        user_key_offset: reader.unsigned("UserKeyOffset")?,
        pub_enc_key: reader.text_of(Name::kms("PubEncKey"))?.hex()?.to_vec(),
        pub_auth_key: reader.text_of(Name::kms("PubAuthKey"))?.hex()?.to_vec(),
        parameter_set: reader.unsigned_if("ParameterSet")?,
        domains: domains(reader)?,
    };
    reader.skip_others()?;
    reader.close()?;
    Ok(parts)
}

/// `KmsDomainList`: one domain or more.
fn domains(reader: &mut Reader<'_>) -> Result<Vec<String>, Error> {
    let list = Name::kms("KmsDomainList");
    let Some(tag) = reader.open_if(list)? else { return Ok(Vec::new()) };
    tag.attributes(list.1, [])?;
    let mut domains = Vec::new();
    domains.push(reader.token("KmsDomain")?);
    while let Some(domain) = reader.token_if("KmsDomain")? {
        domains.push(domain);
    }
    reader.close()?;
    Ok(domains)
}

/// A certificate, alone or with a signature beside it: which is another matter, and skipped.
pub(super) fn read_any(reader: &mut Reader<'_>) -> Result<Option<CertificateParts>, Error> {
    if let Some(tag) = reader.open_if(NAME)? {
        return read(reader, &tag).map(Some);
    }
    let Some(tag) = reader.open_if(SIGNED)? else { return Ok(None) };
    tag.attributes(SIGNED.1, ["Id"])?;
    let tag = reader.open(NAME)?;
    let parts = read(reader, &tag)?;
    reader.skip_if(Name::signature("Signature"))?;
    reader.close()?;
    Ok(Some(parts))
}

pub(super) fn write(parts: &CertificateParts, writer: &mut Writer) -> Result<(), Error> {
    let version = super::written_version(&parts.version, true, &VERSIONS, NAME.1)?;
    let gateway = parts.is_security_gateway.then_some("true");
    let attributes =
        [("IsSecurityGateway", gateway), ("Role", Some(parts.role.name())), ("Version", version)];
    writer.open(NAME, &attributes, None)?;
    writer.token_if("CertUri", parts.cert_uri.as_deref())?;
    writer.token("KmsUri", &parts.kms_uri)?;
    writer.string_if("Issuer", parts.issuer.as_deref())?;
    writer.valid(&parts.valid)?;
    writer.if_true("Revoked", parts.revoked)?;
    writer.token("UserIdFormat", &parts.user_id_format)?;
    writer.integer("UserKeyPeriod", parts.user_key_period)?;
    writer.integer("UserKeyOffset", parts.user_key_offset)?;
    writer.hex("PubEncKey", &parts.pub_enc_key)?;
    writer.hex("PubAuthKey", &parts.pub_auth_key)?;
    if let Some(number) = parts.parameter_set {
        writer.integer("ParameterSet", number)?;
    }
    if !parts.domains.is_empty() {
        writer.open(Name::kms("KmsDomainList"), &[], None)?;
        for domain in &parts.domains {
            writer.token("KmsDomain", domain)?;
        }
        writer.close();
    }
    writer.close();
    Ok(())
}
