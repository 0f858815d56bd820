/**
 * What bundles import as "@aws-sdk/credential-provider-node". Lambda puts a function's credentials into its environment, and nowhere
 * else: looking for them in files, on a network or with a single sign-on is a sixth of a bundle, and of the time that loading it takes.
 */
import { environmentVariable } from "./settings.ts";

export const defaultProvider = () => async () => ({
  accessKeyId: environmentVariable("AWS_ACCESS_KEY_ID"),
  secretAccessKey: environmentVariable("AWS_SECRET_ACCESS_KEY"),
  sessionToken: process.env.AWS_SESSION_TOKEN,
});
