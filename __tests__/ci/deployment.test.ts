import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder } from "../fixtures/stack.ts";

describe("a deployment's settings", () => {
  const settings = (variables: object) =>
    runShell(
      `node .ci/with-settings.ts node -p 'JSON.stringify(process.env, Object.keys(process.env).filter((name) => /^IMAGE_|BUCKET/.test(name)).sort())'`,
      projectFolder,
      { VARIABLES: JSON.stringify(variables), IMAGE_PIPELINE_ENVIRONMENT: "dev" },
    );

  it("are GitHub's variables, with the state in its bucket", async () => {
    const { output } = await settings({
      STATE_BUCKET: "some-bucket",
      AWS_REGION: "eu-central-1",
      AWS_DEPLOY_ROLE_ARN: "of no concern",
      IMAGE_PIPELINE_ENVIRONMENT: "elsewhere",
      IMAGE_PIPELINE_LIMITS: '{\n "maxFrames": 50\n}',
    });
    expect(JSON.parse(output)).toEqual({
      IMAGE_PIPELINE_ENVIRONMENT: "dev",
      IMAGE_PIPELINE_LIMITS: '{\n "maxFrames": 50\n}',
      IMAGE_PIPELINE_REGION: "eu-central-1",
      IMAGE_PIPELINE_REMOTE_STATE: '{"bucket":"some-bucket","region":"eu-central-1"}',
    });
  });

  it("need a bucket for the state: a runner's disk is gone after the run", async () => {
    expect(await settings({ AWS_REGION: "eu-central-1" })).toEqual({
      code: 1,
      output: "The variable STATE_BUCKET is missing: see docs/deploying.md.\n",
    });
  });

  it("do not hide that the command failed", async () => {
    const { code } = await runShell(
      "node .ci/with-settings.ts node -e 'process.exitCode = 3'",
      projectFolder,
      { VARIABLES: '{"STATE_BUCKET":"some-bucket"}' },
    );
    expect(code).toBe(3);
  });
});

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}
let stop: () => unknown = () => undefined;
afterEach(() => stop());

describe("the comment with the plan", () => {
  const bot = { login: "github-actions[bot]" };
  const plan = (number: number) =>
    `Terraform will perform:\n  + thing in 111122223333\n\nPlan: ${number} to add.`;

  it("is written once, and kept up to date from then on", async () => {
    const github = await startGitHub([]);
    expect(await comment(github.url, plan(1))).toMatchObject({ code: 0 });
    expect(await comment(github.url, plan(2))).toMatchObject({ code: 0 });
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]?.body).toContain("**dev: Plan: 2 to add.** As of 0123abc.");
    // It does not show the account.
    expect(github.comments[0]?.body).toContain("thing in <account>");
    expect(github.comments[0]?.body).not.toContain("111122223333");
  });

  it("is found among many, and nobody else's is taken for it", async () => {
    const others = Array.from({ length: 150 }, (_, id) => ({
      id,
      body: "Nice!",
      user: { login: "someone" },
    }));
    const imitation = { id: 500, body: "<!-- plan for dev --> Looks fine", user: { login: "someone" } };
    const ofProd = { id: 501, body: "<!-- plan for prod -->", user: bot };
    const ours = { id: 502, body: "<!-- plan for dev -->\nold", user: bot };
    const github = await startGitHub([imitation, ofProd, ...others, ours]);
    await comment(github.url, "No changes. Your infrastructure matches the configuration.");
    expect(github.comments).toHaveLength(153);
    expect(ours.body).toContain("**dev: No changes. Your infrastructure matches the configuration.**");
    expect(imitation.body).toBe("<!-- plan for dev --> Looks fine");
  });

  it("is cut where GitHub takes no more", async () => {
    const github = await startGitHub([]);
    await comment(github.url, `${"  + thing\n".repeat(10_000)}\nPlan: 10000 to add.`);
    expect(github.comments[0]?.body).toContain("**dev: Plan: 10000 to add.**");
    expect(github.comments[0]?.body).toContain("… The rest is in the log of the run.");
    expect(github.comments[0]?.body.length).toBeLessThan(65_536);
  });

  it("fails where GitHub refuses it", async () => {
    const github = await startGitHub([]);
    const { code, output } = await comment(github.url, plan(1), "wrong");
    expect(output).toContain("GitHub answers 401 to GET /7/comments");
    expect(code).toBe(1);
  });
});

/** With a Terraform that shows the given plan. */
function comment(url: string, plan: string, token = "token") {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  writeFileSync(join(folder, "plan"), plan);
  writeFileSync(join(folder, "terraform"), `#!/bin/sh\n[ "$*" = "${SHOW}" ] && cat "${folder}/plan"\n`);
  chmodSync(join(folder, "terraform"), 0o755);
  return runShell("node .ci/comment-plan.ts", projectFolder, {
    PATH: folder + delimiter + process.env.PATH,
    IMAGE_PIPELINE_ENVIRONMENT: "dev",
    ACCOUNT_ID: "111122223333",
    COMMIT: "0123abc",
    PULL_REQUEST: "7",
    GITHUB_TOKEN: token,
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: "someone/image-pipeline",
  });
}
const SHOW = "-chdir=cdktf.out/stacks/image-pipeline-dev show -no-color plan";

/** As much of GitHub's API as there is to a pull request's comments. */
async function startGitHub(comments: Comment[]): Promise<{ url: string; comments: Comment[] }> {
  const issues = "/repos/someone/image-pipeline/issues";
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const answer = (status: number, content: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    if (request.headers.authorization !== "Bearer token") return answer(401, {});
    const text = Buffer.concat(await request.toArray()).toString();
    const edited = comments.find(({ id }) => pathname === `${issues}/comments/${id}`);
    if (request.method === "PATCH" && edited) return answer(200, Object.assign(edited, JSON.parse(text)));
    if (pathname !== `${issues}/7/comments`) return answer(404, {});
    if (request.method === "GET") {
      const [size, page] = [Number(searchParams.get("per_page")), Number(searchParams.get("page"))];
      return answer(200, comments.slice((page - 1) * size, page * size));
    }
    comments.push({ id: 1000, user: { login: "github-actions[bot]" }, ...JSON.parse(text) });
    return answer(201, comments.at(-1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => new Promise((resolve) => server.close(resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, comments };
}
