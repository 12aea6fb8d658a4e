"""A real server on a free port of loopback, in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_SECONDS_MAX = 120
CATALOG = """
[catalog]
name = "Lookup tool"
default_plan = "free"
currency = "usd"
time_zone = "UTC"

[defaults]
reset = "month"
anchor = "billing"
rollover = "all"

[meters.operations]
name = "Operations"
unit = "operation"

[features.image_ocr]
name = "Image OCR"
meter = "operations"

[features.usdot_lookup]
name = "Manual USDOT input"
meter = "operations"

[features.salesforce_sync]
name = "Salesforce sync"
metered = false

[features.export]
name = "Export"

[plans.free]
name = "Free"
features = ["image_ocr", "usdot_lookup", "salesforce_sync"]
limits = { operations = 20 }

[plans.basic]
name = "Basic"
features = ["image_ocr", "usdot_lookup", "salesforce_sync", "export"]
limits = { operations = 150, export = 1 }

[plans.basic.prices.monthly]
amount = 999
interval = "month"

[topups.extra_operations]
name = "Extra operations"
meter = "operations"
unit_amount = 10
quantity_min = 5
quantity_max = 10000
"""


def program() -> str:
    """The server's binary: `TOLLGATE_BIN`, or `tollgate` on the path."""
    found = os.environ.get("TOLLGATE_BIN") or shutil.which("tollgate")
    if found is None:
        pytest.fail("set TOLLGATE_BIN to the server's binary")
    return found


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Server:
    """`tollgate serve` over one database; killed and started again at will."""

    folder: Path
    port: int = field(default_factory=free_port)
    key: str = ""
    process: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Writes the catalog and makes a key, before anything runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "plans.toml").write_text(CATALOG)
        made = subprocess.run(
            [*self._command("keys", "create"), "--scopes", "read,consume,manage", "--json"],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            timeout=START_SECONDS_MAX,
            check=True,
        )
        found = re.search(r"tg_live_[0-9a-z]+", made.stdout.decode())
        assert found is not None, made.stdout
        self.key = found.group()

    def start(self) -> None:
        """Starts it and waits until it listens."""
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*self._command("serve"), f"--listen=127.0.0.1:{self.port}"],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        ends_at = time.monotonic() + START_SECONDS_MAX
        while b"listening on http://" not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > ends_at:
                self.kill()
                pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _command(self, *words: str) -> list[str]:
        database = f"sqlite:{self.folder / 'tollgate.db'}"
        catalog = str(self.folder / "plans.toml")
        return [program(), *words, "--database", database, "--catalog", catalog]

    def _environment(self) -> dict[str, str]:
        mine = {n: v for n, v in os.environ.items() if not n.startswith(("TOLLGATE_", "STRIPE_"))}
        return {**mine, **self.settings}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it alone."""
    started = Server(tmp_path_factory.mktemp("server"))
    started.prepare()
    started.start()
    yield started
    started.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, that may be killed."""
    started = Server(tmp_path / "server")
    started.prepare()
    started.start()
    yield started
    started.kill()


def pretty(value: object) -> str:
    """For messages of tests."""
    return json.dumps(value, indent=2, default=str)
