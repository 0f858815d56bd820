import { afterEach, describe, expect } from "vitest";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file } from "../fixtures/person.ts";
import type { WebApp } from "../fixtures/web-app.ts";

const it = inBrowser();
afterEach<{ app: WebApp }>(({ app }) => app?.engine.faults.clear());

describe.concurrent("what the page is sent", () => {
  it("may do nothing but what the page does, wherever it comes from", async ({ app }) => {
    const { siteUrl, signInUrl, endpoint } = app.engine;
    for (const [path, status] of [
      ["/", 200],
      ["/images/deep/link", 200],
      ["/config.json", 200],
      ["/assets/nothing.js", 404],
      ["/api/images", 401],
      ["/api/openapi.json", 200],
    ] as const) {
      const answer = await fetch(`${siteUrl}${path}`);
      expect([path, answer.status]).toEqual([path, status]);
      const headers = Object.fromEntries(answer.headers);
      expect(headers).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": expect.stringContaining("camera=()"),
        "referrer-policy": "no-referrer",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
      const policy = headers["content-security-policy"]?.split("; ");
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          `img-src 'self' data: blob: ${endpoint}`,
          `connect-src 'self' ${endpoint} ${signInUrl}`,
          `frame-src ${endpoint}`,
          "frame-ancestors 'none'",
        ]),
      );
    }
  });

  it("is kept from scripts, styles, pictures and addresses that are not the page's own", async ({
    people,
  }) => {
    const ann = await people.person();
    ann.troubles.expect(
      /policy: script-src-elem does not allow inline/,
      /policy: style-src-attr does not allow inline/,
      /policy: img-src does not allow http:\/\/elsewhere.example/,
      /policy: connect-src does not allow http:\/\/elsewhere.example/,
      /console error: .* violates the following Content Security Policy directive/,
      /not answered: GET http:\/\/elsewhere.example\/.* csp/,
      /console error: .*Fetch API cannot load http:\/\/elsewhere.example/,
    );
    await ann.goTo("/");
    await ann.heading("Photographs, ready for the web").waitFor();
    await ann.page.evaluate(`
      document.body.insertAdjacentHTML("beforeend", "<img src='http://elsewhere.example/x.png' style='color: red'>");
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
      fetch("http://elsewhere.example/").catch(() => undefined);
    `);
    expect(await ann.page.title()).toBe("Image pipeline");
  });
});

describe.concurrent("a page that is cut off", () => {
  it("says that it is offline, and goes on by itself when it is back", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.tile("Espresso").waitFor();
    await ann.choose(file("rocket.jpg"));
    ann.troubles.expect(/not answered: PUT .*ERR_INTERNET_DISCONNECTED/);
    await ann.page.route(
      ({ pathname }) => pathname.includes("/users/"),
      async (route) => {
        await ann.context.setOffline(true);
        await route.abort("internetdisconnected");
      },
      { times: 1 },
    );
    await ann.send(1);
    await ann.page.getByRole("status").getByText("You are offline.").waitFor();
    await ann.tile("Espresso").waitFor();
    await ann.context.setOffline(false);
    await ann.seeEnd("rocket");
    await ann.tile("rocket").waitFor();
    expect(await ann.text("You are offline.").count()).toBe(0);
  });

  it("shows a photograph as far as the gallery knows it, and the rest when it is back", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.tile("Espresso").waitFor();
    await ann.context.setOffline(true);
    ann.troubles.expect(/not answered: GET .*\/(large.webp|favicon.svg) net::ERR_INTERNET_DISCONNECTED/);
    await ann.open("Espresso");
    await ann.context.setOffline(false);
    await ann.button("Copy link to large, JPEG").waitFor();
    await ann.seePicture("Espresso");
  });
});

describe.concurrent("files that are chosen while offline", () => {
  it("are kept, wait until the page is online, and are then sent", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.context.setOffline(true);
    await ann.page.getByRole("status").getByText("You are offline.").waitFor();
    await ann.heading("Drop photographs here").hover();
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.heading("2 photographs to send").waitFor();
    await ann.send(2);
    await ann.heading("2 photographs wait until you are online").waitFor();
    await ann.context.setOffline(false);
    await ann.seeEnd("rocket");
    await ann.seeEnd("coffee");
  });
});

describe("a server in trouble", () => {
  it("that does not answer a list is asked again when the person wants it", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    app.engine.faults.add({
      target: { service: "dynamodb", operation: "Query" },
      kind: "error500",
      times: 99,
    });
    ann.troubles.expect(/refused: GET .*\/api\/images 500/);
    ann.troubles.allow(/refused: GET .*\/api\/images\/changes 500/);
    await ann.signIn();
    const notice = ann.page.getByRole("alert");
    await notice.getByText("Your photographs cannot be shown").waitFor();
    app.engine.faults.clear();
    await notice.getByRole("button", { name: "Try again" }).click();
    await ann.tile("Espresso").waitFor();
  });

  it("that does not delete says so, and keeps the photograph in sight", async ({ app, people }) => {
    const ann = await people.person();
    await app.given(ann, file("coffee.png"), { name: "Espresso" });
    await ann.signIn();
    await ann.open("Espresso");
    app.engine.faults.add({
      target: { service: "lambda", function: "api-manage" },
      kind: "service-exception",
      times: 99,
    });
    ann.troubles.expect(/refused: PATCH .*\/api\/images\/\w+ 50/);
    await ann.button("Delete").click();
    await ann.page.getByRole("status").getByText("Something went wrong on our side").waitFor();
    await ann.heading("Espresso").waitFor();
    app.engine.faults.clear();
    await ann.button("Delete").click();
    await ann.text("“Espresso” is deleted.").waitFor();
  });

  it("whose settings are missing is told from one's own fault", async ({ people }) => {
    const ann = await people.person();
    ann.troubles.expect(/console error: ConfigError/, /refused: GET .*\/config.json 404/);
    await ann.page.route("**/config.json", (route) => route.fulfill({ status: 404 }));
    await ann.goTo("/");
    await ann.heading("This page is not set up").waitFor();
    await ann.text("If you do not run this site, it is not your fault.").waitFor();
    await ann.page.unroute("**/config.json");
    await ann.button("Try again").click();
    await ann.heading("Photographs, ready for the web").waitFor();
  });
});
