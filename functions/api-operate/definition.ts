/** The state machine as it is deployed: its states, without what they call. */
import { DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import * as z from "zod";
import type { PipelineDefinition } from "../api/contract-pipeline.ts";
import { environmentVariable } from "../shared/settings.ts";
import { sfn } from "../shared/workflow.ts";

const stateMachineArn = environmentVariable("STATE_MACHINE_ARN");

/** As Step Functions has them: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const USUAL_RETRY = { intervalSeconds: 1, maxAttempts: 3, backoffRate: 2 };

const stateSchema = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.object({ Next: z.string() })).default([]),
  Retry: z
    .array(
      z.object({
        ErrorEquals: z.array(z.string()),
        IntervalSeconds: z.number().default(USUAL_RETRY.intervalSeconds),
        MaxAttempts: z.int().default(USUAL_RETRY.maxAttempts),
        BackoffRate: z.number().default(USUAL_RETRY.backoffRate),
        MaxDelaySeconds: z.number().optional(),
      }),
    )
    .default([]),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).default([]),
  get Branches() {
    return z.array(definitionSchema).default([]);
  },
});
const definitionSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });

export async function readDefinition(): Promise<PipelineDefinition> {
  const { definition = "" } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const parsed = definitionSchema.parse(JSON.parse(definition));
  return { startAt: parsed.StartAt, states: Object.fromEntries(statesIn(parsed)) };
}

type Entry = [name: string, state: PipelineDefinition["states"][string]];

/**
 * Branches become part of the whole: what is parallel leads to the first state of each, and the last ones to what comes after it.
 * @param after where the ends of a branch lead.
 */
function statesIn({ States }: z.infer<typeof definitionSchema>, after: string[] = []): Entry[] {
  return Object.entries(States).flatMap(([name, state]) => {
    const leadsTo = [...state.Choices.map(({ Next }) => Next), state.Default, state.Next].filter(
      (next) => next !== undefined,
    );
    const isEnd = leadsTo.length === 0;
    const behind = isEnd && state.Type !== "Fail" ? after : leadsTo;
    const own: Entry = [
      name,
      {
        type: state.Type,
        next: [...new Set(state.Branches.length > 0 ? state.Branches.map(({ StartAt }) => StartAt) : behind)],
        retry: state.Retry.map((retry) => ({
          errors: retry.ErrorEquals,
          intervalSeconds: retry.IntervalSeconds,
          maxAttempts: retry.MaxAttempts,
          backoffRate: retry.BackoffRate,
          ...(retry.MaxDelaySeconds !== undefined && { maxDelaySeconds: retry.MaxDelaySeconds }),
        })),
        catch: state.Catch.map(({ ErrorEquals, Next }) => ({ errors: ErrorEquals, next: Next })),
      },
    ];
    return [own, ...state.Branches.flatMap((branch) => statesIn(branch, behind))];
  });
}
