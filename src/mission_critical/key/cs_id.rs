//! Crypto sessions: table E.1.3-1 of TS 33.180.

use super::Purpose;
use crate::mission_critical::Error;

/// The number of a crypto session, and under which kind of key the session goes.
///
/// ```
/// use eccsi_sakke::mission_critical::{CsId, Error, Key, Purpose};
/// use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// let pck = Key::generate(Purpose::Pck, &mut UnwrapErr(SysRng));
/// assert!(pck.srtp(pck.id(), CsId::MCPTT_CALLER).is_ok());
/// assert_eq!(pck.srtp(pck.id(), CsId::MCPTT_GROUP).err(), Some(Error::CsId));
/// ```
#[doc(alias = "CS ID")]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CsId {
    number: u8,
    purpose: Option<Purpose>,
}

impl CsId {
    /// PCK, the caller in MCPTT.
    pub const MCPTT_CALLER: Self = Self::under(Purpose::Pck, 0);
    /// PCK, the called in MCPTT.
    pub const MCPTT_CALLEE: Self = Self::under(Purpose::Pck, 1);
    /// PCK, the caller in MCVideo.
    pub const MCVIDEO_CALLER: Self = Self::under(Purpose::Pck, 2);
    /// PCK, the called in MCVideo.
    pub const MCVIDEO_CALLEE: Self = Self::under(Purpose::Pck, 3);
    /// GMK in MCPTT.
    pub const MCPTT_GROUP: Self = Self::under(Purpose::Gmk, 4);
    /// GMK in MCVideo.
    pub const MCVIDEO_GROUP: Self = Self::under(Purpose::Gmk, 5);
    /// CSK in MCPTT.
    pub const MCPTT_CSK: Self = Self::under(Purpose::Csk, 6);
    /// MuSiK in MCPTT.
    pub const MCPTT_MUSIK: Self = Self::under(Purpose::MuSik, 7);
    /// CSK in MCVideo.
    pub const MCVIDEO_CSK: Self = Self::under(Purpose::Csk, 8);
    /// MuSiK in MCVideo.
    pub const MCVIDEO_MUSIK: Self = Self::under(Purpose::MuSik, 9);

    const fn under(purpose: Purpose, number: u8) -> Self {
        Self { number, purpose: Some(purpose) }
    }

    /// A session of this number that both ends have agreed on, under whatever key: the table isn't asked.
    #[must_use]
    pub const fn agreed(number: u8) -> Self {
        Self { number, purpose: None }
    }

    /// Its number in messages.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number
    }

    /// Errors: [`Error::CsId`] if it goes under another kind of key.
    pub(in crate::mission_critical) fn check(self, purpose: Purpose) -> Result<(), Error> {
        if self.purpose.is_none_or(|own| own == purpose) { Ok(()) } else { Err(Error::CsId) }
    }
}
