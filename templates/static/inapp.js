// Notices for one customer, at the top of the wallet. It asks with the token that the wallet gives it, sets all words as
// text, keeps nothing, and touches nothing outside its shadow root. The stream only hurries it; asking tells.
(() => {
  const script = document.currentScript, set = script.dataset;
  const EVERY_MS = 60_000;
  // Gravest first: shape, and colour on light and on dark.
  const LOOKS = {
    critical: ["none", "#7d2739,#d97a88"],
    major: ["polygon(50% 0,100% 50%,50% 100%,0 50%)", "#9c571b,#f58125"],
    minor: ["polygon(50% 0,100% 95%,0 95%)", "#ab941a,#ffdf3c"],
    maintenance: ["circle()", "#376ca2,#529eeb"],
  };
  const api = new URL(set.api || "inapp/v1/", script.src);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; }
    section { all: initial; color-scheme: inherit; display: grid; gap: 8px; color: var(--forewarn-ink, light-dark(#14201a, #e8ece9));
      font: var(--forewarn-font, 15px/1.45 system-ui, sans-serif); }
    article { display: grid; grid-template-columns: auto 1fr auto; gap: 0 .8em; padding: .7em .9em;
      background: var(--forewarn-card, light-dark(#fff, #171c23)); border-radius: var(--forewarn-radius, 12px);
      border: 1px solid var(--forewarn-line, light-dark(#dfe3dd, #2a323c)); border-inline-start: 6px solid var(--tone); }
    i { inline-size: 1.1em; block-size: 1.1em; margin-block-start: .15em; background: var(--tone); forced-color-adjust: none; }
    div { min-inline-size: 0; overflow-wrap: anywhere; }
    p { margin: 0; font-size: .93em; white-space: pre-line; }
    a { color: var(--forewarn-link, light-dark(#1d5f8a, #8cc4ee)); display: inline-block; min-block-size: 24px; }
    button { all: unset; cursor: pointer; inline-size: 28px; block-size: 28px; text-align: center; }
    :focus-visible { outline: 3px solid; }`);
  const host = document.createElement("forewarn-notices");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const make = (parent, name, looks) => Object.assign(parent.appendChild(document.createElement(name)), looks);
  const strip = make(root, "section", { role: "status" });

  async function ask(path, options) {
    const Authorization = `Bearer ${set.tokenFunction ? await window[set.tokenFunction]() : set.token}`;
    return fetch(new URL(path, api), {
      credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", ...options,
      headers: { Authorization, ...options?.headers },
    });
  }
  const report = (id, deed) => ask(`notices/${id}/${deed}`, { method: "POST", keepalive: true }).catch(() => {});

  const gravity = ({ severity }) => Object.keys(LOOKS).indexOf(severity) >>> 0;
  let notices = [], words, etag = "", last = "", timer, stream;
  // Plates that stand stay as they are, so that nobody hears them twice.
  const plates = new Map();
  function show() {
    notices.sort((one, other) => gravity(one) - gravity(other));
    const top = notices.slice(0, 2).map((notice) => plates.get(notice.id) ?? plateOf(notice));
    plates.forEach((plate, id) => top.includes(plate) || (plate.remove(), plates.delete(id)));
    top.forEach((plate, index) => strip.children[index] === plate || strip.insertBefore(plate, strip.children[index]));
    strip.querySelector("section > a")?.remove();
    if (notices[2]) {
      const textContent = words.more.replace("{}", notices.length - 2);
      make(strip, "a", { textContent, href: new URL("/", notices[2].url), target: "_blank", rel: "noopener" });
    }
  }
  function plateOf(notice) {
    const { id, title, body, url, severity } = notice;
    const plate = document.createElement("article");
    plates.set(id, plate);
    const [clipPath, colours] = LOOKS[severity] ?? LOOKS.maintenance;
    plate.style.setProperty("--tone", `light-dark(${colours})`);
    make(plate, "i").style.clipPath = clipPath;
    const text = make(plate, "div");
    make(text, "b", { textContent: title, dir: "auto" });
    make(text, "p", { textContent: body, dir: "auto" });
    make(text, "a", { textContent: words.details, href: url, target: "_blank", rel: "noopener" });
    if (severity !== "critical") make(plate, "button", {
      textContent: "×", ariaLabel: `${words.dismiss}: ${title}`,
      onclick() {
        report(id, "dismissed");
        notices = notices.filter((each) => each !== notice);
        show();
        strip.querySelector("button, a")?.focus();
      },
    });
    // Seen is what stood before somebody's eyes for a second.
    let wait;
    if (!notice.seen_at) new IntersectionObserver(([{ isIntersecting }], watcher) => {
      clearTimeout(wait);
      if (isIntersecting) wait = setInterval(() => {
        if (document.hidden) return;
        clearTimeout(wait);
        watcher.disconnect();
        report(id, "seen");
      }, 1_000);
    }, { threshold: 0.5 }).observe(plate);
    return plate;
  }

  async function look() {
    clearTimeout(timer);
    timer = setTimeout(look, EVERY_MS * (1 + Math.random() / 4));
    try {
      const answer = await ask(`notices?lang=${set.lang || document.documentElement.lang}`, { headers: { "If-None-Match": etag } });
      if (answer.status !== 200) return;
      etag = answer.headers.get("etag");
      ({ notices, words } = await answer.json());
      Object.assign(strip, words.text);
      show();
    } catch {
      // What stands, stands; the next time tells.
    }
  }

  async function listen() {
    const { signal } = stream = new AbortController();
    let pause = EVERY_MS;
    try {
      const answer = await ask("stream", { signal, headers: last && { "Last-Event-ID": last } });
      const reader = answer.ok && answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = "", part; reader && !(part = await reader.read()).done;) {
        const frames = (rest + part.value).split("\n\n");
        rest = frames.pop();
        for (const frame of frames) {
          const field = (name) => +frame.match(`${name}\\W+(\\d+)`)?.[1];
          last = field("id") || last;
          pause = field("retry") || pause;
          const within = field("within_ms");
          if (!within) continue;
          clearTimeout(timer);
          timer = setTimeout(look, Math.random() * within);
        }
      }
    } catch {
      // Gone, or never there: asking goes on without it.
    }
    setTimeout(() => signal.aborted || listen(), pause);
  }

  function wake() {
    clearTimeout(timer);
    stream?.abort();
    if (document.hidden) return;
    listen();
    look();
  }
  document.querySelector(set.into || "body").prepend(host);
  document.addEventListener("visibilitychange", wake);
  wake();
})();
