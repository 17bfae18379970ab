//! Products, squares and inversions in 𝔽_p, in nanoseconds for each element. The calls form a chain, in which each
//! call waits for the one before. A kernel that this CPU can't run is left out.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use crypto_bigint::U1024;
use crypto_bigint::modular::ConstMontyForm;
use eccsi_sakke::hazmat::bench;

crypto_bigint::const_monty_params!(
    P,
    U1024,
    "997abb1f0a563fda65c61198dad0657a416c0ce19cb48261be9ae358b3e01a2e\
     f40aab27e2fc0f1b228730d531a59cb0e791b39ff7c88a19356d27f4a666a6d0\
     e26c6487326b4cd4512ac5cd65681ce1b6aff4a831852a82a7cf3c521c3c09aa\
     9f94d6af56971f1ffce3e82389857db080c5df10ac7ace87666d807afea85feb",
    "p of RFC 6509 appendix A"
);

/// An element on crypto-bigint alone, with which the kernels are compared.
type Element = ConstMontyForm<P, { U1024::LIMBS }>;

fn operand() -> Element {
    black_box(Element::new(&U1024::from_be_slice(&[0x6d; 128])))
}

fn crypto_bigint_mul(n: u64) {
    let y = operand();
    black_box((0..n).fold(y, |x, _| x * y));
}

fn crypto_bigint_square(n: u64) {
    black_box((0..n).fold(operand(), |x, _| x.square()));
}

/// The time of `n` calls, divided by the elements of each.
fn per_element(elements: u32, calls: fn(u64), n: u64) -> Duration {
    let start = Instant::now();
    calls(n);
    start.elapsed() / elements
}

fn field(c: &mut Criterion) {
    let bigint = bench::Kernel {
        name: "crypto-bigint",
        elements: 1,
        mul: crypto_bigint_mul,
        square: crypto_bigint_square,
    };
    let kernels: Vec<_> = [bigint].into_iter().chain(bench::kernels()).collect();
    for (group, of) in [
        ("field/mul", (|kernel| kernel.mul) as fn(&bench::Kernel) -> fn(u64)),
        ("field/square", |kernel| kernel.square),
    ] {
        let mut group = c.benchmark_group(group);
        for kernel in &kernels {
            group.bench_function(kernel.name, |b| {
                b.iter_custom(|n| per_element(kernel.elements, of(kernel), n));
            });
        }
    }
    let mut group = c.benchmark_group("field");
    group.bench_function("invert", |b| b.iter_custom(|n| per_element(1, bench::invert, n)));
    if let Some([dependent, independent]) = bench::multiply_adds() {
        for (name, chains) in
            [("multiply-add/dependent", dependent), ("multiply-add/independent", independent)]
        {
            group.bench_function(name, |b| b.iter_custom(|n| per_element(1, chains, n)));
        }
    }
}

criterion_group!(benches, field);
criterion_main!(benches);
