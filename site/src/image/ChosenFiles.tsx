import { useId, useState } from "preact/hooks";
import type { EmbedView, Variant } from "../api/api.ts";
import { bytesText } from "../ui/text.ts";
import { type Candidate, candidatesIn, chosenOf, fileText, type Layout } from "./chosen-file.ts";

interface Props {
  embed: EmbedView;
  variants: Variant[];
  layout: Layout;
}

const DENSITIES = [1, 2];

/** A window of any width, and which of the files a browser loads in it. */
export function ChosenFiles({ embed, variants, layout }: Props) {
  const [windowPixels, setWindowPixels] = useState(1280);
  const sliderId = useId();
  const candidates = candidatesIn(embed, variants);
  const slotPixels = layout.slotPixels(windowPixels, embed.img.width);
  const chosen = DENSITIES.map((density) => ({ density, file: chosenOf(candidates, slotPixels, density) }));
  const heaviest = Math.max(...candidates.map(({ bytes = 0 }) => bytes));
  const spoken = chosen.map(({ density, file }) => `at ${density}x ${candidateText(file)}`).join("; ");
  return (
    <div class="chosen-files">
      <label for={sliderId}>
        In a window of <strong>{windowPixels}&nbsp;px</strong>, a browser loads
      </label>
      <input
        id={sliderId}
        type="range"
        min={320}
        max={1920}
        step={10}
        value={windowPixels}
        aria-valuetext={`${windowPixels} pixels: ${spoken}`}
        onInput={({ currentTarget }) => setWindowPixels(currentTarget.valueAsNumber)}
      />
      <ul>
        {candidates.map(({ file, width, bytes }) => {
          const densities = chosen
            .filter((one) => one.file?.file === file)
            .map(({ density }) => `${density}x`);
          return (
            <li key={file} class={densities.length > 0 ? "chosen" : ""}>
              <span class="file">
                {fileText(file)} <span class="quiet">{width}&nbsp;px</span>
              </span>
              <span class="densities">
                {densities.map((density) => (
                  <span key={density} class="badge">
                    at&nbsp;{density}
                  </span>
                ))}
              </span>
              {bytes !== undefined && (
                <>
                  <span
                    class="weight"
                    aria-hidden="true"
                    style={{ "--part": `${(100 * bytes) / heaviest}%` }}
                  />
                  <span class="bytes">{bytesText(bytes)}</span>
                </>
              )}
            </li>
          );
        })}
      </ul>
      <p class="quiet">
        1x is a usual screen, 2x a dense one. The choice is the browser’s own: this is Chrome’s, on a first
        visit.
      </p>
    </div>
  );
}

function candidateText(candidate: Candidate | undefined): string {
  if (!candidate) return "nothing";
  const { file, bytes } = candidate;
  return bytes === undefined ? fileText(file) : `${fileText(file)}, ${bytesText(bytes)}`;
}
