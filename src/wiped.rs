//! A table of secrets that is wiped where it stands.

use core::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Wipes what it borrows when it goes out of scope.
///
/// For values of kilobytes: to be moved into a `Zeroizing` they would stand on the stack twice, once
/// without being wiped.
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
