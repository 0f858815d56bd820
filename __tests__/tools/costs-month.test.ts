import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dollarsFor } from "../../stacks/costs/prices.ts";
import { CHANGE_WRITES, SECONDS_PER_MONTH } from "../../tools/costs/assumptions.ts";
import { perStep, recorded, SERVICES } from "../../tools/costs/measured.ts";
import { assumedFor, fixedLines, keptFor } from "../../tools/costs/month.ts";
import { concurrentFunctions, imagesPerSecond, peakPerSecond } from "../../tools/costs/quotas.ts";
import { usage } from "./costs-support.ts";

describe("a month", () => {
  it("of few images starts a process for each invocation", () => {
    expect(assumedFor(10_000).coldShare).toBe(1);
    expect(assumedFor(1_000_000).coldShare).toBe(0.01);
  });

  it("keeps what came before it: originals in cheaper storage as they grow old, variants where they are", () => {
    const { allStandard, withLifecycle } = keptFor(usage, 1000);
    // 12 months of 2 GB and of 1 GB.
    expect(allStandard).toBeCloseTo(36 * 0.023);
    expect(withLifecycle).toBeCloseTo((12 + 2) * 0.023 + 2 * 2 * 0.0125 + 9 * 2 * 0.004 + 0.01 + 0.02);
  });

  it("counts small originals as 128 KB once they are in a cheaper class", () => {
    const small = { ...usage, stored: { ...usage.stored, original: 1e-9, processed: 0 } };
    expect(keptFor(small, 8192).withLifecycle).toBeCloseTo(2 * 0.0125 + 9 * 0.004 + 0.08192 + 0.16384);
  });

  it("pays for alarms and dashboards that the stack has", () => {
    const [alarms, dashboard] = fixedLines({
      ...recorded,
      resources: { alarmMetrics: 20, dashboards: 1, keys: 0 },
    });
    expect(alarms && dollarsFor(alarms.price, alarms.units)).toBeCloseTo(2);
    expect(dashboard && dollarsFor(dashboard.price, dashboard.units)).toBe(3);
  });

  it("asks at its peak for ten times its average", () => {
    expect(peakPerSecond(SECONDS_PER_MONTH)).toBe(10);
    // Five functions of 100 ms each.
    expect(concurrentFunctions(usage, 10)).toBeCloseTo(5);
  });

  it("processes no more images than `concurrency` lets through, and than can be started", () => {
    const [photograph] = recorded.photographs;
    if (photograph === undefined) throw new Error("Nothing was measured.");
    const settings = { ...recorded.settings, memoryMb: perStep(() => 1769) };
    const functions = perStep(() => ({
      initCpuMs: 0,
      turns: [1, 1].map((states) => ({ s3: 0, dynamodb: 0, states, sts: 0 })),
    }));
    const starting = {
      ...photograph,
      states: 5,
      invocations: {
        ...photograph.invocations,
        "start-execution": { ...photograph.invocations["start-execution"], cpuMs: 10 },
      },
    };
    const most = (concurrency: number) =>
      imagesPerSecond({ ...recorded, settings: { ...settings, concurrency }, functions }, starting, usage);
    // Four steps of 100 ms, and 50 ms between two of five states.
    expect(most(13)).toBeCloseTo(13 / 0.65);
    // Batches of ten: 10 x 10 ms of work and 2 x 50 ms of waiting, two at a time.
    expect(most(1000)).toBeCloseTo(Math.min(1000 / 0.65, (20 * 10) / 0.2));
  });
});

describe("the measurement", () => {
  const files = recorded.settings.variants.flatMap(({ formats }) => formats).length;

  it("has the requests that follow from the variants", () => {
    for (const { calls } of recorded.photographs)
      expect(calls).toEqual({
        // The upload, staged pixels, published files.
        "s3:PutObject": 1 + 1 + files,
        // The head and the whole original, staged pixels of each variant.
        "s3:GetObject": 2 + recorded.settings.variants.length,
        // Whether the original is still there.
        "s3:HeadObject": 1,
        // Staged pixels.
        "s3:DeleteObjects": 1,
        // How many are under way, shard by shard, and of its owner's; and what is known of files of that size.
        "dynamodb:Query": 4 + 1 + 1,
        // The record twice, and what its owner has stored.
        "dynamodb:UpdateItem": 3,
        // Whether its files are still wanted.
        "dynamodb:GetItem": 1,
        // What is known of this one; and what its owner is told.
        "dynamodb:PutItem": 1 + CHANGE_WRITES,
        "sns:Publish": 1,
        "events:PutEvents": 1,
        "states:StartExecution": 1,
        // What its decoders act with.
        "sts:AssumeRole": 1,
      });
  });

  it("has the answers that each function waits for in turn", () => {
    const inTurn = perStep((step) =>
      recorded.functions[step].turns.map((turn) =>
        SERVICES.filter((service) => turn[service] > 0).join(", "),
      ),
    );
    expect(inTurn).toEqual({
      // How many are under way, the record, and what decoders act with; the start, and whether the original is still there.
      "start-execution": ["dynamodb, sts", "s3, dynamodb, states"],
      // That it began is told meanwhile, here and below.
      validate: ["s3, dynamodb"],
      resize: ["s3, dynamodb", "s3"],
      watermark: ["s3, dynamodb", "s3", "dynamodb"],
      // The record; and all that follows from it.
      "record-metadata": ["dynamodb", "s3, dynamodb"],
    });
  });

  it("has the states of the definition's way to a processed image", () => {
    interface State {
      Type: string;
      Next?: string;
      Default?: string;
    }
    const file = new URL("../../statemachine/image-pipeline.asl.json", import.meta.url);
    const { StartAt, States }: { StartAt: string; States: Record<string, State> } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    const way: string[] = [];
    for (
      let name: string | undefined = StartAt;
      name !== undefined;
      name = States[name]?.Next ?? States[name]?.Default
    )
      way.push(name);
    for (const { states } of recorded.photographs) expect(states).toBe(way.length);
  });
});
