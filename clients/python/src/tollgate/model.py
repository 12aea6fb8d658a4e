"""What the server says, as frozen values."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime, timezone
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")

INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)", re.ASCII
)


class Unreadable(ValueError):
    """A value is not of the shape that it must have."""


@dataclass(frozen=True)
class Figures:
    """What a feature's meter holds, after what was just done."""

    feature: str
    used: int
    held: int
    unlimited: bool
    meter: str | None = None
    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What a consumption did.

    `local` is true when the server was out of reach and the policy `allow` granted it: there are no
    figures and no event yet.
    """

    event: str | None = None
    plan: str | None = None
    features: tuple[Figures, ...] = ()
    replayed: bool = False
    local: bool = False


@dataclass(frozen=True)
class Held:
    """What a reservation did. `reservation` is `None` for one that was granted locally."""

    reservation: str | None = None
    expires_at: datetime | None = None
    plan: str | None = None
    features: tuple[Figures, ...] = ()
    replayed: bool = False
    local: bool = False


@dataclass(frozen=True)
class Extended:
    """The new end of a reservation."""

    reservation: str
    expires_at: datetime


@dataclass(frozen=True)
class Money:
    """An amount of money in its currency's smallest unit: 999 is $9.99."""

    amount: int
    currency: str


@dataclass(frozen=True)
class WayOut:
    """What would make a refusal a yes.

    `way` is `wait` (with `until`), `plan` (with `plan`, `limit`, `price`), `top_up` (with `top_up`,
    `units`, `price`) or `raise_cap`.
    """

    way: str
    until: datetime | None = None
    plan: str | None = None
    limit: int | None = None
    price: Money | None = None
    top_up: str | None = None
    units: int | None = None


@dataclass(frozen=True)
class RefusalDetail:
    """The figures of what refused."""

    error: str
    limit: int
    used: int
    remaining: int
    feature: str | None = None
    plan: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A clear no with every figure."""

    error: str
    message: str
    quota_needed: int
    detail: RefusalDetail
    ways_out: tuple[WayOut, ...]
    quota_remaining: int | None = None
    meter: str | None = None
    member: str | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True)
class Check:
    """Whether it would be granted now."""

    allowed: bool
    features: tuple[Figures, ...]
    plan: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class PendingChange:
    """A change of plan that waits for its time."""

    plan: str
    effective_at: datetime
    price: str | None = None


@dataclass(frozen=True)
class Subscription:
    """A customer's subscription to a plan."""

    id: str
    plan: str
    plan_version: int
    interval: str
    status: str
    started_at: datetime
    current_period_start: datetime
    current_period_end: datetime | None = None
    price: str | None = None
    pending: PendingChange | None = None
    cancel_at: datetime | None = None


@dataclass(frozen=True)
class Customer:
    """Who pays and holds quota."""

    id: str
    time_zone: str
    plan: str | None = None
    subscription: Subscription | None = None


@dataclass(frozen=True)
class FeatureUsage:
    """What a feature has, in units of its meter."""

    used: int
    unlimited: bool
    limit: int | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class MeterUsage:
    """What a meter has."""

    meter: str
    used: int
    held: int
    unlimited: bool
    carried_over: int
    extra: int
    features: Mapping[str, int]
    limit: int | None = None
    remaining: int | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None


@dataclass(frozen=True)
class Usage:
    """What a customer has and used."""

    customer: str
    month_key: str
    features: Mapping[str, FeatureUsage]
    meters: tuple[MeterUsage, ...]
    plan: str | None = None


@dataclass(frozen=True)
class Grant:
    """A lot of units. At every moment amount = remaining + held + used + expired + revoked."""

    id: str
    meter: str
    source: str
    amount: int
    remaining: int
    held: int
    used: int
    expired: int
    revoked: int
    created_at: datetime
    starts_at: datetime
    priority: int
    live: bool
    reference: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Given:
    """What was given. `grant` is `None` when it is closed since, which a retry may find."""

    id: str
    grant: Grant | None = None


@dataclass(frozen=True)
class Used:
    """So many uses of a feature."""

    feature: str
    amount: int = 1


@dataclass(frozen=True)
class Event:
    """A usage event: the record of one consumption."""

    id: str
    amount: int
    uses: tuple[Used, ...]
    created_at: datetime
    month_key: str
    reversed: bool
    feature: str | None = None
    plan: str | None = None
    member: str | None = None
    metadata: Mapping[str, Any] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class EventPage:
    """One page of usage events; `next` is the `starting_after` of the page that follows."""

    data: tuple[Event, ...]
    has_more: bool
    next: str | None = None


@dataclass(frozen=True)
class BatchItem:
    """One of many consumptions: `feature` with `amount`, or several `uses`, all or none."""

    customer: str
    feature: str | None = None
    amount: int = 1
    uses: Mapping[str, int] | None = None
    member: str | None = None
    metadata: Mapping[str, Any] | None = None
    idempotency_key: str | None = field(default=None, kw_only=True)


def read(kind: type[T], value: object) -> T:
    """Reads a dataclass from JSON. Unknown fields are passed over: a newer server may say more."""
    if not isinstance(value, Mapping):
        raise Unreadable(f"{kind.__name__} must be an object")
    arguments: dict[str, object] = {}
    for name, (hint, is_required) in _shape(cast(Any, kind)).items():
        if value.get(name) is not None:
            arguments[name] = _convert(hint, value[name], f"{kind.__name__}.{name}")
        elif is_required:
            raise Unreadable(f"{kind.__name__}.{name} is missing")
    return kind(**arguments)


def read_instant(text: str) -> datetime:
    """Reads RFC 3339. Python 3.10 takes neither `Z` nor a fraction of any other length than 6."""
    match = INSTANT.fullmatch(text)
    if match is None:
        raise Unreadable(f"not an instant: {text!r}")
    day, time, fraction, zone = match.groups()
    micros = ((fraction or "") + "000000")[:6]
    offset = "+00:00" if zone in "Zz" else zone
    return datetime.fromisoformat(f"{day}T{time}.{micros}{offset}").astimezone(timezone.utc)


def write_instant(at: datetime) -> str:
    """Writes RFC 3339. A time without a zone is not an instant."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


@cache
def _shape(kind: type[Any]) -> Mapping[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(kind)
    return {
        each.name: (hints[each.name], each.default is MISSING and each.default_factory is MISSING)
        for each in fields(kind)
    }


def _convert(hint: Any, value: object, place: str) -> object:
    if hint is Any:
        return value
    if hint is datetime and isinstance(value, str):
        return read_instant(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint in (str, bool) and isinstance(value, hint):
        return value
    if is_dataclass(hint):
        return read(cast(type[Any], hint), value)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = [each for each in arguments if each is not type(None)]
        return _convert(inner, value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], each, place) for each in value)
    if origin is Mapping and isinstance(value, Mapping):
        inner = {name: _convert(arguments[1], each, place) for name, each in value.items()}
        return types.MappingProxyType(inner)
    raise Unreadable(f"{place} is {type(value).__name__}")
