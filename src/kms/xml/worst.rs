//! The documents that cost the reader most for their length. Its steps are counted here, and its instructions in
//! `assure/cost`, which shares this file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const START: &str = "<KmsRequest xmlns='urn:3gpp:ns:mcsecKMSInterface:1.0'><UserUri>";
const AFTER_USER: &str =
    "</UserUri><KmsUri>k</KmsUri><Time>2021-05-17T13:25:16</Time><ClientReqUrl/>";
const END: &str = "</KmsRequest>";

/// A request of about `octets` octets that repeats one piece, in the text of an element or among the elements.
fn repeated(piece: &str, in_text: bool, octets: usize) -> String {
    let many = piece.repeat(octets / piece.len());
    if in_text {
        format!("{START}{many}{AFTER_USER}{END}")
    } else {
        format!("{START}{AFTER_USER}{many}{END}")
    }
}

/// Names of one letter.
fn letters(count: u8) -> impl Iterator<Item = char> {
    (b'A'..=b'Z').chain(b'a'..=b'z').map(char::from).take(count.into())
}

/// Declarations of as many prefixes as an element may have, with namespaces as long as a known one.
fn declared() -> String {
    let declared = |prefix| format!(" xmlns:{prefix}='urn:3gpp:ns:mcsecKMSInterface:1.{prefix}'");
    letters(29).map(declared).collect()
}

/// An element with as many attributes as it may have, under the first of those prefixes.
fn attributed() -> String {
    let attributes: Vec<_> = letters(31).map(|name| format!(" A:{name}=''")).collect();
    format!("<a{}/>", attributes.concat())
}

/// A request with an element of another namespace that repeats `piece`.
fn of_another(piece: &str, octets: usize) -> String {
    let many = piece.repeat(octets / piece.len());
    format!("{START}{AFTER_USER}<x xmlns='o'{}>{many}</x>{END}", declared())
}

/// A request with redirect responses that repeat `piece`. Each of them is read once more by itself.
fn redirects(piece: &str, octets: usize) -> String {
    format!("{START}{AFTER_USER}{}{END}", redirect_list(piece, octets))
}

fn redirect_list(piece: &str, octets: usize) -> String {
    let one = redirect("x", &piece.repeat(octets / piece.len() / 4));
    format!("<KrrList>{}</KrrList>", one.repeat(4))
}

/// The list of redirect responses that costs most.
pub(crate) fn worst_redirect_list(octets: usize) -> String {
    redirect_list(&attributed(), octets)
}

fn redirect(name: &str, content: &str) -> String {
    let declared = declared();
    format!("<{name} xmlns='urn:3gpp:ns:mcsecKMSKRR:1.0'{declared}>{content}</{name}>")
}

/// A redirect response of about `octets` octets by itself.
pub(crate) fn redirect_response(octets: usize) -> String {
    let piece = attributed();
    redirect("KmsRedirectResponse", &piece.repeat(octets / piece.len()))
}

/// Requests of about `octets` octets, each with a description. They are within the limits of `from_xml`, except for the
/// number of octets.
pub(crate) fn requests(octets: usize) -> Vec<(&'static str, String)> {
    alloc::vec![
        ("elements", repeated("<o:x xmlns:o='o'/>", false, octets)),
        ("comments", repeated("<!---->", false, octets)),
        ("references", repeated("&lt;", true, octets.min(60_000))),
        ("ends of lines", repeated("\r", true, octets.min(60_000))),
        ("sections", repeated("<![CDATA[a]]>", true, octets.min(800_000))),
        ("elements of another namespace", of_another("<a/>", octets)),
        ("attributes", of_another(&attributed(), octets)),
        ("redirects", redirects("<a/>", octets)),
        ("redirects with attributes", redirects(&attributed(), octets)),
    ]
}
