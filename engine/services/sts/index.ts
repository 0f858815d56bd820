/** STS, as much as tools ask of it on a laptop: who am I. */
import { queryAnswer } from "../../http/answers.ts";
import { textOf } from "../../http/call.ts";
import { queryErrors } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";
import { element } from "../../http/xml.ts";

export const STS: ServiceDescription = { name: "sts", title: "STS", operations: ["GetCallerIdentity"] };

/** GetCallerIdentity answers the engine's account, or the role of the function that asks. */
export function createSts({ accountId }: { accountId: string }): Service {
  return {
    apis: [
      {
        ...STS,
        async read(call) {
          const { caller } = call;
          // Nobody has given an id to what is only here: a role's is its name.
          const [arn, userId] = caller
            ? [caller.name, caller.name.split("/").slice(1).join(":")]
            : [`arn:aws:iam::${accountId}:root`, accountId];
          return {
            name: new URLSearchParams(await textOf(call)).get("Action") ?? "",
            // Anyone may ask who they are, even where a policy denies it.
            permissions: [],
            perform: () => {
              const facts = [element("Arn", arn), element("UserId", userId), element("Account", accountId)];
              const result = element("GetCallerIdentityResult", ...facts);
              const requestId = element("RequestId", "00000000-0000-0000-0000-000000000000");
              return queryAnswer(
                element("GetCallerIdentityResponse", result, element("ResponseMetadata", requestId)),
                { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
              );
            },
          };
        },
        writeError: queryErrors(),
      },
    ],
    resources: {},
  };
}
