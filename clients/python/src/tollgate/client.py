"""The client that blocks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar, cast

import httpx

from . import model, wire
from .core import (
    DELIVERY_PAUSE_SECONDS_MAX,
    Ambient,
    BatchResult,
    Core,
    Effect,
    Flow,
    Flushed,
    HeldUnits,
    Hold,
    OnExpiry,
    Policy,
    Rounds,
    Send,
    Sleep,
    logger,
)
from .retry import Retries
from .spool import Spool
from .transport import ERRORS, Address, Reading, no_answer
from .wire import Answer, NoAnswer, Want

T = TypeVar("T")

STOP_SECONDS_MAX = 10.0
_INHERITED: list[httpx.Client] = []


class Tollgate:
    """Asks a Tollgate server. One client is for all threads of a process.

    `policy` is `deny` or `allow`, for all features or for each by name; `allow` needs a `spool`.
    A thread of the client's delivers what the spool holds; without `deliver` only `flush` does.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 2.0,
        retries: Retries = Retries(),
        policy: Policy | Mapping[str, Policy] = "deny",
        spool: Spool | None = None,
        deliver: bool = True,
        outage_seconds: float = 1.0,
        http: httpx.Client | None = None,
        ambient: Ambient = Ambient(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._address = Address(base_url, api_key)
        self._core = Core(timeout, retries, policy, spool, ambient, outage_seconds)
        self._sleep = sleep
        self._process = os.getpid()
        self._owns_http = http is None
        # No proxy of the environment: the server is a neighbour.
        self._http = http if http is not None else httpx.Client(trust_env=False)
        self._delivering = threading.Lock()
        self._deliverer: _Deliverer | None = None
        if spool is not None and deliver:
            self._deliverer = _Deliverer(self)
            self._core.state.kept.listener = self._deliverer.wake
            self._deliverer.start()

    def consume(
        self,
        customer: str,
        feature: str | None = None,
        amount: int = 1,
        *,
        uses: Mapping[str, int] | None = None,
        member: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> model.Receipt:
        """Takes units, all or nothing. Raises `QuotaExceeded` and the other refusals."""
        want = Want.of(customer, feature, amount, uses, member, metadata)
        return self._run(self._core.consume(want, idempotency_key))

    def check(
        self,
        customer: str,
        feature: str | None = None,
        amount: int = 1,
        *,
        uses: Mapping[str, int] | None = None,
        member: str | None = None,
    ) -> model.Check:
        """Asks only. A refusal is an answer here."""
        want = Want.of(customer, feature, amount, uses, member)
        return self._run(self._core.call(wire.check(want)))

    def consume_batch(self, items: Sequence[model.BatchItem]) -> tuple[BatchResult, ...]:
        """Up to 100 consumptions, each granted or refused by itself, in the order of the items."""
        return self._run(self._core.consume_batch(items))

    def reserve(
        self,
        customer: str,
        feature: str | None = None,
        amount: int = 1,
        *,
        uses: Mapping[str, int] | None = None,
        member: str | None = None,
        seconds: int = 900,
        on_expiry: OnExpiry = "release",
        idempotency_key: str | None = None,
    ) -> Reservation:
        """Holds units for work of unknown outcome or size."""
        want = Want.of(customer, feature, amount, uses, member)
        hold = self._run(self._core.reserve(want, seconds, on_expiry, idempotency_key))
        return Reservation(self, hold)

    def usage(self, customer: str) -> model.Usage:
        """What a customer has and used."""
        return self._run(self._core.call(wire.usage(customer)))

    def events(
        self,
        customer: str,
        *,
        limit: int = 20,
        starting_after: str | None = None,
        feature: str | None = None,
        member: str | None = None,
        begin: datetime | None = None,
        end: datetime | None = None,
    ) -> model.EventPage:
        """A page of the history of usage, the newest first."""
        request = wire.events(customer, limit, starting_after, feature, member, begin, end)
        return self._run(self._core.call(request))

    def customer(self, customer: str) -> model.Customer:
        """One customer."""
        return self._run(self._core.call(wire.customer(customer)))

    def create_customer(
        self, customer: str, *, plan: str | None = None, time_zone: str | None = None
    ) -> model.Customer:
        """Begins a customer, on the catalog's default plan if none is named. One that exists stays
        as it is."""
        return self._run(self._core.call(wire.create_customer(customer, plan, time_zone)))

    def grant(
        self,
        customer: str,
        meter: str,
        units: int,
        *,
        source: str = "adjustment",
        reference: str | None = None,
        starts_at: datetime | None = None,
        expires_at: datetime | None = None,
        priority: int | None = None,
        idempotency_key: str | None = None,
    ) -> model.Given:
        """Gives units: `source` is `top_up`, `promotion` or `adjustment`."""
        key = self._core.key(idempotency_key)
        request = wire.grant(
            customer, meter, units, source, reference, starts_at, expires_at, priority, key
        )
        return self._run(self._core.call(request))

    def flush(self) -> Flushed:
        """Delivers what the spool holds, now. What cannot be delivered yet stays there."""
        with self._delivering:
            return self._run(self._core.deliver())

    def close(self) -> None:
        """Ends the delivery and the connections. What the spool holds stays in it."""
        if self._deliverer is not None:
            self._deliverer.stop()
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Tollgate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        try:
            effect = next(flow)
            while True:
                try:
                    outcome = self._perform(effect)
                except BaseException as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(outcome)
        except StopIteration as done:
            return cast(T, done.value)

    def _perform(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return self._send(effect)
        if isinstance(effect, Sleep):
            return self._sleep(effect.seconds)
        return effect.call()

    def _send(self, send: Send) -> Answer | NoAnswer:
        monotonic = self._core.ambient.monotonic
        arguments = self._address.arguments(send.request, send.seconds_max)
        ends_at = monotonic() + send.seconds_max
        try:
            with self._connections().stream(**arguments) as response:
                reading = Reading(response, ends_at)
                for chunk in response.iter_bytes():
                    given_up = reading.take(chunk, monotonic())
                    if given_up is not None:
                        return given_up
                return reading.answer()
        except ERRORS as error:
            return no_answer(error)

    def _connections(self) -> httpx.Client:
        # A forked process must not write into its parent's connections, nor close them.
        if self._process != os.getpid() and self._owns_http:
            _INHERITED.append(self._http)
            self._http = httpx.Client(trust_env=False)
            self._process = os.getpid()
        return self._http


class Reservation(HeldUnits):
    """Units that are held. As a context manager it settles what was reserved when the block ends
    well, and gives it back when the block raises; what was settled or released in it stays so."""

    def __init__(self, client: Tollgate, hold: Hold) -> None:
        self._client = client
        self._hold = hold

    def settle(
        self,
        amount: int | None = None,
        *,
        uses: Mapping[str, int] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> model.Receipt:
        """Takes the real amount, fewer or more than reserved; all that was, if none is named."""
        return self._client._run(self._hold.settle(amount, uses, metadata))

    def release(self) -> None:
        """Gives the units back."""
        self._client._run(self._hold.release())

    def extend(self, seconds: int = 900) -> datetime | None:
        """Lets it last so long from now, and never shorter than before; answers the new end."""
        extended = self._client._run(self._hold.extend(seconds))
        return extended.expires_at if extended is not None else None

    def __enter__(self) -> Reservation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.is_open:
            return
        if error is None:
            self.settle()
            return
        try:
            self.release()
        except Exception as failure:
            # It ends by itself; what the block raised is what the caller must see.
            logger.warning("a reservation was not given back: %s", failure)


class _Deliverer:
    """The thread that empties the spool."""

    def __init__(self, client: Tollgate) -> None:
        self._client = client
        self._is_stopped = threading.Event()

    def start(self) -> None:
        self._process = os.getpid()
        self._is_awake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="tollgate-delivery", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        # Threads do not live on in a forked process.
        if self._process != os.getpid():
            self._client._delivering = threading.Lock()
            self.start()
        self._is_awake.set()

    def stop(self) -> None:
        self._is_stopped.set()
        self._is_awake.set()
        if self._process == os.getpid():
            self._thread.join(timeout=STOP_SECONDS_MAX)

    def _work(self) -> None:
        rounds = Rounds()
        while not self._is_stopped.is_set():
            self._is_awake.clear()
            try:
                rounds.ended(self._client.flush())
            except Exception as error:
                rounds.broke(error)
            pause = rounds.pause(self._client._core.ambient.chance)
            if pause is None:
                # Another process may leave something there, and not wake this one.
                self._is_awake.wait(DELIVERY_PAUSE_SECONDS_MAX)
            else:
                self._is_stopped.wait(pause)
