//! Prints how many octets each key has, and how many a prepared key has on the heap, as the allocator counts them.
//!
//! ```text
//! cargo run --release --example memory
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

use eccsi_sakke::{Backend, Identifier, eccsi, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

/// Octets allocated and not freed.
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator does the work on unchanged arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

fn report<T>(name: &str, make: impl FnOnce() -> T) {
    let before = HELD.load(Ordering::Relaxed);
    let made = make();
    let heap = HELD.load(Ordering::Relaxed) - before;
    println!("{name:<28} {:>6} {heap:>8}", size_of::<T>());
    drop(made);
}

fn main() -> Result<(), Box<dyn Error>> {
    let kms = sakke::KmsSecretKey::generate(&mut UnwrapErr(SysRng))?;
    let id = Identifier::tel_monthly(2026, 11, "tel:+447700900123")?;
    let (z, receiver) = (kms.public_key(), kms.extract(&id)?);
    let recipient = z.recipient(&id)?;
    println!("{:<28} {:>6} {:>8}", Backend::detect(), "value", "heap");
    report("sakke::KmsPublicKey", || *z);
    report("sakke::Recipient", || recipient);
    report("sakke::ReceiverKey", || receiver.clone());
    report("sakke::PreparedKmsPublicKey", || z.prepare());
    report("sakke::PreparedRecipient", || recipient.prepare());
    report("sakke::PreparedReceiverKey", || receiver.prepare());

    let kms = eccsi::KmsSecretKey::generate(&mut UnwrapErr(SysRng))?;
    let kpak = kms.public_key();
    let signer = kms.issue(&mut UnwrapErr(SysRng), id)?;
    report("eccsi::KmsPublicKey", || *kpak);
    report("eccsi::SigningKey", || signer.clone());
    report("eccsi::VerifyingKey", || kpak.verifying_key(id));
    report("eccsi::PreparedKmsPublicKey", || kpak.prepare());
    report("eccsi::PreparedSigner", || kpak.verifying_key(id).prepare(signer.pvt()));
    Ok(())
}
