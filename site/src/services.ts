/** What every component may use: made once, from the settings. */
import type { QueryClient } from "@tanstack/preact-query";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { createApi } from "./api/api.ts";
import { createLinkKeeper } from "./api/links.ts";
import { createSend } from "./api/send.ts";
import type { Config } from "./config.ts";
import { createSession } from "./session/session.ts";
import { createImageStore } from "./store/image-store.ts";
import { sayHowItEnded } from "./store/outcome.ts";
import { countText } from "./ui/text.ts";
import { say } from "./ui/toasts.tsx";
import { createUploads } from "./upload/uploads.ts";

export type Services = ReturnType<typeof createServices>;

export function createServices(config: Config, client: QueryClient) {
  const session = createSession(config);
  const api = createApi(createSend(config.apiUrl, session), createLinkKeeper());
  const userId = () => (session.state.value.status === "signedIn" ? session.state.value.userId : "");
  const remove = (imageId: string) => {
    images.remove(imageId);
    return api.remove(imageId);
  };
  const uploads = createUploads({ ...api, remove }, config, userId, {
    onSent: (image) => images.learn([image]),
    onAllSent: (count) => say(`${countText(count, "photograph")} sent.`, "announcement"),
    onProblem: (sentence) => say(sentence, "problem"),
  });
  const images = createImageStore(api, client, (image) => {
    sayHowItEnded(image);
    // There is something better to be seen now.
    if (image.variants.length > 0) uploads.forgetPreview(image.imageId);
  });
  return { config, session, api, images, uploads };
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error("A component is outside of ServicesProvider.");
  return services;
}
