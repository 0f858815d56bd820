/** After a deployment, the parts that a page has not loaded yet are gone: the page is loaded anew, once. */

const reloadedAt = "reloaded-at";
const ONCE_IN_MS = 60_000;

export function reloadAfterDeploy(): void {
  addEventListener("vite:preloadError", (event) => {
    const before = Number(sessionStorage.getItem(reloadedAt) ?? 0);
    if (!navigator.onLine || Date.now() - before < ONCE_IN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(reloadedAt, String(Date.now()));
    location.reload();
  });
}
