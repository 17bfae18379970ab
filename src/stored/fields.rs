//! The fields of a record: big-endian integers, and octets after a length of four octets.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Error;
use crate::ct;
use crate::identifier::NtpTime;

/// Writes fields. A first pass only counts the octets, because a buffer that grows leaves copies of secrets behind.
pub struct Writer {
    octets: Option<Zeroizing<Vec<u8>>>,
    counted: usize,
}

impl Writer {
    /// The octets that `write` writes, in a buffer that never grows.
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

    /// Writes octets whose length the reader knows.
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

    /// Errors: [`Error::Length`] for more than 32 bits.
    pub(super) fn count(&mut self, count: usize) -> Result<(), Error> {
        self.u32(u32::try_from(count).map_err(|_| Error::Length)?);
        Ok(())
    }

    /// Errors: [`Error::Length`] for more than 32 bits.
    pub(super) fn octets(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.count(octets.len())?;
        self.fixed(octets);
        Ok(())
    }

    /// Writes one octet, 0 or 1, and then the value if there is one.
    pub(super) fn option<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.bool(value.is_some());
        value.map_or(Ok(()), |value| write(self, value))
    }

    /// Writes an optional text.
    pub(super) fn text(&mut self, text: Option<&str>) -> Result<(), Error> {
        self.option(text, |out, text| out.octets(text.as_bytes()))
    }

    /// Writes an optional time.
    pub(super) fn maybe_time(&mut self, time: Option<NtpTime>) {
        self.bool(time.is_some());
        if let Some(time) = time {
            self.time(time);
        }
    }
}

/// Reads fields. Integers, counts and lengths are public; the caller decides whether octets are.
///
/// Every function returns the error [`Error::Content`].
pub struct Reader<'a>(&'a [u8], u8);

impl<'a> Reader<'a> {
    /// The fields of a record of this version.
    pub(super) const fn new(octets: &'a [u8], version: u8) -> Self {
        Self(octets, version)
    }

    /// Whether the record has the fields that version 2 added: the crypto sessions and departures of a received key,
    /// and the KMSs with hexadecimal UIDs.
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

    /// Reads octets of a known length, which may be secret.
    pub(super) fn secret<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Error::Content)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Reads public octets of a known length.
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

    /// Reads a number of items or octets that do not follow.
    pub(super) fn size(&mut self) -> Result<usize, Error> {
        usize::try_from(self.u32()?).map_err(|_| Error::Content)
    }

    pub(super) fn time(&mut self) -> Result<NtpTime, Error> {
        Ok(NtpTime::from_seconds(self.u64()?))
    }

    /// Reads the number of items that follow. An item has at least `least` octets, which bounds the number.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, Error> {
        let count = self.size()?;
        let fits = count.checked_mul(least).is_some_and(|octets| octets <= self.0.len());
        if fits { Ok(count) } else { Err(Error::Content) }
    }

    /// Reads a length and octets that may be secret.
    pub(super) fn secrets(&mut self) -> Result<&'a [u8], Error> {
        let length = self.count(1)?;
        self.take(length)
    }

    /// Reads a length and public octets.
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

    /// Reads a text.
    pub(super) fn string(&mut self) -> Result<String, Error> {
        String::from_utf8(self.octets()?).map_err(|_| Error::Content)
    }

    /// Reads an optional text.
    pub(super) fn text(&mut self) -> Result<Option<String>, Error> {
        self.option(Self::string)
    }

    /// Reads an optional time.
    pub(super) fn maybe_time(&mut self) -> Result<Option<NtpTime>, Error> {
        self.option(Self::time)
    }
}

/// The length of the shortest field that has a length: the length field itself.
pub(super) const LEAST: usize = 4;
