/** The sign-in page, on a port of its own: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import type { StatusCode } from "hono/utils/http-status";
import * as z from "zod";
import type { Tokens } from "../tokens.ts";
import type { User } from "../types.ts";
import type { UserPools } from "../user-pools.ts";
import {
  type Authorization,
  AuthorizationError,
  readAuthorization,
  readLogout,
  withParameters,
} from "./authorization.ts";
import { Codes } from "./codes.ts";
import { messagePage, type Page, signInPage } from "./html.ts";
import { createOAuthEndpoints } from "./oauth.ts";

const stylesheet = await readFile(join(import.meta.dirname, "style.css"), "utf8");

const ADDRESS = z.email().max(128);
const SESSION_COOKIE = "cognito";
/** As long as Cognito's. */
const SESSION_SECONDS = 3600;

const HEADERS = {
  // Without form-action: browsers apply that to where an app sends people after it signed them in, too.
  // With img-src: browsers ask for /favicon.ico by themselves, and some apply it to that.
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** @param testEmail whom the page offers to be. */
export function createPages(pools: UserPools, tokens: Tokens, testEmail: string): Hono {
  const codes = new Codes(tokens);
  const app = new Hono();
  const page = (context: Context, status: StatusCode, content: Page) => {
    context.status(status);
    return context.html(content, undefined, HEADERS);
  };
  /** 303, so that what follows a form is always fetched with GET. */
  const backToApp = (context: Context, authorization: Authorization, user: User) => {
    const { redirectUri, state } = authorization;
    return context.redirect(
      withParameters(redirectUri, { code: codes.issue(authorization, user), state }),
      303,
    );
  };

  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
  });
  app.route("/", createOAuthEndpoints(pools, tokens, codes));

  app.get("/oauth2/authorize", (context) => {
    const authorization = readAuthorization(new URL(context.req.url).searchParams, pools);
    const user = authorization.client.pool.user(getCookie(context, SESSION_COOKIE) ?? "");
    if (user) return backToApp(context, authorization, user);
    return page(context, 200, signInPage(testEmail));
  });

  // Whoever is new is let in like anybody, but asked who they are.
  app.get("/signup", (context) => {
    readAuthorization(new URL(context.req.url).searchParams, pools);
    return page(context, 200, signInPage(testEmail));
  });

  // Nobody is to be signed in by a page that they did not mean to use.
  app.on("POST", ["/oauth2/authorize", "/signup"], csrf(), async (context) => {
    const authorization = readAuthorization(new URL(context.req.url).searchParams, pools);
    const form = new URLSearchParams(await context.req.text());
    const email = (form.get("email") ?? "").trim();
    if (!ADDRESS.safeParse(email).success) {
      const message = "That is not an e-mail address. One looks like ann@example.org.";
      return page(context, 400, signInPage(testEmail, { email, message }));
    }
    const user = authorization.client.pool.userWithEmail(email);
    // The user's own id: who is signed in is no secret where no password is. Not Secure: there is no TLS here.
    setCookie(context, SESSION_COOKIE, user.sub, {
      httpOnly: true,
      sameSite: "Lax",
      maxAge: SESSION_SECONDS,
    });
    return backToApp(context, authorization, user);
  });

  app.get("/logout", (context) => {
    const next = readLogout(new URL(context.req.url).searchParams, pools);
    setCookie(context, SESSION_COOKIE, "", { maxAge: 0 });
    return context.redirect(next, 303);
  });

  app.get("/style.css", (context) => context.body(stylesheet, 200, { "content-type": "text/css" }));
  app.get("/favicon.ico", (context) => context.body(null, 204));

  app.notFound((context) => page(context, 404, messagePage("Not found", "There is no such page here.")));
  app.onError((error, context) => {
    if (error instanceof AuthorizationError) return context.redirect(error.location, 303);
    if (error instanceof HTTPException)
      return page(
        context,
        error.status,
        messagePage("That did not work", error.message || "This was sent by another site."),
      );
    return page(context, 500, messagePage("Something went wrong", error.message));
  });
  return app;
}
