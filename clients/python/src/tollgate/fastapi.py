"""The guard: a route's quota in one line.

`install` puts a middleware around the app, and `quota` is what a route depends on. The dependency
reserves before the handler runs. Only the middleware can close the reservation, for a dependency
sees neither the status of the answer nor what goes wrong while it is sent:

| the request ends with | |
| --- | --- |
| an answer below 400 | settled before the answer leaves |
| the same with a streaming body | settled before the end of the body leaves |
| any other answer, an exception | given back |
| a handler that is cancelled | given back |
| a stream that the client cuts off | settled: the work was done |
| a stream that is cut off by an error of its own | given back |
"""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Depends, FastAPI, Request

from . import errors, model
from .aio import AsyncReservation, AsyncTollgate
from .core import logger

T = TypeVar("T")
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LEASE_SECONDS = 60
LEASE_SECONDS_MAX = 3600
RELEASE_SECONDS_MAX = 1.0
PLACE = "tollgate.quotas"


@dataclass(frozen=True)
class Caller:
    """Who asks: who pays, and who acts for them."""

    customer: str
    member: str | None = None


class Quota:
    """What a route reserved for one request."""

    def __init__(self, guard: "_Guard", reservation: AsyncReservation | None) -> None:
        self._guard = guard
        self._reservation = reservation
        self._amount: int | None = None
        self._uses: Mapping[str, int] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._is_stopped = False
        self.receipt: model.Receipt | None = None
        """What was settled; `None` as long as nothing is."""

    @property
    def held(self) -> model.Held | None:
        """What reserving did, with its figures; `None` when nothing was needed."""
        return self._reservation.held if self._reservation is not None else None

    def use(self, amount: int | None = None, *, uses: Mapping[str, int] | None = None) -> None:
        """Says what was really used. All that was reserved is settled when nobody says so."""
        self._amount, self._uses = amount, uses

    async def settle(
        self, amount: int | None = None, *, uses: Mapping[str, int] | None = None
    ) -> model.Receipt:
        """Settles now, for handlers that show the figures in their answer. Nothing gives it back
        when the handler fails after this."""
        if amount is not None or uses is not None:
            self.use(amount, uses=uses)
        if self.receipt is None:
            self.receipt = await self._settle()
        return self.receipt

    async def release(self) -> None:
        """Gives the units back, and settles nothing."""
        self._stop()
        if self._reservation is not None and self._reservation.is_open:
            await self._reservation.release()

    async def _settle(self) -> model.Receipt:
        self._stop()
        reservation = self._reservation
        if reservation is None or not reservation.is_open:
            return model.Receipt()
        flow = reservation._hold.settle_surely(self._amount, self._uses, None)
        return await self._guard.client._run(flow)

    def _begin(self) -> None:
        self._began = asyncio.get_running_loop().time()
        self._watch(self._guard.lease_seconds / 2)

    def _watch(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() + seconds < self._began + self._guard.lease_seconds_max:
            self._timer = loop.call_later(seconds, self._extend_soon)

    def _extend_soon(self) -> None:
        self._timer = None
        self._guard.in_background(self._extend())

    async def _extend(self) -> None:
        reservation, lease = self._reservation, self._guard.lease_seconds
        if reservation is None or not reservation.is_open:
            return
        pause = lease / 2
        try:
            await reservation.extend(lease)
        except errors.TollgateError as error:
            pause = lease / 8
            if reservation.is_open:
                logger.warning("a reservation was not extended: %s", error)
        if reservation.is_open and not self._is_stopped:
            self._watch(pause)

    def _stop(self) -> None:
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


By = Callable[..., Any] | str
Amount = Callable[..., Any] | int


def quota(
    feature: str | None = None,
    *,
    by: By,
    amount: Amount = 1,
    uses: Callable[..., Any] | None = None,
) -> Any:
    """Reserves before the handler runs: `dependencies=[quota("image_ocr", by=current_user)]`, or
    `Annotated[Quota, quota(…)]` where the handler says what it really used.

    `by` is a dependency that answers the customer's id or a `Caller`; or a name: that of a path
    parameter, or else of what authentication left in `request.state`. `amount` is a number or a
    dependency that answers one; `uses` is a dependency that answers amounts by feature.
    """
    if (feature is None) == (uses is None):
        raise ValueError("name a feature, or uses: one of both")
    who = _named(by) if isinstance(by, str) else by
    needed = uses if uses is not None else _counted(feature, amount)

    async def reserve(
        request: Request, caller: Any = Depends(who), wanted: Any = Depends(needed)
    ) -> Quota:
        if feature is not None:
            wanted = {feature: wanted}
        return await _guard_of(request).reserve(_caller(caller), wanted)

    return Depends(reserve)


def install(
    app: FastAPI,
    client: AsyncTollgate,
    *,
    opens_customers: bool = False,
    lease_seconds: int = LEASE_SECONDS,
    lease_seconds_max: int = LEASE_SECONDS_MAX,
) -> None:
    """Puts the guard around an app, before any other middleware is added: what is added later
    stands outside, and sees the guard's answers.

    A reservation lasts `lease_seconds`, and is extended as long as its handler runs, up to
    `lease_seconds_max`. If the process dies it ends by itself. `opens_customers` begins a customer
    who is seen for the first time, on the default plan; the API key needs the scope `manage`.
    """
    if not 1 <= lease_seconds <= lease_seconds_max:
        raise ValueError("lease_seconds must be 1 at least, and lease_seconds_max not less")
    guard = _Guard(client, opens_customers, lease_seconds, lease_seconds_max)
    app.add_middleware(QuotaMiddleware, guard=guard)


class QuotaMiddleware:
    """Closes what the routes of an app reserved. `install` adds it."""

    def __init__(self, app: App, guard: "_Guard") -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _OfRequest(self.guard)
        scope[PLACE] = request
        answer = _GuardedAnswer(self.guard, request, send)
        try:
            await self.app(scope, receive, answer.send)
        except asyncio.CancelledError:
            await answer.cut_off(answer.is_streaming)
            raise
        except (errors.Refused, errors.Unavailable) as error:
            await answer.cut_off(answer.is_client_gone)
            if answer.is_refused:
                return
            if answer.is_begun:
                raise
            await answer.refuse(error)
        except BaseException:
            await answer.cut_off(answer.is_client_gone)
            raise
        else:
            # A stream without its end was cut off by the client.
            await answer.cut_off(answer.is_streaming)


class _Guard:
    def __init__(
        self,
        client: AsyncTollgate,
        opens_customers: bool,
        lease_seconds: int,
        lease_seconds_max: int,
    ) -> None:
        self.client = client
        self.opens_customers = opens_customers
        self.lease_seconds = lease_seconds
        self.lease_seconds_max = lease_seconds_max
        self._tasks: set[asyncio.Task[Any]] = set()

    async def reserve(self, caller: Caller, wanted: Mapping[str, int]) -> AsyncReservation | None:
        uses = {feature: amount for feature, amount in wanted.items() if amount != 0}
        if not uses:
            return None
        try:
            return await self._reserve(caller, uses)
        except errors.UnknownCustomer:
            if not self.opens_customers:
                raise
            await self.client.create_customer(caller.customer)
            return await self._reserve(caller, uses)

    async def _reserve(self, caller: Caller, uses: Mapping[str, int]) -> AsyncReservation:
        return await self.client.reserve(
            caller.customer, uses=uses, member=caller.member, seconds=self.lease_seconds
        )

    def in_background(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """A task that is kept until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _OfRequest:
    """The guard as one request sees it."""

    def __init__(self, guard: _Guard) -> None:
        self._guard = guard
        self.quotas: list[Quota] = []
        self.refusal: errors.Refused | errors.Unavailable | None = None

    async def reserve(self, caller: Caller, wanted: Mapping[str, int]) -> Quota:
        asked = self._guard.in_background(self._guard.reserve(caller, wanted))
        try:
            reservation = await asyncio.shield(asked)
        except asyncio.CancelledError:
            # The server may hold it all the same, which is known when it answers.
            self._guard.in_background(_give_back(asked))
            raise
        except (errors.Refused, errors.Unavailable) as error:
            self.refusal = error
            raise
        quota = Quota(self._guard, reservation)
        self.quotas.append(quota)
        if reservation is not None and not reservation.held.local:
            quota._begin()
        return quota


class _GuardedAnswer:
    """An answer on its way out. Its beginning waits until it is known what follows."""

    def __init__(self, guard: _Guard, request: _OfRequest, send: Send) -> None:
        self._guard = guard
        self._request = request
        self._quotas = request.quotas
        self._send = send
        self._start: Message | None = None
        self.is_refused = False
        self.is_begun = False
        self.is_streaming = False
        self.is_client_gone = False

    async def send(self, message: Message) -> None:
        if self.is_refused:
            return
        kind = message["type"]
        refusal = self._request.refusal
        if kind == "http.response.start" and message["status"] == 500 and refusal is not None:
            # An app that is mounted in this one answers what nobody handled by itself.
            await self._release()
            await self.refuse(refusal)
            return
        if kind == "http.response.start" and self._quotas:
            if message["status"] < 400:
                self._start = message
                return
            await self._release()
        elif kind in ("http.response.body", "http.response.pathsend"):
            if message.get("more_body", False):
                await self._pass_start()
                self.is_streaming = bool(self._quotas)
            else:
                await self._end()
                if self.is_refused:
                    return
        await self._pass(message)

    async def _end(self) -> None:
        """The last of the answer leaves when everything is settled."""
        if self._start is None and not self.is_streaming:
            return
        try:
            await self._settle()
        except (errors.Refused, errors.Unavailable) as error:
            await self._release()
            if self.is_begun:
                raise
            self._start = None
            await self.refuse(error)
            return
        self.is_streaming = False
        await self._pass_start()

    async def cut_off(self, settles: bool) -> None:
        """The app has ended; whatever is open still is closed, whoever is in a hurry."""
        if not self._quotas:
            return
        settles = settles and self.is_streaming
        await asyncio.shield(self._guard.in_background(self._close(settles)))

    async def _close(self, settles: bool) -> None:
        if settles:
            try:
                await self._settle()
            except errors.TollgateError as error:
                logger.error("a stream that was cut off is not charged: %s", error)
        await self._release()

    async def refuse(self, error: errors.Refused | errors.Unavailable) -> None:
        """Answers in the place of the app."""
        status, headers, body = refusal_answer(error)
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._pass({"type": "http.response.start", "status": status, "headers": fields})
        await self._pass({"type": "http.response.body", "body": body})
        self.is_refused = True

    async def _settle(self) -> None:
        for quota in self._quotas:
            await quota.settle()
        self._quotas.clear()

    async def _release(self) -> None:
        tasks = [self._guard.in_background(_release(quota)) for quota in self._quotas]
        self._quotas.clear()
        if tasks:
            # An answer is not kept waiting for a server that does not answer.
            await asyncio.wait(tasks, timeout=RELEASE_SECONDS_MAX)

    async def _pass_start(self) -> None:
        if self._start is not None:
            start, self._start = self._start, None
            await self._pass(start)

    async def _pass(self, message: Message) -> None:
        try:
            self.is_begun = True
            await self._send(message)
        except OSError:
            self.is_client_gone = True
            raise


async def _give_back(asked: "asyncio.Task[AsyncReservation | None]") -> None:
    try:
        reservation = await asked
        if reservation is not None:
            await reservation.release()
    except errors.TollgateError as error:
        logger.debug("nothing was held, or it ends by itself: %s", error)


async def _release(quota: Quota) -> None:
    try:
        await quota.release()
    except errors.TollgateError as error:
        logger.warning("a reservation was not given back, and ends by itself: %s", error)


def refusal_answer(
    error: errors.Refused | errors.Unavailable,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body: of a refusal the server's own, else 503."""
    headers = {"content-type": "application/problem+json"}
    if isinstance(error, errors.Refused):
        headers.update(error.headers)
        status, problem = error.status, dict(error.body)
    else:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after or 1)))
        message = "The quota cannot be asked for at the moment. Please try again."
        status = HTTPStatus.SERVICE_UNAVAILABLE
        problem = {
            "type": "urn:tollgate:problem:unavailable",
            "title": status.phrase,
            "status": int(status),
            "error": "unavailable",
            "message": message,
            "detail": message,
        }
    body = json.dumps(problem).encode()
    headers["content-length"] = str(len(body))
    return int(status), headers, body


def _guard_of(request: Request) -> _OfRequest:
    place = request.scope.get(PLACE)
    if not isinstance(place, _OfRequest):
        raise RuntimeError("tollgate.fastapi.install(app, client) was not called for this app")
    return place


def _named(name: str) -> Callable[[Request], Any]:
    # Not to be sent to another thread.
    async def find(request: Request) -> Any:
        if name in request.path_params:
            return request.path_params[name]
        found = getattr(request.state, name, None)
        if found is None:
            raise RuntimeError(f"neither a path parameter nor request.state has {name!r}")
        return found

    return find


def _counted(feature: str | None, amount: Amount) -> Callable[..., Any]:
    if not isinstance(amount, int):
        return amount

    async def fixed() -> int:
        return amount

    return fixed


def _caller(found: Any) -> Caller:
    if isinstance(found, Caller):
        return found
    if isinstance(found, str) and found:
        return Caller(found)
    raise TypeError(f"by must answer a customer's id or a Caller, not {found!r}")
