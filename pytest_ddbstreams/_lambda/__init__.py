"""Lambda event source mappings: a mapping polls a stream and invokes a handler in the process of the test.

A mapping reads streams by sequence number, under the lock of their service, and calls handlers without that lock.
The letters D, R and I name the source of a rule, as in ``_service_errors``: D is AWS's documentation, R is a recording
from AWS, I is an inference.
"""
