"""Every table of the record, one module for each chapter; other modules say `from ecard import schema`."""

from ecard.schema.record import *  # noqa: F403 - one name for all chapters
