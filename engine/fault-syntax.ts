/** Faults as texts, for command lines and logs. */
import { type Fault, type FaultFrequency, LAMBDA_FAULTS, SERVICE_FAULTS } from "./faults.ts";
import { SERVICES } from "./services/index.ts";

/** A text that is not a fault. */
export class FaultSyntaxError extends Error {
  override name = "FaultSyntaxError";
}

/** Of Lambda, it is the functions that can be hit. */
const NAMES = SERVICES.map(({ name }) => name).filter((name) => name !== "lambda");

/**
 * Reads a fault: `lambda:<function>:<kind>[:<times or share>[:<delay ms>]]` or
 * `<service>:<operation or *>:<kind>[:<times or share>[:<delay ms>]]`, for instance `lambda:resize:throttle:2`,
 * `lambda:resize:kill:20%` or `s3:GetObject:slow:3:500`. `times` is 1 when left out.
 *
 * @throws FaultSyntaxError with what is wrong and what is possible.
 */
export function parseFault(text: string): Fault {
  const [service = "", target = "", kind = "", often = "1", delayText, ...rest] = text.split(":");
  const frequency = frequencyOf(often);
  const delayMs = delayText === undefined ? undefined : wholeNumber(delayText);
  const problem = (what: string) =>
    new FaultSyntaxError(
      `${text}: ${what}. Write lambda:<function>:<${LAMBDA_FAULTS.join("|")}>[:times or share[:delay ms]] or <${NAMES.join("|")}>:<operation or *>:<${SERVICE_FAULTS.join("|")}>[:times or share[:delay ms]].`,
    );
  if (service !== "lambda" && !NAMES.includes(service)) throw problem(`there is no service "${service}"`);
  if (target === "")
    throw problem(service === "lambda" ? "the function is missing" : "the operation is missing");
  if (frequency === undefined)
    throw problem(`"${often}" is neither a number of times nor a share, such as 20%`);
  if (delayText !== undefined && delayMs === undefined)
    throw problem(`"${delayText}" is not a number of milliseconds`);
  if (rest.length > 0) throw problem("there is more after the delay");
  const delay = delayMs === undefined ? {} : { delayMs };
  if (service === "lambda") {
    const known = LAMBDA_FAULTS.find((each) => each === kind);
    if (!known) throw problem(`a function has no fault "${kind}"`);
    return { target: { service, function: target }, kind: known, ...frequency, ...delay };
  }
  const known = SERVICE_FAULTS.find((each) => each === kind);
  if (!known) throw problem(`a service has no fault "${kind}"`);
  const operation = target !== "*" && { operation: target };
  return { target: { service, ...operation }, kind: known, ...frequency, ...delay };
}

/** A fault as `parseFault` reads it, without how often and how long. */
export function faultText(fault: Fault): string {
  const { target, kind } = fault;
  const what = "function" in target ? target.function : ("operation" in target && target.operation) || "*";
  return `${target.service}:${what}:${kind}`;
}

function frequencyOf(text: string): FaultFrequency | undefined {
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  const share = percent === undefined ? undefined : Number(percent) / 100;
  if (share !== undefined) return share > 0 && share <= 1 ? { share } : undefined;
  const times = wholeNumber(text);
  return times === undefined || times < 1 ? undefined : { times };
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
