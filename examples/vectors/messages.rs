//! The operations on MIKEY messages and the keys of the mission-critical system.

use eccsi_sakke::mikey::psk::{PskMessage, PskOutline, SignedPskMessage, verify_response};
use eccsi_sakke::mikey::{
    Clock, Departures, Derivation, Expected, Extension, IMessage, IdScheme, KeyUse, Kms, Limits,
    MemoryCache, Outline, Payload, Prf, Role, Timestamp, Unsigned,
};
use eccsi_sakke::mission_critical::{
    CsId, Key, KeyId, KeyParameters, MemoryStore, ParametersHeader, Purpose, Reception,
    SealedParameters, derive,
};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, hazmat, mikey, sakke};
use serde_json::{Value, json};

use super::operations::{own, same};
use super::{Case, Output, Stop};

/// Octets as a key of 16 or of 32 octets.
macro_rules! by_length {
    ($octets:expr, |$key:ident| $result:expr) => {
        if let Ok($key) = <&[u8; 16]>::try_from($octets.as_slice()) {
            $result
        } else if let Ok($key) = <&[u8; 32]>::try_from($octets.as_slice()) {
            $result
        } else {
            return Err(Stop::Failed("a key has 16 or 32 octets".into()));
        }
    };
}

/// Four octets as a number.
fn word(case: &mut Case<'_>, name: &'static str) -> Result<u32, Stop> {
    let octets = case.octets(name)?.try_into();
    octets.map(u32::from_be_bytes).map_err(|_| Stop::Failed(format!("{name} has 4 octets")))
}

pub(super) fn uk_id(case: &mut Case<'_>) -> Result<(), Stop> {
    let (k, k_id, uri) = (case.octets("K")?, word(case, "k_id")?, case.text("uri")?);
    case.outputs(&["salt", "uk_id"]);

    let salt = by_length!(k, |k| derive::user_salt(k, UserUri(uri))?);
    case.computed.push(("salt", Output::Integer(salt.to_be_bytes().to_vec())));
    case.computed("uk_id", (k_id ^ salt).to_be_bytes());
    if let Ok(secret) = sakke::SharedSecret::try_from(k.as_slice()) {
        let rand = [1; Key::RAND_LEN];
        let key = Key::new(KeyId::try_from(k_id)?, secret.clone(), rand)?;
        if key.purpose().is_diversified() {
            let uk_id = key.user_id(UserUri(uri))?;
            same("uk_id", uk_id.to_bytes(), (k_id ^ salt).to_be_bytes())?;
            let again = own(Key::from_message(uk_id, secret, &rand, UserUri(uri)), "uk_id")?;
            same("k_id", again.id().to_bytes(), k_id.to_be_bytes())?;
        }
    }
    Ok(())
}

pub(super) fn xpk(case: &mut Case<'_>) -> Result<(), Stop> {
    let (xpk, mc_id) = (case.octets("XPK")?, case.text("mc_id")?);
    let xpk_id = word(case, "xpk_id")?;
    case.outputs(&["conf_key", "integ_key"]);

    by_length!(xpk, |xpk| {
        case.computed(
            "conf_key",
            derive::confidentiality_key(xpk, UserUri(mc_id), xpk_id)?.as_slice(),
        );
        case.computed("integ_key", derive::integrity_key(xpk, UserUri(mc_id), xpk_id)?.as_slice());
    });
    Ok(())
}

pub(super) fn dpck(case: &mut Case<'_>) -> Result<(), Stop> {
    let (dppk, dppk_id) = (case.octets("DPPK")?, word(case, "dppk_id")?);
    case.outputs(&["DPCK"]);

    by_length!(dppk, |dppk| {
        case.computed("DPCK", derive::payload_cipher_key(dppk, dppk_id)?.as_slice());
    });
    Ok(())
}

/// The constants of RFC 3830 sections 4.1.3 and 4.1.4.
const KEY_USES: [(&str, &str, KeyUse); 7] = [
    ("TEK", "2ad01c64", KeyUse::Tek),
    ("salt", "39a2c14b", KeyUse::Salt),
    ("auth", "1b5c7973", KeyUse::Authentication),
    ("enc", "15798cef", KeyUse::Encryption),
    ("trans_enc", "150533e1", KeyUse::MessageEncryption),
    ("trans_auth", "2d22ac75", KeyUse::MessageAuthentication),
    ("trans_salt", "29b88916", KeyUse::MessageSalt),
];

pub(super) fn mikey_key(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kind, inkey, rand) = (case.text("kind")?, case.octets("inkey")?, case.octets("rand")?);
    let (cs_id, csb_id) = (case.number("cs_id")?, word(case, "csb_id")?);
    let (length, hash) = (case.number("outlen")?, case.text("hash")?);
    case.outputs(&["label", "key"]);

    let found = KEY_USES.iter().find(|(name, ..)| *name == kind);
    let (_, label, key_use) = found.ok_or_else(|| Stop::Failed(format!("no kind {kind}")))?;
    let prf = if hash == "sha1" { Prf::HmacSha1 } else { Prf::HmacSha256 };
    let cs_id = u8::try_from(cs_id).map_err(|_| Stop::Failed("cs_id is an octet".into()))?;
    case.computed.push(("label", Output::Other(json!(label))));
    let mut key = vec![0; usize::try_from(length).unwrap_or(0)];
    Derivation { prf, csb_id, rand: &rand }.fill(*key_use, &inkey, cs_id, &mut key)?;
    case.computed("key", key);
    Ok(())
}

fn fields(parameters: &KeyParameters) -> Value {
    let seconds = |time: Option<NtpTime>| time.and_then(NtpTime::to_unix).unwrap_or(0);
    let mut fields = json!({
        "key_type": parameters.purpose.tag(),
        "status": parameters.status.0,
        "activation": seconds(parameters.activation),
        "expiry": seconds(parameters.expiry),
        "text": hex::encode(&parameters.text),
        "rest": hex::encode(&parameters.reserved),
    });
    // Only keys for groups have the list.
    if matches!(parameters.purpose.tag(), 0 | 4 | 6) {
        let groups = parameters.groups.iter();
        fields["groups"] =
            groups.map(|group| json!([group.element, hex::encode(&group.identity)])).collect();
    }
    fields
}

pub(super) fn key_params(case: &mut Case<'_>) -> Result<(), Stop> {
    let (k, data) = (case.octets("K")?, case.octets("data")?);
    case.outputs(&["csb_id", "iv", "plaintext", "dpck", "fields"]);

    let secret = sakke::SharedSecret::try_from(k.as_slice())?;
    let sealed = SealedParameters::decode(&data)?;
    let header: &ParametersHeader = sealed.header();
    case.computed("csb_id", header.key_id.to_be_bytes());
    case.computed("iv", header.nonce);
    case.computed("dpck", derive::payload_cipher_key(secret.as_bytes(), header.key_id)?.as_slice());
    let plaintext = sealed.open_octets(&secret)?;
    case.computed("plaintext", plaintext.as_slice());
    let parameters = sealed.open(&secret)?;
    case.computed.push(("fields", Output::Other(fields(&parameters))));
    let content = own(parameters.encode(), "plaintext")?;
    if plaintext.get(3..) == Some(&content) {
        // The element around the content isn't sent.
        return Ok(());
    }
    same("plaintext", content, plaintext.as_slice())?;
    same("data", own(header.seal(&parameters, &secret), "data")?, data)
}

/// A list of octet strings.
fn list(value: &Value) -> Option<Vec<Vec<u8>>> {
    value.as_array()?.iter().map(|item| hex::decode(item.as_str()?).ok()).collect()
}

/// A list of departures by their names.
fn departures(value: &Value) -> Option<Departures> {
    let known = |name: &str| Departures::ALL.iter().find(|one| format!("{one:?}") == name);
    let named = value.as_array()?.iter().map(|name| known(name.as_str()?));
    Some(Departures::of(&named.collect::<Option<Vec<_>>>()?))
}

/// A clock that shows T in the first era. The vectors have times of any era.
fn clock(timestamp: Timestamp) -> Clock {
    let seconds = timestamp.seconds().unwrap_or(0);
    Clock { now: NtpTime::from_seconds(seconds.into()), skew: 0 }
}

pub(super) fn i_message(case: &mut Case<'_>) -> Result<(), Stop> {
    if case.has("Z") { whole_i_message(case) } else { signed_i_message(case) }
}

/// Decodes the message, and verifies it for a given identifier of the signer.
fn signed_i_message(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kpak, uid, octets) =
        (case.octets("KPAK")?, case.octets("uid_i")?, case.octets("message")?);

    let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let message = IMessage::decode(&octets)?;
    let covered = octets.len() - eccsi::Signature::LEN;
    let verified = kpak.verifying_key(&uid).verify(&octets[..covered], message.signature());
    Ok(verified.map_err(|_| mikey::Error::Signature)?)
}

/// Receives the message as its responder does, and makes it again.
fn whole_i_message(case: &mut Case<'_>) -> Result<(), Stop> {
    let octets = case.octets("message")?;
    let (kpak, z) = (case.octets("KPAK")?, case.octets("Z")?);
    // Without these inputs, the message is received but not made again.
    let signing_key =
        if case.has("SSK") { Some((case.octets("SSK")?, case.octets("PVT")?)) } else { None };
    let rsk = case.octets("RSK")?;
    let departures = if case.has("departures") {
        case.input("departures", departures)?
    } else {
        Departures::NONE
    };
    let group = if case.has("group") { Some(case.text("group")?) } else { None };
    let (initiator, responder) = (case.text("initiator")?, case.text("responder")?);
    let (kms_uri, period) = (case.text("kms_uri")?, case.number("period")?);
    let offset = case.number("offset")?;
    let j = if case.has("j") { Some(case.octets("j")?) } else { None };
    let cs_id = case.number("srtp_cs_id")?;
    case.outputs(&["period_no", "uid_i", "uid_r", "SSV", "key_type", "k_id", "csb_id", "rand"]);
    case.outputs(&["identity_hiding", "key_parameters", "srtp_master_key", "srtp_master_salt"]);

    let periods = KeyPeriods::new(period)?.with_offset(offset)?;
    let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let has_hex_uids = case.has("hex_uids") && case.input("hex_uids", Value::as_bool)?;
    let scheme = if has_hex_uids { IdScheme::HexUid } else { IdScheme::Uid };
    let kms = Kms::new(kms_uri, scheme(periods), kpak, z.as_slice().try_into()?);
    let (initiator, responder) = (kms.user(initiator), kms.user(responder));
    let before = if case.has("before") { case.input("before", list)? } else { Vec::new() };
    let own_clock =
        if case.has("now") { Some((case.number("now")?, case.number("skew")?)) } else { None };
    let message = IMessage::decode_departing(&octets, &Limits::DEFAULT, departures)?;
    let clock = match own_clock {
        Some((now, skew)) => Clock {
            now: NtpTime::from_seconds(now),
            skew: u32::try_from(skew).map_err(|_| Stop::Failed("skew has 32 bits".into()))?,
        },
        None => clock(message.timestamp()),
    };
    let time = NtpTime::from_timestamp(message.timestamp().seconds().unwrap_or(0), clock.now);
    case.computed.push(("period_no", Output::Number(periods.number(time)?)));
    let (uid_i, uid_r) = (initiator.identifier(time)?, responder.identifier(time)?);
    for (name, user) in [("uid_i", initiator), ("uid_r", responder)] {
        case.computed(name, periods.uid_at(UserUri(user.uri()), KmsUri(kms_uri), time)?);
    }
    case.computed("csb_id", message.csb_id().to_be_bytes());
    case.computed("rand", message.rand());
    let hidden = message.identity(Role::InitiatorUid).is_some();
    case.computed.push(("identity_hiding", Output::Other(json!(hidden))));

    let key = sakke::ReceiverKey::new(&rsk, &uid_r, kms.z())?;
    let purpose = KeyId::try_from(message.csb_id())?.purpose();
    let expected = Expected { departures, ..Expected::new(initiator, responder) };
    let reception = Reception::new(expected, clock);
    let messages = before.len() + 1;
    let cache = MemoryCache::new(messages).with_quota(messages).with_skew(clock.skew);
    // Half of the room in a store is for keys without a group.
    let mut store = MemoryStore::new(cache, 2 * messages).with_quota(messages);
    let mut receive = |octets: &[u8]| match purpose {
        Purpose::Gmk => match group {
            Some(group) => reception.gmk(octets, group.as_bytes(), &mut store, &key),
            None => reception.gmk_of_any_group(octets, &mut store, &key),
        },
        purpose => reception.receive(purpose, octets, &mut store, &key),
    };
    for earlier in &before {
        own(receive(earlier), "what came before")?;
    }
    let received = receive(&octets)?;
    let replayed = receive(&octets);
    if !matches!(replayed, Err(error) if error == mikey::Error::Replayed.into()) {
        return Err(Stop::Failed("accepted twice".into()));
    }
    case.computed("SSV", received.key().secret().as_bytes());
    case.computed.push(("key_type", Output::Number(purpose.tag().into())));
    case.computed("k_id", received.key().id().to_bytes());
    if let Some(parameters) = received.parameters() {
        case.computed("key_parameters", own(parameters.encode(), "key parameters")?);
    }
    let cs_id = u8::try_from(cs_id).map_err(|_| Stop::Failed("srtp_cs_id is an octet".into()))?;
    let srtp = received.srtcp(CsId::agreed(cs_id), clock.now)?;
    case.computed("srtp_master_key", srtp.master_key.as_slice());
    case.computed("srtp_master_salt", srtp.master_salt.as_slice());

    if received.departures() != departures {
        return Err(Stop::Failed(format!("made use of {:?}", received.departures())));
    }
    let Some((ssk, pvt)) = signing_key else { return Ok(()) };
    let signing_key = own(eccsi::SigningKey::new(&ssk, &pvt, uid_i, kms.kpak()), "SSK")?;
    let unsigned = own(remade(&message, &kms, &uid_r, received.key().secret()), "message")?;
    if message.message().header().v {
        // V is never sent. Apart from V, everything up to the signature is the same.
        let mut covered = octets[..octets.len() - eccsi::Signature::LEN].to_vec();
        covered[3] &= 0x7f;
        return same("message", unsigned.to_be_signed(), covered);
    }
    let signature = match j {
        Some(j) => own(signing_key.sign_with_j(&j, &[unsigned.to_be_signed()]), "j")?,
        None => *message.signature(),
    };
    same("message", unsigned.attach(&signature), octets)
}

/// The message made again from the decoded content, with its secret encapsulated again.
fn remade(
    message: &IMessage<'_>,
    kms: &Kms,
    uid_r: &Identifier,
    secret: &sakke::SharedSecret,
) -> Result<Unsigned, mikey::Error> {
    let (mut identities, mut policies, mut extensions) = (Vec::new(), Vec::new(), Vec::new());
    for payload in message.message().payloads() {
        match payload {
            Payload::Role(role, identity) => identities.push((role, identity)),
            Payload::Policy(policy) => policies.push(policy),
            Payload::Extension(Extension { kind, data }) => {
                extensions.push(Extension { kind, data })
            }
            _ => {}
        }
    }
    Outline {
        prf: message.derivation().prf,
        csb_id: message.csb_id(),
        map: *message.map(),
        timestamp: message.timestamp(),
        rand: message.rand(),
        identities: &identities,
        policies: &policies,
        id_scheme: message.id_scheme(),
        encapsulation: &kms.z().recipient(uid_r)?.encapsulate(secret)?,
        extensions: &extensions,
    }
    .encode()
}

pub(super) fn psk(case: &mut Case<'_>) -> Result<(), Stop> {
    let (psk, octets) = (case.octets("psk")?, case.octets("message")?);
    let verification = if case.has("verification") { Some(verification(case)?) } else { None };
    case.outputs(&["prf", "ts_type", "csb_id", "rand", "encr_key", "auth_key", "salt_key", "iv"]);
    case.outputs(&["key_data_subpayload", "tgk"]);

    let message = PskMessage::decode(&octets)?;
    let derivation = message.derivation();
    case.computed.push(("prf", Output::Number(derivation.prf.number().into())));
    case.computed("csb_id", message.csb_id().to_be_bytes());
    case.computed("rand", message.rand());
    let lengths = if derivation.prf == Prf::HmacSha1 { [16, 20, 14] } else { [32, 32, 14] };
    let ts_type = match message.timestamp() {
        Timestamp::NtpUtc(_) => 0,
        Timestamp::Ntp(_) => 1,
        Timestamp::Counter(_) => 2,
        Timestamp::NtpUtc32(_) => 3,
    };
    case.computed.push(("ts_type", Output::Number(ts_type)));
    let uses = [KeyUse::MessageEncryption, KeyUse::MessageAuthentication, KeyUse::MessageSalt];
    let mut iv = [0; 16];
    for ((name, key_use), length) in
        ["encr_key", "auth_key", "salt_key"].into_iter().zip(uses).zip(lengths)
    {
        let mut key = vec![0; length];
        derivation.fill(key_use, &psk, 0xff, &mut key)?;
        case.computed(name, &key);
        if length == 14 {
            iv[..14].copy_from_slice(&key);
        }
    }
    let t = match message.timestamp() {
        Timestamp::NtpUtc(value) | Timestamp::Ntp(value) => value,
        Timestamp::Counter(counter) => counter.into(),
        Timestamp::NtpUtc32(seconds) => u64::from(seconds) << 32,
    };
    let varying = u128::from(message.csb_id()) << 80 | u128::from(t) << 16;
    case.computed("iv", (u128::from_be_bytes(iv) ^ varying).to_be_bytes());

    let mut cache = MemoryCache::new(1);
    let fresh = match message.timestamp() {
        Timestamp::Counter(_) => message.check_counter(None),
        timestamp => message.check_fresh(&clock(timestamp), &cache),
    };
    let opened = own(fresh, "T")?.authenticate(&psk, &mut cache)?;
    case.computed("key_data_subpayload", opened.key_data_octets());
    let keys: Vec<_> = opened.key_data().collect();
    case.computed("tgk", keys[0].key);

    same(
        "message",
        own(remade_psk(&message, |outline| outline.seal(&psk, &keys)), "message")?,
        &octets,
    )?;

    let Some([id_i, id_r, response]) = verification else { return Ok(()) };
    let own_response = own(opened.verification(None, &id_i, &id_r), "verification")?;
    same("verification", own_response, &response)?;
    own(verify_response(&response, &message, &psk, &id_i, &id_r), "verification")
}

/// The message made again from the decoded content.
fn remade_psk<T>(
    message: &PskMessage<'_>,
    seal: impl FnOnce(&PskOutline<'_>) -> Result<T, mikey::Error>,
) -> Result<T, mikey::Error> {
    let identities: Vec<_> = message.identities().collect();
    let policies = message.message().payloads().filter_map(|payload| match payload {
        Payload::Policy(policy) => Some(policy),
        _ => None,
    });
    let outline = PskOutline {
        prf: message.derivation().prf,
        v: message.v(),
        csb_id: message.csb_id(),
        map: *message.map(),
        timestamp: message.timestamp(),
        rand: message.rand(),
        identities: &identities,
        policies: &policies.collect::<Vec<_>>(),
    };
    seal(&outline)
}

/// Receives the message as a member of a group does, and makes it again.
pub(super) fn psk_signed(case: &mut Case<'_>) -> Result<(), Stop> {
    let (psk, octets) = (case.octets("psk")?, case.octets("message")?);
    let (kpak, ssk, pvt) = (case.octets("KPAK")?, case.octets("SSK")?, case.octets("PVT")?);
    let (initiator, kms_uri, j) =
        (case.text("initiator")?, case.text("kms_uri")?, case.octets("j")?);
    let (period, offset) = (case.number("period")?, case.number("offset")?);
    case.outputs(&["period_no", "uid_i", "csb_id", "rand", "key_data_subpayload"]);

    let periods = KeyPeriods::new(period)?.with_offset(offset)?;
    let kpak = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    // Nothing is encapsulated.
    let z = sakke::KmsPublicKey::try_from(&hazmat::Point::GENERATOR.to_bytes())?;
    let kms = Kms::new(kms_uri, IdScheme::Uid(periods), kpak, z);
    let initiator = kms.user(initiator);
    let signed = SignedPskMessage::decode(&octets)?;
    // A receiver that ignores signatures must not get the keys of a message that has one.
    if PskMessage::decode(&octets).is_ok() {
        return Err(Stop::Failed("decoded as a message without a signature".into()));
    }
    let clock = clock(signed.timestamp());
    let uid_i = initiator.identifier(clock.now)?;
    case.computed.push(("period_no", Output::Number(periods.number(clock.now)?)));
    case.computed("uid_i", uid_i);
    case.computed("csb_id", signed.csb_id().to_be_bytes());
    let mut cache = MemoryCache::new(1);
    let fresh = signed.verify(&initiator, &clock, &cache)?;
    let opened = fresh.authenticate(&psk, &mut cache)?;
    case.computed("key_data_subpayload", opened.key_data_octets());
    let keys: Vec<_> = opened.key_data().collect();

    let message = signed.without_its_signature();
    case.computed("rand", message.rand());
    let signing_key = own(eccsi::SigningKey::new(&ssk, &pvt, uid_i, kms.kpak()), "SSK")?;
    let unsigned =
        own(remade_psk(&message, |outline| outline.seal_for_signature(&psk, &keys)), "message")?;
    let signature = own(signing_key.sign_with_j(&j, &[unsigned.to_be_signed()]), "j")?;
    same("message", unsigned.attach(&signature), octets)
}

/// The verification message that answers a message.
pub(super) fn psk_verify(case: &mut Case<'_>) -> Result<(), Stop> {
    let (psk, message) = (case.octets("psk")?, case.octets("message")?);
    let (id_i, id_r) = (case.octets("id_i")?, case.octets("id_r")?);
    let response = case.octets("response")?;

    let message = own(PskMessage::decode(&message), "message")?;
    Ok(verify_response(&response, &message, &psk, &id_i, &id_r)?)
}

/// The identities and the octets of a verification message.
fn verification(case: &mut Case<'_>) -> Result<[Vec<u8>; 3], Stop> {
    case.input("verification", |value| {
        let octets = |name| hex::decode(value.get(name)?.as_str()?).ok();
        Some([octets("id_i")?, octets("id_r")?, octets("message")?])
    })
}
