//! The one export, `run`, returns how many of the four operations give the RFCs' values.
#![no_std]

use core::hint::black_box;

use eccsi_sakke::{Error, Identifier, eccsi, sakke};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// 4 if every operation gives its value.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> i32 {
    [sign(), verify(), encapsulate(), decapsulate()]
        .map(|good| i32::from(good == Ok(true)))
        .iter()
        .sum()
}

fn sign() -> Result<bool, Error> {
    let kms = eccsi::KmsPublicKey::try_from(black_box(&rfc::KPAK))?;
    let key = eccsi::SigningKey::new(rfc::SSK, rfc::PVT, rfc::ID, &kms)?;
    Ok(key.sign_with_j(&rfc::J, &[&rfc::MESSAGE])?.to_bytes() == rfc::SIGNATURE)
}

fn verify() -> Result<bool, Error> {
    let key = eccsi::KmsPublicKey::try_from(black_box(&rfc::KPAK))?.verifying_key(rfc::ID);
    let signature = eccsi::Signature::try_from(&rfc::SIGNATURE)?;
    key.verify(&rfc::MESSAGE, &signature)?;
    Ok(key.verify(b"other", &signature).is_err())
}

fn encapsulate() -> Result<bool, Error> {
    let kms = sakke::KmsPublicKey::try_from(black_box(&rfc::Z))?;
    let recipient = kms.recipient(&Identifier::try_from(&rfc::ID[..])?)?;
    Ok(recipient.encapsulate(&rfc::SSV.into())?.to_bytes() == rfc::ENCAPSULATED)
}

fn decapsulate() -> Result<bool, Error> {
    let kms = sakke::KmsPublicKey::try_from(black_box(&rfc::Z))?;
    let key = sakke::ReceiverKey::new(rfc::RSK, &Identifier::try_from(&rfc::ID[..])?, &kms)?;
    let sealed = sakke::Encapsulation::try_from(&rfc::ENCAPSULATED)?;
    Ok(*key.decapsulate(&sealed)?.as_bytes() == rfc::SSV)
}
