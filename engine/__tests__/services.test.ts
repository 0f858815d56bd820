/** What there is of AWS, as SERVICES.md says it: `npx vitest -u engine/__tests__/services.test.ts` writes that page anew. */
import { expect, test } from "vitest";
import { SERVICES } from "../index.ts";
import { runStack } from "./engine-support.ts";

test("the page of services is made from the services", async () => {
  const rows = [...SERVICES]
    .sort((a, b) => a.title.localeCompare(b.title))
    .map(({ title, name, operations }) => `| ${title} | \`${name}\` | ${operations.join(", ")} |`);
  const page = `# What the endpoint answers

Everything else is answered by an error that names what is missing: \`NotImplemented\`, status 501.

| service | signed for | operations |
| --- | --- | --- |
${rows.join("\n")}
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
