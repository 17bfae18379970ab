//! The checks of a request that a KMS makes before it answers.

use eccsi_sakke::kms::{
    Asked, CertificateParts, Deviations, Error, IntegrityKey, KeysOf, Request, RequestCheck,
    Resource, SeenRequests, SharedKeyId, SharedKeys, TransportKey,
};
use eccsi_sakke::mikey::Clock;
use eccsi_sakke::{KmsUri, NtpTime, UserUri};

use super::messages::ROOT;
use super::{ALICE, BOB, HOME, Kms, NOW, PERIOD, later, rng};

const SERVER: &str = "https://kms.example.org";

fn request(url: &str) -> Request {
    Request::new(UserUri(ALICE), KmsUri(HOME), url, NOW)
}

/// The memory of a KMS that has been running for a while.
fn seen(capacity: usize) -> SeenRequests {
    let started = NtpTime::from_seconds(NOW.seconds() - 1000);
    SeenRequests::new(capacity, &Clock { now: started, skew: 5 })
}

/// The outcome of the first request.
fn checked(request: &Request, check: &RequestCheck<'_>) -> Result<Asked, Error> {
    request.check(check, &mut seen(1))
}

fn check<'a>(kms: &'a Kms, url: &'a str) -> RequestCheck<'a> {
    RequestCheck {
        certificate: &kms.certificate,
        url,
        user_uris: &[ALICE],
        shared: None,
        periods_ahead: 1,
        clock: Clock { now: NOW, skew: 5 },
        deviations: Deviations::default(),
    }
}

#[test]
fn a_kms_answers_what_is_for_it() {
    let (kms, other) = (Kms::new(HOME), Kms::new("kms.example.com"));
    let url = format!("{ROOT}init");
    let (request, check) = (request(&url), check(&kms, &url));
    assert_eq!(checked(&request, &check), Ok(Asked::Init));
    assert_eq!(request.version, "1.1.0");
    let elsewhere = RequestCheck { certificate: &other.certificate, ..check };
    assert_eq!(checked(&request, &elsewhere), Err(Error::KmsUri));
    let elsewhere = RequestCheck { url: &format!("{ROOT}keyprov"), ..check };
    assert_eq!(checked(&request, &elsewhere), Err(Error::ClientReqUrl));
    for user_uris in [&[BOB] as &[_], &[]] {
        assert_eq!(checked(&request, &RequestCheck { user_uris, ..check }), Err(Error::UserUri));
    }
    for (now, outcome) in [(5, Ok(Asked::Init)), (6, Err(Error::Stale))] {
        let clock = Clock { now: later(now), skew: 5 };
        assert_eq!(checked(&request, &RequestCheck { clock, ..check }), outcome);
        let ahead = Request { time: later(now), ..request.clone() };
        assert_eq!(checked(&ahead, &check), outcome);
    }
    let krr = Request { krr_list: vec![b"<KmsRedirectResponse/>".to_vec()], ..request.clone() };
    assert_eq!(checked(&krr, &check), Err(Error::Resource));
    let url = format!("{ROOT}redirect");
    let krr = Request { client_req_url: url.clone(), ..krr };
    assert_eq!(checked(&krr, &RequestCheck { url: &url, ..check }), Ok(Asked::Redirect));
    let other = Request { client_req_url: "https://kms.example.org/".into(), ..request };
    let check = RequestCheck { url: "https://kms.example.org/", ..check };
    assert_eq!(checked(&other, &check), Err(Error::Resource));
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
        assert_eq!(checked(&request(&url), &check(&kms, &url)), Ok(asked));
    }
}

#[test]
fn a_kms_uri_may_have_aliases() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}init");
    let check = check(&kms, &url);
    let named = |kms_uri: &str, kms_uri_aliases: &[&str]| {
        let request = Request { kms_uri: kms_uri.into(), ..request(&url) };
        let deviations = Deviations { kms_uri_aliases, ..Deviations::default() };
        checked(&request, &RequestCheck { deviations, ..check })
    };
    let alias = "https://kms.example.org";
    let aliases = [alias, "kms"];
    assert_eq!(named(alias, &[]), Err(Error::KmsUri));
    for known in [HOME, alias, "kms"] {
        assert_eq!(named(known, &aliases), Ok(Asked::Init), "{known}");
    }
    for unknown in ["", "https://kms.example.org/", "HTTPS://kms.example.org", "kms.example.com"] {
        assert_eq!(named(unknown, &aliases), Err(Error::KmsUri), "{unknown}");
    }
}

#[test]
fn a_url_may_lack_the_prefix_that_is_said() {
    let kms = Kms::new(HOME);
    let path = Resource::Init.path();
    let url = format!("{SERVER}{path}");
    let check = check(&kms, &url);
    let sent = |client_req_url: &str, url_prefix_left_out| {
        let deviations = Deviations { url_prefix_left_out, ..Deviations::default() };
        checked(&request(client_req_url), &RequestCheck { deviations, ..check })
    };
    assert_eq!(sent(&path, None), Err(Error::ClientReqUrl));
    assert_eq!(sent(&path, Some(SERVER)), Ok(Asked::Init));
    assert_eq!(sent(&url, Some(SERVER)), Ok(Asked::Init));
    assert_eq!(sent("init", Some(ROOT)), Ok(Asked::Init));
    // Nothing else may be missing, and the rest must be the URL at which the request arrived.
    for other in
        ["", "init", &path[1..], &Resource::KeyProv(None).path(), "https://kms.example.com"]
    {
        assert_eq!(sent(other, Some(SERVER)), Err(Error::ClientReqUrl), "{other}");
    }
    assert_eq!(sent(&path, Some("https://kms.example.com")), Err(Error::ClientReqUrl));
}

#[test]
fn a_time_is_ignored_where_that_is_switched_on() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let check = check(&kms, &url);
    let deviations = Deviations { any_time_under_tls: true, ..Deviations::default() };
    let lenient = RequestCheck { deviations, ..check };
    let mut seen = seen(1);
    for time in [later(7200), NtpTime::from_seconds(NOW.seconds() - 7200)] {
        let local = Request { time, ..request(&url) };
        assert_eq!(local.check(&check, &mut seen), Err(Error::Stale));
        // It is not remembered, so it takes no room.
        for _ in 0..2 {
            assert!(matches!(local.check(&lenient, &mut seen), Ok(Asked::KeyProv { .. })));
        }
        let other = Request { user_uri: BOB.into(), ..local };
        assert_eq!(other.check(&lenient, &mut seen), Err(Error::UserUri));
    }
    request(&url).check(&check, &mut seen).expect("there is room");
}

#[test]
fn an_unknown_transport_key_is_refused() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let (request, check) = (request(&url), check(&kms, &url));
    let trk = TransportKey::generate(SharedKeyId(7), &mut rng());
    let shared = SharedKeys::new(trk, Some(IntegrityKey::generate(SharedKeyId(8), &mut rng())));
    for shared in [None, Some(&shared)] {
        let check = RequestCheck { shared, ..check };
        let named = |trk_id| checked(&Request { trk_id, ..request.clone() }, &check).map(drop);
        assert_eq!(named(None), Ok(()));
        let known = if shared.is_some() { Ok(()) } else { Err(Error::TransportKey) };
        assert_eq!(named(Some(SharedKeyId(7))), known);
        for unknown in [0, 8] {
            assert_eq!(named(Some(SharedKeyId(unknown))), Err(Error::TransportKey));
        }
    }
}

/// The outcome of a request for these keys.
fn keys(
    kms: &Kms,
    keys: Option<KeysOf>,
    change: impl Fn(&mut RequestCheck<'_>),
) -> Result<Asked, Error> {
    let url = format!("{SERVER}{}", Resource::KeyProv(keys).path());
    let mut check = check(kms, &url);
    change(&mut check);
    checked(&request(&url), &check)
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
    // A user with two identities.
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
        (begins - 50 * years, u8::MAX),
    ] {
        assert_eq!(at(seconds, ahead), Err(Error::TooFar));
    }
    // A timestamp that this crate does not make.
    let raw = KeysOf { user_uri: ALICE.into(), time: Some(u64::MAX) };
    assert_eq!(keys(&kms, Some(raw), |_| {}), Err(Error::TooFar));
    let (user_key_period, user_key_offset) = (u64::MAX, later(1).seconds());
    let never =
        Kms::with(HOME, |parts| CertificateParts { user_key_period, user_key_offset, ..parts });
    assert_eq!(keys(&never, None, |_| {}), Err(Error::KeyPeriod));
}

#[test]
fn a_request_is_accepted_once() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let (request, check) = (request(&url), check(&kms, &url));
    let check = RequestCheck { user_uris: &[ALICE, BOB], ..check };
    let mut seen = seen(100);
    request.check(&check, &mut seen).expect("the first");
    for now in [0, 5] {
        let check = RequestCheck { clock: Clock { now: later(now), skew: 5 }, ..check };
        assert_eq!(request.check(&check, &mut seen), Err(Error::Replayed));
    }
    // Asking again, or as another user, makes another request.
    let again = Request { time: later(1), ..request.clone() };
    let named = Request { id: Some("2".into()), ..request.clone() };
    let user = Request { user_uri: BOB.into(), ..request.clone() };
    let device = Request { device_id: Some("2".into()), ..request.clone() };
    let client = Request { client_id: Some("2".into()), ..request.clone() };
    for other in [again, named, user, device, client] {
        other.check(&check, &mut seen).expect("another");
        assert_eq!(other.check(&check, &mut seen), Err(Error::Replayed));
    }
    // A refused request is not remembered.
    let stale = Request { time: later(6), ..request.clone() };
    assert_eq!(stale.check(&check, &mut seen), Err(Error::Stale));
    let check = RequestCheck { clock: Clock { now: later(6), skew: 5 }, ..check };
    stale.check(&check, &mut seen).expect("recent now");
    // Setting the clock back makes no request new again.
    let check = RequestCheck { clock: Clock { now: NOW, skew: 5 }, ..check };
    assert_eq!(request.check(&check, &mut seen), Err(Error::Forgotten));
}

/// A KMS whose clock once ran ahead can tell this from a replay, and can recover.
#[test]
fn a_clock_that_ran_ahead_is_told_apart_from_a_replay() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let mut seen = seen(8);
    let at = |seen: &mut SeenRequests, now: u64| {
        let clock = Clock { now: later(now), skew: 5 };
        let request = Request { time: later(now), ..request(&url) };
        request.check(&RequestCheck { clock, ..check(&kms, &url) }, seen).map(drop)
    };
    assert_eq!(at(&mut seen, 100), Ok(()));
    assert_eq!(at(&mut seen, 86_400), Ok(()));
    for now in [101, 102, 80_000] {
        assert_eq!(at(&mut seen, now), Err(Error::Forgotten));
    }
    // The skew does not change.
    seen.lower_floor_and_risk_replays(&Clock { now: later(110), skew: 1000 });
    for (now, outcome) in
        [(101, Err(Error::Forgotten)), (115, Err(Error::Forgotten)), (116, Ok(()))]
    {
        assert_eq!(at(&mut seen, now), outcome);
    }
}

#[test]
fn nothing_is_forgotten_to_make_room() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let mut seen = seen(8);
    let mut at = |time: u64, now: u64| {
        let clock = Clock { now: later(now), skew: 5 };
        let request = Request { time: later(time), ..request(&url) };
        request.check(&RequestCheck { clock, ..check(&kms, &url) }, &mut seen).map(drop)
    };
    assert_eq!(at(0, 0), Ok(()));
    assert_eq!(at(1, 0), Ok(()));
    assert_eq!(at(2, 0), Err(Error::Full));
    assert_eq!(at(2, 5), Err(Error::Full));
    assert_eq!(at(2, 6), Ok(()), "the first is too old");
    assert_eq!(at(1, 6), Err(Error::Replayed), "it is still here");
    assert_eq!(at(3, 6), Err(Error::Full));
}

/// One user can take a quarter of the room, so only a user who asks again and again is refused.
#[test]
fn one_user_fills_its_own_share_of_the_requests() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let mut seen = seen(8);
    let mut ask = |user: &str, id: u32| {
        let id = Some(id.to_string());
        let request = Request { id, user_uri: user.into(), ..request(&url) };
        let users = [user];
        request.check(&RequestCheck { user_uris: &users, ..check(&kms, &url) }, &mut seen).map(drop)
    };
    assert_eq!([0, 1, 2, 3].map(|id| ask(ALICE, id).is_ok()), [true, true, false, false]);
    assert_eq!(ask(BOB, 0), Ok(()));
    // A call with a longer skew does not make room for requests that are older than the remembered ones either.
    let check = RequestCheck { clock: Clock { now: later(9), skew: 300 }, ..check(&kms, &url) };
    assert_eq!(request(&url).check(&check, &mut seen), Err(Error::Stale));
}

#[test]
fn a_kms_that_starts_answers_nothing_that_it_may_have_answered() {
    let kms = Kms::new(HOME);
    let url = format!("{ROOT}keyprov");
    let mut seen = SeenRequests::new(10, &Clock { now: NOW, skew: 5 });
    for (time, outcome) in [(0, Err(Error::Forgotten)), (5, Err(Error::Forgotten)), (6, Ok(()))] {
        let clock = Clock { now: later(time), skew: 5 };
        let request = Request { time: later(time), ..request(&url) };
        let checked = request.check(&RequestCheck { clock, ..check(&kms, &url) }, &mut seen);
        assert_eq!(checked.map(drop), outcome);
    }
}
