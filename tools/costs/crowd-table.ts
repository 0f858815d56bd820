/** What a thousand people take who send photographs at the same time, as bench/crowd.ts simulates them. */
import { type Crowd, simulateCrowd } from "../../bench/crowd.ts";
import { readContext, settingsFrom } from "../../stacks/settings.ts";
import { bill, count, table } from "./format.ts";
import { lookDollars } from "./month-tables.ts";
import { startsPerSecond } from "./quotas.ts";

const { apiThrottle: throttle, concurrency } = settingsFrom(
  readContext(new URL("../../cdktf.json", import.meta.url)),
  {},
);

const CROWDS: Crowd[] = [60, 600].map((withinSeconds) => ({
  people: 1000,
  uploads: 10,
  withinSeconds,
  throttle,
  concurrency,
  startsPerSecond: startsPerSecond(),
}));

const served = await Promise.all(CROWDS.map((crowd) => simulateCrowd(crowd)));

export function crowdTable(): string {
  return table(
    [
      "come within",
      "requests",
      "in the busiest second",
      "429",
      "dollars",
      "s from the last file to its picture",
      "at most",
    ],
    CROWDS.map(({ withinSeconds }, index) => {
      const { requests = 0, mostPerSecond = 0, refused = 0, waitSeconds } = served[index] ?? {};
      return [
        withinSeconds === 60 ? "a minute" : `${withinSeconds / 60} minutes`,
        count(requests),
        count(mostPerSecond),
        count(refused),
        bill(requests * lookDollars()),
        (waitSeconds?.median ?? Number.NaN).toFixed(0),
        (waitSeconds?.most ?? Number.NaN).toFixed(0),
      ];
    }),
  );
}
