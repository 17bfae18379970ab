//! The start tag of an element: its name and its attributes.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::Attribute;
use quick_xml::name::{Namespace, NamespaceResolver, QName, ResolveResult};

use super::syntax::{is_char, is_qualified_name, is_spaced};
use super::text::trim;
use super::{Error, ErrorKind, Limits};
use crate::steps;

/// The namespaces that are distinguished here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Space {
    /// No namespace.
    None,
    /// TS 33.180 annex D.
    Kms,
    /// TS 33.180 D.4: redirect responses.
    Redirect,
    /// XML signature.
    Signature,
    /// XML encryption.
    Encryption,
    /// Exclusive canonicalisation.
    Exclusive,
    /// The attributes of XML Schema.
    Instance,
    /// Any other namespace.
    Other,
}

impl Space {
    pub(super) const fn uri(self) -> &'static str {
        match self {
            Self::None | Self::Other => "",
            Self::Kms => "urn:3gpp:ns:mcsecKMSInterface:1.0",
            Self::Redirect => "urn:3gpp:ns:mcsecKMSKRR:1.0",
            Self::Signature => "http://www.w3.org/2000/09/xmldsig#",
            Self::Encryption => "http://www.w3.org/2001/04/xmlenc#",
            Self::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
            Self::Instance => "http://www.w3.org/2001/XMLSchema-instance",
        }
    }

    /// The namespace of a name. None if its prefix is not declared.
    fn of(found: &ResolveResult<'_>) -> Option<Self> {
        const KNOWN: [Space; 6] = [
            Space::Kms,
            Space::Redirect,
            Space::Signature,
            Space::Encryption,
            Space::Exclusive,
            Space::Instance,
        ];
        match found {
            // Bound to nothing, by a declaration that clears the default namespace.
            ResolveResult::Unbound | ResolveResult::Bound(Namespace("")) => Some(Self::None),
            ResolveResult::Unknown(_) => None,
            ResolveResult::Bound(Namespace(uri)) => {
                Some(KNOWN.into_iter().find(|known| known.uri() == *uri).unwrap_or(Self::Other))
            }
        }
    }
}

/// The name of an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Name(pub(super) Space, pub(super) &'static str);

impl Name {
    /// A name of TS 33.180 annex D.
    pub(super) const fn kms(local: &'static str) -> Self {
        Self(Space::Kms, local)
    }

    pub(super) const fn signature(local: &'static str) -> Self {
        Self(Space::Signature, local)
    }

    pub(super) const fn encryption(local: &'static str) -> Self {
        Self(Space::Encryption, local)
    }
}

/// A well-formed start tag whose prefixes are all declared.
pub(super) struct Tag<'a> {
    start: BytesStart<'a>,
    space: Space,
    /// The value of xsi:type: its namespace and local name.
    xsi_type: Option<(Space, String)>,
    position: usize,
}

impl<'a> Tag<'a> {
    pub(super) fn new(
        tag: BytesStart<'a>,
        resolver: &NamespaceResolver,
        limits: &Limits,
        position: usize,
    ) -> Result<Self, ErrorKind> {
        let (found, _) = resolver.resolve_element(tag.name());
        if !is_qualified_name(tag.name().as_ref()) || !is_spaced(tag.attributes_raw()) {
            return Err(ErrorKind::Syntax);
        }
        let space = Space::of(&found).ok_or(ErrorKind::Namespace)?;
        let mut xsi_type = None;
        let mut expanded = Vec::new();
        for (number, attribute) in tag.attributes().enumerate() {
            if number == limits.attributes {
                return Err(ErrorKind::TooMany);
            }
            let attribute = attribute.map_err(|_| ErrorKind::Attribute)?;
            steps::take(1 + attribute.key.as_ref().len() + attribute.value.len());
            let value = value(&attribute, limits)?;
            let key = attribute.key;
            if key.as_namespace_binding().is_some() {
                // A reference would be another way to write the same namespace, which nobody needs.
                let undeclares_prefix = value.is_empty() && key.prefix().is_some();
                if undeclares_prefix || attribute.value.contains(['&', '\t', '\n', '\r']) {
                    return Err(ErrorKind::Namespace);
                }
                continue;
            }
            let (found, local) = resolver.resolve_attribute(key);
            let space = Space::of(&found).ok_or(ErrorKind::Namespace)?;
            if let ResolveResult::Bound(namespace) = found {
                // Two prefixes of one namespace do not make two different attributes (Namespaces in XML 6.3).
                let name = (local.into_inner(), namespace);
                if expanded.contains(&name) {
                    return Err(ErrorKind::Attribute);
                }
                expanded.push(name);
            }
            if space == Space::Instance && local.as_ref() == "type" {
                let (found, local) = resolver.resolve_element(QName(trim(&value)));
                let named = (Space::of(&found).ok_or(ErrorKind::Namespace)?, local.as_ref().into());
                xsi_type = Some(named);
            }
        }
        Ok(Self { start: tag, space, xsi_type, position })
    }

    pub(super) fn is(&self, name: Name) -> bool {
        self.space == name.0 && self.local_name() == name.1
    }

    pub(super) fn local_name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    pub(super) const fn space(&self) -> Space {
        self.space
    }

    /// The octets of the name in the document, with its prefix.
    pub(super) fn name_len(&self) -> usize {
        self.start.name().as_ref().len()
    }

    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// The type in `xsi:type`, which must be one of these. None if the attribute is missing.
    pub(super) fn xsi_type(
        &self,
        element: &'static str,
        types: &[&'static str],
    ) -> Result<Option<&'static str>, Error> {
        match &self.xsi_type {
            None => Ok(None),
            Some((Space::Kms, local)) => types
                .iter()
                .find(|known| *known == local)
                .map(|known| Some(*known))
                .ok_or(self.error(ErrorKind::Type, element)),
            Some(_) => Err(self.error(ErrorKind::Type, element)),
        }
    }

    /// The values of the attributes with these names. Other attributes are refused, unless they have a prefix.
    pub(super) fn attributes<const N: usize>(
        &self,
        element: &'static str,
        names: [&str; N],
    ) -> Result<[Option<String>; N], Error> {
        let error = self.error(ErrorKind::Attribute, element);
        let mut values = [const { None }; N];
        for attribute in self.start.attributes() {
            let attribute = attribute.map_err(|_| error)?;
            let key = attribute.key.as_ref();
            if key == "xmlns" || key.contains(':') {
                continue;
            }
            let index = names.iter().position(|name| *name == key).ok_or(error)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| error)?;
            values[index] = Some(value.into_owned());
        }
        Ok(values)
    }

    /// The value of one attribute without a prefix. Other attributes are ignored.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let attribute =
            self.start.attributes().flatten().find(|found| found.key.as_ref() == name)?;
        Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    }

    pub(super) const fn error(&self, kind: ErrorKind, element: &'static str) -> Error {
        Error::new(kind, element, self.position)
    }
}

/// The value of an attribute, if it is well-formed.
fn value<'a>(attribute: &Attribute<'a>, limits: &Limits) -> Result<Cow<'a, str>, ErrorKind> {
    let raw = attribute.value.as_ref();
    if raw.len() > limits.text {
        return Err(ErrorKind::TooLong);
    }
    if raw.contains('<') || !is_qualified_name(attribute.key.as_ref()) {
        return Err(ErrorKind::Syntax);
    }
    let value =
        attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| ErrorKind::Reference)?;
    if value.chars().all(is_char) { Ok(value) } else { Err(ErrorKind::Reference) }
}
