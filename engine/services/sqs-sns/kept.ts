/** What SQS writes down for the next engine: the messages that nobody has deleted. */
import * as z from "zod";
import type { Journal } from "../../journal.ts";
import type { Storage } from "../../storage.ts";

/** As fauxqs has it; what else it has of a message comes along. */
const messageSchema = z.looseObject({ messageId: z.string(), approximateReceiveCount: z.int() });

export type KeptMessage = z.infer<typeof messageSchema>;

const entrySchema = z.union([
  z.object({ queue: z.string(), message: messageSchema }),
  z.object({ received: z.string(), count: z.int() }),
  z.object({ deleted: z.string() }),
]);

type Entry = z.infer<typeof entrySchema>;

/** Of fauxqs's queues, what is needed here. */
export interface KeptQueue {
  name: string;
  enqueue(message: KeptMessage): void;
}

/** In the place of fauxqs's own database, whose methods have these names. */
export class KeptMessages {
  readonly #journal: Journal<Entry>;
  /** By their ids. */
  readonly #messages = new Map<string, { queue: string; message: KeptMessage }>();

  constructor(storage: Storage) {
    this.#journal = storage.journal("sqs", {
      schema: entrySchema,
      apply: (entry) => this.#apply(entry),
      snapshot: () => this.#messages.values(),
    });
  }

  /** Whoever had received a message of an earlier engine's queue is gone: it is there for the next one. */
  insertQueue(queue: KeptQueue): void {
    for (const { queue: name, message } of [...this.#messages.values()])
      if (name === queue.name) queue.enqueue(message);
  }

  insertMessage(queue: string, message: KeptMessage): void {
    this.#messages.set(message.messageId, { queue, message });
    this.#journal.append({ queue, message });
  }

  updateMessageInflight(id: string, _handle: string, _deadline: number, count: number): void {
    this.#journal.append({ received: id, count });
  }

  deleteMessage(id: string): void {
    this.#messages.delete(id);
    this.#journal.append({ deleted: id });
  }

  deleteQueueMessages(name: string): void {
    for (const [id, { queue }] of this.#messages) if (queue === name) this.deleteMessage(id);
  }

  deleteQueue(name: string): void {
    this.deleteQueueMessages(name);
  }

  updateMessageReady(): void {}

  updateQueueAttributes(): void {}

  updateQueueSequenceCounter(): void {}

  #apply(entry: Entry): void {
    if ("message" in entry) {
      this.#messages.set(entry.message.messageId, entry);
    } else if ("deleted" in entry) {
      this.#messages.delete(entry.deleted);
    } else {
      const received = this.#messages.get(entry.received);
      if (received) received.message.approximateReceiveCount = entry.count;
    }
  }
}
