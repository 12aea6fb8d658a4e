"""Whether to try again, and when. Pure: time and chance come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Retries:
    """The bounds of trying again."""

    count: int = 3
    """Tries after the first."""
    backoff_seconds: float = 0.05
    """The longest pause before the first of them; each next may be twice as long."""
    backoff_seconds_max: float = 1.0
    retry_after_seconds_max: float = 2.0
    """A server that asks for a longer pause is not waited for."""
    deadline_seconds: float = 5.0
    """From the beginning of the call, all tries and pauses together."""

    def __post_init__(self) -> None:
        if not 0 <= self.count <= 100:
            raise ValueError("count must be 0 to 100")
        bounds = (
            self.backoff_seconds,
            self.backoff_seconds_max,
            self.retry_after_seconds_max,
            self.deadline_seconds,
        )
        if min(bounds) < 0:
            raise ValueError("seconds must not be negative")

    def pause(
        self, tries: int, elapsed: float, retry_after: float | None, chance: float
    ) -> float | None:
        """Seconds to wait after so many tries; `None` when there is to be no further one.

        `chance` is from 0 to 1: the pause is anything up to its bound, so that clients that failed
        together do not come back together.
        """
        if tries > self.count:
            return None
        bound = min(self.backoff_seconds * 2.0 ** (tries - 1), self.backoff_seconds_max)
        pause = bound * chance
        if retry_after is not None:
            if retry_after > self.retry_after_seconds_max:
                return None
            pause += retry_after
        return pause if elapsed + pause < self.deadline_seconds else None


NO_RETRIES = Retries(count=0)


def read_retry_after(text: str | None, now: float) -> float | None:
    """Seconds from now, of a `Retry-After` with seconds or with a date."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (TypeError, ValueError, IndexError):
        return None
