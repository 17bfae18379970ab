//! Key parameters: the part of a message that describes its key, TS 33.180 E.6.

use alloc::vec::Vec;

use super::{Error, Purpose};
use crate::identifier::NtpTime;
use crate::mikey::{Limit, Limits, Reader, write_long};

/// The first number of seconds that does not fit the five octets of a time.
const TIME: u64 = 1 << 40;

/// A group in the form of an information element: its type and the identity of the group.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Group {
    /// The type of the element, which is kept as it comes.
    pub element: u8,
    /// The identity of the group: an MC group ID, which is a URI.
    pub identity: Vec<u8>,
}

impl Group {
    /// The type of an MCData group ID (TS 24.282 section 15.2.14). TS 33.180 does not say which type to send.
    pub const MCDATA_GROUP_ID: u8 = 0x7b;

    /// The group with this identity, with the type that this crate sends.
    #[must_use]
    pub fn new(identity: impl Into<Vec<u8>>) -> Self {
        Self { element: Self::MCDATA_GROUP_ID, identity: identity.into() }
    }
}

/// The properties of a key apart from its 16 octets.
///
/// A time has five octets and counts seconds since 1970, as dates in TS 24.282 15.2.8 do. TS 33.180 does not define the
/// clock of these two times. The value 0 stands for no time.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeyParameters {
    /// The purpose of the key.
    pub purpose: Purpose,
    /// 32 bits, of which two are assigned.
    pub status: Status,
    /// The time when the key comes into force. `None` means at once, at the time of the message.
    pub activation: Option<NtpTime>,
    /// The time when the key expires, which is not before its activation. `None` means never.
    pub expiry: Option<NtpTime>,
    /// A text for people to read.
    pub text: Vec<u8>,
    /// The groups that the key is for. The parameters of GMK, MKFC and MuSiK contain a list of groups, which may be
    /// empty; the parameters of other keys do not.
    pub groups: Vec<Group>,
    /// Octets that follow the list and are reserved for later releases. They have no effect and are kept as they come.
    pub reserved: Vec<u8>,
}

/// The status of a key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Status(pub u32);

impl Status {
    /// The status of a key that is not revoked and not shared.
    pub const IN_FORCE: Self = Self(Self::NOT_REVOKED);
    const NOT_REVOKED: u32 = 1;
    const SECURITY_GATEWAY: u32 = 2;

    /// Whether the key is revoked, which means that bit 0 is not set. Some initiators never set this bit;
    /// [`Received::is_revoked`](super::Received::is_revoked) takes that into account.
    #[must_use]
    pub const fn is_revoked(self) -> bool {
        self.0 & Self::NOT_REVOKED == 0
    }

    /// Whether the key is shared with a security gateway, which means that bit 1 is set.
    #[must_use]
    pub const fn is_shared_with_gateway(self) -> bool {
        self.0 & Self::SECURITY_GATEWAY != 0
    }
}

/// Whether the parameters of this kind of key contain a list of groups.
const fn has_groups(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Gmk | Purpose::Mkfc | Purpose::MuSik)
}

impl KeyParameters {
    /// Parameters of a key that is in force at once and never expires.
    #[must_use]
    pub const fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            status: Status::IN_FORCE,
            activation: None,
            expiry: None,
            text: Vec::new(),
            groups: Vec::new(),
            reserved: Vec::new(),
        }
    }

    /// Whether the key is for the group with this identity.
    #[must_use]
    pub fn names(&self, group: &[u8]) -> bool {
        self.groups.iter().any(|named| named.identity == group)
    }

    /// The content of the element (table E.6.1-1), with lengths in octets in brackets:
    ///
    /// ```text
    /// type[1] status[4] activation[5] expiry[5] length[2] text
    /// if there is a list of groups: length[2] count[1] { element[1] length[2] identity } reserved
    /// ```
    ///
    /// Errors: [`Error::Times`] for a key that expires before it comes into force; [`Error::Parameters`] for a value
    /// that does not fit, for groups of a key without a list of groups, and for a status that a receiver would read as
    /// a length.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        self.check_times().map_err(|_| Error::Times)?;
        let mut out = Vec::new();
        out.push(self.purpose.tag());
        out.extend_from_slice(&self.status.0.to_be_bytes());
        for time in [self.activation, self.expiry] {
            let seconds = match time.map(NtpTime::to_unix) {
                None => 0,
                Some(Some(seconds)) if (1..TIME).contains(&seconds) => seconds,
                Some(_) => return Err(Error::Parameters),
            };
            out.extend_from_slice(&seconds.to_be_bytes()[3..]);
        }
        write_long(&mut out, &self.text).map_err(|_| Error::Parameters)?;
        if has_groups(self.purpose) {
            let count = u8::try_from(self.groups.len()).map_err(|_| Error::Parameters)?;
            let mut list = Vec::from([count]);
            for group in &self.groups {
                if group.identity.is_empty() {
                    return Err(Error::Parameters);
                }
                list.push(group.element);
                write_long(&mut list, &group.identity).map_err(|_| Error::Parameters)?;
            }
            write_long(&mut out, &list).map_err(|_| Error::Parameters)?;
        } else if !(self.groups.is_empty() && self.reserved.is_empty()) {
            return Err(Error::Parameters);
        }
        out.extend_from_slice(&self.reserved);
        // This happens only if bits of the status are set that are not assigned.
        if element(&out).is_some() {
            return Err(Error::Parameters);
        }
        Ok(out)
    }

    /// Decodes the element with its type and length, as E.6.1 defines it, or only its content, as implementations and
    /// [`encode`](Self::encode) send it.
    ///
    /// The octets are an element if their length field equals the number of octets that follow it. If the octets are
    /// only the content, the same two octets are the top half of the status, whose bits are not assigned and are 0.
    ///
    /// Errors: [`Error::Parameters`], [`Error::Purpose`]; [`Error::Message`] with
    /// [`mikey::Error::Limit`](crate::mikey::Error::Limit) beyond the default [`Limits`].
    pub fn decode(octets: &[u8]) -> Result<Self, Error> {
        Self::decode_within(octets, &Limits::default())
    }

    /// Decodes within these limits.
    ///
    /// Errors: those of [`decode`](Self::decode).
    pub fn decode_within(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        Limit::Octets.check(octets.len(), limits.octets)?;
        let content = element(octets).unwrap_or(octets);
        // Content that looks like an element itself could not be sent or stored as content.
        if element(content).is_some() {
            return Err(Error::Parameters);
        }
        Self::content(content, limits)
    }

    fn content(octets: &[u8], limits: &Limits) -> Result<Self, Error> {
        let mut reader = Reader::new(octets);
        let purpose = Purpose::from_tag(read(reader.u8())?)?;
        let status = Status(read(reader.u32())?);
        let (activation, expiry) = (time(&mut reader)?, time(&mut reader)?);
        let text = read(reader.long())?.into();
        let mut groups = Vec::new();
        if has_groups(purpose) {
            let mut list = Reader::new(read(reader.long())?);
            let count = read(list.u8())?;
            Limit::Groups.check(count.into(), limits.groups)?;
            // A group takes at least 4 octets, which bounds the number of groups.
            groups.reserve_exact(usize::from(count).min(list.left() / 4));
            for _ in 0..count {
                let (element, identity) = (read(list.u8())?, read(list.long())?);
                if identity.is_empty() {
                    return Err(Error::Parameters);
                }
                groups.push(Group { element, identity: identity.into() });
            }
            read(list.end())?;
        }
        let reserved =
            if has_groups(purpose) { read(reader.take(reader.left()))?.into() } else { Vec::new() };
        read(reader.end())?;
        let parameters = Self { purpose, status, activation, expiry, text, groups, reserved };
        parameters.check_times().map(|()| parameters)
    }

    /// Errors: [`Error::Times`] if activation or expiry is 2³¹ seconds, or 68 years, from T. The sender has probably
    /// confused seconds since 1900 with seconds since 1970, which are 70 years apart.
    pub(super) fn check_near(&self, time: NtpTime) -> Result<(), Error> {
        let is_near = |other: NtpTime| other.seconds().abs_diff(time.seconds()) < 1 << 31;
        let are_near = [self.activation, self.expiry].into_iter().flatten().all(is_near);
        if are_near { Ok(()) } else { Err(Error::Times) }
    }

    /// Errors: [`Error::Parameters`] for a key that expires before it comes into force.
    fn check_times(&self) -> Result<(), Error> {
        match (self.activation, self.expiry) {
            (Some(activation), Some(expiry)) if expiry < activation => Err(Error::Parameters),
            _ => Ok(()),
        }
    }
}

/// The content, if the octets are an element: its type, its length and as many octets.
fn element(octets: &[u8]) -> Option<&[u8]> {
    let [_, high, low, content @ ..] = octets else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    (length == content.len()).then_some(content)
}

/// Turns any error of MIKEY into [`Error::Parameters`].
fn read<T>(item: Result<T, crate::mikey::Error>) -> Result<T, Error> {
    item.map_err(|_| Error::Parameters)
}

fn time(reader: &mut Reader<'_>) -> Result<Option<NtpTime>, Error> {
    let [a, b, c, d, e] = read(reader.array())?;
    let seconds = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
    Ok((seconds != 0).then(|| NtpTime::from_unix(seconds)))
}
