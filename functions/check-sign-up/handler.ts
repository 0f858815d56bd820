/** Asked by Cognito before somebody gets an account: whose e-mail address is of another domain gets none, and nobody while the month's budget is used up. */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { PreSignUpTriggerEvent } from "aws-lambda";
import * as z from "zod";
import { closedUntil } from "../shared/closing.ts";
import { settingFromEnvironment } from "../shared/settings.ts";
import { logger } from "../shared/step.ts";

/** `null`: of any. */
const domains = settingFromEnvironment("SIGN_UP_DOMAINS", z.array(z.string()).nullable());

/** Cognito shows the message on its page. */
class SignUpRefused extends Error {
  override readonly name = "SignUpRefused";
}

export const handler = middy<PreSignUpTriggerEvent, PreSignUpTriggerEvent>()
  .use(injectLambdaContext(logger, { resetKeys: true, logEvent: false }))
  .handler(async (event) => {
    // Whom an administrator invites is welcome.
    if (event.triggerSource === "PreSignUp_AdminCreateUser") return event;
    const domain = event.request.userAttributes.email?.toLowerCase().split("@").at(-1) ?? "";
    if (domains !== null && !domains.includes(domain)) {
      logger.info("Sign-up refused: the address is of another domain", { domain });
      const those = new Intl.ListFormat("en", { type: "disjunction" }).format(domains);
      throw new SignUpRefused(`Sign up with an e-mail address of ${those}.`);
    }
    const until = await closedUntil(new Date());
    if (until !== undefined) {
      logger.info("Sign-up refused: the month's budget is used up");
      throw new SignUpRefused(`Sign-up is closed until ${until.text}.`);
    }
    return event;
  });
