//! Wipes secrets in the place where they stand: a table, and what a call leaves on the stack.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Wipes what it borrows when it goes out of scope.
///
/// It is for values of kilobytes. A value that is moved into a `Zeroizing` stands on the stack twice, and one of the
/// two isn't wiped.
pub(crate) struct Wiped<'a, T: Zeroize>(pub(crate) &'a mut T);

impl<T: Zeroize> Deref for Wiped<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: Zeroize> DerefMut for Wiped<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0
    }
}

impl<T: Zeroize> Drop for Wiped<'_, T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Returns the result of `call`, and wipes the stack that it used.
///
/// It is for libraries that leave keys in their temporaries. The result is written directly to the caller's place for
/// it. A caller that moves it elsewhere leaves a copy.
pub(crate) fn stack_wiped<T>(call: impl FnOnce() -> T) -> T {
    // The stack is wiped by a drop: a variable for the result would be moved from.
    let _below = Below;
    apart(call)
}

/// Wipes the stack below when it goes out of scope.
struct Below;

impl Drop for Below {
    fn drop(&mut self) {
        wipe_below();
    }
}

/// Calls from a frame that begins where that of [`wipe_below`] does.
#[inline(never)]
fn apart<T>(call: impl FnOnce() -> T) -> T {
    call()
}

/// The number of 64-bit words that are wiped. A MAC, a cipher or a derivation uses fewer. With AVX-512 the cipher keeps
/// each round key four times, and 64 blocks.
const DEEP: usize =
    if cfg!(any(target_arch = "x86", target_arch = "x86_64")) { 2048 } else { 1024 };

/// Wipes the stack below the caller's frame.
#[inline(never)]
fn wipe_below() {
    let mut words = [0u64; DEEP];
    words.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_borrowed_is_wiped_and_nothing_else() {
        let mut octets = [1u8, 2, 3, 4];
        let (front, _) = octets.split_first_chunk_mut::<2>().unwrap();
        let mut wiped = Wiped(front);
        wiped[0] = 9;
        assert_eq!(*wiped, [9, 2]);
        drop(wiped);
        assert_eq!(octets, [0, 0, 3, 4]);
    }
}
