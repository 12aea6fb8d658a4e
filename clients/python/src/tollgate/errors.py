"""Why a call was not answered with what it asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .model import Refusal, WayOut


class TollgateError(Exception):
    """Everything that this package raises for a call."""


class Refused(TollgateError):
    """A clear no, with every figure and what would make it a yes. Nothing was taken."""

    def __init__(
        self,
        refusal: Refusal,
        status: int,
        *,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.status = status
        self.retry_after = retry_after
        self.body = body
        """The whole answer, as the server wrote it."""
        self.headers: Mapping[str, str] = headers or MappingProxyType({})
        """`Retry-After`, `RateLimit` and `RateLimit-Policy`, as far as they were sent."""

    @property
    def reason(self) -> str:
        """The reason in one word, such as `quota_exceeded`."""
        return self.refusal.error

    @property
    def message(self) -> str:
        """One sentence for people."""
        return self.refusal.message

    @property
    def feature(self) -> str | None:
        """The feature that was refused."""
        return self.refusal.detail.feature

    @property
    def meter(self) -> str | None:
        """What is counted."""
        return self.refusal.meter

    @property
    def member(self) -> str | None:
        """The member whose cap it was."""
        return self.refusal.member

    @property
    def plan(self) -> str | None:
        """The customer's plan."""
        return self.refusal.detail.plan

    @property
    def limit(self) -> int:
        """Units of the limit or cap."""
        return self.refusal.detail.limit

    @property
    def used(self) -> int:
        """Units used of it."""
        return self.refusal.detail.used

    @property
    def remaining(self) -> int:
        """Units left of it."""
        return self.refusal.detail.remaining

    @property
    def needed(self) -> int:
        """Units that the request needed."""
        return self.refusal.quota_needed

    @property
    def resets_at(self) -> datetime | None:
        """When the limit or cap is renewed; `None` for never."""
        return self.refusal.resets_at

    @property
    def ways_out(self) -> tuple[WayOut, ...]:
        """What would make it a yes."""
        return self.refusal.ways_out


class QuotaExceeded(Refused):
    """The grants do not hold enough."""


class CapExceeded(Refused):
    """The plan's cap for a time window is reached."""


class MemberCapExceeded(CapExceeded):
    """A member's cap is reached."""


class NoSubscription(Refused):
    """The customer has no subscription, and nothing bought."""


class FeatureNotInPlan(Refused):
    """The customer's plan does not include the feature."""


class ProblemError(TollgateError):
    """The server answered that the request cannot be done as it is. Nothing was done."""

    def __init__(
        self, status: int, error: str, message: str, request_id: str | None = None
    ) -> None:
        super().__init__(f"{message} ({error}, {status})")
        self.status = status
        self.error = error
        """The error's word, for programs."""
        self.message = message
        self.request_id = request_id
        """What the server's log has it under."""


class InvalidRequest(ProblemError):
    """The request does not read as what it must be."""


class IdempotencyKeyReused(InvalidRequest):
    """The idempotency key came with another request before."""


class Unauthenticated(ProblemError):
    """The API key is not known, or revoked."""


class Forbidden(ProblemError):
    """The API key has not the scope that this takes."""


class NotFound(ProblemError):
    """There is no such thing."""


class UnknownCustomer(NotFound):
    """There is no such customer."""


class UnknownFeature(NotFound):
    """The catalog has no such feature."""


class UnknownReservation(NotFound):
    """The reservation is not open: it was settled, released, or ended by itself."""


class Conflict(ProblemError):
    """It contradicts what is there."""


class Unavailable(TollgateError):
    """Nobody answered, or nobody who could. No tries are left, or no time."""

    def __init__(
        self,
        reason: str,
        *,
        tries: int,
        outcome_unknown: bool,
        retry_after: float | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        unknown = "; it may have happened all the same" if outcome_unknown else ""
        super().__init__(f"Tollgate did not answer: {reason}, after {tries} tries{unknown}")
        self.reason = reason
        """Why the last try came to nothing: `connection`, `timeout`, `rate_limited`, `busy`, …"""
        self.tries = tries
        self.outcome_unknown = outcome_unknown
        """Whether a try may have reached the server. The same key again makes it known."""
        self.retry_after = retry_after
        """Seconds that the server asked to wait, if it did."""
        self.idempotency_key = idempotency_key
        """The key of the call, to be called again with."""


class SpoolError(TollgateError):
    """The spool's file cannot be used."""


class SpoolFull(SpoolError):
    """The spool holds as many uses as it may."""
