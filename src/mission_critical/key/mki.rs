//! The identifier of the key and of the sender in a packet: TS 33.180 7.5.

use super::{Key, KeyId};
use crate::mikey;
use crate::mission_critical::Error;

/// A master key identifier. For a GMK it has 8 octets, GMK-ID ‖ GUK-ID of the sender; for any other key it is the
/// identifier of the key, 4 octets.
///
/// The MKI of a packet tells the receiver the key and the sender:
///
/// ```
/// use eccsi_sakke::mission_critical::{Error, KeyId, Mki, Purpose};
///
/// let mki = Mki::try_from([0, 0, 0, 1, 0, 0, 0, 2].as_slice())?;
/// assert_eq!(mki.key_id(), KeyId::new(Purpose::Gmk, 1));
/// assert_eq!(mki.user_id(), Some(KeyId::new(Purpose::Gmk, 2)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mki {
    octets: [u8; 8],
    len: u8,
}

impl Mki {
    /// The identifier of the key, such as a GMK-ID or PCK-ID.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.octets;
        KeyId(u32::from_be_bytes([a, b, c, d]))
    }

    /// The GUK-ID of the sender, or `None` if the key is not a GMK.
    #[doc(alias = "GUK-ID")]
    #[must_use]
    pub const fn user_id(&self) -> Option<KeyId> {
        let [.., a, b, c, d] = self.octets;
        if self.key_id().purpose().is_diversified() {
            Some(KeyId(u32::from_be_bytes([a, b, c, d])))
        } else {
            None
        }
    }
}

impl Key {
    /// The MKI of media under this key. `sender` is the GUK-ID of the sender; only a GMK uses it.
    #[doc(alias("SPI", "MKI"))]
    #[must_use]
    pub fn mki(&self, sender: KeyId) -> Mki {
        let mut octets = [0; 8];
        octets[..4].copy_from_slice(&self.id.to_bytes());
        if !self.purpose().is_diversified() {
            return Mki { octets, len: 4 };
        }
        octets[4..].copy_from_slice(&sender.to_bytes());
        Mki { octets, len: 8 }
    }
}

impl TryFrom<&[u8]> for Mki {
    type Error = Error;

    /// Errors: [`Error::Purpose`] if the purpose tag of either identifier is not assigned, or the second identifier is
    /// not a GUK-ID; [`Error::Message`] with [`mikey::Error::Length`] unless there are 8 octets with a GMK-ID, or 4
    /// with any other identifier.
    fn try_from(octets: &[u8]) -> Result<Self, Error> {
        let length = Error::Message(mikey::Error::Length);
        let (key_id, rest) = octets.split_first_chunk::<4>().ok_or(length)?;
        let purpose = KeyId::try_from(*key_id)?.purpose();
        let mut all = [0; 8];
        all[..4].copy_from_slice(key_id);
        if !purpose.is_diversified() {
            return if rest.is_empty() { Ok(Self { octets: all, len: 4 }) } else { Err(length) };
        }
        let user_id: [u8; 4] = rest.try_into().map_err(|_| length)?;
        if KeyId::try_from(user_id)?.purpose() != purpose {
            return Err(Error::Purpose);
        }
        all[4..].copy_from_slice(&user_id);
        Ok(Self { octets: all, len: 8 })
    }
}

impl AsRef<[u8]> for Mki {
    fn as_ref(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }
}
