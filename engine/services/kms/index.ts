/** KMS on one machine: pairs of keys that sign. Keys that encrypt have names and nothing else, since nothing is encrypted here. */
import { constants, sign } from "node:crypto";
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import { JSON_1_1 } from "../../http/answers.ts";
import { jsonService, readInput } from "../../http/aws-json.ts";
import { ServiceError } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { KeyPairs } from "./key-pairs.ts";
import { kmsResources } from "./resources.ts";

export const KMS: ServiceDescription = { name: "kms", title: "KMS", operations: ["Sign"] };

/** The one of each kind of key that CloudFront knows what to do with. */
const ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256";

export function createKms({ storage }: Pick<EngineContext, "storage">): Service {
  const pairs = new KeyPairs(storage);
  const api = jsonService(KMS, {
    target: "TrentService",
    contentType: JSON_1_1,
    operations: {
      Sign(input) {
        const { KeyId, Message } = readInput(signSchema, input);
        const pair = pairs.find(KeyId);
        if (!pair)
          throw new ServiceError("NotFoundException", `Key '${KeyId}' does not exist, or signs nothing here`);
        const { arn, privateKey } = pair;
        const key = { key: privateKey, padding: constants.RSA_PKCS1_PADDING };
        const Signature = sign("sha256", Message, key).toString("base64");
        return { KeyId: arn, Signature, SigningAlgorithm: ALGORITHM };
      },
    },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
    permissionsFor(operation, input) {
      const { data } = accessSchema.safeParse(input);
      const resource = pairs.find(data?.KeyId ?? "")?.arn ?? data?.KeyId ?? "*";
      const algorithm = data?.SigningAlgorithm;
      return [
        {
          action: `kms:${operation}`,
          resource,
          ...(algorithm !== undefined && { context: { "kms:SigningAlgorithm": algorithm } }),
        },
      ];
    },
  });
  return { apis: [api], resources: kmsResources(pairs) };
}

const keySchema = z.object({ KeyId: z.string() });
const accessSchema = keySchema.extend({ SigningAlgorithm: z.string().optional() });

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
const MOST_BYTES = 4096;

const signSchema = keySchema.extend({
  Message: z
    .base64()
    .transform((text) => Buffer.from(text, "base64"))
    .refine(({ length }) => length > 0 && length <= MOST_BYTES, `has to have 1 to ${MOST_BYTES} bytes`),
  MessageType: z.literal("RAW", "here it is RAW: KMS takes the digest itself").default("RAW"),
  SigningAlgorithm: z.literal(ALGORITHM, `here it is ${ALGORITHM}`),
});
