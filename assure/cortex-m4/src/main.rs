//! Signs, verifies, encapsulates and decapsulates with the RFCs' values on a Cortex-M4, without std and without a heap,
//! and prints how much stack each operation took.
#![no_std]
#![no_main]

mod board;

use core::hint::black_box;

use board::{exit, print, print_number, stack_of};
use eccsi_sakke::{Identifier, eccsi, sakke};

fn identifier() -> Identifier {
    Identifier::try_from(&rfc::ID[..]).unwrap_or_else(|_| exit(4))
}

#[inline(never)]
fn sign() -> bool {
    let kms = eccsi::KmsPublicKey::try_from(black_box(&rfc::KPAK));
    let key = kms.and_then(|kms| eccsi::SigningKey::new(rfc::SSK, rfc::PVT, rfc::ID, &kms));
    key.and_then(|key| key.sign_with_j(&rfc::J, &[&rfc::MESSAGE]))
        .is_ok_and(|signature| signature.to_bytes() == rfc::SIGNATURE)
}

#[inline(never)]
fn verify() -> bool {
    let (Ok(kms), Ok(signature)) = (
        eccsi::KmsPublicKey::try_from(black_box(&rfc::KPAK)),
        eccsi::Signature::try_from(&rfc::SIGNATURE),
    ) else {
        return false;
    };
    let key = kms.verifying_key(rfc::ID);
    key.verify(&rfc::MESSAGE, &signature).is_ok() && key.verify(b"other", &signature).is_err()
}

#[inline(never)]
fn encapsulate() -> bool {
    sakke::KmsPublicKey::try_from(black_box(&rfc::Z))
        .and_then(|kms| kms.recipient(&identifier()))
        .and_then(|recipient| recipient.encapsulate(&rfc::SSV.into()))
        .is_ok_and(|sealed| sealed.to_bytes() == rfc::ENCAPSULATED)
}

/// Imports the RSK, which checks its equation and its order.
#[inline(never)]
fn import() -> Option<sakke::ReceiverKey> {
    let kms = sakke::KmsPublicKey::try_from(black_box(&rfc::Z)).ok()?;
    sakke::ReceiverKey::new(rfc::RSK, &identifier(), &kms).ok()
}

#[inline(never)]
fn decapsulate(key: &sakke::ReceiverKey) -> bool {
    sakke::Encapsulation::try_from(black_box(&rfc::ENCAPSULATED))
        .and_then(|sealed| key.decapsulate(&sealed))
        .is_ok_and(|ssv| *ssv.as_bytes() == rfc::SSV)
}

fn tell(name: &str, run: impl FnOnce() -> bool) {
    let (good, octets) = stack_of(run);
    print("stack ");
    print(name);
    print(" ");
    print_number(octets);
    print(if good { " ok\n" } else { " WRONG\n" });
    if !good {
        exit(3);
    }
}

fn main() {
    if cfg!(feature = "sign") {
        tell("sign", sign);
    }
    if cfg!(feature = "verify") {
        tell("verify", verify);
    }
    if cfg!(feature = "encapsulate") {
        tell("encapsulate", encapsulate);
    }
    if cfg!(feature = "import") {
        tell("import", || import().is_some());
    }
    if cfg!(feature = "decapsulate") {
        let key = import();
        tell("decapsulate", || key.as_ref().is_some_and(decapsulate));
    }
}
