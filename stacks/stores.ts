/** Where files and records are kept: three buckets, and a table for each kind of record. */
import type { Construct } from "constructs";
import { REJECTED_TAG, REPLACED_TAG } from "../functions/shared/keys.ts";
import { ChangesTable } from "./constructs/changes-table.ts";
import { ContentsTable } from "./constructs/contents-table.ts";
import type { EncryptionKey } from "./constructs/encryption-key.ts";
import { LinksTable } from "./constructs/links-table.ts";
import { MetadataTable } from "./constructs/metadata-table.ts";
import { PresetsTable } from "./constructs/presets-table.ts";
import { PrivateBucket } from "./constructs/private-bucket.ts";
import { UsageTable } from "./constructs/usage-table.ts";
import { type Settings, storageTransitions } from "./settings.ts";

export interface StoresOptions {
  namePrefix: string;
  settings: Settings;
  key: EncryptionKey | undefined;
}

/** What it makes belongs to the stack itself, under the addresses that it has always had. */
export function addStores(scope: Construct, { namePrefix, settings, key }: StoresOptions) {
  const { forceDestroy, retention } = settings;
  const { oldVersionDays } = retention;
  const original = new PrivateBucket(scope, "original", {
    namePrefix: `${namePrefix}-original-`,
    refusesOtherEncryption: true,
    forceDestroy,
    oldVersionDays,
    key,
    transitions: storageTransitions(retention.originals),
    preventDestroy: settings.deletionProtection,
    expiresOnceTagged: { tag: REJECTED_TAG, days: retention.rejectedDays },
  });
  const staging = new PrivateBucket(scope, "staging", {
    namePrefix: `${namePrefix}-staging-`,
    refusesOtherEncryption: true,
    // Nothing in it outlives its execution.
    forceDestroy: true,
    expiresAfterDays: retention.stagingDays,
    key,
  });
  const processed = new PrivateBucket(scope, "processed", {
    namePrefix: `${namePrefix}-processed-`,
    refusesOtherEncryption: true,
    forceDestroy,
    oldVersionDays,
    preventDestroy: settings.deletionProtection,
    expiresOnceTagged: { tag: REPLACED_TAG, days: 1 },
    transitions: storageTransitions(retention.processed),
    key,
  });
  const tableOptions = (name: string) => ({
    name: `${namePrefix}-${name}`,
    key,
    deletionProtection: settings.deletionProtection,
  });
  const table = new MetadataTable(scope, "metadata", tableOptions("ImageMetadata"));
  const changes = new ChangesTable(scope, "changes", tableOptions("ImageChanges"));
  const usage = new UsageTable(scope, "usage", tableOptions("Usage"));
  const contents = new ContentsTable(scope, "contents", tableOptions("Contents"));
  const links = new LinksTable(scope, "links", tableOptions("Links"));
  const presets = new PresetsTable(scope, "presets", tableOptions("Presets"));
  return { original, staging, processed, table, changes, usage, contents, links, presets };
}
