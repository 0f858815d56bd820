/**
 * What runs inside a function's process, in the place of Lambda's Node.js runtime: loads the handler once, then answers
 * one invocation after the other over the process's message channel. Plain JavaScript, because stripping types in each
 * process would add 18 MB to the memory that is measured.
 */
import { readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const MAX_PAYLOAD_BYTES = 6_291_556;

/** @type {{ requestId: string } | undefined} */
let current;

process.once("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group; the engine decides when its functions end.
process.on("SIGINT", () => {});
process.on("unhandledRejection", (reason) => {
  const error = describe(reason);
  dieWith({ ...error, errorType: "Runtime.UnhandledPromiseRejection" });
});
process.on("uncaughtException", (error) => dieWith(describe(error)));

// Lambda has its own ways to start a function quickly.
enableCompileCache(process.argv[2]);
const loading = performance.now();
const handler = await loadHandler(process.env._HANDLER ?? "", process.env.LAMBDA_TASK_ROOT ?? "").catch(
  (error) => send({ type: "initError", error: describe(error) }, () => process.exit(1)),
);
if (handler) {
  process.on("message", (message) => void invoke(message));
  send({ type: "ready", initDurationMs: performance.now() - loading });
}

/** @param {any} call */
async function invoke(call) {
  current = call;
  send({ type: "started", requestId: call.requestId });
  process.env._X_AMZN_TRACE_ID = call.traceId;
  try {
    const payload = serialize(await handler(JSON.parse(call.event), contextOf(call)));
    answer(call, { type: "result", payload });
  } catch (error) {
    answer(call, { type: "error", error: describe(error) });
  }
}

/** @param {any} call @param {Record<string, unknown>} result */
function answer(call, result) {
  if (current !== call) return;
  current = undefined;
  send({ ...result, requestId: call.requestId, peakMemoryKB: peakMemoryKB() }, keepCompiled);
}

let isCompiledKept = false;

/** For the next process: after an invocation, because its functions are compiled then, and not at the end, which is a kill. */
function keepCompiled() {
  if (!isCompiledKept) flushCompileCache();
  isCompiledKept = true;
}

/** The `context` argument. @param {any} call */
function contextOf(call) {
  return {
    awsRequestId: call.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: call.functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, call.deadlineMs - Date.now()),
  };
}

/** Finds `<file>.<function>` as Lambda does. @param {string} name @param {string} root */
async function loadHandler(name, root) {
  const dot = name.lastIndexOf(".");
  const file = await handlerFile(join(root, name.slice(0, dot)));
  if (!file) {
    throw named("Runtime.ImportModuleError", `Error: Cannot find module '${name.slice(0, dot)}' in ${root}`);
  }
  const loaded = await import(pathToFileURL(file).href);
  const exported = name.slice(dot + 1);
  const found = loaded[exported] ?? loaded.default?.[exported];
  if (typeof found !== "function") {
    throw named("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  return found;
}

/** @param {string} base */
async function handlerFile(base) {
  for (const extension of [".js", ".mjs", ".cjs"]) {
    try {
      await access(base + extension);
      return base + extension;
    } catch {}
  }
  return undefined;
}

/** @param {unknown} result */
function serialize(result) {
  let payload;
  try {
    payload = JSON.stringify(result) ?? "null";
  } catch (error) {
    throw named("Runtime.MarshalError", `Unable to stringify response body: ${error}`);
  }
  const bytes = Buffer.byteLength(payload);
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw named(
      "Function.ResponseSizeTooLarge",
      `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
    );
  }
  return payload;
}

/** @param {string} name @param {string} message */
function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** An error in the shape that Lambda reports. @param {unknown} thrown */
function describe(thrown) {
  if (!(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  return {
    errorType: thrown.name,
    errorMessage: thrown.message,
    trace: (thrown.stack ?? String(thrown)).split("\n"),
  };
}

/** @param {Record<string, unknown>} error */
function dieWith(error) {
  const peak = { peakMemoryKB: peakMemoryKB() };
  const message = current
    ? { type: "error", requestId: current.requestId, error, ...peak, fatal: true }
    : { type: "initError", error };
  send(message, () => process.exit(1));
}

/**
 * The process's largest resident memory. Linux counts what the engine itself held at the moment of the fork into
 * `resourceUsage().maxRSS`, so it is read from where it is kept for this process alone.
 */
function peakMemoryKB() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

/** @param {Record<string, unknown>} message @param {() => void} [sent] */
function send(message, sent) {
  process.send?.(message, undefined, undefined, () => sent?.());
}
