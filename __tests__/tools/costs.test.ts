import { describe, expect, it } from "vitest";
import { dollarsFor, prices } from "../../stacks/costs/prices.ts";
import { ASSUMED, type Assumptions } from "../../tools/costs/assumptions.ts";
import { itemBytes } from "../../tools/costs/item-size.ts";
import { billedFor, cpuMsAt, gbSeconds } from "../../tools/costs/lambda.ts";
import { dollarsOf, type Kind, type Line, linesOf, totalOf } from "../../tools/costs/lines.ts";
import { perStep } from "../../tools/costs/measured.ts";
import { executionMs, expressGbHours, writeUnits } from "../../tools/costs/usage.ts";
import { usage } from "./costs-support.ts";

const STANDARD: Kind = { workflowType: "STANDARD", architecture: "arm64" };
const EXPRESS: Kind = { workflowType: "EXPRESS", architecture: "arm64" };

describe("prices", () => {
  it("are paid by so many at a time", () => {
    expect(dollarsFor("lambdaRequest", 2_500_000)).toBeCloseTo(0.5);
    expect(dollarsFor("stateTransition", 7000)).toBeCloseTo(0.175);
    expect(dollarsFor("s3Get", 0)).toBe(0);
  });

  it("become lower for what is beyond a tier, and for nothing before it", () => {
    expect(dollarsFor("lambdaGbSecondArm64", 7_500_000_000)).toBeCloseTo(100_000.5);
    expect(dollarsFor("lambdaGbSecondArm64", 8_000_000_000)).toBeCloseTo(100_000.5 + 6000.05);
    expect(dollarsFor("expressGbHour", 6000)).toBeCloseTo(60.012 + 4000 * 0.029988 + 16.416);
  });

  it("say where they are from, and where they were read or that they were not", () => {
    for (const { source, seen, seenOn, dollars, over = [] } of Object.values(prices)) {
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
      expect(seen === null).toBe(seenOn === null);
      expect([dollars, ...over.map((tier) => tier.dollars)]).toEqual(
        [dollars, ...over.map((tier) => tier.dollars)].toSorted((a, b) => b - a),
      );
    }
  });
});

describe("an invocation", () => {
  const assumed: Assumptions = {
    ...ASSUMED,
    cpuFactor: 1,
    roundTripMs: { s3: 30, dynamodb: 10, states: 50, sts: 50 },
    bytesPerSecond: 1e6,
    coldShare: 0.5,
  };
  const none = { s3: 0, dynamodb: 0, states: 0, sts: 0 };
  const turns = [
    { ...none, s3: 1 },
    { ...none, dynamodb: 2 },
    { ...none, s3: 8, dynamodb: 1 },
  ];
  const facts = { initCpuMs: 100, turns };
  const invocation = { cpuMs: 10.2, firstCpuMs: 30.2, bytes: 5000, logBytes: 0 };

  it("takes longer with less than a vCPU's memory, and no shorter with more", () => {
    expect(cpuMsAt(1769, 10, 1)).toBe(10);
    expect(cpuMsAt(884.5, 10, 1)).toBe(20);
    expect(cpuMsAt(10_240, 10, 1)).toBe(10);
    expect(cpuMsAt(1769, 10, 2)).toBe(20);
  });

  it("is billed for its work and its waiting, in whole milliseconds", () => {
    // 10.2 of work, 30 + 10 + 30 for answers, of which some come together, 5 for 5,000 bytes.
    expect(billedFor(1769, invocation, facts, assumed).invokeMs).toBe(86);
  });

  it("is not billed twice for what it reads while it works", () => {
    const billed = (bytes: number, workShare: number) =>
      billedFor(1769, invocation, facts, assumed, { bytes, workShare }).invokeMs;
    // 3 of the 5 for bytes, as long as there is work; a quarter of the work, as long as there are bytes.
    expect(billed(3000, 0.5)).toBe(83);
    expect(billed(3000, 0.25)).toBe(Math.ceil(85.2 - 2.55));
  });

  it("is billed for its start, where it has one", () => {
    // Half of them: 100 to be ready, and 20 more than others.
    expect(billedFor(1769, invocation, facts, assumed).initMs).toBe(60);
    expect(billedFor(1769, invocation, facts, { ...assumed, coldShare: 0 }).initMs).toBe(0);
  });

  it("takes its memory for as long", () => {
    expect(gbSeconds(512, 3000)).toBe(1.5);
  });
});

describe("a bill", () => {
  const amounts = (lines: Line[], images: number) =>
    Object.fromEntries(
      dollarsOf(lines, images).map((dollars, index) => [
        `${lines[index]?.service} ${lines[index]?.what}`,
        dollars,
      ]),
    );

  it("has a line for everything that is used", () => {
    const bill = amounts(linesOf(usage, STANDARD), 1000);
    expect(bill["Lambda requests"]).toBeCloseTo(0.001);
    expect(bill["Lambda resize"]).toBeCloseTo(100 * 0.0000133334);
    expect(bill["Step Functions state transitions"]).toBeCloseTo(0.2);
    expect(bill["SQS requests"]).toBeCloseTo(0.0012);
    expect(bill["S3 PUT"]).toBeCloseTo(0.05);
    expect(bill["S3 GET, HEAD"]).toBeCloseTo(0.008);
    expect(bill["DynamoDB writes"]).toBeCloseTo(0.0025);
    expect(bill["CloudWatch Logs of the functions"]).toBeCloseTo(0.005);
    expect(bill["SNS publish"]).toBeCloseTo(0.0005);
    expect(bill["X-Ray traces"]).toBeCloseTo(0.01);
    expect(bill["S3, a month originals"]).toBeCloseTo(2 * 0.023);
  });

  it("has a request and a duration instead of transitions for an EXPRESS execution, and a log if one wants it", () => {
    const bill = amounts(linesOf(usage, { ...EXPRESS, executionLog: "ALL" }), 1000);
    expect(bill["Step Functions state transitions"]).toBeUndefined();
    expect(bill["Step Functions requests"]).toBeCloseTo(0.001);
    expect(bill["Step Functions duration"]).toBeCloseTo(0.060012);
    expect(bill["CloudWatch Logs of the executions"]).toBeCloseTo(0.05);
    expect(amounts(linesOf(usage, EXPRESS), 1000)["CloudWatch Logs of the executions"]).toBeUndefined();
  });

  it("charges x86_64 a quarter more for the same time, and nothing else", () => {
    const gbSecondsIn = (kind: Kind) =>
      linesOf(usage, kind).filter(({ price }) => price.startsWith("lambdaGbSecond"));
    const [arm64, x86] = [
      totalOf(gbSecondsIn(STANDARD), 1000),
      totalOf(gbSecondsIn({ ...STANDARD, architecture: "x86_64" }), 1000),
    ];
    expect(x86 / arm64).toBeCloseTo(1.25, 4);
    const difference =
      totalOf(linesOf(usage, { ...STANDARD, architecture: "x86_64" }), 1000) -
      totalOf(linesOf(usage, STANDARD), 1000);
    expect(difference).toBeCloseTo(x86 - arm64, 10);
  });

  it("doubles the GB-seconds of durations that double, and nothing else", () => {
    const slow = { ...usage, lambda: perStep((step) => ({ ...usage.lambda[step], invokeMs: 200 })) };
    const before = linesOf(usage, STANDARD);
    for (const [index, line] of linesOf(slow, STANDARD).entries()) {
      const isDuration = line.price === "lambdaGbSecondArm64";
      expect(line.units, line.what).toBeCloseTo(
        (isDuration ? 2 : 1) * (before[index]?.units ?? Number.NaN),
        12,
      );
    }
  });

  it("lets lines of one price climb its tiers together", () => {
    const lines = linesOf(usage, STANDARD).filter(({ price }) => price === "lambdaGbSecondArm64");
    // 0.5 GB-seconds an image.
    expect(totalOf(lines, 16_000_000_000)).toBeCloseTo(106_000.55);
  });
});

describe("what an image uses", () => {
  it("is a write unit for each KB that is begun", () => {
    expect([1, 1024, 1025, 2048].map(writeUnits)).toEqual([1, 1, 2, 2]);
  });

  it("is as large a record as DynamoDB says", () => {
    // name 4 + 3; width 5 + 3 digits; tags 4 + 3 + (1 + 2) + (1 + 1); own 3 + 3 + (1 + 2 + 1).
    expect(itemBytes({ name: "é1", width: 512, tags: ["ab", "c"], own: { ok: true } })).toBe(7 + 8 + 12 + 10);
  });

  it("is the time of an EXPRESS execution in tenths of a second and 64 MB", () => {
    expect(expressGbHours(1201)).toBeCloseTo((1.3 * 0.0625) / 3600, 12);
    expect(expressGbHours(1300)).toBe(expressGbHours(1201));
  });

  it("lets an execution take as long as its functions and the way between its states, without the one that started it", () => {
    expect(executionMs(usage.lambda, 7)).toBe(4 * 100 + 7 * 50);
  });
});
