//! A model of the system under attack: two KMSs, a GMS, a server and their users, who send keys to one another over a
//! network that an adversary owns.
//!
//! The messages of a [`World`] are made beforehand. Their times span several key periods of both KMSs, and the moment
//! at which the 32-bit seconds of T start again. A *life* is one story of the receivers. Their clocks run, their caches
//! and key stores fill, they get and lose keys of their periods, and they restart without a cache. The octets of the
//! life choose every step. In most steps the adversary delivers a message, as it was sent or altered, to its receiver
//! or to somebody else, whose application expects it or something else.
//!
//! A life ends with a [`Violation`] unless this holds:
//!
//! * The expected initiator sent what is accepted to this receiver, which has not accepted it before. The key, its
//!   identifiers, RAND, T and parameters are those that were sent.
//! * A receiver's cache remembers nothing, and no secret key is used, before a message that meets the same conditions
//!   has been verified.
//! * A store is told to revoke a key only by a message that says so.
//! * A message that is delivered unaltered, in time, and for the first time, to a receiver that has the keys for it, is
//!   accepted, no matter what was delivered before.
//!
//! Everything else may be refused for any reason, but without a panic.

mod adversary;
mod attempt;
mod flaw;
mod life;
mod oracle;
mod receiver;
mod sender;
mod splice;
mod world;

pub use attempt::{Attempt, Entry, Refusal};
pub use life::{Control, Tally, live};
pub use oracle::Violation;
pub use world::World;

/// The choices that the octets of a life make. When the octets have run out, every choice is 0.
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// The choices of these octets.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Whether the octets have run out.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One octet.
    pub fn octet(&mut self) -> u8 {
        let [octet] = crate::take(&mut self.0);
        octet
    }

    /// A number below `count`, which is at most 65,536; or 0 if `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        let number = usize::from(u16::from_be_bytes(crate::take(&mut self.0)));
        (number * count) >> 16
    }

    /// One of the values.
    pub fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// True once in `count` times.
    pub fn once_in(&mut self, count: u8) -> bool {
        self.octet() % count == count - 1
    }
}
