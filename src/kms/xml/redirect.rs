//! D.4: `KmsRedirectResponse`, with which a security gateway refers a client to another KMS.

use alloc::vec::Vec;

use super::reader::{Reader, is_element};
use super::tag::{Name, Space};
use super::{Error, ErrorKind, Limits};

const NAME: Name = Name(Space::Redirect, "KmsRedirectResponse");
/// With its signature beside it, by the pattern of all other documents.
const SIGNED: Name = Name(Space::Redirect, "SignedKmsRedirectResponse");

/// A redirect response: recognised, and kept as it came.
///
/// A client must accept it and may ignore it; it hands it in at its KMS in
/// [`Request::krr_list`](crate::kms::Request::krr_list). Its signature is one with a certificate, ECDSA,
/// and isn't checked here.
#[doc(alias("KmsRedirectResponse", "KRR", "S-KRR"))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectResponse {
    octets: Vec<u8>,
    is_signed: bool,
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
        Ok(Self { octets: raw.into(), is_signed })
    }

    /// The element, as it came: one item of [`Request::krr_list`](crate::kms::Request::krr_list).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// Whether a signature is in it. It isn't checked.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.is_signed
    }
}
