"""The models of Powertools for AWS Lambda, all of them loaded.

They load themselves when they are first looked at, and freezegun looks at everything in every module that is loaded,
under a frozen clock, where pydantic cannot make them.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.parser import envelopes, models

for _module in (models, envelopes):
    for _name in _module.__all__:
        getattr(_module, _name)

DynamoDBStreamModel = models.DynamoDBStreamModel
#: None in older versions.
DynamoDBStreamLambdaOnFailureDestinationModel: Any = getattr(
    models, "DynamoDBStreamLambdaOnFailureDestinationModel", None
)
