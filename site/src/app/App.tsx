import { useEffect } from "preact/hooks";
import { LocationProvider, Route, Router } from "preact-iso/router";
import { GalleryPage } from "../gallery/GalleryPage.tsx";
import { ImagePage } from "../image/ImagePage.tsx";
import { usePolling } from "../parts/queries.ts";
import { useServices } from "../services.ts";
import { NotFound } from "../ui/notices.tsx";
import { OfflineBanner } from "../ui/online.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { DropAnywhere } from "./DropAnywhere.tsx";
import { Header } from "./Header.tsx";
import { Landing, SessionEnded } from "./Landing.tsx";
import "./app.css";

export function App() {
  const state = useServices().session.state.value;
  return (
    <LocationProvider>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <OfflineBanner />
      {state.status === "signedIn" && <SignedIn />}
      {state.status === "signedOut" && <Landing problem={state.problem} />}
      {state.status === "ended" && <SessionEnded />}
      <Toasts />
    </LocationProvider>
  );
}

function SignedIn() {
  const { uploads } = useServices();
  usePolling();
  useEffect(() => {
    uploads.clearCutOff();
  }, [uploads]);
  return (
    <>
      <main id="main" tabIndex={-1}>
        <Router>
          <Route path="/" component={GalleryPage} />
          <Route path="/images/:imageId" component={ImagePage} />
          <Route default component={NotFound} />
        </Router>
      </main>
      <DropAnywhere />
    </>
  );
}
