//! D.3: `KmsResponse` and the messages in it.

use super::reader::{Reader, is_element};
use super::tag::{Name, Space, Tag};
use super::writer::Writer;
use super::{
    Error, ErrorKind, Limits, VERSIONS, certificate, error_report, key_content, key_set,
    known_version, text,
};
use crate::kms::{KmsMessage, NewKeys, Response};

pub(super) const NAME: Name = Name::kms("KmsResponse");
const MESSAGE: Name = Name::kms("KmsMessage");
const INIT: Name = Name::kms("KmsInit");
const KEY_PROV: Name = Name::kms("KmsKeyProv");
const CERT_CACHE: Name = Name::kms("KmsCertCache");
const LOOKUP: Name = Name::kms("KmsLookup");

/// The types of `KmsInit` and `KmsKeyProv` without and with new keys.
const INIT_TYPES: [&str; 2] = ["KmsInitType", "KmsInitTkIkType"];
const KEY_PROV_TYPES: [&str; 2] = ["KmsKeyProvType", "KmsKeyProvTkIkType"];

/// The version of the messages in them.
const VERSION: &str = Response::VERSION;

/// What is inside of a response's start tag.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Response, Error> {
    let [id, version] = tag.attributes(NAME.1, ["Id", "Version"])?;
    let response = Response {
        version: known_version(version, Some(VERSION), &VERSIONS, tag, NAME.1)?,
        id,
        user_uri: reader.token("UserUri")?,
        kms_uri: reader.token("KmsUri")?,
        time: reader.time("Time")?,
        kms_id: reader.string_if("KmsId")?,
        client_req_url: reader.token("ClientReqUrl")?,
        message: message(reader)?,
        error: error_report::read_if(reader, "KmsError")?,
        trk_id: reader.key_id_if("TrK-ID")?,
        signature_id: reader.key_id_if("Signature-ID")?,
    };
    reader.skip_others()?;
    reader.close()?;
    Ok(response)
}

/// One of the messages known here, or only elements of others, which is none.
fn message(reader: &mut Reader<'_>) -> Result<Option<KmsMessage>, Error> {
    let Some(tag) = reader.open_if(MESSAGE)? else { return Ok(None) };
    tag.attributes(MESSAGE.1, [])?;
    let message = if let Some(tag) = reader.open_if(INIT)? {
        Some(init(reader, &tag)?)
    } else if let Some(tag) = reader.open_if(KEY_PROV)? {
        Some(key_prov(reader, &tag)?)
    } else if let Some(tag) = reader.open_if(CERT_CACHE)? {
        Some(cert_cache(reader, &tag)?)
    } else if let Some(element) = reader.whole_if(|tag| tag.is(LOOKUP))? {
        Some(KmsMessage::Lookup(element))
    } else {
        reader.skip_others()?;
        None
    };
    reader.close()?;
    Ok(message)
}

fn init(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
    let [_, version] = tag.attributes(INIT.1, ["Id", "Version"])?;
    known_version(version, Some(VERSION), &VERSIONS, tag, INIT.1)?;
    let certificate = certificate::read_any(reader)?
        .ok_or(reader.error(ErrorKind::Missing).of(certificate::NAME.1))?;
    let new_keys = new_keys(reader, tag, INIT.1, &INIT_TYPES)?;
    reader.close()?;
    Ok(KmsMessage::Init { certificate, new_keys })
}

fn key_prov(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
    let [_, version] = tag.attributes(KEY_PROV.1, ["Id", "Version"])?;
    known_version(version, Some(VERSION), &VERSIONS, tag, KEY_PROV.1)?;
    let mut key_sets = alloc::vec::Vec::new();
    while let Some(tag) = reader.open_if(key_set::NAME)? {
        key_sets.push(key_set::read(reader, &tag)?);
    }
    let new_keys = new_keys(reader, tag, KEY_PROV.1, &KEY_PROV_TYPES)?;
    reader.close()?;
    Ok(KmsMessage::KeyProv { key_sets, new_keys })
}

/// What an extended type has at its end, behind what others may add to the type it extends.
fn new_keys(
    reader: &mut Reader<'_>,
    tag: &Tag<'_>,
    element: &'static str,
    types: &[&'static str; 2],
) -> Result<NewKeys, Error> {
    let [basic, _] = types;
    let is_basic = tag.xsi_type(element, types)? == Some(basic);
    reader.skip_others()?;
    let mut keys = NewKeys::default();
    if is_basic {
        return Ok(keys);
    }
    while let Some(key) = key_content::read_shared(reader, "NewTransportKey")? {
        keys.transport.push(key);
    }
    while let Some(key) = key_content::read_shared(reader, "NewIntegrityKey")? {
        keys.integrity.push(key);
    }
    Ok(keys)
}

fn cert_cache(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
    let [cache_num, _, version] = tag.attributes(CERT_CACHE.1, ["CacheNum", "Id", "Version"])?;
    known_version(version, Some(VERSION), &VERSIONS, tag, CERT_CACHE.1)?;
    let error = tag.error(ErrorKind::Attribute, CERT_CACHE.1);
    let cache_num =
        cache_num.map(|text| text::integer(text::trim(&text)).ok_or(error)).transpose()?;
    let mut certificates = alloc::vec::Vec::new();
    while let Some(certificate) = certificate::read_any(reader)? {
        certificates.push(certificate);
    }
    reader.skip_others()?;
    reader.close()?;
    Ok(KmsMessage::CertCache { cache_num, certificates })
}

/// Secret: keys in clear.
pub(super) fn write(response: &Response, writer: &mut Writer) -> Result<(), Error> {
    let version = super::written_version(&response.version, false, &VERSIONS, NAME.1)?;
    writer.open(NAME, &[("Id", response.id.as_deref()), ("Version", version)], None)?;
    writer.token("UserUri", &response.user_uri)?;
    writer.token("KmsUri", &response.kms_uri)?;
    writer.time("Time", response.time)?;
    writer.string_if("KmsId", response.kms_id.as_deref())?;
    writer.token("ClientReqUrl", &response.client_req_url)?;
    if let Some(message) = &response.message {
        writer.open(MESSAGE, &[], None)?;
        write_message(message, writer)?;
        writer.close();
    }
    error_report::write_if(response.error.as_ref(), "KmsError", writer)?;
    writer.key_id_if("TrK-ID", response.trk_id)?;
    writer.key_id_if("Signature-ID", response.signature_id)?;
    writer.close();
    Ok(())
}

fn write_message(message: &KmsMessage, writer: &mut Writer) -> Result<(), Error> {
    let version = ("Version", Some(VERSION));
    match message {
        KmsMessage::Init { certificate, new_keys } => {
            writer.open(INIT, &[version], extended(new_keys, &INIT_TYPES))?;
            certificate::write(certificate, writer)?;
            write_new_keys(new_keys, writer)?;
        }
        KmsMessage::KeyProv { key_sets, new_keys } => {
            writer.open(KEY_PROV, &[version], extended(new_keys, &KEY_PROV_TYPES))?;
            for key_set in key_sets {
                key_set::write(key_set, writer)?;
            }
            write_new_keys(new_keys, writer)?;
        }
        KmsMessage::CertCache { cache_num, certificates } => {
            let cache_num = cache_num.map(|number| alloc::format!("{number}"));
            writer.open(CERT_CACHE, &[("CacheNum", cache_num.as_deref()), version], None)?;
            for certificate in certificates {
                certificate::write(certificate, writer)?;
            }
        }
        KmsMessage::Lookup(element) => {
            if !is_named(element, LOOKUP) || !is_element(element, &Limits::default(), Space::Kms) {
                return Err(Error::of_value(ErrorKind::Content, LOOKUP.1));
            }
            writer.raw(element);
            return Ok(());
        }
    }
    writer.close();
    Ok(())
}

/// Whether a document is of this name.
fn is_named(document: &[u8], name: Name) -> bool {
    let reader = Reader::new(document, &Limits::default());
    reader.is_ok_and(|mut reader| reader.root(name).is_ok())
}

/// The extended type if there are new keys.
fn extended<'a>(keys: &NewKeys, [_, extended]: &[&'a str; 2]) -> Option<&'a str> {
    (!keys.transport.is_empty() || !keys.integrity.is_empty()).then_some(extended)
}

fn write_new_keys(keys: &NewKeys, writer: &mut Writer) -> Result<(), Error> {
    for key in &keys.transport {
        key_content::write_shared(key, "NewTransportKey", writer)?;
    }
    for key in &keys.integrity {
        key_content::write_shared(key, "NewIntegrityKey", writer)?;
    }
    Ok(())
}
