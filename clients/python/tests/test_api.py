"""Both clients against a real server."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from tollgate import (
    AsyncTollgate,
    BatchItem,
    Event,
    FeatureNotInPlan,
    Forbidden,
    IdempotencyKeyReused,
    InvalidRequest,
    QuotaExceeded,
    Retries,
    Tollgate,
    Unauthenticated,
    UnknownCustomer,
    UnknownFeature,
    UnknownReservation,
    wire,
)

from .conftest import Server

numbers = itertools.count()
PATIENT = Retries(deadline_seconds=30.0)


@pytest.fixture
def client(server: Server) -> Iterator[Tollgate]:
    with Tollgate(server.url, server.key, timeout=20.0, retries=PATIENT) as made:
        yield made


@pytest.fixture
async def async_client(server: Server) -> AsyncIterator[AsyncTollgate]:
    async with AsyncTollgate(server.url, server.key, timeout=20.0, retries=PATIENT) as made:
        yield made


@pytest.fixture
def user(client: Tollgate) -> str:
    """A customer of its own, with 20 operations."""
    customer = client.create_customer(f"user_{next(numbers)}")
    assert (customer.plan, customer.time_zone) == ("free", "UTC")
    return customer.id


def left(client: Tollgate, user: str) -> tuple[int, int, int | None]:
    (meter,) = client.usage(user).meters
    return meter.used, meter.held, meter.remaining


def test_consume_says_every_figure(client: Tollgate, user: str) -> None:
    receipt = client.consume(user, "image_ocr", 3, metadata={"page": 7})
    (figures,) = receipt.features
    assert receipt.plan == "free" and not receipt.replayed and not receipt.local
    assert (figures.feature, figures.meter, figures.limit) == ("image_ocr", "operations", 20)
    assert (figures.used, figures.held, figures.remaining) == (3, 0, 17)
    assert figures.resets_at is not None and figures.resets_at > datetime.now(timezone.utc)

    (event,) = client.events(user).data
    assert (event.id, event.amount, event.metadata) == (receipt.event, 3, {"page": 7})
    usage = client.usage(user)
    assert usage.features["usdot_lookup"].used == 3
    assert usage.meters[0].features == {"image_ocr": 3}


def test_the_same_key_is_charged_once(client: Tollgate, user: str) -> None:
    first = client.consume(user, "image_ocr", idempotency_key="order-1")
    again = client.consume(user, "image_ocr", idempotency_key="order-1")
    assert again.replayed and again.event == first.event
    with pytest.raises(IdempotencyKeyReused):
        client.consume(user, "image_ocr", 2, idempotency_key="order-1")
    assert left(client, user) == (1, 0, 19)


def test_an_exceeded_quota_has_its_figures_and_ways_out(client: Tollgate, user: str) -> None:
    client.consume(user, "image_ocr", 18)
    with pytest.raises(QuotaExceeded) as caught:
        client.consume(user, "usdot_lookup", 5)
    no = caught.value
    assert (no.limit, no.used, no.remaining, no.needed) == (20, 18, 2, 5)
    assert (no.feature, no.meter, no.plan, no.status) == ("usdot_lookup", "operations", "free", 429)
    assert no.retry_after is not None and no.retry_after > 0 and no.resets_at is not None
    ways = {way.way: way for way in no.ways_out}
    assert ways["plan"].plan == "basic" and ways["plan"].limit == 150
    assert ways["top_up"].price is not None and ways["top_up"].units is not None
    assert left(client, user) == (18, 0, 2)


def test_several_features_are_all_or_nothing(client: Tollgate, user: str) -> None:
    with pytest.raises(QuotaExceeded):
        client.consume(user, uses={"image_ocr": 12, "usdot_lookup": 12})
    assert left(client, user) == (0, 0, 20)
    receipt = client.consume(user, uses={"image_ocr": 2, "usdot_lookup": 3})
    assert [figures.feature for figures in receipt.features] == ["image_ocr", "usdot_lookup"]
    assert left(client, user) == (5, 0, 15)


def test_check_takes_nothing(client: Tollgate, user: str) -> None:
    assert client.check(user, "image_ocr", 20).allowed
    no = client.check(user, "image_ocr", 21)
    assert not no.allowed and no.refusal is not None and no.refusal.quota_needed == 21
    assert left(client, user) == (0, 0, 20)


def test_errors_have_their_classes(client: Tollgate, server: Server, user: str) -> None:
    with pytest.raises(UnknownCustomer) as caught:
        client.consume("nobody", "image_ocr")
    assert caught.value.request_id
    with pytest.raises(UnknownFeature):
        client.consume(user, "nothing")
    with pytest.raises(FeatureNotInPlan) as refused:
        client.consume(user, "export")
    assert [way.plan for way in refused.value.ways_out] == ["basic"]
    with pytest.raises(InvalidRequest):
        client.consume(user, "image_ocr", 0)
    with Tollgate(server.url, "tg_live_wrong") as other, pytest.raises(Unauthenticated):
        other.usage(user)


def test_a_reservation_is_settled_extended_released(client: Tollgate, user: str) -> None:
    hold = client.reserve(user, "image_ocr", 5, seconds=60)
    assert left(client, user) == (0, 5, 15)
    assert hold.id is not None and hold.held.features[0].held == 5
    ends_at = hold.extend(600)
    assert ends_at is not None and ends_at > datetime.now(timezone.utc) + timedelta(seconds=500)
    first = hold.settle(2)
    assert hold.settle(2).event == first.event
    assert left(client, user) == (2, 0, 18)
    with pytest.raises(IdempotencyKeyReused):
        hold.settle(3)

    other = client.reserve(user, "image_ocr", 5)
    other.release()
    assert left(client, user) == (2, 0, 18)
    with pytest.raises(UnknownReservation):
        other.settle()


def test_a_block_settles_and_an_exception_gives_back(client: Tollgate, user: str) -> None:
    with client.reserve(user, "image_ocr", 4):
        pass
    with client.reserve(user, "image_ocr", 4) as hold:
        hold.settle(1)
    with pytest.raises(ZeroDivisionError), client.reserve(user, "image_ocr", 4):
        raise ZeroDivisionError
    with client.reserve(user, uses={"image_ocr": 2, "usdot_lookup": 2}) as both:
        both.settle(uses={"image_ocr": 1})
    assert left(client, user) == (6, 0, 14)


def test_a_batch_is_answered_item_by_item(client: Tollgate, user: str) -> None:
    results = client.consume_batch(
        [
            BatchItem(user, "image_ocr", 19, idempotency_key="a"),
            BatchItem(user, "image_ocr", 2),
            BatchItem("nobody", "image_ocr"),
            BatchItem(user, uses={"usdot_lookup": 1}),
            BatchItem(user, "image_ocr", 19, idempotency_key="a"),
        ]
    )
    kinds = [type(result.error) for result in results]
    assert kinds == [type(None), QuotaExceeded, UnknownCustomer, type(None), type(None)]
    assert results[4].receipt is not None and results[4].receipt.replayed
    assert left(client, user) == (20, 0, 0)


def test_units_are_given(client: Tollgate, user: str) -> None:
    given = client.grant(
        user,
        "operations",
        5,
        source="promotion",
        reference="spring",
        expires_at=datetime.now(timezone.utc) + timedelta(days=3),
        idempotency_key="gift",
    )
    assert given.grant is not None
    assert (given.grant.source, given.grant.amount, given.grant.reference) == (
        "promotion",
        5,
        "spring",
    )
    assert client.grant(user, "operations", 7, idempotency_key="more").id != given.id
    assert client.usage(user).meters[0].extra == 12


def test_a_customer_is_begun_once(client: Tollgate, user: str) -> None:
    client.consume(user, "image_ocr")
    again = client.create_customer(user, plan="basic")
    assert again.plan == "free"
    customer = client.customer(user)
    assert customer.subscription is not None and customer.subscription.status == "active"
    strange = client.create_customer("a/b?c=%20&..", time_zone="Europe/Berlin")
    assert client.customer(strange.id).time_zone == "Europe/Berlin"
    client.create_customer("..")
    assert client.usage("..").customer == ".."


def test_history_comes_page_by_page(client: Tollgate, user: str) -> None:
    for _ in range(5):
        client.consume(user, "image_ocr")
    client.consume(user, "usdot_lookup")
    found: list[Event] = []
    after: str | None = None
    while True:
        page = client.events(user, limit=2, starting_after=after, feature="image_ocr")
        found += page.data
        after = page.next
        if not page.has_more:
            break
    assert len({event.id for event in found}) == 5
    assert client.events(user, end=datetime(2020, 1, 1, tzinfo=timezone.utc)).data == ()


async def test_the_client_that_awaits_does_the_same(
    async_client: AsyncTollgate, client: Tollgate, user: str
) -> None:
    calls = [async_client.consume(user, "image_ocr") for _ in range(30)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 10
    assert left(client, user) == (20, 0, 0)

    await async_client.grant(user, "operations", 10)
    async with await async_client.reserve(user, "image_ocr", 4) as hold:
        await hold.extend(60)
        await hold.settle(1)
    with pytest.raises(ZeroDivisionError):
        async with await async_client.reserve(user, "image_ocr", 4):
            raise ZeroDivisionError
    async with await async_client.reserve(user, "image_ocr", 2):
        pass
    assert (await async_client.usage(user)).meters[0].used == 23
    assert (await async_client.check(user, "image_ocr", 7)).allowed
    (result,) = await async_client.consume_batch([BatchItem(user, "image_ocr", 8)])
    assert isinstance(result.error, QuotaExceeded)
    assert (await async_client.customer(user)).plan == "free"
    assert (await async_client.create_customer(user)).id == user
    assert len((await async_client.events(user, limit=100)).data) == 22


def _consume_in_child(client: Tollgate, user: str) -> None:
    inherited = client._http
    for _ in range(3):
        client.consume(user, "image_ocr")
    os._exit(0 if client._http is not inherited else 1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(client: Tollgate, user: str) -> None:
    client.consume(user, "image_ocr")
    children = [
        multiprocessing.get_context("fork").Process(target=_consume_in_child, args=(client, user))
        for _ in range(2)
    ]
    for child in children:
        child.start()
    for _ in range(5):
        client.consume(user, "image_ocr")
    for child in children:
        child.join(30)
    assert [child.exitcode for child in children] == [0, 0]
    assert left(client, user) == (12, 0, 8)


def test_a_scope_that_is_missing_is_told(client: Tollgate) -> None:
    with pytest.raises(Forbidden):
        client._run(client._core.call(_keys_of_all()))


def _keys_of_all() -> wire.Request[None]:
    return wire.Request("GET", "/v1/keys", lambda _: None)
