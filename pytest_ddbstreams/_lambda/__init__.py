"""Lambda event source mappings: what Lambda does with a stream, run in the process of the test.

It reads streams by position, under the lock of their fake, and calls handlers outside of it. It is told which
stream and which handler; it knows neither the handles nor the wire. Marks as in ``_service_errors``: D for what AWS's
documentation says, R for what was recorded from it, I for what is inferred.
"""
