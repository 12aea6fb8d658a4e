"""What lies between: answers that are lost, late, endless, or ask for a pause."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tollgate import (
    AsyncTollgate,
    BatchItem,
    QuotaExceeded,
    Retries,
    Spool,
    Tollgate,
    Unavailable,
)

from .conftest import Server, free_port
from .test_core import RECEIPT, REFUSAL, problem

QUICK = Retries(count=4, backoff_seconds=0.01, deadline_seconds=20.0)


def read_message(connection: socket.socket) -> bytes:
    """One HTTP message with its body, which has a length."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


@dataclass
class Peer:
    """Listens on loopback and plays one request after the other on each connection."""

    serve: Callable[[int, bytes, socket.socket], bool]
    requests: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with closing(connection):
            connection.settimeout(30)
            try:
                while True:
                    message = read_message(connection)
                    if not message:
                        return
                    with self.lock:
                        self.requests.append(message)
                        self.times.append(time.monotonic())
                        number = len(self.requests)
                    if not self.serve(number, message, connection):
                        return
            except OSError:
                return


@contextmanager
def peer(serve: Callable[[int, bytes, socket.socket], bool]) -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        playing = Peer(serve, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=playing.run, args=(listener,), daemon=True).start()
        yield playing
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(
    server: Server, is_dropped: Callable[[int], bool], delay: float = 0.0, wait: float = 0.0
) -> Iterator[Peer]:
    """Passes requests on, and drops some answers when the server has given them: `delay` seconds
    later, as others come `wait` seconds late."""

    def serve(number: int, message: bytes, connection: socket.socket) -> bool:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as upstream:
            upstream.sendall(message)
            answer = read_message(upstream)
        if is_dropped(number):
            time.sleep(delay)
            return False
        time.sleep(wait)
        connection.sendall(answer)
        return True

    with peer(serve) as playing:
        yield playing


@pytest.fixture
def client(server: Server) -> Iterator[Tollgate]:
    with Tollgate(server.url, server.key, timeout=20) as made:
        yield made


def key_of(message: bytes) -> str:
    for line in message.split(b"\r\n"):
        if line.lower().startswith(b"idempotency-key:"):
            return line.split(b":", 1)[1].strip().decode()
    return ""


@pytest.mark.parametrize("delay", [0.0, 1.7])
def test_a_lost_answer_is_not_charged_twice(server: Server, client: Tollgate, delay: float) -> None:
    """Every first answer is lost, or comes too late, after the server has committed."""
    user = client.create_customer(f"lost_{delay}").id
    with (
        proxy(server, lambda number: number % 2 == 1, delay) as between,
        Tollgate(between.url, server.key, timeout=1.5, retries=QUICK) as other,
    ):
        for _ in range(3):
            receipt = other.consume(user, "image_ocr")
            assert receipt.replayed
        keys = [key_of(message) for message in between.requests]
        assert len(set(keys)) == 3 and keys[0::2] == keys[1::2]
    assert client.usage(user).meters[0].used == 3
    assert len(client.events(user).data) == 3


def test_every_call_that_changes_something_may_lose_its_answer(
    server: Server, client: Tollgate
) -> None:
    with (
        proxy(server, lambda number: number % 2 == 1) as between,
        Tollgate(between.url, server.key, retries=QUICK) as other,
    ):
        user = other.create_customer("lost_all").id
        other.grant(user, "operations", 5)
        hold = other.reserve(user, "image_ocr", 4)
        hold.extend(60)
        assert hold.settle(3).replayed
        other.reserve(user, "image_ocr", 4).release()
        (result,) = other.consume_batch([BatchItem(user, "image_ocr", 2)])
        assert result.receipt is not None and result.receipt.replayed
    (meter,) = client.usage(user).meters
    assert (meter.limit, meter.used, meter.held) == (25, 5, 0)


async def test_the_client_that_awaits_loses_answers_as_well(
    server: Server, client: Tollgate
) -> None:
    user = client.create_customer("lost_async").id
    with proxy(server, lambda number: number % 2 == 1) as between:
        async with AsyncTollgate(between.url, server.key, retries=QUICK) as other:
            assert (await other.consume(user, "image_ocr")).replayed
            async with await other.reserve(user, "image_ocr", 2):
                pass
    (meter,) = client.usage(user).meters
    assert (meter.used, meter.held) == (3, 0)


def test_what_reached_the_server_and_was_granted_locally_is_charged_once(
    server: Server, client: Tollgate, tmp_path: Path
) -> None:
    """No answer comes back, so that the spool has uses that the server has as well."""
    user = client.create_customer("lost_spooled").id
    spool = Spool(tmp_path / "spool.db")
    with (
        proxy(server, lambda _: True) as between,
        Tollgate(
            between.url,
            server.key,
            retries=Retries(count=1, backoff_seconds=0.01),
            policy="allow",
            spool=spool,
            deliver=False,
            outage_seconds=0.0,
        ) as other,
    ):
        for _ in range(3):
            assert other.consume(user, "image_ocr").local
        hold = other.reserve(user, "image_ocr", 15)
        assert hold.held.local
        assert hold.settle(2).local
        other.flush()
        assert spool.waiting() == 4
    (meter,) = client.usage(user).meters
    # The three uses and the reservation did reach it.
    assert (meter.used, meter.held) == (3, 15)
    with Tollgate(server.url, server.key, spool=spool, deliver=False) as direct:
        flushed = direct.flush()
    assert (flushed.delivered, flushed.refused, flushed.waiting) == (4, 0, 0)
    (meter,) = client.usage(user).meters
    assert (meter.used, meter.held) == (5, 0)
    assert len(client.events(user).data) == 4


def test_what_is_over_quota_at_delivery_is_kept(
    server: Server, client: Tollgate, tmp_path: Path
) -> None:
    user = client.create_customer("over_quota").id
    spool = Spool(tmp_path / "spool.db")
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Tollgate(
        nowhere, "k", retries=Retries(count=0), policy="allow", spool=spool, deliver=False
    ) as other:
        for amount in (15, 15, 5):
            other.consume(user, "image_ocr", amount)
        other.consume("nobody", "image_ocr")
        other.consume(user, "not a feature")
    with Tollgate(server.url, server.key, spool=spool, deliver=False) as direct:
        flushed = direct.flush()
    assert (flushed.delivered, flushed.refused, flushed.waiting) == (2, 3, 0)
    assert client.usage(user).meters[0].used == 20
    reasons = {use.reason: use for use in spool.refused()}
    assert set(reasons) == {"quota_exceeded", "unknown_customer", "invalid_request"}
    figures = reasons["quota_exceeded"].answer
    assert figures is not None and (figures["quota_needed"], figures["quota_remaining"]) == (15, 5)


async def test_a_task_delivers_by_itself(server: Server, client: Tollgate, tmp_path: Path) -> None:
    import asyncio

    user = client.create_customer("delivered").id
    is_down = True
    with proxy(server, lambda _: is_down) as between:
        async with AsyncTollgate(
            between.url,
            server.key,
            retries=Retries(count=0),
            policy="allow",
            spool=Spool(tmp_path / "spool.db"),
        ) as other:
            receipts = await asyncio.gather(*(other.consume(user, "image_ocr") for _ in range(5)))
            assert all(receipt.local for receipt in receipts)
            is_down = False
            ends_at = time.monotonic() + 20
            while client.usage(user).meters[0].used < 5 and time.monotonic() < ends_at:
                await asyncio.sleep(0.05)
            await other.flush()
    assert client.usage(user).meters[0].used == 5


def answer(status: int, body: object, *headers: str) -> bytes:
    content = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def playing(*answers: bytes) -> Callable[[int, bytes, socket.socket], bool]:
    def serve(number: int, _: bytes, connection: socket.socket) -> bool:
        connection.sendall(answers[min(number, len(answers)) - 1])
        return True

    return serve


@pytest.mark.parametrize(("status", "word"), [(429, "rate_limited"), (503, "busy")])
def test_a_pause_that_is_asked_for_is_kept(status: int, word: str) -> None:
    limited = answer(status, problem(word, status), "Retry-After: 1")
    with peer(playing(limited, answer(200, RECEIPT))) as fake, Tollgate(fake.url, "k") as client:
        assert client.consume("user", "image_ocr").event == "evt_1"
    assert 1.0 <= fake.times[1] - fake.times[0] < 1.9
    assert len({key_of(message) for message in fake.requests}) == 1


def test_too_long_a_pause_is_not_waited_for() -> None:
    limited = answer(429, problem("rate_limited", 429), "Retry-After: 4")
    long = Retries(deadline_seconds=60.0)
    with peer(playing(limited)) as fake, Tollgate(fake.url, "k", retries=long) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            client.consume("user", "image_ocr")
        assert time.monotonic() - began < 3
    assert (caught.value.retry_after, caught.value.tries, len(fake.requests)) == (4.0, 1, 1)


def test_an_exceeded_quota_is_no_reason_to_wait() -> None:
    exceeded = answer(429, REFUSAL, "Retry-After: 1")
    with peer(playing(exceeded)) as fake, Tollgate(fake.url, "k") as client:
        with pytest.raises(QuotaExceeded):
            client.consume("user", "image_ocr")
    assert len(fake.requests) == 1


def test_an_answer_without_an_end_is_given_up() -> None:
    def drip(_: int, __: bytes, connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)
        return False

    none = Retries(count=0)
    with peer(drip) as fake, Tollgate(fake.url, "k", timeout=0.4, retries=none) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            client.consume("user", "image_ocr")
        assert time.monotonic() - began < 3
    assert (caught.value.reason, caught.value.outcome_unknown) == ("timeout", True)


def test_the_servers_own_limiter_is_no_refusal(tmp_path: Path) -> None:
    limited = Server(tmp_path / "limited")
    limited.settings["TOLLGATE_AUTH_API_REQUESTS_PER_MINUTE"] = "3"
    limited.prepare()
    limited.start()
    try:
        few = Retries(count=2, backoff_seconds=0.01, retry_after_seconds_max=0.5)
        with Tollgate(limited.url, limited.key, retries=few) as client:
            user = client.create_customer("user").id
            with pytest.raises(Unavailable) as caught:
                for _ in range(5):
                    client.consume(user, "image_ocr")
    finally:
        limited.kill()
    assert (caught.value.reason, caught.value.outcome_unknown) == ("rate_limited", False)
    assert caught.value.retry_after is not None and caught.value.retry_after >= 1


def test_nobody_there_is_known_to_have_done_nothing() -> None:
    few = Retries(count=2, backoff_seconds=0.01)
    with Tollgate(f"http://127.0.0.1:{free_port()}", "k", retries=few) as client:
        with pytest.raises(Unavailable) as caught:
            client.consume("user", "image_ocr")
    error = caught.value
    assert (error.reason, error.tries, error.outcome_unknown) == ("connection", 3, False)


def test_addresses_and_keys_are_checked() -> None:
    for url, key in (("ftp://x", "k"), ("nothing", "k"), ("http://x", ""), ("http://x", "a\nb")):
        with pytest.raises(ValueError):
            Tollgate(url, key)
    assert "secret" not in repr(Tollgate("http://x", "secret")._address)
