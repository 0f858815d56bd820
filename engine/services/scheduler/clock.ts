/** What is invoked by the clock, while the engine runs. */
import { StackError } from "../../stack-error.ts";

export interface Clock {
  /** @throws StackError when the expression is none that this engine knows. */
  create(name: string, expression: string, invoke: () => Promise<void>): void;
  /** Invokes at once what the clock would invoke some time. @throws Error when there is no such schedule, or what the invocation throws. */
  run(name: string): Promise<void>;
  stop(): Promise<void>;
}

export function createClock(): Clock {
  const schedules = new Map<string, { invoke: () => Promise<void>; timer: NodeJS.Timeout }>();
  return {
    create: (name, expression, invoke) => {
      // What goes wrong in the function is in its log.
      const timer = setInterval(() => void invoke().catch(() => undefined), intervalMs(expression));
      schedules.set(name, { invoke, timer: timer.unref() });
    },
    run: async (name) => {
      const schedule = schedules.get(name);
      if (!schedule) throw new Error(`There is no schedule ${name}.`);
      await schedule.invoke();
    },
    stop: async () => {
      for (const { timer } of schedules.values()) clearInterval(timer);
    },
  };
}

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function intervalMs(expression: string): number {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const oneMs = UNIT_MS[unit];
  if (oneMs === undefined)
    throw new StackError(
      `The schedule "${expression}" is not one that this engine knows, such as rate(5 minutes).`,
    );
  return Number(count) * oneMs;
}
