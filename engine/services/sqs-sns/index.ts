/** SQS and SNS, for callers in this process and, behind the endpoint, for any SDK. */
import type { Service } from "../../http/service.ts";
import { type SqsSnsContext, startFauxqs } from "./fauxqs.ts";
import { queueResources } from "./resources.ts";
import { createTopics, snsApi, type Topics } from "./sns.ts";
import { createQueues, type Queues } from "./sqs.ts";

export { SNS, type Topics } from "./sns.ts";
export { type Queues, SQS } from "./sqs.ts";

export interface SqsSns extends Service {
  queues: Queues;
  topics: Topics;
  /** Ends every `receive` that still waits. */
  stop(): Promise<void>;
}

export async function createSqsSns(context: SqsSnsContext): Promise<SqsSns> {
  const fauxqs = await startFauxqs(context);
  const { queues, api } = createQueues(fauxqs, context);
  const topics = createTopics(fauxqs);
  return {
    queues,
    topics,
    apis: [api, snsApi(fauxqs)],
    resources: queueResources(queues, topics),
    stop: () => fauxqs.stop(),
  };
}
