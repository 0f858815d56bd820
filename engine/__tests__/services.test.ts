/** What there is of AWS, as SERVICES.md says it: `npx vitest -u engine/__tests__/services.test.ts` writes that page anew. */
import { EventEmitter } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { cacheIn } from "../cache.ts";
import type { EngineContext } from "../context.ts";
import { Faults } from "../faults.ts";
import { AccessKeys } from "../http/credentials.ts";
import { Permissions } from "../iam/index.ts";
import { makeOwnFolder } from "../own-folder.ts";
import { createServices, SERVICES } from "../services/index.ts";
import { temporaryStorage } from "../storage.ts";
import { ACCOUNT, REGION, runStack } from "./engine-support.ts";

/** As an engine makes them, for a look at what there is. */
async function servicesWithoutStack() {
  const { path: folder, remove } = await makeOwnFolder();
  onTestFinished(remove);
  const account = { region: REGION, accountId: ACCOUNT };
  const context: EngineContext = {
    ...account,
    host: "127.0.0.1",
    endpoint: () => "",
    folder,
    storage: temporaryStorage(folder),
    cache: cacheIn(folder),
    retryScale: 0,
    faults: new Faults(),
    keys: new AccessKeys(),
    permissions: new Permissions(account),
    events: new EventEmitter(),
    origins: new Set(),
  };
  return createServices(context, 0);
}

test("the page of services is made from the services", async () => {
  const operations = [...SERVICES]
    .sort((a, b) => a.title.localeCompare(b.title))
    .map(({ title, name, operations }) => `| ${title} | \`${name}\` | ${operations.join(", ")} |`);
  const { resources, all } = await servicesWithoutStack();
  for (const service of all) await service.stop?.();
  const byReason = Map.groupBy(Object.keys(resources).sort(), (type) => resources[type]?.leftOut);
  const named = (types: string[] = []) => types.map((type) => `\`${type}\``).join(", ");
  const leftOut = [...byReason].flatMap(([reason, types]) =>
    reason === undefined ? [] : [`| ${named(types)} | ${reason} |`],
  );
  const page = `# What there is of AWS

\`npx vitest -u engine/__tests__/services.test.ts\` makes this page from the services.

## At the endpoint

Everything else is answered by an error that names what is missing: \`NotImplemented\`, status 501.

| service | signed for | operations |
| --- | --- | --- |
${operations.join("\n")}

## In a stack

A type of resource that is not named here stops the engine, with its name. Emulated are ${named(byReason.get(undefined))}.

Others are left out, so that what refers to them still works:

| types | why |
| --- | --- |
${leftOut.join("\n")}
`;
  await expect(page).toMatchFileSnapshot("../SERVICES.md");
});

test("each of them answers at the endpoint, and says what it does not have", async () => {
  const engine = await runStack({});
  for (const { name, title } of SERVICES) {
    const scope = `AKIALOCAL/20260101/${engine.region}/${name}/aws4_request`;
    const response = await fetch(`${engine.endpoint}/nothing?acl`, {
      method: "PUT",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        "content-type": "application/x-amz-json-1.0",
      },
      body: "{}",
    });
    expect(response.status, name).toBe(501);
    expect(await response.text(), name).toContain(`s ${title} does not have `);
  }
  await engine.stop();
});
