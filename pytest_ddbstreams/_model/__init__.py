"""The rules of streams, shards, records and iterators. Pure: the time, the region and the account are arguments."""
