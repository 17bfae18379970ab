//! The program: each failure has a sentence and an exit status of its own.

mod common;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{ALICE, BOB, Domain, of_camera};
use serde_json::{Value, json};

const AT: [&str; 2] = ["--at", "2026-01-01T00:00:00Z"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inspect")).args(arguments).output().expect("run")
}

/// Exit status, standard output and standard error.
fn ran(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    let text = |octets| String::from_utf8(octets).expect("text");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

/// A folder that is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).expect("written");
        path.to_str().expect("text").into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("removed");
    }
}

#[test]
fn the_four_exit_statuses() {
    let folder = Folder::new("statuses");
    let domain = Domain::new("kms.example.org", 2_592_000);
    let message = folder.file("message", domain.message(ALICE, BOB));
    let certificate = folder.file("certificate.xml", domain.certificate_xml());
    let set = folder.file("set.xml", domain.key_set_xml(BOB));
    let names = folder.file("names.json", json!({ "initiator": ALICE }).to_string());
    let others = folder.file("others.json", json!({ "initiator": BOB }).to_string());
    let misspelt = folder.file("misspelt.json", json!({ "initator": ALICE }).to_string());
    let keys = ["--keys", &certificate, "--keys", &set];
    let with = |more: &[&str]| ran(&[&AT, keys.as_slice(), more, &[message.as_str()]].concat());

    let (status, page, _) = with(&["--keys", &names]);
    assert!(status == 0 && page.ends_with("\nno check failed\n"), "{page}");
    let (status, page, _) = with(&["--keys", &others]);
    assert!(status == 1 && page.ends_with(" CHECKS FAILED\n"), "{page}");
    let (status, page, error) = with(&["--keys", &misspelt]);
    assert!(status == 2 && page.is_empty(), "{page}");
    let sentence = format!("inspect: {misspelt}: not valid as KEYS.json: unknown field `initator`");
    assert!(error.starts_with(&sentence), "{error}");
    let (status, page, _) = with(&[]);
    assert!(status == 3 && page.contains("\nnot checked\n  signed by the initiator: "), "{page}");
    // A check that was not requested is not missing.
    let (status, page, _) = with(&["--check", "structure", "--check", "profile"]);
    assert!(status == 0 && !page.contains("signed"), "{page}");
    // An old message is no failure, unless deviations count.
    let later = ["--at", "2026-01-02T00:00:00Z", "--keys", &names, &message];
    let (status, page, _) = ran(&[keys.as_slice(), &later].concat());
    assert!(status == 0 && page.contains("deviation: T is 24 hours before"), "{page}");
    let (status, page, _) = ran(&[keys.as_slice(), &["--strict"], &later].concat());
    assert!(status == 1, "{page}");
    // The same in JSON.
    for (more, status, verdict) in [
        (["--keys", &names].as_slice(), 0, "no-check-failed"),
        (&["--keys", &others], 1, "check-failed"),
        (&[], 3, "not-all-made"),
    ] {
        let (ended, json, _) = with(&[more, &["--json"]].concat());
        let report: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!((ended, report["verdict"].as_str()), (status, Some(verdict)));
        assert_eq!(report["format"], 1);
    }
}

#[test]
fn what_a_newcomer_gets_wrong_has_its_own_sentence() {
    let folder = Folder::new("wrong");
    let camera = folder.file("camera", of_camera());
    let empty = folder.file("empty", "");
    let picture = folder.file("text", "not a message!");
    let vectors = folder.file("vectors.json", r#"{"groups": [{"tests": [{"id": 1}]}]}"#);
    let test = |id: &str| format!("{vectors}:{id}");
    let (first, second) = (test("1"), test("2"));
    for (arguments, sentence) in [
        (vec![], "give INPUT or --vector"),
        (vec!["--frobnicate"], "there is no option --frobnicate"),
        (vec!["--keys"], "--keys takes a value"),
        (vec!["--at", "yesterday", &camera], "--at: not a time: write it as 2027-01-15T08:00:00Z"),
        (vec!["--check", "all", &camera], "--check: no group is called all"),
        (vec![&camera, &camera], "INPUT is given twice: give it once"),
        (vec!["--at", "0", "--at", "0", &camera], "--at is given twice: give it once"),
        (vec!["/nonexistent"], "/nonexistent: No such file"),
        (vec!["--keys", "/nonexistent", &camera], "/nonexistent: No such file"),
        (vec![&empty], "there is no message: give its octets"),
        (vec![&picture], "neither XML, hexadecimal nor base64"),
        (vec!["--keys", &picture, &camera], "not valid as KEYS.json: expected"),
        (vec!["--keys", &camera, &camera], "no keys: give KEYS.json"),
        (vec!["--vector", "7"], "--vector takes FILE.json:ID"),
        (vec!["--vector", &first], "there is no such test with a message"),
        (vec!["--vector", &second], "there is no such test with a message"),
        (vec!["--vector", &first, &camera], "give INPUT or --vector"),
        (vec!["--vector", "/nonexistent:1"], "/nonexistent: No such file"),
        (vec!["--vector", &first, "--keys", &empty], "EOF while parsing"),
    ] {
        let (status, page, error) = ran(&arguments);
        assert!(status == 2 && page.is_empty(), "{arguments:?} {page}");
        assert!(
            error.starts_with("inspect: ") && error.contains(sentence),
            "{arguments:?} {error}"
        );
    }
    let (status, page, _) = ran(&["--help"]);
    assert!(status == 0 && page.starts_with("usage: inspect "), "{page}");
    let (status, page, _) = ran(&[&camera]);
    assert!(status == 1 && page.contains("it has neither encryption nor MAC"), "{page}");
}

#[test]
fn a_test_of_the_vectors() {
    let file = common::vectors_folder().join("mikey.json");
    let test = format!("{}:212", file.to_str().expect("text"));
    let (status, page, error) = ran(&["--vector", &test]);
    assert!(status == 0, "{page}{error}");
    let keys = ["--vector", &test, "--keys", "Cargo.toml"];
    let (status, _, error) = ran(&keys);
    assert!(status == 2 && error.contains("not valid as KEYS.json"), "{error}");
}

#[test]
fn standard_input_is_read() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inspect"))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("run");
    child.stdin.take().expect("piped").write_all(&of_camera()).expect("written");
    let output = child.wait_with_output().expect("ended");
    let page = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.code() == Some(1) && page.starts_with("120 octets binary"), "{page}");
}
