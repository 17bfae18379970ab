//! The roles and their keys: the key server and its users.

use std::time::SystemTime;

use eccsi_sakke::mikey::{self, IdScheme, Kms};
use eccsi_sakke::sakke::{self, ReceiverKey};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, eccsi};
use getrandom::SysRng;
use zeroize::Zeroizing;

use crate::Result;
use crate::report::{Tally, Task};

/// The name of the key server, which enters the UID of every user.
const KEY_SERVER: &str = "kms.example.org";

/// The length of a key period in seconds, `UserKeyPeriod` of 3GPP. The `UserKeyOffset` is 0.
const PERIOD: u64 = 2_592_000;

const DAY: u64 = 86_400;

/// The time and the current key period, from the clock of this machine. Users, their key server and their peers must
/// agree on the period, because a UID and its private keys are for one period.
pub struct Calendar {
    periods: KeyPeriods,
    pub now: NtpTime,
    /// The number of the current period.
    pub number: u64,
    /// The day in the period, counted from 1.
    pub day: u64,
}

impl Calendar {
    /// The number of days in a key period.
    pub const DAYS: u64 = PERIOD / DAY;

    pub fn today() -> Result<Self> {
        let now = NtpTime::try_from(SystemTime::now())?;
        let periods = KeyPeriods::new(PERIOD)?;
        let number = periods.number(now)?;
        let day = (now.seconds() - periods.start(number)?.seconds()) / DAY + 1;
        Ok(Self { periods, now, number, day })
    }

    /// The UID of the user with this name for the current period, which is a hash of the name, the period and more.
    pub fn uid(&self, name: &str) -> Result<Identifier> {
        Ok(self.periods.uid(UserUri(name), KmsUri(KEY_SERVER), self.number)?)
    }
}

/// The key server (KMS): a master key for each scheme. Anybody who has these keys can sign as any user and open
/// messages to any user.
pub struct KeyServer {
    /// KSAK.
    signatures: eccsi::KmsSecretKey,
    /// z.
    encapsulation: sakke::KmsSecretKey,
}

impl KeyServer {
    pub fn set_up() -> Result<Self> {
        Ok(Self {
            signatures: eccsi::KmsSecretKey::try_generate(&mut SysRng)?,
            encapsulation: sakke::KmsSecretKey::try_generate(&mut SysRng)?,
        })
    }

    /// The two public keys as they stand in the key server's certificate: KPAK and Z.
    fn certificate(&self) -> ([u8; 65], [u8; 257]) {
        (self.signatures.public_key().to_bytes(), self.encapsulation.public_key().to_bytes())
    }

    /// A signing key for `uid`: SSK, which is secret, and PVT, which becomes part of every signature.
    fn signing_key(&self, uid: &Identifier) -> Result<(Zeroizing<[u8; 32]>, [u8; 65])> {
        let key = self.signatures.try_issue(&mut SysRng, uid)?;
        Ok((key.ssk(), key.pvt()))
    }

    /// The opening keys for `uids`: the RSKs.
    fn opening_keys(&self, uids: &[Identifier]) -> Result<Vec<Zeroizing<[u8; 257]>>> {
        Ok(self.encapsulation.extract_all(uids)?.iter().map(ReceiverKey::to_bytes).collect())
    }
}

/// A key server as its users see it: its public keys KPAK and Z, from octets. A point that is not on its curve or has
/// the wrong order is refused.
fn import(calendar: &Calendar, kpak: &[u8], z: &[u8]) -> Result<Kms> {
    let scheme = IdScheme::Uid(calendar.periods);
    Ok(Kms::new(KEY_SERVER, scheme, kpak.try_into()?, z.try_into()?))
}

/// A user of the key server, which is the group manager or a member, with its keys for the current period.
pub struct User {
    name: String,
    server: Kms,
    signing_key: eccsi::SigningKey,
    receiver_key: ReceiverKey,
}

impl User {
    /// The key server gives each user with one of these names its keys as octets, and the user checks all of them.
    ///
    /// A real key server sends private keys on a channel that is protected by other means. That channel is not part of
    /// this example.
    pub fn enrol_all(
        server: &KeyServer,
        calendar: &Calendar,
        names: &[String],
        tally: &mut Tally,
    ) -> Result<Vec<Self>> {
        // At the key server.
        let certificate = server.certificate();
        let uids = names.iter().map(|name| calendar.uid(name)).collect::<Result<Vec<_>>>()?;
        let rsks =
            tally.measure_all(Task::IssueOpeningKey, &uids, |uids| server.opening_keys(uids))?;
        let mut users = Vec::with_capacity(uids.len());
        for ((name, uid), rsk) in names.iter().zip(&uids).zip(&rsks) {
            let signing_key = tally.measure(Task::IssueSigningKey, || server.signing_key(uid))?;
            let who = (calendar, name.as_str(), uid);
            users.push(Self::accept(&certificate, who, &signing_key, rsk, tally)?);
        }
        Ok(users)
    }

    /// The user's part: `new` checks that a key belongs to this UID under these public keys.
    fn accept(
        (kpak, z): &([u8; 65], [u8; 257]),
        (calendar, name, uid): (&Calendar, &str, &Identifier),
        (ssk, pvt): &(Zeroizing<[u8; 32]>, [u8; 65]),
        rsk: &[u8; 257],
        tally: &mut Tally,
    ) -> Result<Self> {
        let server = tally.measure(Task::CheckServer, || import(calendar, kpak, z))?;
        let signing_key = tally.measure(Task::CheckSigningKey, || {
            eccsi::SigningKey::new(ssk, pvt, *uid, server.kpak())
        })?;
        let receiver_key =
            tally.measure(Task::CheckOpeningKey, || ReceiverKey::new(rsk, uid, server.z()))?;
        Ok(Self { name: name.into(), server, signing_key, receiver_key })
    }

    /// The same as [`enrol_all`](Self::enrol_all) for one user.
    pub fn enrol(
        server: &KeyServer,
        calendar: &Calendar,
        name: &str,
        tally: &mut Tally,
    ) -> Result<Self> {
        let users = Self::enrol_all(server, calendar, &[name.to_owned()], tally)?;
        users.into_iter().next().ok_or_else(|| "no user was enrolled".into())
    }

    /// The user itself.
    pub fn user(&self) -> mikey::User<'_> {
        self.server.user(&self.name)
    }

    /// Another user of the same key server.
    pub fn user_called<'a>(&'a self, name: &'a str) -> mikey::User<'a> {
        self.server.user(name)
    }

    pub fn server(&self) -> &Kms {
        &self.server
    }

    pub fn signing_key(&self) -> &eccsi::SigningKey {
        &self.signing_key
    }

    pub fn receiver_key(&self) -> &ReceiverKey {
        &self.receiver_key
    }
}
