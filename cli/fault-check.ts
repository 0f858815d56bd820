/** Whether faults that are asked for can hit anything: a name that is spelt wrong would otherwise do nothing, silently. */

import { type Fault, type Faults, faultText, readStack } from "stack-engine";
import { UsageError } from "./command.ts";

/** The SDK's clients know the operations of their services. */
const clients: Record<string, () => Promise<object>> = {
  s3: () => import("@aws-sdk/client-s3"),
  sqs: () => import("@aws-sdk/client-sqs"),
  sns: () => import("@aws-sdk/client-sns"),
  dynamodb: () => import("@aws-sdk/client-dynamodb"),
};
/** The request of web pages, which no SDK makes. */
const PREFLIGHT = "Preflight";

/** @throws UsageError when the stack has no such function, or the service no such operation. */
export async function checkFaults(faults: Fault[], stackFile: string): Promise<void> {
  for (const fault of faults) {
    const { target } = fault;
    if ("function" in target) await checkFunction(target.function, fault, stackFile);
    else if (target.operation !== undefined) await checkOperation(target.operation, fault);
  }
}

/** To be said at the end. */
export function warnOfUnused(faults: Faults): void {
  for (const fault of faults.unused()) console.error(`--fault ${faultText(fault)} hit nothing.`);
}

async function checkFunction(part: string, fault: Fault, stackFile: string): Promise<void> {
  const { blocks } = await readStack(stackFile);
  const names = blocks
    .filter(({ type }) => type === "aws_lambda_function")
    .map(({ body }) => String(body.function_name));
  // A name that Terraform works out later cannot be known here.
  if (names.some((name) => name.includes(part) || name.includes("${"))) return;
  const known = names.join(", ");
  throw new UsageError(`--fault ${faultText(fault)}: no function has that in its name. There are: ${known}.`);
}

async function checkOperation(operation: string, fault: Fault): Promise<void> {
  const client = await clients[fault.target.service]?.();
  if (!client) return;
  const known = Object.keys(client).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
  if ([...known, PREFLIGHT].includes(operation)) return;
  const meant = known.find((name) => name.toLowerCase() === operation.toLowerCase());
  const help =
    meant === undefined ? "Write it as the API does, such as GetObject or PutItem" : `It is ${meant}`;
  throw new UsageError(
    `--fault ${faultText(fault)}: ${fault.target.service} has no operation ${operation}. ${help}.`,
  );
}
