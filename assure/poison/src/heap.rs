//! A heap that takes nothing back, for static binaries, where valgrind can't put its own in place of
//! glibc's. That one keeps its notes in what was freed and beside it, and would branch on the secrets
//! that were there: reports that say nothing of the crate.

#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a run takes is a fraction of it.
const OCTETS: usize = 1 << 28;

struct Heap {
    room: UnsafeCell<[u8; OCTETS]>,
    taken: AtomicUsize,
}

#[global_allocator]
static HEAP: Heap = Heap { room: UnsafeCell::new([0; OCTETS]), taken: AtomicUsize::new(0) };

// SAFETY: the room is reached only through what `alloc` gives, and that is given once.
unsafe impl Sync for Heap {}

// SAFETY: each block is within the room, aligned, and begins where the one before it ends or later.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.room.get().cast::<u8>();
        // Room for the block wherever its alignment puts it.
        let most = layout.size() + layout.align();
        let taken = self.taken.fetch_add(most, Ordering::Relaxed);
        if taken + most > OCTETS {
            return null_mut();
        }
        let block = start.wrapping_add(taken);
        block.wrapping_add(block.align_offset(layout.align()))
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
