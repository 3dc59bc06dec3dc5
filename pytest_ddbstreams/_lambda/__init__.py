"""Lambda event source mappings: a mapping polls a stream and invokes a handler in the process of the test.

A mapping reads streams by sequence number, under the lock of their service, and calls handlers without that lock.
Marks as in ``_service_errors``: D for AWS's documentation, R for what was recorded from AWS, I for what is inferred.
"""
