"""Items, keys and attribute values: how users write them, how DynamoDB holds them, and their sizes in bytes."""
