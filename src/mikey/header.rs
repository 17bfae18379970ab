//! The common header, HDR: RFC 3830 section 6.1, with the maps of RFC 6043 section 6.1.1.

use alloc::vec::Vec;
use core::fmt;

use super::listed::{Codec, Listed};
use super::octets::{Reader, Seen, write_long, write_short};
use super::{Error, Limit, Limits, Prf};

/// The only version that is defined.
const VERSION: u8 = 1;

/// The top bit of the octet that holds V and the PRF function, or S and #P.
const FLAG: u8 = 0x80;

/// The kind of a message: its data type.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MessageType {
    /// 0: an initiator's pre-shared-key message.
    PreSharedKey,
    /// 1: the verification message that answers it.
    Verification,
    /// 6: an error message.
    Error,
    /// 26: a SAKKE I_MESSAGE (RFC 6509).
    Sakke,
}

impl MessageType {
    const ALL: [Self; 4] = [Self::PreSharedKey, Self::Verification, Self::Error, Self::Sakke];

    const fn number(self) -> u8 {
        match self {
            Self::PreSharedKey => 0,
            Self::Verification => 1,
            Self::Error => 6,
            Self::Sakke => 26,
        }
    }

    fn from_number(number: u8) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|kind| kind.number() == number).ok_or(Error::MessageType)
    }
}

/// The header: everything before the first payload except for the type of that payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header<'a> {
    /// The kind of the message.
    pub message_type: MessageType,
    /// V: whether the initiator expects a verification message. No such message answers an I_MESSAGE, so V of an
    /// I_MESSAGE is ignored.
    pub v: bool,
    /// The function that keys are derived with.
    pub prf: Prf,
    /// The crypto session bundle; in the mission-critical profile, the identifier of a key.
    #[doc(alias = "CSB ID")]
    pub csb_id: u32,
    /// The crypto sessions of the bundle.
    pub map: CsIdMap<'a>,
}

impl<'a> Header<'a> {
    /// The header and the type of the first payload.
    pub(super) fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<(Self, u8), Error> {
        if reader.u8()? != VERSION {
            return Err(Error::Version);
        }
        let message_type = MessageType::from_number(reader.u8()?)?;
        let next = reader.u8()?;
        let v_prf = reader.u8()?;
        let prf = Prf::from_number(v_prf & !FLAG)?;
        let csb_id = reader.u32()?;
        let map = CsIdMap::decode(reader, limits)?;
        Ok((Self { message_type, v: v_prf & FLAG != 0, prf, csb_id, map }, next))
    }

    /// Writes the header and returns the place for the type of the first payload.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<usize, Error> {
        out.extend_from_slice(&[VERSION, self.message_type.number()]);
        let next_at = out.len();
        out.extend_from_slice(&[0, u8::from(self.v) << 7 | self.prf.number()]);
        out.extend_from_slice(&self.csb_id.to_be_bytes());
        self.map.encode(out)?;
        Ok(next_at)
    }
}

/// #CS, the CS ID map type and the map.
#[doc(alias = "CS ID map")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CsIdMap<'a> {
    /// Type 0: SRTP streams, whose CS IDs count from 1.
    SrtpId(Sessions<'a, SrtpStream>),
    /// Type 1: no crypto session is named.
    Empty,
    /// Type 2: crypto sessions with their own CS IDs.
    GenericId(Sessions<'a, CryptoSession<'a>>),
}

impl<'a> CsIdMap<'a> {
    pub(crate) fn decode(reader: &mut Reader<'a>, limits: &Limits) -> Result<Self, Error> {
        let count = reader.u8()?;
        Limit::Sessions.check(count.into(), limits.sessions)?;
        match reader.u8()? {
            0 => Sessions::decode(count, reader).map(Self::SrtpId),
            1 if count == 0 => Ok(Self::Empty),
            1 => Err(Error::Length),
            2 => Sessions::decode(count, reader).map(Self::GenericId),
            _ => Err(Error::Value),
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        match self {
            Self::SrtpId(streams) => streams.encode(0, out),
            Self::Empty => {
                out.extend_from_slice(&[0, 1]);
                Ok(())
            }
            Self::GenericId(sessions) => sessions.encode(2, out),
        }
    }
}

/// An entry of a map.
pub trait Entry<'a>: Copy + Eq + fmt::Debug + Codec<'a> {}

/// The entries of a map, in order: a slice of them, or the octets of a message.
#[derive(Clone, Copy)]
pub struct Sessions<'a, E>(Listed<'a, E>);

impl<'a, E: Entry<'a>> Sessions<'a, E> {
    fn decode(count: u8, reader: &mut Reader<'a>) -> Result<Self, Error> {
        Listed::decode(reader, Some(count.into())).map(Self)
    }

    /// Writes #CS, the type of the map and the entries.
    ///
    /// Errors: [`Error::Length`] for more than 255 entries; [`Error::Repeated`].
    fn encode(&self, map_type: u8, out: &mut Vec<u8>) -> Result<(), Error> {
        let count = u8::try_from(self.len()).map_err(|_| Error::Length)?;
        out.extend_from_slice(&[count, map_type]);
        self.0.encode(out)
    }

    /// The number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the map has no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries.
    pub fn iter(&self) -> impl Iterator<Item = E> + use<'a, E> {
        self.0.iter()
    }
}

impl<'a, E> From<&'a [E]> for Sessions<'a, E> {
    fn from(entries: &'a [E]) -> Self {
        Self(Listed::Given(entries))
    }
}

impl<'a, E, const N: usize> From<&'a [E; N]> for Sessions<'a, E> {
    fn from(entries: &'a [E; N]) -> Self {
        Self(Listed::Given(entries))
    }
}

impl<'a, E: Entry<'a>> PartialEq for Sessions<'a, E> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, E: Entry<'a>> Eq for Sessions<'a, E> {}

impl<'a, E: Entry<'a>> fmt::Debug for Sessions<'a, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An entry of the SRTP-ID map (RFC 3830 section 6.1.1): 9 octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SrtpStream {
    /// The number of the security policy.
    pub policy: u8,
    /// The synchronisation source, or 0 if the responder is to fill it in.
    pub ssrc: u32,
    /// The roll-over counter.
    pub roc: u32,
}

impl Entry<'_> for SrtpStream {}

impl<'a> Codec<'a> for SrtpStream {
    fn decode(reader: &mut Reader<'a>, _: &mut Seen) -> Result<Self, Error> {
        Ok(Self { policy: reader.u8()?, ssrc: reader.u32()?, roc: reader.u32()? })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &mut Seen) -> Result<(), Error> {
        out.push(self.policy);
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(&self.roc.to_be_bytes());
        Ok(())
    }
}

/// An entry of the GENERIC-ID map (RFC 6043 section 6.1.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CryptoSession<'a> {
    /// The number of the session, unique in the map.
    #[doc(alias = "CS ID")]
    pub cs_id: u8,
    /// The security protocol; 0 is SRTP.
    pub protocol: u8,
    /// S: for SRTP, whether the roll-over counter and the sequence number follow the SSRC.
    pub s: bool,
    /// The numbers of the security policies, at most 127 of them.
    pub policies: &'a [u8],
    /// For SRTP, this is empty, or it is the SSRC, followed by the roll-over counter and the sequence number if S is
    /// set: 0, 4 or 10 octets.
    pub session_data: &'a [u8],
    /// The security parameter index; for SRTP this is the MKI.
    #[doc(alias("SPI", "MKI"))]
    pub spi: &'a [u8],
}

impl CryptoSession<'_> {
    const SRTP: u8 = 0;

    fn check(&self) -> Result<(), Error> {
        let expected = if self.s { 10 } else { 4 };
        let length = self.session_data.len();
        if self.protocol == Self::SRTP && length != 0 && length != expected {
            return Err(Error::Length);
        }
        Ok(())
    }
}

impl<'a> Entry<'a> for CryptoSession<'a> {}

impl<'a> Codec<'a> for CryptoSession<'a> {
    fn decode(reader: &mut Reader<'a>, seen: &mut Seen) -> Result<Self, Error> {
        let (cs_id, protocol, s_count) = (reader.u8()?, reader.u8()?, reader.u8()?);
        let session = Self {
            cs_id,
            protocol,
            s: s_count & FLAG != 0,
            policies: reader.take(usize::from(s_count & !FLAG))?,
            session_data: reader.long()?,
            spi: reader.short()?,
        };
        session.check()?;
        seen.once(cs_id).map(|()| session)
    }

    fn encode(&self, out: &mut Vec<u8>, seen: &mut Seen) -> Result<(), Error> {
        seen.once(self.cs_id)?;
        self.check()?;
        let count = u8::try_from(self.policies.len()).ok().filter(|count| *count < FLAG);
        let count = count.ok_or(Error::Length)?;
        out.extend_from_slice(&[self.cs_id, self.protocol, u8::from(self.s) << 7 | count]);
        out.extend_from_slice(self.policies);
        write_long(out, self.session_data)?;
        write_short(out, self.spi)
    }
}

impl<'a> Sessions<'a, CryptoSession<'a>> {
    /// The entry with this CS ID.
    #[must_use]
    pub fn get(&self, cs_id: u8) -> Option<CryptoSession<'a>> {
        self.iter().find(|session| session.cs_id == cs_id)
    }
}
