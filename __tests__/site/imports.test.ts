import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "../../site/src");

/** From the roof to the ground, as `main.tsx` draws it. What is on one floor does not know of each other. */
const FLOORS = [
  ["main.tsx"],
  ["app"],
  ["gallery", "image", "pipeline"],
  ["many"],
  ["parts"],
  ["services.ts"],
  ["store", "upload", "session"],
  ["ui"],
  ["api", "config.ts"],
];

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** What is imported from one folder, or file beside them, into another. */
function crossings(): { room: string; from: string }[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const [room = ""] = file.split("/");
      const code = readFileSync(join(SOURCES, file), "utf8");
      const up = room === file ? "./" : "../";
      const addresses = [...code.matchAll(/"(\.\.?\/[^"]+)"/g)].map(([, address = ""]) => address);
      return addresses
        .filter((address) => address.startsWith(up) && !address.startsWith("../../"))
        .map((address) => ({ room, from: address.slice(up.length).split("/")[0] ?? "" }));
    });
}

it("what is below knows nothing of what is above it", () => {
  const all = crossings();
  expect(all.length).toBeGreaterThan(100);
  const wrong = all.filter(({ room, from }) => floorOf(room) >= floorOf(from) || floorOf(room) < 0);
  expect(wrong.map(({ room, from }) => `${room} imports ${from}`)).toEqual([]);
});
