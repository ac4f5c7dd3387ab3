/* The page of settings. */

import { LANGUAGES, addressOf, ask, kinds, load, managed, originOf, serverOf } from "./settings.js";
import { translate } from "./translate.js";

const NAMES = { en: "English", hr: "hrvatski", sr: "srpski", "sr-Cyrl": "српски", nl: "Nederlands", ru: "русский" };
const WAIT = 3000; // milliseconds

const $ = (id) => document.getElementById(id);
const form = $("settings"), adding = $("site");
const known = await kinds();
let t = await translate();

function say(place, key, bad = false, values = {}) {
  place.textContent = key ? t(key, values) : "";
  place.classList.toggle("bad", bad);
}

async function show() {
  const [settings, forced] = await Promise.all([load(), managed()]);
  for (const name of ["server", "token", "team", "agent", "fail", "language"]) form.elements[name].value = settings[name];
  form.elements.live.checked = settings.live;
  for (const name of Object.keys(forced)) {
    const field = form.elements[name];
    if (field) [field.disabled, field.title] = [true, t("managed")];
  }
  for (const field of adding.elements) field.disabled = "sites" in forced;
  showSites(settings.sites, "sites" in forced);
  const { log = [] } = await chrome.storage.local.get("log");
  $("log").hidden = !log.length;
  $("no-log").hidden = log.length > 0;
  $("log").textContent = log.map(written).reverse().join("\n");
}

function written(line) {
  const parts = [line.time.slice(0, 19).replace("T", " "), line.site, line.ticket && `#${line.ticket}`, line.verdict ?? "-",
    line.checked ? null : "?", line.overridden ? "!" : null, line.rules.join(","), `${line.seconds}s`, line.failure];
  return parts.filter(Boolean).join("  ");
}

function showSites(sites, forced) {
  $("none").hidden = sites.length > 0;
  $("sites").replaceChildren(...sites.map((site) => {
    const item = document.createElement("li"), text = document.createElement("span");
    text.textContent = `${known[site.kind]?.name ?? site.kind}: ${site.address}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.disabled = forced;
    remove.textContent = t("remove", { name: known[site.kind]?.name ?? site.kind });
    remove.addEventListener("click", () => put(sites.filter((each) => each.address !== site.address)));
    item.append(text, remove);
    return item;
  }));
}

async function put(sites) {
  await chrome.storage.local.set({ sites });
  say($("site-said"), "");
  await show();
}

/** Asks the browser for an address; to be called at once when something was pressed, or the browser does not ask. */
async function allowed(address) {
  try {
    return await chrome.permissions.request({ origins: [originOf(address)] });
  } catch {
    return false;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const server = serverOf(form.elements.server.value);
  if (!server) return say($("said"), "bad_server", true);
  if (!(await allowed(server))) return say($("said"), "no_permission", true);
  const { token, team, agent, fail, language } = Object.fromEntries(new FormData(form));
  const given = { server, token: token?.trim(), team: team?.trim(), agent: agent?.trim(), fail, language };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (!form.elements.live.disabled) set.live = form.elements.live.checked;
  await chrome.storage.local.set(set);
  t = await translate();
  choices();
  await show();
  return say($("said"), "saved");
});

$("test").addEventListener("click", async () => {
  $("line").hidden = true;
  const server = serverOf(form.elements.server.value);
  if (!server) return say($("said"), "bad_server", true);
  if (!(await allowed(server))) return say($("said"), "no_permission", true);
  // A question that is not about a reply, so that nothing is counted as checked.
  const body = { draft: "1", mode: "preview" };
  const { failure } = await ask({ server, token: form.elements.token.value.trim() }, "v1/check", body, WAIT);
  if (!failure) return say($("said"), "connected");
  if (failure === "no_token") return say($("said"), "wrong_token", true);
  if (failure !== "wrong_origin") return say($("said"), "no_answer", true);
  $("line").hidden = false;
  $("line").textContent = `origins = ["${location.origin}"]`;
  return say($("said"), "wrong_origin", true);
});

adding.addEventListener("submit", async (event) => {
  event.preventDefault();
  const kind = adding.elements.kind.value;
  const addresses = known[kind].addresses ?? [addressOf(adding.elements.address.value)];
  if (!addresses[0]) return say($("site-said"), "bad_address", true);
  if (!(await Promise.all(addresses.map(allowed))).every(Boolean)) return say($("site-said"), "no_permission", true);
  const { sites } = await load();
  await put([...sites.filter((site) => !addresses.includes(site.address)), ...addresses.map((address) => ({ kind, address }))]);
  return say($("site-said"), "reload");
});

/** Where the vendor's address is known it need not be entered. */
function fitAddress() {
  adding.elements.address.closest("label").hidden = Boolean(known[adding.elements.kind.value].addresses);
}

function choices() {
  const chosen = adding.elements.kind.value;
  adding.elements.kind.replaceChildren(...Object.entries(known).map(([id, site]) => {
    return new Option(site.tested ? site.name : `${site.name} (${t("untested")})`, id);
  }));
  if (chosen) adding.elements.kind.value = chosen;
}

adding.elements.kind.addEventListener("change", fitAddress);
form.elements.language.append(...LANGUAGES.map((code) => new Option(NAMES[code], code)));
adding.elements.address.value = new URLSearchParams(location.search).get("address") ?? "";
choices();
fitAddress();
await show();
