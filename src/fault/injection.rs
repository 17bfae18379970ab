//! The faults of tests: one bit of one value, turned when the value passes its site.

#![allow(unsafe_code, reason = "a fault knows no types")]

extern crate std;

use core::cell::RefCell;
use core::mem::take;
use core::ops::AddAssign;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread_local;
use std::vec::Vec;

/// One bit of one word of 8 octets, at the n-th pass of a site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) site: &'static str,
    pub(crate) pass: usize,
    pub(crate) word: usize,
    pub(crate) bit: usize,
}

/// How often a site was passed, and how many words its values had.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    passes: usize,
    words: usize,
}

#[derive(Default)]
struct State {
    /// Sites are noted.
    lists: bool,
    met: BTreeMap<&'static str, Met>,
    /// What is still to happen.
    fault: Option<Fault>,
    /// The comparison before the release is skipped.
    skips: bool,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

pub(crate) fn at<T: ?Sized>(site: &'static str, value: &mut T) {
    STATE.with_borrow_mut(|state| {
        if state.lists {
            let met = state.met.entry(site).or_default();
            met.passes += 1;
            met.words = met.words.max(words(value));
        }
        if let Some(fault) = &mut state.fault
            && fault.site == site
        {
            if fault.pass > 0 {
                fault.pass -= 1;
            } else {
                turn(value, fault.word, fault.bit);
                state.fault = None;
            }
        }
    });
}

pub(crate) fn passed<T: Copy>(site: &'static str, mut value: T) -> T {
    at(site, &mut value);
    value
}

pub(crate) fn verdict(holds: bool) -> bool {
    STATE.with_borrow(|state| holds || state.skips)
}

/// Words of 8 octets in a value, the last one perhaps shorter.
pub(crate) fn words<T: ?Sized>(value: &T) -> usize {
    size_of_val(value).div_ceil(8)
}

/// Turns one bit of a value, which must be made of integers without padding.
pub(crate) fn turn<T: ?Sized>(value: &mut T, word: usize, bit: usize) {
    let last = size_of_val(value) - 1;
    let octet = (8 * word + bit / 8).min(last);
    // SAFETY: the octet is the value's, and any octet is part of some value of these types.
    unsafe { *(&raw mut *value).cast::<u8>().add(octet) ^= 1 << (bit % 8) };
}

/// The bits of a word that are turned: the lowest, one in the middle, the highest.
pub(crate) const BITS: [usize; 3] = [0, 29, 63];

/// Faults at every site that an operation passes: every bit of [`BITS`] in every word at every pass, but
/// of a site with more than `most` words in all every word at some of its passes, the first and
/// the last included.
pub(crate) fn faults<T>(most: usize, operation: impl FnOnce() -> T) -> Vec<Fault> {
    STATE.with_borrow_mut(|state| state.lists = true);
    operation();
    let met = STATE.with_borrow_mut(|state| {
        state.lists = false;
        take(&mut state.met)
    });
    let mut faults = Vec::new();
    for (site, Met { passes, words }) in met {
        let all = passes * words <= most;
        let chosen = if all { passes } else { (most / words).max(2).min(passes) };
        for n in 0..chosen {
            let pass = if chosen == 1 { 0 } else { n * (passes - 1) / (chosen - 1) };
            for word in 0..words {
                let bits = if all { &BITS[..] } else { &BITS[(n + word) % 3..][..1] };
                faults.extend(bits.iter().map(|bit| Fault { site, pass, word, bit: *bit }));
            }
        }
    }
    faults
}

/// What became of an operation with a fault in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The one error that tells nothing.
    Refused,
    /// The fault had no effect.
    Unharmed,
    /// Another result than without the fault, which is right all the same.
    Right,
    /// An assertion of a debug build ended it.
    Stopped,
    /// What must not be given out was.
    Wrong,
}

/// How often each outcome was seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) refused: usize,
    pub(crate) unharmed: usize,
    pub(crate) right: usize,
    pub(crate) stopped: usize,
    pub(crate) wrong: usize,
}

impl Tally {
    pub(crate) fn all(&self) -> usize {
        self.refused + self.unharmed + self.right + self.stopped + self.wrong
    }

    pub(crate) fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Refused => &mut self.refused,
            Outcome::Unharmed => &mut self.unharmed,
            Outcome::Right => &mut self.right,
            Outcome::Stopped => &mut self.stopped,
            Outcome::Wrong => &mut self.wrong,
        } += 1;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, rhs: Self) {
        self.refused += rhs.refused;
        self.unharmed += rhs.unharmed;
        self.right += rhs.right;
        self.stopped += rhs.stopped;
        self.wrong += rhs.wrong;
    }
}

/// What becomes of the operation; the fault must happen in it.
pub(crate) fn outcome_with(fault: Fault, operation: impl FnOnce() -> Outcome) -> Outcome {
    STATE.with_borrow_mut(|state| state.fault = Some(fault));
    let outcome = outcome_of(operation);
    let left = STATE.with_borrow_mut(|state| state.fault.take());
    assert!(left.is_none(), "{fault:?} didn't happen");
    outcome
}

/// What becomes of an operation whose inputs were spoilt already.
pub(crate) fn outcome_of(operation: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or(Outcome::Stopped)
}

/// The same without the comparison that decides whether something is given out: for the controls.
pub(crate) fn without_comparison<T>(operation: impl FnOnce() -> T) -> T {
    STATE.with_borrow_mut(|state| state.skips = true);
    let result = operation();
    STATE.with_borrow_mut(|state| state.skips = false);
    result
}
