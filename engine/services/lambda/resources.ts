/** Functions, their layers, and the queues they take messages from. */
import { resolve } from "node:path";
import * as z from "zod";
import type { Caller } from "../../iam/index.ts";
import { assertAssumable, policyText } from "../../stack/policies.ts";
import {
  type Apply,
  absent,
  blocks,
  emulated,
  leftOut,
  type ResourceTypes,
  read,
  type StackContext,
} from "../../stack/resource.ts";
import { StackError } from "../../stack-error.ts";
import type { FunctionSettings } from "./function.ts";
import { parseFunctionName } from "./names.ts";
import type { QueueMappingSettings } from "./queue-mapping.ts";

/** A function as it is created: its archives are still packed. */
export type NewFunction = Omit<FunctionSettings, "code" | "layers"> & {
  archive: string;
  layerArns: string[];
};

/** What resources of the stack become. */
export interface Functions {
  createLayer(arn: string, archive: string): Promise<void>;
  createFunction(settings: NewFunction): Promise<void>;
  /** Its messages are taken from the queue from now on, or from when somebody enables it. @returns the mapping's id. */
  mapQueue(functionName: string, settings: QueueMappingSettings, enabled: boolean): string;
}

/** @param arnOf takes a function's name or ARN. */
export function lambdaResources(functions: Functions, arnOf: (nameOrArn: string) => string): ResourceTypes {
  return {
    aws_lambda_layer_version: emulated(layerSchema, layer(functions)),
    aws_lambda_function: emulated(functionSchema, lambdaFunction(functions, arnOf)),
    aws_lambda_event_source_mapping: emulated(mappingSchema, eventSourceMapping(functions)),
    aws_lambda_function_recursion_config: leftOut(
      "No function is stopped here for coming back to its queue.",
    ),
    aws_lambda_permission: emulated(permissionSchema, permission(arnOf)),
  };
}

const layerSchema = z.object({ layer_name: z.string(), filename: z.string() });

const layer =
  (functions: Functions): Apply<typeof layerSchema> =>
  async ({ layer_name: name, filename }, { folder, region, accountId }) => {
    const layerArn = `arn:aws:lambda:${region}:${accountId}:layer:${name}`;
    const arn = `${layerArn}:1`;
    await functions.createLayer(arn, resolve(folder, filename));
    return { id: arn, arn, layer_arn: layerArn, version: "1", layer_name: name };
  };

const functionSchema = z.object({
  function_name: z.string(),
  role: z.string(),
  filename: z.string(),
  handler: z.string(),
  runtime: z.string().regex(/^nodejs/, "only Node.js functions run here"),
  timeout: z.number().default(3),
  memory_size: z.number().default(128),
  layers: z.array(z.string()).default([]),
  environment: blocks(z.object({ variables: z.record(z.string(), z.coerce.string()).default({}) })),
  reserved_concurrent_executions: z.literal(-1, "concurrency is not reserved here").default(-1),
  logging_config: blocks(z.object({ log_group: z.string().optional() })),
});

const lambdaFunction =
  (functions: Functions, arnOf: (nameOrArn: string) => string): Apply<typeof functionSchema> =>
  async (settings, context) => {
    const { permissions, folder, region } = context;
    const { function_name: name, role: roleArn } = settings;
    const arn = arnOf(name);
    const words = "The role defined for the function cannot be assumed by Lambda.";
    assertAssumable(context, roleArn, { service: "lambda.amazonaws.com", arn, words });
    permissions.createFunction({ name, arn, roleArn });
    await functions.createFunction({
      name,
      arn,
      handler: settings.handler,
      runtime: settings.runtime,
      timeoutSeconds: settings.timeout,
      memoryMB: settings.memory_size,
      environment: localValues(settings.environment[0]?.variables ?? {}, context),
      logGroup: settings.logging_config[0]?.log_group ?? `/aws/lambda/${name}`,
      archive: resolve(folder, settings.filename),
      layerArns: settings.layers,
    });
    return {
      id: name,
      function_name: name,
      arn,
      qualified_arn: `${arn}:$LATEST`,
      version: "$LATEST",
      invoke_arn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    };
  };

/** What a function tells a browser of, it has from there. */
function localValues(variables: Record<string, string>, { toLocal }: StackContext): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toLocal(value)]));
}

const mappingSchema = z.object({
  event_source_arn: z.string().startsWith("arn:aws:sqs:", "here events can only come from a queue"),
  function_name: z.string(),
  enabled: z.boolean().default(true),
  batch_size: z.number().default(10),
  maximum_batching_window_in_seconds: z.literal(0, "here no batch waits to be filled up").default(0),
  function_response_types: z.array(z.string()).default([]),
  scaling_config: blocks(z.object({ maximum_concurrency: z.number().optional() })),
});

/** How many batches Lambda starts with when nothing limits it. */
const USUAL_CONCURRENCY = 5;

const eventSourceMapping =
  (functions: Functions): Apply<typeof mappingSchema> =>
  ({ event_source_arn: queueArn, function_name: functionName, ...settings }, { permissions }) => {
    const { name } = parseFunctionName(functionName);
    assertReadable(queueArn, permissions.function(name));
    const mapping = {
      queueArn,
      batchSize: settings.batch_size,
      maximumConcurrency: settings.scaling_config[0]?.maximum_concurrency ?? USUAL_CONCURRENCY,
      reportsItemFailures: settings.function_response_types.includes("ReportBatchItemFailures"),
    };
    const uuid = functions.mapQueue(name, mapping, settings.enabled);
    return { id: uuid, uuid, state: settings.enabled ? "Enabled" : "Disabled" };
  };

/** Lambda refuses a queue that the function's role may not read: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function assertReadable(queueArn: string, role: Caller): void {
  for (const call of ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]) {
    const refusal = role.refusalOf({ action: `sqs:${call}`, resource: queueArn });
    if (refusal === undefined) continue;
    const message = `The function execution role does not have permissions to call ${call} on SQS`;
    throw new StackError(`${message}. ${refusal}.`);
  }
}

const NOT_HERE = "this engine does not know who that would let in";

const permissionSchema = z.object({
  action: z.string(),
  function_name: z.string(),
  principal: z.string(),
  source_arn: z.string().optional(),
  source_account: z.string().optional(),
  event_source_token: absent(NOT_HERE),
  function_url_auth_type: absent(NOT_HERE),
  principal_org_id: absent(NOT_HERE),
  qualifier: absent(NOT_HERE),
});

/** A statement of the function's own policy. */
const permission =
  (arnOf: (nameOrArn: string) => string): Apply<typeof permissionSchema> =>
  ({ action, principal, source_arn: sourceArn, source_account: sourceAccount, ...settings }, context) => {
    const arn = arnOf(settings.function_name);
    const statement = {
      Effect: "Allow",
      Principal: principal.endsWith(".amazonaws.com") ? { Service: principal } : { AWS: principal },
      Action: action,
      Resource: arn,
      Condition: {
        ...(sourceArn !== undefined && { ArnLike: { "AWS:SourceArn": sourceArn } }),
        ...(sourceAccount !== undefined && { StringEquals: { "AWS:SourceAccount": sourceAccount } }),
      },
    };
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    context.permissions.addToResource(arn, read(policyText("resource"), text));
    return { id: context.address };
  };
