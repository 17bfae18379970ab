//! What the targets share: the keys of the RFCs' appendices, a generator, an outline, the model of a network, and `take`.

pub mod network;
mod rng;

pub use rng::Rng;

use std::sync::LazyLock;

use eccsi_sakke::mikey::psk::PskOutline;
use eccsi_sakke::mikey::{CsIdMap, Prf, Timestamp};
use eccsi_sakke::{Identifier, eccsi, sakke};
use serde_json::Value;

/// An attribute of the first test in a group of rfc.json.
pub fn attribute(group: &str, name: &str) -> Vec<u8> {
    static FILE: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../test-vectors/rfc.json")).expect("JSON")
    });
    let groups = FILE["groups"].as_array().expect("groups");
    let group = groups.iter().find(|g| g["name"] == group).expect("the group");
    let hex = group["tests"][0][name].as_str().expect("hexadecimal");
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"))
        .collect()
}

/// The signer of RFC 6507 appendix A.
pub struct Signer {
    pub kms: eccsi::KmsPublicKey,
    pub key: eccsi::SigningKey,
    pub id: Vec<u8>,
}

pub static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let of = |name| attribute("rfc6507-appendix-a", name);
    let kms = eccsi::KmsPublicKey::try_from(of("KPAK").as_slice()).expect("a point");
    let key = eccsi::SigningKey::new(of("SSK"), of("PVT"), of("ID"), &kms).expect("its key");
    Signer { kms, key, id: of("ID") }
});

/// The KMS and receiver of RFC 6508 appendix A.
pub struct Receiver {
    pub kms: sakke::KmsSecretKey,
    pub key: sakke::ReceiverKey,
    pub prepared: sakke::PreparedReceiverKey,
    pub id: Identifier,
}

pub static RECEIVER: LazyLock<Receiver> = LazyLock::new(|| {
    let of = |name| attribute("rfc6508-appendix-a", name);
    let kms = sakke::KmsSecretKey::try_from(of("z").as_slice()).expect("in range");
    let id = Identifier::try_from(of("ID").as_slice()).expect("an identifier");
    let key = kms.extract(&id).expect("a key");
    let prepared = key.prepare().expect("prepared");
    Receiver { kms, key, prepared, id }
});

/// A pre-shared-key message without any optional content.
pub const OUTLINE: PskOutline<'static> = PskOutline {
    prf: Prf::HmacSha256,
    v: false,
    csb_id: 1,
    map: CsIdMap::Empty,
    timestamp: Timestamp::Counter(1),
    rand: &[3; 16],
    identities: &[],
    policies: &[],
};

/// The first N octets of `data`, with zeros after its end.
pub fn take<const N: usize>(data: &mut &[u8]) -> [u8; N] {
    let (octets, rest) = data.split_at(N.min(data.len()));
    *data = rest;
    let mut out = [0; N];
    out[..octets.len()].copy_from_slice(octets);
    out
}
