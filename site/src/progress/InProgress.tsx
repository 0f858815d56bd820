import { useServices } from "../app/context.ts";
import { focusGallery } from "../gallery/focus-gallery.ts";
import { countText } from "../ui/text.ts";
import { useStore } from "../ui/use-store.ts";
import { ProgressRow } from "./ProgressRow.tsx";
import { inOrder } from "./watch.ts";
import "./in-progress.css";

/** Every history is a request a second. */
const MAX_FOLLOWED = 6;
/** The gallery has them all. */
const MAX_SHOWN = 8;

export function InProgress() {
  const { images } = useServices();
  const { live, finished } = inOrder(useStore(images.watched), Date.now());
  if (live.length + finished.length === 0) return null;
  const shown = [...live, ...finished].slice(0, MAX_SHOWN);
  const more = live.length + finished.length - shown.length;
  const followed = new Set(live.filter(({ status }) => status === "PROCESSING").slice(0, MAX_FOLLOWED));
  return (
    <section class="in-progress" aria-labelledby="in-progress-title">
      <div class="section-head">
        <h2 id="in-progress-title">{live.length > 0 ? "In progress" : "Just finished"}</h2>
        <p class="quiet">{summaryOf(live.length, finished.length)}</p>
        {finished.length > 0 && (
          <button
            type="button"
            class="button quiet-button"
            onClick={() => {
              images.unwatch(finished.map(({ imageId }) => imageId));
              focusGallery();
            }}
          >
            Clear finished
          </button>
        )}
      </div>
      <ul class="progress-list">
        {shown.map((image) => (
          <ProgressRow
            key={image.imageId}
            image={image}
            isFollowed={followed.has(image) || image.status !== "PROCESSING"}
          />
        ))}
      </ul>
      {more > 0 && <p class="quiet more">and {more} more, in the gallery below</p>}
    </section>
  );
}

function summaryOf(live: number, finished: number): string {
  if (live === 0) return countText(finished, "photograph");
  return finished === 0 ? `${live} to go` : `${live} to go, ${finished} finished`;
}
