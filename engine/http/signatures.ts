/**
 * Signature Version 4, as far as this machine has something to hold it against: requests signed with a key that the
 * engine gave out are verified in full; of presigned addresses with any other key only the expiry is looked at. Version 2
 * is refused.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Sha256 } from "@aws-sdk/checksums/sha";
import { ALGORITHM_IDENTIFIER, getCanonicalHeaders, SignatureV4 } from "@smithy/signature-v4";
import { type Call, header } from "./call.ts";
import type { AccessKey } from "./credentials.ts";

/** Why a request is refused, under S3's names. */
export interface Refusal {
  code:
    | "AccessDenied"
    | "AuthorizationHeaderMalformed"
    | "AuthorizationQueryParametersError"
    | "ExpiredToken"
    | "InvalidRequest"
    | "SignatureDoesNotMatch"
    | "XAmzContentSHA256Mismatch";
  message: string;
  /** Of the answer, where it is not 403. */
  status?: number;
  /** What S3's answer says besides. */
  details?: Record<string, string>;
}

export interface SignedCall {
  request: IncomingMessage;
  call: Call;
  /** Whether the body is held against what was signed by whoever reads it. */
  checksBody: boolean;
  /** Of the service that it is signed for. */
  addressesFiles: boolean;
  /** What it says of its signature, if anything. */
  claim: Claimed | undefined;
  /** What it has to be signed with; undefined where there is nothing to hold it against. */
  key: AccessKey | undefined;
}

/** What a request says of its signature. */
interface Claimed {
  /** In the address rather than in a header. */
  presigned: boolean;
  accessKeyId: string;
  /** `<date>/<region>/<service>/aws4_request` */
  scope: string;
  region: string;
  service: string;
  /** `20260131T120000Z` */
  date: string;
  signedHeaders: string[];
  signature: string;
  expiresSeconds?: number;
}

/** @param region what signatures have to be for. */
export async function refusalOf(signed: SignedCall, region: string): Promise<Refusal | undefined> {
  const { call, claim: claimed, key, addressesFiles } = signed;
  if (isVersion2(call)) return { code: "InvalidRequest", message: VERSION_2 };
  if (!claimed && (call.headers.authorization?.startsWith("AWS4") || call.query.has("X-Amz-Credential"))) {
    const message = "The authorization header that you provided is not valid.";
    return { code: "AuthorizationHeaderMalformed", message };
  }
  if (!claimed) return undefined;
  if (claimed.presigned) {
    const refusal = (key && malformed(claimed)) ?? outOfTime(claimed);
    if (refusal) return refusal;
  }
  if (!key) return undefined;
  if (key.session && key.session.expiresAt.getTime() < Date.now())
    return { code: "ExpiredToken", message: "The provided token has expired.", status: 400 };
  if (claimed.region !== region) {
    const code = claimed.presigned ? "AuthorizationQueryParametersError" : "AuthorizationHeaderMalformed";
    return { code, message: `The region '${claimed.region}' is wrong; expecting '${region}'` };
  }
  if (claimed.presigned && addressesFiles && hasUnsignedHeader(call, claimed)) {
    const message = "There were headers present in the request which were not signed";
    return { code: "AccessDenied", message };
  }
  const payload = await payloadOf(signed, claimed);
  if (payload.refusal) return payload.refusal;
  const expected = await new Signer(key, claimed, addressesFiles).signatureOf(signed, payload.hash);
  if (expected === claimed.signature) return undefined;
  const message =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
  return { code: "SignatureDoesNotMatch", message };
}

const VERSION_2 =
  "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256: tell the AWS CLI with aws configure set default.s3.signature_version s3v4, boto3 with Config(signature_version='s3v4').";

/** What regions of after 2013 never took. The AWS CLI 1 and boto3 sign addresses so in us-east-1, unless told otherwise. */
function isVersion2({ headers, query }: Call): boolean {
  return /^AWS\s/.test(headers.authorization ?? "") || query.has("AWSAccessKeyId");
}

/** SigV4's own steps are in the package; only the order, in which the client has chosen what to sign, is here. */
class Signer extends SignatureV4 {
  readonly #claimed: Claimed;

  constructor(key: AccessKey, claimed: Claimed, addressesFiles: boolean) {
    const { service, region } = claimed;
    super({ service, region, credentials: key, sha256: Sha256, uriEscapePath: !addressesFiles });
    this.#claimed = claimed;
  }

  async signatureOf({ request, call }: SignedCall, payloadHash: string): Promise<string> {
    const { date, scope, signedHeaders } = this.#claimed;
    const { method, path, query } = call;
    const signed = {
      method,
      protocol: "http:",
      hostname: "",
      path,
      query: Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)])),
      headers: headersNamed(signedHeaders, request),
    };
    const canonicalHeaders = getCanonicalHeaders(signed, undefined, new Set(signedHeaders));
    const canonical = this.createCanonicalRequest(signed, canonicalHeaders, payloadHash);
    const toSign = await this.createStringToSign(date, scope, canonical, ALGORITHM_IDENTIFIER);
    return this.sign(toSign, { signingDate: dateOf(date) ?? new Date(0) });
  }
}

function headersNamed(names: string[], { headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const values = headersDistinct[name];
      return values ? [[name, values.join(",")]] : [];
    }),
  );
}

export function claimedIn({ headers, query }: Call): Claimed | undefined {
  const authorization = headers.authorization ?? "";
  const part = (name: string) =>
    /^AWS4-HMAC-SHA256\s/.test(authorization)
      ? new RegExp(`[\\s,]${name}=([^,\\s]+)`).exec(authorization)?.[1]
      : undefined;
  const [credential, names, signature] = [part("Credential"), part("SignedHeaders"), part("Signature")];
  if (credential !== undefined && names !== undefined && signature !== undefined) {
    const date = header(headers, "x-amz-date") ?? "";
    return claimedBy(credential, { presigned: false, signedHeaders: names.split(";"), signature, date });
  }
  const asked = (name: string) => query.get(`X-Amz-${name}`) ?? "";
  const expires = query.get("X-Amz-Expires");
  return claimedBy(asked("Credential"), {
    presigned: true,
    signedHeaders: asked("SignedHeaders").split(";"),
    signature: asked("Signature"),
    date: asked("Date"),
    ...(expires !== null && { expiresSeconds: Number(expires) }),
  });
}

type Rest = Omit<Claimed, "accessKeyId" | "scope" | "region" | "service">;

function claimedBy(credential: string, rest: Rest): Claimed | undefined {
  const [, accessKeyId, scope, region, service] =
    /^(.+)\/(\d{8}\/([^/]+)\/([^/]+)\/aws4_request)$/.exec(credential) ?? [];
  if (accessKeyId === undefined || scope === undefined || region === undefined || service === undefined)
    return undefined;
  return { ...rest, accessKeyId, scope, region, service };
}

const LONGEST_EXPIRY_SECONDS = 7 * 24 * 60 * 60;

function malformed({ date, scope, signature, expiresSeconds = Number.NaN }: Claimed): Refusal | undefined {
  const refuse = (message: string): Refusal => ({ code: "AuthorizationQueryParametersError", message });
  if (!dateOf(date) || signature === "")
    return refuse(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  if (!scope.startsWith(date.slice(0, 8))) return refuse("Invalid credential date in X-Amz-Credential");
  if (!Number.isInteger(expiresSeconds)) return refuse("X-Amz-Expires should be a number");
  if (expiresSeconds < 0) return refuse("X-Amz-Expires must be non-negative");
  if (expiresSeconds > LONGEST_EXPIRY_SECONDS)
    return refuse("X-Amz-Expires must be less than a week (in seconds) that is 604800");
  return undefined;
}

/** A clock that is ahead by this much is no reason to refuse. */
const CLOCK_SKEW_MS = 15 * 60 * 1000;

function outOfTime({ date, expiresSeconds }: Claimed): Refusal | undefined {
  const signedAt = dateOf(date)?.getTime();
  if (signedAt === undefined || expiresSeconds === undefined || Number.isNaN(expiresSeconds))
    return undefined;
  const now = Date.now();
  if (signedAt > now + CLOCK_SKEW_MS) return { code: "AccessDenied", message: "Request is not valid yet" };
  const expiresAt = signedAt + expiresSeconds * 1000;
  if (now <= expiresAt) return undefined;
  const details = {
    "X-Amz-Expires": String(expiresSeconds),
    Expires: new Date(expiresAt).toISOString(),
    ServerTime: new Date(now).toISOString(),
  };
  return { code: "AccessDenied", message: "Request has expired", details };
}

/** Whoever was given an address cannot add what S3 would act on. */
function hasUnsignedHeader({ headers }: Call, { signedHeaders }: Claimed): boolean {
  return Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signedHeaders.includes(name));
}

type Payload = { hash: string; refusal?: undefined } | { hash?: undefined; refusal: Refusal };

async function payloadOf(
  { call: { headers, query, body }, checksBody, addressesFiles }: SignedCall,
  { presigned }: Claimed,
): Promise<Payload> {
  const announced = headers["x-amz-content-sha256"] ?? query.get("X-Amz-Content-Sha256");
  if (typeof announced !== "string" && presigned && addressesFiles) return { hash: "UNSIGNED-PAYLOAD" };
  // UNSIGNED-PAYLOAD and the STREAMING-… ways of sending a body stand for themselves.
  if (typeof announced === "string" && (checksBody || !/^[0-9a-f]{64}$/i.test(announced)))
    return { hash: announced };
  const actual = createHash("sha256")
    .update(await body())
    .digest("hex");
  if (typeof announced !== "string" || announced === actual) return { hash: actual };
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  return { refusal: { code: "XAmzContentSHA256Mismatch", message } };
}

function dateOf(text: string): Date | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, day, hours, minutes, seconds] = parts;
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
