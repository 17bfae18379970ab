//! What the three programs have in common: a device's folder, its clock, and HTTP.
//!
//! Over loopback and without TLS, which a deployment must have: it keeps others from seeing who asks for which keys, and
//! says who asks where a message doesn't. The HTTP server takes one request at a time and trusts its clients with its
//! memory: it is not for a network.

use std::env;
use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::{IntegrityKey, KeyRing, SharedKeyId, SharedKeys, TransportKey};
use eccsi_sakke::mikey::{Clock, MemoryCache};
use eccsi_sakke::mission_critical::MemoryStore;
use eccsi_sakke_files::{Folder, KmsUser, Line, device_key};
use getrandom::{SysRng, rand_core::UnwrapErr};

pub type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Runs a program with its arguments, and says what went wrong.
pub fn run(program: fn(&[&str]) -> Result<()>) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = program(&arguments);
    outcome
        .inspect_err(|error| eprintln!("{error}"))
        .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The time of this machine, so many seconds ahead as the variable AHEAD says: a month goes by in a moment.
pub fn now() -> NtpTime {
    let ahead = env::var("AHEAD").ok().and_then(|ahead| ahead.parse().ok()).unwrap_or(0);
    let time = SystemTime::now() + Duration::from_secs(ahead);
    NtpTime::try_from(time).expect("this machine has a clock")
}

/// The time, and how many seconds a message may be late or early.
pub fn clock(skew: u32) -> Clock {
    Clock { now: now(), skew }
}

/// The folder of a device. A device has its key where nobody reads it; here it is in a file beside the folder.
pub fn folder(path: &str, owner: &str) -> Result<Folder> {
    let device = device_key(Path::new(&format!("{path}.device-key")), 1)?;
    Ok(Folder::open(Path::new(path), device, owner)?)
}

/// What a user of a KMS begins with: room for messages and keys, and the keys that it shares with its KMS. They are
/// brought to it as a line `TrK InK` in hexadecimal, which others don't see in the list of processes.
pub fn create(folder: &Folder, room: usize) -> Result<()> {
    let line = io::read_to_string(io::stdin())?;
    let (trk, ink) = line.trim().split_once(' ').ok_or("two keys are needed")?;
    let trk = TransportKey::new(SharedKeyId(1), hex::decode(trk)?)?;
    let ink = IntegrityKey::new(SharedKeyId(2), hex::decode(ink)?)?;
    let store = MemoryStore::new(MemoryCache::new(room), room);
    Ok(KmsUser::create(folder, &KeyRing::new(SharedKeys::new(trk, Some(ink))), 100, &store)?)
}

/// Sends octets, and gives what comes back.
///
/// Errors: what the other end says that is wrong.
pub fn post(url: &str, body: &[u8]) -> Result<Vec<u8>> {
    let response = minreq::post(url).with_body(body).with_timeout(30).send()?;
    match response.status_code {
        200 => Ok(response.into_bytes()),
        status => Err(format!("{url}: {status} {}", response.as_str()?).into()),
    }
}

/// Answers requests on loopback until the process ends. `handle` is given the path and the body. What is wrong with a
/// request is for the log, not for whoever sent it.
pub fn serve(port: &str, mut handle: impl FnMut(&str, &[u8]) -> Result<Vec<u8>>) -> Result<()> {
    let server = tiny_http::Server::http(format!("127.0.0.1:{port}"))
        .map_err(|error| error as Box<dyn Error>)?;
    println!("ready");
    for mut request in server.incoming_requests() {
        let mut body = Vec::new();
        let read = request.as_reader().take(1 << 20).read_to_end(&mut body);
        let handled = read.map_err(Into::into).and_then(|_| handle(request.url(), &body));
        let handled = handled.inspect_err(|error| println!("refused: {error}"));
        let (octets, status) = handled.map_or((b"refused".to_vec(), 400), |octets| (octets, 200));
        // The client may have gone away.
        let _ = request.respond(tiny_http::Response::from_data(octets).with_status_code(status));
    }
    Ok(())
}

/// The way to a KMS.
pub struct Http<'a>(pub &'a str);

impl Line for Http<'_> {
    fn address(&self) -> &str {
        self.0
    }

    fn clock(&self) -> Clock {
        clock(1)
    }

    fn exchange(&mut self, url: &str, document: &[u8]) -> Result<Vec<u8>> {
        post(url, document)
    }
}
