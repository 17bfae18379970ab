//! What somebody tries who sees everything, keeps everything, and has keys of a user of the same KMS.

use std::fs;
use std::io::{Write, stdout};
use std::net::TcpStream;
use std::path::Path;

use eccsi_sakke::kms::xml::{Asking, Signed};
use eccsi_sakke::kms::{
    Error, IntegrityKey, KeyRing, KeysOf, Reading, Request, Resource, Response, SharedKeyId,
    SharedKeys, TransportKey,
};
use eccsi_sakke::mikey::{from_sdp, to_sdp};
use eccsi_sakke::mission_critical::{Delivery, Group, Key, KeyParameters, Purpose};
use eccsi_sakke::{KmsUri, NtpTime, UserUri};
use eccsi_sakke_files::{Folder, KmsUser};
use programs::{Result, folder, post, rng};

use crate::stage::{copy, pretender};
use crate::{ALICE, BOB, CAROL, GMS, GROUP, HOME, MGS, OTHER, Story, heading, name, wait};

/// All of them in turn; how many were refused, which is all of them or an error.
pub fn try_all(story: &mut Story) -> Result<usize> {
    heading("Attacks, and the step that refuses each");
    let mut tried = Tried { count: 0 };
    asking(story, &mut tried)?;
    answering(story, &mut tried)?;
    group_keys(story, &mut tried)?;
    calls(story, &mut tried)?;
    sessions(story, &mut tried)?;
    files(story, &mut tried)?;
    Ok(tried.count)
}

struct Tried {
    count: usize,
}

impl Tried {
    /// What was tried, and what was said, which must have this in it.
    fn refused(&mut self, what: &str, said: &str, step: &str) -> Result<()> {
        let said = said.lines().next_back().unwrap_or("");
        if !said.contains(step) {
            return Err(format!("{what}: not {step:?}, but {said:?}").into());
        }
        self.count += 1;
        Ok(writeln!(stdout(), "  {:2}  {what:60} {said}", self.count)?)
    }
}

/// What Alice's radio has on disk.
fn opened(story: &Story, uri: &str) -> Result<KmsUser> {
    let folder = folder(&story.stage.path(name(uri)), uri)?;
    Ok(KmsUser::open(folder, uri, crate::kms(uri), story.now())?)
}

fn ring(story: &Story, uri: &str) -> Result<KeyRing> {
    Ok(opened(story, uri)?.ring().clone())
}

/// What the KMS says to a document, or another server writes in its log.
fn told(story: &Story, url: &str, document: &[u8]) -> Result<String> {
    match post(url, document) {
        Err(_) => story.stage.refusal(),
        Ok(answer) => {
            let response = Signed::<Response>::from_xml(&answer)?.into_unverified();
            Ok(response.error.ok_or("it was answered")?.message)
        }
    }
}

/// Requests to a KMS.
fn asking(story: &mut Story, tried: &mut Tried) -> Result<()> {
    wait();
    let (home, now) = (story.home.clone(), story.now());
    let alice = ring(story, ALICE)?;
    let asking = Asking {
        user_uri: UserUri(ALICE),
        kms_uri: KmsUri(HOME),
        address: &home,
        reading: Reading::Any,
    };
    let own = Resource::KeyProv(None);
    let question = asking.ask(&own, alice.newest(), now)?;
    post(question.url(), question.document())?;
    let said = told(story, question.url(), question.document())?;
    tried.refused(
        "Alice's request for her keys, recorded, once more",
        &said,
        &Error::Replayed.to_string(),
    )?;
    let question = asking.ask(&own, alice.newest(), story.now())?;
    let said = told(story, &format!("{home}{}", Resource::Init.path()), question.document())?;
    tried.refused(
        "her request, sent to another resource",
        &said,
        &Error::ClientReqUrl.to_string(),
    )?;
    let said = told(story, &question.url().replace(&home, &story.other), question.document())?;
    tried.refused("her request, sent to a KMS that isn't hers", &said, "there is no record")?;
    let mut altered = question.document().to_vec();
    let end = altered.windows(7).position(|octets| octets == b"</Time>").ok_or("no time")?;
    let digit = altered[..end].iter().rposition(u8::is_ascii_digit).ok_or("no digit")?;
    altered[digit] ^= 1;
    tried.refused(
        "her request with another time",
        &told(story, question.url(), &altered)?,
        "digest",
    )?;
    let shared = alice.newest();
    let forger = IntegrityKey::generate(shared.signature_id(), &mut rng());
    let forger = SharedKeys::new(shared.transport().clone(), Some(forger));
    let forged = asking.ask(&own, &forger, story.now())?;
    let said = told(story, forged.url(), forged.document())?;
    tried.refused("a request in her name, signed with another key", &said, "MAC")?;
    let plain = Request::new(UserUri(ALICE), KmsUri(HOME), question.url(), story.now());
    let said = told(story, question.url(), &plain.to_xml()?)?;
    tried.refused("a request in her name that nobody has signed", &said, "not signed")?;
    let mut unknown = plain;
    unknown.trk_id = Some(SharedKeyId(99));
    let other = SharedKeys::new(TransportKey::generate(SharedKeyId(99), &mut rng()), None);
    let unknown = Signed::<Request>::sign(unknown, &other)?.to_xml()?;
    tried.refused(
        "a request under a key that she never had",
        &told(story, question.url(), &unknown)?,
        &Error::TransportKey.to_string(),
    )?;
    let late = NtpTime::from_seconds(story.now().seconds() - 10);
    let late = asking.ask(&own, alice.newest(), late)?;
    let said = told(story, late.url(), late.document())?;
    tried.refused("a request of ten seconds ago", &said, &Error::Stale.to_string())?;
    for (what, keys) in [
        ("Alice asks for Bob's keys", KeysOf::new(BOB)),
        ("she asks for her keys of next year", year(story, 1)?),
        ("she asks for her keys of last year", year(story, -1)?),
    ] {
        let step = if keys.user_uri == BOB { Error::UserUri } else { Error::TooFar }.to_string();
        let question = asking.ask(&Resource::KeyProv(Some(keys)), alice.newest(), story.now())?;
        tried.refused(what, &told(story, question.url(), question.document())?, &step)?;
    }
    let asking = Asking { kms_uri: KmsUri(OTHER), ..asking };
    let question = asking.ask(&own, alice.newest(), story.now())?;
    let said = told(story, question.url(), question.document())?;
    tried.refused("her request, which names another KMS", &said, &Error::KmsUri.to_string())?;
    tried.refused(
        "no document at all",
        &told(story, question.url(), b"<KmsRequest")?,
        "not well-formed",
    )?;
    // What isn't even HTTP, after which the server must go on.
    let mut stream = TcpStream::connect(home.trim_start_matches("http://"))?;
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: kms\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")?;
    tried.refused("octets that are no HTTP", &story.stage.refusal()?, "decoding")
}

/// Her keys, asked for a year from now or ago.
fn year(story: &Story, years: i64) -> Result<KeysOf> {
    let now = story.now();
    let then = now.seconds().saturating_add_signed(years * 365 * 86_400);
    Ok(KeysOf::new(ALICE).at(NtpTime::from_seconds(then), now)?)
}

/// Somebody in the place of the KMS.
fn answering(story: &mut Story, tried: &mut Tried) -> Result<()> {
    let asking = Asking {
        user_uri: UserUri(ALICE),
        kms_uri: KmsUri(HOME),
        address: &story.home,
        reading: Reading::Any,
    };
    let question = asking.ask(&Resource::Init, ring(story, ALICE)?.newest(), story.now())?;
    let recorded = post(question.url(), question.document())?;
    let mut response = Signed::<Response>::from_xml(&recorded)?.into_unverified();
    response.error = Some(eccsi_sakke::kms::ErrorReport::from(Error::TransportKey));
    response.message = None;
    let unsigned = response.to_xml()?;
    let forged = Signed::<Response>::sign(response, ring(story, MGS)?.newest())?.to_xml()?;
    for (what, answer, step) in [
        ("an answer of the KMS to another request", &recorded[..], "for another URL"),
        ("an error report that nobody has signed", &unsigned, "not signed"),
        ("one that another user has signed", &forged, "signed with another key"),
        ("no document at all", b"<KmsResponse", "not well-formed"),
    ] {
        let said = story.refuses(ALICE, &["fetch", &pretender(answer)?])?;
        tried.refused(what, &said, step)?;
    }
    Ok(())
}

/// Messages in the place of the GMS's.
fn group_keys(story: &mut Story, tried: &mut Tried) -> Result<()> {
    story.client(ALICE, &["join", GMS, HOME, GROUP, &story.gms])?;
    let genuine = |uri: &str| post(&format!("{}/group?{uri}", story.gms), &[]);
    let join = |octets: &[u8], group: &str| {
        story.refuses(ALICE, &["join", GMS, HOME, group, &pretender(octets)?])
    };
    let message = genuine(ALICE)?;
    let mut altered = message.clone();
    let place = altered.len() - 100;
    altered[place] ^= 1;
    tried.refused(
        "a bit of the GMS's message to her is changed",
        &join(&altered, GROUP)?,
        "signature",
    )?;
    tried.refused(
        "it is cut",
        &join(&message[..message.len() - 1], GROUP)?,
        "ends inside an item",
    )?;
    tried.refused("it is Bob's message", &join(&genuine(BOB)?, GROUP)?, "another responder")?;
    tried.refused(
        "it is for a group that she isn't in",
        &join(&message, "sip:other@example.org")?,
        "group",
    )?;

    // A user of the same KMS who makes a group key, in her own name and in the GMS's, which is as long.
    let mgs = opened(story, MGS)?;
    let group = Group::new(GROUP);
    let parameters = KeyParameters { groups: vec![group], ..KeyParameters::new(Purpose::Gmk) };
    let (me, to) = (mgs.people.me(story.now())?, mgs.people.peer(ALICE, HOME, story.now())?);
    let delivery = Delivery { parameters: Some(&parameters), ..Delivery::new(me, to, story.now()) };
    let key = Key::generate(Purpose::Gmk, &mut rng());
    let own = delivery.message(&key, mgs.sets.as_slice(), &mut rng())?;
    tried.refused("a group key of another user", &join(&own, GROUP)?, "initiator")?;
    let named =
        own.windows(MGS.len()).position(|octets| octets == MGS.as_bytes()).ok_or("no name")?;
    let mut forged = own.clone();
    forged[named..][..GMS.len()].copy_from_slice(GMS.as_bytes());
    tried.refused("the same in the name of the GMS", &join(&forged, GROUP)?, "signature")?;
    drop(mgs);

    let ahead = story.stage.ahead;
    story.stage.ahead = ahead + 600;
    let said = story.refuses(ALICE, &["join", GMS, HOME, GROUP, &pretender(&message)?]);
    story.stage.ahead = ahead;
    tried.refused("the GMS's message, held back for ten minutes", &said?, "timestamp outside")
}

/// Messages of calls, and of signalling.
fn calls(story: &mut Story, tried: &mut Tried) -> Result<()> {
    let call = |from: &str, to: &str| {
        Ok::<_, Box<dyn std::error::Error>>(
            story.client(from, &["call", to, crate::kms(to)])?.remove(0),
        )
    };
    let sdp = call(ALICE, BOB)?;
    story.client(BOB, &["ring", ALICE, HOME, &sdp])?;
    let said = story.refuses(BOB, &["ring", ALICE, HOME, &sdp])?;
    tried.refused("Alice's call to Bob, recorded, once more", &said, "accepted before")?;
    let said = story.refuses(CAROL, &["ring", ALICE, HOME, &call(ALICE, BOB)?])?;
    tried.refused("Alice's call to Bob, put through to Carol", &said, "another responder")?;
    let said = story.refuses(BOB, &["ring", ALICE, HOME, &call(MGS, BOB)?])?;
    tried.refused("another user's call, announced as Alice's", &said, "initiator")?;
    let mut octets = from_sdp(&call(ALICE, BOB)?)?;
    let place = octets.len() - 80;
    octets[place] ^= 1;
    let said = story.refuses(BOB, &["ring", ALICE, HOME, &to_sdp(&octets)])?;
    tried.refused("Alice's call with a bit changed", &said, "signature")?;
    let octets = from_sdp(&call(ALICE, GMS)?)?;
    let csk = format!("{}/csk", story.gms);
    tried.refused(
        "the key of a call, given to the server as a CSK",
        &told(story, &csk, &octets)?,
        "not an identifier of this purpose",
    )?;
    for (uri, what, step) in [
        (ALICE, "a CSK, recorded, once more", "accepted before"),
        (MGS, "the CSK of somebody who isn't in the group", "no member"),
    ] {
        let user = opened(story, uri)?;
        let (me, to) = (user.people.me(story.now())?, user.people.peer(GMS, HOME, story.now())?);
        let key = Key::generate(Purpose::Csk, &mut rng());
        let message =
            Delivery::new(me, to, story.now()).message(&key, user.sets.as_slice(), &mut rng())?;
        if uri == ALICE {
            post(&csk, &message)?;
        }
        tried.refused(what, &told(story, &csk, &message)?, step)?;
    }
    Ok(())
}

/// One to many.
fn sessions(story: &mut Story, tried: &mut Tried) -> Result<()> {
    let speak = |uri: &str, words: &[&str]| {
        Ok::<_, Box<dyn std::error::Error>>(
            story.client(uri, &[&["speak", GMS, GROUP], words].concat())?.remove(0),
        )
    };
    let sdp = speak(ALICE, &[])?;
    let hear = |sdp: &str, from: &str| story.refuses(BOB, &["hear", GMS, GROUP, sdp, from, HOME]);
    story.client(BOB, &["hear", GMS, GROUP, &sdp, ALICE, HOME])?;
    tried.refused(
        "a session of Alice's, recorded, once more",
        &hear(&sdp, ALICE)?,
        "accepted before",
    )?;
    tried.refused(
        "one that she hasn't signed",
        &hear(&speak(ALICE, &["unsigned"])?, ALICE)?,
        "payload missing",
    )?;
    tried.refused(
        "one of hers, announced as the GMS's",
        &hear(&speak(ALICE, &[])?, GMS)?,
        "not the expected initiator",
    )?;
    tried.refused(
        "Carol speaks under the group key of before she left",
        &hear(&speak(CAROL, &[])?, CAROL)?,
        "key is revoked",
    )?;
    let mut octets = from_sdp(&speak(ALICE, &[])?)?;
    let place = octets.len() - 150;
    octets[place] ^= 1;
    tried.refused(
        "a session of Alice's with a bit changed",
        &hear(&to_sdp(&octets), ALICE)?,
        "signature",
    )?;
    let said = story.refuses(MGS, &["speak", GMS, GROUP])?;
    tried.refused("somebody speaks who isn't in the group", &said, "no group key")
}

/// Somebody at the disk of Alice's radio, who hasn't its device key.
fn files(story: &mut Story, tried: &mut Tried) -> Result<()> {
    let path = story.stage.path("alice");
    let (here, kept) = (Path::new(&path), story.stage.place.join("kept"));
    copy(here, &kept)?;
    let file = |name: &str| here.join(format!("{name}.record"));
    let back = || -> Result<()> { copy(&kept, here) };
    let fetch = || story.refuses(ALICE, &["fetch", &story.home]);

    let store = fs::read(file("store"))?;
    fs::write(file("store"), &store[..store.len() / 2])?;
    tried.refused("half of her store is gone", &fetch()?, "does not open")?;
    let mut altered = store.clone();
    altered[store.len() / 2] ^= 1;
    fs::write(file("store"), altered)?;
    tried.refused("a bit of her store is changed", &fetch()?, "does not open")?;
    fs::copy(file("ring"), file("store"))?;
    tried.refused(
        "her keys of the KMS lie in the place of her store",
        &fetch()?,
        "record of something else",
    )?;
    back()?;
    fs::copy(story.stage.place.join("bob").join("store.record"), file("store"))?;
    tried.refused("Bob's store lies in the place of hers", &fetch()?, "record of another owner")?;
    back()?;
    fs::remove_file(file("store"))?;
    tried.refused("her store is gone", &fetch()?, "there is no record")?;
    back()?;
    let _held: Folder = folder(&path, ALICE)?;
    tried.refused("two processes with one folder", &fetch()?, "in use")
}
