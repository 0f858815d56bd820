/** SQS and SNS in memory, for callers in this process and, through the door, for any SDK. */
import type { DoorService } from "../../http/endpoint.ts";
import { startEmulator } from "./emulator.ts";
import { createTopicService, type TopicService } from "./sns.ts";
import { createQueueService, type QueueService } from "./sqs.ts";

export type { TopicMessage } from "./sns.ts";
export type { Message, MessageAttribute, Queue, QueueSettings } from "./sqs.ts";

export interface QueuesOptions {
  region: string;
  /** The door's endpoint, asked for whenever a queue URL is made. */
  endpoint(): string;
}

export interface Queues extends Omit<QueueService, "service">, Omit<TopicService, "service"> {
  sqs: DoorService;
  sns: DoorService;
  /** Ends every `receive` that still waits. */
  stop(): Promise<void>;
}

export async function createQueues({ region, endpoint }: QueuesOptions): Promise<Queues> {
  const emulator = await startEmulator(region);
  const { service: sqs, ...queues } = createQueueService({ emulator, region, endpoint });
  const { service: sns, ...topics } = createTopicService({ emulator });
  return { ...queues, ...topics, sqs, sns, stop: () => emulator.stop() };
}
