/** State machines. */
import * as z from "zod";
import { type Apply, read } from "../../stack/resource.ts";
import { assertAssumable } from "../iam/resources.ts";

const machineSchema = z.object({
  name: z.string(),
  definition: z.string(),
  role_arn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

export const stateMachine: Apply = (resource, services) => {
  const { workflows, region, accountId } = services;
  const { role_arn: roleArn, ...machine } = read(machineSchema, resource);
  assertAssumable(resource, services, roleArn, {
    service: "states.amazonaws.com",
    arn: `arn:aws:states:${region}:${accountId}:stateMachine:${machine.name}`,
    words:
      "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
  });
  const arn = workflows.createStateMachine({ ...machine, roleArn });
  return { id: arn, arn, name: machine.name };
};
