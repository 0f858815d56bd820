/** Faults that tests and `npm start -- --fault …` inject into the engine, and the book in which they wait for their turn. */

export type LambdaFaultKind = "throttle" | "timeout" | "kill" | "service-exception";
export type ServiceFaultKind = "error500" | "slow";

export interface LambdaFault {
  kind: LambdaFaultKind;
  /** `kill`: how long the invocation runs before its process is killed. */
  delayMs?: number;
}

export interface ServiceFault {
  kind: ServiceFaultKind;
  /** `slow`: how long the answer is held back. */
  delayMs?: number;
  /** `slow`: what the answer waits for, in place of a time. */
  until?: Promise<unknown>;
}

/** A fault as it is asked for. `times` is how many matching calls it hits before it is used up. */
export type Fault =
  | {
      /** `function` matches any function whose name contains it. */
      target: { service: "lambda"; function: string };
      kind: LambdaFaultKind;
      times: number;
      delayMs?: number;
    }
  | {
      /** `operation` is the API name, such as `GetObject`; `key` matches any S3 key that contains it. */
      target: { service: string; operation?: string; key?: string };
      kind: ServiceFaultKind;
      times: number;
      delayMs?: number;
      until?: Promise<unknown>;
    };

/** A fault on the command line that cannot be understood. */
export class FaultSyntaxError extends Error {
  override name = "FaultSyntaxError";
}

const LAMBDA_KINDS: readonly string[] = ["throttle", "timeout", "kill", "service-exception"];
const SERVICE_KINDS: readonly string[] = ["error500", "slow"];
const SERVICES: readonly string[] = ["s3", "dynamodb", "sqs", "sns"];

/** The faults still to come. Each `take…` uses up one occurrence of the oldest fault that matches. */
export class Faults {
  #pending: Fault[] = [];
  readonly #unused = new Set<Fault>();

  add(fault: Fault): void {
    const added = { ...fault };
    this.#pending.push(added);
    this.#unused.add(added);
  }

  clear(): void {
    this.#pending = [];
    this.#unused.clear();
  }

  /** Those that have hit nothing so far. */
  unused(): Fault[] {
    return [...this.#unused];
  }

  takeLambda(functionName: string): LambdaFault | undefined {
    for (const fault of this.#pending) {
      if (!isLambdaFault(fault) || !functionName.includes(fault.target.function)) continue;
      this.#useUp(fault);
      return { kind: fault.kind, ...(fault.delayMs !== undefined && { delayMs: fault.delayMs }) };
    }
    return undefined;
  }

  takeService(service: string, operation: string | undefined, key?: string): ServiceFault | undefined {
    for (const fault of this.#pending) {
      if (isLambdaFault(fault) || fault.target.service !== service) continue;
      if (fault.target.operation !== undefined && fault.target.operation !== operation) continue;
      if (fault.target.key !== undefined && !key?.includes(fault.target.key)) continue;
      this.#useUp(fault);
      const { kind, delayMs, until } = fault;
      return { kind, ...(delayMs !== undefined && { delayMs }), ...(until && { until }) };
    }
    return undefined;
  }

  #useUp(fault: Fault): void {
    this.#unused.delete(fault);
    fault.times -= 1;
    if (fault.times <= 0) this.#pending = this.#pending.filter((other) => other !== fault);
  }
}

type LambdaRequest = Extract<Fault, { kind: LambdaFaultKind }>;

function isLambdaFault(fault: Fault): fault is LambdaRequest {
  return fault.target.service === "lambda";
}

/**
 * Reads a fault from the command line: `lambda:<function>:<kind>[:<times>[:<delay ms>]]` or
 * `<service>:<operation or *>:<kind>[:<times>[:<delay ms>]]`, for instance `lambda:resize:throttle:2` or
 * `s3:GetObject:slow:3:500`. `times` is 1 when left out.
 *
 * @throws FaultSyntaxError with what is wrong and what is possible.
 */
export function parseFault(text: string): Fault {
  const [service = "", target = "", kind = "", timesText = "1", delayText, ...rest] = text.split(":");
  const times = wholeNumber(timesText);
  const delayMs = delayText === undefined ? undefined : wholeNumber(delayText);
  const problem = (what: string) =>
    new FaultSyntaxError(
      `--fault ${text}: ${what}. Write lambda:<function>:<${LAMBDA_KINDS.join("|")}>[:times[:delay ms]] or <${SERVICES.join("|")}>:<operation or *>:<${SERVICE_KINDS.join("|")}>[:times[:delay ms]].`,
    );
  if (service !== "lambda" && !SERVICES.includes(service)) throw problem(`there is no service "${service}"`);
  if (target === "")
    throw problem(service === "lambda" ? "the function is missing" : "the operation is missing");
  if (times === undefined || times < 1) throw problem(`"${timesText}" is not a number of times`);
  if (delayText !== undefined && delayMs === undefined)
    throw problem(`"${delayText}" is not a number of milliseconds`);
  if (rest.length > 0) throw problem("there is more after the delay");
  const delay = delayMs === undefined ? {} : { delayMs };
  if (service === "lambda") {
    if (!isLambdaKind(kind)) throw problem(`a function has no fault "${kind}"`);
    return { target: { service, function: target }, kind, times, ...delay };
  }
  if (!isServiceKind(kind)) throw problem(`a service has no fault "${kind}"`);
  return { target: { service, ...(target !== "*" && { operation: target }) }, kind, times, ...delay };
}

/** A fault as it is written on the command line, without how often and how long. */
export function faultText(fault: Fault): string {
  const { target, kind } = fault;
  const what = "function" in target ? target.function : ("operation" in target && target.operation) || "*";
  return `${target.service}:${what}:${kind}`;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function isLambdaKind(kind: string): kind is LambdaFaultKind {
  return LAMBDA_KINDS.includes(kind);
}

function isServiceKind(kind: string): kind is ServiceFaultKind {
  return SERVICE_KINDS.includes(kind);
}
