//! The operations of SAKKE, one benchmark id each; ids stay as they are so that runs can be compared.
//!
//! Keys are fixed by a seed and random-looking. `cargo bench --all-features -- FILTER`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eccsi_sakke::{Error, Identifier, hazmat, sakke};
use getrandom::{SysRng, rand_core::UnwrapErr};

/// 128 octets below q, by RFC 6508's own hash.
fn seeded(label: &[u8]) -> Result<[u8; 128], Error> {
    let mut bound = [0; 128];
    bound[0] = 0x26;
    hazmat::hash_to_integer_range(label, &bound)
}

/// The recipients of a batch.
fn members() -> Result<Vec<Identifier>, Error> {
    (0..64).map(|n| Identifier::tel_monthly(2026, 11, &format!("tel:+4477009002{n:02}"))).collect()
}

fn sakke(c: &mut Criterion) -> Result<(), Error> {
    let mut rng = UnwrapErr(SysRng);
    let id = Identifier::tel_monthly(2026, 11, "tel:+447700900123")?;
    let kms = sakke::KmsSecretKey::try_from(&seeded(b"z")?)?;
    let z = kms.public_key();
    let receiver = kms.extract(&id)?;
    let rsk = receiver.to_bytes();
    let ssv = sakke::SharedSecret::generate(&mut rng);
    let sealed = z.recipient(&id)?.encapsulate(&ssv)?;
    let z_octets = z.to_bytes();
    let (prepared_kms, prepared_receiver) = (z.prepare(), receiver.prepare()?);
    let members = members()?;

    let mut group = c.benchmark_group("sakke");
    group.sample_size(20);
    group.bench_function("kms-keygen", |b| b.iter(|| sakke::KmsSecretKey::generate(&mut rng)));
    group.bench_function("extract", |b| b.iter(|| kms.extract(black_box(&id))));
    group.bench_function("extract-batch-64", |b| b.iter(|| kms.extract_all(black_box(&members))));
    group.bench_function("validate-cold", |b| {
        b.iter(|| sakke::ReceiverKey::new(black_box(&rsk), &id, z));
    });
    group.bench_function("encapsulate", |b| {
        b.iter(|| prepared_kms.encapsulate(black_box(&id), &ssv));
    });
    group.bench_function("encapsulate-cold", |b| {
        b.iter(|| {
            let kms = sakke::KmsPublicKey::try_from(black_box(&z_octets))?;
            kms.recipient(&id)?.encapsulate(&ssv)
        });
    });
    group.bench_function("encapsulate-batch-64", |b| {
        b.iter(|| prepared_kms.encapsulate_to_all(black_box(&members), &ssv));
    });
    group.bench_function("decapsulate", |b| b.iter(|| receiver.decapsulate(black_box(&sealed))));
    group.bench_function("decapsulate-prepared", |b| {
        b.iter(|| prepared_receiver.decapsulate(black_box(&sealed)));
    });
    group.bench_function("prepare-kms", |b| b.iter(|| black_box(z).prepare()));
    group.bench_function("prepare-receiver", |b| b.iter(|| black_box(&receiver).prepare()));
    group.finish();

    let (k, q) = (hazmat::Point::try_from(&rsk[..])?, hazmat::Point::try_from(&z_octets[..])?);
    let prepared = hazmat::bench::PreparedPoint::new(&k)?;
    let mut group = c.benchmark_group("pairing");
    group.sample_size(20);
    group.bench_function("generic", |b| b.iter(|| hazmat::pairing(black_box(&k), &q)));
    group.bench_function("prepared", |b| b.iter(|| prepared.pairing(black_box(&q))));
    group.finish();

    let r = seeded(b"r")?;
    c.benchmark_group("torus")
        .sample_size(20)
        .bench_function("pow-g", |b| b.iter(|| hazmat::bench::pow_g(black_box(&r))));
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = sakke(c) {
        eprintln!("set-up failed: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
