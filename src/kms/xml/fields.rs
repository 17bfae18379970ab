//! The elements of annex D that contain a text: how each kind is read and written. An element whose function ends in
//! `_if` may be missing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::octets::to_hex;
use super::reader::Reader;
use super::tag::Name;
use super::text::{UID, trim};
use super::writer::Writer;
use super::{Error, ErrorKind};
use crate::identifier::{NtpTime, rfc3339};
use crate::kms::{SharedKeyId, ValidPeriod};

impl Reader<'_> {
    pub(super) fn token(&mut self, name: &'static str) -> Result<String, Error> {
        Ok(self.text_of(Name::kms(name))?.token().into())
    }

    pub(super) fn token_if(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        Ok(self.text_if(Name::kms(name))?.map(|text| text.token().into()))
    }

    pub(super) fn string(&mut self, name: &'static str) -> Result<String, Error> {
        Ok(self.text_of(Name::kms(name))?.string())
    }

    pub(super) fn string_if(&mut self, name: &'static str) -> Result<Option<String>, Error> {
        Ok(self.text_if(Name::kms(name))?.map(|text| text.string()))
    }

    pub(super) fn time(&mut self, name: &'static str) -> Result<NtpTime, Error> {
        self.text_of(Name::kms(name))?.time()
    }

    pub(super) fn unsigned(&mut self, name: &'static str) -> Result<u64, Error> {
        self.text_of(Name::kms(name))?.unsigned()
    }

    pub(super) fn unsigned_if(&mut self, name: &'static str) -> Result<Option<u64>, Error> {
        self.text_if(Name::kms(name))?.map(|text| text.unsigned()).transpose()
    }

    /// A missing element means false.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Error> {
        self.text_if(Name::kms(name))?.map_or(Ok(false), |text| text.boolean())
    }

    pub(super) fn hex(&mut self, name: &'static str) -> Result<Vec<u8>, Error> {
        Ok(self.text_of(Name::kms(name))?.hex()?.to_vec())
    }

    pub(super) fn uid(&mut self, name: &'static str) -> Result<Vec<u8>, Error> {
        self.text_of(Name::kms(name))?.uid()
    }

    pub(super) fn key_id_if(&mut self, name: &'static str) -> Result<Option<SharedKeyId>, Error> {
        self.text_if(Name::kms(name))?.map(|text| text.key_id()).transpose()
    }

    /// `ValidFrom` and `ValidTo`.
    pub(super) fn valid(&mut self) -> Result<ValidPeriod, Error> {
        let from = self.text_if(Name::kms("ValidFrom"))?;
        let from = from.map_or(Ok(None), |text| text.lower_bound())?;
        let to = self.text_if(Name::kms("ValidTo"))?;
        Ok(ValidPeriod { from, to: to.map_or(Ok(None), |text| text.upper_bound())? })
    }
}

impl Writer {
    /// xs:anyURI, or another type that does not allow white space at either end.
    ///
    /// Errors: [`ErrorKind::Value`] for white space at an end, and for a character that XML does not allow.
    pub(super) fn token(&mut self, name: &'static str, token: &str) -> Result<(), Error> {
        if trim(token) != token {
            return Err(Error::of_value(ErrorKind::Value, name));
        }
        self.string(name, token)
    }

    pub(super) fn token_if(
        &mut self,
        name: &'static str,
        token: &Option<String>,
    ) -> Result<(), Error> {
        token.as_ref().map_or(Ok(()), |token| self.token(name, token))
    }

    pub(super) fn string_if(
        &mut self,
        name: &'static str,
        text: &Option<String>,
    ) -> Result<(), Error> {
        text.as_ref().map_or(Ok(()), |text| self.string(name, text))
    }

    /// xs:dateTime.
    ///
    /// Errors: [`ErrorKind::Value`] for a time after the year 9999.
    pub(super) fn time(&mut self, name: &'static str, time: &NtpTime) -> Result<(), Error> {
        let text = rfc3339(*time).ok_or(Error::of_value(ErrorKind::Value, name))?;
        self.plain(name, &text.map(char::from).iter().collect::<String>())
    }

    pub(super) fn unsigned(&mut self, name: &'static str, value: &u64) -> Result<(), Error> {
        self.plain(name, &value.to_string())
    }

    pub(super) fn unsigned_if(
        &mut self,
        name: &'static str,
        value: &Option<u64>,
    ) -> Result<(), Error> {
        value.as_ref().map_or(Ok(()), |value| self.unsigned(name, value))
    }

    /// xs:boolean, written only where it is true: a missing element means false.
    pub(super) fn flag(&mut self, name: &'static str, value: &bool) -> Result<(), Error> {
        if *value { self.plain(name, "true") } else { Ok(()) }
    }

    pub(super) fn hex(&mut self, name: &'static str, octets: &[u8]) -> Result<(), Error> {
        self.plain(name, &to_hex(octets))
    }

    /// Errors: [`ErrorKind::Value`] for a UID of another length than 32 octets.
    pub(super) fn uid(&mut self, name: &'static str, uid: &[u8]) -> Result<(), Error> {
        if uid.len() != UID {
            return Err(Error::of_value(ErrorKind::Value, name));
        }
        self.base64(name, uid)
    }

    pub(super) fn key_id_if(
        &mut self,
        name: &'static str,
        id: &Option<SharedKeyId>,
    ) -> Result<(), Error> {
        id.map_or(Ok(()), |id| self.hex(name, &id.to_bytes()))
    }

    /// `ValidFrom` and `ValidTo`.
    pub(super) fn valid(&mut self, valid: &ValidPeriod) -> Result<(), Error> {
        for (name, bound) in [("ValidFrom", valid.from), ("ValidTo", valid.to)] {
            bound.map_or(Ok(()), |time| self.time(name, &time))?;
        }
        Ok(())
    }
}
