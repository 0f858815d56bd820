/** What became of an image: each state with its attempts, what they waited for, and what went in and out. */
import { CircleAlert, CircleCheck, CircleX, ExternalLink, ImageIcon, LoaderCircle } from "lucide-preact";
import { useRef } from "preact/hooks";
import { errorText, isGone } from "../api/problem.ts";
import { durationText } from "../ui/text.ts";
import { relativeText } from "../ui/times.ts";
import { Back } from "./Back.tsx";
import { stateOf, waitText } from "./groups.ts";
import { Json } from "./Json.tsx";
import type { PipelineExecution, PipelineImage } from "./pipeline-api.ts";
import type { Pipeline, useExecution } from "./queries.ts";
import { ReprocessAll } from "./ReprocessAll.tsx";
import { Tile } from "./Tile.tsx";
import { useNow } from "./use-now.ts";

export type ExecutionQuery = ReturnType<typeof useExecution>;

interface ExecutionProps {
  imageId: string;
  pipeline: Pipeline;
  query: ExecutionQuery;
}

export function Execution({ imageId, pipeline, query }: ExecutionProps) {
  const listed = [...pipeline.underWay, ...pipeline.failed].find((image) => image.imageId === imageId);
  // Once it has left the pipeline, it is known by what was told of it last.
  const known = useRef<PipelineImage>();
  known.current = listed ?? known.current;
  const image = known.current;
  const { data, error, untilMs } = query;
  const now = useNow(true);
  return (
    <>
      {image === undefined ? (
        <Back to={{ kind: "nothing" }}>Everything</Back>
      ) : (
        <Back to={{ kind: image.status === "FAILED" ? "failed" : "underWay", state: stateOf(image) }}>
          {placeText(image)}
        </Back>
      )}
      <div class="execution-head">
        {image && <Tile image={image} />}
        <h2 tabIndex={-1}>
          <bdi>{image?.name ?? data?.name ?? "An image"}</bdi>
        </h2>
        <Status listed={listed} execution={data} />
      </div>
      <p class="quiet execution-facts">
        {data && `Began ${relativeText(data.startedAt, now)}. `}
        {data?.endedAt && `Took ${durationText(Date.parse(data.endedAt) - Date.parse(data.startedAt))}. `}
        {image?.owner && !image.isYours && (
          <>
            Of user <code>{image.owner}</code>.
          </>
        )}
      </p>
      <div class="execution-links">
        {image?.isYours && (
          <a class="button small" href={`/images/${imageId}`}>
            <ImageIcon aria-hidden="true" size={16} />
            Its page
          </a>
        )}
        {data?.consoleUrl && (
          <a class="button small" href={data.consoleUrl} target="_blank" rel="noreferrer">
            <ExternalLink aria-hidden="true" size={16} />
            In AWS’s console
          </a>
        )}
      </div>
      {listed?.failed && (
        <div class="outcome problem">
          <p>
            <strong>{listed.failed.error || "Failed"}</strong> {listed.failed.reason}
          </p>
        </div>
      )}
      {listed?.failed && data?.advice && <p class="advice">{data.advice}</p>}
      <ReprocessAll images={listed?.status === "FAILED" ? [listed] : []} />
      {error && !data && (
        <p class="problem" role="alert">
          {isGone(error) ? "Step Functions does not know its execution any more." : errorText(error)}
        </p>
      )}
      {data ? (
        <ol class="visits">
          {data.states.map((visit, index) => (
            <Visit
              // The same state may be entered again.
              key={`${index} ${visit.name}`}
              visit={visit}
              isLast={index === data.states.length - 1}
              isOver={data.status !== "RUNNING"}
              waitsUntilMs={untilMs}
              now={now}
            />
          ))}
        </ol>
      ) : (
        !error && <div class="skeleton line wide" aria-hidden="true" />
      )}
    </>
  );
}

function placeText(image: PipelineImage): string {
  const state = stateOf(image);
  if (image.status === "FAILED") return state === "" ? "Failed" : `Failed at ${state}`;
  return state === "" ? "Not begun yet" : `At ${state}`;
}

interface StatusProps {
  listed: PipelineImage | undefined;
  execution: PipelineExecution | undefined;
}

/** What the list says is newer. */
function Status({ listed, execution }: StatusProps) {
  const ended = execution && hasRejected(execution) ? "REJECTED" : execution?.status;
  const status = listed?.status === "FAILED" ? "FAILED" : listed ? "RUNNING" : ended;
  if (status === undefined) return null;
  const { label, kind, Icon } = STATUSES[status] ?? { label: status, kind: "failed", Icon: CircleAlert };
  return (
    <span class={`badge ${kind}`}>
      <Icon class={kind === "running" ? "spinning" : ""} aria-hidden="true" size={15} />
      {label}
    </span>
  );
}

/** What steps throw for a file that is at fault. To Step Functions it is a failure like any other. */
const REJECTION = "ImageRejected";

function hasRejected({ status, states }: PipelineExecution): boolean {
  return status === "FAILED" && states.some(({ attempts }) => attempts.at(-1)?.error === REJECTION);
}

const STATUSES: Record<string, { label: string; kind: string; Icon: typeof CircleAlert }> = {
  RUNNING: { label: "Under way", kind: "running", Icon: LoaderCircle },
  SUCCEEDED: { label: "Succeeded", kind: "processed", Icon: CircleCheck },
  REJECTED: { label: "Rejected", kind: "rejected", Icon: CircleX },
  FAILED: { label: "Failed", kind: "failed", Icon: CircleAlert },
  TIMED_OUT: { label: "Timed out", kind: "failed", Icon: CircleAlert },
  ABORTED: { label: "Stopped", kind: "failed", Icon: CircleAlert },
};

type VisitShown = PipelineExecution["states"][number];

interface VisitProps {
  visit: VisitShown;
  isLast: boolean;
  isOver: boolean;
  waitsUntilMs: number | undefined;
  now: number;
}

function Visit({ visit, isLast, isOver, waitsUntilMs, now }: VisitProps) {
  const { name, enteredAt, exitedAt, input, output, attempts } = visit;
  const isRunning = exitedAt === undefined && !isOver;
  // A state of the type Fail is never left.
  const hasFailed = attempts.at(-1)?.error !== undefined || (exitedAt === undefined && isOver);
  const isPlain = attempts.length < 2 && attempts[0]?.error === undefined;
  return (
    <li class={isRunning ? "running" : hasFailed ? "failed" : "done"}>
      <div class="visit-head">
        <h3>{name}</h3>
        <span class="quiet">
          {exitedAt ? durationText(Date.parse(exitedAt) - Date.parse(enteredAt)) : isRunning && "under way"}
        </span>
      </div>
      {!isPlain && (
        <ol class="attempts">
          {attempts.map((attempt, index) => (
            <AttemptLine key={attempt.startedAt} attempt={attempt} before={attempts[index - 1]} />
          ))}
        </ol>
      )}
      {isLast && isRunning && waitsUntilMs !== undefined && (
        <p class="visit-wait">{capitalized(waitText(waitsUntilMs, now))}</p>
      )}
      {input !== undefined && <Json label="Input" of={name} text={input} />}
      {output !== undefined && <Json label="Output" of={name} text={output} />}
    </li>
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

type Attempt = VisitShown["attempts"][number];

/** What is the same as the time before is not said again: somebody who is throttled may be so seventy times. */
function AttemptLine({ attempt, before }: { attempt: Attempt; before: Attempt | undefined }) {
  const { startedAt, endedAt, waitedMs, error, cause, logUrl } = attempt;
  const isSame = error !== undefined && error === before?.error && cause === before.cause;
  const took = endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : "under way";
  return (
    <li>
      <time dateTime={startedAt}>{clock.format(new Date(startedAt))}</time>
      <span class="quiet">{waitedMs !== undefined && `after ${durationText(waitedMs)}`}</span>
      <span class="quiet attempt-took">{took}</span>
      {error !== undefined && (
        <span class="attempt-error">
          {isSame ? (
            "The same"
          ) : (
            <>
              <strong>{error}</strong> {cause}
            </>
          )}{" "}
          {logUrl && (
            <a href={logUrl} target="_blank" rel="noreferrer">
              Its log lines
            </a>
          )}
        </span>
      )}
    </li>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
