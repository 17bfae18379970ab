//! An allocator that leaves freed blocks as they were, and knows the blocks that a step keeps.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::forms::{Kind, Needle};
use crate::masked::Masked;

static RECORDS: AtomicBool = AtomicBool::new(false);
static REUSES: AtomicBool = AtomicBool::new(true);
/// Addresses and lengths of blocks, of which a step has few.
static BLOCKS: Mutex<[(usize, usize); 256]> = Mutex::new([(0, 0); 256]);

struct Recording;

#[global_allocator]
static ALLOCATOR: Recording = Recording;

// SAFETY: every request goes unchanged to the system's allocator, or a block is never freed.
unsafe impl GlobalAlloc for Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let block = unsafe { System.alloc(layout) };
        if RECORDS.load(Ordering::Relaxed) {
            let mut blocks = BLOCKS.lock().expect("one thread");
            let free = blocks.iter_mut().find(|block| block.0 == 0).expect("room");
            *free = (block.addr(), layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if RECORDS.load(Ordering::Relaxed) {
            let mut blocks = BLOCKS.lock().expect("one thread");
            for freed in blocks.iter_mut().filter(|known| known.0 == block.addr()) {
                *freed = (0, 0);
            }
        }
        if REUSES.load(Ordering::Relaxed) {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

/// From now on no block is given back, so that what an operation leaves in freed blocks can be found.
pub fn keep_freed_blocks() {
    REUSES.store(false, Ordering::Relaxed);
}

/// The result of `step`, and 16 octets out of every 128 of each block that it keeps.
pub fn kept_by<T>(step: impl FnOnce() -> T) -> (T, Vec<Needle>) {
    *BLOCKS.lock().expect("one thread") = [(0, 0); 256];
    RECORDS.store(true, Ordering::Relaxed);
    let value = step();
    RECORDS.store(false, Ordering::Relaxed);
    let mut samples = Vec::new();
    let blocks = *BLOCKS.lock().expect("one thread");
    for (address, length) in blocks.into_iter().filter(|block| block.0 != 0) {
        // SAFETY: the block was allocated with this length, and it is not freed because `value` keeps it. It is
        // initialised as far as the step wrote it, and it is read through the allocator's own pointer.
        let octets = unsafe {
            std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(address), length)
        };
        for sample in octets.chunks_exact(128) {
            let sample = &sample[..16];
            if sample.iter().filter(|octet| **octet != 0).count() >= 10 {
                samples.push(Needle { kind: Kind::Words, octets: Masked::new(sample) });
            }
        }
    }
    (value, samples)
}
