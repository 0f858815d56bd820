/** What became of a file: of which bytes, and without what. */
import { ShieldAlert, ShieldCheck } from "lucide-preact";
import type { ImageView, Variant } from "../api/api.ts";
import { errorText } from "../api/problem.ts";
import { bytesText, formatText } from "../ui/text.ts";
import type { useOriginal } from "./original.ts";
import { removedText } from "./private-data.ts";
import { savingOf } from "./saving.ts";

interface Props {
  image: ImageView;
  variant: Variant;
  original: ReturnType<typeof useOriginal>;
}

export function Proof({ image, variant, original: { data: original, error } }: Props) {
  const { format = "", width, height } = image.original;
  const saving = savingOf(variant, image);
  if (error)
    return (
      <p class="proof problem" role="alert">
        {errorText(error)}
      </p>
    );
  if (!original)
    return (
      <p class="proof" role="status">
        Loading the original…
      </p>
    );
  return (
    <div class="proof">
      <dl>
        <div>
          <dt>Original</dt>
          <dd>
            {formatText(format)}, {width} × {height}, {bytesText(original.blob.size)}
          </dd>
        </div>
        <div>
          <dt>Variant</dt>
          <dd>
            {formatText(variant.format)}, {variant.width} × {variant.height}, {bytesText(variant.bytes)}
            {saving && `: ${saving.text}`}
          </dd>
        </div>
      </dl>
      <p class={`removed ${original.privateData.isWhole ? "" : "unsure"}`}>
        {original.privateData.isWhole ? (
          <ShieldCheck aria-hidden="true" size={20} />
        ) : (
          <ShieldAlert aria-hidden="true" size={20} />
        )}
        <span>{removedText(original.privateData, image.rights)}</span>
      </p>
    </div>
  );
}
