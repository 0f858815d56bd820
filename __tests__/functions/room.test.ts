import { describe, expect, it, vi } from "vitest";
import { NoRoom, Room } from "../../functions/start-execution/room.ts";

function roomWith(counts: number[], { most = 10, askers = 1, patienceMs = 0 } = {}) {
  const count = vi.fn(async () => counts.shift() ?? Number.POSITIVE_INFINITY);
  return { count, room: new Room({ most, askers, count, untilMs: Date.now() + patienceMs }) };
}

/** How many of so many are let in. */
async function entered(room: Room, wanted: number, kind: "upload" | "bulk" = "upload"): Promise<number> {
  const all = await Promise.allSettled(Array.from({ length: wanted }, () => room.enter(kind)));
  for (const one of all) if (one.status === "rejected") expect(one.reason).toBeInstanceOf(NoRoom);
  return all.filter(({ status }) => status === "fulfilled").length;
}

describe("who wants to begin", () => {
  it("is let in at one look, when there is room for all", async () => {
    const { room, count } = roomWith([0]);
    expect(await entered(room, 10)).toBe(10);
    expect(count).toHaveBeenCalledTimes(1);
  });

  it("takes a share only, when others may ask at the same time, and then looks again", async () => {
    const { room, count } = roomWith([0, 5, 9], { askers: 5 });
    // Two of ten, one of five, one of one; then there is no room.
    expect(await entered(room, 10)).toBe(4);
    expect(count.mock.calls.length).toBeGreaterThan(3);
  });

  it("waits for room, and is let in when there is some", async () => {
    const { room, count } = roomWith([10, 12, 9], { patienceMs: 10_000 });
    expect(await entered(room, 1)).toBe(1);
    expect(count).toHaveBeenCalledTimes(3);
  });

  it("is sent away when there is none in time", async () => {
    const { room } = roomWith([10]);
    await expect(room.enter("upload")).rejects.toThrow(
      /^10 images are under way, and no more than 10 may be\.$/,
    );
  });

  it("leaves half of the room to uploads, when it is bulk work", async () => {
    expect(await entered(roomWith([0]).room, 10, "bulk")).toBe(5);
    expect(await entered(roomWith([5]).room, 1, "bulk")).toBe(0);
    expect(await entered(roomWith([5]).room, 1, "upload")).toBe(1);
    // And is let in at all where only one may run.
    expect(await entered(roomWith([0], { most: 1 }).room, 1, "bulk")).toBe(1);
  });
});
