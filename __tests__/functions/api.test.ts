import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { type RouteContract, routes } from "../../functions/api/contract.ts";
import { openApiDocument } from "../../functions/api/openapi.ts";
import { Problem } from "../../functions/api/problem.ts";
import { savedName } from "../../functions/api/view.ts";
import { stepsIn } from "../../functions/api-view/history.ts";

describe("the OpenAPI document", () => {
  const document = openApiDocument() as {
    openapi: string;
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string;
          security: unknown[];
          responses: Record<string, { description: string; content?: object; headers?: object }>;
        }
      >
    >;
    components: { schemas: Record<string, object> };
  };

  it("has every route, each with an id of its own, its answers and its problems", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${path}`,
        ...operation,
      })),
    );
    expect(operations.map(({ key }) => key).sort()).toEqual(Object.keys(routes).sort());
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { key, responses, security } of operations) {
      const isPublic = ["GET /openapi.json", "GET /l/{token}", "GET /p/{imageId}/{name}"].includes(key);
      expect(security).toEqual(isPublic ? [] : [{ user: [] }]);
      expect(Object.keys(responses).some((status) => /^[23]/.test(status))).toBe(true);
      const withoutBody = Object.entries(responses).flatMap(([status, { content }]) =>
        content ? [] : [status],
      );
      expect(
        withoutBody.filter((status) => !["204", "302"].includes(status)),
        key,
      ).toEqual([]);
    }
  });

  it("says when to come back: of a quota and of a service without room by Retry-After, of requests that come too fast by no header", () => {
    const named = { "Retry-After": { description: expect.any(String), schema: { type: "integer" } } };
    for (const [key, { problems }] of Object.entries<RouteContract>(routes)) {
      const [method = "", path = ""] = key.split(" ");
      const { 429: tooMany, 503: busy } = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
      const hasQuota = problems.includes(429);
      expect([key, tooMany?.headers]).toEqual([key, hasQuota ? named : undefined]);
      expect(tooMany?.description).toContain("There is no Retry-After then.");
      expect([key, busy?.headers]).toEqual([key, named]);
    }
  });

  it("refers to nothing that it does not have, and its schemas can be compiled", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, id]) => id,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const id of references) expect(document.components.schemas).toHaveProperty(String(id));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "api");
    for (const id of Object.keys(document.components.schemas))
      expect(() => ajv.getSchema(`api#/components/schemas/${id}`)).not.toThrow();
  });
});

it.each([
  ["cat.jpg", "cat.jpg"],
  ["../../a", "_.._a"],
  ["a\\b", "a_b"],
  ["a\r\nb\u0000\u007f", "ab"],
  ["photo\u202egpj.exe", "photogpj.exe"],
  ["\u200e\u2066.hidden", "hidden"],
  [" . .hidden ", "hidden"],
  [" \r\n ", "image"],
  ["..", "image"],
])("what is called %j is saved as %j", (name, saved) => {
  expect(savedName(name)).toBe(saved);
});

describe("a history", () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);
  const event = (
    type: HistoryEvent["type"],
    ms: number,
    details: Partial<HistoryEvent> = {},
  ): HistoryEvent => ({
    id: 1,
    type,
    timestamp: at(ms),
    ...details,
  });
  const entered = (name: string, ms: number) =>
    event("TaskStateEntered", ms, { stateEnteredEventDetails: { name } });

  it("tells each task with its time, and leaves out what is no work", () => {
    const steps = stepsIn([
      event("ExecutionStarted", 0),
      entered("Validate", 1),
      event("TaskScheduled", 1),
      event("TaskStarted", 2),
      event("TaskSucceeded", 40),
      event("TaskStateExited", 41),
      event("ChoiceStateEntered", 42, { stateEnteredEventDetails: { name: "HowItEnded" } }),
      entered("Tell", 50),
    ]);
    expect(steps).toEqual([
      { name: "Validate", status: "SUCCEEDED", startedAt: at(1).toISOString(), durationMs: 39, retries: 0 },
      { name: "Tell", status: "RUNNING", startedAt: at(50).toISOString(), retries: 0 },
    ]);
  });

  it("counts retries and names the last error, and tells what was caught", () => {
    const failed = (ms: number, error: string) =>
      event("TaskFailed", ms, {
        taskFailedEventDetails: { error, resource: "invoke", resourceType: "lambda" },
      });
    const steps = stepsIn([
      entered("Resize", 0),
      event("TaskScheduled", 0),
      failed(10, "Lambda.TooManyRequestsException"),
      event("TaskScheduled", 20),
      failed(30, "Sandbox.Timedout"),
      event("TaskStateExited", 31, { stateExitedEventDetails: { name: "Resize" } }),
      entered("RecordFailure", 32),
      event("TaskScheduled", 32),
      event("ExecutionAborted", 40),
    ]);
    expect(steps).toMatchObject([
      { name: "Resize", status: "CAUGHT", durationMs: 31, retries: 1, error: "Sandbox.Timedout" },
      { name: "RecordFailure", status: "FAILED", durationMs: 8 },
    ]);
  });

  it("tells steps apart that are at work beside each other", () => {
    const exited = (name: string, ms: number) =>
      event("TaskStateExited", ms, { stateExitedEventDetails: { name } });
    const beside = [entered("Watermark", 0), entered("Recognise", 1), event("TaskSucceeded", 20)];
    const ended = [...beside, exited("Watermark", 21), event("TaskSucceeded", 30), exited("Recognise", 31)];
    expect(stepsIn([...ended, event("ParallelStateExited", 32)])).toMatchObject([
      { name: "Watermark", status: "SUCCEEDED", durationMs: 21 },
      { name: "Recognise", status: "SUCCEEDED" },
    ]);
    const failed = [...beside, exited("Recognise", 21), event("ParallelStateExited", 40)];
    expect(stepsIn(failed)).toMatchObject([
      { name: "Watermark", status: "CAUGHT", durationMs: 40 },
      { name: "Recognise", status: "SUCCEEDED" },
    ]);
  });
});

it("a problem says what is wrong in the form that RFC 9457 wants", () => {
  const { statusCode, headers, body } = new Problem(413, "Too much. Send less.").toResponse();
  expect([statusCode, headers["content-type"]]).toEqual([413, "application/problem+json"]);
  expect(JSON.parse(body)).toEqual({
    type: "about:blank",
    title: "Too large",
    status: 413,
    detail: "Too much. Send less.",
  });
});
