//! The inputs, the computation and the outputs of each operation.

use eccsi_sakke::{Error, Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi, hazmat, sakke};

use super::{Case, Operation, Output, Refusal, Stop, documents, kms, messages};

pub(super) const OPERATIONS: [(&str, Operation); 30] = [
    ("eccsi", eccsi),
    ("eccsi-verify", eccsi_verify),
    ("eccsi-verify-hashes", eccsi_verify_hashes),
    ("eccsi-validate", eccsi_validate),
    ("h2ir", h2ir),
    ("sakke", sakke),
    ("sakke-decaps", sakke_decaps),
    ("sakke-rsk", sakke_rsk),
    ("pairing", pairing),
    ("pf-pow", pf_pow),
    ("kms-range", kms_range),
    ("tel-id", tel_id),
    ("uid", uid),
    ("key-period", key_period),
    ("uk-id", messages::uk_id),
    ("xpk", messages::xpk),
    ("dpck", messages::dpck),
    ("mikey-key", messages::mikey_key),
    ("key-params", messages::key_params),
    ("i-message", messages::i_message),
    ("psk", messages::psk),
    ("psk-verify", messages::psk_verify),
    ("psk-signed", messages::psk_signed),
    ("aes-kw", kms::aes_kw),
    ("aes-kwp", kms::aes_kwp),
    ("kms-wrap", kms::kms_wrap),
    ("kms-mac", kms::kms_mac),
    ("kms-certificate", kms::kms_certificate),
    ("key-set", kms::key_set),
    ("kms-document", documents::kms_document),
];

/// An integer on `width` octets, or on more if it doesn't fit.
fn padded(integer: &[u8], width: usize) -> Vec<u8> {
    let mut octets = vec![0; width.saturating_sub(integer.len())];
    octets.extend_from_slice(integer);
    octets
}

/// A result of an input that the crate made itself and must not refuse.
pub(super) fn own<T, E: Into<Refusal>>(result: Result<T, E>, what: &str) -> Result<T, Stop> {
    result.map_err(|error| Stop::Failed(format!("{what}: {}", error.into())))
}

/// Both answers of the crate must be the same.
pub(super) fn same(name: &str, one: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> Result<(), Stop> {
    if one.as_ref() == other.as_ref() {
        Ok(())
    } else {
        Err(Stop::Failed(format!("two answers for {name}")))
    }
}

fn eccsi(case: &mut Case<'_>) -> Result<(), Stop> {
    let (ksak, v, j) = (case.octets("KSAK")?, case.octets("v")?, case.octets("j")?);
    let (id, m) = (case.octets("ID")?, case.octets("M")?);
    case.outputs(&["KPAK", "PVT", "HS", "SSK", "J", "r", "HE", "s", "signature", "Y"]);

    let kms = eccsi::KmsSecretKey::try_from(ksak.as_slice())?;
    let kpak = kms.public_key();
    case.computed("KPAK", kpak.to_bytes());
    let issued = kms.issue_with_v(&v, &id)?;
    case.computed("PVT", issued.pvt());
    case.computed("SSK", issued.ssk());
    let imported = eccsi::SigningKey::new(issued.ssk().as_slice(), issued.pvt(), &id, kpak);
    let signed = own(imported, "SSK and PVT")?.trace_with_j(&j, &[&m])?;
    case.computed("HS", signed.hs);
    case.computed("J", signed.j);
    let signature = signed.signature.to_bytes();
    case.computed("r", &signature[..32]);
    case.computed("HE", signed.he);
    case.computed("s", &signature[32..64]);
    case.computed("signature", signature);

    let signature = own(eccsi::Signature::try_from(&signature), "signature")?;
    let verifying_key = kpak.verifying_key(&id);
    own(verifying_key.verify(&m, &signature), "signature")?;
    let verified = own(verifying_key.trace(&[&m], &signature), "signature")?;
    case.computed("Y", verified.y);
    same("HS", verified.hs, signed.hs)?;
    same("HE", verified.he, signed.he)?;
    same("r", &verified.j[1..33], &signature.as_bytes()[..32])
}

fn eccsi_verify(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kpak, id, m) = (case.octets("KPAK")?, case.octets("ID")?, case.octets("M")?);
    let signature = case.octets("signature")?;

    let kms = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let signature = eccsi::Signature::try_from(signature.as_slice())?;
    let verifying_key = kms.verifying_key(&id);
    let verdict = verifying_key.verify(&m, &signature);
    let prepared = kms.prepare().verify(&id, &m, &signature);
    let known = verifying_key.prepare(signature.pvt()).and_then(|key| key.verify(&m, &signature));
    if prepared != verdict || known != verdict {
        return Err(Stop::Failed("prepared keys verify otherwise".into()));
    }
    if let Ok(verified) = verifying_key.trace(&[&m], &signature) {
        case.computed("HS", verified.hs);
        case.computed("HE", verified.he);
        case.computed("Y", verified.y);
        case.computed("J", verified.j);
    }
    Ok(verdict?)
}

fn eccsi_verify_hashes(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kpak, signature) = (case.octets("KPAK")?, case.octets("signature")?);
    let (hs, he) = (case.array("HS")?, case.array("HE")?);

    let kms = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let signature = eccsi::Signature::try_from(signature.as_slice())?;
    Ok(kms.verify_hashes(&hs, &he, &signature)?)
}

fn eccsi_validate(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kpak, id) = (case.octets("KPAK")?, case.octets("ID")?);
    let (ssk, pvt) = (case.octets("SSK")?, case.octets("PVT")?);

    let kms = eccsi::KmsPublicKey::try_from(kpak.as_slice())?;
    let key = eccsi::SigningKey::new(&ssk, &pvt, &id, &kms);
    let prepared = kms.prepare().signing_key(&ssk, &pvt, &id);
    if prepared.map(drop) != key.as_ref().map(drop).map_err(|error| *error) {
        return Err(Stop::Failed("a prepared key validates otherwise".into()));
    }
    let key = key?;
    same("SSK", key.ssk(), ssk)?;
    same("PVT", key.pvt(), pvt)
}

fn h2ir(case: &mut Case<'_>) -> Result<(), Stop> {
    let (s, n) = (case.octets("s")?, case.integer("n")?);
    case.outputs(&["v", "v_octets"]);

    let v = hazmat::hash_to_integer_range(&s, &n)?;
    // v_octets is as wide as n − 1, the largest v: one octet less than n if n is a power of 256.
    let is_power = n[0] == 1 && n[1..].iter().all(|octet| *octet == 0);
    let width = n.len() - usize::from(is_power);
    case.computed.push(("v", Output::Integer(v.to_vec())));
    case.computed("v_octets", &v[v.len() - width..]);
    Ok(())
}

fn sakke(case: &mut Case<'_>) -> Result<(), Stop> {
    let (z, id, ssv) = (case.octets("z")?, case.octets("ID")?, case.octets("SSV")?);
    case.outputs(&["Z", "RSK", "bP_Z", "r", "g_r", "mask", "H", "R", "encapsulated", "w", "TEST"]);

    let kms = sakke::KmsSecretKey::try_from(z.as_slice())?;
    let public = kms.public_key();
    case.computed("Z", public.to_bytes());
    let id = Identifier::try_from(id.as_slice())?;
    let rsk = kms.extract_ambiguous(&id)?.to_bytes();
    case.computed("RSK", rsk.as_slice());
    // Of octets that start with 00, this key is another identifier's too.
    let refused = (id.as_bytes()[0] == 0).then_some(Error::LeadingZero);
    if kms.extract(&id).err() != refused {
        return Err(Stop::Failed(
            "octets that start with 00 must be refused, and no others".into(),
        ));
    }
    let receiver = own(sakke::ReceiverKey::new(rsk.as_slice(), &id, public), "RSK")?;

    let ssv = sakke::SharedSecret::try_from(ssv.as_slice())?;
    let recipient = public.recipient(&id)?;
    let sent = recipient.trace(&ssv)?;
    case.computed("bP_Z", sent.point);
    case.computed("r", sent.r.as_slice());
    case.computed("g_r", sent.g_r.as_slice());
    case.computed("mask", sent.mask.as_bytes());
    let octets = recipient.encapsulate(&ssv)?.to_bytes();
    case.computed("H", &octets[257..]);
    case.computed("R", &octets[..257]);
    case.computed("encapsulated", octets);
    same("encapsulated", octets, sent.encapsulation)?;
    same("encapsulated", octets, public.prepare().encapsulate(&id, &ssv)?)?;
    same("encapsulated", octets, recipient.prepare().encapsulate(&ssv)?)?;

    let encapsulation = own(sakke::Encapsulation::try_from(&octets), "encapsulated")?;
    let opened = own(receiver.decapsulate(&encapsulation), "encapsulated")?;
    same("SSV", opened.as_bytes(), ssv.as_bytes())?;
    let received = receiver.trace(&encapsulation);
    case.computed("w", received.w.as_slice());
    case.computed("TEST", received.test);
    same("SSV", received.ssv.as_bytes(), ssv.as_bytes())?;
    same("mask", received.mask.as_bytes(), sent.mask.as_bytes())?;
    same("r", received.r.as_slice(), sent.r.as_slice())
}

/// The RSK of the identifier `id` under the KMS of public key `z`, imported.
fn receiver(z: &[u8], id: &[u8], rsk: &[u8]) -> Result<sakke::ReceiverKey, Error> {
    let kms = sakke::KmsPublicKey::try_from(z)?;
    sakke::ReceiverKey::new(rsk, &Identifier::try_from(id)?, &kms)
}

fn sakke_decaps(case: &mut Case<'_>) -> Result<(), Stop> {
    let (z, id, rsk) = (case.octets("Z")?, case.octets("ID")?, case.octets("RSK")?);
    let encapsulated = case.octets("encapsulated")?;
    case.outputs(&["SSV"]);

    let receiver = receiver(&z, &id, &rsk)?;
    let encapsulation = sakke::Encapsulation::try_from(encapsulated.as_slice())?;
    let traced = receiver.trace(&encapsulation);
    case.computed("w", traced.w.as_slice());
    case.computed("mask", traced.mask.as_bytes());
    case.computed("r", traced.r.as_slice());
    case.computed("TEST", traced.test);
    let opened = receiver.decapsulate(&encapsulation);
    let prepared = receiver.prepare()?.decapsulate(&encapsulation);
    let octets = |opened: &Result<sakke::SharedSecret, Error>| {
        opened.as_ref().map_or(Vec::new(), |ssv| ssv.as_bytes().to_vec())
    };
    same("SSV", octets(&opened), octets(&prepared))?;
    let opened = opened?;
    case.computed("SSV", opened.as_bytes());
    same("SSV", traced.ssv.as_bytes(), opened.as_bytes())
}

fn sakke_rsk(case: &mut Case<'_>) -> Result<(), Stop> {
    let (z, id, rsk) = (case.octets("Z")?, case.octets("ID")?, case.octets("RSK")?);

    same("RSK", receiver(&z, &id, &rsk)?.to_bytes(), rsk)
}

fn pairing(case: &mut Case<'_>) -> Result<(), Stop> {
    let (p, q) = (case.octets("P")?, case.octets("Q")?);
    let (a, b) = (case.integer("a")?, case.integer("b")?);
    case.outputs(&["w"]);

    let points = (hazmat::Point::try_from(p.as_slice())?, hazmat::Point::try_from(q.as_slice())?);
    same("P", multiple_of_generator(&a)?, &p)?;
    same("Q", multiple_of_generator(&b)?, &q)?;
    case.computed("w", hazmat::pairing(&points.0, &points.1));
    Ok(())
}

/// \[k\]P for 1 ≤ k < q: the public key of the KMS whose secret is k.
fn multiple_of_generator(k: &[u8]) -> Result<Vec<u8>, Stop> {
    if k == [1] {
        return Ok(hazmat::Point::GENERATOR.to_bytes().to_vec());
    }
    let key = sakke::KmsSecretKey::try_from(padded(k, 128).as_slice());
    Ok(own(key, "logarithm")?.public_key().to_bytes().to_vec())
}

fn pf_pow(case: &mut Case<'_>) -> Result<(), Stop> {
    let (base, e) = (case.octets("base")?, case.integer("e")?);
    case.outputs(&["result_value"]);

    case.computed("result_value", hazmat::pf_pow(&base, &e)?);
    Ok(())
}

fn kms_range(case: &mut Case<'_>) -> Result<(), Stop> {
    let (scalar, value) = (case.text("scalar")?, case.integer("value")?);

    let octets = padded(&value, if scalar == "z" { 128 } else { 32 });
    let kms = own(eccsi::KmsSecretKey::try_from(&[1; 32]), "KSAK")?;
    match scalar {
        "KSAK" => eccsi::KmsSecretKey::try_from(octets.as_slice()).map(drop)?,
        "v" => kms.issue_with_v(&octets, b"id").map(drop)?,
        "j" => own(kms.issue_with_v(&[2; 32], b"id"), "v")?
            .sign_with_j(&octets, &[b"message"])
            .map(drop)?,
        "z" => sakke::KmsSecretKey::try_from(octets.as_slice()).map(drop)?,
        _ => return Err(Stop::Failed(format!("no scalar {scalar}"))),
    }
    Ok(())
}

fn tel_id(case: &mut Case<'_>) -> Result<(), Stop> {
    let (uri, year, month) = (case.text("uri")?, case.number("year")?, case.number("month")?);
    case.outputs(&["identifier"]);

    // A year or a month that doesn't fit its type is out of range too.
    let (year, month) = (u16::try_from(year).unwrap_or(u16::MAX), u8::try_from(month).unwrap_or(0));
    case.computed("identifier", Identifier::tel_monthly(year, month, uri)?);
    Ok(())
}

fn uid(case: &mut Case<'_>) -> Result<(), Stop> {
    let (identifier, kms_uri) = (case.text("identifier")?, case.text("kms_uri")?);
    let (period, offset) = (case.number("period")?, case.number("offset")?);
    let number = case.number("period_no")?;
    case.outputs(&["S", "uid"]);

    let periods = KeyPeriods::new(period)?.with_offset(offset)?;
    let uid = periods.uid(UserUri(identifier), KmsUri(kms_uri), number)?;
    case.computed(
        "S",
        own(hazmat::uid_input(&periods, UserUri(identifier), KmsUri(kms_uri), number), "S")?,
    );
    case.computed("uid", uid);
    Ok(())
}

fn key_period(case: &mut Case<'_>) -> Result<(), Stop> {
    let time = case.number("ntp_seconds")?;
    let (period, offset) = (case.number("period")?, case.number("offset")?);
    case.outputs(&["period_no"]);

    let number =
        KeyPeriods::new(period)?.with_offset(offset)?.number(NtpTime::from_seconds(time))?;
    case.computed.push(("period_no", Output::Number(number)));
    Ok(())
}
