/** What a deployment tells of itself, by names that commands and documents know. */
import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";

/** @param outputs what has no value is not there in this stack. */
export function addOutputs(
  scope: Construct,
  outputs: Record<string, [value: string | undefined, description: string]>,
): void {
  for (const [name, [value, description]] of Object.entries(outputs))
    if (value !== undefined) new TerraformOutput(scope, name, { value, description, staticId: true });
}
