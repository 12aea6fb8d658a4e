"""The spool's file: many processes, broken lines, bounds."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tollgate import IdempotencyKeyReused, Spool, SpoolError, SpoolFull
from tollgate.spool import Entry, UnknownHold
from tollgate.wire import Want

NOW = 1_800_000_000.0


def entry(number: int) -> Entry:
    want = Want("user_1", {"image_ocr": 1}, None, {"n": number})
    return Entry(f"key-{number}", want, NOW)


def test_an_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    whole = Entry(
        "k",
        Want("user_1", {"a": 1, "b": 0}, "member", {"x": [1, "ü"]}),
        NOW,
        "res_1",
        UnknownHold("h", {"a": 3}, 60),
    )
    spool = Spool(path)
    spool.put(whole)
    spool.put(whole)
    spool.close()
    (line,) = Spool(path).claim(NOW, 10, 5)
    assert line.entry == whole


def test_it_is_durable_before_it_returns(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "spool.db") as other:
        spool = Spool(tmp_path / "spool.db")
        spool.put(entry(1))
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("SELECT count(*) FROM waiting").fetchone() == (1,)
    assert spool._connection is not None
    assert spool._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_keys_are_per_customer(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    for customer in ("user_1", "user_2", "user_1"):
        spool.put(Entry("order-1", Want(customer, {"image_ocr": 1}), NOW))
    assert spool.waiting() == 2
    with pytest.raises(IdempotencyKeyReused):
        spool.put(Entry("order-1", Want("user_1", {"image_ocr": 2}), NOW))
    assert spool.waiting() == 2


def test_a_claim_is_for_one_and_ends(tmp_path: Path) -> None:
    one, two = Spool(tmp_path / "spool.db"), Spool(tmp_path / "spool.db")
    for number in range(3):
        one.put(entry(number))
    first = one.claim(NOW, 2, 10)
    assert [line.key for line in first] == ["key-0", "key-1"]
    assert [line.key for line in two.claim(NOW, 10, 10)] == ["key-2"]
    one.unclaim([first[1].id])
    assert [line.key for line in two.claim(NOW + 1, 10, 10)] == ["key-1"]
    assert [line.key for line in two.claim(NOW + 10, 10, 10)] == ["key-0", "key-2"]
    # A clock that was set back does not leave them claimed for ever.
    assert len(two.claim(NOW - 1_000_000, 10, 10)) == 3


def test_a_broken_line_never_loses_others(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = Spool(path)
    for number in range(6):
        spool.put(entry(number))
    with sqlite3.connect(path) as other:
        for number, change in enumerate(
            (
                "content = substr(content, 1, 9)",
                "content = replace(content, 'user_1', 'user_2')",
                "content = x'ff00'",
                "created_at = 'long ago'",
            )
        ):
            other.execute(f"UPDATE waiting SET {change} WHERE key = ?", (f"key-{number}",))
    lines = spool.claim(NOW, 10, 5)
    assert [line.entry is None for line in lines] == [True] * 4 + [False] * 2
    for line in lines[:4]:
        assert spool.refuse(line, "corrupt", NOW)
    assert spool.waiting() == 2
    assert [use.reason for use in spool.refused()] == ["corrupt"] * 4


def test_refusing_counts_once_and_is_bounded(tmp_path: Path) -> None:
    one, two = (Spool(tmp_path / "spool.db", rows_max=2) for _ in range(2))
    for number in range(4):
        one.put(entry(number))
        (line,) = one.claim(NOW, 1, 5)
        assert one.refuse(line, "quota_exceeded", NOW, {"error": "quota_exceeded"})
        assert not two.refuse(line, "quota_exceeded", NOW)
    assert [use.key for use in one.refused()] == ["key-2", "key-3"]
    one.put(entry(10))
    one.put(entry(11))
    with pytest.raises(SpoolFull):
        one.put(entry(12))


def test_a_file_that_is_no_spool_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"not a database" * 100)
    with pytest.raises(SpoolError, match="spool.db"):
        Spool(tmp_path / "spool.db")
    with pytest.raises(SpoolError):
        Spool(tmp_path / "nowhere" / "spool.db")
    with sqlite3.connect(tmp_path / "newer.db") as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(SpoolError, match="newer"):
        Spool(tmp_path / "newer.db")


WORK = """
import sys, time
from tollgate import Spool
from tollgate.spool import Entry
from tollgate.wire import Want
path, name, begin = sys.argv[1], sys.argv[2], float(sys.argv[3])
time.sleep(max(0.0, begin - time.time()))
spool = Spool(path)
for number in range(25):
    spool.put(Entry(f"{name}-{number}", Want("user_1", {"image_ocr": 1}), time.time()))
    for line in spool.claim(time.time(), 3, 60):
        print(line.key)
        spool.delivered([line.id])
"""


def test_many_processes_share_it(tmp_path: Path) -> None:
    begin = str(time.time() + 1.0)
    path = str(tmp_path / "spool.db")
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, path, f"p{number}", begin], stdout=subprocess.PIPE
        )
        for number in range(4)
    ]
    said = [process.communicate(timeout=60)[0].decode().split() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    keys = [key for lines in said for key in lines]
    spool = Spool(path)
    left = [line.key for line in spool.claim(time.time() + 61, 1000, 1)]
    assert sorted(keys + left) == sorted(f"p{p}-{n}" for p in range(4) for n in range(25))


def _put_in_child(spool: Spool, number: int) -> None:
    inherited = spool._connection
    spool.put(entry(number))
    os._exit(0 if spool._connection is not inherited else 1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_a_connection_of_its_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    spool.put(entry(1))
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_put_in_child, args=(spool, 2))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    spool.put(entry(3))
    assert spool.waiting() == 3
