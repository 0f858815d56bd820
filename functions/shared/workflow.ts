/** Executions of the state machine, as the functions start them. */
import {
  ExecutionAlreadyExists,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import type { Access, Image } from "./state.ts";

export const sfn = new SFNClient();

/** The ARN that an execution of that name has, or will have. An EXPRESS one gets a longer one when it starts. */
export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

/** An EXPRESS execution can neither be looked up nor stopped; a STANDARD one can for 90 days. */
export function isUnknownExecution(error: unknown): boolean {
  return error instanceof SFNServiceException && UNKNOWN_EXECUTION.has(error.name);
}

const UNKNOWN_EXECUTION = new Set(["ExecutionDoesNotExist", "InvalidArn", "StateMachineTypeNotSupported"]);

/**
 * @param traceHeader of its own trace; when left out, it belongs to that of the function that starts it.
 * @returns false when there was an execution of that name before, which is never started again.
 */
export async function startExecution(
  stateMachineArn: string,
  name: string,
  input: { image: Image; access: Access },
  traceHeader?: string,
): Promise<boolean> {
  try {
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input), traceHeader }),
    );
    return true;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return false;
    throw error;
  }
}
