import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import { DeleteQueueCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { errorName } from "./endpoint-support.ts";
import { functionArn, sharedEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const handled: string[] = [];

const mapping = {
  event_source_arn: "${aws_sqs_queue.uploads.arn}",
  function_name: "${aws_lambda_function.consumer.arn}",
  batch_size: 5,
  scaling_config: { maximum_concurrency: 2 },
};
const engine = await sharedEngine({
  functions: { consumer: { code: "export function handler() {}" } },
  resource: {
    aws_sqs_queue: { uploads: { name: "uploads" }, others: { name: "others" } },
    aws_lambda_event_source_mapping: {
      uploads: mapping,
      others: { ...mapping, event_source_arn: "${aws_sqs_queue.others.arn}", enabled: false },
    },
  },
  output: {
    uploads: { value: "${aws_sqs_queue.uploads.url}" },
    others: { value: "${aws_sqs_queue.others.url}" },
  },
});
engine.events.on("batch", (batch) => handled.push(...batch.handled.map(({ body }) => body)));
const { lambda, sqs } = adminClients(engine);

const send = (queue: string, MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl: engine.outputs[queue], MessageBody }));

async function mappingOf(queue: string) {
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: "consumer" }),
  );
  return EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.endsWith(`:${queue}`));
}

async function enable(queue: string, Enabled: boolean): Promise<string | undefined> {
  const { UUID } = (await mappingOf(queue)) ?? {};
  return (await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))).State;
}

test("they are listed by function and by queue, as the stack has them", async () => {
  expect(await mappingOf("uploads")).toMatchObject({
    UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    FunctionArn: functionArn("consumer"),
    BatchSize: 5,
    ScalingConfig: { MaximumConcurrency: 2 },
    State: "Enabled",
  });
  expect(await mappingOf("others")).toMatchObject({ State: "Disabled" });
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ EventSourceArn: (await mappingOf("others"))?.EventSourceArn }),
  );
  expect(EventSourceMappings).toHaveLength(1);
});

test("one that is disabled leaves messages in the queue until it is enabled", async () => {
  await send("uploads", "first");
  await expect.poll(() => handled).toEqual(["first"]);
  expect(await enable("uploads", false)).toBe("Disabling");
  expect((await mappingOf("uploads"))?.State).toBe("Disabled");
  await send("uploads", "second");
  // What another queue's mapping does meanwhile shows that time has passed.
  await send("others", "other");
  await enable("others", true);
  await expect.poll(() => handled).toEqual(["first", "other"]);
  expect(await enable("uploads", true)).toBe("Enabling");
  await expect.poll(() => handled).toEqual(["first", "other", "second"]);
});

test("one that there is not, and changes that cannot be made here, are refused", async () => {
  const { UUID } = (await mappingOf("uploads")) ?? {};
  const unknown = new UpdateEventSourceMappingCommand({ UUID: "none", Enabled: true });
  expect(await errorName(lambda.send(unknown))).toBe("ResourceNotFoundException");
  const change = new UpdateEventSourceMappingCommand({ UUID, Enabled: true, BatchSize: 1 });
  expect(await errorName(lambda.send(change))).toBe("InvalidParameterValueException");
});

test("of a queue that was deleted, one goes on asking, and the others go on", async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl: engine.outputs.others }));
  await send("uploads", "third");
  await expect.poll(() => handled).toContain("third");
  expect(await mappingOf("others")).toMatchObject({ State: "Enabled" });
});
