/** Keys of a stack, and the public halves of those that sign. */
import * as z from "zod";
import { emulated, leftOut, type ResourceTypes } from "../../stack/resource.ts";
import { StackError } from "../../stack-error.ts";
import type { KeyPairs } from "./key-pairs.ts";

const keySchema = z
  .object({
    key_usage: z.enum(["ENCRYPT_DECRYPT", "SIGN_VERIFY"]).default("ENCRYPT_DECRYPT"),
    customer_master_key_spec: z.string().optional(),
  })
  .refine(
    ({ key_usage: usage, customer_master_key_spec: spec }) => usage !== "SIGN_VERIFY" || spec === "RSA_2048",
    "keys that sign are of the kind RSA_2048 here",
  );

export function kmsResources(pairs: KeyPairs): ResourceTypes {
  return {
    aws_kms_key: emulated(keySchema, async (settings, context) => {
      const { address, region, accountId } = context;
      const arn = `arn:aws:kms:${region}:${accountId}:key/${address}`;
      if (settings.key_usage === "SIGN_VERIFY") await pairs.create(address, arn);
      return { id: address, key_id: address, arn };
    }),
    aws_kms_alias: leftOut("Keys have one name each on this machine."),
    "data.aws_kms_public_key": emulated(z.object({ key_id: z.string() }), ({ key_id: id }) => {
      const pair = pairs.find(id);
      if (!pair) throw new StackError(`the key ${id} is none that signs, so nothing of it is public`);
      return {
        id: pair.arn,
        arn: pair.arn,
        public_key_pem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
      };
    }),
  };
}
