//! D.4: `KmsRedirectResponse`, with which a gateway refers a client to another KMS.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::canonical::{self, Part};
use super::reader::{Reader, is_element};
use super::redirect_signature::{self, Places, RedirectSignature};
use super::tag::{Name, Space, Tag};
use super::writer::Writer;
use super::{Canonicalisation, Error, ErrorKind, Limits};

const NAME: Name = Name(Space::Redirect, "KmsRedirectResponse");
/// With its signature beside it, by the pattern of all other documents.
const SIGNED: Name = Name(Space::Redirect, "SignedKmsRedirectResponse");

const END: &str = "</KmsRedirectResponse>";

/// A redirect response, kept as it came.
///
/// A client must accept one and may ignore it. It hands it in at its KMS in
/// [`Request::krr_list`](crate::kms::Request::krr_list). The schema of D.4.4 says which elements are in it, and here
/// they are taken by their names. Its signature is one with an X.509 certificate. The caller verifies the chain of that
/// certificate and the signature under its key.
///
/// ```
/// use eccsi_sakke::kms::xml::RedirectResponse;
///
/// let kms = br#"<KmsUri xmlns="urn:3gpp:ns:mcsecKMSKRR:1.0">kms.example.com</KmsUri>"#;
/// let made = RedirectResponse::new("redirect-1", &[kms])?;
///
/// let received = RedirectResponse::from_xml(made.as_bytes())?;
/// assert_eq!(received.id().as_deref(), Some("redirect-1"));
/// assert_eq!(received.texts("KmsUri")?, ["kms.example.com"]);
/// assert!(!received.is_signed());
/// # Ok::<(), eccsi_sakke::kms::xml::Error>(())
/// ```
#[doc(alias("KmsRedirectResponse", "KRR", "S-KRR"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectResponse {
    octets: Vec<u8>,
    is_signed: bool,
    /// Those that it was read within.
    limits: Limits,
}

impl RedirectResponse {
    /// Decodes the document, the body of a SIP 488 response of type
    /// `application/vnd.3gpp.kmsredirectresponse+xml`.
    ///
    /// Errors: of the document, with the element that is wrong and its position.
    pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
        Self::from_xml_within(document, &Limits::default())
    }

    /// Decodes the document within these limits.
    ///
    /// Errors: as of [`from_xml`](Self::from_xml).
    pub fn from_xml_within(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let mut reader = Reader::new(document, limits)?;
        if reader.open_if(SIGNED)?.is_none() {
            reader.root(NAME)?;
        }
        let mut is_signed = false;
        while let Some((_, space)) = reader.raw()? {
            is_signed |= space == Space::Signature;
        }
        reader.close()?;
        reader.end()?;
        // Once more, for the element as it stands.
        let mut reader = Reader::new(document, limits)?;
        let (raw, space) = reader.raw()?.ok_or(reader.error(ErrorKind::Root))?;
        if !is_element(raw.as_bytes(), limits, space) {
            return Err(reader.error(ErrorKind::Namespace));
        }
        Ok(Self { octets: raw.into(), is_signed, limits: *limits })
    }

    /// A response with these elements in it, in this order. Each is XML of its own in the namespace of D.4,
    /// `urn:3gpp:ns:mcsecKMSKRR:1.0`, whose prefixes are all declared in it. An older response that this one
    /// passes on is one of them, by its [`as_bytes`](Self::as_bytes).
    ///
    /// Errors: [`ErrorKind::Content`] for anything else; [`ErrorKind::Value`] for an identifier with a character
    /// that XML doesn't have; [`ErrorKind::TooLarge`] and the like beyond the default limits.
    pub fn new(id: &str, elements: &[&[u8]]) -> Result<Self, Error> {
        let mut octets = start(id)?;
        for element in elements {
            if !is_element(element, &Limits::default(), Space::Redirect) {
                return Err(Error::of_value(ErrorKind::Content, NAME.1));
            }
            octets.extend_from_slice(element);
        }
        octets.extend_from_slice(END.as_bytes());
        Self::from_xml(&octets)
    }

    /// The element, as it came: one item of [`Request::krr_list`](crate::kms::Request::krr_list).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Whether a signature is in it. It isn't checked: see [`verify`](Self::verify).
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Its `Id`, what a signature refers to.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let (_, tag) = self.open().ok()?;
        tag.attribute("Id")
    }

    /// The texts of all elements of this name in the namespace of D.4, in their order and without white space at
    /// their ends, but for those of a response inside of it. **Whoever has sent it says so**:
    /// [`verify`](Self::verify) gives the response that was signed.
    ///
    /// Errors: [`ErrorKind::Content`] if there are elements in such an element.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let (mut reader, _) = self.open()?;
        reader.texts(Space::Redirect, name, NAME)
    }

    /// The response inside of it that it passes on, if there is one: the first.
    ///
    /// Errors: [`ErrorKind::Namespace`] if it would have more declarations than the limits allow.
    pub fn nested(&self) -> Result<Option<Self>, Error> {
        let (mut reader, _) = self.open()?;
        let nested = reader.find(NAME)?;
        nested.map(|nested| Self::from_xml_within(&nested, &self.limits)).transpose()
    }

    /// Its signature, with the certificates that came with it: not checked.
    ///
    /// Errors: [`ErrorKind::NotSigned`]; [`ErrorKind::Algorithm`] for any but those of D.4.2; others of the
    /// signature's elements.
    pub fn signature(&self) -> Result<RedirectSignature, Error> {
        Ok(self.found()?.0)
    }

    /// The signature, and where its elements begin.
    fn found(&self) -> Result<(RedirectSignature, Places), Error> {
        let mut reader = Reader::new(&self.octets, &self.limits)?;
        if reader.open_if(SIGNED)?.is_none() {
            reader.root(NAME)?;
        }
        redirect_signature::find(&mut reader)
    }

    /// Where the elements begin that a signature may be of, with their `Id`s: the one around everything, and in a
    /// signed response the response itself.
    fn elements(&self) -> Result<Vec<(usize, Option<String>)>, Error> {
        let mut reader = Reader::new(&self.octets, &self.limits)?;
        let named = |tag: &Tag<'_>| (tag.position(), tag.attribute("Id"));
        let Some(tag) = reader.open_if(SIGNED)? else {
            return Ok(vec![named(&reader.root(NAME)?)]);
        };
        Ok(vec![named(&tag), named(&reader.open(NAME)?)])
    }

    /// The response that was signed, decoded from the canonical octets that the digest covers: all of it, and nothing
    /// that isn't.
    ///
    /// `verify` gets the signature, its certificates among it, and the octets that it is of, the canonical form of
    /// `SignedInfo`: it verifies ECDSA with SHA-256 under the key of a certificate that the caller trusts. The digest is
    /// checked after that.
    ///
    /// ```
    /// # use eccsi_sakke::kms::xml::{Error, RedirectResponse};
    /// # fn ecdsa_sha256(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), Error> { Ok(()) }
    /// # fn trusted<'a>(certificates: &'a [Vec<u8>]) -> Result<&'a [u8], Error> { Ok(&certificates[0]) }
    /// fn kms_uris(received: &RedirectResponse) -> Result<Vec<String>, Error> {
    ///     let signed = received.verify(|signature, octets| {
    ///         let key = trusted(&signature.certificates)?;
    ///         ecdsa_sha256(key, octets, &signature.value)
    ///     })?;
    ///     signed.texts("KmsUri")
    /// }
    /// ```
    ///
    /// Errors: of [`signature`](Self::signature); [`ErrorKind::Signed`] if the signature is of something else than the
    /// response, or than a signed response as a whole, which are named by an `Id` that nothing else has, and the whole
    /// by the empty URI too; those of `verify`; [`ErrorKind::Digest`]; those of [`Canonicalisation::canonicalise`].
    pub fn verify<E: From<Error>>(
        &self,
        verify: impl FnOnce(&RedirectSignature, &[u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let error = Error::of_value(ErrorKind::Signed, NAME.1);
        let (signature, places) = self.found()?;
        let info = &signature.signed_info;
        let names = |id: &str| {
            info.uri.strip_prefix('#') == Some(id)
                && !id.is_empty()
                && canonical::named(&self.octets, id) == 1
        };
        let elements = self.elements()?;
        let is_it = |(_, id): &(usize, Option<String>)| id.as_deref().is_some_and(names);
        let place = if info.uri.is_empty() { Some(0) } else { elements.iter().position(is_it) };
        let place = place.ok_or(error)?;
        // A signature can't be in what it signs.
        if place == 0 && !info.enveloped {
            return Err(error.into());
        }
        let form = |element, except| {
            Canonicalisation::default().of(&Part { document: &self.octets, element, except })
        };
        let octets = form(Some(places.signed_info), None)?;
        if !redirect_signature::says(&octets, &self.limits, info) {
            return Err(error.into());
        }
        verify(&signature, &octets)?;
        let except = info.enveloped.then_some(places.signature);
        let octets = form(Some(elements[place].0), except)?;
        info.check_digest(&octets)?;
        Ok(Self::from_xml_within(&octets, &self.limits.of_canonical(&octets))?)
    }

    /// This response, as [`new`](Self::new) has made it, with a signature as of D.4.2 and the certificates of its key
    /// in DER. `sign` gives r and s, 32 octets each, of ECDSA on P-256 with SHA-256 over the octets that it gets.
    ///
    /// Errors: [`ErrorKind::Signed`] for a response that was made elsewhere or is signed, or whose `Id` something in it
    /// has as well; those of `sign`.
    pub fn sign<E: From<Error>>(
        &self,
        certificates: &[&[u8]],
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, E> {
        let error = Error::of_value(ErrorKind::Signed, NAME.1);
        let id = self.id().filter(|_| !self.is_signed).ok_or(error)?;
        // Declarations in another start tag would be in the canonical form of what is signed.
        let content = self.octets.strip_suffix(END.as_bytes()).ok_or(error)?;
        if !content.starts_with(&start(&id)?) || canonical::named(&self.octets, &id) != 1 {
            return Err(error.into());
        }
        let octets = Canonicalisation::default().canonicalise(&self.octets)?;
        let signature = redirect_signature::make(&id, &octets, certificates, sign)?;
        Ok(Self::from_xml(&[content, signature.as_slice(), END.as_bytes()].concat())?)
    }

    /// A reader inside of the response, and its start tag.
    fn open(&self) -> Result<(Reader<'_>, Tag<'_>), Error> {
        let mut reader = Reader::new(&self.octets, &self.limits)?;
        reader.open_if(SIGNED)?;
        let tag = reader.open(NAME)?;
        Ok((reader, tag))
    }
}

/// The start tag of a response with this `Id`, as it is written here.
///
/// Errors: [`ErrorKind::Value`].
fn start(id: &str) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::canonical();
    writer.open(NAME, &[("Id", Some(id))], None)?;
    Ok(writer.finish().to_vec())
}
