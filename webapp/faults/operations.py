"""Faults of operating the service."""

from __future__ import annotations
