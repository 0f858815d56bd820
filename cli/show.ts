/** Executions as lines for a person: one for each state, readable in a terminal and in a log file alike. */
import { createColors } from "picocolors";
import type { Engine, EngineEvents, Execution, ExecutionEvent, LogLine } from "stack-engine";
import * as z from "zod";
import { adviceFor } from "../functions/shared/advice.ts";
import { messageIn } from "../functions/shared/errors.ts";
import { fileNameOf } from "../functions/shared/keys.ts";
import { parseReprocess } from "../functions/start-execution/reprocess.ts";
import { imagesIn } from "../functions/start-execution/s3-event.ts";
import { shortLine } from "./log-line.ts";
import { endedResult, type Result, variantsText } from "./results.ts";
import { counted, NAME_WIDTH, printable, seconds, shortName } from "./text.ts";

export interface ViewOptions {
  /** Takes each finished line. */
  write(line: string): void;
  colours: boolean;
  /** Shows choices and ends as well, which take no time and go without saying. */
  verbose?: boolean;
  /** Shows what became of each image, and nothing before it. */
  isBrief?: boolean;
  /** The command that tells of an image's attempts, where there is one as long as this is read. */
  explains?(key: string): string;
}

const executionInputSchema = z.object({ image: z.object({ key: z.string() }) });

const STATE_WIDTH = 17;
const LEVEL_WIDTH = 6;
/** States in which something is done. */
const WORKING_STATES: readonly string[] = ["Task", "Parallel", "Map"];

export class View {
  readonly #options: ViewOptions;
  readonly #colours: ReturnType<typeof createColors>;
  /** The error that a state of an execution was left with. */
  readonly #caught = new Map<Execution, string>();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#colours = createColors(options.colours);
  }

  /** Shows what an engine tells from now on. */
  follow({ events }: Pick<Engine, "events">): void {
    events.on("execution", (event) => this.#show(event));
    events.on("batch", (batch) => this.#showWaiting(batch));
    if (this.#options.verbose) events.on("log", (line) => this.showLog(line));
  }

  #show(event: ExecutionEvent): void {
    if (this.#options.isBrief && event.type !== "ended") return;
    const { dim, yellow, red } = this.#colours;
    const { execution } = event;
    switch (event.type) {
      case "stateRetried":
        this.#line(
          execution,
          event.state,
          yellow(`retry ${event.attempt}, ${seconds(event.waitedMs)} after ${failureText(event)}`),
        );
        break;
      case "stateCaught":
        this.#caught.set(execution, ` ${failureText(event)} → ${event.next}`);
        break;
      case "stateExited": {
        if (!this.#options.verbose && !WORKING_STATES.includes(event.stateType)) break;
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
      case "ended":
        this.#showEnd(event);
    }
  }

  /** What a function wrote, on one line: the level, the function, the message and what is of interest besides. */
  showLog(written: LogLine): void {
    const { dim, red, yellow } = this.#colours;
    const { source, level, text } = shortLine(written);
    const paint = level === "ERROR" ? red : level === "WARN" ? yellow : dim;
    const name = dim(printable(shortName(source)).padEnd(NAME_WIDTH));
    this.#write(`${name}  ${paint(printable(level).padEnd(LEVEL_WIDTH))} ${paint(printable(text))}`);
  }

  #showEnd({ execution, durationMs }: Extract<ExecutionEvent, { type: "ended" }>): void {
    const { bold, green, red } = this.#colours;
    const result = endedResult(execution);
    const colour = result.outcome === "processed" || result.outcome === "superseded" ? green : red;
    const details = [milliseconds(durationMs), describe(result)].filter(Boolean).join("  ");
    this.#line(execution, result.outcome.toUpperCase(), details, (text) => bold(colour(text)));
    if (result.outcome !== "failed" || this.#options.isBrief) return;
    this.#line(execution, "", this.#colours.dim(adviceFor(result.reason)));
    const key = keyOf(execution);
    if (key !== undefined && this.#options.explains)
      this.#line(execution, "", this.#colours.dim(`Its attempts: ${this.#options.explains(key)}`));
  }

  /** Messages that could not be handled are out of sight for a while: nothing else would tell that something is to come. */
  #showWaiting({ functionName, failed, visibleAgainInSeconds: seconds }: EngineEvents["batch"][0]): void {
    const wait = `${functionName} did not take it; it comes back in ${Math.ceil(seconds)} s, or goes to the dead letters`;
    for (const { body, messageId } of failed)
      this.#line({ name: subjectOf(body) ?? messageId }, "WAITING", this.#colours.yellow(printable(wait)));
  }

  #line({ name }: { name: string }, what: string, details: string, paint = (text: string) => text): void {
    const shown = this.#colours.cyan(printable(shortName(name)).padEnd(NAME_WIDTH));
    this.#write(`${shown}  ${paint(printable(what).padEnd(STATE_WIDTH))} ${details}`);
  }

  #write(line: string): void {
    this.#options.write(`${this.#colours.dim(clock())}  ${line}`);
  }
}

/** Whether a stream takes colours: a terminal does, unless NO_COLOR asks for none. */
export function takesColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}

function describe(result: Result): string {
  if (result.outcome === "processed") return variantsText(result);
  if (result.outcome === "superseded") return "a newer version was recorded first, or the image was deleted";
  return printable(result.reason);
}

function failureText({ error, cause }: { error: string; cause: string }): string {
  const message = messageIn(cause);
  return printable(message === "" || message === error ? error : `${error}: ${message}`);
}

function milliseconds(duration: number): string {
  return `${Math.round(duration)} ms`.padStart(8);
}

/** Of the original that an execution is about. */
function keyOf({ input }: Execution): string | undefined {
  try {
    return executionInputSchema.parse(JSON.parse(input)).image.key;
  } catch {
    return undefined;
  }
}

/** The file that a message of the queue is about. */
function subjectOf(messageBody: string): string | undefined {
  try {
    const key = parseReprocess(messageBody)?.key ?? Object.values(imagesIn(messageBody)).flat()[0]?.key;
    return key && fileNameOf(key);
  } catch {
    return undefined;
  }
}

/** Local time, to the millisecond. */
function clock(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(11, 23);
}
