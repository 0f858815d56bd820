/**
 * A network without a way out: functions in it reach S3 and DynamoDB, with all that their roles let one of them do, and nothing else,
 * whatever credentials somebody brings along. Logs and traces leave by way of Lambda itself. Gateway endpoints cost nothing.
 */
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { Lazy } from "cdktf";
import { Construct } from "constructs";
import { policyJson, type Statement } from "./policy.ts";
import type { Role } from "./role.ts";

export interface IsolatedNetworkOptions {
  namePrefix: string;
  region: string;
  accountId: string;
  /** Availability zones, by their names. */
  zones: string[];
}

/** Eight subnets, one for each zone that there may be. Functions share an interface in each, whatever their number. */
const NETWORK = "10.0.0.0/23";

/** What Lambda does with the role of a function that is in a network, to connect it: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
export const NETWORK_ACTIONS = [
  "CreateNetworkInterface",
  "DescribeNetworkInterfaces",
  "DescribeSubnets",
  "DeleteNetworkInterface",
  "AssignPrivateIpAddresses",
  "UnassignPrivateIpAddresses",
].map((action) => `ec2:${action}`);

export class IsolatedNetwork extends Construct {
  readonly subnetIds: string[];
  readonly securityGroupId: string;
  readonly #options: IsolatedNetworkOptions;
  readonly #roles: Role[] = [];

  constructor(scope: Construct, id: string, options: IsolatedNetworkOptions) {
    super(scope, id);
    this.#options = options;
    const { namePrefix, region, zones } = options;
    const tags = { Name: `${namePrefix}-decoders` };
    const vpc = new Vpc(this, "vpc", { cidrBlock: NETWORK, tags });
    // Nothing is to be in the group that AWS makes: without rules, nothing that is could reach anything.
    new DefaultSecurityGroup(this, "default-security-group", { vpcId: vpc.id, tags });
    this.subnetIds = zones.map(
      (availabilityZone) =>
        new Subnet(this, `subnet-${availabilityZone}`, {
          vpcId: vpc.id,
          cidrBlock: addressesIn(availabilityZone),
          availabilityZone,
          tags,
        }).id,
    );
    const group = new SecurityGroup(this, "security-group", {
      name: `${namePrefix}-decoders`,
      description: "Reaches S3 and DynamoDB, and is reached by nothing",
      vpcId: vpc.id,
      tags,
    });
    this.securityGroupId = group.id;
    for (const service of ["s3", "dynamodb"]) {
      const endpoint = new VpcEndpoint(this, service, {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${region}.${service}`,
        vpcEndpointType: "Gateway",
        // Subnets have the network's own table, which leads nowhere else.
        routeTableIds: [vpc.mainRouteTableId],
        policy: Lazy.stringValue({ produce: () => policyJson(this.#allowedOf(service)) }),
        tags,
      });
      new VpcSecurityGroupEgressRule(this, `to-${service}`, {
        securityGroupId: group.id,
        description: `HTTPS to ${service}`,
        prefixListId: endpoint.prefixListId,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        tags,
      });
    }
  }

  /** Lets a function into it, which may do there what its role allows. */
  admit(functionName: string, role: Role): void {
    const { region, accountId } = this.#options;
    // None of these has a resource that could be named.
    role.allow(NETWORK_ACTIONS, ["*"]);
    // Lambda connects functions before it runs them. Their own code is not to.
    role.deny(NETWORK_ACTIONS, ["*"], {
      ArnEquals: {
        "lambda:SourceFunctionArn": `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
      },
    });
    this.letThrough(role);
  }

  /** Of what a role may do, all that is asked for from in here. */
  letThrough(role: Role): void {
    this.#roles.push(role);
  }

  /** What roles here may do with a service, and anybody else of this account who comes this way. */
  #allowedOf(service: string): Statement[] {
    const all = this.#roles.flatMap(({ statements }) =>
      statements.flatMap(({ Effect, Action, Resource = [] }) => {
        const actions = [Action].flat().filter((action) => action.startsWith(`${service}:`));
        if (Effect === "Deny" || actions.length === 0) return [];
        const Condition = { StringEquals: { "aws:PrincipalAccount": this.#options.accountId } };
        return { Effect, Principal: "*" as const, Action: actions, Resource, Condition };
      }),
    );
    return [...new Map(all.map((statement) => [JSON.stringify(statement), statement])).values()];
  }
}

/** By the zone's letter, so that a subnet stays where it is when others come and go. */
function addressesIn(zone: string): string {
  const place = zone.charCodeAt(zone.length - 1) - "a".charCodeAt(0);
  return `10.0.${place >> 2}.${(place & 3) * 64}/26`;
}
