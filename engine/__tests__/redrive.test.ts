import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { beforeEach, expect, test } from "vitest";
import type { Queue } from "../services/sqs-sns/sqs.ts";
import { errorName, sharedServices } from "./endpoint-support.ts";
import { adminClients } from "./iam-support.ts";

let deadLetters: Queue;
let uploads: Queue;
let made = 0;

const services = await sharedServices();
const { sqs } = adminClients(services);
beforeEach(async () => {
  made += 1;
  const { queues } = services;
  deadLetters = await queues.createQueue({ name: `dead-${made}` });
  const redrivePolicy = { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 };
  uploads = await queues.createQueue({ name: `uploads-${made}`, redrivePolicy });
});

async function bury(count: number): Promise<void> {
  for (let number = 0; number < count; number++)
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: deadLetters.url,
        MessageBody: String(number),
        MessageAttributes: { number: { DataType: "Number", StringValue: String(number) } },
      }),
    );
}

const move = (over: object = {}) =>
  sqs.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetters.arn, ...over }));

async function lastTask() {
  const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: deadLetters.arn }));
  return Results?.[0];
}

const ended = () => expect.poll(async () => (await lastTask())?.Status);

async function waitingIn({ url }: Queue): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["ApproximateNumberOfMessages"] }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages);
}

test("dead letters go back to the queue that they came from, as they were", async () => {
  await bury(12);
  expect((await move()).TaskHandle).toMatch(/^[A-Za-z0-9+/=]+$/);
  await ended().toBe("COMPLETED");
  expect(await lastTask()).toMatchObject({
    SourceArn: deadLetters.arn,
    ApproximateNumberOfMessagesMoved: 12,
    ApproximateNumberOfMessagesToMove: 12,
  });
  expect(await waitingIn(deadLetters)).toBe(0);
  expect(await waitingIn(uploads)).toBe(12);
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: uploads.url, MessageAttributeNames: ["All"] }),
  );
  expect(Messages[0]).toMatchObject({ Body: "0", MessageAttributes: { number: { StringValue: "0" } } });
});

test("only dead letters can be moved, all of them, and back to the one queue that they came from", async () => {
  const asked = (over: object) => errorName(move(over));
  expect(await asked({ SourceArn: uploads.arn })).toBe("InvalidParameterValue");
  expect(await asked({ SourceArn: `${uploads.arn}-none` })).toBe("ResourceNotFoundException");
  expect(await asked({ DestinationArn: uploads.arn })).toBe("InvalidParameterValue");
  expect(await asked({ MaxNumberOfMessagesPerSecond: 5 })).toBe("InvalidParameterValue");
  const redrivePolicy = { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 5 };
  await services.queues.createQueue({ name: `other-${made}`, redrivePolicy });
  expect(await asked({})).toBe("InvalidParameterValue");
});
