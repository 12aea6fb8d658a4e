//! Latencies in logarithmic buckets: 64 to each power of two, so that a quantile is within 1.6 %.

use std::time::Duration;

const SUB_BUCKETS_BITS: u32 = 6;
const SUB_BUCKETS: usize = 1 << SUB_BUCKETS_BITS;
/// Up to 2^40 ns, some 18 minutes; longer ones count in the last bucket.
const BUCKETS: usize = SUB_BUCKETS * 36;

/// How often each latency was seen.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
        }
    }
}

impl Histogram {
    pub(crate) fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket_of(nanos)] += 1;
        self.count += 1;
    }

    /// The latency that `quantile` (0 to 1) of all requests did not exceed; zero when none was seen.
    pub(crate) fn quantile(&self, quantile: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank among far fewer than 2^52 requests"
        )]
        let rank = ((self.count as f64 * quantile).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(upper_bound(index));
            }
        }
        Duration::ZERO
    }
}

fn bucket_of(nanos: u64) -> usize {
    let Some(shift) = nanos.max(1).ilog2().checked_sub(SUB_BUCKETS_BITS) else {
        return usize::try_from(nanos).unwrap_or(0);
    };
    let sub_bucket = usize::try_from(nanos >> shift).unwrap_or(0) & (SUB_BUCKETS - 1);
    ((shift as usize + 1) * SUB_BUCKETS + sub_bucket).min(BUCKETS - 1)
}

/// The largest value that falls in the bucket.
fn upper_bound(index: usize) -> u64 {
    let (power, sub_bucket) = (index / SUB_BUCKETS, (index % SUB_BUCKETS) as u64);
    if power == 0 {
        return sub_bucket;
    }
    let shift = power - 1;
    ((SUB_BUCKETS as u64 + sub_bucket + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_enclose_their_values_within_two_percent() {
        for nanos in (0..64).chain((6..36).flat_map(|p| [1 << p, (1 << p) + 1, (1 << p) * 3 / 2])) {
            let bound = upper_bound(bucket_of(nanos));
            assert!(
                bound >= nanos,
                "{nanos} falls in a bucket that ends at {bound}"
            );
            assert!(bound - nanos <= nanos / 50, "{nanos} reads as {bound}");
        }
    }

    #[test]
    fn quantiles_are_ranks() {
        let mut histogram = Histogram::default();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        let micros = |quantile| histogram.quantile(quantile).as_micros();
        assert!((500..=510).contains(&micros(0.5)), "{}", micros(0.5));
        assert!((990..=1010).contains(&micros(0.99)), "{}", micros(0.99));
        assert_eq!(Histogram::default().quantile(0.99), Duration::ZERO);
    }
}
