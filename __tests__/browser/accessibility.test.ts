import type { Locator, Page } from "playwright-core";
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

/** Presses Tab until it has the focus. */
async function tabTo({ page, focused }: Person, what: Locator): Promise<void> {
  await what.first().waitFor();
  for (let presses = 0; presses < 40; presses++) {
    if ((await focused(what).count()) > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`The Tab key does not lead to ${what}.`);
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

describe.concurrent("with nothing but a keyboard", () => {
  it("one signs in, sends, opens and deletes a photograph, and signs out", async ({ people }) => {
    const ann = await people.person();
    const { keyboard } = ann.page;
    await ann.goTo("/");
    await tabTo(ann, ann.button("Sign in"));
    await keyboard.press("Enter");
    await ann.passSignInPage();

    await tabTo(ann, ann.button("Choose photographs"));
    const chooser = ann.page.waitForEvent("filechooser");
    await keyboard.press("Enter");
    await (await chooser).setFiles([file("rocket.jpg")]);
    await ann.focused(ann.page.getByRole("textbox", { name: "Name" })).waitFor();
    await keyboard.type("Lift-off");
    await keyboard.press("Tab");
    await ann.focused(ann.page.getByRole("textbox", { name: "Caption" })).waitFor();
    await keyboard.type("From pad 39A");
    await tabTo(ann, ann.button("Save"));
    await keyboard.press("Enter");
    await ann.focused(ann.button("Send 1 photograph")).waitFor();
    await keyboard.press("Enter");
    await ann.focused(ann.button("Choose photographs")).waitFor();
    await ann.seeEnd("Lift-off");

    await tabTo(ann, ann.tile("Lift-off"));
    await keyboard.press("Enter");
    await ann.focused(ann.heading("Lift-off")).waitFor();
    await ann.text("From pad 39A").waitFor();
    await tabTo(ann, ann.button("Delete"));
    await keyboard.press("Enter");
    const question = ann.page.getByRole("dialog");
    await ann.focused(question.getByRole("button", { name: "Keep it" })).waitFor();
    await keyboard.press("Escape");
    await ann.focused(ann.button("Delete")).waitFor();
    await keyboard.press("Enter");
    await tabTo(ann, question.getByRole("button", { name: "Delete" }));
    await keyboard.press("Enter");
    await ann.focused(ann.heading("Your photographs")).waitFor();
    await ann.text("No photographs yet").waitFor();

    await tabTo(ann, ann.button("Account"));
    await keyboard.press("Enter");
    await tabTo(ann, ann.button("Sign out"));
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
    await ann.focused(ann.heading("Your photographs")).waitFor();
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
    // The list is drawn anew as each of its pictures arrives.
    await ann.page.locator(".uppy-Dashboard-Item-previewImg").nth(1).waitFor();
    await tabTo(ann, ann.button("Remove coffee"));
    await ann.page.keyboard.press("Enter");
    await ann.text("1 photograph to send").waitFor();
    await tabTo(ann, ann.button("Cancel"));
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
