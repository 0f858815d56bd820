/** Everything in words, beside the drawing: what is where; the images of one state; one image's execution. */
import { ChevronRight, CircleAlert, LoaderCircle } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { Back } from "./Back.tsx";
import { Execution, type ExecutionQuery } from "./Execution.tsx";
import { type Group, groupsOf, waitText } from "./groups.ts";
import { ImageList } from "./ImageList.tsx";
import type { PipelineDefinition, PipelineImage } from "./pipeline-api.ts";
import type { Pipeline } from "./queries.ts";
import { addressOf, type Selection } from "./selection.ts";
import { useNow } from "./use-now.ts";
import "./panel.css";

const isStill = matchMedia("(prefers-reduced-motion: reduce)");
/** What begins further down in the window is scrolled to. */
const READ_ABOVE = 0.7;

interface PanelProps {
  definition: PipelineDefinition;
  pipeline: Pipeline;
  selection: Selection;
  execution: ExecutionQuery;
}

export function Panel({ definition, pipeline, selection, execution }: PanelProps) {
  const place = useRef<HTMLElement>(null);
  const address = addressOf(selection);
  const shown = useRef(address);
  // Whoever has chosen something is led to it: on a phone it is below what they pressed.
  useEffect(() => {
    if (shown.current === address) return;
    shown.current = address;
    const heading = place.current?.querySelector("h2");
    if (!heading) return;
    heading.focus({ preventScroll: true });
    const { top, bottom } = heading.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight * READ_ABOVE)
      place.current?.scrollIntoView({ behavior: isStill.matches ? "instant" : "smooth" });
  }, [address]);
  return (
    <section class="pipeline-panel" ref={place} aria-label="Images in the pipeline">
      {selection.kind === "nothing" && <Overview definition={definition} pipeline={pipeline} />}
      {(selection.kind === "failed" || selection.kind === "underWay") && (
        <>
          <Back to={{ kind: "nothing" }}>Everything</Back>
          <ImageList key={address} pipeline={pipeline} kind={selection.kind} state={selection.state} />
        </>
      )}
      {selection.kind === "image" && (
        <Execution key={address} imageId={selection.imageId} pipeline={pipeline} query={execution} />
      )}
    </section>
  );
}

function Overview({ definition, pipeline }: { definition: PipelineDefinition; pipeline: Pipeline }) {
  const { underWay, failed, isCut } = pipeline;
  const states = Object.keys(definition.states);
  return (
    <>
      <h2 tabIndex={-1}>Failed</h2>
      {failed.length === 0 ? (
        <p class="quiet">Nothing has failed.</p>
      ) : (
        <Groups kind="failed" groups={groupsOf(failed, states)} pipeline={pipeline} />
      )}
      <h2>Under way</h2>
      {underWay.length === 0 ? (
        <p class="quiet">Nothing just now. What is uploaded is seen here at once.</p>
      ) : (
        <Groups kind="underWay" groups={groupsOf(underWay, states)} pipeline={pipeline} />
      )}
      {isCut && <p class="notice">There are more than can be shown at once.</p>}
    </>
  );
}

interface GroupsProps {
  kind: "failed" | "underWay";
  groups: Group[];
  pipeline: Pipeline;
}

function Groups({ kind, groups, pipeline }: GroupsProps) {
  return (
    <ul class="groups">
      {groups.map(({ name, images }) => (
        <li key={name}>
          <a href={addressOf({ kind, state: name })}>
            {kind === "failed" ? (
              <CircleAlert class="failed-icon" aria-hidden="true" size={18} />
            ) : (
              <LoaderCircle class="under-way-icon" aria-hidden="true" size={18} />
            )}
            <span class="group-name">
              {name || (kind === "failed" ? "State not known" : "Not begun yet")}
            </span>
            <span class="group-note quiet">
              {kind === "failed" ? errorsText(images) : <Waits images={images} pipeline={pipeline} />}
            </span>
            <span class="group-count">
              {images.length}
              <span class="visually-hidden">{kind === "failed" ? " failed" : " under way"}</span>
            </span>
            <ChevronRight aria-hidden="true" size={18} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The most frequent first. */
function errorsText(images: PipelineImage[]): string {
  const byError = [...Map.groupBy(images, ({ failed }) => failed?.error || "unknown")];
  return byError
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([error]) => error)
    .join(", ");
}

function Waits({ images, pipeline: { seen } }: { images: PipelineImage[]; pipeline: Pipeline }) {
  const waits = images.flatMap(({ imageId }) => seen.waitsUntilMs.get(imageId) ?? []);
  const now = useNow(waits.length > 0);
  if (waits.length === 0) return null;
  const who = waits.length === images.length ? "" : `${waits.length} `;
  return <>{`${who}${waitText(Math.min(...waits.map(({ untilMs }) => untilMs)), now)}`}</>;
}
