import { Trash2 } from "lucide-preact";
import { useState } from "preact/hooks";
import type { ImageView } from "../api/api.ts";
import { focusGallery } from "../gallery/focus-gallery.ts";
import { DeleteQuestion } from "../image/DeleteQuestion.tsx";
import { TilePicture } from "../image/TilePicture.tsx";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { durationText } from "../ui/text.ts";
import { Stepper } from "./Stepper.tsx";
import { shownSteps } from "./stepper.ts";
import { useHistory } from "./use-history.ts";

/** One image on its way: where it is, how long each step took, and how it ended. */
export function ProgressRow({ image, isFollowed }: { image: ImageView; isFollowed: boolean }) {
  const history = useHistory(image, isFollowed);
  const [isAsking, setAsking] = useState(false);
  const { imageId, name, status } = image;
  const isUnusable = status === "REJECTED" || status === "FAILED";
  return (
    <li class={`progress-row ${status.toLowerCase()}`}>
      <div class="progress-picture">
        <TilePicture image={image} sizes="4rem" isDecoration />
      </div>
      <div class="progress-text">
        <a class="progress-name" href={`/images/${imageId}`}>
          {name}
        </a>
        <StatusBadge status={status} />
        <Outcome image={image} />
      </div>
      <Stepper steps={shownSteps(image, history)} label={`Steps of ${name}`} />
      {isUnusable && (
        <button type="button" class="button danger" onClick={() => setAsking(true)}>
          <Trash2 aria-hidden="true" size={16} />
          Delete<span class="visually-hidden"> {name}</span>
        </button>
      )}
      {isAsking && <DeleteQuestion image={image} onClose={() => setAsking(false)} onDeleted={focusGallery} />}
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
