import { QueryClient, QueryClientProvider } from "@tanstack/preact-query";
import { render } from "preact";
import { createApi } from "./api/api.ts";
import { createLinkKeeper } from "./api/links.ts";
import { Unreachable } from "./api/problem.ts";
import { createSend } from "./api/send.ts";
import { App } from "./app/App.tsx";
import { type Services, ServicesProvider } from "./app/context.ts";
import { reloadAfterDeploy } from "./app/reload-after-deploy.ts";
import { SettingsError } from "./app/SettingsError.tsx";
import { keepScrollPositions } from "./app/use-page.ts";
import { type Config, ConfigError, loadConfig } from "./config/config.ts";
import { createImageStore } from "./gallery/image-store.ts";
import { sayHowItEnded } from "./progress/outcome.ts";
import { createSession } from "./session/session.ts";
import { countText } from "./ui/text.ts";
import { say } from "./ui/toasts.ts";
import { createUploads } from "./upload/uploads.ts";
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

function createServices(config: Config): Services {
  const session = createSession(config);
  const api = createApi(createSend(config.apiUrl, session), createLinkKeeper());
  const images = createImageStore(api, client, sayHowItEnded);
  const uploads = createUploads(api, config.maxBytes, {
    onSent: (image) => images.learn([image]),
    onAllSent: (count) =>
      say(
        `${countText(count, "photograph")} sent. What happens to them is under “In progress”.`,
        "announcement",
      ),
    onProblem: (sentence) => say(sentence, "problem"),
  });
  return { config, session, api, images, uploads };
}

async function start(place: HTMLElement): Promise<void> {
  try {
    const services = createServices(await loadConfig());
    await services.session.open();
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
    render(<SettingsError sentence={error.message} />, place);
  }
}

reloadAfterDeploy();
keepScrollPositions();
const place = document.getElementById("app");
if (place) start(place);
