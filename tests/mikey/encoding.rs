//! An encoded message decodes to the same content, and a decoded message encodes to the same octets.

use eccsi_sakke::mikey::{
    Builder, CryptoSession, CsIdMap, Error, Extension, Header, Identity, IdentityType, Kemac,
    Limits, Mac, Message, MessageType, Parameters, Payload, Prf, Role, SakkePayload,
    SecurityPolicy, Sign, SrtpStream, Timestamp,
};
use eccsi_sakke::mission_critical::{
    Group, KeyParameters, ParametersHeader, Purpose, SealedParameters, Status,
};
use eccsi_sakke::{NtpTime, sakke};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::world::altered;
use super::{remade, vectors};

fn octets(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..=longest.min(20)), vec(any::<u8>(), longest)]
}

/// A payload that owns its octets.
#[derive(Clone, Debug)]
enum Owned {
    Timestamp(Timestamp),
    Rand(Vec<u8>),
    Identity(IdentityType, Vec<u8>),
    Role(Role, IdentityType, Vec<u8>),
    Policy(u8, u8, Vec<(u8, Vec<u8>)>),
    Sakke(u8, u8, Vec<u8>),
    Extension(u8, Vec<u8>),
    Kemac(u8, Vec<u8>, [u8; 32], bool),
    Verification([u8; 32], bool),
    Error(u8),
}

fn mac(octets: &[u8; 32], sha256: bool) -> Mac<'_> {
    if sha256 {
        Mac::HmacSha256(octets)
    } else {
        Mac::HmacSha1(octets.first_chunk().expect("20 octets"))
    }
}

impl Owned {
    fn with<T>(&self, run: impl FnOnce(Payload<'_>) -> T) -> T {
        let parameters: Vec<(u8, &[u8])>;
        run(match self {
            Self::Timestamp(timestamp) => Payload::Timestamp(*timestamp),
            Self::Rand(rand) => Payload::Rand(rand),
            Self::Identity(kind, data) => Payload::Identity(Identity { kind: *kind, data }),
            Self::Role(role, kind, data) => Payload::Role(*role, Identity { kind: *kind, data }),
            Self::Policy(number, protocol, listed) => {
                parameters = listed.iter().map(|(kind, value)| (*kind, value.as_slice())).collect();
                let parameters = Parameters::from(parameters.as_slice());
                Payload::Policy(SecurityPolicy { number: *number, protocol: *protocol, parameters })
            }
            Self::Sakke(parameters, id_scheme, data) => Payload::Sakke(SakkePayload {
                parameters: *parameters,
                id_scheme: *id_scheme,
                data,
            }),
            Self::Extension(kind, data) => Payload::Extension(Extension { kind: *kind, data }),
            Self::Kemac(encryption, data, octets, sha256) => {
                Payload::Kemac(Kemac { encryption: *encryption, data, mac: mac(octets, *sha256) })
            }
            Self::Verification(octets, sha256) => Payload::Verification(mac(octets, *sha256)),
            Self::Error(number) => Payload::Error(*number),
        })
    }
}

fn identity_type() -> impl Strategy<Value = IdentityType> {
    prop_oneof![Just(IdentityType::Nai), Just(IdentityType::Uri), Just(IdentityType::Octets)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Initiator),
        Just(Role::Responder),
        Just(Role::Kms),
        Just(Role::PreSharedKey),
        Just(Role::Application),
        Just(Role::InitiatorKms),
        Just(Role::ResponderKms),
        Just(Role::InitiatorUid),
        Just(Role::ResponderUid),
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<u64>().prop_map(Timestamp::NtpUtc),
        any::<u64>().prop_map(Timestamp::Ntp),
        any::<u32>().prop_map(Timestamp::Counter),
        any::<u32>().prop_map(Timestamp::NtpUtc32),
    ]
}

fn payload() -> impl Strategy<Value = Owned> {
    prop_oneof![
        timestamp().prop_map(Owned::Timestamp),
        octets(255).prop_map(Owned::Rand),
        (identity_type(), octets(300)).prop_map(|(kind, data)| Owned::Identity(kind, data)),
        (role(), identity_type(), octets(65_535))
            .prop_map(|(role, kind, data)| Owned::Role(role, kind, data)),
        (any::<u8>(), any::<u8>(), proptest::collection::btree_map(any::<u8>(), octets(255), 0..9))
            .prop_map(|(number, protocol, all)| {
                Owned::Policy(number, protocol, all.into_iter().collect())
            }),
        (any::<u8>(), any::<u8>(), octets(273))
            .prop_map(|(parameters, scheme, data)| Owned::Sakke(parameters, scheme, data)),
        (any::<u8>(), octets(300)).prop_map(|(kind, data)| Owned::Extension(kind, data)),
        (any::<u8>(), octets(40), any::<[u8; 32]>(), any::<bool>())
            .prop_map(|(alg, data, mac, sha256)| Owned::Kemac(alg, data, mac, sha256)),
        (any::<[u8; 32]>(), any::<bool>())
            .prop_map(|(mac, sha256)| Owned::Verification(mac, sha256)),
        any::<u8>().prop_map(Owned::Error),
    ]
}

#[derive(Clone, Debug)]
enum OwnedMap {
    Empty,
    Srtp(Vec<(u8, u32, u32)>),
    Generic(Vec<(u8, bool, Vec<u8>, Vec<u8>)>),
}

fn map() -> impl Strategy<Value = OwnedMap> {
    prop_oneof![
        Just(OwnedMap::Empty),
        vec(any::<(u8, u32, u32)>(), 0..=255).prop_map(OwnedMap::Srtp),
        proptest::collection::btree_map(
            any::<u8>(),
            (any::<bool>(), octets(127), octets(255)),
            0..20
        )
        .prop_map(|all| OwnedMap::Generic(
            all.into_iter().map(|(id, (s, policies, spi))| (id, s, policies, spi)).collect()
        )),
    ]
}

proptest! {
    #[test]
    fn a_message_decodes_to_what_was_said(
        map in map(),
        message_type in prop_oneof![
            Just(MessageType::PreSharedKey),
            Just(MessageType::Verification),
            Just(MessageType::Error),
            Just(MessageType::Sakke),
        ],
        (v, sha256, csb_id) in any::<(bool, bool, u32)>(),
        payloads in vec(payload(), 0..8),
        sign in option::of((0u8..16, octets(4095))),
    ) {
        let (streams, sessions): (Vec<_>, Vec<_>);
        let map = match &map {
            OwnedMap::Empty => CsIdMap::Empty,
            OwnedMap::Srtp(all) => {
                streams = all
                    .iter()
                    .map(|&(policy, ssrc, roc)| SrtpStream { policy, ssrc, roc })
                    .collect();
                CsIdMap::SrtpId(streams.as_slice().into())
            }
            OwnedMap::Generic(all) => {
                sessions = all
                    .iter()
                    .map(|(cs_id, s, policies, spi)| CryptoSession {
                        cs_id: *cs_id,
                        protocol: 0,
                        s: *s,
                        policies,
                        session_data: &[7; 10][..if *s { 10 } else { 4 }],
                        spi,
                    })
                    .collect();
                CsIdMap::GenericId(sessions.as_slice().into())
            }
        };
        let prf = if sha256 { Prf::HmacSha256 } else { Prf::HmacSha1 };
        let header = Header { message_type, v, prf, csb_id, map };
        let mut builder = Builder::new(&header).unwrap();
        for payload in &payloads {
            payload.with(|payload| builder.push(&payload)).unwrap();
        }
        if let Some((kind, signature)) = &sign {
            let sign = Payload::Sign(Sign { kind: *kind, signature });
            builder.push(&sign).unwrap();
            prop_assert_eq!(builder.push(&sign), Err(Error::Payload), "SIGN is the last");
        }
        let octets = builder.finish();
        // The message may exceed the default limits.
        let limits = Limits { octets: usize::MAX, ..Limits::default() };
        let message = Message::decode_within(&octets, &limits).unwrap();
        prop_assert_eq!(message.header(), &header);
        let mut decoded = message.payloads();
        for payload in &payloads {
            let next = decoded.next().unwrap();
            prop_assert!(payload.with(|payload| payload == next));
        }
        let last = decoded.next();
        prop_assert_eq!(last.is_some(), sign.is_some());
        if let (Some((kind, signature)), Some(payload)) = (&sign, last) {
            prop_assert_eq!(payload, Payload::Sign(Sign { kind: *kind, signature }));
        }
        prop_assert!(decoded.next().is_none());
        prop_assert_eq!(remade(&message).unwrap(), &octets[..]);
        // The message with one octet more or less does not decode.
        prop_assert!(Message::decode_within(&octets[..octets.len() - 1], &limits).is_err());
        let longer = [octets.as_slice(), &[0]].concat();
        prop_assert_eq!(Message::decode_within(&longer, &limits), Err(Error::Trailing));
    }

    #[test]
    fn what_decodes_is_made_again(
        octets in altered([vectors("i-message", "message"), vectors("psk", "message")].concat()),
    ) {
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(remade(&message).unwrap(), octets);
        }
    }

    #[test]
    fn any_octets_are_refused_or_made_again(octets in octets(600)) {
        if let Ok(message) = Message::decode(&octets) {
            prop_assert_eq!(remade(&message).unwrap(), &octets[..]);
        }
        if let Ok(parameters) = KeyParameters::decode(&octets) {
            prop_assert_eq!(parameters.encode().unwrap(), &octets[..]);
        }
    }

    #[test]
    fn key_parameters_decode_to_what_was_said(
        purpose in prop_oneof![
            Just(Purpose::Gmk), Just(Purpose::Pck), Just(Purpose::Csk), Just(Purpose::Spk),
            Just(Purpose::Mkfc), Just(Purpose::Mscck), Just(Purpose::MuSik),
        ],
        (status, date, payload_id, sequence) in any::<(u32, u64, u32, u8)>(),
        (activation, expiry) in (1u64..1 << 39, 0u64..1 << 39),
        (activated, expires) in any::<(bool, bool)>(),
        (nonce, key_id, content, secret) in any::<([u8; 16], u32, u8, [u8; 16])>(),
        text in octets(300),
        groups in vec((any::<u8>(), vec(any::<u8>(), 1..40)), 0..20),
        (reserved, signalling_algorithm) in (any::<[u8; 3]>(), any::<Option<u8>>()),
    ) {
        let has_list = matches!(purpose, Purpose::Gmk | Purpose::Mkfc | Purpose::MuSik);
        let groups = if has_list {
            groups.into_iter().map(|(element, identity)| Group { element, identity }).collect()
        } else {
            Vec::new()
        };
        let status = Status(status);
        let time = |is_there: bool, seconds| is_there.then(|| NtpTime::from_unix(seconds));
        let expiry = time(expires, activation + expiry);
        let activation = time(activated, activation);
        let reserved = if has_list { reserved.to_vec() } else { Vec::new() };
        let parameters =
            KeyParameters { purpose, status, activation, expiry, text, groups, reserved };
        let octets = parameters.encode();
        // A receiver would read the top half of such a status as a length.
        prop_assume!(octets != Err(eccsi_sakke::mission_critical::Error::Parameters));
        let octets = octets.unwrap();
        let decoded = KeyParameters::decode(&octets);
        prop_assert_eq!(decoded.as_ref(), Ok(&parameters));
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        let element = [&[0x7a][..], &length, &octets].concat();
        prop_assert_eq!(KeyParameters::decode(&element), decoded);
        let without = &octets[..octets.len() - parameters.reserved.len()];
        prop_assert!(KeyParameters::decode(&without[..without.len() - 1]).is_err());
        // Sealed parameters, once opened, seal to the same octets again.
        let date = date >> 24;
        let header = ParametersHeader {
            date,
            payload_id,
            sequence,
            signalling_algorithm,
            content,
            ..ParametersHeader::new(date, nonce, key_id)
        };
        let sealed = header.seal(&parameters, &secret.into()).unwrap();
        let decoded = SealedParameters::decode(&sealed).unwrap();
        prop_assert_eq!(decoded.header(), &header);
        let opened = decoded.open(&secret.into()).unwrap();
        prop_assert_eq!(decoded.header().seal(&opened, &secret.into()).unwrap(), sealed);
    }

    #[test]
    fn key_parameters_are_made_again(
        which in any::<prop::sample::Index>(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        thread_local! {
            static ALL: Vec<Vec<u8>> = {
                let sealed = vectors("key-params", "data");
                let keys = vectors("key-params", "K");
                let opened = sealed.iter().zip(&keys).filter_map(|(data, k)| {
                    let secret = sakke::SharedSecret::try_from(k.as_slice()).ok()?;
                    let octets = SealedParameters::decode(data).ok()?.open_octets(&secret).ok()?;
                    Some(octets.to_vec())
                });
                opened.filter(|octets| !octets.is_empty()).collect()
            };
        }
        let mut octets = ALL.with(|all| which.get(all).clone());
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if let Ok(parameters) = KeyParameters::decode(&octets) {
            let encoded = parameters.encode().unwrap();
            prop_assert!(encoded == octets || encoded == octets[3..], "the content, or its element");
        }
    }
}

#[test]
fn what_does_not_fit_is_not_encoded() {
    let header = |map| Header {
        message_type: MessageType::Sakke,
        v: false,
        prf: Prf::HmacSha256,
        csb_id: 1,
        map,
    };
    let mut builder = Builder::new(&header(CsIdMap::Empty)).unwrap();
    builder.push(&Payload::Rand(&[1; 16])).unwrap();
    let before = builder.clone().finish();
    let long = vec![0; 65_536];
    let repeated: [(u8, &[u8]); 2] = [(1, &[]), (1, &[])];
    let too_long: [(u8, &[u8]); 1] = [(1, &long[..256])];
    let policy = |parameters| SecurityPolicy { number: 0, protocol: 0, parameters };
    let refused = [
        (Payload::Rand(&long[..256]), Error::Length),
        (Payload::Identity(Identity::uri(&long)), Error::Length),
        (Payload::Extension(Extension { kind: 0, data: &long }), Error::Length),
        (Payload::Sign(Sign { kind: 2, signature: &long[..4096] }), Error::Length),
        (Payload::Sign(Sign { kind: 16, signature: &[] }), Error::Value),
        (Payload::Policy(policy(repeated.as_slice().into())), Error::Repeated),
        (Payload::Policy(policy(too_long.as_slice().into())), Error::Length),
    ];
    for (payload, error) in refused {
        assert_eq!(builder.push(&payload), Err(error));
        assert_eq!(builder.clone().finish(), before, "as it was before");
    }
    let session = |cs_id| CryptoSession {
        cs_id,
        protocol: 0,
        s: false,
        policies: &[],
        session_data: &[],
        spi: &[],
    };
    let maps = [
        (vec![session(1), session(1)], Error::Repeated),
        (vec![CryptoSession { policies: &long[..128], ..session(1) }], Error::Length),
        (vec![CryptoSession { spi: &long[..256], ..session(1) }], Error::Length),
        (vec![CryptoSession { session_data: &long[..5], ..session(1) }], Error::Length),
    ];
    for (sessions, error) in &maps {
        let map = CsIdMap::GenericId(sessions.as_slice().into());
        assert_eq!(Builder::new(&header(map)).err(), Some(*error));
    }
    let streams = [SrtpStream { policy: 0, ssrc: 0, roc: 0 }; 256];
    assert!(Builder::new(&header(CsIdMap::SrtpId((&streams[..255]).into()))).is_ok());
    let map = CsIdMap::SrtpId(streams.as_slice().into());
    assert_eq!(Builder::new(&header(map)).err(), Some(Error::Length));
}
