/** What was measured, by namespace, name and dimensions. */
export interface MetricName {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

export interface Datum extends MetricName {
  atMs: number;
  value: number;
}

/** Nothing asks for more than the last days, and nothing here runs for longer. */
const KEPT_PER_METRIC = 10_000;

export class Store {
  readonly #series = new Map<string, { atMs: number; value: number }[]>();

  put({ atMs, value, ...metric }: Datum): void {
    const key = keyOf(metric);
    const series = this.#series.get(key) ?? [];
    series.push({ atMs, value });
    if (series.length > KEPT_PER_METRIC) series.shift();
    this.#series.set(key, series);
  }

  /** From `startMs`, up to and without `endMs`. */
  between(metric: MetricName, startMs: number, endMs: number): { atMs: number; value: number }[] {
    return (this.#series.get(keyOf(metric)) ?? []).filter(({ atMs }) => atMs >= startMs && atMs < endMs);
  }
}

/** A metric is known by all of its dimensions, in whatever order. */
function keyOf({ namespace, name, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}
