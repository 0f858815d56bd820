/** The stack that runs while things go wrong, what is done to it, and what is seen of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import type { Engine, Execution } from "stack-engine";
import * as z from "zod";
import { type Clients, CREDENTIALS, connect } from "../../cli/client.ts";
import { type ImageRecord, imageRecordSchema } from "../../functions/shared/image-record.ts";
import { imageSchema } from "../../functions/shared/state.ts";

export interface Seen {
  executions: number;
  /** By key, the version that each was about. */
  versionsStarted: Map<string, string[]>;
  /** ARNs of those that recorded an outcome, which is to be told, and the key that it is about. */
  telling: Map<string, string>;
  statesRetried: number;
  /** Of those: as the function could not be heard any more, which worked on. */
  statesDisconnected: number;
  serviceCalls: number;
  serviceErrors: number;
}

/** The queue is to bring back soon what a function did not deal with: nobody wants to wait for six of its timeouts. */
const VISIBILITY_SECONDS = 5;
/** Functions that were not started by an execution or the queue are done when none has called for so long. */
const QUIET_MS = 400;
const LOOK_EVERY_MS = 50;
/** What a state ends with whose function was disconnected. */
const DISCONNECTED = "Lambda.SdkClientException";

export async function watchEngine(engine: Engine): Promise<Running> {
  const clients = connect(engine);
  await clients.sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: engine.outputs.queue_url,
      Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
    }),
  );
  return new Running(engine, clients, await subscribe(engine, clients));
}

export class Running {
  readonly engine: Engine;
  readonly clients: Clients;
  readonly names: { original: string; staging: string; processed: string; table: string };
  readonly seen: Seen = {
    executions: 0,
    versionsStarted: new Map(),
    telling: new Map(),
    statesRetried: 0,
    statesDisconnected: 0,
    serviceCalls: 0,
    serviceErrors: 0,
  };
  readonly #underWay = new Set<Execution>();
  /** Ids of invocations: one that was disconnected outlives the state that asked for it. */
  readonly #atWork = new Set<string>();
  readonly #outcomeQueue: string;
  #lastCallAt = 0;

  constructor(engine: Engine, clients: Clients, outcomeQueue: string) {
    this.engine = engine;
    this.clients = clients;
    this.#outcomeQueue = outcomeQueue;
    const { outputs } = engine;
    this.names = {
      original: outputs.original_bucket_name ?? "",
      staging: outputs.staging_bucket_name ?? "",
      processed: outputs.processed_bucket_name ?? "",
      table: outputs.metadata_table_name ?? "",
    };
    this.#watch();
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  /** How many messages wait in a queue, or are being handled. */
  async waitingIn(queueUrl: string | undefined): Promise<number> {
    const { Attributes } = await this.clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: taken } =
      Attributes ?? {};
    return Number(visible) + Number(taken);
  }

  /** Resolves when no message waits, no execution runs, and no function is at work. */
  async idle(): Promise<void> {
    const { queue_url: queue } = this.engine.outputs;
    while (
      this.underWay > 0 ||
      this.#atWork.size > 0 ||
      performance.now() - this.#lastCallAt < QUIET_MS ||
      (await this.waitingIn(queue)) > 0
    )
      await sleep(LOOK_EVERY_MS);
  }

  async records(): Promise<ImageRecord[]> {
    const pages = paginateScan(
      { client: this.clients.table },
      { TableName: this.names.table, ConsistentRead: true },
    );
    const records: ImageRecord[] = [];
    for await (const { Items = [] } of pages)
      records.push(...Items.map((item) => imageRecordSchema.parse(item)));
    return records;
  }

  /** What the topic has told so far, and was not asked for before. */
  async told(): Promise<Told[]> {
    const told: Told[] = [];
    for (;;) {
      const { Messages = [] } = await this.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#outcomeQueue, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return told;
      for (const { Body = "" } of Messages)
        told.push(toldSchema.parse(JSON.parse(envelopeSchema.parse(JSON.parse(Body)).Message)));
    }
  }

  async stop(): Promise<void> {
    this.clients.close();
    await this.engine.stop();
  }

  #watch(): void {
    const { seen } = this;
    /** Those that are just leaving a state by an error that was caught. */
    const caught = new Set<Execution>();
    this.engine.events.on("execution", (event) => {
      const { execution, type } = event;
      if (type === "ended") this.#underWay.delete(execution);
      else if (type === "stateRetried") {
        seen.statesRetried += 1;
        if (event.error === DISCONNECTED) seen.statesDisconnected += 1;
      } else if (type === "started") {
        const { key, versionId = "" } = imageIn(execution);
        seen.executions += 1;
        seen.versionsStarted.set(key, [...(seen.versionsStarted.get(key) ?? []), versionId]);
        this.#underWay.add(execution);
      } else if (type === "stateCaught" && event.error !== "NobodyTold") caught.add(execution);
      else if (type === "stateExited" && !caught.delete(execution) && event.state.startsWith("Record"))
        seen.telling.set(execution.arn, imageIn(execution).key);
    });
    this.engine.events.on("invocation", ({ requestId }) => this.#atWork.add(requestId));
    this.engine.events.on("report", ({ requestId }) => this.#atWork.delete(requestId));
    this.engine.events.on("call", ({ functionName, status }) => {
      if (functionName === undefined) return;
      this.#lastCallAt = performance.now();
      seen.serviceCalls += 1;
      if (status >= 500) seen.serviceErrors += 1;
    });
  }
}

const inputSchema = z.object({ image: imageSchema.pick({ key: true, versionId: true }) });

function imageIn({ input }: Execution): z.infer<typeof inputSchema>["image"] {
  return inputSchema.parse(JSON.parse(input)).image;
}

const envelopeSchema = z.object({ Message: z.string() });
const toldSchema = z.object({ status: z.string(), execution: z.string() });
export type Told = z.infer<typeof toldSchema>;

/** Somebody who hears of every outcome. */
async function subscribe({ endpoint, region, outputs }: Engine, { sqs }: Clients): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "chaos-outcomes" }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const sns = new SNSClient({ endpoint, region, credentials: CREDENTIALS });
  const subscription = { TopicArn: outputs.outcome_topic_arn, Endpoint: Attributes?.QueueArn };
  await sns.send(new SubscribeCommand({ ...subscription, Protocol: "sqs" }));
  sns.destroy();
  return QueueUrl;
}
