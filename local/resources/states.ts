/** State machines. */
import { z } from "zod";
import { type Apply, read } from "./types.ts";

const machineSchema = z.object({
  name: z.string(),
  definition: z.string(),
  role_arn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

export const stateMachine: Apply = (resource, { workflows }) => {
  const { role_arn: roleArn, ...machine } = read(machineSchema, resource);
  const arn = workflows.createStateMachine({ ...machine, roleArn });
  return { id: arn, arn, name: machine.name };
};
