/** The option that makes things go wrong. What is read of the engine is little: all of it takes a while to load. */
import type { Command } from "commander";
import { LAMBDA_FAULTS, SERVICE_FAULTS } from "stack-engine/faults";
import { collect } from "./command.ts";

const HELP =
  "make something go wrong, such as lambda:resize:throttle:2 or s3:GetObject:error500:20%: " +
  `functions are hit by ${LAMBDA_FAULTS.join(", ")}; services by ${SERVICE_FAULTS.join(", ")}; ` +
  "once, or as many times or as large a share as is said";

export function takesFaults(program: Command): Command {
  return program.option("--fault <fault>", HELP, collect);
}
