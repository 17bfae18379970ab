//! The operations of ECCSI. Each has one benchmark id, and the ids never change, so that runs can be compared.
//!
//! The random number generator runs in user space, as it does in a server and in the peer's benchmark.
//!
//! `p256-baseline` has the same operations on the crate `p256` alone.

use std::hint::black_box;

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use eccsi_sakke::{Error, eccsi};

/// A message that is as long as the one that the peer's benchmark signs.
const MESSAGE: &[u8] = &[0x6d; 8];
const ID: &[u8] = b"2026-11\0tel:+447700900123\0";
const BATCH: usize = 64;

fn keys(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<(), Error> {
    let mut rng = rand::rng();
    let kms = eccsi::KmsSecretKey::try_from(&[0x4b; 32])?;
    let signer = kms.issue(&mut rng, ID)?;
    let (ssk, pvt) = (signer.ssk(), signer.pvt());
    let public = kms.public_key().prepare();
    group.bench_function("kms-keygen", |b| b.iter(|| eccsi::KmsSecretKey::generate(&mut rng)));
    group.bench_function("issue", |b| b.iter(|| kms.issue(&mut rng, black_box(ID))));
    group.bench_function("validate", |b| b.iter(|| public.signing_key(black_box(&ssk), pvt, ID)));
    group.bench_function("validate-cold", |b| {
        b.iter(|| eccsi::SigningKey::new(black_box(&ssk), pvt, ID, kms.public_key()));
    });
    group.bench_function("prepare-kms", |b| b.iter(|| black_box(kms.public_key()).prepare()));
    group.bench_function("prepare-signer", |b| {
        let plain = kms.public_key().verifying_key(ID);
        b.iter(|| black_box(&plain).prepare(pvt));
    });
    Ok(())
}

fn signatures(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<(), Error> {
    let mut rng = rand::rng();
    let kms = eccsi::KmsSecretKey::try_from(&[0x4b; 32])?;
    let signer = kms.issue(&mut rng, ID)?;
    let signature = signer.sign(&mut rng, MESSAGE)?;
    let (kpak, octets) = (kms.public_key().to_bytes(), signature.to_bytes());
    let public = kms.public_key().prepare();
    let known = kms.public_key().verifying_key(ID).prepare(signer.pvt())?;
    group.bench_function("sign", |b| {
        b.iter(|| signer.sign_unverified(&mut rng, black_box(&[MESSAGE])));
    });
    group.bench_function("sign-verified", |b| b.iter(|| signer.sign(&mut rng, black_box(MESSAGE))));
    group.bench_function("verify", |b| {
        b.iter(|| {
            let signature = eccsi::Signature::try_from(black_box(&octets))?;
            public.verify(ID, MESSAGE, &signature)
        });
    });
    group.bench_function("verify-known-signer", |b| {
        b.iter(|| {
            let signature = eccsi::Signature::try_from(black_box(&octets))?;
            known.verify(MESSAGE, &signature)
        });
    });
    group.bench_function("verify-cold", |b| {
        b.iter(|| {
            let kms = eccsi::KmsPublicKey::try_from(black_box(&kpak))?;
            let signature = eccsi::Signature::try_from(black_box(&octets))?;
            kms.verifying_key(ID).verify(MESSAGE, &signature)
        });
    });
    Ok(())
}

fn batches(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<(), Error> {
    let mut rng = rand::rng();
    let kms = eccsi::KmsSecretKey::try_from(&[0x4b; 32])?;
    let public = kms.public_key().prepare();
    let ids: Vec<String> = (0..BATCH).map(|n| format!("2026-11\0tel:+44{n}\0")).collect();
    let mut octets = Vec::new();
    for id in &ids {
        octets.push(kms.issue(&mut rng, id)?.sign(&mut rng, MESSAGE)?.to_bytes());
    }
    group.bench_function("verify-batch-64", |b| {
        b.iter(|| {
            let signatures = octets.iter().map(eccsi::Signature::try_from);
            let signatures = signatures.collect::<Result<Vec<_>, _>>().map_err(|_| vec![])?;
            let messages = ids.iter().zip(&signatures).map(|(id, signature)| {
                let signer = id.as_bytes();
                eccsi::SignedMessage { signer, message: MESSAGE, signature }
            });
            public.verify_all(&messages.collect::<Vec<_>>())
        });
    });
    let own = kms.issue(&mut rng, ID)?;
    group.bench_function("sign-batch-64", |b| {
        b.iter(|| (0..BATCH).try_for_each(|_| own.sign(&mut rng, black_box(MESSAGE)).map(drop)));
    });
    Ok(())
}

/// Sections 5.2.1 and 5.2.2 of RFC 6507 exactly as written, on `p256`. The affine x-coordinate of J is compared.
fn baseline(group: &mut BenchmarkGroup<'_, WallTime>) {
    use p256::elliptic_curve::group::Group;
    use p256::elliptic_curve::ops::{Invert, LinearCombination, Reduce};
    use p256::elliptic_curve::point::AffineCoordinates;
    use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
    use sha2::{Digest, Sha256};

    let reduce = |octets: FieldBytes| Scalar::reduce(&octets);
    let hash = |parts: &[&[u8]]| -> FieldBytes {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize()
    };
    let g = ProjectivePoint::GENERATOR;
    let octets = |point: &AffinePoint| [&[4][..], &point.x(), &point.y()].concat();
    let (ksak, v) = (reduce([0x4b; 32].into()), reduce([0x76; 32].into()));
    let (kpak, pvt) = ((g * ksak).to_affine(), (g * v).to_affine());
    let hash_hs = |pvt: &AffinePoint| {
        hash(&[&octets(&AffinePoint::GENERATOR), &octets(&kpak), ID, &octets(pvt)])
    };
    let hs = hash_hs(&pvt);
    let ssk = ksak + reduce(hs) * v;
    let sign = |j: Scalar| {
        let r = ProjectivePoint::mul_by_generator(&j).to_affine().x();
        let divisor = reduce(hash(&[&hs, &r, MESSAGE])) + reduce(r) * ssk;
        (r, Invert::invert(&divisor).unwrap_or(Scalar::ZERO) * j)
    };
    let (pvt_x, pvt_y) = (pvt.x(), pvt.y());
    let verify = |r: FieldBytes, s: Scalar| {
        let pvt = AffinePoint::from_coordinates(&pvt_x, &pvt_y).unwrap_or(AffinePoint::GENERATOR);
        let hs = hash_hs(&pvt);
        let s_r = reduce(r) * s;
        let j = ProjectivePoint::lincomb_vartime(&[
            (g, reduce(hash(&[&hs, &r, MESSAGE])) * s),
            (kpak.into(), s_r),
            (pvt.into(), reduce(hs) * s_r),
        ]);
        j.to_affine().x() == r
    };
    let mut j = reduce([0x6a; 32].into());
    let (r, s) = sign(j);
    assert!(verify(r, s), "the baseline is ECCSI");
    group.bench_function("p256-baseline/sign", |b| {
        b.iter(|| {
            j += Scalar::ONE;
            sign(black_box(j))
        });
    });
    group.bench_function("p256-baseline/verify", |b| b.iter(|| verify(black_box(r), s)));
}

fn eccsi(c: &mut Criterion) {
    let mut group = c.benchmark_group("eccsi");
    for part in [keys, signatures, batches] {
        if let Err(error) = part(&mut group) {
            eprintln!("set-up failed: {error}");
            std::process::exit(1);
        }
    }
    baseline(&mut group);
    group.finish();
}

criterion_group!(benches, eccsi);
criterion_main!(benches);
