// One tap tells us that a service does not work for somebody: the answer appears beside it, and the page stays where it
// is. Without this module the same form leads to a page of its own.

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (form.id !== "tell" || !button) return;
  event.preventDefault();
  tell(form, button);
});

async function tell(form, button) {
  // Before the button is disabled: a form leaves out what is.
  const body = new URLSearchParams(new FormData(form, button));
  const line = document.createElement("span");
  line.className = "told";
  line.setAttribute("role", "status");
  button.after(line);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST", body, headers: { accept: "application/json" }, credentials: "omit", signal: AbortSignal.timeout(10_000),
    });
    const { words } = await answer.json();
    if (!words) throw new Error("no answer");
    line.append(...words.map(sentence));
  } catch {
    line.textContent = form.dataset.away;
    setTimeout(() => { button.disabled = false; }, 10_000);
  }
}

function sentence({ text, href }) {
  const node = document.createElement(href ? "a" : "span");
  node.textContent = text;
  if (href) node.href = href;
  return node;
}
