//! Objects of one kind, in the order of their creation.

use super::State;
use serde_json::Value;
use std::collections::HashMap;

/// A kind of object that the sandbox keeps.
pub(crate) trait Record: Clone {
    /// The name that its `object` field carries.
    const OBJECT: &'static str;
    /// Its identifier.
    fn id(&self) -> &str;
    /// It, as the API shows it.
    fn to_json(&self, state: &State) -> Value;
    /// Where its kind is kept.
    fn table(state: &State) -> &Table<Self>;
    /// Where its kind is kept.
    fn table_mut(state: &mut State) -> &mut Table<Self>;
}

/// All objects of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    positions: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            positions: HashMap::new(),
        }
    }
}

impl<T: Record> Table<T> {
    /// Keeps a new object.
    pub(crate) fn insert(&mut self, record: T) {
        self.positions
            .insert(record.id().to_owned(), self.rows.len());
        self.rows.push(record);
    }

    /// The object with this identifier.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.positions.get(id).map(|position| &self.rows[*position])
    }

    /// The object with this identifier.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.positions
            .get(id)
            .map(|position| &mut self.rows[*position])
    }

    /// All of them, the newest first.
    pub(crate) fn newest_first(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter().rev()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
