//! Elements of annex D that have text in them: required, or with `_if` present or not.

use alloc::string::String;

use super::Error;
use super::reader::Reader;
use super::tag::Name;
use crate::identifier::NtpTime;
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

    /// False if it isn't there.
    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Error> {
        self.text_if(Name::kms(name))?.map_or(Ok(false), |text| text.boolean())
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
