"""A fake Amazon DynamoDB Streams for tests."""
