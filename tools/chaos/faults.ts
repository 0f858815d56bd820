/** What goes wrong: a share of all invocations of functions, and of all calls to the services that they use. */
import type { Fault, Faults } from "stack-engine";

/**
 * Parts of the share. A process is killed early, midway or when it has done its work and its answer is lost. A function that was
 * disconnected works on beside its own retry, or beside what comes after its state.
 */
const OF_FUNCTIONS = [
  { part: 0.35, kind: "throttle" },
  { part: 0.1, kind: "service-exception" },
  { part: 0.1, kind: "timeout" },
  { part: 0.15, kind: "disconnect", delayMs: 0 },
  { part: 0.15, kind: "disconnect", delayMs: 40 },
  { part: 0.05, kind: "kill", delayMs: 5 },
  { part: 0.05, kind: "kill", delayMs: 40 },
  { part: 0.05, kind: "kill", delayMs: 200 },
] as const;
const OF_SERVICES = [
  { part: 0.7, kind: "error500" },
  { part: 0.2, kind: "disconnect" },
  { part: 0.1, kind: "slow", delayMs: 200 },
] as const;
const SERVICES = ["s3", "dynamodb", "states", "sns"];

export function injectFaults(faults: Pick<Faults, "add">, share: number): void {
  if (share === 0) return;
  const every = { service: "lambda", function: "" } as const;
  for (const fault of drawnInTurn(OF_FUNCTIONS, share)) faults.add({ ...fault, target: every });
  for (const service of SERVICES)
    for (const fault of drawnInTurn(OF_SERVICES, share)) faults.add({ ...fault, target: { service } });
}

/** A fault is drawn only where those before it were not. */
function drawnInTurn<Kind extends Fault["kind"]>(
  faults: readonly { part: number; kind: Kind; delayMs?: number }[],
  share: number,
): { kind: Kind; delayMs?: number; share: number }[] {
  let left = 1;
  return faults.map(({ part, ...fault }) => {
    const drawn = { ...fault, share: Math.min(1, (part * share) / left) };
    left -= part * share;
    return drawn;
  });
}
