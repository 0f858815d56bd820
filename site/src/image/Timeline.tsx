import type { ImageView } from "../api/api.ts";
import { notesOf, StepIcon } from "../progress/Stepper.tsx";
import { barsOf, type ShownStep, shownSteps } from "../progress/stepper.ts";
import { useHistory } from "../progress/use-history.ts";
import { durationText } from "../ui/text.ts";
import "./timeline.css";

/** The steps under each other, each with a bar of how long it took, and when. */
export function Timeline({ image }: { image: ImageView }) {
  const history = useHistory(image);
  const steps = shownSteps(image, history);
  const bars = barsOf(steps);
  const total = image.timingsMs?.total;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Steps</h2>
      <ol>
        {steps.map((step, index) => (
          <li key={step.label} class={step.state}>
            <StepIcon state={step.state} />
            <span class="step-name">{step.label}</span>
            <span class="visually-hidden">: {WORDS[step.state]}</span>
            <span class="step-note">{notesOf(step).join(" · ")}</span>
            <Bar bar={bars[index]} />
            {step.error && step.state === "failed" && <span class="step-error">{step.error}</span>}
          </li>
        ))}
      </ol>
      {image.status === "PROCESSED" && total !== undefined && (
        <p class="quiet">Ready {durationText(total)} after it was taken up</p>
      )}
    </section>
  );
}

function Bar({ bar }: { bar: ReturnType<typeof barsOf>[number] }) {
  return (
    <span class="track" aria-hidden="true">
      {bar && (
        <span
          class="bar"
          // Even the shortest is seen, and ends where the line does.
          style={{
            insetInlineStart: `min(${bar.start * 100}%, 100% - 0.375rem)`,
            width: `${bar.length * 100}%`,
          }}
        />
      )}
    </span>
  );
}

const WORDS: Record<ShownStep["state"], string> = {
  waiting: "waiting",
  running: "running",
  done: "done",
  failed: "failed",
  skipped: "not run",
};
