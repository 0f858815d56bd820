/** The way of one request through the CDN: behaviour, method, function, origin, headers. */
import type { Agent, IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { answerFromApi } from "./api-origin.ts";
import { answerFromBucket, type BucketDependencies } from "./bucket-origin.ts";
import { type Behaviour, behaviourFor, type Distribution } from "./distribution.ts";
import { afterFunction, eventOf, InvalidResult } from "./event.ts";
import { type Answer, errorPage, requestOf, UNSATISFIED, type ViewerRequest } from "./exchange.ts";
import type { EdgeFunction } from "./functions.ts";
import { withPolicy } from "./response-headers.ts";
import { checkSigned } from "./signed-urls.ts";

export interface EdgeDependencies extends BucketDependencies {
  /** Where the distribution is on this machine. */
  readonly url: string;
  /** Keeps the connections to the API. */
  agent: Agent;
  /** Gets what functions write, and why they failed. */
  onLog(line: { functionName: string; requestId: string; stream: "stdout" | "stderr"; line: string }): void;
}

const LONGEST_URL = 8192;

/** Answers whatever comes. */
export async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  distribution: Distribution | undefined,
  dependencies: EdgeDependencies,
): Promise<void> {
  const leaving = new AbortController();
  response.once("close", () => response.writableFinished || leaving.abort());
  const answer = await answerTo(requestOf(incoming), distribution, dependencies, leaving.signal);
  // What the viewer still sends must be taken in before the connection can be used again.
  if (!incoming.complete && !(answer.body && "pipe" in answer.body)) incoming.resume();
  response.writeHead(answer.status, answer.headers);
  if (Buffer.isBuffer(answer.body) || !answer.body) response.end(answer.body);
  else await pipeline(answer.body, response);
}

async function answerTo(
  request: ViewerRequest,
  distribution: Distribution | undefined,
  dependencies: EdgeDependencies,
  gone: AbortSignal,
): Promise<Answer> {
  const behaviour = distribution && behaviourFor(distribution, request.uri);
  if (!behaviour) return errorPage(503, UNSATISFIED, "There is no distribution here, or not yet.");
  const moved = movedToAddress(request, dependencies.url);
  if (moved) return moved;
  const answer = await answerOf(request, behaviour, distribution, dependencies, gone);
  return withPolicy(answer, behaviour.responseHeaders, request);
}

/**
 * Sends a page that is opened as `localhost` to its address: what the stack lets pages do (come back from signing in, CORS) it lets
 * those of one origin do. Whatever asks for anything but a page is answered under both.
 */
function movedToAddress({ method, uri, query, headers }: ViewerRequest, url: string): Answer | undefined {
  const isNamed = headers.host?.[0] === url.replace("http://127.0.0.1:", "localhost:");
  const isPage = method === "GET" && headers.accept?.some((types) => types.includes("text/html"));
  if (!isNamed || !isPage || !uri.startsWith("/")) return undefined;
  const location = `${url}${uri}${query === "" ? "" : `?${query}`}`;
  return { status: 307, headers: { location, "cache-control": "no-store", "content-length": "0" } };
}

async function answerOf(
  request: ViewerRequest,
  behaviour: Behaviour,
  distribution: Distribution,
  dependencies: EdgeDependencies,
  gone: AbortSignal,
): Promise<Answer> {
  const { method, uri, query } = request;
  if (!uri.startsWith("/")) return errorPage(400, "Bad request.", "The path has to begin with a slash.");
  if (uri.length + query.length > LONGEST_URL) return errorPage(414, UNSATISFIED, "The URL is too long.");
  if (!behaviour.allowedMethods.includes(method)) return errorPage(403, UNSATISFIED, METHOD_NOT_ALLOWED);
  const admitted = behaviour.signers ? checkSigned(request, behaviour.signers) : { request };
  if ("answer" in admitted) return admitted.answer;
  const passed = behaviour.viewerRequest
    ? runFunction(behaviour.viewerRequest, admitted.request, distribution, dependencies)
    : admitted;
  if ("answer" in passed) return passed.answer;
  const { origin, compresses } = behaviour;
  const asked = passed.request.uri === "/" ? `/${distribution.defaultRootObject}` : passed.request.uri;
  const onward = { ...forwarded(passed.request, behaviour.forwardedHeaders), uri: asked };
  if (origin.kind === "api") return answerFromApi(onward, origin.url, { agent: dependencies.agent, gone });
  return answerFromBucket(
    onward,
    origin.bucket,
    { compresses, distributionArn: distribution.arn },
    dependencies,
  );
}

function forwarded(request: ViewerRequest, headers: string[] | undefined): ViewerRequest {
  if (headers === undefined) return request;
  const kept = Object.entries(request.headers).filter(([name]) => headers.includes(name));
  return { ...request, query: "", headers: Object.fromEntries(kept) };
}

const METHOD_NOT_ALLOWED =
  "This distribution is not configured to allow the HTTP request method that was used for this request.";

/** 503 where the function fails, 502 where it returns what it cannot. Its log says why, as on AWS. */
function runFunction(
  edgeFunction: EdgeFunction,
  request: ViewerRequest,
  distribution: Distribution,
  { onLog }: EdgeDependencies,
): { request: ViewerRequest } | { answer: Answer } {
  const about = { functionName: edgeFunction.name, requestId: request.id };
  const fail = (status: number, line: string) => {
    onLog({ ...about, stream: "stderr", line });
    return { answer: errorPage(status, UNSATISFIED, FUNCTION_FAILED) };
  };
  const run = edgeFunction.run(eventOf(request, distribution));
  for (const line of run.written) onLog({ ...about, stream: "stdout", line });
  if ("error" in run) return fail(503, run.error);
  try {
    return { request: afterFunction(request, run.result) };
  } catch (error) {
    if (error instanceof InvalidResult) return fail(502, error.message);
    throw error;
  }
}

const FUNCTION_FAILED =
  "The CloudFront function associated with the CloudFront distribution is invalid or could not run.";
