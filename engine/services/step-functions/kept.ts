/** What Step Functions writes down for the next engine: which executions there were, with what input, and how they ended. */
import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Journal } from "../../journal.ts";
import type { Storage } from "../../storage.ts";

/** Finished executions kept to be looked at; each has its whole history, in a file. */
export const KEPT_FINISHED = 2_000;
/** Names that a later start would repeat, kept longer than the executions: on AWS, for 90 days. */
const KEPT_NAMES = 100_000;

const endSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("SUCCEEDED"), output: z.string() }),
  z.object({
    status: z.enum(["FAILED", "ABORTED", "TIMED_OUT"]),
    error: z.string().exactOptional(),
    cause: z.string().exactOptional(),
  }),
]);

const recordSchema = z.object({
  arn: z.string(),
  machineArn: z.string(),
  name: z.string(),
  input: z.string(),
  startedAt: z.coerce.date(),
  /** How often an engine began it anew. */
  redriveCount: z.int(),
  ended: z.object({ end: endSchema, at: z.coerce.date() }).exactOptional(),
});

export type ExecutionRecord = z.infer<typeof recordSchema>;

const entrySchema = z.union([
  z.object({ record: recordSchema }),
  z.object({ ended: z.string(), how: recordSchema.shape.ended.unwrap() }),
  z.object({ used: z.string() }),
]);

type Entry = z.infer<typeof entrySchema>;

export class KeptExecutions {
  readonly #folder: string;
  readonly #journal: Journal<Entry>;
  readonly #usedArns = new Set<string>();
  /** Of an earlier engine, until somebody takes them. */
  #records = new Map<string, ExecutionRecord>();

  constructor(storage: Storage) {
    this.#folder = storage.folder("executions");
    this.#journal = storage.journal("executions", {
      schema: entrySchema,
      apply: (entry) => this.#apply(entry),
      snapshot: () => this.#snapshot(),
    });
    const kept = new Set([...this.#records.keys()].map(fileName));
    for (const name of readdirSync(this.#folder)) if (!kept.has(name)) rmSync(join(this.#folder, name));
  }

  historyFile(arn: string): string {
    return join(this.#folder, fileName(arn));
  }

  /** Whether an execution has had this ARN, even if it is no longer kept. */
  wasUsed(arn: string): boolean {
    return this.#usedArns.has(arn);
  }

  started(record: ExecutionRecord): void {
    this.#use(record.arn);
    this.#journal.append({ record });
  }

  ended(arn: string, how: NonNullable<ExecutionRecord["ended"]>): void {
    this.#journal.append({ ended: arn, how });
  }

  forget(arn: string): void {
    rmSync(this.historyFile(arn), { force: true });
  }

  /** Those of state machines that are there again. */
  takeEarlier(isThere: (record: ExecutionRecord) => boolean): ExecutionRecord[] {
    const taken = [...this.#records.values()].filter(isThere);
    this.#records = new Map();
    return taken;
  }

  #apply(entry: Entry): void {
    if ("record" in entry) {
      this.#use(entry.record.arn);
      this.#records.set(entry.record.arn, entry.record);
      return;
    }
    if ("used" in entry) {
      this.#use(entry.used);
      return;
    }
    const record = this.#records.get(entry.ended);
    if (record) record.ended = entry.how;
    if (this.#records.size <= KEPT_FINISHED) return;
    const oldest = this.#records.values().find(({ ended }) => ended);
    if (oldest) this.#records.delete(oldest.arn);
  }

  *#snapshot(): Generator<Entry> {
    for (const used of this.#usedArns) if (!this.#records.has(used)) yield { used };
    for (const record of this.#records.values()) yield { record };
  }

  #use(arn: string): void {
    this.#usedArns.add(arn);
    if (this.#usedArns.size <= KEPT_NAMES) return;
    const [oldest] = this.#usedArns;
    if (oldest !== undefined) this.#usedArns.delete(oldest);
  }
}

function fileName(arn: string): string {
  return `${createHash("sha256").update(arn).digest("hex")}.json`;
}
