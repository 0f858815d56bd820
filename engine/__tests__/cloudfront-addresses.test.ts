import { expect, test } from "vitest";
import { type SiteFixture, siteStack, view } from "./cloudfront-support.ts";
import { REGION, temporaryEngine } from "./engine-support.ts";

const start = (fixture: SiteFixture) => temporaryEngine(siteStack(fixture));

const SITE = "https://${aws_cloudfront_distribution.site.domain_name}";
const BUCKET = `https://\${aws_s3_bucket.site.bucket}.s3.${REGION}.amazonaws.com`;
const SIGN_IN = `https://\${aws_cognito_user_pool_domain.pages.domain}.auth.${REGION}.amazoncognito.com`;
const API = `https://\${aws_apigatewayv2_api.api.id}.execute-api.${REGION}.amazonaws.com`;

test("addresses in outputs and in what the stack puts into buckets are those of this machine", async () => {
  const config = {
    site: SITE,
    bucket: BUCKET,
    signIn: `${SIGN_IN}/oauth2/authorize`,
    api: `${API}/images?a=b`,
    other: "https://example.org",
  };
  const { outputs, siteUrl, endpoint, signInUrl, apiUrl } = await start({
    objects: { "config.json": { content: JSON.stringify(config), content_type: "application/json" } },
    output: {
      site_url: { value: `${SITE}/` },
      both: { value: `${SITE} ${BUCKET}, https://issuer.example.org` },
      issuer: { value: "https://${aws_cognito_user_pool.users.endpoint}" },
      bare: { value: "${aws_cloudfront_distribution.site.domain_name}" },
    },
  });
  expect(outputs).toMatchObject({
    site_url: `${siteUrl}/`,
    both: `${siteUrl} ${endpoint}, https://issuer.example.org`,
    issuer: `https://cognito-idp.${REGION}.amazonaws.com/${REGION}_local`,
    bare: expect.stringMatching(/^d[a-z0-9]{13}\.cloudfront\.net$/),
  });
  expect(JSON.parse((await view(siteUrl, "/config.json")).text)).toEqual({
    site: siteUrl,
    bucket: endpoint,
    signIn: `${signInUrl}/oauth2/authorize`,
    api: `${apiUrl}/images?a=b`,
    other: "https://example.org",
  });
  const told = await (await fetch(`${endpoint}/_engine/outputs`)).json();
  expect(told).toMatchObject({ siteUrl, outputs: { site_url: `${siteUrl}/` } });
});

test("addresses that only look like them are left alone", async () => {
  const others = [
    "https://d111111abcdef8.cloudfront.net",
    `${SITE}.example.org`,
    "http://${aws_cloudfront_distribution.site.domain_name}",
    "https://bucket.s3.example.org",
    "https://s3.amazonaws.com.example.org/",
    `https://cognito-idp.${REGION}.amazonaws.com/pool`,
  ];
  const { outputs } = await start({ output: { others: { value: others.join(" ") } } });
  expect(outputs.others).not.toContain("127.0.0.1");
});

test("people are sent back to the web app from signing in and out", async () => {
  const { outputs, signInUrl, siteUrl } = await start({
    resource: {
      aws_cognito_user_pool_client: {
        web: {
          name: "web",
          user_pool_id: "${aws_cognito_user_pool.users.id}",
          allowed_oauth_flows: ["code"],
          allowed_oauth_flows_user_pool_client: true,
          allowed_oauth_scopes: ["openid"],
          callback_urls: [`${SITE}/`, "http://localhost:5173/"],
          logout_urls: [`${SITE}/`],
        },
        other: { name: "other", user_pool_id: "${aws_cognito_user_pool.users.id}" },
      },
    },
  });
  const authorize = (redirectUri: string) =>
    `/oauth2/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: outputs.client_id ?? "",
      redirect_uri: redirectUri,
      scope: "openid",
      code_challenge: "a".repeat(43),
      code_challenge_method: "S256",
    })}`;
  expect((await view(signInUrl, authorize(`${siteUrl}/`))).status).toBe(200);
  expect((await view(signInUrl, authorize("http://localhost:5173/"))).status).toBe(200);
  expect((await view(signInUrl, authorize(`${siteUrl}/elsewhere`))).status).toBe(400);
  const signOut = `/logout?${new URLSearchParams({ client_id: outputs.client_id ?? "", logout_uri: `${siteUrl}/` })}`;
  expect((await view(signInUrl, signOut)).headers.location).toBe(`${siteUrl}/`);
});

test("a page that is opened as localhost is sent to its address, and nothing else is", async () => {
  const { siteUrl } = await start({});
  const { port } = new URL(siteUrl);
  const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const ask = (path: string, headers: object, method = "GET") => view(siteUrl, path, { method, headers });
  const moved = await ask("/images/1?a=b", { ...html, host: `localhost:${port}` });
  expect([moved.status, moved.headers.location]).toEqual([307, `${siteUrl}/images/1?a=b`]);
  for (const headers of [
    html,
    { ...html, host: "localhost:9" },
    { ...html, host: `photographs.localhost:${port}` },
    { accept: "*/*", host: `localhost:${port}` },
  ])
    expect((await ask("/", headers)).status).toBe(200);
  expect((await ask("/", { ...html, host: `localhost:${port}` }, "HEAD")).status).toBe(200);
});

test("a web app with a name of its own is at the same place, whoever mentions it first", async () => {
  const alias = "https://photographs.example.org";
  const stack = siteStack({
    distribution: { aliases: ["photographs.example.org"] },
    output: { site: { value: alias } },
  });
  const { aws_apigatewayv2_api: apis, ...rest } = stack.resource ?? {};
  const cors = { allow_origins: [alias], allow_methods: ["GET"] };
  const engine = await temporaryEngine({
    ...stack,
    resource: {
      aws_apigatewayv2_api: { api: { ...apis?.api, cors_configuration: cors } },
      ...rest,
      aws_s3_bucket_cors_configuration: {
        cors: { bucket: "site", cors_rule: { allowed_methods: ["PUT"], allowed_origins: [alias] } },
      },
    },
  });
  const { siteUrl, endpoint, apiUrl, outputs } = engine;
  expect(outputs.site).toBe(siteUrl);
  const asks = { origin: siteUrl, "access-control-request-method": "PUT" };
  const bucketAllows = await view(endpoint, "/site/a.jpg", { method: "OPTIONS", headers: asks });
  expect(bucketAllows.headers["access-control-allow-origin"]).toBe(siteUrl);
  const apiAllows = await view(apiUrl, "/images", { headers: { origin: siteUrl } });
  expect(apiAllows.headers["access-control-allow-origin"]).toBe(siteUrl);
  const awsAllows = await view(apiUrl, "/images", { headers: { origin: alias } });
  expect(awsAllows.headers["access-control-allow-origin"]).toBeUndefined();
});

test("a content security policy names the places of this machine, each once", async () => {
  const policy = [
    "default-src 'none'",
    `img-src 'self' data: ${BUCKET} https://other.s3.${REGION}.amazonaws.com`,
    ` connect-src  'self' ${SIGN_IN} ${BUCKET} ${SIGN_IN}`,
    "upgrade-insecure-requests",
    "",
  ].join(";");
  const { siteUrl, endpoint, signInUrl } = await start({
    headers: {
      security_headers_config: {
        content_security_policy: { content_security_policy: policy, override: true },
      },
      custom_headers_config: { items: [{ header: "Link", value: `<${BUCKET}>`, override: true }] },
    },
  });
  const { headers } = await view(siteUrl, "/");
  expect(headers["content-security-policy"]).toBe(
    `default-src 'none'; img-src 'self' data: ${endpoint}; connect-src 'self' ${signInUrl} ${endpoint}`,
  );
  expect(headers.link).toBe(`<${endpoint}>`);
});
