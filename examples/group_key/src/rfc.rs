//! `--rfc`: the examples of RFC 6507 and RFC 6508, recalculated.

use std::io::Write;

use eccsi_sakke::eccsi::{self, Signature, SigningKey};
use eccsi_sakke::sakke::{self, Encapsulation, ReceiverKey, SharedSecret};
use eccsi_sakke::{Error, Identifier};

use crate::Result;
use crate::rfc_values::{rfc6507, rfc6508};

/// Recalculates both examples and prints every value. Returns whether all values equal those of the RFCs.
pub fn compare(out: &mut impl Write) -> Result<bool> {
    let mut checks = Checks { out, equal: 0, different: 0 };
    signatures(&mut checks)?;
    #[cfg(feature = "hazmat")]
    given_ephemerals(&mut checks)?;
    encapsulation(&mut checks)?;
    checks.close()
}

/// RFC 6507, appendix A.
fn signatures(checks: &mut Checks<impl Write>) -> Result<()> {
    let (master, public) = (hex::decode(rfc6507::KSAK)?, hex::decode(rfc6507::KPAK)?);
    let (ssk, pvt) = (hex::decode(rfc6507::SSK)?, hex::decode(rfc6507::PVT)?);
    let (id, m) = (hex::decode(rfc6507::ID)?, hex::decode(rfc6507::M)?);
    let signature = hex::decode(rfc6507::SIGNATURE)?;

    checks.heading("RFC 6507, appendix A: signatures (ECCSI)")?;
    checks.given("ID, the signer: 2011-02 NUL tel:+447700900123 NUL", &id)?;
    checks.given("M, the message: message NUL", &m)?;

    // At the key server.
    let server = eccsi::KmsSecretKey::try_from(master.as_slice());
    checks.check("KSAK, imported", server.as_ref().map(eccsi::KmsSecretKey::to_bytes), &master)?;
    let derived = server.as_ref().map(|key| key.public_key().to_bytes());
    checks.check("KPAK, derived from KSAK", derived, &public)?;

    // At the signer.
    let server = eccsi::KmsPublicKey::try_from(public.as_slice())?;
    let key = SigningKey::new(&ssk, &pvt, &id, &server);
    let accepted = key.as_ref().map(octets);
    checks.check("SSK ‖ PVT, accepted for ID under KPAK", accepted, &[ssk, pvt].concat())?;

    // Anywhere.
    let verified = Signature::try_from(signature.as_slice()).and_then(|received| {
        server.verifying_key(&id).verify(&m, &received)?;
        Ok(received.to_bytes())
    });
    checks.check("r ‖ s ‖ PVT, verified over M for ID", verified.as_ref(), &signature)
}

/// The two values of RFC 6507 that depend on a random number, calculated with the number that the RFC gives. Normally
/// these numbers stay secret, because anybody who knows one can compute the private key.
#[cfg(feature = "hazmat")]
fn given_ephemerals(checks: &mut Checks<impl Write>) -> Result<()> {
    let (id, m) = (hex::decode(rfc6507::ID)?, hex::decode(rfc6507::M)?);
    let (v, j) = (hex::decode(rfc6507::V)?, hex::decode(rfc6507::J)?);

    checks.heading("The same with the RFC's random numbers")?;
    checks.given("v, for issuing", &v)?;
    checks.given("j, for signing", &j)?;
    let server = eccsi::KmsSecretKey::try_from(hex::decode(rfc6507::KSAK)?.as_slice())?;
    let key = server.issue_with_v(&v, &id);
    let expected = hex::decode([rfc6507::SSK, rfc6507::PVT].concat())?;
    checks.check("SSK ‖ PVT, issued with v", key.as_ref().map(octets), &expected)?;
    let signature = key.and_then(|key| key.sign_with_j(&j, &[&m]));
    let expected = hex::decode(rfc6507::SIGNATURE)?;
    checks.check("r ‖ s ‖ PVT, signed with j", signature.as_ref(), &expected)
}

/// RFC 6508, appendix A.
fn encapsulation(checks: &mut Checks<impl Write>) -> Result<()> {
    let (master, public) = (hex::decode(rfc6508::MASTER)?, hex::decode(rfc6508::PUBLIC)?);
    let (id, rsk) = (hex::decode(rfc6508::ID)?, hex::decode(rfc6508::RSK)?);
    let (ssv, encapsulated) = (hex::decode(rfc6508::SSV)?, hex::decode(rfc6508::ENCAPSULATED)?);
    let b = Identifier::try_from(id.as_slice())?;
    let secret = SharedSecret::try_from(ssv.as_slice())?;

    checks.heading("RFC 6508, appendix A: encapsulation (SAKKE)")?;
    checks.given("b, the receiver: 2011-02 NUL tel:+447700900123 NUL", &id)?;

    // At the key server.
    let server = sakke::KmsSecretKey::try_from(master.as_slice());
    checks.check("z, imported", server.as_ref().map(sakke::KmsSecretKey::to_bytes), &master)?;
    let derived = server.as_ref().map(|key| key.public_key().to_bytes());
    checks.check("Z, derived from z", derived, &public)?;
    let extracted = server.as_ref().map_err(|error| *error).and_then(|key| key.extract(&b));
    checks.check("K_b, extracted for b", extracted.as_ref().map(ReceiverKey::to_bytes), &rsk)?;

    // At the receiver.
    let server = sakke::KmsPublicKey::try_from(public.as_slice())?;
    let key = ReceiverKey::new(&rsk, &b, &server);
    checks.check("K_b, accepted for b under Z", key.as_ref().map(ReceiverKey::to_bytes), &rsk)?;

    // At the sender.
    let made = server.recipient(&b).and_then(|recipient| recipient.encapsulate(&secret));
    checks.check("R_b ‖ H, the SSV encapsulated to b", made.as_ref(), &encapsulated)?;

    // At the receiver again.
    let opened =
        key.and_then(|key| key.decapsulate(&Encapsulation::try_from(encapsulated.as_slice())?));
    checks.check("SSV, opened with K_b", opened.as_ref().map(SharedSecret::as_bytes), &ssv)
}

/// SSK ‖ PVT.
fn octets(key: &SigningKey) -> Vec<u8> {
    [key.ssk().as_slice(), &key.pvt()].concat()
}

/// Prints values, and counts how many are equal to those of the RFC.
struct Checks<'a, W> {
    out: &'a mut W,
    equal: u32,
    different: u32,
}

impl<W: Write> Checks<'_, W> {
    fn heading(&mut self, text: &str) -> Result<()> {
        Ok(writeln!(self.out, "{text}\n")?)
    }

    /// Prints a value that is not compared.
    fn given(&mut self, name: &str, value: &[u8]) -> Result<()> {
        writeln!(self.out, "  {name}")?;
        self.hex(value)
    }

    /// Prints a calculated value, and whether it equals that of the RFC.
    fn check<V: AsRef<[u8]>>(
        &mut self,
        name: &str,
        value: Result<V, &Error>,
        expected: &[u8],
    ) -> Result<()> {
        let equal = value.as_ref().is_ok_and(|value| value.as_ref() == expected);
        *(if equal { &mut self.equal } else { &mut self.different }) += 1;
        // Dots fill the space between the name and the result.
        let dots = ".".repeat(NAME.saturating_sub(name.chars().count()));
        writeln!(self.out, "  {name} {dots} {}", if equal { "equal" } else { "DIFFERENT" })?;
        match value {
            Ok(value) => self.hex(value.as_ref())?,
            Err(error) => writeln!(self.out, "      none: {error}\n")?,
        }
        if !equal {
            writeln!(self.out, "    the value of the RFC is")?;
            self.hex(expected)?;
        }
        Ok(())
    }

    /// Prints 32 octets on each line, and then an empty line.
    fn hex(&mut self, octets: &[u8]) -> Result<()> {
        for line in octets.chunks(32) {
            writeln!(self.out, "      {}", hex::encode(line))?;
        }
        Ok(writeln!(self.out)?)
    }

    fn close(self) -> Result<bool> {
        let Self { out, equal, different } = self;
        if different == 0 {
            writeln!(out, "All {equal} values equal those of the RFCs.")?;
        } else {
            writeln!(
                out,
                "{different} of {} values are DIFFERENT from those of the RFCs.",
                equal + different
            )?;
        }
        if !cfg!(feature = "hazmat") {
            writeln!(
                out,
                "Run it with --features hazmat to also issue and sign with the random numbers of the RFC."
            )?;
        }
        Ok(different == 0)
    }
}

/// The column of the results.
const NAME: usize = 55;
