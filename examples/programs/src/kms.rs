//! A key management server. The process that faces the network has the master keys, which a deployment avoids: see the
//! chapter on the KMS in the guide. While the server runs, no other command can use its folder.
//!
//! ```text
//! kms FOLDER URI new                  makes its master keys, and prints its certificate
//! kms FOLDER URI user USER…           makes keys to share with users, and prints them: USER TrK InK
//! kms FOLDER URI also CERTIFICATE     adds another KMS from the file of its certificate
//! kms FOLDER URI offer USER           offers new shared keys to a user
//! kms FOLDER URI serve PORT           answers its users
//! ```

use std::io::{Write, stdout};
use std::process::ExitCode;

use eccsi_sakke::kms::xml::{Served, Signed, answer};
use eccsi_sakke::kms::{
    Asked, CertificateParts, CertificateStore, Deviations, Error, IntegrityKey, KeyIssuer, KeyRing,
    Request, RequestCheck, Role, SeenRequests, SharedKeyId, SharedKeys, TransportKey, Wrapping,
};
use eccsi_sakke::{KeyPeriods, eccsi, sakke};
use eccsi_sakke_files::{Folder, forget_issued_before, issued};
use getrandom::rand_core::Rng;
use programs::{Result, clock, folder, now, rng, run, serve};

fn main() -> ExitCode {
    run(|arguments| {
        let [path, uri, command, rest @ ..] = arguments else {
            return Err("unknown command: see the first lines of kms.rs".into());
        };
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
            _ => Err("unknown command: see the first lines of kms.rs".into()),
        }
    })
}

/// If this is interrupted, run it again. It continues with what is stored, and prints the certificate at the end.
fn create(folder: &Folder, uri: &str) -> Result<()> {
    let ksak = || -> Result<_> { Ok(eccsi::KmsSecretKey::generate(&mut rng())?) };
    let z = || -> Result<_> { Ok(sakke::KmsSecretKey::generate(&mut rng())?) };
    let ((_, ksak), (_, z)) =
        (folder.read_or_create("KSAK", ksak)?, folder.read_or_create("z", z)?);
    let periods = KeyPeriods::new(30 * 86_400)?;
    let parts = CertificateParts::new(uri, periods, ksak.public_key(), z.public_key());
    folder.read_or_create("certificates", || -> Result<_> {
        let mut certificates = CertificateStore::new(100);
        certificates.insert(parts.clone().try_into()?, now())?;
        Ok(certificates)
    })?;
    Ok(writeln!(stdout(), "{}", String::from_utf8(parts.to_xml()?.to_vec())?)?)
}

fn share(folder: &Folder, user: &str) -> Result<()> {
    let (_, ring) = folder.read_or_create(&format!("ring {user}"), || -> Result<_> {
        let trk = TransportKey::generate(SharedKeyId(1), &mut rng());
        let ink = IntegrityKey::generate(SharedKeyId(2), &mut rng());
        Ok(KeyRing::new(SharedKeys::new(trk, Some(ink))))
    })?;
    let (trk, ink) = (ring.in_use().transport(), ring.in_use().integrity().ok_or("no InK")?);
    let [trk, ink] = [trk.to_bytes(), ink.to_bytes()].map(hex::encode);
    Ok(writeln!(stdout(), "{user} {trk} {ink}")?)
}

fn also(folder: &Folder, file: &str) -> Result<()> {
    let parts = CertificateParts {
        role: Role::External,
        ..CertificateParts::from_xml(&std::fs::read(file)?)?
    };
    let (mut record, mut certificates) = folder.read::<CertificateStore>("certificates")?;
    certificates.insert(parts.try_into()?, now())?;
    Ok(record.write(&certificates)?)
}

/// The identifiers are random, so that none repeats even after a backup was restored.
fn offer(folder: &Folder, user: &str) -> Result<()> {
    let (mut record, mut ring) = folder.read::<KeyRing>(&format!("ring {user}"))?;
    let [id, other] = [(); 2].map(|()| SharedKeyId(rng().next_u32()));
    let ink = IntegrityKey::generate(other, &mut rng());
    ring.offer(TransportKey::generate(id, &mut rng()), Some(ink))?;
    record.write(&ring)?;
    Ok(writeln!(stdout(), "{user} is offered transport key {:08x}", id.0)?)
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
        let (_, certificates) = folder.read::<CertificateStore>("certificates")?;
        forget_issued_before(&folder, certificates.home(now())?.periods().number(now())?)?;
        Ok(Self { folder, ksak, z, certificates, seen: SeenRequests::new(1000, &clock(1)) })
    }

    /// The request names its user, and the keys that sign it prove the name.
    fn answer(&mut self, url: &str, document: &[u8]) -> Result<Vec<u8>> {
        let Self { folder, ksak, z, certificates, seen } = self;
        let user = Signed::<Request>::from_xml(document)?.into_unverified().user_uri;
        let (mut record, mut ring) = folder.read::<KeyRing>(&format!("ring {user}"))?;
        let certificate = certificates.home(now())?;
        let issuer = KeyIssuer::new(certificate, ksak, z)?;
        let (user_uris, clock) = (&[user.as_str()][..], clock(1));
        let deviations = Deviations::default();
        let check = RequestCheck {
            certificate,
            url,
            user_uris,
            shared: None,
            periods_ahead: 1,
            clock,
            deviations,
        };
        let serve = |asked| match asked {
            Asked::Init => Ok(Served::Certificate),
            Asked::KeyProv { user_uri, periods } => {
                let set = |number| {
                    let set = issued(folder, &issuer, certificate, (&user_uri, number), now());
                    set.inspect_err(|error| println!("{user_uri}: {error}"))
                };
                Ok(Served::KeySets(periods.map(set).collect::<Result<_, _>>()?))
            }
            Asked::CertCache(_) => {
                let others = certificates.of_role(Role::External, now());
                Ok(Served::Certificates(None, others.map(|other| other.parts().clone()).collect()))
            }
            _ => Err(Error::Resource),
        };
        let answer = answer(document, &mut ring, Wrapping::Padded, &check, seen, serve)?;
        if answer.refused.inspect(|error| println!("{user} is refused: {error}")).is_none() {
            record.write(&ring)?;
        }
        Ok(answer.document.to_vec())
    }
}
