//! How much memory the decoding and encoding of documents takes, and that no freed memory contains a key.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use eccsi_sakke::kms::xml::{Canonicalisation, RedirectResponse, Signature, Signed};
use eccsi_sakke::kms::{
    CertificateParts, IntegrityKey, KeyContent, KeySetParts, Reading, Request, Resource, Response,
    SharedKeyId, SharedKeys, TransportKey, UnwrapKey, WrappedKey,
};

/// The octets of the key, in clear and in the text of documents.
const KEY: [u8; 12] = *b"\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18\x29\x3a\x4b\x5c";
const HEX: &[u8] = b"a1b2c3d4e5f60718293a4b5c";

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
    static LEAKS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the memory that a thread allocates, and inspects what it frees.
struct Watching;

fn take(size: usize) {
    if WATCHED.get() {
        LIVE.set(LIVE.get() + size);
        MOST.set(MOST.get().max(LIVE.get()));
    }
}

fn give_back(octets: &[u8]) {
    if WATCHED.get() {
        // Memory that was allocated before does not count.
        LIVE.set(LIVE.get().saturating_sub(octets.len()));
        let holds = |key: &[u8]| octets.windows(key.len()).any(|window| window == key);
        if holds(&KEY) || holds(HEX) {
            LEAKS.set(LEAKS.get() + 1);
        }
    }
}

// SAFETY: everything is left to the system's allocator. `realloc` is the default of the trait, which allocates, copies
// and frees.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // Zeroed, so that all memory that is inspected later has been written.
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is of this size and was zeroed.
        give_back(unsafe { core::slice::from_raw_parts(block, layout.size()) });
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// The most octets that were allocated at once, and the number of freed blocks that contained a key.
fn watched(run: impl FnOnce()) -> (usize, usize) {
    LIVE.set(0);
    MOST.set(0);
    LEAKS.set(0);
    WATCHED.set(true);
    run();
    WATCHED.set(false);
    (MOST.get(), LEAKS.get())
}

/// Decodes a document as every kind.
fn decode(document: &[u8]) -> bool {
    let request = Signed::<Request>::from_xml(document);
    let response = Signed::<Response>::from_xml(document);
    let certificate = CertificateParts::from_xml(document);
    let key_set = KeySetParts::from_xml(document);
    let redirect = RedirectResponse::from_xml(document);
    let signature = Signature::from_xml(document);
    let results = [
        request.is_ok(),
        response.is_ok(),
        certificate.is_ok(),
        key_set.is_ok(),
        redirect.is_ok(),
        signature.is_ok(),
    ];
    results.contains(&true)
}

const START: &str = r#"<KmsResponse xmlns="urn:3gpp:ns:mcsecKMSInterface:1.0">
    <UserUri>sip:a</UserUri><KmsUri>k</KmsUri><Time>2021-05-17T13:25:16</Time><ClientReqUrl/>"#;
const END: &str = "</KmsResponse>";

fn key_set(key: &str) -> String {
    format!(
        r#"<KmsKeySet><KmsUri>k</KmsUri><UserUri>sip:a</UserUri><UserID>{}</UserID>
        <KeyPeriodNo>1</KeyPeriodNo><UserDecryptKey>{key}</UserDecryptKey>
        <UserSigningKeySSK>{key}</UserSigningKeySSK><UserPubTokenPVT>{key}</UserPubTokenPVT></KmsKeySet>"#,
        "0".repeat(64)
    )
}

#[test]
fn decoding_takes_a_small_multiple_of_the_document() {
    let repeated = |before: &str, piece: &str, after: &str, len: usize| {
        format!("{before}{}{after}", piece.repeat(len / piece.len()))
    };
    let message = |piece: &str, len: usize| {
        let (open, close) = ("<KmsMessage><KmsKeyProv>", "</KmsKeyProv></KmsMessage>");
        repeated(&format!("{START}{open}"), piece, &format!("{close}{END}"), len)
    };
    let certificate = "<KmsCertificate Role='Root'><KmsUri/><UserIdFormat/><UserKeyPeriod>1</UserKeyPeriod>\
        <UserKeyOffset>1</UserKeyOffset><PubEncKey/><PubAuthKey/></KmsCertificate>";
    let domains = certificate.replace("</KmsCertificate>", "<KmsDomainList>");
    let domains = domains.replace(" Role", " xmlns='urn:3gpp:ns:mcsecKMSInterface:1.0' Role");
    let wrapped = "<NewTransportKey><EncryptedKey xmlns='http://www.w3.org/2001/04/xmlenc#'><CipherData>\
        <CipherValue>00</CipherValue></CipherData></EncryptedKey></NewTransportKey>";
    let request = START.replace("KmsResponse", "KmsRequest");
    let krr = r#"<r:x xmlns:r="urn:3gpp:ns:mcsecKMSKRR:1.0"/>"#;
    let redirects =
        |len| repeated(&format!("{request}<KrrList>"), krr, "</KrrList></KmsRequest>", len);
    let others = "<o:x xmlns:o='o' xmlns:p='p' o:a='&lt;' p:a='&lt;'></o:x>";
    let (open, close) = ("<KmsMessage><KmsCertCache>", "</KmsCertCache></KmsMessage>");
    let (open, close) = (format!("{START}{open}"), format!("{close}{END}"));
    let (domains, domain) = (format!("{domains}<KmsDomain/>"), "<KmsDomain/>");
    let end_of_domains = "</KmsDomainList></KmsCertificate>";
    for len in [0, 3_000, 60_000, 300_000] {
        let text = len.min(65_000);
        for (document, accepted) in [
            (repeated(START, " ", END, len), true),
            (repeated(START, "<!---->", END, len), true),
            (repeated(START, "<o:x xmlns:o='o'/>", END, len), true),
            (repeated(START, others, END, len), true),
            (message(&key_set("00"), len), true),
            (message(&key_set("0<!---->0"), len), true),
            (message(wrapped, len), true),
            (repeated(&open, certificate, &close, len), true),
            (repeated(&domains, domain, end_of_domains, len), true),
            (redirects(text.min(2_000)), true),
            (redirects(len), len < 2_000),
            (START.replace("sip:a", &"&#65;".repeat(text / 5)) + END, true),
            (START.replace("sip:a", &"a<!---->".repeat(text / 8)) + END, true),
            (START.replace("sip:a", &"\r\n".repeat(text / 2)) + END, true),
            (repeated(&format!("{request}<a "), "a='1' ", "/></KmsRequest>", len), false),
            (repeated(START, "<a>", "", len), false),
            (repeated(&format!("{START}<a "), "xmlns:a='b' ", "/>", len), false),
            (repeated(&format!("{START}<o:a xmlns:o='o"), "b", "'/>", len) + END, len < 65_537),
            (repeated(&format!("{START}<o:a"), "b", " xmlns:o='o'/>", len) + END, true),
            (repeated("<!DOCTYPE a [", "<!ENTITY a 'b'>", "]>", len), false),
            (repeated("<", "a", ">", len), false),
            (repeated("", "&lt;", "", len), false),
        ] {
            let (most, _) = watched(|| assert_eq!(decode(document.as_bytes()), accepted));
            let most_allowed = 6 * document.len() + 4_096;
            let start = document.chars().take(400).collect::<String>();
            assert!(most <= most_allowed, "{most} for {}: {start}", document.len());
        }
    }
}

/// The same for signatures, paths and wrapped keys, which have functions of their own.
#[test]
fn so_do_signatures_paths_and_wrapped_keys() {
    const WHOLE: &str = include_str!("kms_xml/whole.xml");
    let trk = TransportKey::new(SharedKeyId(10), [0; 32]).expect("a key");
    let ink = IntegrityKey::new(SharedKeyId(11), (0..32).collect::<Vec<_>>())
        .expect("a key")
        .named("ink.1");
    let keys = SharedKeys::new(trk.clone(), Some(ink));
    for len in [0, 3_000, 60_000] {
        let within = |most: usize, input: usize| {
            assert!(most <= 6 * input + 4_096, "{most} for {input}");
        };
        let padding = "a".repeat(len);
        for (old, new, accepted) in [
            ("ink.1", padding.as_str(), true),
            ("<KeyInfo>", &format!("<KeyInfo><o:a xmlns:o='o'>{padding}</o:a>"), true),
            ("</SignedInfo>", &format!("</SignedInfo><!--{padding}-->"), true),
            ("URI=\"\"", &format!("URI=\"#{padding}\""), true),
            ("7YmG5", &format!("{padding}7YmG5"), len == 0),
        ] {
            let document = WHOLE.replace(old, new);
            let signature = &document[document.find("<Signature").expect("there")..];
            let end = signature.find("</k:").expect("there");
            let (most, _) = watched(|| {
                assert_eq!(Signature::from_xml(&signature.as_bytes()[..end]).is_ok(), accepted);
            });
            within(most, end);
            let (most, _) = watched(|| {
                let signed = Signed::<Response>::from_xml(document.as_bytes());
                assert_eq!(signed.is_ok(), accepted);
                if let Ok(signed) = signed {
                    // The signature does not cover the other changes.
                    assert_eq!(signed.verify(&keys).is_ok(), !old.starts_with("URI"));
                }
            });
            within(most, document.len());
        }
        let url = format!("https://a/keymanagement/identity/v1/keyprov/%41{padding}");
        let (most, _) = watched(|| assert!(Resource::of_url(&url).is_ok()));
        within(most, url.len());
        let wrapped =
            WrappedKey { octets: vec![7; len.next_multiple_of(8)], ..WrappedKey::default() };
        for reading in [Reading::default(), Reading::Any] {
            let (most, _) = watched(|| assert!(trk.unwrap(&wrapped, len, reading).is_err()));
            within(most, len);
        }
    }
}

#[test]
fn keys_are_wiped() {
    let hex = core::str::from_utf8(HEX).expect("ASCII");
    // In clear; in pieces that are joined; longer than the first buffer for a joined text.
    let texts = [
        hex.to_owned(),
        format!("{}<!-- -->{}", &hex[..2], &hex[2..]),
        format!("<![CDATA[{hex}]]>{}", "<!-- -->0".repeat(200)),
        format!("\r\n{hex}\r\n"),
        format!("{hex}0"),
        format!("{hex}<a/>"),
        format!("<!-- -->{hex}&#48;<a/>"),
    ];
    for text in texts {
        let key_set = key_set(&text);
        let document =
            format!("{START}<KmsMessage><KmsKeyProv>{key_set}</KmsKeyProv></KmsMessage>{END}");
        let mut written = 0;
        let (_, leaks) = watched(|| {
            if let Ok(response) = Response::from_xml(document.as_bytes()) {
                written = response.to_xml().expect("written").len();
                let signed = Signed::<Response>::from_xml(document.as_bytes()).expect("a response");
                drop(signed.clone());
                // Sign it, canonicalise it, and decode the canonical form.
                let keys = SharedKeys::new(
                    TransportKey::new(SharedKeyId(1), [1; 32]).expect("a key"),
                    None,
                );
                let signed = Signed::<Response>::sign(response, &keys).expect("signed");
                let signed = signed.to_xml().expect("written");
                let signed = Signed::<Response>::from_xml(&signed).expect("read");
                assert!(signed.verify(&keys).is_ok());
                let form =
                    Canonicalisation::default().canonicalise(document.as_bytes()).expect("a form");
                assert!(form.len() > HEX.len());
            }
        });
        assert_eq!(leaks, 0, "{text}");
        assert_eq!(written > 0, !text.ends_with("/>") && text != format!("{hex}0"));
    }
}

/// Buffers that are outgrown are wiped, however the document grows.
#[test]
fn encoding_takes_a_small_multiple_too_and_wipes_it() {
    let space = "<KmsKeySet xmlns='urn:3gpp:ns:mcsecKMSInterface:1.0'>";
    let hex = core::str::from_utf8(HEX).expect("ASCII");
    let document = key_set(hex).replacen("<KmsKeySet>", space, 1);
    for len in [1, 100, 1_000, 30_000] {
        let mut parts = KeySetParts::from_xml(document.as_bytes()).expect("a key set");
        parts.user_pub_token_pvt = KeyContent::plain(&vec![0; len]);
        let mut written = 0;
        let (most, leaks) = watched(|| written = parts.to_xml().expect("written").len());
        assert!(written > 2 * len);
        assert!(most <= 6 * written + 4_096, "{most} for {written}");
        assert_eq!(leaks, 0, "{len}");
    }
}

#[test]
fn the_watch_finds_what_is_not_wiped() {
    let (most, leaks) = watched(|| drop(KEY.to_vec()));
    assert_eq!((most, leaks), (KEY.len(), 1));
    let (_, leaks) = watched(|| drop(HEX.to_vec()));
    assert_eq!(leaks, 1);
    let (_, leaks) = watched(|| {
        let mut grown = HEX.to_vec();
        grown.extend_from_slice(&[0; 100]);
        grown.fill(0);
    });
    assert_eq!(leaks, 1, "what it had before it grew");
}
