import { setImmediate, setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import {
  type Admission,
  LastLook,
  NoRoom,
  Patience,
  Room,
  type RoomOptions,
} from "../../functions/start-execution/room.ts";

function roomWith(counts: number[], options: Partial<RoomOptions> = {}) {
  const count = vi.fn(async () => counts.shift() ?? Number.POSITIVE_INFINITY);
  return { count, room: new Room({ most: 10, askers: 1, ...options, count }) };
}

function enter(room: Room, kind: Admission["kind"], patienceMs = 0): Promise<string> {
  return room.enter({ kind, untilMs: Date.now() + patienceMs }, async () => "begun");
}

/** How many of so many are let in. */
async function entered(room: Room, wanted: number, kind: Admission["kind"] = "upload"): Promise<number> {
  const all = await Promise.allSettled(Array.from({ length: wanted }, () => enter(room, kind)));
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

  it("is counted before the next one looks", async () => {
    let underWay = 0;
    const room = new Room({ most: 2, askers: 2, count: async () => underWay });
    const begin = () => setTimeout(20).then(() => ++underWay);
    const all = await Promise.allSettled(
      Array.from({ length: 5 }, () => room.enter({ kind: "upload", untilMs: 0 }, begin)),
    );
    expect(all.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
    ]);
  });

  it("who cannot begin is no hindrance to the next one", async () => {
    const { room } = roomWith([0, 0], { most: 1 });
    const failing = room.enter({ kind: "upload", untilMs: 0 }, () => Promise.reject(new Error("no table")));
    await expect(failing).rejects.toThrow("no table");
    expect(await enter(room, "upload")).toBe("begun");
  });

  it("waits for room, and is let in when there is some", async () => {
    const { room, count } = roomWith([10, 12, 9]);
    expect(await enter(room, "upload", 10_000)).toBe("begun");
    expect(count).toHaveBeenCalledTimes(3);
  });

  it("is sent away when there is none in time", async () => {
    const { room } = roomWith([10]);
    await expect(enter(room, "upload")).rejects.toThrow(
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

describe("after a batch of the same process", () => {
  /** Whether the first one of the next batch has begun before it is known how many are under way. */
  async function isAheadAfter(
    underWay: number,
    { kind = "upload", ...options }: { kind?: Admission["kind"]; most?: number; askers?: number } = {},
  ): Promise<boolean> {
    const lastLook = new LastLook();
    await enter(roomWith([underWay], { ...options, lastLook }).room, "upload").catch(() => undefined);
    const looked = Promise.withResolvers<number>();
    const room = new Room({ most: 10, askers: 1, ...options, lastLook, count: () => looked.promise });
    const begin = vi.fn(async () => "begun");
    const entering = room.enter({ kind, untilMs: 0 }, begin);
    await setImmediate();
    const isAhead = begin.mock.calls.length > 0;
    looked.resolve(0);
    expect(await entering).toBe("begun");
    return isAhead;
  }

  it("that saw most of the room free, the first upload does not wait for the look", async () => {
    expect(await isAheadAfter(5)).toBe(true);
    expect(await isAheadAfter(6)).toBe(false);
  });

  it("bulk work waits, and so does everybody where all askers by themselves would fill the room", async () => {
    expect(await isAheadAfter(0, { kind: "bulk" })).toBe(false);
    expect(await isAheadAfter(0, { most: 8, askers: 4 })).toBe(true);
    expect(await isAheadAfter(0, { most: 3, askers: 2 })).toBe(false);
  });

  it("an owner's first one goes ahead, as long as all together are no more than half of what may be theirs", async () => {
    const lastLook = new LastLook();
    const ofOwner = (count: number) => roomWith([count], { of: "owner", lastLook });
    lastLook.underWay = 5;
    expect(await entered(ofOwner(10).room, 10)).toBe(1);
    // What is seen of one owner says nothing of all.
    expect(lastLook.underWay).toBe(5);
    lastLook.underWay = 6;
    expect(await entered(ofOwner(10).room, 10)).toBe(0);
  });

  it("one that went ahead begins, though the look fails; the others do not, and nobody goes ahead of the next one", async () => {
    const lastLook = new LastLook();
    lastLook.underWay = 0;
    const count = () => Promise.reject(new Error("no table"));
    const room = new Room({ most: 10, askers: 1, lastLook, count });
    const [first, second] = await Promise.allSettled([enter(room, "upload"), enter(room, "upload")]);
    expect(first).toMatchObject({ value: "begun" });
    expect(second).toMatchObject({ reason: { message: "no table" } });
    expect(await entered(roomWith([10], { lastLook }).room, 1)).toBe(0);
  });

  it("one goes ahead, and counts for those behind it, even if it has been counted", async () => {
    const lastLook = new LastLook();
    lastLook.underWay = 0;
    const { room, count } = roomWith([7, 10], { lastLook });
    expect(await entered(room, 10)).toBe(3);
    expect(count).toHaveBeenCalledTimes(2);
    expect(await entered(roomWith([10], { lastLook }).room, 1)).toBe(0);
  });
});

describe("a process that lets messages wait", () => {
  const inVain = (of: NoRoom["of"] = "all") => Promise.reject(new NoRoom(of, "There is none."));
  const learn = async (patience: Patience, waiting: () => Promise<unknown>, times: number) => {
    for (let time = 0; time < times; time++) await patience.learnFrom(waiting()).catch(() => undefined);
    return patience.of(1000);
  };

  it("has all the time that there is, as long as there is room", async () => {
    expect(await learn(new Patience(), async () => "entered", 3)).toBe(1000);
  });

  it("has ever less after waiting in vain, and more again after finding room", async () => {
    const patience = new Patience();
    const afterTen = await learn(patience, inVain, 10);
    expect(afterTen).toBeLessThan(500);
    expect(await learn(patience, inVain, 1000)).toBe(5);
    expect(await learn(patience, async () => "entered", 60)).toBe(1000);
  });

  it("learns nothing from what had another reason", async () => {
    expect(await learn(new Patience(), () => inVain("owner"), 10)).toBe(1000);
    expect(await learn(new Patience(), () => Promise.reject(new Error("AccessDenied")), 10)).toBe(1000);
  });

  it("passes on what came of it", async () => {
    expect(await new Patience().learnFrom(Promise.resolve("entered"))).toBe("entered");
    await expect(new Patience().learnFrom(inVain())).rejects.toThrow(NoRoom);
  });
});
