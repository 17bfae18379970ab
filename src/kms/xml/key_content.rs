//! D.3.5: a key in clear, in hexadecimal, or a wrapped key, `xenc:EncryptedKey` of XML encryption.

use alloc::string::String;

use super::reader::{Content, Reader};
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind};
use crate::kms::{KeyContent, WrappedKey};

const PLAIN: &str = "KeyContentType";
const WRAPPED: &str = "EncKeyContentType";

/// The algorithm that wraps keys. The name does not say whether it is RFC 3394 or RFC 5649.
const ALGORITHM: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes256";
/// The later name of RFC 5649, which is read but not written.
const PADDED: &str = "http://www.w3.org/2009/xmlenc11#kw-aes-256-pad";

const ENCRYPTED_KEY: Name = Name::encryption("EncryptedKey");
const METHOD: Name = Name::encryption("EncryptionMethod");
const DATA: Name = Name::encryption("CipherData");
const VALUE: Name = Name::encryption("CipherValue");
const CARRIED: Name = Name::encryption("CarriedKeyName");
const KEY_INFO: Name = Name::signature("KeyInfo");
const KEY_NAME: Name = Name::signature("KeyName");

impl Reader<'_> {
    /// A key of a key set.
    pub(super) fn key(&mut self, name: &'static str) -> Result<KeyContent, Error> {
        let tag = self.open(Name::kms(name))?;
        self.key_content(&tag, name, &[PLAIN, WRAPPED])
    }

    /// A shared key, which is always wrapped.
    pub(super) fn shared_key_if(
        &mut self,
        name: &'static str,
    ) -> Result<Option<KeyContent>, Error> {
        let Some(tag) = self.open_if(Name::kms(name))? else { return Ok(None) };
        self.key_content(&tag, name, &[WRAPPED]).map(Some)
    }

    /// Secret: the octets of a key in clear, which are copied only into the result.
    fn key_content(
        &mut self,
        tag: &Tag<'_>,
        name: &'static str,
        types: &[&'static str],
    ) -> Result<KeyContent, Error> {
        tag.attributes(name, [])?;
        let types = match tag.xsi_type(name, types)? {
            Some(PLAIN) => &[PLAIN],
            Some(_) => &[WRAPPED],
            None => types,
        };
        match self.content()? {
            Content::Text(text) if types.contains(&PLAIN) => {
                let octets = text.hex()?;
                if octets.is_empty() {
                    return Err(text.error(ErrorKind::Value));
                }
                Ok(KeyContent::Plain(octets))
            }
            Content::Element(inner) if types.contains(&WRAPPED) => {
                self.enter(&inner, ENCRYPTED_KEY)?;
                let key = self.encrypted_key(&inner)?;
                self.close()?;
                Ok(key.into())
            }
            _ => Err(tag.error(ErrorKind::Content, name)),
        }
    }

    /// The content of `EncryptedKey`.
    fn encrypted_key(&mut self, tag: &Tag<'_>) -> Result<WrappedKey, Error> {
        tag.attributes(ENCRYPTED_KEY.1, ["Encoding", "Id", "MimeType", "Recipient", "Type"])?;
        if let Some(tag) = self.open_if(METHOD)? {
            let [algorithm] = tag.attributes(METHOD.1, ["Algorithm"])?;
            if !matches!(algorithm.as_deref(), Some(ALGORITHM | PADDED)) {
                return Err(tag.error(ErrorKind::Algorithm, METHOD.1));
            }
            if let Some(size) = self.text_if(Name::encryption("KeySize"))?
                && size.unsigned()? != 256
            {
                return Err(size.error(ErrorKind::Algorithm));
            }
            self.close()?;
        }
        let key_name = self.key_name()?;
        self.open(DATA)?.attributes(DATA.1, [])?;
        let value = self.text_of(VALUE)?;
        let octets = value.hex_or_base64()?;
        if octets.is_empty() {
            return Err(value.error(ErrorKind::Value));
        }
        self.close()?;
        self.skip_if(Name::encryption("EncryptionProperties"))?;
        self.skip_if(Name::encryption("ReferenceList"))?;
        let carried_key_name = self.text_if(CARRIED)?.map(|text| text.string());
        self.close()?;
        Ok(WrappedKey { octets, key_name, carried_key_name })
    }

    /// The `KeyName` of `ds:KeyInfo`. There may be one, and whatever else is in the element is skipped.
    pub(super) fn key_name(&mut self) -> Result<Option<String>, Error> {
        let Some(tag) = self.open_if(KEY_INFO)? else { return Ok(None) };
        tag.attributes(KEY_INFO.1, ["Id"])?;
        self.skip_until(KEY_NAME)?;
        let name = self.text_if(KEY_NAME)?.map(|text| text.string());
        self.skip_until(KEY_NAME)?;
        self.close()?;
        Ok(name)
    }
}

impl Writer {
    /// A key of a key set. Secret: a key in clear.
    pub(super) fn key(&mut self, name: &'static str, key: &KeyContent) -> Result<(), Error> {
        let (octets, xsi_type) = match key {
            KeyContent::Plain(octets) => (octets.as_slice(), PLAIN),
            KeyContent::Wrapped(key) => (key.octets.as_slice(), WRAPPED),
        };
        if octets.is_empty() {
            return Err(Error::of_value(ErrorKind::Value, name));
        }
        self.open(Name::kms(name), &[], Some(xsi_type))?;
        match key {
            KeyContent::Plain(octets) => self.secret_hex(octets),
            KeyContent::Wrapped(key) => self.encrypted_key(key)?,
        }
        self.close();
        Ok(())
    }

    /// A shared key.
    ///
    /// Errors: [`ErrorKind::Content`] for a key in clear.
    pub(super) fn shared_key(&mut self, name: &'static str, key: &KeyContent) -> Result<(), Error> {
        match key {
            KeyContent::Wrapped(_) => self.key(name, key),
            KeyContent::Plain(_) => Err(Error::of_value(ErrorKind::Content, name)),
        }
    }

    fn encrypted_key(&mut self, key: &WrappedKey) -> Result<(), Error> {
        self.open(ENCRYPTED_KEY, &[], None)?;
        self.empty(METHOD, &[("Algorithm", Some(ALGORITHM))])?;
        self.key_name_if(&key.key_name)?;
        self.open(DATA, &[], None)?;
        self.base64(VALUE.1, &key.octets)?;
        self.close();
        self.string_if(CARRIED.1, &key.carried_key_name)?;
        self.close();
        Ok(())
    }

    /// `ds:KeyInfo` with a `KeyName`.
    pub(super) fn key_name_if(&mut self, name: &Option<String>) -> Result<(), Error> {
        let Some(name) = name else { return Ok(()) };
        self.open(KEY_INFO, &[], None)?;
        self.string(KEY_NAME.1, name)?;
        self.close();
        Ok(())
    }
}
