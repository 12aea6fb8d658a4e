"""The guard: what is charged for a request, however it ends."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import Response

from tollgate import AsyncTollgate, Retries, Spool, Tollgate, UnknownCustomer
from tollgate.fastapi import Caller, Quota, install, quota

from .conftest import Server, free_port
from .serving import example_app, served
from .test_network import proxy

numbers = itertools.count()


@pytest.fixture
def client(server: Server) -> Iterator[Tollgate]:
    with Tollgate(server.url, server.key, timeout=20.0, retries=Retries(count=0)) as made:
        yield made


@pytest.fixture
def user(client: Tollgate) -> str:
    return client.create_customer(f"guarded_{next(numbers)}").id


def figures(client: Tollgate, user: str) -> tuple[int, int]:
    """Used and held."""
    (meter,) = client.usage(user).meters
    return meter.used, meter.held


def figures_become(client: Tollgate, user: str, expected: tuple[int, int]) -> None:
    """What happens once nobody waits any more takes a moment."""
    ends_at = time.monotonic() + 10
    while figures(client, user) != expected and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert figures(client, user) == expected


async def current_user(x_user: Annotated[str, Header()]) -> str:
    return x_user


class Tag(BaseHTTPMiddleware):
    """A middleware of the kind that makes a stream of every answer."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["x-tagged"] = "yes"
        return response


def app_over(url: str, key: str, **settings: Any) -> FastAPI:
    """Routes that end in every way."""
    guard = {
        name: settings.pop(name)
        for name in ("opens_customers", "lease_seconds")
        if name in settings
    }
    is_tagged = settings.pop("is_tagged", False)
    tollgate = AsyncTollgate(url, key, **{"timeout": 20.0, **settings})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tollgate:
            yield

    app = FastAPI(lifespan=lifespan)
    install(app, tollgate, **guard)
    if is_tagged:
        app.add_middleware(Tag)
    ocr = quota("image_ocr", by=current_user)
    routes = APIRouter()

    @routes.get("/good", dependencies=[ocr])
    async def good() -> str:
        return "good"

    @routes.get("/threaded", dependencies=[ocr])
    def threaded() -> str:
        return "good"

    @routes.get("/raises", dependencies=[ocr])
    async def raises() -> None:
        raise ZeroDivisionError

    @routes.get("/http/{status}", dependencies=[ocr])
    async def http(status: int) -> None:
        raise HTTPException(status)

    @routes.get("/answers/{status}", dependencies=[ocr])
    async def answers(status: int) -> JSONResponse:
        return JSONResponse({}, status)

    @routes.get("/unreadable", dependencies=[ocr], response_model=int)
    async def unreadable() -> Any:
        return "not a number"

    @routes.get("/background", dependencies=[ocr])
    async def background(tasks: BackgroundTasks) -> str:
        def fail() -> None:
            raise ZeroDivisionError

        tasks.add_task(fail)
        return "good"

    @routes.get("/slow", dependencies=[ocr])
    async def slow(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "good"

    @routes.get("/stream", dependencies=[ocr])
    async def stream(fails: bool = False, frames: int = 3, pause: float = 0.0) -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            for _ in range(frames):
                yield b"frame" * 1000
                await asyncio.sleep(pause)
            if fails:
                raise ZeroDivisionError

        return StreamingResponse(body())

    @routes.get("/two", dependencies=[ocr, quota("usdot_lookup", by=current_user, amount=19)])
    async def two() -> str:
        return "good"

    @routes.get("/used/{used}")
    async def used(
        used: int, held: Annotated[Quota, quota("image_ocr", by=current_user, amount=5)]
    ) -> dict[str, int]:
        assert held.held is not None
        held.use(used)
        return {"held": held.held.features[0].held}

    @routes.get("/settled")
    async def settled(
        held: Annotated[Quota, quota("image_ocr", by=current_user, amount=5)],
    ) -> dict[str, int | None]:
        receipt = await held.settle(2)
        return {"remaining": receipt.features[0].remaining}

    def size(n: int) -> int:
        return n

    @routes.get("/sized", dependencies=[quota("image_ocr", by=current_user, amount=size)])
    async def sized() -> str:
        return "good"

    @routes.get("/of/{owner}", dependencies=[quota("image_ocr", by="owner")])
    async def of_owner() -> str:
        return "good"

    def signed_in(request: Request) -> None:
        request.state.who = "member_of_state"

    @routes.get("/by-state", dependencies=[Depends(signed_in), quota("image_ocr", by="who")])
    async def by_state() -> str:
        return "good"

    async def acting(x_user: Annotated[str, Header()]) -> Caller:
        return Caller(x_user, "member_7")

    @routes.get("/member", dependencies=[quota("image_ocr", by=acting)])
    async def member() -> str:
        return "good"

    app.include_router(routes)
    inner = FastAPI()
    inner.include_router(routes)
    app.mount("/mounted", inner)
    return app


@pytest.fixture(scope="module")
def app_url(server: Server) -> Iterator[str]:
    with served(app_over(server.url, server.key)) as url:
        yield url


@pytest.fixture(scope="module")
def tagged_url(server: Server) -> Iterator[str]:
    with served(app_over(server.url, server.key, is_tagged=True)) as url:
        yield url


# Making a client for each request would be most of the work.
HTTP = httpx.Client(trust_env=False, timeout=100, limits=httpx.Limits(max_keepalive_connections=0))


def get(url: str, path: str, user: str) -> httpx.Response:
    return HTTP.get(url + path, headers={"X-User": user})


@pytest.mark.parametrize(
    ("path", "status", "used"),
    [
        ("/good", 200, 1),
        ("/threaded", 200, 1),
        ("/raises", 500, 0),
        ("/http/404", 404, 0),
        ("/http/503", 503, 0),
        ("/answers/201", 201, 1),
        ("/answers/302", 302, 1),
        ("/answers/400", 400, 0),
        ("/answers/500", 500, 0),
        ("/unreadable", 500, 0),
        ("/background", 200, 1),
        ("/stream", 200, 1),
        ("/two", 200, 20),
        ("/used/3", 200, 3),
        ("/used/0", 200, 0),
        ("/used/7", 200, 7),
        ("/settled", 200, 2),
        ("/sized?n=4", 200, 4),
        ("/sized?n=0", 200, 0),
        ("/sized?n=x", 422, 0),
        ("/mounted/good", 200, 1),
        ("/mounted/http/404", 404, 0),
    ],
)
def test_only_what_succeeded_is_charged(
    app_url: str, client: Tollgate, user: str, path: str, status: int, used: int
) -> None:
    assert get(app_url, path, user).status_code == status
    assert figures(client, user) == (used, 0)


@pytest.mark.parametrize(
    ("path", "status", "used"),
    [("/good", 200, 1), ("/http/404", 404, 0), ("/raises", 500, 0), ("/stream", 200, 1)],
)
def test_it_holds_inside_a_middleware_that_makes_streams(
    tagged_url: str, client: Tollgate, user: str, path: str, status: int, used: int
) -> None:
    response = get(tagged_url, path, user)
    assert response.status_code == status
    figures_become(client, user, (used, 0))


def test_a_refusal_is_answered_as_the_server_does(
    app_url: str, tagged_url: str, client: Tollgate, user: str
) -> None:
    client.consume(user, "image_ocr", 18)
    response = get(app_url, "/sized?n=5", user)
    body = response.json()
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["ratelimit"].startswith('"operations";r=2')
    assert body["error"] == "quota_exceeded"
    message = "Insufficient quota. You need 5 operations but only have 2 remaining."
    assert body["message"] == message
    assert (body["quota_remaining"], body["quota_needed"]) == (2, 5)
    assert body["detail"] == {
        "error": "quota_exceeded",
        "feature": "image_ocr",
        "plan": "free",
        "limit": 20,
        "used": 18,
        "remaining": 2,
    }
    assert body["type"] == "urn:tollgate:problem:quota_exceeded" and body["status"] == 429
    assert body["ways_out"] and body["resets_at"]
    assert get(tagged_url, "/sized?n=5", user).headers["x-tagged"] == "yes"
    assert get(app_url, "/mounted/sized?n=5", user).json()["detail"] == body["detail"]
    assert figures(client, user) == (18, 0)


def test_of_two_quotas_both_or_none(app_url: str, client: Tollgate, user: str) -> None:
    client.consume(user, "image_ocr")
    assert get(app_url, "/two", user).status_code == 429
    assert figures(client, user) == (1, 0)


def test_who_asks_is_found(app_url: str, client: Tollgate, user: str) -> None:
    assert get(app_url, f"/of/{user}", "").status_code == 200
    assert get(app_url, "/member", user).status_code == 200
    assert [event.member for event in client.events(user).data] == ["member_7", None]
    client.create_customer("member_of_state")
    assert get(app_url, "/by-state", "").status_code == 200
    assert figures(client, "member_of_state") == (1, 0)


def test_a_stream_that_fails_is_not_charged(app_url: str, client: Tollgate, user: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        get(app_url, "/stream?fails=true", user)
    figures_become(client, user, (0, 0))


def test_a_stream_that_the_client_cuts_off_is_charged(
    app_url: str, client: Tollgate, user: str
) -> None:
    hang_up(app_url, "/stream?frames=10000&pause=0.01", user, reads=True)
    figures_become(client, user, (1, 0))


def test_work_is_charged_though_the_client_hung_up(
    app_url: str, client: Tollgate, user: str
) -> None:
    """The handler runs to its end, and did what it was asked for."""
    hang_up(app_url, "/slow?seconds=0.3", user, reads=False)
    figures_become(client, user, (1, 0))


def hang_up(url: str, path: str, user: str, reads: bool) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-User: {user}\r\n\r\n"
        connection.sendall(head.encode())
        if reads:
            assert connection.recv(100)
        else:
            time.sleep(0.1)


@pytest.mark.parametrize("pause", [0.0, 1.0])
def test_a_handler_that_is_cancelled_is_not_charged(
    server: Server, client: Tollgate, user: str, pause: float
) -> None:
    async def run(url: str) -> None:
        app = app_over(url, server.key)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/slow",
            "raw_path": b"/slow",
            "query_string": b"seconds=30",
            "headers": [(b"x-user", user.encode())],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Any) -> None:
            raise AssertionError("nothing is answered")

        task = asyncio.create_task(app(scope, receive, send))
        await asyncio.to_thread(figures_become, client, user, (0, 1))
        # Before the answer of the reservation is read, or in the handler.
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(figures_become, client, user, (0, 0))

    with proxy(server, lambda _: False, wait=0.5) as between:
        asyncio.run(run(between.url))


def test_a_handler_may_take_longer_than_the_lease(
    server: Server, client: Tollgate, user: str
) -> None:
    """It is extended meanwhile: what it holds is held all the time, and settled, not consumed."""
    with served(app_over(server.url, server.key, lease_seconds=1)) as url:
        with ThreadPoolExecutor() as pool:
            slow = pool.submit(get, url, "/slow?seconds=2.5", user)
            time.sleep(1.8)
            assert figures(client, user) == (0, 1)
            assert slow.result().status_code == 200
    (event,) = client.events(user).data
    assert event.idempotency_key is not None and event.idempotency_key.startswith("settle-res_")
    assert not event.idempotency_key.endswith(".late")
    assert figures(client, user) == (1, 0)


def test_work_beyond_the_lease_is_charged_all_the_same(
    server: Server, client: Tollgate, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Quota, "_begin", lambda _: None)
    with served(app_over(server.url, server.key, lease_seconds=1)) as url:
        assert get(url, "/slow?seconds=1.5", user).status_code == 200
    assert figures(client, user) == (1, 0)
    assert (client.events(user).data[0].idempotency_key or "").endswith(".late")


def test_a_customer_is_opened_when_it_is_asked_for(server: Server, client: Tollgate) -> None:
    stranger = f"stranger_{next(numbers)}"
    with served(app_over(server.url, server.key)) as url:
        assert get(url, "/good", stranger).status_code == 500
    with pytest.raises(UnknownCustomer):
        client.usage(stranger)
    with served(app_over(server.url, server.key, opens_customers=True)) as url:
        assert get(url, "/good", stranger).status_code == 200
    assert figures(client, stranger) == (1, 0)


def test_without_the_middleware_nothing_goes_through() -> None:
    app = FastAPI()

    @app.get("/good", dependencies=[quota("image_ocr", by=current_user)])
    async def good() -> str:
        return "good"

    with served(app) as url:
        assert get(url, "/good", "user").status_code == 500


def test_out_of_reach_is_503_or_granted(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    few = Retries(count=1, backoff_seconds=0.01)
    with served(app_over(nowhere, "tg_live_x", retries=few)) as url:
        response = get(url, "/good", "user")
    assert response.status_code == 503
    assert response.json()["error"] == "unavailable"
    assert response.headers["retry-after"] == "1"

    spool = Spool(tmp_path / "spool.db")
    settings: dict[str, Any] = {"retries": few, "policy": "allow", "spool": spool}
    with served(app_over(nowhere, "tg_live_x", deliver=False, **settings)) as url:
        assert get(url, "/used/3", "user").status_code == 500  # held.features is empty
        assert get(url, "/good", "user").status_code == 200
        assert get(url, "/raises", "user").status_code == 500
        assert get(url, "/answers/400", "user").status_code == 400
    (line,) = spool.claim(time.time(), 10, 1)
    assert line.entry is not None and line.entry.want.uses == {"image_ocr": 1}


def test_a_settlement_that_nobody_answers_keeps_the_answer_back(
    own_server: Server,
) -> None:
    few = Retries(count=1, backoff_seconds=0.01)
    app = app_over(own_server.url, own_server.key, retries=few, opens_customers=True)
    with served(app) as url, ThreadPoolExecutor() as pool:
        slow = pool.submit(get, url, "/slow?seconds=1.5", "user")
        time.sleep(0.8)
        own_server.kill()
        assert slow.result().status_code == 503


def test_racing_requests_get_exactly_the_limit(
    server: Server, client: Tollgate, tmp_path: Path
) -> None:
    """64 at once through the example, of whose 20 operations 20 are to be had."""
    racer = f"racer_{next(numbers)}"
    client.create_customer(racer)
    with (
        # A busy machine may keep a request waiting; what is judged here is the count.
        example_app(server, tmp_path, TOLLGATE_TIMEOUT="40") as url,
        ThreadPoolExecutor(64) as pool,
    ):
        paths = [f"/lookup/{number}" for number in range(1, 65)]
        statuses = [
            response.status_code for response in pool.map(lambda p: get(url, p, racer), paths)
        ]
        assert sorted(statuses) == [200] * 20 + [429] * 44
        assert figures(client, racer) == (20, 0)

        # Those that fail charge nothing, however many.
        failing = f"racer_{next(numbers)}"
        client.create_customer(failing)
        paths = ["/lookup/truck"] * 40
        statuses = [
            response.status_code for response in pool.map(lambda p: get(url, p, failing), paths)
        ]
        assert set(statuses) <= {404, 429} and statuses.count(404) >= 20
        assert figures(client, failing) == (0, 0)
        paths = [f"/lookup/{number}" for number in range(1, 65)]
        statuses = [
            response.status_code for response in pool.map(lambda p: get(url, p, failing), paths)
        ]
        assert statuses.count(200) == 20

        check_the_other_routes(url, client)


def check_the_other_routes(url: str, client: Tollgate) -> None:
    new = f"new_{next(numbers)}"
    form = {"manual_usdots": "1234567, 42 truck"}
    files = {"files": ("door.png", b"no picture at all")}
    headers = {"X-User": new}
    upload = HTTP.post(f"{url}/upload", data=form, files=files, headers=headers)
    body = upload.json()
    assert upload.status_code == 200, body
    assert [record["usdot_number"] for record in body["records"]] == ["1234567", "42"]
    assert len(body["failures"]) == 2
    assert (body["quota"]["used"], body["quota"]["remaining"]) == (2, 18)
    failed = HTTP.post(f"{url}/upload", data={"manual_usdots": "a b"}, headers=headers)
    assert failed.status_code == 422
    many = " ".join(str(number) for number in range(1, 20))
    refused = HTTP.post(f"{url}/upload", data={"manual_usdots": many}, headers=headers)
    assert refused.status_code == 429
    assert (refused.json()["quota_needed"], refused.json()["quota_remaining"]) == (19, 18)
    assert figures(client, new) == (2, 0)
    client.consume(new, "image_ocr", 18)
    sync = HTTP.post(f"{url}/salesforce/sync", headers=headers)
    assert sync.status_code == 200, sync.text
    dashboard = HTTP.get(f"{url}/dashboard", headers=headers).json()
    assert dashboard == {"plan": "free", "quota": {"limit": 20, "used": 20, "remaining": 0}}


def test_what_a_guard_is_made_of_is_checked() -> None:
    for bad in (
        lambda: quota(by="user"),
        lambda: quota("x", by="user", uses=lambda: {}),
        lambda: install(FastAPI(), AsyncTollgate("http://x", "k"), lease_seconds=0),
    ):
        with pytest.raises(ValueError):
            bad()
