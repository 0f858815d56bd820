/** One call of the REST API: with a token, again when it is worth it, and with errors that say what to do. */
import { problemIn, Unreachable } from "./problem.ts";

export interface Tokens {
  /** @throws SessionEnded, Unreachable */
  accessToken(): Promise<string>;
  /** A token that is newer than the one which was refused. @throws SessionEnded, Unreachable */
  renew(): Promise<string>;
}

export interface Request {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query, after the API's base. */
  path: string;
  body?: object;
  signal?: AbortSignal | undefined;
}

export type Send = <Answer>(request: Request) => Promise<Answer>;

const MAX_ATTEMPTS = 4;
/** Nobody waits for longer, such as for the day on which there is another quota: they are told. */
const LONGEST_WAIT_MS = 30_000;

export function createSend(
  baseUrl: string,
  tokens: Tokens,
  wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
): Send {
  /** Once more with a new token: the one that is held may have been taken back. */
  async function authorized(request: Request): Promise<Response> {
    const answer = await fetched(baseUrl, request, await tokens.accessToken());
    return answer.status === 401 ? fetched(baseUrl, request, await tokens.renew()) : answer;
  }

  return async <Answer>(request: Request): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await authorized(request);
      if (answer.status === 204) return undefined as Answer;
      if (answer.ok) return (await answer.json()) as Answer;
      const waitMs = waitMsBefore(attempt, answer.headers.get("retry-after"));
      const isWorthIt = isWorthRepeating(answer.status, request) && waitMs <= LONGEST_WAIT_MS;
      if (attempt === MAX_ATTEMPTS || !isWorthIt) throw await problemIn(answer);
      await wait(waitMs);
      request.signal?.throwIfAborted();
    }
  };
}

async function fetched(baseUrl: string, request: Request, token: string): Promise<Response> {
  const { method = "GET", path, body, signal } = request;
  try {
    return await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      cache: "no-store",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(error);
  }
}

/** 429 is refused before anything happens; other failures may have happened halfway. */
function isWorthRepeating(status: number, { method = "GET" }: Request): boolean {
  return status === 429 || (method === "GET" && status >= 502 && status <= 504);
}

/** What is asked for; else exponential, with full jitter so that many pages do not come back at once. */
function waitMsBefore(attempt: number, retryAfter: string | null): number {
  const asked = Number(retryAfter);
  if (retryAfter !== null && asked > 0) return asked * 1000;
  return 250 + Math.random() * 500 * 2 ** attempt;
}
