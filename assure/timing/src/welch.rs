//! Welch's t-test on two classes, on all of their measurements and on the faster parts.

/// Mean and variance, updated with one value at a time (Welford).
#[derive(Clone, Copy, Default)]
struct Class {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Class {
    fn push(&mut self, x: f64) {
        self.n += 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.n;
        self.squares += delta * (x - self.mean);
    }
}

fn t(classes: [Class; 2]) -> f64 {
    let error: f64 = classes.iter().map(|class| class.squares / (class.n - 1.0) / class.n).sum();
    (classes[0].mean - classes[1].mean) / error.sqrt()
}

/// The t with the largest amount among measurements that are cut at several percentiles. Interrupts make long tails,
/// which would hide a small difference. Each cut keeps at least a thousand measurements, or half of them where there
/// are fewer.
pub fn largest(measurements: &[(bool, f64)]) -> f64 {
    let mut sorted: Vec<f64> = measurements.iter().map(|(_, ticks)| *ticks).collect();
    sorted.sort_by(f64::total_cmp);
    let mut largest = 0.0f64;
    for percent in [50, 70, 80, 90, 95, 100] {
        let cut = sorted[(sorted.len() * percent / 100).min(sorted.len()) - 1];
        let mut classes = [Class::default(); 2];
        for (class, ticks) in measurements.iter().filter(|(_, ticks)| *ticks <= cut) {
            classes[usize::from(*class)].push(*ticks);
        }
        let t = t(classes);
        if t.abs() > largest.abs() {
            largest = t;
        }
    }
    largest
}
