//! Certificates, and which of them are in force.

use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, Error, KmsCertificate, ParameterSet, Role, UserIdFormat,
    ValidPeriod,
};
use eccsi_sakke::{Error as Primitive, NtpTime};

use super::{HOME, Kms, NOW, holding, later};

fn parts() -> CertificateParts {
    Kms::new(HOME).certificate.parts().clone()
}

fn refused(parts: CertificateParts) -> Error {
    KmsCertificate::try_from(parts).expect_err("refused")
}

#[test]
fn a_certificate_keeps_its_parts() {
    let parts = CertificateParts {
        role: Role::Migration,
        is_security_gateway: true,
        cert_uri: Some("cert1.kms.example.org".into()),
        issuer: Some("example.org".into()),
        valid: ValidPeriod { from: Some(NOW), to: Some(later(1)) },
        parameter_set: None,
        domains: vec!["example.org".into()],
        ..parts()
    };
    let certificate = KmsCertificate::try_from(parts.clone()).expect("a certificate");
    assert_eq!(*certificate.parts(), parts);
    assert_eq!(certificate.kms_uri(), HOME);
    assert_eq!(certificate.cert_uri(), Some("cert1.kms.example.org"));
    assert_eq!(certificate.role(), Role::Migration);
    assert!(certificate.is_security_gateway());
    let plain = KmsCertificate::try_from(self::parts()).expect("a certificate");
    assert!(!plain.is_security_gateway());
    assert_eq!(certificate.parameter_set(), ParameterSet::One);
    let kms = certificate.kms(NOW).expect("valid");
    assert_eq!((kms.uri(), kms.kpak(), kms.z()), (HOME, certificate.kpak(), certificate.z()));
    assert_eq!(kms.scheme().number(), 2);
}

#[test]
fn each_part_is_checked() {
    let good = parts();
    let with = |change: &dyn Fn(&mut CertificateParts)| {
        let mut parts = good.clone();
        change(&mut parts);
        refused(parts)
    };
    assert_eq!(with(&|parts| parts.kms_uri.clear()), Error::Uri);
    assert_eq!(with(&|parts| parts.kms_uri = "k".repeat(65_536)), Error::Uri);
    assert_eq!(with(&|parts| parts.cert_uri = Some(String::new())), Error::Uri);
    assert_eq!(with(&|parts| parts.user_id_format = "1".into()), Error::UserIdFormat);
    assert_eq!(with(&|parts| parts.parameter_set = Some(257)), Error::ParameterSet);
    assert_eq!(with(&|parts| parts.user_key_period = 0), Error::KeyPeriod);
    assert_eq!(with(&|parts| parts.user_key_offset = parts.user_key_period), Error::KeyPeriod);
    let backwards = ValidPeriod { from: Some(later(1)), to: Some(NOW) };
    assert_eq!(with(&|parts| parts.valid = backwards), Error::Validity);
    let (kpak, z) = (Error::PubAuthKey, Error::PubEncKey);
    assert_eq!(with(&|parts| parts.pub_auth_key.clear()), kpak(Primitive::Length));
    assert_eq!(with(&|parts| parts.pub_auth_key[0] = 5), kpak(Primitive::PointEncoding));
    assert_eq!(with(&|parts| parts.pub_auth_key[64] ^= 1), kpak(Primitive::NotOnCurve));
    assert_eq!(with(&|parts| parts.pub_enc_key.clear()), z(Primitive::Length));
    assert_eq!(with(&|parts| parts.pub_enc_key[256] ^= 1), z(Primitive::NotOnCurve));
    // (0, 0) is on the curve, and has order 2.
    assert_eq!(with(&|parts| parts.pub_enc_key[1..].fill(0)), z(Primitive::WrongOrder));
    let long = CertificateParts { kms_uri: "k".repeat(65_535), ..good.clone() };
    KmsCertificate::try_from(long).expect("as long as may be");
}

#[test]
fn registries_refuse_what_they_do_not_know() {
    for number in (0..=300).chain([u64::MAX]).filter(|number| *number != 1) {
        assert_eq!(ParameterSet::try_from(number), Err(Error::ParameterSet), "{number}");
    }
    assert_eq!(ParameterSet::try_from(1).map(ParameterSet::number), Ok(1));
    for name in ["", "0", "1", "3", "02", "2 ", "two"] {
        assert_eq!(UserIdFormat::try_from(name), Err(Error::UserIdFormat), "{name}");
    }
    assert_eq!(UserIdFormat::try_from("2").map(UserIdFormat::name), Ok("2"));
    for role in [Role::Home, Role::Migration, Role::External] {
        assert_eq!(Role::from_name(role.name()), Ok(role));
    }
    assert_eq!(Role::from_name("Home"), Ok(Role::Home));
    for name in ["", "root", "ROOT", "Other"] {
        assert_eq!(Role::from_name(name), Err(Error::Role));
    }
}

#[test]
fn both_ends_of_a_validity_belong_to_it() {
    let valid = ValidPeriod { from: Some(NOW), to: Some(later(10)) };
    let before = NtpTime::from_seconds(NOW.seconds() - 1);
    assert_eq!(valid.check(before), Err(Error::NotYetValid));
    assert_eq!(valid.check(NOW), Ok(()));
    assert_eq!(valid.check(later(10)), Ok(()));
    assert_eq!(valid.check(later(11)), Err(Error::Expired));
    let open = ValidPeriod::default();
    for time in [NtpTime::from_seconds(0), NOW, NtpTime::from_seconds(u64::MAX)] {
        assert_eq!(open.check(time), Ok(()));
    }
}

#[test]
fn a_revoked_certificate_gives_no_kms() {
    let revoked = CertificateParts { revoked: true, ..parts() };
    let revoked = KmsCertificate::try_from(revoked).expect("well formed");
    assert_eq!(revoked.check(NOW), Err(Error::Revoked));
    assert_eq!(revoked.kms(NOW).expect_err("revoked"), Error::Revoked);
}

/// A certificate of `kms` with another CertUri, valid from a given time on.
pub(super) fn next(kms: &Kms, cert_uri: &str, from: NtpTime) -> KmsCertificate {
    let parts = CertificateParts {
        cert_uri: Some(cert_uri.into()),
        valid: ValidPeriod { from: Some(from), to: None },
        ..kms.certificate.parts().clone()
    };
    KmsCertificate::try_from(parts).expect("a certificate")
}

pub(super) fn with(
    certificate: &KmsCertificate,
    change: impl Fn(&mut CertificateParts),
) -> KmsCertificate {
    let mut parts = certificate.parts().clone();
    change(&mut parts);
    KmsCertificate::try_from(parts).expect("a certificate")
}

#[test]
fn the_same_uris_replace() {
    let kms = Kms::new(HOME);
    let first = next(&kms, "1", NOW);
    let mut store = CertificateStore::new(1);
    assert_eq!(store.insert(first.clone(), NOW), Ok(()));
    assert_eq!(store.active(HOME, NOW), Ok(&first));
    let again = with(&first, |parts| parts.domains = vec!["example.org".into()]);
    assert_eq!(store.insert(again.clone(), NOW), Ok(()));
    assert_eq!(store.get(HOME, Some("1")), Some(&again));
    assert_eq!(store.get(HOME, None), None);
    assert_eq!(store.insert(next(&kms, "2", NOW), NOW), Err(Error::Full));
    assert_eq!(store.remove(HOME, Some("2")), Err(Error::Unknown));
    assert_eq!(store.remove("kms.example.com", Some("1")), Err(Error::Unknown));
    assert_eq!(store.remove(HOME, Some("1")), Ok(again));
    assert_eq!(store.active(HOME, NOW), Err(Error::Unknown));

    // Another KMS cannot claim a CertUri.
    let other = with(&first, |parts| {
        parts.kms_uri = "kms.example.com".into();
        parts.role = Role::External;
    });
    let mut store = CertificateStore::new(2);
    assert_eq!(store.insert(first.clone(), NOW), Ok(()));
    assert_eq!(store.insert(other, NOW), Ok(()));
    assert_eq!(store.active(HOME, NOW), Ok(&first));
}

#[test]
fn one_certificate_of_a_kms_is_in_force() {
    let kms = Kms::new(HOME);
    let (first, second) = (next(&kms, "1", NOW), next(&kms, "2", later(100)));
    for order in [[&first, &second], [&second, &first]] {
        let store = holding(10, &order);
        let before = NtpTime::from_seconds(NOW.seconds() - 1);
        assert_eq!(store.active(HOME, before), Err(Error::NotYetValid));
        assert_eq!(store.active(HOME, NOW), Ok(&first));
        assert_eq!(store.active(HOME, later(99)), Ok(&first));
        assert_eq!(store.active(HOME, later(100)), Ok(&second));
        assert_eq!(store.home(later(100)), Ok(&second));
    }
}

#[test]
fn nothing_goes_back_to_what_is_superseded() {
    let kms = Kms::new(HOME);
    let first = next(&kms, "1", NOW);
    for (change, error) in [
        ((|parts| parts.revoked = true) as fn(&mut CertificateParts), Error::Revoked),
        (|parts| parts.valid.to = Some(later(100)), Error::Expired),
    ] {
        let second = with(&next(&kms, "2", later(100)), change);
        let store = holding(10, &[&first, &second]);
        assert_eq!(store.active(HOME, later(99)), Ok(&first));
        assert_eq!(store.active(HOME, later(101)), Err(error));
    }
    // If two begin together, the one that came last is in force.
    let again = next(&kms, "3", NOW);
    let mut store = holding(10, &[&first, &again]);
    assert_eq!(store.active(HOME, NOW), Ok(&again));
    store.insert(first.clone(), NOW).expect("room");
    assert_eq!(store.active(HOME, NOW), Ok(&first));
}

#[test]
fn there_is_one_home() {
    let (home, other) = (Kms::new(HOME), Kms::new("kms.example.com"));
    let mut store = CertificateStore::new(10);
    assert_eq!(store.home(NOW), Err(Error::Unknown));
    store.insert(home.certificate.clone(), NOW).expect("the first");
    assert_eq!(store.insert(other.certificate.clone(), NOW), Err(Error::Role));
    let external = with(&other.certificate, |parts| parts.role = Role::External);
    store.insert(external.clone(), NOW).expect("not a home");
    assert_eq!(store.active("kms.example.com", NOW), Ok(&external));
    assert_eq!(store.home(NOW), Ok(&home.certificate));
    assert_eq!(store.iter().count(), 2);
    let of_role = |role| store.of_role(role, NOW).map(KmsCertificate::kms_uri).collect::<Vec<_>>();
    assert_eq!(of_role(Role::Home), [HOME]);
    assert_eq!(of_role(Role::External), ["kms.example.com"]);
    assert_eq!(of_role(Role::Migration), [""; 0]);
}

#[test]
fn a_domain_has_one_kms() {
    let named = |uri: &str, role, domains: &[&str]| {
        let kms = Kms::new(uri);
        with(&kms.certificate, |parts| {
            parts.role = role;
            parts.domains = domains.iter().map(ToString::to_string).collect();
        })
    };
    let home = named(HOME, Role::Home, &["example.org", "both.example"]);
    let external = named("kms.example.com", Role::External, &["Example.Com", "both.example"]);
    let mut store = holding(10, &[&home, &external]);
    assert_eq!(store.of_domain("example.org", NOW), Ok(&home));
    assert_eq!(store.of_domain("example.com", NOW), Ok(&external));
    // No other KMS can claim a domain of the home KMS.
    assert_eq!(store.of_domain("both.example", NOW), Ok(&home));
    assert_eq!(store.of_domain("sub.example.org", NOW), Err(Error::Unknown));
    // A certificate that is not in force any more has no domains.
    let revoked = with(&external, |parts| parts.revoked = true);
    store.insert(revoked, NOW).expect("held");
    assert_eq!(store.of_domain("both.example", NOW), Ok(&home));
    assert_eq!(store.of_domain("example.com", NOW), Err(Error::Unknown));
}
