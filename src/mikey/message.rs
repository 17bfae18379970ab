//! A message: the header and a chain of payloads, each naming the type of the next.

use alloc::vec::Vec;

use super::octets::{Reader, Seen};
use super::payload::{Payload, Sign, number};
use super::{Error, Header, Limit, Limits, MIN_RAND, Timestamp};
use crate::eccsi::Signature;

/// Any message that consists of known payloads, decoded without copying anything.
///
/// Decoding has read every octet, and nothing follows the last payload. [`IMessage`](super::IMessage) and
/// [`PskMessage`](super::psk::PskMessage) check whether the payloads belong together.
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
    /// Errors: the error of any item that does not decode; [`Error::Payload`] for a payload of an unknown type;
    /// [`Error::Trailing`] for octets after the last payload; [`Error::Limit`] beyond the default [`Limits`].
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes a whole message within these limits.
    ///
    /// Errors: those of [`decode`](Self::decode).
    pub fn decode_within(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let mut walk = Walk::begin(octets, limits)?;
        while walk.next()?.is_some() {}
        Ok(walk.message)
    }

    /// The octets that it was decoded from.
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
            // The payloads have been decoded before, so they decode again.
            (payload, next) = Payload::decode(next, &mut reader).ok()?;
            Some(payload)
        })
    }
}

/// A message that is being decoded, payload by payload, in one pass over its octets.
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
    /// Errors: [`Error::Limit`] before anything is decoded; the error of any item of the header.
    pub(super) fn begin(octets: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        Limit::Octets.check(octets.len(), limits.octets)?;
        let mut reader = Reader::new(octets);
        let (header, first) = Header::decode(&mut reader, limits)?;
        let message = Message { octets, header, first, start: octets.len() - reader.left() };
        Ok(Self { message, reader, next: first, payloads: 0, policies: 0, limits: *limits })
    }

    /// The message. It is decoded completely when no payload is left.
    pub(super) const fn message(&self) -> &Message<'a> {
        &self.message
    }

    /// The next payload and the place where it ends, or `None` after the last payload.
    ///
    /// Errors: [`Error::Limit`]; [`Error::Trailing`]; the error of any item that does not decode.
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

/// The payloads that I_MESSAGEs and pre-shared-key messages share.
#[derive(Default)]
pub(super) struct Shared<'a> {
    timestamp: Option<Timestamp>,
    rand: Option<&'a [u8]>,
    /// The numbers of the policies.
    pub(super) policies: Seen,
}

impl<'a> Shared<'a> {
    /// Takes in a payload.
    ///
    /// Errors: [`Error::Repeated`]; [`Error::Payload`] for a payload that is not one of these.
    pub(super) fn take(&mut self, payload: &Payload<'a>) -> Result<(), Error> {
        match payload {
            Payload::Timestamp(found) => once(&mut self.timestamp, *found),
            Payload::Rand(found) => once(&mut self.rand, *found),
            Payload::Policy(policy) => self.policies.once(policy.number),
            Payload::Extension(_) => Ok(()),
            _ => Err(Error::Payload),
        }
    }

    /// Errors: [`Error::Missing`].
    pub(super) fn timestamp(&self) -> Result<Timestamp, Error> {
        self.timestamp.ok_or(Error::Missing)
    }

    /// Errors: [`Error::Missing`]; [`Error::Rand`].
    pub(super) fn rand(&self) -> Result<&'a [u8], Error> {
        let rand = self.rand.ok_or(Error::Missing)?;
        if rand.len() < MIN_RAND { Err(Error::Rand) } else { Ok(rand) }
    }
}

/// Errors: [`Error::Repeated`] if the place is taken.
pub(super) fn once<T>(place: &mut Option<T>, found: T) -> Result<(), Error> {
    match place.replace(found) {
        None => Ok(()),
        Some(_) => Err(Error::Repeated),
    }
}

/// A message that is being built. Each payload that is appended enters its type in the payload before it.
#[derive(Clone, Debug)]
pub struct Builder {
    octets: Vec<u8>,
    /// The place for the type of the next payload. No payload may follow SIGN.
    next_at: Option<usize>,
}

impl Builder {
    /// A message that starts with this header.
    ///
    /// Errors: [`Error::Length`] or [`Error::Repeated`] for a map that cannot be encoded.
    pub fn new(header: &Header<'_>) -> Result<Self, Error> {
        let mut octets = Vec::new();
        let next_at = header.encode(&mut octets)?;
        Ok(Self { octets, next_at: Some(next_at) })
    }

    /// Appends a payload.
    ///
    /// Errors: [`Error::Payload`] after SIGN; [`Error::Length`], [`Error::Value`] or [`Error::Repeated`] for a payload
    /// that cannot be encoded. An error leaves the message as it was.
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

    /// The number of octets so far.
    pub(super) const fn len(&self) -> usize {
        self.octets.len()
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }

    /// The message up to the length of SIGN: an ECCSI signature follows.
    pub(super) fn finish_unsigned(mut self) -> Result<Vec<u8>, Error> {
        let signature = &[0; Signature::LEN];
        self.push(&Payload::Sign(Sign { kind: Sign::ECCSI, signature }))?;
        self.octets.truncate(self.octets.len() - Signature::LEN);
        Ok(self.octets)
    }
}
