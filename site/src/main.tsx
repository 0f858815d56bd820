/**
 * The web app, from its settings to what is shown. What is below knows nothing of what is above it:
 *
 *     main.tsx      starts it
 *     app/          what is around the pages, and seen without them: header, signing in, files that are dropped
 *     gallery/      the page of all images: adding, in progress, the list
 *     image/        the page of one image
 *     pipeline/     the page of those who run it: everybody's images on their way, and executions
 *     many/         what is done with many images at once
 *     parts/        what both pages show of an image, and ask of it: picture, status, steps
 *     services.ts   what every component may use
 *     store/        what is known of images      upload/   sending files      session/   who is signed in
 *     ui/           what knows of no image: the look, texts, messages, titles and focus
 *     api/          the REST API      config.ts   what only a deployment knows
 */
import { QueryClient, QueryClientProvider } from "@tanstack/preact-query";
import { render } from "preact";
import { Unreachable } from "./api/problem.ts";
import { App } from "./app/App.tsx";
import { ConfigError, loadConfig } from "./config.ts";
import { createServices, ServicesProvider } from "./services.ts";
import { keepFocus } from "./ui/focus.ts";
import { keepScrollPositions } from "./ui/page.ts";
import "./ui/base.css";
import "./ui/controls.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Refusals that pass are tried again where the API is called.
      retry: (count, error) => error instanceof Unreachable && count < 2,
    },
  },
});

async function start(place: HTMLElement): Promise<void> {
  try {
    const services = createServices(await loadConfig(), client);
    await services.session.open();
    place.replaceChildren();
    render(
      <QueryClientProvider client={client}>
        <ServicesProvider value={services}>
          <App />
        </ServicesProvider>
      </QueryClientProvider>,
      place,
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error);
    const { SettingsError } = await import("./app/SettingsError.tsx");
    place.replaceChildren();
    render(<SettingsError sentence={error.message} />, place);
  }
}

const RELOADED_AT = "reloaded-at";
const ONCE_IN_MS = 60_000;

/** After a deployment, the parts that a page has not loaded yet are gone: the page is loaded anew, once. */
function reloadAfterDeploy(): void {
  addEventListener("vite:preloadError", (event) => {
    const before = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
    if (!navigator.onLine || Date.now() - before < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    location.reload();
  });
}

reloadAfterDeploy();
keepScrollPositions();
keepFocus();
const place = document.getElementById("app");
if (place) start(place);
