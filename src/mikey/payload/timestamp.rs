//! T: RFC 3830 section 6.6, RFC 6043 section 6.4.

use alloc::vec::Vec;

use crate::identifier::NtpTime;
use crate::mikey::Error;
use crate::mikey::octets::Reader;

/// T: the time when the initiator made the message, or a counter.
#[doc(alias("TS type", "TS value"))]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Timestamp {
    /// 0, NTP-UTC: seconds since 1900 modulo 2³² in the upper half, and their fraction in the lower half.
    NtpUtc(u64),
    /// 1, NTP: the same format.
    Ntp(u64),
    /// 2: a counter.
    Counter(u32),
    /// 3, NTP-UTC-32: the seconds only.
    NtpUtc32(u32),
}

impl Timestamp {
    /// NTP-UTC with a fraction of 0.
    #[must_use]
    pub const fn from_time(time: NtpTime) -> Self {
        Self::NtpUtc(time.seconds() << 32)
    }

    /// The seconds modulo 2³², or `None` for a counter.
    #[must_use]
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Self::NtpUtc(value) | Self::Ntp(value) => Some((value >> 32) as u32),
            Self::NtpUtc32(seconds) => Some(seconds),
            Self::Counter(_) => None,
        }
    }

    /// The value as 64 bits, for the IV of a pre-shared-key message. A counter fills the lower half; seconds fill the
    /// upper half.
    pub(in crate::mikey) const fn to_u64(self) -> u64 {
        match self {
            Self::NtpUtc(value) | Self::Ntp(value) => value,
            Self::Counter(counter) => counter as u64,
            Self::NtpUtc32(seconds) => (seconds as u64) << 32,
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match reader.u8()? {
            0 => Self::NtpUtc(u64::from_be_bytes(reader.array()?)),
            1 => Self::Ntp(u64::from_be_bytes(reader.array()?)),
            2 => Self::Counter(reader.u32()?),
            3 => Self::NtpUtc32(reader.u32()?),
            _ => return Err(Error::TimestampType),
        })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::NtpUtc(_) => 0,
            Self::Ntp(_) => 1,
            Self::Counter(_) => 2,
            Self::NtpUtc32(_) => 3,
        });
        self.encode_value(out);
    }

    /// Writes the value without its type, 8 or 4 octets.
    pub(in crate::mikey) fn encode_value(self, out: &mut Vec<u8>) {
        match self {
            Self::NtpUtc(value) | Self::Ntp(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::Counter(value) | Self::NtpUtc32(value) => {
                out.extend_from_slice(&value.to_be_bytes());
            }
        }
    }
}
