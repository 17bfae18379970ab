//! D.2.2 and D.3: requests and responses with their signatures.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::canonical::{self, Part};
use super::document::Document;
use super::octets::{Octets, to_hex};
use super::reader::Reader;
use super::signature::{self, Outline, Signature, SignedInfo};
use super::tag::Name;
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, Limits};
use crate::kms::{Error as KmsError, Mac, Request, Response, SharedKeyId, SharedKeys};

/// The `Id` that a message gets for its signature if it has none.
const ID: &str = "xmldoc";

/// The name of the signing key in a signature: its name, or else its identifier in base64, as in signatures of
/// signalling.
fn key_name(key: &dyn Mac) -> String {
    key.name().map_or_else(|| key.id().to_name(), Into::into)
}

/// A request or a response as it was received, with or without a signature. Until it is verified, anybody may have
/// written it.
#[doc(alias("SignedKmsRequest", "SignedKmsResponse"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed<T> {
    content: T,
    /// The `Id` of the element around content and signature.
    id: Option<String>,
    signature: Option<Enveloping>,
}

/// A signature together with the document that contains it.
#[derive(Clone)]
struct Enveloping {
    signature: Signature,
    /// The document as it was received or written.
    document: Octets,
    limits: Limits,
    places: Places,
}

impl PartialEq for Enveloping {
    /// Everything else follows from the document.
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl Eq for Enveloping {}

impl fmt::Debug for Enveloping {
    /// Shows the signature alone, because the document may contain keys in clear.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signature.fmt(f)
    }
}

/// The octets of a document where its elements begin.
#[derive(Clone, Copy, Default)]
struct Places {
    /// The element around content and signature.
    whole: usize,
    content: usize,
    signature: usize,
}

/// The content of a document.
struct Read<T> {
    content: T,
    id: Option<String>,
    signature: Option<Outline>,
    places: Places,
}

/// A message that can be signed. Only [`Request`] and [`Response`] are: the trait is private.
trait Content: Document + PartialEq {
    /// The element around the message and its signature.
    const SIGNED: Name;
    /// Whether that element may contain no signature.
    const MAY_BE_UNSIGNED: bool;

    /// Its `Id` and its `Signature-ID`.
    fn ids(&self) -> (Option<&str>, Option<SharedKeyId>);
    fn ids_mut(&mut self) -> (&mut Option<String>, &mut Option<SharedKeyId>);
}

impl Content for Request {
    const SIGNED: Name = Name::kms("SignedKmsRequest");
    const MAY_BE_UNSIGNED: bool = false;

    fn ids(&self) -> (Option<&str>, Option<SharedKeyId>) {
        (self.id.as_deref(), self.signature_id)
    }

    fn ids_mut(&mut self) -> (&mut Option<String>, &mut Option<SharedKeyId>) {
        (&mut self.id, &mut self.signature_id)
    }
}

impl Content for Response {
    const SIGNED: Name = Name::kms("SignedKmsResponse");
    const MAY_BE_UNSIGNED: bool = true;

    fn ids(&self) -> (Option<&str>, Option<SharedKeyId>) {
        (self.id.as_deref(), self.signature_id)
    }

    fn ids_mut(&mut self) -> (&mut Option<String>, &mut Option<SharedKeyId>) {
        (&mut self.id, &mut self.signature_id)
    }
}

/// What a signature refers to.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Target {
    /// The request or response.
    Content,
    /// The element around it.
    Whole,
}

impl<T> Signed<T> {
    /// The signature, if there is one. It has not been verified.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref().map(|enveloping| &enveloping.signature)
    }

    /// The content of the document, whoever wrote it. Use it to choose the key to verify with, or where nothing but the
    /// connection protects the document.
    #[must_use]
    pub const fn unverified(&self) -> &T {
        &self.content
    }

    /// [`unverified`](Self::unverified), owned.
    #[must_use]
    pub fn into_unverified(self) -> T {
        self.content
    }
}

#[expect(private_bounds, reason = "the trait seals the type")]
impl<T: Content> Signed<T> {
    /// Decodes `SignedKmsRequest` or `SignedKmsResponse`, or the message in it without a signature.
    ///
    /// Secret: keys in clear. Public: their lengths.
    ///
    /// Errors: what is wrong with the document, in which element, and where; [`ErrorKind::Algorithm`] for a signature
    /// with algorithms that TS 33.180 does not allow.
    pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
        Self::from_xml_within(document, &Limits::default())
    }

    /// Decodes the document within these limits.
    ///
    /// Errors: as of [`from_xml`](Self::from_xml).
    pub fn from_xml_within(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let Read { content, id, signature, places } = Self::read(document, limits, false)?;
        let Some(outline) = signature else { return Ok(Self { content, id, signature: None }) };
        let signature = outline.of(document, limits);
        let (document, limits) = (Zeroizing::new(document.to_vec()), *limits);
        let signature = Some(Enveloping { signature, document, limits, places });
        Ok(Self { content, id, signature })
    }

    /// The document, which wipes itself. A signed document is returned exactly as it was received, because the
    /// signature covers that form.
    ///
    /// Errors: an unknown version; [`ErrorKind::Value`] for a value that cannot be written.
    pub fn to_xml(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if let Some(enveloping) = &self.signature {
            return Ok(enveloping.document.clone());
        }
        let mut writer = Writer::document();
        if self.id.is_some() {
            writer.open(T::SIGNED, &[("Id", self.id.as_deref())], None)?;
        }
        self.content.write(&mut writer)?;
        if self.id.is_some() {
            writer.close();
        }
        Ok(writer.finish())
    }

    /// Signs with the integrity key if there is one, or else with the transport key. The message gets the key's
    /// identifier as its `Signature-ID`, and an `Id` if it has none.
    ///
    /// Secret: the keys.
    ///
    /// Errors: as of [`to_xml`](Self::to_xml); [`ErrorKind::Signed`] if a redirect response in the message has the same
    /// `Id`; [`ErrorKind::Namespace`] if one uses a namespace that is no absolute URI; [`ErrorKind::Primitive`] if the
    /// key lives elsewhere and could not be used.
    pub fn sign<K: Mac, I: Mac>(mut content: T, keys: &SharedKeys<K, I>) -> Result<Self, Error> {
        let key = keys.signing();
        let (id, signature_id) = content.ids_mut();
        *signature_id = Some(key.id());
        let is_given = id.as_deref().is_some_and(|id| !id.is_empty());
        if !is_given {
            *id = Some(ID.into());
        }
        let (mut writer, mut places) = Self::begin(&content)?;
        if canonical::named(writer.written(), content.ids().0.unwrap_or_default()) != 1 {
            if is_given {
                return Err(Error::of_value(ErrorKind::Signed, T::NAME.1));
            }
            // A redirect response in the message has this name. None can have a name that is made of their digest.
            let digest = Sha256::digest(writer.written());
            *content.ids_mut().0 = Some(alloc::format!("{ID}-{}", to_hex(&digest).as_str()));
            (writer, places) = Self::begin(&content)?;
        }
        let part = Part { document: writer.written(), element: Some(places.content), except: None };
        let octets = Canonicalisation::default().of(&part)?;
        let uri = alloc::format!("#{}", content.ids().0.unwrap_or_default());
        let signed_info = SignedInfo::new(&uri, &octets);
        let octets = signed_info.to_canonical()?;
        let value = key.try_mac(&octets).map_err(of_key)?;
        let key_name = Some(key_name(key));
        let signature = Signature { signed_info, value, key_name, octets: Ok(octets) };
        signature::write(&signature, &mut writer)?;
        writer.close();
        let (document, limits) = (writer.finish(), Limits::default());
        let signature = Some(Enveloping { signature, document, limits, places });
        Ok(Self { content, id: None, signature })
    }

    /// The message, if the right key has signed it: the integrity key if there is one, or else the transport key.
    ///
    /// The signature must refer to the message or to the element around it, by an `Id` that no other element has. The
    /// MAC is checked first, then the digest of the canonical form. The result is decoded from the octets of that form,
    /// so added white space in what was signed is refused, and nothing outside of it has any effect.
    ///
    /// The `Signature-ID` must name the key. Documents of older releases have none. There, `KeyName` must be the key's
    /// name, or its identifier in base64. Without a `KeyName` too, the document is accepted only if no other key is
    /// shared.
    ///
    /// Secret: the keys. Public: everything else, and the outcome.
    ///
    /// Errors: [`ErrorKind::NotSigned`], [`ErrorKind::Signed`], [`ErrorKind::SignatureId`], [`ErrorKind::Mac`],
    /// [`ErrorKind::Digest`]; [`ErrorKind::Namespace`] and [`ErrorKind::TooLarge`] for a document that has no canonical
    /// form, as of [`Canonicalisation`]; [`ErrorKind::Primitive`] if the key could not be used; those of the signed
    /// octets, if they do not have the same meaning without the rest of the document.
    pub fn verify<K: Mac, I: Mac>(&self, keys: &SharedKeys<K, I>) -> Result<T, Error> {
        let (key, is_only) = (keys.signing(), keys.integrity().is_none());
        let error = |kind| Error::of_value(kind, T::SIGNED.1);
        let enveloping = self.signature.as_ref().ok_or(error(ErrorKind::NotSigned))?;
        let Enveloping { signature, document, limits, places } = enveloping;
        let target = self.target(enveloping)?;
        let is_named = match (self.content.ids().1, &signature.key_name) {
            (Some(id), _) => id == key.id(),
            (None, Some(name)) => *name == key_name(key),
            (None, None) => is_only,
        };
        if !is_named {
            return Err(error(ErrorKind::SignatureId));
        }
        check_mac(key, signature.octets.as_ref().map_err(|error| *error)?, signature)?;
        let element = match target {
            Target::Content => places.content,
            Target::Whole => places.whole,
        };
        let signed_info = &signature.signed_info;
        let except = signed_info.enveloped.then_some(places.signature);
        let part = Part { document, element: Some(element), except };
        // A reference within a document leaves comments out (XML-DSig 4.3.3.3).
        let method = signed_info.transform.clone().unwrap_or_default();
        let octets = Canonicalisation { comments: false, ..method }.of(&part)?;
        signed_info.check_digest(&octets)?;
        // Nothing else in the document was signed, nor was what another reader would make of it.
        let limits = limits.of_canonical(&octets);
        Ok(Self::read(&octets, &limits, true)?.content)
    }

    /// Reads a document. `cut` means that the signature has been taken out of it.
    fn read(document: &[u8], limits: &Limits, cut: bool) -> Result<Read<T>, Error> {
        let mut reader = Reader::new(document, limits)?;
        let mut places = Places::default();
        if let Some(tag) = reader.open_if(T::NAME)? {
            let content = T::read(&mut reader, &tag)?;
            reader.end()?;
            return Ok(Read { content, id: None, signature: None, places });
        }
        let tag = reader.root(T::SIGNED)?;
        places.whole = tag.position();
        let [id] = tag.attributes(T::SIGNED.1, ["Id"])?;
        let tag = reader.open(T::NAME)?;
        places.content = tag.position();
        let content = T::read(&mut reader, &tag)?;
        let signature = if cut {
            None
        } else if let Some(tag) = reader.open_if(signature::NAME)? {
            places.signature = tag.position();
            Some(signature::read(&mut reader, &tag)?)
        } else if T::MAY_BE_UNSIGNED {
            None
        } else {
            return Err(reader.error(ErrorKind::Missing).of(signature::NAME.1));
        };
        reader.close()?;
        reader.end()?;
        Ok(Read { content, id, signature, places })
    }

    /// The element that the signature refers to, which must be the message or the element around it.
    fn target(&self, enveloping: &Enveloping) -> Result<Target, Error> {
        let error = Error::of_value(ErrorKind::Signed, T::SIGNED.1);
        let signed_info = &enveloping.signature.signed_info;
        let named = match signed_info.uri.strip_prefix('#') {
            None if signed_info.uri.is_empty() => Target::Whole,
            // With two elements of one name, different readers may find different ones.
            Some(id) if id.is_empty() || canonical::named(&enveloping.document, id) != 1 => {
                return Err(error);
            }
            Some(id) if self.id.as_deref() == Some(id) => Target::Whole,
            Some(id) if self.content.ids().0 == Some(id) => Target::Content,
            _ => return Err(error),
        };
        // A signature cannot be a part of what it signs.
        if named == Target::Whole && !signed_info.enveloped { Err(error) } else { Ok(named) }
    }

    /// A document up to its signature.
    fn begin(content: &T) -> Result<(Writer, Places), Error> {
        let mut writer = Writer::document();
        let whole = writer.len();
        writer.open(T::SIGNED, &[], None)?;
        let message = writer.len();
        content.write(&mut writer)?;
        let signature = writer.len();
        Ok((writer, Places { whole, content: message, signature }))
    }
}

/// Errors: [`ErrorKind::Mac`], [`ErrorKind::Primitive`].
fn check_mac(key: &dyn Mac, octets: &[u8], signature: &Signature) -> Result<(), Error> {
    key.verify(octets, &signature.value).map_err(|error| match error {
        KmsError::Primitive(error) => of_key(error),
        _ => Error::of_value(ErrorKind::Mac, signature::NAME.1),
    })
}

/// The error of a key that could not be used.
const fn of_key(error: crate::Error) -> Error {
    Error::of_value(ErrorKind::Primitive(error), signature::NAME.1)
}
