//! D.2.2 and D.3: requests and responses with their signatures.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::octets::Octets;
use super::reader::Reader;
use super::signature::{self, Canonical, Signature, SignedInfo};
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits, request, response};
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
    signature: Option<Signature>,
}

impl<T> Signed<T> {
    /// The signature, if there is one. It isn't verified.
    #[must_use]
    pub const fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// What it says, whoever says so: to see which key to verify it with, or if the connection that it
    /// came over is all that protects it.
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
    /// Names itself and the key.
    fn name_key(&mut self, key: SharedKeyId);
    /// Whether what is written is its own canonical form.
    fn is_canonical(&self) -> bool;
}

/// What a signature refers to.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Target {
    /// The request or response.
    Content,
    /// The element around it.
    Whole,
}

/// Where the key that signs is named.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Named {
    /// By the `Signature-ID`.
    InContent,
    /// By that, or without it by the `KeyName` of the signature.
    InSignature,
}

#[expect(private_bounds, reason = "what it has is for this module")]
impl<T: Content> Signed<T> {
    /// `cut`: the signature has been taken out of it.
    fn read(document: &[u8], limits: &Limits, cut: bool) -> Result<(Self, Target), Error> {
        let mut reader = Reader::new(document, limits)?;
        if let Some(tag) = reader.open_if(T::NAME)? {
            let content = T::read(&mut reader, &tag)?;
            reader.end()?;
            return Ok((Self { content, id: None, signature: None }, Target::Content));
        }
        let [id] = reader.root(T::SIGNED)?.attributes(T::SIGNED.1, ["Id"])?;
        let tag = reader.open(T::NAME)?;
        let content = T::read(&mut reader, &tag)?;
        let signature = if cut {
            None
        } else if let Some(tag) = reader.open_if(signature::NAME)? {
            Some(signature::read(&mut reader, &tag)?)
        } else if T::MAY_BE_UNSIGNED {
            None
        } else {
            return Err(reader.error(ErrorKind::Missing).of(signature::NAME.1));
        };
        reader.close()?;
        reader.end()?;
        Ok((Self { content, id, signature }, Target::Whole))
    }

    fn write(&self, writer: &mut Writer) -> Result<(), Error> {
        if self.id.is_none() && self.signature.is_none() {
            return self.content.write(writer);
        }
        writer.open(T::SIGNED, &[("Id", self.id.as_deref())], None)?;
        self.content.write(writer)?;
        // Without, it is of a kind that may be: no other is read so.
        if let Some(signature) = &self.signature {
            signature::write(signature, writer)?;
        }
        writer.close();
        Ok(())
    }

    /// The canonical form of what is signed, if the document was written as here.
    fn canonical(&self, target: Target) -> Result<Octets, Error> {
        if !self.content.is_canonical() {
            return Err(Error::of_value(ErrorKind::Canonical, T::NAME.1));
        }
        let mut writer = Writer::canonical();
        if target == Target::Whole {
            writer.open(T::SIGNED, &[("Id", self.id.as_deref())], None)?;
        }
        self.content.write(&mut writer)?;
        if target == Target::Whole {
            writer.close();
        }
        Ok(writer.finish())
    }

    /// What the signature refers to, which must be all there is.
    fn target(&self, signed_info: &SignedInfo) -> Result<Target, Error> {
        let error = Error::of_value(ErrorKind::Signed, T::SIGNED.1);
        let (outer, inner) = (self.id.as_deref(), self.content.id());
        // Two elements of one name: whoever resolves it may find either.
        if outer.is_some() && outer == inner {
            return Err(error);
        }
        let named = match signed_info.uri.strip_prefix('#') {
            None if signed_info.uri.is_empty() => Target::Whole,
            Some(id) if !id.is_empty() && outer == Some(id) => Target::Whole,
            Some(id) if !id.is_empty() && inner == Some(id) => Target::Content,
            _ => return Err(error),
        };
        // A signature can't be in what it signs.
        if named == Target::Whole && !signed_info.enveloped { Err(error) } else { Ok(named) }
    }

    fn check(
        &self,
        key: &dyn Mac,
        given: Option<&Canonical<'_>>,
        named: Named,
    ) -> Result<&T, Error> {
        let error = |kind| Error::of_value(kind, T::SIGNED.1);
        let signature = self.signature.as_ref().ok_or(error(ErrorKind::NotSigned))?;
        let target = self.target(&signature.signed_info)?;
        let is_named = match (self.content.signature_id(), named) {
            (Some(id), _) => id == key.id(),
            (None, Named::InSignature) => signature.key_name.as_ref() == Some(&key_name(key)),
            (None, Named::InContent) => false,
        };
        if !is_named {
            return Err(error(ErrorKind::SignatureId));
        }
        if let Some(canonical) = given {
            if !self.is_canonical_form(canonical.signed, target) {
                return Err(error(ErrorKind::Canonical));
            }
            signature.check_digest(canonical)?;
            check_mac(key, canonical.signed_info, signature)?;
        } else {
            let signed_info = signature.signed_info.to_canonical()?;
            let signed = self.canonical(target)?;
            signature.check_digest(&Canonical { signed_info: &signed_info, signed: &signed })?;
            check_mac(key, &signed_info, signature)?;
        }
        Ok(&self.content)
    }

    /// Whether the octets say what was decoded, all of what the signature refers to.
    fn is_canonical_form(&self, octets: &[u8], target: Target) -> bool {
        let read = Self::read(octets, &Limits::of_canonical(octets), true);
        read.is_ok_and(|(read, of)| {
            let is_same = of == Target::Content || read.id == self.id;
            of == target && is_same && read.content == self.content
        })
    }

    fn make(mut content: T, key: &dyn Mac) -> Result<Self, Error> {
        content.name_key(key.id());
        let mut signed = Self { content, id: None, signature: None };
        let octets = signed.canonical(Target::Content)?;
        let uri = alloc::format!("#{}", signed.content.id().unwrap_or_default());
        let signed_info = SignedInfo::new(&uri, &octets);
        let value = key.try_mac(&signed_info.to_canonical()?).map_err(of_key)?;
        signed.signature = Some(Signature { signed_info, value, key_name: Some(key_name(key)) });
        Ok(signed)
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
    ($type:ident, $module:ident, $signed:literal, $may_be_unsigned:literal, $canonical:expr) => {
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

            fn name_key(&mut self, key: SharedKeyId) {
                if self.id.as_deref().unwrap_or_default().is_empty() {
                    self.id = Some(ID.into());
                }
                self.signature_id = Some(key);
            }

            fn is_canonical(&self) -> bool {
                $canonical(self)
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
                Self::read(document, limits, false).map(|(signed, _)| signed)
            }

            /// Encodes the document, which wipes itself.
            ///
            /// Errors: a version that isn't known; [`ErrorKind::Value`] for a value that can't be
            /// written.
            pub fn to_xml(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
                let mut writer = Writer::document();
                self.write(&mut writer)?;
                Ok(writer.finish())
            }

            /// Signs with the integrity key if there is one, or else the transport key: with its
            /// identifier as `Signature-ID`, and an `Id` if it has none.
            ///
            /// Secret: the keys.
            ///
            /// Errors: as of [`to_xml`](Self::to_xml); [`ErrorKind::Canonical`] if there are redirect
            /// responses in it, whose canonical form isn't known here; [`ErrorKind::Primitive`] if the key
            /// lives elsewhere and couldn't be used.
            pub fn sign<K: Mac, I: Mac>(
                content: $type,
                keys: &SharedKeys<K, I>,
            ) -> Result<Self, Error> {
                Self::make(content, keys.signing())
            }

            /// What it says, if the key signed it that must sign: the integrity key if there is one, or
            /// else the transport key.
            ///
            /// `canonical` is what a canonicaliser makes of the document. It is read once more, so what
            /// is returned is what was signed. The key must be named in it by its `Signature-ID`.
            ///
            /// Secret: the keys. Public: everything else, and the outcome.
            ///
            /// Errors: [`ErrorKind::NotSigned`], [`ErrorKind::Signed`], [`ErrorKind::SignatureId`],
            /// [`ErrorKind::Canonical`], [`ErrorKind::Digest`], [`ErrorKind::Mac`];
            /// [`ErrorKind::Primitive`] if the key couldn't be used.
            pub fn verify<K: Mac, I: Mac>(
                &self,
                keys: &SharedKeys<K, I>,
                canonical: &Canonical<'_>,
            ) -> Result<&$type, Error> {
                self.check(keys.signing(), Some(canonical), Named::InContent)
            }

            /// The same of a document that may be without `Signature-ID`, as those of older releases
            /// are: its signature names the key by a `KeyName` that is the key's name, or its identifier
            /// in base64.
            ///
            /// Errors: as of [`verify`](Self::verify).
            pub fn verify_unnamed<K: Mac, I: Mac>(
                &self,
                keys: &SharedKeys<K, I>,
                canonical: &Canonical<'_>,
            ) -> Result<&$type, Error> {
                self.check(keys.signing(), Some(canonical), Named::InSignature)
            }

            /// The same of a document that was written by this module, whose canonical form is known.
            /// What is signed is what was decoded, written once more.
            ///
            /// Errors: as of [`verify`](Self::verify); [`ErrorKind::Digest`] for a document that says the
            /// same in another form: it takes a canonicaliser to verify it.
            pub fn verify_own<K: Mac, I: Mac>(
                &self,
                keys: &SharedKeys<K, I>,
            ) -> Result<&$type, Error> {
                self.check(keys.signing(), None, Named::InContent)
            }

            /// [`verify_own`](Self::verify_own) of a document that may be without `Signature-ID`, as
            /// [`verify_unnamed`](Self::verify_unnamed) has it.
            ///
            /// Errors: as of [`verify_own`](Self::verify_own).
            pub fn verify_own_unnamed<K: Mac, I: Mac>(
                &self,
                keys: &SharedKeys<K, I>,
            ) -> Result<&$type, Error> {
                self.check(keys.signing(), None, Named::InSignature)
            }
        }
    };
}

signed!(Request, request, "SignedKmsRequest", false, |request: &Request| request
    .krr_list
    .is_empty());
signed!(Response, response, "SignedKmsResponse", true, |_| true);
