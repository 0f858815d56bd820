import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";
import type { Engine, Execution } from "stack-engine";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { countOf, type FileResult } from "../../cli/process/batch.ts";
import { summary } from "../../cli/process/summary.ts";
import { endedResult, type Result, recordedResult, shownSchema, variantsText } from "../../cli/results.ts";
import { View } from "../../cli/show.ts";
import { errorText, printable, quoted, shortenMiddle } from "../../cli/text.ts";
import { adviceFor } from "../../functions/shared/advice.ts";

type ExecutionEnd = NonNullable<Execution["end"]>;

describe("text for a terminal", () => {
  test("has nothing in it that a terminal would obey", () => {
    expect(printable("a\x1b[2J\r\n\x9b\u202egpj.exe")).toBe("a\\x1b[2J\\x0d\\x0a\\x9b\\u202egpj.exe");
    expect(printable("Grüße 写真 👩‍🚀.jpg")).toBe("Grüße 写真 👩‍🚀.jpg");
  });

  test("is shortened in the middle", () => {
    expect(shortenMiddle("holidays/beach.jpeg", 12)).toBe("holida….jpeg");
    expect(shortenMiddle("short.jpg", 12)).toBe("short.jpg");
    for (const width of [1, 5, 6, 7]) {
      expect(stringWidth(shortenMiddle("写真写真写真写真", width))).toBeLessThanOrEqual(width);
    }
  });
});

describe("what went wrong is told in words:", () => {
  test.each([
    ["an error's message", new Error("No."), "No."],
    [
      "the reason that fetch hides",
      new TypeError("fetch failed", { cause: new Error("refused") }),
      "fetch failed: refused",
    ],
    [
      "that nobody answers, with what to look at",
      new Error("connect ECONNREFUSED 127.0.0.1:4566"),
      "connect ECONNREFUSED 127.0.0.1:4566. Nothing answers there (any more): is npm start running?",
    ],
    ["what is no error", 7, "7"],
  ])("%s", (_, error, message) => {
    expect(errorText(error)).toBe(message);
  });
});

describe("the summary", () => {
  const imageId = "615ce132ce0a3d19afa9f21feb80a339";
  const rows = (...paths: string[]): FileResult[] =>
    paths.map((path) => ({
      file: { path, key: path, bytes: 527_940 },
      result: { outcome: "processed", variants: 8, bytes: 668_000, files: 8, fileBytes: 668_000 },
      seconds: 4.8,
      folder: `out/${imageId}`,
    }));
  const shown = (results: FileResult[], columns?: number) =>
    summary(results, { out: "out", columns, colours: columns !== undefined }).split("\n");
  const long = rows("rocket.jpg", `holidays/${"写真 ".repeat(20)}.jpg`, `${"a".repeat(90)}.png`);

  test.each([200, 100, 80, 60, 40, 20])("breaks no row of %i columns", (columns) => {
    const table = shown(long, columns).slice(1, 5).map(stripVTControlCharacters);
    for (const line of table) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(table[1]).toMatch(/^rocket\.jpg|^roc/);
    expect(table[3]).toMatch(/^a+(…|.*\.png)/);
  });

  test("names the folder of each image as far as there is room", () => {
    expect(stripVTControlCharacters(shown(rows("a.jpg", "b.jpg"), 70).join("\n"))).toMatch(
      /Wait \+ work {2}Folder.*\n(.* )?4\.8 s {2}615ce132…\n/,
    );
    expect(shown(rows("a.jpg", "b.jpg"), 50).join("\n")).not.toContain("615ce132");
    expect(shown(rows("a.jpg", "b.jpg"), 50).at(-1)).toBe("Results in out/, one folder per image.");
    expect(shown(rows("a.jpg"), 50).at(-1)).toBe(`Results in out/${imageId}/`);
  });

  test("leaves names as they are where there is no terminal", () => {
    const lines = shown(long);
    for (const { file } of long) expect(lines.some((line) => line.startsWith(file.path))).toBe(true);
  });
});

test.each([
  [true, "11 of 12 images are done\r12 of 12 images are done\r"],
  [false, "2 of 12 images are done.\n"],
])(
  "of many files it is told how many are done: in one line of a terminal (%s), or at times",
  (isTTY, shown) => {
    let written = "";
    const count = countOf(12, {
      isTTY,
      write: (text: string) => {
        written += text;
      },
    });
    for (let done = 0; done < 12; done++) count();
    expect(written).toContain(shown);
    expect(written.split(/[\r\n]/).length - 1).toBe(isTTY ? 12 : 9);
  },
);

describe("what a function writes", () => {
  function logged(line: string, stream: "stdout" | "stderr" = "stdout"): string {
    const lines: string[] = [];
    const view = new View({ write: (text) => lines.push(text), colours: false });
    view.showLog({ functionName: "pipeline-dev-resize", logGroup: "", stream, line, at: new Date() });
    return lines.join("\n").replace(/^[\d:.]+ +/, "");
  }

  test("is shown short: level, function, message and what is of interest", () => {
    const line = {
      level: "INFO",
      message: "Step done",
      timestamp: "2026-11-21T09:02:10.168Z",
      service: "resize",
      function_arn: "arn:aws:lambda:us-east-1:000000000000:function:pipeline-dev-resize",
      xray_trace_id: "1-6b015e12",
      key: "my coffee.png",
      result: { format: "png", variants: [1, 2, 3], durationMs: 12, nested: { a: 1 } },
    };
    expect(logged(JSON.stringify(line))).toMatch(
      /^resize +INFO +Step done key="my coffee\.png" format=png variants=3 durationMs=12$/,
    );
    const failed = {
      ...line,
      level: "ERROR",
      result: undefined,
      error: { name: "TypeError", message: "x\x1b[0m" },
    };
    expect(logged(JSON.stringify(failed))).toMatch(/ERROR +Step done .* error="TypeError: x\\x1b\[0m"$/);
  });

  test("is shown as it is when it is no JSON, but for control characters", () => {
    expect(logged("plain \x1b[31mwords")).toMatch(/^pipeline-dev-resize +plain \\x1b\[31mwords$/);
    expect(logged("out of memory", "stderr")).toMatch(/^pipeline-dev-resize +ERROR +out of memory$/);
    expect(logged('{"_aws":{},"service":"resize","Duration":12}')).toMatch(/^resize +METRIC +Duration=12$/);
  });
});

test("what was processed is told by its files, each once", () => {
  const shown = shownSchema.parse({
    status: "PROCESSED",
    variants: ["a.webp?X-Amz-Date=1", "b.webp", "a.webp?X-Amz-Date=2"].map((url) => ({ bytes: 50_000, url })),
  });
  const result = recordedResult(shown);
  expect(result).toEqual({ outcome: "processed", variants: 3, bytes: 150_000, files: 2, fileBytes: 100_000 });
  expect(result?.outcome === "processed" && variantsText(result)).toBe("3 variants in 2 files, 100 kB");
});

describe("what an execution came to is told by its end:", () => {
  const failed = (error: string, cause: string): ExecutionEnd => ({ status: "FAILED", error, cause });
  const published = (superseded: boolean): ExecutionEnd => ({
    status: "SUCCEEDED",
    output: JSON.stringify({
      watermark: {
        result: {
          // Two came out the same.
          variants: [1000, 234, 234].map((bytes) => ({
            name: "small",
            format: "webp",
            key: `${bytes}`,
            contentType: "image/webp",
            width: 1,
            height: 1,
            bytes,
          })),
          durationMs: 1,
        },
      },
      ...(superseded && { superseded: { Error: "ImageSuperseded", Cause: "" } }),
    }),
  });
  const thrown = (message: string) => JSON.stringify({ errorType: "X", errorMessage: message });

  test.each<[string, ExecutionEnd, Result]>([
    [
      "variants, and the files that they share",
      published(false),
      { outcome: "processed", variants: 3, bytes: 1468, files: 2, fileBytes: 1234 },
    ],
    ["nothing, for a newer version", published(true), { outcome: "superseded" }],
    [
      "a rejection with its reason",
      failed("ImageRejected", thrown("CORRUPT: It is damaged.")),
      { outcome: "rejected", reason: "It is damaged." },
    ],
    [
      "a failure with the error of the step",
      failed("ImageFailed", JSON.stringify({ Error: "Lambda.Unknown", Cause: thrown("Boom.") })),
      { outcome: "failed", reason: "Lambda.Unknown: Boom." },
    ],
    [
      "a failure of its own",
      failed("States.Runtime", "No."),
      { outcome: "failed", reason: "States.Runtime: No." },
    ],
    ["a stop", { status: "ABORTED" }, { outcome: "failed", reason: "Execution.ABORTED" }],
  ])("%s", (_, end, result) => {
    expect(endedResult({ end, status: end.status })).toEqual(result);
  });
});

test("a failure comes with what to do, and with the command that tells of its attempts", () => {
  const shown = (explains?: (key: string) => string) => {
    const lines: string[] = [];
    const events: Engine["events"] = new EventEmitter();
    new View({ write: (text) => lines.push(text), colours: false, ...(explains && { explains }) }).follow({
      events,
    });
    const end: ExecutionEnd = {
      status: "FAILED",
      error: "ImageFailed",
      cause: JSON.stringify({ Error: "SlowDown", Cause: "Not now." }),
    };
    const input = JSON.stringify({ image: { key: "my holidays/a.jpg" } });
    const execution = { name: "a-jpg-1", arn: "", input, status: end.status, end, startedAt: new Date() };
    events.emit("execution", { type: "ended", execution, durationMs: 12 });
    return lines.map((line) => line.replace(/^[\d:.]+ +a-jpg-1 +/, ""));
  };
  const [ended, advice, attempts] = shown((key) => `npm run explain -- --key ${quoted(key)}`);
  expect(ended).toMatch(/^FAILED +12 ms +SlowDown: Not now\.$/);
  expect(advice).toBe(adviceFor("SlowDown"));
  expect(attempts).toBe("Its attempts: npm run explain -- --key 'my holidays/a.jpg'");
  // Of an engine that ends with the command, nobody could ask.
  expect(shown()).toHaveLength(2);
});

test("a retry is told of with its error, and with how long that was ago", () => {
  const lines: string[] = [];
  const events: Engine["events"] = new EventEmitter();
  new View({ write: (text) => lines.push(text), colours: false }).follow({ events });
  const execution = {
    name: "a-jpg-1",
    arn: "",
    input: "",
    status: "RUNNING",
    end: undefined,
    startedAt: new Date(),
  } as const;
  const event = { type: "stateRetried", execution, state: "Resize", error: "SlowDown", cause: "" } as const;
  events.emit("execution", { ...event, attempt: 1, waitedMs: 3_960 });
  events.emit("execution", { ...event, attempt: 2, waitedMs: 12.3, cause: "Not now." });
  expect(lines.map((line) => line.replace(/^[\d:.]+ +a-jpg-1 +/, ""))).toEqual([
    "Resize            retry 1, 4.0 s after SlowDown",
    "Resize            retry 2, 12 ms after SlowDown: Not now.",
  ]);
});

test("a message that waits to come back is told of, once for each time, by the file that it is about", () => {
  const lines: string[] = [];
  const events: Engine["events"] = new EventEmitter();
  new View({ write: (text) => lines.push(text), colours: false }).follow({ events });
  const object = { key: "holidays/my+photo.jpg", sequencer: "1" };
  const Records = [
    {
      eventName: "ObjectCreated:Put",
      eventTime: "2026-01-01T00:00:00Z",
      s3: { bucket: { name: "b" }, object },
    },
  ];
  const message = {
    messageId: "m-1",
    receiptHandle: "",
    md5OfBody: "",
    attributes: {},
    messageAttributes: {},
  };
  events.emit("batch", {
    queueArn: "",
    functionName: "start-execution",
    handled: [{ ...message, body: "fine" }],
    failed: [
      { ...message, body: JSON.stringify({ Records }) },
      { ...message, body: "no JSON" },
    ],
    visibleAgainInSeconds: 29.6,
  });
  expect(lines.map((line) => line.replace(/^[\d:.]+ +/, ""))).toEqual([
    expect.stringMatching(
      /^my photo\.jpg +WAITING +start-execution did not take it; it comes back in 30 s, /,
    ),
    expect.stringMatching(/^m-1 +WAITING /),
  ]);
});
