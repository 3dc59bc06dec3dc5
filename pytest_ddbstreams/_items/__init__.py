"""Items, keys and attribute values: how users write them, how DynamoDB holds them, how large they are."""
