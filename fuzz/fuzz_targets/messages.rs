//! Every octet string is refused, or is what its decoded message encodes to.

#![no_main]

use std::sync::LazyLock;

use eccsi_sakke::mikey::psk::{
    KeyData, KeyKind, PskMessage, PskOutline, SignedPskMessage, verify_response,
};
use eccsi_sakke::mikey::{Builder, Clock, IMessage, MemoryCache, Message, Role};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri};
use eccsi_sakke_fuzz::OUTLINE;
use libfuzzer_sys::fuzz_target;

/// A message that any other could answer.
static SENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let outline = PskOutline { v: true, ..OUTLINE };
    outline.seal(&[1; 16], &[KeyData::new(KeyKind::Tgk, &[2; 16])]).expect("a message")
});

fuzz_target!(|octets: &[u8]| {
    let message = Message::decode(octets);
    if let Ok(message) = &message {
        let mut builder = Builder::new(message.header()).expect("a header");
        for payload in message.payloads() {
            builder.push(&payload).expect("a payload");
        }
        assert_eq!(builder.finish(), octets);
        let _ = format!("{message:?}");
    }
    // What decodes to a special message must decode to a message.
    let i_message = IMessage::decode(octets);
    let signed = SignedPskMessage::decode(octets).map(SignedPskMessage::without_its_signature);
    let special = i_message.is_ok() || signed.is_ok();
    assert!(message.is_ok() || !special);
    assert!(PskMessage::decode(octets).is_err() || signed.is_err());
    if let Ok(message) = i_message {
        for role in [Role::Initiator, Role::ResponderUid, Role::Kms] {
            let _ = message.identity(role);
        }
        let numbers = message.policies().map(|policy| policy.number);
        assert!(numbers.into_iter().all(|number| message.policy(number).is_some()));
        let time = NtpTime::from_timestamp(message.timestamp().seconds().expect("a time"), NOW);
        let clock = Clock { now: time, skew: 0 };
        assert!(message.check_fresh(&clock, &MemoryCache::new(0)).is_ok());
    }
    if let Ok(message) = PskMessage::decode(octets).or(signed) {
        // No MAC under the key of 16 zeros is expected, so the outcome doesn't matter.
        let checked = message.check_counter(None).or_else(|_| {
            let seconds = message.timestamp().seconds().expect("a time");
            let clock = Clock { now: NtpTime::from_timestamp(seconds, NOW), skew: 0 };
            message.check_fresh(&clock, &MemoryCache::new(0))
        });
        let _ = checked.expect("fresh").authenticate(&[0; 16], &mut MemoryCache::new(1));
    }
    let sent = PskMessage::decode(&SENT).expect("a message");
    let _ = verify_response(octets, &sent, &[1; 16], b"initiator", b"responder");
    if let Ok(identifier) = Identifier::try_from(octets) {
        assert_eq!(identifier.as_bytes(), octets);
    }
    if let Ok(text) = core::str::from_utf8(octets) {
        let periods = KeyPeriods::new(2_592_000).expect("a period");
        assert!(periods.uid_at(UserUri(text), KmsUri(text), NOW).is_ok());
    }
});

const NOW: NtpTime = NtpTime::from_unix(1_800_000_000);
