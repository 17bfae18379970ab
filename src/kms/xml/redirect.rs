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
/// The element around a response and its signature, following the pattern of all other documents.
const SIGNED: Name = Name(Space::Redirect, "SignedKmsRedirectResponse");

const END: &str = "</KmsRedirectResponse>";

/// A redirect response, kept as it was received.
///
/// A client must accept such a response and may ignore it. It hands the response in at its KMS in
/// [`Request::krr_list`](crate::kms::Request::krr_list). The schema of D.4.4 defines the elements of a response, which
/// are found here by their names. The signature has an X.509 certificate. The caller verifies the chain of that
/// certificate, and the signature with the key of the certificate.
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
    /// The limits of `from_xml_within`.
    limits: Limits,
}

impl RedirectResponse {
    /// Decodes the document, the body of a SIP 488 response of type
    /// `application/vnd.3gpp.kmsredirectresponse+xml`.
    ///
    /// Errors: what is wrong with the document, in which element, and where.
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
        while let Some((_, tag)) = reader.raw()? {
            is_signed |= tag.space() == Space::Signature;
        }
        reader.close()?;
        reader.end()?;
        // Read it once more, for the element alone.
        let mut reader = Reader::new(document, limits)?;
        let (raw, tag) = reader.raw()?.ok_or(reader.error(ErrorKind::Root))?;
        if !is_element(raw.as_bytes(), limits, |own| own.space() == tag.space()) {
            return Err(reader.error(ErrorKind::Namespace));
        }
        Ok(Self { octets: raw.into(), is_signed, limits: *limits })
    }

    /// Makes a response of these elements, in this order. Each is XML in the namespace of D.4,
    /// `urn:3gpp:ns:mcsecKMSKRR:1.0`, and declares all of its prefixes. To pass on an older response, give its
    /// [`as_bytes`](Self::as_bytes) as one of them.
    ///
    /// Errors: [`ErrorKind::Content`] for anything else; [`ErrorKind::Value`] for an identifier with a character that
    /// XML does not allow; [`ErrorKind::TooLarge`] and the like beyond the default limits.
    pub fn new(id: &str, elements: &[&[u8]]) -> Result<Self, Error> {
        let mut octets = start(id)?;
        for element in elements {
            if !is_element(element, &Limits::default(), |tag| tag.space() == Space::Redirect) {
                return Err(Error::of_value(ErrorKind::Content, NAME.1));
            }
            octets.extend_from_slice(element);
        }
        octets.extend_from_slice(END.as_bytes());
        Self::from_xml(&octets)
    }

    /// The element as it was received: one item of [`Request::krr_list`](crate::kms::Request::krr_list).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Whether it contains a signature. This does not verify it: see [`verify`](Self::verify).
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Its `Id`, which a signature refers to.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let (_, tag) = self.open().ok()?;
        tag.attribute("Id")
    }

    /// The texts of all elements with this name in the namespace of D.4, in their order, without white space at their
    /// ends. Elements of a nested response are left out. **Anybody may have written them**: [`verify`](Self::verify)
    /// gives the response that was signed.
    ///
    /// Errors: [`ErrorKind::Content`] if such an element contains elements.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Error> {
        let (mut reader, _) = self.open()?;
        reader.texts(Space::Redirect, name, NAME)
    }

    /// The first response nested in it, if it passes one on.
    ///
    /// Errors: [`ErrorKind::Namespace`] if it would have more declarations than the limits allow.
    pub fn nested(&self) -> Result<Option<Self>, Error> {
        let (mut reader, _) = self.open()?;
        let nested = reader.find(NAME)?;
        nested.map(|nested| Self::from_xml_within(&nested, &self.limits)).transpose()
    }

    /// Its signature with the certificates that came with it. Nothing has been verified.
    ///
    /// Errors: [`ErrorKind::NotSigned`]; [`ErrorKind::Algorithm`] for algorithms other than those of D.4.2; others of
    /// the elements of the signature.
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

    /// Where the elements begin that a signature may cover, with their `Id`s: the outermost element, and in a signed
    /// response the response itself.
    fn elements(&self) -> Result<Vec<(usize, Option<String>)>, Error> {
        let mut reader = Reader::new(&self.octets, &self.limits)?;
        let named = |tag: &Tag<'_>| (tag.position(), tag.attribute("Id"));
        let Some(tag) = reader.open_if(SIGNED)? else {
            return Ok(vec![named(&reader.root(NAME)?)]);
        };
        Ok(vec![named(&tag), named(&reader.open(NAME)?)])
    }

    /// The response that was signed, decoded from the canonical octets that the digest covers. It contains everything
    /// that was signed, and nothing else.
    ///
    /// `verify` gets the signature with its certificates, and the octets that it covers, which are the canonical form
    /// of `SignedInfo`. It must verify ECDSA with SHA-256 under the key of a certificate that the caller trusts. The
    /// digest is checked after that.
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
    /// The signature must cover the response, or a signed response as a whole. It must refer to either by an `Id` that
    /// nothing else has, or to the whole by the empty URI.
    ///
    /// Errors: those of [`signature`](Self::signature); [`ErrorKind::Signed`] if the signature covers anything else;
    /// those of `verify`; [`ErrorKind::Digest`]; those of [`Canonicalisation::canonicalise`].
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
        // A signature cannot be a part of what it signs.
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

    /// This response, made by [`new`](Self::new), with a signature as of D.4.2 and the certificates of its key in DER.
    /// `sign` must return r and s, 32 octets each, of ECDSA on P-256 with SHA-256 over the octets that it gets.
    ///
    /// Errors: [`ErrorKind::Signed`] for a response that was made elsewhere or is already signed, or whose `Id` is also
    /// that of something in it; those of `sign`.
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

    /// A reader inside of the response, and the start tag of the response.
    fn open(&self) -> Result<(Reader<'_>, Tag<'_>), Error> {
        let mut reader = Reader::new(&self.octets, &self.limits)?;
        reader.open_if(SIGNED)?;
        let tag = reader.open(NAME)?;
        Ok((reader, tag))
    }
}

/// The start tag of a response with this `Id`, as this crate writes it.
///
/// Errors: [`ErrorKind::Value`].
fn start(id: &str) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::canonical();
    writer.open(NAME, &[("Id", Some(id))], None)?;
    Ok(writer.finish().to_vec())
}
