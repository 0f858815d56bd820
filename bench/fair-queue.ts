/**
 * A queue of SQS as far as its order goes: messages of a group that takes more than its share of the consumers' time come after
 * all others. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */

export interface Grouped {
  /** Undefined: a message of its own. */
  group?: string | undefined;
}

interface Group<Message> {
  messages: Message[];
  tookMs: number;
}

/** Of the consumers' time, from which on a group is noisy. */
const NOISY_SHARE = 0.1;

export class FairQueue<Message extends Grouped> {
  readonly #ungrouped: Message[] = [];
  readonly #groups = new Map<string, Group<Message>>();
  #tookMs = 0;

  push(message: Message): void {
    if (message.group === undefined) this.#ungrouped.push(message);
    else this.#group(message.group).messages.push(message);
  }

  /** Those of quiet groups first; of the others, whoever took least time. */
  receive(most: number): Message[] {
    const groups = [...this.#groups.values()].sort((a, b) => a.tookMs - b.tookMs);
    const isNoisy = ({ tookMs }: { tookMs: number }) => tookMs > this.#tookMs * NOISY_SHARE;
    const inOrder = [
      ...groups.filter((group) => !isNoisy(group)).map(({ messages }) => messages),
      this.#ungrouped,
      ...groups.filter(isNoisy).map(({ messages }) => messages),
    ];
    const received: Message[] = [];
    for (const messages of inOrder) received.push(...messages.splice(0, most - received.length));
    return received;
  }

  /** A consumer has spent time on a message. */
  took(message: Message, ms: number): void {
    this.#tookMs += ms;
    if (message.group !== undefined) this.#group(message.group).tookMs += ms;
  }

  #group(name: string): Group<Message> {
    const group = this.#groups.get(name) ?? { messages: [], tookMs: 0 };
    this.#groups.set(name, group);
    return group;
  }
}
