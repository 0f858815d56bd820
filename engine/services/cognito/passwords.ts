/** Passwords: what a policy asks of them, and how they are kept. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

export interface PasswordPolicy {
  minimumLength: number;
  lowercase: boolean;
  uppercase: boolean;
  numbers: boolean;
  symbols: boolean;
}

export interface HashedPassword {
  salt: Buffer;
  hash: Buffer;
}

/** What Cognito asks for where a pool says nothing. */
export const USUAL_POLICY: PasswordPolicy = {
  minimumLength: 8,
  lowercase: true,
  uppercase: true,
  numbers: true,
  symbols: true,
};

const MAXIMUM_LENGTH = 256;
/** https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html */
const SYMBOL = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|(?<=\S) (?=\S)/;

/** What is wrong with a password, in Cognito's words; nothing when it will do. */
export function policyFault(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < policy.minimumLength) return "Password not long enough";
  if (password.length > MAXIMUM_LENGTH) return "Password too long";
  if (/^\s|\s$/.test(password)) return "Password must not start or end with a space";
  if (policy.lowercase && !/[a-z]/.test(password)) return "Password must have lowercase characters";
  if (policy.uppercase && !/[A-Z]/.test(password)) return "Password must have uppercase characters";
  if (policy.numbers && !/[0-9]/.test(password)) return "Password must have numeric characters";
  if (policy.symbols && !SYMBOL.test(password)) return "Password must have symbol characters";
  return undefined;
}

/** The policy as a sentence for people. */
export function policyInWords(policy: PasswordPolicy): string {
  const kinds = [
    policy.lowercase && "a lowercase letter",
    policy.uppercase && "an uppercase letter",
    policy.numbers && "a number",
    policy.symbols && "a symbol",
  ].filter((kind) => kind !== false);
  const list = new Intl.ListFormat("en").format(kinds);
  return `At least ${policy.minimumLength} characters${list && `, with ${list}`}.`;
}

/** A random password that any policy takes. */
export function randomPassword({ minimumLength }: PasswordPolicy): string {
  return `Aa1-${randomBytes(64)
    .toString("hex")
    .slice(0, Math.max(12, minimumLength - 4))}`;
}

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

export async function hashPassword(password: string): Promise<HashedPassword> {
  const salt = randomBytes(16);
  return { salt, hash: await derive(password, salt, 32) };
}

/** Takes as long for a user that there is not as for one that there is. */
export async function passwordMatches(password: string, kept: HashedPassword | undefined): Promise<boolean> {
  const { salt, hash } = kept ?? { salt: Buffer.alloc(16), hash: Buffer.alloc(32) };
  const same = timingSafeEqual(await derive(password, salt, 32), hash);
  return same && kept !== undefined;
}
