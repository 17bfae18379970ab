//! KEYS.json.

use eccsi_sakke::kms::{IntegrityKey, SharedKeyId, TransportKey};
use eccsi_sakke::{KeyPeriods, eccsi, sakke};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Keys;
use crate::Error;

/// The members of the object. Unknown names are refused, and so are names that are given twice.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Members {
    kms_uri: Option<String>,
    period: Option<u64>,
    offset: Option<u64>,
    hex_uids: Option<bool>,
    #[serde(rename = "KPAK")]
    kpak: Option<String>,
    #[serde(rename = "Z")]
    z: Option<String>,
    initiator: Option<String>,
    responder: Option<String>,
    #[serde(rename = "RSK")]
    rsk: Option<String>,
    #[serde(rename = "own_RSK")]
    own_rsk: Option<String>,
    #[serde(rename = "initiator_Z")]
    initiator_z: Option<String>,
    responder_kms_uri: Option<String>,
    responder_period: Option<u64>,
    responder_offset: Option<u64>,
    responder_hex_uids: Option<bool>,
    psk: Option<String>,
    signer: Option<String>,
    user_uri: Option<String>,
    #[serde(rename = "TrK")]
    trk: Option<String>,
    #[serde(rename = "TrK_ID")]
    trk_id: Option<String>,
    #[serde(rename = "InK")]
    ink: Option<String>,
    #[serde(rename = "InK_ID")]
    ink_id: Option<String>,
}

impl Keys {
    pub(super) fn add_json(&mut self, text: &str) -> Result<(), Error> {
        let members: Members = serde_json::from_str(text).map_err(Error::Json)?;
        let mut added = self.clone();
        added.add_members(members)?;
        *self = added;
        Ok(())
    }

    fn add_members(&mut self, members: Members) -> Result<(), Error> {
        let periods = periods(("period", members.period), ("offset", members.offset))?;
        let of_responder = periods_of_responder(&members)?;
        let kpak = octets("KPAK", members.kpak)?;
        let kpak = kpak.map(|octets| eccsi::KmsPublicKey::try_from(octets.as_slice()));
        let trk_id = id("TrK_ID", members.trk_id)?;
        let trk = octets("TrK", members.trk)?;
        let trk = shared("TrK", trk, trk_id, |id, octets| TransportKey::new(id, octets))?;
        let ink_id = id("InK_ID", members.ink_id)?;
        let ink = octets("InK", members.ink)?;
        let ink = shared("InK", ink, ink_id, |id, octets| IntegrityKey::new(id, octets))?;
        put("kms_uri", &mut self.kms_uri, members.kms_uri)?;
        put("period", &mut self.periods, periods)?;
        put("hex_uids", &mut self.hex_uids, members.hex_uids)?;
        put("KPAK", &mut self.kpak, kpak.transpose().map_err(|error| key("KPAK", error))?)?;
        put("Z", &mut self.z, public("Z", members.z)?)?;
        put("initiator", &mut self.initiator, members.initiator)?;
        put("responder", &mut self.responder, members.responder)?;
        put("RSK", &mut self.rsk, octets("RSK", members.rsk)?)?;
        put("own_RSK", &mut self.own_rsk, octets("own_RSK", members.own_rsk)?)?;
        put("initiator_Z", &mut self.initiator_z, public("initiator_Z", members.initiator_z)?)?;
        put("responder_kms_uri", &mut self.responder_kms_uri, members.responder_kms_uri)?;
        put("responder_period", &mut self.responder_periods, of_responder)?;
        put("responder_hex_uids", &mut self.responder_hex_uids, members.responder_hex_uids)?;
        put("psk", &mut self.psk, octets("psk", members.psk)?)?;
        put("signer", &mut self.signer, octets("signer", members.signer)?)?;
        put("user_uri", &mut self.user_uri, members.user_uri)?;
        put("TrK", &mut self.trk, trk)?;
        put("InK", &mut self.ink, ink)
    }

    /// The keys of a test in a file of test vectors, which are its members with names of KEYS.json.
    ///
    /// Errors: as of [`add`](Self::add).
    pub fn of_vector(test: &serde_json::Value) -> Result<Self, Error> {
        let mut members = serde_json::to_value(Members::default()).map_err(Error::Json)?;
        for (name, value) in members.as_object_mut().into_iter().flatten() {
            *value = test[name.as_str()].clone();
        }
        let mut keys = Self::new();
        keys.add_json(&members.to_string())?;
        Ok(keys)
    }
}

/// Errors: [`Error::Twice`].
fn put<T>(name: &'static str, place: &mut Option<T>, value: Option<T>) -> Result<(), Error> {
    match (place.is_some(), value) {
        (_, None) => Ok(()),
        (true, Some(_)) => Err(Error::Twice(name)),
        (false, value) => {
            *place = value;
            Ok(())
        }
    }
}

fn octets(name: &'static str, text: Option<String>) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let text = text.map(Zeroizing::new);
    let octets = text.map(|text| hex::decode(text.as_str()).map(Zeroizing::new)).transpose();
    octets.map_err(|error| Error::Hexadecimal(name, error))
}

const fn key(name: &'static str, error: eccsi_sakke::Error) -> Error {
    Error::Key(name, error)
}

fn public(name: &'static str, text: Option<String>) -> Result<Option<sakke::KmsPublicKey>, Error> {
    let octets = octets(name, text)?;
    let decoded = octets.map(|octets| sakke::KmsPublicKey::try_from(octets.as_slice()));
    decoded.transpose().map_err(|error| key(name, error))
}

fn periods_of_responder(members: &Members) -> Result<Option<KeyPeriods>, Error> {
    let period = ("responder_period", members.responder_period);
    periods(period, ("responder_offset", members.responder_offset))
}

/// Errors: [`Error::Alone`] for an offset without a period; [`Error::Key`] for a period of 0, and for an offset that is
/// not smaller than the period.
fn periods(
    (name, period): (&'static str, Option<u64>),
    (of_offset, offset): (&'static str, Option<u64>),
) -> Result<Option<KeyPeriods>, Error> {
    match (period, offset) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::Alone(of_offset, name)),
        (Some(period), offset) => {
            let periods = KeyPeriods::new(period).map_err(|error| key(name, error))?;
            let periods = periods.with_offset(offset.unwrap_or(0));
            periods.map(Some).map_err(|error| key(of_offset, error))
        }
    }
}

/// The identifier of a shared key: 4 octets.
fn id(name: &'static str, text: Option<String>) -> Result<Option<SharedKeyId>, Error> {
    let Some(octets) = octets(name, text)? else { return Ok(None) };
    match <[u8; 4]>::try_from(octets.as_slice()) {
        Ok(octets) => Ok(Some(SharedKeyId::from(octets))),
        Err(_) => Err(key(name, eccsi_sakke::Error::Length)),
    }
}

/// A shared key. Without an identifier it gets 0. Then it can unwrap keys, but no signature names it.
fn shared<T, E>(
    name: &'static str,
    octets: Option<Zeroizing<Vec<u8>>>,
    id: Option<SharedKeyId>,
    make: impl FnOnce(SharedKeyId, &[u8]) -> Result<T, E>,
) -> Result<Option<T>, Error> {
    let id = id.unwrap_or(SharedKeyId(0));
    let made = octets.map(|octets| make(id, &octets)).transpose();
    made.map_err(|_| key(name, eccsi_sakke::Error::Length))
}
