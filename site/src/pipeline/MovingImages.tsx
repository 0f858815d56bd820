/** Images where they are in the drawing, and on their way to where they go. */
import { CircleAlert, RotateCw } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { countText, durationText } from "../ui/text.ts";
import { type Group, groupsOf, shortWaitText, tryText } from "./groups.ts";
import type { Layout } from "./layout.ts";
import type { PipelineDefinition, PipelineImage } from "./pipeline-api.ts";
import type { Pipeline } from "./queries.ts";
import { END, edgesOf } from "./rails.ts";
import { addressOf, type Selection } from "./selection.ts";
import { Tile } from "./Tile.tsx";
import { countPlace, type Stack, stacksOf, TILE, type TilePlace, tilePlaces } from "./tile-places.ts";
import { useNow } from "./use-now.ts";

interface ImagesProps {
  definition: PipelineDefinition;
  layout: Layout;
  pipeline: Pipeline;
  selection: Selection;
}

/** Made for a mouse or a finger: the lists beside it have the same links for a keyboard. */
export function MovingImages({ definition, layout, pipeline, selection }: ImagesProps) {
  const { underWay, failed, seen } = pipeline;
  const states = Object.keys(definition.states);
  const stacks = stacksOf(underWay, layout, states);
  const tiles = [...stacks.flatMap(tilePlaces), ...useLeaving(pipeline, layout)];
  const end = layout.boxes.get(END);
  return (
    <div aria-hidden="true">
      {/* In an order that stays: what moves to another place in the document does not glide. */}
      {tiles
        .toSorted((a, b) => a.image.imageId.localeCompare(b.image.imageId))
        .map((tile) => (
          <MovingTile key={tile.image.imageId} tile={tile} pipeline={pipeline} selection={selection} />
        ))}
      {stacks.map((stack) => (
        <StackNotes key={stack.state} stack={stack} pipeline={pipeline} isWide={layout.isWide} />
      ))}
      {groupsOf(failed, states).map((group) => (
        <Pile key={group.name} group={group} layout={layout} selection={selection} />
      ))}
      {end && seen.ended > 0 && (
        <span class="ended" style={{ left: `${end.x}px`, top: `${end.y + 14}px` }}>
          {seen.ended} ended
        </span>
      )}
    </div>
  );
}

/** How long it takes an image to leave. */
const LEAVING_MS = 700;

interface LeavingTile extends TilePlace {
  isLeaving?: boolean;
}

/** Those that are gone glide to where executions end, or to where they have failed. */
function useLeaving({ seen, failed, underWay }: Pipeline, { boxes }: Layout): LeavingTile[] {
  const [over, setOver] = useState<typeof seen.left>();
  useEffect(() => {
    const timer = setTimeout(() => setOver(seen.left), LEAVING_MS);
    return () => clearTimeout(timer);
  }, [seen.left]);
  if (over === seen.left) return [];
  const isBack = new Set(underWay.map(({ imageId }) => imageId));
  return seen.left
    .filter(({ imageId }) => !isBack.has(imageId))
    .flatMap((image) => {
      const failure = failed.find(({ imageId }) => imageId === image.imageId)?.failed;
      const box = boxes.get(failure === undefined ? END : (failure.name ?? ""));
      if (box === undefined) return [];
      const y = failure === undefined ? box.y : edgesOf(box).bottom;
      return [{ image, x: box.x, y, isCovered: false, isLeaving: true }];
    });
}

interface MovingTileProps {
  tile: LeavingTile;
  pipeline: Pipeline;
  selection: Selection;
}

function MovingTile({ tile, pipeline: { seen }, selection }: MovingTileProps) {
  const { route } = useLocation();
  const { image, x, y, isCovered, isLeaving = false } = tile;
  const { imageId, name, step } = image;
  const isChosen = selection.kind === "image" && selection.imageId === imageId;
  const isWaiting = seen.waitsUntilMs.has(imageId);
  const classes = [
    "moving-tile",
    isCovered && !isChosen && "covered",
    isLeaving && "leaving",
    isWaiting && "waiting",
    isChosen && "chosen",
  ];
  return (
    <button
      type="button"
      tabIndex={-1}
      class={classes.filter(Boolean).join(" ")}
      style={{ "--x": `${x - TILE / 2}px`, "--y": `${y - TILE / 2}px` }}
      title={step && step.retries > 0 ? `${name}, ${tryText(step.retries)}` : name}
      onClick={() => route(addressOf({ kind: "image", imageId }))}
    >
      <Tile image={image} />
    </button>
  );
}

interface StackNotesProps {
  stack: Stack;
  pipeline: Pipeline;
  isWide: boolean;
}

/** What is at a state, in words: how many more than are seen, and what they wait for. */
function StackNotes({ stack, pipeline: { seen }, isWide }: StackNotesProps) {
  const { route } = useLocation();
  const { box, images, shown, state } = stack;
  const { left, right, top, bottom } = edgesOf(box);
  const waits = images.flatMap(({ imageId }) => seen.waitsUntilMs.get(imageId) ?? []);
  const soonestMs = waits.length === 0 ? undefined : Math.min(...waits.map(({ untilMs }) => untilMs));
  const now = useNow(box.isMain);
  const count = countPlace(stack, isWide);
  return (
    <>
      {count && (
        <button
          type="button"
          tabIndex={-1}
          class={`stack-count ${state === "" ? "at-start" : ""}`}
          style={{ left: `${count.x}px`, top: `${count.y}px` }}
          title={`${countText(images.length, "image")} at ${state || "the start"}`}
          onClick={() => route(addressOf({ kind: "underWay", state }))}
        >
          {shown === 1 ? images.length : `+${images.length - shown}`}
        </button>
      )}
      {box.isMain && state !== "" && (
        <span
          class={`stack-note ${soonestMs === undefined ? "" : "waiting"} ${isWide ? "" : "beside-name"}`}
          style={
            isWide
              ? { left: `${left + 14}px`, top: `${bottom - 30}px` }
              : { left: `${right - 14}px`, top: `${top + 14}px` }
          }
        >
          {soonestMs === undefined ? (
            ageText(images, now)
          ) : (
            <>
              <RotateCw size={12} strokeWidth={2.5} />
              {shortWaitText(soonestMs, now)}
            </>
          )}
        </span>
      )}
    </>
  );
}

/** From when on it is said how long it has been there already. */
const LONG_MS = 10_000;

function ageText(images: PipelineImage[], now: number): string {
  const oldestMs = Math.min(...images.map(({ since, step }) => Date.parse(step?.startedAt ?? since)));
  return now - oldestMs < LONG_MS ? "" : `for ${durationText(Math.floor((now - oldestMs) / 1000) * 1000)}`;
}

/** Those that have failed at a state. */
function Pile({ group, layout, selection }: { group: Group; layout: Layout; selection: Selection }) {
  const { route } = useLocation();
  const { name: state, images } = group;
  const box = layout.boxes.get(state);
  if (box === undefined) return null;
  const { left, bottom } = edgesOf(box);
  const isChosen = selection.kind === "failed" && selection.state === state;
  return (
    <button
      type="button"
      tabIndex={-1}
      class={`pile ${isChosen ? "chosen" : ""} ${images.length > 1 ? "several" : ""}`}
      style={{ left: `${left + (box.isMain ? 10 : -6)}px`, top: `${bottom - 11}px` }}
      onClick={() => route(addressOf({ kind: "failed", state }))}
    >
      <CircleAlert size={14} strokeWidth={2.25} />
      {images.length} failed
    </button>
  );
}
