/** The gallery by keys: the arrows lead from photograph to photograph, Space selects, and with Shift all on the way are selected. */
import { between, select, selected, selectOnly } from "../many/selection.ts";
import { focusTile, linkIn } from "./tile-focus.ts";

let turn = Promise.resolve();

/** What is pressed is done in its order, also before this is loaded: each for what has the focus by then. */
export function onTileKey(event: KeyboardEvent): void {
  turn = turn.then(() => act(event));
}

async function act({ key, shiftKey }: KeyboardEvent): Promise<void> {
  const tile = document.activeElement?.closest(".tile");
  const imageId = imageIdOf(tile);
  if (!tile || imageId === undefined) return;
  if (key === " ") {
    select(imageId, !selected.value.has(imageId), shiftKey);
    focusTile(tile);
  } else if (key === "Enter") linkIn(tile)?.click();
  else if (key === "/") document.querySelector<HTMLElement>("input[type=search]")?.focus();
  else goOn(imageId, await drawnBeside(tile, key), shiftKey);
}

function goOn(imageId: string, next: Element | undefined, isExtended: boolean): void {
  const nextId = imageIdOf(next);
  if (!next || nextId === undefined) return;
  if (isExtended) extend(imageId, nextId);
  focusTile(next);
}

/** Of Shift and the arrows: where they began, what was selected besides, where they have come to, and what is selected now. */
let run: { from: string; others: ReadonlySet<string>; to: string; now: ReadonlySet<string> } | undefined;

/** Selects all from where one began to where one goes, and no more what one goes back over. */
function extend(at: string, to: string): void {
  const isGoingOn = run?.to === at && run.now === selected.value;
  const { from, others } = run && isGoingOn ? run : { from: at, others: selected.value };
  select(to, true, false);
  selectOnly([...others, ...between(from, to)]);
  run = { from, others, to, now: selected.value };
}

function imageIdOf(tile: Element | null | undefined): string | undefined {
  return linkIn(tile)?.pathname.split("/").at(-1);
}

const placeOf = (tile: Element) => Number(tile.getAttribute("aria-posinset"));
const middleOf = (tile: Element) => {
  const { left, right } = tile.getBoundingClientRect();
  return (left + right) / 2;
};

/** Rows are drawn as they come near: whoever is quicker is waited for, so long that nobody notices. */
const MOST_FRAMES = 30;

async function drawnBeside(tile: Element, key: string): Promise<Element | undefined> {
  for (let frames = 0; frames < MOST_FRAMES; frames++) {
    const beside = besideOf(tile, key);
    if (beside !== "not drawn yet") return beside;
    await new Promise(requestAnimationFrame);
  }
  return undefined;
}

/** @returns the tile that an arrow leads to, if there is one. Rows end where a day does, so above and below are what is seen there. */
function besideOf(tile: Element, key: string): Element | "not drawn yet" | undefined {
  const step = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  const tiles = [...(tile.parentElement?.querySelectorAll(".tile[aria-posinset]") ?? [])];
  if (step < 0) tiles.reverse();
  const ahead = tiles.slice(tiles.indexOf(tile) + 1);
  // The first and the last row are always there, whatever is between.
  const next = ahead.filter((one, index) => placeOf(one) === placeOf(tile) + step * (index + 1));
  const notThere = next.length < ahead.length ? "not drawn yet" : undefined;
  if (key === "ArrowLeft" || key === "ArrowRight") return next[0] ?? notThere;
  const topOf = (one: Element) => one.getBoundingClientRect().top;
  const row = next.find((one) => topOf(one) !== topOf(tile));
  const inRow = next.filter((one) => row && topOf(one) === topOf(row));
  const awayOf = (one: Element) => Math.abs(middleOf(one) - middleOf(tile));
  return inRow.sort((one, other) => awayOf(one) - awayOf(other))[0] ?? notThere;
}
