import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { settingsFrom, variableOf } from "../../stacks/settings.ts";
import { defaultContext as context, defaultSettings, production } from "../fixtures/settings.ts";

const over = (settings: Record<string, unknown>) => () => settingsFrom({ ...context, ...settings }, {});

describe("settings", () => {
  it("come from the context, with environment variables over them part by part", () => {
    const settings = settingsFrom(context, {
      ...production,
      IMAGE_PIPELINE_CONCURRENCY: "50",
      IMAGE_PIPELINE_LIMITS: '{"maxFrames": 7}',
      IMAGE_PIPELINE_FORCE_DESTROY: "",
      AWS_ENDPOINT_URL: "http://localhost:4566",
    });
    expect(settings).toMatchObject({
      environment: "prod",
      concurrency: 50,
      limits: { ...defaultSettings.limits, maxFrames: 7 },
      forceDestroy: false,
      endpointUrl: "http://localhost:4566",
    });
  });

  it("of an environment are put over those of all, and variables over both", () => {
    const settings = settingsFrom(context, {
      ...production,
      IMAGE_PIPELINE_RETENTION: '{"originals": {"archiveDays": null}}',
    });
    expect(settings).toMatchObject({ deletionProtection: true, encryptionKey: "customer" });
    expect(settings.retention).toMatchObject({ logDays: 365, stagingDays: 1 });
    expect(settings.retention.originals).toEqual({ infrequentAccessDays: 30, archiveClass: "GLACIER_IR" });
    expect(defaultSettings).toMatchObject({ deletionProtection: false, encryptionKey: "aws" });
  });

  it("for production name all that is missing at once, each with an example", () => {
    const environment = {
      IMAGE_PIPELINE_ENVIRONMENT: "prod",
      IMAGE_PIPELINE_CORS_ORIGINS: '["http://localhost:5173"]',
    };
    const complaint = () => settingsFrom(context, environment);
    for (const [name, variable] of [
      ["alarms.email", "ALARMS"],
      ["budget", "BUDGET"],
      ["mail", "MAIL"],
      ["corsOrigins", "CORS_ORIGINS"],
    ])
      expect(complaint).toThrow(
        new RegExp(`^The environment "prod" is for production[^]*"${name}"[^]*IMAGE_PIPELINE_${variable}=`),
      );
    expect(complaint).not.toThrow(/SIGN_IN/);
    expect(settingsFrom(context, production)).toMatchObject({ production: true, signUp: "invited" });
    const openPage = { ...production, IMAGE_PIPELINE_SIGN_IN: '{"logoutUrls": ["http://localhost:5173/"]}' };
    expect(() => settingsFrom(context, openPage)).toThrow(
      /needs:\n {2}"signIn" with https addresses only\n {4}IMAGE_PIPELINE_SIGN_IN='\{.*\}'$/,
    );
  });

  it("are named in the environment as one would guess", () => {
    expect(variableOf("workflowType")).toBe("IMAGE_PIPELINE_WORKFLOW_TYPE");
  });

  const [variant] = defaultSettings.variants;
  it.each([
    ["an unknown setting", { colour: "red" }, /"colour"/],
    ["a misspelt one, which is missing, too", { concurrency: undefined, concurency: 5 }, /"concurency"/],
    ["a missing setting", { region: undefined }, /"region".*IMAGE_PIPELINE_REGION/],
    ["an environment that breaks bucket names", { environment: "Production!" }, /"environment".*lower-case/],
    ["an environment that is too long", { environment: "a-very-long-one" }, /"environment".*2 to 10/],
    ["an environment that Cognito refuses in a domain", { environment: "my-aws" }, /"environment".*Cognito/],
    [
      "a web app and no page to come back to",
      { site: false, signIn: { callbackUrls: [], logoutUrls: [], mfa: "off" } },
      /"signIn\.callbackUrls".*no web app/,
    ],
    ["a domain with an @", { signUp: { domains: ["@example.org"] } }, /"signUp\.domains\[0\]".*not a domain/],
    ["a budget of nothing", { budget: { monthlyDollars: 0 } }, /"budget\.monthlyDollars"/],
    ["a region that is none", { region: "Frankfurt" }, /"region".*eu-central-1/],
    ["HEIC in words", { heic: "sometimes" }, /"heic".*true or false/],
    ["a look for nothing", { recognition: {} }, /"recognition" .*asks for neither labels nor moderation/],
    [
      "a confidence in fractions",
      { recognition: { labels: true, withholdConfidence: 0.8 } },
      /"recognition\.withholdConfidence"/,
    ],
    ["no variants", { variants: [] }, /"variants"/],
    ["two variants of one name", { variants: [variant, variant] }, /"variants".*same name/],
    ["a variant without width", { variants: [{ ...variant, width: 0 }] }, /"variants\[0\]\.width"/],
    ["an unknown format", { variants: [{ ...variant, formats: ["bmp"] }] }, /"variants\[0\]\.formats\[0\]"/],
    [
      "a variant name with a slash",
      { variants: [{ ...variant, name: "a/b" }] },
      /"variants\[0\]\.name".*lower-case/,
    ],
    ["a mark on no variant", { watermark: { text: "x", variants: ["huge"] } }, /"watermark\.variants".*huge/],
    [
      "a mark of text and image",
      { watermark: { text: "x", image: "package.json", variants: [] } },
      /either a text or an image/,
    ],
    ["a mark that is not there", { watermark: { image: "no.png", variants: [] } }, /does not exist/],
    [
      "a mark that Terraform would read as its own",
      { watermark: { text: "50 %{off}", variants: [] } },
      /%\{/,
    ],
    ["a region of another partition", { region: "cn-north-1" }, /partition/],
    ["a mark in letters without a font", { watermark: { text: "写真", variants: [] } }, /watermark\.image/],
    [
      "an opacity of more than all",
      { watermark: { text: "x", opacity: 2, variants: [] } },
      /"watermark\.opacity"/,
    ],
    [
      "a log retention that AWS has not",
      { retention: { ...defaultSettings.retention, logDays: 31 } },
      /"retention\.logDays".*30, 60/,
    ],
    [
      "too long a dead letter",
      { retention: { ...defaultSettings.retention, deadLetterDays: 15 } },
      /"retention\.deadLetterDays"/,
    ],
    ["no concurrency", { concurrency: 0 }, /"concurrency"/],
    [
      "a box that cannot be filled",
      { variants: [{ name: "poster", width: 16_000, height: 16_000, fit: "contain", formats: ["webp"] }] },
      /"variants\[0\]".*limits\.maxPixels/,
    ],
    [
      "files that cannot be encoded in time",
      {
        variants: ["a", "b", "c"].map((name) => ({
          name,
          width: 2048,
          height: 2048,
          fit: "inside",
          formats: ["avif"],
          effort: "best",
        })),
      },
      /"variants".* may take watermark \d+ s to encode of a photograph, and it has 120: .*"effort"/,
    ],
    [
      "files that cannot be encoded in time of animations, though they can be of photographs",
      {
        variants: Array.from({ length: 12 }, (_, index) => {
          const side = 2048 - 100 * index;
          return { name: `to-${side}`, width: side, height: side, fit: "inside", formats: ["webp"] };
        }),
      },
      /^(?!.*photograph).*"variants".* may take watermark \d+ s to encode of an animation, and it has 120: .*"limits\.maxPixels"/,
    ],
    [
      "files that no function can fetch in time",
      { limits: { ...defaultSettings.limits, maxBytes: 5e9 } },
      /"limits\.maxBytes".*2,?000,?000,?000/,
    ],
    [
      "files that resize cannot hold",
      { limits: { ...defaultSettings.limits, maxBytes: 1e9 } },
      /"memoryMb\.resize".*too little for "limits": .* take 2203 MB/,
    ],
    [
      "files that validate cannot hold",
      {
        limits: { ...defaultSettings.limits, maxBytes: 700_000_000 },
        memoryMb: { ...defaultSettings.memoryMb, validate: 1024, resize: 10_240 },
      },
      /"memoryMb\.validate".*too little for "limits": maxBytes 700000000 take 1469 MB/,
    ],
    [
      "pictures that watermark cannot hold",
      { variants: [{ name: "all", width: 9000, height: 9000, formats: ["webp", "jpeg"] }] },
      /"memoryMb\.watermark".*too little for "variants", .* take \d{4} MB/,
    ],
    [
      "pictures of a preset that watermark cannot hold",
      {
        presets: {
          print: { variants: [{ name: "all", width: 6000, height: 6000, formats: ["avif"] }] },
        },
      },
      /"memoryMb\.watermark".*too little for "presets\.print\.variants", .* take \d{4} MB/,
    ],
    [
      "a side that WebP has not",
      {
        presets: {
          wide: { variants: [{ name: "panorama", width: 16_384, height: 1000, formats: ["jpeg", "webp"] }] },
        },
      },
      /"presets\.wide\.variants\[0\]".*up to 16384 pixels a side in webp, which has 16383 at most/,
    ],
    ["an address that is none", { notificationEmail: "me" }, /"notificationEmail".*not an e-mail address/],
    [
      "a certificate of another region",
      {
        site: {
          firewall: false,
          ownDomain: {
            name: "photos.example.org",
            certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/1",
          },
        },
      },
      /"site\.ownDomain\.certificateArn".*us-east-1/,
    ],
    [
      "a domain that is an address",
      { site: { firewall: false, ownDomain: { name: "https://photos.example.org", certificateArn: "" } } },
      /"site\.ownDomain\.name".*not a domain name/,
    ],
    [
      "an archive that comes too early for S3",
      {
        retention: {
          ...defaultSettings.retention,
          originals: { infrequentAccessDays: 60, archiveDays: 80, archiveClass: "GLACIER" },
        },
      },
      /"retention\.originals\.archiveDays".*at least 30 days after/,
    ],
    [
      "a network in another region",
      { region: "eu-central-1", isolateDecoders: { zones: ["eu-central-1a", "eu-west-1a"] } },
      /"isolateDecoders\.zones".*"eu-west-1a", which is not in eu-central-1/,
    ],
    ["a state without a bucket", { remoteState: { key: "x" } }, /"remoteState\.bucket"/],
    [
      "an origin with a path",
      { corsOrigins: ["https://example.org/app"] },
      /"corsOrigins\[0\]".*not an origin/,
    ],
  ])("refuse %s in one sentence", (_, wrong, sentence) => {
    expect(over(wrong)).toThrow(sentence);
    try {
      over(wrong)();
    } catch (error) {
      expect(String(error)).not.toContain("\n");
    }
  });
});

describe("an emulator", () => {
  const endpointUrl = (url: string) => settingsFrom(context, { AWS_ENDPOINT_URL: url }).endpointUrl;

  it.each([
    "http://127.0.0.1:4566",
    "https://192.168.1.7",
    "http://[::1]:4566",
    "http://2130706433:4566",
    "4566",
  ])("at %s is refused in one sentence that says what to do, for the provider cannot reach it", (url) => {
    expect(() => endpointUrl(url)).toThrow(
      /^AWS_ENDPOINT_URL is \S+: .* such as http:\/\/localhost\.localstack\.cloud:4566; .* unset it\.$/,
    );
  });

  it("is at any name, and nowhere when there is none", () => {
    for (const url of ["http://localhost.localstack.cloud:4566", "http://localhost:4566", "https://emulator"])
      expect(endpointUrl(url)).toBe(url);
    expect(endpointUrl("")).toBeUndefined();
  });
});

it("a wrong setting stops the app with that sentence alone, and nothing is synthesized", () => {
  const outdir = join(mkdtempSync(join(tmpdir(), "synth-")), "out");
  const app = spawnSync(process.execPath, ["main.ts"], {
    encoding: "utf8",
    env: { ...process.env, CDKTF_OUTDIR: outdir, IMAGE_PIPELINE_CONCURRENCY: "many" },
  });
  expect(app.status).toBe(1);
  expect(app.stderr).toMatch(/^The setting "concurrency" .*\n$/);
  expect(existsSync(outdir)).toBe(false);
});
