//! D.3: `KmsResponse` and the messages in it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::document::{Document, VERSIONS, document, written_version};
use super::reader::{Reader, is_element};
use super::tag::{Name, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits, text};
use crate::kms::{CertificateParts, KeySetParts, KmsMessage, NewKeys, Response};

const MESSAGE: Name = Name::kms("KmsMessage");
const INIT: Name = Name::kms("KmsInit");
const KEY_PROV: Name = Name::kms("KmsKeyProv");
const CERT_CACHE: Name = Name::kms("KmsCertCache");
const LOOKUP: Name = Name::kms("KmsLookup");

/// The types of `KmsInit` and `KmsKeyProv` without and with new keys.
const INIT_TYPES: [&str; 2] = ["KmsInitType", "KmsInitTkIkType"];
const KEY_PROV_TYPES: [&str; 2] = ["KmsKeyProvType", "KmsKeyProvTkIkType"];

document! {
    Response = "KmsResponse", (id, version), skip_others;
    user_uri: token("UserUri"),
    kms_uri: token("KmsUri"),
    time: time("Time"),
    kms_id: string_if("KmsId"),
    client_req_url: token("ClientReqUrl"),
    message: message(),
    error: report_if("KmsError"),
    trk_id: key_id_if("TrK-ID"),
    signature_id: key_id_if("Signature-ID"),
}

fn attributes(tag: &Tag<'_>) -> Result<(Option<String>, String), Error> {
    let [id, version] = tag.attributes(Response::NAME.1, ["Id", "Version"])?;
    Ok((id, known_version(tag, version, Response::NAME.1)?))
}

fn open(response: &Response, writer: &mut Writer) -> Result<(), Error> {
    let version = written_version(&response.version, &VERSIONS, Response::NAME.1)?;
    writer.open(Response::NAME, &[("Id", response.id.as_deref()), ("Version", version)], None)
}

/// The schema fixes the same version for a response and for the messages in it.
fn known_version(
    tag: &Tag<'_>,
    version: Option<String>,
    element: &'static str,
) -> Result<String, Error> {
    tag.version(version, Response::VERSION, &VERSIONS, element)
}

impl Reader<'_> {
    /// A message of a known kind. Elements of other namespaces alone are not a message.
    fn message(&mut self) -> Result<Option<KmsMessage>, Error> {
        let Some(tag) = self.open_if(MESSAGE)? else { return Ok(None) };
        tag.attributes(MESSAGE.1, [])?;
        let message = if let Some(tag) = self.open_if(INIT)? {
            Some(self.init(&tag)?)
        } else if let Some(tag) = self.open_if(KEY_PROV)? {
            Some(self.key_prov(&tag)?)
        } else if let Some(tag) = self.open_if(CERT_CACHE)? {
            Some(self.cert_cache(&tag)?)
        } else if let Some(element) = self.whole_if(|tag| tag.is(LOOKUP))? {
            Some(KmsMessage::Lookup(element))
        } else {
            self.skip_others()?;
            None
        };
        self.close()?;
        Ok(message)
    }

    fn init(&mut self, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
        let [_, version] = tag.attributes(INIT.1, ["Id", "Version"])?;
        known_version(tag, version, INIT.1)?;
        let missing = ErrorKind::Missing;
        let certificate = self.certificate_if()?;
        let certificate = certificate.ok_or(self.error(missing).of(CertificateParts::NAME.1))?;
        let new_keys = self.new_keys(tag, INIT.1, &INIT_TYPES)?;
        self.close()?;
        Ok(KmsMessage::Init { certificate, new_keys })
    }

    fn key_prov(&mut self, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
        let [_, version] = tag.attributes(KEY_PROV.1, ["Id", "Version"])?;
        known_version(tag, version, KEY_PROV.1)?;
        let mut key_sets = Vec::new();
        while let Some(tag) = self.open_if(KeySetParts::NAME)? {
            key_sets.push(KeySetParts::read(self, &tag)?);
        }
        let new_keys = self.new_keys(tag, KEY_PROV.1, &KEY_PROV_TYPES)?;
        self.close()?;
        Ok(KmsMessage::KeyProv { key_sets, new_keys })
    }

    /// New keys stand at the end of the extended type, behind the elements of other namespaces that the basic type
    /// allows.
    fn new_keys(
        &mut self,
        tag: &Tag<'_>,
        element: &'static str,
        types: &[&'static str; 2],
    ) -> Result<NewKeys, Error> {
        let is_basic = tag.xsi_type(element, types)? == Some(types[0]);
        self.skip_others()?;
        let mut keys = NewKeys::default();
        if is_basic {
            return Ok(keys);
        }
        while let Some(key) = self.shared_key_if("NewTransportKey")? {
            keys.transport.push(key);
        }
        while let Some(key) = self.shared_key_if("NewIntegrityKey")? {
            keys.integrity.push(key);
        }
        Ok(keys)
    }

    fn cert_cache(&mut self, tag: &Tag<'_>) -> Result<KmsMessage, Error> {
        let [cache_num, _, version] =
            tag.attributes(CERT_CACHE.1, ["CacheNum", "Id", "Version"])?;
        known_version(tag, version, CERT_CACHE.1)?;
        let error = tag.error(ErrorKind::Attribute, CERT_CACHE.1);
        let cache_num =
            cache_num.map(|text| text::integer(text::trim(&text)).ok_or(error)).transpose()?;
        let mut certificates = Vec::new();
        while let Some(certificate) = self.certificate_if()? {
            certificates.push(certificate);
        }
        self.skip_others()?;
        self.close()?;
        Ok(KmsMessage::CertCache { cache_num, certificates })
    }
}

impl Writer {
    fn message(&mut self, message: &Option<KmsMessage>) -> Result<(), Error> {
        let Some(message) = message else { return Ok(()) };
        self.open(MESSAGE, &[], None)?;
        let version = ("Version", Some(Response::VERSION));
        match message {
            KmsMessage::Init { certificate, new_keys } => {
                self.open(INIT, &[version], extended(new_keys, INIT_TYPES))?;
                certificate.write(self)?;
                self.new_keys(new_keys)?;
                self.close();
            }
            KmsMessage::KeyProv { key_sets, new_keys } => {
                self.open(KEY_PROV, &[version], extended(new_keys, KEY_PROV_TYPES))?;
                key_sets.iter().try_for_each(|set| set.write(self))?;
                self.new_keys(new_keys)?;
                self.close();
            }
            KmsMessage::CertCache { cache_num, certificates } => {
                let cache_num = cache_num.map(|number| number.to_string());
                self.open(CERT_CACHE, &[("CacheNum", cache_num.as_deref()), version], None)?;
                certificates.iter().try_for_each(|certificate| certificate.write(self))?;
                self.close();
            }
            KmsMessage::Lookup(element) => {
                if !is_element(element, &Limits::default(), |tag| tag.is(LOOKUP)) {
                    return Err(Error::of_value(ErrorKind::Content, LOOKUP.1));
                }
                self.push(element);
            }
        }
        self.close();
        Ok(())
    }

    fn new_keys(&mut self, keys: &NewKeys) -> Result<(), Error> {
        keys.transport.iter().try_for_each(|key| self.shared_key("NewTransportKey", key))?;
        keys.integrity.iter().try_for_each(|key| self.shared_key("NewIntegrityKey", key))
    }
}

/// The extended type if there are new keys.
fn extended(keys: &NewKeys, [_, extended]: [&'static str; 2]) -> Option<&'static str> {
    (!keys.transport.is_empty() || !keys.integrity.is_empty()).then_some(extended)
}
