"""What the README shows runs, and says what the README says it does."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Server
from .serving import served

README = Path(__file__).parent.parent / "README.md"


def blocks() -> list[tuple[str, str]]:
    """The language and the text of each block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(), re.M | re.S)


def test_every_block_runs(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOLLGATE_URL", own_server.url)
    monkeypatch.setenv("TOLLGATE_KEY", own_server.key)
    monkeypatch.chdir(tmp_path)
    assert {language for language, _ in blocks()} == {"python"}
    # Annotations are looked up in the module that a function says it is of.
    names: dict[str, Any] = {"__name__": "readme"}
    for number, (_, text) in enumerate(blocks()):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(text, f"README block {number}", "exec"), names)
        for promised in re.findall(r"print\(.*\)  # (.*)", text):
            expected = promised.split(":")[0] if "False:" in promised else promised
            assert expected in said.getvalue().splitlines(), (promised, said.getvalue())

    client = names["client"]
    used = client.usage("user_1").meters[0].used
    with served(names["app"]) as url, httpx.Client(base_url=url, trust_env=False) as http:
        http.headers["X-User"] = "user_1"
        assert http.get("/lookup/1").status_code == 200
        assert http.get("/scan?pages=3").status_code == 200
        refused = http.get("/scan?pages=1000")
    assert (refused.status_code, refused.json()["quota_needed"]) == (429, 1000)
    (meter,) = client.usage("user_1").meters
    assert (meter.used, meter.held) == (used + 2, 0)
    client.close()
