/** `npm run rollback -- --prefix holidays/`: what was published of images before is shown again. */
import type { PublicPlace } from "../functions/shared/public-copies.ts";
import { command, runCommand } from "./command.ts";
import {
  type Choice,
  type ChoiceOptions,
  choiceOf,
  choosesImages,
  inSteps,
  keysOf,
  type Source,
} from "./keys.ts";
import { putBack } from "./rollback/put-back.ts";
import { findStack, namesStack, type StackOptions } from "./stack.ts";
import { counted, errorText, printable } from "./text.ts";

interface RollbackOptions extends ChoiceOptions, StackOptions {
  undo: boolean;
}

/** Images at a time. */
const AT_ONCE = 10;

await runCommand(async () => {
  const options = readOptions();
  const choice = choiceOf(options);
  const stack = await findStack(options);
  try {
    return await rollBack(choice, stack, options);
  } finally {
    stack.close();
  }
});

async function rollBack(
  choice: Choice,
  stack: Source & PublicPlace,
  { undo }: RollbackOptions,
): Promise<number> {
  let shown = 0;
  let others = 0;
  let failed = 0;
  let isBrokenOff = false;
  const fail = (key: string, reason: string) => {
    failed += 1;
    console.error(`${printable(key)}: ${reason}`);
  };
  const roll = async (key: string) => {
    try {
      const done = await putBack(key, stack, undo);
      if (done !== "no other version") shown += 1;
      else if (choice.keys) fail(key, "there is no other version to show.");
      else others += 1;
    } catch (error) {
      isBrokenOff = true;
      fail(key, printable(errorText(error)));
    }
  };
  const missing: string[] = [];
  try {
    for await (const keys of inSteps(keysOf(choice, stack, missing), AT_ONCE))
      await Promise.all(keys.map(roll));
  } catch (error) {
    isBrokenOff = true;
    console.error(printable(errorText(error)));
  }
  for (const key of missing) fail(key, "there is no such image.");
  const version = undo ? "the version after" : "the version before";
  const rest = others === 0 ? "" : ` ${counted(others, "image has", "images have")} no other version.`;
  console.log(`${counted(shown, "image shows", "images show")} ${version}.${rest}`);
  if (isBrokenOff) console.error("The same command may be given again: it does what is left.");
  return failed === 0 && !isBrokenOff ? 0 : 1;
}

function readOptions(): RollbackOptions {
  const description = "Shows what was published of images before they were processed last.";
  return namesStack(choosesImages(command("rollback", description)))
    .option("--undo", "show the newer version again, where it was put back", false)
    .parse()
    .opts<RollbackOptions>();
}
