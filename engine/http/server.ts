/** The HTTP servers of the engine: on this machine, for this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { Stack } from "../stack/read.ts";

export interface ServerOptions {
  /** Answers a request; what it throws ends the connection. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Of pages that may ask, besides those of this machine. */
  origins: ReadonlySet<string>;
  /** For all headers together; more are answered 431. */
  maxHeaderBytes?: number;
  /** What 431 says, as JSON. Nothing without it. */
  tooManyHeaders?: object;
}

export interface Address {
  host: string;
  /** 0: any free port. */
  port: number;
}

export interface LocalServer {
  /** With an address rather than a name where `host` is one: SDKs then choose path-style S3 addresses by themselves. */
  url: string;
  port: number;
  /** Also ends the connections that clients keep open. */
  close(): Promise<void>;
}

/** Something else listens on the port already. */
export class PortTakenError extends Error {
  override name = "PortTakenError";
}

/** @throws PortTakenError when the port is in use. */
export async function startServer(options: ServerOptions, { host, port }: Address): Promise<LocalServer> {
  const { maxHeaderBytes, tooManyHeaders, handle } = options;
  const settings = maxHeaderBytes === undefined ? {} : { maxHeaderSize: maxHeaderBytes };
  const server = createServer(settings, (request, response) => {
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) return refuse(request, response, refusal);
    handle(request, response).catch(() => response.destroy());
  });
  if (tooManyHeaders)
    server.on("clientError", (error, socket) => refuseUnread(error, socket, tooManyHeaders));
  // A slow upload is no attack on this machine, and a client's idle connection is worth keeping.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      const message = `Port ${port} on ${host} is in use, perhaps by another engine.`;
      reject(new PortTakenError(message));
    });
    server.listen({ host, port }, resolve);
  });
  const { port: opened } = server.address() as AddressInfo;
  const name = host.replace(/^.*:.*$/, "[$&]");
  return {
    url: `http://${name}:${opened}`,
    port: opened,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface ServerToStart {
  /** Empty until it is started. */
  readonly url: string;
  /** Opens the port where the stack needs it. @throws PortTakenError when it is in use. */
  start(stack: Pick<Stack, "blocks">): Promise<void>;
  stop(): Promise<void>;
}

/** A server for stacks that have a resource of that type. */
export function serverToStart(type: string, options: ServerOptions, address: Address): ServerToStart {
  let server: LocalServer | undefined;
  return {
    get url() {
      return server?.url ?? "";
    },
    async start({ blocks }) {
      if (blocks.some((block) => block.type === type)) server = await startServer(options, address);
    },
    async stop() {
      await server?.close();
      server = undefined;
    },
  };
}

/**
 * Web pages of elsewhere cannot use the engine: neither by a name of their own that leads to this machine (DNS
 * rebinding), which `Host` tells, nor by asking from their own origin.
 */
function refusalOf({ headers }: IncomingMessage, { origins }: ServerOptions): string | undefined {
  const { host = "", origin } = headers;
  const asked = /[@/?#\\]/.test(host) ? "" : hostnameOf(`http://${host}`);
  // Nobody can make an address lead to somewhere else, as they can a name.
  if (!LOOPBACK.test(asked) && !isIP(asked.replace(/^\[|\]$/g, "")))
    return `This engine answers under names and addresses of this machine, not under "${host}".`;
  if (origin === undefined || origins.has(origin)) return undefined;
  const from = hostnameOf(origin);
  if (LOOPBACK.test(from) || (from === asked && from !== "")) return undefined;
  return `This engine answers pages of this machine, and of origins that its stack names for CORS, not of "${origin}".`;
}

const LOOPBACK = /^(?:.+\.)?localhost\.?$|^127\.\d+\.\d+\.\d+$|^\[::1\]$/;

function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname ?? "";
}

function refuse(request: IncomingMessage, response: ServerResponse, message: string): void {
  request.resume();
  response.writeHead(403, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}

/** Of a request that could not be read there is no response to write to: this is one by hand, as Node's own are. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex, tooManyHeaders: object): void {
  const body = JSON.stringify(tooManyHeaders);
  const answer =
    error.code === "HPE_HEADER_OVERFLOW"
      ? `431 Request Header Fields Too Large\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
      : "400 Bad Request\r\nConnection: close\r\n\r\n";
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${answer}`, () => socket.destroy());
}
