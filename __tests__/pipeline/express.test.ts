import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { anew, red } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ IMAGE_PIPELINE_WORKFLOW_TYPE: "EXPRESS" });
});
afterAll(() => pipeline.stop());

describe("of two EXPRESS executions of one name, that a repeated event started,", () => {
  /** Starts that of an image once more. @returns how it ended. */
  async function startAgain(key: string): Promise<string | undefined> {
    const [first] = pipeline.executionsOf(key);
    const { state_machine_arn: stateMachineArn } = pipeline.engine.outputs;
    const ends = pipeline.nextHas("ended");
    await pipeline.clients.states.send(
      new StartExecutionCommand({ stateMachineArn, name: first?.name, input: first?.input }),
    );
    await ends;
    return pipeline.events("ended").at(-1)?.execution.status;
  }

  it("both come to their end", async () => {
    const key = "twice.png";
    const target = { service: "s3", operation: "GetObject", key: pipeline.names.staging };
    const { release, reached } = pipeline.hold(target);
    await pipeline.upload(key, anew(red));
    await reached();
    // It has deleted the pixels that it staged.
    expect(await startAgain(key)).toBe("SUCCEEDED");
    release();
    await pipeline.idle();
    expect(pipeline.executionsOf(key).map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    const record = await pipeline.record(key);
    expect(record?.status).toBe("PROCESSED");
    expect(await pipeline.filesOf(pipeline.imageIdOf(key))).toEqual(fileKeysOf(record?.published).sort());
  });

  it("the second changes nothing, where a message to process it again came twice", async () => {
    const key = "message twice.png";
    await pipeline.upload(key, anew(red));
    await pipeline.idle();
    await pipeline.processAgain(key, "one run");
    await pipeline.processAgain(key, "one run");
    expect(pipeline.executionsOf(key)).toHaveLength(3);
    expect((await pipeline.record(key))?.status).toBe("PROCESSED");
  });

  it("one that fails when the other has published harms nothing, and logs no error of its own", async () => {
    const key = "failing.png";
    await pipeline.upload(key, anew(red));
    await pipeline.idle();
    const target = { service: "lambda", function: "validate" } as const;
    pipeline.engine.faults.add({ target, kind: "kill", times: 4 });
    expect(await startAgain(key)).toBe("SUCCEEDED");
    expect(await pipeline.record(key)).toMatchObject({
      status: "PROCESSED",
      lastAttempt: { status: "PROCESSED" },
    });
    expect(pipeline.logsOf(key).filter(({ message }) => message === "Step failed")).toEqual([]);
  });
});
