//! Every backend of this CPU gives the same octets and the same refusals, in every operation of both schemes.
//!
//! The input is one octet that chooses the operations, z of 128 octets, KSAK, v and j of 32 octets each, SSV of 16
//! octets, one octet with the length of the identifier, the identifier, and the message.
#![no_main]

use eccsi_sakke::hazmat::bench;
use eccsi_sakke::sakke::{self, Encapsulation, ReceiverKey, SharedSecret};
use eccsi_sakke::{Backend, Error, Identifier, eccsi};
use eccsi_sakke_fuzz::take;
use libfuzzer_sys::fuzz_target;

/// The outcome of an operation, as octets.
type Outcome = Result<Vec<u8>, Error>;

struct Inputs<'a> {
    what: u8,
    z: [u8; 128],
    ksak: [u8; 32],
    v: [u8; 32],
    j: [u8; 32],
    ssv: SharedSecret,
    id: &'a [u8],
    message: &'a [u8],
}

/// The public key of a KMS of SAKKE, its key for the identifier, and its keys for nine others.
fn issuing(inputs: &Inputs<'_>, out: &mut Vec<Outcome>) -> Result<(), Error> {
    let (kms, id) = (sakke::KmsSecretKey::try_from(&inputs.z)?, Identifier::try_from(inputs.id)?);
    out.push(Ok(kms.public_key().to_bytes().to_vec()));
    out.push(Ok(kms.extract_ambiguous(&id)?.to_bytes().to_vec()));
    for key in kms.extract_all(&others(inputs))? {
        out.push(Ok(key.to_bytes().to_vec()));
    }
    Ok(())
}

fn others(inputs: &Inputs<'_>) -> Vec<Identifier> {
    (0..9)
        .filter_map(|i| Identifier::try_from([inputs.id, &[i]].concat().as_slice()).ok())
        .collect()
}

/// The key of this identifier, checked against this identifier and against others.
fn validating(inputs: &Inputs<'_>, out: &mut Vec<Outcome>) -> Result<(), Error> {
    let (kms, id) = (sakke::KmsSecretKey::try_from(&inputs.z)?, Identifier::try_from(inputs.id)?);
    let (public, rsk) = (*kms.public_key(), kms.extract_ambiguous(&id)?.to_bytes());
    let mut ids = others(inputs);
    ids.truncate(2);
    ids.push(id);
    let outcomes = ids.iter().map(|id| ReceiverKey::new(&rsk[..], id, &public));
    out.extend(outcomes.map(|outcome| outcome.map(|key| key.to_bytes().to_vec())));
    Ok(())
}

/// An encapsulation, and the same one with a bit of H changed.
fn sealing(inputs: &Inputs<'_>, out: &mut Vec<Outcome>) -> Result<(), Error> {
    let (kms, id) = (sakke::KmsSecretKey::try_from(&inputs.z)?, Identifier::try_from(inputs.id)?);
    let (public, key) = (*kms.public_key(), kms.extract_ambiguous(&id)?);
    let recipient = public.recipient(&id)?;
    let sealed = recipient.encapsulate(&inputs.ssv)?;
    out.push(Ok(sealed.to_bytes().to_vec()));
    out.push(recipient.prepare().encapsulate(&inputs.ssv).map(|sealed| sealed.to_bytes().to_vec()));
    for sealed in public.prepare().encapsulate_to_all(&others(inputs), &inputs.ssv)? {
        out.push(Ok(sealed.to_bytes().to_vec()));
    }
    let mut altered = sealed.to_bytes();
    altered[272] ^= 1;
    let prepared = key.prepare()?;
    for sealed in [sealed, Encapsulation::try_from(&altered)?] {
        for outcome in [key.decapsulate(&sealed), prepared.decapsulate(&sealed)] {
            out.push(outcome.map(|ssv| ssv.to_bytes().to_vec()));
        }
    }
    Ok(())
}

fn eccsi(inputs: &Inputs<'_>, out: &mut Vec<Outcome>) -> Result<(), Error> {
    let kms = eccsi::KmsSecretKey::try_from(&inputs.ksak)?;
    let public = *kms.public_key();
    out.push(Ok(public.to_bytes().to_vec()));
    let key = kms.issue_with_v(&inputs.v, inputs.id)?;
    let (ssk, pvt) = (key.ssk(), key.pvt());
    out.push(Ok([&ssk[..], &pvt].concat()));
    let signature = key.sign_with_j(&inputs.j, &[inputs.message])?;
    out.push(Ok(signature.to_bytes().to_vec()));

    let prepared = public.prepare();
    let signer = public.verifying_key(inputs.id).prepare(pvt)?;
    for id in [inputs.id, b"another"] {
        for outcome in [
            eccsi::SigningKey::new(&ssk[..], &pvt[..], id, &public),
            prepared.signing_key(&ssk[..], &pvt[..], id),
        ] {
            out.push(outcome.map(|key| key.ssk().to_vec()));
        }
        for outcome in [
            public.verifying_key(id).verify(inputs.message, &signature),
            prepared.verify(id, inputs.message, &signature),
        ] {
            out.push(outcome.map(|()| Vec::new()));
        }
    }
    for message in [inputs.message, b"another"] {
        out.push(signer.verify(message, &signature).map(|()| Vec::new()));
    }
    Ok(())
}

fn run(inputs: &Inputs<'_>) -> Vec<Outcome> {
    let mut out = Vec::new();
    let operations = [eccsi, issuing, validating, sealing];
    let outcome = operations[usize::from(inputs.what) % 4](inputs, &mut out);
    out.push(outcome.map(|()| Vec::new()));
    out
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let mut inputs = Inputs {
        what: take::<1>(&mut data)[0],
        z: take(&mut data),
        ksak: take(&mut data),
        v: take(&mut data),
        j: take(&mut data),
        ssv: SharedSecret::from(take::<16>(&mut data)),
        id: &[],
        message: &[],
    };
    // With three bits cleared, it is usually below q.
    inputs.z[0] &= 0x1f;
    let length = usize::from(take::<1>(&mut data)[0]).min(data.len());
    (inputs.id, inputs.message) = data.split_at(length);

    bench::limit(Backend::Portable);
    assert_eq!(Backend::detect(), Backend::Portable);
    let expected = run(&inputs);
    for best in [Backend::Adx, Backend::Ifma] {
        bench::limit(best);
        if Backend::detect() == best {
            assert_eq!(run(&inputs), expected, "{best}");
        }
    }
});
