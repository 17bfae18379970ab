//! Crypto sessions: table E.1.3-1 of TS 33.180.

use super::Purpose;
use crate::mission_critical::Error;

/// The number of a crypto session, and the kind of key that the session belongs to.
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
    /// The caller in MCPTT, under a PCK.
    pub const MCPTT_CALLER: Self = Self::under(Purpose::Pck, 0);
    /// The called user in MCPTT, under a PCK.
    pub const MCPTT_CALLEE: Self = Self::under(Purpose::Pck, 1);
    /// The caller in MCVideo, under a PCK.
    pub const MCVIDEO_CALLER: Self = Self::under(Purpose::Pck, 2);
    /// The called user in MCVideo, under a PCK.
    pub const MCVIDEO_CALLEE: Self = Self::under(Purpose::Pck, 3);
    /// The group in MCPTT, under a GMK.
    pub const MCPTT_GROUP: Self = Self::under(Purpose::Gmk, 4);
    /// The group in MCVideo, under a GMK.
    pub const MCVIDEO_GROUP: Self = Self::under(Purpose::Gmk, 5);
    /// MCPTT under a CSK.
    pub const MCPTT_CSK: Self = Self::under(Purpose::Csk, 6);
    /// MCPTT under a MuSiK.
    pub const MCPTT_MUSIK: Self = Self::under(Purpose::MuSik, 7);
    /// MCVideo under a CSK.
    pub const MCVIDEO_CSK: Self = Self::under(Purpose::Csk, 8);
    /// MCVideo under a MuSiK.
    pub const MCVIDEO_MUSIK: Self = Self::under(Purpose::MuSik, 9);

    const fn under(purpose: Purpose, number: u8) -> Self {
        Self { number, purpose: Some(purpose) }
    }

    /// A session with this number that both ends have agreed on. It may belong to any kind of key.
    #[must_use]
    pub const fn agreed(number: u8) -> Self {
        Self { number, purpose: None }
    }

    /// The number of the session in messages.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number
    }

    /// Errors: [`Error::CsId`] if the session belongs to another kind of key.
    pub(in crate::mission_critical) fn check(self, purpose: Purpose) -> Result<(), Error> {
        if self.purpose.is_none_or(|own| own == purpose) { Ok(()) } else { Err(Error::CsId) }
    }
}
