//! Data from a KMS: certificates with their revocations, and key sets.

use super::fields::{LEAST, Reader, Writer};
use super::fields_of::Fields;
use super::{Error, Kind, Stored};
use crate::identifier::NtpTime;
use crate::kms::{
    CertificateParts, CertificateStore, KeyContent, KeySetParts, KmsCertificate, Role, ValidPeriod,
    WrappedKey,
};

impl Stored for CertificateStore {
    const KIND: Kind = Kind::Certificates;
}

impl Fields for CertificateStore {
    /// Writes the capacity, the certificates in the order in which they make the same store again, and the KMSs with
    /// hexadecimal UIDs.
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.count(self.capacity())?;
        out.count(self.iter().count())?;
        self.iter().try_for_each(|certificate| write_certificate(certificate.parts(), out))?;
        out.count(self.with_hex_uids().count())?;
        self.with_hex_uids().try_for_each(|kms_uri| out.octets(kms_uri.as_bytes()))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let capacity = reader.size()?;
        let count = reader.count(LEAST)?;
        let mut store = Self::new(capacity);
        for _ in 0..count {
            let certificate =
                KmsCertificate::try_from(read_certificate(reader)?).map_err(|_| Error::Content)?;
            // The store has room for all its certificates, so none is removed because of its age.
            store.insert(certificate, NtpTime::from_seconds(0)).map_err(|_| Error::Content)?;
        }
        let hex_uids = if reader.is_of_version_2() { reader.count(LEAST)? } else { 0 };
        for _ in 0..hex_uids {
            store.set_hex_uids(&reader.string()?, true);
        }
        Ok(store)
    }
}

/// The roles by their numbers in a record, which are those of the declaration.
const ROLES: [Role; 3] = [Role::Home, Role::Migration, Role::External];

fn write_certificate(parts: &CertificateParts, out: &mut Writer) -> Result<(), Error> {
    out.octets(parts.version.as_bytes())?;
    out.u8(parts.role as u8);
    out.bool(parts.is_security_gateway);
    out.text(parts.cert_uri.as_deref())?;
    out.octets(parts.kms_uri.as_bytes())?;
    out.text(parts.issuer.as_deref())?;
    write_validity(&parts.valid, out);
    out.bool(parts.revoked);
    out.octets(parts.user_id_format.as_bytes())?;
    out.u64(parts.user_key_period);
    out.u64(parts.user_key_offset);
    out.octets(&parts.pub_enc_key)?;
    out.octets(&parts.pub_auth_key)?;
    out.option(parts.parameter_set, |out, number| {
        out.u64(number);
        Ok(())
    })?;
    out.count(parts.domains.len())?;
    parts.domains.iter().try_for_each(|domain| out.octets(domain.as_bytes()))
}

fn read_certificate(reader: &mut Reader<'_>) -> Result<CertificateParts, Error> {
    Ok(CertificateParts {
        version: reader.string()?,
        role: *ROLES.get(usize::from(reader.u8()?)).ok_or(Error::Content)?,
        is_security_gateway: reader.bool()?,
        cert_uri: reader.text()?,
        kms_uri: reader.string()?,
        issuer: reader.text()?,
        valid: read_validity(reader)?,
        revoked: reader.bool()?,
        user_id_format: reader.string()?,
        user_key_period: reader.u64()?,
        user_key_offset: reader.u64()?,
        pub_enc_key: reader.octets()?,
        pub_auth_key: reader.octets()?,
        parameter_set: reader.option(Reader::u64)?,
        domains: (0..reader.count(LEAST)?).map(|_| reader.string()).collect::<Result<_, _>>()?,
    })
}

fn write_validity(valid: &ValidPeriod, out: &mut Writer) {
    out.maybe_time(valid.from);
    out.maybe_time(valid.to);
}

fn read_validity(reader: &mut Reader<'_>) -> Result<ValidPeriod, Error> {
    Ok(ValidPeriod { from: reader.maybe_time()?, to: reader.maybe_time()? })
}

impl Stored for KeySetParts {
    const KIND: Kind = Kind::KeySet;
}

impl Fields for KeySetParts {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.octets(self.version.as_bytes())?;
        out.octets(self.kms_uri.as_bytes())?;
        out.text(self.cert_uri.as_deref())?;
        out.text(self.issuer.as_deref())?;
        out.octets(self.user_uri.as_bytes())?;
        out.octets(&self.user_id)?;
        write_validity(&self.valid, out);
        out.u64(self.key_period_no);
        out.bool(self.revoked);
        let contents =
            [&self.user_decrypt_key, &self.user_signing_key_ssk, &self.user_pub_token_pvt];
        contents.into_iter().try_for_each(|content| write_content(content, out))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self {
            version: reader.string()?,
            kms_uri: reader.string()?,
            cert_uri: reader.text()?,
            issuer: reader.text()?,
            user_uri: reader.string()?,
            user_id: reader.octets()?,
            valid: read_validity(reader)?,
            key_period_no: reader.u64()?,
            revoked: reader.bool()?,
            user_decrypt_key: read_content(reader)?,
            user_signing_key_ssk: read_content(reader)?,
            user_pub_token_pvt: read_content(reader)?,
        })
    }
}

/// Writes 0 and the octets in clear, which are secret, or 1 and the wrapped octets with their names.
fn write_content(content: &KeyContent, out: &mut Writer) -> Result<(), Error> {
    match content {
        KeyContent::Plain(octets) => {
            out.bool(false);
            out.octets(octets)
        }
        KeyContent::Wrapped(wrapped) => {
            out.bool(true);
            out.octets(&wrapped.octets)?;
            out.text(wrapped.key_name.as_deref())?;
            out.text(wrapped.carried_key_name.as_deref())
        }
    }
}

fn read_content(reader: &mut Reader<'_>) -> Result<KeyContent, Error> {
    if !reader.bool()? {
        return Ok(KeyContent::plain(reader.secrets()?));
    }
    let wrapped = WrappedKey {
        octets: reader.octets()?,
        key_name: reader.text()?,
        carried_key_name: reader.text()?,
    };
    Ok(wrapped.into())
}
