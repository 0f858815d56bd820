/** What a month takes, for few images and for many. */
import { dollarsFor, unitDollars } from "../../stacks/costs/prices.ts";
import {
  API_MEMORY_MB,
  API_REQUEST_MS,
  API_REQUESTS_PER_IMAGE,
  ASSUMED,
  BYTES_PER_GB,
  CANARY_MEMORY_MB,
  CANARY_SECONDS,
  CANARY_TRIALS,
  KMS_SHARE_WITH_BUCKET_KEY,
  LIST_WRITES,
  RECOGNISE_ALARM_METRICS,
  RECOGNISE_MEMORY_MB,
  RECOGNISE_MS,
  RECOGNISE_TRANSITIONS,
} from "./assumptions.ts";
import { bill, bold, count, dollars, rate, table } from "./format.ts";
import { DEFAULT_KIND, linesFor, THOUSAND, typical } from "./image-tables.ts";
import { gbSeconds } from "./lambda.ts";
import { dollarsOf, type Kind, type Line, totalOf } from "./lines.ts";
import type { Measured } from "./measured.ts";
import { assumedFor, fixedDollars, fixedLines, keptFor, keyLines } from "./month.ts";
import {
  concurrentFunctions,
  imagesPerSecond,
  peakPerSecond,
  quotasFor,
  START_EXECUTION_PER_SECOND,
} from "./quotas.ts";
import { usageOf, writeUnits } from "./usage.ts";

const VOLUMES = [10_000, 1_000_000, 100_000_000];
const VOLUME_NAMES = ["10 thousand", "1 million", "100 million"];

/** Of photographs of 12 megapixels. */
export function monthTable(measured: Measured): string {
  const photograph = typical(measured);
  const express: Kind = { ...DEFAULT_KIND, workflowType: "EXPRESS" };
  const linesAt = (images: number, kind: Kind) => linesFor(measured, photograph, kind, assumedFor(images));
  const amountOf = (images: number, isIn: (line: Line) => boolean, kind = DEFAULT_KIND) => {
    const lines = linesAt(images, kind);
    const amounts = dollarsOf(lines, images);
    return lines.reduce((sum, line, index) => sum + (isIn(line) ? (amounts[index] ?? 0) : 0), 0);
  };
  const isProcessing = ({ kind }: Line) => kind === "processing";
  const isStorage = ({ kind }: Line) => kind === "storage";
  const named = (service: string) => (line: Line) => isProcessing(line) && line.service === service;
  const others = (line: Line) =>
    isProcessing(line) && !["Lambda", "Step Functions", "S3"].includes(line.service);
  const fixed = fixedDollars(fixedLines(measured));
  const kept = (images: number) => keptFor(usageOf(photograph, measured, assumedFor(images)), images);
  const row = (what: string, amount: (images: number) => number) => [what, ...VOLUMES.map(amount).map(bill)];
  const total = (images: number, kind: Kind) =>
    amountOf(images, isProcessing, kind) + amountOf(images, isStorage) + fixed;
  return table(
    ["images a month, STANDARD, arm64", ...VOLUME_NAMES],
    [
      row("Lambda", (images) => amountOf(images, named("Lambda"))),
      row("Step Functions", (images) => amountOf(images, named("Step Functions"))),
      row("S3, requests", (images) => amountOf(images, named("S3"))),
      row("queue, table, topic, logs, traces", (images) => amountOf(images, others)),
      row("storage of this month's images", (images) => amountOf(images, isStorage)),
      row("fixed", () => fixed),
      ["**together**", ...VOLUMES.map((images) => bold(bill(total(images, DEFAULT_KIND))))],
      ["**together, EXPRESS**", ...VOLUMES.map((images) => bold(bill(total(images, express))))],
      row("storage in the twelfth month, all in Standard", (images) => kept(images).allStandard),
      row("storage in the twelfth month, as `retention` has it", (images) => kept(images).withLifecycle),
    ],
  );
}

export function fixedTable(measured: Measured): string {
  const lines = fixedLines(measured);
  const rows = lines.map(({ what, price, units, note }) => [
    what,
    count(units),
    bill(dollarsFor(price, units)),
    note,
  ]);
  return table(
    ["a month", "units", "", ""],
    [...rows, [bold("together"), "", bold(bill(fixedDollars(lines))), ""]],
  );
}

/** What settings that are off by default add, a thousand images and a month. */
export function optionsTable(measured: Measured): string {
  const { calls } = typical(measured);
  const called = (...names: string[]) => names.reduce((sum, name) => sum + (calls[name] ?? 0), 0);
  const s3Calls = called("s3:PutObject", "s3:GetObject", "s3:HeadObject");
  const objects = called("s3:PutObject", "s3:GetObject");
  const events = s3Calls + called("dynamodb:UpdateItem");
  const perThousand = (units: number, name: Parameters<typeof unitDollars>[0]) =>
    dollars(THOUSAND * units * unitDollars(name));
  const rows = [
    [
      "`encryptionKey: customer`, with bucket keys as here",
      perThousand(objects * KMS_SHARE_WITH_BUCKET_KEY, "kmsRequest"),
      bill(fixedDollars(keyLines())),
    ],
    ["the same without bucket keys", perThousand(objects, "kmsRequest"), bill(fixedDollars(keyLines()))],
    [
      "`auditTrail`: each request to S3 and to the table is an event",
      perThousand(events, "dataEvent"),
      "$0.00",
    ],
    [
      `\`recognition\` of labels and moderation: two pictures to Rekognition, two state transitions, ${RECOGNISE_MS / 1000} s of a function`,
      dollars(
        THOUSAND *
          (2 * unitDollars("rekognitionImage") +
            RECOGNISE_TRANSITIONS * unitDollars("stateTransition") +
            gbSeconds(RECOGNISE_MEMORY_MB, RECOGNISE_MS) * unitDollars("lambdaGbSecondArm64")),
      ),
      bill(RECOGNISE_ALARM_METRICS * unitDollars("alarm")),
    ],
    [
      `\`canary\` every hour: ${CANARY_TRIALS} images a month, as if of 12 megapixels, and ${CANARY_SECONDS} s of a function for each`,
      "$0.0000",
      bill(
        totalOf(
          linesFor(measured, typical(measured), DEFAULT_KIND, assumedFor(CANARY_TRIALS)),
          CANARY_TRIALS,
        ) +
          CANARY_TRIALS *
            gbSeconds(CANARY_MEMORY_MB, CANARY_SECONDS * 1000) *
            unitDollars("lambdaGbSecondArm64") +
          unitDollars("alarm"),
      ),
    ],
    [
      "`site.firewall`: two, with four rules each",
      perThousand(API_REQUESTS_PER_IMAGE, "wafRequest"),
      bill(2 * (unitDollars("webAcl") + 4 * unitDollars("webAclRule"))),
    ],
  ];
  return table(["", "a thousand images", "a month"], rows);
}

/** What the web app adds, for those who upload and for those who look. */
export function webTable(measured: Measured): string {
  const requests = THOUSAND * API_REQUESTS_PER_IMAGE;
  const seconds = requests * gbSeconds(API_MEMORY_MB, API_REQUEST_MS);
  const lambda = requests * unitDollars("lambdaRequest") + seconds * unitDollars("lambdaGbSecondArm64");
  const variants = measured.settings.variants.reduce((sum, { formats }) => sum + formats.length, 0);
  const gigabytes = (THOUSAND * typical(measured).bytes.largest) / BYTES_PER_GB;
  const rows = [
    ["REST API", `${count(requests)} requests`, dollars(requests * unitDollars("httpApiRequest"))],
    ["its functions", `${API_REQUEST_MS} ms each at ${API_MEMORY_MB} MB`, dollars(lambda)],
    [
      "its records",
      "a PENDING one written, the others read",
      dollars(
        THOUSAND * (1 + LIST_WRITES.announced) * unitDollars("dynamodbWrite") +
          (requests - THOUSAND) * unitDollars("dynamodbRead"),
      ),
    ],
    ["its traces", "at most: one a request", dollars(requests * unitDollars("xrayTrace"))],
    [
      "a thousand hours of pages on which nothing happens",
      `${count(LOOKS_PER_HOUR)} requests an hour, without traces`,
      dollars(THOUSAND * LOOKS_PER_HOUR * lookDollars()),
    ],
    [
      "the same of an operator's page, which shows the pipeline",
      `${count(OPERATOR_LOOKS_PER_HOUR)} requests an hour; twice as many, and more to read, while something is under way`,
      dollars(THOUSAND * OPERATOR_LOOKS_PER_HOUR * requestDollars({ reads: EMPTY_SHARD_READS, writes: 0 })),
    ],
    [
      "name and tags of each changed",
      "a request, a read, the record and its two indexes, what is counted and told",
      dollars(
        THOUSAND *
          requestDollars({
            reads: 1,
            writes: writeUnits(typical(measured).itemBytes.processed) + EDIT_WRITES,
          }),
      ),
    ],
    [
      "a link to each, opened once",
      "a request, two reads, a write, one GET of S3",
      dollars(THOUSAND * (requestDollars({ reads: 2, writes: 1 }) + unitDollars("s3Get"))),
    ],
    [
      "one look at each, CloudFront",
      `${gigabytes.toFixed(2)} GB, the largest file of each`,
      dollars(gigabytes * unitDollars("cloudfrontGb") + THOUSAND * unitDollars("cloudfrontRequest")),
    ],
    [
      "addresses of their files, for a thousand users",
      "a signature for each a day, of each function that is asked",
      dollars(THOUSAND * unitDollars("kmsRequest")),
    ],
    [
      "making them public",
      `${variants} copies, 2 listings, a write and 3 reads each`,
      dollars(
        THOUSAND *
          ((variants + 2) * unitDollars("s3Put") +
            2 * unitDollars("dynamodbWrite") +
            3 * unitDollars("dynamodbRead")),
      ),
    ],
    [
      "one look at each by its public address",
      "at most: two requests and a function at the edge, and one of the API",
      dollars(
        gigabytes * unitDollars("cloudfrontGb") +
          THOUSAND *
            (2 * unitDollars("cloudfrontRequest") + unitDollars("cloudfrontFunction") + lookDollars()),
      ),
    ],
    [
      "or straight from S3",
      `${gigabytes.toFixed(2)} GB`,
      dollars(gigabytes * unitDollars("internetGb") + THOUSAND * unitDollars("s3Get")),
    ],
  ];
  return table(["a thousand of 12 MP", "", ""], rows);
}

/** What a page asks that nothing changes on: every 15 seconds. */
const LOOKS_PER_HOUR = 240;

/** Every two seconds: half a read unit for each of the four shards of two statuses. */
const OPERATOR_LOOKS_PER_HOUR = 1_800;
const EMPTY_SHARD_READS = (4 * 2) / 2;

/** A request that reads what has changed, and whether anything is under way. */
export function lookDollars(): number {
  return requestDollars({ reads: 1, writes: 0 });
}

/** The name's key out of its index and into it, that of the tags, one change more today, and the owner told. */
const EDIT_WRITES = 2 + 1 + 1 + 1;

/** Of the API, without its trace. */
function requestDollars({ reads, writes }: { reads: number; writes: number }): number {
  return (
    unitDollars("httpApiRequest") +
    unitDollars("lambdaRequest") +
    gbSeconds(API_MEMORY_MB, API_REQUEST_MS) * unitDollars("lambdaGbSecondArm64") +
    reads * unitDollars("dynamodbRead") +
    writes * unitDollars("dynamodbWrite")
  );
}

export function quotasTable(measured: Measured): string {
  const photograph = typical(measured);
  const rows = quotasFor(measured, photograph, usageOf(photograph, measured, ASSUMED)).map(
    ({ what, limit, unit, needed, passes, source }) => [
      `[${what}](${source})`,
      `${count(limit)}${unit}`,
      ...VOLUMES.map((images) => {
        const at = needed(peakPerSecond(images));
        return at > limit ? bold(rate(at)) : rate(at);
      }),
      passes,
    ],
  );
  const peaks = [
    "images a second at the peak",
    "",
    ...VOLUMES.map((images) => rate(peakPerSecond(images))),
    "",
  ];
  return table(["", "there is", ...VOLUME_NAMES, "how it passes"], [peaks, ...rows]);
}

/** What the one setting that guards the others comes to, and how far it can be raised. */
export function concurrencyLine(measured: Measured): string {
  const photograph = typical(measured);
  const { concurrency } = measured.settings;
  const usage = usageOf(photograph, measured, ASSUMED);
  const images = imagesPerSecond(measured, photograph, usage);
  const functions = concurrentFunctions(usage, images);
  const most = Math.floor((START_EXECUTION_PER_SECOND / images) * concurrency);
  return [
    `With \`concurrency\` ${concurrency}, ${count(images)} images are processed a second at most, and ${count(functions)} functions run at a time.`,
    `${most} is the highest that stays below StartExecution's ${START_EXECUTION_PER_SECOND} a second.`,
  ].join("\n");
}
