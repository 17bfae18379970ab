//! TS 33.180 5.3 and D.3, the KMS's side: how a KMS answers a request.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::Signed;
use crate::identifier::{KmsUri, UserUri};
use crate::kms::{
    Asked, CertificateParts, Error, ErrorReport, KeyRing, KeySet, KmsCertificate, KmsMessage,
    Request, RequestCheck, Response, SeenRequests, SharedKeys, Wrapping,
};

/// What a KMS gives in answer to a request.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Served {
    /// The certificate of the check, in answer to [`Asked::Init`].
    Certificate,
    /// Key sets of the user, in answer to [`Asked::KeyProv`]. They are wrapped with the user's transport key.
    KeySets(Vec<KeySet>),
    /// Certificates, with the state of the KMS's cache, in answer to other requests.
    Certificates(Option<u64>, Vec<CertificateParts>),
}

/// An answer. Send it after storing what has changed.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The document, signed with the keys in use.
    pub document: Zeroizing<Vec<u8>>,
    /// Why the request was refused, for the KMS's own log. The document reports it too.
    pub refused: Option<Error>,
}

/// Answers a user's request: verifies and checks it, calls `serve` for what the user asks for, and signs the answer.
///
/// `ring` is the ring of the user whom the request names, or whom the connection has authenticated. Keys that the
/// request confirms are in use from then on, and offered keys are sent with the answer: **store the ring before you
/// send the answer.** `check` needs no shared keys, because they are found here.
///
/// ```
/// use eccsi_sakke::kms::xml::{Answer, Served, answer};
/// use eccsi_sakke::kms::{
///     Asked, Error, KeyIssuer, KeyRing, RequestCheck, SeenRequests, Wrapping,
/// };
/// use getrandom::{SysRng, rand_core::UnwrapErr};
///
/// fn answered(
///     document: &[u8],
///     ring: &mut KeyRing,
///     check: &RequestCheck<'_>,
///     seen: &mut SeenRequests,
///     issuer: &KeyIssuer<'_>,
/// ) -> Result<Answer, Error> {
///     answer(document, ring, Wrapping::Padded, check, seen, |asked| match asked {
///         Asked::Init => Ok(Served::Certificate),
///         Asked::KeyProv { user_uri, periods } => {
///             let issue = |number| issuer.issue(&mut UnwrapErr(SysRng), &user_uri, number);
///             periods.map(issue).collect::<Result<_, _>>().map(Served::KeySets)
///         }
///         _ => Err(Error::Resource),
///     })
/// }
/// ```
///
/// Secret: the keys. Public: the request, the outcome.
///
/// Errors: [`Error::Document`] for octets that are no request, which get no answer; [`Error::UserUri`] for a request
/// without a body from an unknown user. The answer reports every other error.
pub fn answer(
    document: &[u8],
    ring: &mut KeyRing,
    wrapping: Wrapping,
    check: &RequestCheck<'_>,
    seen: &mut SeenRequests,
    serve: impl FnOnce(Asked) -> Result<Served, Error>,
) -> Result<Answer, Error> {
    let (request, asked) = if document.is_empty() && check.deviations.no_body_under_tls {
        let request = without_body(check)?;
        let asked = request.check(check, seen);
        (request, asked)
    } else {
        let signed = Signed::<Request>::from_xml(document)?;
        let asked = checked(&signed, ring, check, seen);
        (signed.into_unverified(), asked)
    };
    let served =
        asked.and_then(serve).and_then(|served| message(served, check.certificate, ring, wrapping));
    let mut response = Response::new(&request, check.clock.now, None, None);
    let refused = match served {
        Ok(message) => {
            response.message = Some(message);
            None
        }
        Err(error) => {
            response.error = Some(ErrorReport::from(error));
            Some(error)
        }
    };
    response.trk_id = Some(ring.in_use().transport().id());
    let document = Signed::<Response>::sign(response, ring.in_use())?.to_xml()?;
    Ok(Answer { document, refused })
}

/// The request that a client without a body makes by its URL: see [`Deviations`](crate::kms::Deviations).
///
/// Errors: [`Error::UserUri`] if no user was authenticated.
fn without_body(check: &RequestCheck<'_>) -> Result<Request, Error> {
    let user_uri = UserUri(check.user_uris.first().ok_or(Error::UserUri)?);
    let kms_uri = KmsUri(check.certificate.kms_uri());
    Ok(Request::new(user_uri, kms_uri, check.url, check.clock.now))
}

/// What the user asks for, after verifying and checking the request. Confirms the transport key that it names.
fn checked(
    signed: &Signed<Request>,
    ring: &mut KeyRing,
    check: &RequestCheck<'_>,
    seen: &mut SeenRequests,
) -> Result<Asked, Error> {
    let trk_id = signed.unverified().trk_id;
    let shared: &SharedKeys = ring.named(trk_id)?;
    let request = signed.verify(shared)?;
    let asked = request.check(&RequestCheck { shared: Some(shared), ..*check }, seen)?;
    ring.confirm(trk_id);
    Ok(asked)
}

/// The message with what is served, and with the offered keys.
fn message(
    served: Served,
    certificate: &KmsCertificate,
    ring: &KeyRing,
    wrapping: Wrapping,
) -> Result<KmsMessage, Error> {
    Ok(match served {
        Served::Certificate => KmsMessage::Init {
            certificate: certificate.parts().clone(),
            new_keys: ring.new_keys(wrapping)?,
        },
        Served::KeySets(sets) => {
            let wrapped = Some((ring.in_use().transport(), wrapping));
            let key_sets = sets.iter().map(|set| set.to_parts(wrapped));
            KmsMessage::KeyProv {
                key_sets: key_sets.collect::<Result<_, _>>()?,
                new_keys: ring.new_keys(wrapping)?,
            }
        }
        Served::Certificates(cache_num, certificates) => {
            KmsMessage::CertCache { cache_num, certificates }
        }
    })
}
