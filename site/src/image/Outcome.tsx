import type { ImageView } from "../api/api.ts";

/** What the person has to know, or can do, about an image that is not processed. */
export function Outcome({ image }: { image: ImageView }) {
  const { status, rejection, failure } = image;
  if (status === "REJECTED")
    return (
      <div class="outcome problem">
        <p>
          <strong>This file was rejected.</strong> {rejection?.reason}
        </p>
        <p>Nothing was made of it: you can delete it, and send another.</p>
      </div>
    );
  if (status === "FAILED")
    return (
      <div class="outcome problem">
        <p>
          <strong>This photograph could not be processed.</strong> {failure}
        </p>
      </div>
    );
  if (status === "PENDING")
    return (
      <p class="outcome notice">
        The file has not arrived yet. If it does not come, this entry goes by itself.
      </p>
    );
  return null;
}
