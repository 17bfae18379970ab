//! The group key as the group manager has it, and the MIKEY message that brings it to a member.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey;
use eccsi_sakke::mission_critical::{CsId, Delivery, Group, Key, KeyParameters, Purpose};
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;

use crate::Result;
use crate::roles::User;

/// The group that the members are of. Each was told it beforehand.
pub const GROUP: &str = "sip:group@example.org";

/// A group key (GMK), and what goes with it to every member.
pub struct GroupKey {
    /// With the one RAND that the media keys of all members are derived with.
    pub key: Key,
    pub parameters: KeyParameters,
}

impl GroupKey {
    /// A fresh key for the group of this name, in force at once.
    pub fn generate(group: &str) -> Result<Self> {
        let group = Group::new(group);
        let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
        Ok(Self { key: Key::try_generate(Purpose::Gmk, &mut SysRng)?, parameters })
    }

    /// What every message says of the key, from `from` to `to`.
    pub fn delivery<'a>(
        &'a self,
        from: mikey::User<'a>,
        to: mikey::User<'a>,
        time: NtpTime,
    ) -> Delivery<'a> {
        Delivery {
            cs_ids: &[CsId::MCPTT_GROUP],
            parameters: Some(&self.parameters),
            ..Delivery::new(from, to, time)
        }
    }

    /// The message for one member.
    pub fn message(&self, from: &User, to: mikey::User<'_>, time: NtpTime) -> Result<Vec<u8>> {
        let delivery = self.delivery(from.user(), to, time);
        Ok(delivery.message(&self.key, from.signing_key(), &mut UnwrapErr(SysRng))?)
    }
}
