//! Reading and writing big-endian fields.

use alloc::vec::Vec;

use super::Error;
use crate::steps;

/// The octets that have not been read yet.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) const fn left(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        steps::take(1);
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        steps::take(1);
        let (taken, rest) = self.0.split_first_chunk().ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.chunk().copied()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Reads a length of one octet, and as many octets.
    pub(crate) fn short(&mut self) -> Result<&'a [u8], Error> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// Reads a length of two octets, and as many octets.
    pub(crate) fn long(&mut self) -> Result<&'a [u8], Error> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// Errors: [`Error::Trailing`] if any octets are left.
    pub(crate) const fn end(&self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(Error::Trailing) }
    }
}

/// Writes the length as one octet, and the octets.
pub(crate) fn write_short(out: &mut Vec<u8>, octets: &[u8]) -> Result<(), Error> {
    out.push(u8::try_from(octets.len()).map_err(|_| Error::Length)?);
    out.extend_from_slice(octets);
    Ok(())
}

/// Writes the length as two octets, and the octets.
pub(crate) fn write_long(out: &mut Vec<u8>, octets: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(octets.len()).map_err(|_| Error::Length)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(octets);
    Ok(())
}

/// A set of octet values.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen([u128; 2]);

impl Seen {
    /// Adds a value.
    ///
    /// Errors: [`Error::Repeated`] if the set already contains it.
    pub(crate) fn once(&mut self, value: u8) -> Result<(), Error> {
        let bit = 1 << (value % 128);
        let half = &mut self.0[usize::from(value / 128)];
        if *half & bit != 0 {
            return Err(Error::Repeated);
        }
        *half |= bit;
        Ok(())
    }

    pub(crate) const fn contains(&self, value: u8) -> bool {
        self.0[(value / 128) as usize] & 1 << (value % 128) != 0
    }
}
