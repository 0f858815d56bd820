/** The images that are at a state, or have failed there: these can be processed again together. */
import { useRef, useState } from "preact/hooks";
import { countText } from "../ui/text.ts";
import { relativeText } from "../ui/times.ts";
import { goneText, type Row, stateOf, steadyRows, tryText, waitText } from "./groups.ts";
import type { PipelineImage } from "./pipeline-api.ts";
import type { Pipeline } from "./queries.ts";
import { ReprocessAll } from "./ReprocessAll.tsx";
import { addressOf } from "./selection.ts";
import { Tile } from "./Tile.tsx";
import { useNow } from "./use-now.ts";

interface ImageListProps {
  kind: "failed" | "underWay";
  state: string;
  pipeline: Pipeline;
}

export function ImageList({ kind, state, pipeline }: ImageListProps) {
  const images = pipeline[kind].filter((image) => stateOf(image) === state);
  const [isPointedAt, setPointedAt] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  const isHeld = isPointedAt || hasFocus;
  const rows = useRef<Row[]>([]);
  rows.current = steadyRows(rows.current, images, isHeld);
  const common = useRef<string>();
  if (!isHeld) common.current = commonCause(images);
  const now = useNow(rows.current.length > 0);
  return (
    <>
      <h2 tabIndex={-1}>{titleOf(kind, state, images.length)}</h2>
      {common.current && <p class="problem">{common.current}</p>}
      {kind === "failed" && <ReprocessAll images={images} />}
      <ul
        class="pipeline-images"
        onPointerEnter={() => setPointedAt(true)}
        onPointerLeave={() => setPointedAt(false)}
        onFocusCapture={() => setFocus(true)}
        onBlurCapture={() => setFocus(false)}
      >
        {rows.current.map(({ image, isGone }) => (
          <li key={image.imageId} class={isGone ? "gone" : ""}>
            <a href={addressOf({ kind: "image", imageId: image.imageId })}>
              <Tile image={image} />
              <span class="image-name">
                <bdi>{image.name}</bdi>
              </span>
              <span class="image-since quiet">
                {isGone
                  ? goneText(image, pipeline, pipeline.seen.endings.get(image.imageId), now)
                  : relativeText(image.since, now)}
              </span>
              {image.failed ? (
                <span class="image-note">{causeText(image) === common.current ? "" : causeText(image)}</span>
              ) : (
                <span class="image-note one-line">{noteOf(image, pipeline, now)}</span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

function titleOf(kind: "failed" | "underWay", state: string, count: number): string {
  const what = count === 0 ? "Nothing" : countText(count, "image");
  if (kind === "failed") {
    const where = state === "" ? "where it is not known" : `at ${state}`;
    return `${what} ${count === 0 ? "has failed any more" : "failed"} ${where}`;
  }
  return state === "" ? `${what} not begun yet` : `${what} at ${state}`;
}

/** What is the same for all is said once. */
function commonCause(images: PipelineImage[]): string | undefined {
  const causes = new Set(images.map(causeText));
  return images.length > 1 && causes.size === 1 ? [...causes][0] : undefined;
}

function causeText({ failed }: PipelineImage): string {
  return [failed?.error, failed?.reason].filter(Boolean).join(": ");
}

function noteOf({ imageId, step }: PipelineImage, { seen }: Pipeline, now: number): string {
  const wait = seen.waitsUntilMs.get(imageId);
  const tries = step && step.retries > 0 ? tryText(step.retries) : undefined;
  return [step?.error, tries, wait && waitText(wait.untilMs, now)].filter(Boolean).join(", ");
}
