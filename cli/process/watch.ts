/** Waits for what becomes of uploaded keys, by the engine's events: an execution that ends, or nothing at all. */
import type { Engine, EngineEvents } from "stack-engine";
import * as z from "zod";
import { type EndedExecution, endedExecution, imageOf, type Result } from "../results.ts";

/** An engine in which nothing happens for this long is not going to come to an end. Retries of starts wait 90 s. */
const SILENCE_LIMIT_MS = 300_000;

const s3EventSchema = z.object({
  Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })),
});

export class Watch {
  readonly #engine: Engine;
  readonly #waiting = new Map<string, (end: EndedExecution | Result) => void>();
  /** Keys whose execution has started. */
  readonly #started = new Set<string>();
  readonly #silence: NodeJS.Timeout;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#silence = setTimeout(() => this.#giveUp(), SILENCE_LIMIT_MS);
    engine.events.on("execution", this.#onExecution).on("batch", this.#onBatch).on("report", this.#onReport);
  }

  /** Call it before the upload, so that nothing is missed. */
  waitFor(key: string): Promise<EndedExecution | Result> {
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  stop(): void {
    clearTimeout(this.#silence);
    const { events } = this.#engine;
    events.off("execution", this.#onExecution).off("batch", this.#onBatch).off("report", this.#onReport);
  }

  readonly #onExecution = ({ type, execution }: EngineEvents["execution"][0]): void => {
    this.#silence.refresh();
    const key = imageOf(execution.input)?.key;
    if (key === undefined) return;
    this.#started.add(key);
    if (type === "ended") this.#settle(key, endedExecution(execution));
  };

  /** A message that was dealt with, and no execution came of it: the file was ignored. */
  readonly #onBatch = ({ handled }: EngineEvents["batch"][0]): void => {
    this.#silence.refresh();
    for (const key of handled.flatMap(({ body }) => keysIn(body))) {
      if (this.#started.has(key)) continue;
      this.#settle(key, { outcome: "failed", reason: "The pipeline ignored it: no execution was started." });
    }
  };

  readonly #onReport = (): void => {
    this.#silence.refresh();
  };

  #giveUp(): void {
    const reason = `Nothing happened for ${SILENCE_LIMIT_MS / 60_000} minutes; its upload event was lost or keeps failing.`;
    for (const key of this.#waiting.keys()) this.#settle(key, { outcome: "failed", reason });
  }

  #settle(key: string, end: EndedExecution | Result): void {
    this.#waiting.get(key)?.(end);
    this.#waiting.delete(key);
  }
}

/** The keys in an S3 event; they are URL-encoded there, with `+` for a space. */
function keysIn(messageBody: string): string[] {
  try {
    const event = s3EventSchema.parse(JSON.parse(messageBody));
    return event.Records.map(({ s3 }) => decodeURIComponent(s3.object.key.replaceAll("+", " ")));
  } catch {
    return [];
  }
}
