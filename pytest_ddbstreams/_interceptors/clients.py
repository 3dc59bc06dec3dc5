"""A client of the service, made quickly: reading botocore's data takes a third of a second, and is done once."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import Loader, create_loader
from botocore.session import Session

_SERVICE = "dynamodbstreams"


def make_client(region: str) -> Any:
    """A ``dynamodbstreams`` client of a session of its own: boto3's if that is installed, else botocore's."""
    session = Session()
    loader = _data()
    session.register_component("data_loader", loader)
    try:
        import boto3
    except ImportError:
        return session.create_client(_SERVICE, region_name=region)
    paths = list(loader.search_paths)
    client = boto3.Session(botocore_session=session).client(_SERVICE, region_name=region)
    # Each boto3 session adds its own folder, in which there is nothing of this service.
    loader.search_paths[:] = paths
    return client


@cache
def _data() -> Loader:
    return create_loader()
