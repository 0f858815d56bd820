import { describe, expect, it } from "vitest";
import { readConfig } from "../../site/src/config.ts";
import { isSignInAnswer, returnPath } from "../../site/src/session/session.ts";

const CONFIG = {
  apiUrl: "/api",
  signIn: {
    url: "https://photos.auth.eu-west-1.amazoncognito.com",
    issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
    clientId: "abc",
  },
  signUp: { domains: ["example.org"] },
  maxBytes: 1024,
  takesHeic: true,
  hasHistory: false,
};

describe("the settings of the page", () => {
  it("are taken as they are", () => {
    expect(readConfig(CONFIG)).toEqual(CONFIG);
  });

  it("lose slashes at the end of addresses, take no HEIC, have a history and let people sign up unless they say otherwise", () => {
    const { hasHistory: _, takesHeic: __, signUp: ___, ...rest } = CONFIG;
    expect(readConfig({ ...rest, apiUrl: "https://api.example.org/v1/" })).toMatchObject({
      apiUrl: "https://api.example.org/v1",
      takesHeic: false,
      hasHistory: true,
      signUp: "open",
    });
  });

  it.each([
    ["nothing", undefined, "The whole of it"],
    ["no address of the API", { ...CONFIG, apiUrl: undefined }, "apiUrl"],
    ["an address on another host without a scheme", { ...CONFIG, apiUrl: "//elsewhere.example" }, "apiUrl"],
    [
      "a script for an address",
      { ...CONFIG, signIn: { ...CONFIG.signIn, url: "javascript:alert(1)" } },
      "signIn.url",
    ],
    ["no client", { ...CONFIG, signIn: { ...CONFIG.signIn, clientId: " " } }, "signIn.clientId"],
    ["nobody who may sign up", { ...CONFIG, signUp: { domains: [] } }, "signUp.domains"],
    ["an unknown way to sign up", { ...CONFIG, signUp: "closed" }, "signUp"],
    ["a size in words", { ...CONFIG, maxBytes: "50 MB" }, "maxBytes"],
  ])("are refused with %s", (_what, content, name) => {
    expect(() => readConfig(content)).toThrow(new RegExp(`are wrong: ${name} has to be `));
  });
});

describe("coming back from signing in", () => {
  it("leads to the page that was left", () => {
    expect(returnPath({ path: "/images/0123?x=1" })).toBe("/images/0123?x=1");
  });

  it.each([
    undefined,
    null,
    "text",
    {},
    { path: 3 },
    { path: "//evil.example" },
    { path: "/\\evil.example" },
    { path: "https://evil.example" },
  ])("leads home for %j", (state) => {
    expect(returnPath(state)).toBe("/");
  });

  it("is told from other addresses", () => {
    expect(isSignInAnswer("?code=1&state=2")).toBe(true);
    expect(isSignInAnswer("?error=access_denied&state=2")).toBe(true);
    expect(isSignInAnswer("?status=rejected")).toBe(false);
  });
});
