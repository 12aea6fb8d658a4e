"""Sending over httpx, for both kinds of clients: addresses, headers, and what its errors mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from .wire import ANSWER_BYTES_MAX, Answer, NoAnswer, Request

# The request was never sent.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# It would fail again in the same way.
FAULTS_OF_CALLER = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
# What `no_answer` understands.
ERRORS = (httpx.TransportError, httpx.DecodingError)


@dataclass(frozen=True)
class Address:
    """Where the server is, and the proof of who asks."""

    base_url: str
    api_key: str

    def __post_init__(self) -> None:
        url = httpx.URL(self.base_url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError(f"base_url must be an http or https address, not {self.base_url!r}")
        if not self.api_key or not self.api_key.isascii() or not self.api_key.isprintable():
            raise ValueError("api_key must be a key of the server's, such as tg_live_…")

    def arguments(self, request: Request[Any], seconds_max: float) -> dict[str, Any]:
        """What httpx is called with."""
        return {
            "method": request.method,
            "url": self.base_url.rstrip("/") + request.path,
            "content": request.content(),
            "headers": {**request.headers(), "Authorization": f"Bearer {self.api_key}"},
            "timeout": seconds_max,
        }

    def __repr__(self) -> str:
        return f"Address({self.base_url!r})"


class Reading:
    """An answer that is being read: bounded in bytes and in time."""

    def __init__(self, response: httpx.Response, ends_at: float) -> None:
        self._response = response
        self._ends_at = ends_at
        self._body = bytearray()

    def take(self, chunk: bytes, now: float) -> NoAnswer | None:
        """Takes a part of the body; says so when there is no point in reading on."""
        self._body += chunk
        if now > self._ends_at:
            return NoAnswer("timeout", reached=True)
        if len(self._body) > ANSWER_BYTES_MAX:
            return NoAnswer("answer_too_long", reached=True)
        return None

    def answer(self) -> Answer:
        """The whole answer."""
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        return Answer(self._response.status_code, headers, bytes(self._body))


def no_answer(error: httpx.RequestError) -> NoAnswer:
    """What an error of httpx says of the request. What is the caller's fault is raised again."""
    if isinstance(error, FAULTS_OF_CALLER):
        raise error
    if isinstance(error, httpx.DecodingError):
        return NoAnswer("unreadable_answer", reached=True)
    reason = "timeout" if isinstance(error, httpx.TimeoutException) else "connection"
    return NoAnswer(reason, reached=not isinstance(error, NOT_SENT))
