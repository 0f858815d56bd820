import type { RoleGrant } from "stack-engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiClientOf } from "../fixtures/api-client.ts";
import { plain } from "../fixtures/images.ts";
import { type Pipeline, startPipeline } from "../fixtures/pipeline.ts";
import { Scenarios } from "../fixtures/scenarios/index.ts";
import { SETTINGS } from "../fixtures/shared-pipeline.ts";
import { synthesize } from "../fixtures/stack.ts";

let pipeline: Pipeline;
let scenarios: Scenarios;
/** An image of Ann's, for those who only look at it, and one that is processed again and again. */
let shown: string;
let again: string;
beforeAll(async () => {
  pipeline = await startPipeline(SETTINGS);
  const file = await plain(4, 4).png().toBuffer();
  const [ann] = await Promise.all([apiClientOf(pipeline, "ann@example.org"), pipeline.engine.warm()]);
  scenarios = new Scenarios(pipeline, { stackFile: synthesize(SETTINGS).file, ann, file });
  [shown, again] = await Promise.all([scenarios.api.newImage(), scenarios.api.newImage()]);
});
afterAll(async () => {
  scenarios?.stop();
  await pipeline?.stop();
});

const TO_SHARE = { variant: "large", expiresInSeconds: 60 };

/** What somebody does, and what comes of it as long as nothing is withheld. */
const does = {
  process: [() => scenarios.images.processed(), "PROCESSED"],
  copy: [() => scenarios.images.copied(), "copied"],
  tell: [() => scenarios.images.told(), "told"],
  takeEvent: [() => scenarios.messages.eventTaken("there"), "done"],
  takeOwnedEvent: [() => scenarios.messages.eventTaken("owned"), "done"],
  takeLateEvent: [() => scenarios.messages.eventTaken("deleted"), "done"],
  takeRemoval: [() => scenarios.messages.removalTaken(), "done"],
  takeRequest: [() => scenarios.messages.requestTaken(), "done"],
  putBack: [() => scenarios.messages.requestPutBack(), "done"],
  watermarkDeleted: [() => scenarios.images.watermarkWithoutRecord(), "0 left"],
  watermarkExpired: [() => scenarios.images.watermarkWithoutPixels(), "NoSuchKey"],
  sweep: [() => scenarios.images.swept(), "0 left"],
  replace: [() => scenarios.images.replaced(), "4 marked"],
  discard: [() => scenarios.images.discarded(), "0 left"],
  reject: [() => scenarios.images.rejected(), "expires"],
  takeRejected: [() => scenarios.messages.rejectedTakenAgain(), "done"],
  announce: [() => scenarios.api.announced(), "201"],
  send: [() => scenarios.api.sent(), "200"],
  sendInParts: [() => scenarios.api.sentInParts(), "POST 200, GET 200, DELETE 204"],
  watch: [() => scenarios.messages.watched(), "Validate, Resize, Watermark, PROCESSED"],
  watchDeleted: [() => scenarios.messages.watchedWhileDeleted(), "DELETED"],
  watchLost: [() => scenarios.messages.watchedWhileLost(), "FAILED"],
  changes: [() => scenarios.api.asked("", "/changes"), "200"],
  list: [() => scenarios.api.asked(""), "200"],
  showUsage: [() => scenarios.api.used(), "200"],
  listProcessed: [() => scenarios.api.asked("", "?status=PROCESSED"), "200"],
  listByName: [() => scenarios.api.asked("", "?sort=name"), "200"],
  listByCaption: [() => scenarios.api.asked("", "?search=sea&cursor=captions."), "200"],
  listByTag: [() => scenarios.api.asked("", "?tag=sea"), "200"],
  share: [() => scenarios.api.asked(shown, "/links", "POST", TO_SHARE), "201"],
  listLinks: [() => scenarios.api.asked(shown, "/links"), "200"],
  revoke: [() => scenarios.api.asked(shown, `/links/${"0".repeat(32)}`, "DELETE"), "204"],
  openLink: [() => scenarios.api.linkOpened(shown), "302"],
  deleteShared: [() => scenarios.messages.linksLeft(), "0 left"],
  edit: [() => scenarios.api.edited(), "PROCESSED"],
  show: [() => scenarios.api.asked(shown), "200"],
  showHistory: [() => scenarios.api.asked(shown, "/history"), "200"],
  openOriginal: [() => scenarios.api.opened(shown, "original"), "200"],
  openDownload: [() => scenarios.api.opened(shown, "download"), "200"],
  sign: [() => scenarios.api.signed(), "200"],
  makePublic: [() => scenarios.api.madePublic(), "200"],
  takeBack: [() => scenarios.api.takenBack(), "204"],
  showAnew: [() => scenarios.api.shownAnew(), "4 copies"],
  download: [() => scenarios.api.asked(shown, "/download/large"), "302"],
  reprocess: [() => scenarios.api.asked(again, "/reprocess", "POST"), "202"],
  reprocessRejected: [() => scenarios.api.askedForRejected(), "202"],
  reprocessStuck: [() => scenarios.api.askedForStuck(), "202"],
  reprocessGone: [() => scenarios.api.askedWithoutOriginal("/reprocess", "POST"), "202"],
  delete: [() => scenarios.api.deleted(), "204"],
  showDefinition: [() => scenarios.api.operated("definition"), "200"],
  showPipeline: [() => scenarios.api.operated("images"), "200"],
  showEnded: [() => scenarios.api.operated(`images?ended=${shown}`), "200"],
  showUnderWay: [() => scenarios.api.underWay(), "at Validate"],
  showExecution: [() => scenarios.api.operated(`images/${shown}/execution`), "200"],
  operate: [() => scenarios.api.operatedAgain(), "200"],
  operateRejected: [() => scenarios.api.operatedAgain("rejected"), "200"],
  operateStuck: [() => scenarios.api.operatedAgain("stuck"), "200"],
  operateGone: [() => scenarios.api.operatedAgain("gone"), "200"],
  reconcile: [() => scenarios.messages.reconciled(), "FAILED, 0 left"],
  lookForExpired: [() => scenarios.messages.expired(), "0 left"],
  lookForStuck: [() => scenarios.stack.functionError("reconcile"), "done"],
  reconcileInTime: [() => scenarios.stack.clockStruck("reconcile"), "invoked"],
  keepTime: [() => scenarios.stack.clockStruck("storage-metrics"), "invoked"],
  measureStorage: [() => scenarios.stack.functionError("collect-storage-metrics"), "done"],
} satisfies Record<string, [() => Promise<string>, string]>;

const DENIED = "AccessDenied";
const failed = "FAILED: AccessDenied";

/** Who needs what for which of these, and what comes of it without. */
const needed: Record<string, [keyof typeof does, string]> = {
  "start-execution: dynamodb:GetItem on table/Usage": ["takeOwnedEvent", "comes again"],
  "start-execution: dynamodb:UpdateItem on table/Usage": ["takeOwnedEvent", "comes again"],
  "start-execution: s3:DeleteObjectTagging on original/*": ["takeRejected", "comes again"],
  "start-execution: sqs:SendMessage on uploads": ["putBack", "comes again"],
  "start-execution: s3:GetObject on original/*": ["takeEvent", "comes again"],
  "start-execution: s3:ListBucket on original": ["takeLateEvent", "comes again"],
  "start-execution: dynamodb:GetItem on table/ImageMetadata": ["takeRequest", "comes again"],
  "start-execution: dynamodb:UpdateItem on table/ImageMetadata": ["takeEvent", "comes again"],
  "start-execution: dynamodb:Query on table/ImageMetadata/index/byAttention": ["takeEvent", "comes again"],
  "start-execution: dynamodb:Query on table/ImageMetadata/index/byOwnerStatus": [
    "takeOwnedEvent",
    "comes again",
  ],
  "start-execution: states:StartExecution on stateMachine:workflow": ["takeEvent", "comes again"],
  "start-execution: dynamodb:DeleteItem on table/ImageMetadata": ["takeRemoval", "comes again"],
  "start-execution: dynamodb:Query on table/Links": ["deleteShared", "1 left"],
  "start-execution: dynamodb:DeleteItem on table/Links": ["deleteShared", "1 left"],
  "start-execution: s3:ListBucket on processed": ["takeRemoval", "comes again"],
  "start-execution: s3:DeleteObject on processed/*": ["takeRemoval", "comes again"],
  "start-execution: s3:ListBucket on staging": ["takeRemoval", "comes again"],
  "start-execution: s3:DeleteObject on staging/*": ["takeRemoval", "comes again"],

  "record-metadata: sns:Publish on outcomes": ["tell", "NobodyTold"],
  "record-metadata: events:PutEvents on event-bus/default": ["tell", "NobodyTold"],
  "reconcile: events:PutEvents on event-bus/default": ["reconcile", "NobodyTold"],
  "start-execution: events:PutEvents on event-bus/default": ["takeRemoval", "comes again"],
  "api-manage: events:PutEvents on event-bus/default": ["delete", "500"],

  "decoder: s3:GetObjectVersion on original/*": ["process", failed],
  "decoder: s3:PutObject on staging/*": ["process", failed],
  "start-execution: sts:AssumeRole on role/decoder": ["takeEvent", "comes again"],
  "api-manage: sts:AssumeRole on role/decoder": ["reprocess", "500"],
  "api-operate: sts:AssumeRole on role/decoder": ["operate", "500"],

  "watermark: s3:GetObject on staging/*": ["process", failed],
  "watermark: s3:ListBucket on staging": ["watermarkExpired", DENIED],
  "watermark: s3:PutObject on processed/*": ["process", failed],
  "watermark: s3:DeleteObject on processed/*": ["watermarkDeleted", DENIED],
  "watermark: dynamodb:GetItem on table/ImageMetadata": ["process", "FAILED: AccessDeniedException"],

  "watermark: s3:GetObject on processed/*": ["copy", "made"],
  "start-execution: dynamodb:Query on table/Contents": ["copy", "made"],
  "record-metadata: dynamodb:PutItem on table/Contents": ["copy", "made"],

  "record-metadata: dynamodb:UpdateItem on table/ImageMetadata": ["process", "FAILED: AccessDeniedException"],
  "record-metadata: dynamodb:GetItem on table/ImageMetadata": ["discard", "AccessDeniedException"],
  "record-metadata: s3:DeleteObject on staging/*": ["sweep", "1 left"],
  "record-metadata: s3:PutObjectTagging on processed/*": ["replace", "0 marked"],
  "record-metadata: s3:PutObjectVersionTagging on original/*": ["reject", "stays"],
  "record-metadata: s3:ListBucket on processed": ["discard", "1 left"],
  "record-metadata: s3:DeleteObject on processed/*": ["discard", "1 left"],

  "record-metadata: s3:GetObject on processed/*": ["showAnew", DENIED],
  "record-metadata: s3:PutObject on processed/public/*": ["showAnew", DENIED],

  "validate: dynamodb:PutItem on table/ImageChanges": ["watch", "Resize, Watermark, PROCESSED"],
  "resize: dynamodb:PutItem on table/ImageChanges": ["watch", "Validate, Watermark, PROCESSED"],
  "watermark: dynamodb:PutItem on table/ImageChanges": ["watch", "Validate, Resize, PROCESSED"],
  "record-metadata: dynamodb:PutItem on table/ImageChanges": ["watch", "Validate, Resize, Watermark"],
  "start-execution: dynamodb:PutItem on table/ImageChanges": ["watchDeleted", "nothing"],
  "reconcile: dynamodb:PutItem on table/ImageChanges": ["watchLost", "nothing"],

  "workflow: lambda:InvokeFunction on function:validate:*": ["process", "FAILED: Lambda.AWSLambdaException"],
  "workflow: lambda:InvokeFunction on function:resize:*": ["process", "FAILED: Lambda.AWSLambdaException"],
  "workflow: lambda:InvokeFunction on function:watermark:*": ["process", "FAILED: Lambda.AWSLambdaException"],
  "workflow: lambda:InvokeFunction on function:record-metadata:*": [
    "process",
    "FAILED: Lambda.AWSLambdaException",
  ],

  "api-upload: dynamodb:GetItem on table/Usage": ["announce", "500"],
  "api-upload: dynamodb:UpdateItem on table/Usage": ["announce", "500"],
  "api-upload: dynamodb:PutItem on table/ImageMetadata": ["announce", "500"],
  "api-upload: s3:AbortMultipartUpload on original/users/*": ["sendInParts", "POST 200, GET 200, DELETE 403"],
  "api-upload: s3:ListMultipartUploadParts on original/users/*": [
    "sendInParts",
    "POST 200, GET 403, DELETE 204",
  ],
  "api-upload: s3:PutObject on original/users/*": ["send", "403"],

  "api-view: dynamodb:GetItem on table/Usage": ["showUsage", "500"],
  "api-view: dynamodb:GetItem on table/ImageMetadata": ["show", "500"],
  "api-view: dynamodb:GetItem on table/Links": ["openLink", "500"],
  "api-view: dynamodb:UpdateItem on table/Links": ["openLink", "500"],
  "api-view: dynamodb:Query on table/Links": ["listLinks", "500"],
  "api-view: dynamodb:UpdateItem on table/ImageMetadata": ["download", "500"],
  "api-view: dynamodb:Query on table/ImageChanges": ["changes", "500"],
  "api-view: dynamodb:BatchGetItem on table/ImageMetadata": ["list", "500"],
  "api-view: dynamodb:Query on table/ImageMetadata/index/byOwner": ["list", "500"],
  "api-view: dynamodb:Query on table/ImageMetadata/index/byOwnerStatus": ["listProcessed", "500"],
  "api-view: dynamodb:Query on table/ImageMetadata/index/byOwnerName": ["listByName", "500"],
  "api-view: dynamodb:Query on table/ImageMetadata/index/byOwnerCaption": ["listByCaption", "500"],
  "api-view: dynamodb:Query on table/ImageMetadata/index/byOwnerTagged": ["listByTag", "500"],
  "api-view: s3:GetObject on original/users/*": ["openOriginal", "403"],
  "api-view: s3:GetObject on processed/*": ["openDownload", "403"],
  "api-view: kms:Sign on signing key": ["sign", "500"],
  "api-view: states:GetExecutionHistory on execution:workflow:*": ["showHistory", "500"],

  "api-manage: dynamodb:PutItem on table/Links": ["share", "500"],
  "api-manage: dynamodb:Query on table/Links": ["share", "500"],
  "api-manage: dynamodb:DeleteItem on table/Links": ["revoke", "500"],
  "api-manage: dynamodb:PutItem on table/ImageChanges": ["edit", "nothing"],
  "api-manage: dynamodb:UpdateItem on table/Usage": ["delete", "500"],
  "api-manage: s3:DeleteObjectTagging on original/users/*": ["reprocessRejected", "500"],
  "api-manage: dynamodb:GetItem on table/ImageMetadata": ["delete", "500"],
  "api-manage: dynamodb:UpdateItem on table/ImageMetadata": ["reprocess", "500"],
  "api-manage: dynamodb:DeleteItem on table/ImageMetadata": ["delete", "500"],
  "api-manage: s3:GetObject on original/users/*": ["reprocess", "500"],
  "api-manage: s3:GetObject on processed/*": ["makePublic", "500"],
  "api-manage: s3:PutObject on processed/public/*": ["makePublic", "500"],
  "api-manage: s3:ListBucket on processed": ["makePublic", "500"],
  "api-manage: s3:DeleteObject on processed/public/*": ["takeBack", "500"],
  "api-manage: s3:ListBucket on original": ["reprocessGone", "500"],
  "api-manage: s3:DeleteObject on original/users/*": ["delete", "500"],
  "api-manage: states:StartExecution on stateMachine:workflow": ["reprocess", "500"],
  "api-manage: states:DescribeExecution on execution:workflow:*": ["reprocessStuck", "500"],

  "api-operate: states:DescribeStateMachine on stateMachine:workflow": ["showDefinition", "500"],
  "api-operate: dynamodb:Query on table/ImageMetadata/index/byAttention": ["showPipeline", "500"],
  "api-operate: dynamodb:Query on table/ImageChanges": ["showUnderWay", "500"],
  "api-operate: dynamodb:BatchGetItem on table/ImageMetadata": ["showEnded", "500"],
  "api-operate: dynamodb:GetItem on table/ImageMetadata": ["showExecution", "500"],
  "api-operate: states:GetExecutionHistory on execution:workflow:*": ["showExecution", "500"],
  "api-operate: dynamodb:UpdateItem on table/ImageMetadata": ["operate", "500"],
  "api-operate: s3:GetObject on original/*": ["operate", "500"],
  "api-operate: states:StartExecution on stateMachine:workflow": ["operate", "500"],
  "api-operate: states:DescribeExecution on execution:workflow:*": ["operateStuck", "500"],
  "api-operate: s3:DeleteObjectTagging on original/*": ["operateRejected", "500"],
  "api-operate: s3:ListBucket on original": ["operateGone", "500"],

  "reconcile: dynamodb:GetItem on table/ImageMetadata": ["reconcile", "AccessDeniedException"],
  "reconcile: dynamodb:UpdateItem on table/ImageMetadata": ["reconcile", "AccessDeniedException"],
  "reconcile: dynamodb:Query on table/ImageMetadata/index/byAttention": [
    "lookForStuck",
    "AccessDeniedException",
  ],
  "reconcile: dynamodb:Query on table/ImageMetadata/index/byDeletion": [
    "lookForExpired",
    "AccessDeniedException",
  ],
  "reconcile: s3:DeleteObject on original/*": ["lookForExpired", "AccessDenied"],
  "reconcile: states:DescribeExecution on execution:workflow:*": ["reconcile", "AccessDeniedException"],
  "reconcile: sns:Publish on outcomes": ["reconcile", "NobodyTold"],
  "reconcile: s3:ListBucket on processed": ["reconcile", "FAILED, 1 left"],
  "reconcile: s3:DeleteObject on processed/*": ["reconcile", "FAILED, 1 left"],
  "reconcile-schedule: lambda:InvokeFunction on function:reconcile": ["reconcileInTime", "refused"],

  "storage-metrics-schedule: lambda:InvokeFunction on function:collect-storage-metrics": [
    "keepTime",
    "refused",
  ],
  "collect-storage-metrics: s3:ListBucketVersions on original": ["measureStorage", DENIED],
  "collect-storage-metrics: s3:ListBucketVersions on staging": ["measureStorage", DENIED],
  "collect-storage-metrics: s3:ListBucketVersions on processed": ["measureStorage", DENIED],
};

/** Lambda looks at them once, when the queue is connected with the function. */
const NEEDED_AT_FIRST = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];

/** What nothing on this machine can make use of. */
const NOT_HERE: [RegExp, reason: string][] = [
  [/: (logs|xray):/, "nobody collects logs and traces"],
  [/: lambda:GetAccountSettings/, "without it, the setting alone counts"],
  [/^user: /, "users get no AWS credentials"],
  [/^canary(-schedule)?: /, "canary.test.ts withholds each"],
  [/: dynamodb:Scan on table\/Presets/, "read once a minute: stored-presets.test.ts begins without"],
  [
    /: cloudwatch:GetMetricData/,
    "no bucket here is too large to be listed: storage-metrics.test.ts has some that are",
  ],
];

it.each(Object.entries(does))("%s, with all that is granted", async (_, [act, works]) => {
  expect(await act()).toBe(works);
});

describe("nothing is granted without need:", () => {
  it.each(Object.entries(needed))("%s", async (label, [what, without]) => {
    const grant = pipeline.engine.permissions.grants().find((each) => labelOf(each) === label);
    expect(grant, "is not granted any more").toBeDefined();
    if (!grant) return;
    const giveBack = pipeline.engine.permissions.withhold(grant);
    const [act] = does[what];
    const outcome = await act().finally(giveBack);
    expect(outcome).toBe(without);
  });

  it.each(NEEDED_AT_FIRST)("start-execution: sqs:%s on uploads, for the queue's events", async (call) => {
    expect(await scenarios.stack.applied(`sqs:${call}`)).toBe(
      `does not have permissions to call ${call} on SQS`,
    );
  });

  it("there is no other grant in the stack", () => {
    const known = [
      ...Object.keys(needed),
      ...NEEDED_AT_FIRST.map((call) => `start-execution: sqs:${call} on uploads`),
    ];
    const labels = pipeline.engine.permissions.grants().map(labelOf);
    const others = labels.filter(
      (label) => !known.includes(label) && !NOT_HERE.some(([pattern]) => pattern.test(label)),
    );
    expect(others.sort(), "withhold each in a scenario here, or take it away").toEqual([]);
  });
});

/** `resize: s3:PutObject on staging/*` */
function labelOf({ role, action, resource }: RoleGrant): string {
  const short = (text: string) =>
    text
      .replace("image-pipeline-dev-", "")
      .replace(/-(role|local)(?=$|\/)/, "")
      .replace(/^key\/aws_kms_key\.signing_.*/, "signing key");
  return `${short(role)}: ${action} on ${short(resource.replace(/^arn:aws:\w+:[^:]*:\d*:/, ""))}`;
}
