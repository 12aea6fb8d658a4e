// <tollgate-usage> and <tollgate-plans>: what a customer has used and can buy, for any page.
//
//   <script type="module" src="https://tollgate.example/widgets/tollgate.js"></script>
//   <tollgate-usage token="tgv_…"></tollgate-usage>
//   <tollgate-plans token="tgv_…"></tollgate-plans>
//
// Attributes: token (from POST /v1/customers/{customer}/widget-tokens), server (where this script
// comes from, unless given), language (the page's, unless given), every (seconds between looks;
// 0 for never; 10 unless given).
// Property: fetchToken, an async function that answers the next token when this one is over.
// Events: "upgrade" (detail: {plan, price}) when a plan is chosen; "tollgate-error" (detail:
// {status}) when nothing can be read.
// Looks: every part can be reached by ::part(…), and the colours by --tollgate-accent,
// --tollgate-track, --tollgate-ink, --tollgate-soft, --tollgate-line, --tollgate-warn,
// --tollgate-bad and --tollgate-radius.

const HOME = new URL(import.meta.url).origin;

const STYLE = `
:host { display: block; font: inherit; color: var(--tollgate-ink, inherit); }
:host([hidden]) { display: none; }
.meter { margin: 0 0 1rem; }
.line { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; margin: 0; }
.name { font-weight: 600; }
.left { margin: 0; font-size: .9em; color: var(--tollgate-soft, inherit); }
.bar { height: .6em; margin: .25em 0; border-radius: 99px; overflow: hidden; background: var(--tollgate-track, #d9dee6); }
.bar svg { display: block; }
.used { fill: var(--tollgate-accent, #2450c8); }
.low .used { fill: var(--tollgate-warn, #9a5c00); }
.out .used { fill: var(--tollgate-bad, #a01622); }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
.card { display: flex; flex-direction: column; gap: .35rem; padding: 1rem; border: 1px solid var(--tollgate-line, #c9ced8); border-radius: var(--tollgate-radius, 10px); }
.card p, .card ul { margin: 0; }
.card ul { padding-left: 1.1rem; }
.detail { display: block; font-size: .9em; color: var(--tollgate-soft, inherit); }
button { margin-top: auto; align-self: flex-start; min-height: 2.75rem; padding: .5rem 1rem; border: 0; border-radius: var(--tollgate-radius, 8px); background: var(--tollgate-accent, #2450c8); color: var(--tollgate-on-accent, #fff); font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
label { display: flex; gap: .4rem; align-items: baseline; }
.badge { font-size: .85em; font-weight: 600; }
`;

/** An element with attributes and children; texts are texts, never markup. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

class TollgateElement extends HTMLElement {
  static observedAttributes = ["token", "server", "language", "every"];

  #timer = 0;
  #shown = "";
  #round = 0;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.shadowRoot.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.#look();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#look();
  }

  /** Reads anew now. */
  refresh() {
    return this.#look();
  }

  async #look(isSecond = false) {
    clearTimeout(this.#timer);
    const round = ++this.#round;
    const token = this.getAttribute("token");
    if (!token) return;
    const address = new URL("/widgets/data", this.getAttribute("server") ?? HOME);
    const language = this.getAttribute("language") ?? document.documentElement.lang;
    if (language) address.searchParams.set("language", language);
    let status = 0;
    try {
      const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` }, credentials: "omit" });
      status = answer.status;
      if (round !== this.#round) return;
      if (answer.ok) {
        const text = await answer.text();
        if (round === this.#round && text !== this.#shown) {
          this.#shown = text;
          this.shadowRoot.replaceChildren(this.draw(JSON.parse(text)));
        }
      } else if (status === 401 && !isSecond && typeof this.fetchToken === "function") {
        this.setAttribute("token", await this.fetchToken());
        return;
      }
    } catch {
      // The line is down; the next look finds it up again.
    }
    if (round !== this.#round) return;
    if (status !== 200) {
      this.dispatchEvent(new CustomEvent("tollgate-error", { bubbles: true, composed: true, detail: { status } }));
    }
    const every = Number(this.getAttribute("every") ?? 10);
    if (every > 0) this.#timer = setTimeout(() => this.#look(), Math.max(every, 1) * 1000);
  }
}

class TollgateUsage extends TollgateElement {
  draw({ meters, texts }) {
    if (meters.length === 0) return make("p", { part: "empty" }, texts.nothing);
    const drawn = meters.map((meter) => {
      const state = meter.is_out ? " out" : meter.is_low ? " low" : "";
      const figures = [meter.figures, meter.resets].filter(Boolean).join(" · ");
      return make(
        "div",
        { class: `meter${state}`, part: "meter" },
        make("p", { class: "line", part: "line" }, make("span", { class: "name", part: "name" }, meter.name), make("span", { part: "figures" }, figures)),
        meter.bar ? this.bar(meter) : null,
        make("p", { class: "left", part: "left" }, [meter.left, meter.held].filter(Boolean).join(" · ")),
      );
    });
    return make("div", { part: "usage", role: "group", "aria-label": texts.usage }, ...drawn);
  }

  bar({ name, spoken, bar }) {
    const outer = make("div", {
      class: "bar",
      part: "bar",
      role: "meter",
      "aria-label": name,
      "aria-valuemin": 0,
      "aria-valuemax": bar.limit,
      "aria-valuenow": bar.shown,
      "aria-valuetext": spoken,
    });
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("aria-hidden", "true");
    picture.setAttribute("width", "100%");
    picture.setAttribute("height", "100%");
    const used = document.createElementNS(space, "rect");
    used.setAttribute("class", "used");
    used.setAttribute("width", bar.used_width);
    used.setAttribute("height", "100%");
    picture.append(used);
    outer.append(picture);
    return outer;
  }
}

class TollgatePlans extends TollgateElement {
  draw({ plans, texts }) {
    const cards = plans.map((plan) => {
      const name = `price-${plan.id}`;
      const prices = plan.prices.map((price) => {
        const words = [price.text, price.detail ? make("span", { class: "detail", part: "detail" }, price.detail) : null];
        if (plan.prices.length < 2) return make("p", { part: "price" }, ...words.filter(Boolean));
        const choice = make("input", { type: "radio", name, value: price.id });
        choice.checked = price.is_checked;
        return make("label", { part: "price" }, choice, make("span", {}, ...words.filter(Boolean)));
      });
      const card = make(
        "section",
        { class: "card", part: plan.is_current ? "card current" : "card", "aria-label": plan.name },
        make("p", { class: "name", part: "plan" }, plan.name),
        plan.is_current ? make("span", { class: "badge", part: "badge" }, texts.your_plan) : null,
        plan.description ? make("p", { part: "description" }, plan.description) : null,
        plan.is_free ? make("p", { part: "price" }, texts.free) : null,
        ...prices,
        make("ul", { part: "gives" }, ...plan.gives.map((line) => make("li", {}, line))),
        plan.trial ? make("p", { part: "trial" }, plan.trial) : null,
      );
      if (!plan.is_current || plan.prices.length > 1) {
        const button = make("button", { type: "button", part: "button" }, texts.choose);
        button.addEventListener("click", () => {
          const chosen = card.querySelector("input:checked")?.value ?? plan.prices[0]?.id ?? null;
          const detail = { plan: plan.id, price: chosen };
          this.dispatchEvent(new CustomEvent("upgrade", { bubbles: true, composed: true, detail }));
        });
        card.append(button);
      }
      return card;
    });
    return make("div", { class: "cards", part: "plans", role: "group", "aria-label": texts.plans }, ...cards);
  }
}

if (!customElements.get("tollgate-usage")) customElements.define("tollgate-usage", TollgateUsage);
if (!customElements.get("tollgate-plans")) customElements.define("tollgate-plans", TollgatePlans);
