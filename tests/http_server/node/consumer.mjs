// A consumer for Node that uses the real SDK and knows no fake, except in `expired`, which asks the control API of the
// server to move the clock. It prints its results as JSON.

import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";

const client = new DynamoDBStreamsClient();

async function listing() {
  const { Streams } = await client.send(new ListStreamsCommand({}));
  return Streams.map((stream) => stream.StreamArn);
}

// Every shard of a stream; a parent before its children.
async function shardsOf(StreamArn) {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const waiting = [...StreamDescription.Shards].reverse();
  const ready = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(
      (shard) => !waiting.some((other) => other.ShardId === shard.ParentShardId),
    );
    ready.push(...waiting.splice(next, 1));
  }
  return ready;
}

async function iteratorOf(StreamArn, ShardId) {
  const place = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  return (await client.send(new GetShardIteratorCommand(place))).ShardIterator;
}

async function recordsOf(StreamArn, ShardId) {
  const records = [];
  let ShardIterator = await iteratorOf(StreamArn, ShardId);
  while (ShardIterator) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    records.push(...page.Records);
    if (page.Records.length === 0) break;
    ShardIterator = page.NextShardIterator;
  }
  return records;
}

const jobs = {
  listing,

  async reading() {
    const [arn] = await listing();
    const seen = [];
    for (const { ShardId, ParentShardId } of await shardsOf(arn)) {
      for (const record of await recordsOf(arn, ShardId)) {
        seen.push({ shard: ShardId, parent: ParentShardId ?? null, ...shown(record) });
      }
    }
    return seen;
  },

  async expired() {
    const [arn] = await listing();
    const [shard] = await shardsOf(arn);
    const ShardIterator = await iteratorOf(arn, shard.ShardId);
    const body = JSON.stringify({ minutes: 16 });
    await fetch(`${process.env.AWS_ENDPOINT_URL_DYNAMODB_STREAMS}/_ddbstreams/tick`, { method: "POST", body });
    return client.send(new GetRecordsCommand({ ShardIterator }));
  },
};

function shown({ eventName, dynamodb }) {
  const { NewImage, OldImage, ApproximateCreationDateTime } = dynamodb;
  const blob = NewImage?.blob && Buffer.from(NewImage.blob.B).toString();
  return {
    event: eventName,
    at: ApproximateCreationDateTime.toISOString(),
    total: [OldImage?.total?.N ?? null, NewImage?.total?.N ?? null],
    blob: blob ?? null,
  };
}

try {
  console.log(JSON.stringify(await jobs[process.argv[2]]()));
} catch (error) {
  console.log(JSON.stringify({ name: error.name, message: error.message, retryable: error.$retryable ?? null }));
}
