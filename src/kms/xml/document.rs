//! What the documents of annex D have in common: one list of elements that is read and written.

use super::octets::Octets;
use super::reader::Reader;
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits};

/// The versions of requests, responses and certificates.
pub(super) const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// A document as one element, which may stand alone or inside of another document.
pub(super) trait Document: Sized {
    const NAME: Name;

    /// Reads the rest of the element after its start tag.
    fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Self, Error>;

    /// Writes the element. Secret: keys in clear.
    fn write(&self, writer: &mut Writer) -> Result<(), Error>;
}

/// Makes a [`Document`] of a type, given the name of its element, the fields that are attributes, and the other fields
/// in the order of the schema, each with the functions of [`Reader`] and [`Writer`] that handle its element. With
/// `skip_others`, elements of other namespaces may follow.
///
/// The module reads the attributes with its function `attributes`, and writes the start tag with `open`.
macro_rules! document {
    (
        $type:ident = $name:literal, ($($attribute:ident),+) $(, $others:ident)?;
        $($field:ident: $kind:ident($($element:literal)?),)+
    ) => {
        impl $crate::kms::xml::document::Document for $type {
            const NAME: Name = Name::kms($name);

            fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Self, Error> {
                let ($($attribute,)+) = attributes(tag)?;
                let document = Self { $($attribute,)+ $($field: reader.$kind($($element)?)?,)+ };
                $(reader.$others()?;)?
                reader.close()?;
                Ok(document)
            }

            fn write(&self, writer: &mut Writer) -> Result<(), Error> {
                open(self, writer)?;
                $(writer.$kind($($element,)? &self.$field)?;)+
                writer.close();
                Ok(())
            }
        }

        impl $type {
            /// Decodes the document.
            ///
            /// Secret: keys in clear. Public: their lengths.
            ///
            /// Errors: what is wrong with the document, in which element, and where.
            pub fn from_xml(document: &[u8]) -> Result<Self, Error> {
                Self::from_xml_within(document, &$crate::kms::xml::Limits::default())
            }

            /// Decodes the document within these limits.
            ///
            /// Errors: as of [`from_xml`](Self::from_xml).
            pub fn from_xml_within(
                document: &[u8],
                limits: &$crate::kms::xml::Limits,
            ) -> Result<Self, Error> {
                $crate::kms::xml::document::decoded(document, limits)
            }

            /// Encodes the document. It wipes itself when it is dropped, because it contains the keys in clear, if
            /// there are any.
            ///
            /// Errors: an unknown version; [`Value`](crate::kms::xml::ErrorKind::Value) for a value that cannot be
            /// written, such as a text with a character that XML does not allow.
            pub fn to_xml(&self) -> Result<zeroize::Zeroizing<alloc::vec::Vec<u8>>, Error> {
                $crate::kms::xml::document::encoded(self)
            }
        }
    };
}
pub(super) use document;

pub(super) fn decoded<T: Document>(document: &[u8], limits: &Limits) -> Result<T, Error> {
    let mut reader = Reader::new(document, limits)?;
    let tag = reader.root(T::NAME)?;
    let decoded = T::read(&mut reader, &tag)?;
    reader.end()?;
    Ok(decoded)
}

pub(super) fn encoded<T: Document>(document: &T) -> Result<Octets, Error> {
    let mut writer = Writer::document();
    document.write(&mut writer)?;
    Ok(writer.finish())
}

impl Tag<'_> {
    /// The version of the element: its attribute, or else the version that the schema fixes.
    ///
    /// Errors: [`ErrorKind::Version`] for a version that is not in `known`.
    pub(super) fn version(
        &self,
        value: Option<alloc::string::String>,
        fixed: &str,
        known: &[&str],
        element: &'static str,
    ) -> Result<alloc::string::String, Error> {
        match value {
            None => Ok(fixed.into()),
            Some(version) if known.contains(&version.as_str()) => Ok(version),
            Some(_) => Err(self.error(ErrorKind::Version, element)),
        }
    }
}

/// The version as it is written.
///
/// Errors: [`ErrorKind::Version`] for a version that is not in `known`.
pub(super) fn written_version<'a>(
    version: &'a str,
    known: &[&str],
    element: &'static str,
) -> Result<Option<&'a str>, Error> {
    let is_known = known.contains(&version);
    if is_known { Ok(Some(version)) } else { Err(Error::of_value(ErrorKind::Version, element)) }
}
