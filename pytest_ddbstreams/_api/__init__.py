"""The objects that a test holds: a mock, its streams, and their shards."""
