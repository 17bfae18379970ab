//! What a KMS makes sure of before it answers.

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::{Asked, CertificateParts, Error, KeysOf, Request, RequestCheck, Resource};
use eccsi_sakke::mikey::Clock;

use super::messages::ROOT;
use super::{ALICE, BOB, HOME, Kms, NOW, PERIOD, later};

const SERVER: &str = "https://kms.example.org";

fn request(url: &str) -> Request {
    Request::new(ALICE, HOME, url, NOW)
}

fn check<'a>(kms: &'a Kms, url: &'a str) -> RequestCheck<'a> {
    RequestCheck {
        certificate: &kms.certificate,
        url,
        user_uris: &[ALICE],
        periods_ahead: 1,
        clock: Clock { now: NOW, skew: 5 },
    }
}

#[test]
fn a_kms_answers_what_is_for_it() {
    let (kms, other) = (Kms::new(HOME), Kms::new("kms.example.com"));
    let url = format!("{ROOT}init");
    let (request, check) = (request(&url), check(&kms, &url));
    assert_eq!(request.check(&check), Ok(Asked::Init));
    assert_eq!(request.version, "1.1.0");
    let elsewhere = RequestCheck { certificate: &other.certificate, ..check };
    assert_eq!(request.check(&elsewhere), Err(Error::KmsUri));
    let elsewhere = RequestCheck { url: &format!("{ROOT}keyprov"), ..check };
    assert_eq!(request.check(&elsewhere), Err(Error::ClientReqUrl));
    for user_uris in [&[BOB] as &[_], &[]] {
        assert_eq!(request.check(&RequestCheck { user_uris, ..check }), Err(Error::UserUri));
    }
    for (now, outcome) in [(5, Ok(Asked::Init)), (6, Err(Error::Stale))] {
        let clock = Clock { now: later(now), skew: 5 };
        assert_eq!(request.check(&RequestCheck { clock, ..check }), outcome);
        let ahead = Request { time: later(now), ..request.clone() };
        assert_eq!(ahead.check(&check), outcome);
    }
    let krr = Request { krr_list: vec![b"<KmsRedirectResponse/>".to_vec()], ..request.clone() };
    assert_eq!(krr.check(&check), Err(Error::Resource));
    let url = format!("{ROOT}redirect");
    let krr = Request { client_req_url: url.clone(), ..krr };
    assert_eq!(krr.check(&RequestCheck { url: &url, ..check }), Ok(Asked::Redirect));
    let other = Request { client_req_url: "https://kms.example.org/".into(), ..request };
    let check = RequestCheck { url: "https://kms.example.org/", ..check };
    assert_eq!(other.check(&check), Err(Error::Resource));
}

#[test]
fn what_is_asked_for_is_what_the_path_says() {
    let kms = Kms::new(HOME);
    for (path, asked) in [
        ("certcache", Asked::CertCache(None)),
        ("certcache/7", Asked::CertCache(Some(7))),
        ("cert/kms.example.com", Asked::Cert("kms.example.com".into())),
        ("lookup/sip%3Abob%40example.org", Asked::Lookup(BOB.into())),
    ] {
        let url = format!("{ROOT}{path}");
        assert_eq!(request(&url).check(&check(&kms, &url)), Ok(asked));
    }
}

/// What comes of asking for these keys.
fn keys(
    kms: &Kms,
    keys: Option<KeysOf>,
    change: impl Fn(&mut RequestCheck<'_>),
) -> Result<Asked, Error> {
    let url = format!("{SERVER}{}", Resource::KeyProv(keys).path());
    let mut check = check(kms, &url);
    change(&mut check);
    request(&url).check(&check)
}

#[test]
fn a_user_gets_its_own_keys() {
    let kms = Kms::new(HOME);
    let periods = kms.number()..=kms.number() + 1;
    let own =
        |user_uri: &str| Ok(Asked::KeyProv { user_uri: user_uri.into(), periods: periods.clone() });
    assert_eq!(keys(&kms, None, |_| {}), own(ALICE));
    assert_eq!(keys(&kms, Some(KeysOf::new(ALICE)), |_| {}), own(ALICE));
    assert_eq!(keys(&kms, Some(KeysOf::new(BOB)), |_| {}), Err(Error::UserUri));
    // One user with two identities.
    let both = |check: &mut RequestCheck<'_>| check.user_uris = &[BOB, ALICE];
    assert_eq!(keys(&kms, None, both), own(ALICE));
    assert_eq!(keys(&kms, Some(KeysOf::new(BOB)), both), own(BOB));
}

#[test]
fn keys_of_the_periods_given_out_are_given_out() {
    let kms = Kms::new(HOME);
    let number = kms.number();
    let begins = kms.certificate.periods().start(number).expect("a time").seconds();
    let at = |seconds: u64, ahead| {
        let keys_of = KeysOf::new(ALICE).at(NtpTime::from_seconds(seconds), NOW).expect("near");
        match keys(&kms, Some(keys_of), |check| check.periods_ahead = ahead) {
            Ok(Asked::KeyProv { periods, .. }) => Ok(periods),
            other => Err(other.expect_err("keys")),
        }
    };
    assert_eq!(at(begins, 1), Ok(number..=number));
    assert_eq!(at(begins + PERIOD - 1, 0), Ok(number..=number));
    assert_eq!(at(begins + PERIOD, 1), Ok(number + 1..=number + 1));
    assert_eq!(at(begins + 3 * PERIOD, 3), Ok(number + 3..=number + 3));
    let years = 31_557_600;
    for (seconds, ahead) in [
        (begins - 1, 1),
        (begins + PERIOD, 0),
        (begins + 2 * PERIOD, 1),
        (begins + 50 * years, 1),
        (begins - 50 * years, u64::MAX),
    ] {
        assert_eq!(at(seconds, ahead), Err(Error::TooFar));
    }
    // A timestamp that nothing of this crate has made.
    let raw = KeysOf { user_uri: ALICE.into(), time: Some(u64::MAX) };
    assert_eq!(keys(&kms, Some(raw), |_| {}), Err(Error::TooFar));
    let never =
        Kms::with(HOME, |parts| CertificateParts { user_key_offset: later(1).seconds(), ..parts });
    assert_eq!(keys(&never, None, |_| {}), Err(Error::KeyPeriod));
}
