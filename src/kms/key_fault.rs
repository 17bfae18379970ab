//! Which key of a key set is faulty. The user's own log may contain this, but an answer must not.

use super::content::{PVT_LENS, RSK_LENS, SSK_LENS, integer};
use super::{Error, KeySetCheck, KeySetParts};
use crate::ct;
use crate::eccsi::SigningKey;
use crate::error::Error as Primitive;
use crate::identifier::Identifier;
use crate::sakke::ReceiverKey;

/// The faulty key of a set, and the reason.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyFault {
    /// The name of its element: `UserDecryptKey`, `UserSigningKeySSK` or `UserPubTokenPVT`.
    pub element: &'static str,
    /// What is wrong with the received content, or as [`Error::Primitive`], with the key in clear.
    pub error: Error,
}

impl KeySetParts {
    /// The first faulty key of a set that [`validate`](Self::validate) has refused. None if its keys are right, and
    /// something else in the set is wrong.
    ///
    /// This says more about the keys than `validate` does. It is for the user's own log, **and for nobody else to
    /// see**. If an SSK and a PVT do not belong together, it names the SSK.
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
        // The caller learns about this fault.
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
