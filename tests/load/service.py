"""The service under load, at the time of the crowd: `gunicorn -c python:webapp.production tests.load.service:app`."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from webapp import create_app
from webapp.settings import Settings

_AHEAD = timedelta(seconds=float(os.environ["LOAD_AHEAD_S"]))  # noqa: TID251 - because the campaign tells its own programs when it is


def _now() -> datetime:
    return datetime.now(UTC) + _AHEAD  # noqa: TID251 because a service is where time enters


app = create_app(Settings.from_environ(), clock=_now)
