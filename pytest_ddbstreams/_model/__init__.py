"""The rules of streams, shards, records and iterators. The current time, the region and the account are arguments."""
