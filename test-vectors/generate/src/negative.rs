//! Computes `negative.json`: inputs that must be refused. Beside each stands the accepted input that it is made from.
//! Families of tests that other files contain aren't repeated.
//!
//! This module makes the wrong inputs from the equations and layouts of the standards, because the crate makes only
//! right ones.

mod deliveries;
mod departures;
mod hashes;
mod identifiers;
mod message;
mod numbers;
mod points;
mod psk;
mod psk_signed;
mod sealed;

use crate::file::File;

/// The text of the file.
pub fn text() -> String {
    let mut file = File::default();
    let fields = "KPAK HS HE signature -> accept or refuse (RFC 6507 5.2.2 from step 3 on)";
    file.group("below-the-hash", "eccsi-verify-hashes", fields, hashes::below_the_hash);
    let fields = "z ID SSV -> Z RSK bP_Z r g_r mask H R encapsulated w TEST, or refuse";
    file.group("kms-and-sender", "sakke", fields, numbers::kms_and_sender);
    let fields = "P Q (P = [a]G, Q = [b]G but for what is wrong with them) -> w, or refuse";
    file.group("pairing", "pairing", fields, points::pairing);
    file.group("pf-pow", "pf-pow", "base e -> result_value, or refuse", numbers::pf_pow);
    let fields = "s n -> v v_octets, or refuse";
    file.group("hash-to-integer-range", "h2ir", fields, numbers::hash_to_integer_range);
    let fields = "uri year month -> identifier, or refuse (RFC 6509 3.2)";
    file.group("tel-identifiers", "tel-id", fields, numbers::tel_identifiers);
    let fields = "as i-message of mikey.json";
    file.group("uid-of-the-signer", "i-message", fields, identifiers::signed);
    file.group("uid-of-the-receiver", "i-message", fields, identifiers::encapsulated);
    file.group("coverage", "i-message", fields, deliveries::coverage);
    file.group("mki", "i-message", fields, deliveries::mki);
    file.group("sessions", "i-message", fields, deliveries::sessions);
    let fields = "as i-message of mikey.json, with now and skew of the receiver's clock";
    file.group("freshness", "i-message", fields, deliveries::freshness);
    let fields = "as i-message of mikey.json, with the messages received before";
    file.group("replay", "i-message", fields, deliveries::replay);
    let fields = "as i-message of mikey.json";
    file.group("key-types", "i-message", fields, sealed::key_types);
    let fields = "K data -> csb_id iv plaintext dpck fields, or refuse (TS 33.180 E.6, 8.5.4)";
    file.group("sealed-otherwise", "key-params", fields, sealed::otherwise);
    file.group("protected-otherwise", "psk", "as psk of mikey.json", psk::protection);
    let fields = "psk message id_i id_r response -> accept or refuse (RFC 3830 3.1, 5.2)";
    file.group("verification", "psk-verify", fields, psk::verification);
    let fields = "psk KPAK initiator kms_uri period offset message -> uid_i csb_id rand \
                  key_data_subpayload, or refuse (TS 33.303 6.2.3.3)";
    file.group("signed", "psk-signed", fields, psk_signed::signed);
    let fields = "as i-message of mikey.json, with the departures that the receiver accepts";
    file.group("departures", "i-message", fields, departures::departures);
    file.text(
        "What must be refused: families that the other files don't have",
        "computed by tests/negative.rs of this repository from the standards' equations and \
         layouts; checked with an independent implementation in Python",
    )
}
