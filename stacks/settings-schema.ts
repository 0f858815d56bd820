/** Every setting: what it may be, and what to say when it is not. */
import { existsSync } from "node:fs";
import * as z from "zod";
import { variantsSchema } from "../functions/shared/preset.ts";
import { DEFAULT_PRESET, presetName, presetSettingSchema } from "../functions/shared/presets.ts";
import { recognitionSettingSchema } from "../functions/shared/recognition.ts";
import { keepMetadataSchema } from "../functions/shared/rights.ts";
import { heicSchema, limitsSchema, markSchema, quotasSettingSchema } from "../functions/shared/settings.ts";
import { containComplaints, memoryComplaints, sideComplaints, timeComplaints } from "./fitting.ts";

/** Lambda takes no other memory sizes: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const memoryMb = z.int().min(128).max(10_240);

/** The only retention periods that CloudWatch Logs takes (PutRetentionPolicy). */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What the font that is packed with the watermark function can write: Latin, Greek, Cyrillic, punctuation. */
const WRITABLE =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\u0020-\u0040\u005b-\u0060\u007b-\u007e\u00a0-\u00bf\u00d7\u00f7\u2010-\u2027\u20ac\u2122]+$/u;

/** Terraform reads `${` and `%{` in any text as templates of its own. */
const NO_TEMPLATE = /^(?!.*[$%]\{)/s;

/** Cognito takes HTTPS, and HTTP for localhost only. */
const pageUrls = z.array(
  z
    .string()
    .regex(
      /^(https:\/\/|http:\/\/localhost[:/])[^\s${}]+$/,
      "is not an https address, or one of http://localhost",
    ),
);

/** Who may have an account. */
const signUpSchema = z.union([
  z.enum(["open", "invited"]),
  z.strictObject({
    /** Of e-mail addresses. */
    domains: z
      .array(
        z
          .string()
          .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "is not a domain such as example.org"),
      )
      .min(1)
      .max(50),
  }),
]);

/** Cognito's own sender is for trying out: some fifty messages a day. */
const mailSchema = z.strictObject({
  /** An address of the identity. */
  from: z.email("is not an e-mail address"),
  /** Of a verified domain or address in SES. */
  identityArn: z
    .string()
    .regex(/^arn:aws:ses:[a-z0-9-]+:\d{12}:identity\/\S+$/, "is not the ARN of an identity in SES"),
});

/** A name of one's own for the web app, and the certificate for it. */
const ownDomainSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
      "is not a domain name such as photos.example.org",
    ),
  certificateArn: z
    .string()
    .regex(
      /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
      "is not the ARN of a certificate in us-east-1, where CloudFront looks for them",
    ),
  /** Puts the name into this Route 53 zone; without it, that is left to you. */
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]+$/, "is not the id of a Route 53 zone")
    .optional(),
});

const watermarkSchema = markSchema
  .extend({
    /** Without it, all variants but thumbnails are marked. */
    variants: markSchema.shape.variants.optional(),
    text: z
      .string()
      .min(1)
      .max(200)
      .regex(WRITABLE, "has letters that the built-in font lacks: set watermark.image instead")
      .regex(NO_TEMPLATE, "cannot have ${ or %{ in it")
      .optional(),
    /** Path of an image file (PNG with transparency), from the project's folder. */
    image: z
      .string()
      .refine((path) => existsSync(path), "names a file that does not exist")
      .optional(),
  })
  .refine(({ text, image }) => (text === undefined) !== (image === undefined), {
    message: "takes either a text or an image",
  });

/** What the functions keep of them is a file; a state of an execution takes 256 KiB in all. */
const MAX_PRESETS = 50;

const presetsSettingSchema = z.record(presetName, presetSettingSchema).superRefine((presets, context) => {
  const complain = (message: string, ...path: string[]) =>
    context.addIssue({ code: "custom", path, message });
  if (Object.hasOwn(presets, DEFAULT_PRESET))
    complain('is what the setting "variants" says: give this one another name', DEFAULT_PRESET);
  if (Object.keys(presets).length > MAX_PRESETS) complain(`has more than ${MAX_PRESETS} presets`);
  const seen = new Map<string, string>();
  for (const [name, { prefixes }] of Object.entries(presets))
    for (const prefix of prefixes) {
      const other = seen.get(prefix);
      if (other !== undefined) complain(`has the prefix "${prefix}", as "${other}" does`, name, "prefixes");
      seen.set(prefix, name);
    }
});

export const settingsSchema = z
  .strictObject({
    /** Part of every resource's name. Bucket names leave 10 characters for it. */
    environment: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/, "takes 2 to 10 lower-case letters, digits and hyphens")
      .regex(
        /^(?!.*(aws|amazon|cognito))/,
        "cannot have aws, amazon or cognito in it: Cognito refuses such a domain",
      ),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "is not a region such as eu-central-1")
      .regex(
        /^(?!cn-|us-gov-)/,
        "is in a partition (China, GovCloud) that this stack does not write ARNs for",
      ),
    /** Of the preset `default`. */
    variants: variantsSchema,
    /** Others, by name. */
    presets: presetsSettingSchema,
    /** `false` publishes without a mark. */
    watermark: z.union([z.literal(false), watermarkSchema]),
    limits: limitsSchema,
    /** Of one user. */
    quotas: quotasSettingSchema,
    /** Takes HEIC, as iPhones write it; `false` refuses it. */
    heic: heicSchema,
    /** Has Amazon Rekognition look at each picture; `false`: nobody does. */
    recognition: z.union([z.literal(false), recognitionSettingSchema]),
    /** Sends one photograph through everything so often, and has an alarm when it does not come out; `false`: nobody does. */
    canary: z.union([
      z.literal(false),
      // An alarm looks back for a day at most, and for two of these.
      z.strictObject({ everyMinutes: z.int().min(15).max(720) }),
    ]),
    /** What of an original's metadata published files have too; nothing, unless told. */
    keepMetadata: keepMetadataSchema,
    retention: z.strictObject({
      stagingDays: z.int().min(1).max(365),
      /** Originals are moved to Standard-IA, and then to an archive, after so many days; `null`: they stay. */
      originals: z.strictObject({
        infrequentAccessDays: z.int().min(30).max(3650).optional(),
        archiveDays: z.int().min(30).max(3650).optional(),
        /** From Glacier Instant Retrieval they can still be shown and processed again at once. */
        archiveClass: z.enum(["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
      }),
      /** Published files, likewise: only to classes from which they can be shown at once. */
      processed: z.strictObject({
        infrequentAccessDays: z.int().min(30).max(3650).optional(),
        archiveDays: z.int().min(30).max(3650).optional(),
      }),
      /** Originals that were rejected are deleted so many days after they came. */
      rejectedDays: z.int().min(1).max(3650),
      /** How long an overwritten or deleted version can be brought back. */
      oldVersionDays: z.int().min(1).max(3650),
      /** Logs of who asked for what. */
      accessLogDays: z.int().min(1).max(3650),
      /** What the audit trail recorded. */
      auditDays: z.int().min(1).max(3650),
      logDays: z.int().refine((days) => LOG_DAYS.includes(days), `is not one of ${LOG_DAYS.join(", ")}`),
      /** SQS keeps a message for 14 days at most. */
      deadLetterDays: z.int().min(1).max(14),
    }),
    memoryMb: z.strictObject({
      startExecution: memoryMb,
      validate: memoryMb,
      resize: memoryMb,
      watermark: memoryMb,
      recordMetadata: memoryMb,
      recognise: memoryMb,
      /** Each of the API's functions. */
      api: memoryMb,
      storageMetrics: memoryMb,
    }),
    /** Of each route of the API, of all callers together. */
    apiThrottle: z.strictObject({ requestsPerSecond: z.int().min(1), burst: z.int().min(1) }),
    /** Pages of web applications that sign-in and sign-out may go back to. */
    signIn: z.strictObject({
      callbackUrls: pageUrls,
      logoutUrls: pageUrls,
      mfa: z.enum(["off", "required"]),
    }),
    signUp: signUpSchema,
    /** Gives users AWS credentials for their own folder of the original bucket. */
    userFolders: z.boolean(),
    /** Has what reads strangers' files run in a network without a way out. */
    isolateDecoders: z.union([
      z.literal(false),
      z.strictObject({
        zones: z
          .array(z.string().regex(/^[a-z-]+-\d[a-h]$/, "is not the name of an availability zone"))
          .min(1)
          .max(4),
      }),
    ]),
    /** Sends what the user pool has to say; without it, Cognito does, to few. */
    mail: mailSchema.optional(),
    /** Closes sign-up and uploads for the rest of a month in which the account has cost so much. */
    budget: z.strictObject({ monthlyDollars: z.number().min(1).max(10_000_000) }).optional(),
    /** Whether it is open to strangers, and asks for what they make necessary. */
    production: z.boolean(),
    /** The web app. `false`: none. */
    site: z.union([
      z.literal(false),
      z.strictObject({ ownDomain: ownDomainSchema.optional(), firewall: z.boolean() }),
    ]),
    /** Writes every request of the buckets and of the web app into a bucket of logs. */
    accessLogs: z.boolean(),
    /** Images that are processed at a time; the others wait in the queue. */
    concurrency: z.int().min(1).max(10_000),
    workflowType: z.enum(["STANDARD", "EXPRESS"]),
    /** What Step Functions logs of executions: the console shows those of EXPRESS from their logs alone. */
    executionLog: z.enum(["ERROR", "ALL"]),
    /** Of executions, those that X-Ray has the trace of. */
    tracedShare: z.number().min(0).max(1),
    architecture: z.enum(["arm64", "x86_64"]),
    alarms: z.strictObject({
      email: z.email("is not an e-mail address").optional(),
      /** Where the runbook can be read: every alarm links to it. */
      runbookUrl: z.string().regex(NO_TEMPLATE).max(300),
      oldestMessageMinutes: z.int().min(1).max(1440),
      /** In all buckets together, in GB of 10^9 bytes. */
      storedGb: z.number().min(1).optional(),
    }),
    /** Buckets of more pages (of 1,000 objects) are not listed every five minutes; S3's daily figures take their place. */
    storageMetrics: z.strictObject({ maxPages: z.int().min(0).max(100) }),
    /** `customer`: a key of this stack's own, whose use can be seen and stopped. */
    encryptionKey: z.enum(["aws", "customer"]),
    /** Records who read and wrote objects and records, in CloudTrail. */
    auditTrail: z.boolean(),
    /** The table and the user pool refuse to be deleted. */
    deletionProtection: z.boolean(),
    notificationEmail: z.email("is not an e-mail address").optional(),
    /** Web pages that may send files to the original bucket, such as https://example.org */
    corsOrigins: z.array(z.string().regex(/^(\*|https?:\/\/[^/\s${}]+)$/, "is not an origin")),
    /** Where Terraform keeps its state, so that several people and machines can deploy; without it, in this folder. */
    remoteState: z
      .strictObject({
        bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "is not the name of a bucket"),
        /** The stack's own, unless told. */
        region: z.string().optional(),
        /** `<environment>/image-pipeline.tfstate`, unless told. */
        key: z.string().min(1).optional(),
      })
      .optional(),
    /** Lets `destroy` delete buckets that still hold images. */
    forceDestroy: z.boolean(),
  })
  .superRefine(({ retention }, context) => {
    for (const name of ["originals", "processed"] as const) {
      const { infrequentAccessDays, archiveDays } = retention[name];
      if (infrequentAccessDays === undefined || archiveDays === undefined) continue;
      // S3 refuses the rule otherwise.
      if (archiveDays < infrequentAccessDays + 30)
        context.addIssue({
          code: "custom",
          path: ["retention", name, "archiveDays"],
          message: "has to be at least 30 days after infrequentAccessDays",
        });
    }
  })
  .superRefine(({ region, isolateDecoders }, context) => {
    const zones = isolateDecoders === false ? [] : isolateDecoders.zones;
    const elsewhere = zones.find((zone) => !zone.startsWith(region));
    if (elsewhere)
      context.addIssue({
        code: "custom",
        path: ["isolateDecoders", "zones"],
        message: `names "${elsewhere}", which is not in ${region}`,
      });
  })
  .superRefine(({ site, signIn }, context) => {
    // Cognito asks for one; the web app brings its own.
    for (const name of ["callbackUrls", "logoutUrls"] as const)
      if (site === false && signIn[name].length === 0)
        context.addIssue({
          code: "custom",
          path: ["signIn", name],
          message: "is empty, and there is no web app",
        });
  })
  .superRefine(({ variants, presets, limits, memoryMb, keepMetadata }, context) => {
    const lists = [
      { path: ["variants"], variants },
      ...Object.entries(presets).map(([name, preset]) => ({
        path: ["presets", name, "variants"],
        variants: preset.variants,
      })),
    ];
    const complaints = [
      ...lists.flatMap(sideComplaints),
      ...lists.flatMap((list) => containComplaints(list, limits)),
      ...memoryComplaints(limits, memoryMb, lists, keepMetadata.includes("displayP3")),
      ...lists.flatMap((list) => timeComplaints(limits, memoryMb, list)),
    ];
    for (const complaint of complaints) context.addIssue({ code: "custom", ...complaint });
  })
  .superRefine(({ variants, watermark }, context) => {
    if (watermark === false) return;
    const unknown = (watermark.variants ?? []).filter(
      (name) => !variants.some((variant) => variant.name === name),
    );
    if (unknown.length > 0)
      context.addIssue({
        code: "custom",
        path: ["watermark", "variants"],
        message: `names ${unknown.map((name) => `"${name}"`).join(" and ")}, but there is no such variant`,
      });
  });
