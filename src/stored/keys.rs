//! Keys that were made here: the keys of a KMS, the keys that a client shares with its KMS, and the keys of a GMS.

use alloc::string::String;

use super::fields::{Reader, Writer};
use super::fields_of::Fields;
use super::{Error, Kind, Stored};
use crate::eccsi;
use crate::kms::{IntegrityKey, KeyRing, SharedKey, SharedKeyId, SharedKeys, TransportKey};
use crate::mission_critical::{Key, KeyId};
use crate::sakke::{self, SharedSecret};

impl Stored for eccsi::KmsSecretKey {
    const KIND: Kind = Kind::Ksak;
}

impl Fields for eccsi::KmsSecretKey {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.fixed(self.to_bytes().as_slice());
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Self::try_from(reader.secret::<32>()?).map_err(|_| Error::Content)
    }
}

impl Stored for sakke::KmsSecretKey {
    const KIND: Kind = Kind::Z;
}

impl Fields for sakke::KmsSecretKey {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.fixed(self.to_bytes().as_slice());
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Self::try_from(reader.secret::<128>()?).map_err(|_| Error::Content)
    }
}

impl Stored for KeyRing {
    const KIND: Kind = Kind::KeyRing;
}

impl Fields for KeyRing {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        write_shared(self.in_use(), out)?;
        out.option(self.offered(), |out, keys| write_shared(keys, out))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let (transport, integrity) = read_shared(reader)?;
        let mut ring = Self::new(SharedKeys::new(transport, integrity));
        if let Some((transport, integrity)) = reader.option(read_shared)? {
            ring.offer(transport, integrity).map_err(|_| Error::Content)?;
        }
        Ok(ring)
    }
}

/// Writes TrK, and InK if there is one. Each has an identifier, a name and 32 octets.
fn write_shared(keys: &SharedKeys, out: &mut Writer) -> Result<(), Error> {
    let write = |out: &mut Writer, key: &dyn SharedKey, octets: &[u8; 32]| {
        out.u32(key.id().0);
        out.text(key.name())?;
        out.fixed(octets);
        Ok(())
    };
    write(out, keys.transport(), &keys.transport().to_bytes())?;
    out.option(keys.integrity(), |out, key| write(out, key, &key.to_bytes()))
}

fn read_shared(reader: &mut Reader<'_>) -> Result<(TransportKey, Option<IntegrityKey>), Error> {
    let (id, name, octets) = read_key_256(reader)?;
    let transport = TransportKey::new(id, octets).map_err(|_| Error::Content)?;
    let integrity = reader.option(|reader| {
        let (id, name, octets) = read_key_256(reader)?;
        let key = IntegrityKey::new(id, octets).map_err(|_| Error::Content)?;
        Ok(key.maybe_named(name.as_deref()))
    })?;
    Ok((transport.maybe_named(name.as_deref()), integrity))
}

fn read_key_256<'a>(
    reader: &mut Reader<'a>,
) -> Result<(SharedKeyId, Option<String>, &'a [u8; 32]), Error> {
    Ok((SharedKeyId(reader.u32()?), reader.text()?, reader.secret()?))
}

impl Stored for Key {
    const KIND: Kind = Kind::Key;
}

impl Fields for Key {
    /// Writes the identifier, 16 octets, and RAND.
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        out.u32(self.id().value());
        out.fixed(self.secret().as_bytes());
        out.option(self.rand(), Writer::octets)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let id = KeyId::try_from(reader.u32()?).map_err(|_| Error::Content)?;
        let secret = SharedSecret::from(reader.secret::<16>()?);
        match reader.option(Reader::octets)? {
            Some(rand) => Self::new(id, secret, rand).map_err(|_| Error::Content),
            None => Ok(Self::without_rand(id, secret)),
        }
    }
}
