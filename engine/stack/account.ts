/** The account that everything is in, and what has nothing behind it here but a name. */
import * as z from "zod";
import { type Apply, read } from "./resource.ts";

export const callerIdentity: Apply = (_, { accountId }) => ({
  id: accountId,
  account_id: accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  user_id: accountId,
});

export const region: Apply = (_, { region }) => ({ id: region, name: region, region });

export const partition: Apply = () => ({ id: "aws", partition: "aws", dns_suffix: "amazonaws.com" });

const named = z.object({ name: z.string() });

export const logGroup: Apply = (resource, { region, accountId }) => {
  const { name } = read(named, resource);
  return { id: name, name, arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}` };
};

export const logDestination: Apply = (resource, { region, accountId }) => {
  const { name } = read(named, resource);
  return { id: name, name, arn: `arn:aws:logs:${region}:${accountId}:delivery-destination:${name}` };
};

/** One of CloudFront's: they are in that region. */
export const firewall: Apply = (resource, { accountId }) => {
  const { name } = read(named, resource);
  return { id: name, name, arn: `arn:aws:wafv2:us-east-1:${accountId}:global/webacl/${name}/${name}` };
};

export const alarm: Apply = (resource, { region, accountId }) => {
  const { alarm_name: name } = read(z.object({ alarm_name: z.string() }), resource);
  return { id: name, arn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}` };
};

export const identityPool: Apply = (_, { region, accountId }) => {
  const id = `${region}:00000000-0000-0000-0000-000000000000`;
  return { id, arn: `arn:aws:cognito-identity:${region}:${accountId}:identitypool/${id}` };
};

export const key: Apply = ({ address }, { region, accountId }) => ({
  id: address,
  key_id: address,
  arn: `arn:aws:kms:${region}:${accountId}:key/${address}`,
});
