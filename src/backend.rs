//! Chooses the arithmetic. Each operation asks the CPU once, and the answer is a token.
//!
//! A token is the proof that its instructions may be executed. A routine that needs them takes the token,
//! or a value that can only be made with it.
//!
//! `--cfg eccsi_sakke_backend="portable"`, `"adx"` or `"ifma"` forces the choice on x86-64. Other CPUs have only the
//! portable arithmetic. If the CPU can't run what is forced, the program stops with a message before there is a
//! token. With `--cfg eccsi_sakke_backend_unchecked` as well, the CPU isn't asked: this is for valgrind and for
//! emulators, which run ADX but hide it from CPUID. Anyone who builds that way promises that the instructions are
//! there. If they are not, the behaviour is undefined.
//!
//! On a target without an operating system CPUID isn't asked either: `-Ctarget-feature` says which instructions
//! there are, and by default there are none.

use core::fmt;

/// The arithmetic that SAKKE uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// 64-bit limbs in plain Rust: every CPU.
    Portable,
    /// The same limbs with MULX, ADCX and ADOX, and AVX2: x86-64 since about 2015.
    Adx,
    /// AVX-512 IFMA, several products at once: x86-64 servers since about 2019.
    Ifma,
}

impl Backend {
    /// The backend that this build uses on this CPU.
    ///
    /// # Panics
    ///
    /// If `--cfg eccsi_sakke_backend` forces a backend that this CPU can't run, this function panics, and so
    /// does every operation that would use it, because to go on would be undefined behaviour. No other build
    /// panics here.
    ///
    /// ```
    /// println!("SAKKE runs on: {}", eccsi_sakke::Backend::detect());
    /// ```
    #[must_use]
    pub fn detect() -> Self {
        if Ifma::detect().is_some() {
            Self::Ifma
        } else if Adx::detect().is_some() {
            Self::Adx
        } else {
            Self::Portable
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Adx => "adx",
            Self::Ifma => "ifma",
        })
    }
}

/// The backend that the build forces, if it forces one.
const FORCED: Option<Backend> = if cfg!(eccsi_sakke_backend = "portable") {
    Some(Backend::Portable)
} else if cfg!(all(eccsi_sakke_backend = "adx", target_arch = "x86_64")) {
    Some(Backend::Adx)
} else if cfg!(all(eccsi_sakke_backend = "ifma", target_arch = "x86_64")) {
    Some(Backend::Ifma)
} else {
    None
};

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(cpu_adx, "adx", "bmi2", "avx2");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(cpu_ifma, "avx512f", "avx512ifma");

/// Returns true if a forced backend can run, and otherwise ends the program.
#[cfg(target_arch = "x86_64")]
#[inline]
fn forced(is_there: fn() -> bool) -> bool {
    if !cfg!(eccsi_sakke_backend_unchecked) && !is_there() {
        stop();
    }
    true
}

#[cfg(target_arch = "x86_64")]
#[cold]
#[inline(never)]
#[expect(
    clippy::panic,
    reason = "the one panic: the CPU lacks what the builder forced it to execute"
)]
fn stop() -> ! {
    panic!(
        "this build of eccsi-sakke is forced to instructions that this CPU or its operating system doesn't \
         run: build it without --cfg eccsi_sakke_backend, and it uses what it finds"
    );
}

/// Every backend may run, except in the builds of `fuzz`, which compare the backends.
#[cfg(all(target_arch = "x86_64", not(fuzzing)))]
const fn may_run(_: Backend) -> bool {
    true
}

#[cfg(all(target_arch = "x86_64", fuzzing))]
fn may_run(backend: Backend) -> bool {
    backend as u8 <= BEST.load(core::sync::atomic::Ordering::Relaxed)
}

/// The best backend that may run, as its discriminant.
#[cfg(fuzzing)]
static BEST: core::sync::atomic::AtomicU8 = core::sync::atomic::AtomicU8::new(u8::MAX);

/// From now on, no backend better than `best` runs.
#[cfg(fuzzing)]
#[cfg_attr(not(feature = "hazmat"), expect(dead_code, reason = "the fuzz targets have hazmat"))]
pub(crate) fn limit(best: Backend) {
    BEST.store(best as u8, core::sync::atomic::Ordering::Relaxed);
}

/// Proof that the CPU has BMI2, ADX and AVX2, and that the operating system runs the last.
#[derive(Clone, Copy)]
pub(crate) struct Adx(());

impl Adx {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        let there = match FORCED {
            #[cfg(target_arch = "x86_64")]
            Some(Backend::Adx | Backend::Ifma) => forced(cpu_adx::get),
            #[cfg(target_arch = "x86_64")]
            None => cpu_adx::get() && may_run(Backend::Adx),
            _ => false,
        };
        there.then_some(Self(()))
    }
}

/// Proof that the CPU and the operating system run AVX-512 F and IFMA.
#[derive(Clone, Copy)]
pub(crate) struct Ifma(());

impl Ifma {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        let there = match FORCED {
            #[cfg(target_arch = "x86_64")]
            Some(Backend::Ifma) => forced(cpu_ifma::get),
            #[cfg(target_arch = "x86_64")]
            None => cpu_ifma::get() && may_run(Backend::Ifma),
            _ => false,
        };
        there.then_some(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forced_backend_runs() {
        if let Some(forced) = FORCED {
            assert_eq!(Backend::detect(), forced);
        }
        // --cfg eccsi_sakke_backend forces the choice, whatever this CPU has.
        for (name, is_set) in [
            (Backend::Portable, cfg!(eccsi_sakke_backend = "portable")),
            (Backend::Adx, cfg!(all(eccsi_sakke_backend = "adx", target_arch = "x86_64"))),
            (Backend::Ifma, cfg!(all(eccsi_sakke_backend = "ifma", target_arch = "x86_64"))),
        ] {
            assert!(!is_set || Backend::detect() == name);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_forced_backend_that_is_there_runs() {
        assert!(forced(|| true));
    }

    #[cfg(all(target_arch = "x86_64", not(eccsi_sakke_backend_unchecked)))]
    #[test]
    #[should_panic(
        expected = "forced to instructions that this CPU or its operating system doesn't run"
    )]
    fn a_forced_backend_that_is_missing_stops() {
        forced(|| false);
    }
}
