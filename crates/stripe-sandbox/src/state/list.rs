//! Lists: filters by time, and pages with cursors.

use super::calendar::UnixSeconds;
use super::error::ApiError;
use super::params::Params;
use super::table::Record;
use super::{Answer, State};
use serde_json::{Value, json};

/// The filter `created`, exact or between bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Created {
    first: UnixSeconds,
    last: UnixSeconds,
}

impl Created {
    /// The filter in the parameters; without one, everything passes.
    pub(crate) fn from(params: &Params) -> Result<Self, ApiError> {
        let (mut first, mut last) = (UnixSeconds::MIN, UnixSeconds::MAX);
        if let Some(exact) = params.integer("created").ok().flatten() {
            (first, last) = (exact, exact);
        }
        if let Some(bounds) = params.inner("created") {
            bounds.only(&["gt", "gte", "lt", "lte"])?;
            if let Some(bound) = bounds.integer("gt")? {
                first = first.max(bound.saturating_add(1));
            }
            if let Some(bound) = bounds.integer("gte")? {
                first = first.max(bound);
            }
            if let Some(bound) = bounds.integer("lt")? {
                last = last.min(bound.saturating_sub(1));
            }
            if let Some(bound) = bounds.integer("lte")? {
                last = last.min(bound);
            }
        }
        Ok(Self { first, last })
    }

    /// Whether this time passes.
    pub(crate) fn contains(self, at: UnixSeconds) -> bool {
        (self.first..=self.last).contains(&at)
    }
}

/// One page of a kind of object, the newest first.
pub(crate) fn page<T: Record>(
    state: &State,
    params: &Params,
    url: &str,
    wanted: impl Fn(&T) -> bool,
) -> Answer {
    let rows: Vec<&T> = T::table(state)
        .newest_first()
        .filter(|row| wanted(row))
        .collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id()).collect();
    let (range, has_more) = cut(&ids, params)?;
    let data: Vec<Value> = rows[range].iter().map(|row| row.to_json(state)).collect();
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": url }))
}

/// One page of what hangs on payments, filtered by time, charge and payment intent; `of` gives these
/// three of an object.
pub(crate) fn page_by_payment<T: Record>(
    state: &State,
    params: &Params,
    url: &str,
    of: impl Fn(&T) -> (UnixSeconds, &str, &str),
) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "charge",
        "payment_intent",
        "created",
    ])?;
    let created = Created::from(params)?;
    let (charge, intent) = (params.text("charge"), params.text("payment_intent"));
    let wanted = |row: &T| {
        let (at, charge_of, intent_of) = of(row);
        created.contains(at)
            && charge.is_none_or(|charge| charge_of == charge)
            && intent.is_none_or(|intent| intent_of == intent)
    };
    page(state, params, url, wanted)
}

/// One page of objects that are made on the spot.
pub(crate) fn page_of(items: &[Value], params: &Params, url: &str) -> Answer {
    let ids: Vec<&str> = items
        .iter()
        .map(|item| item["id"].as_str().unwrap_or_default())
        .collect();
    let (range, has_more) = cut(&ids, params)?;
    Ok(json!({ "object": "list", "data": items[range], "has_more": has_more, "url": url }))
}

/// A list that is shown whole inside another object.
pub(crate) fn whole(data: &[Value], url: &str) -> Value {
    json!({
        "object": "list",
        "data": data,
        "has_more": false,
        "url": url,
    })
}

fn cut(ids: &[&str], params: &Params) -> Result<(std::ops::Range<usize>, bool), ApiError> {
    let limit = params.integer("limit")?.unwrap_or(10);
    let limit = usize::try_from(limit)
        .ok()
        .filter(|limit| (1..=100).contains(limit))
        .ok_or_else(|| {
            ApiError::invalid("Invalid limit: must be between 1 and 100")
                .code("parameter_invalid_integer")
                .param("limit")
        })?;
    let position = |name: &str| -> Result<Option<usize>, ApiError> {
        let Some(id) = params.text(name) else {
            return Ok(None);
        };
        let found = ids.iter().position(|known| *known == id);
        found
            .map(Some)
            .ok_or_else(|| ApiError::no_such(400, "object", id, name))
    };
    if let Some(end) = position("ending_before")? {
        let start = end.saturating_sub(limit);
        return Ok((start..end, start > 0));
    }
    let start = position("starting_after")?.map_or(0, |position| position + 1);
    let end = (start + limit).min(ids.len());
    Ok((start..end, end < ids.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_go_both_ways() {
        let ids = ["e", "d", "c", "b", "a"];
        let cut = |query: &str| cut(&ids, &Params::parse(query).unwrap());
        assert_eq!(cut("limit=2").unwrap(), (0..2, true));
        assert_eq!(cut("limit=2&starting_after=d").unwrap(), (2..4, true));
        assert_eq!(cut("limit=2&starting_after=b").unwrap(), (4..5, false));
        assert_eq!(cut("limit=2&ending_before=b").unwrap(), (1..3, true));
        assert_eq!(cut("limit=5&ending_before=b").unwrap(), (0..3, false));
        assert!(cut("limit=101").is_err());
        assert!(cut("starting_after=zz").is_err());
    }
}
