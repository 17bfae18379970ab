//! Which key of a key set is at fault: what a user's own log may say, and an answer may not.

use super::content::{PVT_LENS, RSK_LENS, SSK_LENS, integer};
use super::{Error, KeySetCheck, KeySetParts};
use crate::ct;
use crate::eccsi::SigningKey;
use crate::error::Error as Primitive;
use crate::identifier::Identifier;
use crate::sakke::ReceiverKey;

/// The key of a set that is at fault, and why.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyFault {
    /// The name of its element: `UserDecryptKey`, `UserSigningKeySSK` or `UserPubTokenPVT`.
    pub element: &'static str,
    /// How it came, or what [`Error::Primitive`] says of it in clear.
    pub error: Error,
}

impl KeySetParts {
    /// The first key that is at fault in a set that [`validate`](Self::validate) has refused. None if
    /// its keys are right, and what is wrong is beside them.
    ///
    /// It tells of the keys what `validate` doesn't: for the user's own log, **and nobody else's eyes**.
    /// Of an SSK and a PVT that don't belong together it names the SSK.
    ///
    /// Secret: RSK, SSK, the transport key. Public: everything else, and the outcome.
    #[must_use]
    pub fn key_fault(&self, check: &KeySetCheck<'_>) -> Option<KeyFault> {
        let (_, id) = self.check_public(check).ok()?;
        self.check_keys(check, &id).err()
    }

    fn check_keys(&self, check: &KeySetCheck<'_>, id: &Identifier) -> Result<(), KeyFault> {
        let fault = |element| move |error| KeyFault { element, error };
        let of_receiver = fault("UserDecryptKey");
        let (of_signing, of_token) = (fault("UserSigningKeySSK"), fault("UserPubTokenPVT"));
        let open = |content, lens| check.protection.open([(content, lens)]);

        let [mut rsk] = open(&self.user_decrypt_key, RSK_LENS).map_err(of_receiver)?;
        ct::publish_octets(&mut rsk[..1]);
        ReceiverKey::new(&*rsk, id, check.certificate.z())
            .map_err(|error| of_receiver(error.into()))?;
        let [ssk] = open(&self.user_signing_key_ssk, SSK_LENS).map_err(of_signing)?;
        let (fits, ssk) = integer(&ssk).map_err(of_signing)?;
        // The fault of the key is about to be told.
        if !ct::declassify(fits) {
            return Err(of_signing(Primitive::Range.into()));
        }
        let [mut pvt] = open(&self.user_pub_token_pvt, PVT_LENS).map_err(of_token)?;
        ct::publish_octets(&mut pvt);
        SigningKey::new(ssk, &*pvt, id, check.certificate.kpak()).map_err(|error| {
            let is_of_token = matches!(error, Primitive::PointEncoding | Primitive::NotOnCurve);
            if is_of_token { of_token(error.into()) } else { of_signing(error.into()) }
        })?;
        Ok(())
    }
}
