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
import { counted, printable } from "./text.ts";

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
  let failed = 0;
  const fail = (key: string, reason: string) => {
    failed += 1;
    console.error(`${printable(key)}: ${reason}`);
  };
  const roll = async (key: string) => {
    try {
      const done = await putBack(key, stack, undo);
      if (done !== "no other version") shown += 1;
      else if (choice.keys) fail(key, "there is no other version to show.");
    } catch (error) {
      fail(key, printable(error instanceof Error ? error.message : String(error)));
    }
  };
  const missing: string[] = [];
  for await (const keys of inSteps(keysOf(choice, stack, missing), AT_ONCE))
    await Promise.all(keys.map(roll));
  for (const key of missing) fail(key, "there is no such image.");
  console.log(
    `${counted(shown, "image shows", "images show")} ${undo ? "the version after" : "the version before"}.`,
  );
  return failed === 0 ? 0 : 1;
}

function readOptions(): RollbackOptions {
  const description = "Shows what was published of images before they were processed last.";
  return namesStack(choosesImages(command("rollback", description)))
    .option("--undo", "show the newer version again, where it was put back", false)
    .parse()
    .opts<RollbackOptions>();
}
