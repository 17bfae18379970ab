//! D.3.2: `KmsCertificate`.

use alloc::string::String;
use alloc::vec::Vec;

use super::document::{Document, VERSIONS, document, written_version};
use super::reader::Reader;
use super::tag::{Name, Tag};
use super::text::{boolean, trim};
use super::writer::Writer;
use super::{Error, ErrorKind};
use crate::kms::{CertificateParts, Role};

const SIGNED: Name = Name::kms("SignedKmsCertificate");
const DOMAINS: Name = Name::kms("KmsDomainList");

document! {
    CertificateParts = "KmsCertificate", (is_security_gateway, role, version), skip_others;
    cert_uri: token_if("CertUri"),
    kms_uri: token("KmsUri"),
    issuer: string_if("Issuer"),
    valid: valid(),
    revoked: flag("Revoked"),
    user_id_format: token("UserIdFormat"),
    user_key_period: unsigned("UserKeyPeriod"),
    user_key_offset: unsigned("UserKeyOffset"),
    pub_enc_key: hex("PubEncKey"),
    pub_auth_key: hex("PubAuthKey"),
    parameter_set: unsigned_if("ParameterSet"),
    domains: domains(),
}

fn attributes(tag: &Tag<'_>) -> Result<(bool, Role, String), Error> {
    let name = CertificateParts::NAME.1;
    let error = tag.error(ErrorKind::Attribute, name);
    let names = ["Id", "IsSecurityGateway", "Role", "Version"];
    let [_, gateway, role, version] = tag.attributes(name, names)?;
    // The standard does not say what a certificate without a role means. It gets the role with the fewest rights.
    let role = role.map_or(Ok(Role::External), |name| Role::from_name(&name)).map_err(|_| error)?;
    let version = tag.version(version, "", &VERSIONS, name)?;
    let gateway = gateway.map_or(Some(false), |value| boolean(trim(&value))).ok_or(error)?;
    Ok((gateway, role, version))
}

fn open(parts: &CertificateParts, writer: &mut Writer) -> Result<(), Error> {
    // The schema fixes no version, and the attribute may be missing.
    let version = match parts.version.as_str() {
        "" => None,
        version => written_version(version, &VERSIONS, CertificateParts::NAME.1)?,
    };
    let gateway = parts.is_security_gateway.then_some("true");
    let attributes =
        [("IsSecurityGateway", gateway), ("Role", Some(parts.role.name())), ("Version", version)];
    writer.open(CertificateParts::NAME, &attributes, None)
}

impl Reader<'_> {
    /// `KmsDomainList`: one domain or more.
    fn domains(&mut self) -> Result<Vec<String>, Error> {
        let Some(tag) = self.open_if(DOMAINS)? else { return Ok(Vec::new()) };
        tag.attributes(DOMAINS.1, [])?;
        let mut domains = Vec::new();
        domains.push(self.token("KmsDomain")?);
        while let Some(domain) = self.token_if("KmsDomain")? {
            domains.push(domain);
        }
        self.close()?;
        Ok(domains)
    }

    /// A certificate, alone or in an element with its signature. The signature is skipped: the standard does not say of
    /// which kind it is.
    pub(super) fn certificate_if(&mut self) -> Result<Option<CertificateParts>, Error> {
        if let Some(tag) = self.open_if(CertificateParts::NAME)? {
            return CertificateParts::read(self, &tag).map(Some);
        }
        let Some(tag) = self.open_if(SIGNED)? else { return Ok(None) };
        tag.attributes(SIGNED.1, ["Id"])?;
        let tag = self.open(CertificateParts::NAME)?;
        let parts = CertificateParts::read(self, &tag)?;
        self.skip_if(Name::signature("Signature"))?;
        self.close()?;
        Ok(Some(parts))
    }
}

impl Writer {
    fn domains(&mut self, domains: &[String]) -> Result<(), Error> {
        if !domains.is_empty() {
            self.open(DOMAINS, &[], None)?;
            domains.iter().try_for_each(|domain| self.token("KmsDomain", domain))?;
            self.close();
        }
        Ok(())
    }
}
