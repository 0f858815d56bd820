import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { bundleFolder } from "../../stacks/assets/bundle.ts";
import { resourcesOf } from "../fixtures/resources.ts";
import { otherwise } from "../fixtures/settings.ts";
import { type Synthesized, synthesize } from "../fixtures/stack.ts";

const stack = synthesize();
const { all, values, only } = resourcesOf(stack);

const STEPS = ["start-execution", "validate", "resize", "watermark", "record-metadata"];
const FUNCTIONS = [
  ...STEPS,
  "reconcile",
  "api-upload",
  "api-view",
  "api-manage",
  "api-operate",
  "collect-storage-metrics",
];

describe("functions", () => {
  it("are six of the pipeline, four of the API and one that watches, on Node 24 and arm64, each with its own role and a log group with retention", () => {
    const functions = values("aws_lambda_function");
    expect(
      functions.map((lambda) => String(lambda.function_name).replace("image-pipeline-dev-", "")).sort(),
    ).toEqual([...FUNCTIONS].sort());
    for (const lambda of functions)
      expect(lambda).toMatchObject({
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        // Of executions, traces begin with as many as `tracedShare` says.
        tracing_config: {
          mode: /start-execution$/.test(String(lambda.function_name)) ? "PassThrough" : "Active",
        },
        logging_config: { log_group: expect.stringContaining("aws_cloudwatch_log_group") },
      });
    expect(new Set(functions.map(({ role }) => role)).size).toBe(FUNCTIONS.length);
    for (const logs of values("aws_cloudwatch_log_group")) expect(logs.retention_in_days).toBe(30);
  });

  it("that work on pixels get sharp from the layer, for their architecture", () => {
    const withLayer = all("aws_lambda_function").filter(([, { layers }]) => (layers as string[]).length > 0);
    expect(withLayer.map(([name]) => name.split("_")[0])).toEqual(["resize", "validate", "watermark"]);
    const layer = only("aws_lambda_layer_version");
    expect(layer.compatible_architectures).toEqual(["arm64"]);
    const files: string[] = [];
    // The names are enough: what they name is forty megabytes.
    unzipSync(readFileSync(join(dirname(stack.file), String(layer.filename))), {
      filter: ({ name }) => files.push(name) === 0,
    });
    expect(files.some((file) => /^nodejs\/node_modules\/@img\/sharp-linux-arm64\/.*\.node$/.test(file))).toBe(
      true,
    );
    expect(files.some((file) => file.includes("x64"))).toBe(false);
  });

  it("have bundles that others on the machine may read, unless the umask says no", () => {
    expect(statSync(bundleFolder()).mode & 0o777).toBe(0o777 & ~process.umask());
  });

  it("have archives whose hash is theirs, with a module under 1 MB, which does not load all that hangs on node:http", () => {
    for (const { filename, source_code_hash } of values("aws_lambda_function")) {
      const archive = readFileSync(join(dirname(stack.file), String(filename)));
      expect(createHash("sha256").update(archive).digest("base64")).toBe(source_code_hash);
      const files = unzipSync(archive);
      expect(Object.keys(files)).toContain("index.mjs");
      expect(files["index.mjs"]?.length).toBeLessThan(1_000_000);
      expect(Buffer.from(files["index.mjs"] ?? []).toString()).not.toMatch(/from ?"(node:)?http"/);
    }
  });

  it("that decode HEIC have the decoder in files of its own, with its licence, unless it is turned off", () => {
    const filesOfResize = ({ json, file }: Synthesized) => {
      const resize = Object.entries(json.resource.aws_lambda_function ?? {}).find(([name]) =>
        name.startsWith("resize_"),
      );
      return unzipSync(readFileSync(join(dirname(file), String(resize?.[1].filename))));
    };
    const decoder = "node_modules/libheif-js/libheif-wasm";
    const files = filesOfResize(stack);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([`${decoder}/libheif.js`, `${decoder}/libheif.wasm`, `${decoder}/LICENSE`]),
    );
    expect(files["heic-worker.mjs"]?.length).toBeLessThan(20_000);
    const without = filesOfResize(synthesize(otherwise));
    expect(Object.keys(without).filter((name) => name.includes("libheif"))).toEqual([]);
  });

  it("stay within what Lambda, IAM and Step Functions take", () => {
    const names = (type: string, key: string) => values(type).map((resource) => String(resource[key]));
    for (const name of [...names("aws_lambda_function", "function_name"), ...names("aws_iam_role", "name")])
      expect(name).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    for (const prefix of names("aws_s3_bucket", "bucket_prefix"))
      expect(prefix.length).toBeLessThanOrEqual(37);
    for (const { environment } of values("aws_lambda_function"))
      expect(JSON.stringify(environment).length).toBeLessThan(4096);
  });
});
