/** DynamoDB: dynalite behind the endpoint. */

import type { EngineContext } from "../../context.ts";
import { readAwsJson } from "../../http/aws-json.ts";
import { jsonErrors, ServiceError } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { startDynalite } from "./dynalite.ts";
import { dynamodbPermissions, OPERATIONS } from "./permissions.ts";
import { tableResources } from "./resources.ts";

export const DYNAMODB: ServiceDescription = { name: "dynamodb", title: "DynamoDB", operations: OPERATIONS };

export function createDynamodb({
  region,
  accountId,
  storage,
}: Pick<EngineContext, "region" | "accountId" | "storage">): Service {
  const { perform, stop } = startDynalite(region, storage.isLasting ? storage.folder("dynamodb") : undefined);
  return {
    apis: [
      {
        ...DYNAMODB,
        target: "DynamoDB_20120810",
        async read(call) {
          const { operation, text, input } = await readAwsJson(call);
          return {
            name: operation,
            permissions: dynamodbPermissions(operation, input, `arn:aws:dynamodb:${region}:${accountId}:`),
            perform: () => {
              // dynalite ends the process over a null, which DynamoDB's JSON never has.
              if (!isObject(input) || hasNull(input))
                throw new ServiceError("SerializationException", "The request is not what DynamoDB takes.");
              return perform(operation, text);
            },
          };
        },
        writeError: jsonErrors({ own: { InternalError: { code: "InternalServerError" } } }),
      },
    ],
    resources: tableResources(perform),
    stop,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasNull(value: unknown): boolean {
  if (typeof value !== "object") return false;
  return value === null || Object.values(value).some(hasNull);
}
