/** CloudFront on this machine: one distribution on a port of its own, in front of the engine's buckets and its API. */
import { Agent } from "node:http";
import type { EngineContext } from "../../context.ts";
import { type ServerToStart, serverToStart } from "../../http/server.ts";
import type { Service } from "../../http/service.ts";
import { StackError } from "../../stack-error.ts";
import type { S3 } from "../s3/index.ts";
import { MANAGED_CACHE_POLICIES } from "./cache-policies.ts";
import { Compressor } from "./compression.ts";
import type { Distribution } from "./distribution.ts";
import { distributionResource } from "./distribution-resource.ts";
import type { EdgeParts } from "./edge-parts.ts";
import { edgeResources } from "./edge-resources.ts";
import { type EdgeDependencies, serve } from "./serve.ts";

export interface CloudfrontOptions {
  /** 0: any free port. */
  port: number;
  readObject: S3["readObject"];
  /** Base URL of the API with that id. */
  apiUrlOf(apiId: string): string | undefined;
}

export interface Cloudfront extends Omit<Service, keyof ServerToStart>, ServerToStart {}

const DISTRIBUTION = "aws_cloudfront_distribution";
/** CloudFront's limit for a request without its body. */
const MAX_HEADER_BYTES = 32_768;

export function createCloudfront(context: EngineContext, options: CloudfrontOptions): Cloudfront {
  const { host, permissions, events, origins } = context;
  const agent = new Agent({ keepAlive: true });
  const dependencies: EdgeDependencies = {
    get url() {
      return server.url;
    },
    agent,
    compressor: new Compressor(),
    readObject: (read, distributionArn) =>
      options.readObject({
        ...read,
        caller: permissions.service("cloudfront.amazonaws.com", distributionArn),
      }),
    onLog: ({ functionName, ...line }) => {
      const logGroup = `/aws/cloudfront/function/${functionName}`;
      events.emit("log", { ...line, functionName, logGroup, at: new Date() });
    },
  };
  const parts: EdgeParts = {
    functions: new Map(),
    responseHeadersPolicies: new Map(),
    originAccessControls: new Set(),
    cachePolicies: new Map(MANAGED_CACHE_POLICIES),
    publicKeys: new Map(),
    keyGroups: new Map(),
  };
  let distribution: Distribution | undefined;
  /** Others may know these without referring to the distribution, and so before it is there. */
  let aliases: string[] = [];
  const server = serverToStart(
    DISTRIBUTION,
    {
      handle: (request, response) => serve(request, response, distribution, dependencies),
      origins,
      maxHeaderBytes: MAX_HEADER_BYTES,
    },
    { host, port: options.port },
  );
  const createDistribution = (created: Distribution) => {
    if (distribution) {
      const message = `This engine has one distribution, ${distribution.domainName}; ${created.domainName} would be a second one.`;
      throw new StackError(message);
    }
    distribution = created;
  };
  return {
    apis: [],
    resources: {
      aws_cloudfront_distribution: distributionResource({
        parts,
        apiUrlOf: options.apiUrlOf,
        createDistribution,
      }),
      ...edgeResources(parts),
    },
    get url() {
      return server.url;
    },
    localUrl(host) {
      const own = distribution ? [distribution.domainName, ...distribution.aliases] : [];
      return [...own, ...aliases].includes(host) ? server.url : undefined;
    },
    start(stack) {
      const distributions = stack.blocks.filter(({ type }) => type === DISTRIBUTION);
      aliases = distributions.flatMap(({ body }) => (Array.isArray(body.aliases) ? body.aliases : []));
      return server.start(stack);
    },
    async stop() {
      await server.stop();
      agent.destroy();
    },
  };
}
