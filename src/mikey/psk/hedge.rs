//! A RAND that repeats only if the keys in the message repeat.

use super::key_data::Chain;
use super::{KeyData, PskOutline};
use crate::ct;
use crate::mikey::{Error, Prf};

/// No label of section 4.1.2 starts with these octets.
const LABEL: &[u8] = b"RAND of RFC 3830 section 6.11";

impl PskOutline<'_> {
    /// A RAND for a message that carries `keys` under `psk`. It is derived from [`rand`](Self::rand), which must come
    /// from the generator.
    ///
    /// ```text
    /// RAND = HMAC-SHA-256( psk, label ‖ length of rand ‖ rand ‖ key data )       length on one octet
    /// ```
    ///
    /// AES-CM repeats its key stream if RAND, T and CSB ID repeat under one key, for example after a machine and its
    /// counter for T were restored from a snapshot. An attacker with both messages then learns the difference of their
    /// keys. With this RAND, the key stream repeats only if the keys are the same.
    ///
    /// Secret: `psk`, `keys`. Public: RAND.
    ///
    /// Errors: [`Error::Rand`] if `rand` has more than 255 octets; [`Error::Length`], [`Error::Value`] for
    /// the keys that [`seal`](Self::seal) refuses.
    pub fn hedged_rand(&self, psk: &[u8], keys: &[KeyData<'_>]) -> Result<[u8; 32], Error> {
        let length = u8::try_from(self.rand.len()).map_err(|_| Error::Rand)?;
        let keys = Chain::encode(keys)?;
        let mut rand = [0; 32];
        Prf::HmacSha256.hmac(psk, &[LABEL, &[length], self.rand, &keys], &mut rand)?;
        // RAND is sent.
        Ok(ct::publish(rand))
    }
}
