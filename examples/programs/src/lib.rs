//! The parts that the three programs share: the folder of a device, its clock, and HTTP.
//!
//! The programs use HTTP over loopback without TLS. A deployment must use TLS, which hides who requests which keys, and
//! which identifies the client if the message does not. The HTTP server here handles one request at a time and does not
//! limit the memory that clients use, so it is not fit for a network.

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

/// Runs a program with its arguments, and prints its error.
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

/// The time of this machine plus the number of seconds in the variable AHEAD. The story uses it to let a month pass at
/// once.
pub fn now() -> NtpTime {
    let ahead = env::var("AHEAD").ok().and_then(|ahead| ahead.parse().ok()).unwrap_or(0);
    let time = SystemTime::now() + Duration::from_secs(ahead);
    NtpTime::try_from(time).expect("a clock after 1900")
}

/// The time, and the number of seconds by which a message may be late or early.
pub fn clock(skew: u32) -> Clock {
    Clock { now: now(), skew }
}

/// The folder of a device. A real device keeps its key in a protected place; here the key is in a file next to the
/// folder.
pub fn folder(path: &str, owner: &str) -> Result<Folder> {
    let device = device_key(Path::new(&format!("{path}.device-key")), 1)?;
    Ok(Folder::open(Path::new(path), device, owner)?)
}

/// Sets up a user of a KMS, with room for messages and keys. The keys that it shares with its KMS come from the
/// standard input as a line `TrK InK` in hexadecimal, because other users of the machine can see the arguments of a
/// process.
pub fn create(folder: &Folder, room: usize) -> Result<()> {
    let line = io::read_to_string(io::stdin())?;
    let (trk, ink) =
        line.trim().split_once(' ').ok_or("two keys are needed: give TrK and InK in one line")?;
    let trk = TransportKey::new(SharedKeyId(1), hex::decode(trk)?)?;
    let ink = IntegrityKey::new(SharedKeyId(2), hex::decode(ink)?)?;
    let store = MemoryStore::new(MemoryCache::new(room), room);
    Ok(KmsUser::create(folder, &KeyRing::new(SharedKeys::new(trk, Some(ink))), 100, &store)?)
}

/// Sends octets and returns the answer.
///
/// Errors: the error that the other end reports.
pub fn post(url: &str, body: &[u8]) -> Result<Vec<u8>> {
    let response = minreq::post(url).with_body(body).with_timeout(30).send()?;
    match response.status_code {
        200 => Ok(response.into_bytes()),
        status => Err(format!("{url}: {status} {}", response.as_str()?).into()),
    }
}

/// Answers requests on loopback until the process ends. `handle` receives the path and the body. Errors go to the log
/// and not to the client.
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
        // The client may have closed the connection.
        let _ = request.respond(tiny_http::Response::from_data(octets).with_status_code(status));
    }
    Ok(())
}

/// The connection to a KMS.
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
