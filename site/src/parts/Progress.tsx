/** How far an image is: its status, and its steps beside or under each other. */
import {
  Check,
  Circle,
  CircleAlert,
  CircleCheck,
  CircleX,
  Hourglass,
  LoaderCircle,
  Minus,
  X,
} from "lucide-preact";
import type { ImageView, Status } from "../api/api.ts";
import { isBusy } from "../api/problem.ts";
import { countText, durationText, shownName } from "../ui/text.ts";
import { useSteps, useToldSteps } from "./queries.ts";
import { type Bar, type ShownStep, type StepState, shownSteps, stepBars } from "./steps.ts";
import "./progress.css";

const STATUSES = {
  PENDING: { label: "Waiting", Icon: Hourglass },
  PROCESSING: { label: "Processing", Icon: LoaderCircle },
  PROCESSED: { label: "Processed", Icon: CircleCheck },
  REJECTED: { label: "Rejected", Icon: CircleX },
  FAILED: { label: "Failed", Icon: CircleAlert },
} as const satisfies Record<Status, unknown>;

export function StatusBadge({ status }: { status: Status }) {
  const { label, Icon } = STATUSES[status];
  return (
    <span class={`badge ${status.toLowerCase()}`}>
      <Icon aria-hidden="true" size={14} class={status === "PROCESSING" ? "spinning" : ""} />
      {label}
    </span>
  );
}

/** The four steps in a row, and the name of the one that is under way. */
export function Stepper({ image }: { image: ImageView }) {
  const steps = shownSteps(image, useToldSteps(image));
  const running = steps.find(({ state }) => state === "running");
  return (
    <div class="stepper">
      <ol aria-label={`Steps of ${shownName(image)}`}>
        {steps.map((step) => (
          <li key={step.label} class={step.state}>
            <StepIcon state={step.state} />
            <span class="visually-hidden">
              {[`${step.label}: ${STATES[step.state].word}`, ...stepNotes(step)].join(", ")}
            </span>
          </li>
        ))}
      </ol>
      <p class="step-note" aria-hidden="true">
        {running && [running.label, ...stepNotes(running)].join(" · ")}
      </p>
    </div>
  );
}

/** The steps under each other, each with a bar of how long it took, and when. */
export function Timeline({ image }: { image: ImageView }) {
  const { steps: known, error } = useSteps(image);
  const steps = shownSteps(image, known);
  const bars = stepBars(steps);
  const total = image.timingsMs?.total;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Steps</h2>
      <ol>
        {steps.map((step, index) => (
          <li key={step.label} class={step.state}>
            <StepName step={step} />
            <span class="step-note">{stepNotes(step).join(" · ")}</span>
            <TimelineBar bar={bars[index]} />
            {step.error && step.state === "failed" && <span class="step-error">{step.error}</span>}
          </li>
        ))}
      </ol>
      {isBusy(error) && <p class="quiet">Not all of this can be told just now. Look again in a minute.</p>}
      {image.status === "PROCESSED" && total !== undefined && (
        <p class="quiet">Ready {durationText(total)} after it was taken up</p>
      )}
    </section>
  );
}

const STATES = {
  waiting: { Icon: Circle, word: "waiting" },
  running: { Icon: LoaderCircle, word: "running" },
  done: { Icon: Check, word: "done" },
  failed: { Icon: X, word: "failed" },
  skipped: { Icon: Minus, word: "not run" },
} as const satisfies Record<StepState, unknown>;

function StepName({ step: { label, state } }: { step: ShownStep }) {
  return (
    <>
      <StepIcon state={state} />
      <span class="step-name">{label}</span>
      <span class="visually-hidden">: {STATES[state].word}</span>
    </>
  );
}

function StepIcon({ state }: { state: StepState }) {
  const { Icon } = STATES[state];
  return (
    <span class={`step-icon ${state}`} aria-hidden="true">
      <Icon size={14} strokeWidth={3} class={state === "running" ? "spinning" : ""} />
    </span>
  );
}

/** How long it took, and how often it had to be tried again. */
function stepNotes({ durationMs, retries }: ShownStep): string[] {
  return [
    ...(durationMs === undefined ? [] : [durationText(durationMs)]),
    ...(retries > 0 ? [countText(retries, "retry", "retries")] : []),
  ];
}

function TimelineBar({ bar }: { bar: Bar | undefined }) {
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
