//! D.4.2: the signature of a redirect response, which is ECDSA with SHA-256 and a certificate.

use alloc::format;
use alloc::vec::Vec;

use super::octets::Octets;
use super::reader::Reader;
use super::signature::{
    CANONICALISATION, DIGEST_METHOD, ENVELOPED, METHOD, NAME, SHA256, SIGNATURE_VALUE, SIGNED_INFO,
    TRANSFORM, TRANSFORMS, Transforms, read_reference,
};
use super::tag::Name;
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, Limits, SignedInfo};

const KEY_INFO: Name = Name::signature("KeyInfo");
const X509_DATA: Name = Name::signature("X509Data");
const X509_CERTIFICATE: Name = Name::signature("X509Certificate");

const CANONICAL: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

/// The signature of a redirect response. It has not been verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectSignature {
    /// `SignedInfo`, with the signature method ECDSA with SHA-256.
    pub signed_info: SignedInfo,
    /// `SignatureValue`: r and s, each with as many octets as the order of the key's curve, which are 32 on P-256.
    pub value: Vec<u8>,
    /// The `X509Certificate` elements in DER, in their order. There may be none.
    #[doc(alias = "X509Certificate")]
    pub certificates: Vec<Vec<u8>>,
}

/// The octets of a response where elements of its signature begin.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) signature: usize,
    pub(super) signed_info: usize,
}

/// Whether these octets are a `SignedInfo` with the same content.
pub(super) fn says(octets: &[u8], limits: &Limits, signed_info: &SignedInfo) -> bool {
    let read = || {
        let mut reader = Reader::new(octets, &limits.of_canonical(octets))?;
        let (read, _) = read_signed_info(&mut reader)?;
        reader.end().map(|()| read)
    };
    read().is_ok_and(|read: SignedInfo| read == *signed_info)
}

/// The signature that is a child of the open element.
///
/// Errors: [`ErrorKind::NotSigned`]; [`ErrorKind::Unexpected`] for a second signature; those of the signature.
pub(super) fn find(reader: &mut Reader<'_>) -> Result<(RedirectSignature, Places), Error> {
    reader.skip_until(NAME)?;
    let Some(tag) = reader.open_if(NAME)? else {
        return Err(reader.error(ErrorKind::NotSigned));
    };
    tag.attributes(NAME.1, ["Id"])?;
    let signature = tag.position();
    let (info, signed_info) = read_signed_info(reader)?;
    reader.open(SIGNATURE_VALUE)?.attributes(SIGNATURE_VALUE.1, ["Id"])?;
    let value = reader.text()?;
    let octets = value.base64()?.to_vec();
    if octets.is_empty() {
        return Err(value.error(ErrorKind::Value));
    }
    let certificates = read_certificates(reader)?;
    reader.close()?;
    reader.skip_until(NAME)?;
    reader.close()?;
    let found = RedirectSignature { signed_info: info, value: octets, certificates };
    Ok((found, Places { signature, signed_info }))
}

/// The certificates of `KeyInfo`. Its other elements are skipped.
fn read_certificates(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let mut certificates = Vec::new();
    let Some(tag) = reader.open_if(KEY_INFO)? else { return Ok(certificates) };
    tag.attributes(KEY_INFO.1, ["Id"])?;
    reader.skip_until(X509_DATA)?;
    while let Some(tag) = reader.open_if(X509_DATA)? {
        tag.attributes(X509_DATA.1, [])?;
        reader.skip_until(X509_CERTIFICATE)?;
        while let Some(certificate) = reader.text_if(X509_CERTIFICATE)? {
            certificates.push(certificate.base64()?.to_vec());
            reader.skip_until(X509_CERTIFICATE)?;
        }
        reader.close()?;
        reader.skip_until(X509_DATA)?;
    }
    reader.close()?;
    Ok(certificates)
}

/// `SignedInfo`, and where it begins.
fn read_signed_info(reader: &mut Reader<'_>) -> Result<(SignedInfo, usize), Error> {
    let tag = reader.open(SIGNED_INFO)?;
    tag.attributes(SIGNED_INFO.1, ["Id"])?;
    algorithm(reader, CANONICALISATION, CANONICAL)?;
    algorithm(reader, METHOD, ECDSA_SHA256)?;
    let canonicalisation = Canonicalisation::default();
    let signed_info = read_reference(reader, canonicalisation, read_transforms, |reader| {
        algorithm(reader, DIGEST_METHOD, SHA256)
    })?;
    Ok((signed_info, tag.position()))
}

/// The enveloped signature, then a canonicalisation: one of them, both or none.
///
/// Unlike in other signatures, an empty `Transforms` is accepted, and a transform that is repeated or out of order is
/// the error of its algorithm.
fn read_transforms(reader: &mut Reader<'_>) -> Result<Transforms, Error> {
    let (mut enveloped, mut transform) = (false, None);
    if let Some(tag) = reader.open_if(TRANSFORMS)? {
        tag.attributes(TRANSFORMS.1, [])?;
        while let Some(tag) = reader.open_if(TRANSFORM)? {
            let [uri] = tag.attributes(TRANSFORM.1, ["Algorithm"])?;
            match uri.as_deref() {
                Some(ENVELOPED) if !enveloped && transform.is_none() => enveloped = true,
                Some(CANONICAL) if transform.is_none() => {
                    transform = Some(Canonicalisation::default());
                }
                _ => return Err(tag.error(ErrorKind::Algorithm, TRANSFORM.1)),
            }
            reader.close()?;
        }
        reader.close()?;
    }
    Ok((enveloped, transform))
}

/// An element that must name this algorithm and have no content. Unlike in other signatures, a missing name is the same
/// error as another name.
fn algorithm(reader: &mut Reader<'_>, name: Name, known: &str) -> Result<(), Error> {
    let tag = reader.open(name)?;
    let [uri] = tag.attributes(name.1, ["Algorithm"])?;
    if uri.as_deref() != Some(known) {
        return Err(tag.error(ErrorKind::Algorithm, name.1));
    }
    reader.close()
}

/// The signature of a response with this `Id` and canonical form, as an element to be inserted into the response.
pub(super) fn make<E: From<Error>>(
    id: &str,
    canonical: &[u8],
    certificates: &[&[u8]],
    sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
) -> Result<Octets, E> {
    let info = SignedInfo {
        enveloped: true,
        transform: Some(Canonicalisation::default()),
        ..SignedInfo::new(&format!("#{id}"), canonical)
    };
    let mut writer = Writer::canonical();
    info.write(ECDSA_SHA256, &mut writer)?;
    let value = sign(&writer.finish())?;
    let mut writer = Writer::canonical();
    writer.open(NAME, &[], None)?;
    info.write(ECDSA_SHA256, &mut writer)?;
    writer.base64(SIGNATURE_VALUE.1, &value)?;
    if !certificates.is_empty() {
        writer.open(KEY_INFO, &[], None)?;
        writer.open(X509_DATA, &[], None)?;
        for certificate in certificates {
            writer.base64(X509_CERTIFICATE.1, certificate)?;
        }
        writer.close();
        writer.close();
    }
    writer.close();
    Ok(writer.finish())
}
