//! What a certificate store never gives up, which are revocations and the roles of KMSs, and how it makes room.

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::{
    CertificateParts, CertificateStore, Error, KmsCertificate, Role, ValidPeriod,
};

use super::certificates::{next, with};
use super::{HOME, Kms, NOW, holding, later};

const AWAY: &str = "kms.example.com";

fn revoked(certificate: &KmsCertificate) -> KmsCertificate {
    with(certificate, |parts| parts.revoked = true)
}

fn external(uri: &str) -> KmsCertificate {
    with(&Kms::new(uri).certificate, |parts| parts.role = Role::External)
}

/// The store after a restart.
fn restored(store: &CertificateStore, capacity: usize) -> CertificateStore {
    let stored: Vec<CertificateParts> = store.iter().map(|held| held.parts().clone()).collect();
    let mut again = CertificateStore::new(capacity);
    for parts in stored {
        let certificate = KmsCertificate::try_from(parts).expect("a certificate");
        again.insert(certificate, NOW).expect("what was held");
    }
    assert!(again.iter().eq(store.iter()));
    again
}

#[test]
fn no_older_certificate_undoes_a_revocation() {
    let first = next(&Kms::new(HOME), "1", NOW);
    let longer = with(&first, |parts| parts.valid = ValidPeriod::default());
    let store = holding(1, &[&first, &revoked(&first)]);
    for mut store in [restored(&store, 1), store] {
        for older in [&first, &longer] {
            assert_eq!(store.insert(older.clone(), NOW), Err(Error::Revoked));
            assert_eq!(store.active(HOME, NOW), Err(Error::Revoked));
            assert_eq!(store.home(NOW), Err(Error::Revoked));
        }
        assert_eq!(store.insert(revoked(&first), NOW), Ok(()), "once more");
        assert_eq!(store.remove(HOME, Some("1")), Err(Error::Revoked));
        assert_eq!(store.iter().count(), 1);
    }
    // A certificate that is already revoked when it comes is remembered too.
    let mut store = holding(1, &[&revoked(&first)]);
    assert_eq!(store.insert(first, NOW), Err(Error::Revoked));
}

/// Two certificates have the same keys only if both keys are the same.
#[test]
fn a_certificate_with_one_of_two_keys_is_another() {
    let (old, other) = (next(&Kms::new(HOME), "1", NOW), next(&Kms::new(HOME), "1", NOW));
    let kpak = with(&other, |parts| parts.pub_auth_key.clone_from(&old.parts().pub_auth_key));
    let z = with(&other, |parts| parts.pub_enc_key.clone_from(&old.parts().pub_enc_key));
    for half in [kpak, z] {
        let mut store = holding(2, &[&revoked(&old), &half]);
        assert_eq!(store.active(HOME, NOW), Ok(&half));
        store.insert(revoked(&old), NOW).expect("known");
        assert_eq!(store.active(HOME, NOW), Ok(&half));
    }
}

/// The revocation of other keys under the same URIs takes a place of its own, and so does a successor with other keys.
#[test]
fn a_revocation_takes_no_others_room() {
    let (one, other) = (next(&Kms::new(HOME), "1", NOW), next(&Kms::new(HOME), "1", NOW));
    for (first, second) in [(one.clone(), revoked(&other)), (revoked(&one), other)] {
        let mut store = holding(1, &[&first]);
        assert_eq!(store.insert(second.clone(), NOW), Err(Error::Full));
        assert!(store.iter().eq([&first]));
        let store = holding(2, &[&first, &second]);
        assert_eq!(store.iter().count(), 2);
    }
}

#[test]
fn a_revocation_outlives_its_uris() {
    let (old, new) = (next(&Kms::new(HOME), "1", NOW), next(&Kms::new(HOME), "1", NOW));
    let store = holding(2, &[&old, &revoked(&old), &new]);
    for mut store in [restored(&store, 2), store] {
        assert_eq!(store.active(HOME, NOW), Ok(&new));
        assert_eq!(store.insert(old.clone(), NOW), Err(Error::Revoked));
        store.insert(revoked(&old), NOW).expect("known");
        assert_eq!(store.active(HOME, NOW), Ok(&new), "which has other keys");
        // When the new one is removed, the revoked one gets the URIs back.
        assert_eq!(store.remove(HOME, Some("1")), Ok(new.clone()));
        assert_eq!(store.active(HOME, NOW), Err(Error::Revoked));
        store.insert(new.clone(), NOW).expect("room");
        store.insert(revoked(&new), NOW).expect("held");
        assert_eq!(store.active(HOME, NOW), Err(Error::Revoked));
        let mut store = restored(&store, 2);
        for certificate in [&old, &new] {
            assert_eq!(store.insert(certificate.clone(), NOW), Err(Error::Revoked));
        }
    }
    // The revocation of other keys does not affect the stored ones, whichever comes first.
    let mut store = holding(2, &[&new, &revoked(&old)]);
    assert_eq!(store.active(HOME, NOW), Ok(&new));
    assert_eq!(store.insert(old, NOW), Err(Error::Revoked));
}

/// A certificate that replaces a revoked one does not bring back one that the revoked one had superseded.
#[test]
fn a_revoked_certificate_stays_in_the_way() {
    let kms = Kms::new(HOME);
    let first = next(&kms, "1", NOW);
    let second = next(&Kms::new(HOME), "2", later(100));
    let in_its_place = next(&Kms::new(HOME), "2", later(1000));
    let mut store = CertificateStore::new(9);
    for certificate in [first, second.clone(), revoked(&second), in_its_place] {
        store.insert(certificate, NOW).expect("room");
        assert!(store.active(HOME, later(50)).is_ok());
        let active = store.active(HOME, later(150));
        assert!(active.is_ok() || active == Err(Error::Revoked));
    }
    assert_eq!(store.active(HOME, later(150)).err(), Some(Error::Revoked));
    assert!(store.active(HOME, later(1000)).is_ok());
}

#[test]
fn a_certificate_changes_no_role() {
    let home = next(&Kms::new(HOME), "1", NOW);
    let mut store = holding(10, &[&home]);
    for role in [Role::External, Role::Migration] {
        let same = with(&home, |parts| parts.role = role);
        assert_eq!(store.insert(same, NOW), Err(Error::Role));
        let later = with(&home, |parts| {
            parts.cert_uri = Some("2".into());
            parts.valid.from = Some(later(100));
            parts.role = role;
        });
        assert_eq!(store.insert(later, NOW), Err(Error::Role));
    }
    assert_eq!(store.home(later(100)), Ok(&home));
    // A revocation works with any role, and changes none.
    let elsewhere = external(AWAY);
    store.insert(elsewhere.clone(), NOW).expect("room");
    let as_home = with(&revoked(&elsewhere), |parts| parts.role = Role::Home);
    store.insert(as_home, NOW).expect("held");
    assert_eq!(store.active(AWAY, NOW), Err(Error::Revoked));
    assert_eq!(store.get(AWAY, None).map(KmsCertificate::role), Some(Role::External));
    // When the home is revoked, another KMS can become the home.
    store.insert(revoked(&home), NOW).expect("held");
    assert_eq!(store.home(NOW), Err(Error::Revoked));
    let another = Kms::new("kms.example.net").certificate;
    store.insert(another.clone(), NOW).expect("the only home");
    assert_eq!(restored(&store, 10).home(NOW), Ok(&another));
}

#[test]
fn a_migration_is_a_call_of_its_own() {
    let (home, away) = (Kms::new(HOME).certificate, external(AWAY));
    let mut store = holding(10, &[&home, &away]);
    store.migrate(AWAY, Role::Migration).expect("an external one");
    let role = |store: &CertificateStore| store.active(AWAY, NOW).expect("in force").role();
    assert_eq!(role(&store), Role::Migration);
    assert_eq!(role(&restored(&store, 10)), Role::Migration);
    assert_eq!(store.insert(away.clone(), NOW), Err(Error::Role));
    store.insert(with(&away, |parts| parts.role = Role::Migration), NOW).expect("its role");
    store.migrate(AWAY, Role::External).expect("back");
    assert_eq!(role(&store), Role::External);
    assert_eq!(store.migrate(AWAY, Role::Home), Err(Error::Role));
    assert_eq!(store.migrate(HOME, Role::External), Err(Error::Role));
    assert_eq!(store.migrate("kms.example.net", Role::External), Err(Error::Unknown));
}

#[test]
fn what_has_expired_makes_room() {
    let until = |uri: &str, to| with(&external(uri), |parts| parts.valid.to = Some(to));
    let mut store = CertificateStore::new(3);
    for uri in ["a", "b"] {
        store.insert(until(uri, later(10)), NOW).expect("room");
    }
    let valid = until("c", later(20));
    store.insert(valid.clone(), NOW).expect("room");
    let another = until("d", later(30));
    assert_eq!(store.insert(another.clone(), later(10)), Err(Error::Full));
    store.insert(another.clone(), later(11)).expect("two have expired");
    assert!(store.iter().eq([&valid, &another]));
    // Revoked certificates stay, and a stored certificate can always be revoked.
    store.insert(external("e"), later(11)).expect("room");
    for held in [&valid, &another] {
        store.insert(revoked(held), later(11)).expect("held");
    }
    let forever = NtpTime::from_seconds(u64::MAX);
    store.remove("e", None).expect("held");
    store.insert(external("f"), forever).expect("room");
    assert_eq!(store.insert(external("g"), forever), Err(Error::Full));
    assert_eq!(store.insert(revoked(&external("g")), forever), Err(Error::Full));
    assert_eq!(store.iter().filter(|held| held.is_revoked()).count(), 2);
}

#[test]
fn what_expired_takes_along_what_it_superseded() {
    let kms = Kms::new(HOME);
    let (first, third) = (next(&kms, "1", NOW), next(&kms, "3", later(200)));
    let second = with(&next(&kms, "2", later(50)), |parts| parts.valid.to = Some(later(100)));
    let mut store = holding(3, &[&second, &first, &third]);
    store.insert(external(AWAY), later(101)).expect("the second has expired");
    assert_eq!(store.active(HOME, later(101)), Err(Error::NotYetValid));
    assert_eq!(store.get(HOME, Some("3")), Some(&third));
    assert_eq!(store.iter().count(), 2);
}
