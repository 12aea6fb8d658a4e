"""What every call does, without doing any of it: flows yield what is to be done, a client does it.

A flow is a generator. It yields effects (`Send`, `Sleep`, `Blocking`) and is sent their outcome, so
that the client that blocks and the one that awaits share every decision.
"""

from __future__ import annotations

import logging
import random
import re
import secrets
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeVar

from . import errors, model, wire
from .retry import Retries
from .spool import Entry, Spool, UnknownHold, Waiting
from .wire import Answer, NoAnswer, Request, Want

T = TypeVar("T")
Policy = Literal["deny", "allow"]
OnExpiry = Literal["release", "settle"]

logger = logging.getLogger("tollgate")

DELIVERY_PAUSE_SECONDS = 1.0
DELIVERY_PAUSE_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Ambient:
    """What a call takes from outside; a test brings its own."""

    now: Callable[[], float] = time.time
    """The time of day: how old a spooled use is must survive a restart."""
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    """Anything from 0 to 1."""
    new_key: Callable[[], str] = lambda: secrets.token_hex(16)


@dataclass(frozen=True)
class Send:
    """Send a request. The outcome is an `Answer` or a `NoAnswer`."""

    request: Request[Any]
    seconds_max: float


@dataclass(frozen=True)
class Sleep:
    """Wait."""

    seconds: float


@dataclass(frozen=True)
class Blocking:
    """Call something that waits for a disk. The outcome is what it returns or raises."""

    call: Callable[[], Any]


Effect = Send | Sleep | Blocking
Flow = Generator[Effect, Any, T]


@dataclass(frozen=True)
class BatchResult:
    """What became of one consumption of a batch: a receipt, or why there is none."""

    receipt: model.Receipt | None = None
    error: errors.TollgateError | None = None


@dataclass(frozen=True)
class Flushed:
    """What became of the spool."""

    delivered: int = 0
    refused: int = 0
    waiting: int = 0
    """Uses that still wait, those that another process is delivering included."""


@dataclass(frozen=True)
class Core:
    """Settings, and the flows of every call."""

    timeout: float
    retries: Retries
    policy: Policy | Mapping[str, Policy]
    spool: Spool | None
    ambient: Ambient
    outage_seconds: float
    """For so long after an outage was seen, what may be granted locally is not asked first."""
    state: CoreState = field(default_factory=lambda: CoreState())

    def __post_init__(self) -> None:
        if self.timeout <= 0:
            raise ValueError("timeout must be more than 0")
        policies = self.policy.values() if isinstance(self.policy, Mapping) else [self.policy]
        for policy in policies:
            if policy not in ("deny", "allow"):
                raise ValueError(f"a policy is deny or allow, not {policy!r}")
        if "allow" in policies and self.spool is None:
            raise ValueError("the policy allow needs a spool to write down what it grants")

    def allows(self, want: Want) -> bool:
        """Whether it is granted when the server is out of reach: when each of its features is."""
        if isinstance(self.policy, Mapping):
            return all(self.policy.get(feature) == "allow" for feature in want.uses)
        return self.policy == "allow"

    def call(self, request: Request[T], began: float | None = None) -> Flow[T]:
        """Sends a request until it is answered, within the bounds of `retries`."""
        began = began if began is not None else self.ambient.monotonic()
        outcome_unknown = False
        tries = 0
        while True:
            tries += 1
            left = self.retries.deadline_seconds - (self.ambient.monotonic() - began)
            came: Answer | NoAnswer = yield Send(request, min(self.timeout, max(left, 0.001)))
            verdict = wire.judge(request, came, self.ambient.now())
            if isinstance(verdict, wire.Done):
                return verdict.value
            if isinstance(verdict, wire.Failed):
                gone = isinstance(verdict.error, errors.UnknownReservation)
                if gone and outcome_unknown and request.gone is not None:
                    return request.gone
                raise verdict.error
            outcome_unknown = outcome_unknown or verdict.reached
            elapsed = self.ambient.monotonic() - began
            chance = self.ambient.chance()
            pause = self.retries.pause(tries, elapsed, verdict.retry_after, chance)
            if pause is None or not verdict.is_retried:
                raise errors.Unavailable(
                    verdict.reason,
                    tries=tries,
                    outcome_unknown=outcome_unknown,
                    retry_after=verdict.retry_after,
                    idempotency_key=request.key,
                )
            yield Sleep(pause)

    def consume(
        self, want: Want, key: str | None, hold: UnknownHold | None = None
    ) -> Flow[model.Receipt]:
        """Takes units, or grants them locally when nobody answers and the policy allows it."""
        entry = Entry(self.key(key), want, self.ambient.now(), hold=hold)
        if not self.allows(want):
            return (yield from self.take(entry))
        if not self._is_out():
            try:
                return (yield from self.take(entry))
            except errors.Unavailable as error:
                self._went_out(error)
                return (yield from self._keep(entry, error.outcome_unknown))
        return (yield from self._keep(entry, outcome_unknown=False))

    def take(self, entry: Entry) -> Flow[model.Receipt]:
        """Has the server take what was used, at once or from the spool: always under one key."""
        if entry.reservation is not None:
            return (yield from self._settle_late(entry, entry.reservation))
        if entry.hold is not None:
            yield from self._free(entry, entry.hold)
        return (yield from self.call(wire.consume(entry.want, entry.key)))

    def _settle_late(self, entry: Entry, reservation: str) -> Flow[model.Receipt]:
        """Settles a reservation, or consumes what it was for when it has ended by itself.

        Either way it is charged once: the settlement's key finds it when it happened, and when it
        did not, a reservation that is not open any more can never be settled.
        """
        want = entry.want
        settlement = wire.settle(want.customer, reservation, want.uses, want.metadata, entry.key)
        try:
            return (yield from self.call(settlement))
        except errors.UnknownReservation:
            used = want.positive()
            if used is None:
                return model.Receipt()
            return (yield from self.call(wire.consume(used, f"{entry.key}.late")))

    def _free(self, entry: Entry, hold: UnknownHold) -> Flow[None]:
        """Gives back what an unanswered reservation may hold, so that it is not in the way of what
        it was for. The same key finds it; if it was never made, it is made and given back."""
        want = Want(entry.want.customer, hold.uses, entry.want.member)
        try:
            held = yield from self.call(wire.reserve(want, hold.seconds, "release", hold.key))
            if held.reservation is not None:
                yield from self.call(wire.release(want.customer, held.reservation))
        except (errors.Refused, errors.ProblemError) as error:
            logger.debug("nothing was held: %s", error)

    def consume_batch(self, items: Sequence[model.BatchItem]) -> Flow[tuple[BatchResult, ...]]:
        """Takes units for many. What is not answered is asked again, by itself with its own key."""
        if not 1 <= len(items) <= wire.BATCH_MAX:
            raise ValueError(f"a batch has 1 to {wire.BATCH_MAX} items, not {len(items)}")
        created_at = self.ambient.now()
        wants = [
            (
                Want.of(
                    item.customer, item.feature, item.amount, item.uses, item.member, item.metadata
                ),
                self.key(item.idempotency_key),
            )
            for item in items
        ]
        results: list[BatchResult] = [BatchResult()] * len(wants)
        open_places = list(range(len(wants)))
        if self._is_out() and all(self.allows(want) for want, _ in wants):
            unavailable = errors.Unavailable("outage", tries=0, outcome_unknown=False)
            results = [BatchResult(error=unavailable)] * len(wants)
        else:
            results = yield from self._ask_batch(wants, results, open_places)
        for place, (want, key) in enumerate(wants):
            error = results[place].error
            if isinstance(error, errors.Unavailable) and self.allows(want):
                results[place] = yield from self._keep_item(
                    Entry(key, want, created_at), error.outcome_unknown
                )
        return tuple(results)

    def _keep_item(self, entry: Entry, outcome_unknown: bool) -> Flow[BatchResult]:
        try:
            return BatchResult(receipt=(yield from self._keep(entry, outcome_unknown)))
        except errors.TollgateError as error:
            return BatchResult(error=error)

    def _ask_batch(
        self, wants: list[tuple[Want, str]], results: list[BatchResult], places: list[int]
    ) -> Flow[list[BatchResult]]:
        began = self.ambient.monotonic()
        tries = 0
        while places:
            tries += 1
            try:
                asked = wire.batch([wants[place] for place in places])
                answers = yield from self.call(asked, began)
            except errors.Unavailable as error:
                self._went_out(error)
                for place in places:
                    results[place] = BatchResult(error=_with_key(error, wants[place][1]))
                return results
            again: list[int] = []
            retry_after: float | None = None
            for place, answer in zip(places, answers, strict=True):
                results[place], wait, is_retried = self._read_item(answer, wants[place][1], tries)
                if is_retried:
                    again.append(place)
                    retry_after = max(retry_after or 0.0, wait or 0.0)
            elapsed = self.ambient.monotonic() - began
            pause = self.retries.pause(tries, elapsed, retry_after, self.ambient.chance())
            if again and pause is not None:
                yield Sleep(pause)
            elif again:
                return results
            places = again
        return results

    def _read_item(
        self, answer: wire.BatchAnswer, key: str, tries: int
    ) -> tuple[BatchResult, float | None, bool]:
        if answer.receipt is not None:
            return BatchResult(receipt=answer.receipt), None, False
        verdict = wire.judge_problem(answer.status, {}, answer.problem, self.ambient.now())
        if isinstance(verdict, wire.Failed):
            return BatchResult(error=verdict.error), None, False
        error = errors.Unavailable(
            verdict.reason, tries=tries, outcome_unknown=verdict.reached, idempotency_key=key
        )
        return BatchResult(error=error), verdict.retry_after, verdict.is_retried

    def reserve(self, want: Want, seconds: int, on_expiry: OnExpiry, key: str | None) -> Flow[Hold]:
        """Holds units. One that is granted locally is consumed when it is settled."""
        key = self.key(key)
        # What the server may hold and would settle by itself must not be granted here as well.
        allows = self.allows(want) and on_expiry == "release"
        if not (allows and self._is_out()):
            request = wire.reserve(want, seconds, on_expiry, key)
            try:
                return Hold(self, want, key, (yield from self.call(request)))
            except errors.Unavailable as error:
                if not allows:
                    raise
                self._went_out(error)
                if error.outcome_unknown:
                    unknown = UnknownHold(key, want.uses, seconds)
                    return Hold(self, want, key, model.Held(local=True), unknown)
        return Hold(self, want, key, model.Held(local=True))

    def deliver(self) -> Flow[Flushed]:
        """Delivers what waits, until nothing is left that can be, or nobody answers."""
        spool = self._spool()
        delivered = refused = 0
        while True:
            now = self.ambient.now()
            seconds = 2 * self.retries.deadline_seconds + 2 * self.timeout + 5
            claim = partial(spool.claim, now, wire.BATCH_MAX, seconds)
            lines: list[Waiting] = yield Blocking(claim)
            if not lines:
                break
            round = _Round()
            try:
                yield from self._deliver_lines(lines, round)
            finally:
                open_ids = [line.id for line in lines if line.id not in round.seen]
                if open_ids:
                    yield Blocking(partial(spool.unclaim, open_ids))
            delivered += round.delivered
            refused += round.refused
            if round.is_cut_off:
                break
        waiting = yield Blocking(spool.waiting)
        return Flushed(delivered, refused, waiting)

    def _deliver_lines(self, lines: list[Waiting], round: _Round) -> Flow[None]:
        together: list[tuple[Waiting, Entry]] = []
        alone: list[tuple[Waiting, Entry]] = []
        for line in lines:
            if line.entry is None:
                yield from self._refuse(line, "corrupt", None, round)
            elif self._is_too_old(line.created_at):
                yield from self._refuse(line, "too_old", None, round)
            elif line.entry.reservation is not None or line.entry.hold is not None:
                alone.append((line, line.entry))
            else:
                together.append((line, line.entry))
        if together:
            alone += yield from self._deliver_together(together, round)
        for line, entry in alone:
            if round.is_cut_off:
                return
            yield from self._deliver_alone(line, entry, round)

    def _deliver_together(
        self, pairs: list[tuple[Waiting, Entry]], round: _Round
    ) -> Flow[list[tuple[Waiting, Entry]]]:
        """Returns those that have to be sent each by itself: all, when one does not read."""
        try:
            request = wire.batch([(entry.want, entry.key) for _, entry in pairs])
            answers = yield from self.call(request)
        except errors.TollgateError as error:
            if isinstance(error, errors.InvalidRequest) or _is_its_own(error):
                return pairs
            self._cut_off(error, round)
            return []
        done: list[int] = []
        for (line, entry), answer in zip(pairs, answers, strict=True):
            result, _, _ = self._read_item(answer, entry.key, 1)
            if result.receipt is not None:
                done.append(line.id)
            elif result.error is not None and _is_for_good(result.error):
                yield from self._refuse(line, _word(result.error), answer.problem, round)
            else:
                self._leave(line, result.error, round)
        if done:
            yield from self._done(done, round)
        return []

    def _deliver_alone(self, line: Waiting, entry: Entry, round: _Round) -> Flow[None]:
        try:
            yield from self.take(entry)
        except errors.TollgateError as error:
            if _is_for_good(error):
                yield from self._refuse(line, _word(error), _answer(error), round)
            elif _is_its_own(error):
                self._leave(line, error, round)
            else:
                self._cut_off(error, round)
        else:
            yield from self._done([line.id], round)

    def _done(self, ids: list[int], round: _Round) -> Flow[None]:
        yield Blocking(partial(self._spool().delivered, ids))
        self.state.out_until = 0.0
        round.seen.update(ids)
        round.delivered += len(ids)

    def _refuse(
        self, line: Waiting, reason: str, answer: Mapping[str, Any] | None, round: _Round
    ) -> Flow[None]:
        now = self.ambient.now()
        is_ours = yield Blocking(partial(self._spool().refuse, line, reason, now, answer))
        round.seen.add(line.id)
        if is_ours:
            round.refused += 1
            logger.error(
                "a use that was granted locally is not charged (%s): key %s, %s",
                reason,
                line.key,
                line.content,
            )

    def _leave(self, line: Waiting, error: errors.TollgateError | None, round: _Round) -> None:
        """It stays claimed for a while, so that it is not in the way of those behind it."""
        round.seen.add(line.id)
        logger.warning("a use cannot be delivered yet: key %s: %s", line.key, error)

    def _cut_off(self, error: errors.TollgateError, round: _Round) -> None:
        round.is_cut_off = True
        if isinstance(error, errors.Unavailable):
            self._went_out(error)
        else:
            logger.error("the spool cannot be delivered: %s", error)

    def key(self, given: str | None) -> str:
        """The key of one call, made once and kept over all its tries."""
        key = given if given is not None else self.ambient.new_key()
        # What is made of a key must fit as well.
        if not re.fullmatch(r"[!-~]{1,240}", key):
            raise ValueError(f"an idempotency key has 1 to 240 visible ASCII characters: {key!r}")
        return key

    def _keep(self, entry: Entry, outcome_unknown: bool) -> Flow[model.Receipt]:
        """Grants a use locally, once it is on disk."""
        spool = self._spool()
        try:
            yield Blocking(partial(spool.put, entry))
        except errors.SpoolError as error:
            logger.error("nothing more is granted locally: %s", error)
            raise errors.Unavailable(
                "spool", tries=0, outcome_unknown=outcome_unknown, idempotency_key=entry.key
            ) from error
        self.state.kept.set()
        logger.warning(
            "granted locally, to be delivered: key %s, customer %s, %s",
            entry.key,
            entry.want.customer,
            dict(entry.want.uses),
        )
        return model.Receipt(local=True)

    def _spool(self) -> Spool:
        if self.spool is None:
            raise ValueError("there is no spool")
        return self.spool

    def _is_too_old(self, created_at: float) -> bool:
        return self.ambient.now() - created_at > self._spool().age_seconds_max

    def _is_out(self) -> bool:
        return self.ambient.monotonic() < self.state.out_until

    def _went_out(self, error: errors.Unavailable) -> None:
        if not _is_its_own(error):
            self.state.out_until = self.ambient.monotonic() + self.outage_seconds
        logger.warning("%s", error)


class Signal:
    """Says to whoever delivers that there is something. Each client puts its own kind in."""

    def __init__(self) -> None:
        self.listener: Callable[[], None] | None = None

    def set(self) -> None:
        if self.listener is not None:
            self.listener()


@dataclass
class CoreState:
    """What one call leaves for the next."""

    out_until: float = 0.0
    kept: Signal = field(default_factory=Signal)


@dataclass
class _Round:
    seen: set[int] = field(default_factory=set)
    delivered: int = 0
    refused: int = 0
    is_cut_off: bool = False


class Hold:
    """A reservation's state and flows, for both kinds of clients."""

    def __init__(
        self,
        core: Core,
        want: Want,
        key: str,
        held: model.Held,
        unknown: UnknownHold | None = None,
    ) -> None:
        self.unknown = unknown
        self.core = core
        self.want = want
        self.key = key
        self.held = held
        self.is_open = True

    def settle(
        self,
        amount: int | None,
        uses: Mapping[str, int] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Flow[model.Receipt]:
        """Takes the real amount. A second settlement of the same is answered as the first was."""
        used = self._used(amount, uses, metadata)
        if self.held.reservation is None:
            receipt = yield from self._settle_locally(used)
        else:
            request = wire.settle(
                used.customer,
                self.held.reservation,
                used.uses,
                used.metadata,
                _settle_key(self.held.reservation),
            )
            receipt = yield from self.core.call(request)
        self.is_open = False
        return receipt

    def settle_surely(
        self,
        amount: int | None,
        uses: Mapping[str, int] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Flow[model.Receipt]:
        """Settles work that is done: also when the reservation has ended by itself, and, as the
        policy allows it, when nobody answers."""
        used = self._used(amount, uses, metadata)
        core, reservation = self.core, self.held.reservation
        if reservation is None:
            receipt = yield from self._settle_locally(used)
        else:
            key = _settle_key(reservation)
            entry = Entry(key, used, core.ambient.now(), reservation)
            try:
                receipt = yield from core.take(entry)
            except errors.Unavailable as error:
                core._went_out(error)
                if not core.allows(self.want):
                    raise
                receipt = yield from core._keep(entry, error.outcome_unknown)
        self.is_open = False
        return receipt

    def release(self) -> Flow[None]:
        """Gives the units back."""
        if self.held.reservation is not None:
            yield from self.core.call(wire.release(self.want.customer, self.held.reservation))
        self.is_open = False

    def extend(self, seconds: int) -> Flow[model.Extended | None]:
        """Lets it last so long from now."""
        if self.held.reservation is None:
            return None
        request = wire.extend(self.want.customer, self.held.reservation, seconds)
        return (yield from self.core.call(request))

    def _settle_locally(self, used: Want) -> Flow[model.Receipt]:
        want = used.positive()
        if want is None:
            return model.Receipt(local=True)
        # The reservation's own key may stand for the reservation.
        return (yield from self.core.consume(want, f"{self.key}.use", self.unknown))

    def _used(
        self,
        amount: int | None,
        uses: Mapping[str, int] | None,
        metadata: Mapping[str, Any] | None,
    ) -> Want:
        want = self.want
        if amount is not None:
            if len(want.uses) != 1 or uses is not None:
                raise ValueError("several features were reserved: settle with uses")
            uses = dict.fromkeys(want.uses, amount)
        return Want.of(
            want.customer, None, 1, uses or want.uses, want.member, metadata or want.metadata
        )


def _settle_key(reservation: str) -> str:
    # One reservation is settled once, whoever asks and however often.
    return f"settle-{reservation}"


def _with_key(error: errors.Unavailable, key: str) -> errors.Unavailable:
    return errors.Unavailable(
        error.reason,
        tries=error.tries,
        outcome_unknown=error.outcome_unknown,
        retry_after=error.retry_after,
        idempotency_key=key,
    )


def _is_for_good(error: errors.TollgateError) -> bool:
    """Whether the server will never have it. A key that does not hold is somebody's mistake, which
    must not cost what waits."""
    mistakes = (errors.Unavailable, errors.Unauthenticated, errors.Forbidden)
    return not isinstance(error, mistakes)


def _is_its_own(error: errors.TollgateError) -> bool:
    """Whether it says something of one use, and nothing of the server."""
    words = ("internal_error", "outcome_unknown", "catching_up")
    return isinstance(error, errors.Unavailable) and error.reason in words


def _word(error: errors.TollgateError) -> str:
    if isinstance(error, errors.Refused):
        return error.reason
    return error.error if isinstance(error, errors.ProblemError) else "unknown"


def _answer(error: errors.TollgateError) -> Mapping[str, Any] | None:
    if isinstance(error, errors.Refused):
        return error.body
    if isinstance(error, errors.ProblemError):
        return {"status": error.status, "error": error.error, "message": error.message}
    return None


class Rounds:
    """The rounds in which the spool is delivered, and the pauses between them."""

    def __init__(self) -> None:
        self._failed = 0

    def ended(self, flushed: Flushed) -> None:
        """A round came to its end; what still waits counts as a failure."""
        self._failed = self._failed + 1 if flushed.waiting else 0

    def broke(self, error: Exception) -> None:
        """A round could not be made."""
        self._failed += 1
        logger.error("the spool cannot be delivered: %s", error)

    def pause(self, chance: Callable[[], float]) -> float | None:
        """Seconds until the next round, ever more while nobody answers: new uses do not cut them
        short, or they would undo the backoff. `None` when nothing waits."""
        if self._failed == 0:
            return None
        longer = DELIVERY_PAUSE_SECONDS * 2.0 ** min(self._failed, 10)
        return min(longer, DELIVERY_PAUSE_SECONDS_MAX) * (0.5 + chance() / 2)


class HeldUnits:
    """What is known of units that are held, whichever client holds them."""

    _hold: Hold

    @property
    def id(self) -> str | None:
        """Its id; `None` when it was granted locally."""
        return self._hold.held.reservation

    @property
    def held(self) -> model.Held:
        """What reserving did, with the figures of each feature."""
        return self._hold.held

    @property
    def is_open(self) -> bool:
        """Whether it was neither settled nor released here."""
        return self._hold.is_open
