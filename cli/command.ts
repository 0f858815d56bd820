/** What the commands have in common: wrong usage ends with 2, Ctrl-C with 130 and nothing left running. */
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { errorText, printableLines } from "./text.ts";

/** What Node compiled of the project and its packages, for the commands to come; safe to delete. */
export const COMPILE_CACHE =
  process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, "../node_modules/.cache/node-compile");

/** Something the person who typed the command can put right. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** @param files whether the command takes files and folders, any number but none. */
export function command(name: string, description: string, { files = false } = {}): Command {
  // npm runs scripts in the project's folder; paths are meant from where the person is.
  if (isRunByNpm() && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
  const typed = name === "start" ? "npm start --" : `npm run ${name} --`;
  const program = new Command(typed)
    .description(description)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(explained(printableLines(text), `${typed} photo.jpg`)),
    });
  if (!files) return program;
  return program
    .usage("<file or folder>... [options]")
    .argument("<file or folder...>", "images, and folders of images");
}

function explained(error: string, example: string): string {
  const sentence = error.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
  const isNothingGiven = /^missing required argument/i.test(sentence);
  return isNothingGiven ? `${sentence.trimEnd()}. For example: ${example}\n` : sentence;
}

/** For commander: collects a repeatable option. */
export function collect(text: string, texts: string[] = []): string[] {
  return [...texts, text];
}

/** For commander: a name, which a variable that is not set leaves empty. */
export function readName(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** For commander: a TCP port. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port ${text}: a port is a number from 0 (any free one) to 65535.`);
}

/** As a shell reports a program that wrote to nobody. */
const BROKEN_PIPE = 141;
const INTERRUPTED = 130;
const TERMINATED = 143;

/** Runs a command to its exit code; an error becomes one sentence on stderr. */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  enableCompileCache(COMPILE_CACHE);
  // Whoever reads what is shown has seen enough, such as head: nobody is left to tell.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
    throw error;
  });
  process.on("SIGINT", leaveAtOnce).on("SIGTERM", endAtOnce);
  whenNpmIsGone(() => process.emit("SIGTERM", "SIGTERM"));
  process.exitCode = await main().catch((error: unknown) => {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(printableLines(isOfFullDisk(error) ? noRoomFor(error) : errorText(error)));
    return error instanceof UsageError ? 2 : 1;
  });
}

interface FullDisk {
  /** Of what was to be written; undefined for a temporary file, as all else is named where it is written. */
  path?: string;
  /** Of a file that was to be copied, whose `path` is that of the original. */
  dest?: string;
}

function isOfFullDisk(error: unknown): error is FullDisk {
  return error instanceof Error && "code" in error && error.code === "ENOSPC";
}

/** A full disk, with what to do. */
export function noRoomFor({ path = tmpdir(), dest = path }: FullDisk): string {
  const isTemporary = dest.startsWith(tmpdir());
  const way = isTemporary ? ", or set TMPDIR to a folder on another disk" : "";
  return `There is no room for ${dest}. Make some there${way}.`;
}

/**
 * Resolves when the person or the system asks the command to end: 130 for Ctrl-C, 143 for a termination. Asking again
 * later ends it at once; npm passes on a signal that was sent already, so "again" takes a second.
 */
export function interrupted(): { code: Promise<number>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<number>();
  let askedAt: number | undefined;
  const ask = (code: number) => () => {
    clearInterval(parentCheck);
    askedAt ??= Date.now();
    if (Date.now() - askedAt > 1000) process.exit(code);
    resolve(code);
  };
  const onInterrupt = ask(INTERRUPTED);
  const onTerminate = ask(TERMINATED);
  process.off("SIGINT", leaveAtOnce).on("SIGINT", onInterrupt);
  process.off("SIGTERM", endAtOnce).on("SIGTERM", onTerminate);
  return {
    code: promise,
    forget: () => process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate),
  };
}

/** While there is nothing to be waited for: what was started, and made for the time being, goes with this process. */
const leaveAtOnce = () => process.exit(INTERRUPTED);
const endAtOnce = () => process.exit(TERMINATED);

const PARENT_CHECK_MS = 500;
/** Over once an end was asked for: Ctrl-C ends the shell as well. */
let parentCheck: NodeJS.Timeout | undefined;

/**
 * npm passes a termination on to the shell that it runs a script in, and a shell ends without its child. npm and that shell
 * wait for this process, so it outlives its parent only when one of them was ended. That is known by the parent's id, which
 * is another one then. (Without npm a parent may go for good reasons, such as a terminal that is closed after nohup.)
 */
function whenNpmIsGone(end: () => void): void {
  if (!isRunByNpm()) return;
  const parent = process.ppid;
  parentCheck = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(parentCheck);
    end();
  }, PARENT_CHECK_MS).unref();
}

/** Not by a script of another name, which may start it and leave it. */
function isRunByNpm(): boolean {
  return process.env.npm_lifecycle_event === basename(process.argv[1] ?? "", ".ts");
}
