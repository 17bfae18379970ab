//! The operation on the documents of a KMS.

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::xml::{self, RedirectResponse};
use eccsi_sakke::kms::{CertificateParts, KeySetParts, KmsMessage, Request, Response, ValidPeriod};
use serde_json::{Value, json};

use super::{Case, Output, Stop};

pub(super) fn kms_document(case: &mut Case<'_>) -> Result<(), Stop> {
    let (kind, document) = (case.text("kind")?, case.text("document")?.as_bytes());
    case.outputs(&["says"]);
    let says = match kind {
        "certificate" => certificate(&CertificateParts::from_xml(document)?),
        "key-set" => key_set(&KeySetParts::from_xml(document)?),
        "request" => request(&Request::from_xml(document)?),
        "response" => response(&Response::from_xml(document)?),
        "redirect-response" => redirect(&RedirectResponse::from_xml(document)?)?,
        _ => return Err(Stop::Failed("unknown kind".into())),
    };
    case.computed.push(("says", Output::Other(says)));
    Ok(())
}

fn bounds(valid: &ValidPeriod) -> [Option<u64>; 2] {
    [valid.from, valid.to].map(|time| time.map(NtpTime::seconds))
}

fn certificate(parts: &CertificateParts) -> Value {
    let [from, to] = bounds(&parts.valid);
    json!({ "Role": parts.role.name(), "KmsUri": parts.kms_uri, "ValidFrom": from, "ValidTo": to })
}

fn key_set(parts: &KeySetParts) -> Value {
    let ([from, to], uid) = (bounds(&parts.valid), hex::encode(&parts.user_id));
    json!({ "UserUri": parts.user_uri, "UserID": uid, "ValidFrom": from, "ValidTo": to })
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into()
}

fn request(request: &Request) -> Value {
    let list: Vec<_> = request.krr_list.iter().map(|redirect| text(redirect)).collect();
    json!({ "UserUri": request.user_uri, "Time": request.time.seconds(), "KrrList": list })
}

fn response(response: &Response) -> Value {
    let lookup = match &response.message {
        Some(KmsMessage::Lookup(element)) => Some(text(element)),
        _ => None,
    };
    json!({ "UserUri": response.user_uri, "Time": response.time.seconds(), "KmsLookup": lookup })
}

/// The content of a redirect response. Of its signature, these are the value and the certificates, if it is signed.
fn redirect(redirect: &RedirectResponse) -> Result<Value, xml::Error> {
    let nested = redirect.nested()?.and_then(|nested| nested.id());
    let signature = redirect.is_signed().then(|| redirect.signature()).transpose()?;
    let signature = signature.map(|signature| {
        let certificates: Vec<_> = signature.certificates.iter().map(hex::encode).collect();
        json!({ "SignatureValue": hex::encode(signature.value), "X509Certificate": certificates })
    });
    Ok(json!({
        "Id": redirect.id(), "KmsUri": redirect.texts("KmsUri")?, "nested": nested,
        "Signature": signature,
    }))
}
