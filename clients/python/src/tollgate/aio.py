"""The client that awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
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


class AsyncTollgate:
    """Asks a Tollgate server. One client is for all tasks of one asyncio event loop.

    `policy` is `deny` or `allow`, for all features or for each by name; `allow` needs a `spool`.
    A task of the client's delivers what the spool holds, from the first call or `async with` on;
    without `deliver` only `flush` does.
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
        http: httpx.AsyncClient | None = None,
        ambient: Ambient = Ambient(),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address = Address(base_url, api_key)
        self._core = Core(timeout, retries, policy, spool, ambient, outage_seconds)
        self._sleep = sleep
        self._owns_http = http is None
        # No proxy of the environment: the server is a neighbour.
        self._http = http if http is not None else httpx.AsyncClient(trust_env=False)
        self._delivering = asyncio.Lock()
        self._delivers = spool is not None and deliver
        self._delivery: asyncio.Task[None] | None = None
        self._is_awake = asyncio.Event()
        self._core.state.kept.listener = self._is_awake.set

    async def consume(
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
        return await self._run(self._core.consume(want, idempotency_key))

    async def check(
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
        return await self._run(self._core.call(wire.check(want)))

    async def consume_batch(self, items: Sequence[model.BatchItem]) -> tuple[BatchResult, ...]:
        """Up to 100 consumptions, each granted or refused by itself, in the order of the items."""
        return await self._run(self._core.consume_batch(items))

    async def reserve(
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
    ) -> AsyncReservation:
        """Holds units for work of unknown outcome or size."""
        want = Want.of(customer, feature, amount, uses, member)
        hold = await self._run(self._core.reserve(want, seconds, on_expiry, idempotency_key))
        return AsyncReservation(self, hold)

    async def usage(self, customer: str) -> model.Usage:
        """What a customer has and used."""
        return await self._run(self._core.call(wire.usage(customer)))

    async def events(
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
        return await self._run(self._core.call(request))

    async def customer(self, customer: str) -> model.Customer:
        """One customer."""
        return await self._run(self._core.call(wire.customer(customer)))

    async def create_customer(
        self, customer: str, *, plan: str | None = None, time_zone: str | None = None
    ) -> model.Customer:
        """Begins a customer, on the catalog's default plan if none is named. One that exists stays
        as it is."""
        return await self._run(self._core.call(wire.create_customer(customer, plan, time_zone)))

    async def grant(
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
        return await self._run(self._core.call(request))

    async def flush(self) -> Flushed:
        """Delivers what the spool holds, now. What cannot be delivered yet stays there."""
        async with self._delivering:
            return await self._run(self._core.deliver())

    async def close(self) -> None:
        """Ends the delivery and the connections. What the spool holds stays in it."""
        self._delivers = False
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.wait([self._delivery])
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> AsyncTollgate:
        self._begin_delivery()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        self._begin_delivery()
        try:
            effect = next(flow)
            while True:
                try:
                    outcome = await self._perform(effect)
                except BaseException as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(outcome)
        except StopIteration as done:
            return cast(T, done.value)

    async def _perform(self, effect: Effect) -> object:
        if isinstance(effect, Send):
            return await self._send(effect)
        if isinstance(effect, Sleep):
            await self._sleep(effect.seconds)
            return None
        return await asyncio.to_thread(effect.call)

    async def _send(self, send: Send) -> Answer | NoAnswer:
        monotonic = self._core.ambient.monotonic
        arguments = self._address.arguments(send.request, send.seconds_max)
        ends_at = monotonic() + send.seconds_max
        try:
            async with self._http.stream(**arguments) as response:
                reading = Reading(response, ends_at)
                async for chunk in response.aiter_bytes():
                    given_up = reading.take(chunk, monotonic())
                    if given_up is not None:
                        return given_up
                return reading.answer()
        except ERRORS as error:
            return no_answer(error)

    def _begin_delivery(self) -> None:
        if self._delivers and (self._delivery is None or self._delivery.done()):
            self._delivery = asyncio.create_task(self._deliver(), name="tollgate-delivery")

    async def _deliver(self) -> None:
        rounds = Rounds()
        while True:
            self._is_awake.clear()
            try:
                rounds.ended(await self.flush())
            except Exception as error:
                rounds.broke(error)
            pause = rounds.pause(self._core.ambient.chance)
            if pause is None:
                # Another process may leave something there, and not wake this one.
                await wait_for(self._is_awake, DELIVERY_PAUSE_SECONDS_MAX)
            else:
                await asyncio.sleep(pause)


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, and not for ever."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except asyncio.TimeoutError:
        pass


class AsyncReservation(HeldUnits):
    """Units that are held. As a context manager it settles what was reserved when the block ends
    well, and gives it back when the block raises; what was settled or released in it stays so."""

    def __init__(self, client: AsyncTollgate, hold: Hold) -> None:
        self._client = client
        self._hold = hold

    async def settle(
        self,
        amount: int | None = None,
        *,
        uses: Mapping[str, int] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> model.Receipt:
        """Takes the real amount, fewer or more than reserved; all that was, if none is named."""
        return await self._client._run(self._hold.settle(amount, uses, metadata))

    async def release(self) -> None:
        """Gives the units back."""
        await self._client._run(self._hold.release())

    async def extend(self, seconds: int = 900) -> datetime | None:
        """Lets it last so long from now, and never shorter than before; answers the new end."""
        extended = await self._client._run(self._hold.extend(seconds))
        return extended.expires_at if extended is not None else None

    async def __aenter__(self) -> AsyncReservation:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.is_open:
            return
        if error is None:
            await self.settle()
            return
        try:
            await self.release()
        except Exception as failure:
            # It ends by itself; what the block raised is what the caller must see.
            logger.warning("a reservation was not given back: %s", failure)
