// Keeps what is marked `data-live` fresh, without touching the buttons that somebody may be about to press.
const EVERY_MS = 2000;

async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (newer && newer.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(newer);
  }
}

async function keepFresh() {
  // While the server is away there is nothing newer to show; it is asked again later.
  if (!document.hidden && document.querySelector("[data-live]")) await refresh().catch(() => undefined);
  setTimeout(keepFresh, EVERY_MS);
}

setTimeout(keepFresh, EVERY_MS);
