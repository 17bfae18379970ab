//! The GSK, and what it is to SRTP: RFC 3830 section 6.13.

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::TryError;
use crate::mikey::psk::{KeyData, KeyKind, Validity};
use crate::mission_critical::Error;
use crate::sakke::SharedSecret;

/// A group session key: 16 octets, and what SRTP is to make of them. Wiped on drop, compared in constant time,
/// never printed.
///
/// MIKEY says of every key that it transports what it is, so that a receiver needs no agreement:
///
/// | kind | SRTP master key | SRTP master salt |
/// |---|---|---|
/// | TGK | derived from the GSK | derived |
/// | TGK with a salt | derived from the GSK | the one transported |
/// | TEK with a salt | the GSK | the one transported |
///
/// A TGK is the one to send: no two crypto sessions have one key then. A TEK is for receivers that know no other.
#[doc(alias = "GSK")]
#[derive(Clone)]
pub struct SessionKey {
    secret: SharedSecret,
    salt: Option<Zeroizing<[u8; Self::SALT]>>,
    is_tek: bool,
}

impl SessionKey {
    /// Octets of a GSK.
    pub const LEN: usize = SharedSecret::LEN;

    /// Octets of an SRTP master salt under AES-GCM.
    pub const SALT: usize = 12;

    /// A fresh TGK.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::tgk(&SharedSecret::generate(rng))
    }

    /// A fresh TGK from a generator that can fail.
    pub fn try_generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, TryError<R::Error>> {
        Ok(Self::tgk(&SharedSecret::try_generate(rng)?))
    }

    /// 16 random octets from which master keys and salts are derived.
    #[must_use]
    pub fn tgk(secret: &SharedSecret) -> Self {
        // Cloned, for what is moved isn't wiped.
        Self { secret: secret.clone(), salt: None, is_tek: false }
    }

    /// 16 random octets that are the master key themselves, of every crypto session, with their master salt of
    /// 12 random octets.
    #[must_use]
    pub fn tek(secret: &SharedSecret, salt: &[u8; Self::SALT]) -> Self {
        Self { secret: secret.clone(), salt: Some(Zeroizing::new(*salt)), is_tek: true }
    }

    /// The 16 octets.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// The master salt, if it is transported and not derived.
    #[must_use]
    pub fn salt(&self) -> Option<&[u8; Self::SALT]> {
        self.salt.as_deref()
    }

    /// Whether it is a TEK, the master key itself.
    #[must_use]
    pub const fn is_tek(&self) -> bool {
        self.is_tek
    }

    /// As a message carries it.
    pub(super) fn data(&self) -> KeyData<'_> {
        KeyData {
            kind: if self.is_tek { KeyKind::Tek } else { KeyKind::Tgk },
            key: self.secret.as_bytes(),
            salt: self.salt().map(<[u8; Self::SALT]>::as_slice),
            validity: Validity::Unlimited,
        }
    }

    /// The one key that a message carries.
    ///
    /// Errors: [`Error::Profile`] for another kind, a key of another length than 16 octets, a salt of another than
    /// 12, a TEK without a salt, and one that is valid for some packets alone.
    pub(super) fn received(data: &KeyData<'_>) -> Result<Self, Error> {
        // What a key is and how long isn't secret.
        let is_tek = match data.kind {
            KeyKind::Tgk => false,
            KeyKind::Tek => true,
            KeyKind::Gtgk | KeyKind::Mpk => return Err(Error::Profile),
        };
        let lacks_salt = is_tek && data.salt.is_none();
        if lacks_salt || data.validity != Validity::Unlimited {
            return Err(Error::Profile);
        }
        let salt = match data.salt.map(<&[u8; Self::SALT]>::try_from) {
            None => None,
            Some(salt) => Some(Zeroizing::new(*salt.map_err(|_| Error::Profile)?)),
        };
        let secret = <&[u8; Self::LEN]>::try_from(data.key).map_err(|_| Error::Profile)?;
        Ok(Self { secret: SharedSecret::from(secret), salt, is_tek })
    }
}

impl ConstantTimeEq for SessionKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        let salts = match (&self.salt, &other.salt) {
            (None, None) => Choice::from(1),
            (Some(own), Some(other)) => own.ct_eq(&**other),
            _ => Choice::from(0),
        };
        let kinds = u8::from(self.is_tek).ct_eq(&u8::from(other.is_tek));
        self.secret.ct_eq(&other.secret) & salts & kinds
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mission_critical::SessionKey(..)")
    }
}

impl ZeroizeOnDrop for SessionKey {}
