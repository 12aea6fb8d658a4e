//! The judge: compares what clients were told with what the record says. Pure.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// What one client was told about one request. A retry is a further one with the same key.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) key: String,
    pub(crate) customer: String,
    pub(crate) feature: &'static str,
    pub(crate) amount: u64,
    pub(crate) answer: Answer,
}

/// An answer, or the lack of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Granted, as this event.
    Granted { event: String },
    /// A clear no.
    Refused,
    /// "Not now" or "unknown" (5xx): the server itself says to try again.
    Again { status: u16 },
    /// The connection broke. If `was_held`, the server had had the request long enough to owe an
    /// answer: only a graceful stop is held to that.
    None { was_held: bool },
    /// Something that this request must never get.
    Wrong { status: u16, body: String },
}

/// A usage event as the server lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) event: String,
    pub(crate) key: Option<String>,
    pub(crate) customer: String,
    pub(crate) feature: String,
    pub(crate) amount: u64,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Granted, and not in the record.
    Lost { key: String, event: String },
    /// More than one event for one key.
    Twice { key: String, events: Vec<String> },
    /// The same key got two different answers.
    Changed {
        key: String,
        first: Answer,
        then: Answer,
    },
    /// In the record with other figures than were asked for.
    Altered { key: String, event: String },
    /// In the record, and nobody asked for it.
    Stranger { event: String },
    /// Refused, and in the record all the same.
    RefusedButRecorded { key: String, event: String },
    /// More was granted than the limit.
    Overspent {
        customer: String,
        feature: &'static str,
        limit: u64,
        recorded: u64,
    },
    /// Refused while there was room to the end.
    RefusedWithRoom {
        key: String,
        limit: u64,
        recorded: u64,
    },
    /// Never answered clearly, however often it was retried.
    Unresolved { key: String, last: Answer },
    /// An answer that this request must never get.
    Wrong {
        key: String,
        status: u16,
        body: String,
    },
    /// Accepted, and never answered by a server that stopped gracefully.
    Dropped { key: String, event: Option<String> },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { key, event } => write!(
                f,
                "lost: {key} was granted as {event} and is not in the record"
            ),
            Self::Twice { key, events } => {
                write!(f, "twice: {key} is in the record as {}", events.join(", "))
            }
            Self::Changed { key, first, then } => {
                write!(f, "changed: {key} got {first:?} and then {then:?}")
            }
            Self::Altered { key, event } => {
                write!(f, "altered: {event} is not what {key} asked for")
            }
            Self::Stranger { event } => write!(f, "stranger: nobody asked for {event}"),
            Self::RefusedButRecorded { key, event } => {
                write!(f, "refused but recorded: {key} as {event}")
            }
            Self::Overspent {
                customer,
                feature,
                limit,
                recorded,
            } => {
                write!(
                    f,
                    "overspent: {customer} has {recorded} of {limit} {feature}"
                )
            }
            Self::RefusedWithRoom {
                key,
                limit,
                recorded,
            } => {
                write!(
                    f,
                    "refused with room: {key}, with {recorded} of {limit} in the record at the end"
                )
            }
            Self::Unresolved { key, last } => {
                write!(f, "unresolved: {key} got {last:?} to the end")
            }
            Self::Wrong { key, status, body } => {
                write!(f, "wrong answer: {key} got {status}: {body}")
            }
            Self::Dropped { key, event } => match event {
                Some(event) => write!(
                    f,
                    "dropped: {key} took effect as {event} and was not answered"
                ),
                None => write!(
                    f,
                    "dropped: {key} was accepted before the stop and was not answered"
                ),
            },
        }
    }
}

/// How much of a feature each customer may use in the whole run; features not named are unlimited.
pub(crate) type Limits = BTreeMap<&'static str, u64>;

/// Everything wrong with a history, given the whole record at its end. Every request without a
/// clear answer must have been retried until it got one.
pub(crate) fn judge(told: &[Told], record: &[Recorded], limits: &Limits) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut requests: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for one in told {
        requests.entry(&one.key).or_default().push(one);
    }
    let mut events: HashMap<&str, Vec<&Recorded>> = HashMap::new();
    let mut used: HashMap<(&str, &str), u64> = HashMap::new();
    for one in record {
        *used.entry((&one.customer, &one.feature)).or_default() += one.amount;
        match one.key.as_deref().filter(|key| requests.contains_key(key)) {
            Some(key) => events.entry(key).or_default().push(one),
            None => violations.push(Violation::Stranger {
                event: one.event.clone(),
            }),
        }
    }

    for (key, answers) in &requests {
        let recorded = events.get(key).map(Vec::as_slice).unwrap_or_default();
        judge_request(key, answers, recorded, &mut violations);
        let first = answers[0];
        let Some(&limit) = limits.get(first.feature) else {
            continue;
        };
        let recorded = used
            .get(&(first.customer.as_str(), first.feature))
            .copied()
            .unwrap_or(0);
        if answers.iter().any(|one| one.answer == Answer::Refused)
            && recorded + first.amount <= limit
        {
            violations.push(Violation::RefusedWithRoom {
                key: (*key).to_owned(),
                limit,
                recorded,
            });
        }
    }
    for ((customer, feature), recorded) in used {
        if let Some((&feature, &limit)) = limits
            .get_key_value(feature)
            .filter(|(_, limit)| recorded > **limit)
        {
            violations.push(Violation::Overspent {
                customer: customer.to_owned(),
                feature,
                limit,
                recorded,
            });
        }
    }
    violations
}

/// What is wrong with one key: its answers in the order they came, and its events.
fn judge_request(
    key: &str,
    answers: &[&Told],
    recorded: &[&Recorded],
    violations: &mut Vec<Violation>,
) {
    let key = key.to_owned();
    if recorded.len() > 1 {
        let events = recorded.iter().map(|one| one.event.clone()).collect();
        violations.push(Violation::Twice {
            key: key.clone(),
            events,
        });
    }
    for one in recorded {
        let asked = answers[0];
        if one.customer != asked.customer
            || one.feature != asked.feature
            || one.amount != asked.amount
        {
            violations.push(Violation::Altered {
                key: key.clone(),
                event: one.event.clone(),
            });
        }
    }
    for one in answers {
        if let Answer::Wrong { status, body } = &one.answer {
            violations.push(Violation::Wrong {
                key: key.clone(),
                status: *status,
                body: body.clone(),
            });
        }
    }
    let mut clear = answers
        .iter()
        .map(|one| &one.answer)
        .filter(|answer| answer.is_clear());
    let Some(first) = clear.next() else {
        let last = answers[answers.len() - 1].answer.clone();
        violations.push(Violation::Unresolved { key, last });
        return;
    };
    if let Some(then) = clear.find(|answer| *answer != first) {
        violations.push(Violation::Changed {
            key: key.clone(),
            first: first.clone(),
            then: then.clone(),
        });
    }
    match first {
        Answer::Granted { event } if !recorded.iter().any(|one| one.event == *event) => {
            violations.push(Violation::Lost {
                key,
                event: event.clone(),
            });
        }
        Answer::Refused => {
            let event = recorded.first().map(|one| one.event.clone());
            violations.extend(event.map(|event| Violation::RefusedButRecorded { key, event }));
        }
        _ => {}
    }
}

/// What a graceful stop dropped, given the record right after it, before anything was retried.
pub(crate) fn judge_graceful_stop(told: &[Told], record: &[Recorded]) -> Vec<Violation> {
    let events: HashMap<&str, &Recorded> = record
        .iter()
        .filter_map(|one| Some((one.key.as_deref()?, one)))
        .collect();
    let mut violations = Vec::new();
    for one in told {
        let Answer::None { was_held } = one.answer else {
            continue;
        };
        let event = events
            .get(one.key.as_str())
            .map(|recorded| recorded.event.clone());
        if was_held || event.is_some() {
            violations.push(Violation::Dropped {
                key: one.key.clone(),
                event,
            });
        }
    }
    violations
}

/// Answers that only a fault of the machine excuses: a killed server has no reason for a 500.
pub(crate) fn inexcusable(told: &[Told]) -> Vec<Violation> {
    told.iter()
        .filter_map(|one| match one.answer {
            Answer::Again { status } if !matches!(status, 503 | 504) => Some(Violation::Wrong {
                key: one.key.clone(),
                status,
                body: String::new(),
            }),
            _ => None,
        })
        .collect()
}

impl Answer {
    /// Whether it settles what became of the request.
    pub(crate) fn is_clear(&self) -> bool {
        matches!(self, Self::Granted { .. } | Self::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, answer: Answer) -> Told {
        Told {
            key: key.into(),
            customer: "c".into(),
            feature: "scarce",
            amount: 2,
            answer,
        }
    }

    fn granted(event: &str) -> Answer {
        Answer::Granted {
            event: event.into(),
        }
    }

    const CUT_OFF: Answer = Answer::None { was_held: false };

    fn recorded(event: &str, key: &str) -> Recorded {
        Recorded {
            event: event.into(),
            key: Some(key.into()),
            customer: "c".into(),
            feature: "scarce".into(),
            amount: 2,
        }
    }

    /// Judges with a limit of 4, that is two requests, and compares the kinds of what is wrong.
    fn check(told: &[Told], record: &[Recorded], expected: &[&str]) {
        let found: Vec<String> = judge(told, record, &Limits::from([("scarce", 4)]))
            .iter()
            .map(Violation::to_string)
            .collect();
        let kinds: Vec<&str> = found
            .iter()
            .map(|line| line.split(':').next().unwrap())
            .collect();
        assert_eq!(kinds, expected, "{found:#?}");
    }

    #[test]
    fn right_histories_pass() {
        check(&[], &[], &[]);
        check(&[told("a", granted("e1"))], &[recorded("e1", "a")], &[]);
        // Cut off, and it had taken effect: the retry gives its event.
        check(
            &[told("a", CUT_OFF), told("a", granted("e1"))],
            &[recorded("e1", "a")],
            &[],
        );
        // Told to come again, and then it was granted; and an acknowledged one retried.
        let again = Answer::Again { status: 503 };
        check(
            &[
                told("a", again),
                told("a", granted("e1")),
                told("a", granted("e1")),
            ],
            &[recorded("e1", "a")],
            &[],
        );
        // Refused when the limit was reached.
        check(
            &[
                told("a", granted("e1")),
                told("b", granted("e2")),
                told("c", Answer::Refused),
            ],
            &[recorded("e2", "b"), recorded("e1", "a")],
            &[],
        );
    }

    #[test]
    fn each_kind_of_wrong_history_is_found() {
        check(&[told("a", granted("e1"))], &[], &["lost"]);
        check(
            &[told("a", granted("e1"))],
            &[recorded("e2", "a")],
            &["lost"],
        );
        check(
            &[told("a", granted("e1"))],
            &[recorded("e1", "a"), recorded("e2", "a")],
            &["twice"],
        );
        check(
            &[told("a", CUT_OFF), told("a", granted("e2"))],
            &[recorded("e1", "a"), recorded("e2", "a")],
            &["twice"],
        );
        check(
            &[told("a", granted("e1")), told("a", granted("e2"))],
            &[recorded("e1", "a")],
            &["changed"],
        );
        check(
            &[
                told("a", granted("e1")),
                told("a", Answer::Refused),
                told("b", granted("e2")),
            ],
            &[recorded("e1", "a"), recorded("e2", "b")],
            &["changed"],
        );
        let altered = Recorded {
            amount: 1,
            ..recorded("e1", "a")
        };
        check(&[told("a", granted("e1"))], &[altered], &["altered"]);
        let elsewhere = Recorded {
            customer: "d".into(),
            ..recorded("e1", "a")
        };
        check(&[told("a", granted("e1"))], &[elsewhere], &["altered"]);
        check(&[], &[recorded("e1", "a")], &["stranger"]);
        check(
            &[],
            &[Recorded {
                key: None,
                ..recorded("e1", "a")
            }],
            &["stranger"],
        );
        check(&[told("a", CUT_OFF)], &[], &["unresolved"]);
        check(
            &[told("a", Answer::Again { status: 503 })],
            &[recorded("e1", "a")],
            &["unresolved"],
        );
        check(&[told("a", Answer::Refused)], &[], &["refused with room"]);
        check(
            &[
                told("a", granted("e1")),
                told("b", granted("e2")),
                told("c", Answer::Refused),
            ],
            &[
                recorded("e1", "a"),
                recorded("e2", "b"),
                recorded("e3", "c"),
            ],
            &["refused but recorded", "overspent"],
        );
        let wrong = Answer::Wrong {
            status: 500,
            body: String::new(),
        };
        check(
            &[told("a", wrong), told("a", granted("e1"))],
            &[recorded("e1", "a")],
            &["wrong answer"],
        );
        check(
            &[
                told("a", granted("e1")),
                told("b", granted("e2")),
                told("c", granted("e3")),
            ],
            &[
                recorded("e1", "a"),
                recorded("e2", "b"),
                recorded("e3", "c"),
            ],
            &["overspent"],
        );
    }

    #[test]
    fn a_graceful_stop_owes_an_answer_to_what_it_accepted() {
        let check = |answer: Answer, record: &[Recorded], expected: usize| {
            assert_eq!(
                judge_graceful_stop(&[told("a", answer)], record).len(),
                expected
            );
        };
        check(granted("e1"), &[recorded("e1", "a")], 0);
        check(CUT_OFF, &[], 0);
        check(CUT_OFF, &[recorded("e1", "a")], 1);
        check(Answer::None { was_held: true }, &[], 1);
    }
}
