/** The small run of `npm run chaos`, and that it would tell if something were wrong. */
import { DeleteObjectCommand, PutObjectCommand, PutObjectTaggingCommand } from "@aws-sdk/client-s3";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { startEngine } from "stack-engine";
import { expect, it, onTestFinished } from "vitest";
import { fileKeysOf, lastVersion } from "../../functions/shared/image-record.ts";
import { imageIdOf, publicPrefix, REJECTED_TAG } from "../../functions/shared/keys.ts";
import { markReplaced } from "../../functions/shared/storage.ts";
import { runChaos } from "../../tools/chaos/chaos.ts";
import { History, perform } from "../../tools/chaos/perform.ts";
import { makePictures } from "../../tools/chaos/pictures.ts";
import { watchEngine } from "../../tools/chaos/running.ts";
import { verify } from "../../tools/chaos/verify.ts";
import { accessIn } from "../fixtures/access.ts";
import { synthesize } from "../fixtures/stack.ts";

const { file: stackFile } = synthesize();
const withoutRecord = (file: string) => `no record has the file ${file}`;

it("nothing is lost, twice or left over when a fifth of all calls and invocations fails", {
  timeout: 240_000,
}, async () => {
  const report = await runChaos({ stackFile, seed: 7, operations: 60, images: 12, faults: 0.2 });
  expect(report.broken).toEqual([]);
  // Four tries of the same step may all be hit; hardly ever those of several images.
  expect(report.failures.length).toBeLessThan(4);
  // It was a run, and things did go wrong.
  expect(report.processed).toBeGreaterThan(0);
  expect(report.seen.statesRetried).toBeGreaterThan(5);
  expect(report.seen.statesDisconnected).toBeGreaterThan(0);
  expect(report.seen.serviceErrors).toBeGreaterThan(20);
});

it("what is not as it has to be is found", { timeout: 240_000 }, async () => {
  const running = await watchEngine(await startEngine({ stackFile, port: 0, retryScale: 0 }));
  onTestFinished(() => running.stop());
  const { names, engine, clients } = running;
  const { s3, table } = clients;
  const { good, damaged } = await makePictures();
  const history = new History();
  const nobody = { url: "", accessToken: "" };
  const upload = (key: string, picture = good[0]) =>
    perform({ kind: "upload", key, picture }, running, nobody, history);
  const keys = [
    "untouched",
    "unrecorded",
    "without a file",
    "expiring",
    "unwanted",
    "seen",
    "damaged",
    "deleted",
    "twice",
    "untold",
  ];
  await Promise.all(keys.slice(0, 6).map((key) => upload(key)));
  await Promise.all([upload("damaged", damaged[0]), upload("deleted"), upload("twice")]);
  await perform({ kind: "delete", key: "deleted" }, running, nobody, history);
  await running.idle();
  const twice = (await running.records()).find(({ original }) => original.key === "twice");
  const image = twice && lastVersion(twice, names.original);
  const input = JSON.stringify({ image, access: await accessIn(engine) });
  const { state_machine_arn: stateMachineArn } = engine.outputs;
  await clients.states.send(new StartExecutionCommand({ stateMachineArn, name: "again", input }));
  await running.idle();
  engine.faults.add({ target: { service: "sns" }, kind: "error500", times: 100 });
  await upload("untold");
  await running.idle();

  const records = new Map((await running.records()).map((record) => [record.original.key, record]));
  const filesOf = (key: string) => fileKeysOf(records.get(key)?.published);
  const put = (Bucket: string, Key: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from("left") }));
  await table.send(new DeleteCommand({ TableName: names.table, Key: { imageId: imageIdOf("unrecorded") } }));
  const [missing = ""] = filesOf("without a file");
  await s3.send(new DeleteObjectCommand({ Bucket: names.processed, Key: missing }));
  const [expiring = ""] = filesOf("expiring");
  await markReplaced(names.processed, [expiring], s3);
  const Tagging = { TagSet: [{ Key: REJECTED_TAG.key, Value: REJECTED_TAG.value }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket: names.original, Key: "unwanted", Tagging }));
  const seen = `${publicPrefix(imageIdOf("seen"))}v/large.webp`;
  await put(names.processed, seen);
  const left = `${imageIdOf("damaged")}/v/large.webp`;
  await put(names.processed, left);
  const staged = `${imageIdOf("deleted")}/e/large.raw`;
  await put(names.staging, staged);

  const { problems } = await verify(running, history, keys, [...good, ...damaged]);
  const told = (key: string) => problems.flatMap((problem) => (problem.key === key ? problem.what : []));
  expect(Object.fromEntries(keys.map((key) => [key, told(key)]))).toEqual({
    untouched: [],
    unrecorded: ["there is no record", ...filesOf("unrecorded").toSorted().map(withoutRecord)],
    "without a file": [`the file of what is published is not there: ${missing}`],
    expiring: [`the lifecycle deletes what is published: ${expiring}`],
    unwanted: ["its original is published, and the lifecycle deletes it"],
    seen: [`everybody sees ${seen}, which is not shown`],
    damaged: [withoutRecord(left)],
    deleted: [`the original is gone, and a file is there: ${staged}`],
    twice: [expect.stringMatching(/ was processed 2 times, which is more than the 1 /)],
    untold: ["it is PROCESSED, and nobody was told", expect.stringMatching(/^nobody was told how /)],
  });
});
