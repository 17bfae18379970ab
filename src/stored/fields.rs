//! The fields of a record: big-endian integers, and octets after their length on four octets.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Error;
use crate::ct;
use crate::identifier::NtpTime;

/// Writes fields, or counts their octets before: octets that grow leave copies of what is secret behind.
pub struct Writer {
    octets: Option<Zeroizing<Vec<u8>>>,
    counted: usize,
}

impl Writer {
    /// What `write` writes, in octets that never grow.
    pub(super) fn written(
        write: impl Fn(&mut Self) -> Result<(), Error>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut counter = Self { octets: None, counted: 0 };
        write(&mut counter)?;
        let octets = Zeroizing::new(Vec::with_capacity(counter.counted));
        let mut writer = Self { octets: Some(octets), counted: 0 };
        write(&mut writer)?;
        debug_assert_eq!(writer.counted, counter.counted);
        writer.octets.ok_or(Error::Length)
    }

    /// Octets of a length that is known beforehand.
    pub(super) fn fixed(&mut self, octets: &[u8]) {
        self.counted += octets.len();
        if let Some(out) = &mut self.octets {
            out.extend_from_slice(octets);
        }
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.fixed(&[value]);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.u8(value.into());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.fixed(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.fixed(&value.to_be_bytes());
    }

    pub(super) fn time(&mut self, time: NtpTime) {
        self.u64(time.seconds());
    }

    /// Errors: [`Error::Length`] beyond 32 bits.
    pub(super) fn count(&mut self, count: usize) -> Result<(), Error> {
        self.u32(u32::try_from(count).map_err(|_| Error::Length)?);
        Ok(())
    }

    /// Errors: [`Error::Length`] beyond 32 bits.
    pub(super) fn octets(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.count(octets.len())?;
        self.fixed(octets);
        Ok(())
    }

    /// One octet, 0 or 1, and the value.
    pub(super) fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.bool(value.is_some());
        value.map_or(Ok(()), |value| write(self, value))
    }

    /// A text that may be missing.
    pub(super) fn text(&mut self, text: Option<&str>) -> Result<(), Error> {
        self.option(text, |out, text| out.octets(text.as_bytes()))
    }

    /// A time that may be missing.
    pub(super) fn maybe_time(&mut self, time: Option<NtpTime>) {
        self.bool(time.is_some());
        if let Some(time) = time {
            self.time(time);
        }
    }
}

/// Reads fields. Integers, counts and lengths are public; of octets the caller says it.
///
/// Errors of everything: [`Error::Content`].
pub struct Reader<'a>(&'a [u8], u8);

impl<'a> Reader<'a> {
    /// The fields of a record of this version.
    pub(super) const fn new(octets: &'a [u8], version: u8) -> Self {
        Self(octets, version)
    }

    /// Whether the record has what came with version 2: the crypto sessions and departures of a received key, and whether
    /// a KMS has hexadecimal UIDs.
    pub(super) const fn is_of_version_2(&self) -> bool {
        self.1 >= 2
    }

    pub(super) const fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Content) }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Content)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Octets of a known length, which may be secret.
    pub(super) fn secret<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Error::Content)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Octets of a known length that everybody may know.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        Ok(ct::publish(*self.secret()?))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Error> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn bool(&mut self) -> Result<bool, Error> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Content),
        }
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(super) fn time(&mut self) -> Result<NtpTime, Error> {
        Ok(NtpTime::from_seconds(self.u64()?))
    }

    /// How many items follow, of so many octets each at least: no more than there can be.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, Error> {
        let count = usize::try_from(self.u32()?).map_err(|_| Error::Content)?;
        let fits = count.checked_mul(least).is_some_and(|octets| octets <= self.0.len());
        if fits { Ok(count) } else { Err(Error::Content) }
    }

    /// Octets after their length, which may be secret.
    pub(super) fn secrets(&mut self) -> Result<&'a [u8], Error> {
        let length = self.count(1)?;
        self.take(length)
    }

    /// Octets after their length that everybody may know.
    pub(super) fn octets(&mut self) -> Result<Vec<u8>, Error> {
        let mut octets = self.secrets()?.to_vec();
        ct::publish_octets(&mut octets);
        Ok(octets)
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    /// A text.
    pub(super) fn string(&mut self) -> Result<String, Error> {
        String::from_utf8(self.octets()?).map_err(|_| Error::Content)
    }

    /// A text that may be missing.
    pub(super) fn text(&mut self) -> Result<Option<String>, Error> {
        self.option(Self::string)
    }

    /// A time that may be missing.
    pub(super) fn maybe_time(&mut self) -> Result<Option<NtpTime>, Error> {
        self.option(Self::time)
    }
}

/// Octets of the shortest field with a length: those of the length.
pub(super) const LEAST: usize = 4;
