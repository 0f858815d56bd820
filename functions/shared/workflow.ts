/** Executions of the state machine, as the functions start them. */
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { Image } from "./state.ts";

const sfn = new SFNClient();

/** The ARN that an execution of that name has, or will have. An EXPRESS one gets a longer one when it starts. */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
}

/** @returns false when there was an execution of that name before, which is never started again. */
export async function startExecution(stateMachineArn: string, name: string, image: Image): Promise<boolean> {
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ image }) }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return false;
    throw error;
  }
}
