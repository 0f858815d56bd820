/** STS: who am I, and roles that are taken on for a while. */
import * as z from "zod";
import type { EngineContext } from "../../context.ts";
import { queryAnswer } from "../../http/answers.ts";
import { readInput } from "../../http/aws-json.ts";
import { type Answer, type Call, textOf } from "../../http/call.ts";
import { queryErrors, ServiceError } from "../../http/errors.ts";
import type { Operation, Service, ServiceDescription } from "../../http/service.ts";
import { element, type Xml } from "../../http/xml.ts";
import { PolicyError } from "../../iam/context.ts";
import { Policy } from "../../iam/policy.ts";

export const STS: ServiceDescription = {
  name: "sts",
  title: "STS",
  operations: ["AssumeRole", "GetCallerIdentity"],
};

type StsContext = Pick<EngineContext, "accountId" | "keys" | "permissions">;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const assumeRoleSchema = z.object({
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3600),
  Policy: z
    .string()
    .max(2048)
    .regex(/^[\t\n\r -\u00FF]+$/)
    .optional(),
});

/** Of a session that begins another one. */
const LONGEST_CHAINED_SECONDS = 3600;

/** GetCallerIdentity answers the engine's account, or the role of whoever asks. */
export function createSts(context: StsContext): Service {
  return {
    apis: [
      {
        ...STS,
        async read(call) {
          const form = Object.fromEntries(new URLSearchParams(await textOf(call)));
          if (form.Action === "AssumeRole") return assumeRole(call, form, context);
          return {
            name: form.Action ?? "",
            // Anyone may ask who they are, even where a policy denies it.
            permissions: [],
            perform: () => callerIdentity(call, context),
          };
        },
        writeError: queryErrors(),
      },
    ],
    resources: {},
  };
}

function callerIdentity({ caller }: Call, { accountId }: StsContext): Answer {
  const arn = caller?.name ?? `arn:aws:iam::${accountId}:root`;
  return answer("GetCallerIdentity", [
    element("Arn", arn),
    element("UserId", caller ? userId(arn) : accountId),
    element("Account", accountId),
  ]);
}

function assumeRole({ caller }: Call, form: object, { keys, permissions }: StsContext): Operation {
  const asked = readInput(assumeRoleSchema, form, "ValidationError");
  const { RoleArn: roleArn, RoleSessionName: name, Policy: document, DurationSeconds: seconds } = asked;
  return {
    name: "AssumeRole",
    permissions: [{ action: "sts:AssumeRole", resource: roleArn }],
    perform: () => {
      if (caller && seconds > LONGEST_CHAINED_SECONDS)
        throw new ServiceError(
          "ValidationError",
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        );
      const session = { name, ...(document !== undefined && { policy: sessionPolicy(document) }) };
      const assumed = permissions.assume(roleArn, session, caller);
      if (!assumed) {
        const who = caller?.name ?? "the administrator";
        const message = `User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
        throw new ServiceError("AccessDenied", message, { status: 403 });
      }
      const expiresAt = new Date(Date.now() + seconds * 1000);
      const key = keys.issueForSession({ caller: assumed, expiresAt });
      return answer("AssumeRole", [
        element(
          "Credentials",
          element("AccessKeyId", key.accessKeyId),
          element("SecretAccessKey", key.secretAccessKey),
          element("SessionToken", key.sessionToken),
          element("Expiration", expiresAt.toISOString()),
        ),
        element(
          "AssumedRoleUser",
          element("AssumedRoleId", userId(assumed.name)),
          element("Arn", assumed.name),
        ),
      ]);
    },
  };
}

/** @throws ServiceError */
function sessionPolicy(document: string): Policy {
  try {
    return new Policy(document, "identity");
  } catch (error) {
    if (error instanceof PolicyError) throw new ServiceError("MalformedPolicyDocument", error.message);
    throw error;
  }
}

/** Nobody has given an id to what is only here: a role's is its name. */
function userId(arn: string): string {
  return arn.split("/").slice(1).join(":");
}

function answer(operation: string, facts: Xml[]): Answer {
  const result = element(`${operation}Result`, ...facts);
  const requestId = element("RequestId", "00000000-0000-0000-0000-000000000000");
  return queryAnswer(element(`${operation}Response`, result, element("ResponseMetadata", requestId)), {
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  });
}
