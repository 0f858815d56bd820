import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pool, type PooledProcess } from "../services/lambda/pool.ts";

const START_MS = 500;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A pool whose processes take their time to start, and how many it has started. */
function poolOf(size: number) {
  const started: PooledProcess[] = [];
  const pool = new Pool<PooledProcess>(size, () => {
    const ready = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), START_MS));
    const process = { alive: true, ready, kill() {}, async stop() {} };
    started.push(process);
    return process;
  });
  return { pool, started };
}

/** One that has its first process, which is at work. */
async function poolAtWork(size: number) {
  const { pool, started } = poolOf(size);
  const acquired = pool.acquire();
  await vi.advanceTimersByTimeAsync(START_MS);
  const first = (await acquired) as PooledProcess;
  return { pool, started, first };
}

it("a process that becomes free sooner than another one would start is waited for", async () => {
  const { pool, started, first } = await poolAtWork(3);
  const acquired = [pool.acquire(), pool.acquire()];
  await vi.advanceTimersByTimeAsync(START_MS / 2);
  pool.release(first);
  expect(await acquired[0]).toBe(first);
  pool.release(first);
  expect(await acquired[1]).toBe(first);
  await vi.advanceTimersByTimeAsync(10 * START_MS);
  expect(started).toHaveLength(1);
});

it("another process is started when none becomes free for as long as a start takes, up to the size", async () => {
  const { pool, started } = await poolAtWork(2);
  const acquired = [pool.acquire(), pool.acquire()];
  await vi.advanceTimersByTimeAsync(START_MS - 1);
  expect(started).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(started).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(10 * START_MS);
  expect(await acquired[0]).toBe(started[1]);
  expect(started).toHaveLength(2);
  await pool.stop();
  expect(await acquired[1]).toMatchObject({ errorType: "Runtime.ExitError" });
});

it("processes start one after the other, however many wait", async () => {
  const { pool, started } = await poolAtWork(9);
  const acquired = [pool.acquire(), pool.acquire(), pool.acquire()];
  await vi.advanceTimersByTimeAsync(START_MS);
  expect(started).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(START_MS);
  expect(started).toHaveLength(3);
  pool.release((await acquired[0]) as PooledProcess);
  expect(await acquired[2]).toBe(started[1]);
  await vi.advanceTimersByTimeAsync(10 * START_MS);
  expect(await acquired[1]).toBe(started[2]);
  expect(started).toHaveLength(3);
});

it("who waits while the only process dies gets another one at once", async () => {
  const { pool, started, first } = await poolAtWork(3);
  const acquired = pool.acquire();
  Object.assign(first, { alive: false });
  pool.release(first);
  expect(started).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(START_MS);
  expect(await acquired).toBe(started[1]);
});
