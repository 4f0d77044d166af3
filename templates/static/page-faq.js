// Leaves of the answers only those that hold every word typed. Without this module all of them are there, in order.

const form = document.getElementById("search");
const found = document.getElementById("found");
// "Être", "etre" and "ETRE" are one word to whoever searches.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

if (form) {
  const answers = [...document.querySelectorAll("article")].map((node) => [node, plain(node.textContent)]);
  const asked = new Map([...document.querySelectorAll("[data-of]")].map((node) => [node.dataset.of, node]));
  const parts = document.querySelectorAll("[data-part]");

  const sift = () => {
    const words = plain(form.elements.words.value).split(/\s+/);
    let left = 0;
    for (const [node, text] of answers) {
      const fits = words.every((word) => text.includes(word));
      left += fits;
      node.hidden = asked.get(node.id).hidden = !fits;
    }
    for (const part of parts) part.hidden = !part.querySelector(":is(li, article):not([hidden])");
    found.textContent = left ? "" : found.dataset.none;
  };
  form.hidden = false;
  form.addEventListener("input", sift);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to an answer shows it, whatever was searched for before.
  addEventListener("hashchange", () => { form.reset(); sift(); document.querySelector(":target")?.scrollIntoView(); });
}
