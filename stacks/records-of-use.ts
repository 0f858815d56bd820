/** Who asked for what: an audit trail, and access logs, where the settings want them. */
import type { Construct } from "constructs";
import { AccessLogs } from "./constructs/access-logs.ts";
import { AuditTrail } from "./constructs/audit-trail.ts";
import type { MetadataTable } from "./constructs/metadata-table.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { Site } from "./constructs/site.ts";
import type { Settings } from "./settings.ts";

export interface RecordsOfUseParts {
  namePrefix: string;
  accountId: string;
  settings: Settings;
  original: PrivateBucket;
  staging: PrivateBucket;
  processed: PrivateBucket;
  table: MetadataTable;
  site: Site | undefined;
}

export function addRecordsOfUse(
  scope: Construct,
  { namePrefix, accountId, settings, original, staging, processed, table, site }: RecordsOfUseParts,
): void {
  const auditTrail = settings.auditTrail
    ? new AuditTrail(scope, "audit-trail", {
        namePrefix,
        region: settings.region,
        accountId,
        keepDays: settings.retention.auditDays,
        isKept: settings.deletionProtection,
        bucketArns: [original.arn, processed.arn],
        tableArn: table.arn,
      })
    : undefined;
  if (settings.accessLogs) {
    const logs = new AccessLogs(scope, "logs", {
      namePrefix,
      accountId,
      keepDays: settings.retention.accessLogDays,
      // They are about what goes; and while they are written, the bucket is never empty.
      forceDestroy: !settings.deletionProtection,
    });
    const others = [site, auditTrail].flatMap((part) => (part ? [part.bucket] : []));
    for (const bucket of [original, staging, processed, ...others]) logs.ofBucket(bucket);
    if (site) logs.ofDistribution(site.arn);
  }
}
