"""What all tests share."""

# Loaded before any test: pytester restores the loaded modules after each inner run, and a botocore that is loaded
# afresh in every one of them would cost most of the time.
import boto3  # noqa: F401
from hypothesis import settings

pytest_plugins = ["pytester"]

# Machines are slow at times, and how long an example takes is not what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
