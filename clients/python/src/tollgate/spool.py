"""Uses that were granted while the server was out of reach, kept on disk until it has them."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from .errors import IdempotencyKeyReused, SpoolError, SpoolFull
from .wire import Want, given

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    key TEXT NOT NULL,
    created_at REAL NOT NULL,
    claimed_until REAL NOT NULL DEFAULT 0,
    checksum INTEGER NOT NULL,
    content TEXT NOT NULL,
    UNIQUE (customer, key)
);
CREATE TABLE IF NOT EXISTS refused (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    created_at REAL NOT NULL,
    refused_at REAL NOT NULL,
    reason TEXT NOT NULL,
    content TEXT NOT NULL,
    answer TEXT
);
"""
BUSY_SECONDS_MAX = 5.0
_INHERITED: list[sqlite3.Connection | None] = []


@dataclass(frozen=True)
class UnknownHold:
    """A reservation that was asked for and not answered: it may hold what is to be used."""

    key: str
    uses: Mapping[str, int]
    seconds: int


@dataclass(frozen=True)
class Entry:
    """A use to be delivered: a consumption, or the settlement of a reservation."""

    key: str
    want: Want
    created_at: float
    """When the call began: no try can have reached the server earlier."""
    reservation: str | None = None
    hold: UnknownHold | None = None


@dataclass(frozen=True)
class Waiting:
    """A line of the spool. `entry` is `None` when it does not read any more."""

    id: int
    key: str
    created_at: float
    content: str
    entry: Entry | None


@dataclass(frozen=True)
class RefusedUse:
    """A use that was granted here and that the server will not have."""

    id: int
    key: str
    reason: str
    """The server's word, such as `quota_exceeded`; or `too_old`, or `corrupt`."""
    used_at: datetime
    refused_at: datetime
    content: str
    """The use as JSON, as it stood in the spool."""
    answer: Mapping[str, Any] | None
    """The server's answer with its figures, if it gave one."""


class Spool:
    """An SQLite file, to be used by any number of threads and processes of one machine.

    `rows_max` bounds the uses that wait: what does not fit is not granted. As many refused ones are
    kept; beyond that the oldest is dropped, which the log has had.

    `age_seconds_max` must be less than the server remembers idempotency keys
    (`engine.keys_kept_seconds`, a day by default): a use that may have reached it must not be sent
    once its key is forgotten.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rows_max: int = 100_000,
        age_seconds_max: float = 20 * 3600,
    ) -> None:
        if rows_max < 1:
            raise ValueError("rows_max must be 1 at least")
        if age_seconds_max <= 0:
            raise ValueError("age_seconds_max must be more than 0")
        self.path = os.fspath(path)
        self.rows_max = rows_max
        self.age_seconds_max = age_seconds_max
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        # Opened at once, so that a file that cannot be used is known at the start.
        with self._transaction():
            pass

    def put(self, entry: Entry) -> None:
        """Keeps a use; it is on disk when this returns. The same again changes nothing; keys are
        per customer, as the server has them."""
        content = _write(entry)
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT content FROM waiting WHERE customer = ? AND key = ?",
                (entry.want.customer, entry.key),
            ).fetchone()
            if known is not None:
                if known != (content,):
                    message = "this idempotency key was used for another request; use a new one"
                    raise IdempotencyKeyReused(422, "idempotency_key_reused", message)
                return
            (rows,) = connection.execute("SELECT count(*) FROM waiting").fetchone()
            if rows >= self.rows_max:
                raise SpoolFull(f"{self.path} holds {rows} uses, as many as it may")
            connection.execute(
                "INSERT INTO waiting (customer, key, created_at, checksum, content)"
                " VALUES (?, ?, ?, ?, ?)",
                (entry.want.customer, entry.key, entry.created_at, _checksum(content), content),
            )

    def claim(self, now: float, count: int, seconds: float) -> list[Waiting]:
        """The oldest uses that nobody else is delivering, for so long."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT id, key, created_at, checksum, content FROM waiting"
                " WHERE claimed_until <= ? OR claimed_until > ? ORDER BY id LIMIT ?",
                # A claim from a clock that was ahead of ours must not last for ever.
                (now, now + 10 * seconds, count),
            ).fetchall()
            connection.executemany(
                "UPDATE waiting SET claimed_until = ? WHERE id = ?",
                [(now + seconds, row[0]) for row in rows],
            )
        return [_read(*row) for row in rows]

    def unclaim(self, ids: Sequence[int]) -> None:
        """Leaves uses for the next time."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE waiting SET claimed_until = 0 WHERE id = ?", [(id,) for id in ids]
            )

    def delivered(self, ids: Sequence[int]) -> None:
        """The server has them."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(id,) for id in ids])

    def refuse(
        self, line: Waiting, reason: str, now: float, answer: Mapping[str, Any] | None = None
    ) -> bool:
        """The server will not have it. False when another process has said so already."""
        with self._transaction() as connection:
            gone = connection.execute("DELETE FROM waiting WHERE id = ?", (line.id,))
            if gone.rowcount == 0:
                return False
            told = json.dumps(dict(answer)) if answer is not None else None
            connection.execute(
                "INSERT INTO refused (key, created_at, refused_at, reason, content, answer)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (line.key, line.created_at, now, reason, line.content, told),
            )
            connection.execute(
                "DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?",
                (self.rows_max,),
            )
        return True

    def waiting(self) -> int:
        """How many uses wait to be delivered."""
        with self._transaction() as connection:
            (rows,) = connection.execute("SELECT count(*) FROM waiting").fetchone()
        return int(rows)

    def refused(self, limit: int = 1_000) -> tuple[RefusedUse, ...]:
        """The uses that the server would not have, the oldest first."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT id, key, reason, created_at, refused_at, content, answer FROM refused"
                " ORDER BY id LIMIT ?",
                (limit,),
            ).fetchall()
        return tuple(
            RefusedUse(
                id=id,
                key=key,
                reason=reason,
                used_at=datetime.fromtimestamp(created_at, timezone.utc),
                refused_at=datetime.fromtimestamp(refused_at, timezone.utc),
                content=content,
                answer=json.loads(answer) if answer is not None else None,
            )
            for id, key, reason, created_at, refused_at, content, answer in rows
        )

    def forget(self, ids: Sequence[int]) -> None:
        """Removes refused uses that somebody has dealt with."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM refused WHERE id = ?", [(id,) for id in ids])

    def close(self) -> None:
        """Closes the file. What waits stays in it."""
        self._leave_parent()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._leave_parent()
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                connection = self._connection
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise SpoolError(f"{self.path}: {error}") from error

    def _leave_parent(self) -> None:
        """In a forked process: takes neither the parent's lock nor its connection, and leaves that
        one open, for closing it here would write into the parent's file."""
        if self._process != os.getpid():
            _INHERITED.append(self._connection)
            self._lock = threading.Lock()
            self._connection = None
            self._process = os.getpid()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
        )
        try:
            _settle_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait by itself where several begin with a new file at once."""
    end = time.monotonic() + BUSY_SECONDS_MAX
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.01)


def _settle_in(connection: sqlite3.Connection) -> None:
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"it was written by a newer version ({version})")
    if version < SCHEMA_VERSION:
        connection.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
        )


def _write(entry: Entry) -> str:
    content = {
        "customer": entry.want.customer,
        "uses": entry.want.uses,
        "member": entry.want.member,
        "metadata": entry.want.metadata,
        "reservation": entry.reservation,
        "hold": asdict(entry.hold) if entry.hold is not None else None,
    }
    return json.dumps(given(content), separators=(",", ":"), allow_nan=False)


def _checksum(content: str) -> int:
    return zlib.crc32(content.encode())


def _read(id: Any, key: Any, created_at: Any, checksum: Any, content: Any) -> Waiting:
    """A line whatever stands in it: what does not read must not stand in the others' way."""
    text = content if isinstance(content, str) else repr(content)
    when = float(created_at) if isinstance(created_at, (int, float)) else 0.0
    return Waiting(int(id), str(key), when, text, _read_entry(str(key), when, checksum, content))


def _read_entry(key: str, created_at: float, checksum: Any, content: Any) -> Entry | None:
    if not isinstance(content, str) or created_at <= 0 or checksum != _checksum(content):
        return None
    try:
        value = json.loads(content)
        want = Want.of(
            value["customer"],
            None,
            1,
            value["uses"],
            value.get("member"),
            value.get("metadata"),
        )
        hold = UnknownHold(**value["hold"]) if "hold" in value else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Entry(key, want, created_at, value.get("reservation"), hold)
