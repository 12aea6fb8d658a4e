"""The server is killed under load and comes back: what was granted is there, and once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tollgate import (
    Policy,
    Retries,
    Spool,
    Tollgate,
    Unavailable,
)

from .conftest import Server
from .serving import example_app

UNITS = 100_000
LIMIT_SECONDS = 60


def customers(server: Server) -> list[str]:
    """Some with as many units as they like."""
    with Tollgate(server.url, server.key, timeout=20) as client:
        made = [client.create_customer(f"crash_{number}").id for number in range(3)]
        for customer in made:
            client.grant(customer, "operations", UNITS, source="promotion")
    return made


def recorded(server: Server, made: list[str]) -> Counter[str]:
    """How often the server's history has each key."""
    keys: Counter[str] = Counter()
    with Tollgate(server.url, server.key, timeout=20) as client:
        for customer in made:
            used = 0
            after: str | None = None
            while True:
                page = client.events(customer, limit=100, starting_after=after)
                keys.update(event.idempotency_key or "" for event in page.data)
                used += sum(event.amount for event in page.data)
                after = page.next
                if not page.has_more:
                    break
            assert client.usage(customer).meters[0].used == used
    return keys


@dataclass
class Log:
    """What the callers saw."""

    granted: Counter[str] = field(default_factory=Counter)
    local: int = 0
    unknown: set[str] = field(default_factory=set)
    ends_at: float = field(default_factory=lambda: time.monotonic() + LIMIT_SECONDS)
    is_over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self, client: Tollgate, made: list[str], worker: int) -> None:
        """One use after the other, until it is over."""
        number = 0
        while not self.is_over.is_set() and time.monotonic() < self.ends_at:
            number += 1
            key = f"use-{worker}-{number}"
            try:
                customer = made[number % len(made)]
                receipt = client.consume(customer, "image_ocr", idempotency_key=key)
            except Unavailable:
                with self.lock:
                    self.unknown.add(key)
            else:
                with self.lock:
                    self.granted[key] += 1
                    self.local += receipt.local
            time.sleep(0.002)

    def reach(self, count: int) -> None:
        """Waits until so many were granted."""
        while sum(self.granted.values()) < count:
            assert time.monotonic() < self.ends_at, "the load does not get on"
            time.sleep(0.01)


def kill_under_load(server: Server, made: list[str], client: Tollgate, restarts: int) -> Log:
    log = Log()
    with ThreadPoolExecutor(6) as pool:
        workers = [pool.submit(log.load, client, made, worker) for worker in range(6)]
        for round in range(restarts):
            log.reach(60 * (round + 1))
            server.kill()
            time.sleep(0.4)
            server.start()
        log.reach(60 * (restarts + 1) + log.local)
        log.is_over.set()
        for worker in workers:
            worker.result()
    return log


def test_every_granted_use_is_there_once(own_server: Server) -> None:
    made = customers(own_server)
    retries = Retries(count=100, backoff_seconds_max=0.2, deadline_seconds=LIMIT_SECONDS)
    with Tollgate(own_server.url, own_server.key, retries=retries) as client:
        log = kill_under_load(own_server, made, client, restarts=2)
    assert log.unknown == set()
    assert recorded(own_server, made) == log.granted


def test_without_retries_nothing_granted_is_lost_either(own_server: Server) -> None:
    made = customers(own_server)
    with Tollgate(own_server.url, own_server.key, retries=Retries(count=0)) as client:
        log = kill_under_load(own_server, made, client, restarts=1)
    found = recorded(own_server, made)
    assert set(found.values()) == {1}
    assert set(log.granted) <= set(found)
    assert set(found) <= set(log.granted) | log.unknown
    assert log.unknown


def test_what_was_granted_locally_is_delivered_once(own_server: Server, tmp_path: Path) -> None:
    made = customers(own_server)
    policy: Policy = "allow"
    spool = Spool(tmp_path / "spool.db")
    with Tollgate(
        own_server.url,
        own_server.key,
        timeout=1.0,
        retries=Retries(count=1, backoff_seconds=0.01, deadline_seconds=2.0),
        policy=policy,
        spool=spool,
        outage_seconds=0.1,
    ) as client:
        log = kill_under_load(own_server, made, client, restarts=1)
        assert log.local > 0 and log.unknown == set()
        ends_at = time.monotonic() + LIMIT_SECONDS
        while client.flush().waiting and time.monotonic() < ends_at:
            time.sleep(0.05)
    assert (spool.waiting(), spool.refused()) == (0, ())
    assert recorded(own_server, made) == log.granted


def test_a_spool_outlives_its_client(own_server: Server, tmp_path: Path) -> None:
    """Another client, as after a restart of the app, delivers by itself what the first left."""
    made = customers(own_server)
    own_server.kill()
    with Tollgate(
        own_server.url,
        own_server.key,
        retries=Retries(count=0),
        policy="allow",
        spool=Spool(tmp_path / "spool.db"),
    ) as first:
        for number in range(30):
            key = f"kept-{number}"
            assert first.consume(made[number % 3], "image_ocr", idempotency_key=key).local
    own_server.start()
    spool = Spool(tmp_path / "spool.db")
    with Tollgate(own_server.url, own_server.key, spool=spool):
        ends_at = time.monotonic() + LIMIT_SECONDS
        while spool.waiting() and time.monotonic() < ends_at:
            time.sleep(0.05)
    assert recorded(own_server, made) == Counter(f"kept-{number}" for number in range(30))


def test_an_app_goes_on_without_the_server(own_server: Server, tmp_path: Path) -> None:
    """The example with a spool: lookups are granted during an outage, and charged after it."""
    user = customers(own_server)[0]
    headers = {"X-User": user}
    spool_path = tmp_path / "app.db"
    with (
        example_app(own_server, tmp_path, TOLLGATE_SPOOL=str(spool_path)) as url,
        httpx.Client(headers=headers, timeout=30, trust_env=False) as http,
    ):
        assert http.get(f"{url}/lookup/1").status_code == 200
        own_server.kill()
        statuses = [http.get(f"{url}/lookup/{number}").status_code for number in range(2, 12)]
        assert statuses == [200] * 10
        assert http.get(f"{url}/lookup/truck").status_code == 404
        assert http.post(f"{url}/salesforce/sync").status_code == 503
        own_server.start()
        spool = Spool(spool_path)
        ends_at = time.monotonic() + LIMIT_SECONDS
        while spool.waiting() and time.monotonic() < ends_at:
            time.sleep(0.1)
        assert http.get(f"{url}/lookup/12").status_code == 200
    assert spool.refused() == ()
    found = recorded(own_server, [user])
    assert len(found) == 12 and set(found.values()) == {1}
