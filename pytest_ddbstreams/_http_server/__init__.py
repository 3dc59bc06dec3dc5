"""A mock that is served over HTTP, for consumers in other processes and other languages.

The server answers the operations of the streams like the mock in the test's own process, and has a control API whose
verbs are the methods of a test. It uses what every test can use, and `_wire`, which answers the operations.
"""
