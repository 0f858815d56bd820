/** Addresses of AWS's console. The paths are not documented; they are what its own pages have in the address bar. */

/** The function of each step, as its name ends. */
const FUNCTIONS: Record<string, string> = {
  Validate: "validate",
  Resize: "resize",
  Recognise: "recognise",
  Watermark: "watermark",
  RecordMetadata: "record-metadata",
};

/** Where functions are told of another endpoint, there is none. */
export function hasConsole(): boolean {
  return process.env.AWS_ENDPOINT_URL === undefined;
}

export function executionPage(executionArn: string): string {
  const region = executionArn.split(":")[3] ?? "";
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}

/** What the function of a step wrote about an image, from a minute before to a minute after. */
export function logPage(executionArn: string, state: string, about: string, at: Date): string | undefined {
  const [, , , region, , , machine = ""] = executionArn.split(":");
  const name = FUNCTIONS[state];
  if (name === undefined) return undefined;
  const group = twiceEncoded(`/aws/lambda/${machine.replace(/workflow$/, name)}`);
  const query = new URLSearchParams({
    start: String(at.getTime() - MINUTE_MS),
    end: String(at.getTime() + MINUTE_MS),
    filterPattern: `"${about}"`,
  });
  const asked = encodeURIComponent(`?${query}`).replaceAll("%", "$");
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${group}/log-events${asked}`;
}

const MINUTE_MS = 60_000;

/** In its hash, the page wants `$` for the `%` of what is encoded, and slashes encoded twice. */
function twiceEncoded(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}
