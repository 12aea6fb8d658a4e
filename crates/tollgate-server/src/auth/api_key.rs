//! API keys of back ends: made once, shown once, stored as a hash, limited by scopes.

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Random bytes in a key: 200 bits, of which the 30 bits of the shown prefix are no secret.
pub const RANDOM_BYTES: usize = 25;

/// Base-32 digits without those that people confuse; 5 bits each.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const BODY_DIGITS: usize = RANDOM_BYTES * 8 / 5;
const CHECK_DIGITS: usize = 6;
/// How many digits of the body are shown in lists, after `tg_live_`.
const SHOWN_DIGITS: usize = 6;

/// Whether a key works on real customers or on a test data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Real customers.
    Live,
    /// Customers made for trying things out.
    Test,
}

impl Mode {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "tg_live_",
            Self::Test => "tg_test_",
        }
    }
}

impl FromStr for Mode {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        match text {
            "live" => Ok(Self::Live),
            "test" => Ok(Self::Test),
            _ => Err(ApiKeyError::Mode),
        }
    }
}

/// Why a text is not an API key, a mode or a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Not of the shape of a key, or mistyped: its check digits are wrong.
    #[error("not an API key: it must read tg_live_… or tg_test_… as it was shown when made")]
    Shape,
    /// Neither `live` nor `test`.
    #[error("a mode must be live or test")]
    Mode,
    /// A scope that does not exist.
    #[error("unknown scope {0:?}: there are read, consume, manage and admin")]
    Scope(String),
    /// Bits that stand for no scope, found where scopes are stored.
    #[error("{0:#x} is not a set of scopes")]
    ScopeBits(i64),
}

/// A key in clear: in a request's header, and once in the answer that makes it.
#[derive(Clone)]
pub struct ApiKey {
    mode: Mode,
    text: String,
}

impl ApiKey {
    /// A new key from random bytes.
    pub fn new(mode: Mode, random: [u8; RANDOM_BYTES]) -> Self {
        let mut text = String::with_capacity(mode.prefix().len() + BODY_DIGITS + CHECK_DIGITS);
        text.push_str(mode.prefix());
        for chunk in random.chunks_exact(5) {
            let bits = chunk
                .iter()
                .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            push_digits(&mut text, bits, 8);
        }
        let check = check_bits(&text);
        push_digits(&mut text, check, CHECK_DIGITS);
        Self { mode, text }
    }

    /// Reads a key; its check digits tell a mistyped one without asking the database.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let mode = [Mode::Live, Mode::Test]
            .into_iter()
            .find(|mode| text.starts_with(mode.prefix()))
            .ok_or(ApiKeyError::Shape)?;
        let digits = &text.as_bytes()[mode.prefix().len()..];
        if digits.len() != BODY_DIGITS + CHECK_DIGITS
            || !digits.iter().all(|digit| DIGITS.contains(digit))
        {
            return Err(ApiKeyError::Shape);
        }
        let (body, check) = text.split_at(text.len() - CHECK_DIGITS);
        let mut expected = String::with_capacity(CHECK_DIGITS);
        push_digits(&mut expected, check_bits(body), CHECK_DIGITS);
        if check != expected {
            return Err(ApiKeyError::Shape);
        }
        Ok(Self {
            mode,
            text: text.to_owned(),
        })
    }

    /// Live or test.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The key itself, to show once.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The first characters, by which its owner recognises it in a list.
    pub fn shown_prefix(&self) -> &str {
        &self.text[..self.mode.prefix().len() + SHOWN_DIGITS]
    }

    /// What is stored and looked up.
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(Sha256::digest(self.text.as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.shown_prefix())
    }
}

/// SHA-256 of a key. A key is random enough that a slow hash would gain nothing, and looking up
/// the hash leaks nothing by its timing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// From what was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To store it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash(…)")
    }
}

fn push_digits(text: &mut String, bits: u64, count: usize) {
    for position in (0..count).rev() {
        let digit = (bits >> (position * 5)) & 31;
        text.push(char::from(
            DIGITS[usize::try_from(digit).expect("5 bits fit")],
        ));
    }
}

fn check_bits(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(8)
        .fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Ask: customers, balances, usage, plans.
    Read,
    /// Check, consume, reserve, settle, release.
    Consume,
    /// Change customers: create, subscribe, grant, reverse.
    Manage,
    /// Everything, also keys, webhooks, the catalog and the settings.
    Admin,
}

impl Scope {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Read, Self::Consume, Self::Manage, Self::Admin];

    /// As it is written in requests and shown in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Consume => "consume",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Consume => 2,
            Self::Manage => 4,
            Self::Admin => 8,
        }
    }
}

impl FromStr for Scope {
    type Err = ApiKeyError;

    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| ApiKeyError::Scope(text.chars().take(32).collect()))
    }
}

/// The things that a key may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// Nothing at all.
    pub const NONE: Self = Self(0);

    /// These scopes.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// From what was stored.
    pub fn from_bits(bits: i64) -> Result<Self, ApiKeyError> {
        let all = Self::new(Scope::ALL).0;
        u8::try_from(bits)
            .ok()
            .filter(|bits| bits & !all == 0)
            .map(Self)
            .ok_or(ApiKeyError::ScopeBits(bits))
    }

    /// To store them.
    pub const fn bits(self) -> i64 {
        self.0 as i64
    }

    /// Whether a key with these scopes may do what `scope` stands for. `admin` may do everything;
    /// the others imply nothing but themselves.
    pub const fn allows(self, scope: Scope) -> bool {
        self.0 & (scope.bit() | Scope::Admin.bit()) != 0
    }

    /// Whether everything that `other` allows is allowed here too: nobody gives away more than
    /// they have.
    pub fn covers(self, other: Self) -> bool {
        Scope::ALL
            .into_iter()
            .all(|scope| self.allows(scope) || !other.allows(scope))
    }

    /// The scopes that were given, in order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl FromStr for Scopes {
    type Err = ApiKeyError;

    /// Reads scopes separated by commas or spaces.
    fn from_str(text: &str) -> Result<Self, ApiKeyError> {
        text.split([',', ' '])
            .filter(|word| !word.is_empty())
            .map(Scope::from_str)
            .collect::<Result<Vec<_>, _>>()
            .map(Self::new)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u8) -> [u8; RANDOM_BYTES] {
        let hash = Sha256::digest([seed]);
        hash[..RANDOM_BYTES].try_into().unwrap()
    }

    #[test]
    fn a_key_reads_back_and_shows_its_mode() {
        for seed in 0..=255 {
            for mode in [Mode::Live, Mode::Test] {
                let key = ApiKey::new(mode, random(seed));
                let parsed = ApiKey::parse(key.reveal()).unwrap();
                assert_eq!((parsed.mode(), parsed.hash()), (mode, key.hash()));
                assert_eq!(key.reveal().len(), 54);
                assert_eq!(mode.as_str().parse(), Ok(mode));
            }
        }
        let lowest = ApiKey::new(Mode::Live, [0; RANDOM_BYTES]);
        assert!(
            lowest
                .reveal()
                .starts_with(&format!("tg_live_{}", "0".repeat(40)))
        );
        let highest = ApiKey::new(Mode::Test, [255; RANDOM_BYTES]);
        assert!(
            highest
                .reveal()
                .starts_with(&format!("tg_test_{}", "z".repeat(40)))
        );
    }

    #[test]
    fn every_single_typing_error_is_noticed() {
        let key = ApiKey::new(Mode::Live, random(1));
        for position in "tg_live_".len()..key.reveal().len() {
            for digit in DIGITS {
                let mut typed = key.reveal().as_bytes().to_vec();
                if typed[position] == *digit {
                    continue;
                }
                typed[position] = *digit;
                let typed = String::from_utf8(typed).unwrap();
                assert!(ApiKey::parse(&typed).is_err(), "{typed}");
            }
        }
    }

    #[test]
    fn other_texts_are_no_keys() {
        let key = ApiKey::new(Mode::Live, random(2)).reveal().to_owned();
        for text in [
            String::new(),
            "tg_live_".into(),
            key.to_uppercase(),
            format!("{key} "),
            format!(" {key}"),
            format!("{key}0"),
            key[..key.len() - 1].to_owned(),
            key.replace("tg_live_", "tg_test_"),
            key.replace("tg_live_", "sk_live_"),
            format!("tg_live_{}", "é".repeat(23)),
        ] {
            assert_eq!(
                ApiKey::parse(&text).unwrap_err(),
                ApiKeyError::Shape,
                "{text}"
            );
        }
    }

    #[test]
    fn nothing_beyond_the_prefix_is_shown() {
        let key = ApiKey::new(Mode::Live, random(3));
        let shown = format!("{key:?} {:?}", key.hash());
        assert_eq!(key.shown_prefix().len(), 14);
        assert!(shown.contains(key.shown_prefix()) && !shown.contains(&key.reveal()[14..20]));
    }

    #[test]
    fn scopes_are_a_set() {
        let scopes: Scopes = "consume, read".parse().unwrap();
        assert_eq!(scopes.to_string(), "read,consume");
        assert_eq!(Scopes::from_bits(scopes.bits()), Ok(scopes));
        assert_eq!("".parse(), Ok(Scopes::NONE));
        assert_eq!(
            "root".parse::<Scopes>(),
            Err(ApiKeyError::Scope("root".into()))
        );
        for bits in [-1, 16, 255, 256, i64::MAX] {
            assert_eq!(Scopes::from_bits(bits), Err(ApiKeyError::ScopeBits(bits)));
        }
    }

    #[test]
    fn only_admin_implies_other_scopes() {
        for given in Scope::ALL {
            for asked in Scope::ALL {
                let expected = given == asked || given == Scope::Admin;
                assert_eq!(
                    Scopes::new([given]).allows(asked),
                    expected,
                    "{given:?} {asked:?}"
                );
            }
            assert!(!Scopes::NONE.allows(given));
        }
    }

    #[test]
    fn nobody_gives_away_more_than_they_have() {
        for have in 0..16 {
            for give in 0..16 {
                let (have, give) = (
                    Scopes::from_bits(have).unwrap(),
                    Scopes::from_bits(give).unwrap(),
                );
                let expected = have.allows(Scope::Admin) || give.bits() & !have.bits() == 0;
                assert_eq!(have.covers(give), expected, "{have} {give}");
            }
        }
    }
}
