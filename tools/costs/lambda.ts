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

/** Waiting for first bytes, and for the rest of them. A function waits and works in turn: nothing is taken to overlap. */
export function waitMs(roundTrips: RoundTrips, bytes: number, assumed: Assumptions): number {
  return answersMs(roundTrips, assumed) + (bytes / assumed.bytesPerSecond) * 1000;
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
): Billed {
  const workMs = (milliseconds: number) => cpuMsAt(memoryMb, milliseconds, assumed.cpuFactor);
  return {
    memoryMb,
    invokeMs: Math.ceil(workMs(cpuMs) + waitMs(roundTrips, bytes, assumed)),
    initMs: assumed.coldShare * Math.ceil(workMs(initCpuMs + Math.max(0, firstCpuMs - cpuMs))),
  };
}

export function gbSeconds(memoryMb: number, milliseconds: number): number {
  return (memoryMb / 1024) * (milliseconds / 1000);
}
