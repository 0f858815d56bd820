/** The pipeline as it is just now, for those who run it: what is under way and where, what has failed, and each execution. */
import { LockKeyhole } from "lucide-preact";
import { useEffect, useMemo } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { errorText } from "../api/problem.ts";
import { ErrorNotice } from "../ui/ErrorNotice.tsx";
import { usePage } from "../ui/page.ts";
import { countText } from "../ui/text.ts";
import { Drawing } from "./Drawing.tsx";
import { Panel } from "./Panel.tsx";
import { isForbidden, type PipelineDefinition } from "./pipeline-api.ts";
import { type Pipeline, useDefinition, useExecution, usePipeline } from "./queries.ts";
import { withExecution } from "./seen.ts";
import { selectionIn } from "./selection.ts";
import "./pipeline-page.css";

export function PipelinePage() {
  const heading = usePage("Pipeline");
  const { url } = useLocation();
  // The menu that led here would lie over it.
  useEffect(() => document.querySelector<HTMLElement>(":popover-open")?.hidePopover(), [url]);
  const definition = useDefinition();
  const pipeline = usePipeline();
  const forbidden = [definition.error, pipeline.error].find(isForbidden);
  // What was there a moment ago is better than nothing.
  const error = (!definition.data && definition.error) || (!pipeline.data && pipeline.error);
  return (
    <article class="pipeline-page">
      <div class="pipeline-head">
        <h1 ref={heading} tabIndex={-1}>
          Pipeline
        </h1>
        {!forbidden && pipeline.data && <Summary pipeline={pipeline.data} />}
      </div>
      {forbidden ? (
        <ForOperators sentence={errorText(forbidden)} />
      ) : error ? (
        <ErrorNotice
          title="The pipeline cannot be shown"
          error={error}
          retry={() => Promise.all([definition.refetch(), pipeline.refetch()])}
        />
      ) : definition.data && pipeline.data ? (
        <Shown definition={definition.data} pipeline={pipeline.data} />
      ) : (
        <div class="pipeline-columns" aria-busy="true">
          <div class="skeleton drawing-skeleton" />
          <div class="skeleton line wide" />
        </div>
      )}
    </article>
  );
}

function Shown({ definition, pipeline: told }: { definition: PipelineDefinition; pipeline: Pipeline }) {
  const selection = selectionIn(useLocation().query);
  const imageId = selection.kind === "image" ? selection.imageId : undefined;
  const image = [...told.underWay, ...told.failed].find((one) => one.imageId === imageId);
  const execution = useExecution(imageId, image);
  const { data, untilMs, isPlaceholderData } = execution;
  const pipeline = useMemo(
    () => (data && imageId && !isPlaceholderData ? withExecution(told, imageId, data, untilMs) : told),
    [told, imageId, data, untilMs, isPlaceholderData],
  );
  return (
    <div class="pipeline-columns">
      <Drawing definition={definition} pipeline={pipeline} selection={selection} execution={data} />
      <Panel definition={definition} pipeline={pipeline} selection={selection} execution={execution} />
    </div>
  );
}

function Summary({ pipeline: { underWay, failed, isCut } }: { pipeline: Pipeline }) {
  const atLeast = isCut ? "At least " : "";
  return (
    <p class="quiet">
      {underWay.length + failed.length === 0
        ? "Nothing is under way, and nothing has failed."
        : `${atLeast}${countText(underWay.length, "image")} under way, ${failed.length.toLocaleString("en")} failed`}
    </p>
  );
}

function ForOperators({ sentence }: { sentence: string }) {
  return (
    <div class="empty">
      <LockKeyhole class="empty-icon" aria-hidden="true" size={48} strokeWidth={1.25} />
      <p class="empty-title">Only operators see the pipeline</p>
      <p class="quiet">{sentence}</p>
      <p class="quiet">
        Whoever runs this deployment can add you to it, in the console of Amazon Cognito or with{" "}
        <code>aws cognito-idp admin-add-user-to-group</code>. Then sign out, and in again.
      </p>
      <a class="button" href="/">
        Your photographs
      </a>
    </div>
  );
}
