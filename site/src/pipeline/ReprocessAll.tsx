/** One button for images that have failed, and what became of pressing it. */
import { RotateCw } from "lucide-preact";
import { useRef } from "preact/hooks";
import { errorText } from "../api/problem.ts";
import { isolated } from "../ui/text.ts";
import type { PipelineImage, Reprocessed } from "./pipeline-api.ts";
import { useReprocessAll } from "./queries.ts";

/** What was pressed last is told until something else is chosen, also when there is nothing left to be pressed. */
export function ReprocessAll({ images }: { images: PipelineImage[] }) {
  const { mutate, isPending, data, error } = useReprocessAll();
  const names = useRef(new Map<string, string>());
  for (const { imageId, name } of images) names.current.set(imageId, name);
  const label = images.length === 1 ? "Process this one again" : `Process these ${images.length} again`;
  return (
    <div class="reprocess-all">
      {(images.length > 0 || isPending) && (
        <button
          type="button"
          class="button primary"
          aria-disabled={isPending}
          onClick={() => !isPending && mutate(images.map(({ imageId }) => imageId))}
        >
          <RotateCw class={isPending ? "spinning" : ""} aria-hidden="true" size={16} />
          {isPending ? "One moment…" : label}
        </button>
      )}
      <div role="status">{data && <Outcome outcome={data} names={names.current} />}</div>
      {error && (
        <p class="problem" role="alert">
          {errorText(error)}
        </p>
      )}
    </div>
  );
}

function Outcome({
  outcome: { started, refused },
  names,
}: {
  outcome: Reprocessed;
  names: ReadonlyMap<string, string>;
}) {
  return (
    <>
      {started.length > 0 && (
        <p class="notice">
          {started.length === 1 ? "1 image is" : `${started.length} images are`} processed again.
        </p>
      )}
      {refused.map(({ imageId, reason }) => (
        <p class="problem" key={imageId}>
          {isolated(names.get(imageId) ?? "One image")}: {reason}
        </p>
      ))}
    </>
  );
}
