//! A batch gives the same results as one operation at a time, for any identifiers and SSVs.
//!
//! The input is the length of the batch, then for each an SSV, the length of the identifier and the identifier.
#![no_main]

use eccsi_sakke::sakke::SharedSecret;
use eccsi_sakke::{Error, Identifier};
use eccsi_sakke_fuzz::{RECEIVER, take};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let length = usize::from(take::<1>(&mut data)[0] % 18);
    let mut each = Vec::new();
    while each.len() < length {
        let ssv = SharedSecret::from(take::<16>(&mut data));
        let octets = usize::from(take::<1>(&mut data)[0]).min(data.len());
        let (id, rest) = data.split_at(octets);
        data = rest;
        let number = [7, each.len() as u8];
        each.push((
            Identifier::try_from(id)
                .unwrap_or(Identifier::try_from(&number[..]).expect("an identifier")),
            ssv,
        ));
    }
    let ids: Vec<_> = each.iter().map(|(id, _)| *id).collect();
    let kms = &RECEIVER.kms;

    let ambiguous = ids.iter().any(|id| id.as_bytes()[0] == 0);
    match kms.extract_all(&ids) {
        Ok(keys) => {
            assert!(!ambiguous);
            for (key, id) in keys.iter().zip(&ids) {
                assert_eq!(*key.to_bytes(), *kms.extract(id).expect("extracted").to_bytes());
            }
        }
        Err(error) => assert!(ambiguous && error == Error::LeadingZero),
    }
    let public = kms.public_key().prepare();
    let sealed = public.encapsulate_each(&each).expect("sealed");
    for (sealed, (id, ssv)) in sealed.iter().zip(&each) {
        assert_eq!(kms.public_key().recipient(id).and_then(|to| to.encapsulate(ssv)), Ok(*sealed));
    }
    if let Some((_, ssv)) = each.first() {
        for (sealed, id) in public.encapsulate_to_all(&ids, ssv).expect("sealed").iter().zip(&ids) {
            assert_eq!(public.encapsulate(id, ssv), Ok(*sealed));
        }
    }
});
