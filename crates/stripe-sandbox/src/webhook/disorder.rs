//! Disorder on demand: duplicates, another order, losses and delays of webhooks.

use crate::state::id::Ids;
use serde_json::{Value, json};

/// The most copies of one event.
const DUPLICATES_MAX: u64 = 50;

/// How webhooks are disturbed.
#[derive(Clone, Debug)]
pub(crate) struct Disorder {
    /// How many more times each event is sent.
    duplicates: u64,
    /// Whether what waits is sent in another order.
    shuffle: bool,
    /// How many of a thousand events are never sent.
    lost_per_mille: u64,
    /// How long each event is held back.
    pub(crate) delay_ms: u64,
    /// Whether nothing is sent for now.
    pub(crate) paused: bool,
    random: Ids,
}

impl Disorder {
    /// None at all.
    pub(crate) fn none(seed: u64) -> Self {
        Self {
            duplicates: 0,
            shuffle: false,
            lost_per_mille: 0,
            delay_ms: 0,
            paused: false,
            random: Ids::new(seed),
        }
    }

    /// Changes what the request names; the rest stays. Says what is wrong with it.
    pub(crate) fn read(&mut self, wish: &Value) -> Result<(), &'static str> {
        let mut changed = self.clone();
        if let Some(duplicates) = wish.get("duplicate") {
            let duplicates = duplicates.as_u64().ok_or("duplicate must be a number")?;
            changed.duplicates = duplicates.min(DUPLICATES_MAX);
        }
        if let Some(shuffle) = wish.get("shuffle") {
            changed.shuffle = shuffle.as_bool().ok_or("shuffle must be true or false")?;
        }
        if let Some(lose) = wish.get("lose") {
            changed.lost_per_mille = per_mille(lose).ok_or("lose must be between 0 and 1")?;
        }
        if let Some(delay) = wish.get("delay_ms") {
            changed.delay_ms = delay.as_u64().ok_or("delay_ms must be a number")?;
        }
        if let Some(paused) = wish.get("paused") {
            changed.paused = paused.as_bool().ok_or("paused must be true or false")?;
        }
        if let Some(seed) = wish.get("seed") {
            changed.random = Ids::new(seed.as_u64().ok_or("seed must be a number")?);
        }
        *self = changed;
        Ok(())
    }

    /// It, for people.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "duplicate": self.duplicates,
            "shuffle": self.shuffle,
            "lose_per_mille": self.lost_per_mille,
            "delay_ms": self.delay_ms,
            "paused": self.paused,
        })
    }

    /// What is sent in place of these, in which order.
    pub(crate) fn disturb<T: Clone>(&mut self, batch: Vec<T>) -> Vec<T> {
        let mut sent = Vec::with_capacity(batch.len());
        for item in batch {
            if self.random.number() % 1_000 < self.lost_per_mille {
                continue;
            }
            for _ in 0..self.duplicates {
                sent.push(item.clone());
            }
            sent.push(item);
        }
        if self.shuffle {
            for last in (1..sent.len()).rev() {
                sent.swap(last, self.random.below(last + 1));
            }
        }
        sent
    }
}

/// A ratio as thousandths, rounded down.
fn per_mille(ratio: &Value) -> Option<u64> {
    let text = ratio.as_number()?.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let value = whole.parse::<u64>().ok()?.checked_mul(1_000)? + digits.parse::<u64>().ok()?;
    (value <= 1_000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disorder(wish: &Value) -> Disorder {
        let mut disorder = Disorder::none(1);
        disorder.read(wish).unwrap();
        disorder
    }

    #[test]
    fn events_are_doubled_shuffled_and_lost() {
        let batch: Vec<u32> = (0..100).collect();
        assert_eq!(disorder(&json!({})).disturb(batch.clone()), batch);
        assert_eq!(
            disorder(&json!({ "duplicate": 2 }))
                .disturb(batch.clone())
                .len(),
            300
        );
        assert!(
            disorder(&json!({ "lose": 1 }))
                .disturb(batch.clone())
                .is_empty()
        );
        let some = disorder(&json!({ "lose": 0.5 }))
            .disturb(batch.clone())
            .len();
        assert!((20..80).contains(&some), "{some}");
        let shuffle = json!({ "shuffle": true, "seed": 7 });
        let mut shuffled = disorder(&shuffle).disturb(batch.clone());
        assert_ne!(shuffled, batch);
        assert_eq!(shuffled, disorder(&shuffle).disturb(batch.clone()));
        shuffled.sort_unstable();
        assert_eq!(shuffled, batch);
    }

    #[test]
    fn nonsense_changes_nothing() {
        let mut disorder = Disorder::none(1);
        assert!(
            disorder
                .read(&json!({ "duplicate": 3, "lose": 2 }))
                .is_err()
        );
        assert_eq!(disorder.to_json()["duplicate"], 0);
    }
}
