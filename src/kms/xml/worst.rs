//! The documents that cost their reader most for their length, to count its steps with here and its
//! instructions in `assure/cost`, which shares this file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const START: &str = "<KmsRequest xmlns='urn:3gpp:ns:mcsecKMSInterface:1.0'><UserUri>";
const AFTER_USER: &str =
    "</UserUri><KmsUri>k</KmsUri><Time>2021-05-17T13:25:16</Time><ClientReqUrl/>";
const END: &str = "</KmsRequest>";

/// A request of some `octets` octets with one thing again and again: what it is, and whether it stands in
/// the text of an element.
fn repeated(piece: &str, in_text: bool, octets: usize) -> String {
    let many = piece.repeat(octets / piece.len());
    if in_text {
        format!("{START}{many}{AFTER_USER}{END}")
    } else {
        format!("{START}{AFTER_USER}{many}{END}")
    }
}

/// A request with an element of another's in whose scope `namespaces` prefixes are declared, and which
/// has elements with as many attributes again and again, each under the first of the prefixes.
fn attributed(namespaces: usize, attributes: usize, octets: usize) -> String {
    let declared: Vec<_> = (0..namespaces).map(|i| format!(" xmlns:n{i}='{i}'")).collect();
    let used: Vec<_> = (0..attributes).map(|i| format!(" n0:a{i}=''")).collect();
    let (declared, used) = (declared.concat(), used.concat());
    let piece = format!("<n0:x{used}/>");
    let many = piece.repeat(octets / piece.len());
    format!("{START}{AFTER_USER}<n0:x{declared}>{many}</n0:x>{END}")
}

/// A request with redirect responses: each is read once more, by itself.
fn redirects(octets: usize) -> String {
    let one = format!(
        "<r:x xmlns:r='urn:3gpp:ns:mcsecKMSKRR:1.0'>{}</r:x>",
        "<r:y/>".repeat(octets / 6 / 64)
    );
    format!("{START}{AFTER_USER}<KrrList>{}</KrrList>{END}", one.repeat(64))
}

/// Requests of some `octets` octets, within the limits of `from_xml` but for that of octets, each with
/// what it is made of.
pub(crate) fn requests(octets: usize) -> Vec<(&'static str, String)> {
    alloc::vec![
        ("elements", repeated("<o:x xmlns:o='o'/>", false, octets)),
        ("comments", repeated("<!---->", false, octets)),
        ("references", repeated("&lt;", true, octets.min(60_000))),
        ("ends of lines", repeated("\r", true, octets.min(60_000))),
        ("sections", repeated("<![CDATA[a]]>", true, octets.min(800_000))),
        ("attributes", attributed(28, 31, octets)),
        ("redirects", redirects(octets)),
    ]
}
