/** Ports of this machine, and what to say when one is taken. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Listening {
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

/** `port` 0 is any free port. @throws PortTakenError when the port is in use. */
export async function listen(server: Server, address: { host: string; port: number }): Promise<Listening> {
  await opened(server, address);
  const { port } = server.address() as AddressInfo;
  const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host.replace(/^.*:.*$/, "[$&]");
  return {
    url: `http://${host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function opened(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      const message = `Port ${port} on ${host} is in use, perhaps by another engine. Stop that one, or choose another port with --port.`;
      reject(new PortTakenError(message, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
}
