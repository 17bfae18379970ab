//! XML signatures (XML-DSig) as TS 33.180 has them: HMAC-SHA-256 over one reference.

use alloc::string::String;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::reader::Reader;
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits, key_content};
use crate::ct;

pub(super) const NAME: Name = Name::signature("Signature");
const SIGNED_INFO: Name = Name::signature("SignedInfo");
const CANONICALISATION: Name = Name::signature("CanonicalizationMethod");
const METHOD: Name = Name::signature("SignatureMethod");
const OUTPUT_LENGTH: Name = Name::signature("HMACOutputLength");
const REFERENCE: Name = Name::signature("Reference");
const TRANSFORMS: Name = Name::signature("Transforms");
const TRANSFORM: Name = Name::signature("Transform");
const DIGEST_METHOD: Name = Name::signature("DigestMethod");
const DIGEST_VALUE: Name = Name::signature("DigestValue");
const SIGNATURE_VALUE: Name = Name::signature("SignatureValue");

const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Bits of the MAC: no fewer, and there are no more.
const BITS: u64 = 256;

/// Octets of the shortest key.
const SHORTEST_KEY: usize = 16;

/// How octets are made of a document: Canonical XML 1.0. There is no other here.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Canonicalisation {
    /// Comments are left out.
    #[default]
    WithoutComments,
    /// Comments are kept.
    WithComments,
}

impl Canonicalisation {
    /// Its name in a signature.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::WithoutComments => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Self::WithComments => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        }
    }

    fn from_uri(uri: &str) -> Option<Self> {
        [Self::WithoutComments, Self::WithComments].into_iter().find(|one| one.uri() == uri)
    }
}

/// `SignedInfo`: what is signed, by its digest. The signature method is HMAC-SHA-256, the digest method
/// SHA-256.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedInfo {
    /// How `SignedInfo` itself is canonicalised.
    #[doc(alias = "CanonicalizationMethod")]
    pub canonicalisation: Canonicalisation,
    /// What is signed: nothing for the whole document, `#` and an `Id`, or `cid:` and a Content-ID.
    pub uri: String,
    /// Whether the signature is taken out of what is signed.
    #[doc(alias = "enveloped-signature")]
    pub enveloped: bool,
    /// How what is signed is canonicalised, if it is said; or else without comments.
    pub transform: Option<Canonicalisation>,
    /// SHA-256 of what is signed, canonicalised.
    #[doc(alias = "DigestValue")]
    pub digest: [u8; 32],
}

/// A signature, which is a MAC: `ds:Signature`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// `SignedInfo`.
    pub signed_info: SignedInfo,
    /// `SignatureValue`: the MAC of `SignedInfo`, canonicalised.
    pub value: [u8; 32],
    /// `KeyName`: what the key is called. In a signature of signalling it is the identifier of the key,
    /// 4 octets, in base64. Which key must have signed is for the receiver to know.
    pub key_name: Option<String>,
}

/// The canonical forms of the two parts of a signed document, which whoever checks it makes with a
/// canonicaliser of its own.
#[derive(Clone, Copy, Debug)]
pub struct Canonical<'a> {
    /// Of `SignedInfo`, by [`SignedInfo::canonicalisation`].
    pub signed_info: &'a [u8],
    /// Of what [`SignedInfo::uri`] names, by [`SignedInfo::transform`].
    pub signed: &'a [u8],
}

impl Signature {
    /// Decodes a signature that stands alone.
    ///
    /// Errors: of the document, with the element that is wrong and its position;
    /// [`ErrorKind::Algorithm`] for any but those named here, and for a shortened MAC.
    pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(document, &Limits::default())?;
        let tag = reader.root(NAME)?;
        let signature = read(&mut reader, &tag)?;
        reader.end()?;
        Ok(signature)
    }

    /// Checks a signature with a key of at least 16 octets: that `canonical` is of this signature and has
    /// its digest, then the MAC, in constant time.
    ///
    /// What `canonical.signed` says must be read from there, or compared with what was read elsewhere, or
    /// something else was signed.
    ///
    /// Secret: the key. Public: everything else, and the outcome.
    ///
    /// Errors: [`ErrorKind::ShortKey`], [`ErrorKind::Canonical`], [`ErrorKind::Digest`],
    /// [`ErrorKind::Mac`].
    pub fn verify(&self, key: &[u8], canonical: &Canonical<'_>) -> Result<(), Error> {
        if key.len() < SHORTEST_KEY {
            return Err(Error::of_value(ErrorKind::ShortKey, NAME.1));
        }
        self.check_digest(canonical)?;
        let error = Error::of_value(ErrorKind::Mac, NAME.1);
        let mut hmac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| error)?;
        hmac.update(canonical.signed_info);
        let own = Zeroizing::new(<[u8; 32]>::from(hmac.finalize().into_bytes()));
        // The outcome of the check is about to be told.
        let same = ct::declassify(own.as_slice().ct_eq(&self.value));
        if same { Ok(()) } else { Err(error) }
    }

    /// Everything but the MAC.
    pub(super) fn check_digest(&self, canonical: &Canonical<'_>) -> Result<(), Error> {
        let error = |kind| Error::of_value(kind, NAME.1);
        if SignedInfo::from_canonical(canonical.signed_info).as_ref() != Some(&self.signed_info) {
            return Err(error(ErrorKind::Canonical));
        }
        if Sha256::digest(canonical.signed).as_slice() != self.signed_info.digest {
            return Err(error(ErrorKind::Digest));
        }
        Ok(())
    }
}

impl SignedInfo {
    /// Of a part of a document, by the digest of `signed`, its canonical form without comments.
    #[must_use]
    pub fn new(uri: &str, signed: &[u8]) -> Self {
        Self {
            canonicalisation: Canonicalisation::default(),
            uri: uri.into(),
            enveloped: false,
            transform: None,
            digest: Sha256::digest(signed).into(),
        }
    }

    /// The canonical form of it as it is written here.
    ///
    /// Errors: [`ErrorKind::Value`] if there is a character in the URI that XML hasn't.
    pub fn to_canonical(&self) -> Result<alloc::vec::Vec<u8>, Error> {
        let mut writer = Writer::canonical();
        self.write(&mut writer)?;
        Ok(writer.finish().to_vec())
    }

    fn from_canonical(octets: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(octets, &Limits::of_canonical(octets)).ok()?;
        let tag = reader.root(SIGNED_INFO).ok()?;
        let signed_info = read_signed_info(&mut reader, &tag).ok()?;
        reader.end().ok()?;
        Some(signed_info)
    }

    fn write(&self, writer: &mut Writer) -> Result<(), Error> {
        let algorithm = |uri| [("Algorithm", Some(uri))];
        writer.open(SIGNED_INFO, &[], None)?;
        writer.empty(CANONICALISATION, &algorithm(self.canonicalisation.uri()))?;
        writer.empty(METHOD, &algorithm(HMAC_SHA256))?;
        writer.open(REFERENCE, &[("URI", Some(&self.uri))], None)?;
        let enveloped = self.enveloped.then_some(ENVELOPED);
        let transform = self.transform.map(Canonicalisation::uri);
        if enveloped.or(transform).is_some() {
            writer.open(TRANSFORMS, &[], None)?;
            for uri in enveloped.into_iter().chain(transform) {
                writer.empty(TRANSFORM, &algorithm(uri))?;
            }
            writer.close();
        }
        writer.empty(DIGEST_METHOD, &algorithm(SHA256))?;
        writer.base64(DIGEST_VALUE.1, &self.digest)?;
        writer.close();
        writer.close();
        Ok(())
    }
}

/// What is inside of a signature's start tag.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Signature, Error> {
    tag.attributes(NAME.1, ["Id"])?;
    let tag = reader.open(SIGNED_INFO)?;
    let signed_info = read_signed_info(reader, &tag)?;
    reader.open(SIGNATURE_VALUE)?.attributes(SIGNATURE_VALUE.1, ["Id"])?;
    let value = octets32(reader)?;
    let key_name = key_content::key_name(reader)?;
    reader.close()?;
    Ok(Signature { signed_info, value, key_name })
}

fn read_signed_info(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<SignedInfo, Error> {
    tag.attributes(SIGNED_INFO.1, ["Id"])?;
    let canonicalisation = algorithm(reader, CANONICALISATION, Canonicalisation::from_uri)?;
    reader.close()?;
    algorithm(reader, METHOD, |uri| (uri == HMAC_SHA256).then_some(()))?;
    if let Some(length) = reader.text_if(OUTPUT_LENGTH)?
        && length.unsigned()? != BITS
    {
        return Err(length.error(ErrorKind::Algorithm));
    }
    reader.close()?;
    let tag = reader.open(REFERENCE)?;
    let [_, _, uri] = tag.attributes(REFERENCE.1, ["Id", "Type", "URI"])?;
    let uri = uri.ok_or(tag.error(ErrorKind::Attribute, REFERENCE.1))?;
    let (enveloped, transform) = read_transforms(reader)?;
    algorithm(reader, DIGEST_METHOD, |uri| (uri == SHA256).then_some(()))?;
    reader.close()?;
    reader.open(DIGEST_VALUE)?.attributes(DIGEST_VALUE.1, [])?;
    let digest = octets32(reader)?;
    reader.close()?;
    reader.close()?;
    Ok(SignedInfo { canonicalisation, uri, enveloped, transform, digest })
}

/// The enveloped signature, then a canonicalisation: either, both or none.
fn read_transforms(reader: &mut Reader<'_>) -> Result<(bool, Option<Canonicalisation>), Error> {
    enum Transform {
        Enveloped,
        Canonical(Canonicalisation),
    }
    let Some(tag) = reader.open_if(TRANSFORMS)? else { return Ok((false, None)) };
    tag.attributes(TRANSFORMS.1, [])?;
    let mut read = |first| -> Result<Option<Transform>, Error> {
        let known = |uri: &str| match Canonicalisation::from_uri(uri) {
            Some(canonicalisation) => Some(Transform::Canonical(canonicalisation)),
            None => (uri == ENVELOPED && first).then_some(Transform::Enveloped),
        };
        let transform = algorithm_if(reader, TRANSFORM, known)?;
        if transform.is_some() {
            reader.close()?;
        }
        Ok(transform)
    };
    let transforms = match read(true)? {
        None => return Err(reader.error(ErrorKind::Missing).of(TRANSFORM.1)),
        Some(Transform::Canonical(canonicalisation)) => (false, Some(canonicalisation)),
        Some(Transform::Enveloped) => match read(false)? {
            Some(Transform::Canonical(canonicalisation)) => (true, Some(canonicalisation)),
            _ => (true, None),
        },
    };
    reader.close()?;
    Ok(transforms)
}

/// What the algorithm of an element is to whoever knows it; the element is left open.
fn algorithm<T>(
    reader: &mut Reader<'_>,
    name: Name,
    known: impl Fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let missing = reader.error(ErrorKind::Missing).of(name.1);
    algorithm_if(reader, name, known)?.ok_or(missing)
}

/// The same, if the element comes next.
fn algorithm_if<T>(
    reader: &mut Reader<'_>,
    name: Name,
    known: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let Some(tag) = reader.open_if(name)? else { return Ok(None) };
    let [uri] = tag.attributes(name.1, ["Algorithm"])?;
    let uri = uri.ok_or(tag.error(ErrorKind::Attribute, name.1))?;
    known(&uri).map(Some).ok_or(tag.error(ErrorKind::Algorithm, name.1))
}

/// The text of the element that is open: 32 octets.
fn octets32(reader: &mut Reader<'_>) -> Result<[u8; 32], Error> {
    let text = reader.text()?;
    let octets = text.base64()?;
    octets.as_slice().try_into().map_err(|_| text.error(ErrorKind::Value))
}

pub(super) fn write(signature: &Signature, writer: &mut Writer) -> Result<(), Error> {
    writer.open(NAME, &[], None)?;
    signature.signed_info.write(writer)?;
    writer.base64(SIGNATURE_VALUE.1, &signature.value)?;
    if let Some(name) = &signature.key_name {
        key_content::write_key_name(name, writer)?;
    }
    writer.close();
    Ok(())
}
