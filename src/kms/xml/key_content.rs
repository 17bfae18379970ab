//! D.3.5: a key in clear, hexadecimal, or wrapped: `xenc:EncryptedKey` of XML encryption.

use alloc::string::String;

use super::reader::{Content, Reader};
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind};
use crate::kms::{KeyContent, WrappedKey};

const PLAIN: &str = "KeyContentType";
const WRAPPED: &str = "EncKeyContentType";

/// What wraps keys, by name. Which of RFC 3394 and RFC 5649 it was doesn't follow from it.
const ALGORITHM: &str = "http://www.w3.org/2001/04/xmlenc#kw-aes256";
/// RFC 5649 by the name that it got later: accepted, not written.
const PADDED: &str = "http://www.w3.org/2009/xmlenc11#kw-aes-256-pad";

const ENCRYPTED_KEY: Name = Name::encryption("EncryptedKey");
const METHOD: Name = Name::encryption("EncryptionMethod");
const DATA: Name = Name::encryption("CipherData");
const VALUE: Name = Name::encryption("CipherValue");
const CARRIED: Name = Name::encryption("CarriedKeyName");
const KEY_INFO: Name = Name::signature("KeyInfo");
const KEY_NAME: Name = Name::signature("KeyName");

/// A key of a key set.
pub(super) fn read(reader: &mut Reader<'_>, name: &'static str) -> Result<KeyContent, Error> {
    let tag = reader.open(Name::kms(name))?;
    inside(reader, &tag, name, &[PLAIN, WRAPPED])
}

/// A shared key, which is always wrapped, if there is one.
pub(super) fn read_shared(
    reader: &mut Reader<'_>,
    name: &'static str,
) -> Result<Option<KeyContent>, Error> {
    let Some(tag) = reader.open_if(Name::kms(name))? else { return Ok(None) };
    inside(reader, &tag, name, &[WRAPPED]).map(Some)
}

/// Secret: the octets of a key in clear, which are not copied but to be returned.
fn inside(
    reader: &mut Reader<'_>,
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
    match reader.content()? {
        Content::Text(text) if types.contains(&PLAIN) => {
            let octets = text.hex()?;
            if octets.is_empty() {
                return Err(text.error(ErrorKind::Value));
            }
            Ok(KeyContent::Plain(octets))
        }
        Content::Element(inner) if types.contains(&WRAPPED) => {
            reader.enter(&inner, ENCRYPTED_KEY)?;
            let key = encrypted_key(reader, &inner)?;
            reader.close()?;
            Ok(key.into())
        }
        _ => Err(tag.error(ErrorKind::Content, name)),
    }
}

/// What is inside of `EncryptedKey`.
fn encrypted_key(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<WrappedKey, Error> {
    tag.attributes(ENCRYPTED_KEY.1, ["Encoding", "Id", "MimeType", "Recipient", "Type"])?;
    if let Some(tag) = reader.open_if(METHOD)? {
        let [algorithm] = tag.attributes(METHOD.1, ["Algorithm"])?;
        if !matches!(algorithm.as_deref(), Some(ALGORITHM | PADDED)) {
            return Err(tag.error(ErrorKind::Algorithm, METHOD.1));
        }
        if let Some(size) = reader.text_if(Name::encryption("KeySize"))?
            && size.unsigned()? != 256
        {
            return Err(size.error(ErrorKind::Algorithm));
        }
        reader.close()?;
    }
    let key_name = key_name(reader)?;
    reader.open(DATA)?.attributes(DATA.1, [])?;
    let value = reader.text_of(VALUE)?;
    let octets = value.hex_or_base64()?;
    if octets.is_empty() {
        return Err(value.error(ErrorKind::Value));
    }
    reader.close()?;
    reader.skip_if(Name::encryption("EncryptionProperties"))?;
    reader.skip_if(Name::encryption("ReferenceList"))?;
    let carried_key_name = reader.text_if(CARRIED)?.map(|text| text.string());
    reader.close()?;
    Ok(WrappedKey { octets, key_name, carried_key_name })
}

/// `ds:KeyInfo` of which only one `KeyName` is of use, if there is one.
pub(super) fn key_name(reader: &mut Reader<'_>) -> Result<Option<String>, Error> {
    let Some(tag) = reader.open_if(KEY_INFO)? else { return Ok(None) };
    tag.attributes(KEY_INFO.1, ["Id"])?;
    reader.skip_until(KEY_NAME)?;
    let name = reader.text_if(KEY_NAME)?.map(|text| text.string());
    reader.skip_until(KEY_NAME)?;
    reader.close()?;
    Ok(name)
}

/// Secret: a key in clear. It is in what is written, which wipes itself.
pub(super) fn write(
    key: &KeyContent,
    name: &'static str,
    writer: &mut Writer,
) -> Result<(), Error> {
    let octets = match key {
        KeyContent::Plain(octets) => octets.as_slice(),
        KeyContent::Wrapped(key) => &key.octets,
    };
    if octets.is_empty() {
        return Err(Error::of_value(ErrorKind::Value, name));
    }
    match key {
        KeyContent::Plain(octets) => {
            writer.open(Name::kms(name), &[], Some(PLAIN))?;
            writer.secret_hex(octets);
        }
        KeyContent::Wrapped(key) => {
            writer.open(Name::kms(name), &[], Some(WRAPPED))?;
            write_encrypted_key(key, writer)?;
        }
    }
    writer.close();
    Ok(())
}

/// A shared key.
///
/// Errors: [`ErrorKind::Content`] for a key in clear.
pub(super) fn write_shared(
    key: &KeyContent,
    name: &'static str,
    writer: &mut Writer,
) -> Result<(), Error> {
    match key {
        KeyContent::Wrapped(_) => write(key, name, writer),
        KeyContent::Plain(_) => Err(Error::of_value(ErrorKind::Content, name)),
    }
}

fn write_encrypted_key(key: &WrappedKey, writer: &mut Writer) -> Result<(), Error> {
    writer.open(ENCRYPTED_KEY, &[], None)?;
    writer.empty(METHOD, &[("Algorithm", Some(ALGORITHM))])?;
    if let Some(name) = &key.key_name {
        write_key_name(name, writer)?;
    }
    writer.open(DATA, &[], None)?;
    writer.base64(VALUE.1, &key.octets)?;
    writer.close();
    writer.string_if(CARRIED.1, key.carried_key_name.as_deref())?;
    writer.close();
    Ok(())
}

/// `ds:KeyInfo` with a `KeyName`.
pub(super) fn write_key_name(name: &str, writer: &mut Writer) -> Result<(), Error> {
    writer.open(KEY_INFO, &[], None)?;
    writer.string(KEY_NAME.1, name)?;
    writer.close();
    Ok(())
}
