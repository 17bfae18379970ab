//! A folder keeps records, and refuses those that were exchanged, replaced or damaged.

mod place;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use eccsi_sakke::kms::{self, ErrorReport};
use eccsi_sakke::mission_critical::{Key, Purpose};
use eccsi_sakke::stored::{self, DeviceKey};
use eccsi_sakke_files::{Counter, Error, Folder, device_key};
use getrandom::{SysRng, rand_core::UnwrapErr};
use place::Place;

const OWNER: &str = "sip:alice@example.org";

impl Place {
    fn open(&self) -> Folder {
        Folder::open(&self.0, device(), OWNER).expect("a folder")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn device() -> DeviceKey {
    DeviceKey::new(1, &[7; 32])
}

fn key() -> Key {
    Key::generate(Purpose::Gmk, &mut UnwrapErr(SysRng))
}

#[test]
fn what_was_written_last_is_read_after_a_restart() {
    let place = Place::new();
    let (first, second) = (key(), key());
    let folder = place.open();
    let mut record = folder.create("gmk", &first).expect("created");
    record.write(&second).expect("written");
    drop((record, folder));
    let (mut record, read) = place.open().read::<Key>("gmk").expect("read");
    assert_eq!(read.id(), second.id());
    record.write(&first).expect("written");
    drop(record);
    let (_, read) = place.open().read::<Key>("gmk").expect("read");
    assert_eq!(read.id(), first.id());
}

#[test]
fn a_record_is_created_once_and_must_be_there_to_be_read() {
    let place = Place::new();
    let folder = place.open();
    assert!(matches!(folder.read::<Key>("gmk"), Err(Error::Missing(name)) if name == "gmk"));
    folder.create("gmk", &key()).expect("created");
    assert!(matches!(folder.create("gmk", &key()), Err(Error::Exists(name)) if name == "gmk"));
    folder.remove("gmk").expect("removed");
    folder.remove("gmk").expect("nothing to remove");
    assert!(matches!(folder.read::<Key>("gmk"), Err(Error::Missing(_))));
    folder.create("gmk", &key()).expect("created again");
}

#[test]
fn a_folder_has_one_process() {
    let place = Place::new();
    let folder = place.open();
    let second = Folder::open(&place.0, device(), OWNER);
    assert!(matches!(second, Err(Error::InUse(path)) if path == place.0));
    let clone = folder.clone();
    drop(folder);
    assert!(Folder::open(&place.0, device(), OWNER).is_err());
    drop(clone);
    place.open();
}

#[test]
fn every_name_is_a_file_of_its_own() {
    let place = Place::new();
    let folder = place.open();
    let names = ["", "a", "A", "a.record", "sip:alice@example.org", "../gmk", "%41", "ä", ".new"];
    assert!(matches!(folder.create("", &key()), Err(Error::Name(_))));
    assert!(matches!(folder.create(&"a".repeat(201), &key()), Err(Error::Name(_))));
    let keys: Vec<_> = names[1..].iter().map(|name| (*name, key())).collect();
    for (name, key) in &keys {
        folder.create(name, key).expect(name);
    }
    for (name, key) in &keys {
        assert_eq!(folder.read::<Key>(name).expect(name).1.id(), key.id());
    }
    let mut all: Vec<_> = keys.iter().map(|(name, _)| (*name).to_owned()).collect();
    all.sort();
    assert_eq!(folder.names().expect("listed"), all);
    // Each record has a file in this folder, and the device key has one.
    assert_eq!(fs::read_dir(&place.0).expect("a folder").count(), keys.len() + 1);
}

#[test]
fn the_files_of_two_records_cannot_be_exchanged() {
    let place = Place::new();
    let folder = place.open();
    folder.create("one", &key()).expect("created");
    folder.create("other", &key()).expect("created");
    fs::rename(place.file("one.record"), place.file("other.record")).expect("renamed");
    let refused = |result: Result<_, Error>| match result {
        Err(Error::Record { source, .. }) => Some(source),
        _ => None,
    };
    let read = folder.read::<Key>("other").map(|_| ());
    assert_eq!(refused(read), Some(stored::Error::Owner));
    drop(folder);
    let other = Folder::open(&place.0, device(), "sip:bob@example.org").expect("a folder");
    assert_eq!(refused(other.read::<Key>("other").map(|_| ())), Some(stored::Error::Owner));
}

/// A counter whose value a test can read.
#[derive(Clone, Copy)]
struct Kept(&'static Mutex<u64>);

impl Counter for Kept {
    fn least(&self, _: &str) -> io::Result<u64> {
        Ok(*self.0.lock().expect("nobody panicked"))
    }

    fn set(&self, _: &str, generation: u64) -> io::Result<()> {
        *self.0.lock().expect("nobody panicked") = generation;
        Ok(())
    }
}

#[test]
fn a_file_that_was_put_back_is_refused_where_there_is_a_counter() {
    let place = Place::new();
    let counter = Kept(Box::leak(Box::new(Mutex::new(0))));
    let open = || Folder::open_with(&place.0, device(), OWNER, counter).expect("a folder");
    let folder = open();
    let mut record = folder.create("gmk", &key()).expect("created");
    let old = fs::read(place.file("gmk.record")).expect("read");
    record.write(&key()).expect("written");
    assert_eq!(counter.least("gmk").expect("kept"), 2);
    let new = fs::read(place.file("gmk.record")).expect("read");
    fs::write(place.file("gmk.record"), old).expect("put back");
    let read = folder.read::<Key>("gmk").map(|_| ());
    let Err(Error::Record { source, .. }) = read else { panic!("{read:?}") };
    assert_eq!(source, stored::Error::Generation);
    fs::write(place.file("gmk.record"), new).expect("put back");
    folder.read::<Key>("gmk").expect("the last one");
    // A record that is created again is not older than the removed one.
    folder.remove("gmk").expect("removed");
    // A lost record is distinguished from one that never existed.
    let lost = folder.read::<Key>("gmk").map(|_| ());
    assert!(matches!(lost, Err(Error::Lost(_))), "{lost:?}");
    folder.create("gmk", &key()).expect("created");
    assert_eq!(counter.least("gmk").expect("kept"), 3);
}

/// A counter that cannot be read.
struct Broken;

impl Counter for Broken {
    fn least(&self, _: &str) -> io::Result<u64> {
        Err(io::ErrorKind::Other.into())
    }

    fn set(&self, _: &str, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Other.into())
    }
}

#[test]
fn nothing_is_read_without_the_counter_of_the_device() {
    let place = Place::new();
    place.open().create("gmk", &key()).expect("created");
    let folder = Folder::open_with(&place.0, device(), OWNER, Broken).expect("a folder");
    let read = folder.read::<Key>("gmk").map(|_| ());
    assert!(matches!(read, Err(Error::Io { doing: "counting", .. })), "{read:?}");
}

#[test]
fn a_record_can_be_put_in_the_place_of_one_that_does_not_open() {
    let place = Place::new();
    let folder = place.open();
    folder.put("gmk", &key()).expect("created");
    fs::write(place.file("gmk.record"), b"no record").expect("written");
    let new = key();
    folder.put("gmk", &new).expect("replaced");
    assert_eq!(folder.read::<Key>("gmk").expect("read").1.id(), new.id());
    let made = folder.read_or_create::<_, Error>("other", || Ok(key())).expect("made").1;
    let read = folder.read_or_create::<_, Error>("other", || Ok(key())).expect("read").1;
    assert_eq!(made.id(), read.id());
}

#[test]
fn nothing_is_left_of_what_a_killed_process_was_writing() {
    let place = Place::new();
    let folder = place.open();
    folder.create("gmk", &key()).expect("created");
    fs::copy(place.file("gmk.record"), place.file("gmk.new")).expect("copied");
    folder.remove("gmk").expect("removed");
    assert!(!place.file("gmk.new").exists());
    fs::write(place.file("other.new"), b"half of it").expect("written");
    drop(folder);
    place.open();
    assert!(!place.file("other.new").exists());
}

#[test]
fn a_device_key_is_made_once() {
    let place = Place::new();
    fs::create_dir_all(&place.0).expect("made");
    let file = place.file("device-key");
    let key = device_key(&file, 3).expect("made");
    assert_eq!(key.id(), 3);
    assert_eq!(device_key(&file, 3).expect("read").to_bytes(), key.to_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // No other file is left, and a file that a killed process left behind does no harm.
    assert_eq!(fs::read_dir(&place.0).expect("a folder").count(), 1);
    fs::remove_file(&file).expect("removed");
    let new = file.with_extension(format!("{}.new", std::process::id()));
    fs::write(new, [1; 7]).expect("written");
    assert_ne!(device_key(&file, 3).expect("made").to_bytes(), key.to_bytes());
    fs::write(&file, [1; 31]).expect("written");
    assert!(matches!(device_key(&file, 3), Err(Error::Record { .. })));
    assert!(matches!(device_key(&place.file("no/device-key"), 3), Err(Error::Io { .. })));
}

/// Makes a folder where a file is to be created, so that the creation fails.
fn block(path: &Path) {
    fs::create_dir(path).expect("made");
}

#[test]
fn a_write_that_fails_changes_nothing() {
    let place = Place::new();
    let folder = place.open();
    let (first, second) = (key(), key());
    let mut record = folder.create("gmk", &first).expect("created");
    block(&place.file("gmk.new"));
    let failed = record.write(&second);
    assert!(matches!(&failed, Err(Error::Io { doing: "writing", .. })), "{failed:?}");
    assert_eq!(folder.read::<Key>("gmk").expect("read").1.id(), first.id());
    fs::remove_dir(place.file("gmk.new")).expect("removed");
    record.write(&second).expect("written");
    assert_eq!(folder.read::<Key>("gmk").expect("read").1.id(), second.id());
}

#[cfg(unix)]
#[test]
fn a_folder_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _folder = place.open();
    let mode = fs::metadata(&place.0).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn every_error_says_what_to_do() {
    let place = Place::new();
    let folder = place.open();
    let in_use = Folder::open(&place.0, device(), OWNER).map(|_| ());
    let missing = folder.read::<Key>("gmk").map(|_| ());
    folder.create("gmk", &key()).expect("created");
    let exists = folder.create("gmk", &key()).map(|_| ());
    let name = folder.remove("");
    fs::write(place.file("gmk.record"), b"no record").expect("written");
    let record = folder.read::<Key>("gmk").map(|_| ());
    block(&place.file("other.new"));
    let io = folder.create("other", &key()).map(|_| ());
    let found =
        [in_use, missing, exists, name, record, io].map(|found| found.expect_err("refused"));
    let report = ErrorReport::from(kms::Error::Stale);
    let others = [
        Error::Lost("gmk".into()),
        Error::Kms(kms::Error::Keys),
        Error::Kms(kms::Error::Primitive(eccsi_sakke::Error::Unavailable)),
        Error::Refused(report),
        Error::Line("no route".into()),
    ];
    for error in found.into_iter().chain(others) {
        let text = error.to_string();
        assert!(text.contains(": "), "{text}");
        let wraps = matches!(
            error,
            Error::Io { .. }
                | Error::Record { .. }
                | Error::Kms(kms::Error::Primitive(_))
                | Error::Line(_)
        );
        assert_eq!(std::error::Error::source(&error).is_some(), wraps, "{text}");
        let told = match error {
            Error::Kms(ref error) => *error,
            Error::Io { .. } => kms::Error::Primitive(eccsi_sakke::Error::Unavailable),
            _ => kms::Error::Primitive(eccsi_sakke::Error::Fault),
        };
        assert_eq!(kms::Error::from(error), told, "{text}");
    }
}
