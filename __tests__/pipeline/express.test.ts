import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { expect, it, onTestFinished } from "vitest";
import { fileKeysOf } from "../../functions/shared/image-record.ts";
import { anew, red } from "../fixtures/images.ts";
import { startPipeline } from "../fixtures/pipeline.ts";

it("two EXPRESS executions of one name, that a repeated event started, both come to their end", async () => {
  const pipeline = await startPipeline({ IMAGE_PIPELINE_WORKFLOW_TYPE: "EXPRESS" });
  onTestFinished(() => pipeline.stop());
  const { release, reached } = pipeline.hold({
    service: "s3",
    operation: "GetObject",
    key: pipeline.names.staging,
  });
  await pipeline.upload("twice.png", anew(red));
  await reached();
  const [first] = pipeline.executionsOf("twice.png");
  const secondEnds = pipeline.nextHas("ended");
  await pipeline.clients.states.send(
    new StartExecutionCommand({
      stateMachineArn: pipeline.engine.outputs.state_machine_arn,
      name: first?.name,
      input: first?.input,
    }),
  );
  // It has deleted the pixels that it staged.
  await secondEnds;
  release();
  await pipeline.idle();
  expect(pipeline.events("ended").map(({ execution }) => execution.status)).toEqual([
    "SUCCEEDED",
    "SUCCEEDED",
  ]);
  const record = await pipeline.record("twice.png");
  expect(record?.status).toBe("PROCESSED");
  expect(await pipeline.filesOf(pipeline.imageIdOf("twice.png"))).toEqual(
    fileKeysOf(record?.published).sort(),
  );
});
