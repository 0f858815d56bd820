/** Published files as the edge serves them: to whoever has an address that was signed, out of a bucket that nobody else reads. */
import { CloudfrontCachePolicy } from "@cdktf/provider-aws/lib/cloudfront-cache-policy/index.js";
import type {
  CloudfrontDistributionOrderedCacheBehavior,
  CloudfrontDistributionOrigin,
} from "@cdktf/provider-aws/lib/cloudfront-distribution/index.js";
import { CloudfrontFunction } from "@cdktf/provider-aws/lib/cloudfront-function/index.js";
import { CloudfrontOriginAccessControl } from "@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js";
import { CloudfrontResponseHeadersPolicy } from "@cdktf/provider-aws/lib/cloudfront-response-headers-policy/index.js";
import { Construct } from "constructs";
import { PUBLIC_FOLDER } from "../../functions/shared/keys.ts";
import { edgeCode } from "../assets/site.ts";
import type { PrivateBucket } from "./private-bucket.ts";
import type { SigningKey } from "./signing-key.ts";

export interface FileDeliveryOptions {
  namePrefix: string;
  region: string;
  /** Of the published files. */
  bucket: PrivateBucket;
  signingKey: SigningKey;
  /** Of the distribution's origin that is the API. */
  apiOriginId: string;
}

const ORIGIN_ID = "files";
const DAY_SECONDS = 24 * 60 * 60;
const YEAR_SECONDS = 365 * DAY_SECONDS;
const TAKEN_BACK_WITHIN_SECONDS = 60;

export class FileDelivery extends Construct {
  readonly origin: CloudfrontDistributionOrigin;
  readonly behaviours: CloudfrontDistributionOrderedCacheBehavior[];
  readonly #bucket: PrivateBucket;

  constructor(scope: Construct, id: string, options: FileDeliveryOptions) {
    super(scope, id);
    const { namePrefix, region, bucket, signingKey } = options;
    this.#bucket = bucket;
    const access = new CloudfrontOriginAccessControl(this, "access", {
      name: `${namePrefix}-files`,
      description: `Lets the edge read published files of ${namePrefix}`,
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
    this.origin = {
      originId: ORIGIN_ID,
      domainName: `${bucket.name}.s3.${region}.amazonaws.com`,
      originAccessControlId: access.id,
    };
    const behaviour = {
      targetOriginId: ORIGIN_ID,
      // An address that is signed is not to be asked for in plain text, not even once.
      viewerProtocolPolicy: "https-only",
      allowedMethods: ["GET", "HEAD"],
      cachedMethods: ["GET", "HEAD"],
      // Images are compressed already.
      compress: false,
      responseHeadersPolicyId: fileHeaders(this, namePrefix),
    };
    this.behaviours = [
      {
        ...behaviour,
        pathPattern: "/files/*",
        // Browsers keep a file for a year. The edge forgets within a day what was deleted, as the addresses of that day do.
        // They are told to keep it to themselves, as the edge would: what has the least time there is kept all the same.
        // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
        cachePolicyId: keepsFor(this, "files", namePrefix, { atLeast: DAY_SECONDS, atMost: DAY_SECONDS }),
        trustedKeyGroups: [signingKey.keyGroupId],
      },
      {
        ...behaviour,
        pathPattern: "/public/*",
        viewerProtocolPolicy: "redirect-to-https",
        // What is taken back is gone within a minute. Browsers keep what they have.
        cachePolicyId: keepsFor(this, "public", namePrefix, { atMost: TAKEN_BACK_WITHIN_SECONDS }),
      },
      {
        ...behaviour,
        pathPattern: "/p/*",
        targetOriginId: options.apiOriginId,
        viewerProtocolPolicy: "redirect-to-https",
        cachePolicyId: keepsFor(this, "addresses", namePrefix, { atMost: TAKEN_BACK_WITHIN_SECONDS }, [
          "Accept",
        ]),
        functionAssociation: [
          { eventType: "viewer-request", functionArn: acceptedFormats(this, namePrefix) },
        ],
      },
    ];
  }

  /** Lets the distribution, and nobody else, read what is published. */
  readBy(distributionArn: string): void {
    for (const folder of ["files", PUBLIC_FOLDER])
      this.#bucket.allowService(
        "cloudfront.amazonaws.com",
        ["s3:GetObject"],
        `/${folder}/*`,
        distributionArn,
      );
    // A file that is missing is a 404 for those who may list the bucket, and a 403 for others. No address leads to a listing.
    this.#bucket.allowService("cloudfront.amazonaws.com", ["s3:ListBucket"], "", distributionArn);
  }
}

/**
 * @param seconds whatever the answer says to browsers.
 * @param headers that answers differ by, beside their path.
 * @returns the policy's id.
 */
function keepsFor(
  scope: Construct,
  name: string,
  namePrefix: string,
  { atLeast = 0, atMost }: { atLeast?: number; atMost: number },
  headers: string[] = [],
): string {
  const { id } = new CloudfrontCachePolicy(scope, `${name}-cache`, {
    name: `${namePrefix}-${name}`,
    comment: `Kept for ${atMost} seconds at most`,
    minTtl: atLeast,
    defaultTtl: atMost,
    maxTtl: atMost,
    parametersInCacheKeyAndForwardedToOrigin: {
      cookiesConfig: { cookieBehavior: "none" },
      headersConfig:
        headers.length === 0
          ? { headerBehavior: "none" }
          : { headerBehavior: "whitelist", headers: { items: headers } },
      queryStringsConfig: { queryStringBehavior: "none" },
    },
  });
  return id;
}

/** Without it, the edge would keep an answer for each way that browsers have of saying the same. @returns the function's ARN. */
function acceptedFormats(scope: Construct, namePrefix: string): string {
  const { arn } = new CloudfrontFunction(scope, "accepted-formats", {
    name: `${namePrefix}-accepted-formats`,
    comment: "Which formats of images a browser takes",
    runtime: "cloudfront-js-2.0",
    publish: true,
    code: edgeCode("accepted-formats"),
  });
  return arn;
}

/** Any page may show a file, or read its pixels, whose address it has: no cookie says who asks. @returns the policy's id. */
function fileHeaders(scope: Construct, namePrefix: string): string {
  const { id } = new CloudfrontResponseHeadersPolicy(scope, "headers", {
    name: `${namePrefix}-files`,
    comment: "Headers of published files",
    corsConfig: {
      accessControlAllowCredentials: false,
      accessControlAllowOrigins: { items: ["*"] },
      accessControlAllowHeaders: { items: ["*"] },
      accessControlAllowMethods: { items: ["GET", "HEAD"] },
      originOverride: true,
    },
    securityHeadersConfig: {
      // They are pictures, and nothing that runs.
      contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override: true },
      contentTypeOptions: { override: true },
      strictTransportSecurity: {
        accessControlMaxAgeSec: YEAR_SECONDS,
        includeSubdomains: true,
        override: true,
      },
    },
  });
  return id;
}
