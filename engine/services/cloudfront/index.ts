/** CloudFront on this machine: one distribution on a port of its own, in front of the engine's buckets and its API. */
import { Agent, createServer } from "node:http";
import { type Listening, listen } from "../../http/listen.ts";
import { Compressor } from "./compression.ts";
import type { Distribution } from "./distribution.ts";
import type { EdgeFunction } from "./functions.ts";
import type { ResponseHeadersPolicy } from "./response-headers.ts";
import { type Surroundings, serve } from "./serve.ts";

export interface CdnOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  readObject: Surroundings["readObject"];
  onLog: Surroundings["onLog"];
}

export interface Cdn {
  /** Base URL of the distribution; empty until it is started. */
  readonly url: string;
  /** The hosts that the distribution has on AWS; none as long as there is no distribution. */
  readonly hosts: string[];
  /** What behaviours refer to: functions by ARN, the others by id. */
  readonly functions: Map<string, EdgeFunction>;
  readonly responseHeadersPolicies: Map<string, ResponseHeadersPolicy>;
  readonly originAccessControls: Set<string>;
  /** Puts the distribution into service. There can be one. @throws Error for a second one. */
  createDistribution(distribution: Distribution): void;
  /** Opens the port. @throws PortTakenError when it is in use. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createCdn({ host, port, ...around }: CdnOptions): Cdn {
  const agent = new Agent({ keepAlive: true });
  const surroundings = { ...around, agent, compressor: new Compressor() };
  let distribution: Distribution | undefined;
  let listening: Listening | undefined;
  // CloudFront's limit for a request without its body.
  const server = createServer({ maxHeaderSize: 32_768 }, (request, response) => {
    serve(request, response, distribution, surroundings).catch(() => response.destroy());
  });
  // A slow upload is no attack on this machine, and a client's idle connection is worth keeping.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 120_000;
  return {
    get url() {
      return listening?.url ?? "";
    },
    get hosts() {
      return distribution ? [distribution.domainName, ...distribution.aliases] : [];
    },
    functions: new Map(),
    responseHeadersPolicies: new Map(),
    originAccessControls: new Set(),
    createDistribution(created) {
      if (distribution) {
        const message = `This engine has one distribution, ${distribution.domainName}; ${created.domainName} would be a second one.`;
        throw new Error(message);
      }
      distribution = created;
    },
    async start() {
      listening = await listen(server, { host, port });
    },
    async stop() {
      await listening?.close();
      agent.destroy();
      listening = undefined;
    },
  };
}
