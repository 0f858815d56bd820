/** SQS and SNS in memory, for callers in this process and, behind the endpoint, for any SDK. */
import type { Service } from "../../http/service.ts";
import { startFauxqs } from "./fauxqs.ts";
import { queueResources } from "./resources.ts";
import { createTopics, snsApi, type Topics } from "./sns.ts";
import { createQueues, type Queues } from "./sqs.ts";

export { SNS, type TopicMessage, type Topics } from "./sns.ts";
export { type Message, type MessageAttribute, type Queues, SQS } from "./sqs.ts";

export interface SqsSns extends Service {
  queues: Queues;
  topics: Topics;
  /** Ends every `receive` that still waits. */
  stop(): Promise<void>;
}

/** @param options `endpoint`: the engine's, asked for whenever a queue URL is made. */
export async function createSqsSns(options: { region: string; endpoint(): string }): Promise<SqsSns> {
  const fauxqs = await startFauxqs(options.region);
  const { queues, api } = createQueues({ fauxqs, ...options });
  const topics = createTopics(fauxqs);
  return {
    queues,
    topics,
    apis: [api, snsApi(fauxqs)],
    resources: queueResources(queues, topics),
    stop: () => fauxqs.stop(),
  };
}
