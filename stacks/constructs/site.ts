/** The web app: its files in a private bucket, served by CloudFront, with the API under `/api` of the same origin. */
import {
  CloudfrontDistribution,
  type CloudfrontDistributionDefaultCacheBehavior,
} from "@cdktf/provider-aws/lib/cloudfront-distribution/index.js";
import { CloudfrontFunction } from "@cdktf/provider-aws/lib/cloudfront-function/index.js";
import { CloudfrontOriginAccessControl } from "@cdktf/provider-aws/lib/cloudfront-origin-access-control/index.js";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record/index.js";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import { type BuiltSite, buildSite, edgeCode } from "../assets/site.ts";
import { FileDelivery } from "./file-delivery.ts";
import { firewallOfSite } from "./firewall.ts";
import { PrivateBucket } from "./private-bucket.ts";
import type { SigningKey } from "./signing-key.ts";
import { siteHeaders } from "./site-headers.ts";

export interface OwnDomain {
  name: string;
  /** Of a certificate in us-east-1, where CloudFront looks for them. */
  certificateArn: string;
  /** Of the Route 53 zone that the name is to be put into. */
  hostedZoneId?: string | undefined;
}

export interface SiteOptions {
  namePrefix: string;
  region: string;
  oldVersionDays: number;
  /** Host of the API, whose stage is at its root. */
  apiHost: string;
  /** Published files, and who signs their addresses. */
  files: { bucket: PrivateBucket; signingKey: SigningKey };
  imageOrigins: string[];
  connectOrigins: string[];
  fileOrigins: string[];
  ownDomain: OwnDomain | undefined;
  hasFirewall: boolean;
}

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const CACHE = {
  optimized: "658327ea-f89d-4fab-a63d-7e88639e58f6",
  disabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
};
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const API_ORIGIN_ID = "api";

/** A page is checked for a newer one each time; what has a hash in its name is never asked for again. */
const CACHE_CONTROL = { page: "no-cache", immutable: "public, max-age=31536000, immutable" };

export class Site extends Construct {
  /** Without a slash at its end. */
  readonly url: string;
  /** Of the distribution. */
  readonly arn: string;
  readonly bucket: PrivateBucket;

  constructor(scope: Construct, id: string, options: SiteOptions) {
    super(scope, id);
    const { namePrefix, ownDomain } = options;
    this.bucket = new PrivateBucket(this, "site", {
      namePrefix: `${namePrefix}-site-`,
      // What is in it is built from the sources.
      forceDestroy: true,
      oldVersionDays: options.oldVersionDays,
    });
    const files = new FileDelivery(this, "delivery", {
      ...options,
      ...options.files,
      apiOriginId: API_ORIGIN_ID,
    });
    const distribution = this.#distribution(options, files);
    files.readBy(distribution.arn);
    this.url = `https://${ownDomain?.name ?? distribution.domainName}`;
    this.arn = distribution.arn;
    this.bucket.allowService("cloudfront.amazonaws.com", ["s3:GetObject"], "/*", this.arn);
    // A file that is missing is a 404 for those who may list the bucket, and a 403 for others.
    this.bucket.allowService("cloudfront.amazonaws.com", ["s3:ListBucket"], "", this.arn);
    this.#putFiles(buildSite());
    if (ownDomain?.hostedZoneId !== undefined)
      for (const type of ["A", "AAAA"])
        new Route53Record(this, `record-${type}`, {
          zoneId: ownDomain.hostedZoneId,
          name: ownDomain.name,
          type,
          alias: {
            name: distribution.domainName,
            zoneId: distribution.hostedZoneId,
            evaluateTargetHealth: false,
          },
        });
  }

  /** Puts what the page has to know, and only a deployment does, beside it. */
  configure(config: object): void {
    new S3Object(this, "config", {
      bucket: this.bucket.name,
      key: "config.json",
      content: JSON.stringify(config),
      contentType: "application/json",
      cacheControl: CACHE_CONTROL.page,
    });
  }

  #distribution(options: SiteOptions, files: FileDelivery): CloudfrontDistribution {
    const { namePrefix, region, apiHost, ownDomain } = options;
    const access = new CloudfrontOriginAccessControl(this, "access", {
      name: `${namePrefix}-site`,
      description: `Lets the web app ${namePrefix} read its bucket`,
      originAccessControlOriginType: "s3",
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
    const viewerRequest = new CloudfrontFunction(this, "viewer-request", {
      name: `${namePrefix}-site-viewer-request`,
      comment: "Paths of the page, and of the API",
      runtime: "cloudfront-js-2.0",
      publish: true,
      code: edgeCode("viewer-request"),
    });
    const behaviour = {
      viewerProtocolPolicy: "redirect-to-https",
      compress: true,
      cachedMethods: ["GET", "HEAD"],
      responseHeadersPolicyId: siteHeaders(this, options),
      functionAssociation: [{ eventType: "viewer-request", functionArn: viewerRequest.arn }],
    } satisfies Partial<CloudfrontDistributionDefaultCacheBehavior>;
    return new CloudfrontDistribution(this, "distribution", {
      comment: `${namePrefix} web app`,
      enabled: true,
      ...(options.hasFirewall && { webAclId: firewallOfSite(this, namePrefix) }),
      isIpv6Enabled: true,
      httpVersion: "http2and3",
      defaultRootObject: "index.html",
      origin: [
        {
          originId: "site",
          domainName: `${this.bucket.name}.s3.${region}.amazonaws.com`,
          originAccessControlId: access.id,
        },
        {
          originId: API_ORIGIN_ID,
          domainName: apiHost,
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: ["TLSv1.2"],
          },
        },
        files.origin,
      ],
      defaultCacheBehavior: {
        ...behaviour,
        targetOriginId: "site",
        allowedMethods: ["GET", "HEAD"],
        cachePolicyId: CACHE.optimized,
      },
      orderedCacheBehavior: [
        {
          ...behaviour,
          pathPattern: "/api/*",
          targetOriginId: API_ORIGIN_ID,
          allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
          cachePolicyId: CACHE.disabled,
          originRequestPolicyId: ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
        ...files.behaviours,
      ],
      // Errors are kept for ten seconds otherwise, for everybody, whatever the API says about keeping its answers:
      // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
      customErrorResponse: [404, 414, 500, 501, 502, 503, 504].map((errorCode) => ({
        errorCode,
        errorCachingMinTtl: 0,
      })),
      restrictions: { geoRestriction: { restrictionType: "none" } },
      ...(ownDomain === undefined
        ? { viewerCertificate: { cloudfrontDefaultCertificate: true } }
        : {
            aliases: [ownDomain.name],
            viewerCertificate: {
              acmCertificateArn: ownDomain.certificateArn,
              sslSupportMethod: "sni-only",
              minimumProtocolVersion: "TLSv1.2_2021",
            },
          }),
    });
  }

  /** The page last: it must not name files that are not there yet. */
  #putFiles({ folder, files }: BuiltSite): void {
    const asset = new TerraformAsset(this, "files", { path: folder, type: AssetType.DIRECTORY });
    const put = (file: BuiltSite["files"][number], dependsOn: S3Object[]) =>
      new S3Object(this, `file-${file.name.replaceAll(/[^A-Za-z0-9]+/g, "-")}`, {
        bucket: this.bucket.name,
        key: file.name,
        source: `${asset.path}/${file.name}`,
        sourceHash: file.sha256,
        contentType: file.contentType,
        cacheControl: file.isImmutable ? CACHE_CONTROL.immutable : CACHE_CONTROL.page,
        dependsOn,
      });
    const isPage = ({ name }: { name: string }) => name === "index.html";
    const others = files.filter((file) => !isPage(file)).map((file) => put(file, []));
    for (const page of files.filter(isPage)) put(page, others);
  }
}
