//! Requests, responses, and the resources they are for.

use std::error::Error as _;

use eccsi_sakke::kms::{
    Error, ErrorReport, KeysOf, KmsMessage, NewKeys, Request, RequestKind, Resource, Response,
    SharedKeyId, TransportKey,
};
use eccsi_sakke::mikey::{self, Clock};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};
use proptest::prelude::*;

use super::{ALICE, BOB, HOME, Kms, NOW, later, rng};

/// 2014-02-23T08:39:14Z
const IN_2014: NtpTime = NtpTime::from_unix(1_393_144_754);
pub(super) const ROOT: &str = "https://kms.example.org/keymanagement/identity/v1/";

#[test]
fn kinds_have_the_names_of_both_systems() {
    for kind in RequestKind::ALL {
        assert_eq!(kind.seal_name(), format!("S-{}", kind.name()));
        assert_eq!(RequestKind::from_name(kind.name()), Ok(kind));
        assert_eq!(RequestKind::from_name(kind.seal_name()), Ok(kind));
    }
    let init = KmsMessage::Init {
        certificate: Kms::new(HOME).certificate.parts().clone(),
        new_keys: NewKeys::default(),
    };
    let key_prov = KmsMessage::KeyProv { key_sets: Vec::new(), new_keys: NewKeys::default() };
    let cache = KmsMessage::CertCache { cache_num: None, certificates: Vec::new() };
    let names = [init, key_prov, cache].map(|message| message.kind().seal_name());
    assert_eq!(names, ["S-KMSInit", "S-KMSKeyProv", "S-KMSCertCache"]);
    assert_eq!(RequestKind::from_name("KRR"), Ok(RequestKind::Redirect));
    assert_eq!(RequestKind::from_name("S-KRR"), Ok(RequestKind::Redirect));
    for name in ["", "S-", "KMS", "kmsinit", "S-S-KMSInit", "KMSInit "] {
        assert_eq!(RequestKind::from_name(name), Err(Error::Resource), "{name}");
    }
}

#[test]
fn resources_have_their_paths() {
    use RequestKind as Kind;
    let keys = KeysOf::new("sip:alice@example.org");
    let then = keys.clone().at(IN_2014, IN_2014).expect("no time between");
    let in_2014 = "keyprov/sip%3Aalice%40example.org/D6B4323200000000";
    let resources = [
        (Resource::Init, Kind::Init, "init"),
        (Resource::KeyProv(None), Kind::KeyProv, "keyprov"),
        (Resource::KeyProv(Some(keys)), Kind::KeyProv, "keyprov/sip%3Aalice%40example.org"),
        (Resource::KeyProv(Some(then)), Kind::KeyProv, in_2014),
        (Resource::CertCache(None), Kind::CertCache, "certcache"),
        (Resource::CertCache(Some(0)), Kind::CertCache, "certcache/0"),
        (Resource::CertCache(Some(u64::MAX)), Kind::CertCache, "certcache/18446744073709551615"),
        (Resource::Cert("kms.example.com".into()), Kind::Cert, "cert/kms.example.com"),
        (Resource::Lookup("æ/%".into()), Kind::Lookup, "lookup/%C3%A6%2F%25"),
        (Resource::Redirect, Kind::Redirect, "redirect"),
    ];
    for (resource, kind, rest) in resources {
        assert_eq!(resource.kind(), kind);
        assert_eq!(resource.path(), format!("/keymanagement/identity/v1/{rest}"));
        assert_eq!(Resource::of_url(&resource.path()), Ok(resource.clone()));
        assert_eq!(Resource::of_url(&format!("{ROOT}{rest}")), Ok(resource));
    }
    for (escape, octet) in [("%2a", "*"), ("%6F", "o"), ("%7e", "~"), ("%c3%a6", "æ"), ("%5D", "]")]
    {
        let url = format!("{ROOT}cert/{escape}");
        assert_eq!(Resource::of_url(&url), Ok(Resource::Cert(octet.into())), "{escape}");
    }
    assert_eq!(
        Resource::of_url(&format!("{ROOT}keyprov/sip:alice@example.org/d6b4323200000000")),
        Ok(Resource::KeyProv(Some(KeysOf {
            user_uri: ALICE.into(),
            time: Some(0xd6b4_3232_0000_0000),
        }))),
        "what needs no escape in a path may come without"
    );
}

#[test]
fn what_is_no_resource_is_refused() {
    for rest in " Init init/ init/x init?x init#x redirect/1 keyprov/ keyprov// keyprov/a?b \
        keyprov/a#b keyprov/a/ keyprov/a/D6B432320000000 \
        keyprov/a/D6B43232000000000 keyprov/a/+6B4323200000000 \
        keyprov/a/G6B4323200000000 keyprov/a/D6B4323200000000/ \
        keyprov/a/D6B4323200000000/b certcache/ certcache/x certcache/-1 \
        certcache/+1 certcache/18446744073709551616 certcache/000000000000000000001 \
        certcache/1/2 cert cert/ cert/a/b lookup lookup/ other"
        .split(' ')
    {
        assert_eq!(Resource::of_url(&format!("{ROOT}{rest}")), Err(Error::Resource), "{rest}");
    }
    for rest in "keyprov/% keyprov/a% keyprov/%4 keyprov/%4g keyprov/%g4 keyprov/%+1 \
        keyprov/%ff cert/50%25% lookup/%c3%28"
        .split(' ')
    {
        assert_eq!(
            Resource::of_url(&format!("{ROOT}{rest}")),
            Err(Error::PercentEncoding),
            "{rest}"
        );
    }
    for url in [
        "",
        "init",
        "/keymanagement/identity/v2/init",
        "/keymanagement/identity/v1init",
        "https://kms.example.org/?a=/keymanagement/identity/v1/init",
        "https://kms.example.org/#/keymanagement/identity/v1/init",
    ] {
        assert_eq!(Resource::of_url(url), Err(Error::Resource), "{url}");
    }
}

#[test]
fn the_time_of_keys_is_read_in_the_nearest_era() {
    for seconds in [NOW.seconds(), u64::from(u32::MAX) + 10, 3 << 32] {
        let (time, now) = (NtpTime::from_seconds(seconds), NtpTime::from_seconds(seconds + 100));
        let keys = KeysOf::new(ALICE).at(time, now).expect("near");
        assert_eq!(keys.time(now), Some(time));
    }
    assert_eq!(KeysOf::new(ALICE).time(NOW), None);
}

#[test]
fn keys_are_asked_for_within_68_years() {
    let at = |time| KeysOf::new(ALICE).at(time, NOW).map(|keys| keys.time(NOW));
    let back = NtpTime::from_seconds(NOW.seconds() - (1 << 31));
    let ahead = later((1 << 31) - 1);
    for time in [back, NOW, ahead] {
        assert_eq!(at(time), Ok(Some(time)));
    }
    let further = [NtpTime::from_seconds(back.seconds() - 1), later(1 << 31)];
    // The year 2099, for which a timestamp would mean 1963.
    let in_2099 = NtpTime::from_unix(4_070_908_800);
    for time in further.into_iter().chain([in_2099, NtpTime::from_seconds(u64::MAX)]) {
        assert_eq!(at(time), Err(Error::TooFar));
    }
}

proptest! {
    #[test]
    fn paths_are_read_as_they_were_written(
        text in "\\PC{1,40}",
        time in proptest::option::of(any::<u64>()),
        number in any::<u64>(),
    ) {
        for resource in [
            Resource::KeyProv(Some(KeysOf { user_uri: text.clone(), time })),
            Resource::Cert(text.clone()),
            Resource::Lookup(text),
            Resource::CertCache(Some(number)),
        ] {
            prop_assert!(resource.path().is_ascii());
            prop_assert_eq!(Resource::of_url(&resource.path()), Ok(resource));
        }
    }

    #[test]
    fn no_url_panics(rest in "[a-z/%?#0-9A-Fæ]{0,40}", any in ".{0,40}") {
        for url in [format!("{ROOT}{rest}"), format!("{ROOT}keyprov/{rest}"), any] {
            if let Ok(resource) = Resource::of_url(&url) {
                prop_assert_eq!(Resource::of_url(&resource.path()), Ok(resource));
            }
        }
    }
}

fn request() -> Request {
    Request::new(UserUri(ALICE), KmsUri(HOME), &format!("{ROOT}keyprov"), NOW)
}

fn key_prov() -> KmsMessage {
    KmsMessage::KeyProv { key_sets: Vec::new(), new_keys: NewKeys::default() }
}

#[test]
fn a_client_takes_the_answer_to_its_request() {
    let clock = Clock { now: NOW, skew: 5 };
    let request = request();
    let response = Response::new(&request, NOW, Some(key_prov()), None);
    assert_eq!(response.version, "1.0.0");
    assert_eq!(response.check(&request, &clock), Ok(Some(&key_prov())));
    let with = |change: &dyn Fn(&mut Response)| {
        let mut response = response.clone();
        change(&mut response);
        response.check(&request, &clock).map(drop)
    };
    assert_eq!(with(&|answer| answer.kms_uri.push('x')), Err(Error::KmsUri));
    assert_eq!(with(&|answer| answer.user_uri = BOB.into()), Err(Error::UserUri));
    assert_eq!(with(&|answer| answer.client_req_url.push('x')), Err(Error::ClientReqUrl));
    assert_eq!(with(&|answer| answer.time = later(5)), Ok(()));
    assert_eq!(with(&|answer| answer.time = later(6)), Err(Error::Stale));
    assert_eq!(with(&|answer| answer.trk_id = Some(SharedKeyId(1))), Ok(()), "the KMS chose");
    assert_eq!(with(&|answer| answer.message = None), Err(Error::Resource));
    // If the request names a transport key, the answer must be wrapped with it or not at all.
    let asked = Request { trk_id: Some(SharedKeyId(1)), ..request.clone() };
    for (trk_id, outcome) in [
        (None, Ok(())),
        (Some(SharedKeyId(1)), Ok(())),
        (Some(SharedKeyId(2)), Err(Error::TransportKey)),
    ] {
        let answer = Response { trk_id, ..response.clone() };
        assert_eq!(answer.check(&asked, &clock).map(drop), outcome);
    }
    // The answer names the key that wraps, not the one that was asked for.
    let trk = TransportKey::generate(SharedKeyId(2), &mut rng());
    let answer = Response::new(&asked, NOW, Some(key_prov()), Some(&trk));
    assert_eq!(answer.trk_id, Some(SharedKeyId(2)));
    assert_eq!(answer.check(&asked, &clock), Err(Error::TransportKey));
    assert_eq!(Response::new(&asked, NOW, Some(key_prov()), None).trk_id, None);
    let report = ErrorReport { version: "1.0.0".into(), code: 7, message: "no".into() };
    assert_eq!(with(&|answer| answer.error = Some(report.clone())), Err(Error::Reported));
}

#[test]
fn an_answer_is_of_the_kind_asked_for() {
    let clock = Clock { now: NOW, skew: 5 };
    let certificate = Kms::new(HOME).certificate.parts().clone();
    let init = KmsMessage::Init { certificate, new_keys: NewKeys::default() };
    let cache = KmsMessage::CertCache { cache_num: Some(1), certificates: Vec::new() };
    let messages = [Some(init), Some(key_prov()), Some(cache), None];
    for (rest, accepted) in [
        ("init", [true, false, false, false]),
        ("keyprov", [false, true, false, false]),
        ("keyprov/a", [false, true, false, false]),
        ("certcache", [true, false, true, false]),
        ("cert/a", [true, false, true, false]),
        ("lookup/a", [true, false, true, false]),
        ("redirect", [true, true, true, true]),
    ] {
        let request = Request::new(UserUri(ALICE), KmsUri(HOME), &format!("{ROOT}{rest}"), NOW);
        for (message, accepted) in messages.iter().zip(accepted) {
            let response = Response::new(&request, NOW, message.clone(), None);
            let checked = response.check(&request, &clock);
            if accepted {
                assert_eq!(checked, Ok(message.as_ref()));
            } else {
                assert_eq!(checked, Err(Error::Resource), "{rest}");
            }
        }
    }
}

#[test]
fn a_report_says_what_to_do() {
    const UNREACHED: Error = Error::Primitive(eccsi_sakke::Error::Unavailable);
    for (code, errors) in [
        (
            1,
            &[Error::KmsUri, Error::ClientReqUrl, Error::Resource, Error::PercentEncoding]
                as &[_],
        ),
        (2, &[Error::UserUri]),
        (3, &[Error::Stale, Error::Replayed, Error::Forgotten, Error::Full, UNREACHED]),
        (4, &[Error::TransportKey, Error::SignatureId, Error::Mac]),
        (5, &[Error::TooFar, Error::KeyPeriod]),
        (6, &[Error::Keys, Error::Primitive(eccsi_sakke::Error::Fault)]),
    ] {
        for error in errors {
            let report = ErrorReport::from(*error);
            assert_eq!((report.code, report.message), (code, error.to_string()));
        }
    }
    // For a message, the report only says that it was refused.
    for error in [mikey::Error::Signature, mikey::Error::Decapsulation, mikey::Error::Stale] {
        let report = ErrorReport::from(Error::Message(error));
        assert_eq!((report.code, report.message.as_str()), (6, "message refused"));
    }
    let codes = [
        ErrorReport::MISDIRECTED,
        ErrorReport::OTHER_USER,
        ErrorReport::ASK_AGAIN,
        ErrorReport::OTHER_KEYS,
        ErrorReport::OTHER_TIME,
        ErrorReport::FAILED,
    ];
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn errors_speak() {
    let errors = [
        Error::Uri,
        Error::UserIdFormat,
        Error::ParameterSet,
        Error::KeyPeriod,
        Error::PeriodOver,
        Error::PubAuthKey(eccsi_sakke::Error::NotOnCurve),
        Error::PubEncKey(eccsi_sakke::Error::NotOnCurve),
        Error::Validity,
        Error::NotYetValid,
        Error::Expired,
        Error::Revoked,
        Error::Role,
        Error::KmsUri,
        Error::CertUri,
        Error::Unknown,
        Error::NoKeySet,
        Error::Full,
        Error::UserUri,
        Error::UserId,
        Error::MasterKeys,
        Error::Protection,
        Error::TransportKey,
        Error::Length,
        Error::Unwrap,
        Error::Keys,
        Error::Stale,
        Error::Replayed,
        Error::Forgotten,
        Error::TooFar,
        Error::ClientReqUrl,
        Error::Resource,
        Error::PercentEncoding,
        Error::SignatureId,
        Error::Mac,
        Error::Reported,
        Error::Primitive(eccsi_sakke::Error::Rejected),
        Error::Message(mikey::Error::Signature),
    ];
    let texts: std::collections::BTreeSet<String> =
        errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), errors.len());
    assert!(texts.contains("Z: point is not on the curve: ask for it again"));
    assert!(texts.iter().all(|text| text.contains(": ")), "what to do: {texts:?}");
    for error in errors {
        let source = error.source();
        match error {
            Error::PubAuthKey(below) | Error::PubEncKey(below) | Error::Primitive(below) => {
                assert_eq!(source.and_then(|source| source.downcast_ref()), Some(&below));
            }
            Error::Message(below) => {
                assert_eq!(source.and_then(|source| source.downcast_ref()), Some(&below));
            }
            _ => assert!(source.is_none()),
        }
    }
}
