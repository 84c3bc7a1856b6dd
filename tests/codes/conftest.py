"""No test here is judged by the clock."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("house")
