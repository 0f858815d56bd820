import { PublishCommand, type PublishCommandInput } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { ACCOUNT_ID, callJson, REGION, sharedServices, signedFor } from "./endpoint-support.ts";
import { temporaryEngine } from "./engine-support.ts";
import { adminClients } from "./iam-support.ts";

const services = await sharedServices();

const never = new AbortController().signal;

describe("queues", () => {
  test("have an ARN in the engine's region and a URL at its endpoint", async () => {
    const queue = await services.queues.createQueue({ name: "uploads" });
    expect(queue.arn).toBe(`arn:aws:sqs:${REGION}:${ACCOUNT_ID}:uploads`);
    expect(queue.url).toBe(`${services.endpoint}/${ACCOUNT_ID}/uploads`);
  });

  test("tell clients the same URL, whatever host they asked", async () => {
    const { queues, endpoint } = services;
    const { url } = await queues.createQueue({ name: "named" });
    const localhost = endpoint.replace("127.0.0.1", "localhost");
    const found = await callJson(localhost, "sqs", "AmazonSQS.GetQueueUrl", { QueueName: "named" });
    const listed = await callJson(endpoint, "sqs", "AmazonSQS.ListQueues", { QueueNamePrefix: "named" });
    const made = await callJson(endpoint, "sqs", "AmazonSQS.CreateQueue", { QueueName: "made" });
    expect(found.body.QueueUrl).toBe(url);
    expect(listed.body.QueueUrls).toEqual([url]);
    expect(made.body.QueueUrl).toBe(`${endpoint}/${ACCOUNT_ID}/made`);
  });

  test("hand a message to a receiver that was waiting already", async () => {
    const { arn } = await services.queues.createQueue({ name: "waiting" });
    const received = services.queues.receive(arn, { max: 10, signal: never });
    const messageId = await services.queues.send(arn, "héllo");
    const [message] = await received;
    expect(message).toMatchObject({ messageId, body: "héllo" });
    expect(message?.attributes).toMatchObject({ ApproximateReceiveCount: "1", SenderId: ACCOUNT_ID });
    expect(message?.attributes.SentTimestamp).toMatch(/^\d{13}$/);
  });

  test("stop waiting when the receiver gives up, and keep the next message for another", async () => {
    const { arn } = await services.queues.createQueue({ name: "abandoned", visibilityTimeoutSeconds: 600 });
    const controller = new AbortController();
    const abandoned = services.queues.receive(arn, { max: 1, signal: controller.signal });
    controller.abort();
    expect(await abandoned).toEqual([]);
    await services.queues.send(arn, "still here");
    const [message] = await services.queues.receive(arn, { max: 1, signal: never });
    expect(message?.body).toBe("still here");
  });

  test("show a message again after its visibility timeout, then move it to the dead-letter queue", async () => {
    const { queues } = services;
    const deadLetters = await queues.createQueue({ name: "dead" });
    const { arn } = await queues.createQueue({
      name: "retried",
      visibilityTimeoutSeconds: 0,
      redrivePolicy: { deadLetterTargetArn: deadLetters.arn, maxReceiveCount: 2 },
    });
    await queues.send(arn, "poison");
    const counts: (string | undefined)[] = [];
    for (const _ of [1, 2]) {
      const [message] = await queues.receive(arn, { max: 1, signal: never });
      counts.push(message?.attributes.ApproximateReceiveCount);
    }
    expect(counts).toEqual(["1", "2"]);
    const controller = new AbortController();
    const nothing = queues.receive(arn, { max: 1, signal: controller.signal });
    const [dead] = await queues.receive(deadLetters.arn, { max: 1, signal: never });
    controller.abort();
    expect(dead?.body).toBe("poison");
    expect(await nothing).toEqual([]);
  });

  test("name a queue that does not exist", async () => {
    const missing = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:missing`;
    await expect(services.queues.send(missing, "x")).rejects.toThrow(
      /SQS SendMessage: .*queue does not exist/,
    );
  });
});

describe("topics", () => {
  async function publish(input: PublishCommandInput, endpoint = services.endpoint) {
    return adminClients({ endpoint }).sns.send(new PublishCommand(input));
  }

  test("deliver to the queues that subscribed, in SNS's envelope or raw", async () => {
    const { queues } = services;
    const topicArn = await queues.createTopic("outcomes");
    const enveloped = await queues.createQueue({ name: "enveloped" });
    const raw = await queues.createQueue({ name: "raw" });
    await queues.subscribeQueue(topicArn, enveloped.arn);
    await queues.subscribeQueue(topicArn, raw.arn, { raw: true });
    const { MessageId } = await publish({
      TopicArn: topicArn,
      Message: "done & dusted",
      Subject: "Image processed",
      MessageAttributes: { status: { DataType: "String", StringValue: "PROCESSED" } },
    });
    const [envelope] = await queues.receive(enveloped.arn, { max: 1, signal: never });
    expect(JSON.parse(envelope?.body ?? "{}")).toMatchObject({
      Type: "Notification",
      MessageId,
      TopicArn: topicArn,
      Subject: "Image processed",
      Message: "done & dusted",
      MessageAttributes: { status: { Type: "String", Value: "PROCESSED" } },
    });
    const [plain] = await queues.receive(raw.arn, { max: 1, signal: never });
    expect(plain?.body).toBe("done & dusted");
    expect(plain?.messageAttributes).toEqual({ status: { DataType: "String", StringValue: "PROCESSED" } });
  });

  test("of several texts deliver the default one to queues, and refuse to be without", async () => {
    const { queues } = services;
    const TopicArn = await queues.createTopic("texts");
    const queue = await queues.createQueue({ name: "texts" });
    await queues.subscribeQueue(TopicArn, queue.arn, { raw: true });
    const texts = (message: object) =>
      publish({ TopicArn, MessageStructure: "json", Message: JSON.stringify(message) });
    await texts({ default: "for programs", email: "for people" });
    const [message] = await queues.receive(queue.arn, { max: 1, signal: never });
    expect(message?.body).toBe("for programs");
    await expect(texts({ email: "for people" })).rejects.toThrow(/No default entry/);
  });

  test("are in the engine's region, and answer at the endpoint", async () => {
    const topicArn = await services.queues.createTopic("listed");
    expect(topicArn).toBe(`arn:aws:sns:${REGION}:${ACCOUNT_ID}:listed`);
    const response = await fetch(services.endpoint, {
      method: "POST",
      headers: { ...signedFor("sns"), "content-type": "application/x-www-form-urlencoded" },
      body: "Action=ListTopics&Version=2010-03-31",
    });
    expect(await response.text()).toContain(topicArn);
  });

  test("of a stack tell its queues, and nobody by mail", async () => {
    const topic_arn = "${aws_sns_topic.outcomes.arn}";
    const endpoint = "${aws_sqs_queue.listener.arn}";
    const engine = await temporaryEngine({
      resource: {
        aws_sns_topic: { outcomes: { name: "outcomes" } },
        aws_sqs_queue: { listener: { name: "listener" } },
        aws_sns_topic_subscription: {
          byQueue: { topic_arn, protocol: "sqs", endpoint, raw_message_delivery: true },
          byMail: { topic_arn, protocol: "email", endpoint: "someone@example.org" },
        },
      },
      output: { topic: { value: topic_arn }, queue: { value: "${aws_sqs_queue.listener.url}" } },
    });
    await publish({ TopicArn: engine.outputs.topic, Message: "done" }, engine.endpoint);
    const { body } = await callJson(engine.endpoint, "sqs", "AmazonSQS.ReceiveMessage", {
      QueueUrl: engine.outputs.queue,
      WaitTimeSeconds: 5,
    });
    expect(body.Messages).toMatchObject([{ Body: "done" }]);
  });
});
