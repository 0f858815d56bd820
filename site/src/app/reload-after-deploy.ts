/** After a deployment, the parts that a page has not loaded yet are gone: the page is loaded anew, once. */

const RELOADED_AT = "reloaded-at";
const ONCE_IN_MS = 60_000;

export function reloadAfterDeploy(): void {
  addEventListener("vite:preloadError", (event) => {
    const before = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
    if (!navigator.onLine || Date.now() - before < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
    location.reload();
  });
}
