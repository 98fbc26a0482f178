import { t } from "/js/words.js";

// Says where the connection stands, and gets it back: the framework's own tries first, then one every 5 s.
const strip = document.getElementById("components-reconnect-modal");
const words = strip.querySelector(".words");
const button = strip.querySelector("button");
const again = 5000;
let timer = 0;

button.addEventListener("click", () => location.reload());
strip.addEventListener("components-reconnect-state-changed", event => {
  switch (event.detail.state) {
    case "show":
    case "retrying": say(t("The connection to the site is lost. Trying again."), false); break;
    case "hide": quiet(); break;
    case "paused": resume(); break;
    case "failed": say(t("The site does not answer. What you write now is not kept on this page. Trying again every 5 seconds."), true); later(); break;
    case "rejected":
    case "resume-failed": location.reload(); break;
  }
});

function say(text, canReload) {
  words.textContent = text;
  button.hidden = !canReload;
  strip.hidden = false;
}

function quiet() {
  clearTimeout(timer);
  strip.hidden = true;
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(reconnect, again);
}

async function reconnect() {
  try {
    if (await Blazor.reconnect() || await Blazor.resumeCircuit()) quiet();
    else location.reload();
  } catch {
    later();
  }
}

async function resume() {
  try {
    if (await Blazor.resumeCircuit()) quiet();
    else location.reload();
  } catch {
    say(t("The site does not answer. Trying again every 5 seconds."), true);
    later();
  }
}
