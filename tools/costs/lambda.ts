/** How long Lambda bills an invocation for, from what was measured here. */
import { type Assumptions, VCPU_MB } from "./assumptions.ts";
import type { Invocation, RoundTrips, Service } from "./measured.ts";

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
export function waitMs(roundTrips: RoundTrips, bytes: number, assumed: Assumptions): number {
  return answersMs(roundTrips, assumed) + transferMs(bytes, assumed);
}

function transferMs(bytes: number, { bytesPerSecond }: Assumptions): number {
  return (bytes / bytesPerSecond) * 1000;
}

/** Of answers that are awaited together, those that take longest count. */
function answersMs({ inTurn, ...roundTrips }: RoundTrips, { roundTripMs }: Assumptions): number {
  const services: Service[] = ["s3", "dynamodb", "states", "sts"];
  return services
    .flatMap((service) => Array.from({ length: roundTrips[service] }, () => roundTripMs[service]))
    .toSorted((one, other) => other - one)
    .slice(0, inTurn)
    .reduce((sum, milliseconds) => sum + milliseconds, 0);
}

/** What a function reads last, while it works on what came before. */
export interface ReadMeanwhile {
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
  { initCpuMs, roundTrips }: { initCpuMs: number; roundTrips: RoundTrips },
  assumed: Assumptions,
  meanwhile: ReadMeanwhile = { bytes: 0, workShare: 0 },
): Billed {
  const workMs = (milliseconds: number) => cpuMsAt(memoryMb, milliseconds, assumed.cpuFactor);
  const overlapMs = Math.min(transferMs(meanwhile.bytes, assumed), meanwhile.workShare * workMs(cpuMs));
  return {
    memoryMb,
    invokeMs: Math.ceil(workMs(cpuMs) + waitMs(roundTrips, bytes, assumed) - overlapMs),
    initMs: assumed.coldShare * Math.ceil(workMs(initCpuMs + Math.max(0, firstCpuMs - cpuMs))),
  };
}

export function gbSeconds(memoryMb: number, milliseconds: number): number {
  return (memoryMb / 1024) * (milliseconds / 1000);
}
