/** How long to wait before asking again: something that has not changed for a while is asked for less often. */
export function pollDelayMs(sinceChangeMs: number): number {
  if (sinceChangeMs < 15_000) return 1000;
  return sinceChangeMs < 60_000 ? 2500 : 5000;
}
