/** Synthesizes the stack as `npx cdktf synth` does, into a folder that goes with this process, and finds what came of it. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { COMPILE_CACHE, noRoomFor, UsageError } from "./command.ts";

const project = join(import.meta.dirname, "..");

const manifestSchema = z.object({
  stacks: z.record(z.string(), z.object({ synthesizedStackPath: z.string() })),
});

/**
 * Returns the path of the synthesized `cdk.tf.json`. Not in `cdktf.out`: what is there may be being deployed, or another command's.
 *
 * @throws UsageError with the sentence about what is wrong with the settings.
 * @throws Error with what the synthesis wrote when it fails otherwise.
 */
export async function synthesize(): Promise<string> {
  // An endpoint in the environment is where the commands find the engine; the stack is to be the one for AWS.
  const { AWS_ENDPOINT_URL: _, ...env } = process.env;
  // Loaded here, as it takes a while and nobody who asks for help needs it.
  const { makeOwnFolder } = await import("stack-engine");
  const { path: folder } = await makeOwnFolder();
  const child = spawn(process.execPath, ["main.ts"], {
    cwd: project,
    env: { ...env, NODE_COMPILE_CACHE: COMPILE_CACHE, CDKTF_OUTDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = () => child.kill();
  process.once("exit", end);
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null));
      child.once("close", resolve);
    }),
  ]);
  process.off("exit", end);
  if (code !== 0) {
    const written = (errors || output).trim();
    if (isSentence(written)) throw new UsageError(written);
    if (written.includes("ENOSPC: ")) throw new Error(noRoomFor({ path: unwrittenIn(written) ?? folder }));
    throw new Error(`The stack cannot be synthesized.\n${written}`);
  }
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")));
  const [stack] = Object.values(manifest.stacks);
  if (!stack) throw new Error("The synthesis gave no stack.");
  return join(folder, stack.synthesizedStackPath);
}

/** The last path that Node names: of a copy it is that of the new file. */
function unwrittenIn(trace: string): string | undefined {
  return /Error: ENOSPC: .*'(.+)'$/m.exec(trace)?.[1];
}

/** What main.ts writes about settings, and not the many lines of an error that nobody expected. */
function isSentence(written: string): boolean {
  return written !== "" && !written.includes("\n");
}
