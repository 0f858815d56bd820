/** Public keys, and the groups of them that behaviours trust. */
import { createPublicKey } from "node:crypto";
import * as z from "zod";
import { type Apply, emulated, type ResourceTypes } from "../../stack/resource.ts";
import { StackError } from "../../stack-error.ts";
import { type EdgeParts, hashOf, idFor, uuidFor } from "./edge-parts.ts";

export function keyResources(parts: EdgeParts): ResourceTypes {
  return {
    aws_cloudfront_public_key: emulated(keySchema, publicKey(parts)),
    aws_cloudfront_key_group: emulated(groupSchema, keyGroup(parts)),
  };
}

const keySchema = z.object({
  name: z.string().optional(),
  name_prefix: z.string().optional(),
  encoded_key: z.string().transform((text, context) => {
    try {
      const key = createPublicKey(text);
      if (key.asymmetricKeyType === "rsa" && key.asymmetricKeyDetails?.modulusLength === 2048) return key;
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: "is no public key of RSA with 2048 bits, in PEM" });
    return z.NEVER;
  }),
});

const publicKey =
  ({ publicKeys }: EdgeParts): Apply<typeof keySchema> =>
  ({ name, name_prefix: prefix, encoded_key: key }, { address }) => {
    const id = `K${hashOf(address, 13).toUpperCase()}`;
    publicKeys.set(id, key);
    return { id, name: name ?? `${prefix ?? "terraform-"}${hashOf(address, 8)}`, etag: idFor(`${id} etag`) };
  };

const groupSchema = z.object({ name: z.string(), items: z.array(z.string()) });

const keyGroup =
  ({ keyGroups, publicKeys }: EdgeParts): Apply<typeof groupSchema> =>
  ({ name, items }) => {
    const keys = items.map((id) => {
      const key = publicKeys.get(id);
      if (!key) throw new StackError(`the group names the key ${id}, which is not there`);
      return [id, key] as const;
    });
    const id = uuidFor(name);
    keyGroups.set(id, new Map(keys));
    return { id, etag: idFor(`${name} etag`) };
  };
