/** What is deployed, in the order that an image takes through it. */
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { ATTENTION_INDEX, DELETION_INDEX, LIST_INDEXES } from "../functions/shared/image-record.ts";
import { PUBLIC_FOLDER } from "../functions/shared/keys.ts";
import { pollersFor } from "../functions/start-execution/room.ts";
import { WATERMARK_SECONDS } from "../functions/watermark/seconds.ts";
import { addApi } from "./api.ts";
import { addBudget } from "./budget.ts";
import { addCanary } from "./canary.ts";
import { permissionsBoundary } from "./constructs/boundary.ts";
import { DecoderRole } from "./constructs/decoder-role.ts";
import { EncryptionKey } from "./constructs/encryption-key.ts";
import { EventBus } from "./constructs/event-bus.ts";
import { IsolatedNetwork } from "./constructs/isolated-network.ts";
import { type FunctionDefaults, NodeFunction, type NodeFunctionOptions } from "./constructs/node-function.ts";
import { OutcomeTopic } from "./constructs/outcome-topic.ts";
import { Schedule } from "./constructs/schedule.ts";
import { SigningKey } from "./constructs/signing-key.ts";
import { UploadQueue } from "./constructs/upload-queue.ts";
import { Workflow } from "./constructs/workflow.ts";
import { heicAssets } from "./heic.ts";
import { addMonitoring } from "./monitoring.ts";
import { addOutputs } from "./outputs.ts";
import { presetFiles } from "./presets.ts";
import { configureProvider } from "./provider.ts";
import { recipeOf } from "./recipe.ts";
import { addRecognition } from "./recognition.ts";
import { addRecordsOfUse } from "./records-of-use.ts";
import type { Settings } from "./settings.ts";
import { sharpLayerVersion } from "./sharp-layer.ts";
import { addSite, hasSite } from "./site.ts";
import { addStores } from "./stores.ts";
import { watermarkAssets } from "./watermark.ts";

/** The states' own timeouts, in statemachine/image-pipeline.asl.json, are a little longer. */
const TIMEOUT_SECONDS = {
  startExecution: 30,
  validate: 30,
  resize: 60,
  watermark: WATERMARK_SECONDS,
  recordMetadata: 15,
  reconcile: 60,
};

/** How often records are looked for that nobody will end. */
const RECONCILE_MINUTES = 5;

export class ImagePipelineStack extends TerraformStack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { accountId } = configureProvider(this, settings);
    const { architecture, endpointUrl, limits, memoryMb, region, retention } = settings;
    const namePrefix = `image-pipeline-${settings.environment}`;
    // Functions have to reach the emulator.
    const isolation = endpointUrl === undefined && settings.isolateDecoders;
    const { logDays } = retention;
    const key =
      settings.encryptionKey === "customer"
        ? new EncryptionKey(this, "encryption", {
            namePrefix,
            region,
            accountId,
            deletionProtection: settings.deletionProtection,
            isReadAtEdge: hasSite(settings),
          })
        : undefined;
    const signingKey = hasSite(settings)
      ? new SigningKey(this, "signing", { namePrefix, accountId })
      : undefined;
    const boundaryArn = permissionsBoundary(this, {
      namePrefix,
      region,
      accountId,
      keyArn: key?.arn,
      signingKeyArn: signingKey?.arn,
      hasNetwork: isolation !== false,
    });
    const defaults = { namePrefix, architecture, logDays, endpointUrl, accountId, boundaryArn, key };
    const makeFunction = (options: Omit<NodeFunctionOptions, keyof FunctionDefaults>) =>
      new NodeFunction(this, options.name, { ...defaults, ...options });

    const { original, staging, processed, table, changes, usage, contents, links, presets } = addStores(
      this,
      {
        namePrefix,
        settings,
        key,
      },
    );
    const closeUploads = addBudget(this, { defaults, settings, usage });
    const quotas = {
      QUOTAS: JSON.stringify(settings.quotas),
      CAN_CLOSE: JSON.stringify(settings.budget !== undefined),
    };
    const outcomes = new OutcomeTopic(this, "outcomes", {
      namePrefix,
      email: settings.notificationEmail,
      hasCanary: settings.canary !== false,
      key,
    });
    const bus = new EventBus({ namePrefix, region, accountId });
    const layers = [sharpLayerVersion(this, namePrefix, settings)];
    const mark = watermarkAssets(settings);
    const heic = heicAssets(settings);
    const keepMetadata = { KEEP_METADATA: JSON.stringify(settings.keepMetadata) };

    const network = isolation
      ? new IsolatedNetwork(this, "decoders", { namePrefix, region, accountId, ...isolation })
      : undefined;
    const validate = makeFunction({
      name: "validate",
      isVersioned: true,
      network,
      memoryMb: memoryMb.validate,
      timeoutSeconds: TIMEOUT_SECONDS.validate,
      layers,
      environment: {
        LIMITS: JSON.stringify(limits),
        CHANGES_TABLE: changes.name,
        ...keepMetadata,
        ...heic.environment,
      },
    });

    const resize = makeFunction({
      name: "resize",
      isVersioned: true,
      network,
      memoryMb: memoryMb.resize,
      timeoutSeconds: TIMEOUT_SECONDS.resize,
      layers,
      environment: {
        LIMITS: JSON.stringify(limits),
        VARIANTS: JSON.stringify(settings.variants),
        ...keepMetadata,
        CHANGES_TABLE: changes.name,
        RECIPE: recipeOf(settings),
        STAGING_BUCKET: staging.name,
      },
      files: heic.files,
    });

    // Neither of the two gets at any file but that of its execution.
    const decoder = new DecoderRole(this, "decoder", { namePrefix, accountId, boundaryArn, network });
    original.grantReadVersion(decoder);
    staging.grantWrite(decoder);

    const watermark = makeFunction({
      name: "watermark",
      isVersioned: true,
      memoryMb: memoryMb.watermark,
      timeoutSeconds: TIMEOUT_SECONDS.watermark,
      layers,
      environment: {
        VARIANTS: JSON.stringify(settings.variants),
        CHANGES_TABLE: changes.name,
        METADATA_TABLE: table.name,
        STAGING_BUCKET: staging.name,
        PROCESSED_BUCKET: processed.name,
        ...mark.environment,
      },
      files: mark.files,
    });
    staging.grantRead(watermark);
    processed.grantWrite(watermark);
    // To take back what nobody waits for any more.
    table.grant(watermark, "GetItem");
    processed.grant(watermark, "", "DeleteObject");
    // To copy what is published of the same bytes.
    processed.grant(watermark, "", "GetObject");

    const recognise = addRecognition(this, { defaults, settings, layers, staging });

    const recordMetadata = makeFunction({
      name: "record-metadata",
      isVersioned: true,
      memoryMb: memoryMb.recordMetadata,
      timeoutSeconds: TIMEOUT_SECONDS.recordMetadata,
      environment: {
        METADATA_TABLE: table.name,
        CHANGES_TABLE: changes.name,
        CONTENTS_TABLE: contents.name,
        STAGING_BUCKET: staging.name,
        PROCESSED_BUCKET: processed.name,
        OUTCOME_TOPIC_ARN: outcomes.arn,
        ...bus.environment,
      },
    });
    table.grant(recordMetadata, "GetItem", "UpdateItem");
    contents.grant(recordMetadata, "PutItem");
    outcomes.grantPublish(recordMetadata);
    // To clear up: pixels that nobody needs any more, files that were replaced, and those of a failed attempt.
    staging.grant(recordMetadata, "", "DeleteObject");
    processed.grant(recordMetadata, "", "DeleteObject", "PutObjectTagging");
    processed.grantList(recordMetadata);
    // Where an image is public, everybody sees what is published anew.
    processed.grant(recordMetadata, "", "GetObject");
    processed.grant(recordMetadata, `${PUBLIC_FOLDER}/`, "PutObject");
    // What was rejected expires.
    original.grant(recordMetadata, "", "PutObjectVersionTagging");

    const workflow = new Workflow(this, "workflow", {
      ...defaults,
      region,
      type: settings.workflowType,
      log: settings.executionLog,
      validate,
      resize,
      watermark,
      recordMetadata,
      recognise,
    });

    const reconcile = makeFunction({
      name: "reconcile",
      memoryMb: memoryMb.recordMetadata,
      timeoutSeconds: TIMEOUT_SECONDS.reconcile,
      environment: {
        METADATA_TABLE: table.name,
        CHANGES_TABLE: changes.name,
        ORIGINAL_BUCKET: original.name,
        PROCESSED_BUCKET: processed.name,
        OUTCOME_TOPIC_ARN: outcomes.arn,
        ...bus.environment,
      },
    });
    table.grant(reconcile, "GetItem", "UpdateItem");
    table.grantQuery(reconcile, ATTENTION_INDEX, DELETION_INDEX);
    // Of images whose time is over.
    original.grant(reconcile, "", "DeleteObject");
    workflow.grantOnExecutions(reconcile, "DescribeExecution");
    outcomes.grantPublish(reconcile);
    // To take away what an execution wrote that did not come to its end.
    processed.grant(reconcile, "", "DeleteObject");
    processed.grantList(reconcile);
    workflow.tellOfBadEnds(reconcile);
    new Schedule(this, "reconcile-schedule", {
      ...defaults,
      name: `${namePrefix}-reconcile`,
      everyMinutes: RECONCILE_MINUTES,
      target: reconcile,
      // So is what EventBridge told it.
      isTriedAgain: true,
    });

    const uploads = new UploadQueue(this, "uploads", {
      namePrefix,
      accountId,
      consumerTimeoutSeconds: TIMEOUT_SECONDS.startExecution,
      deadLetterDays: retention.deadLetterDays,
      key,
    });
    const startExecution = makeFunction({
      name: "start-execution",
      memoryMb: memoryMb.startExecution,
      timeoutSeconds: TIMEOUT_SECONDS.startExecution,
      environment: {
        QUEUE_URL: uploads.url,
        STATE_MACHINE_ARN: workflow.arn,
        METADATA_TABLE: table.name,
        CHANGES_TABLE: changes.name,
        CONTENTS_TABLE: contents.name,
        PRESETS_TABLE: presets.name,
        LINKS_TABLE: links.name,
        CONCURRENCY: JSON.stringify(settings.concurrency),
        TRACED_SHARE: JSON.stringify(settings.tracedShare),
        STAGING_BUCKET: staging.name,
        PROCESSED_BUCKET: processed.name,
        USAGE_TABLE: usage.name,
        ...bus.environment,
        ...quotas,
      },
      files: presetFiles(settings),
      // Its executions' traces do, as many of them as the settings say.
      beginsTraces: false,
    });
    workflow.grantStart(startExecution);
    decoder.grantAssume(startExecution);
    usage.grant(startExecution, "GetItem", "UpdateItem");
    table.grant(startExecution, "GetItem", "UpdateItem", "DeleteItem");
    contents.grant(startExecution, "Query");
    // They go with their image.
    links.grant(startExecution, "Query", "DeleteItem");
    presets.grantRead(startExecution);
    // To see whether there is room for one more. The account's settings have no resource that could be named.
    table.grantQuery(startExecution, ATTENTION_INDEX);
    if (settings.quotas && settings.quotas.imagesInFlight !== undefined)
      table.grantQuery(startExecution, LIST_INDEXES.byStatus);
    startExecution.allow(["lambda:GetAccountSettings"], ["*"]);
    // To tell whether the object of an event is still there.
    original.grantRead(startExecution);
    // What was rejected and is tried again does not expire.
    original.grant(startExecution, "", "DeleteObjectTagging");
    // When it is not, what was made of it goes too.
    for (const bucket of [staging, processed]) {
      bucket.grant(startExecution, "", "DeleteObject");
      bucket.grantList(startExecution);
    }

    for (const teller of [validate, resize, watermark, recordMetadata, reconcile, startExecution])
      changes.grantTell(teller);
    for (const teller of [recordMetadata, reconcile, startExecution]) bus.grantPut(teller);

    uploads.receiveEventsOf(original);
    uploads.deliverTo(startExecution, pollersFor(settings.concurrency));

    const { api, users, folders, view, manage, ...answering } = addApi(this, {
      defaults,
      settings,
      original,
      processed,
      table,
      changes,
      links,
      usage,
      quotas,
      presets,
      workflow,
      decoder,
      bus,
    });

    const site = addSite(this, {
      namePrefix,
      settings,
      original,
      processed,
      users,
      api,
      view,
      manage,
      signingKey,
    });
    const pages = [...settings.corsOrigins, ...(site ? [site.url] : [])];
    original.allowPages(pages, { mayUpload: true });
    processed.allowPages(pages, { mayUpload: false });
    addRecordsOfUse(this, { namePrefix, accountId, settings, original, staging, processed, table, site });

    addCanary(this, { defaults, settings, original, processed, table });
    const { alarmTopicArn, dashboardName } = addMonitoring(this, {
      defaults,
      settings,
      buckets: { original, staging, processed },
      table,
      uploads,
      workflow,
      api,
      functions: [startExecution, validate, resize, watermark, recordMetadata, ...answering.functions],
      reconcile,
      recognise,
      closeUploads,
    });

    addOutputs(this, {
      site_url: [site?.url, "The web app"],
      api_url: [api.url, "The REST API; its contract is at openapi.json"],
      sign_in_url: [users.signInUrl, "The sign-in pages"],
      user_pool_id: [users.poolId, "Who may use the API"],
      user_pool_client_id: [users.clientId, "The application that users sign in to"],
      identity_pool_id: [folders?.identityPoolId, "AWS credentials for a user's own folder"],
      original_bucket_name: [original.name, "Drop photographs here"],
      staging_bucket_name: [staging.name, "Pixels on their way between two steps"],
      processed_bucket_name: [
        processed.name,
        "Variants: files/<owner>/<imageId>/<version>/<variant>.<format>",
      ],
      metadata_table_name: [table.name, "One record per image"],
      changes_table_name: [changes.name, "What has just happened to images, for a day"],
      presets_table_name: [presets.name, "Presets that need no deployment"],
      usage_table_name: [usage.name, "What users have used, by the day"],
      state_machine_arn: [workflow.arn, "Runs one execution per upload"],
      state_machine_console_url: [workflow.consoleUrl, "Where executions can be inspected"],
      outcome_topic_arn: [outcomes.arn, "Tells of processed, rejected and failed images"],
      alarm_topic_arn: [alarmTopicArn, "Tells of what somebody has to look at"],
      dashboard_name: [dashboardName, "The dashboard in CloudWatch"],
      queue_url: [uploads.url, "Upload events that wait"],
      dead_letter_queue_url: [uploads.deadLetterUrl, "Upload events that could not be handled"],
    });
  }
}
