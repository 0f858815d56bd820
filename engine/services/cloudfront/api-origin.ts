/** Answers of an HTTP API: it gets all that the viewer sent but the host, and what it says goes back unchanged. */
import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { type Answer, BETWEEN_NEIGHBOURS, errorPage, UNSATISFIED, type ViewerRequest } from "./exchange.ts";

export interface ApiSurroundings {
  agent: Agent;
  /** Says that the viewer is: nothing more is asked then. */
  gone: AbortSignal;
}

/** Bodies stream through in both directions. */
export async function answerFromApi(
  request: ViewerRequest,
  origin: { url: string; path: string },
  around: ApiSurroundings,
): Promise<Answer> {
  const response = await send(request, origin, around).catch(() => undefined);
  if (!response) return errorPage(502, UNSATISFIED, "CloudFront could not reach the origin.");
  const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    OWN_OF_CONNECTION.includes(name)
      ? []
      : [[name, values.length === 1 ? String(values[0]) : values] as const],
  );
  return { status: response.statusCode ?? 502, headers: Object.fromEntries(headers), body: response };
}

const OWN_OF_CONNECTION = [...BETWEEN_NEIGHBOURS, "transfer-encoding"];

function send(
  { method, uri, query, headers, ip, message }: ViewerRequest,
  { url, path }: { url: string; path: string },
  { agent, gone }: ApiSurroundings,
): Promise<IncomingMessage> {
  const { host: _, ...kept } = headers;
  const forwardedFor = [...(headers["x-forwarded-for"] ?? []), ip].join(", ");
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, {
      method,
      path: `${path}${uri}${query === "" ? "" : `?${query}`}`,
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
