/** One picture over another of the same shape, from the left up to where it is wiped away. Its place is positioned, and has the other one in it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import "./wipe.css";

/** @param children the picture on top. @param over what it is; under: what it uncovers. */
export function WipeSlider({
  over,
  under,
  children,
}: {
  over: string;
  under: string;
  children: ComponentChildren;
}) {
  const [percent, setPercent] = useState(50);
  return (
    <div class="wipe" style={{ "--wiped": `${percent}%` }}>
      {children}
      <span class="wipe-label over" aria-hidden="true">
        {over}
      </span>
      <span class="wipe-label under" aria-hidden="true">
        {under}
      </span>
      <span class="wipe-line" aria-hidden="true" />
      <input
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label="How much of the original is seen"
        aria-valuetext={`${percent} %`}
        onInput={({ currentTarget }) => setPercent(currentTarget.valueAsNumber)}
      />
    </div>
  );
}
