/** How long Lambda bills an invocation for, from what was measured here. */
import { VCPU_MB } from "../../stacks/fitting.ts";
import type { Assumptions } from "./assumptions.ts";
import { type FunctionFacts, type Invocation, SERVICES, type Turn } from "./measured.ts";

/** Of one invocation, cold starts spread over all. Milliseconds, memory in MB. */
export interface Billed {
  memoryMb: number;
  invokeMs: number;
  initMs: number;
}

/** Less memory than a vCPU's comes with that share of its time, so work takes longer; more does not make one thread faster. */
export function cpuMsAt(memoryMb: number, cpuMs: number, cpuFactor: number): number {
  return (cpuMs * cpuFactor * VCPU_MB) / Math.min(memoryMb, VCPU_MB);
}

/** Waiting for first bytes, and for the rest of them. */
export function waitMs(turns: Turn[], bytes: number, assumed: Assumptions): number {
  return answersMs(turns, assumed) + transferMs(bytes, assumed);
}

function transferMs(bytes: number, { bytesPerSecond }: Assumptions): number {
  return (bytes / bytesPerSecond) * 1000;
}

/** Of answers that are waited for together, the one that takes longest counts. */
function answersMs(turns: Turn[], { roundTripMs }: Assumptions): number {
  const longestMs = (turn: Turn) =>
    Math.max(0, ...SERVICES.map((service) => (turn[service] > 0 ? roundTripMs[service] : 0)));
  return turns.reduce((sum, turn) => sum + longestMs(turn), 0);
}

/** What a function exchanges with S3 while it works on something else. */
export interface Meanwhile {
  bytes: number;
  /** Of all its work. */
  workShare: number;
}

/**
 * Whole milliseconds, INIT as well: https://aws.amazon.com/lambda/pricing/ and, since August 2025,
 * https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/.
 * What a first invocation takes longer than others is put to INIT.
 */
export function billedFor(
  memoryMb: number,
  { cpuMs, firstCpuMs, bytes }: Invocation,
  { initCpuMs, turns }: FunctionFacts,
  assumed: Assumptions,
  meanwhile: Meanwhile = { bytes: 0, workShare: 0 },
): Billed {
  const workMs = (milliseconds: number) => cpuMsAt(memoryMb, milliseconds, assumed.cpuFactor);
  const overlapMs = Math.min(transferMs(meanwhile.bytes, assumed), meanwhile.workShare * workMs(cpuMs));
  return {
    memoryMb,
    invokeMs: Math.ceil(workMs(cpuMs) + waitMs(turns, bytes, assumed) - overlapMs),
    initMs: assumed.coldShare * Math.ceil(workMs(initCpuMs + Math.max(0, firstCpuMs - cpuMs))),
  };
}

export function gbSeconds(memoryMb: number, milliseconds: number): number {
  return (memoryMb / 1024) * (milliseconds / 1000);
}
