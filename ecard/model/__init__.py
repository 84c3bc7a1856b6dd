"""Every frozen object of the record, one module for each chapter; other modules say `from ecard.model import ...`."""

from ecard.model.chips import *  # noqa: F403 because all chapters go by one name
from ecard.model.making import *  # noqa: F403 because of the same
from ecard.model.office import *  # noqa: F403 because of the same
from ecard.model.record import *  # noqa: F403 because all chapters go by one name
from ecard.model.remaking import *  # noqa: F403 because of the same
from ecard.model.stopping import *  # noqa: F403 because of the same
from ecard.model.terminals import *  # noqa: F403 because of the same
