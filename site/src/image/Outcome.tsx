import type { ImageView } from "../api/api.ts";
import { useMe } from "../parts/queries.ts";

/** What the person has to know, or can do, about an image that is not processed. */
export function Outcome({ image }: { image: ImageView }) {
  const { status, rejection, failure } = image;
  const hasPicture = image.variants.length > 0;
  if (status === "REJECTED")
    return (
      <div class="outcome problem">
        <p>
          <strong>This file was rejected.</strong> {rejection?.reason}
        </p>
        <p>
          {hasPicture
            ? "What is shown is the photograph before it, which stays."
            : "Nothing was made of it: you can delete it, and send another."}
        </p>
      </div>
    );
  if (status === "FAILED")
    return (
      <div class="outcome problem">
        <p>
          <strong>This photograph could not be processed.</strong> {failure}
        </p>
        {hasPicture && <p>What is shown is what was made of it before.</p>}
        <InPipeline imageId={image.imageId} />
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

/** Who is an operator changes seldom. */
const OPERATOR_KNOWN_MS = 5 * 60_000;

/** Those who run the pipeline see there what was tried, and how often. */
function InPipeline({ imageId }: { imageId: string }) {
  const { data: me } = useMe(OPERATOR_KNOWN_MS);
  if (!me?.isOperator) return null;
  return (
    <p>
      <a href={`/pipeline?image=${imageId}`}>See its execution in the pipeline</a>
    </p>
  );
}
