//! Signs, verifies, encapsulates and decapsulates without `std` and without an allocator. The exit status is the number
//! of the step that failed, or 0.

#![no_std]
#![no_main]

use eccsi_sakke::{Error, Identifier, eccsi, hazmat, sakke};

// The start files of the C runtime call `main`.
#[link(name = "c")]
unsafe extern "C" {}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    match (eccsi(), sakke()) {
        (Ok(true), Ok(true)) => 0,
        (Err(_), _) => 1,
        (_, Err(_)) => 2,
        (Ok(false), _) => 3,
        (_, Ok(false)) => 4,
    }
}

fn eccsi() -> Result<bool, Error> {
    let kms = eccsi::KmsSecretKey::try_from(&[0x11; 32])?;
    let issued = kms.issue_with_v(&[0x22; 32], b"signer")?;
    let key = eccsi::SigningKey::new(issued.ssk(), issued.pvt(), b"signer", kms.public_key())?;
    let signature = key.sign_with_j(&[0x33; 32], &[b"mess", b"age"])?;
    let signature = eccsi::Signature::try_from(&signature.to_bytes())?;
    let verifier = kms.public_key().verifying_key(b"signer");
    verifier.verify(b"message", &signature)?;
    Ok(verifier.verify(b"another", &signature).is_err())
}

fn sakke() -> Result<bool, Error> {
    let mut z = hazmat::hash_to_integer_range(b"no_std", &[0xff; 64])?;
    z[127] |= 2;
    let kms = sakke::KmsSecretKey::try_from(&z)?;
    let id = Identifier::tel_monthly(2026, 11, "tel:+447700900123")?;
    let ssv = sakke::SharedSecret::from([0x44; 16]);
    let sealed = kms.public_key().recipient(&id)?.encapsulate(&ssv)?;
    let rsk = kms.extract(&id)?.to_bytes();
    let key = sakke::ReceiverKey::new(&rsk, &id, kms.public_key())?;
    let opened = key.decapsulate(&sakke::Encapsulation::try_from(&sealed.to_bytes())?)?;
    Ok(opened.as_bytes() == ssv.as_bytes())
}
