/** The web app of the pipeline: where it is, what it may reach, and who lets its page in. */
import type { Construct } from "constructs";
import { guardUsers } from "./constructs/firewall.ts";
import type { NodeFunction } from "./constructs/node-function.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { RestApi } from "./constructs/rest-api.ts";
import type { SigningKey } from "./constructs/signing-key.ts";
import { Site } from "./constructs/site.ts";
import type { Users } from "./constructs/users.ts";
import type { Settings } from "./settings.ts";

export interface SiteParts {
  namePrefix: string;
  settings: Settings;
  original: PrivateBucket;
  processed: PrivateBucket;
  users: Users;
  api: RestApi;
  /** Who tells the addresses of files, and who makes them public. */
  view: NodeFunction;
  manage: NodeFunction;
  /** Undefined where there is no web app. */
  signingKey: SigningKey | undefined;
}

/** An emulator has none: it lacks CloudFront's parts. */
export function hasSite({ site, endpointUrl }: Settings): boolean {
  return site !== false && endpointUrl === undefined;
}

/** @returns undefined where there is none. */
export function addSite(scope: Construct, parts: SiteParts): Site | undefined {
  const { namePrefix, settings, original, processed, users, api, view, manage, signingKey } = parts;
  const { region, limits, retention, workflowType } = settings;
  if (settings.site === false || signingKey === undefined) return undefined;
  const site = new Site(scope, "site", {
    namePrefix,
    region,
    oldVersionDays: retention.oldVersionDays,
    apiHost: api.host,
    files: { bucket: processed, signingKey },
    // Where files are that were published before the edge served them.
    imageOrigins: [processed.origin(region)],
    connectOrigins: [users.signInUrl],
    // Both also send them to the page itself: to be compared, and for a ZIP.
    fileOrigins: [original.origin(region), processed.origin(region)],
    ownDomain: settings.site.ownDomain,
    hasFirewall: settings.site.firewall,
  });
  site.configure({
    apiUrl: "/api",
    signIn: { url: users.signInUrl, issuer: users.issuer, clientId: users.clientId },
    signUp: settings.signUp,
    maxBytes: limits.maxBytes,
    takesHeic: settings.heic,
    hasHistory: workflowType === "STANDARD",
  });
  signingKey.grantSign(view);
  manage.addEnvironment({ EDGE_URL: site.url });
  view.addEnvironment({
    EDGE_URL: site.url,
    EDGE_SIGNING_KEY: signingKey.arn,
    EDGE_KEY_PAIR_ID: signingKey.keyPairId,
  });
  users.signInFrom(`${site.url}/`);
  if (settings.site.firewall) guardUsers(scope, namePrefix, users.poolArn);
  return site;
}
