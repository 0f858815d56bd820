import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { runShell } from "../fixtures/shell.ts";
import { projectFolder } from "../fixtures/stack.ts";

type Asked = Record<string, string[]>;
let stop: () => unknown = () => undefined;
afterEach(() => stop());

describe("npm run audit:shipped", () => {
  it("fails with what is known against packages that ship, and with nothing else", async () => {
    const registry = await startRegistry(["zod", "semver", "vitest"]);
    const { code, output } = await audit(registry.url);
    expect(output).toMatch(/^zod \d+\.\d+\.\d+, high: Invented flaw in zod$/m);
    // In the layer only, at a version of its own.
    expect(output.match(/Invented flaw in semver/g)).toHaveLength(1);
    expect(output).toContain("https://example.org/advisories/zod");
    expect(output).not.toContain("vitest");
    expect(code).toBe(1);
    expect(registry.asked()).toEqual(expect.arrayContaining(["zod", "sharp", "vitest"]));
  });

  it("says so when nothing is known", async () => {
    const { url } = await startRegistry([]);
    const { code, output } = await audit(url);
    expect(output).toMatch(/Nothing is known against the \d+ packages that ship\./);
    expect(code).toBe(0);
  });

  it("does not take silence for good news", async () => {
    const { url } = await startRegistry([]);
    await stop();
    const { code, output } = await audit(url);
    expect(output).toContain("The npm registry could not be asked for known vulnerabilities: ");
    expect(code).toBe(2);
  });
});

function audit(registry: string) {
  return runShell("node tools/shipped/audit.ts", projectFolder, {
    npm_config_registry: registry,
    npm_config_cache: `${process.env.TMPDIR}/npm`,
    npm_config_fetch_retries: "0",
  });
}

/** Answers as npm's registry does, and knows of a flaw in every version of the given packages. */
async function startRegistry(flawed: string[]): Promise<{ url: string; asked: () => string[] }> {
  const asked: Asked = {};
  const server = createServer(async (request, response) => {
    if (request.url === "/-/npm/v1/security/advisories/bulk") {
      const packages: Asked = JSON.parse(await bodyOf(request));
      Object.assign(asked, packages);
      send(
        response,
        Object.fromEntries(flawed.filter((name) => name in packages).map((name) => [name, [flawIn(name)]])),
      );
    } else send(response, packument(decodeURIComponent(request.url?.slice(1) ?? ""), asked));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stop = () => new Promise((resolve) => server.close(resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => Object.keys(asked) };
}

function flawIn(name: string) {
  return {
    id: 1,
    url: `https://example.org/advisories/${name}`,
    title: `Invented flaw in ${name}`,
    severity: "high",
    vulnerable_versions: "*",
  };
}

/** npm looks at the versions that there are. */
function packument(name: string, asked: Asked) {
  const versions = asked[name] ?? [];
  return {
    name,
    "dist-tags": { latest: versions.at(-1) },
    versions: Object.fromEntries(versions.map((version) => [version, { name, version }])),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const body = Buffer.concat(await request.toArray());
  return (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
}

function send(response: ServerResponse, answer: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
}
