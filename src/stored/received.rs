//! The store of a receiver: keys, tombstones, and the messages that it has verified.

use alloc::vec::Vec;

use super::fields::{LEAST, Reader, Writer};
use super::fields_of::Fields;
use super::{Error, Kind, Stored};
use crate::mikey::{
    CacheState, Departures, Limits, MemoryCache, Origin, Remembered, ReplayKey, Standing,
};
use crate::mission_critical::{
    CryptoSessions, Key, KeyId, KeyName, KeyParameters, KeyStore, MemoryStore, Received,
};

impl Stored for Received {
    const KIND: Kind = Kind::Received;
}

impl Fields for Received {
    /// Writes the key, the user's identifier, T, the parameters, the map and the policies, and the departures.
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        self.key().write(out)?;
        out.u32(self.user_id().value());
        out.time(self.time());
        let parameters = self.parameters().map(KeyParameters::encode).transpose();
        out.option(parameters.map_err(|_| Error::Length)?.as_deref(), Writer::octets)?;
        self.crypto_sessions().octets().into_iter().try_for_each(|octets| out.octets(octets))?;
        out.u32(self.departures().bits().into());
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let key = Key::read(reader)?;
        let user_id = KeyId::try_from(reader.u32()?).map_err(|_| Error::Content)?;
        let time = reader.time()?;
        let parameters = reader.option(Reader::octets)?;
        let decode = |octets: Vec<u8>| KeyParameters::decode_within(&octets, &Limits::NONE);
        let parameters = parameters.map(decode).transpose().map_err(|_| Error::Content)?;
        let said = if reader.is_of_version_2() {
            let sessions = CryptoSessions::from_octets(&reader.octets()?, &reader.octets()?);
            let departures = u16::try_from(reader.u32()?).ok().and_then(Departures::from_bits);
            sessions.zip(departures).ok_or(Error::Content)?
        } else {
            (CryptoSessions::default(), Departures::NONE)
        };
        Self::from_parts(key, user_id, time, parameters, said).map_err(|_| Error::Content)
    }
}

impl Stored for MemoryCache {
    const KIND: Kind = Kind::Cache;
}

impl Fields for MemoryCache {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        let CacheState { capacity, quota, skew, floor, lost } = self.state();
        out.count(capacity)?;
        out.count(quota)?;
        out.u32(skew);
        out.maybe_time(floor);
        out.maybe_time(lost);
        out.count(self.entries().count())?;
        for (message, standing, tries) in self.entries() {
            out.fixed(message.key.as_bytes());
            out.time(message.time);
            out.fixed(message.origin.as_bytes());
            out.u8(standing as u8);
            out.u8(tries);
        }
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let state = CacheState {
            capacity: reader.size()?,
            quota: reader.size()?,
            skew: reader.u32()?,
            floor: reader.maybe_time()?,
            lost: reader.maybe_time()?,
        };
        let entries = reader.count(ENTRY)?;
        let mut cache = Self::of_state(state);
        for _ in 0..entries {
            let key = ReplayKey::from_bytes(reader.array()?);
            let time = reader.time()?;
            let message = Remembered { key, time, origin: Origin::from_bytes(reader.array()?) };
            let standing = STANDINGS.get(usize::from(reader.u8()?)).ok_or(Error::Content)?;
            cache.put_back(message, *standing, reader.u8()?).ok_or(Error::Content)?;
        }
        Ok(cache)
    }
}

/// The standings by their numbers in a record, which are those of the declaration.
const STANDINGS: [Standing; 3] = [Standing::Pending, Standing::Accepted, Standing::Refused];

/// The length of an entry: key, T, origin, standing, tries.
const ENTRY: usize = 32 + 8 + 32 + 1 + 1;

impl Stored for MemoryStore {
    const KIND: Kind = Kind::Store;
}

impl Fields for MemoryStore {
    fn write(&self, out: &mut Writer) -> Result<(), Error> {
        self.cache().write(out)?;
        out.count(self.capacity())?;
        out.count(self.quota())?;
        out.count(self.keys().count())?;
        for (name, received) in self.keys() {
            write_name(&name, out)?;
            received.write(out)?;
        }
        out.count(self.tombstones().count())?;
        for (name, last) in self.tombstones() {
            write_name(&name, out)?;
            out.time(last);
        }
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let cache = MemoryCache::read(reader)?;
        let mut store = Self::new(cache, reader.size()?).with_quota(reader.size()?);
        for _ in 0..reader.count(LEAST)? {
            let (initiator, group, id) = read_name(reader)?;
            let name = KeyName { initiator: &initiator, group: group.as_deref(), id };
            let received = Received::read(reader)?;
            if received.key().id() != id || !store.put_back(&name, received) {
                return Err(Error::Content);
            }
        }
        for _ in 0..reader.count(LEAST)? {
            let (initiator, group, id) = read_name(reader)?;
            let name = KeyName { initiator: &initiator, group: group.as_deref(), id };
            if !store.put_tombstone_back(&name, reader.time()?) {
                return Err(Error::Content);
            }
        }
        Ok(store)
    }
}

fn write_name(name: &KeyName<'_>, out: &mut Writer) -> Result<(), Error> {
    out.octets(name.initiator.as_bytes())?;
    out.option(name.group, Writer::octets)?;
    out.u32(name.id.value());
    Ok(())
}

type Name = (alloc::string::String, Option<Vec<u8>>, KeyId);

fn read_name(reader: &mut Reader<'_>) -> Result<Name, Error> {
    let (initiator, group) = (reader.string()?, reader.option(Reader::octets)?);
    let id = KeyId::try_from(reader.u32()?).map_err(|_| Error::Content)?;
    Ok((initiator, group, id))
}
