//! The GSK and its role in SRTP: RFC 3830 section 6.13.

use core::fmt;

use rand_core::{CryptoRng, TryCryptoRng};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::TryError;
use crate::mikey::psk::{KeyData, KeyKind, Validity};
use crate::mission_critical::Error;
use crate::sakke::SharedSecret;

/// A group session key: 16 octets, and their role in SRTP. It is wiped on drop, compared in constant time, and never
/// printed.
///
/// MIKEY transports the kind of every key, so that the receiver needs no agreement about it:
///
/// | kind | SRTP master key | SRTP master salt |
/// |---|---|---|
/// | TGK | derived from the GSK | derived |
/// | TGK with a salt | derived from the GSK | the one transported |
/// | TEK with a salt | the GSK | the one transported |
///
/// Send a TGK, so that no two crypto sessions have the same key. Send a TEK only to receivers that support nothing
/// else.
#[doc(alias = "GSK")]
#[derive(Clone)]
pub struct SessionKey {
    secret: SharedSecret,
    salt: Option<Zeroizing<[u8; Self::SALT]>>,
    is_tek: bool,
}

impl SessionKey {
    /// The length of a GSK.
    pub const LEN: usize = SharedSecret::LEN;

    /// The length of an SRTP master salt under AES-GCM.
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

    /// A TGK of these 16 random octets, from which master keys and salts are derived.
    #[must_use]
    pub fn tgk(secret: &SharedSecret) -> Self {
        // The secret is cloned, because moving it would leave a copy that is not wiped.
        Self { secret: secret.clone(), salt: None, is_tek: false }
    }

    /// A TEK of these 16 random octets and a salt of 12 random octets. They are the master key and the master salt of
    /// every crypto session.
    #[must_use]
    pub fn tek(secret: &SharedSecret, salt: &[u8; Self::SALT]) -> Self {
        Self { secret: secret.clone(), salt: Some(Zeroizing::new(*salt)), is_tek: true }
    }

    /// The 16 octets of the key.
    #[must_use]
    pub const fn secret(&self) -> &SharedSecret {
        &self.secret
    }

    /// The master salt, if it is transported. Otherwise it is derived.
    #[must_use]
    pub fn salt(&self) -> Option<&[u8; Self::SALT]> {
        self.salt.as_deref()
    }

    /// Whether the key is a TEK, which is the master key itself.
    #[must_use]
    pub const fn is_tek(&self) -> bool {
        self.is_tek
    }

    /// The key in the form that a message carries.
    pub(super) fn data(&self) -> KeyData<'_> {
        KeyData {
            kind: if self.is_tek { KeyKind::Tek } else { KeyKind::Tgk },
            key: self.secret.as_bytes(),
            salt: self.salt().map(<[u8; Self::SALT]>::as_slice),
            validity: Validity::Unlimited,
        }
    }

    /// The only key that a message carries.
    ///
    /// Errors: [`Error::Profile`] for another kind of key, a key that does not have 16 octets, a salt that does not
    /// have 12, a TEK without a salt, and a key that is valid only for some packets.
    pub(super) fn received(data: &KeyData<'_>) -> Result<Self, Error> {
        // The kind and the length of a key are public.
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
