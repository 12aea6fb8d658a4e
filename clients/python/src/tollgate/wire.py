"""Requests as they are sent, and answers as they are understood. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from . import errors, model
from .retry import read_retry_after

T = TypeVar("T")

BATCH_MAX = 100
ANSWER_BYTES_MAX = 8 * 1024 * 1024

REFUSALS: Mapping[str, type[errors.Refused]] = {
    "quota_exceeded": errors.QuotaExceeded,
    "cap_exceeded": errors.CapExceeded,
    "member_cap_exceeded": errors.MemberCapExceeded,
    "no_subscription": errors.NoSubscription,
    "feature_not_in_plan": errors.FeatureNotInPlan,
}
PROBLEMS: Mapping[str, type[errors.ProblemError]] = {
    "idempotency_key_reused": errors.IdempotencyKeyReused,
    "unknown_customer": errors.UnknownCustomer,
    "unknown_feature": errors.UnknownFeature,
    "unknown_reservation": errors.UnknownReservation,
}
PROBLEMS_BY_STATUS: Mapping[int, type[errors.ProblemError]] = {
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
}
SHOWN_HEADERS = ("retry-after", "ratelimit", "ratelimit-policy")


@dataclass(frozen=True)
class Request(Generic[T]):
    """One request of the API, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], T]
    body: Mapping[str, Any] | None = None
    key: str | None = None
    gone: T | None = None
    """What a retry is answered with that finds what it was to close closed already."""

    def headers(self) -> dict[str, str]:
        """The headers that belong to it, those of the connection aside."""
        headers = {"Accept": "application/json"}
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        if self.key is not None:
            headers["Idempotency-Key"] = self.key
        return headers

    def content(self) -> bytes | None:
        """The body as it is sent."""
        if self.body is None:
            return None
        return json.dumps(self.body, separators=(",", ":"), allow_nan=False).encode()


@dataclass(frozen=True)
class Answer:
    """What came back. The names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class NoAnswer:
    """Nothing came back, or not all of it."""

    reason: str
    reached: bool
    """Whether the request may have reached the server."""


@dataclass(frozen=True)
class Done(Generic[T]):
    """It was answered."""

    value: T


@dataclass(frozen=True)
class Failed:
    """It was answered with a no that stays a no."""

    error: errors.TollgateError


@dataclass(frozen=True)
class Again:
    """It was not answered, and may be asked again with the same key."""

    reason: str
    reached: bool
    retry_after: float | None = None
    is_retried: bool = True


def judge(request: Request[T], came: Answer | NoAnswer, now: float) -> Done[T] | Failed | Again:
    """What became of a request. `now` is the time of day, for a `Retry-After` that is a date."""
    if isinstance(came, NoAnswer):
        return Again(came.reason, came.reached)
    if 200 <= came.status < 300:
        try:
            return Done(request.read(json.loads(came.body) if came.body else None))
        except ValueError:
            return Again("unreadable_answer", reached=True)
    return judge_problem(came.status, came.headers, _problem(came.body), now)


def judge_problem(
    status: int, headers: Mapping[str, str], problem: Mapping[str, Any] | None, now: float
) -> Failed | Again:
    """What an error means. Only a problem with a word of its own is the server's; anything else was
    said by something in between."""
    word = problem.get("error") if problem is not None else None
    retry_after = read_retry_after(headers.get("retry-after"), now)
    if problem is None or not isinstance(word, str):
        is_retried = status in (408, 429, 502, 503, 504)
        return Again(f"status_{status}", status not in (408, 429), retry_after, is_retried)
    if word in REFUSALS:
        refused = _refused(status, headers, word, problem, retry_after)
        return refused if refused is not None else Again("unreadable_answer", True, None, False)
    if status >= 500 or status in (408, 429):
        # The server says 503 and 429 when nothing happened, 500 when it cannot know.
        reached = status not in (408, 429, 503)
        return Again(word, reached, retry_after, word == "outcome_unknown" or status != 500)
    kind = PROBLEMS.get(word) or PROBLEMS_BY_STATUS.get(status, errors.InvalidRequest)
    message = str(problem.get("message", word))
    return Failed(kind(status, word, message, headers.get("x-request-id")))


def _problem(body: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, Mapping) else None


def _refused(
    status: int,
    headers: Mapping[str, str],
    word: str,
    problem: Mapping[str, Any],
    retry_after: float | None,
) -> Failed | None:
    try:
        refusal = model.read(model.Refusal, problem)
    except model.Unreadable:
        return None
    shown = {name: headers[name] for name in SHOWN_HEADERS if name in headers}
    error = REFUSALS[word](refusal, status, body=problem, headers=shown, retry_after=retry_after)
    return Failed(error)


@dataclass(frozen=True)
class Want:
    """What is to be used: by whom, of what, how much."""

    customer: str
    uses: Mapping[str, int]
    member: str | None = None
    metadata: Mapping[str, Any] | None = None

    @staticmethod
    def of(
        customer: str,
        feature: str | None,
        amount: int,
        uses: Mapping[str, int] | None,
        member: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Want:
        """Either `feature` with `amount`, or `uses`."""
        if (feature is None) == (uses is None):
            raise ValueError("name a feature, or uses: one of both")
        if feature is not None:
            uses = {feature: amount}
        assert uses is not None
        if not uses:
            raise ValueError("uses must name a feature")
        for name, count in uses.items():
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueError(f"the amount of {name} must be a whole number, not {count!r}")
        if not customer:
            raise ValueError("a customer must have an id")
        return Want(customer, dict(uses), member, metadata)

    def positive(self) -> Want | None:
        """Without the features of which nothing is used; `None` when that is all of them."""
        uses = {feature: amount for feature, amount in self.uses.items() if amount > 0}
        return Want(self.customer, uses, self.member, self.metadata) if uses else None

    def body(self) -> dict[str, Any]:
        """As it stands in a request."""
        body: dict[str, Any] = {"uses": _uses(self.uses)}
        if self.member is not None:
            body["member"] = self.member
        if self.metadata is not None:
            body["metadata"] = dict(self.metadata)
        return body


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without those that nobody named."""
    return {name: value for name, value in fields.items() if value is not None}


def _instant(at: datetime | None) -> str | None:
    return model.write_instant(at) if at is not None else None


def _uses(uses: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"feature": feature, "amount": amount} for feature, amount in uses.items()]


def _segment(text: str) -> str:
    # A segment of dots alone would be taken for a step in the path.
    quoted = quote(text, safe="")
    return quoted.replace(".", "%2E") if set(text) == {"."} else quoted


def _customer(customer: str, rest: str = "") -> str:
    if not customer:
        raise ValueError("a customer must have an id")
    return f"/v1/customers/{_segment(customer)}{rest}"


def _reservation(customer: str, reservation: str, verb: str) -> str:
    return _customer(customer, f"/reservations/{_segment(reservation)}/{verb}")


def _reader(kind: type[T]) -> Callable[[Any], T]:
    return lambda value: model.read(kind, value)


def consume(want: Want, key: str) -> Request[model.Receipt]:
    """Takes units."""
    path = _customer(want.customer, "/consume")
    return Request("POST", path, _reader(model.Receipt), want.body(), key)


def check(want: Want) -> Request[model.Check]:
    """Asks only."""
    return Request("POST", _customer(want.customer, "/check"), _reader(model.Check), want.body())


def reserve(want: Want, seconds: int, on_expiry: str, key: str) -> Request[model.Held]:
    """Holds units."""
    body = {**want.body(), "seconds": seconds, "on_expiry": on_expiry}
    path = _customer(want.customer, "/reservations")
    return Request("POST", path, _reader(model.Held), body, key)


def settle(
    customer: str,
    reservation: str,
    uses: Mapping[str, int] | None,
    metadata: Mapping[str, Any] | None,
    key: str,
) -> Request[model.Receipt]:
    """Takes the real amount; without `uses` what was reserved."""
    body: dict[str, Any] = {}
    if uses is not None:
        body["uses"] = _uses(uses)
    if metadata is not None:
        body["metadata"] = dict(metadata)
    path = _reservation(customer, reservation, "settle")
    return Request("POST", path, _reader(model.Receipt), body, key)


def release(customer: str, reservation: str) -> Request[bool]:
    """Gives a reservation back. It has no key: one that was given back is not there any more."""
    path = _reservation(customer, reservation, "release")
    return Request("POST", path, lambda _: True, gone=True)


def extend(customer: str, reservation: str, seconds: int) -> Request[model.Extended]:
    """Lets a reservation last so long from now."""
    path = _reservation(customer, reservation, "extend")
    return Request("POST", path, _reader(model.Extended), {"seconds": seconds})


def usage(customer: str) -> Request[model.Usage]:
    """What a customer has and used."""
    return Request("GET", _customer(customer, "/usage"), _reader(model.Usage))


def customer(customer: str) -> Request[model.Customer]:
    """One customer."""
    return Request("GET", _customer(customer), _reader(model.Customer))


def create_customer(
    customer: str, plan: str | None, time_zone: str | None
) -> Request[model.Customer]:
    """Begins a customer. One that exists stays as it is, so that it needs no key."""
    body = given({"id": customer, "plan": plan, "time_zone": time_zone})
    return Request("POST", "/v1/customers", _reader(model.Customer), body)


def grant(
    customer: str,
    meter: str,
    units: int,
    source: str,
    reference: str | None,
    starts_at: datetime | None,
    expires_at: datetime | None,
    priority: int | None,
    key: str,
) -> Request[model.Given]:
    """Gives units."""
    body = {
        "meter": meter,
        "units": units,
        "source": source,
        "reference": reference,
        "starts_at": _instant(starts_at),
        "expires_at": _instant(expires_at),
        "priority": priority,
    }
    return Request("POST", _customer(customer, "/grants"), _reader(model.Given), given(body), key)


def events(
    customer: str,
    limit: int,
    starting_after: str | None,
    feature: str | None,
    member: str | None,
    begin: datetime | None,
    end: datetime | None,
) -> Request[model.EventPage]:
    """The history of usage, the newest first."""
    query = {
        "limit": limit,
        "starting_after": starting_after,
        "feature": feature,
        "member": member,
        "from": _instant(begin),
        "until": _instant(end),
    }
    path = _customer(customer, f"/events?{urlencode(given(query))}")
    return Request("GET", path, _reader(model.EventPage))


@dataclass(frozen=True)
class BatchAnswer:
    """What became of one consumption of a batch."""

    status: int
    receipt: model.Receipt | None = None
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Results:
    results: tuple[BatchAnswer, ...] = field(default=())


def batch(wants: list[tuple[Want, str]]) -> Request[tuple[BatchAnswer, ...]]:
    """Takes units for many customers; each has a key of its own."""
    items = [
        {"customer": want.customer, **want.body(), "idempotency_key": key} for want, key in wants
    ]

    def read_results(value: Any) -> tuple[BatchAnswer, ...]:
        results = model.read(_Results, value).results
        if len(results) != len(items):
            raise model.Unreadable("a batch must be answered item by item")
        return results

    return Request("POST", "/v1/consume", read_results, {"items": items})
