/** What people do with their accounts, and administrators with those of others: for the API and the hosted pages alike. */
import { randomInt } from "node:crypto";
import { CognitoError, invalidParameter, notAuthorized } from "./errors.ts";
import { hashPassword, passwordMatches, policyFault, randomPassword, USUAL_POLICY } from "./passwords.ts";
import { type Client, type Code, emailOf, type Pool, type User } from "./pool.ts";

export interface NewAccount {
  email: string;
  password: string;
  attributes?: Record<string, string>;
}

/** @param log gets what would have been an e-mail. */
export function createAccounts(log: (message: string) => void) {
  function sendCode(user: User, purpose: Code["purpose"]): void {
    const hours = purpose === "confirm" ? 24 : 1;
    const digits = String(randomInt(1_000_000)).padStart(6, "0");
    user.code = { purpose, digits, expiresAt: Date.now() + hours * 3_600_000, wrongTries: 0 };
    const aim = purpose === "confirm" ? "confirmation" : "password reset";
    log(`E-mail to ${emailOf(user)}: your ${aim} code is ${digits}`);
  }

  return {
    async signUp(pool: Pool, { email, password, attributes = {} }: NewAccount): Promise<User> {
      if (pool.config.selfSignUp === false) throw notAuthorized("SignUp is not permitted for this user pool");
      checkEmail(email);
      checkAttributes(pool, attributes);
      if ("email_verified" in attributes)
        throw notAuthorized("A client attempted to write unauthorized attribute");
      checkPassword(pool, password);
      const hashed = await hashPassword(password);
      const user = pool.addUser(email, "UNCONFIRMED", { ...attributes, email_verified: "false" });
      user.password = hashed;
      sendCode(user, "confirm");
      return user;
    },

    resendCode(user: User): void {
      if (user.status !== "UNCONFIRMED") throw invalidParameter("User is already confirmed.");
      sendCode(user, "confirm");
    },

    confirm(user: User, digits: string): void {
      if (user.status !== "UNCONFIRMED")
        throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
      takeCode(user, "confirm", digits);
      user.status = "CONFIRMED";
      user.attributes.set("email_verified", "true");
      user.modifiedAt = Date.now();
    },

    /** Whose password it is, whatever state the account is in. @throws NotAuthorizedException, UserNotFoundException */
    async authenticate(client: Client, email: string, password: string): Promise<User> {
      const user = client.pool.user(email);
      const right = await passwordMatches(password, user?.password);
      if (!user && !client.hidesUserExistence) throw userNotFound();
      if (!user || !right) throw notAuthorized("Incorrect username or password.");
      return user;
    },

    forgetPassword(user: User): void {
      if (user.status === "FORCE_CHANGE_PASSWORD")
        throw notAuthorized("User password cannot be reset in the current state.");
      if (user.attributes.get("email_verified") !== "true")
        throw invalidParameter(
          "Cannot reset password for the user as there is no registered/verified email or phone_number",
        );
      sendCode(user, "reset");
    },

    async resetPassword(pool: Pool, user: User, digits: string, password: string): Promise<void> {
      checkPassword(pool, password);
      takeCode(user, "reset", digits);
      await changePassword(user, password);
    },

    /** Sets a password that stays, or one that is to be changed at the next sign-in. */
    async setPassword(pool: Pool, user: User, password: string, permanent: boolean): Promise<void> {
      checkPassword(pool, password);
      await changePassword(user, password);
      user.status = permanent ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD";
    },

    /** An account that an administrator makes; its password is to be changed at the first sign-in. */
    async create(
      pool: Pool,
      account: Omit<NewAccount, "password"> & { password?: string | undefined; silent?: boolean },
    ): Promise<User> {
      const { email, attributes = {}, silent = false } = account;
      const password = account.password ?? randomPassword(pool.config.passwordPolicy ?? USUAL_POLICY);
      checkEmail(email);
      checkAttributes(pool, attributes);
      checkPassword(pool, password);
      const hashed = await hashPassword(password);
      const user = pool.addUser(email, "FORCE_CHANGE_PASSWORD", { email_verified: "false", ...attributes });
      user.password = hashed;
      if (!silent) log(`E-mail to ${email}: your temporary password is ${password}`);
      return user;
    },
  };
}

export type Accounts = ReturnType<typeof createAccounts>;

export function userNotFound(): CognitoError {
  return new CognitoError("UserNotFoundException", "User does not exist.");
}

async function changePassword(user: User, password: string): Promise<void> {
  user.password = await hashPassword(password);
  user.modifiedAt = Date.now();
}

function checkPassword(pool: Pool, password: string): void {
  const fault = policyFault(password, pool.config.passwordPolicy ?? USUAL_POLICY);
  if (fault) {
    const message = `Password did not conform with policy: ${fault}`;
    throw new CognitoError("InvalidPasswordException", message);
  }
}

const ADDRESS = /^[^\s@<>"(),:;[\]\\\p{Cc}]+@[^\s@.\p{Cc}]+(\.[^\s@.\p{Cc}]+)+$/u;

function checkEmail(email: string): void {
  if (email.length > 128 || !ADDRESS.test(email)) throw invalidParameter("Username should be an email.");
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html */
const STANDARD_ATTRIBUTES = new Set([
  ...["address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale"],
  ...["middle_name", "name", "nickname", "phone_number", "phone_number_verified", "picture"],
  ...["preferred_username", "profile", "updated_at", "website", "zoneinfo"],
]);

function checkAttributes(pool: Pool, attributes: Record<string, string>): void {
  for (const name of Object.keys(attributes)) {
    const custom = name.startsWith("custom:") && pool.config.customAttributes?.includes(name.slice(7));
    if (!custom && !STANDARD_ATTRIBUTES.has(name))
      throw invalidParameter(`Attributes did not conform to the schema: ${name}: Attribute does not exist.`);
  }
}

const TRIES_OF_A_CODE = 5;

/** A code counts once. */
function takeCode(user: User, purpose: Code["purpose"], digits: string): void {
  const { code } = user;
  if (!code || code.purpose !== purpose || code.expiresAt <= Date.now())
    throw new CognitoError("ExpiredCodeException", "Invalid code provided, please request a code again.");
  if (code.wrongTries >= TRIES_OF_A_CODE)
    throw new CognitoError("LimitExceededException", "Attempt limit exceeded, please try after some time.");
  if (code.digits !== digits) {
    code.wrongTries += 1;
    throw new CognitoError("CodeMismatchException", "Invalid verification code provided, please try again.");
  }
  delete user.code;
}
