//! State as sealed records.

use eccsi_sakke::eccsi;
use eccsi_sakke::mission_critical::{Key, Purpose};
use eccsi_sakke::stored::{DeviceKey, Label};

use super::{Case, Inputs, good, rng};

pub const LABEL: Label<'_> = Label { owner: "sip:alice@example.org", generation: 1 };
pub const SEED_NONCE: u64 = 10;

fn device(inputs: &Inputs) -> DeviceKey {
    DeviceKey::new(1, &inputs.plain::<32>("trk"))
}

pub(super) const CASES: &[(&str, Case)] = &[
    ("stored::DeviceKey::seal", |inputs| {
        let key = inputs.key(Purpose::Gmk);
        good(&device(inputs).seal(&key, LABEL, &mut rng(SEED_NONCE)));
        let ksak = inputs.ksak();
        good(&device(inputs).seal(good(&ksak), LABEL, &mut rng(SEED_NONCE)));
    }),
    ("stored::DeviceKey::open", |inputs| {
        good(&device(inputs).open::<Key>(&inputs.octets("record-key"), LABEL));
        good(&device(inputs).open::<eccsi::KmsSecretKey>(&inputs.octets("record-ksak"), LABEL));
    }),
];
