/** Functions, their layers, and the queues they take messages from. */
import { resolve } from "node:path";
import { z } from "zod";
import { StackError } from "../stack/read.ts";
import { type Apply, blocks, read } from "./types.ts";

export const layer: Apply = async (resource, { functions, folder, region, accountId }) => {
  const { layer_name: name, filename } = read(
    z.object({ layer_name: z.string(), filename: z.string() }),
    resource,
  );
  const layerArn = `arn:aws:lambda:${region}:${accountId}:layer:${name}`;
  const arn = `${layerArn}:1`;
  await functions.createLayer(arn, resolve(folder, filename));
  return { id: arn, arn, layer_arn: layerArn, version: "1", layer_name: name };
};

const functionSchema = z.object({
  function_name: z.string(),
  filename: z.string(),
  handler: z.string(),
  runtime: z.string().regex(/^nodejs/, "only Node.js functions run here"),
  timeout: z.number().default(3),
  memory_size: z.number().default(128),
  layers: z.array(z.string()).default([]),
  environment: blocks(z.object({ variables: z.record(z.string(), z.coerce.string()).default({}) })),
  /** -1: not reserved. */
  reserved_concurrent_executions: z.number().default(-1),
  logging_config: blocks(z.object({ log_group: z.string().optional() })),
});

export const lambdaFunction: Apply = async (resource, { functions, folder, region, accountId }) => {
  const settings = read(functionSchema, resource);
  const { function_name: name, reserved_concurrent_executions: reserved } = settings;
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  await functions.createFunction({
    name,
    arn,
    handler: settings.handler,
    runtime: settings.runtime,
    timeoutSeconds: settings.timeout,
    memoryMB: settings.memory_size,
    environment: settings.environment[0]?.variables ?? {},
    ...(reserved >= 0 && { reservedConcurrency: reserved }),
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

const mappingSchema = z.object({
  event_source_arn: z.string(),
  function_name: z.string(),
  enabled: z.boolean().default(true),
  batch_size: z.number().default(10),
  maximum_batching_window_in_seconds: z.number().default(0),
  function_response_types: z.array(z.string()).default([]),
  scaling_config: blocks(z.object({ maximum_concurrency: z.number().optional() })),
});

/** How many batches Lambda starts with when nothing limits it. */
const usualConcurrency = 5;

export const eventSourceMapping: Apply = (resource, { functions, region }) => {
  const settings = read(mappingSchema, resource);
  const { event_source_arn: queueArn, function_name: functionName } = settings;
  if (!queueArn.startsWith("arn:aws:sqs:")) {
    throw new StackError(`${resource.address} takes events from ${queueArn}; here it can only be a queue.`);
  }
  if (settings.enabled) {
    functions.mapQueue(functionName, {
      queueArn,
      region,
      batchSize: settings.batch_size,
      batchingWindowSeconds: settings.maximum_batching_window_in_seconds,
      maximumConcurrency: settings.scaling_config[0]?.maximum_concurrency ?? usualConcurrency,
      reportsItemFailures: settings.function_response_types.includes("ReportBatchItemFailures"),
    });
  }
  return { id: resource.address, uuid: resource.address, state: settings.enabled ? "Enabled" : "Disabled" };
};
