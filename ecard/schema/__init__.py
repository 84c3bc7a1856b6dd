"""Every table of the record, one module for each chapter; other modules say `from ecard import schema`."""

from ecard.schema.access import *  # noqa: F403 because all chapters go by one name
from ecard.schema.assurance import *  # noqa: F403 because of the same
from ecard.schema.chips import *  # noqa: F403 because of the same
from ecard.schema.making import *  # noqa: F403 because all chapters go by one name
from ecard.schema.office import *  # noqa: F403 because all chapters go by one name
from ecard.schema.public import *  # noqa: F403 because of the same
from ecard.schema.record import *  # noqa: F403 because all chapters go by one name
from ecard.schema.remaking import *  # noqa: F403 because of the same
from ecard.schema.residents import *  # noqa: F403 because of the same
from ecard.schema.stopping import *  # noqa: F403 because of the same
from ecard.schema.storage import *  # noqa: F403 because of the same
from ecard.schema.terminals import *  # noqa: F403 because of the same
