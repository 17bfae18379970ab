//! A key management server.
//!
//! ```text
//! kms FOLDER URI new                  makes its master keys, and prints its certificate
//! kms FOLDER URI user USER…           shares keys with users, and prints them: USER TrK InK
//! kms FOLDER URI also CERTIFICATE     knows another KMS by the file of its certificate
//! kms FOLDER URI offer USER           offers a user new shared keys
//! kms FOLDER URI serve PORT
//! ```

#![forbid(unsafe_code)]

use std::fs;
use std::io::{Write, stdout};
use std::process::ExitCode;

use eccsi_sakke::kms::xml::{Served, Signed, answer};
use eccsi_sakke::kms::{
    Asked, CertificateParts, CertificateStore, Error, IntegrityKey, KeyIssuer, KeyRing, Request,
    RequestCheck, Role, SeenRequests, SharedKeyId, SharedKeys, TransportKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, eccsi, sakke};
use eccsi_sakke_files::{Folder, issued};
use programs::{Result, clock, folder, now, rng, run, serve};

fn main() -> ExitCode {
    run(|arguments| {
        let [path, uri, command, rest @ ..] = arguments else { return Err("see kms.rs".into()) };
        let folder = folder(path, uri)?;
        match (*command, rest) {
            ("new", []) => create(&folder, uri),
            ("user", users) => users.iter().try_for_each(|user| share(&folder, user)),
            ("also", [file]) => also(&folder, file),
            ("offer", [user]) => offer(&folder, user),
            ("serve", [port]) => {
                let mut server = Server::open(folder)?;
                let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
                serve(port, |path, document| server.answer(&url(path), document))
            }
            _ => Err("see kms.rs".into()),
        }
    })
}

fn create(folder: &Folder, uri: &str) -> Result<()> {
    let (ksak, z) =
        (eccsi::KmsSecretKey::generate(&mut rng())?, sakke::KmsSecretKey::generate(&mut rng())?);
    let parts = CertificateParts::new(
        uri,
        KeyPeriods::new(30 * 86_400)?,
        ksak.public_key(),
        z.public_key(),
    );
    println!("{}", String::from_utf8(parts.to_xml()?.to_vec())?);
    let mut certificates = CertificateStore::new(100);
    certificates.insert(parts.try_into()?, now())?;
    folder.create("KSAK", &ksak)?;
    folder.create("z", &z)?;
    folder.create("certificates", &certificates)?;
    Ok(())
}

fn share(folder: &Folder, user: &str) -> Result<()> {
    let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
    let ink = IntegrityKey::generate(SharedKeyId(2), &mut rng());
    let shared = [trk.to_bytes(), ink.to_bytes()].map(hex::encode);
    let ring = KeyRing::new(SharedKeys::new(trk, Some(ink)));
    folder.create(&format!("ring {user}"), &ring)?;
    Ok(writeln!(stdout(), "{user} {}", shared.join(" "))?)
}

fn also(folder: &Folder, file: &str) -> Result<()> {
    let parts =
        CertificateParts { role: Role::External, ..CertificateParts::from_xml(&fs::read(file)?)? };
    let (mut record, mut certificates) = folder.read::<CertificateStore>("certificates")?;
    certificates.insert(parts.try_into()?, now())?;
    Ok(record.write(&certificates)?)
}

/// Identifiers go up by two: TrK and InK.
fn offer(folder: &Folder, user: &str) -> Result<()> {
    let (mut record, mut ring) = folder.read::<KeyRing>(&format!("ring {user}"))?;
    let id = ring.newest().transport().id().0 + 2;
    let ink = IntegrityKey::generate(SharedKeyId(id + 1), &mut rng());
    ring.offer(TransportKey::generate(SharedKeyId(id), &mut rng()), Some(ink))?;
    record.write(&ring)?;
    Ok(writeln!(stdout(), "{user} is offered transport key {id}")?)
}

struct Server {
    folder: Folder,
    ksak: eccsi::KmsSecretKey,
    z: sakke::KmsSecretKey,
    certificates: CertificateStore,
    seen: SeenRequests,
}

impl Server {
    fn open(folder: Folder) -> Result<Self> {
        let ((_, ksak), (_, z)) = (folder.read("KSAK")?, folder.read("z")?);
        let (_, certificates) = folder.read("certificates")?;
        let seen = SeenRequests::new(1000, &clock(1));
        Ok(Self { folder, ksak, z, certificates, seen })
    }

    /// The request says who asks, and the keys that it is signed with say that it is true.
    fn answer(&mut self, url: &str, document: &[u8]) -> Result<Vec<u8>> {
        let user = Signed::<Request>::from_xml(document)?.into_unverified().user_uri;
        let (mut record, mut ring) = self.folder.read::<KeyRing>(&format!("ring {user}"))?;
        let certificate = self.certificates.home(now())?;
        let issuer = KeyIssuer::new(certificate, &self.ksak, &self.z)?;
        let (user_uris, clock) = (&[user.as_str()][..], clock(1));
        let check =
            RequestCheck { certificate, url, user_uris, shared: None, periods_ahead: 1, clock };
        let serve = |asked| match asked {
            Asked::Init => Ok(Served::Certificate),
            Asked::KeyProv { user_uri, periods } => {
                let set =
                    |number| issued(&self.folder, &issuer, certificate, (&user_uri, number), now());
                Ok(Served::KeySets(periods.map(set).collect::<Result<_, _>>()?))
            }
            Asked::CertCache(_) => {
                let others = self.certificates.of_role(Role::External, now());
                Ok(Served::Certificates(None, others.map(|other| other.parts().clone()).collect()))
            }
            _ => Err(Error::Resource),
        };
        let answer = answer(document, &mut ring, Wrapping::Padded, &check, &mut self.seen, serve)?;
        if let Some(error) = answer.refused {
            println!("{user} is refused: {error}");
        }
        record.write(&ring)?;
        Ok(answer.document.to_vec())
    }
}
