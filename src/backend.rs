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
    /// The same limbs with MULX, ADCX and ADOX: x86-64 since about 2015.
    Adx,
    /// AVX-512 IFMA, several products at once: x86-64 servers since about 2019.
    Ifma,
}

impl Backend {
    /// What runs on this CPU in this build.
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

/// Proof that the CPU has BMI2 and ADX.
#[derive(Clone, Copy)]
pub(crate) struct Adx(());

/// Proof that the CPU and the operating system run AVX-512 F and IFMA.
#[derive(Clone, Copy)]
pub(crate) struct Ifma(());

#[cfg(all(target_arch = "x86_64", not(eccsi_sakke_backend)))]
cpufeatures::new!(cpu_adx, "adx", "bmi2");
#[cfg(all(target_arch = "x86_64", not(eccsi_sakke_backend)))]
cpufeatures::new!(cpu_ifma, "avx512f", "avx512ifma");

impl Adx {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", not(eccsi_sakke_backend)))]
        return cpu_adx::get().then_some(Self(()));
        #[cfg(not(all(target_arch = "x86_64", not(eccsi_sakke_backend))))]
        return cfg!(any(eccsi_sakke_backend = "adx", eccsi_sakke_backend = "ifma"))
            .then_some(Self(()));
    }
}

impl Ifma {
    #[inline]
    pub(crate) fn detect() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", not(eccsi_sakke_backend)))]
        return cpu_ifma::get().then_some(Self(()));
        #[cfg(not(all(target_arch = "x86_64", not(eccsi_sakke_backend))))]
        return cfg!(eccsi_sakke_backend = "ifma").then_some(Self(()));
    }
}
