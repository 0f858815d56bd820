/**
 * Everything that can be set, in one place: `context` in cdktf.json, with environment variables over it.
 * A wrong setting is one sentence, and nothing is synthesized.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as z from "zod";
import { plainWords } from "../functions/shared/plain-words.ts";
import type { Mark } from "../functions/shared/settings.ts";
import { settingsSchema } from "./settings-schema.ts";

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
  const base = settingsOfEnvironment(context, environment[variableOf("environment")]);
  const overrides = Object.keys(settingsSchema.shape).flatMap((name) => {
    const text = environment[variableOf(name)];
    if (text === undefined || text === "") return [];
    return [[name, merge(base[name], parseValue(variableOf(name), text))]];
  });
  const merged: unknown = { ...base, ...Object.fromEntries(overrides) };
  const parsed = settingsSchema.safeParse(merged, { error: plainWords });
  if (!parsed.success) throw new WrongSettings(firstComplaint(parsed.error));
  assertReadyForStrangers(parsed.data);
  const { watermark, variants } = parsed.data;
  const marked = variants.filter((variant) => !isThumbnail(variant));
  return {
    ...parsed.data,
    watermark: watermark && { ...watermark, variants: watermark.variants ?? marked.map(({ name }) => name) },
    endpointUrl: emulatorUrl(environment.AWS_ENDPOINT_URL),
  };
}

/** Names all that is missing at once, with an example. */
function assertReadyForStrangers(settings: z.infer<typeof settingsSchema>): void {
  const { alarms, budget, corsOrigins, environment, mail, production, signIn } = settings;
  if (!production) return;
  const isOpen = (page: string) => page === "*" || page.startsWith("http:");
  const missing = [
    alarms.email === undefined && {
      what: '"alarms.email", who is told when something is wrong',
      example: `${variableOf("alarms")}='{"email": "oncall@example.org"}'`,
    },
    budget === undefined && {
      what: '"budget", what a month may cost',
      example: `${variableOf("budget")}='{"monthlyDollars": 200}'`,
    },
    mail === undefined && {
      what: '"mail", who sends to people who sign up',
      example: `${variableOf("mail")}='{"from": "photos@example.org", "identityArn": "arn:aws:ses:us-east-1:111122223333:identity/example.org"}'`,
    },
    [...signIn.callbackUrls, ...signIn.logoutUrls].some(isOpen) && {
      what: '"signIn" with https addresses only',
      example: `${variableOf("signIn")}='{"callbackUrls": ["https://photos.example.org/"], "logoutUrls": ["https://photos.example.org/"]}'`,
    },
    corsOrigins.some(isOpen) && {
      what: '"corsOrigins" with https addresses only',
      example: `${variableOf("corsOrigins")}='["https://photos.example.org"]'`,
    },
  ].filter((missed) => missed !== false);
  if (missing.length > 0)
    throw new WrongSettings(
      `The environment "${environment}" is for production, and needs:\n${missing.map(({ what, example }) => `  ${what}\n    ${example}`).join("\n")}`,
    );
}

export function isThumbnail({ width, height }: { width: number; height: number }): boolean {
  return Math.max(width, height) <= THUMBNAIL_PIXELS;
}

/** Which storage classes originals, or published files, move to, and when. */
export function storageTransitions({
  infrequentAccessDays,
  archiveDays,
  archiveClass = "GLACIER_IR",
}: Partial<Settings["retention"]["originals"]>) {
  return [
    ...(infrequentAccessDays === undefined
      ? []
      : [{ days: infrequentAccessDays, storageClass: "STANDARD_IA" }]),
    ...(archiveDays === undefined ? [] : [{ days: archiveDays, storageClass: archiveClass }]),
  ];
}

/**
 * The AWS provider asks S3 Control at a name below the emulator's, the account's id: below an address there are none. Below
 * `localhost` there are where systemd-resolved or /etc/hosts has them, so that is left to whoever deploys.
 */
function emulatorUrl(endpoint: string | undefined): string | undefined {
  if (!endpoint) return undefined;
  const host = URL.parse(endpoint)?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  if (host === "" || isIP(host) !== 0)
    throw new WrongSettings(
      `AWS_ENDPOINT_URL is ${endpoint}: to deploy to an emulator it takes a URL with a name in place of an address, such as http://localhost.localstack.cloud:4566; to deploy to AWS, unset it.`,
    );
  return endpoint;
}

/** `context.environments` has what is different in an environment: it is put over the rest, part by part. */
function settingsOfEnvironment(
  { environments, ...common }: Record<string, unknown>,
  named: string | undefined,
): Record<string, unknown> {
  const own = isObject(environments) ? environments[String(named || common.environment)] : undefined;
  const merged = merge(common, own ?? {});
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
function merge(below: unknown, above: unknown): unknown {
  if (!isObject(below) || !isObject(above)) return above;
  const { text: _, ...withoutText } = below;
  const base = "image" in above && !("text" in above) ? withoutText : below;
  const parts = Object.entries(above).map(([name, value]) => [name, merge(base[name], value)]);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(parts) }).filter(([, value]) => value !== null),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first thing that is wrong, with its place and its variable. What is spelt wrong is missing, too, under its right name. */
function firstComplaint(error: z.ZodError): string {
  const misspelt = error.issues.filter(({ code }) => code === "unrecognized_keys");
  const issue = mostSpecific([...misspelt, ...error.issues]);
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
