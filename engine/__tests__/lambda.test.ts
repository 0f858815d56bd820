import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { LogLine } from "../events.ts";
import { invoke, runStack, sharedEngine } from "./engine-support.ts";

/** Does what its event says. */
const OBEDIENT = `
import { existsSync } from "node:fs";
let calls = 0;
export async function handler(event, context) {
  calls += 1;
  if (event.say) console.log(event.say);
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  while (event.waitsFor && !existsSync(event.waitsFor)) await new Promise((resolve) => setTimeout(resolve, 10));
  if (event.throws) throw Object.assign(new Error("the file is no image"), { name: event.throws });
  if (event.throwsText) throw "just a text";
  if (event.exits !== undefined) process.exit(event.exits);
  if (event.spins) for (;;);
  if (event.forgetsPromise) { Promise.reject(new Error("forgotten")); await new Promise(() => setTimeout(() => {}, 5000)); }
  if (event.allocateMB) globalThis.kept = Buffer.alloc(event.allocateMB * 1024 * 1024, 1);
  if (event.answerBytes) return "x".repeat(event.answerBytes);
  if (event.answersBigInt) return 1n;
  if (event.environment) return process.env;
  return { calls, pid: process.pid, event, context, remainingMs: context.getRemainingTimeInMillis() };
}`;

const USES_LAYER = `
import { createRequire } from "node:module";
const { yellow } = createRequire(import.meta.url)("greeter-of-the-layer");
export const handler = () => typeof yellow;`;

const logs: LogLine[] = [];

process.env.SECRET_OF_THIS_MACHINE = "must not be seen";
const engine = await sharedEngine({
  functions: {
    obedient: { code: OBEDIENT, timeout: 20, memory_size: 256, environment: { BUCKET: "photos" } },
    patient: { code: OBEDIENT, timeout: 20 },
    hasty: { code: OBEDIENT, timeout: 2 },
    single: { code: OBEDIENT, timeout: 20 },
    broken: { code: "throw new TypeError('cannot start');" },
    empty: { code: "export const other = 1;" },
    plain: { code: "export const handler = ({ n }) => n + 1;" },
    layered: {
      code: USES_LAYER.replace("greeter-of-the-layer", "picocolors"),
      layers: ["${aws_lambda_layer_version.l.arn}"],
    },
    unlayered: { code: USES_LAYER.replace("greeter-of-the-layer", "picocolors") },
  },
  resource: { aws_lambda_layer_version: { l: { layer_name: "l", filename: "layer.zip" } } },
  archives: {
    "layer.zip": {
      "nodejs/node_modules/picocolors/package.json": '{"name":"picocolors"}',
      "nodejs/node_modules/@other/for-another-system/package.json": '{"os":["lambda"]}',
    },
  },
});
engine.events.on("log", (line) => logs.push(line));
afterAll(async () => {
  delete process.env.SECRET_OF_THIS_MACHINE;
});

describe("an invocation", () => {
  test("gives the handler its event and context, and the caller its result", async () => {
    const { status, payload } = await engine.invoke("obedient", { hello: "ü" });
    expect(status).toBe(200);
    expect(payload.event).toEqual({ hello: "ü" });
    expect(payload.context).toMatchObject({
      functionName: "obedient",
      memoryLimitInMB: "256",
      logGroupName: "/aws/lambda/obedient",
      invokedFunctionArn: expect.stringMatching(/:function:obedient$/),
    });
    expect(payload.remainingMs).toBeGreaterThan(0);
    expect(payload.remainingMs).toBeLessThanOrEqual(20_000);
  });

  test("finds the function by ARN as well", async () => {
    const arn = "arn:aws:lambda:eu-central-1:000000000000:function:plain:$LATEST";
    expect((await engine.invoke(encodeURIComponent(arn), { n: 1 })).payload).toBe(2);
  });

  test("reuses the warm process, whose state is kept", async () => {
    const first = (await engine.invoke("obedient", {})).payload;
    const second = (await engine.invoke("obedient", {})).payload;
    expect(second).toMatchObject({ pid: first.pid, calls: first.calls + 1 });
  });

  test("is not harmed by the end of the process that waited for it", async () => {
    for (let round = 0; round < 10; round++) {
      const { payload } = await invoke(engine, "patient", {});
      process.kill(payload.pid, "SIGKILL");
      const after = await invoke(engine, "patient", {});
      expect(after.functionError).toBeNull();
      expect(after.payload.pid).not.toBe(payload.pid);
    }
  });

  test("that is asked for without waiting runs all the same", async () => {
    const { status } = await invoke(engine, "obedient", { say: "done in the background" }, "Event");
    expect(status).toBe(202);
    await expect.poll(() => logs.map(({ line }) => line)).toContain("done in the background");
  });

  test("that is only to be tried is refused", async () => {
    const { status, errorType } = await invoke(engine, "plain", {}, "DryRun");
    expect([status, errorType]).toEqual([400, "InvalidParameterValueException"]);
  });

  test("of a function that is not there is not found", async () => {
    expect(await engine.invoke("nobody", {})).toMatchObject({
      status: 404,
      errorType: "ResourceNotFoundException",
    });
  });
});

test("the environment is the synthesized one and what Lambda sets, and nothing of this machine", async () => {
  const { payload } = await engine.invoke("obedient", { environment: true });
  expect(payload).toMatchObject({
    BUCKET: "photos",
    AWS_REGION: engine.region,
    AWS_ENDPOINT_URL: engine.endpoint,
    AWS_LAMBDA_FUNCTION_NAME: "obedient",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    TZ: "UTC",
  });
  for (const name of ["SECRET_OF_THIS_MACHINE", "HOME", "NODE_PATH", "NODE_CHANNEL_FD", "VITEST"]) {
    expect(payload).not.toHaveProperty(name);
  }
  const other = (await engine.invoke("patient", { environment: true })).payload;
  expect(other.AWS_ACCESS_KEY_ID).not.toBe(payload.AWS_ACCESS_KEY_ID);
});

test("what a function writes is heard, with the request it belongs to", async () => {
  const { payload } = await engine.invoke("obedient", { say: '{"level":"ERROR"}' });
  await expect
    .poll(() => logs.find(({ line }) => line === '{"level":"ERROR"}'))
    .toMatchObject({
      functionName: "obedient",
      requestId: payload.context.awsRequestId,
      stream: "stdout",
    });
});

describe("a function that fails", () => {
  const errorOf = async (name: string, event: object) => {
    const { status, functionError, payload } = await engine.invoke(name, event);
    expect({ status, functionError }).toEqual({ status: 200, functionError: "Unhandled" });
    return payload;
  };

  test("tells its error by name, message and trace", async () => {
    const error = await errorOf("obedient", { throws: "ImageRejected" });
    expect(error).toMatchObject({ errorType: "ImageRejected", errorMessage: "the file is no image" });
    expect(error.trace[0]).toBe("ImageRejected: the file is no image");
  });

  test.each([{ sleepMs: 60_000 }, { spins: true }])(
    "by taking too long is killed at its timeout: %o",
    async (event) => {
      const error = await errorOf("hasty", event);
      expect(error.errorType).toBe("Sandbox.Timedout");
      expect(error.errorMessage).toMatch(/^RequestId: \S+ Error: Task timed out after 2\.00 seconds$/);
      expect((await engine.invoke("hasty", {})).payload.calls).toBe(1);
    },
  );

  test("by ending its process is told so, and starts anew the next time", async () => {
    const error = await errorOf("obedient", { exits: 3 });
    expect(error).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/exit status 3$/),
    });
    expect((await engine.invoke("obedient", {})).payload.calls).toBe(1);
  });

  test("by holding more memory than it has is killed", async () => {
    const before = (await engine.invoke("patient", {})).payload.pid;
    expect((await errorOf("patient", { allocateMB: 300 })).errorType).toBe("Runtime.OutOfMemory");
    expect((await engine.invoke("patient", {})).payload.pid).not.toBe(before);
  });

  test.each([
    ["with what is no error", { throwsText: true }, "string"],
    ["in a promise that nobody awaits", { forgetsPromise: true }, "Runtime.UnhandledPromiseRejection"],
    ["with an answer over 6 MB", { answerBytes: 7_000_000 }, "Function.ResponseSizeTooLarge"],
    ["with an answer that is no JSON", { answersBigInt: true }, "Runtime.MarshalError"],
  ])("%s is told so", async (_, event, errorType) => {
    expect(await errorOf("patient", event)).toMatchObject({ errorType });
  });

  test("to load is told so at each invocation", async () => {
    for (const _ of [1, 2]) {
      expect(await errorOf("broken", {})).toMatchObject({
        errorType: "TypeError",
        errorMessage: "cannot start",
      });
    }
    expect((await errorOf("empty", {})).errorType).toBe("Runtime.HandlerNotFound");
  });
});

describe("several invocations at once", () => {
  test("run in a process each", async () => {
    const gate = join(mkdtempSync(join(tmpdir(), "lambda-test-")), "gate");
    const asked = [1, 2].map((n) => engine.invoke("patient", { say: `at work ${n}`, waitsFor: gate }));
    const heard = () => logs.filter(({ line }) => /^at work \d$/.test(line));
    await expect.poll(heard).toHaveLength(2);
    writeFileSync(gate, "");
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ payload }) => payload.pid)).size).toBe(2);
  });
});

describe("a layer", () => {
  test("lends the packages it holds, as they are installed here", async () => {
    expect((await engine.invoke("layered", {})).payload).toBe("function");
  });

  test("lends nothing to functions that do not list it", async () => {
    expect((await engine.invoke("unlayered", {})).payload.errorMessage).toMatch(
      /Cannot find module 'picocolors'/,
    );
  });
});

describe("an injected fault", () => {
  const inject = (
    kind: "throttle" | "timeout" | "kill" | "disconnect" | "service-exception",
    delayMs?: number,
  ) =>
    engine.faults.add({
      target: { service: "lambda", function: "single" },
      kind,
      times: 1,
      ...(delayMs !== undefined && { delayMs }),
    });

  test("throttles as often as it was asked to", async () => {
    inject("throttle");
    expect((await engine.invoke("single", {})).status).toBe(429);
    expect((await engine.invoke("single", {})).status).toBe(200);
  });

  test("is an error of the service", async () => {
    inject("service-exception");
    expect(await engine.invoke("single", {})).toMatchObject({ status: 500, errorType: "ServiceException" });
  });

  test("is a timeout that does not take its time", async () => {
    inject("timeout");
    expect((await engine.invoke("single", {})).payload).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringContaining("timed out after 20.00 seconds"),
    });
  });

  test.each([undefined, 100])("kills the process mid-way, after %s ms", async (delayMs) => {
    inject("kill", delayMs);
    expect((await engine.invoke("single", { sleepMs: 10_000 })).payload).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/signal: killed$/),
    });
    expect((await engine.invoke("single", {})).payload.calls).toBe(1);
  });

  test("kills the process when that happens which is waited for", async () => {
    const { promise: until, resolve: kill } = Promise.withResolvers<void>();
    engine.faults.add({ target: { service: "lambda", function: "single" }, kind: "kill", times: 1, until });
    const working = new Promise((resolve) => engine.events.once("log", resolve));
    const invoked = engine.invoke("single", { say: "at work", sleepMs: 60_000 });
    await working;
    kill();
    expect((await invoked).payload.errorType).toBe("Runtime.ExitError");
    expect((await engine.invoke("single", {})).payload.calls).toBe(1);
  });

  test("kills even an invocation that was quicker", async () => {
    inject("kill", 10_000);
    expect((await engine.invoke("single", {})).payload.errorType).toBe("Runtime.ExitError");
  });

  const LOST = { status: 500, errorType: "SdkClientException" };

  test("disconnects whoever invoked the function, which runs on to its end", async () => {
    const { pid, calls } = (await engine.invoke("single", {})).payload;
    const gate = join(mkdtempSync(join(tmpdir(), "lambda-test-")), "gate");
    inject("disconnect");
    expect(await engine.invoke("single", { waitsFor: gate })).toMatchObject(LOST);
    const ended = new Promise((resolve) => engine.events.once("report", resolve));
    writeFileSync(gate, "");
    await ended;
    expect((await engine.invoke("single", {})).payload).toMatchObject({ pid, calls: calls + 2 });
  });

  test("loses even an answer that was quicker", async () => {
    inject("disconnect", 10_000);
    expect(await engine.invoke("single", {})).toMatchObject(LOST);
  });
});

test("each invocation is reported with its time and memory", async () => {
  const reported = new Promise((resolve) => engine.events.once("report", resolve));
  await engine.invoke("plain", { n: 1 });
  expect(await reported).toMatchObject({
    functionName: "plain",
    durationMs: expect.any(Number),
    queuedMs: expect.any(Number),
    maxMemoryUsedMB: expect.toSatisfy((used: number) => used > 10 && used < 128),
  });
});

test("no process is left when the engine has stopped, not even one at work", async () => {
  const own = await runStack({ functions: { busy: { code: OBEDIENT, timeout: 60 } } });
  const started = new Promise<string>((resolve) => own.events.once("log", ({ line }) => resolve(line)));
  const { pid } = (await own.invoke("busy", {})).payload;
  const pending = own.invoke("busy", { say: "at work", sleepMs: 60_000 }).catch(() => "cut off");
  await started;
  await own.stop();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  await pending;
});
