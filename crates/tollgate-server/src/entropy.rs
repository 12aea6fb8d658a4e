//! Where randomness comes from: the one place of the server that asks the system for it.

/// Random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system for randomness"
)]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    bytes
}

/// A random number, for ids.
pub fn number() -> u128 {
    u128::from_le_bytes(bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_the_same() {
        assert_ne!(super::bytes::<16>(), super::bytes::<16>());
        assert_ne!(super::number(), super::number());
    }
}
