//! A heap that never reuses a block. It is for static binaries, in which valgrind can't replace the heap of glibc. That
//! heap keeps its notes in freed blocks and beside them, and would branch on secrets that were there. Such reports
//! would say nothing about the crate.

#![allow(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The size of the heap. A run takes a fraction of it.
const OCTETS: usize = 1 << 28;

struct Heap {
    room: UnsafeCell<[u8; OCTETS]>,
    taken: AtomicUsize,
}

#[global_allocator]
static HEAP: Heap = Heap { room: UnsafeCell::new([0; OCTETS]), taken: AtomicUsize::new(0) };

// SAFETY: the room is accessed only through the blocks that `alloc` gives, and each is given only once.
unsafe impl Sync for Heap {}

// SAFETY: each block is within the room and aligned, and begins where the block before it ends, or later.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.room.get().cast::<u8>();
        // This is enough room for the block, wherever its alignment puts it.
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
