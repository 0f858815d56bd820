/** What Lambda tells while it runs. */
import type { Message } from "../sqs-sns/index.ts";

/** What a function writes to its standard output and error. */
export interface LogLine {
  functionName: string;
  logGroup: string;
  requestId?: string;
  stream: "stdout" | "stderr";
  line: string;
  at: Date;
}

/** What became of the messages of one invocation. */
export interface BatchDone {
  queueArn: string;
  functionName: string;
  handled: Message[];
  /** They come back after the queue's visibility timeout, or go to its dead-letter queue. */
  failed: Message[];
  /** What is left of that timeout. */
  visibleAgainInSeconds: number;
}
