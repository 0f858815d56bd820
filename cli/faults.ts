/** Faults on the command line. Each must be able to hit something: a name that is spelt wrong would do nothing, silently. */
import {
  type Fault,
  FaultSyntaxError,
  type Faults,
  faultText,
  parseFault,
  readStack,
  SERVICES,
} from "stack-engine";
import { UsageError } from "./command.ts";

/** @throws UsageError with what is wrong and what is possible. */
export function parseFaults(texts: string[]): Fault[] {
  try {
    return texts.map(parseFault);
  } catch (error) {
    if (!(error instanceof FaultSyntaxError)) throw error;
    throw new UsageError(`--fault ${error.message}`, { cause: error });
  }
}

/** @throws UsageError when the stack has no such function, or the service no such operation. */
export async function checkFaults(faults: Fault[], stackFile: string): Promise<void> {
  for (const fault of faults) {
    const { target } = fault;
    if ("function" in target) await checkFunction(target.function, fault, stackFile);
    else if (target.operation !== undefined) checkOperation(target.operation, fault);
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

function checkOperation(operation: string, fault: Fault): void {
  const { service } = fault.target;
  const known = SERVICES.find(({ name }) => name === service)?.operations ?? [];
  if (known.includes(operation)) return;
  const meant = known.find((name) => name.toLowerCase() === operation.toLowerCase());
  const help = meant === undefined ? `There are: ${known.join(", ")}` : `It is ${meant}`;
  throw new UsageError(`--fault ${faultText(fault)}: ${service} has no operation ${operation}. ${help}.`);
}
