// Our status on any page. It asks this script's own host, sends nothing about the reader, keeps nothing, and touches
// nothing outside its shadow root. Everything it shows is set as text.
(() => {
  const script = document.currentScript;
  // By language of the status page, what to say while nothing can be loaded; set when this file is published.
  const WORDS = { en: "The status cannot be loaded right now." };
  const EVERY_MS = 60_000;
  const UNKNOWN = ["M12 2a10 10 0 1 0 .01 0z", "M9.2 9.4a2.8 2.8 0 1 1 4.2 2.5c-.9.5-1.4 1.1-1.4 2M12 17.2v.1"];
  const wanted = (script.dataset.lang || document.documentElement.lang).toLowerCase();
  const spoken = Object.keys(WORDS);
  const language = [wanted, wanted.split("-")[0]].map((tag) => spoken.find((each) => each.toLowerCase() === tag))
    .find(Boolean) ?? spoken[0];
  const address = new URL(`embed/${language}.json`, script.src);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; }
    :host([hidden]) { display: none; }
    div { all: initial; color-scheme: inherit; box-sizing: border-box; display: grid; grid-template-columns: auto 1fr;
      gap: .15em .7em; padding: .8em 1em; overflow-wrap: anywhere;
      font: var(--forewarn-font, 15px/1.45 system-ui, sans-serif);
      color: var(--forewarn-ink, light-dark(#14201a, #e8ece9));
      background: var(--forewarn-card, light-dark(#fff, #171c23));
      border: 1px solid var(--forewarn-line, light-dark(#dfe3dd, #2a323c));
      border-radius: var(--forewarn-radius, 12px); }
    svg { inline-size: 1.4em; block-size: 1.4em; color: var(--tone, light-dark(#737d77, #87929b)); }
    b { font-weight: 650; }
    span:empty { display: none; }
    p { grid-column: 2; margin: 0; font-size: .9em; display: flex; flex-wrap: wrap; gap: 0 1em; }
    a { color: var(--forewarn-link, light-dark(#1d5f8a, #8cc4ee)); display: inline-block; min-block-size: 24px; }
    a:focus-visible { outline: 3px solid; outline-offset: 2px; }
    svg path + path { stroke: var(--forewarn-card, light-dark(#fff, #171c23)); }`);

  const host = document.createElement("forewarn-status");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const make = (name, parent) => parent.appendChild(document.createElement(name));
  const box = make("div", root);
  const glyph = box.appendChild(draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }));
  const paths = [
    { fill: "currentColor" },
    { fill: "none", "stroke-width": "2.5", "stroke-linecap": "round" },
  ].map((looks) => glyph.appendChild(draw("path", looks)));
  const sentence = make("b", box);
  const line = make("p", box);
  const [word, age] = [make("span", line), make("span", line)];
  const link = make("a", line);
  box.setAttribute("role", "status");
  box.lang = language;
  // Light or dark as the page around it is, unless it says otherwise.
  box.style.colorScheme = { light: "light", dark: "dark", auto: "light dark" }[script.dataset.theme] ?? "";

  function draw(name, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const each in attributes) node.setAttribute(each, attributes[each]);
    return node;
  }

  // A live region is read out whenever it is written to, so only what differs is.
  const say = (node, text) => node.textContent === text || (node.textContent = text);

  let said;
  function show() {
    const seconds = said ? (Date.now() - new Date(said.generated_at)) / 1000 : 0;
    const isOld = !said || seconds > said.stale_after_seconds;
    const tone = isOld ? "" : `var(--forewarn-${said.tone}, light-dark(${said.colours}))`;
    box.style.setProperty("--tone", tone);
    (isOld ? UNKNOWN : said.glyph).forEach((d, index) => paths[index].setAttribute("d", d));
    say(sentence, said?.sentence ?? WORDS[language]);
    say(word, isOld ? "" : said.word);
    say(age, said && isOld ? said.old.replace("{}", ago(seconds)) : "");
    say(link, said?.link ?? address.host);
    link.href = said?.url ?? address.origin;
    box.dir = said?.dir ?? "auto";
  }

  function ago(seconds) {
    const [size, unit] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]].find(([size]) => seconds > 1.5 * size)
      ?? [60, "minute"];
    return new Intl.RelativeTimeFormat(language).format(-Math.round(seconds / size), unit);
  }

  let timer;
  async function look() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const answer = await fetch(address, {
        cache: "no-cache", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) said = await answer.json();
    } catch {
      // What was known stays, grows old and says so.
    }
    show();
    clearTimeout(timer);
    timer = setTimeout(look, EVERY_MS * (1 + Math.random() / 4));
  }

  (document.querySelector(script.dataset.into || "_") ?? script).after(host);
  document.addEventListener("visibilitychange", look);
  look();
})();
