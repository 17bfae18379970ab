//! How octets are made of a document that a signature covers.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::canonical::{self, Part};
use super::octets::Octets;
use super::reader::Reader;
use super::{Error, ErrorKind, Limits};

/// How octets are made of a document: Canonical XML 1.0 without comments, unless something else is said.
#[doc(alias("C14N", "CanonicalizationMethod"))]
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Canonicalisation {
    /// Exclusive XML Canonicalization 1.0, which leaves out the namespaces that no name in an element has. Those of
    /// these prefixes are kept: its `PrefixList`, where the empty prefix is `#default`.
    #[doc(alias("InclusiveNamespaces", "PrefixList"))]
    pub exclusive: Option<Vec<String>>,
    /// Whether comments are kept. Those of a part of the document around the signature never are (XML-DSig 4.3.3.3).
    pub comments: bool,
}

impl Canonicalisation {
    const URIS: [(&str, bool, bool); 4] = [
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", false, false),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", false, true),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", true, false),
        ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", true, true),
    ];

    /// Its name in a signature. The prefixes aren't in it.
    #[must_use]
    pub fn uri(&self) -> &'static str {
        let of_this = (self.exclusive.is_some(), self.comments);
        let found =
            Self::URIS.iter().find(|(_, exclusive, comments)| (*exclusive, *comments) == of_this);
        found.map_or("", |(uri, ..)| uri)
    }

    /// Without prefixes.
    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        let (_, exclusive, comments) = Self::URIS.iter().find(|(known, ..)| *known == uri)?;
        Some(Self { exclusive: exclusive.then(Vec::new), comments: *comments })
    }

    /// The canonical form of a document, which wipes itself: of the body of a message, whose signature is in another
    /// body.
    ///
    /// ```
    /// use eccsi_sakke::kms::xml::Canonicalisation;
    ///
    /// let form = Canonicalisation::default().canonicalise(b"<a  y='&#62;' x = \"1\" ><!-- no --></a>\n")?;
    /// assert_eq!(form.as_slice(), br#"<a x="1" y=">"></a>"#);
    /// # Ok::<(), eccsi_sakke::kms::xml::Error>(())
    /// ```
    ///
    /// Secret: keys in clear. Public: how long they are.
    ///
    /// Errors: of the document, with its position, within the default [`Limits`]: a document type or a processing
    /// instruction among them. [`ErrorKind::Namespace`] for a namespace that is no absolute URI, of which the standard
    /// makes no form; [`ErrorKind::TooLarge`] for a form of more than eight times the document's octets.
    pub fn canonicalise(&self, document: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut reader = Reader::new(document, &Limits::default())?;
        reader.raw()?.ok_or(reader.error(ErrorKind::Root))?;
        reader.end()?;
        self.of(&Part { document, element: None, except: None })
    }

    /// The form of a part of a document that a reader has read to its end.
    pub(super) fn of(&self, part: &Part<'_>) -> Result<Octets, Error> {
        canonical::form(self, part)
    }
}
