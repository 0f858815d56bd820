/** STS, as much as tools ask of it on a laptop: who am I. */
import { textOf } from "../../http/call.ts";
import { queryErrors } from "../../http/errors.ts";
import type { Service, ServiceDescription } from "../../http/service.ts";

export const STS: ServiceDescription = { name: "sts", title: "STS", operations: ["GetCallerIdentity"] };

/** GetCallerIdentity answers the engine's account, or the role of the function that asks. */
export function createSts({ accountId }: { accountId: string }): Service {
  return {
    apis: [
      {
        ...STS,
        async read({ caller, ...call }) {
          // Nobody has given an id to what is only here: a role's is its name.
          const [arn, userId] = caller
            ? [caller.name, caller.name.split("/").slice(1).join(":")]
            : [`arn:aws:iam::${accountId}:root`, accountId];
          return {
            name: new URLSearchParams(await textOf({ ...call, caller })).get("Action") ?? "",
            // Anyone may ask who they are, even where a policy denies it.
            permissions: [],
            perform: () => ({
              status: 200,
              headers: { "content-type": "text/xml" },
              body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
            }),
          };
        },
        writeError: queryErrors(),
      },
    ],
    resources: {},
  };
}
