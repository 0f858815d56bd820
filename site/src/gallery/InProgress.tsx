/** The images that something happens to, or has happened to a moment ago. */
import type { ImageView } from "../api/api.ts";
import { DeleteButton } from "../parts/DeleteButton.tsx";
import { TilePicture } from "../parts/Picture.tsx";
import { StatusBadge, Stepper } from "../parts/Progress.tsx";
import { useServices } from "../services.ts";
import { inOrder } from "../store/watched.ts";
import { countText, durationText } from "../ui/text.ts";
import "./in-progress.css";

/** The gallery has them all. */
const MAX_SHOWN = 8;

export function InProgress() {
  const { images } = useServices();
  const { live, finished } = inOrder(images.watched.value, Date.now());
  if (live.length + finished.length === 0) return null;
  const shown = [...live, ...finished].slice(0, MAX_SHOWN);
  const more = live.length + finished.length - shown.length;
  return (
    <section class="in-progress" aria-labelledby="in-progress-title">
      <div class="section-head">
        <h2 id="in-progress-title">{live.length > 0 ? "In progress" : "Just finished"}</h2>
        <p class="quiet">{summaryText(live.length, finished.length)}</p>
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
          <ProgressRow key={image.imageId} image={image} />
        ))}
      </ul>
      {more > 0 && <p class="quiet more">and {more} more, in the gallery below</p>}
    </section>
  );
}

function summaryText(live: number, finished: number): string {
  if (live === 0) return countText(finished, "photograph");
  return finished === 0 ? `${live} to go` : `${live} to go, ${finished} finished`;
}

/** One image on its way: where it is, how long each step took, and how it ended. */
function ProgressRow({ image }: { image: ImageView }) {
  const { imageId, name, status } = image;
  const isUnusable = status === "REJECTED" || status === "FAILED";
  return (
    <li class={`progress-row ${status.toLowerCase()}`}>
      <div class="progress-picture">
        <TilePicture image={image} sizes="4rem" />
      </div>
      <div class="progress-text">
        <a class="progress-name" href={`/images/${imageId}`}>
          {name}
        </a>
        <StatusBadge status={status} />
        <Outcome image={image} />
      </div>
      <Stepper image={image} />
      {isUnusable && <DeleteButton image={image} isNamed onDeleted={focusGallery} />}
    </li>
  );
}

function Outcome({ image: { status, rejection, failure, timingsMs } }: { image: ImageView }) {
  if (status === "REJECTED") return <p class="reason">{rejection?.reason}</p>;
  if (status === "FAILED") return <p class="reason">{failure}</p>;
  if (status === "PROCESSED" && timingsMs?.total !== undefined)
    return <p class="quiet">ready in {durationText(timingsMs.total)}</p>;
  if (status === "PENDING") return <p class="quiet">waiting to be picked up</p>;
  return null;
}

/** Where the focus goes when what had it is gone: the heading of what comes next. */
function focusGallery(): void {
  document.getElementById("gallery-title")?.focus({ preventScroll: true });
}
