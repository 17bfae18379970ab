//! A heap for static binaries that takes nothing back. In such a binary valgrind can't replace glibc's heap by its own.
//! glibc keeps its notes in freed blocks and beside them, and would branch on the secrets that were there. Such reports
//! would say nothing about the crate.

#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A run takes a fraction of this.
const OCTETS: usize = 1 << 28;

struct Heap {
    room: UnsafeCell<[u8; OCTETS]>,
    taken: AtomicUsize,
}

#[global_allocator]
static HEAP: Heap = Heap { room: UnsafeCell::new([0; OCTETS]), taken: AtomicUsize::new(0) };

// SAFETY: the memory is reached only through the blocks that `alloc` gives, and each is given once.
unsafe impl Sync for Heap {}

// SAFETY: each block is within this memory, aligned, and begins at the end of the one before it or later.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.room.get().cast::<u8>();
        // This is enough for the block at any alignment.
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
