//! D.2.2 and D.3: requests and responses with their signatures.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::canonical::{self, Part};
use super::octets::{Octets, to_hex};
use super::reader::Reader;
use super::signature::{self, Outline, Signature, SignedInfo};
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, Limits, request, response};
use crate::kms::{Error as KmsError, Mac, Request, Response, SharedKeyId, SharedKeys};

/// The `Id` of what is signed, if it has none.
const ID: &str = "xmldoc";

/// What the key that signs is called in a signature: its name, or else its identifier in base64, as
/// signatures of signalling have it.
fn key_name(key: &dyn Mac) -> String {
    key.name().map_or_else(|| key.id().to_name(), Into::into)
}

/// A request or a response as it came, with a signature or without: nobody's, until it is verified.
#[doc(alias("SignedKmsRequest", "SignedKmsResponse"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed<T> {
    content: T,
    /// The `Id` of the element around content and signature.
    id: Option<String>,
    signature: Option<Enveloping>,
}

/// A signature in the document that it is in.
#[derive(Clone)]
struct Enveloping {
    signature: Signature,
    /// The document, as it came or was written.
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
    /// The signature alone: keys in clear may be in the document.
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

/// What a document says.
struct Read<T> {
    content: T,
    id: Option<String>,
    signature: Option<Outline>,
    places: Places,
}

impl<T> Signed<T> {
    /// The signature, if there is one. It isn't verified.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref().map(|enveloping| &enveloping.signature)
    }

    /// What the document says, whoever says so: to see which key to verify it with, or if the connection that
    /// it came over is all that protects it.
    #[must_use]
    pub const fn unverified(&self) -> &T {
        &self.content
    }

    /// The same, owned.
    #[must_use]
    pub fn into_unverified(self) -> T {
        self.content
    }
}

/// What can be signed.
trait Content: PartialEq + Sized {
    const NAME: Name;
    /// The element around it and its signature.
    const SIGNED: Name;
    /// Whether that element may be without signature.
    const MAY_BE_UNSIGNED: bool;

    fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Self, Error>;
    fn write(&self, writer: &mut Writer) -> Result<(), Error>;
    fn id(&self) -> Option<&str>;
    fn signature_id(&self) -> Option<SharedKeyId>;
    fn set_id(&mut self, id: String);
    fn set_signature_id(&mut self, key: SharedKeyId);
}

/// What a signature refers to.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Target {
    /// The request or response.
    Content,
    /// The element around it.
    Whole,
}

#[expect(private_bounds, reason = "what it has is for this module")]
impl<T: Content> Signed<T> {
    /// `cut`: the signature has been taken out of it.
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

    fn decode(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let Read { content, id, signature, places } = Self::read(document, limits, false)?;
        let Some(outline) = signature else { return Ok(Self { content, id, signature: None }) };
        let signature = outline.of(document, limits);
        let (document, limits) = (Zeroizing::new(document.to_vec()), *limits);
        let signature = Some(Enveloping { signature, document, limits, places });
        Ok(Self { content, id, signature })
    }

    fn encode(&self) -> Result<Octets, Error> {
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

    /// What the signature refers to, which must be all there is.
    fn target(&self, enveloping: &Enveloping) -> Result<Target, Error> {
        let error = Error::of_value(ErrorKind::Signed, T::SIGNED.1);
        let signed_info = &enveloping.signature.signed_info;
        let named = match signed_info.uri.strip_prefix('#') {
            None if signed_info.uri.is_empty() => Target::Whole,
            // Two elements of one name: whoever resolves it may find either.
            Some(id) if id.is_empty() || canonical::named(&enveloping.document, id) != 1 => {
                return Err(error);
            }
            Some(id) if self.id.as_deref() == Some(id) => Target::Whole,
            Some(id) if self.content.id() == Some(id) => Target::Content,
            _ => return Err(error),
        };
        // A signature can't be in what it signs.
        if named == Target::Whole && !signed_info.enveloped { Err(error) } else { Ok(named) }
    }

    /// `is_only`: no other key is shared.
    fn check(&self, key: &dyn Mac, is_only: bool) -> Result<T, Error> {
        let error = |kind| Error::of_value(kind, T::SIGNED.1);
        let enveloping = self.signature.as_ref().ok_or(error(ErrorKind::NotSigned))?;
        let Enveloping { signature, document, limits, places } = enveloping;
        let target = self.target(enveloping)?;
        let is_named = match (self.content.signature_id(), &signature.key_name) {
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
        // What the document says elsewhere, or says to another reader, wasn't signed.
        let limits = limits.of_canonical(&octets);
        Ok(Self::read(&octets, &limits, true)?.content)
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

    fn make(mut content: T, key: &dyn Mac) -> Result<Self, Error> {
        content.set_signature_id(key.id());
        let is_given = content.id().is_some_and(|id| !id.is_empty());
        if !is_given {
            content.set_id(ID.into());
        }
        let (mut writer, mut places) = Self::begin(&content)?;
        if canonical::named(writer.written(), content.id().unwrap_or_default()) != 1 {
            if is_given {
                return Err(Error::of_value(ErrorKind::Signed, T::NAME.1));
            }
            // Something in it has this name, a redirect response. It can't have one that is made of it.
            let digest = Sha256::digest(writer.written());
            content.set_id(alloc::format!("{ID}-{}", to_hex(&digest).as_str()));
            (writer, places) = Self::begin(&content)?;
        }
        let part = Part { document: writer.written(), element: Some(places.content), except: None };
        let octets = Canonicalisation::default().of(&part)?;
        let uri = alloc::format!("#{}", content.id().unwrap_or_default());
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
}

/// Errors: [`ErrorKind::Mac`], [`ErrorKind::Primitive`].
fn check_mac(key: &dyn Mac, octets: &[u8], signature: &Signature) -> Result<(), Error> {
    key.verify(octets, &signature.value).map_err(|error| match error {
        KmsError::Primitive(error) => of_key(error),
        _ => Error::of_value(ErrorKind::Mac, signature::NAME.1),
    })
}

/// The key couldn't be used.
const fn of_key(error: crate::Error) -> Error {
    Error::of_value(ErrorKind::Primitive(error), signature::NAME.1)
}

macro_rules! signed {
    ($type:ident, $module:ident, $signed:literal, $may_be_unsigned:literal) => {
        impl Content for $type {
            const NAME: Name = $module::NAME;
            const SIGNED: Name = Name::kms($signed);
            const MAY_BE_UNSIGNED: bool = $may_be_unsigned;

            fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Self, Error> {
                $module::read(reader, tag)
            }

            fn write(&self, writer: &mut Writer) -> Result<(), Error> {
                $module::write(self, writer)
            }

            fn id(&self) -> Option<&str> {
                self.id.as_deref()
            }

            fn signature_id(&self) -> Option<SharedKeyId> {
                self.signature_id
            }

            fn set_id(&mut self, id: String) {
                self.id = Some(id);
            }

            fn set_signature_id(&mut self, key: SharedKeyId) {
                self.signature_id = Some(key);
            }
        }

        impl Signed<$type> {
            #[doc = concat!("Decodes a document that is `", $signed, "`, or that without signature.")]
            /// Secret: keys in clear; public: how long they are.
            ///
            /// Errors: of the document, with the element that is wrong and its position;
            /// [`ErrorKind::Algorithm`] for a signature with others than TS 33.180 has.
            pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
                Self::from_xml_within(document, &Limits::default())
            }

            /// Decodes the document within these limits.
            ///
            /// Errors: as of [`from_xml`](Self::from_xml).
            pub fn from_xml_within(document: &[u8], limits: &Limits) -> Result<Self, Error> {
                Self::decode(document, limits)
            }

            /// The document, which wipes itself: as it came if it is signed, for its signature is of that
            /// form, or else written.
            ///
            /// Errors: a version that isn't known; [`ErrorKind::Value`] for a value that can't be
            /// written.
            pub fn to_xml(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
                self.encode()
            }

            /// Signs with the integrity key if there is one, or else the transport key: with its
            /// identifier as `Signature-ID`, and an `Id` if it has none.
            ///
            /// Secret: the keys.
            ///
            /// Errors: as of [`to_xml`](Self::to_xml); [`ErrorKind::Signed`] if a redirect response in it has its
            /// `Id`; [`ErrorKind::Namespace`] for one with a namespace that is no absolute URI;
            /// [`ErrorKind::Primitive`] if the key lives elsewhere and couldn't be used.
            pub fn sign<K: Mac, I: Mac>(
                content: $type,
                keys: &SharedKeys<K, I>,
            ) -> Result<Self, Error> {
                Self::make(content, keys.signing())
            }

            /// What was signed, if the key signed it that must sign: the integrity key if there is one, or
            /// else the transport key.
            ///
            /// The signature must refer to the message or to the element around it, by an `Id` that no other
            /// element has; its MAC is checked, then the digest of the canonical form. What is returned is
            /// decoded from the octets of that form. So white space that was added to what is signed is
            /// refused, and what stands outside of it is of no matter.
            ///
            /// The key must be named by the `Signature-ID`. Documents of older releases have none: then by a
            /// `KeyName` that is the key's name, or its identifier in base64; and without either only one
            /// key may be shared.
            ///
            /// Secret: the keys. Public: everything else, and the outcome.
            ///
            /// Errors: [`ErrorKind::NotSigned`], [`ErrorKind::Signed`], [`ErrorKind::SignatureId`],
            /// [`ErrorKind::Mac`], [`ErrorKind::Digest`]; [`ErrorKind::Namespace`] and
            /// [`ErrorKind::TooLarge`] for a document without canonical form, as of [`Canonicalisation`];
            /// [`ErrorKind::Primitive`] if the key couldn't be used; of the signed octets, if they don't mean
            /// by themselves what the document means.
            pub fn verify<K: Mac, I: Mac>(
                &self,
                keys: &SharedKeys<K, I>,
            ) -> Result<$type, Error> {
                self.check(keys.signing(), keys.integrity().is_none())
            }
        }
    };
}

signed!(Request, request, "SignedKmsRequest", false);
signed!(Response, response, "SignedKmsResponse", true);
