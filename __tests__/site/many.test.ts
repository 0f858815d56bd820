import { beforeEach, describe, expect, it } from "vitest";
import { Problem, Unreachable } from "../../site/src/api/problem.ts";
import { outcomeText, runAll } from "../../site/src/many/run.ts";
import { endSelecting, see, select, selectAllShown, selected } from "../../site/src/many/selection.ts";
import { createUniqueNames } from "../../site/src/many/zip.ts";

const isSelected = () => [...selected.value].sort().join("");

describe("photographs that are selected", () => {
  beforeEach(() => {
    endSelecting();
    see([..."abcdef"]);
  });

  it("are one at a time, or a range from the one before, in either direction", () => {
    select("b", true, false);
    select("e", true, true);
    expect(isSelected()).toBe("bcde");
    select("c", false, true);
    expect(isSelected()).toBe("b");
    select("a", true, true);
    expect(isSelected()).toBe("abc");
  });

  it("are one where the one before is not seen any more", () => {
    select("b", true, false);
    see([..."acdef"]);
    select("e", true, true);
    expect(isSelected()).toBe("e");
  });

  it("are never any that are not seen", () => {
    selectAllShown();
    see([..."bdx"]);
    expect(isSelected()).toBe("bd");
  });
});

const words = { doing: "Deleting", is: "is deleted", are: "are deleted", failed: "could not be deleted" };
const never = new AbortController().signal;
const all = Array.from({ length: 10 }, (_, index) => index);

describe("what is done with many", () => {
  it("is done four at a time, once with each", async () => {
    let underWay = 0;
    const most: number[] = [];
    const seen: number[] = [];
    const act = async (item: number) => {
      most.push(++underWay);
      await new Promise(setImmediate);
      underWay--;
      seen.push(item);
    };
    const counts: number[] = [];
    const outcome = await runAll(all, act, never, (count) => counts.push(count));
    expect(seen).toEqual(all);
    expect(Math.max(...most)).toBe(4);
    expect(counts.at(-1)).toBe(10);
    expect(outcomeText(outcome, words)).toBe("10 photographs are deleted.");
  });

  it("goes on after one that is at fault, and says why", async () => {
    const act = async (item: number) => {
      if (item === 3) throw new Problem(409, "New versions keep arriving.");
    };
    const outcome = await runAll(all, act, never, () => undefined);
    expect(outcomeText(outcome, words)).toBe(
      "9 photographs are deleted. 1 photograph could not be deleted: New versions keep arriving.",
    );
  });

  it.each([new Problem(429, "No more today."), new Problem(403, "Closed."), new Unreachable()])(
    "ends where all others would be refused: %s",
    async (error) => {
      let asked = 0;
      const act = async () => {
        asked += 1;
        if (asked > 2) throw error;
      };
      const outcome = await runAll(all, act, never, () => undefined);
      expect(asked).toBeLessThanOrEqual(6);
      expect([...outcome.done, ...outcome.left].sort((a, b) => a - b)).toEqual(all);
      expect(outcomeText(outcome, words)).toBe(
        `2 photographs are deleted. 8 photographs are as before: ${error.message}`,
      );
    },
  );

  it("ends when it is stopped", async () => {
    const stopped = new AbortController();
    const outcome = await runAll(
      [1, 2, 3, 4, 5, 6],
      async () => stopped.abort(),
      stopped.signal,
      () => {},
    );
    expect(outcome.done.length + outcome.left.length).toBe(6);
    expect(outcomeText(outcome, words)).toMatch(/ as before, since you stopped it\.$/);
  });
});

it("files of the same name get others, whatever the case", () => {
  const unique = createUniqueNames();
  expect(["a.jpeg", "A.jpeg", "a (2).jpeg", "a.jpeg", "b", "B", ".x"].map(unique)).toEqual([
    "a.jpeg",
    "A (2).jpeg",
    "a (2) (2).jpeg",
    "a (3).jpeg",
    "b",
    "B (2)",
    ".x",
  ]);
});
