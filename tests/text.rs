//! The text of public values in a log or on a screen.

use std::collections::BTreeSet;

use eccsi_sakke::mikey::Role;
use eccsi_sakke::mission_critical::{KeyId, Purpose};
use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri};

#[test]
fn a_key_identifier_has_eight_digits() {
    let id = KeyId::new(Purpose::Gmk, 0xab);
    assert_eq!(id.to_string(), "000000ab");
    assert_eq!(KeyId::new(Purpose::MuSik, 0x0fed_cba9).to_string(), "6fedcba9");
}

#[test]
fn a_purpose_is_the_name_of_its_key() {
    let names = ["GMK", "PCK", "CSK", "SPK", "MKFC", "MSCCK", "MuSiK"];
    for (tag, name) in (0_u32..).zip(names) {
        let id = KeyId::try_from(tag << 28).expect("assigned");
        assert_eq!(id.purpose().to_string(), name);
    }
    assert_eq!(format!("{:>5}|", Purpose::Gmk), "  GMK|");
}

#[test]
fn a_time_is_a_date_in_utc() {
    for (unix, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_868_799, "2000-02-29T23:59:59Z"),
        (1_800_000_000, "2027-01-15T08:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(NtpTime::from_unix(unix).to_string(), text);
    }
    assert_eq!(NtpTime::from_seconds(0).to_string(), "1900-01-01T00:00:00Z");
    assert_eq!(format!("{:>22}", NtpTime::from_seconds(59)), "  1900-01-01T00:00:59Z");
}

#[test]
fn a_time_after_the_year_9999_is_a_number_of_seconds() {
    let after = NtpTime::from_unix(253_402_300_800);
    assert_eq!(after.to_string(), "255611289600 seconds since 1900");
    let last = NtpTime::from_seconds(u64::MAX);
    assert_eq!(last.to_string(), "18446744073709551615 seconds since 1900");
}

#[test]
fn every_role_of_an_identity_has_words_of_its_own() {
    let roles = [
        Role::Initiator,
        Role::Responder,
        Role::Kms,
        Role::PreSharedKey,
        Role::Application,
        Role::InitiatorKms,
        Role::ResponderKms,
        Role::InitiatorUid,
        Role::ResponderUid,
    ];
    let words: BTreeSet<_> = roles.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), roles.len());
    assert_eq!(Role::ResponderKms.to_string(), "responder's KMS");
}

#[cfg(feature = "kms")]
#[test]
fn a_role_of_a_kms_is_its_name() {
    use eccsi_sakke::kms::Role;
    for role in [Role::Home, Role::Migration, Role::External] {
        assert_eq!(role.to_string(), role.name());
        assert_eq!(Role::from_name(&role.to_string()), Ok(role));
    }
}

#[test]
fn an_identifier_is_text_or_hexadecimal() {
    let number = Identifier::tel_monthly(2011, 2, "tel:+447700900123").expect("a number");
    assert_eq!(number.to_string(), "2011-02 tel:+447700900123");
    // The same octets as a raw identifier.
    let raw = Identifier::try_from(number.as_bytes()).expect("an identifier");
    assert_eq!(raw.to_string(), hex::encode(number.as_bytes()));
    let uid = KeyPeriods::new(2_592_000)
        .and_then(|periods| {
            periods.uid(UserUri("sip:alice@example.org"), KmsUri("kms.example.org"), 1514)
        })
        .expect("a UID");
    assert_eq!(uid.to_string(), hex::encode(uid.as_bytes()));
    assert_eq!(uid.to_string().len(), 64);
}
