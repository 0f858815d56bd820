import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { accessibilityProblems } from "../fixtures/accessibility.ts";
import { inBrowser } from "../fixtures/in-browser.ts";
import { file, type Person } from "../fixtures/person.ts";
import { visitAll } from "../fixtures/states/index.ts";
import { DEVICES } from "../fixtures/web-app.ts";

const it = inBrowser();

/** How much of the page is beside the window when that is as narrow as it gets: 1280 pixels, enlarged four times. */
async function pixelsBesideTheWindow(page: Page): Promise<number> {
  const usual = page.viewportSize() ?? DEVICES.desktop.viewport;
  await page.setViewportSize({ width: 320, height: 640 });
  const { scrollWidth, clientWidth } = await page
    .locator("html")
    .evaluate(({ scrollWidth, clientWidth }: { scrollWidth: number; clientWidth: number }) => ({
      scrollWidth,
      clientWidth,
    }));
  await page.setViewportSize(usual);
  return scrollWidth - clientWidth;
}

describe.concurrent("every state of the web app", () => {
  it.for(["desktop", "phone"] as const)(
    "is accessible on a %s, light and dark, and fits into a narrow window",
    async (name, { app, people }) => {
      const ann = await people.person({ device: DEVICES[name] });
      const problems: string[] = [];
      await visitAll(app, ann, async (state) => {
        const found = await accessibilityProblems(ann.page);
        const beside = await pixelsBesideTheWindow(ann.page);
        const moving = await ann.page.evaluate("document.getAnimations().length");
        if (moving !== 0) found.push("something moves, although that is not wanted");
        if (beside > 0) found.push(`${beside} pixels are beside the window`);
        problems.push(...found.map((problem) => `${state}: ${problem}`));
      });
      expect(problems).toEqual([]);
    },
  );
});

describe.concurrent("in colours and scripts of one's own", () => {
  it("every button has an edge", async ({ people }) => {
    const ann = await people.person({ device: { ...DEVICES.desktop, forcedColors: "active" } });
    await ann.signIn();
    const withoutEdge = () =>
      ann.page.evaluate(`[...document.querySelectorAll(".button")]
        .filter((button) => button.checkVisibility())
        .filter((button) => getComputedStyle(button).borderTopStyle !== "solid")
        .map(({ textContent }) => textContent.trim())`);
    await ann.button("Choose photographs").waitFor();
    expect(await withoutEdge()).toEqual([]);
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.button("Send 2 photographs").waitFor();
    expect(await withoutEdge()).toEqual([]);
  });

  it("an upload that failed can be read, and tried again", async ({ people }) => {
    const ann = await people.signedIn();
    ann.troubles.expect(/refused: PUT .*\/users\/.* 403/);
    const isSent = ({ pathname }: URL) => pathname.includes("/users/");
    await ann.page.route(isSent, (route) =>
      route.fulfill({ status: 403, headers: { "access-control-allow-origin": "*" } }),
    );
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.send(2);
    const again = ann.button("Try again");
    await again.nth(1).waitFor();
    expect(await accessibilityProblems(ann.page)).toEqual([]);
    expect(await ann.text("waiting to be picked up").count()).toBe(0);
    await ann.page.unroute(isSent);
    await again.first().click();
    await ann.seeEnd("rocket");
    await again.click();
    await ann.seeEnd("coffee");
  });

  it("a name that turns the direction of text turns its own only", async ({ app, people }) => {
    const name = "cat \u202Egpj.exe";
    const ann = await people.person();
    const imageId = await app.given(ann, file("rocket.jpg"), { name });
    await ann.signIn(`/images/${imageId}`);
    await ann.button("Delete").click();
    await ann.page.getByRole("status").getByText("is deleted.").waitFor();
    expect(await endsOnTheRight(ann, ".toast p")).toBe(true);
  });
});

/** Whether the last character of a sentence is drawn to the right of all others. */
const endsOnTheRight = ({ page }: Person, selector: string) =>
  page.evaluate(`(() => {
    const walker = document.createTreeWalker(document.querySelector("${selector}"), NodeFilter.SHOW_TEXT);
    const edges = [];
    while (walker.nextNode())
      for (let at = 0; at < walker.currentNode.length; at++) {
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + 1);
        edges.push(range.getBoundingClientRect().right);
      }
    return edges.at(-1) >= Math.max(...edges) - 1;
  })()`);

describe.concurrent("with nothing but a keyboard", () => {
  it("one signs in, sends, opens and deletes a photograph, and signs out", async ({ people }) => {
    const ann = await people.person();
    const { keyboard } = ann.page;
    await ann.goTo("/");
    await ann.tabTo(ann.button("Sign in"));
    await keyboard.press("Enter");
    await ann.passSignInPage();

    await ann.tabTo(ann.button("Choose photographs"));
    const chooser = ann.page.waitForEvent("filechooser");
    await keyboard.press("Enter");
    await (await chooser).setFiles([file("rocket.jpg")]);
    await ann.focused(ann.page.getByRole("textbox", { name: "Name" })).waitFor();
    await keyboard.type("Lift-off");
    await keyboard.press("Tab");
    await ann.focused(ann.page.getByRole("textbox", { name: "Caption" })).waitFor();
    await keyboard.type("From pad 39A");
    await keyboard.press("Shift+Tab");
    await ann.focused(ann.page.getByRole("textbox", { name: "Name" })).waitFor();
    await keyboard.press("Enter");
    await ann.focused(ann.button("Choose photographs")).waitFor();
    await ann.seeEnd("Lift-off");

    await ann.tabTo(ann.tile("Lift-off"));
    await keyboard.press("Enter");
    await ann.focused(ann.heading("Lift-off")).waitFor();
    await ann.text("From pad 39A").waitFor();
    await ann.tabTo(ann.button("Delete"));
    await keyboard.press("Enter");
    await ann.isAt(ann.heading("Your photographs"));
    await ann.text("No photographs yet").waitFor();
    await ann.tabTo(ann.button("Undo"));
    await keyboard.press("Enter");
    await ann.tile("Lift-off").waitFor();

    await ann.tabTo(ann.button("Account"));
    await keyboard.press("Enter");
    await ann.tabTo(ann.button("Sign out"));
    await keyboard.press("Enter");
    await ann.heading("Photographs, ready for the web").waitFor();
  });

  it("one is told where one is: the heading has the focus, and the title its name", async ({
    app,
    people,
  }) => {
    const ann = await people.person();
    await app.given(ann, file("rocket.jpg"), { name: "Lift-off" });
    await ann.signIn();
    await ann.tile("Lift-off").focus();
    await ann.page.keyboard.press("Enter");
    await ann.focused(ann.heading("Lift-off")).waitFor();
    expect(await ann.page.title()).toBe("Lift-off · Image pipeline");
    await ann.link("All photographs").focus();
    await ann.page.keyboard.press("Enter");
    await ann.focused(ann.tile("Lift-off")).waitFor();
    expect(await ann.page.title()).toBe("Your photographs · Image pipeline");
    await ann.filter("Failed").focus();
    await ann.page.keyboard.press("Enter");
    await ann.text("Nothing has failed").waitFor();
    await ann.focused(ann.filter("Failed")).waitFor();
    await ann.page.goBack();
    await ann.tile("Lift-off").waitFor();
  });

  it("the first press of Tab leads past what is the same on every page", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.page.reload();
    await ann.button("Choose photographs").waitFor();
    await ann.page.keyboard.press("Tab");
    await ann.focused(ann.link("Skip to the content")).waitFor();
    await ann.page.keyboard.press("Enter");
    await ann.page.keyboard.press("Tab");
    await ann.focused(ann.button("Choose photographs")).waitFor();
  });

  it("files are put away again, and one is back where one chose them", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.choose(file("rocket.jpg"), file("coffee.png"));
    await ann.focused(ann.button("Send 2 photographs")).waitFor();
    await ann.tabTo(ann.button("Remove coffee"));
    await ann.page.keyboard.press("Enter");
    await ann.text("1 photograph to send").waitFor();
    await ann.tabTo(ann.button("Cancel"));
    await ann.page.keyboard.press("Enter");
    await ann.focused(ann.button("Choose photographs")).waitFor();
  });

  it("the account's menu opens, and closes with Escape", async ({ people }) => {
    const ann = await people.signedIn();
    await ann.button("Account").focus();
    await ann.page.keyboard.press("Enter");
    await ann.text(ann.email).waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.text(ann.email).waitFor({ state: "hidden" });
    await ann.focused(ann.button("Account")).waitFor();
  });
});
