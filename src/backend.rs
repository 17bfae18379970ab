//! Which arithmetic runs: the CPU is asked once per operation, and the answer is a token.
//!
//! A token is the proof that its instructions may be executed. The routines that need them take it,
//! or a value that only it can make. `--cfg eccsi_sakke_backend="portable"`, `"adx"` or `"ifma"` forces
//! the choice; a forced backend is the builder's promise, and the CPU isn't asked.

use core::fmt;

/// The arithmetic that SAKKE runs on.
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
    /// What runs on this CPU in this build.
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

/// The builder's promise, if there is one.
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

/// Everything may, but in the builds of `fuzz`, where backends are set beside each other.
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

/// From now on nothing better than `best` runs.
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
            // Every CPU with AVX-512 IFMA has ADX and AVX2.
            Some(forced) => forced != Backend::Portable,
            #[cfg(target_arch = "x86_64")]
            None => cpu_adx::get() && may_run(Backend::Adx),
            #[cfg(not(target_arch = "x86_64"))]
            None => false,
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
            Some(forced) => forced == Backend::Ifma,
            #[cfg(target_arch = "x86_64")]
            None => cpu_ifma::get() && may_run(Backend::Ifma),
            #[cfg(not(target_arch = "x86_64"))]
            None => false,
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
        // --cfg eccsi_sakke_backend forces, whatever this CPU has.
        for (name, is_set) in [
            (Backend::Portable, cfg!(eccsi_sakke_backend = "portable")),
            (Backend::Adx, cfg!(all(eccsi_sakke_backend = "adx", target_arch = "x86_64"))),
            (Backend::Ifma, cfg!(all(eccsi_sakke_backend = "ifma", target_arch = "x86_64"))),
        ] {
            assert!(!is_set || Backend::detect() == name);
        }
    }
}
