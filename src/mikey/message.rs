//! A message: the header and a chain of payloads, each naming the type of the next.

use alloc::vec::Vec;

use super::octets::Reader;
use super::payload::{Payload, number};
use super::{Error, Header};

/// Any message that consists of known payloads, decoded: nothing is copied.
///
/// Every octet has been looked at, and nothing follows the last payload. Whether the payloads make
/// sense together is for [`IMessage`](super::IMessage) and
/// [`PskMessage`](super::psk::PskMessage) to say.
///
/// ```
/// use eccsi_sakke::NtpTime;
/// use eccsi_sakke::mikey::{Builder, CsIdMap, Header, Message, MessageType, Payload, Prf, Timestamp};
///
/// // An error message: T and one error number, 0.
/// let message_type = MessageType::Error;
/// let header =
///     Header { message_type, v: false, prf: Prf::HmacSha256, csb_id: 1, map: CsIdMap::Empty };
/// let payloads = [
///     Payload::Timestamp(Timestamp::from_time(NtpTime::from_unix(1_800_000_000))),
///     Payload::Error(0),
/// ];
/// let mut builder = Builder::new(&header)?;
/// for payload in &payloads {
///     builder.push(payload)?;
/// }
/// let octets = builder.finish();
///
/// let message = Message::decode(&octets)?;
/// assert_eq!(message.header(), &header);
/// assert!(message.payloads().eq(payloads));
/// # Ok::<(), eccsi_sakke::mikey::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Message<'a> {
    octets: &'a [u8],
    header: Header<'a>,
    first: u8,
    /// Where the payloads start.
    start: usize,
}

impl<'a> Message<'a> {
    /// Decodes a whole message.
    ///
    /// Errors: whatever is wrong with an item of it; [`Error::Payload`] for a payload of another
    /// type, [`Error::Trailing`] for octets after the last one.
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(octets);
        let (header, first) = Header::decode(&mut reader)?;
        let start = octets.len() - reader.left();
        let mut next = first;
        while next != number::LAST {
            (_, next) = Payload::decode(next, &mut reader)?;
        }
        reader.end()?;
        Ok(Self { octets, header, first, start })
    }

    /// The octets it was decoded from.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.octets
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.header
    }

    /// The payloads in their order.
    pub fn payloads(&self) -> impl Iterator<Item = Payload<'a>> + use<'a> {
        self.ending().map(|(payload, _)| payload)
    }

    /// The payloads, each with where it ends.
    pub(super) fn ending(&self) -> impl Iterator<Item = (Payload<'a>, usize)> + use<'a> {
        let length = self.octets.len();
        let mut reader = Reader::new(&self.octets[self.start..]);
        let mut next = self.first;
        core::iter::from_fn(move || {
            if next == number::LAST {
                return None;
            }
            let payload;
            // It has been decoded once already.
            (payload, next) = Payload::decode(next, &mut reader).ok()?;
            Some((payload, length - reader.left()))
        })
    }
}

/// A message in the making: payloads are appended, and each makes the one before name its type.
#[derive(Clone, Debug)]
pub struct Builder {
    octets: Vec<u8>,
    /// Where the type of the next payload belongs; none after SIGN.
    next_at: Option<usize>,
}

impl Builder {
    /// The header.
    ///
    /// Errors: [`Error::Length`] or [`Error::Repeated`] for a map that can't be encoded.
    pub fn new(header: &Header<'_>) -> Result<Self, Error> {
        let mut octets = Vec::new();
        let next_at = header.encode(&mut octets)?;
        Ok(Self { octets, next_at: Some(next_at) })
    }

    /// Appends a payload.
    ///
    /// Errors: [`Error::Payload`] after SIGN; [`Error::Length`], [`Error::Value`] or
    /// [`Error::Repeated`] for what can't be encoded, when the message is as it was before.
    pub fn push(&mut self, payload: &Payload<'_>) -> Result<(), Error> {
        let next_at = self.next_at.ok_or(Error::Payload)?;
        let start = self.octets.len();
        if let Err(error) = payload.encode(&mut self.octets) {
            self.octets.truncate(start);
            return Err(error);
        }
        self.octets[next_at] = payload.number();
        self.next_at = (!matches!(payload, Payload::Sign(_))).then_some(start);
        Ok(())
    }

    /// Octets so far.
    pub(super) const fn len(&self) -> usize {
        self.octets.len()
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }
}
