"""Every fault of the service, the office's command line and the demonstration, one module for each chapter; other modules say `from webapp import faults`."""

from webapp.faults.access import *  # noqa: F403 because all chapters go by one name
from webapp.faults.console import *  # noqa: F403 because of the same
from webapp.faults.lan import *  # noqa: F403 because of the same
from webapp.faults.operations import *  # noqa: F403 because of the same
from webapp.faults.service import *  # noqa: F403 because of the same
from webapp.faults.signing import *  # noqa: F403 because of the same
