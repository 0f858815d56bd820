/** The account that everything is in, and what has nothing behind it here but a name. */
import { z } from "zod";
import { type Apply, read } from "./types.ts";

export const callerIdentity: Apply = (_, { accountId }) => ({
  id: accountId,
  account_id: accountId,
  arn: `arn:aws:iam::${accountId}:root`,
  user_id: accountId,
});

export const region: Apply = (_, { region }) => ({ id: region, name: region, region });

export const partition: Apply = () => ({ id: "aws", partition: "aws", dns_suffix: "amazonaws.com" });

const named = z.object({ name: z.string() });

export const role: Apply = (resource, { accountId }) => {
  const { name } = read(named, resource);
  return { id: name, name, unique_id: name, arn: `arn:aws:iam::${accountId}:role/${name}` };
};

export const policy: Apply = (resource, { accountId }) => {
  const { name } = read(named, resource);
  const arn = `arn:aws:iam::${accountId}:policy/${name}`;
  return { id: arn, name, arn };
};

export const logGroup: Apply = (resource, { region, accountId }) => {
  const { name } = read(named, resource);
  return { id: name, name, arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}` };
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
