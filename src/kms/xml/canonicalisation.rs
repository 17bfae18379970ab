//! How a document is canonicalised for a signature.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::canonical::Part;
use super::reader::Reader;
use super::{Error, ErrorKind, Limits};

/// How a document is canonicalised. The default is Canonical XML 1.0 without comments.
#[doc(alias("C14N", "CanonicalizationMethod"))]
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Canonicalisation {
    /// Exclusive XML Canonicalization 1.0, which leaves out the namespaces that no name in an element uses. The
    /// namespaces of these prefixes are kept. They are its `PrefixList`, with the empty prefix for `#default`.
    #[doc(alias("InclusiveNamespaces", "PrefixList"))]
    pub exclusive: Option<Vec<String>>,
    /// Whether comments are kept. In a part of the document around the signature they never are (XML-DSig 4.3.3.3).
    pub comments: bool,
}

impl Canonicalisation {
    const URIS: [(&str, bool, bool); 4] = [
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", false, false),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", false, true),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", true, false),
        ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", true, true),
    ];

    /// Its name in a signature, which does not contain the prefixes.
    #[must_use]
    pub fn uri(&self) -> &'static str {
        let of_this = (self.exclusive.is_some(), self.comments);
        let found =
            Self::URIS.iter().find(|(_, exclusive, comments)| (*exclusive, *comments) == of_this);
        found.map_or("", |(uri, ..)| uri)
    }

    /// The method with this name, without prefixes.
    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        let (_, exclusive, comments) = Self::URIS.iter().find(|(known, ..)| *known == uri)?;
        Some(Self { exclusive: exclusive.then(Vec::new), comments: *comments })
    }

    /// The canonical form of a document, which wipes itself. Use it for the body of a message whose signature is in
    /// another body.
    ///
    /// ```
    /// use eccsi_sakke::kms::xml::Canonicalisation;
    ///
    /// let form = Canonicalisation::default().canonicalise(b"<a  y='&#62;' x = \"1\" ><!-- no --></a>\n")?;
    /// assert_eq!(form.as_slice(), br#"<a x="1" y=">"></a>"#);
    /// # Ok::<(), eccsi_sakke::kms::xml::Error>(())
    /// ```
    ///
    /// Secret: keys in clear. Public: their lengths.
    ///
    /// Errors: what is wrong with the document, and where, within the default [`Limits`], which includes a document
    /// type and a processing instruction; [`ErrorKind::Namespace`] for a namespace that is no absolute URI, for which
    /// the standard defines no form; [`ErrorKind::TooLarge`] for a form of more than eight times the document's octets.
    pub fn canonicalise(&self, document: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut reader = Reader::new(document, &Limits::default())?;
        reader.raw()?.ok_or(reader.error(ErrorKind::Root))?;
        reader.end()?;
        self.of(&Part { document, element: None, except: None })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::steps::steps_of;

    /// Each octet of a document is read twice, and makes as many octets of the form as allowed.
    const PER_OCTET: usize = 16;

    #[test]
    fn a_form_takes_steps_in_proportion() {
        let prefixes = |list: &[&str]| Some(list.iter().map(|one| (*one).into()).collect());
        let long = "x".repeat(30);
        for size in [1 << 12, 1 << 15] {
            for piece in [
                "<o:x xmlns:o='o:o'/>",
                "<p:a/>",
                "<a xmlns=''/>",
                "<!---->",
                "&lt;",
                "\r",
                "<![CDATA[a]]>",
                "<a b='\"\"\"\"\"\"\"\"'/>",
                "<p:a p:b='' q:c='' q:b='' p:c='' a='' b='' c='' d='' e='' f='' g=''/>",
            ] {
                let many = piece.repeat(size / piece.len());
                let document =
                    format!("<a xmlns='a:{long}' xmlns:p='p:{long}' xmlns:q='q:{long}'>{many}</a>");
                for exclusive in [None, Some(Vec::new()), prefixes(&["p", "q", "", "r"])] {
                    // Each short element declares a long namespace anew.
                    let repeats =
                        exclusive.as_ref().is_some_and(Vec::is_empty) && piece == "<p:a/>";
                    let method = Canonicalisation { exclusive, comments: true };
                    let mut result = Ok(0);
                    let steps = steps_of(|| {
                        let form = method.canonicalise(document.as_bytes());
                        result = form.map(|form| form.len()).map_err(|error| error.kind());
                    });
                    let expected = if repeats { Some(ErrorKind::TooLarge) } else { None };
                    assert_eq!(result.err(), expected, "{piece}");
                    assert!(steps >= document.len(), "there are steps to count");
                    let most = PER_OCTET * document.len();
                    assert!(steps <= most, "{piece}: {steps} for {}", document.len());
                }
            }
        }
    }

    #[test]
    fn a_method_is_known_by_its_uri() {
        for (uri, exclusive, comments) in Canonicalisation::URIS {
            let method = Canonicalisation { exclusive: exclusive.then(Vec::new), comments };
            assert_eq!(method.uri(), uri);
            assert_eq!(Canonicalisation::from_uri(uri), Some(method));
        }
        for uri in
            ["", "http://www.w3.org/2006/12/xml-c14n11", "http://www.w3.org/2001/10/xml-exc-c14n"]
        {
            assert_eq!(Canonicalisation::from_uri(uri), None);
        }
    }
}
