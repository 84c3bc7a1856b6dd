"""Faults of operators, their sessions and what two of them must agree on."""

from __future__ import annotations
