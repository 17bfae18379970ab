//! What the three programs have in common: a device's folder, its clock, and HTTP.
//!
//! Over loopback and without TLS, which a deployment must have: between a client and its KMS it is what keeps others
//! from seeing who asks for which keys.

#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use eccsi_sakke::NtpTime;
use eccsi_sakke::kms::{IntegrityKey, KeyRing, SharedKeyId, SharedKeys, TransportKey};
use eccsi_sakke::mikey::{Clock, MemoryCache};
use eccsi_sakke::mission_critical::MemoryStore;
use eccsi_sakke::stored::DeviceKey;
use eccsi_sakke_files::{Folder, KmsUser, Line};
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

/// The folder of a device. A device has its key where nobody reads it; here it is a file beside the folder.
pub fn folder(path: &str, owner: &str) -> Result<Folder> {
    let file = Path::new(path).with_extension("device-key");
    if !file.exists() {
        fs::write(&file, DeviceKey::generate(1, &mut rng()).to_bytes())?;
    }
    let device = DeviceKey::new(1, fs::read(&file)?.as_slice().try_into()?);
    Ok(Folder::open(Path::new(path), device, owner)?)
}

/// What a user of a KMS begins with: the keys that it shares with it, which were brought to it in hexadecimal.
pub fn create(folder: &Folder, trk: &str, ink: &str) -> Result<()> {
    let trk = TransportKey::new(SharedKeyId(1), hex::decode(trk)?)?;
    let ink = IntegrityKey::new(SharedKeyId(2), hex::decode(ink)?)?;
    let store = MemoryStore::new(MemoryCache::new(1000), 200);
    Ok(KmsUser::create(folder, &KeyRing::new(SharedKeys::new(trk, Some(ink))), 100, store)?)
}

/// Octets that tell keys apart and tell nobody what they are.
pub fn check_value(key: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(&Sha256::digest(key)[..4])
}

/// Sends octets, and gives what comes back.
///
/// Errors: what the other end says that is wrong.
pub fn post(url: &str, body: &[u8]) -> Result<Vec<u8>> {
    let response = minreq::post(url).with_body(body).with_timeout(30).send()?;
    if response.status_code == 200 {
        return Ok(response.into_bytes());
    }
    Err(format!("{url}: {} {}", response.status_code, response.as_str()?).into())
}

/// Answers requests on loopback until the process ends. `handle` is given the path and the body.
pub fn serve(port: &str, mut handle: impl FnMut(&str, &[u8]) -> Result<Vec<u8>>) -> Result<()> {
    let server = tiny_http::Server::http(format!("127.0.0.1:{port}"))
        .map_err(|error| error as Box<dyn Error>)?;
    println!("ready");
    for mut request in server.incoming_requests() {
        let mut body = Vec::new();
        request.as_reader().take(1 << 20).read_to_end(&mut body)?;
        let handled =
            handle(request.url(), &body).inspect_err(|error| println!("refused: {error}"));
        let (octets, status) = handled
            .map_or_else(|error| (error.to_string().into_bytes(), 400), |octets| (octets, 200));
        // Who has gone away doesn't want it.
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
