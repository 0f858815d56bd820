/** Lambda on this machine: the functions of the stack, their processes, their queues, and the Invoke API. */

import { availableParallelism } from "node:os";
import type { EngineContext } from "../../context.ts";
import type { BatchDone } from "../../events.ts";
import type { Service } from "../../http/service.ts";
import type { Caller } from "../../iam/index.ts";
import type { Queues } from "../sqs-sns/index.ts";
import { lambdaApi } from "./api.ts";
import { CodeStore } from "./code.ts";
import { LambdaFunction } from "./function.ts";
import { accessDenied, notFound, type Outcome } from "./invocation.ts";
import { Mappings } from "./mappings.ts";
import { parseFunctionName } from "./names.ts";
import { type Functions, lambdaResources } from "./resources.ts";

export { LAMBDA } from "./api.ts";

/** For somebody who may do so or not. Never throws: a refusal and an unknown function are service errors, as on AWS. */
export type Invoke = (nameOrArn: string, event: string, caller: Caller) => Promise<Outcome>;

export interface Lambda extends Service {
  invoke: Invoke;
  /** Starts one process of each function ahead of the first invocation. */
  warm(which?: (functionName: string) => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** One function more than processors: the one that waits for the network leaves its processor to another. */
const maxProcesses = availableParallelism() + 1;

export function createLambda(context: EngineContext, queues: Queues): Lambda {
  const { region, accountId, retryScale, events } = context;
  const code = new CodeStore(context);
  const layers = new Map<string, string>();
  const functions = new Map<string, LambdaFunction>();
  const mappings = new Mappings();
  const find = (nameOrArn: string) => functions.get(parseFunctionName(nameOrArn).name);
  const arnOf = (nameOrArn: string) => {
    const { name, qualifier } = parseFunctionName(nameOrArn);
    const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
    return qualifier === undefined ? arn : `${arn}:${qualifier}`;
  };

  const created: Functions = {
    async createLayer(arn, archive) {
      layers.set(arn, await code.linkLayer(archive));
    },
    async createFunction({ archive, layerArns, ...settings }) {
      const unpacked = await code.unpackFunction(archive);
      const linked = layerArns.flatMap((arn) => layers.get(arn) ?? []);
      const options = { ...settings, code: unpacked, layers: linked };
      functions.set(settings.name, new LambdaFunction(options, { context, maxProcesses }));
    },
    mapQueue(functionName, settings, enabled) {
      const target = find(functionName);
      if (!target) throw new Error(notFound(functionName).message);
      const maximumConcurrency = Math.min(settings.maximumConcurrency, maxProcesses);
      const options = {
        queues,
        target,
        retryScale,
        onBatch: (batch: BatchDone) => events.emit("batch", batch),
      };
      return mappings.add({ ...settings, maximumConcurrency }, options, enabled);
    },
  };

  return {
    apis: [lambdaApi({ find, arnOf, mappings })],
    resources: lambdaResources(created, arnOf),
    async invoke(nameOrArn, event, caller) {
      const refusal = caller.refusalOf({ action: "lambda:InvokeFunction", resource: arnOf(nameOrArn) });
      if (refusal !== undefined) return { kind: "serviceError", error: accessDenied(refusal) };
      const target = find(nameOrArn);
      return target ? target.invoke(event) : { kind: "serviceError", error: notFound(nameOrArn) };
    },
    async warm(which = () => true) {
      const chosen = [...functions.values()].filter(({ settings }) => which(settings.name));
      await Promise.all(chosen.map((each) => each.warm()));
    },
    async stop() {
      const drained = mappings.stop();
      await Promise.all([...functions.values()].map((each) => each.stop()));
      await drained;
    },
  };
}
