//! A message: the header and a chain of payloads, each naming the type of the next.

use alloc::vec::Vec;

use super::octets::Reader;
use super::payload::{Payload, number};
use super::{Error, Header, Limit, Limits};

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
    /// type, [`Error::Trailing`] for octets after the last one; [`Error::Limit`] beyond the default
    /// [`Limits`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits.
    ///
    /// Errors: as of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let mut walk = Walk::begin(octets, limits)?;
        while walk.next()?.is_some() {}
        Ok(walk.message)
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
        let mut reader = Reader::new(&self.octets[self.start..]);
        let mut next = self.first;
        core::iter::from_fn(move || {
            if next == number::LAST {
                return None;
            }
            let payload;
            // It has been decoded once already.
            (payload, next) = Payload::decode(next, &mut reader).ok()?;
            Some(payload)
        })
    }
}

/// A message being decoded, payload after payload: the one pass over its octets.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    message: Message<'a>,
    reader: Reader<'a>,
    /// The type of the next payload.
    next: u8,
    payloads: usize,
    policies: usize,
    limits: Limits,
}

impl<'a> Walk<'a> {
    /// Decodes the header.
    ///
    /// Errors: whatever is wrong with it; [`Error::Limit`] before anything else.
    pub(super) fn begin(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Limit::Octets.check(octets.len(), limits.octets)?;
        let mut reader = Reader::new(octets);
        let (header, first) = Header::decode(&mut reader, limits)?;
        let message = Message { octets, header, first, start: octets.len() - reader.left() };
        Ok(Self { message, reader, next: first, payloads: 0, policies: 0, limits: *limits })
    }

    /// The message: decoded, once there is no payload left.
    pub(super) const fn message(&self) -> &Message<'a> {
        &self.message
    }

    /// The next payload with where it ends; none after the last, when nothing may follow.
    pub(super) fn next(&mut self) -> Result<Option<(Payload<'a>, usize)>, Error> {
        if self.next == number::LAST {
            return self.reader.end().map(|()| None);
        }
        self.payloads += 1;
        Limit::Payloads.check(self.payloads, self.limits.payloads)?;
        if self.next == number::SP {
            self.policies += 1;
            Limit::Policies.check(self.policies, self.limits.policies)?;
        }
        let payload;
        (payload, self.next) = Payload::decode(self.next, &mut self.reader)?;
        Ok(Some((payload, self.message.octets.len() - self.reader.left())))
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
