//! Faults for tests: one value is changed when it passes its site.

#![allow(unsafe_code, reason = "a fault knows no types")]

extern crate std;

use core::cell::RefCell;
use core::mem::take;
use core::ops::AddAssign;
use core::slice;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread_local;
use std::vec::Vec;

/// A change of the value at the n-th pass of a site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) site: &'static str,
    pub(crate) pass: usize,
    pub(crate) change: Change,
}

/// The effect of a fault on a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    /// One bit of one word of 8 octets flips.
    Bit(Bit),
    /// This number of words, beginning with word `first`, become 0, or fewer if the value ends before.
    Zeros { first: usize, words: usize },
    /// All bits become 1.
    Ones,
    /// The value becomes the one that passed the site when the operation ran on other inputs.
    Unrelated,
    /// The value becomes the last one of its length that passed any site, as if the step that makes it
    /// were skipped. It becomes 0 if there was none.
    Skipped,
    /// The value becomes the last one of its length that passed that earlier site, as if both were in the same
    /// place. It becomes 0 if there was none.
    Earlier(&'static str),
}

/// One bit of one word of 8 octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Bit {
    pub(crate) word: usize,
    pub(crate) bit: usize,
}

impl Change {
    /// All of the value becomes 0.
    pub(crate) const ZERO: Self = Self::Zeros { first: 0, words: usize::MAX };

    /// The changes that are tried on every value as a whole.
    const WHOLE: [Self; 4] = [Self::ZERO, Self::Ones, Self::Unrelated, Self::Skipped];
}

/// How often a site was passed, how many sites were met before it, and the largest number of words in its values.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    passes: usize,
    after: usize,
    words: usize,
}

#[derive(Default)]
struct State {
    /// Whether the sites are recorded.
    lists: bool,
    met: BTreeMap<&'static str, Met>,
    /// Whether the values at the sites are kept, for [`Change::Unrelated`].
    keeps: bool,
    unrelated: BTreeMap<&'static str, Vec<Vec<u8>>>,
    /// The fault that is still to happen, and how often its site was passed so far.
    fault: Option<Fault>,
    passes: usize,
    /// The last value of each length since the operation began, and the last value of each site.
    last: BTreeMap<usize, Vec<u8>>,
    last_of: BTreeMap<&'static str, Vec<u8>>,
    /// Whether the comparison before the release is skipped.
    skips: bool,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

impl State {
    fn pass(&mut self, site: &'static str, value: &mut [u8]) {
        if self.lists {
            let after = self.met.len();
            let met = self.met.entry(site).or_insert(Met { after, ..Met::default() });
            met.passes += 1;
            met.words = met.words.max(words(value));
        }
        if self.keeps {
            self.unrelated.entry(site).or_default().push(value.to_vec());
        }
        let Some(fault) = self.fault else { return };
        if fault.site == site && self.passes == fault.pass {
            self.change(value, fault);
            self.fault = None;
            self.last.clear();
            self.last_of.clear();
            return;
        }
        self.passes += usize::from(fault.site == site);
        match fault.change {
            Change::Skipped => _ = self.last.insert(value.len(), value.to_vec()),
            Change::Earlier(other) if other == site => {
                self.last_of.insert(site, value.to_vec());
            }
            _ => {}
        }
    }

    fn change(&self, value: &mut [u8], fault: Fault) {
        let other = match fault.change {
            Change::Unrelated => (self.unrelated.get(fault.site))
                .and_then(|values| values.get(fault.pass % values.len())),
            Change::Skipped => self.last.get(&value.len()),
            Change::Earlier(site) => self.last_of.get(site),
            plain => return change(value, plain),
        };
        match other.filter(|other| other.len() == value.len()) {
            Some(other) => value.copy_from_slice(other),
            None => value.fill(0),
        }
    }
}

/// A change that depends on no other value.
pub(crate) fn change<T: ?Sized>(value: &mut T, change: Change) {
    let value = octets(value);
    match change {
        Change::Bit(Bit { word, bit }) => {
            let octet = (8 * word + bit / 8).min(value.len() - 1);
            value[octet] ^= 1 << (bit % 8);
        }
        Change::Zeros { first, words } => {
            let end = first.saturating_add(words).saturating_mul(8).min(value.len());
            // A later value of the site may be shorter.
            value[(8 * first).min(end)..end].fill(0);
        }
        Change::Ones => value.fill(u8::MAX),
        Change::Unrelated | Change::Skipped | Change::Earlier(_) => {
            panic!("there is no other value")
        }
    }
}

/// The octets of a value, which must consist of integers without padding.
fn octets<T: ?Sized>(value: &mut T) -> &mut [u8] {
    let length = size_of_val(value);
    // SAFETY: the octets are those of the value and are borrowed with it. All of them are initialised, and any octets
    // are a value of these types.
    unsafe { slice::from_raw_parts_mut((&raw mut *value).cast(), length) }
}

pub(crate) fn at<T: ?Sized>(site: &'static str, value: &mut T) {
    STATE.with_borrow_mut(|state| state.pass(site, octets(value)));
}

pub(crate) fn passed<T: Copy>(site: &'static str, mut value: T) -> T {
    at(site, &mut value);
    value
}

pub(crate) fn verdict(holds: bool) -> bool {
    STATE.with_borrow(|state| holds || state.skips)
}

/// The number of words of 8 octets in a value. The last word may be shorter.
pub(crate) fn words<T: ?Sized>(value: &T) -> usize {
    size_of_val(value).div_ceil(8)
}

/// The bits of a word that are flipped: the lowest, one in the middle and the highest.
pub(crate) const BITS: [usize; 3] = [0, 29, 63];

/// How many faults are tried.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    /// If the values of all passes of a site have at most this many words, each bit of [`BITS`] is flipped in each
    /// word. If they have more, one bit is flipped in each word at some of the passes, among them the first and the
    /// last.
    pub(crate) words: usize,
    /// The number of passes at which the value as a whole is changed. The first and the last are among them.
    pub(crate) passes: usize,
}

/// The faults at every site that `operation` passes. `unrelated` runs the same operation on other inputs.
pub(crate) fn faults<T>(
    extent: Extent,
    operation: impl FnOnce() -> T,
    unrelated: impl FnOnce() -> T,
) -> Vec<Fault> {
    STATE.with_borrow_mut(|state| state.lists = true);
    operation();
    let met = STATE.with_borrow_mut(|state| {
        state.lists = false;
        state.keeps = true;
        state.unrelated.clear();
        take(&mut state.met)
    });
    unrelated();
    STATE.with_borrow_mut(|state| state.keeps = false);
    let mut faults = Vec::new();
    for (&site, &Met { passes, after, words }) in &met {
        let all = passes * words <= extent.words;
        let most = if all { passes } else { (extent.words / words).max(2) };
        for (n, pass) in spread(passes, most).enumerate() {
            for word in 0..words {
                let bits = if all { &BITS[..] } else { &BITS[(n + word) % 3..][..1] };
                let bit = |bit: &usize| Change::Bit(Bit { word, bit: *bit });
                faults.extend(bits.iter().map(|b| Fault { site, pass, change: bit(b) }));
            }
        }
        let earlier = met.iter().filter(|(_, met)| met.words == words && met.after < after);
        let earlier = earlier.map(|(other, _)| Change::Earlier(other));
        for pass in spread(passes, extent.passes) {
            let changes = Change::WHOLE.into_iter().chain(parts(words)).chain(earlier.clone());
            faults.extend(changes.map(|change| Fault { site, pass, change }));
        }
    }
    faults
}

/// At most `most` of the passes, among them the first and the last.
fn spread(passes: usize, most: usize) -> impl Iterator<Item = usize> {
    let chosen = most.min(passes);
    (0..chosen).map(move |n| if chosen == 1 { 0 } else { n * (passes - 1) / (chosen - 1) })
}

/// Each field element in the value becomes 0. It has 16 words, or 4 in a smaller value.
fn parts(words: usize) -> impl Iterator<Item = Change> {
    let part = if words > 16 { 16 } else { 4 };
    let firsts = (0..words).step_by(part).filter(move |_| words > part);
    firsts.map(move |first| Change::Zeros { first, words: part })
}

/// The outcome of an operation with a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The operation was refused with an error that reveals nothing.
    Refused,
    /// The fault had no effect.
    Unharmed,
    /// The result differs from the result without the fault, but it is right.
    Right,
    /// An assertion of a debug build stopped the operation.
    Stopped,
    /// A result was given out that must not be.
    Wrong,
}

/// The number of times that each outcome occurred.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) refused: usize,
    pub(crate) unharmed: usize,
    pub(crate) right: usize,
    pub(crate) stopped: usize,
    pub(crate) wrong: usize,
}

impl Tally {
    pub(crate) fn of(outcomes: &[(Fault, Outcome)]) -> Self {
        let mut tally = Self::default();
        for (_, outcome) in outcomes {
            tally.count(*outcome);
        }
        tally
    }

    /// The tally of the outcomes, none of which may be wrong.
    pub(crate) fn of_held(what: &str, outcomes: &[(Fault, Outcome)]) -> Self {
        for (fault, outcome) in outcomes {
            assert_ne!(*outcome, Outcome::Wrong, "{what}: {fault:?}");
        }
        Self::of(outcomes)
    }

    /// The tally of every fault that `run` can meet, none of which may have an outcome that `judge` finds wrong.
    /// `unrelated` runs the same operation on other inputs.
    pub(crate) fn of_all<T>(
        what: &str,
        extent: Extent,
        run: impl Fn() -> T,
        unrelated: impl FnOnce() -> T,
        judge: impl Fn(T) -> Outcome,
    ) -> Self {
        let faults = faults(extent, &run, unrelated);
        Self::of_held(what, &outcomes_with(&faults, || judge(run())))
    }

    /// Prints the line that `.ci/assure faults` counts. Only an assertion of a debug build may have stopped
    /// an operation.
    pub(crate) fn report(&self, what: &str) {
        assert!(self.stopped == 0 || cfg!(debug_assertions), "{self:?}");
        std::println!("{what}: {} faults, {self:?}", self.all());
    }

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

/// One fault in this many is tried. On an emulated CPU, where `PROPTEST_CASES` bounds the random cases, few are tried.
/// In a release build, which `.ci/assure faults` makes, all of them are tried.
pub(crate) fn one_of() -> usize {
    match (std::env::var_os("PROPTEST_CASES"), cfg!(debug_assertions)) {
        (Some(_), _) => 48,
        (None, true) => 12,
        (None, false) => 1,
    }
}

/// The outcomes of the operation with each of the faults that are tried. For each site and kind of change, these are
/// the first fault and then one in [`one_of`].
pub(crate) fn outcomes_with(
    faults: &[Fault],
    operation: impl Fn() -> Outcome,
) -> Vec<(Fault, Outcome)> {
    let mut seen = BTreeMap::new();
    let chosen = faults.iter().filter(|fault| {
        let is_bit = matches!(fault.change, Change::Bit(_));
        let seen = seen.entry((fault.site, is_bit)).or_insert(0);
        *seen += 1;
        (*seen - 1) % one_of() == 0
    });
    chosen.map(|fault| (*fault, outcome_with(*fault, &operation))).collect()
}

/// The outcome of the operation with this fault. The fault must happen in it.
fn outcome_with(fault: Fault, operation: impl FnOnce() -> Outcome) -> Outcome {
    STATE.with_borrow_mut(|state| (state.fault, state.passes) = (Some(fault), 0));
    let outcome = outcome_of(operation);
    let left = STATE.with_borrow_mut(|state| state.fault.take());
    assert!(left.is_none(), "{fault:?} didn't happen");
    outcome
}

/// The outcome of an operation whose inputs are already spoilt.
pub(crate) fn outcome_of(operation: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or(Outcome::Stopped)
}

/// Runs the operation without the comparison that decides whether something is given out, for the controls.
pub(crate) fn without_comparison<T>(operation: impl FnOnce() -> T) -> T {
    STATE.with_borrow_mut(|state| state.skips = true);
    let result = operation();
    STATE.with_borrow_mut(|state| state.skips = false);
    result
}
