"""Apps behind a real uvicorn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from .conftest import Server, free_port

EXAMPLES = Path(__file__).parent.parent / "examples"
START_SECONDS_MAX = 120


@contextmanager
def example_app(server: Server, folder: Path, **settings: str) -> Iterator[str]:
    """The example in a process of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "TOLLGATE_URL": server.url,
        "TOLLGATE_KEY": server.key,
        **settings,
    }
    with (folder / "app.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "usdot_app:app", f"--port={port}"],
            cwd=EXAMPLES,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        ends_at = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                httpx.get(f"{url}/openapi.json", trust_env=False, timeout=60)
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "app.log").read_text()
                assert time.monotonic() < ends_at
                time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """An app in a thread of this process."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    ends_at = time.monotonic() + START_SECONDS_MAX
    while not running.started:
        assert thread.is_alive() and time.monotonic() < ends_at
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(15)
