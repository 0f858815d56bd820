/** Answers of an HTTP API: it gets all that the viewer sent but the host, and what it says goes back unchanged. */
import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { HOP_BY_HOP_HEADERS } from "../../http/headers.ts";
import { type Answer, errorPage, UNSATISFIED, type ViewerRequest } from "./exchange.ts";

export interface ApiRequestOptions {
  agent: Agent;
  /** Says that the viewer is: nothing more is asked then. */
  gone: AbortSignal;
}

/** Bodies stream through in both directions. */
export async function answerFromApi(
  request: ViewerRequest,
  url: string,
  options: ApiRequestOptions,
): Promise<Answer> {
  const response = await send(request, url, options).catch(() => undefined);
  if (!response) return errorPage(502, UNSATISFIED, "CloudFront could not reach the origin.");
  const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    HOP_BY_HOP_HEADERS.includes(name)
      ? []
      : [[name, values.length === 1 ? String(values[0]) : values] as const],
  );
  return { status: response.statusCode ?? 502, headers: Object.fromEntries(headers), body: response };
}

function send(
  { method, uri, query, headers, ip, message }: ViewerRequest,
  url: string,
  { agent, gone }: ApiRequestOptions,
): Promise<IncomingMessage> {
  const { host: _, ...kept } = headers;
  const forwardedFor = [...(headers["x-forwarded-for"] ?? []), ip].join(", ");
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, {
      method,
      path: `${uri}${query === "" ? "" : `?${query}`}`,
      headers: { ...kept, "x-forwarded-for": forwardedFor },
      agent,
      signal: gone,
    });
    outgoing.once("response", resolve);
    outgoing.on("error", (error) => {
      message.unpipe(outgoing).resume();
      reject(error);
    });
    message.pipe(outgoing);
  });
}
