/** What every component of a signed-in page may need. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../api/api.ts";
import type { Config } from "../config/config.ts";
import type { ImageStore } from "../gallery/image-store.ts";
import type { Session } from "../session/session.ts";
import type { Uploads } from "../upload/uploads.ts";

export interface Services {
  config: Config;
  session: Session;
  api: Api;
  images: ImageStore;
  uploads: Uploads;
}

const ServicesContext = createContext<Services | undefined>(undefined);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error("A component is outside of ServicesProvider.");
  return services;
}
