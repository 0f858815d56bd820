/** Commands of `cli/`, as a person types them. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export const project = join(import.meta.dirname, "..", "..");

const children: ChildProcess[] = [];

/** Without the environment of whoever runs the tests, as far as it is about AWS. */
export function begin(
  command: string,
  args: string[],
  environment: Record<string, string> = {},
  cwd = project,
) {
  const script = join(project, "cli", `${command}.ts`);
  return beginProgram(process.execPath, [script, ...args], environment, cwd);
}

export function beginProgram(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
  cwd = project,
) {
  const foreign = /^(AWS_|npm_lifecycle_event$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const child = spawn(program, args, {
    cwd,
    env: { ...env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const written = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    written.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    written.err += chunk;
  });
  /** When nobody has its output open any more: not the child, nor what the child has started. */
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, written, ended };
}

export async function run(...typed: Parameters<typeof begin>) {
  const { ended, written } = begin(...typed);
  return { code: await ended, ...written };
}

/** Those that a test that failed has left. */
export function endAll(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
}
