import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder } from "../fixtures/stack.ts";

const workflow = readFileSync(join(projectFolder, ".github/workflows/deploy.yml"), "utf8");
const SAVED = "s3://some-bucket/prod/plans/7.tar.gz";
const STACK = "cdktf.out/stacks/image-pipeline-prod";

/** What a step of the workflow runs. */
function commandsOf(step: string): string {
  const [, indented = ""] = workflow.slice(workflow.indexOf(`- name: ${step}`)).split("run: |\n");
  const [commands = ""] = indented.split(/\n(?! {10})/);
  return commands.replaceAll(/^ {10}/gm, "");
}

/** With a bucket that is a folder, and a Terraform that writes down what it is asked for. */
let folder: string;
const at = (path: string) => join(folder, path);
const run = (step: string, place: string, environment: Record<string, string>) => {
  mkdirSync(at(place), { recursive: true });
  return runShell(commandsOf(step), at(place), {
    PATH: at("bin") + delimiter + process.env.PATH,
    SAVED,
    STACK,
    GITHUB_OUTPUT: at("output"),
    ...environment,
  });
};
const digest = () => readFileSync(at("output"), "utf8").replace(/^digest=(.*)\n$/, "$1");
const asked = () => readFileSync(at("asked"), "utf8").trim().split("\n");

const TERRAFORM = `#!/bin/sh
echo "$*" >> FOLDER/asked
case "$1" in -chdir=*) cd "\${1#-chdir=}"; shift ;; esac
if [ "$1" = init ]; then mkdir -p .terraform && echo provider > .terraform/aws; fi
if [ "$1" = plan ]; then echo "3 to add" > plan; fi
if [ "$1" = apply ]; then cat plan .terraform.lock.hcl assets/code.zip; fi
`;
const AWS = `#!/bin/sh
place() { case "$1" in s3://*) echo "FOLDER/bucket/$(basename "$1")" ;; *) echo "$1" ;; esac; }
case "$2" in
  cp) cp "$(place "$4")" "$(place "$5")" ;;
  rm) rm "$(place "$4")" ;;
esac
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "saved-plan-"));
  for (const name of ["bin", "bucket"]) mkdirSync(at(name));
  for (const [name, text] of Object.entries({ terraform: TERRAFORM, aws: AWS })) {
    writeFileSync(at(`bin/${name}`), text.replaceAll("FOLDER", folder));
    chmodSync(at(`bin/${name}`), 0o755);
  }
  mkdirSync(at(`plan/${STACK}/assets`), { recursive: true });
  writeFileSync(at(`plan/${STACK}/cdk.tf.json`), "{}");
  writeFileSync(at(`plan/${STACK}/.terraform.lock.hcl`), "locked\n");
  writeFileSync(at(`plan/${STACK}/assets/code.zip`), "code\n");
});

const planned = () => run("Plan, and keep it with all that it needs", "plan", {});
const applied = (DIGEST: string) => run("Apply the plan that was shown, or nothing", "deploy", { DIGEST });

describe("a deployment from GitHub", () => {
  it("applies the plan that was shown, with the code it was made with", async () => {
    expect(await planned()).toMatchObject({ code: 0 });
    writeFileSync(at(`plan/${STACK}/assets/code.zip`), "other code\n");
    expect(await applied(digest())).toEqual({ code: 0, output: "3 to add\nlocked\ncode\n" });
    expect(asked()).toEqual([
      `-chdir=${STACK} init -input=false -lockfile=readonly -no-color`,
      `-chdir=${STACK} plan -input=false -no-color -out=plan`,
      "init -input=false -lockfile=readonly -no-color",
      "apply -input=false -no-color plan",
    ]);
  });

  it("leaves no plan in the bucket, and carries no provider there", async () => {
    await planned();
    const { output } = await runShell("tar --list --file bucket/7.tar.gz", folder, {});
    expect(output.trim().split("\n").sort()).toEqual([
      "./",
      "./.terraform.lock.hcl",
      "./assets/",
      "./assets/code.zip",
      "./cdk.tf.json",
      "./plan",
    ]);
    await applied(digest());
    expect(existsSync(at("bucket/7.tar.gz"))).toBe(false);
  });

  it("applies nothing that was put in the plan's place", async () => {
    await planned();
    const shown = digest();
    writeFileSync(at(`plan/${STACK}/assets/code.zip`), "other code\n");
    await planned();
    expect(await applied(shown)).toMatchObject({ code: 1 });
    expect(asked().filter((call) => call.startsWith("apply"))).toEqual([]);
  });
});
