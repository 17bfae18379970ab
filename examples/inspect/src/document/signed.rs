//! Requests and responses, with their signatures.

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::xml::{Error, Signature, Signed};
use eccsi_sakke::kms::{
    ErrorReport, KmsMessage, NewKeys, Request, Resource, Response, SharedKeyId, SharedKeys,
    TransportKey,
};

use super::{field, item, keys as of_kms, optional};
use crate::Keys;
use crate::recorder::{Name, Recorder};
use crate::report::{Field, Group, Item};

const SIGNATURE: Name = (Group::Signature, "signature");
const SIGNED: &str = "signed with the integrity key, or else the transport key";
/// How many seconds the time of a request or response may differ: TS 33.180 D.2.2 suggests five.
const SKEW: u64 = 5;

pub(super) fn request(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    signed: &Signed<Request>,
    keys: &Keys,
    at: NtpTime,
) {
    let request = signed.unverified();
    let mut shown = item("KmsRequest", format!("of {} to {}", request.user_uri, request.kms_uri));
    let fields = [
        Some(field("Version", &request.version)),
        optional("Id", request.id.as_ref()),
        Some(field("UserUri", &request.user_uri)),
        Some(field("KmsUri", &request.kms_uri)),
        Some(field("Time", request.time)),
        optional("ClientId", request.client_id.as_ref()),
        optional("DeviceId", request.device_id.as_ref()),
        Some(field("ClientReqUrl", &request.client_req_url)),
    ];
    shown.fields.extend(fields.into_iter().flatten());
    if !request.krr_list.is_empty() {
        let count = format!("{} redirect responses", request.krr_list.len());
        shown.fields.push(field("KrrList", count));
    }
    shown.fields.extend(error("ClientError", request.client_error.as_ref()));
    shown.fields.extend(ids(request.trk_id, request.signature_id));
    items.push(shown);
    resource(found, &request.client_req_url);
    recent(found, request.time, at);
    let verify = |keys: &SharedKeys| signed.verify(keys).map(drop);
    signature(found, items, signed.signature(), verify, keys);
}

pub(super) fn response(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    signed: &Signed<Response>,
    keys: &Keys,
    at: NtpTime,
) {
    let response = signed.unverified();
    let mut shown =
        item("KmsResponse", format!("of {} to {}", response.kms_uri, response.user_uri));
    let fields = [
        Some(field("Version", &response.version)),
        optional("Id", response.id.as_ref()),
        Some(field("UserUri", &response.user_uri)),
        Some(field("KmsUri", &response.kms_uri)),
        Some(field("Time", response.time)),
        optional("KmsId", response.kms_id.as_ref()),
        Some(field("ClientReqUrl", &response.client_req_url)),
    ];
    shown.fields.extend(fields.into_iter().flatten());
    shown.fields.extend(error("KmsError", response.error.as_ref()));
    shown.fields.extend(ids(response.trk_id, response.signature_id));
    items.push(shown);
    resource(found, &response.client_req_url);
    recent(found, response.time, at);
    let what = "it answers the request, and reports no error";
    let otherwise = "it reports an error instead: see KmsError";
    found.holds((Group::Profile, "kms-error"), what, response.error.is_none(), otherwise);
    message(found, items, response.message.as_ref(), keys, at);
    let verify = |keys: &SharedKeys| signed.verify(keys).map(drop);
    signature(found, items, signed.signature(), verify, keys);
}

/// The content of a response.
fn message(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    message: Option<&KmsMessage>,
    keys: &Keys,
    at: NtpTime,
) {
    match message {
        None => {}
        Some(KmsMessage::Init { certificate, new_keys: of }) => {
            items.push(item("KmsInit", "a certificate"));
            of_kms::certificate(found, items, certificate, at);
            new_keys(items, of);
        }
        Some(KmsMessage::KeyProv { key_sets, new_keys: of }) => {
            items.push(item("KmsKeyProv", format!("{} key sets", key_sets.len())));
            for set in key_sets {
                of_kms::key_set(found, items, set, keys, at);
            }
            new_keys(items, of);
        }
        Some(KmsMessage::CertCache { cache_num, certificates }) => {
            let mut cache = item("KmsCertCache", format!("{} certificates", certificates.len()));
            cache.fields.extend(optional("CacheNum", *cache_num));
            items.push(cache);
            for certificate in certificates {
                of_kms::certificate(found, items, certificate, at);
            }
        }
        Some(_) => items.push(item("KmsMessage", "another message")),
    }
}

fn new_keys(items: &mut Vec<Item>, keys: &NewKeys) {
    let contents = keys.transport.iter().map(|content| ("NewTransportKey", content));
    for (name, content) in
        contents.chain(keys.integrity.iter().map(|content| ("NewIntegrityKey", content)))
    {
        let mut shown = item(name, "");
        shown.fields.push(of_kms::content("key", content));
        items.push(shown);
    }
}

fn error(name: &str, report: Option<&ErrorReport>) -> Option<Field> {
    report.map(|report| field(name, format!("{}: {}", report.code, report.message)))
}

fn ids(trk: Option<SharedKeyId>, signature: Option<SharedKeyId>) -> impl Iterator<Item = Field> {
    let id = |name, id: Option<SharedKeyId>| {
        optional(name, id.map(|SharedKeyId(id)| format!("{id:08x}")))
    };
    [id("TrK-ID", trk), id("Signature-ID", signature)].into_iter().flatten()
}

fn resource(found: &mut Recorder, url: &str) {
    let resource = Resource::of_url(url).map(|resource| resource.kind().name());
    if let Some(name) =
        found.check((Group::Profile, "url"), "ClientReqUrl is a resource of a KMS", resource)
    {
        found.note("resource", format!("{name} is asked for"));
    }
}

/// Compares the times. An old document may still be of interest, so this is not a check.
fn recent(found: &mut Recorder, time: NtpTime, at: NtpTime) {
    if time.seconds().abs_diff(at.seconds()) > SKEW {
        let text = format!(
            "Time is {time}, more than {SKEW} seconds from the time of the inspection: its receiver would refuse it"
        );
        found.deviation("stale", text);
    }
}

/// Checks that the right key has signed. `verify` verifies the document.
fn signature(
    found: &mut Recorder,
    items: &mut Vec<Item>,
    signature: Option<&Signature>,
    verify: impl Fn(&SharedKeys) -> Result<(), Error>,
    keys: &Keys,
) {
    let Some(signature) = signature else {
        let why = "there is no signature, so only the connection has protected it";
        return found.missing(SIGNATURE, SIGNED, why);
    };
    let mut shown = item("Signature", "HMAC-SHA-256");
    shown.fields.push(field("Reference", format!("URI {:?}", signature.signed_info.uri)));
    shown.fields.push(field("DigestValue", hex::encode(signature.signed_info.digest)));
    shown.fields.push(field("SignatureValue", hex::encode(signature.value)));
    shown.fields.extend(optional("KeyName", signature.key_name.as_ref()));
    items.push(shown);
    // If there is an integrity key, it signs alone, in the same way as the transport key.
    let ink = keys.ink.as_ref().map(|ink| TransportKey::new(ink.id(), ink.to_bytes().as_slice()));
    let Some(key) = ink.and_then(Result::ok).or(keys.trk.clone()) else {
        let why = "give InK and InK_ID, or TrK and TrK_ID if there is no integrity key";
        return found.missing(SIGNATURE, SIGNED, why);
    };
    found.check(SIGNATURE, SIGNED, verify(&SharedKeys::new(key, None)));
}

/// Inspects a redirect response. Its signature needs a certificate.
pub(super) fn redirect(found: &mut Recorder, is_signed: bool) {
    let why = if is_signed {
        "its signature has an X.509 certificate, and is not checked here"
    } else {
        "there is no signature"
    };
    found.missing(SIGNATURE, "signed by the gateway", why);
}
