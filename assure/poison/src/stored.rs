//! State as sealed records: the device key, and the secrets in them.

use eccsi_sakke::kms::{
    IntegrityKey, KeyContent, KeyRing, KeySetParts, SharedKeyId, SharedKeys, TransportKey,
    ValidPeriod,
};
use eccsi_sakke::mission_critical::{Key, KeyId, Purpose, Received};
use eccsi_sakke::stored::{DeviceKey, Error, Label, Stored};
use eccsi_sakke::{NtpTime, eccsi, sakke};

use crate::client::secret;
use crate::{Run, is_public, is_secret, secret_rng};

const LABEL: Label<'_> = Label { owner: "sip:alice@example.org", generation: 1 };
const RAND: [u8; 16] = [0x61; 16];

fn device() -> DeviceKey {
    DeviceKey::new(1, &secret([0x81; 32]))
}

fn again<T: Stored>(value: &T) -> T {
    let record = device().seal(value, LABEL, &mut secret_rng(50)).expect("sealed");
    is_public(&record);
    device().open(&record, LABEL).expect("its own").value
}

fn key() -> Key {
    Key::new(KeyId::new(Purpose::Csk, 1), secret([0x71; 16]).into(), RAND).expect("a key")
}

fn received() -> Received {
    Received::from_parts(key(), key().id(), NtpTime::from_seconds(1), None, Default::default())
        .expect("a key")
}

pub fn operations(run: &mut Run) {
    run.wanted("DeviceKey: generate, clone, drop", || {
        is_secret(DeviceKey::generate(1, &mut secret_rng(51)).clone().to_bytes().as_slice());
    });
    run.wanted("DeviceKey::seal, open: KSAK, z", || {
        let ksak = eccsi::KmsSecretKey::try_from(&secret([0x51; 32])).expect("in range");
        is_secret(again(&ksak).to_bytes().as_slice());
        let z = sakke::KmsSecretKey::try_from(&secret([0x25; 128])).expect("in range");
        is_secret(again(&z).to_bytes().as_slice());
    });
    run.wanted("DeviceKey::seal, open: KeyRing", || {
        let trk = |id| TransportKey::new(SharedKeyId(id), secret([0x41; 32])).expect("32 octets");
        let ink = IntegrityKey::new(SharedKeyId(3), secret([0x42; 32])).expect("32 octets");
        let mut ring = KeyRing::new(SharedKeys::new(trk(1), Some(ink)));
        ring.offer(trk(2), None).expect("offered");
        is_secret(again(&ring).newest().transport().to_bytes().as_slice());
    });
    run.wanted("DeviceKey::seal, open: KeySetParts", || {
        let parts = again(&KeySetParts {
            version: KeySetParts::VERSION.into(),
            kms_uri: "kms".into(),
            cert_uri: None,
            issuer: None,
            user_uri: "user".into(),
            user_id: vec![1; 32],
            valid: ValidPeriod::default(),
            key_period_no: 1,
            revoked: false,
            user_decrypt_key: KeyContent::plain(&secret([0x52; 257])),
            user_signing_key_ssk: KeyContent::plain(&secret([0x53; 32])),
            user_pub_token_pvt: KeyContent::plain(&[0x54; 65]),
        });
        let KeyContent::Plain(rsk) = &parts.user_decrypt_key else { panic!("in clear") };
        is_secret(rsk);
    });
    run.wanted("DeviceKey::seal, open: Key, Received", || {
        is_secret(again(&key()).secret().as_bytes());
        is_secret(again(&received()).key().secret().as_bytes());
    });
    run.wanted("DeviceKey::open, refused", || {
        let mut record = device().seal(&key(), LABEL, &mut secret_rng(52)).expect("sealed");
        let last = record.len() - 1;
        record[last] ^= 1;
        assert_eq!(device().open::<Key>(&record, LABEL).err(), Some(Error::Sealed));
    });
}
