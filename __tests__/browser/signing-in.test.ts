import { describe, expect } from "vitest";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { DEVICES } from "../fixtures/web-app.ts";

interface Config {
  signIn: { url: string; clientId: string };
}

const HOUR_AND_A_BIT_MS = 61 * 60_000;

const refreshTokenOf = async ({ page }: Person) =>
  String(
    await page.evaluate(
      "JSON.parse(Object.entries(sessionStorage).find(([key]) => key.startsWith('oidc.user'))[1]).refresh_token",
    ),
  );

/** Calls an endpoint of the sign-in server as the page does. */
async function askSignIn({ siteUrl }: Person, endpoint: string, fields: Record<string, string>) {
  const config = await (await fetch(new URL("/config.json", siteUrl))).json();
  const { url, clientId } = (config as Config).signIn;
  const body = new URLSearchParams({ client_id: clientId, ...fields });
  return fetch(`${url}/oauth2/${endpoint}`, { method: "POST", body });
}

const it = inBrowser();

describe.concurrent("signing in", () => {
  it("a sign-in that was broken off leads back to where it can be begun again", async ({ people }) => {
    const ann = await people.person();
    ann.troubles.expect(/console warning: Sign-in was not finished/);
    await ann.goTo("/?error=access_denied&state=unknown");
    await ann.page.getByRole("alert").getByText("Signing in was not finished.").waitFor();
    expect(ann.page.url()).toBe(new URL("/", ann.siteUrl).href);
    await ann.button("Sign in").click();
    await ann.passSignInPage();
    await ann.text("No photographs yet").waitFor();
  });

  it("whoever is new signs up, and is back where they were", async ({ people }) => {
    const ann = await people.person();
    await ann.goTo("/?status=failed");
    await ann.button("Sign up").click();
    await ann.signInPage.waitFor();
    expect(new URL(ann.page.url()).pathname).toBe("/signup");
    await ann.passSignInPage();
    await ann.text("Nothing has failed").waitFor();
    expect(ann.page.url()).toBe(new URL("/?status=failed", ann.siteUrl).href);
  });

  it("whoever cannot sign up is told so, and is not sent there", async ({ people }) => {
    const ann = await people.person();
    const offered = async (signUp: unknown) => {
      await ann.page.unrouteAll({ behavior: "wait" });
      await ann.page.route("**/config.json", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...(await answer.json()), signUp } });
      });
      await ann.goTo("/");
      await ann.button("Sign in").waitFor();
      return ann.page.getByRole("main").getByRole("button").allTextContents();
    };
    expect(await offered("invited")).toEqual(["Sign in"]);
    await ann.text("Accounts are by invitation.").waitFor();
    expect(await offered({ domains: ["example.org", "example.com"] })).toEqual(["Sign up", "Sign in"]);
    await ann.text("an e-mail address of example.org or example.com can sign up").waitFor();
  });

  it("the first page shows what becomes of photographs, and nothing of it moves while it is loaded", async ({
    people,
  }) => {
    const ann = await people.person({ device: DEVICES.phone });
    await ann.page.addInitScript(`globalThis.shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: "layout-shift", buffered: true });`);
    await ann.goTo("/");
    await ann.heading("Photographs, ready for the web").waitFor();
    const pictures = ann.page.getByRole("main").getByRole("img");
    for (const picture of await pictures.all()) await picture.scrollIntoViewIfNeeded();
    const seen = () =>
      ann.page.evaluate("[...document.querySelectorAll('main img')].map((img) => img.naturalWidth > 0)");
    await expect.poll(seen).toEqual(Array(6).fill(true));
    expect(await ann.page.evaluate("shifts")).toEqual([]);
    const wipe = ann.page.getByRole("slider", { name: "How much of the original is seen" });
    await wipe.press("End");
    expect(await wipe.getAttribute("aria-valuetext")).toBe("100 %");
  });

  it("a link to a photograph leads there, once one has signed in", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"), { name: "Lift-off" });
    await ann.signIn(`/images/${imageId}`);
    await ann.heading("Lift-off").waitFor();
    expect(ann.page.url()).toBe(new URL(`/images/${imageId}`, ann.siteUrl).href);
    expect(await ann.page.title()).toBe("Lift-off · Image pipeline");
  });

  it("whoever opens the page as localhost is led to the address that signing in leads back to", async ({
    people,
  }) => {
    const ann = await people.person();
    await ann.signIn(`http://localhost:${new URL(ann.siteUrl).port}/?status=processed`);
    await ann.heading("Gallery").waitFor();
    expect(ann.page.url()).toBe(new URL("/?status=processed", ann.siteUrl).href);
  });

  it("another person's photograph is not there", async ({ app, people }) => {
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"));
    const bob = await people.person();
    bob.troubles.expect(/refused: GET .*\/api\/images\/\w+ 404/);
    await bob.signIn(`/images/${imageId}`);
    await bob.heading("There is no such page").waitFor();
  });

  it("whoever signs out is out: in the history, in storage, and with every token that could be renewed", async ({
    people,
  }) => {
    const ann = await people.signedIn();
    await ann.filter("Processed").click();
    const refreshToken = await refreshTokenOf(ann);
    await ann.openAccount();
    await ann.button("Sign out").click();
    await ann.heading("Photographs, ready for the web").waitFor();
    expect(await ann.page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);
    await ann.page.goBack();
    await ann.heading("Photographs, ready for the web").waitFor();
    const renewal = { grant_type: "refresh_token", refresh_token: refreshToken };
    expect(await (await askSignIn(ann, "token", renewal)).json()).toMatchObject({ error: "invalid_grant" });
    await ann.button("Sign in").click();
    await ann.signInPage.waitFor();
  });

  it("whoever signs out in one tab is out in all of them", async ({ people }) => {
    const ann = await people.signedIn();
    const second = await ann.inNewTab();
    await second.goTo("/");
    await second.text("No photographs yet").waitFor();
    await ann.openAccount();
    await ann.button("Sign out").click();
    await ann.heading("Photographs, ready for the web").waitFor();
    await second.heading("Photographs, ready for the web").waitFor();
    expect(await second.page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);
  });

  it("a photograph that is opened in a new tab is shown there, to whom is signed in", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await app.given(ann, file("rocket.jpg"), { name: "Lift-off" });
    await ann.signIn();
    const opened = ann.context.waitForEvent("page");
    await ann.tile("Lift-off").click({ modifiers: ["ControlOrMeta"] });
    const tab = await opened;
    await tab.getByRole("heading", { name: "Lift-off" }).waitFor();
    // It goes on by itself when the first is closed.
    await ann.page.close();
    await tab.getByRole("link", { name: "All photographs" }).click();
    await tab.getByText("That is the only one").waitFor();
  });

  it("a token that has expired is renewed, unnoticed", async ({ people }) => {
    const ann = await people.signedIn();
    const renewed = ann.page.waitForResponse(/\/oauth2\/token$/);
    await ann.page.clock.setSystemTime(Date.now() + HOUR_AND_A_BIT_MS);
    await ann.filter("Rejected").click();
    await ann.text("No file was rejected").waitFor();
    expect((await renewed).status()).toBe(200);
  });

  it("a session that is over says so, names what was not sent, and goes on where it was", async ({
    people,
  }) => {
    const ann = await people.signedIn();
    ann.troubles.expect(/refused: POST .*\/oauth2\/token 400/);
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.text("2 photographs to send").waitFor();
    await askSignIn(ann, "revoke", { token: await refreshTokenOf(ann) });
    await ann.page.clock.setSystemTime(Date.now() + HOUR_AND_A_BIT_MS);
    await ann.filter("Rejected").click();
    await ann.focused(ann.heading("Your session has ended")).waitFor();
    expect(await ann.page.getByRole("main").getByRole("listitem").allTextContents()).toEqual([
      "rocket.jpg",
      "coffee.png",
    ]);
    await ann.page.clock.setSystemTime(Date.now());
    await ann.button("Sign in again").click();
    await ann.passSignInPage();
    await ann.text("No file was rejected").waitFor();
    expect(ann.page.url()).toBe(new URL("/?status=rejected", ann.siteUrl).href);
  });

  it("a second tab shows what the first has sent", async ({ people }) => {
    const ann = await people.signedIn();
    const second = await ann.inNewTab();
    await second.goTo("/");
    await second.text("No photographs yet").waitFor();
    await ann.page.bringToFront();
    await ann.sendOne("coffee.png");
    await ann.seeEnd("coffee");
    await second.comeBackTo();
    await second.tile("coffee").waitFor();
  });
});
