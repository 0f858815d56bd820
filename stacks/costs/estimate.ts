/** What a thousand images cost, as an expression of metric math that CloudWatch calculates from what it sees. */
import recorded from "./basis.json" with { type: "json" };
import { unitDollars } from "./prices.ts";

/** Of an image of 12 megapixels, without storage; `npm run costs` writes it. */
export interface EstimateBasis {
  /** YYYY-MM-DD. */
  measuredOn: string;
  transitions: number;
  /** Of an EXPRESS execution, with its log. */
  expressDollars: number;
  /** On arm64, with the memory of the settings as they come. */
  lambdaDollars: number;
  /** Of everything but Lambda and Step Functions. */
  otherDollars: number;
}

export interface Estimated {
  /** Ids of metrics, each a sum over the same period. */
  functions: { durationMs: string; invocations: string; memoryMb: number }[];
  /** Images that were dealt with, one way or another. */
  images: string;
  architecture: "arm64" | "x86_64";
  workflowType: "STANDARD" | "EXPRESS";
}

/**
 * Dollars per thousand images: Lambda by its own metrics, and what Step Functions and all the rest take for each image. Storage is
 * left out. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function estimateExpression(
  { functions, images, architecture, workflowType }: Estimated,
  basis: EstimateBasis = recorded,
): string {
  const gbSecond = unitDollars(architecture === "arm64" ? "lambdaGbSecondArm64" : "lambdaGbSecondX86");
  const lambda = functions.map(
    ({ durationMs, invocations, memoryMb }) =>
      `FILL(${durationMs},0)*${plain((memoryMb / 1024 / 1000) * gbSecond)}+FILL(${invocations},0)*${plain(unitDollars("lambdaRequest"))}`,
  );
  return `1000*((${lambda.join("+")})/${images}+${plain(workflowDollars(workflowType, basis) + basis.otherDollars)})`;
}

/** Dollars of one image, of 12 megapixels, for a query of logs: nothing that is in them says what it was billed. */
export function imageDollars(
  workflowType: Estimated["workflowType"],
  basis: EstimateBasis = recorded,
): string {
  return plain(workflowDollars(workflowType, basis) + basis.lambdaDollars + basis.otherDollars);
}

function workflowDollars(workflowType: Estimated["workflowType"], basis: EstimateBasis): number {
  return workflowType === "STANDARD"
    ? basis.transitions * unitDollars("stateTransition")
    : basis.expressDollars;
}

/** Metric math is not said to read exponents. */
function plain(number: number): string {
  return number.toFixed(15).replace(/0+$/, "");
}
