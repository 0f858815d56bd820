import { useId, useState } from "preact/hooks";
import type { EmbedView, Variant } from "../api/api.ts";
import { bytesText } from "../ui/text.ts";
import { type Candidate, candidatesIn, chosenOf, fileText, type Layout } from "./chosen-file.ts";
import { WindowFrame } from "./WindowFrame.tsx";

interface Props {
  embed: EmbedView;
  variants: Variant[];
  layout: Layout;
}

const SCREENS = [
  { density: 1, label: "usual, 1x" },
  { density: 2, label: "dense, 2x" },
];

/** A window of any width, and which of the files a browser loads in it. */
export function ChosenFiles({ embed, variants, layout }: Props) {
  const [windowPixels, setWindowPixels] = useState(1280);
  const [shownDensity, setShownDensity] = useState(() => (devicePixelRatio > 1 ? 2 : 1));
  const id = useId();
  const candidates = candidatesIn(embed, variants);
  const slotPixels = layout.slotPixels(windowPixels, embed.img.width);
  const chosen = SCREENS.map(({ density }) => ({ density, file: chosenOf(candidates, slotPixels, density) }));
  const shown = chosen.find(({ density }) => density === shownDensity)?.file;
  const heaviest = Math.max(...candidates.map(({ variant }) => variant?.bytes ?? 0));
  const spoken = chosen.map(({ density, file }) => `at ${density}x ${candidateText(file)}`).join("; ");
  return (
    <div class="chosen-files">
      <label for={id}>
        In a window of <strong>{windowPixels}&nbsp;px</strong>, a browser loads
      </label>
      <WindowFrame
        id={id}
        windowPixels={windowPixels}
        slotPixels={slotPixels}
        layout={layout}
        picture={shown?.variant}
        spoken={`${windowPixels} pixels: ${spoken}`}
        onResize={setWindowPixels}
      />
      <div class="shown-file">
        <strong>{candidateText(shown)}</strong>
        <fieldset>
          <legend class="visually-hidden">Screen</legend>
          {SCREENS.map(({ density, label }) => (
            <label key={density}>
              <input
                type="radio"
                name={`${id}-screen`}
                checked={density === shownDensity}
                onChange={() => setShownDensity(density)}
              />
              {label}
            </label>
          ))}
        </fieldset>
      </div>
      <ul>
        {candidates.map(({ file, width, variant }) => {
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
              {variant && (
                <>
                  <span
                    class="weight"
                    aria-hidden="true"
                    style={{ "--part": `${(100 * variant.bytes) / heaviest}%` }}
                  />
                  <span class="bytes">{bytesText(variant.bytes)}</span>
                </>
              )}
            </li>
          );
        })}
      </ul>
      <p class="quiet">
        The choice is the browser’s own: this is Chrome’s, on a first visit. Most phones and many laptops have
        dense screens.
      </p>
    </div>
  );
}

function candidateText(candidate: Candidate | undefined): string {
  if (!candidate) return "nothing";
  const { file, variant } = candidate;
  return variant ? `${fileText(file)}, ${bytesText(variant.bytes)}` : fileText(file);
}
