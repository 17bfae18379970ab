//! A batch gives what one operation at a time gives, octet for octet, whatever its length.
#![cfg(feature = "alloc")]

use eccsi_sakke::sakke::{Encapsulation, KmsSecretKey, ReceiverKey, SharedSecret};
use eccsi_sakke::{Error, Identifier};

/// q of RFC 6509 appendix A.
const Q: &str = "265EAEC7C2958FF69971846636B4195E905B0338672D20986FA6B8D62CF8068B\
                 BD02AAC9F8BF03C6C8A1CC354C69672C39E46CE7FDF222864D5B49FD2999A9B4\
                 389B1921CC9AD335144AB173595A07386DABFD2A0C614AA0A9F3CF14870F026A\
                 A7E535ABD5A5C7C7FF38FA08E2615F6C203177C42B1EB3A1D99B601EBFAA17FB";

/// Around one and two times eight.
const LONGEST: usize = 17;

fn ids() -> Vec<Identifier> {
    let id = |i| Identifier::tel_monthly(2026, 11, &format!("tel:+4477009{i:05}"));
    (0..LONGEST).map(|i| id(i).expect("an identifier")).collect()
}

fn kms() -> KmsSecretKey {
    KmsSecretKey::try_from(&[0x25; 128]).expect("below q")
}

/// The KMS with z = q − a, under which the identifier a has no key.
fn kms_without(id: &Identifier) -> KmsSecretKey {
    let mut z: [u8; 128] = hex::decode(Q).expect("hex").try_into().expect("128 octets");
    let mut borrow = 0;
    let a = id.as_bytes().iter().rev().copied().chain(std::iter::repeat(0));
    for (octet, a) in z.iter_mut().rev().zip(a) {
        let difference = i16::from(*octet) - i16::from(a) - borrow;
        borrow = i16::from(difference < 0);
        *octet = difference.rem_euclid(256) as u8;
    }
    KmsSecretKey::try_from(&z).expect("in 2 ..= q − 1")
}

fn octets(sealed: &[Encapsulation]) -> Vec<[u8; 273]> {
    sealed.iter().map(Encapsulation::to_bytes).collect()
}

#[test]
fn encapsulations_are_those_of_one_at_a_time() -> Result<(), Error> {
    let (key, ids) = (kms().public_key().prepare(), ids());
    let ssvs = (0u8..).map(|i| SharedSecret::from([i; 16]));
    let pairs: Vec<_> = ids.iter().copied().zip(ssvs).collect();
    let same = &pairs[1].1;
    let singles = |seal: &dyn Fn(usize) -> Result<Encapsulation, Error>| {
        (0..LONGEST).map(seal).collect::<Result<Vec<_>, _>>()
    };
    let to_all = octets(&singles(&|i| key.encapsulate(&ids[i], same))?);
    let each = octets(&singles(&|i| key.encapsulate(&pairs[i].0, &pairs[i].1))?);
    for length in 0..=LONGEST {
        assert_eq!(octets(&key.encapsulate_to_all(&ids[..length], same)?), to_all[..length]);
        assert_eq!(octets(&key.encapsulate_each(&pairs[..length])?), each[..length]);
    }
    Ok(())
}

#[test]
fn extracted_keys_are_those_of_one_at_a_time() -> Result<(), Error> {
    let (kms, ids) = (kms(), ids());
    let singles = ids.iter().map(|id| kms.extract(id)).collect::<Result<Vec<_>, _>>()?;
    for length in 0..=LONGEST {
        let keys = kms.extract_all(&ids[..length])?;
        assert_eq!(keys.len(), length);
        for (key, single) in keys.iter().zip(&singles) {
            assert_eq!(key.to_bytes(), single.to_bytes());
            assert_eq!(key.identifier(), single.identifier());
        }
    }
    Ok(())
}

#[test]
fn one_identifier_without_a_key_is_refused_wherever_it_stands() {
    let (ids, ssv) = (ids(), SharedSecret::from([7; 16]));
    for place in [0, 3, 7, 8, 16] {
        let kms = kms_without(&ids[place]);
        let key = kms.public_key().prepare();
        assert_eq!(kms.extract(&ids[place]).err(), Some(Error::Identifier));
        assert_eq!(key.encapsulate(&ids[place], &ssv).err(), Some(Error::Identifier));
        for length in 0..=LONGEST {
            let expected = (place < length).then_some(Error::Identifier);
            assert_eq!(kms.extract_all(&ids[..length]).err(), expected);
            assert_eq!(key.encapsulate_to_all(&ids[..length], &ssv).err(), expected);
        }
    }
}

#[test]
fn an_identifier_without_a_key_is_at_fault_in_validation() -> Result<(), Error> {
    let ids = ids();
    let kms = kms_without(&ids[0]);
    let rsk = kms.extract(&ids[1])?.to_bytes();
    for rsk in [&rsk[..], &[4; 257]] {
        let expected = ReceiverKey::new(rsk, &ids[0], kms.public_key()).err();
        assert_eq!(expected, Some(Error::Identifier));
    }
    let short = ReceiverKey::new(&rsk[..256], &ids[0], kms.public_key());
    assert_eq!(short.err(), Some(Error::Length));
    Ok(())
}
