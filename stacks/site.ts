/** The web app of the pipeline: where it is, what it may reach, and who lets its page in. */
import type { Construct } from "constructs";
import { guardUsers } from "./constructs/firewall.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { RestApi } from "./constructs/rest-api.ts";
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
}

/** @returns undefined where there is none: it is turned off, or an emulator is deployed to, of which none has CloudFront's parts. */
export function addSite(scope: Construct, parts: SiteParts): Site | undefined {
  const { namePrefix, settings, original, processed, users, api } = parts;
  const { region, limits, retention, workflowType } = settings;
  if (settings.site === false || settings.endpointUrl !== undefined) return undefined;
  const site = new Site(scope, "site", {
    namePrefix,
    region,
    oldVersionDays: retention.oldVersionDays,
    apiHost: api.host,
    imageOrigins: [processed.origin(region)],
    connectOrigins: [original.origin(region), users.signInUrl],
    ownDomain: settings.site.ownDomain,
    hasFirewall: settings.site.firewall,
  });
  site.configure({
    apiUrl: "/api",
    signIn: { url: users.signInUrl, issuer: users.issuer, clientId: users.clientId },
    maxBytes: limits.maxBytes,
    takesHeic: settings.heic,
    hasHistory: workflowType === "STANDARD",
  });
  users.signInFrom(`${site.url}/`);
  if (settings.site.firewall) guardUsers(scope, namePrefix, users.poolArn);
  return site;
}
