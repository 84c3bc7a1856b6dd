"""Figures for Prometheus: how many requests, how fast, how many were sent away. Labels are methods, address patterns and statuses; nobody is in them.

Several processes of one machine put their figures together through files (PROMETHEUS_MULTIPROC_DIR); without it each process tells its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from webapp.operations.orders import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.5, 1.0, 2.5, 10.0)


class Figures:
    """The figures of one application."""

    def __init__(self, *, folder: Path | None = None) -> None:
        self._folder = folder
        self._registry = CollectorRegistry()
        self._requests = Counter("ecard_requests", "Requests answered", ["method", "route", "status"], registry=self._registry)
        self._seconds = Histogram("ecard_request_seconds", "Seconds until an answer began", ["order"], buckets=_SECONDS, registry=self._registry)
        self._shed = Counter("ecard_requests_shed", "Requests sent away for want of a place", ["order"], registry=self._registry)
        self._watched: list[tuple[Gauge, Callable[[], float]]] = []
        for order in Order:
            self._shed.labels(order.value)

    def watch(self, name: str, says: str, read: Callable[[], float]) -> None:
        """Keep a figure that is read whenever somebody looks; of several processes, their sum."""
        self._watched.append((Gauge(f"ecard_{name}", says, registry=self._registry, multiprocess_mode="livesum"), read))

    def answered(self, method: str, route: str, status: int, order: Order, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(order.value).observe(seconds)
        if self._folder is not None:
            self._look()

    def shed(self, order: Order) -> None:
        """Count somebody sent away."""
        self._shed.labels(order.value).inc()

    def page(self) -> bytes:
        """Everything, as Prometheus reads it."""
        self._look()
        if self._folder is None:
            return generate_latest(self._registry)
        whole = CollectorRegistry()
        MultiProcessCollector(whole, path=str(self._folder))  # type: ignore[no-untyped-call] # because it has no types
        return generate_latest(whole)

    def _look(self) -> None:
        for gauge, read in self._watched:
            gauge.set(read())


def forget(process: int, folder: Path) -> None:
    """A process has ended: its gauges go, its counts stay."""
    mark_process_dead(process, path=str(folder))  # type: ignore[no-untyped-call] # because it has no types
