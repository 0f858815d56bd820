/** A stack with an HTTP API in front of functions, and users who may call it. */
import { type Fixture, sharedEngine } from "./engine-support.ts";

/** Answers with the event that it got, or with what its body asks for. */
const ECHO = `
export async function handler(event) {
  if (!event.routeKey.startsWith("POST /answer")) return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(event) };
  const { answer, throws, sleepMs } = JSON.parse(event.body);
  if (throws) throw new Error(throws);
  if (sleepMs) await new Promise((resolve) => setTimeout(resolve, sleepMs));
  return answer;
}`;

export const LOG_FORMAT =
  '{"requestId":"$context.requestId","time":"$context.requestTime","route":"$context.routeKey","path":"$context.path","status":$context.status,"userId":"$context.authorizer.claims.sub","agent":"$context.identity.userAgent","error":"$context.error.message","bytes":$context.responseLength,"other":"$context.unheardOf"}';

export interface ApiFixture {
  /** Without signing in. */
  open?: string[];
  /** With a token. */
  closed?: string[];
  cors?: object;
  stage?: object;
  /** By route key. */
  routes?: Record<string, object>;
}

const POOL_ID = "${aws_cognito_user_pool.users.id}";

export function apiStack({ open = [], closed = [], cors, stage, routes = {} }: ApiFixture): Fixture {
  const api_id = "${aws_apigatewayv2_api.api.id}";
  const keys = [...open.map((key) => [key, false] as const), ...closed.map((key) => [key, true] as const)];
  const routeBlocks = keys.map(([route_key, signedIn], index) => [
    `route-${index}`,
    {
      api_id,
      route_key,
      target: "integrations/${aws_apigatewayv2_integration.echo.id}",
      ...(signedIn && {
        authorization_type: "JWT",
        authorizer_id: "${aws_apigatewayv2_authorizer.users.id}",
      }),
      ...routes[route_key],
    },
  ]);
  return {
    functions: { echo: { code: ECHO, timeout: 20, memory_size: 256 } },
    resource: {
      aws_cognito_user_pool: {
        users: {
          name: "users",
          username_attributes: ["email"],
          username_configuration: { case_sensitive: false },
          auto_verified_attributes: ["email"],
        },
      },
      aws_cognito_user_pool_client: {
        web: {
          name: "web",
          user_pool_id: POOL_ID,
          allowed_oauth_flows: ["code"],
          allowed_oauth_flows_user_pool_client: true,
          allowed_oauth_scopes: ["openid", "email", "profile"],
          callback_urls: ["http://localhost:5173/"],
        },
        other: { name: "other", user_pool_id: POOL_ID },
      },
      aws_cognito_user_pool_domain: { pages: { domain: "photos", user_pool_id: POOL_ID } },
      aws_cognito_identity_pool: { credentials: { identity_pool_name: "credentials" } },
      aws_cognito_identity_pool_roles_attachment: {
        roles: { identity_pool_id: "${aws_cognito_identity_pool.credentials.id}", roles: {} },
      },
      aws_apigatewayv2_api: {
        api: { name: "photos-api", protocol_type: "HTTP", ...(cors && { cors_configuration: cors }) },
      },
      aws_apigatewayv2_authorizer: {
        users: {
          api_id,
          name: "users",
          authorizer_type: "JWT",
          identity_sources: ["$request.header.Authorization"],
          jwt_configuration: {
            audience: ["${aws_cognito_user_pool_client.web.id}"],
            issuer: "https://${aws_cognito_user_pool.users.endpoint}",
          },
        },
      },
      aws_apigatewayv2_integration: {
        echo: {
          api_id,
          integration_type: "AWS_PROXY",
          integration_uri: "${aws_lambda_function.echo.invoke_arn}",
          payload_format_version: "2.0",
        },
        hasty: {
          api_id,
          integration_type: "AWS_PROXY",
          integration_uri: "${aws_lambda_function.echo.invoke_arn}",
          payload_format_version: "2.0",
          timeout_milliseconds: 1000,
        },
      },
      aws_lambda_permission: {
        echo: {
          action: "lambda:InvokeFunction",
          function_name: "${aws_lambda_function.echo.function_name}",
          principal: "apigateway.amazonaws.com",
          source_arn: "${aws_apigatewayv2_api.api.execution_arn}/*/*",
        },
      },
      aws_apigatewayv2_route: Object.fromEntries(routeBlocks),
      aws_cloudwatch_log_group: { access: { name: "/aws/vendedlogs/photos-api" } },
      aws_apigatewayv2_stage: {
        default: {
          api_id,
          name: "$default",
          auto_deploy: true,
          access_log_settings: {
            destination_arn: "${aws_cloudwatch_log_group.access.arn}",
            format: LOG_FORMAT,
          },
          ...stage,
        },
      },
    },
    output: {
      api_url: { value: "${aws_apigatewayv2_stage.default.invoke_url}" },
      endpoint: { value: "${aws_apigatewayv2_api.api.api_endpoint}" },
      issuer: { value: "https://${aws_cognito_user_pool.users.endpoint}" },
      client_id: { value: "${aws_cognito_user_pool_client.web.id}" },
      other_client_id: { value: "${aws_cognito_user_pool_client.other.id}" },
      sign_in_url: {
        value: "https://${aws_cognito_user_pool_domain.pages.domain}.auth.eu-central-1.amazoncognito.com",
      },
    },
  };
}

/** Runs it for the tests of the file, and calls it. */
export async function startApi(fixture: ApiFixture) {
  const engine = await sharedEngine(apiStack(fixture));
  const call = async (method: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${engine.apiUrl}${path}`, { method, ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  /** Has the function answer with a value. */
  const answering = (answer: unknown, init: RequestInit = {}) =>
    call("POST", "/answer", {
      body: JSON.stringify({ answer }),
      headers: { "content-type": "text/plain" },
      ...init,
    });
  return { engine, call, answering };
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is.
function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
