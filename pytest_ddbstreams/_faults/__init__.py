"""Faults: what a test scripts for calls that the service itself would answer well.

`fault` has the base of all faults, and the faults of one mock; `kinds` has the kinds. A fault knows no wire: it raises
an error, and a room above decides how that looks to a client.
"""
