//! Ratios without floats, each with its rounding.

/// The whole, in parts per million.
pub const PPM: u64 = 1_000_000;

/// The most that one period counts of its quota, in parts per million: a thousand times the quota,
/// so that the sum over any number of periods fits.
pub const SHARE_PPM_MAX: u64 = 1_000 * PPM;

/// `part / whole` in parts per million, rounded half up; `None` of nothing.
pub fn ppm(part: u64, whole: u64) -> Option<u64> {
    (whole > 0).then(|| divided_half_up(u128::from(part) * u128::from(PPM), u128::from(whole)))
}

/// How much of a quota was used, in parts per million, rounded half up and at most
/// [`SHARE_PPM_MAX`]; `None` of a quota of nothing.
pub fn share_ppm(used: u64, quota: u64) -> Option<u64> {
    Some(ppm(used, quota)?.min(SHARE_PPM_MAX))
}

/// A twelfth of what comes in within a year, rounded half up.
pub fn monthly_of_yearly(minor: u64) -> u64 {
    divided_half_up(u128::from(minor), 12)
}

fn divided_half_up(value: u128, by: u128) -> u64 {
    u64::try_from((2 * value + by) / (2 * by)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(ppm(1, 3), Some(333_333));
        assert_eq!(ppm(2, 3), Some(666_667));
        assert_eq!(ppm(1, 2_000_000), Some(1));
        assert_eq!(ppm(1, 2_000_001), Some(0));
        assert_eq!(ppm(5, 0), None);
        assert_eq!(monthly_of_yearly(6), 1);
        assert_eq!(monthly_of_yearly(5), 0);
        assert_eq!(monthly_of_yearly(11_988), 999);
    }

    #[test]
    fn more_than_the_quota_is_told_and_the_absurd_is_capped() {
        assert_eq!(share_ppm(3, 2), Some(1_500_000));
        assert_eq!(share_ppm(u64::MAX, 1), Some(SHARE_PPM_MAX));
        assert_eq!(share_ppm(0, 1), Some(0));
    }
}
