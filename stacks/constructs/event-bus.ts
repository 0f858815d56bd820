/** EventBridge's default bus, which each account has: what happens to images is put there, for rules of one's own. */
import type { NodeFunction } from "./node-function.ts";

export class EventBus {
  /** What the functions need that put events. */
  readonly environment: { EVENT_SOURCE: string };
  readonly #arn: string;

  constructor({ namePrefix, region, accountId }: { namePrefix: string; region: string; accountId: string }) {
    this.environment = { EVENT_SOURCE: namePrefix };
    this.#arn = `arn:aws:events:${region}:${accountId}:event-bus/default`;
  }

  grantPut(teller: NodeFunction): void {
    teller.allow(["events:PutEvents"], [this.#arn]);
  }
}
