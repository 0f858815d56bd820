import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../fixtures/stack.ts";

const LOCK_FILE = ".terraform.lock.hcl";

/** With main.ts itself. @returns the folder that Terraform works in. */
function synthesizedFolder(environment: Record<string, string>): string {
  const outdir = mkdtempSync(join(tmpdir(), "locked-"));
  const { AWS_ENDPOINT_URL: _, ...own } = process.env;
  execFileSync(process.execPath, ["main.ts"], {
    cwd: projectFolder,
    env: { ...own, ...environment, CDKTF_OUTDIR: outdir },
  });
  return join(outdir, "stacks", "image-pipeline-dev");
}

describe("the provider that Terraform takes", () => {
  it("is the one that is locked, by its hashes on every platform", () => {
    const folder = synthesizedFolder({});
    const lock = readFileSync(join(folder, LOCK_FILE), "utf8");
    expect(lock).toBe(readFileSync(join(projectFolder, LOCK_FILE), "utf8"));
    const { terraform } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    const { source, version } = terraform.required_providers.aws;
    expect(lock).toContain(`provider "registry.terraform.io/${source}" {`);
    // What Terraform compares, to know whether it has to look for another version.
    expect(lock).toContain(`constraints = "${version}"`);
    // Of what is in the archives for Linux, macOS and Windows, and of all archives.
    expect(lock.match(/"h1:[\w+/]{43}="/g)?.length).toBeGreaterThanOrEqual(5);
    expect(lock.match(/"zh:[0-9a-f]{64}"/g)?.length).toBeGreaterThanOrEqual(5);
  });

  it("is whichever is at hand for an emulator", () => {
    const folder = synthesizedFolder({ AWS_ENDPOINT_URL: "http://emulator.test:4566" });
    expect(existsSync(join(folder, "cdk.tf.json"))).toBe(true);
    expect(existsSync(join(folder, LOCK_FILE))).toBe(false);
  });
});
