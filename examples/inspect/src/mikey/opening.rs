//! The key in an I_MESSAGE, opened by the responder and by the initiator.

use std::fmt::Display;

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::KeySetParts;
use eccsi_sakke::mikey::{
    self, Clock, CsIdMap, Departures, Expected, Extension, IMessage, MemoryCache, Opened, Role,
    User,
};
use eccsi_sakke::mission_critical::{
    self, CsId, KeyId, MemoryStore, Purpose, Received, Reception, SealedParameters,
};
use eccsi_sakke::sakke::{Decapsulate, ReceiverKey};
use zeroize::Zeroizing;

use super::i_message::{identifier, in_force, named};
use super::parties::Party;
use crate::Keys;
use crate::recorder::Recorder;
use crate::report::{Group, Shown};

/// The names of the checks that a message opens.
pub(super) const OPENS: &str = "the responder accepts and opens it";
const OPENS_TO_SELF: &str = "the initiator opens it too";

/// A message whose signature has been checked, and everything needed to open it except the RSK.
pub(super) struct Opening<'a> {
    pub(super) message: &'a IMessage<'a>,
    pub(super) expected: Expected<'a>,
    /// Initiator and responder.
    pub(super) parties: (&'a Party<'a>, &'a Party<'a>),
    pub(super) keys: &'a Keys,
    /// A clock that shows the time of T.
    pub(super) clock: Clock,
    /// The time of the inspection.
    pub(super) at: NtpTime,
}

impl Opening<'_> {
    /// Opens a message of the profile of TS 33.180.
    pub(super) fn inspect(&self, found: &mut Recorder) {
        let Self { message, expected, clock, .. } = *self;
        let Some(key) = self.of_responder(found) else { return };
        let Ok(id) = KeyId::try_from(message.csb_id()) else {
            found.missing((Group::Key, "open"), OPENS, "no key of TS 33.180 has such a CSB ID");
            return self.show_refused(found, key.as_ref());
        };
        let reception = Reception::new(expected, clock);
        let key = key.as_ref();
        let received = self.received(&reception, id.purpose(), key);
        match found.check((Group::Key, "open"), OPENS, received) {
            Some(received) => {
                self.of_now(found, &received);
                self.of_policies(found, &received);
                of_group(found, &received);
                show(found, "key", &received, message.map());
            }
            None if self.show_departing(found, id.purpose(), key) => {}
            None => self.show_refused(found, key),
        }
        if message.extensions().any(|extension| extension.kind == Extension::SAKKE_TO_SELF) {
            self.to_self(found, &reception, id.purpose());
        }
    }

    fn received(
        &self,
        reception: &Reception<'_>,
        purpose: Purpose,
        key: &dyn Decapsulate,
    ) -> Result<Received, mission_critical::Error> {
        let octets = self.message.as_bytes();
        match purpose {
            Purpose::Gmk => reception.gmk_of_any_group(octets, &mut store(), key),
            purpose => reception.receive(purpose, octets, &mut store(), key),
        }
    }

    /// Shows a message that a receiver accepts only if it allows the initiator to depart from the standards. False if
    /// even such a receiver refuses it.
    fn show_departing(
        &self,
        found: &mut Recorder,
        purpose: Purpose,
        key: &dyn Decapsulate,
    ) -> bool {
        let expected = Expected { departures: Departures::ALL, ..self.expected };
        let reception = Reception::new(expected, self.clock);
        let Ok(received) = self.received(&reception, purpose, key) else { return false };
        let names: Vec<_> =
            received.departures().iter().map(|departure| format!("{departure:?}")).collect();
        let text =
            format!("a receiver accepts it if it allows the initiator: {}", names.join(", "));
        found.note("departures", text);
        show(
            found,
            "not accepted as a key without these departures",
            &received,
            self.message.map(),
        );
        true
    }

    /// Checks the identity of the responder, and returns its RSK.
    fn of_responder(&self, found: &mut Recorder) -> Option<Box<dyn Decapsulate>> {
        let Self { message, expected, .. } = *self;
        let responder = expected.responder;
        let what = format!("{} has an identifier at the time of T", responder.uri());
        let id = responder.identifier(self.clock.now);
        let id = found.check((Group::Key, "responder-id"), what, id)?;
        identifier(found, responder.uri(), &id);
        named(found, message, (Group::Key, Role::Responder), responder.uri().as_bytes());
        named(found, message, (Group::Key, Role::ResponderUid), id.as_bytes());
        named(found, message, (Group::Key, Role::ResponderKms), responder.kms().uri().as_bytes());
        let party = self.parties.1;
        if party.kms_uri != self.parties.0.kms_uri {
            in_force(found, Group::Key, party, self.clock.now);
        }
        let given = (self.keys.rsk.as_ref(), "RSK");
        let key = self.receiver_key(found, given, (responder, party), "responder-key");
        if key.is_none() {
            found.missing((Group::Key, "open"), OPENS, "there is no key to open it with");
        }
        key
    }

    /// The given RSK, or that of a key set.
    fn receiver_key(
        &self,
        found: &mut Recorder,
        (rsk, name): (Option<&Zeroizing<Vec<u8>>>, &str),
        (user, party): (User<'_>, &Party<'_>),
        id: &'static str,
    ) -> Option<Box<dyn Decapsulate>> {
        let uri = user.uri();
        let check = (Group::Key, id);
        if let Some(rsk) = rsk {
            let what = format!("{name} is the receiver key of {uri} for the time of T");
            let key = user.identifier(self.clock.now).map_err(|error| error.to_string());
            let key = key.and_then(|id| {
                ReceiverKey::new(rsk, &id, user.kms().z())
                    .map_err(|error| format!("{name}: {error}"))
            });
            let key = found.check(check, what, key)?;
            return Some(Box::new(key));
        }
        let what = format!("the key set of {uri} for the time of T is valid");
        match party.key_set(self.keys, self.clock.now) {
            Some(set) => {
                let set = found.check(check, what, set)?;
                Some(Box::new(set))
            }
            None => {
                let why = format!(
                    "give {name} in KEYS.json, or the key set of {uri} for the key period of T"
                );
                found.missing(check, what, why);
                None
            }
        }
    }

    /// Opens SAKKE to self: the same key, encapsulated for other devices of the initiator. Because it is for them
    /// alone, this is a check only if a key of the initiator was given.
    fn to_self(&self, found: &mut Recorder, reception: &Reception<'_>, purpose: Purpose) {
        let user = self.expected.initiator;
        let given = (self.keys.own_rsk.as_ref(), "own_RSK");
        let is_its = |set: &KeySetParts| set.user_uri == user.uri();
        if given.0.is_none() && !self.keys.key_sets.iter().any(is_its) {
            let text = "the key is also encapsulated to the initiator itself: give own_RSK or the initiator's key set to open it";
            return found.note("to-self", text);
        }
        let key = self.receiver_key(found, given, (user, self.parties.0), "initiator-key");
        let Some(key) = key else { return };
        let received =
            reception.to_self(purpose, self.message.as_bytes(), &mut store(), key.as_ref());
        if let Some(received) = found.check((Group::Key, "to-self"), OPENS_TO_SELF, received) {
            show(found, "key, opened by the initiator", &received, self.message.map());
        }
    }

    /// The secret of a message that the initiator signed, by RFC 6509 alone, whatever its profile.
    fn opened(
        &self,
        departures: Departures,
        key: &dyn Decapsulate,
    ) -> Result<Opened<'_>, mikey::Error> {
        let mut cache = MemoryCache::new(1);
        let fresh = self.message.check_fresh(&self.clock, &cache)?;
        let expected = Expected { departures, ..self.expected };
        fresh.verify(&expected, &mut cache)?.decapsulate(key, &mut cache)
    }

    /// Shows a message that the profile refuses but RFC 6509 accepts, or that is signed in the way of older stacks.
    fn show_refused(&self, found: &mut Recorder, key: &dyn Decapsulate) {
        let Ok(opened) = self.opened(Departures::ALL, key) else { return };
        let mut shown = Shown::new("not accepted as a key: what RFC 6509 alone opens");
        shown.put("SSV", hex::encode(opened.secret().as_bytes()));
        for extension in self.message.extensions() {
            if extension.kind != Extension::KEY_PARAMETERS {
                continue;
            }
            let octets = SealedParameters::decode(extension.data)
                .and_then(|sealed| sealed.open_octets(opened.secret()));
            match octets {
                Ok(octets) => shown.put("key parameters", hex::encode(octets.as_slice())),
                Err(error) => shown.put("key parameters", error),
            }
        }
        found.show(shown);
    }

    pub(super) fn monthly(&self, found: &mut Recorder) {
        let Some(key) = self.of_responder(found) else { return };
        let opened = self.opened(Departures::NONE, key.as_ref());
        if let Some(opened) = found.check((Group::Key, "open"), OPENS, opened) {
            let mut shown = Shown::new("key");
            shown.put("TGK", hex::encode(opened.secret().as_bytes()));
            found.show(shown);
        }
    }

    /// Reports if its sessions get no media keys.
    fn of_policies(&self, found: &mut Recorder, received: &Received) {
        let sessions = received.crypto_sessions();
        let numbers = match sessions.map() {
            CsIdMap::GenericId(sessions) if !sessions.is_empty() => {
                sessions.iter().map(|session| session.cs_id).collect()
            }
            _ => vec![0],
        };
        let made = |number: &u8| received.srtcp(CsId::agreed(*number), received.time());
        if numbers.iter().any(|number| made(number).err() == Some(mission_critical::Error::Policy))
        {
            let text =
                "a policy asks for another cipher than AES-GCM, so a receiver makes no media keys";
            found.deviation("policy", text);
        }
    }

    /// Reports what has changed between T and the time of the inspection.
    fn of_now(&self, found: &mut Recorder, received: &Received) {
        let validity = received.validity();
        if validity.has_expired(self.at) {
            found.deviation("expired", "the key has expired at the time of the inspection");
        }
        if validity.activation.is_some_and(|activation| self.at < activation) {
            found.note("not-yet", "the key is not in force yet at the time of the inspection");
        }
    }
}

/// Reports a group key that names no group, because its receiver expects one.
fn of_group(found: &mut Recorder, received: &Received) {
    if received.key().purpose() != Purpose::Gmk {
        return;
    }
    match received.parameters() {
        None => {
            let text = "the GMK has no parameters: a receiver refuses it unless it allows GmkWithoutParameters";
            found.deviation("no-parameters", text);
        }
        Some(parameters) if parameters.groups.is_empty() => {
            let text =
                "the GMK names no group: a receiver refuses it unless it allows NoGroupNamed";
            found.deviation("no-group", text);
        }
        Some(_) => {}
    }
}

fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(1), 1)
}

fn show(found: &mut Recorder, title: &str, received: &Received, map: &CsIdMap<'_>) {
    let key = received.key();
    let mut shown = Shown::new(title);
    shown.put(key.purpose().to_string(), hex::encode(key.secret().as_bytes()));
    shown.put("ID", key.id());
    if key.purpose().is_diversified() {
        shown.put("user's ID", received.user_id());
    }
    shown.put("MKI", hex::encode(key.mki(received.user_id())));
    if let Some(parameters) = received.parameters() {
        let status = parameters.status;
        let gateway = if status.is_shared_with_gateway() { ", shared with a gateway" } else { "" };
        let revoked = match (status.is_revoked(), received.is_revoked()) {
            (false, _) => "not revoked",
            (true, true) => "revoked",
            (true, false) => "revoked by the standard, but not by its sender",
        };
        shown.put("status", format_args!("{:08x}, {revoked}{gateway}", status.0));
        let or =
            |time: Option<NtpTime>, none: &str| time.map_or(none.into(), |time| time.to_string());
        shown.put("activation", or(parameters.activation, "at once"));
        shown.put("expiry", or(parameters.expiry, "never"));
        if !parameters.text.is_empty() {
            shown.put("text", String::from_utf8_lossy(&parameters.text));
        }
        for group in &parameters.groups {
            shown.put("group", String::from_utf8_lossy(&group.identity));
        }
    } else {
        shown.put("parameters", "none");
    }
    let protocol = if key.purpose().is_for_media() { "SRTP" } else { "SRTCP" };
    if let CsIdMap::GenericId(sessions) = map {
        for session in sessions.iter() {
            let cs_id = session.cs_id;
            let mut put = |what: &str, value: &dyn Display| {
                shown.put(format!("CS {cs_id}, {protocol} {what}"), value);
            };
            match received.srtcp(CsId::agreed(cs_id), received.time()) {
                Ok(keys) => {
                    put("master key", &hex::encode(*keys.master_key));
                    put("master salt", &hex::encode(*keys.master_salt));
                }
                Err(error) => put("keys", &error),
            }
        }
    }
    found.show(shown);
}
