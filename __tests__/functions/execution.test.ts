import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { operatorLinks } from "../../functions/api/view.ts";
import { readExecution } from "../../functions/api-operate/execution.ts";
import { executionPage, logPage } from "../../functions/shared/console.ts";
import { sfn } from "../../functions/shared/workflow.ts";

const arn = "arn:aws:states:eu-west-1:111111111111:execution:photos-workflow:one";
const imageId = "a".repeat(32);
const attempt = {
  status: "FAILED",
  at: "2026-01-01T00:00:00.000Z",
  sequencer: "1",
  execution: { arn, name: "one" },
} as const;
const at = (second: number) => new Date(second * 1000);
const events = [
  { id: 1, type: "ExecutionStarted", timestamp: at(0) },
  {
    id: 2,
    previousEventId: 1,
    type: "TaskStateEntered",
    timestamp: at(1),
    stateEnteredEventDetails: { name: "Resize" },
  },
  { id: 3, previousEventId: 2, type: "TaskScheduled", timestamp: at(2) },
  {
    id: 4,
    previousEventId: 3,
    type: "TaskFailed",
    timestamp: at(3),
    taskFailedEventDetails: { error: "Sandbox.Timedout" },
  },
  { id: 5, previousEventId: 4, type: "TaskScheduled", timestamp: at(9) },
  { id: 6, previousEventId: 5, type: "TaskSucceeded", timestamp: at(10) },
];

/** In the place of AWS. */
const INSTEAD = "instead";
sfn.middlewareStack.add(() => async () => ({ response: {}, output: { $metadata: {}, events } }), {
  step: "initialize",
  priority: "low",
  name: INSTEAD,
});
// Other tests have this client too.
afterAll(() => sfn.middlewareStack.remove(INSTEAD));
afterEach(() => vi.unstubAllEnvs());

describe("an execution, for those who run the pipeline,", () => {
  it("leads to what the function of a failed attempt has logged, and to the console", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", undefined);
    const execution = await readExecution(imageId, attempt);
    expect(execution?.consoleUrl).toMatch(/^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/states\//);
    expect(operatorLinks({ imageId, lastAttempt: attempt }).console).toBe(executionPage(arn));
    const [failed, succeeded] = execution?.states[0]?.attempts ?? [];
    expect(failed?.logUrl).toBe(logPage(arn, "Resize", imageId, at(2)));
    expect(succeeded).not.toHaveProperty("logUrl");
  });

  it("leads nowhere where there is no console", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    const execution = await readExecution(imageId, attempt);
    expect(execution).not.toHaveProperty("consoleUrl");
    expect(execution?.states[0]?.attempts[0]).not.toHaveProperty("logUrl");
  });
});
