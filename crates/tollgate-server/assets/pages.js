// What the pages do beyond their forms: everything here is an addition, and they work without it.
"use strict";

// The parts that change by themselves are read anew when the server says that something moved.
const live = document.querySelectorAll("[data-live]");
if (live.length > 0 && "EventSource" in window) {
  let seen = document.querySelector("[data-version]")?.dataset.version;
  let isReading = false;
  let isStale = false;

  async function readAnew() {
    if (isReading) {
      isStale = true;
      return;
    }
    isReading = true;
    try {
      do {
        isStale = false;
        const address = new URL(location.href);
        address.searchParams.set("part", "live");
        const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (document.querySelector("[data-processing]") && !page.querySelector("[data-processing]")) {
          // The payment has come: the rest of the page has news, too.
          const whole = new URL(location.href);
          for (const name of ["checkout", "turn"]) whole.searchParams.delete(name);
          location.replace(whole);
          return;
        }
        for (const part of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(part.id);
          // Nobody loses the button that they are about to press.
          if (fresh && !part.contains(document.activeElement) && part.innerHTML !== fresh.innerHTML) {
            part.replaceChildren(...fresh.childNodes);
          }
        }
      } while (isStale);
    } catch {
      // The line is down; the next event finds it up again.
    } finally {
      isReading = false;
    }
  }

  // What Stripe says of a payment may come without a change of the account.
  let turns = 0;
  const asking = setInterval(() => {
    if (turns++ < 60 && document.querySelector("[data-processing]")) readAnew();
    else clearInterval(asking);
  }, 2000);

  const address = new URL("/billing/live", location.href);
  const organization = new URL(location.href).searchParams.get("for");
  if (organization) address.searchParams.set("for", organization);
  const line = new EventSource(address);
  line.addEventListener("account", (event) => {
    if (seen !== event.data) {
      seen = event.data;
      readAnew();
    }
  });
}

// The sum that a purchase will come to.
for (const form of document.querySelectorAll("form[data-unit-minor]")) {
  const { unitMinor, currency, decimals } = form.dataset;
  const quantity = form.elements.namedItem("quantity");
  const output = form.querySelector("output");
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const show = () => {
    const isValid = quantity.checkValidity();
    const sum = (Number(unitMinor) * Number(quantity.value)) / 10 ** Number(decimals);
    output.textContent = isValid ? money.format(sum) : "";
  };
  quantity.addEventListener("input", show);
  show();
}

// A form is sent once, however often its button is pressed; coming back to the page frees it. It
// may have come to the page later.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

for (const form of document.querySelectorAll("form[data-submit-at-once]")) form.requestSubmit();
