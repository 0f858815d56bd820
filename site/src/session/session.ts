/** Who is signed in, and with which token: the authorization code flow with PKCE, renewed ahead of its end. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { ErrorResponse, User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { SessionEnded, Unreachable } from "../api/problem.ts";
import type { Tokens } from "../api/send.ts";
import type { Config } from "../config.ts";
import { createOtherTabs } from "./other-tabs.ts";

export type SessionState =
  | { status: "signedOut"; problem?: string }
  | { status: "signedIn"; email: string | undefined; userId: string }
  | { status: "ended" };

export interface Session extends Tokens {
  state: ReadonlySignal<SessionState>;
  /** Takes up the session of this tab or of another one, or the answer of the sign-in pages. */
  open(): Promise<void>;
  /** Goes to the sign-in pages; comes back to the page one is on. */
  signIn(): Promise<void>;
  /** The same, by the page for an account that is new. */
  signUp(): Promise<void>;
  signOut(): Promise<void>;
}

/** Less time than this, and a token is renewed before it is used. */
const TOO_SHORT_SECONDS = 20;

export function createSession({ signIn }: Config): Session {
  const manager = createManager(signIn, "oauth2/authorize");
  const state = signal<SessionState>({ status: "signedOut" });
  let renewal: Promise<string> | undefined;
  const otherTabs = createOtherTabs({
    onAsked: async () => (await manager.getUser())?.toStorageString(),
    onSignedOut: async () => {
      await manager.removeUser();
      otherTabs.setHolding(false);
      state.value = { status: "signedOut" };
    },
  });

  async function sessionOfOtherTab(): Promise<User | null> {
    const told = await otherTabs.ask();
    if (told === undefined) return null;
    const user = User.fromStorageString(told);
    await manager.storeUser(user);
    return user;
  }

  async function renew(): Promise<string> {
    const user = await manager.getUser();
    try {
      // Without a refresh token, the library would try a frame.
      const renewed = user?.refresh_token ? await manager.signinSilent() : null;
      if (renewed) return renewed.access_token;
    } catch (error) {
      if (!(error instanceof ErrorResponse)) throw new Unreachable(error);
    }
    await manager.removeUser();
    otherTabs.setHolding(false);
    if (state.value.status === "signedIn") state.value = { status: "ended" };
    throw new SessionEnded();
  }

  /** All who find the token refused at the same time share one renewal. */
  function renewOnce(): Promise<string> {
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  async function finishSignIn(): Promise<void> {
    try {
      const user = await manager.signinRedirectCallback();
      history.replaceState(null, "", returnPath(user.state));
    } catch (error) {
      history.replaceState(null, "", "/");
      console.warn("Sign-in was not finished.", error);
      state.value = { status: "signedOut", problem: "Signing in was not finished. Please try again." };
    }
  }

  return {
    state,
    renew: renewOnce,

    async open() {
      if (isSignInAnswer(location.search)) await finishSignIn();
      const user = (await manager.getUser()) ?? (await sessionOfOtherTab());
      if (!user) return;
      otherTabs.setHolding(true);
      const { email, sub } = user.profile;
      state.value = { status: "signedIn", email, userId: sub };
    },

    async accessToken() {
      const user = await manager.getUser();
      const isGood = user !== null && (user.expires_in ?? 0) > TOO_SHORT_SECONDS;
      return isGood ? user.access_token : renewOnce();
    },

    signIn: () => manager.signinRedirect(comingBack()),

    // Comes back like any sign-in: https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html
    signUp: () => createManager(signIn, "signup").signinRedirect(comingBack()),

    async signOut() {
      // Out of reach, the tokens are at least not kept here.
      await manager.revokeTokens(["refresh_token"]).catch(() => undefined);
      await manager.removeUser();
      otherTabs.tellSignedOut();
      const query = new URLSearchParams({ client_id: signIn.clientId, logout_uri: homeAddress() });
      location.assign(`${signIn.url}/logout?${query}`);
    },
  };
}

const comingBack = () => ({ state: { path: location.pathname + location.search } });

/** Whether the sign-in pages have sent somebody back here. */
export function isSignInAnswer(search: string): boolean {
  const query = new URLSearchParams(search);
  return query.has("state") && (query.has("code") || query.has("error"));
}

/** @returns the path that was kept, when it is one of this page: what comes back through an address is not trusted. */
export function returnPath(state: unknown): string {
  const path =
    typeof state === "object" && state !== null && "path" in state && typeof state.path === "string"
      ? state.path
      : "/";
  // "//host" and "/\host" would leave this origin.
  return /^\/(?![/\\])/.test(path) ? path : "/";
}

/** @param page of the sign-in pages, where it begins. */
function createManager(
  { url, issuer, clientId }: Config["signIn"],
  page: "oauth2/authorize" | "signup",
): UserManager {
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: homeAddress(),
    scope: "openid email profile",
    metadata: {
      issuer,
      authorization_endpoint: `${url}/${page}`,
      token_endpoint: `${url}/oauth2/token`,
      revocation_endpoint: `${url}/oauth2/revoke`,
    },
    // Goes with the last tab: a shared computer keeps nobody signed in.
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    // Who uses a token sees to that; the library would try a frame once the session is over, which the page does not allow.
    automaticSilentRenew: false,
    loadUserInfo: false,
  });
}

function homeAddress(): string {
  return `${location.origin}/`;
}
