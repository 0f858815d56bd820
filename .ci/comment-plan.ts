/** Puts the plan that `cdktf diff` made into a comment of the pull request: one, which is written once and then kept up to date. */
import { execFileSync } from "node:child_process";
import * as z from "zod";

const { environment, accountId, commit, pullRequest, token, api } = z
  .object({
    IMAGE_PIPELINE_ENVIRONMENT: z.string().min(1),
    ACCOUNT_ID: z.string().min(1),
    COMMIT: z.string().min(1),
    PULL_REQUEST: z.string().min(1),
    GITHUB_TOKEN: z.string().min(1),
    GITHUB_API_URL: z.url(),
    GITHUB_REPOSITORY: z.string().min(1),
  })
  .transform((variables) => ({
    environment: variables.IMAGE_PIPELINE_ENVIRONMENT,
    accountId: variables.ACCOUNT_ID,
    commit: variables.COMMIT,
    pullRequest: variables.PULL_REQUEST,
    token: variables.GITHUB_TOKEN,
    api: `${variables.GITHUB_API_URL}/repos/${variables.GITHUB_REPOSITORY}/issues`,
  }))
  .parse(process.env);

/** Not to be seen, and how the comment is found again. */
const MARKER = `<!-- plan for ${environment} -->`;
const AUTHOR = "github-actions[bot]";
/** GitHub takes 65536. */
const MAX_CHARACTERS = 60_000;
const PAGE = 100;

const body = bodyFor(plan());
const comment = await findComment();
if (comment === undefined) await call("POST", `/${pullRequest}/comments`, { body });
else await call("PATCH", `/comments/${comment}`, { body });

/** Without the number of the account, which strangers may read here. */
function plan(): string {
  const folder = `cdktf.out/stacks/image-pipeline-${environment}`;
  const shown = execFileSync("terraform", [`-chdir=${folder}`, "show", "-no-color", "plan"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return shown.trim().replaceAll(accountId, "<account>");
}

function bodyFor(shown: string): string {
  const [summary = "Only outputs change."] = shown.match(/^(Plan:|No changes\.).*/m) ?? [];
  const cut =
    shown.length > MAX_CHARACTERS
      ? `${shown.slice(0, MAX_CHARACTERS)}\n… The rest is in the log of the run.`
      : shown;
  return `${MARKER}\n**${environment}: ${summary}** As of ${commit}.\n
<details><summary>The plan</summary>\n\n~~~~text\n${cut}\n~~~~\n\n</details>\n`;
}

async function findComment(): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const comments = z
      .array(z.object({ id: z.number(), body: z.string().nullish(), user: z.object({ login: z.string() }) }))
      .parse(await call("GET", `/${pullRequest}/comments?per_page=${PAGE}&page=${page}`));
    const ours = comments.find(({ body, user }) => user.login === AUTHOR && body?.startsWith(MARKER));
    if (ours !== undefined || comments.length < PAGE) return ours?.id;
  }
}

async function call(method: string, path: string, content?: object): Promise<unknown> {
  const answer = await fetch(api + path, {
    method,
    headers: { accept: "application/vnd.github+json", authorization: `Bearer ${token}` },
    ...(content && { body: JSON.stringify(content) }),
  });
  if (!answer.ok)
    throw new Error(`GitHub answers ${answer.status} to ${method} ${path}: ${await answer.text()}`);
  return answer.json();
}
