"""What tests hold in their hands: the mock, its streams, their shards."""
