/** What is done to which image, in which order: the same for the same seed. */
import { ownedKey } from "../../functions/shared/keys.ts";
import type { Random } from "../random.ts";
import type { Picture } from "./pictures.ts";

export type Operation = { key: string } & (
  | { kind: "upload"; picture: Picture }
  | { kind: "delete" | "reprocess" | "rollback" | Asked }
  | { kind: "move"; to: string }
);

/** Of the API. */
export type Asked = "API delete" | "API reprocess" | "API publish" | "API take back";

export interface PlanOptions {
  random: Random;
  operations: number;
  images: number;
  /** Whose half of the images are; only those are there for the API. */
  owner: string;
  pictures: { good: [Picture, ...Picture[]]; damaged: [Picture, ...Picture[]] };
}

/** How often each is drawn, of 100. */
const SHARES: [Operation["kind"], number][] = [
  ["upload", 46],
  ["reprocess", 12],
  ["delete", 8],
  ["move", 7],
  ["API delete", 5],
  ["API reprocess", 6],
  ["API publish", 6],
  ["API take back", 3],
  ["rollback", 7],
];
const DAMAGED_SHARE = 0.15;
/** An image that something has just been done to: that is where one operation meets another. */
const SAME_AGAIN_SHARE = 0.3;

export function plan({ random, operations, images, owner, pictures }: PlanOptions): Operation[] {
  const keys = Array.from({ length: images }, (_, index) => keyOf(index, owner));
  let recent = "";
  const drawKey = () => {
    const isAgain = random.next() < SAME_AGAIN_SHARE && recent !== "";
    if (!isAgain) recent = keys[Math.floor(random.next() * images)] ?? "";
    return recent;
  };
  /** An object cannot be moved to where it is. */
  const drawOther = (key: string) => {
    const [first = `${key}, moved`, ...others] = keys.filter((other) => other !== key);
    recent = random.pick([first, ...others]);
    return recent;
  };
  return Array.from({ length: operations }, (): Operation => {
    const kind = drawKind(random);
    const key = drawKey();
    if (kind === "move") return { kind, key, to: drawOther(key) };
    if (kind !== "upload") return { kind, key };
    const isDamaged = random.next() < DAMAGED_SHARE;
    return { kind, key, picture: random.pick(isDamaged ? pictures.damaged : pictures.good) };
  });
}

/** Some with what has to be encoded in events, addresses and copy sources. */
function keyOf(index: number, owner: string): string {
  const number = String(index).padStart(4, "0");
  if (index % 2 === 0) return ownedKey(owner, number, "picture.png");
  return index % 5 === 0 ? `of 100 % & more/ä+${number} (1).png` : `pictures/${number}.png`;
}

function drawKind(random: Random): Operation["kind"] {
  let rest = random.next() * 100;
  for (const [kind, share] of SHARES) {
    if (rest < share) return kind;
    rest -= share;
  }
  return "upload";
}
