"""The models of Powertools for AWS Lambda, all of them loaded.

A model is built when its name is first read. freezegun reads every name of every loaded module under the frozen clock,
where pydantic cannot build models.
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
