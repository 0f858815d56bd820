/**
 * Moves messages out of a dead-letter queue, back to where they came from, which fauxqs cannot:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";

export interface RedriveOptions {
  /** One operation of SQS. */
  invoke(operation: string, parameters: object): Promise<Record<string, unknown>>;
  urlOf(queueArn: string): string;
}

/** The operations, by name. @throws ServiceError */
export type Redrive = Record<string, (input: unknown) => Promise<object>>;

interface Task {
  handle: string;
  sourceArn: string;
  startedAt: number;
  toMove: number;
  moved: number;
  status: "RUNNING" | "COMPLETED" | "FAILED";
  failure?: string;
}

/** Here, all are moved back, as quickly as they can be. */
const startSchema = z.strictObject({ SourceArn: z.string() });
const listSchema = z.object({ SourceArn: z.string(), MaxResults: z.int().min(1).max(10).default(1) });

export function createRedrive({ invoke, urlOf }: RedriveOptions): Redrive {
  const tasks: Task[] = [];

  const attributesOf = async (queueArn: string): Promise<Record<string, string>> => {
    const { Attributes } = await invoke("GetQueueAttributes", {
      QueueUrl: urlOf(queueArn),
      AttributeNames: ["All"],
    }).catch(() => {
      throw new ServiceError("ResourceNotFoundException", `There is no queue ${queueArn}.`);
    });
    return z.record(z.string(), z.string()).parse(Attributes);
  };

  /** The queues whose dead letters go there. */
  const sourcesOf = async (deadLetterArn: string): Promise<string[]> => {
    const { QueueUrls = [] } = await invoke("ListQueues", {});
    const arns = z
      .array(z.string())
      .parse(QueueUrls)
      .map((url) => arnBeside(deadLetterArn, url));
    const policies = await Promise.all(arns.map(async (arn) => (await attributesOf(arn)).RedrivePolicy));
    return arns.filter(
      (_, index) => JSON.parse(policies[index] ?? "{}").deadLetterTargetArn === deadLetterArn,
    );
  };

  const operations: Redrive = {
    StartMessageMoveTask: async (input) => {
      const { SourceArn } = read(startSchema, input);
      const { ApproximateNumberOfMessages } = await attributesOf(SourceArn);
      const [source, ...others] = await sourcesOf(SourceArn);
      if (source === undefined) throw refusal("Source queue must be configured as a Dead Letter Queue.");
      if (others.length > 0) throw refusal("Several queues have this one, and here all go back to one.");
      if (tasks.some(({ sourceArn, status }) => sourceArn === SourceArn && status === "RUNNING"))
        throw refusal("There is already a task running for this source queue.");
      const task: Task = {
        handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: SourceArn })).toString(
          "base64",
        ),
        sourceArn: SourceArn,
        startedAt: Date.now(),
        toMove: Number(ApproximateNumberOfMessages),
        moved: 0,
        status: "RUNNING",
      };
      tasks.unshift(task);
      void move(task, source).catch((error: unknown) => {
        Object.assign(task, { status: "FAILED", failure: String(error) });
      });
      return { TaskHandle: task.handle };
    },
    ListMessageMoveTasks: async (input) => {
      const { SourceArn, MaxResults } = read(listSchema, input);
      await attributesOf(SourceArn);
      const results = tasks.filter(({ sourceArn }) => sourceArn === SourceArn).slice(0, MaxResults);
      return { Results: results.map(shown) };
    },
  };

  /** Those that come while it moves are moved too. */
  const move = async (task: Task, destinationArn: string): Promise<void> => {
    while (task.status === "RUNNING") {
      const { Messages } = await invoke("ReceiveMessage", {
        QueueUrl: urlOf(task.sourceArn),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      });
      const messages = z.array(messageSchema).parse(Messages ?? []);
      if (messages.length === 0) task.status = "COMPLETED";
      for (const { Body, ReceiptHandle, MessageAttributes } of messages) {
        await invoke("SendMessage", {
          QueueUrl: urlOf(destinationArn),
          MessageBody: Body,
          MessageAttributes,
        });
        await invoke("DeleteMessage", { QueueUrl: urlOf(task.sourceArn), ReceiptHandle });
        task.moved += 1;
      }
    }
  };

  return operations;
}

const REFUSED = "InvalidParameterValue";
const refusal = (message: string) => new ServiceError(REFUSED, message);
const read = <S extends z.ZodType>(schema: S, input: unknown) => readInput(schema, input, REFUSED);

const messageSchema = z.object({
  Body: z.string(),
  ReceiptHandle: z.string(),
  MessageAttributes: z.record(z.string(), z.unknown()).optional(),
});

function shown({ handle, sourceArn, ...task }: Task): object {
  return {
    ...(task.status === "RUNNING" && { TaskHandle: handle }),
    Status: task.status,
    SourceArn: sourceArn,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failure,
    StartedTimestamp: task.startedAt,
  };
}

/** The ARN of a queue in the same place. */
function arnBeside(queueArn: string, url: string): string {
  return `${queueArn.slice(0, queueArn.lastIndexOf(":"))}:${url.split("/").at(-1)}`;
}
