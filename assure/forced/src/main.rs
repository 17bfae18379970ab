//! Encapsulates as RFC 6508 appendix A does, and prints which backend ran. `.ci/assure forced` runs this program.

use eccsi_sakke::{Backend, Error, Identifier, sakke};

fn main() -> Result<(), Error> {
    let recipient =
        sakke::KmsPublicKey::try_from(&rfc::Z)?.recipient(&Identifier::try_from(&rfc::ID[..])?)?;
    let sealed = recipient.encapsulate(&rfc::SSV.into())?;
    assert_eq!(sealed.to_bytes(), rfc::ENCAPSULATED);
    println!("the RFC's value on {}", Backend::detect());
    Ok(())
}
