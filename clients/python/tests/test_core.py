"""The shared core, without a network or a clock."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from tollgate import (
    Ambient,
    BatchItem,
    FeatureNotInPlan,
    Forbidden,
    IdempotencyKeyReused,
    InvalidRequest,
    MemberCapExceeded,
    NoSubscription,
    Policy,
    QuotaExceeded,
    Receipt,
    Retries,
    Spool,
    TollgateError,
    Unauthenticated,
    Unavailable,
    UnknownCustomer,
    UnknownReservation,
    model,
    wire,
)
from tollgate.core import Core, Flow, Send, Sleep
from tollgate.retry import read_retry_after
from tollgate.spool import Entry
from tollgate.wire import Again, Answer, Done, Failed, NoAnswer, Want

T = TypeVar("T")

RECEIPT: dict[str, Any] = {
    "event": "evt_1",
    "plan": "free",
    "features": [
        {
            "feature": "image_ocr",
            "meter": "operations",
            "limit": 20,
            "used": 3,
            "held": 2,
            "remaining": 15,
            "unlimited": False,
            "resets_at": "2026-12-21T22:51:10.99737Z",
        }
    ],
    "replayed": False,
}
REFUSAL: dict[str, Any] = {
    "type": "urn:tollgate:problem:quota_exceeded",
    "title": "Too Many Requests",
    "status": 429,
    "error": "quota_exceeded",
    "message": "Insufficient quota. You need 5 operations but only have 2 remaining.",
    "quota_remaining": 2,
    "quota_needed": 5,
    "detail": {
        "error": "quota_exceeded",
        "feature": "image_ocr",
        "plan": "free",
        "limit": 20,
        "used": 18,
        "remaining": 2,
    },
    "meter": "operations",
    "resets_at": "2026-12-21T22:51:10.997372Z",
    "ways_out": [
        {"way": "wait", "until": "2026-12-21T22:51:10.997372Z"},
        {"way": "plan", "plan": "basic", "limit": 150, "price": {"amount": 999, "currency": "usd"}},
        {
            "way": "top_up",
            "top_up": "extra",
            "units": 5,
            "price": {"amount": 50, "currency": "usd"},
        },
        {"way": "raise_cap"},
        {"way": "something_new", "unheard": 1},
    ],
}


def answer(status: int, body: object, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode())


def problem(word: str, status: int) -> dict[str, Any]:
    return {"error": word, "message": f"It is {word}.", "status": status}


def granted() -> Answer:
    return answer(200, RECEIPT)


@dataclass
class World:
    """Plays a flow: hands it answers in turn, and keeps what it sent and how long it slept."""

    answers: list[Answer | NoAnswer] = field(default_factory=list)
    sent: list[wire.Request[Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 1_800_000_000.0
    send_seconds: float = 0.0
    chance: float = 1.0
    keys: int = 0

    def ambient(self) -> Ambient:
        return Ambient(
            now=lambda: self.now,
            monotonic=lambda: self.now,
            chance=lambda: self.chance,
            new_key=self._new_key,
        )

    def _new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    def core(
        self,
        retries: Retries | None = None,
        policy: Policy | Mapping[str, Policy] = "deny",
        spool: Spool | None = None,
        outage_seconds: float = 1.0,
    ) -> Core:
        return Core(2.0, retries or Retries(), policy, spool, self.ambient(), outage_seconds)

    def play(self, flow: Flow[T]) -> T:
        outcome: object = None
        error: BaseException | None = None
        try:
            while True:
                effect = flow.throw(error) if error is not None else flow.send(outcome)
                outcome, error = None, None
                if isinstance(effect, Send):
                    self.sent.append(effect.request)
                    self.now += self.send_seconds
                    outcome = self.answers.pop(0)
                elif isinstance(effect, Sleep):
                    self.slept.append(effect.seconds)
                    self.now += effect.seconds
                else:
                    try:
                        outcome = effect.call()
                    except Exception as failure:
                        error = failure
        except StopIteration as done:
            return cast(T, done.value)

    def bodies(self) -> list[Any]:
        return [json.loads(request.content() or b"null") for request in self.sent]


WANT = Want.of("user_1", "image_ocr", 1, None)
DROPPED = NoAnswer("connection", reached=True)
NOT_REACHED = NoAnswer("connection", reached=False)


def check_judged(status: int, body: object, expected: type[Any], **headers: str) -> Any:
    request = wire.consume(WANT, "k")
    verdict = wire.judge(request, answer(status, body, **headers), 0.0)
    if isinstance(verdict, Failed):
        assert type(verdict.error) is expected, verdict
        return verdict.error
    assert type(verdict) is expected, verdict
    return verdict


def test_every_answer_has_its_meaning() -> None:
    check_judged(200, RECEIPT, Done)
    check_judged(429, REFUSAL, QuotaExceeded)
    for word, status, kind in [
        ("no_subscription", 402, NoSubscription),
        ("feature_not_in_plan", 403, FeatureNotInPlan),
        ("member_cap_exceeded", 429, MemberCapExceeded),
    ]:
        check_judged(status, {**REFUSAL, "error": word}, kind)
    for word, status, failure in [
        ("unknown_customer", 404, UnknownCustomer),
        ("unknown_reservation", 404, UnknownReservation),
        ("idempotency_key_reused", 422, IdempotencyKeyReused),
        ("invalid_request", 422, InvalidRequest),
        ("unauthenticated", 401, Unauthenticated),
        ("forbidden", 403, Forbidden),
    ]:
        check_judged(status, problem(word, status), failure)


@pytest.mark.parametrize(
    ("status", "word", "reached", "is_retried"),
    [
        (429, "rate_limited", False, True),
        (503, "busy", False, True),
        (503, "stopping", False, True),
        (503, "catching_up", False, True),
        (408, "request_timeout", False, True),
        (500, "outcome_unknown", True, True),
        (500, "internal_error", True, False),
        # Of something in between, which has no word of ours.
        (502, None, True, True),
        (503, None, True, True),
        (504, None, True, True),
        (429, None, False, True),
        (404, None, True, False),
    ],
)
def test_what_may_be_asked_again(
    status: int, word: str | None, reached: bool, is_retried: bool
) -> None:
    body = problem(word, status) if word else "<html>"
    verdict = check_judged(status, body, Again, retry_after="1")
    assert (verdict.reached, verdict.is_retried) == (reached, is_retried)
    assert verdict.retry_after == 1.0


def test_an_answer_that_does_not_read_is_no_answer() -> None:
    for body in ("<html>", {"event": 1}, {**RECEIPT, "features": [{"feature": 7}]}):
        assert check_judged(200, body, Again).reached


def test_a_refusal_has_every_figure() -> None:
    error = check_judged(429, REFUSAL, QuotaExceeded, retry_after="10", ratelimit="r")
    assert str(error) == REFUSAL["message"]
    figures = (error.limit, error.used, error.remaining, error.needed)
    assert figures == (20, 18, 2, 5)
    assert (error.reason, error.feature, error.plan, error.meter, error.member) == (
        "quota_exceeded",
        "image_ocr",
        "free",
        "operations",
        None,
    )
    assert error.retry_after == 10.0
    assert error.resets_at == datetime(2026, 12, 21, 22, 51, 10, 997372, timezone.utc)
    ways = [(way.way, way.plan, way.units, way.price) for way in error.ways_out]
    assert ways == [
        ("wait", None, None, None),
        ("plan", "basic", None, model.Money(999, "usd")),
        ("top_up", None, 5, model.Money(50, "usd")),
        ("raise_cap", None, None, None),
        ("something_new", None, None, None),
    ]
    assert error.body == REFUSAL
    assert error.headers == {"retry-after": "10", "ratelimit": "r"}


def test_values_are_frozen_and_read_strictly() -> None:
    receipt = model.read(Receipt, RECEIPT)
    assert receipt.features[0].resets_at == datetime(2026, 12, 21, 22, 51, 10, 997370, timezone.utc)
    with pytest.raises(AttributeError):
        receipt.event = "another"  # type: ignore[misc]
    with pytest.raises(model.Unreadable):
        model.read(Receipt, {**RECEIPT, "replayed": 1})
    with pytest.raises(model.Unreadable):
        model.read(model.Money, {"amount": True, "currency": "usd"})
    with pytest.raises(ValueError):
        model.write_instant(datetime(2026, 1, 1))


def test_a_pause_is_jittered_and_bounded() -> None:
    retries = Retries(
        count=3,
        backoff_seconds=0.1,
        backoff_seconds_max=0.3,
        retry_after_seconds_max=2,
        deadline_seconds=10,
    )
    pauses = [retries.pause(tries, 0, None, 1.0) for tries in (1, 2, 3, 4)]
    assert pauses == [0.1, 0.2, 0.3, None]
    assert retries.pause(1, 0, None, 0.0) == 0.0
    assert retries.pause(2, 0, None, 0.5) == 0.1
    assert retries.pause(1, 0, 2.0, 0.5) == 2.05
    assert retries.pause(1, 0, 2.1, 0.5) is None
    assert retries.pause(1, 9.95, None, 1.0) is None
    assert retries.pause(1, 9.0, 1.5, 0.0) is None


def test_retry_after_is_read_in_both_forms() -> None:
    assert read_retry_after("3", 0.0) == 3.0
    assert read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111770.0) == 7.0
    assert read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111790.0) == 0.0
    for text in (None, "", "soon", "-1", "1e3", "٣"):
        assert read_retry_after(text, 0.0) is None


def test_one_key_is_kept_over_all_tries() -> None:
    busy = answer(503, problem("busy", 503), retry_after="1")
    world = World([DROPPED, busy, NOT_REACHED, granted()])
    assert world.play(world.core().consume(WANT, None)).event == "evt_1"
    assert [request.key for request in world.sent] == ["key-1"] * 4
    assert world.slept == [0.05, 1.1, 0.2]
    world.answers = [granted()]
    world.play(world.core().consume(WANT, None))
    assert world.sent[-1].key == "key-2"


def test_a_refusal_is_not_asked_again() -> None:
    world = World([answer(429, REFUSAL, retry_after="1")])
    with pytest.raises(QuotaExceeded):
        world.play(world.core().consume(WANT, None))
    assert len(world.sent) == 1


def test_tries_end_by_count_and_by_deadline() -> None:
    world = World([DROPPED] * 10)
    with pytest.raises(Unavailable) as caught:
        world.play(world.core(Retries(count=2)).consume(WANT, "mine"))
    assert (caught.value.tries, caught.value.outcome_unknown) == (3, True)
    assert caught.value.idempotency_key == "mine"

    world = World([NOT_REACHED] * 10, send_seconds=2.0)
    with pytest.raises(Unavailable) as caught:
        world.play(world.core(Retries(count=9, deadline_seconds=5.0)).consume(WANT, None))
    assert (caught.value.tries, caught.value.outcome_unknown) == (3, False)


def test_a_pause_that_is_too_long_is_told() -> None:
    world = World([answer(429, problem("rate_limited", 429), retry_after="60")])
    with pytest.raises(Unavailable) as caught:
        world.play(world.core().consume(WANT, None))
    assert (caught.value.reason, caught.value.retry_after) == ("rate_limited", 60.0)
    assert world.slept == []


def test_a_reservation_that_is_gone_at_a_retry_was_given_back() -> None:
    gone = answer(404, problem("unknown_reservation", 404))
    world = World([DROPPED, gone])
    assert world.play(world.core().call(wire.release("user_1", "res_1")))
    world = World([NOT_REACHED, gone])
    with pytest.raises(UnknownReservation):
        world.play(world.core().call(wire.release("user_1", "res_1")))


def test_a_batch_asks_again_for_what_was_not_answered() -> None:
    results = [
        {"status": 200, "receipt": RECEIPT},
        {"status": 429, "problem": REFUSAL},
        {"status": 503, "problem": problem("busy", 503)},
    ]
    again = [{"status": 200, "receipt": RECEIPT}]
    world = World([answer(200, {"results": results}), answer(200, {"results": again})])
    items = [BatchItem(f"user_{number}", "image_ocr") for number in range(3)]
    outcome = world.play(world.core().consume_batch(items))
    assert [type(each.receipt or each.error) for each in outcome] == [
        Receipt,
        QuotaExceeded,
        Receipt,
    ]
    first, second = (body["items"] for body in world.bodies())
    assert second == first[2:]
    assert len({item["idempotency_key"] for item in first}) == 3


def test_requests_are_checked_before_they_are_sent() -> None:
    core = World().core()
    for bad in (
        lambda: Want.of("", "x", 1, None),
        lambda: Want.of("c", None, 1, None),
        lambda: Want.of("c", "x", 1, {"x": 1}),
        lambda: Want.of("c", "x", -1, None),
        lambda: Want.of("c", "x", cast(int, 1.5), None),
        lambda: core.key("with space"),
        lambda: core.key("x" * 241),
        lambda: World().core(policy="allow"),
        lambda: World().core(policy=cast(Policy, "maybe")),
        lambda: Retries(count=-1),
    ):
        with pytest.raises(ValueError):
            bad()
    assert wire.usage("..").path == "/v1/customers/%2E%2E/usage"
    assert wire.usage("a/b?").path == "/v1/customers/a%2Fb%3F/usage"


class TestAllow:
    """The policy `allow`, and what becomes of its spool."""

    @pytest.fixture
    def spool(self, tmp_path: Path) -> Spool:
        return Spool(tmp_path / "spool.db", rows_max=3, age_seconds_max=3600)

    def allowing(self, world: World, spool: Spool) -> Core:
        return world.core(Retries(count=0), {"image_ocr": "allow"}, spool)

    def test_it_is_granted_and_delivered_with_the_same_key(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        assert world.play(core.consume(WANT, None)).local
        assert spool.waiting() == 1
        world.answers = [answer(200, {"results": [{"status": 200, "receipt": RECEIPT}]})]
        flushed = world.play(core.deliver())
        assert (flushed.delivered, flushed.refused, flushed.waiting) == (1, 0, 0)
        (item,) = world.bodies()[-1]["items"]
        assert item["idempotency_key"] == world.sent[0].key
        assert item["uses"] == world.bodies()[0]["uses"]

    def test_another_feature_is_denied(self, spool: Spool) -> None:
        world = World([DROPPED, DROPPED])
        core = self.allowing(world, spool)
        for uses in ({"export": 1}, {"export": 1, "image_ocr": 1}):
            with pytest.raises(Unavailable):
                world.play(core.consume(Want.of("user_1", None, 1, uses), None))
        assert spool.waiting() == 0

    def test_a_refusal_stays_a_refusal(self, spool: Spool) -> None:
        world = World([answer(429, REFUSAL)])
        with pytest.raises(QuotaExceeded):
            world.play(self.allowing(world, spool).consume(WANT, None))
        assert spool.waiting() == 0

    def test_an_outage_is_not_asked_about_each_time(self, spool: Spool) -> None:
        world = World([DROPPED, granted()])
        core = self.allowing(world, spool)
        world.play(core.consume(WANT, None))
        world.play(core.consume(WANT, None))
        assert (len(world.sent), spool.waiting()) == (1, 2)
        world.now += 1.1
        assert not world.play(core.consume(WANT, None)).local

    def test_a_defect_for_one_is_no_outage_for_all(self, spool: Spool) -> None:
        world = World([answer(500, problem("internal_error", 500)), granted()])
        core = self.allowing(world, spool)
        assert world.play(core.consume(WANT, None)).local
        assert not world.play(core.consume(WANT, None)).local

    def test_a_batch_is_granted_item_by_item(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        items = [BatchItem("user_1", name) for name in ("image_ocr", "export", "image_ocr")]
        results = world.play(core.consume_batch(items))
        assert [result.receipt is not None for result in results] == [True, False, True]
        sent = [item["idempotency_key"] for item in world.bodies()[0]["items"]]
        assert [line.key for line in spool.claim(world.now, 9, 1)] == [sent[0], sent[2]]

    def test_a_full_spool_grants_nothing(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        for _ in range(3):
            world.play(core.consume(WANT, None))
        with pytest.raises(Unavailable) as caught:
            world.play(core.consume(WANT, None))
        assert (caught.value.reason, caught.value.outcome_unknown) == ("spool", False)
        assert spool.waiting() == 3

    def test_what_is_refused_is_kept_with_its_figures_and_logged(
        self, spool: Spool, caplog: pytest.LogCaptureFixture
    ) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        world.play(core.consume(WANT, None))
        world.answers = [answer(200, {"results": [{"status": 429, "problem": REFUSAL}]})]
        with caplog.at_level(logging.ERROR, "tollgate"):
            flushed = world.play(core.deliver())
        assert (flushed.delivered, flushed.refused, flushed.waiting) == (0, 1, 0)
        (use,) = spool.refused()
        assert (use.key, use.reason) == ("key-1", "quota_exceeded")
        assert use.answer is not None and use.answer["quota_needed"] == 5
        assert "quota_exceeded" in caplog.text and "user_1" in caplog.text
        spool.forget([use.id])
        assert spool.refused() == ()

    def test_what_is_too_old_is_not_sent(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        world.play(core.consume(WANT, None))
        world.now += 3601
        assert world.play(core.deliver()).refused == 1
        assert len(world.sent) == 1
        assert [use.reason for use in spool.refused()] == ["too_old"]

    def test_a_key_that_does_not_hold_costs_nothing_that_waits(self, spool: Spool) -> None:
        for word, status in (("unauthenticated", 401), ("forbidden", 403)):
            world = World([DROPPED])
            core = self.allowing(world, spool)
            world.play(core.consume(WANT, f"key-of-{word}"))
            world.answers = [answer(status, problem(word, status))]
            flushed = world.play(core.deliver())
            assert flushed.refused == flushed.delivered == 0
        assert spool.waiting() == 2
        world = World([answer(401, problem("unauthenticated", 401))])
        core = self.allowing(world, spool)
        spool.delivered([line.id for line in spool.claim(world.now, 9, 1)])
        spool.put(Entry("settle-res_1", WANT, world.now, "res_1"))
        assert world.play(core.deliver()).refused == 0
        assert spool.waiting() == 1

    def test_one_that_does_not_read_is_not_in_the_others_way(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        for number in range(3):
            world.play(core.consume(WANT, f"key-{number}-x"))
        invalid = answer(422, problem("invalid_request", 422))
        world.answers = [invalid, granted(), invalid, granted()]
        flushed = world.play(core.deliver())
        assert (flushed.delivered, flushed.refused, flushed.waiting) == (2, 1, 0)
        assert [use.key for use in spool.refused()] == ["key-1-x"]

    def test_one_that_fails_again_and_again_lets_the_others_pass(self, spool: Spool) -> None:
        world = World([DROPPED])
        core = self.allowing(world, spool)
        for number in range(3):
            world.play(core.consume(WANT, f"key-{number}-x"))
        results = [
            {"status": 500, "problem": problem("internal_error", 500)},
            {"status": 200, "receipt": RECEIPT},
            {"status": 200, "receipt": RECEIPT},
        ]
        world.answers = [answer(200, {"results": results})]
        flushed = world.play(core.deliver())
        assert (flushed.delivered, flushed.refused, flushed.waiting) == (2, 0, 1)
        # It is not in the way of those that come after it.
        world.play(core._keep(Entry("later", WANT, world.now), False))
        world.answers = [answer(200, {"results": results[1:2]})]
        assert world.play(core.deliver()).delivered == 1
        assert [item["idempotency_key"] for item in world.bodies()[-1]["items"]] == ["later"]

    def test_a_reservation_is_granted_and_its_use_delivered(self, spool: Spool) -> None:
        """An unanswered one may hold units: it is found by its key and given back first."""
        world = World([DROPPED])
        core = self.allowing(world, spool)
        hold = world.play(
            core.reserve(Want.of("user_1", "image_ocr", 5, None), 60, "release", None)
        )
        assert hold.held.local
        assert world.play(hold.settle(2, None, None)).local
        held = {"reservation": "res_1", "expires_at": "2026-12-21T22:51:10Z", "features": []}
        world.answers = [answer(201, {**held, "replayed": True}), Answer(204, {}, b""), granted()]
        assert world.play(core.deliver()).delivered == 1
        paths = [request.path.split("/", 4)[-1] for request in world.sent[1:]]
        assert paths == ["reservations", "reservations/res_1/release", "consume"]
        assert [world.sent[number].key for number in (0, 1, 3)] == ["key-1", "key-1", "key-1.use"]
        assert world.bodies()[-1]["uses"] == [{"feature": "image_ocr", "amount": 2}]

    def test_one_that_settles_by_itself_is_not_granted_locally(self, spool: Spool) -> None:
        world = World([DROPPED])
        with pytest.raises(Unavailable):
            world.play(self.allowing(world, spool).reserve(WANT, 60, "settle", None))

    def test_a_settlement_is_delivered_or_consumed(self, spool: Spool) -> None:
        held = {"reservation": "res_1", "expires_at": "2026-12-21T22:51:10Z", "features": []}
        for late in (False, True):
            world = World([answer(201, {**held, "replayed": False}), DROPPED])
            core = self.allowing(world, spool)
            hold = world.play(core.reserve(WANT, 60, "release", None))
            assert world.play(hold.settle_surely(None, None, None)).local
            gone = answer(404, problem("unknown_reservation", 404))
            world.answers = [gone, granted()] if late else [granted()]
            assert world.play(core.deliver()).delivered == 1
            keys = [request.key for request in world.sent[1:]]
            late_keys = ["settle-res_1.late"] if late else []
            assert keys == ["settle-res_1"] * 2 + late_keys


def test_errors_have_one_root() -> None:
    for kind in (QuotaExceeded, Unavailable, UnknownCustomer, Forbidden):
        assert issubclass(kind, TollgateError)
