"""The clock ticks ten times at once, as where several beats run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def ten_at_once(tick: Callable[[], int]) -> list[int]:
    """What each of ten returns, each with a connection of its own; that of one that fails fails the test."""

    def alone(_number: int) -> int:
        try:
            return tick()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(alone, range(10)))
