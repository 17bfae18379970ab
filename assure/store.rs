//! The store of a client that holds no key yet, of the packages `memory` and `poison`.

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::{CacheState, Entered, MemoryCache, ReplayCache, ReplayKey};
use eccsi_sakke::mission_critical::{KeyId, KeyStore};

/// Replays are kept, keys aren't.
pub struct Store(pub MemoryCache);

impl ReplayCache for Store {
    fn state(&self) -> CacheState {
        self.0.state()
    }

    fn contains(&self, key: &ReplayKey) -> bool {
        self.0.contains(key)
    }

    fn enter(&mut self, key: ReplayKey, now: NtpTime, expiry: NtpTime) -> Entered {
        self.0.enter(key, now, expiry)
    }
}

impl KeyStore for Store {
    fn holds(&self, _: KeyId) -> bool {
        false
    }
}
