/** A browser's window that is dragged by its edge, as much smaller as it has to be, with a page in it that shows the picture. */
import type { Variant } from "../api/api.ts";
import { type Layout, PHONE_PIXELS } from "./chosen-file.ts";
import "./window-frame.css";

interface Props {
  /** Of what the edge is moved with, for its label. */
  id: string;
  windowPixels: number;
  /** How wide the page shows the picture. */
  slotPixels: number;
  layout: Layout;
  picture: Variant | undefined;
  /** What is said of the window while its edge is moved. */
  spoken: string;
  onResize: (windowPixels: number) => void;
}

const NARROWEST_PIXELS = 320;
const WIDEST_PIXELS = 1920;

export function WindowFrame({ id, windowPixels, slotPixels, layout, picture, spoken, onResize }: Props) {
  const beside = windowPixels < PHONE_PIXELS ? 0 : layout.columns - 1;
  return (
    <div
      class="window-frame"
      style={{
        "--window": windowPixels / WIDEST_PIXELS,
        "--narrowest": NARROWEST_PIXELS / WIDEST_PIXELS,
        "--slot": slotPixels / windowPixels,
      }}
    >
      <div class="window" aria-hidden="true">
        <div class="window-page">
          {picture && (
            <img
              key={picture.url}
              src={picture.url}
              width={picture.width}
              height={picture.height}
              alt=""
              draggable={false}
            />
          )}
          {Array.from({ length: beside }, (_, index) => (
            <span key={index} class="window-filler" />
          ))}
        </div>
      </div>
      <input
        id={id}
        type="range"
        min={NARROWEST_PIXELS}
        max={WIDEST_PIXELS}
        step={10}
        value={windowPixels}
        aria-valuetext={spoken}
        onInput={({ currentTarget }) => onResize(currentTarget.valueAsNumber)}
      />
    </div>
  );
}
