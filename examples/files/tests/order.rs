//! `strace` shows the order of the system calls that replace a record.

#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::process::Command;

use eccsi_sakke::mission_critical::{Key, Purpose};
use eccsi_sakke::stored::DeviceKey;
use eccsi_sakke_files::Folder;
use getrandom::{SysRng, rand_core::UnwrapErr};

/// Names the folder of the traced process, which runs the first test of this file.
const FOLDER: &str = "FOLDER_OF_THE_TRACED";

/// In the traced process, creates a record, writes it again and removes it. In any other process, does nothing.
#[test]
fn traced() {
    let Some(path) = env::var_os(FOLDER) else { return };
    let folder =
        Folder::open(path.as_ref(), DeviceKey::new(1, &[7; 32]), "owner").expect("a folder");
    let key = Key::generate(Purpose::Gmk, &mut UnwrapErr(SysRng));
    let mut record = folder.create("gmk", &key).expect("created");
    record.write(&key).expect("written");
    folder.remove("gmk").expect("removed");
}

/// The calls that change a file or a folder, or flush it to the disk.
const CHANGING: &str = "trace=openat,creat,write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,truncate,\
    ftruncate,fallocate,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,symlinkat,unlink,unlinkat";

/// Describes a line of the trace by the names of the files in it.
fn call(line: &str) -> Option<&'static str> {
    let name = |name: &str| line.contains(&format!("/{name}"));
    let is = |call: &str| line.split_whitespace().any(|word| word.starts_with(call));
    if line.ends_with("ENOENT (No such file or directory)") {
        return None;
    }
    Some(if is("openat(") && name("gmk.new") {
        assert!(line.contains("O_CREAT") && line.contains("O_TRUNC"), "{line}");
        "make the new file"
    } else if is("write(") && name("gmk.new>") {
        "write to it"
    } else if is("fsync(") && name("gmk.new>") {
        "sync it"
    } else if is("rename") && name("gmk.new\"") && name("gmk.record\"") {
        "rename it"
    } else if is("fsync(") && !name("gmk") {
        "sync the folder"
    } else if is("unlink") && name("gmk.record\"") {
        "remove the file"
    } else {
        // Nothing else may be done to these files.
        assert!(!name("gmk"), "{line}");
        return None;
    })
}

/// Whether this system lets a process trace another, which some containers forbid. Panics if strace is not installed.
fn may_trace() -> bool {
    let probe = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let probe = probe.expect("this test needs strace");
    let told = String::from_utf8_lossy(&probe.stderr);
    let forbidden = !probe.status.success() && told.contains("Operation not permitted");
    if forbidden {
        println!("skipped, because this system does not permit tracing: {told}");
    }
    !forbidden
}

#[test]
fn the_new_file_is_synced_before_it_is_renamed_and_the_folder_after_it() {
    if !may_trace() {
        return;
    }
    let place = env::temp_dir().join(format!("eccsi-sakke-order-{}", std::process::id()));
    let trace = place.with_extension("trace");
    let status = Command::new("strace")
        .args(["-f", "-y", "-qq", "-s", "0", "-e", CHANGING, "-o"])
        .arg(&trace)
        .arg(env::current_exe().expect("this program"))
        .args(["--exact", "traced", "--test-threads", "1"])
        .env(FOLDER, &place)
        .output()
        .expect("strace, which was there before");
    assert!(status.status.success(), "{status:?}");
    let text = fs::read_to_string(&trace).expect("a trace");
    let in_folder = |line: &&str| line.contains("eccsi-sakke-order-");
    let calls: Vec<_> = text.lines().filter(in_folder).filter_map(call).collect();
    let _ = (fs::remove_dir_all(&place), fs::remove_file(&trace));
    let replaced = ["make the new file", "write to it", "sync it", "rename it", "sync the folder"];
    let mut expected = [replaced, replaced].concat();
    expected.extend(["remove the file", "sync the folder"]);
    assert_eq!(calls, expected, "{text}");
}
