"""Order totals per customer, kept up to date from the DynamoDB stream of an orders table.

`api` calls the service, `consumer` has the rules of reading, `checkpoints` stores the position in each shard, and
`totals` stores the result. For another projection, replace `totals` and keep the other modules unchanged.
"""

from .api import Stream
from .checkpoints import Checkpoint, JsonCheckpoints
from .consumer import Consumer, Gap
from .totals import OrderTotals

__all__ = ["Checkpoint", "Consumer", "Gap", "JsonCheckpoints", "OrderTotals", "Stream"]
