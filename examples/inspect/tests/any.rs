//! Any input gives a report or an error with a sentence.

mod common;

use std::sync::LazyLock;

use common::{ALICE, Domain, message, of_camera, options, vectors};
use eccsi_sakke_inspect::{Keys, inspect};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, proptest};
use proptest::sample::Index;

static MESSAGE: LazyLock<Vec<u8>> =
    LazyLock::new(|| hex::decode(message(&vectors("i-message")[0])).expect("hex"));

static DOCUMENTS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let domain = Domain::new("kms.example.org", 2_592_000);
    [domain.certificate_xml(), domain.key_set_xml(ALICE)]
});

/// Inspects the input, and writes the report in both forms.
fn is_taken(input: &[u8]) -> bool {
    match inspect(input, &Keys::new(), &options()) {
        Ok(report) => !report.to_string().is_empty() && report.to_json().is_ok(),
        Err(error) => !error.to_string().is_empty(),
    }
}

/// `octets` with some of them changed, and perhaps cut off at the end.
fn changed(octets: &[u8], changes: &[(Index, u8)], end: &Index) -> Vec<u8> {
    let mut octets = octets.to_vec();
    for (place, octet) in changes {
        let place = place.index(octets.len());
        octets[place] = *octet;
    }
    octets.truncate(octets.len() - end.index(octets.len()) * usize::from(changes.len() > 4));
    octets
}

proptest! {
    #[test]
    fn octets(octets in vec(any::<u8>(), 0..400)) {
        prop_assert!(is_taken(&octets));
        prop_assert!(is_taken(&[b"\x01\x1a\x05\x01".as_slice(), &octets].concat()));
        prop_assert!(is_taken(hex::encode(&octets).as_bytes()));
    }

    #[test]
    fn text(text in "[ -~\t\r\n]{0,300}") {
        for start in ["", "<", "<a><", "{\"psk\":", "a=key-mgmt:mikey "] {
            let text = [start, &text].concat();
            prop_assert!(is_taken(text.as_bytes()));
            let _ = Keys::new().add(text.as_bytes());
        }
    }

    #[test]
    fn messages(changes in vec((any::<Index>(), any::<u8>()), 1..8), end: Index) {
        for octets in [&*MESSAGE, &of_camera()] {
            prop_assert!(is_taken(&changed(octets, &changes, &end)));
        }
    }

    #[test]
    fn documents(changes in vec((any::<Index>(), b' '..b'~'), 1..8), end: Index) {
        for document in &*DOCUMENTS {
            let octets = changed(document, &changes, &end);
            prop_assert!(is_taken(&octets));
            let _ = Keys::new().add(&octets);
        }
    }
}
