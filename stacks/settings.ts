/**
 * Everything that can be set, in one place: `context` in cdktf.json, with environment variables over it.
 * A wrong setting is one sentence, and nothing is synthesized.
 */
import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";
import { plainWords } from "../functions/shared/plain-words.ts";
import { limitsSchema, type Mark, markSchema, variantsSchema } from "../functions/shared/settings.ts";

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
const pageUrls = z
  .array(
    z
      .string()
      .regex(
        /^(https:\/\/|http:\/\/localhost[:/])[^\s${}]+$/,
        "is not an https address, or one of http://localhost",
      ),
  )
  .min(1);

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

const settingsSchema = z
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
    variants: variantsSchema,
    /** `false` publishes without a mark. */
    watermark: z.union([z.literal(false), watermarkSchema]),
    limits: limitsSchema,
    retention: z.strictObject({
      stagingDays: z.int().min(1).max(365),
      /** Originals are moved to Standard-IA, and then to an archive, after so many days; `null`: they stay. */
      originals: z.strictObject({
        infrequentAccessDays: z.int().min(30).max(3650).optional(),
        archiveDays: z.int().min(30).max(3650).optional(),
        /** From Glacier Instant Retrieval they can still be shown and processed again at once. */
        archiveClass: z.enum(["GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]),
      }),
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
      /** Each of the API's functions. */
      api: memoryMb,
      storageMetrics: memoryMb,
    }),
    /** Of all callers of the API together. */
    apiThrottle: z.strictObject({ requestsPerSecond: z.int().min(1), burst: z.int().min(1) }),
    /** Pages of web applications that sign-in and sign-out may go back to. */
    signIn: z.strictObject({ callbackUrls: pageUrls, logoutUrls: pageUrls }),
    /** The web app. `false`: none. */
    site: z.union([
      z.literal(false),
      z.strictObject({ ownDomain: ownDomainSchema.optional(), firewall: z.boolean() }),
    ]),
    /** Writes every request of the buckets and of the web app into a bucket of logs. */
    accessLogs: z.boolean(),
    /** Most batches of uploads taken from the queue at a time; SQS event sources take 2 to 1000. */
    concurrency: z.int().min(2).max(1000),
    workflowType: z.enum(["STANDARD", "EXPRESS"]),
    architecture: z.enum(["arm64", "x86_64"]),
    alarms: z.strictObject({
      email: z.email("is not an e-mail address").optional(),
      /** Where the runbook can be read: every alarm links to it. */
      runbookUrl: z.string().regex(NO_TEMPLATE).max(300),
      oldestMessageMinutes: z.int().min(1).max(1440),
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
    corsOrigins: z.array(z.string().regex(/^(\*|https?:\/\/[^/\s${}]+)$/, "is not an origin")).min(1),
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
  .superRefine(({ retention: { originals } }, context) => {
    const { infrequentAccessDays, archiveDays } = originals;
    if (infrequentAccessDays === undefined || archiveDays === undefined) return;
    // S3 refuses the rule otherwise.
    if (archiveDays < infrequentAccessDays + 30)
      context.addIssue({
        code: "custom",
        path: ["retention", "originals", "archiveDays"],
        message: "has to be at least 30 days after infrequentAccessDays",
      });
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

/** Boxes of at most this many pixels a side are thumbnails: a mark would cover what there is to see. */
const THUMBNAIL_PIXELS = 256;

export type Settings = Omit<z.infer<typeof settingsSchema>, "watermark"> & {
  watermark: false | (Mark & { image?: string | undefined });
  /** An AWS emulator to deploy to instead of AWS, from AWS_ENDPOINT_URL. */
  endpointUrl: string | undefined;
};

/** What is wrong with the settings, for the person who wrote them. */
export class WrongSettings extends Error {
  override readonly name = "WrongSettings";
}

/**
 * @param context `context` of cdktf.json.
 * @param environment environment variables: `IMAGE_PIPELINE_LIMITS` is put over `limits`, and so on. A value
 * that is JSON is read as such, any other as text. Objects are put over part by part.
 * @throws WrongSettings
 */
export function settingsFrom(
  context: Record<string, unknown>,
  environment: Record<string, string | undefined>,
): Settings {
  assertNoUnknown(environment);
  const base = ofEnvironment(context, environment[variableOf("environment")]);
  const overrides = Object.keys(settingsSchema.shape).flatMap((name) => {
    const text = environment[variableOf(name)];
    if (text === undefined || text === "") return [];
    return [[name, putOver(base[name], parseValue(variableOf(name), text))]];
  });
  const merged: unknown = { ...base, ...Object.fromEntries(overrides) };
  const parsed = settingsSchema.safeParse(merged, { error: plainWords });
  if (!parsed.success) throw new WrongSettings(sentenceOf(parsed.error));
  const { watermark, variants } = parsed.data;
  const marked = variants.filter(({ width, height }) => Math.max(width, height) > THUMBNAIL_PIXELS);
  return {
    ...parsed.data,
    watermark: watermark && { ...watermark, variants: watermark.variants ?? marked.map(({ name }) => name) },
    endpointUrl: environment.AWS_ENDPOINT_URL || undefined,
  };
}

/** `context.environments` has what is different in an environment: it is put over the rest, part by part. */
function ofEnvironment(
  { environments, ...common }: Record<string, unknown>,
  named: string | undefined,
): Record<string, unknown> {
  const own = isObject(environments) ? environments[String(named || common.environment)] : undefined;
  const merged = putOver(common, own ?? {});
  return isObject(merged) ? merged : common;
}

const VARIABLE_PREFIX = "IMAGE_PIPELINE_";

/** A variable that is spelt wrong would otherwise do nothing, silently. */
function assertNoUnknown(environment: Record<string, string | undefined>): void {
  const known = Object.keys(settingsSchema.shape).map(variableOf);
  const unknown = Object.keys(environment).find(
    (name) => name.startsWith(VARIABLE_PREFIX) && !known.includes(name),
  );
  if (unknown !== undefined)
    throw new WrongSettings(`There is no setting for ${unknown}. There are: ${known.join(", ")}.`);
}

/** `workflowType` is set by IMAGE_PIPELINE_WORKFLOW_TYPE. */
export function variableOf(name: string): string {
  return VARIABLE_PREFIX + name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Reads `context` of a cdktf.json. */
export function readContext(file: URL): Record<string, unknown> {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  return z.object({ context: z.record(z.string(), z.unknown()) }).parse(parsed).context;
}

function parseValue(variable: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (/^\s*[[{]/.test(text)) throw new WrongSettings(`The value of ${variable} is not valid JSON: ${text}`);
    return text;
  }
}

/** Part by part; `null` takes a part away, and an image takes the place of a text. */
function putOver(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const { text: _, ...withoutText } = below;
  const base = "image" in above && !("text" in above) ? withoutText : below;
  const parts = Object.entries(above).map(([name, value]) => [name, putOver(base[name], value)]);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(parts) }).filter(([, value]) => value !== null),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first thing that is wrong, with its place and its variable. */
function sentenceOf(error: z.ZodError): string {
  const issue = mostSpecific(error.issues);
  if (issue === undefined) return "The settings are wrong.";
  const place = issue.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  const top = String(issue.path[0] ?? "");
  const where = place === "" ? 'The object "context"' : `The setting "${place.slice(1)}"`;
  const source = top === "" ? " in cdktf.json" : ` (in cdktf.json under "context", or ${variableOf(top)})`;
  return `${where}${source} ${issue.message}.`;
}

/** Of a choice between forms, the complaint about the form that was meant is the one with the longest path. */
function mostSpecific(issues: z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const first = issues[0];
  if (first?.code !== "invalid_union") return first;
  const inner = first.errors
    .map(mostSpecific)
    .filter((issue) => issue !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner === undefined ? first : { ...inner, path: [...first.path, ...inner.path] };
}
