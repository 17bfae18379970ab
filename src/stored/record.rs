//! The record around a stored value, and the device key that seals it.

use alloc::vec::Vec;
use core::fmt;

use aes_gcm_siv::aead::inout::InOutBuf;
use aes_gcm_siv::aead::{AeadInOut, KeyInit};
use aes_gcm_siv::{Aes256GcmSiv, Tag};
use hkdf::Hkdf;
use rand_core::{CryptoRng, TryCryptoRng};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::fields::{Reader, Writer};
use super::{Error, Kind, Stored};
use crate::ct;
use crate::error::TryError;
use crate::wiped::stack_wiped;

/// The first octets of every record.
const MAGIC: [u8; 4] = *b"ECSR";

/// The version that this crate writes.
const VERSION: u8 = 2;

/// The label from which the keys of records are derived.
const INFO: &[u8] = b"eccsi-sakke record";

/// The length of the fields before the owner: magic, version, kind, device key, generation, nonce, length of the owner.
const HEADER: usize = 4 + 1 + 1 + 4 + 8 + NONCE + 2;

/// The length of the nonce.
const NONCE: usize = 12;

/// The length of the tag.
const TAG: usize = 16;

/// The owner of a record, and its place in the sequence of records.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Label<'a> {
    /// The owner, such as the URI of a user or the name of a device. It has at most 65,535 octets and stands in clear
    /// in the record.
    pub owner: &'a str,
    /// When sealing, a number that is greater than that of the record before. When opening, the least number that is
    /// accepted.
    ///
    /// **To detect an old record that was put back, keep the last number elsewhere**, in a monotonic counter of the
    /// device. If the device has no such counter, give 0 when you open a record.
    pub generation: u64,
}

/// The value of a record, and the place of the record in the sequence of records.
#[derive(Clone, Debug)]
pub struct Opened<T> {
    /// The value.
    pub value: T,
    /// The generation of the record. The next record needs a greater one.
    pub generation: u64,
}

/// The key with which a device seals its records: 256 bits that stay on the device. It is wiped on drop.
///
/// HKDF-SHA-256 (RFC 5869) derives a key for each kind of record. Records are sealed with AES-256-GCM-SIV (RFC 8452)
/// under a nonce of 12 random octets. If the generator repeats itself, an observer learns whether two records are
/// equal, and nothing else.
///
/// ```text
/// magic "ECSR", version[1] = 2, kind[1], device key[4], generation[8], nonce[12],
/// length[2] owner, ciphertext, tag[16]
/// ```
///
/// Everything before the ciphertext is authenticated together with it.
#[derive(Clone)]
pub struct DeviceKey {
    id: u32,
    octets: Zeroizing<[u8; 32]>,
}

impl DeviceKey {
    /// The length of the key.
    pub const LEN: usize = 32;

    /// The key with this identifier. The identifier stands in clear in every record, so that a device with several keys
    /// knows which one opens the record.
    #[must_use]
    pub fn new(id: u32, octets: &[u8; Self::LEN]) -> Self {
        let mut key = Self { id, octets: Zeroizing::default() };
        key.octets.copy_from_slice(octets);
        key
    }

    /// A fresh key.
    #[must_use]
    pub fn generate<R: CryptoRng + ?Sized>(id: u32, rng: &mut R) -> Self {
        let mut key = Self { id, octets: Zeroizing::default() };
        rng.fill_bytes(key.octets.as_mut_slice());
        key
    }

    /// The identifier of the key.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The 32 octets, in a copy that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        self.octets.clone()
    }

    /// Seals a record of the value.
    ///
    /// Secret: the key, the value. Public: the record, the length of the value.
    ///
    /// Errors: [`Error::Length`] for an owner of more than 65,535 octets, or a value that does not fit.
    pub fn seal<T: Stored, R: CryptoRng + ?Sized>(
        &self,
        value: &T,
        label: Label<'_>,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        self.try_seal(value, label, rng)
    }

    /// The same as [`seal`](Self::seal) with a generator that can fail.
    ///
    /// Errors: those of [`seal`](Self::seal); [`Error::Randomness`].
    pub fn try_seal<T: Stored, R: TryCryptoRng + ?Sized>(
        &self,
        value: &T,
        label: Label<'_>,
        rng: &mut R,
    ) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        rng.try_fill_bytes(&mut nonce).map_err(TryError::Rng)?;
        // The nonce stands in clear in the record.
        let nonce = ct::publish(nonce);
        stack_wiped(|| {
            let mut data = Writer::written(|out| value.write(out))?;
            self.sealed(T::KIND, label, nonce, &mut data)
        })
    }

    /// Seals a record of these octets, which are encrypted in place.
    fn sealed(
        &self,
        kind: Kind,
        label: Label<'_>,
        nonce: [u8; NONCE],
        data: &mut [u8],
    ) -> Result<Vec<u8>, Error> {
        let owner = u16::try_from(label.owner.len()).map_err(|_| Error::Length)?;
        let mut record = Vec::with_capacity(HEADER + label.owner.len() + data.len() + TAG);
        record.extend_from_slice(&MAGIC);
        record.extend_from_slice(&[VERSION, kind.number()]);
        record.extend_from_slice(&self.id.to_be_bytes());
        record.extend_from_slice(&label.generation.to_be_bytes());
        record.extend_from_slice(&nonce);
        record.extend_from_slice(&owner.to_be_bytes());
        record.extend_from_slice(label.owner.as_bytes());
        let cipher = self.cipher(kind, VERSION)?;
        let tag = cipher
            .encrypt_inout_detached(&nonce.into(), &record, InOutBuf::from(&mut *data))
            .map_err(|_| Error::Length)?;
        record.extend_from_slice(data);
        record.extend_from_slice(&tag);
        // The record is stored where anybody may see it.
        ct::publish_octets(&mut record);
        Ok(record)
    }

    /// Opens a record, if it has this kind, owner and device key, and this generation or a later one.
    ///
    /// Secret: the key, the value. Public: the record, the outcome.
    ///
    /// Errors: [`Error::Record`], [`Error::Version`], [`Error::Kind`], [`Error::DeviceKey`], [`Error::Owner`],
    /// [`Error::Generation`], [`Error::Sealed`]; [`Error::Content`] for content that is no value of this type.
    pub fn open<T: Stored>(&self, record: &[u8], expected: Label<'_>) -> Result<Opened<T>, Error> {
        let header = Header::decode(record)?;
        if header.kind != T::KIND.number() {
            return Err(Error::Kind);
        }
        if header.device_key != self.id {
            return Err(Error::DeviceKey);
        }
        if header.owner != expected.owner.as_bytes() {
            return Err(Error::Owner);
        }
        if header.generation < expected.generation {
            return Err(Error::Generation);
        }
        stack_wiped(|| {
            let mut data = Zeroizing::new(header.data.to_vec());
            let outcome = self.cipher(T::KIND, header.version)?.decrypt_inout_detached(
                &header.nonce.into(),
                header.covered,
                InOutBuf::from(data.as_mut_slice()),
                &header.tag,
            );
            // The caller learns whether the tag is right.
            ct::publish(outcome).map_err(|_| Error::Sealed)?;
            let mut reader = Reader::new(&data, header.version);
            let value = T::read(&mut reader)?;
            reader.end()?;
            Ok(Opened { value, generation: header.generation })
        })
    }

    /// The cipher for a kind of record. Each kind has its own key, so that no record can be read as another kind.
    fn cipher(&self, kind: Kind, version: u8) -> Result<Aes256GcmSiv, Error> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.octets.as_slice())
            .expand_multi_info(&[INFO, &[version, kind.number()]], key.as_mut_slice())
            .map_err(|_| Error::Length)?;
        Ok(Aes256GcmSiv::new((&*key).into()))
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stored::DeviceKey({:08x}, ..)", self.id)
    }
}

impl ZeroizeOnDrop for DeviceKey {}

/// The parts of a record.
struct Header<'a> {
    version: u8,
    kind: u8,
    device_key: u32,
    generation: u64,
    nonce: [u8; NONCE],
    owner: &'a [u8],
    /// Everything before the ciphertext.
    covered: &'a [u8],
    data: &'a [u8],
    tag: Tag,
}

impl<'a> Header<'a> {
    /// Errors: [`Error::Record`], [`Error::Version`].
    fn decode(record: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(record, VERSION);
        let whole = |_| Error::Record;
        if reader.array().map_err(whole)? != MAGIC {
            return Err(Error::Record);
        }
        let version = reader.u8().map_err(whole)?;
        if !(1..=VERSION).contains(&version) {
            return Err(Error::Version);
        }
        let kind = reader.u8().map_err(whole)?;
        let device_key = reader.u32().map_err(whole)?;
        let generation = reader.u64().map_err(whole)?;
        let nonce = reader.array().map_err(whole)?;
        let owner = usize::from(u16::from_be_bytes(reader.array().map_err(whole)?));
        let (covered, sealed) = record.split_at_checked(HEADER + owner).ok_or(Error::Record)?;
        let (data, tag) = sealed.split_last_chunk::<TAG>().ok_or(Error::Record)?;
        let owner = &covered[HEADER..];
        let tag = (*tag).into();
        Ok(Self { version, kind, device_key, generation, nonce, owner, covered, data, tag })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::eccsi;
    use crate::identifier::{KeyPeriods, NtpTime};
    use crate::kms::{
        CertificateParts, CertificateStore, IntegrityKey, KeyContent, KeyRing, KeySetParts,
        KmsCertificate, SharedKeyId, SharedKeys, TransportKey, ValidPeriod,
    };
    use crate::mikey::{MemoryCache, Origin, Remembered, ReplayKey, Standing};
    use crate::mission_critical::{Key, KeyId, KeyName, MemoryStore, Purpose, Received};
    use crate::sakke;
    use crate::stored::fields_of::Fields;

    const LABEL: Label<'_> = Label { owner: "owner", generation: 1 };

    /// Seals this content as it is, and opens the record.
    fn open<T: Stored>(content: &[u8]) -> Result<T, Error> {
        let device = DeviceKey::new(1, &[7; 32]);
        let record = device.sealed(T::KIND, LABEL, [0; NONCE], &mut content.to_vec());
        device.open(&record?, LABEL).map(|opened| opened.value)
    }

    fn content<T: Stored>(value: &T) -> Vec<u8> {
        Writer::written(|out| value.write(out)).unwrap().to_vec()
    }

    /// The content is a value only if it is neither shorter nor longer. Changing an octet causes no panic.
    fn all_or_nothing<T: Stored>(value: &T) {
        let whole = content(value);
        assert_eq!(open::<T>(&whole).map(|again| content(&again)), Ok(whole.clone()));
        for length in 0..whole.len() {
            assert_eq!(open::<T>(&whole[..length]).err(), Some(Error::Content), "{length}");
        }
        assert_eq!(open::<T>(&[&whole[..], &[0]].concat()).err(), Some(Error::Content));
        for place in 0..whole.len() {
            for octet in [0, 1, 0x7f, 0xff] {
                let mut other = whole.clone();
                other[place] = octet;
                if let Ok(value) = open::<T>(&other) {
                    assert_eq!(content(&value).len(), whole.len());
                }
            }
        }
    }

    fn keys() -> (eccsi::KmsSecretKey, sakke::KmsSecretKey) {
        let ksak = eccsi::KmsSecretKey::try_from(&[0x51; 32]).unwrap();
        (ksak, sakke::KmsSecretKey::try_from(&[0x25; 128]).unwrap())
    }

    #[test]
    fn content_is_complete_or_refused() {
        all_or_nothing(&keys().0);
        let trk = |id| TransportKey::new(SharedKeyId(id), [1; 32]).unwrap().named("trk");
        let ink = IntegrityKey::new(SharedKeyId(3), [3; 32]).unwrap().named("ink");
        let mut ring = KeyRing::new(SharedKeys::new(trk(1), Some(ink)));
        ring.offer(trk(2), None).unwrap();
        all_or_nothing(&ring);
        let key = Key::new(KeyId::new(Purpose::Pck, 5), [6; 16].into(), [7; 16]).unwrap();
        all_or_nothing(&key);
        let time = NtpTime::from_seconds(1);
        all_or_nothing(
            &Received::from_parts(key.clone(), key.id(), time, None, Default::default()).unwrap(),
        );
        all_or_nothing(&MemoryCache::new(3).lost_at(time));
        all_or_nothing(&MemoryStore::new(MemoryCache::new(3), 4));
        all_or_nothing(&KeySetParts {
            version: "1".into(),
            kms_uri: "kms".into(),
            cert_uri: Some("cert".into()),
            issuer: None,
            user_uri: "user".into(),
            user_id: [1; 32].into(),
            valid: ValidPeriod { from: Some(time), to: None },
            key_period_no: 5,
            revoked: false,
            user_decrypt_key: KeyContent::plain(&[1; 9]),
            user_signing_key_ssk: KeyContent::wrapped(&[2; 9]),
            user_pub_token_pvt: KeyContent::plain(&[3; 9]),
        });
    }

    #[test]
    fn a_cache_and_a_store_have_room_for_what_they_hold() {
        let message = |octet| Remembered {
            key: ReplayKey::from_bytes([octet; 32]),
            time: NtpTime::from_seconds(9),
            origin: Origin::from_bytes([1; 32]),
        };
        let mut cache = MemoryCache::new(2);
        cache.put_back(message(1), Standing::Accepted, 1).unwrap();
        cache.put_back(message(2), Standing::Accepted, 1).unwrap();
        assert!(open::<MemoryCache>(&content(&cache)).is_ok());
        // The capacity comes first.
        let mut full = content(&cache);
        full[3] = 1;
        assert_eq!(open::<MemoryCache>(&full).err(), Some(Error::Content));
        // The content has the same message twice.
        let mut twice = content(&cache);
        let place = twice.windows(32).position(|octets| octets == [2; 32]).unwrap();
        twice[place..][..32].fill(1);
        assert_eq!(open::<MemoryCache>(&twice).err(), Some(Error::Content));

        let key = Key::new(KeyId::new(Purpose::Pck, 5), [6; 16].into(), [7; 16]).unwrap();
        let received = Received::from_parts(
            key,
            KeyId::new(Purpose::Pck, 5),
            NtpTime::from_seconds(9),
            None,
            Default::default(),
        );
        let name = KeyName { initiator: "i", group: None, id: KeyId::new(Purpose::Pck, 5) };
        let empty = MemoryStore::new(MemoryCache::new(0), 1);
        let mut store = empty.clone();
        assert!(store.put_back(&name, received.unwrap()));
        let mut full = content(&store);
        assert!(open::<MemoryStore>(&full).is_ok());
        // The capacity comes after the cache.
        let place = content(&MemoryCache::new(0)).len() + 3;
        assert_eq!(full[place], 1);
        full[place] = 0;
        assert_eq!(open::<MemoryStore>(&full).err(), Some(Error::Content));
    }

    /// A buffer that grows would leave copies of secrets behind.
    #[test]
    fn content_is_written_to_a_buffer_with_room() {
        let trk = TransportKey::new(SharedKeyId(1), [1; 32]).unwrap().named("trk");
        let ring = KeyRing::new(SharedKeys::new(trk, None));
        let written = Writer::written(|out| {
            out.octets(&[1; 1000])?;
            ring.write(out)
        });
        let written = written.unwrap();
        let length = content(&ring).len() + 4 + 1000;
        assert_eq!((written.len(), written.capacity()), (length, length));
    }

    #[test]
    fn certificates_are_complete_or_refused() {
        let (ksak, z) = keys();
        let periods = KeyPeriods::new(7).unwrap();
        let parts = CertificateParts::new("k", periods, ksak.public_key(), z.public_key());
        let mut store = CertificateStore::new(1);
        let certificate = KmsCertificate::try_from(parts).unwrap();
        store.insert(certificate, NtpTime::from_seconds(0)).unwrap();
        let whole = content(&store);
        assert!(open::<CertificateStore>(&whole).unwrap().iter().eq(store.iter()));
        for length in 0..whole.len() {
            assert!(open::<CertificateStore>(&whole[..length]).is_err());
        }
        // The store has no room for its certificates.
        let mut full = whole.clone();
        full[3] = 0;
        assert_eq!(open::<CertificateStore>(&full).err(), Some(Error::Content));
        let whole = content(&z);
        for length in 0..whole.len() {
            assert_eq!(open::<sakke::KmsSecretKey>(&whole[..length]).err(), Some(Error::Content));
        }
        assert!(open::<sakke::KmsSecretKey>(&[0xff; 128]).is_err());
    }

    proptest! {
        #[test]
        fn any_content_is_read_or_refused(octets in vec(any::<u8>(), 0..200)) {
            fn is_another<T: Stored>(octets: &[u8]) -> bool {
                open::<T>(octets).is_ok_and(|value| content(&value) != octets)
            }
            prop_assert!(!is_another::<KeyRing>(&octets));
            prop_assert!(!is_another::<KeySetParts>(&octets));
            prop_assert!(!is_another::<CertificateStore>(&octets));
            prop_assert!(!is_another::<Key>(&octets));
            prop_assert!(!is_another::<Received>(&octets));
            prop_assert!(!is_another::<MemoryCache>(&octets));
            prop_assert!(!is_another::<MemoryStore>(&octets));
        }
    }
}
