/** Commands of `cli/`, as a person types them. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { CREDENTIALS } from "../../cli/client.ts";

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

let runsHere = 0;

/**
 * What a command does, in this process: one of its own takes more time to load than most commands have work. How it ends, and
 * what it reads of the environment, is for `run`.
 */
export async function runHere(
  command: string,
  args: string[],
  { cwd = project, environment = {} }: { cwd?: string; environment?: Record<string, string> } = {},
) {
  const script = resolve(project, "cli", `${command}.ts`);
  const before = { argv: process.argv, cwd: process.cwd() };
  const written = { out: "", err: "" };
  const keep = (stream: "out" | "err", end: string) => (text: unknown) => {
    written[stream] += `${text}${end}`;
    return true;
  };
  const mocks = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep("out", "")),
    vi.spyOn(process.stderr, "write").mockImplementation(keep("err", "")),
    vi.spyOn(console, "log").mockImplementation(keep("out", "\n")),
    vi.spyOn(console, "error").mockImplementation(keep("err", "\n")),
    // They are for the command's own end.
    vi.spyOn(process, "on").mockReturnThis(),
    vi.spyOn(process.stdout, "on").mockReturnThis(),
  ];
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  process.argv = [process.execPath, script, ...args];
  process.chdir(cwd);
  try {
    runsHere += 1;
    // Another query is another module, which runs anew.
    await import(`${script}?run=${runsHere}`);
    return { code: process.exitCode, ...written };
  } finally {
    process.argv = before.argv;
    process.chdir(before.cwd);
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    for (const mock of mocks) mock.mockRestore();
  }
}

/** Of somebody whose stack on AWS an engine plays. */
export const environmentOf = ({ endpoint, region }: { endpoint: string; region: string }) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
});

/** Those that a test that failed has left. */
export function endAll(): void {
  for (const child of children.splice(0)) child.kill("SIGKILL");
}

/** A stack is synthesized and started first, which takes long on a busy machine. */
export const POLL = { timeout: 150_000, interval: 200 };

/** Commands in a folder that each test of a file has anew; the file calls this outside of them. */
export function commandsInFolder() {
  vi.setConfig({ testTimeout: 180_000 });
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "commands-test-"));
  });
  afterEach(async () => {
    endAll();
    await rm(folder, { recursive: true });
  });
  return {
    folder: () => folder,
    begin: (command: string, ...args: string[]) => begin(command, args, {}, folder),
    run: (command: string, ...args: string[]) => run(command, args, {}, folder),
  };
}
