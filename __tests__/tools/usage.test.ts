import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "vitest";
import { monthTable } from "../../tools/usage/month-table.ts";
import { usageIn } from "../../tools/usage/sum.ts";
import { apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { it } from "../fixtures/shared-pipeline.ts";
import { projectFolder } from "../fixtures/stack.ts";

/** Others have used the same pipeline. */
const OWNERS = ["ann", "bob", "eve"].map((name) => `${name}-of-usage`);
const [ANN, BOB, EVE] = OWNERS;

let table: string;
it.beforeAll(async ({ pipeline }) => {
  table = pipeline.engine.outputs.usage_table_name ?? "";
  await pipeline.putItems(table, [
    { owner: ANN, period: "2026-09-30", images: 100 },
    { owner: ANN, period: "2026-10-01", images: 2, changes: 1 },
    { owner: ANN, period: "2026-10-31", images: 3 },
    // Some of it is announced only.
    { owner: ANN, period: "always", bytes: 5_000_700, "expectedUntil-2026-10-31T13:00:00.000Z": 700 },
    { owner: BOB, period: "2026-10-02", images: 4000 },
    { owner: EVE, period: "2026-11-01", images: 1 },
    { owner: EVE, period: "always", bytes: 0 },
  ]);
});

it("adds up a month of each user, and what is stored", async ({ pipeline }) => {
  const users = await usageIn(pipeline.clients.table, table, "2026-10");
  const own = users.filter(({ owner }) => OWNERS.includes(owner));
  expect(own.toSorted((a, b) => a.owner.localeCompare(b.owner))).toEqual([
    { owner: ANN, images: 5, changes: 1, bytesStored: 5_000_000 },
    { owner: BOB, images: 4000, changes: 0, bytesStored: 0 },
  ]);
});

it("counts what the pipeline counted, in the command's table", async ({ pipeline }) => {
  const cat = await apiClientOf(pipeline, "cat-of-usage@example.org");
  const file = await plain(40, 30).png().toBuffer();
  const { body } = await cat.call("POST", "/images", {
    body: new Uint8Array(file),
    headers: { "content-type": "image/png" },
  });
  await pipeline.idle();
  const { owner } = (await pipeline.recordOf(body.imageId)) ?? {};
  const args = ["tools/usage/run.ts", "--endpoint", pipeline.engine.endpoint, "--most", "10000"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: projectFolder });
  expect(stdout.split("\n")).toContainEqual(
    expect.stringMatching(new RegExp(`^${owner} +1 +0 +${file.length} B +\\$0\\.000\\d$`)),
  );
});

it("shows those who cost most first, as many as were asked for, and the sum of all", () => {
  const user = (owner: string, images: number) => ({ owner, images, changes: 0, bytesStored: 0 });
  const text = monthTable([user("few", 10), user("many", 5000), user("some", 1000)], {
    month: "2026-10",
    most: 2,
  });
  const [head, first, second, others, sum] = text.split("\n").map((line) => line.split(/ {2,}/));
  expect(head).toEqual(["user", "images", "changes", "stored", "about"]);
  expect(first?.slice(0, 2)).toEqual(["many", "5,000"]);
  expect(second?.slice(0, 2)).toEqual(["some", "1,000"]);
  expect(others).toEqual(["and 1 other"]);
  expect(sum?.slice(0, 2)).toEqual(["3 users", "6,010"]);
  // What 1,000 images cost is in docs/costs.md.
  expect(Number(second?.at(-1)?.slice(1))).toBeGreaterThan(0.1);
  expect(monthTable([], { month: "2026-10", most: 2 })).toBe("Nobody has used anything in 2026-10.");
});
