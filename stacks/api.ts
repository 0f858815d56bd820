/**
 * The REST API of the pipeline: who may call it, its routes, and the functions that answer them.
 *
 * Four functions, by what they may do: one that takes files in and reads nothing, one that shows and changes nothing but
 * counts of downloads, one that changes and deletes, and one for those who run the pipeline, which sees what is in it of everybody.
 * One for all would have the rights of all; one per route would start cold more often for the same rights.
 */
import type { Construct } from "constructs";
import { ATTENTION_INDEX, LIST_INDEXES } from "../functions/shared/image-record.ts";
import { PUBLIC_FOLDER } from "../functions/shared/keys.ts";
import type { ArchiveFiles } from "./assets/archive.ts";
import type { ChangesTable } from "./constructs/changes-table.ts";
import type { DecoderRole } from "./constructs/decoder-role.ts";
import type { EventBus } from "./constructs/event-bus.ts";
import type { LinksTable } from "./constructs/links-table.ts";
import type { MetadataTable } from "./constructs/metadata-table.ts";
import { type FunctionDefaults, NodeFunction } from "./constructs/node-function.ts";
import type { PresetsTable } from "./constructs/presets-table.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import { RestApi } from "./constructs/rest-api.ts";
import type { UsageTable } from "./constructs/usage-table.ts";
import { UserFolders } from "./constructs/user-folders.ts";
import { Users } from "./constructs/users.ts";
import type { Workflow } from "./constructs/workflow.ts";
import { presetFiles } from "./presets.ts";
import type { Settings } from "./settings.ts";

export interface ApiParts {
  defaults: FunctionDefaults;
  settings: Settings;
  original: PrivateBucket;
  processed: PrivateBucket;
  table: MetadataTable;
  presets: PresetsTable;
  usage: UsageTable;
  /** What functions that count need to know. */
  quotas: Record<string, string>;
  changes: ChangesTable;
  links: LinksTable;
  workflow: Workflow;
  decoder: DecoderRole;
  bus: EventBus;
}

/** API Gateway waits 30 seconds at most. */
const TIMEOUT_SECONDS = 20;

/** Where users have their folders in the original bucket. */
const USERS_FOLDER = "users/";

/** @returns the function that Cognito asks; undefined where anybody, or nobody, may sign up at any time. */
function checkSignUp(scope: Construct, { defaults, settings, usage }: ApiParts): NodeFunction | undefined {
  const { budget, signUp } = settings;
  if (signUp === "invited" || (signUp === "open" && budget === undefined)) return undefined;
  const name = "check-sign-up";
  const check = new NodeFunction(scope, name, {
    ...defaults,
    name,
    memoryMb: settings.memoryMb.api,
    // Cognito waits for five seconds.
    timeoutSeconds: 5,
    environment: {
      USAGE_TABLE: usage.name,
      CAN_CLOSE: JSON.stringify(budget !== undefined),
      SIGN_UP_DOMAINS: JSON.stringify(signUp === "open" ? null : signUp.domains),
    },
  });
  usage.grant(check, "GetItem");
  return check;
}

export function addApi(
  scope: Construct,
  parts: ApiParts,
): {
  api: RestApi;
  users: Users;
  folders: UserFolders | undefined;
  functions: NodeFunction[];
  view: NodeFunction;
  manage: NodeFunction;
} {
  const {
    defaults,
    settings,
    original,
    processed,
    table,
    changes,
    links,
    presets,
    usage,
    quotas,
    workflow,
    decoder,
    bus,
  } = parts;
  const { namePrefix, accountId, boundaryArn, key } = defaults;
  const makeFunction = (name: string, environment: Record<string, string>, files: ArchiveFiles = {}) =>
    new NodeFunction(scope, name, {
      ...defaults,
      name,
      memoryMb: settings.memoryMb.api,
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: {
        METADATA_TABLE: table.name,
        USAGE_TABLE: usage.name,
        ...quotas,
        ...environment,
      },
      files,
    });

  const users = new Users(scope, "users", {
    namePrefix,
    region: settings.region,
    accountId,
    deletionProtection: settings.deletionProtection,
    isInvitedOnly: settings.signUp === "invited",
    checkSignUp: checkSignUp(scope, parts),
    mail: settings.mail,
    ...settings.signIn,
  });
  // No emulator gives credentials for a role, and most cannot be told to.
  const folders =
    settings.userFolders && settings.endpointUrl === undefined
      ? new UserFolders(scope, "user-folders", { namePrefix, users, bucket: original, boundaryArn, key })
      : undefined;

  const api = new RestApi(scope, "api", {
    namePrefix,
    region: settings.region,
    users,
    corsOrigins: settings.corsOrigins,
    logDays: settings.retention.logDays,
    key,
    throttle: settings.apiThrottle,
  });
  const packedPresets = presetFiles(settings);
  const upload = makeFunction(
    "api-upload",
    {
      ORIGINAL_BUCKET: original.name,
      PRESETS_TABLE: presets.name,
      LIMITS: JSON.stringify(settings.limits),
      HEIC: JSON.stringify(settings.heic),
    },
    packedPresets,
  );
  table.grant(upload, "PutItem");
  presets.grantRead(upload);
  usage.grant(upload, "GetItem", "UpdateItem");
  original.grant(upload, USERS_FOLDER, "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts");

  const view = makeFunction("api-view", {
    ORIGINAL_BUCKET: original.name,
    PROCESSED_BUCKET: processed.name,
    CHANGES_TABLE: changes.name,
    LINKS_TABLE: links.name,
    LIMITS: JSON.stringify(settings.limits),
  });
  table.grant(view, "GetItem", "BatchGetItem", "UpdateItem");
  table.grantQuery(view, ...Object.values(LIST_INDEXES));
  usage.grant(view, "GetItem");
  changes.grant(view, "Query");
  // To count, too, how often one was opened.
  links.grant(view, "GetItem", "Query", "UpdateItem");
  original.grant(view, USERS_FOLDER, "GetObject");
  processed.grant(view, "", "GetObject");
  workflow.grantOnExecutions(view, "GetExecutionHistory");

  const manage = makeFunction(
    "api-manage",
    {
      ORIGINAL_BUCKET: original.name,
      PROCESSED_BUCKET: processed.name,
      PRESETS_TABLE: presets.name,
      CHANGES_TABLE: changes.name,
      LINKS_TABLE: links.name,
      API_URL: api.url,
      STATE_MACHINE_ARN: workflow.arn,
      ...bus.environment,
    },
    packedPresets,
  );
  changes.grantTell(manage);
  links.grant(manage, "PutItem", "DeleteItem", "Query");
  presets.grantRead(manage);
  table.grant(manage, "GetItem", "UpdateItem", "DeleteItem");
  // To read nothing of it, but to ask which storage class it is in.
  original.grant(manage, USERS_FOLDER, "GetObject", "DeleteObject", "DeleteObjectTagging");
  usage.grant(manage, "UpdateItem");
  original.grantList(manage);
  // To make copies for everybody, and to take them back.
  processed.grant(manage, "", "GetObject");
  processed.grant(manage, `${PUBLIC_FOLDER}/`, "PutObject", "DeleteObject");
  processed.grantList(manage);
  workflow.grantStart(manage);
  decoder.grantAssume(manage);
  // Whether what is under way for very long may come to an end yet.
  workflow.grantOnExecutions(manage, "DescribeExecution");
  bus.grantPut(manage);

  const operate = makeFunction(
    "api-operate",
    {
      ORIGINAL_BUCKET: original.name,
      PRESETS_TABLE: presets.name,
      CHANGES_TABLE: changes.name,
      STATE_MACHINE_ARN: workflow.arn,
    },
    packedPresets,
  );
  table.grant(operate, "GetItem", "BatchGetItem", "UpdateItem");
  table.grantQuery(operate, ATTENTION_INDEX);
  changes.grant(operate, "Query");
  presets.grantRead(operate);
  // To read nothing of it, but to ask which storage class it is in.
  original.grant(operate, "", "GetObject", "DeleteObjectTagging");
  original.grantList(operate);
  workflow.grantDescribe(operate);
  workflow.grantStart(operate);
  decoder.grantAssume(operate);
  workflow.grantOnExecutions(operate, "DescribeExecution", "GetExecutionHistory");

  api.answer(
    ["POST /uploads", "POST /uploads/{imageId}/signatures", "POST /generate-upload-url", "POST /images"],
    upload,
  );
  api.answer(
    [
      "GET /openapi.json",
      "GET /me",
      "GET /images",
      "GET /images/changes",
      "GET /images/{imageId}",
      "GET /images/{imageId}/embed",
      "GET /images/{imageId}/history",
      "GET /images/{imageId}/download/{variant}",
      "GET /p/{imageId}/{name}",
      "GET /images/{imageId}/links",
      "GET /l/{token}",
    ],
    view,
  );
  api.answer(
    [
      "PATCH /images/{imageId}",
      "POST /images/{imageId}/links",
      "DELETE /images/{imageId}/links/{linkId}",
      "POST /images/{imageId}/reprocess",
      "POST /images/{imageId}/publish",
      "DELETE /images/{imageId}/publish",
      "DELETE /images/{imageId}",
    ],
    manage,
  );
  api.answer(
    [
      "GET /pipeline/definition",
      "GET /pipeline/images",
      "GET /pipeline/images/{imageId}/execution",
      "POST /pipeline/reprocess",
    ],
    operate,
  );
  return { api, users, folders, functions: [upload, view, manage, operate], view, manage };
}
