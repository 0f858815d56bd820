/** What the scripts that are run with npm have in common: `--help`, and wrong usage in a sentence. */
import { Command } from "commander";

/** @param name of the script in package.json. */
export function script(name: string, description: string): Command {
  return new Command(`npm run ${name} --`).description(description).allowExcessArguments(false);
}
