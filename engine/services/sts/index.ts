/** STS, as much as tools ask of it on a laptop: who am I. */
import type { DoorService } from "../../http/endpoint.ts";

/** Answers GetCallerIdentity: the engine's account, or the role of the function that asks. Everything else is refused by name. */
export function createSts({ accountId }: { accountId: string }): DoorService {
  return async (_request, response, call) => {
    response.setHeader("content-type", "text/xml");
    if (call.operation !== "GetCallerIdentity") {
      response.statusCode = 400;
      response.end(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>This engine answers GetCallerIdentity only.</Message></Error></ErrorResponse>`,
      );
      return;
    }
    // Nobody has given an id to what is only here: a role's is its name.
    const [arn, userId] = call.caller
      ? [call.caller.name, call.caller.name.split("/").slice(1).join(":")]
      : [`arn:aws:iam::${accountId}:root`, accountId];
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${accountId}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    );
  };
}
