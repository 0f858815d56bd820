/** Known vulnerabilities, as `npm audit` finds them, of packages that ship. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { ShippedPackage } from "./packages.ts";

export interface Advisory {
  name: string;
  version: string;
  severity: string;
  title: string;
  url: string;
}

/** The registry did not answer, or not with a report. */
export class NoAudit extends Error {
  override readonly name = "NoAudit";
}

/**
 * @param folder with a package-lock.json.
 * @param shipped all others that are installed there are left out.
 * @throws NoAudit
 */
export function advisoriesFor(folder: string, shipped: ShippedPackage[]): Advisory[] {
  const { vulnerabilities } = audit(folder);
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")));
  return Object.values(vulnerabilities).flatMap(({ name, via, nodes }) => {
    const versions = new Set(nodes.map((node) => lock.packages[node]?.version));
    const found = shipped.filter((candidate) => candidate.name === name && versions.has(candidate.version));
    const own = via
      .filter((cause) => typeof cause === "object")
      .filter(({ dependency }) => dependency === name);
    return found.flatMap(({ version }) =>
      own.map(({ severity, title, url }) => ({ name, version, severity, title, url })),
    );
  });
}

function audit(folder: string): Report {
  const npm = spawnSync("npm", ["audit", "--json"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    // npm is a script on Windows, which only a shell starts.
    shell: process.platform === "win32",
  });
  const answer = answerSchema.safeParse(parseJson(npm.stdout));
  if (!answer.success) throw new NoAudit(npm.error?.message ?? npm.stderr);
  if ("message" in answer.data) throw new NoAudit(answer.data.message);
  return answer.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A package is also named for what depends on it, and there `via` is a name: that one has an entry of its own. */
const reportSchema = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      name: z.string(),
      nodes: z.array(z.string()),
      via: z.array(
        z.union([
          z.string(),
          z.object({ dependency: z.string(), severity: z.string(), title: z.string(), url: z.string() }),
        ]),
      ),
    }),
  ),
});
type Report = z.infer<typeof reportSchema>;

const answerSchema = z.union([reportSchema, z.object({ message: z.string() })]);

const lockSchema = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) });
