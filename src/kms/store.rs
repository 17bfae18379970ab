//! TS 33.180 5.3.1 and D.3.2: the certificates that a client holds.

use alloc::vec::Vec;

use super::{Error, KeySetParts, KmsCertificate, Role};
use crate::identifier::NtpTime;

/// The certificates that a client holds: of its home KMS, of those it has migrated to, of those
/// whose users it talks to.
///
/// KmsUri and CertUri identify a certificate: one with both the same replaces the other, which is
/// also how a KMS revokes it. At any time one certificate of a KMS is in force: of those that have
/// begun the one that began last, and of several such the one that came last. When that is revoked or
/// expired, none is: there is no way back to one that it has superseded.
///
/// What gets in here is believed. Insert what the home KMS sent, its signature checked.
#[doc(alias("KmsCertCache", "cache"))]
#[derive(Clone, Debug)]
pub struct CertificateStore {
    /// In the order in which they came.
    certificates: Vec<KmsCertificate>,
    capacity: usize,
}

impl CertificateStore {
    /// A store for as many certificates.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { certificates: Vec::new(), capacity }
    }

    /// Enters a certificate, and gives back the one that it replaces.
    ///
    /// Errors: [`Error::Role`] for a home KMS where there is another; [`Error::Full`].
    pub fn insert(&mut self, certificate: KmsCertificate) -> Result<Option<KmsCertificate>, Error> {
        let is_other_home = |held: &KmsCertificate| {
            held.role() == Role::Home && held.kms_uri() != certificate.kms_uri()
        };
        if certificate.role() == Role::Home && self.certificates.iter().any(is_other_home) {
            return Err(Error::Role);
        }
        let place = self.place(certificate.kms_uri(), certificate.cert_uri());
        if place.is_none() && self.certificates.len() >= self.capacity {
            return Err(Error::Full);
        }
        let replaced = place.map(|place| self.certificates.remove(place));
        self.certificates.push(certificate);
        Ok(replaced)
    }

    /// Takes a certificate out.
    pub fn remove(&mut self, kms_uri: &str, cert_uri: Option<&str>) -> Option<KmsCertificate> {
        let place = self.place(kms_uri, cert_uri)?;
        Some(self.certificates.remove(place))
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &KmsCertificate> {
        self.certificates.iter()
    }

    /// The certificate of these URIs, in force or not.
    #[must_use]
    pub fn get(&self, kms_uri: &str, cert_uri: Option<&str>) -> Option<&KmsCertificate> {
        self.place(kms_uri, cert_uri).map(|place| &self.certificates[place])
    }

    fn place(&self, kms_uri: &str, cert_uri: Option<&str>) -> Option<usize> {
        let is_it =
            |held: &KmsCertificate| held.kms_uri() == kms_uri && held.cert_uri() == cert_uri;
        self.certificates.iter().position(is_it)
    }

    /// The certificate of this KMS that is in force at `time`.
    ///
    /// Errors: [`Error::Unknown`] for a KMS without certificates, [`Error::NotYetValid`],
    /// [`Error::Revoked`], [`Error::Expired`].
    pub fn active(&self, kms_uri: &str, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let of_kms = || self.iter().filter(|held| held.kms_uri() == kms_uri);
        let begun = of_kms().filter(|held| held.valid().from.is_none_or(|from| from <= time));
        // Of several that are latest it gives the last.
        match begun.max_by_key(|held| held.valid().from) {
            Some(latest) => latest.check(time).map(|()| latest),
            None if of_kms().next().is_some() => Err(Error::NotYetValid),
            None => Err(Error::Unknown),
        }
    }

    /// Whether a certificate of this store is the one of its KMS in force.
    fn is_active(&self, held: &KmsCertificate, time: NtpTime) -> bool {
        self.active(held.kms_uri(), time).is_ok_and(|active| core::ptr::eq(active, held))
    }

    /// The certificate of the home KMS that is in force at `time`.
    ///
    /// Errors: as of [`active`](Self::active); [`Error::Role`] if it is the home no longer.
    pub fn home(&self, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let home = self.iter().find(|held| held.role() == Role::Home).ok_or(Error::Unknown)?;
        let active = self.active(home.kms_uri(), time)?;
        if active.role() == Role::Home { Ok(active) } else { Err(Error::Role) }
    }

    /// The certificates of the KMSs of this role that are in force at `time`.
    pub fn of_role(&self, role: Role, time: NtpTime) -> impl Iterator<Item = &KmsCertificate> {
        self.iter().filter(move |held| held.role() == role && self.is_active(held, time))
    }

    /// The certificate, in force at `time`, of the KMS that provisions the users of `domain` by its
    /// `KmsDomainList`.
    ///
    /// Errors: [`Error::Unknown`] if none does, or more than one.
    #[doc(alias = "KmsDomainList")]
    pub fn of_domain(&self, domain: &str, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let serves = |held: &KmsCertificate| {
            held.parts().domains.iter().any(|named| named.eq_ignore_ascii_case(domain))
        };
        let mut named = self.iter().filter(|held| serves(held) && self.is_active(held, time));
        match (named.next(), named.next()) {
            (Some(certificate), None) => Ok(certificate),
            _ => Err(Error::Unknown),
        }
    }

    /// The certificate that a key set belongs to: the one that it names, or else the one of its KMS
    /// that is in force at `now`.
    ///
    /// Errors: as of [`active`](Self::active).
    pub fn of_key_set(&self, set: &KeySetParts, now: NtpTime) -> Result<&KmsCertificate, Error> {
        match set.cert_uri.as_deref() {
            Some(cert_uri) => self.get(&set.kms_uri, Some(cert_uri)).ok_or(Error::Unknown),
            None => self.active(&set.kms_uri, now),
        }
    }
}
