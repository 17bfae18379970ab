//! Prepared and unprepared keys agree about any Encapsulated Data. What they open is what a sender makes of the SSV,
//! octet for octet.
#![no_main]

use eccsi_sakke::Error;
use eccsi_sakke::sakke::{Encapsulation, SharedSecret};
use eccsi_sakke_fuzz::RECEIVER;
use libfuzzer_sys::fuzz_target;

fn open(sealed: &Encapsulation) -> Result<SharedSecret, Error> {
    let one = RECEIVER.key.decapsulate(sealed);
    let other = RECEIVER.prepared.decapsulate(sealed);
    let octets = |outcome: &Result<SharedSecret, Error>| outcome.clone().map(|ssv| *ssv.as_bytes());
    assert_eq!(octets(&one), octets(&other));
    one
}

fuzz_target!(|data: &[u8]| {
    let recipient = RECEIVER.kms.public_key().recipient(&RECEIVER.id).expect("a recipient");
    if let Ok(sealed) = Encapsulation::try_from(data) {
        match open(&sealed) {
            Ok(ssv) => assert_eq!(recipient.encapsulate(&ssv).expect("sealed"), sealed),
            Err(error) => assert_eq!(error, Error::Rejected),
        }
    }
    // In the other direction, the data is an SSV.
    if let Ok(ssv) = SharedSecret::try_from(data) {
        let sealed = recipient.encapsulate(&ssv).expect("sealed");
        assert_eq!(open(&sealed).expect("opened").as_bytes(), data);
        assert_eq!(recipient.prepare().encapsulate(&ssv).expect("sealed"), sealed);
    }
});
