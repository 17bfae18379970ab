//! The steps that reading a document takes are at most proportional to its octets.

use alloc::format;
use alloc::string::String;

use super::{Limits, RedirectResponse, Signed, worst};
use crate::kms::Request;
use crate::steps::steps_of;

/// A request whose redirect responses use prefixes from the elements around them, with as many attributes as allowed.
fn inheriting(octets: usize) -> String {
    let declared = |prefix| format!(" xmlns:{prefix}='urn:{prefix}'");
    let declared: String = ('a'..='z').map(declared).collect();
    let attribute = |name| format!(" a:{name}=''");
    let attributes: String = ('A'..='Z').map(attribute).collect();
    let long = format!(" a:{}='{}'", "n".repeat(100), "v".repeat(100));
    let piece = format!("<a:a{attributes}/><a:a{long}/>");
    let content = piece.repeat(octets / piece.len() / 4);
    let redirect = format!("<R:x>{content}</R:x>").repeat(4);
    format!(
        "<KmsRequest xmlns='urn:3gpp:ns:mcsecKMSInterface:1.0'><UserUri/><KmsUri/>\
         <Time>2021-05-17T13:25:16</Time><ClientReqUrl/>\
         <KrrList xmlns:R='urn:3gpp:ns:mcsecKMSKRR:1.0'{declared}>{redirect}</KrrList></KmsRequest>"
    )
}

/// Every octet is a step when it is checked as a character, when the parser passes it, when it belongs to an attribute,
/// and when it is copied from a text in pieces. Redirect responses are read once or twice more, the second time with
/// declarations that are no longer than the document.
const PER_OCTET: usize = 12;

#[test]
fn the_worst_documents_take_steps_in_proportion() {
    let limits = Limits { octets: usize::MAX, ..Limits::default() };
    for size in (12..=20).map(|exponent| 1 << exponent) {
        let listed = worst::worst_redirect_list(size);
        let steps = steps_of(|| RedirectResponse::from_xml_within(listed.as_bytes(), &limits));
        assert!(steps <= PER_OCTET * listed.len(), "it is no redirect response");
        let redirect = worst::redirect_response(size);
        let read = || RedirectResponse::from_xml_within(redirect.as_bytes(), &limits);
        assert!(read().is_ok() && steps_of(read) <= PER_OCTET * redirect.len());
        let requests = worst::requests(size);
        for (what, document) in requests.into_iter().chain([("inheriting", inheriting(size))]) {
            let document = document.as_bytes();
            let read = || Signed::<Request>::from_xml_within(document, &limits);
            assert!(read().is_ok(), "{what} of {size}: {:?}", read().err());
            let steps = steps_of(read);
            assert!(steps > document.len(), "{what}: there are steps to count");
            let most = PER_OCTET * document.len();
            assert!(steps <= most, "{what}: {steps} steps for {} octets", document.len());
        }
    }
}
