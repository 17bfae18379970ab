//! TS 33.180 5.3.1 and D.3.2: the certificates that a client holds.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::{Error, KeySetParts, KmsCertificate, Role};
use crate::identifier::NtpTime;

/// The certificates that a client holds: those of its home KMS, of KMSs to which it has migrated, and of KMSs whose
/// users it communicates with.
///
/// KmsUri and CertUri identify a certificate. A certificate replaces another one with the same two URIs. At any time
/// one certificate of a KMS is in force: the one that began last, and among several such the one that came last. If it
/// is revoked or expired, none is in force, because a certificate that it superseded does not come back into force by
/// itself. If the home KMS sends an older certificate again, and no `ValidFrom` shows that it is older, it counts as
/// the last one. A KMS should therefore date its certificates.
///
/// **Revocation is final.** Once a certificate has come with `Revoked`, no certificate with the same URIs and keys is
/// accepted without it. The store never gives up a revoked certificate, neither for another with the same URIs, nor to
/// make room, nor in [`remove`](Self::remove). [`iter`](Self::iter) lists it with the others, so an application that
/// stores and inserts them again preserves the revocations.
///
/// **A KMS has one role.** A certificate cannot change it: see [`migrate`](Self::migrate).
///
/// **Memory is bounded.** Valid and revoked certificates together never exceed the capacity. When there is no room,
/// expired certificates are removed. If there is still no room, the store refuses new ones. A certificate that is held
/// can always be revoked.
///
/// The store trusts what is inserted. Insert only what the home KMS has sent, after verifying its signature.
///
/// ```
/// # use eccsi_sakke::kms::{CertificateParts, CertificateStore, Error, KmsCertificate};
/// # use eccsi_sakke::{KeyPeriods, NtpTime, eccsi, sakke};
/// # use getrandom::{SysRng, rand_core::UnwrapErr};
/// # let mut rng = UnwrapErr(SysRng);
/// # let now = NtpTime::from_unix(1_800_000_000);
/// # let (ksak, z) = (eccsi::KmsSecretKey::generate(&mut rng)?, sakke::KmsSecretKey::generate(&mut rng)?);
/// # let periods = KeyPeriods::new(2_592_000)?;
/// # let parts = CertificateParts::new("kms.example.org", periods, ksak.public_key(), z.public_key());
/// # let certificate = KmsCertificate::try_from(parts)?;
/// let mut store = CertificateStore::new(100);
/// store.insert(certificate, now)?;
/// // The application stores the certificates before a shutdown, and inserts them after it.
/// let stored: Vec<CertificateParts> = store.iter().map(|held| held.parts().clone()).collect();
/// let mut store = CertificateStore::new(100);
/// for parts in stored {
///     store.insert(parts.try_into()?, now)?;
/// }
/// // No certificate contains this, so it is stored separately.
/// let hex_uids: Vec<String> = store.with_hex_uids().map(Into::into).collect();
/// hex_uids.iter().for_each(|kms_uri| store.set_hex_uids(kms_uri, true));
/// # Ok::<(), Error>(())
/// ```
#[doc(alias("KmsCertCache", "cache"))]
#[derive(Clone, Debug)]
pub struct CertificateStore {
    /// By KmsUri.
    kmss: BTreeMap<String, OfKms>,
    capacity: usize,
    /// The KmsUris of KMSs with hexadecimal UIDs.
    hex_uids: BTreeSet<String>,
}

impl CertificateStore {
    /// A store for this number of certificates. Every revoked certificate takes one place for good.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { kmss: BTreeMap::new(), capacity, hex_uids: BTreeSet::new() }
    }

    /// The number of certificates that the store can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Inserts a certificate. It replaces one with the same URIs. A revoked certificate revokes the one with the same
    /// URIs and keys. A certificate [with hexadecimal UIDs](KmsCertificate::with_hex_uids) sets this for its KMS: see
    /// [`set_hex_uids`](Self::set_hex_uids).
    ///
    /// Errors: [`Error::Revoked`] if it was revoked before; [`Error::Role`] if its KMS has another role here, or if it
    /// is of a home KMS and there is another home KMS; [`Error::Full`] if there is no room, and no certificate has
    /// expired at the time `now`.
    pub fn insert(&mut self, certificate: KmsCertificate, now: NtpTime) -> Result<(), Error> {
        let of_kms = self.kmss.get_mut(certificate.kms_uri());
        let of_keys = of_kms.and_then(|of_kms| of_kms.of_keys(&certificate));
        match of_keys {
            Some(held) if certificate.is_revoked() => {
                held.revoke();
                return Ok(());
            }
            Some(held) if held.is_revoked() => return Err(Error::Revoked),
            _ => {}
        }
        if !certificate.is_revoked() {
            self.check_role(&certificate)?;
        }
        if certificate.has_hex_uids() {
            self.set_hex_uids(certificate.kms_uri(), true);
        }
        let has_hex_uids = self.hex_uids.contains(certificate.kms_uri());
        let certificate = certificate.of_hex_uids(has_hex_uids);
        let replaced = self.get(certificate.kms_uri(), certificate.cert_uri());
        let takes_its_room =
            replaced.is_some_and(|held| !held.is_revoked() && !certificate.is_revoked());
        if !takes_its_room && self.iter().count() >= self.capacity {
            self.prune(now);
            if self.iter().count() >= self.capacity {
                return Err(Error::Full);
            }
        }
        self.kmss.entry(certificate.kms_uri().to_owned()).or_default().enter(certificate);
        Ok(())
    }

    /// Says whether this KMS issues keys for the hexadecimal digits of UIDs, because no certificate says so. This
    /// applies to the certificates in the store and to those that will be inserted.
    pub fn set_hex_uids(&mut self, kms_uri: &str, has_hex_uids: bool) {
        if has_hex_uids {
            self.hex_uids.insert(kms_uri.to_owned());
        } else {
            self.hex_uids.remove(kms_uri);
        }
        if let Some(of_kms) = self.kmss.get_mut(kms_uri) {
            for held in of_kms.current.iter_mut().chain(&mut of_kms.replaced) {
                *held = held.clone().of_hex_uids(has_hex_uids);
            }
        }
    }

    /// The KMSs that issue keys for the digits, according to [`set_hex_uids`](Self::set_hex_uids).
    pub fn with_hex_uids(&self) -> impl Iterator<Item = &str> {
        self.hex_uids.iter().map(String::as_str)
    }

    /// Errors: [`Error::Role`].
    fn check_role(&self, certificate: &KmsCertificate) -> Result<(), Error> {
        let role = certificate.role();
        let mut valid = self.iter().filter(|held| !held.is_revoked());
        let is_of_another = |held: &KmsCertificate| {
            if held.kms_uri() == certificate.kms_uri() {
                held.role() != role
            } else {
                held.role() == Role::Home && role == Role::Home
            }
        };
        if valid.any(is_of_another) { Err(Error::Role) } else { Ok(()) }
    }

    /// Call this when the user has migrated to the system of this KMS or away from it. From now on the KMS has the role
    /// [`Migration`](Role::Migration) or [`External`](Role::External), in the certificates of the store, and later
    /// certificates must have the same role.
    ///
    /// Errors: [`Error::Unknown`] for a KMS without certificates; [`Error::Role`] for the home KMS, and for the role of
    /// the home KMS.
    pub fn migrate(&mut self, kms_uri: &str, role: Role) -> Result<(), Error> {
        let of_kms = self.kmss.get_mut(kms_uri).ok_or(Error::Unknown)?;
        let is_home = |held: &KmsCertificate| held.role() == Role::Home && !held.is_revoked();
        if role == Role::Home || of_kms.iter().any(is_home) {
            return Err(Error::Role);
        }
        of_kms.current.iter_mut().for_each(|held| held.set_role(role));
        Ok(())
    }

    /// Removes a certificate.
    ///
    /// Errors: [`Error::Unknown`] if it is not in the store; [`Error::Revoked`] if it is revoked, because it must stay
    /// then.
    pub fn remove(
        &mut self,
        kms_uri: &str,
        cert_uri: Option<&str>,
    ) -> Result<KmsCertificate, Error> {
        let of_kms = self.kmss.get_mut(kms_uri).ok_or(Error::Unknown)?;
        let place = of_kms.place(cert_uri).ok_or(Error::Unknown)?;
        if of_kms.current[place].is_revoked() {
            return Err(Error::Revoked);
        }
        let removed = of_kms.take(place);
        self.kmss.retain(|_, of_kms| !of_kms.current.is_empty());
        Ok(removed)
    }

    /// Removes expired certificates.
    fn prune(&mut self, now: NtpTime) {
        self.kmss.values_mut().for_each(|of_kms| of_kms.prune(now));
        self.kmss.retain(|_, of_kms| !of_kms.current.is_empty());
    }

    /// All certificates, including the revoked ones. Inserted again in this order, they make the same store.
    pub fn iter(&self) -> impl Iterator<Item = &KmsCertificate> {
        self.kmss.values().flat_map(OfKms::iter)
    }

    /// The certificate with these URIs, whether it is in force or not.
    #[must_use]
    pub fn get(&self, kms_uri: &str, cert_uri: Option<&str>) -> Option<&KmsCertificate> {
        let of_kms = self.kmss.get(kms_uri)?;
        of_kms.place(cert_uri).map(|place| &of_kms.current[place])
    }

    /// The certificate of this KMS that is in force at `time`.
    ///
    /// Errors: [`Error::Unknown`] for a KMS without certificates, [`Error::NotYetValid`],
    /// [`Error::Revoked`], [`Error::Expired`].
    pub fn active(&self, kms_uri: &str, time: NtpTime) -> Result<&KmsCertificate, Error> {
        self.kmss.get(kms_uri).ok_or(Error::Unknown)?.active(time)
    }

    /// The certificates in force at `time`, at most one of each KMS.
    fn all_active(&self, time: NtpTime) -> impl Iterator<Item = &KmsCertificate> {
        self.kmss.values().filter_map(move |of_kms| of_kms.active(time).ok())
    }

    /// The certificate of the home KMS that is in force at `time`.
    ///
    /// Errors: as of [`active`](Self::active); [`Error::Role`] if the KMS is not the home any more.
    pub fn home(&self, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let homes = self.iter().filter(|held| held.role() == Role::Home);
        // Prefers a certificate that is not revoked.
        let home = homes.min_by_key(|held| held.is_revoked()).ok_or(Error::Unknown)?;
        let active = self.active(home.kms_uri(), time)?;
        if active.role() == Role::Home { Ok(active) } else { Err(Error::Role) }
    }

    /// The certificates in force at `time` of the KMSs with this role.
    pub fn of_role(&self, role: Role, time: NtpTime) -> impl Iterator<Item = &KmsCertificate> {
        self.all_active(time).filter(move |held| held.role() == role)
    }

    /// The certificate in force at `time` of the KMS whose `KmsDomainList` contains `domain`.
    ///
    /// The home KMS takes precedence. Among the others, only one may list the domain. A home KMS without a list has no
    /// domain here: use [`home`](Self::home) for the users of its own domain.
    ///
    /// Errors: [`Error::Unknown`] if no KMS lists the domain, or more than one.
    #[doc(alias = "KmsDomainList")]
    pub fn of_domain(&self, domain: &str, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let serves = |held: &&KmsCertificate| {
            held.parts().domains.iter().any(|named| named.eq_ignore_ascii_case(domain))
        };
        // No other KMS can claim a domain of the home KMS.
        let home = self.of_role(Role::Home, time).find(serves);
        if let Some(home) = home {
            return Ok(home);
        }
        let mut named = self.all_active(time).filter(serves);
        match (named.next(), named.next()) {
            (Some(certificate), None) => Ok(certificate),
            _ => Err(Error::Unknown),
        }
    }

    /// The certificate that a key set belongs to: the one that it names, or else the one of its KMS that is in force at
    /// `now`.
    ///
    /// Errors: as of [`active`](Self::active).
    pub fn of_key_set(&self, set: &KeySetParts, now: NtpTime) -> Result<&KmsCertificate, Error> {
        match set.cert_uri.as_deref() {
            Some(cert_uri) => self.get(&set.kms_uri, Some(cert_uri)).ok_or(Error::Unknown),
            None => self.active(&set.kms_uri, now),
        }
    }
}

/// The certificates of one KMS.
#[derive(Clone, Debug, Default)]
struct OfKms {
    /// One for each CertUri, in the order of insertion. It is never empty.
    current: Vec<KmsCertificate>,
    /// Revoked certificates whose CertUri belongs to another one of `current`.
    replaced: Vec<KmsCertificate>,
}

impl OfKms {
    /// The current ones come first, so that those inserted again after them find their places taken.
    fn iter(&self) -> impl Iterator<Item = &KmsCertificate> {
        self.current.iter().chain(&self.replaced)
    }

    fn place(&self, cert_uri: Option<&str>) -> Option<usize> {
        self.current.iter().position(|held| held.cert_uri() == cert_uri)
    }

    /// The certificate with the same CertUri and keys.
    fn of_keys(&mut self, certificate: &KmsCertificate) -> Option<&mut KmsCertificate> {
        let is_it = |held: &&mut KmsCertificate| {
            held.cert_uri() == certificate.cert_uri() && held.has_keys_of(certificate)
        };
        self.current.iter_mut().chain(&mut self.replaced).find(is_it)
    }

    /// Inserts a certificate that is not revoked here, or not known here.
    fn enter(&mut self, certificate: KmsCertificate) {
        match self.place(certificate.cert_uri()) {
            // It says nothing about the keys in the store.
            Some(_) if certificate.is_revoked() => return self.replaced.push(certificate),
            Some(place) => {
                let held = self.current.remove(place);
                if held.is_revoked() {
                    self.replaced.push(held);
                }
            }
            None => {}
        }
        self.current.push(certificate);
    }

    /// Removes a certificate. A revoked one that it has replaced comes back.
    fn take(&mut self, place: usize) -> KmsCertificate {
        let cert_uri = self.current[place].cert_uri();
        match self.replaced.iter().rposition(|held| held.cert_uri() == cert_uri) {
            Some(revoked) => {
                core::mem::replace(&mut self.current[place], self.replaced.remove(revoked))
            }
            None => self.current.remove(place),
        }
    }

    /// Removes what has expired, and what that has superseded, because it must not come back into force.
    fn prune(&mut self, now: NtpTime) {
        let has_expired = |held: &KmsCertificate| held.check(now) == Err(Error::Expired);
        let order = |(place, held): (usize, &KmsCertificate)| (held.valid().from, place);
        let expired = self.current.iter().enumerate().filter(|(_, held)| has_expired(held));
        let last = expired.map(order).max();
        for place in (0..self.current.len()).rev() {
            let held = &self.current[place];
            if !held.is_revoked() && Some(order((place, held))) <= last {
                self.take(place);
            }
        }
    }

    /// The certificate in force.
    ///
    /// Errors: [`Error::NotYetValid`], [`Error::Revoked`], [`Error::Expired`].
    fn active(&self, time: NtpTime) -> Result<&KmsCertificate, Error> {
        let has_begun = |held: &&KmsCertificate| held.valid().from.is_none_or(|from| from <= time);
        // Among several with the latest beginning, `max_by_key` returns the last.
        let latest = self.current.iter().filter(has_begun).max_by_key(|held| held.valid().from);
        let latest = latest.ok_or(Error::NotYetValid)?;
        // A revoked one that has superseded it still blocks it, whatever has replaced the revoked one.
        let mut revoked = self.replaced.iter().filter(has_begun);
        if revoked.any(|held| held.valid().from > latest.valid().from) {
            return Err(Error::Revoked);
        }
        latest.check(time).map(|()| latest)
    }
}
