/** One image after the other through a running engine, and what each of them took. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type CallEvent, type Engine, startEngine } from "stack-engine";
import { type Clients, connect } from "../../cli/client.ts";
import { imageIdOf } from "../../functions/shared/keys.ts";
import { ALWAYS, expectedAttribute } from "../../functions/shared/usage-bytes.ts";
import { type CpuSnapshot, cpuMsBetween, cpuSnapshot, functionProcesses } from "./cpu.ts";
import { historyFacts } from "./history.ts";
import { itemBytes } from "./item-size.ts";
import { type Invocation, type Photograph, perStep, type Step } from "./measured.ts";
import { functionName, Watch } from "./watch.ts";

/** CPU time is that of this run, whether or not it is the first of its processes; other work on the machine changes `wallMs`. */
export type Run = Omit<Photograph, "name" | "megapixels" | "invocations"> & {
  invocations: Record<Step, Omit<Invocation, "firstCpuMs"> & { wallMs: number; answers: Answer[] }>;
};

/** What a function was answered, so long after it began. */
export interface Answer {
  service: string;
  atMs: number;
}

export class ImageRuns {
  readonly engine: Engine;
  /** CPU time of each function's process until it was ready. */
  readonly initCpuMs: Record<Step, number>;
  readonly #clients: Clients;
  #uploads = 0;

  private constructor(engine: Engine) {
    this.engine = engine;
    this.#clients = connect(engine);
    const born = this.#snapshots();
    this.initCpuMs = perStep((step) => cpuMsBetween(new Map(), born[step]));
  }

  /** Starts an engine with one process of each function, none of them used. */
  static async start(stackFile: string): Promise<ImageRuns> {
    const engine = await startEngine({ stackFile, port: 0 });
    await engine.warm();
    return new ImageRuns(engine);
  }

  async stop(): Promise<void> {
    this.#clients.close();
    await this.engine.stop();
  }

  async run(path: string): Promise<Run> {
    const Key = `${FOLDER}/${String(this.#uploads++).padStart(12, "0")}/photograph.jpg`;
    // Behind a JPEG's end may be anything. The same bytes would not be processed a second time.
    const Body = Buffer.concat([readFileSync(path), Buffer.from(randomUUID())]);
    await this.#announce(Key, Body.length);
    let processing = Promise.resolve(0);
    const watch = new Watch(this.engine, ({ input }) => {
      processing = this.#recordBytes(input);
    });
    const before = this.#snapshots();
    await this.#clients.s3.send(
      new PutObjectCommand({
        Bucket: this.engine.outputs.original_bucket_name,
        Key,
        Body,
      }),
    );
    await watch.end();
    const after = this.#snapshots();
    const cpuMs = perStep((step) => cpuMsBetween(before[step], after[step]));
    const { execution, states } = watch;
    if (execution?.status !== "SUCCEEDED") throw new Error(`The execution of ${path} did not succeed.`);
    const callsOf = (step: Step) => watch.calls.filter((call) => watch.stepOf(call) === step);
    return {
      bytes: this.#writtenBytes(watch.calls),
      invocations: perStep((step) => ({
        cpuMs: cpuMs[step],
        wallMs: watch.wallMs[step],
        answers: callsOf(step).map(({ service, atMs }) => ({ service, atMs: atMs - watch.beganAtMs[step] })),
        bytes: s3Bytes(callsOf(step)),
        logBytes: watch.logBytes[step],
      })),
      calls: counted(watch.calls),
      states,
      ...(await historyFacts(this.#clients.states, execution.arn)),
      itemBytes: { processing: await processing, processed: await this.#recordBytes(execution.input) },
    };
  }

  /** As the API does. */
  async #announce(key: string, bytes: number): Promise<void> {
    const [, owner] = key.split("/");
    const now = new Date().toISOString();
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const pending = { status: "PENDING", uploadedAt: now, updatedAt: now, downloads: {} };
    await this.#clients.table.send(
      new PutCommand({
        TableName: this.engine.outputs.metadata_table_name,
        Item: {
          imageId: imageIdOf(key),
          owner,
          name: "photograph.jpg",
          original: { key, bytes },
          expiresAt,
          ...pending,
        },
      }),
    );
    await this.#clients.table.send(
      new UpdateCommand({
        TableName: this.engine.outputs.usage_table_name,
        Key: { owner, period: ALWAYS },
        UpdateExpression: "ADD #bytes :bytes, #expected :bytes",
        ExpressionAttributeNames: { "#bytes": "bytes", "#expected": expectedAttribute(expiresAt) },
        ExpressionAttributeValues: { ":bytes": bytes },
      }),
    );
  }

  #snapshots(): Record<Step, CpuSnapshot> {
    const processes = functionProcesses();
    return perStep((step) => cpuSnapshot(processes.get(functionName(this.engine, step)) ?? []));
  }

  async #recordBytes(executionInput: string): Promise<number> {
    const { imageId } = JSON.parse(executionInput).image;
    const TableName = this.engine.outputs.metadata_table_name;
    const { Item = {} } = await this.#clients.table.send(new GetCommand({ TableName, Key: { imageId } }));
    return itemBytes(Item);
  }

  #writtenBytes(calls: CallEvent[]): Photograph["bytes"] {
    const { original_bucket_name, staging_bucket_name, processed_bucket_name } = this.engine.outputs;
    const puts = calls.filter(({ operation }) => operation === "PutObject");
    const into = (name: string | undefined) =>
      puts.filter(({ resource }) => resource?.split("/")[0] === name).map(({ requestBytes }) => requestBytes);
    return {
      original: sum(into(original_bucket_name)),
      staging: sum(into(staging_bucket_name)),
      processed: sum(into(processed_bucket_name)),
      largest: Math.max(...into(processed_bucket_name)),
    };
  }
}

/** A user's, as most images come by the web app: their records are in the owners' index too. */
const FOLDER = "users/5f0c6f0e-7d7c-4f7e-9d55-1f8f4d7d9b10/2a0d8c4e-53a1-4b12-8f51";

function s3Bytes(calls: CallEvent[]): number {
  return sum(
    calls
      .filter(({ service }) => service === "s3")
      .map(({ requestBytes, responseBytes }) => requestBytes + responseBytes),
  );
}

function counted(calls: CallEvent[]): Record<string, number> {
  const names = calls.map(({ service, operation }) => `${service}:${operation}`).sort();
  return Object.fromEntries(names.map((name) => [name, names.filter((other) => other === name).length]));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
