//! XML signatures (XML-DSig) in the form of TS 33.180: HMAC-SHA-256 with one reference.

use alloc::string::String;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::canonical::Part;
use super::reader::Reader;
use super::tag::{Name, Space, Tag};
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, Limits};
use crate::ct;

pub(super) const NAME: Name = Name::signature("Signature");
pub(super) const SIGNED_INFO: Name = Name::signature("SignedInfo");
pub(super) const CANONICALISATION: Name = Name::signature("CanonicalizationMethod");
pub(super) const METHOD: Name = Name::signature("SignatureMethod");
const OUTPUT_LENGTH: Name = Name::signature("HMACOutputLength");
const REFERENCE: Name = Name::signature("Reference");
pub(super) const TRANSFORMS: Name = Name::signature("Transforms");
pub(super) const TRANSFORM: Name = Name::signature("Transform");
pub(super) const DIGEST_METHOD: Name = Name::signature("DigestMethod");
const DIGEST_VALUE: Name = Name::signature("DigestValue");
pub(super) const SIGNATURE_VALUE: Name = Name::signature("SignatureValue");

const PREFIXES: Name = Name(Space::Exclusive, "InclusiveNamespaces");
const PREFIX_LIST: &str = "PrefixList";

/// The name of the default namespace in a list of prefixes.
const DEFAULT: &str = "#default";

const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The bits of a MAC that is not shortened.
const BITS: u64 = 256;

/// The octets of the shortest key.
const SHORTEST_KEY: usize = 16;

/// `SignedInfo`, which identifies what is signed by its digest. The signature method is HMAC-SHA-256, and the digest
/// method is SHA-256.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedInfo {
    /// How `SignedInfo` itself is canonicalised.
    #[doc(alias = "CanonicalizationMethod")]
    pub canonicalisation: Canonicalisation,
    /// What is signed: empty for the whole document, `#` and an `Id`, or `cid:` and a Content-ID.
    pub uri: String,
    /// Whether the signature is taken out of what is signed.
    #[doc(alias = "enveloped-signature")]
    pub enveloped: bool,
    /// How what is signed is canonicalised. If the signature does not say it, a part of the document around the
    /// signature is canonicalised without comments, and anything else is taken as it is (XML-DSig 4.3.3.2).
    pub transform: Option<Canonicalisation>,
    /// SHA-256 of what is signed, canonicalised.
    #[doc(alias = "DigestValue")]
    pub digest: [u8; 32],
}

/// A signature, `ds:Signature`. It is a MAC.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// `SignedInfo`, decoded from its canonical form.
    pub signed_info: SignedInfo,
    /// `SignatureValue`: the MAC of `SignedInfo`, canonicalised.
    pub value: [u8; 32],
    /// `KeyName`: the name of the key, which the signature does not cover. In signatures of signalling it is the key's
    /// identifier of 4 octets in base64. The receiver must know from elsewhere which key has to sign.
    pub key_name: Option<String>,
    /// The canonical form of `SignedInfo`, or the reason why there is none.
    pub(super) octets: Result<Vec<u8>, Error>,
}

impl Signature {
    /// Decodes a signature that stands alone.
    ///
    /// Errors: what is wrong with the document, in which element, and where; [`ErrorKind::Algorithm`] for any algorithm
    /// that is not named here, and for a shortened MAC.
    pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
        let limits = Limits::default();
        let mut reader = Reader::new(document, &limits)?;
        let tag = reader.root(NAME)?;
        let outline = read(&mut reader, &tag)?;
        reader.end()?;
        Ok(outline.of(document, &limits))
    }

    /// Verifies a signature over `signed`, which is another body of the same message and is named by
    /// [`SignedInfo::uri`]. The key has at least 16 octets. The MAC is checked in constant time, then the digest.
    ///
    /// Give `signed` as it was received: it is canonicalised here if the signature says so. Do not use its content
    /// before this function has accepted it.
    ///
    /// Secret: the key. Public: everything else, and the outcome.
    ///
    /// Errors: [`ErrorKind::ShortKey`], [`ErrorKind::Mac`], [`ErrorKind::Digest`]; [`ErrorKind::Signed`] for a
    /// signature of the document around it; [`ErrorKind::Namespace`] for a `SignedInfo` that has no canonical form;
    /// those of [`Canonicalisation::canonicalise`] for `signed`.
    pub fn verify(&self, key: &[u8], signed: &[u8]) -> Result<(), Error> {
        let error = |kind| Error::of_value(kind, NAME.1);
        if key.len() < SHORTEST_KEY {
            return Err(error(ErrorKind::ShortKey));
        }
        let mut hmac =
            Hmac::<Sha256>::new_from_slice(key).map_err(|_| error(ErrorKind::ShortKey))?;
        hmac.update(self.octets.as_ref().map_err(|error| *error)?);
        let own = Zeroizing::new(<[u8; 32]>::from(hmac.finalize().into_bytes()));
        // The caller learns the outcome of the check.
        if !ct::declassify(own.as_slice().ct_eq(&self.value)) {
            return Err(error(ErrorKind::Mac));
        }
        let SignedInfo { uri, enveloped, transform, .. } = &self.signed_info;
        if *enveloped || uri.is_empty() || uri.starts_with('#') {
            return Err(error(ErrorKind::Signed));
        }
        match transform {
            None => self.signed_info.check_digest(signed),
            Some(method) => self.signed_info.check_digest(&method.canonicalise(signed)?),
        }
    }
}

impl SignedInfo {
    /// The `SignedInfo` of a part of a document. `signed` is the canonical form of that part without comments.
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

    /// The element as this crate writes it, in its canonical form.
    ///
    /// Errors: [`ErrorKind::Value`] if the URI contains a character that XML does not allow.
    pub fn to_canonical(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::canonical();
        self.write(HMAC_SHA256, &mut writer)?;
        Ok(writer.finish().to_vec())
    }

    /// Canonicalises the element at `position` of the document, and decodes the canonical form.
    fn canonicalised(
        &self,
        document: &[u8],
        position: usize,
        limits: &Limits,
    ) -> Result<(Self, Vec<u8>), Error> {
        let part = Part { document, element: Some(position), except: None };
        let octets = self.canonicalisation.of(&part)?;
        let mut reader = Reader::new(&octets, &limits.of_canonical(&octets))?;
        let tag = reader.root(SIGNED_INFO)?;
        let signed_info = read_signed_info(&mut reader, &tag)?;
        reader.end()?;
        Ok((signed_info, octets.to_vec()))
    }

    /// Checks that these canonical octets are the signed ones.
    pub(super) fn check_digest(&self, octets: &[u8]) -> Result<(), Error> {
        let is_same = Sha256::digest(octets).as_slice() == self.digest;
        if is_same { Ok(()) } else { Err(Error::of_value(ErrorKind::Digest, NAME.1)) }
    }

    /// Writes the element for a signature with the signature method `method`.
    pub(super) fn write(&self, method: &str, writer: &mut Writer) -> Result<(), Error> {
        let algorithm = |uri| [("Algorithm", Some(uri))];
        writer.open(SIGNED_INFO, &[], None)?;
        write_method(&self.canonicalisation, CANONICALISATION, writer)?;
        writer.empty(METHOD, &algorithm(method))?;
        writer.open(REFERENCE, &[("URI", Some(&self.uri))], None)?;
        if self.enveloped || self.transform.is_some() {
            writer.open(TRANSFORMS, &[], None)?;
            if self.enveloped {
                writer.empty(TRANSFORM, &algorithm(ENVELOPED))?;
            }
            if let Some(transform) = &self.transform {
                write_method(transform, TRANSFORM, writer)?;
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

/// A signature whose `SignedInfo` is not canonicalised yet.
pub(super) struct Outline {
    signed_info: SignedInfo,
    /// The octet where `SignedInfo` begins.
    position: usize,
    value: [u8; 32],
    key_name: Option<String>,
}

impl Outline {
    /// The signature. Its `SignedInfo` is decoded from the octets that the MAC covers.
    pub(super) fn of(self, document: &[u8], limits: &Limits) -> Signature {
        let Self { signed_info, position, value, key_name } = self;
        let (signed_info, octets) = match signed_info.canonicalised(document, position, limits) {
            Ok((signed_info, octets)) => (signed_info, Ok(octets)),
            Err(error) => (signed_info, Err(error)),
        };
        Signature { signed_info, value, key_name, octets }
    }
}

/// Reads the rest of a signature after its start tag.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Outline, Error> {
    tag.attributes(NAME.1, ["Id"])?;
    let tag = reader.open(SIGNED_INFO)?;
    let position = tag.position();
    let signed_info = read_signed_info(reader, &tag)?;
    reader.open(SIGNATURE_VALUE)?.attributes(SIGNATURE_VALUE.1, ["Id"])?;
    let value = reader.text()?.base64_array()?;
    let key_name = reader.key_name()?;
    reader.close()?;
    Ok(Outline { signed_info, position, value, key_name })
}

fn read_signed_info(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<SignedInfo, Error> {
    tag.attributes(SIGNED_INFO.1, ["Id"])?;
    let mut canonicalisation = algorithm(reader, CANONICALISATION, Canonicalisation::from_uri)?;
    read_prefixes(reader, &mut canonicalisation)?;
    reader.close()?;
    algorithm(reader, METHOD, |uri| (uri == HMAC_SHA256).then_some(()))?;
    if let Some(length) = reader.text_if(OUTPUT_LENGTH)?
        && length.unsigned()? != BITS
    {
        return Err(length.error(ErrorKind::Algorithm));
    }
    reader.close()?;
    read_reference(reader, canonicalisation, read_transforms, |reader| {
        algorithm(reader, DIGEST_METHOD, |uri| (uri == SHA256).then_some(()))?;
        reader.close()
    })
}

/// Whether the signature is enveloped, and the canonicalisation.
pub(super) type Transforms = (bool, Option<Canonicalisation>);

/// Reads `Reference` and the end of `SignedInfo`. A redirect response reads its algorithms in another way.
pub(super) fn read_reference(
    reader: &mut Reader<'_>,
    canonicalisation: Canonicalisation,
    read_transforms: impl FnOnce(&mut Reader<'_>) -> Result<Transforms, Error>,
    read_digest_method: impl FnOnce(&mut Reader<'_>) -> Result<(), Error>,
) -> Result<SignedInfo, Error> {
    let tag = reader.open(REFERENCE)?;
    let [_, _, uri] = tag.attributes(REFERENCE.1, ["Id", "Type", "URI"])?;
    let uri = uri.ok_or(tag.error(ErrorKind::Attribute, REFERENCE.1))?;
    let (enveloped, transform) = read_transforms(reader)?;
    read_digest_method(reader)?;
    let digest = reader.text_of(DIGEST_VALUE)?.base64_array()?;
    reader.close()?;
    reader.close()?;
    Ok(SignedInfo { canonicalisation, uri, enveloped, transform, digest })
}

/// The enveloped signature, then a canonicalisation. `Transforms` contains one of them or both, or is missing.
fn read_transforms(reader: &mut Reader<'_>) -> Result<Transforms, Error> {
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
        let mut transform = algorithm_if(reader, TRANSFORM, known)?;
        if let Some(Transform::Canonical(method)) = &mut transform {
            read_prefixes(reader, method)?;
        }
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

/// The prefixes of an exclusive canonicalisation, which may be missing.
fn read_prefixes(reader: &mut Reader<'_>, method: &mut Canonicalisation) -> Result<(), Error> {
    let Some(prefixes) = &mut method.exclusive else { return Ok(()) };
    let Some(tag) = reader.open_if(PREFIXES)? else { return Ok(()) };
    let [list] = tag.attributes(PREFIXES.1, [PREFIX_LIST])?;
    let list = list.ok_or(tag.error(ErrorKind::Attribute, PREFIXES.1))?;
    for prefix in list.split_ascii_whitespace() {
        if prefixes.len() == reader.limits().attributes {
            return Err(tag.error(ErrorKind::TooMany, PREFIXES.1));
        }
        prefixes.push(if prefix == DEFAULT { "" } else { prefix }.into());
    }
    reader.close()
}

/// What `known` makes of the algorithm of an element. The element stays open.
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

pub(super) fn write(signature: &Signature, writer: &mut Writer) -> Result<(), Error> {
    writer.open(NAME, &[], None)?;
    signature.signed_info.write(HMAC_SHA256, writer)?;
    writer.base64(SIGNATURE_VALUE.1, &signature.value)?;
    writer.key_name_if(&signature.key_name)?;
    writer.close();
    Ok(())
}

fn write_method(method: &Canonicalisation, name: Name, writer: &mut Writer) -> Result<(), Error> {
    writer.open(name, &[("Algorithm", Some(method.uri()))], None)?;
    let prefixes = method.exclusive.iter().flatten();
    let list: Vec<_> = prefixes.map(|one| if one.is_empty() { DEFAULT } else { one }).collect();
    if !list.is_empty() {
        writer.empty(PREFIXES, &[(PREFIX_LIST, Some(&list.join(" ")))])?;
    }
    writer.close();
    Ok(())
}
