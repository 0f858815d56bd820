/** Executions as lines for a person: one for each state, readable in a terminal and in a log file alike. */
import { createColors } from "picocolors";
import type { Execution, ExecutionEvent, LogLine } from "stack-engine";
import { messageIn } from "../functions/shared/errors.ts";
import { shortLine } from "./log-line.ts";
import { NAME_WIDTH, shortName } from "./names.ts";
import type { Result } from "./results.ts";
import { printable } from "./text.ts";

export interface ViewOptions {
  /** Takes each finished line. */
  write(line: string): void;
  colours: boolean;
  /** Shows choices and ends as well, which take no time and go without saying. */
  verbose?: boolean;
  /** What became of the image that an execution was about. */
  resultOf(execution: Execution): Promise<Result>;
}

const STATE_WIDTH = 17;
const LEVEL_WIDTH = 6;
/** States in which something is done. */
const WORKING_STATES: readonly string[] = ["Task", "Parallel", "Map"];

export class View {
  readonly #options: ViewOptions;
  readonly #colours: ReturnType<typeof createColors>;
  /** The error that a state of an execution was left with. */
  readonly #caught = new Map<Execution, string>();
  readonly #pending = new Set<Promise<void>>();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#colours = createColors(options.colours);
  }

  show(event: ExecutionEvent): void {
    const { dim, yellow, red } = this.#colours;
    const { execution } = event;
    switch (event.type) {
      case "stateRetried":
        this.#line(execution, event.state, yellow(`retry ${event.attempt} after ${errorText(event)}`));
        break;
      case "stateCaught":
        this.#caught.set(execution, ` ${errorText(event)} → ${event.next}`);
        break;
      case "stateExited": {
        if (!this.#isShown(event.stateType)) break;
        const retries = event.retries > 0 ? yellow(` ${counted(event.retries, "retry", "retries")}`) : "";
        const caught = red(this.#caught.get(execution) ?? "");
        this.#caught.delete(execution);
        this.#line(execution, event.state, `${milliseconds(event.durationMs)}${retries}${caught}`);
        break;
      }
      case "stateFailed":
        if (event.stateType === "Fail" && this.#options.verbose)
          this.#line(execution, event.state, red(event.error));
        break;
      case "startRepeated":
        this.#line(execution, "", dim("a repeated start was refused: this version has its execution"));
        break;
      case "ended": {
        const shown = this.#showEnd(execution, event.durationMs).finally(() => this.#pending.delete(shown));
        this.#pending.add(shown);
      }
    }
  }

  /** What a function wrote, on one line: the level, the function, the message and what is of interest besides. */
  showLog(written: LogLine): void {
    const { dim, red, yellow } = this.#colours;
    const { source, level, text } = shortLine(written);
    const paint = level === "ERROR" ? red : level === "WARN" ? yellow : dim;
    const name = dim(printable(shortName(source)).padEnd(NAME_WIDTH));
    this.#options.write(
      `${dim(clock())}  ${name}  ${paint(printable(level).padEnd(LEVEL_WIDTH))} ${paint(printable(text))}`,
    );
  }

  showMail(message: string): void {
    const { dim, cyan } = this.#colours;
    this.#options.write(`${dim(clock())}  ${cyan(printable(message))}`);
  }

  /** Waits for the lines that are still being worked out. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #showEnd(execution: Execution, durationMs: number): Promise<void> {
    const { bold, green, red } = this.#colours;
    const result = await this.#options.resultOf(execution).catch(
      (error: unknown): Result => ({
        outcome: "failed",
        reason: error instanceof Error ? error.message : `${error}`,
      }),
    );
    const colour = result.outcome === "processed" || result.outcome === "superseded" ? green : red;
    const details = [milliseconds(durationMs), describe(result)].filter(Boolean).join("  ");
    this.#line(execution, result.outcome.toUpperCase(), details, (text) => bold(colour(text)));
  }

  #isShown(stateType: string): boolean {
    return this.#options.verbose === true || WORKING_STATES.includes(stateType);
  }

  #line(execution: Execution, what: string, details: string, paint = (text: string) => text): void {
    const { dim, cyan } = this.#colours;
    const name = cyan(printable(shortName(execution.name)).padEnd(NAME_WIDTH));
    this.#options.write(`${dim(clock())}  ${name}  ${paint(printable(what).padEnd(STATE_WIDTH))} ${details}`);
  }
}

/** Bytes as people read them: 1.2 MB. */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${amount.toFixed(amount < 10 ? 1 : 0)} ${units[power - 1]}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Whether a stream takes colours: a terminal does, unless NO_COLOR asks for none. */
export function takesColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}

function describe(result: Result): string {
  if (result.outcome === "processed") return `${counted(result.files, "file")}, ${byteSize(result.bytes)}`;
  if (result.outcome === "superseded") return "a newer version was recorded first";
  return printable(result.reason);
}

function errorText({ error, cause }: { error: string; cause: string }): string {
  const message = messageIn(cause);
  return printable(message === "" || message === error ? error : `${error}: ${message}`);
}

function milliseconds(duration: number): string {
  return `${Math.round(duration)} ms`.padStart(8);
}

function clock(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, "0");
  const seconds = `${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, "0")}`;
  return `${two(now.getHours())}:${two(now.getMinutes())}:${seconds}`;
}
