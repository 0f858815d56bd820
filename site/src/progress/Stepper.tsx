import { Check, Circle, LoaderCircle, Minus, X } from "lucide-preact";
import { countText, durationText } from "../ui/text.ts";
import type { ShownStep, StepState } from "./stepper.ts";
import "./stepper.css";

const looks = {
  waiting: { Icon: Circle, word: "waiting" },
  running: { Icon: LoaderCircle, word: "running" },
  done: { Icon: Check, word: "done" },
  failed: { Icon: X, word: "failed" },
  skipped: { Icon: Minus, word: "not run" },
} as const satisfies Record<StepState, unknown>;

/** The four steps in a row, each with its time. */
export function Stepper({ steps, label }: { steps: ShownStep[]; label: string }) {
  return (
    <ol class="stepper" aria-label={label}>
      {steps.map((step) => (
        <li key={step.label} class={step.state}>
          <StepIcon state={step.state} />
          <span class="step-name">{step.label}</span>
          <span class="visually-hidden">: {looks[step.state].word}</span>
          <span class="step-note">
            {notesOf(step).map((note) => (
              <span key={note}>{note}</span>
            ))}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function StepIcon({ state }: { state: StepState }) {
  const { Icon } = looks[state];
  return (
    <span class={`step-icon ${state}`} aria-hidden="true">
      <Icon size={14} strokeWidth={3} class={state === "running" ? "spinning" : ""} />
    </span>
  );
}

/** How long it took, and how often it had to be tried again. */
export function notesOf({ durationMs, retries }: ShownStep): string[] {
  return [
    ...(durationMs === undefined ? [] : [durationText(durationMs)]),
    ...(retries > 0 ? [countText(retries, "retry", "retries")] : []),
  ];
}
