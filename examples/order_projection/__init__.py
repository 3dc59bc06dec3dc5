"""Order totals per customer, kept up to date from the DynamoDB stream of an orders table.

`api` speaks to the service, `consumer` has the rules of reading, `checkpoints` remembers how far it read,
`totals` is what comes of it. All but `totals` can be taken as they are for a projection of your own.
"""

from .api import Stream
from .checkpoints import Checkpoint, JsonCheckpoints
from .consumer import Consumer, Gap
from .totals import OrderTotals

__all__ = ["Checkpoint", "Consumer", "Gap", "JsonCheckpoints", "OrderTotals", "Stream"]
