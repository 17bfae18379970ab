//! What ordinary senders don't do. They don't send parameters in another form, and they don't spoil messages before
//! they sign them.

use aes_gcm::AesGcm;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::consts::U16;
use eccsi_sakke::UserUri;
use eccsi_sakke::mikey::{CryptoSession, CsIdMap, Extension, Message, Payload, Prf};
use eccsi_sakke::mission_critical::{Key, KeyParameters, ParametersHeader, Purpose};

use super::sender::random;
use super::splice::built;
use crate::Rng;

/// What a sender did wrong in a message that it signed itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// The secret is encapsulated to somebody else.
    Elsewhere,
    /// The crypto sessions have another key's SPI.
    Spi,
    /// The parameters are sealed under another key.
    Sealed,
    /// The parameters are under another identifier.
    Parameters,
    /// The parameters are those of a key for another purpose.
    Purpose,
    /// The parameters say that the key is revoked.
    Revoked,
    /// The message follows RFC 6509, but names nobody.
    Bare,
    /// The PRF is not that of the profile.
    Prf,
}

/// The flaws of messages of the profile.
pub const FLAWS: [Flaw; 7] = [
    Flaw::Elsewhere,
    Flaw::Spi,
    Flaw::Sealed,
    Flaw::Parameters,
    Flaw::Purpose,
    Flaw::Revoked,
    Flaw::Prf,
];

/// Parameters of `key` that the receiver must refuse.
pub fn missealed(key: &Key, to: &str, flaw: Flaw, rng: &mut Rng) -> Vec<u8> {
    let mut key_id = key.user_id(UserUri(to)).expect("an identifier").value();
    let (mut secret, mut purpose) = (key.secret().clone(), key.purpose());
    match flaw {
        Flaw::Parameters => key_id ^= 1,
        Flaw::Purpose => purpose = Purpose::Spk,
        _ => secret = random(rng).into(),
    }
    let header = ParametersHeader::new(0, random(rng), key_id);
    header.seal(&KeyParameters::new(purpose), &secret).expect("sealed")
}

/// The message with these parameters, and with the other changes that a flaw makes.
pub fn changed(octets: &[u8], sealed: Option<&[u8]>, flaw: Option<Flaw>) -> Option<Vec<u8>> {
    let message = Message::decode(octets).ok()?;
    let mut header = *message.header();
    if flaw == Some(Flaw::Prf) {
        header.prf = Prf::HmacSha1;
    }
    let mut sessions = Vec::new();
    if let (Some(Flaw::Spi), CsIdMap::GenericId(found)) = (flaw, header.map) {
        sessions.extend(found.iter().map(|session| CryptoSession { spi: b"none", ..session }));
        header.map = CsIdMap::GenericId(sessions.as_slice().into());
    }
    built(
        &header,
        message.payloads().map(|payload| match (payload, sealed) {
            (Payload::Extension(extension), Some(data))
                if extension.kind == Extension::KEY_PARAMETERS =>
            {
                Payload::Extension(Extension { data, ..extension })
            }
            _ => payload,
        }),
    )
}

/// The parameters of `key` as an element with type and length.
pub fn sealed_nested(key: &Key, to: &str, parameters: &KeyParameters, nonce: [u8; 16]) -> Vec<u8> {
    let key_id = key.user_id(UserUri(to)).expect("an identifier");
    let header = ParametersHeader::new(0, nonce, key_id.value());
    let plain = header.seal(parameters, key.secret()).expect("sealed");
    let content = parameters.encode().expect("encoded");
    let mut data = vec![0x79];
    data.extend_from_slice(&u16::try_from(content.len()).expect("short").to_be_bytes());
    data.extend_from_slice(&content);
    let payload_key = key.payload_cipher_key(key_id).expect("a key");
    let tag = AesGcm::<Aes128, U16>::new((&*payload_key).into())
        .encrypt_inout_detached(&nonce.into(), &plain[..32], InOutBuf::from(data.as_mut_slice()))
        .expect("a tag");
    data.extend_from_slice(&tag);
    let length = u16::try_from(data.len()).expect("short").to_be_bytes();
    [&plain[..33], &length, &data].concat()
}
