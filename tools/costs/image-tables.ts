/** What one image, or a thousand, take. */
import { ASSUMED, type Assumptions, HANDOVER_MS } from "./assumptions.ts";
import { bold, count, dollars, table } from "./format.ts";
import { gbSeconds, waitMs } from "./lambda.ts";
import { dollarsOf, type Kind, type Line, linesOf, totalOf } from "./lines.ts";
import { type Measured, type Photograph, STEPS, type Step } from "./measured.ts";
import { usageOf } from "./usage.ts";

export const THOUSAND = 1000;
export const DEFAULT_KIND: Kind = { workflowType: "STANDARD", architecture: "arm64" };

/** The one that the rest of the page is about. */
export function typical({ photographs }: Measured): Photograph {
  const photograph = photographs.find(({ megapixels }) => megapixels === 12);
  if (photograph === undefined) throw new Error("No photograph of 12 megapixels was measured.");
  return photograph;
}

export function linesFor(
  measured: Measured,
  photograph: Photograph,
  kind: Kind,
  assumed: Assumptions,
): Line[] {
  return linesOf(usageOf(photograph, measured, assumed), kind);
}

export function processing(lines: Line[]): Line[] {
  return lines.filter(({ kind }) => kind === "processing");
}

export function headline(measured: Measured): string {
  const photograph = typical(measured);
  const total = (kind: Kind) => totalOf(processing(linesFor(measured, photograph, kind, ASSUMED)), THOUSAND);
  const lines = linesFor(measured, photograph, DEFAULT_KIND, ASSUMED);
  const storage = totalOf(
    lines.filter(({ kind }) => kind === "storage"),
    THOUSAND,
  );
  const standard = total(DEFAULT_KIND);
  const express = total({ ...DEFAULT_KIND, workflowType: "EXPRESS" });
  const share = (service: string) => {
    const amount = totalOf(
      lines.filter((line) => line.service === service && line.kind === "processing"),
      THOUSAND,
    );
    return `${Math.round((100 * amount) / standard)} %`;
  };
  return [
    `**A thousand photographs of 12 megapixels cost $${standard.toFixed(2)} to process** (STANDARD, arm64), and $${storage.toFixed(2)} to keep for a month.`,
    `As EXPRESS executions they cost $${express.toFixed(2)}.`,
    `Of the $${standard.toFixed(2)}, state transitions are ${share("Step Functions")}, requests to S3 ${share("S3")}, Lambda ${share("Lambda")}.`,
  ].join("\n");
}

/** Line by line, for each size. */
export function thousandTable(measured: Measured): string {
  const { photographs } = measured;
  const bills = photographs.map((photograph) => {
    const lines = linesFor(measured, photograph, DEFAULT_KIND, ASSUMED);
    return { lines, amounts: dollarsOf(lines, THOUSAND) };
  });
  const [first] = bills;
  if (first === undefined) throw new Error("Nothing was measured.");
  const rowsOf = (kind: Line["kind"]) =>
    first.lines.flatMap((line, index) =>
      line.kind === kind
        ? [[line.service, line.what, ...bills.map(({ amounts }) => dollars(amounts[index] ?? 0))]]
        : [],
    );
  const sumOf = (kind: Line["kind"]) =>
    bills.map(({ lines, amounts }) =>
      bold(
        dollars(amounts.reduce((sum, amount, index) => sum + (lines[index]?.kind === kind ? amount : 0), 0)),
      ),
    );
  return table(
    ["service", "", ...photographs.map(({ megapixels }) => `${megapixels} MP`)],
    [
      ...rowsOf("processing"),
      [bold("processing"), "", ...sumOf("processing")],
      ...rowsOf("storage"),
      [bold("keeping"), "", ...sumOf("storage")],
    ],
  );
}

const KINDS: Kind[] = [
  { workflowType: "STANDARD", architecture: "arm64" },
  { workflowType: "STANDARD", architecture: "x86_64" },
  { workflowType: "EXPRESS", architecture: "arm64" },
  { workflowType: "EXPRESS", architecture: "x86_64" },
];

export function kindsTable(measured: Measured): string {
  const rows = KINDS.map((kind) => {
    const amounts = measured.photographs.map((photograph) =>
      dollars(totalOf(processing(linesFor(measured, photograph, kind, ASSUMED)), THOUSAND)),
    );
    return [kind.workflowType, kind.architecture, ...amounts];
  });
  return table(["", "", ...measured.photographs.map(({ megapixels }) => `${megapixels} MP`)], rows);
}

export function workflowTable(measured: Measured): string {
  const services = ["Step Functions", "CloudWatch Logs"];
  const kinds: Partial<Kind>[] = [
    { workflowType: "STANDARD" },
    { workflowType: "EXPRESS" },
    { workflowType: "EXPRESS", executionLog: "ALL" },
  ];
  const rows = kinds.flatMap((kind) => {
    const lines = linesFor(measured, typical(measured), { ...DEFAULT_KIND, ...kind }, ASSUMED);
    const name = [kind.workflowType, ...(kind.executionLog ? ["with the whole log"] : [])].join(", ");
    const amounts = dollarsOf(lines, THOUSAND);
    return lines.flatMap(({ service, what }, index) =>
      services.includes(service) ? [[name, service, what, dollars(amounts[index] ?? 0)]] : [],
    );
  });
  return table(["", "", "", "12 MP"], rows);
}

export function measuredTable(measured: Measured): string {
  const rows = STEPS.flatMap((step) => {
    const { turns, initCpuMs } = measured.functions[step];
    const memoryMb = measured.settings.memoryMb[step];
    return measured.photographs.map((photograph) => {
      const { cpuMs, bytes } = photograph.invocations[step];
      const { invokeMs } = usageOf(photograph, measured, ASSUMED).lambda[step];
      return [
        step,
        `${photograph.megapixels} MP`,
        count(memoryMb),
        count(cpuMs),
        count(turns.length),
        (bytes / 1e6).toFixed(1),
        bold(count(invokeMs)),
        gbSeconds(memoryMb, invokeMs).toFixed(3),
        count(initCpuMs),
      ];
    });
  });
  const head = ["function", "", "MB", "CPU ms", "answers", "MB to and from S3", "billed ms"];
  return table([...head, "GB-seconds", "start, CPU ms"], rows);
}

/** From the event of an upload that start-execution takes to the record, warm. */
export function latencyTable(measured: Measured): string {
  const { photographs } = measured;
  const usages = photographs.map((photograph) => ({
    ...usageOf(photograph, measured, { ...ASSUMED, coldShare: 0 }),
    handoverMs: photograph.states * HANDOVER_MS,
  }));
  const row = (name: string, of: (usage: (typeof usages)[number]) => number) => [
    name,
    ...usages.map((usage) => count(of(usage))),
  ];
  // What it does after that is told and cleared up.
  const afterRecordMs = waitMs(measured.functions["record-metadata"].turns.slice(1), 0, ASSUMED);
  const stepMs = (step: Step, { lambda }: (typeof usages)[number]) =>
    lambda[step].invokeMs - (step === "record-metadata" ? afterRecordMs : 0);
  const functionsMs = (usage: (typeof usages)[number]) =>
    STEPS.reduce((sum, step) => sum + stepMs(step, usage), 0);
  return table(
    ["ms", ...photographs.map(({ megapixels }) => `${megapixels} MP`)],
    [
      ...STEPS.map((step) =>
        row(step === "record-metadata" ? `${step}, until it has written` : step, (usage) =>
          stepMs(step, usage),
        ),
      ),
      row("between states", ({ handoverMs }) => handoverMs),
      row(bold("together"), (usage) => functionsMs(usage) + usage.handoverMs),
    ],
  );
}

/** What the total becomes when something is not as assumed. */
export function sensitivityTable(measured: Measured): string {
  const photograph = typical(measured);
  const { s3 } = ASSUMED.roundTripMs;
  const total = (assumed: Assumptions, changed = photograph) =>
    totalOf(processing(linesFor(measured, changed, DEFAULT_KIND, assumed)), THOUSAND);
  const base = total(ASSUMED);
  const cases: [string, number][] = [
    ["as assumed", base],
    ["Lambda's processors are twice as slow", total({ ...ASSUMED, cpuFactor: 2 })],
    ["Lambda's processors are twice as fast", total({ ...ASSUMED, cpuFactor: 0.5 })],
    [
      `S3 answers after 100 ms, not ${s3}`,
      total({ ...ASSUMED, roundTripMs: { ...ASSUMED.roundTripMs, s3: 100 } }),
    ],
    [
      "nothing is waited for",
      total({
        ...ASSUMED,
        roundTripMs: { s3: 0, dynamodb: 0, states: 0, sts: 0 },
        bytesPerSecond: Number.POSITIVE_INFINITY,
      }),
    ],
    ["every invocation starts a process", total({ ...ASSUMED, coldShare: 1 })],
    [
      "AWS counts the start as a transition too",
      total(ASSUMED, { ...photograph, states: photograph.states + 1 }),
    ],
  ];
  const rows = cases.map(([what, amount]) => {
    const percent = Math.round(100 * (amount / base - 1));
    return [what, dollars(amount), amount === base ? "" : `${percent > 0 ? "+" : ""}${percent} %`];
  });
  return table(["a thousand of 12 MP", "", ""], rows);
}
