"""The rules of streams, shards and records, pure: told the time, the region and the account; no I/O."""
